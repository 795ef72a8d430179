/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_SUGGESTION_H
#define MFG_TOOLS_SOLVE_SUGGESTION_H

#include <stddef.h>

/* The known word that `word` was probably meant to be: the one that the fewest insertions,
 * deletions, replacements and swaps of neighbours, upper and lower case being one, lead to; NULL
 * where even that one is further away than half of its length. The words are UTF-8 of at most 63
 * bytes; a longer one has no suggestion. */
const char *suggestion_nearest(const char *word, const char *const *known, size_t count);

#endif
