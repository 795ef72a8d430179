/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin file as the file system sees it, before anything of it is read. */
#ifndef MFG_LOADER_FILE_H
#define MFG_LOADER_FILE_H

#include "verdict.h"

#include <sys/stat.h>

/* Tells one file from another, and one content of it from the next. */
typedef struct mfg_file_identity {
  dev_t device;
  ino_t inode;
  off_t size;
  struct timespec modified;
  struct timespec changed;
} mfg_file_identity;

bool mfg_same_file(const mfg_file_identity *one, const mfg_file_identity *other);
bool mfg_same_content(const mfg_file_identity *one, const mfg_file_identity *other);

/* Opens a file for reading without waiting for anybody: it must be a regular file that not
 * everybody may write to. Returns the descriptor and fills *identity, or returns -1 with the
 * verdict. */
int mfg_file_open(const char *path, mfg_file_identity *identity, mfg_verdict *verdict);

/* Whether `path` still names the very content that *identity was taken from. */
bool mfg_file_unchanged(const char *path, const mfg_file_identity *identity);

#endif
