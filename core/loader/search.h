/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The search path: where plugins are looked for, in order, and which of these places are usable. */
#ifndef MFG_LOADER_SEARCH_H
#define MFG_LOADER_SEARCH_H

#include <mfg/registry.h>
#include <sys/stat.h>

typedef enum mfg_place_status {
  MFG_PLACE_SEARCHED,
  MFG_PLACE_NOT_FOUND,
  MFG_PLACE_INSECURE, /* anybody may put a file there */
  MFG_PLACE_UNREADABLE,
  MFG_PLACE_DUPLICATE, /* the same directory under another name came before */
  MFG_PLACE_INVALID    /* no absolute path, or neither directory nor file */
} mfg_place_status;

typedef struct mfg_place {
  mfg_search_directory record; /* its texts are the ones below, or static */
  mfg_place_status status;
  char *path;
  char *detail;
  dev_t device;
  ino_t inode;
  bool is_file; /* a plugin file that the program named itself */
} mfg_place;

typedef struct mfg_search {
  mfg_place *places;
  size_t count;
} mfg_search;

/* Builds the path: the program's places (which may be NULL), then MFG_ADD_BACKEND_PATH, then
 * MFG_BACKEND_PATH or, where that is not set, the user's directory and the system's. With elevated
 * rights the program's and the system's only. MFG_OK or MFG_ERROR_OUT_OF_MEMORY. */
mfg_status mfg_search_open(const char *plugin_path, mfg_search *search);

void mfg_search_close(mfg_search *search);

/* "searched", ... Static. */
const char *mfg_place_status_name(mfg_place_status status);

#endif
