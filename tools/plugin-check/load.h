/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens a plugin file, in the process that will run it. */
#ifndef MFG_CHECK_LOAD_H
#define MFG_CHECK_LOAD_H

#include "conformance.h"

/* The plugin of a file that `load_cases` has found good, or NULL. It stays loaded. */
const mfg_plugin *load_plugin(const char *path);

/* The cases of loading: the file opens with every symbol bound, exports the query, and answers it
 * twice alike. */
void load_cases(check_run *run, const char *path);

#endif
