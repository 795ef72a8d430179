/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The threads of the backend: a small pool that divides the items of one job.
 *
 * A job has a number of items that depends on the shape of the work only, never on the number of
 * threads, and each item's result depends on the item only; so results are the same bits for any
 * number of threads. The pool is made at the first job that is worth it and is joined when the last
 * device is closed. One job runs at a time: a queue that finds the pool busy works alone. A process
 * that has forked makes its own pool when it opens a device. */
#ifndef CPU_POOL_H
#define CPU_POOL_H

#include "arena.h"

#include <mfg/plugin.h>
#include <stdatomic.h>

/* The head of a job; the work's own data follow it. */
typedef struct cpu_job {
  /* Takes items with cpu_job_next until there are none left. Called once on each thread that takes
   * part, with memory of that thread. */
  mfg_status (*run)(struct cpu_job *job, cpu_arena *arena);
  int64_t items;
  atomic_int_fast64_t next;
} cpu_job;

static inline bool cpu_job_next(cpu_job *job, int64_t *item) {
  *item = atomic_fetch_add_explicit(&job->next, 1, memory_order_relaxed);
  return *item < job->items;
}

/* Counts open devices; `threads` is the number to use, 0 for one a processor that this process may
 * run on. */
void cpu_pool_open(int threads);
void cpu_pool_close(void);
/* Processors that this process may run on; at least 1. */
int cpu_pool_processors(void);

/* Runs a job; `work` is its size in element operations, below a threshold the caller works alone.
 * Returns when all items are done, with the first failure among the threads. */
mfg_status cpu_pool_run(cpu_job *job, int64_t work, cpu_arena *arena);

#endif
