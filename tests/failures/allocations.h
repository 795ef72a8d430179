/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The allocator of a test program, which can be told to fail and which knows what was not given
 * back.
 *
 * A program that links allocations.c has its malloc, calloc, realloc, aligned_alloc and
 * posix_memalign called by every object of the process: the libraries, the plugins that they load,
 * and the C library for its own needs. Only the dynamic linker is left alone, which ends the
 * process where it has no memory for thread-local data, and keeps what it knows of an object. */
#ifndef MFG_TESTS_ALLOCATIONS_H
#define MFG_TESTS_ALLOCATIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Forgets what was noted before and notes every allocation from now on. */
void allocations_watch(void);
/* Ends that; returns how many of the noted ones have not been freed, and writes the first few to
 * stderr: the number of the allocation and who asked for it. */
size_t allocations_kept(void);

/* From now on allocation number `first` fails, counted from 0, and every one after it too where
 * `lasting`. */
void allocations_fail(long first, bool lasting);
/* No allocation fails any more; returns whether one did. */
bool allocations_allow(void);

#endif
