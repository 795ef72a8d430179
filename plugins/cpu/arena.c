/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CHUNK ((size_t)64 << 10)

struct cpu_arena_chunk {
  cpu_arena_chunk *older;
  size_t size; /* of the memory, header included */
};

static char *chunk_memory(cpu_arena_chunk *chunk) {
  return (char *)chunk + CPU_ARENA_ALIGNMENT;
}

static cpu_arena_chunk *chunk_create(size_t size) {
  size = (size + CPU_ARENA_ALIGNMENT - 1) & ~(size_t)(CPU_ARENA_ALIGNMENT - 1);
  cpu_arena_chunk *chunk = aligned_alloc(CPU_ARENA_ALIGNMENT, size);
  if (chunk != NULL) chunk->size = size;
  return chunk;
}

static void make_current(cpu_arena *arena, cpu_arena_chunk *chunk) {
  arena->next = chunk != NULL ? chunk_memory(chunk) : NULL;
  arena->end = chunk != NULL ? (char *)chunk + chunk->size : NULL;
}

void *cpu_arena_grow(cpu_arena *arena, size_t size) {
  if (size > SIZE_MAX / 4) return NULL;
  size_t wanted = size + 2 * CPU_ARENA_ALIGNMENT;
  size_t doubled = arena->chunks != NULL ? 2 * arena->chunks->size : FIRST_CHUNK;
  /* Doubling keeps the number of chunks small, but not at the price of a huge reserve. */
  if (wanted < doubled && doubled <= (size_t)16 << 20) wanted = doubled;
  if (wanted < FIRST_CHUNK) wanted = FIRST_CHUNK;
  cpu_arena_chunk *chunk = chunk_create(wanted);
  if (chunk == NULL) return NULL;
  chunk->older = arena->chunks;
  arena->chunks = chunk;
  make_current(arena, chunk);
  return cpu_arena_take(arena, size);
}

void *cpu_arena_zeroed(cpu_arena *arena, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
  void *memory = cpu_arena_take(arena, bytes);
  return memory != NULL ? memset(memory, 0, bytes) : NULL;
}

cpu_arena_mark cpu_arena_here(const cpu_arena *arena) {
  return (cpu_arena_mark){arena->next, arena->chunks};
}

void cpu_arena_rewind(cpu_arena *arena, cpu_arena_mark mark) {
  while (arena->chunks != mark.chunk) {
    cpu_arena_chunk *older = arena->chunks->older;
    free(arena->chunks);
    arena->chunks = older;
  }
  make_current(arena, arena->chunks);
  if (mark.next != NULL) arena->next = mark.next;
}

void cpu_arena_reset(cpu_arena *arena) {
  if (arena->chunks != NULL && arena->chunks->older != NULL) {
    size_t total = 0;
    for (cpu_arena_chunk *chunk = arena->chunks; chunk != NULL; chunk = chunk->older)
      total += chunk->size;
    cpu_arena_free(arena);
    arena->chunks = chunk_create(total);
    if (arena->chunks != NULL) arena->chunks->older = NULL;
  }
  make_current(arena, arena->chunks);
}

void cpu_arena_free(cpu_arena *arena) {
  while (arena->chunks != NULL) {
    cpu_arena_chunk *older = arena->chunks->older;
    free(arena->chunks);
    arena->chunks = older;
  }
  make_current(arena, NULL);
}
