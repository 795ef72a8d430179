/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What earlier probes found, kept in $XDG_CACHE_HOME/mfg/probe-1: a line for each file, good by
 * identity or crashed by content. A record that cannot be read or written is no error: the file is
 * probed. With elevated rights there is none. */
#ifndef MFG_LOADER_RECORD_H
#define MFG_LOADER_RECORD_H

#include "file.h"

#include <stdint.h>

/* Whether this very file has passed a probe before. */
bool mfg_record_is_good(const mfg_file_identity *identity);

/* Whether a file with this content has crashed before. */
bool mfg_record_has_crashed(const mfg_file_identity *identity, uint64_t content);

void mfg_record_good(const mfg_file_identity *identity);
void mfg_record_crash(const mfg_file_identity *identity, uint64_t content);

/* A number that tells one content from another (FNV-1a, 64 bits), 0 where the file cannot be read.
 */
uint64_t mfg_record_content(const char *path);

#endif
