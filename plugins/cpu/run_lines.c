/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines: bundles of them, and the tiles of a bundle. */
#include "run.h"

/* Rows across the lines shorter than this are not worth their overhead: lines are then taken along,
 * with strided loads if need be. */
#define SHORTEST_ROW 8

void cpu_lines_order(cpu_bound *bound) {
  cpu_view *view = &bound->prologue;
  uint32_t solve = UINT32_C(1) << bound->kernel->pattern.axis;
  uint8_t inner = cpu_view_longest_inner(view);
  if (view->extents[inner] < SHORTEST_ROW) inner = bound->kernel->pattern.axis;
  uint32_t others = ~(solve | UINT32_C(1) << inner);
  bound->along = inner == bound->kernel->pattern.axis;
  cpu_view_order(view, inner, bound->along ? 0 : solve, others);
  cpu_view_order(&bound->epilogue, inner, bound->along ? 0 : solve, others);
}

cpu_lines cpu_lines_make(const cpu_bound *bound, int64_t along_width, int64_t across_width) {
  const cpu_view *view = &bound->prologue;
  cpu_lines lines = {.view = view,
                     .block = bound->kernel->block,
                     .places = view->extents[bound->kernel->pattern.axis],
                     .along = bound->along,
                     .bundles_in_row = 1};
  if (bound->elements == 0) return lines;
  lines.lines = bound->elements / lines.places;
  if (lines.along) {
    lines.width = along_width < lines.lines ? along_width : lines.lines;
    lines.bundles = (lines.lines + lines.width - 1) / lines.width;
  } else {
    int64_t columns = view->extents[view->inner];
    lines.width = across_width < columns ? across_width : columns;
    lines.bundles_in_row = (columns + lines.width - 1) / lines.width;
    lines.bundles = lines.lines / columns * lines.bundles_in_row;
  }
  return lines;
}

cpu_bundle cpu_lines_bundle(const cpu_lines *lines, int64_t number) {
  cpu_bundle bundle = {.width = lines->width};
  int64_t available = lines->lines;
  int64_t start = number * lines->width;
  if (lines->along) {
    bundle.first = start;
  } else {
    int64_t outer = number / lines->bundles_in_row;
    start = (number - outer * lines->bundles_in_row) * lines->width;
    available = lines->view->extents[lines->view->inner];
    bundle.first = outer * lines->places;
    bundle.column = start;
  }
  if (available - start < bundle.width) bundle.width = available - start;
  return bundle;
}

static bool walk_along(cpu_walk *walk, cpu_tile *tile, int64_t *offset) {
  const cpu_lines *lines = walk->lines;
  if (walk->line == walk->bundle->width) return false;
  tile->rows = 1;
  tile->columns = walk->count - walk->done;
  if (tile->columns > lines->block) tile->columns = lines->block;
  if (walk->count == lines->places && walk->count <= lines->block) {
    tile->rows = lines->block / walk->count;
    if (tile->rows > walk->bundle->width - walk->line)
      tile->rows = walk->bundle->width - walk->line;
  }
  *offset = walk->line * walk->count + walk->done;
  cpu_tile_locate(lines->view, tile, walk->bundle->first + walk->line, walk->place + walk->done);
  walk->done += tile->columns;
  if (walk->done == walk->count) {
    walk->done = 0;
    walk->line += tile->rows;
  }
  return true;
}

static bool walk_across(cpu_walk *walk, cpu_tile *tile, int64_t *offset) {
  const cpu_lines *lines = walk->lines;
  if (walk->done == walk->count) return false;
  tile->columns = walk->bundle->width;
  tile->rows = lines->block / tile->columns;
  if (tile->rows > walk->count - walk->done) tile->rows = walk->count - walk->done;
  *offset = walk->done * tile->columns;
  cpu_tile_locate(lines->view, tile, walk->bundle->first + walk->place + walk->done,
                  walk->bundle->column);
  walk->done += tile->rows;
  return true;
}

bool cpu_walk_next(cpu_walk *walk, cpu_tile *tile, int64_t *offset) {
  return walk->lines->along ? walk_along(walk, tile, offset) : walk_across(walk, tile, offset);
}
