/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Large pieces of memory: taken in huge pages, copied and filled by all threads.
 *
 * Memory is not touched before it is used, so that its pages lie where the threads are that first
 * write them; pieces that threads take are whole huge pages. */
#ifndef CPU_MEMORY_H
#define CPU_MEMORY_H

#include "arena.h"

#include <stdint.h>

#define CPU_HUGE_PAGE ((size_t)2 << 20)

/* Memory from the system that begins at a huge page and asks for more of them, zero when it is
 * read before it is written; NULL where there is none. `size` is not 0. */
void *cpu_memory_map(size_t size);
void cpu_memory_unmap(void *memory, size_t size);

/* memmove, on all threads where it is worth it and the two do not overlap. */
void cpu_memory_copy(char *target, const char *source, uint64_t size, cpu_arena *arena);
/* Repeats a pattern of 1, 2, 4, 8 or 16 bytes `count` times; `target` need not be aligned. */
void cpu_memory_fill(char *target, const void *pattern, size_t pattern_size, uint64_t count,
                     cpu_arena *arena);

#endif
