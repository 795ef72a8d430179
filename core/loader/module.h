/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The seam over libltdl: open, symbol, close, error text. Nothing else of core names libltdl,
 * dlopen or a handle of theirs.
 *
 * All four functions are called with MFG_LOCK_LOADER held. libltdl loses the true error and binds
 * lazily, so an object is first opened with dlopen (all symbols bound, none offered to others),
 * whose words are kept, and then with libltdl; both must mean the same object. */
#ifndef MFG_LOADER_MODULE_H
#define MFG_LOADER_MODULE_H

#include <stdbool.h>

typedef struct mfg_module mfg_module;

/* Maps the object at an absolute path, runs its constructors, and keeps this library itself mapped
 * from then on, since the object may call it. NULL on failure. */
mfg_module *mfg_module_open(const char *path);

/* The address of a symbol that the object itself defines, not one of its libraries; NULL on
 * failure.
 */
void *mfg_module_symbol(mfg_module *module, const char *name);

/* Frees the handle. With `keep` the object stays mapped for the life of the process. */
void mfg_module_close(mfg_module *module, bool keep);

/* What the last open or symbol that failed had to say; valid until the next call of the seam. */
const char *mfg_module_error(void);

#endif
