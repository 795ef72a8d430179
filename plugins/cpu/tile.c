/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running the steps of a section over one tile: loads, indices, gathers, loops. */
#include "view.h"

#include <string.h>

void cpu_tile_locate(const cpu_view *view, cpu_tile *tile, int64_t row, int64_t column) {
  tile->index[view->inner] = column;
  for (uint32_t i = 0; i < view->row_axes; i++) {
    uint8_t axis = view->row_axis[i];
    if (i + 1u == view->row_axes) {
      tile->index[axis] = row;
      break;
    }
    int64_t rest = row / view->extents[axis];
    tile->index[axis] = row - rest * view->extents[axis];
    row = rest;
  }
}

/* ---- runs of elements ----------------------------------------------------------------------- */

#define COPY_STRIDED(T)                                                                            \
  do {                                                                                             \
    T *to = (T *)target;                                                                           \
    for (int64_t i = 0; i < count; i++)                                                            \
      to[i] = *(const T *)(source + i * stride);                                                   \
  } while (0)

/* `count` elements of `size` bytes, `stride` bytes apart. */
static void run_copy(char *target, const char *source, int64_t stride, int64_t count, size_t size) {
  if (stride == (int64_t)size)
    memcpy(target, source, (size_t)count * size);
  else if (stride == 0)
    cpu_splat((size_t)count, size, target, source);
  else if (size == 8)
    COPY_STRIDED(uint64_t);
  else if (size == 4)
    COPY_STRIDED(uint32_t);
  else if (size == 2)
    COPY_STRIDED(uint16_t);
  else
    COPY_STRIDED(uint8_t);
}

#define STORE_STRIDED(T)                                                                           \
  do {                                                                                             \
    const T *from = (const T *)source;                                                             \
    for (int64_t i = 0; i < count; i++)                                                            \
      *(T *)(target + i * stride) = from[i];                                                       \
  } while (0)

static void run_store(char *target, const char *source, int64_t stride, int64_t count,
                      size_t size) {
  if (stride == (int64_t)size)
    memcpy(target, source, (size_t)count * size);
  else if (size == 8)
    STORE_STRIDED(uint64_t);
  else if (size == 4)
    STORE_STRIDED(uint32_t);
  else if (size == 2)
    STORE_STRIDED(uint16_t);
  else
    STORE_STRIDED(uint8_t);
}

/* ---- sites ---------------------------------------------------------------------------------- */

#define NO_STEP UINT32_MAX

static const cpu_segment *segment_find(const cpu_axis_map *map, int64_t index) {
  uint32_t k = map->count - 1;
  while (map->segments[k].first > index)
    k--;
  return &map->segments[k];
}

static int64_t segment_index(const cpu_segment *segment, int64_t index) {
  if (segment->direction == CPU_OUTSIDE) return 0;
  return segment->source + segment->direction * (index - segment->first);
}

/* The address of column 0 of a row as a site sees it; *outside is the first step that has left the
 * space, or NO_STEP. */
static const char *row_address(const cpu_view *view, const cpu_bound_load *load,
                               const int64_t *index, uint32_t *outside) {
  const char *address = load->operand->base;
  *outside = NO_STEP;
  for (uint32_t i = 0; i < view->row_axes; i++) {
    uint8_t axis = view->row_axis[i];
    int64_t at = index[axis];
    const cpu_axis_map *map = load->place != NULL ? &load->place->axes[axis] : NULL;
    if (map != NULL && map->count > 0) {
      const cpu_segment *segment = segment_find(map, at);
      if (segment->direction == CPU_OUTSIDE && segment->step < *outside) *outside = segment->step;
      at = segment_index(segment, at);
    }
    address += at * load->operand->stride[axis];
  }
  return address;
}

/* ---- loads ---------------------------------------------------------------------------------- */

struct row {
  const cpu_view *view;
  const cpu_load *load;
  const cpu_bound_load *bound;
  const char *address; /* of column 0 */
  uint32_t outside;
};

static const mfg_scalar *fill_of(const struct row *row, uint32_t step) {
  const cpu_view *view = row->view;
  return &view->steps[view->sites[row->load->site - 1].first + step].fill;
}

/* One row of a load whose site moves along the inner axis. */
static void row_segments(const struct row *row, char *target, int64_t column, int64_t count) {
  const cpu_axis_map *map = &row->bound->place->axes[row->view->inner];
  int64_t stride = row->bound->operand->stride[row->view->inner];
  size_t size = row->load->size;
  int64_t end = column + count;
  const cpu_segment *last = map->segments + map->count - 1;
  for (const cpu_segment *segment = segment_find(map, column); column < end; segment++) {
    int64_t stop = segment == last || segment[1].first > end ? end : segment[1].first;
    uint32_t outside = row->outside;
    if (segment->direction == CPU_OUTSIDE && segment->step < outside) outside = segment->step;
    if (outside != NO_STEP)
      cpu_splat((size_t)(stop - column), size, target, fill_of(row, outside));
    else
      run_copy(target, row->address + segment_index(segment, column) * stride,
               segment->direction * stride, stop - column, size);
    target += (stop - column) * (int64_t)size;
    column = stop;
  }
}

static void row_load(const struct row *row, char *target, int64_t column, int64_t count) {
  const cpu_bound_load *bound = row->bound;
  int64_t stride = bound->operand->stride[row->view->inner];
  if (bound->place != NULL && bound->place->axes[row->view->inner].count > 0)
    row_segments(row, target, column, count);
  else if (row->outside != NO_STEP)
    cpu_splat((size_t)count, row->load->size, target, fill_of(row, row->outside));
  else
    run_copy(target, row->address + column * stride, stride, count, row->load->size);
}

/* Rows that are far from each other in memory are asked for before their turn: the processor's own
 * prefetching sees only short runs. */
#define ROWS_AHEAD 4
#define LINE_BYTES 64

static void row_ask(const cpu_view *view, const cpu_bound_load *bound, const int64_t *index,
                    int64_t column, int64_t bytes) {
  uint32_t outside;
  const char *address = row_address(view, bound, index, &outside);
  if (outside != NO_STEP) return;
  address += column * bound->operand->stride[view->inner];
  for (int64_t at = 0; at < bytes; at += LINE_BYTES)
    __builtin_prefetch(address + at);
}

static void rows_load(const cpu_view *view, const cpu_load *load, const cpu_bound_load *bound,
                      const cpu_tile *tile, char *target) {
  struct row row = {.view = view, .load = load, .bound = bound};
  int64_t index[MFG_MAX_RANK], ahead[MFG_MAX_RANK], bytes = tile->columns * load->size;
  int64_t column = tile->index[view->inner];
  memcpy(index, tile->index, sizeof index);
  memcpy(ahead, tile->index, sizeof ahead);
  /* Beyond the tile as well: those are mostly the first rows of the next one. */
  int64_t asked = bound->unit && bytes >= 2 * LINE_BYTES ? 0 : INT64_MAX;
  for (int64_t r = 0; r < tile->rows; r++) {
    for (; asked <= r + ROWS_AHEAD; asked++) {
      row_ask(view, bound, ahead, column, bytes);
      cpu_index_advance(view, ahead);
    }
    row.address = row_address(view, bound, index, &row.outside);
    row_load(&row, target, column, tile->columns);
    target += bytes;
    cpu_index_advance(view, index);
  }
}

/* A single row whose site leads to consecutive elements: their address, else NULL. */
static char *row_in_place(const cpu_view *view, const cpu_bound_load *bound, const cpu_tile *tile) {
  uint32_t outside;
  const char *address = row_address(view, bound, tile->index, &outside);
  int64_t column = tile->index[view->inner];
  const cpu_axis_map *map = &bound->place->axes[view->inner];
  if (outside != NO_STEP) return NULL;
  if (map->count > 0) {
    const cpu_segment *segment = segment_find(map, column);
    bool last = segment == map->segments + map->count - 1;
    if (segment->direction != CPU_FORWARDS) return NULL;
    if (!last && segment[1].first < column + tile->columns) return NULL;
    column = segment_index(segment, column);
  }
  return (char *)(uintptr_t)(address + column * bound->operand->stride[view->inner]);
}

char *cpu_load_run(const cpu_view *view, uint32_t number, const cpu_tile *tile, char *fallback) {
  const cpu_load *load = &view->section->loads[number];
  const cpu_bound_load *bound = &view->loads[number];
  if (bound->place == NULL) {
    bool one_run = tile->rows == 1 || (bound->even && tile->columns == view->extents[view->inner]);
    if (one_run) {
      char *address = cpu_operand_at(view, bound->operand, tile);
      if (bound->unit && !load->copy) return address;
      run_copy(fallback, address, bound->operand->stride[view->inner], tile->rows * tile->columns,
               load->size);
      return fallback;
    }
  } else if (tile->rows == 1 && bound->unit && !load->copy) {
    char *address = row_in_place(view, bound, tile);
    if (address != NULL) return address;
  }
  rows_load(view, load, bound, tile, fallback);
  return fallback;
}

/* ---- indices -------------------------------------------------------------------------------- */

static void index_row(const cpu_view *view, const cpu_axis_map *map, const cpu_tile *tile,
                      int64_t *target) {
  int64_t column = tile->index[view->inner], end = column + tile->columns;
  if (map == NULL || map->count == 0) {
    for (int64_t i = column; i < end; i++)
      *target++ = i;
    return;
  }
  for (const cpu_segment *segment = segment_find(map, column); column < end; segment++) {
    bool last = segment == map->segments + map->count - 1;
    int64_t stop = last || segment[1].first > end ? end : segment[1].first;
    for (; column < stop; column++)
      *target++ = segment_index(segment, column);
  }
}

void cpu_index_run(const cpu_view *view, const cpu_step *step, const cpu_tile *tile, char *memory) {
  const cpu_place *place = step->site == MFG_SITE_HERE ? NULL : view->places[step->site - 1];
  const cpu_axis_map *map = place == NULL ? NULL : &place->axes[step->axis];
  int64_t *target = (int64_t *)memory, index[MFG_MAX_RANK];
  memcpy(index, tile->index, sizeof index);
  for (int64_t r = 0; r < tile->rows; r++, target += tile->columns) {
    if (step->axis == view->inner) {
      if (r == 0)
        index_row(view, map, tile, target);
      else
        memcpy(target, memory, (size_t)tile->columns * sizeof *target);
    } else {
      int64_t at = index[step->axis];
      if (map != NULL && map->count > 0) at = segment_index(segment_find(map, at), at);
      for (int64_t i = 0; i < tile->columns; i++)
        target[i] = at;
    }
    cpu_index_advance(view, index);
  }
}

/* ---- gathers -------------------------------------------------------------------------------- */

static int64_t gather_index(const char *indices, size_t size, int64_t position, int64_t extent) {
  int64_t index = size == 8 ? ((const int64_t *)indices)[position]
                            : (int64_t)((const int32_t *)indices)[position];
  return index < 0 ? 0 : index >= extent ? extent - 1 : index;
}

static void gather_run(const cpu_view *view, const cpu_step *step, const cpu_tile *tile,
                       const char *indices, char *target) {
  const cpu_operand *operand = &view->operands[step->load];
  cpu_tile row = *tile;
  int64_t index[MFG_MAX_RANK];
  memcpy(index, tile->index, sizeof index);
  int64_t along = operand->stride[step->axis], extent = operand->extents[step->axis];
  int64_t across = step->axis == view->inner ? 0 : operand->stride[view->inner];
  for (int64_t r = 0, i = 0; r < tile->rows; r++) {
    memcpy(row.index, index, sizeof index);
    row.index[step->axis] = 0;
    const char *base = cpu_operand_at(view, operand, &row);
    for (int64_t k = 0; k < tile->columns; k++, i++) {
      const char *from =
          base + k * across + gather_index(indices, step->argument, i, extent) * along;
      memcpy(target + i * step->size, from, step->size);
    }
    cpu_index_advance(view, index);
  }
}

/* ---- frames --------------------------------------------------------------------------------- */

mfg_status cpu_frame_open(cpu_frame *frame, const cpu_view *view, int64_t block, cpu_arena *arena) {
  const cpu_section *section = view->section;
  int64_t elements = cpu_view_count(view, UINT32_MAX);
  if (elements < block) block = elements;
  cpu_code_function *function =
      section->entry != NULL ? atomic_load_explicit(section->entry, memory_order_acquire) : NULL;
  frame->view = view;
  frame->code = NULL;
  frame->slots = cpu_arena_take(arena, section->slot_count * sizeof *frame->slots);
  /* Whole vectors, so that registers do not share a cache line. */
  size_t bytes = ((size_t)block * 8 + 63) & ~(size_t)63;
  size_t count = section->splat_count + section->register_count;
  char *memory = cpu_arena_take(arena, count * bytes);
  if (frame->slots == NULL || memory == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  for (uint32_t i = 0; i < section->uniform_count; i++)
    frame->slots[i] = (char *)&view->uniforms[i];
  for (uint32_t i = 0; i < count; i++)
    frame->slots[cpu_section_splat(section, i)] = memory + i * bytes;
  for (uint32_t i = 0; i < section->splat_count; i++)
    if (function == NULL || section->splats[i].leaves)
      cpu_splat((size_t)block, section->splats[i].size, memory + i * bytes,
                &view->uniforms[section->splats[i].uniform]);
  return function != NULL ? cpu_code_frame_open(frame, function, block, arena) : MFG_OK;
}

void cpu_frame_run(cpu_frame *frame, const cpu_tile *tile) {
  if (frame->code != NULL) {
    cpu_code_frame_run(frame, tile);
    return;
  }
  const cpu_view *view = frame->view;
  const cpu_section *section = view->section;
  char **slots = frame->slots;
  size_t count = (size_t)(tile->rows * tile->columns);
  for (const cpu_step *step = section->steps, *end = step + section->step_count; step < end;
       step++) {
    switch ((enum cpu_step_kind)step->kind) {
    case CPU_COMPUTE:
      step->function(count, slots[step->target], slots[step->a], slots[step->b], slots[step->c]);
      break;
    case CPU_LOAD:
      slots[step->target] = cpu_load_run(view, step->load, tile, slots[step->a]);
      break;
    case CPU_INDEX: cpu_index_run(view, step, tile, slots[step->target]); break;
    case CPU_GATHER: gather_run(view, step, tile, slots[step->a], slots[step->target]); break;
    }
  }
}

/* ---- stores --------------------------------------------------------------------------------- */

bool cpu_operand_fits(const cpu_view *view, const cpu_operand *operand, const cpu_tile *tile,
                      size_t size) {
  if (operand->stride[view->inner] != (int64_t)size) return false;
  if (tile->rows == 1) return true;
  if (tile->columns != view->extents[view->inner]) return false;
  return cpu_operand_even(view, operand);
}

void cpu_operand_store(const cpu_view *view, const cpu_operand *operand, const cpu_tile *tile,
                       size_t size, const char *block) {
  int64_t stride = operand->stride[view->inner];
  cpu_tile row = *tile;
  if (cpu_operand_fits(view, operand, tile, size)) {
    memcpy(cpu_operand_at(view, operand, tile), block, (size_t)(tile->rows * tile->columns) * size);
    return;
  }
  for (int64_t r = 0; r < tile->rows; r++) {
    run_store(cpu_operand_at(view, operand, &row), block, stride, tile->columns, size);
    block += tile->columns * (int64_t)size;
    cpu_index_advance(view, row.index);
  }
}
