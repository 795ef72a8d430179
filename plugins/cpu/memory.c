/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "memory.h"

#include "pool.h"

#include <string.h>
#include <sys/mman.h>

/* ---- huge pages ------------------------------------------------------------------------------ */

static size_t whole_pages(size_t size) {
  return (size + CPU_HUGE_PAGE - 1) & ~(CPU_HUGE_PAGE - 1);
}

void *cpu_memory_map(size_t size) {
  if (size > SIZE_MAX / 2) return NULL;
  size_t wanted = whole_pages(size), reserved = wanted + CPU_HUGE_PAGE;
  char *memory = mmap(NULL, reserved, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  /* What lies before the first huge page, and after the last, goes back. */
  size_t before = -(uintptr_t)memory & (CPU_HUGE_PAGE - 1);
  if (before > 0) munmap(memory, before);
  if (CPU_HUGE_PAGE - before > 0) munmap(memory + before + wanted, CPU_HUGE_PAGE - before);
  /* Only advice: where it is refused, small pages do. */
  madvise(memory + before, wanted, MADV_HUGEPAGE);
  return memory + before;
}

void cpu_memory_unmap(void *memory, size_t size) {
  munmap(memory, whole_pages(size));
}

/* ---- pieces ---------------------------------------------------------------------------------- */

typedef struct memory_job {
  cpu_job job;
  char *target;
  const char *source;  /* of a copy */
  const void *pattern; /* of a fill; NULL: a copy */
  size_t pattern_size;
  uint64_t size; /* bytes */
} memory_job;

/* Doubles what is filled until all is: large fills run at the speed of memory. */
static void fill_piece(char *target, const void *pattern, size_t pattern_size, size_t total) {
  if (total == 0) return;
  if (pattern_size == 1) {
    memset(target, *(const unsigned char *)pattern, total);
    return;
  }
  memcpy(target, pattern, pattern_size);
  /* Not beyond a piece that stays in the first-level cache. */
  for (size_t done = pattern_size; done < total;) {
    size_t piece = done < 16384 ? done : 16384 / pattern_size * pattern_size;
    if (piece > total - done) piece = total - done;
    memcpy(target + done, target, piece);
    done += piece;
  }
}

static mfg_status memory_items(cpu_job *job, cpu_arena *arena) {
  const memory_job *memory = (const memory_job *)job;
  (void)arena;
  for (int64_t item; cpu_job_next(job, &item);) {
    uint64_t first = (uint64_t)item * CPU_HUGE_PAGE;
    size_t size =
        memory->size - first < CPU_HUGE_PAGE ? (size_t)(memory->size - first) : CPU_HUGE_PAGE;
    if (memory->pattern != NULL)
      fill_piece(memory->target + first, memory->pattern, memory->pattern_size, size);
    else
      memcpy(memory->target + first, memory->source + first, size);
  }
  return MFG_OK;
}

static void run_pieces(memory_job *memory, cpu_arena *arena) {
  memory->job.run = memory_items;
  memory->job.items = (int64_t)((memory->size + CPU_HUGE_PAGE - 1) / CPU_HUGE_PAGE);
  cpu_pool_run(&memory->job, (int64_t)(memory->size / 8), arena); /* it has nothing to fail at */
}

void cpu_memory_copy(char *target, const char *source, uint64_t size, cpu_arena *arena) {
  bool apart = target + size <= source || source + size <= target;
  if (size < CPU_HUGE_PAGE || !apart) {
    if (size > 0) memmove(target, source, (size_t)size);
    return;
  }
  memory_job memory = {.target = target, .source = source, .size = size};
  run_pieces(&memory, arena);
}

void cpu_memory_fill(char *target, const void *pattern, size_t pattern_size, uint64_t count,
                     cpu_arena *arena) {
  memory_job memory = {.target = target,
                       .pattern = pattern,
                       .pattern_size = pattern_size,
                       .size = count * pattern_size};
  if (memory.size < CPU_HUGE_PAGE)
    fill_piece(target, pattern, pattern_size, (size_t)memory.size);
  else
    run_pieces(&memory, arena);
}
