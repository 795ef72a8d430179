/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory of a test's own, and files put into it. Every function ends the test where it fails.
 */
#ifndef MFG_TESTS_SANDBOX_H
#define MFG_TESTS_SANDBOX_H

#include <stddef.h>

/* Makes an empty directory that others may read and forgets the variables that steer the loader;
 * nothing is probed until the test says so. Returns its path, which is the test's until
 * sandbox_close(). */
const char *sandbox_open(void);

/* Removes the directory and all that is in it. */
void sandbox_close(void);

/* The path of a file in the directory; valid until sandbox_close(). */
const char *sandbox_path(const char *file);

/* Makes a directory in it; returns its path. */
const char *sandbox_directory(const char *name);

/* Writes a file. */
void sandbox_write(const char *file, const void *content, size_t size);

/* Puts a copy of the fake plugin `fake` there as `file`; NULL: under its own name. */
void sandbox_install(const char *fake, const char *file);

/* The same with the file cut to `size` bytes (0: whole) and the byte at `offset` changed. */
void sandbox_install_damaged(const char *fake, size_t size, size_t offset, unsigned char byte);

/* The path of a fake plugin where it was built. */
const char *sandbox_fake(const char *fake);

#endif
