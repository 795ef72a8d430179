/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin file as an ELF object, read and not yet mapped: what would make the dynamic linker fail,
 * or worse, is found here. */
#ifndef MFG_LOADER_OBJECT_H
#define MFG_LOADER_OBJECT_H

#include "verdict.h"

#include <stdint.h>

/* Whether the object is a whole shared object for this machine, with no sanitizer that this process
 * does not run under. `descriptor` stays open and the caller's. Any thread. */
bool mfg_object_inspect(int descriptor, mfg_verdict *verdict);

/* The sanitizers that this process runs under: enum mfg_sanitizer. */
uint32_t mfg_process_sanitizers(void);

#endif
