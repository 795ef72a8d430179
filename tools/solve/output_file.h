/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_OUTPUT_FILE_H
#define MFG_TOOLS_SOLVE_OUTPUT_FILE_H

#include "failure.h"

#include <stddef.h>

/* A file that appears whole or not at all: it is written under another name in the same folder,
 * brought to the disk, and renamed over the old one.
 *
 * Life: begin, write to `temporary`, then commit or discard; both end it. One thread at a time. */
typedef struct output_file {
  char *target;     /* what will be replaced, symbolic links followed */
  char *temporary;  /* an empty file, made by output_file_begin */
  const char *path; /* as the user wrote it; borrowed */
} output_file;

/* Fails with status 2 where `path` cannot be: no such folder, not allowed, a folder or a device of
 * that name; with status 5 where the disk is full or broken. */
bool output_file_begin(output_file *file, const char *path, solve_failure *failure);
bool output_file_commit(output_file *file, solve_failure *failure);
void output_file_discard(output_file *file);

/* Whether a file could be begun now. Leaves nothing behind. */
bool output_file_check(const char *path, solve_failure *failure);

/* Writes a text as a whole file. */
bool output_file_write(const char *path, const char *text, size_t length, solve_failure *failure);

#endif
