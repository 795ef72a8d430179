/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A section bound to a launch: addresses, strides, sites and uniform values resolved, so that what
 * is left to do for a block is a few additions.
 *
 * The iteration space is walked in rows along one inner axis. A tile is a rectangle: consecutive
 * rows by a range of columns. The order of the rows is the view's: a map goes through all other
 * axes, a line solve only along its own. */
#ifndef CPU_VIEW_H
#define CPU_VIEW_H

#include "program.h"

/* A part of an axis on which a site's index moves evenly. */
enum { CPU_BACKWARDS = -1, CPU_STILL = 0, CPU_FORWARDS = 1, CPU_OUTSIDE = 2 };
typedef struct cpu_segment {
  int64_t first;     /* the part ends where the next one begins */
  int64_t source;    /* index at `first` */
  int32_t direction; /* OUTSIDE: the load yields the fill of `step` */
  uint32_t step;     /* of the site, counted from 0 */
} cpu_segment;

/* What a site does to the index along one axis; no segments: nothing. */
typedef struct cpu_axis_map {
  const cpu_segment *segments;
  uint32_t count;
} cpu_axis_map;

typedef struct cpu_place {
  cpu_axis_map axes[MFG_MAX_RANK];
  bool rows; /* moves along another axis than the inner one */
} cpu_place;

/* An operand's memory; strides in bytes. */
typedef struct cpu_operand {
  char *base;
  int64_t stride[MFG_MAX_RANK];
  int64_t extents[MFG_MAX_RANK]; /* GATHER operands: their own */
} cpu_operand;

typedef struct cpu_bound_load {
  const cpu_operand *operand;
  const cpu_place *place; /* NULL: the place itself */
  bool unit;              /* consecutive along the inner axis */
  bool even;              /* whole rows follow each other with the stride of the inner axis */
} cpu_bound_load;

typedef struct cpu_view {
  const cpu_section *section;
  const cpu_operand *operands;
  const mfg_kernel_site *sites; /* of the description */
  const mfg_kernel_step *steps;
  cpu_bound_load *loads;
  cpu_place **places; /* by the description's site; NULL where the section does not use it */
  mfg_scalar *uniforms;
  int64_t extents[MFG_MAX_RANK];
  uint8_t rank; /* at least 1: a number is a space of one element */
  uint8_t inner;
  uint8_t row_axes;
  uint8_t row_axis[MFG_MAX_RANK]; /* the fastest first */
  /* Columns between which every load moves forwards by the longest part of its site. */
  int64_t interior_first;
  int64_t interior_end;
} cpu_view;

/* A rectangle of the iteration space: `index` is its first element. */
typedef struct cpu_tile {
  int64_t index[MFG_MAX_RANK];
  int64_t rows;
  int64_t columns;
} cpu_tile;

/* The division of `rows` by `columns` elements into tiles, all of one shape but the last ones.
 * Tiles are numbered along the columns first. */
typedef struct cpu_grid {
  int64_t rows;
  int64_t columns;
  int64_t tile_rows;
  int64_t tile_columns;
  int64_t column_tiles;
  int64_t tiles;
} cpu_grid;

/* Tiles of at most `block` elements; whole rows where they fit. */
cpu_grid cpu_grid_make(int64_t rows, int64_t columns, int64_t block);

/* The axes of the rows: those of `fast`, then those of `slow` (masks without the inner axis), each
 * in row-major order. */
void cpu_view_order(cpu_view *view, uint8_t inner, uint32_t fast, uint32_t slow);
/* Elements of the axes in a mask. */
int64_t cpu_view_count(const cpu_view *view, uint32_t axes);
/* Resolves loads and sites once extents, operands and order are known. */
mfg_status cpu_view_resolve(cpu_view *view, uint32_t site_count, cpu_arena *arena);
/* Evaluates the uniform values from step `first` on. */
void cpu_view_evaluate(cpu_view *view, const mfg_scalar *scalars, uint32_t first, uint32_t end);

/* The index of row number `row`, and the first column. */
void cpu_tile_locate(const cpu_view *view, cpu_tile *tile, int64_t row, int64_t column);
static inline void cpu_tile_at(const cpu_view *view, const cpu_grid *grid, int64_t number,
                               cpu_tile *tile) {
  int64_t row = grid->column_tiles == 1 ? number : number / grid->column_tiles;
  int64_t column = (number - row * grid->column_tiles) * grid->tile_columns;
  row *= grid->tile_rows;
  tile->rows = grid->rows - row < grid->tile_rows ? grid->rows - row : grid->tile_rows;
  tile->columns =
      grid->columns - column < grid->tile_columns ? grid->columns - column : grid->tile_columns;
  cpu_tile_locate(view, tile, row, column);
}

/* The next row; only the row axes are touched. */
static inline void cpu_index_advance(const cpu_view *view, int64_t *index) {
  for (uint32_t i = 0; i < view->row_axes; i++) {
    uint8_t axis = view->row_axis[i];
    if (++index[axis] < view->extents[axis]) return;
    index[axis] = 0;
  }
}

typedef struct cpu_code_frame cpu_code_frame;

/* What one thread needs to run a view: its own registers. */
typedef struct cpu_frame {
  const cpu_view *view;
  char **slots;
  cpu_code_frame *code; /* NULL: the steps are interpreted */
} cpu_frame;

/* Registers for tiles of at most `block` elements, from the arena. */
mfg_status cpu_frame_open(cpu_frame *frame, const cpu_view *view, int64_t block, cpu_arena *arena);
/* Runs the steps over a tile. Externals of direct roots and results must be set before. */
void cpu_frame_run(cpu_frame *frame, const cpu_tile *tile);

/* The section's function takes the place of its steps (code.c). */
mfg_status cpu_code_frame_open(cpu_frame *frame, cpu_code_function *function, int64_t block,
                               cpu_arena *arena);
void cpu_code_frame_run(cpu_frame *frame, const cpu_tile *tile);
/* The last tile once more, which has a single row; all memory is where it was. */
void cpu_code_frame_again(cpu_frame *frame);

/* A load over a tile: in place where it can be, else copied to `fallback`. */
char *cpu_load_run(const cpu_view *view, uint32_t load, const cpu_tile *tile, char *fallback);
/* The values of an INDEX step over a tile. */
void cpu_index_run(const cpu_view *view, const cpu_step *step, const cpu_tile *tile, char *memory);

/* True where the steps write root `root` to its external. */
static inline bool cpu_frame_direct(const cpu_frame *frame, uint32_t root) {
  const cpu_root *what = &frame->view->section->roots[root];
  return frame->code != NULL ? what->coded : what->direct;
}
static inline char *cpu_frame_root(const cpu_frame *frame, uint32_t root) {
  return frame->slots[frame->view->section->roots[root].slot];
}
/* The same for a root that has a target. */
static inline char *cpu_frame_target(const cpu_frame *frame, uint32_t root) {
  const cpu_root *what = &frame->view->section->roots[root];
  return frame->slots[frame->code != NULL && what->coded ? what->external : what->slot];
}
static inline void cpu_frame_set_external(cpu_frame *frame, uint32_t root, void *memory) {
  frame->slots[frame->view->section->roots[root].external] = memory;
}
static inline void cpu_frame_set_result(cpu_frame *frame, uint32_t result, void *memory) {
  frame->slots[cpu_section_result(frame->view->section, result)] = memory;
}

/* The address of a tile's first element in an operand. */
static inline char *cpu_operand_at(const cpu_view *view, const cpu_operand *operand,
                                   const cpu_tile *tile) {
  char *address = operand->base;
  for (uint32_t axis = 0; axis < view->rank; axis++)
    address += tile->index[axis] * operand->stride[axis];
  return address;
}
/* Whole rows of the view follow each other in memory as the elements of a row do. */
bool cpu_operand_even(const cpu_view *view, const cpu_operand *operand);
/* Whether all that the section does is to load memory that is consecutive along the inner axis: a
 * tile of one row may then have any length. */
bool cpu_view_is_plain(const cpu_view *view);
/* True where an operand's memory can stand for a block of the tile. */
bool cpu_operand_fits(const cpu_view *view, const cpu_operand *operand, const cpu_tile *tile,
                      size_t size);
/* Writes a block of the tile to an operand. */
void cpu_operand_store(const cpu_view *view, const cpu_operand *operand, const cpu_tile *tile,
                       size_t size, const char *block);

#endif
