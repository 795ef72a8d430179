/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A backend: a plugin that is loaded and verified.
 *
 * Backends are shared: loading a file that is loaded already gives the same one with one reference
 * more. When the last reference goes the plugin stays mapped, and loading it again costs nothing,
 * unless it declares itself MFG_PLUGIN_UNLOADABLE and MFG_NO_UNLOAD is not set. */
#ifndef MFG_LOADER_BACKEND_H
#define MFG_LOADER_BACKEND_H

#include "file.h"

#include <mfg/plugin.h>

typedef struct mfg_backend {
  const mfg_plugin *plugin;
  const char *name; /* the plugin's own text */
  const char *path;
} mfg_backend;

/* Loads the plugin in the file at `path`, whose identity and ELF content have been looked at. The
 * file name says `name`. NULL with the verdict where it cannot be used. Any thread. */
mfg_backend *mfg_backend_load(const char *path, const char *name, const mfg_file_identity *identity,
                              mfg_verdict *verdict);

/* Whether the file is mapped already, so that loading it runs nothing of it. Any thread. */
bool mfg_backend_is_loaded(const mfg_file_identity *identity);

/* One reference more; returns the backend. Any thread. */
mfg_backend *mfg_backend_keep(mfg_backend *backend);

/* One reference less. Before the last one goes every device of it must be closed. NULL is ignored.
 * Any thread. */
void mfg_backend_release(mfg_backend *backend);

#endif
