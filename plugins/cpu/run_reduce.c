/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reductions of a view over some axes.
 *
 * A group is the elements that become one result. Along: the inner axis is reduced, a group is
 * consecutive rows, and blocks are folded to single numbers. Across: the inner axis is kept, a
 * group is a range of columns, and rows are combined elementwise. Groups larger than a few tiles
 * are cut into chunks that depend on the shape only; a group of less is always cut alike. */
#include "run.h"

#include <string.h>

#define TILES_IN_CHUNK 16
/* The same where a chunk is one tile and one fold. */
#define TILES_AT_ONCE 128
/* A kept inner axis shorter than this is left for a reduced one: rows would be too short. */
#define SHORTEST_ROW 8

struct reduce_job {
  cpu_job job;
  const cpu_view *view;
  const cpu_result *results;
  uint32_t count;
  char *const *targets;
  int64_t block;
  cpu_grid grid; /* along, small groups: of all rows; otherwise: of one group */
  int64_t groups;
  int64_t chunks; /* in a group */
  int64_t chunk_tiles;
  int64_t group_rows;
  int64_t group_size; /* along: elements */
  bool plain;         /* along: values lie in memory as they are folded */
  bool one_group;
  atomic_bool decided;            /* one group: nothing that follows can change the results */
  int64_t column_groups;          /* across: groups side by side */
  int64_t width;                  /* across: columns of a group */
  cpu_accumulator *partials;      /* along: [group][chunk][result] */
  char *vectors[MFG_MAX_RESULTS]; /* across: [group][chunk][column], elements of 8 bytes at most */
};

/* ---- along ---------------------------------------------------------------------------------- */

/* Tiles of whole groups. */
static mfg_status along_small(cpu_job *job, cpu_arena *arena) {
  struct reduce_job *reduce = (struct reduce_job *)job;
  const cpu_view *view = reduce->view;
  cpu_frame frame;
  mfg_status status = cpu_frame_open(&frame, view, reduce->block, arena);
  if (status != MFG_OK) return status;
  for (int64_t item; cpu_job_next(job, &item);)
    for (int64_t number = item * TILES_IN_CHUNK;
         number < (item + 1) * TILES_IN_CHUNK && number < reduce->grid.tiles; number++) {
      cpu_tile tile;
      cpu_tile_at(view, &reduce->grid, number, &tile);
      cpu_frame_run(&frame, &tile);
      int64_t group = number * reduce->grid.tile_rows / reduce->group_rows;
      int64_t count = tile.rows / reduce->group_rows;
      for (uint32_t k = 0; k < reduce->count; k++) {
        const cpu_result *result = &reduce->results[k];
        const char *block = cpu_frame_root(&frame, k);
        for (int64_t i = 0; i < count; i++) {
          cpu_accumulator value;
          result->functions.fold((size_t)reduce->group_size,
                                 block + i * reduce->group_size * result->size, 0, &value);
          cpu_result_store(result, &value, reduce->targets[k] + (group + i) * result->out_size);
        }
      }
    }
  return MFG_OK;
}

/* Nothing that follows can change an ANY that is true or an ALL that is false. */
static bool all_decided(const struct reduce_job *reduce, const cpu_accumulator *values) {
  for (uint32_t k = 0; k < reduce->count; k++) {
    uint8_t operation = reduce->results[k].operation;
    bool decided = (operation == MFG_REDUCE_ANY && values[k].value.boolean) ||
                   (operation == MFG_REDUCE_ALL && !values[k].value.boolean);
    if (!decided) return false;
  }
  return true;
}

/* A fold that takes many values at once as well as a block at a time: sums and products associate
 * by blocks, whatever the tile. */
static bool folds_at_once(const cpu_result *result) {
  return result->operation != MFG_REDUCE_SUM && result->operation != MFG_REDUCE_PRODUCT;
}

/* A chunk whose values need no register: one tile, folded where it lies. */
static void plain_chunk(const struct reduce_job *reduce, cpu_frame *frame, int64_t item,
                        cpu_stack *stacks) {
  const cpu_grid *grid = &reduce->grid;
  int64_t group = item / reduce->chunks, chunk = item - group * reduce->chunks;
  int64_t first = chunk * reduce->chunk_tiles * grid->tile_columns;
  cpu_tile tile = {.rows = 1, .columns = reduce->chunk_tiles * grid->tile_columns};
  if (tile.columns > grid->columns - first) tile.columns = grid->columns - first;
  cpu_tile_locate(reduce->view, &tile, group, first);
  cpu_frame_run(frame, &tile);
  for (uint32_t k = 0; k < reduce->count; k++) {
    const cpu_result *result = &reduce->results[k];
    const char *values = cpu_frame_root(frame, k);
    int64_t step = folds_at_once(result) ? tile.columns : grid->tile_columns;
    cpu_accumulator value;
    stacks[k].count = 0;
    for (int64_t at = 0; at < tile.columns; at += step) {
      int64_t count = tile.columns - at < step ? tile.columns - at : step;
      result->functions.fold((size_t)count, values + at * result->size, first + at, &value);
      cpu_stack_push(&stacks[k], result, &value);
    }
    reduce->partials[item * reduce->count + k] = cpu_stack_finish(&stacks[k], result);
  }
}

static void along_chunk(const struct reduce_job *reduce, cpu_frame *frame, int64_t item,
                        cpu_stack *stacks) {
  const cpu_grid *grid = &reduce->grid;
  int64_t group = item / reduce->chunks, chunk = item - group * reduce->chunks;
  int64_t number = chunk * reduce->chunk_tiles, end = number + reduce->chunk_tiles;
  for (uint32_t k = 0; k < reduce->count; k++)
    stacks[k].count = 0;
  for (; number < end && number < grid->tiles; number++) {
    cpu_tile tile;
    cpu_accumulator values[MFG_MAX_RESULTS];
    int64_t row = number / grid->column_tiles * grid->tile_rows;
    int64_t column = number % grid->column_tiles * grid->tile_columns;
    tile.rows = grid->rows - row < grid->tile_rows ? grid->rows - row : grid->tile_rows;
    tile.columns =
        grid->columns - column < grid->tile_columns ? grid->columns - column : grid->tile_columns;
    cpu_tile_locate(reduce->view, &tile, group * reduce->group_rows + row, column);
    cpu_frame_run(frame, &tile);
    for (uint32_t k = 0; k < reduce->count; k++) {
      const cpu_result *result = &reduce->results[k];
      result->functions.fold((size_t)(tile.rows * tile.columns), cpu_frame_root(frame, k),
                             row * grid->columns + column, &values[k]);
      cpu_stack_push(&stacks[k], result, &values[k]);
    }
    if (all_decided(reduce, values)) break;
  }
  for (uint32_t k = 0; k < reduce->count; k++)
    reduce->partials[item * reduce->count + k] = cpu_stack_finish(&stacks[k], &reduce->results[k]);
}

static mfg_status along_large(cpu_job *job, cpu_arena *arena) {
  struct reduce_job *reduce = (struct reduce_job *)job;
  cpu_frame frame;
  mfg_status status = cpu_frame_open(&frame, reduce->view, reduce->block, arena);
  cpu_stack *stacks = cpu_arena_take(arena, reduce->count * sizeof *stacks);
  if (status != MFG_OK || stacks == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  for (int64_t item; cpu_job_next(job, &item);) {
    cpu_accumulator *partials = &reduce->partials[item * reduce->count];
    if (atomic_load_explicit(&reduce->decided, memory_order_relaxed)) {
      for (uint32_t k = 0; k < reduce->count; k++)
        partials[k] = cpu_result_neutral(&reduce->results[k]);
      continue;
    }
    if (reduce->plain)
      plain_chunk(reduce, &frame, item, stacks);
    else
      along_chunk(reduce, &frame, item, stacks);
    if (reduce->one_group && all_decided(reduce, partials))
      atomic_store_explicit(&reduce->decided, true, memory_order_relaxed);
  }
  return MFG_OK;
}

static void along_finish(const struct reduce_job *reduce) {
  for (int64_t group = 0; group < reduce->groups; group++)
    for (uint32_t k = 0; k < reduce->count; k++) {
      const cpu_result *result = &reduce->results[k];
      cpu_stack stack = {.count = 0};
      for (int64_t chunk = 0; chunk < reduce->chunks; chunk++)
        cpu_stack_push(&stack, result,
                       &reduce->partials[(group * reduce->chunks + chunk) * reduce->count + k]);
      cpu_accumulator value = cpu_stack_finish(&stack, result);
      cpu_result_store(result, &value, reduce->targets[k] + group * result->out_size);
    }
}

static mfg_status reduce_along(struct reduce_job *reduce, int64_t work, cpu_arena *arena) {
  const cpu_view *view = reduce->view;
  int64_t columns = view->extents[view->inner];
  reduce->group_size = reduce->group_rows * columns;
  if (reduce->group_size <= reduce->block) {
    reduce->grid = cpu_grid_make(reduce->groups * reduce->group_rows, columns, reduce->block);
    reduce->grid.tile_rows -= reduce->grid.tile_rows % reduce->group_rows;
    reduce->grid.tiles = (reduce->grid.rows + reduce->grid.tile_rows - 1) / reduce->grid.tile_rows;
    reduce->job.run = along_small;
    reduce->job.items = (reduce->grid.tiles + TILES_IN_CHUNK - 1) / TILES_IN_CHUNK;
    return cpu_pool_run(&reduce->job, work, arena);
  }
  reduce->grid = cpu_grid_make(reduce->group_rows, columns, reduce->block);
  reduce->plain = reduce->group_rows == 1 && cpu_view_is_plain(view);
  reduce->chunk_tiles = reduce->plain ? TILES_AT_ONCE : TILES_IN_CHUNK;
  for (uint32_t k = 0; k < reduce->count; k++)
    if (!folds_at_once(&reduce->results[k])) reduce->chunk_tiles = TILES_IN_CHUNK;
  reduce->chunks = (reduce->grid.tiles + reduce->chunk_tiles - 1) / reduce->chunk_tiles;
  reduce->one_group = reduce->groups == 1;
  reduce->job.run = along_large;
  reduce->job.items = reduce->groups * reduce->chunks;
  reduce->partials =
      cpu_arena_take(arena, (size_t)reduce->job.items * reduce->count * sizeof *reduce->partials);
  if (reduce->partials == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  mfg_status status = cpu_pool_run(&reduce->job, work, arena);
  if (status == MFG_OK) along_finish(reduce);
  return status;
}

/* ---- across --------------------------------------------------------------------------------- */

/* A tree of vectors, as cpu_stack is one of numbers; five levels hold a chunk's tiles. */
struct vectors {
  char *level[6];
  uint32_t count;
};

static void vector_join(const cpu_result *result, int64_t width, char *into, const char *later) {
  result->join((size_t)width, into, into, later, NULL);
}

static void vectors_push(struct vectors *stack, const cpu_result *result, int64_t width,
                         const char *next) {
  uint32_t level = 0;
  const char *sum = next;
  for (; stack->count >> level & 1; level++) {
    vector_join(result, width, stack->level[level], sum);
    sum = stack->level[level];
  }
  memcpy(stack->level[level], sum, (size_t)width * result->size);
  stack->count++;
}

static void vectors_finish(const struct vectors *stack, const cpu_result *result, int64_t width,
                           char *target) {
  const char *sum = NULL;
  for (uint32_t level = 0; stack->count >> level != 0; level++) {
    if (!(stack->count >> level & 1)) continue;
    if (sum != NULL) vector_join(result, width, stack->level[level], sum);
    sum = stack->level[level];
  }
  memcpy(target, sum, (size_t)width * result->size);
}

static mfg_status vectors_make(struct vectors *stacks, uint32_t count, int64_t width,
                               cpu_arena *arena) {
  for (uint32_t k = 0; k < count; k++)
    for (uint32_t level = 0; level < sizeof stacks->level / sizeof stacks->level[0]; level++) {
      stacks[k].level[level] = cpu_arena_take(arena, (size_t)width * 8);
      if (stacks[k].level[level] == NULL) return MFG_ERROR_OUT_OF_MEMORY;
    }
  return MFG_OK;
}

/* Combines the rows of a tile into `target`. */
static void rows_join(const cpu_result *result, const cpu_tile *tile, const char *block,
                      char *target) {
  int64_t bytes = tile->columns * result->size;
  memcpy(target, block, (size_t)bytes);
  for (int64_t row = 1; row < tile->rows; row++)
    vector_join(result, tile->columns, target, block + row * bytes);
}

static void across_chunk(const struct reduce_job *reduce, cpu_frame *frame, int64_t item,
                         struct vectors *stacks, char *sum) {
  const cpu_view *view = reduce->view;
  int64_t group = item / reduce->chunks, chunk = item - group * reduce->chunks;
  int64_t outer = group / reduce->column_groups;
  int64_t column = (group - outer * reduce->column_groups) * reduce->width;
  int64_t rows = TILES_IN_CHUNK * reduce->grid.tile_rows, row = chunk * rows, end = row + rows;
  if (end > reduce->group_rows) end = reduce->group_rows;
  cpu_tile tile = {.columns = view->extents[view->inner] - column};
  if (tile.columns > reduce->width) tile.columns = reduce->width;
  for (uint32_t k = 0; k < reduce->count; k++)
    stacks[k].count = 0;
  for (; row < end; row += reduce->grid.tile_rows) {
    tile.rows = end - row < reduce->grid.tile_rows ? end - row : reduce->grid.tile_rows;
    cpu_tile_locate(view, &tile, outer * reduce->group_rows + row, column);
    cpu_frame_run(frame, &tile);
    for (uint32_t k = 0; k < reduce->count; k++) {
      rows_join(&reduce->results[k], &tile, cpu_frame_root(frame, k), sum);
      vectors_push(&stacks[k], &reduce->results[k], tile.columns, sum);
    }
  }
  for (uint32_t k = 0; k < reduce->count; k++)
    vectors_finish(&stacks[k], &reduce->results[k], tile.columns,
                   reduce->vectors[k] + item * reduce->width * reduce->results[k].size);
}

static mfg_status across_items(cpu_job *job, cpu_arena *arena) {
  struct reduce_job *reduce = (struct reduce_job *)job;
  cpu_frame frame;
  struct vectors stacks[MFG_MAX_RESULTS];
  mfg_status status = cpu_frame_open(&frame, reduce->view, reduce->block, arena);
  if (status == MFG_OK) status = vectors_make(stacks, reduce->count, reduce->width, arena);
  char *sum = cpu_arena_take(arena, (size_t)reduce->width * 8);
  if (status != MFG_OK || sum == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  for (int64_t item; cpu_job_next(job, &item);)
    across_chunk(reduce, &frame, item, stacks, sum);
  return MFG_OK;
}

/* Combines the chunks of each group pairwise, and puts the columns where they belong. */
static void across_finish(const struct reduce_job *reduce) {
  int64_t columns = reduce->view->extents[reduce->view->inner];
  for (int64_t group = 0; group < reduce->groups; group++) {
    int64_t outer = group / reduce->column_groups;
    int64_t column = (group - outer * reduce->column_groups) * reduce->width;
    int64_t width = columns - column < reduce->width ? columns - column : reduce->width;
    for (uint32_t k = 0; k < reduce->count; k++) {
      const cpu_result *result = &reduce->results[k];
      int64_t pitch = reduce->width * result->size;
      char *chunks = reduce->vectors[k] + group * reduce->chunks * pitch;
      for (int64_t apart = 1; apart < reduce->chunks; apart *= 2)
        for (int64_t i = 0; i + apart < reduce->chunks; i += 2 * apart)
          vector_join(result, width, chunks + i * pitch, chunks + (i + apart) * pitch);
      memcpy(reduce->targets[k] + (outer * columns + column) * result->size, chunks,
             (size_t)(width * result->size));
    }
  }
}

static mfg_status reduce_across(struct reduce_job *reduce, int64_t work, cpu_arena *arena) {
  const cpu_view *view = reduce->view;
  int64_t columns = view->extents[view->inner];
  reduce->width = columns < reduce->block ? columns : reduce->block;
  reduce->column_groups = (columns + reduce->width - 1) / reduce->width;
  reduce->groups *= reduce->column_groups;
  reduce->grid = cpu_grid_make(reduce->group_rows, reduce->width, reduce->block);
  int64_t rows = TILES_IN_CHUNK * reduce->grid.tile_rows;
  reduce->chunks = (reduce->group_rows + rows - 1) / rows;
  reduce->job.run = across_items;
  reduce->job.items = reduce->groups * reduce->chunks;
  for (uint32_t k = 0; k < reduce->count; k++) {
    size_t bytes = (size_t)(reduce->job.items * reduce->width) * reduce->results[k].size;
    reduce->vectors[k] = cpu_arena_take(arena, bytes);
    if (reduce->vectors[k] == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  }
  mfg_status status = cpu_pool_run(&reduce->job, work, arena);
  if (status == MFG_OK) across_finish(reduce);
  return status;
}

/* ---- the choice ----------------------------------------------------------------------------- */

uint8_t cpu_view_longest_inner(const cpu_view *view) {
  for (uint32_t axis = view->rank; axis-- > 0;)
    if (view->extents[axis] > 1) return (uint8_t)axis;
  return (uint8_t)(view->rank - 1);
}

/* The last axis of a mask, those with one element last in preference; the rank if there is none. */
static uint8_t last_axis(const cpu_view *view, uint32_t axes) {
  uint8_t found = view->rank;
  for (uint32_t axis = view->rank; axis-- > 0;) {
    if (!(axes >> axis & 1)) continue;
    if (view->extents[axis] > 1) return (uint8_t)axis;
    if (found == view->rank) found = (uint8_t)axis;
  }
  return found;
}

static uint8_t choose_inner(const cpu_view *view, uint32_t axes, const cpu_result *results,
                            uint32_t count) {
  uint8_t inner = cpu_view_longest_inner(view), reduced = last_axis(view, axes);
  if (reduced == view->rank || axes >> inner & 1) return inner;
  bool places = false;
  for (uint32_t k = 0; k < count; k++)
    places = places || cpu_result_is_place(&results[k]);
  bool short_rows = view->extents[inner] < SHORTEST_ROW && view->extents[reduced] > 1;
  return places || short_rows ? reduced : inner;
}

/* Nothing to reduce: every result is neutral. */
static void fill_neutral(const cpu_result *results, uint32_t count, int64_t kept,
                         char *const *targets) {
  for (uint32_t k = 0; k < count; k++) {
    cpu_accumulator neutral = cpu_result_neutral(&results[k]);
    for (int64_t i = 0; i < kept; i++)
      cpu_result_store(&results[k], &neutral, targets[k] + i * results[k].out_size);
  }
}

/* Reductions over no axis: each value is its own result, at place 0. Joining blocks is not needed,
 * and places, which the across form does not know, are all 0. */
static mfg_status reduce_each(struct reduce_job *reduce, int64_t work, cpu_arena *arena) {
  cpu_result plain[MFG_MAX_RESULTS];
  char *targets[MFG_MAX_RESULTS];
  const cpu_view *view = reduce->view;
  int64_t kept = cpu_view_count(view, UINT32_MAX);
  memcpy(plain, reduce->results, reduce->count * sizeof *plain);
  for (uint32_t k = 0; k < reduce->count; k++) {
    targets[k] = reduce->targets[k];
    if (!cpu_result_is_place(&plain[k])) continue;
    targets[k] = cpu_arena_take(arena, (size_t)kept * plain[k].size);
    if (targets[k] == NULL) return MFG_ERROR_OUT_OF_MEMORY;
    memset(reduce->targets[k], 0, (size_t)kept * plain[k].out_size);
  }
  reduce->results = plain;
  reduce->targets = targets;
  return reduce_across(reduce, work, arena);
}

mfg_status cpu_reduce_resolve(cpu_view *view, uint32_t axes, const cpu_result *results,
                              uint32_t count, uint32_t site_count, cpu_arena *arena) {
  uint8_t inner = choose_inner(view, axes, results, count);
  uint32_t row = ~(UINT32_C(1) << inner);
  cpu_view_order(view, inner, axes & row, ~axes & row);
  return cpu_view_resolve(view, site_count, arena);
}

mfg_status cpu_reduce_view(const cpu_view *view, uint32_t axes, const cpu_result *results,
                           uint32_t count, char *const *targets, int64_t block, cpu_arena *arena) {
  int64_t kept = cpu_view_count(view, ~axes), reduced = cpu_view_count(view, axes);
  if (kept == 0) return MFG_OK;
  if (reduced == 0) {
    fill_neutral(results, count, kept, targets);
    return MFG_OK;
  }
  uint32_t row = ~(UINT32_C(1) << view->inner);
  struct reduce_job reduce = {.view = view,
                              .results = results,
                              .count = count,
                              .targets = targets,
                              .block = block,
                              .group_rows = cpu_view_count(view, axes & row),
                              .groups = cpu_view_count(view, ~axes & row)};
  int64_t work = kept * reduced * ((int64_t)view->section->step_count + count);
  if (axes >> view->inner & 1) return reduce_along(&reduce, work, arena);
  return reduced == 1 ? reduce_each(&reduce, work, arena) : reduce_across(&reduce, work, arena);
}
