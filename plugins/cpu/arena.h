/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A bump allocator: memory that is taken piece by piece and given back all at once.
 *
 * A queue and a worker keep one for the scratch of a launch, so that a launch calls no allocator
 * after the first; a prepared kernel and a command list keep one for what lives as long as they
 * do. Used by one thread at a time. */
#ifndef CPU_ARENA_H
#define CPU_ARENA_H

#include <stddef.h>

typedef struct cpu_arena_chunk cpu_arena_chunk;

typedef struct cpu_arena {
  char *next; /* free bytes of the current chunk */
  char *end;
  cpu_arena_chunk *chunks; /* the current one first */
} cpu_arena;

/* A place to come back to with cpu_arena_rewind. */
typedef struct cpu_arena_mark {
  char *next;
  cpu_arena_chunk *chunk;
} cpu_arena_mark;

#define CPU_ARENA_ALIGNMENT 64

void *cpu_arena_grow(cpu_arena *arena, size_t size);

/* `size` bytes aligned to 64, content undefined; NULL when there is no memory. */
static inline void *cpu_arena_take(cpu_arena *arena, size_t size) {
  size_t rounded = (size + CPU_ARENA_ALIGNMENT - 1) & ~(size_t)(CPU_ARENA_ALIGNMENT - 1);
  if (arena->next == NULL || rounded < size || rounded > (size_t)(arena->end - arena->next))
    return cpu_arena_grow(arena, size);
  char *memory = arena->next;
  arena->next += rounded;
  return memory;
}

/* The same for `count` elements, zeroed. */
void *cpu_arena_zeroed(cpu_arena *arena, size_t count, size_t size);

cpu_arena_mark cpu_arena_here(const cpu_arena *arena);
/* Gives back everything taken since the mark. */
void cpu_arena_rewind(cpu_arena *arena, cpu_arena_mark mark);
/* Gives back everything taken; keeps one chunk as large as all of them for the next time. */
void cpu_arena_reset(cpu_arena *arena);
/* Gives everything back to the system. */
void cpu_arena_free(cpu_arena *arena);

#endif
