/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Binding: everything that can be known before the first block. */
#include "view.h"

#include <string.h>

/* ---- shape ---------------------------------------------------------------------------------- */

cpu_grid cpu_grid_make(int64_t rows, int64_t columns, int64_t block) {
  cpu_grid grid = {.rows = rows, .columns = columns, .tile_rows = 1, .tile_columns = columns};
  if (rows == 0 || columns == 0) return grid;
  if (columns > block) {
    grid.tile_columns = block;
  } else {
    grid.tile_rows = block / columns;
    if (grid.tile_rows > rows) grid.tile_rows = rows;
  }
  grid.column_tiles = (columns + grid.tile_columns - 1) / grid.tile_columns;
  grid.tiles = (rows + grid.tile_rows - 1) / grid.tile_rows * grid.column_tiles;
  return grid;
}

void cpu_view_order(cpu_view *view, uint8_t inner, uint32_t fast, uint32_t slow) {
  view->inner = inner;
  view->row_axes = 0;
  for (uint32_t axis = view->rank; axis-- > 0;)
    if (axis != inner && fast >> axis & 1) view->row_axis[view->row_axes++] = (uint8_t)axis;
  for (uint32_t axis = view->rank; axis-- > 0;)
    if (axis != inner && slow >> axis & 1) view->row_axis[view->row_axes++] = (uint8_t)axis;
}

int64_t cpu_view_count(const cpu_view *view, uint32_t axes) {
  int64_t count = 1;
  for (uint32_t axis = 0; axis < view->rank; axis++)
    if (axes >> axis & 1) count *= view->extents[axis];
  return count;
}

/* ---- sites ---------------------------------------------------------------------------------- */

/* A list of segments that is being built, in memory that suffices. */
struct segments {
  cpu_segment *list;
  uint32_t count;
};

static void segment_append(struct segments *to, int64_t first, int64_t length, int64_t source,
                           int32_t direction, uint32_t step) {
  if (length <= 0) return;
  if (length == 1 && direction != CPU_OUTSIDE) direction = CPU_FORWARDS;
  if (to->count > 0) {
    const cpu_segment *last = &to->list[to->count - 1];
    bool follows = direction == CPU_FORWARDS && source == last->source + (first - last->first);
    bool same = direction == CPU_STILL && source == last->source;
    bool outside = direction == CPU_OUTSIDE && step == last->step;
    if (last->direction == direction && (follows || same || outside)) return;
  }
  to->list[to->count++] = (cpu_segment){first, source, direction, step};
}

static int64_t modulo(int64_t value, int64_t n) {
  int64_t rest = value % n;
  return rest < 0 ? rest + n : rest;
}

/* One index under one step: its new place, and how it moves when the index grows by one. */
static int64_t step_apply(const mfg_kernel_step *step, int64_t n, int64_t index,
                          int32_t *direction) {
  *direction = CPU_FORWARDS;
  int64_t moved;
  if (__builtin_add_overflow(index, step->offset, &moved))
    moved = step->offset < 0 ? INT64_MIN : INT64_MAX;
  switch (step->boundary) {
  case MFG_BOUNDARY_WRAP: return modulo(index + step->offset % n, n);
  case MFG_BOUNDARY_MIRROR: {
    int64_t place = modulo(index + step->offset % (2 * n), 2 * n);
    if (place < n) return place;
    *direction = CPU_BACKWARDS;
    return 2 * n - 1 - place;
  }
  default: break;
  }
  if (moved >= 0 && moved < n) return moved;
  *direction = step->boundary == MFG_BOUNDARY_CLAMP ? CPU_STILL : CPU_OUTSIDE;
  return moved < 0 ? 0 : n - 1;
}

/* Indices from `index` on, in direction `towards`, for which a step does the same as for `index`.
 */
static int64_t step_stays(const mfg_kernel_step *step, int64_t n, int64_t index, int32_t towards) {
  int32_t direction;
  int64_t moved = step_apply(step, n, index, &direction);
  if (direction == CPU_FORWARDS) return towards > 0 ? n - moved : moved + 1;
  if (direction == CPU_BACKWARDS) return towards > 0 ? moved + 1 : n - moved;
  /* Beyond an edge: until the step would lead inside again. */
  bool above = step->offset > 0;
  int64_t edge = above ? n - step->offset : -step->offset; /* first index above; first inside */
  if (step->offset >= n || step->offset <= -n) return n;
  if (above) return towards > 0 ? n - index : index - edge + 1;
  return towards > 0 ? edge - index : index + 1;
}

static void segment_step(struct segments *to, const mfg_kernel_step *step, uint32_t number,
                         int64_t n, const cpu_segment *from, int64_t end) {
  int64_t first = from->first;
  if (from->direction == CPU_OUTSIDE) {
    segment_append(to, first, end - first, from->source, CPU_OUTSIDE, from->step);
    return;
  }
  while (first < end) {
    int64_t source = from->source + from->direction * (first - from->first);
    int32_t direction;
    int64_t moved = step_apply(step, n, source, &direction);
    int64_t length = end - first;
    if (from->direction != CPU_STILL) {
      int64_t stays = step_stays(step, n, source, from->direction);
      if (stays < length) length = stays;
    }
    int32_t whole = direction == CPU_OUTSIDE ? CPU_OUTSIDE : direction * from->direction;
    segment_append(to, first, length, moved, whole, number);
    first += length;
  }
}

/* The steps of a site along one axis, composed. A step makes at most three parts of one. */
static mfg_status axis_map(const cpu_view *view, const mfg_kernel_site *site, uint32_t axis,
                           cpu_arena *arena, cpu_axis_map *map) {
  int64_t n = view->extents[axis];
  cpu_segment whole = {0, 0, CPU_FORWARDS, 0};
  struct segments now = {&whole, 1};
  for (uint32_t i = 0; i < site->count; i++) {
    const mfg_kernel_step *step = &view->steps[site->first + i];
    if (step->axis != axis) continue;
    struct segments next = {NULL, 0};
    size_t most = (size_t)now.count * 3;
    next.list = cpu_arena_take(arena, most * sizeof *next.list);
    if (next.list == NULL) return MFG_ERROR_OUT_OF_MEMORY;
    for (uint32_t k = 0; k < now.count; k++)
      segment_step(&next, step, i, n, &now.list[k], k + 1 < now.count ? now.list[k + 1].first : n);
    now = next;
  }
  bool moves = now.count > 1 || now.list[0].source != 0 || now.list[0].direction != CPU_FORWARDS;
  if (now.list == &whole || !moves) return MFG_OK;
  map->segments = now.list;
  map->count = now.count;
  return MFG_OK;
}

static mfg_status place_make(cpu_view *view, const mfg_kernel_site *site, cpu_arena *arena,
                             cpu_place **result) {
  cpu_place *place = cpu_arena_zeroed(arena, 1, sizeof *place);
  if (place == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  for (uint32_t axis = 0; axis < view->rank; axis++) {
    mfg_status status = axis_map(view, site, axis, arena, &place->axes[axis]);
    if (status != MFG_OK) return status;
    if (axis != view->inner && place->axes[axis].count > 0) place->rows = true;
  }
  *result = place;
  return MFG_OK;
}

static mfg_status place_need(cpu_view *view, uint32_t site, cpu_arena *arena) {
  if (site == MFG_SITE_HERE || view->places[site - 1] != NULL) return MFG_OK;
  return place_make(view, &view->sites[site - 1], arena, &view->places[site - 1]);
}

/* ---- loads ---------------------------------------------------------------------------------- */

bool cpu_operand_even(const cpu_view *view, const cpu_operand *operand) {
  int64_t expected = operand->stride[view->inner] * view->extents[view->inner];
  for (uint32_t i = 0; i < view->row_axes; i++) {
    uint8_t axis = view->row_axis[i];
    if (view->extents[axis] == 1) continue;
    if (operand->stride[axis] != expected) return false;
    expected *= view->extents[axis];
  }
  return true;
}

bool cpu_view_is_plain(const cpu_view *view) {
  const cpu_section *section = view->section;
  for (uint32_t i = 0; i < section->step_count; i++)
    if (section->steps[i].kind != CPU_LOAD) return false;
  for (uint32_t i = 0; i < section->load_count; i++)
    if (!view->loads[i].unit || view->loads[i].place != NULL || section->loads[i].copy)
      return false;
  for (uint32_t i = 0; i < section->root_count; i++)
    if (cpu_root_is_uniform(section, i)) return false;
  return true;
}

static void find_interior(cpu_view *view) {
  int64_t columns = view->extents[view->inner];
  view->interior_first = 0;
  view->interior_end = columns;
  for (uint32_t i = 0; i < view->section->load_count; i++) {
    if (view->loads[i].place == NULL) continue;
    const cpu_axis_map *map = &view->loads[i].place->axes[view->inner];
    int64_t first = 0, end = map->count == 0 ? columns : 0;
    for (uint32_t k = 0; k < map->count; k++) {
      int64_t stop = k + 1 < map->count ? map->segments[k + 1].first : columns;
      if (map->segments[k].direction != CPU_FORWARDS) continue;
      if (stop - map->segments[k].first <= end - first) continue;
      first = map->segments[k].first;
      end = stop;
    }
    if (first > view->interior_first) view->interior_first = first;
    if (end < view->interior_end) view->interior_end = end;
  }
}

mfg_status cpu_view_resolve(cpu_view *view, uint32_t site_count, cpu_arena *arena) {
  const cpu_section *section = view->section;
  view->places = site_count == 0 ? NULL : cpu_arena_zeroed(arena, site_count, sizeof *view->places);
  view->loads = cpu_arena_take(arena, section->load_count * sizeof *view->loads);
  if ((site_count > 0 && view->places == NULL) || view->loads == NULL)
    return MFG_ERROR_OUT_OF_MEMORY;
  for (uint32_t i = 0; i < section->load_count; i++) {
    const cpu_load *load = &section->loads[i];
    mfg_status status = place_need(view, load->site, arena);
    if (status != MFG_OK) return status;
    const cpu_operand *operand = &view->operands[load->operand];
    view->loads[i] =
        (cpu_bound_load){.operand = operand,
                         .place = load->site == MFG_SITE_HERE ? NULL : view->places[load->site - 1],
                         .unit = operand->stride[view->inner] == load->size,
                         .even = cpu_operand_even(view, operand)};
  }
  for (uint32_t i = 0; i < section->step_count; i++) {
    if (section->steps[i].kind != CPU_INDEX) continue;
    mfg_status status = place_need(view, section->steps[i].site, arena);
    if (status != MFG_OK) return status;
  }
  find_interior(view);
  return MFG_OK;
}

/* ---- uniform values ------------------------------------------------------------------------- */

void cpu_view_evaluate(cpu_view *view, const mfg_scalar *scalars, uint32_t first, uint32_t end) {
  mfg_scalar *values = view->uniforms;
  for (uint32_t i = first; i < end; i++) {
    const cpu_uniform_step *step = &view->section->uniform_steps[i];
    mfg_scalar *target = &values[step->target];
    switch ((enum cpu_uniform_kind)step->kind) {
    case CPU_UNIFORM_SCALAR: *target = scalars[step->slot]; break;
    case CPU_UNIFORM_EXTENT: target->int64 = view->extents[step->slot]; break;
    case CPU_UNIFORM_PARAMETER: memcpy(target, view->operands[step->slot].base, step->size); break;
    case CPU_UNIFORM_COMPUTE:
      step->function(1, target, &values[step->arguments[0]], &values[step->arguments[1]],
                     &values[step->arguments[2]]);
    }
  }
}
