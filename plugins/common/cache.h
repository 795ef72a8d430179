/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Binaries that a backend has made, kept in the user's cache directory. Files and directories that
 * somebody else owns or may write are not used; a damaged file is as good as none. */
#ifndef MFG_CACHE_H
#define MFG_CACHE_H

#include <mfg/plugin.h>

/* $XDG_CACHE_HOME/mfg/BACKEND, or below ~/.cache; NULL where there is none, or where the backend's
 * setting "cache" is "off". The caller frees it. */
char *mfg_cache_directory(const mfg_plugin_host *host, const char *backend);

/* The binary that was written under `key`, which the caller frees; NULL where there is none. */
unsigned char *mfg_cache_read(const char *directory, const char *key, size_t *size);
/* Keeps a binary: whole or not at all. A failure is no more than a binary that is not kept. */
void mfg_cache_write(const char *directory, const char *key, const unsigned char *binary,
                     size_t size);

#endif
