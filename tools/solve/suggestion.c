/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "suggestion.h"

#include <ctype.h>
#include <string.h>

#define LONGEST_WORD 63

static size_t minimum(size_t a, size_t b) {
  return a < b ? a : b;
}

static int folded(const char *text, size_t index) {
  return tolower((unsigned char)text[index]);
}

/* Restricted Damerau-Levenshtein distance. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length) {
  size_t rows[LONGEST_WORD + 1][LONGEST_WORD + 1];
  for (size_t i = 0; i <= a_length; i++)
    for (size_t j = 0; j <= b_length; j++) {
      if (i == 0 || j == 0) {
        rows[i][j] = i + j;
        continue;
      }
      size_t replace = folded(a, i - 1) != folded(b, j - 1);
      size_t best =
          minimum(minimum(rows[i - 1][j], rows[i][j - 1]) + 1, rows[i - 1][j - 1] + replace);
      if (i > 1 && j > 1 && folded(a, i - 1) == folded(b, j - 2) &&
          folded(a, i - 2) == folded(b, j - 1))
        best = minimum(best, rows[i - 2][j - 2] + 1);
      rows[i][j] = best;
    }
  return rows[a_length][b_length];
}

const char *suggestion_nearest(const char *word, const char *const *known, size_t count) {
  size_t length = strlen(word);
  if (length == 0 || length > LONGEST_WORD) return NULL;
  const char *nearest = NULL;
  size_t least = 0;
  for (size_t i = 0; i < count; i++) {
    size_t known_length = strlen(known[i]);
    if (known_length > LONGEST_WORD) continue;
    size_t away = distance(word, length, known[i], known_length);
    if (2 * away <= known_length && (!nearest || away < least)) {
      nearest = known[i];
      least = away;
    }
  }
  return nearest;
}
