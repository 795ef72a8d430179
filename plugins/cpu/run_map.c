/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MAP, and the choice among the patterns. */
#include "run.h"

#include <math.h>
#include <string.h>

/* Tiles that one thread takes at a time. */
#define TILES_IN_ITEM 16
/* Elements of a tile of compiled code. */
#define COMPILED_BLOCK 4096

struct map_job {
  cpu_job job;
  const cpu_outlet *outlet;
  cpu_grid grid;
  char *const *results; /* REDUCE: dense results that the epilogue reads */
};

static mfg_status map_items(cpu_job *job, cpu_arena *arena) {
  struct map_job *map = (struct map_job *)job;
  const cpu_view *view = map->outlet->view;
  const struct mfg_plugin_kernel *kernel = map->outlet->bound->kernel;
  cpu_sink sink;
  mfg_status status = cpu_sink_open(&sink, map->outlet, arena);
  if (status != MFG_OK) return status;
  for (int64_t item; cpu_job_next(job, &item);) {
    int64_t number = item * TILES_IN_ITEM, end = number + TILES_IN_ITEM;
    cpu_sink_item_begin(&sink);
    for (; number < end && number < map->grid.tiles; number++) {
      cpu_tile tile;
      cpu_tile_at(view, &map->grid, number, &tile);
      int64_t row = number / map->grid.column_tiles * map->grid.tile_rows;
      int64_t first = row * map->grid.columns + tile.index[view->inner];
      for (uint32_t i = 0; i < view->section->result_count; i++)
        cpu_frame_set_result(&sink.frame, i, map->results[i] + first * kernel->results[i].out_size);
      cpu_sink_tile(&sink, &tile, first);
    }
    cpu_sink_item_end(&sink, item);
  }
  return MFG_OK;
}

/* Compiled code needs no registers in memory, so it takes longer tiles; but what is reduced keeps
 * the tiles that say in which order. */
static int64_t map_block(const struct mfg_plugin_kernel *kernel, const cpu_view *view) {
  bool compiled = atomic_load_explicit(view->section->entry, memory_order_acquire) != NULL;
  return compiled && kernel->final_count == 0 ? COMPILED_BLOCK : kernel->block;
}

/* Runs the last section of a kernel over the view's space, in row-major order. */
static mfg_status map_view(cpu_bound *bound, const cpu_view *view, char *const *results,
                           cpu_arena *arena) {
  uint32_t inner = UINT32_C(1) << view->inner;
  struct map_job map = {.job.run = map_items, .results = results};
  cpu_outlet outlet;
  int64_t block = map_block(bound->kernel, view);
  map.grid = cpu_grid_make(cpu_view_count(view, ~inner), view->extents[view->inner], block);
  map.job.items = (map.grid.tiles + TILES_IN_ITEM - 1) / TILES_IN_ITEM;
  mfg_status status = cpu_outlet_open(&outlet, bound, view, map.job.items, true, arena);
  map.outlet = &outlet;
  outlet.block = block;
  int64_t work = map.grid.rows * map.grid.columns * (int64_t)view->section->step_count;
  if (status == MFG_OK && map.job.items > 0) status = cpu_pool_run(&map.job, work, arena);
  return status == MFG_OK ? cpu_outlet_close(&outlet, arena) : status;
}

/* A recorded map that is one row and one tile of compiled code keeps its frame: in every replay all
 * memory is where it was. Opens one and runs it; false where there is nothing to keep. */
static bool map_keep(cpu_bound *bound) {
  const cpu_view *view = &bound->prologue;
  cpu_grid grid = cpu_grid_make(1, view->extents[view->inner], map_block(bound->kernel, view));
  if (bound->elements != grid.columns || grid.tiles != 1) return false;
  cpu_arena_mark mark = cpu_arena_here(bound->keep);
  cpu_frame *kept = cpu_arena_take(bound->keep, sizeof *kept);
  cpu_outlet outlet = {.bound = bound, .view = view, .block = grid.columns};
  cpu_sink sink;
  cpu_tile tile;
  cpu_tile_at(view, &grid, 0, &tile);
  if (kept == NULL || cpu_sink_open(&sink, &outlet, bound->keep) != MFG_OK ||
      sink.frame.code == NULL || !cpu_sink_is_direct(&sink, &tile)) {
    cpu_arena_rewind(bound->keep, mark);
    return false;
  }
  cpu_sink_tile(&sink, &tile, 0);
  *kept = sink.frame;
  bound->kept = kept;
  return true;
}

mfg_status cpu_map_run(cpu_bound *bound, cpu_arena *arena) {
  const cpu_view *view = &bound->prologue;
  if (bound->kept != NULL) {
    cpu_code_frame_again(bound->kept);
    return MFG_OK;
  }
  if (bound->keep != NULL && atomic_load_explicit(view->section->entry, memory_order_acquire)) {
    if (map_keep(bound)) return MFG_OK;
    bound->keep = NULL;
  }
  return map_view(bound, view, NULL, arena);
}

mfg_status cpu_reduce_run(cpu_bound *bound, cpu_arena *arena) {
  const struct mfg_plugin_kernel *kernel = bound->kernel;
  char *targets[MFG_MAX_RESULTS] = {NULL};
  int64_t kept = cpu_view_count(&bound->epilogue, UINT32_MAX);
  if (kept == 0) return MFG_OK;
  for (uint32_t i = 0; i < kernel->pattern.count; i++) {
    targets[i] = cpu_arena_take(arena, (size_t)kept * kernel->results[i].out_size);
    if (targets[i] == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  }
  mfg_status status = cpu_reduce_view(&bound->prologue, kernel->pattern.axes, kernel->results,
                                      kernel->pattern.count, targets, kernel->block, arena);
  if (status != MFG_OK) return status;
  return map_view(bound, &bound->epilogue, targets, arena);
}

/* ---- facts of reductions -------------------------------------------------------------------- */

static mfg_scalar highest(enum cpu_type type, bool negative) {
  mfg_scalar value = {.bits = 0};
  switch (type) {
#define SIGNED(symbol, member, T)                                                                  \
  case CPU_##symbol:                                                                               \
    value.member = negative ? symbol##_MIN : symbol##_MAX;                                         \
    break;
#define UNSIGNED(symbol, member, T)                                                                \
  case CPU_##symbol: value.member = negative ? 0 : symbol##_MAX; break;
    MFG_SIGNED_TYPES(SIGNED)
    MFG_UNSIGNED_TYPES(UNSIGNED)
  case CPU_FLOAT32: value.float32 = negative ? -INFINITY : INFINITY; break;
  default: value.float64 = negative ? -(double)INFINITY : (double)INFINITY; break;
  }
#undef SIGNED
#undef UNSIGNED
  return value;
}

static mfg_scalar one(enum cpu_type type) {
  mfg_scalar value = {.bits = 0};
  switch (type) {
#define CASE(symbol, member, T)                                                                    \
  case CPU_##symbol: value.member = 1; break;
    MFG_KERNEL_TYPES(CASE)
#undef CASE
  default: break;
  }
  return value;
}

cpu_accumulator cpu_result_neutral(const cpu_result *result) {
  cpu_accumulator neutral = {.index = 0};
  switch (result->operation) {
  case MFG_REDUCE_PRODUCT:
  case MFG_REDUCE_ALL: neutral.value = one(result->type); break;
  case MFG_REDUCE_MIN: neutral.value = highest(result->type, false); break;
  case MFG_REDUCE_MAX: neutral.value = highest(result->type, true); break;
  default: neutral.value.bits = 0;
  }
  return neutral;
}

void cpu_result_store(const cpu_result *result, const cpu_accumulator *value, char *target) {
  if (cpu_result_is_place(result))
    memcpy(target, &value->index, sizeof value->index);
  else
    memcpy(target, &value->value, result->size);
}

/* ---- any pattern ---------------------------------------------------------------------------- */

static void evaluate_parameters(cpu_bound *bound, cpu_view *view) {
  const cpu_section *section = view->section;
  cpu_view_evaluate(view, bound->scalars, section->launch_step_count, section->uniform_step_count);
}

mfg_status cpu_bound_run(cpu_bound *bound, cpu_arena *arena) {
  uint8_t kind = bound->kernel->pattern.kind;
  cpu_compilation_count(bound->kernel->compilation, cpu_work(bound, 0));
  /* Nothing is read where there is no place, but a reduction of nothing may have an epilogue. */
  if (bound->elements > 0) evaluate_parameters(bound, &bound->prologue);
  if (kind != MFG_PATTERN_MAP && cpu_view_count(&bound->epilogue, UINT32_MAX) > 0)
    evaluate_parameters(bound, &bound->epilogue);
  switch (kind) {
  case MFG_PATTERN_REDUCE: return cpu_reduce_run(bound, arena);
  case MFG_PATTERN_SCAN: return cpu_scan_run(bound, arena);
  case MFG_PATTERN_LINE_SOLVE: return cpu_solve_run(bound, arena);
  default: return cpu_map_run(bound, arena);
  }
}
