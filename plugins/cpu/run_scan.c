/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SCAN: whole lines are evaluated, summed up in place, and only then written. */
#include "run.h"

#include <string.h>

/* Lines side by side: enough for the vectors of any level. */
#define ACROSS_WIDTH 64

struct scan_job {
  cpu_job job;
  const cpu_bound *bound;
  const cpu_outlet *outlet;
  cpu_lines lines;
};

/* One thread's memory. */
struct scan_worker {
  cpu_frame frame;
  cpu_sink sink;
  char *values[MFG_MAX_RESULTS]; /* of the whole bundle */
  char *running;                 /* one row */
  char *kept;                    /* EXCLUSIVE: the row before it is overwritten */
};

/* `count` rows of `width` numbers: the order of the additions is that of the rows. */
static void scan_rows(const cpu_bound *bound, const cpu_result *result, int64_t count,
                      int64_t width, char *values, struct scan_worker *worker) {
  uint16_t flags = bound->kernel->pattern.flags;
  size_t bytes = (size_t)(width * result->size);
  cpu_accumulator neutral = cpu_result_neutral(result);
  cpu_splat((size_t)width, result->size, worker->running, &neutral.value);
  for (int64_t i = 0; i < count; i++) {
    char *row = values + (flags & MFG_PATTERN_REVERSE ? count - 1 - i : i) * (int64_t)bytes;
    if (flags & MFG_PATTERN_EXCLUSIVE) {
      memcpy(worker->kept, row, bytes);
      memcpy(row, worker->running, bytes);
      result->join((size_t)width, worker->running, worker->running, worker->kept, NULL);
    } else {
      result->join((size_t)width, worker->running, worker->running, row, NULL);
      memcpy(row, worker->running, bytes);
    }
  }
}

/* Evaluates the values of a bundle into `values`. */
static void scan_evaluate(const struct scan_job *scan, struct scan_worker *worker,
                          const cpu_bundle *bundle) {
  const cpu_section *section = worker->frame.view->section;
  cpu_walk walk = {.lines = &scan->lines, .bundle = bundle, .count = scan->lines.places};
  cpu_tile tile;
  for (int64_t offset; cpu_walk_next(&walk, &tile, &offset);) {
    for (uint32_t k = 0; k < section->root_count; k++)
      cpu_frame_set_external(&worker->frame, k,
                             worker->values[k] + offset * section->roots[k].size);
    cpu_frame_run(&worker->frame, &tile);
    for (uint32_t k = 0; k < section->root_count; k++)
      if (!cpu_frame_direct(&worker->frame, k))
        memcpy(worker->values[k] + offset * section->roots[k].size,
               cpu_frame_root(&worker->frame, k),
               (size_t)(tile.rows * tile.columns * section->roots[k].size));
  }
}

static void scan_bundle(const struct scan_job *scan, struct scan_worker *worker,
                        const cpu_bundle *bundle) {
  const struct mfg_plugin_kernel *kernel = scan->bound->kernel;
  int64_t places = scan->lines.places;
  scan_evaluate(scan, worker, bundle);
  for (uint32_t k = 0; k < kernel->pattern.count; k++) {
    const cpu_result *result = &kernel->results[k];
    if (!scan->lines.along) {
      scan_rows(scan->bound, result, places, bundle->width, worker->values[k], worker);
      continue;
    }
    for (int64_t line = 0; line < bundle->width; line++)
      scan_rows(scan->bound, result, places, 1, worker->values[k] + line * places * result->size,
                worker);
  }
  cpu_walk walk = {.lines = &scan->lines, .bundle = bundle, .count = places};
  cpu_tile tile;
  for (int64_t offset; cpu_walk_next(&walk, &tile, &offset);) {
    for (uint32_t k = 0; k < kernel->pattern.count; k++)
      cpu_frame_set_result(&worker->sink.frame, k,
                           worker->values[k] + offset * kernel->results[k].size);
    cpu_sink_tile(&worker->sink, &tile, 0);
  }
}

static mfg_status scan_open(const struct scan_job *scan, struct scan_worker *worker,
                            cpu_arena *arena) {
  const struct mfg_plugin_kernel *kernel = scan->bound->kernel;
  int64_t size = scan->lines.places * scan->lines.width;
  mfg_status status = cpu_frame_open(&worker->frame, scan->lines.view, kernel->block, arena);
  if (status == MFG_OK) status = cpu_sink_open(&worker->sink, scan->outlet, arena);
  if (status != MFG_OK) return status;
  for (uint32_t k = 0; k < kernel->pattern.count; k++) {
    worker->values[k] = cpu_arena_take(arena, (size_t)(size * kernel->results[k].size));
    if (worker->values[k] == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  }
  worker->running = cpu_arena_take(arena, (size_t)scan->lines.width * 8);
  worker->kept = cpu_arena_take(arena, (size_t)scan->lines.width * 8);
  return worker->running != NULL && worker->kept != NULL ? MFG_OK : MFG_ERROR_OUT_OF_MEMORY;
}

static mfg_status scan_items(cpu_job *job, cpu_arena *arena) {
  struct scan_job *scan = (struct scan_job *)job;
  struct scan_worker worker;
  mfg_status status = scan_open(scan, &worker, arena);
  if (status != MFG_OK) return status;
  for (int64_t item; cpu_job_next(job, &item);) {
    cpu_bundle bundle = cpu_lines_bundle(&scan->lines, item);
    cpu_sink_item_begin(&worker.sink);
    scan_bundle(scan, &worker, &bundle);
    cpu_sink_item_end(&worker.sink, item);
  }
  return MFG_OK;
}

mfg_status cpu_scan_run(cpu_bound *bound, cpu_arena *arena) {
  struct scan_job scan = {.job.run = scan_items, .bound = bound};
  cpu_outlet outlet;
  int64_t places = bound->prologue.extents[bound->kernel->pattern.axis];
  int64_t fitting = places > 0 && places < bound->kernel->block ? bound->kernel->block / places : 1;
  scan.lines = cpu_lines_make(bound, fitting, ACROSS_WIDTH);
  scan.outlet = &outlet;
  scan.job.items = scan.lines.bundles;
  mfg_status status =
      cpu_outlet_open(&outlet, bound, &bound->epilogue, scan.job.items, false, arena);
  if (status == MFG_OK && scan.job.items > 0)
    status = cpu_pool_run(&scan.job, cpu_work(bound, 2), arena);
  return status == MFG_OK ? cpu_outlet_close(&outlet, arena) : status;
}
