/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prepared kernels, kernels bound to a launch, and the runner of each pattern. */
#ifndef CPU_RUN_H
#define CPU_RUN_H

#include "compile.h"
#include "pool.h"
#include "view.h"

/* One result of a REDUCE, or one final reduction. */
typedef struct cpu_result {
  cpu_reduction functions;
  cpu_block join;   /* elementwise combination; NULL for ARGMIN and ARGMAX */
  uint32_t operand; /* final reductions: where it goes */
  uint32_t axes;
  uint8_t operation; /* enum mfg_reduction_operation */
  uint8_t type;      /* enum cpu_type of the values */
  uint8_t size;      /* bytes of a value */
  uint8_t out_size;  /* bytes of a result */
} cpu_result;

static inline bool cpu_result_is_place(const cpu_result *result) {
  return result->join == NULL;
}

/* What to combine nothing gives. */
cpu_accumulator cpu_result_neutral(const cpu_result *result);
/* Stores a finished reduction as the result's type. */
void cpu_result_store(const cpu_result *result, const cpu_accumulator *value, char *target);

struct mfg_plugin_kernel {
  const mfg_plugin_host *host;
  const cpu_level *level;
  cpu_compilation *compilation;
  cpu_arena arena; /* holds all that the kernel points to */
  mfg_kernel_pattern pattern;
  cpu_section prologue;
  cpu_section epilogue; /* MAP: empty */
  const mfg_kernel_site *sites;
  const mfg_kernel_step *steps;
  const uint8_t *operand_sizes;
  const uint8_t *operand_flags;
  const uint32_t *output_operands;
  cpu_result results[MFG_MAX_RESULTS]; /* REDUCE, SCAN */
  cpu_result finals[MFG_MAX_RESULTS];  /* final reductions */
  uint32_t operand_count;
  uint32_t scalar_count;
  uint32_t site_count;
  uint32_t output_count;
  uint32_t final_count;
  int64_t block; /* most elements of a tile */
  uint8_t rank;  /* as described */
  char *text;    /* for explain */
};

/* A kernel with everything of one launch resolved. Lives in the arena that it was bound in. */
typedef struct cpu_bound {
  const struct mfg_plugin_kernel *kernel;
  cpu_operand *operands;
  mfg_scalar *scalars;
  cpu_view prologue;
  cpu_view epilogue; /* MAP: not used */
  int64_t elements;  /* of the iteration space */
  bool along;        /* SCAN, LINE_SOLVE: the inner axis is the pattern's */
  cpu_arena *keep;   /* for what a run makes ready for those that follow; NULL: none follows */
  cpu_frame *kept;   /* MAP: a frame that has run all of it as one tile */
} cpu_bound;

/* The launch must fit the kernel (mfg_kernel_launch_validate). */
mfg_status cpu_bind(const struct mfg_plugin_kernel *kernel, const mfg_kernel_launch *launch,
                    cpu_arena *arena, cpu_bound **bound);
/* Runs once; scratch comes from the arena and is given back. */
mfg_status cpu_bound_run(cpu_bound *bound, cpu_arena *arena);

mfg_status cpu_map_run(cpu_bound *bound, cpu_arena *arena);
mfg_status cpu_reduce_run(cpu_bound *bound, cpu_arena *arena);
mfg_status cpu_scan_run(cpu_bound *bound, cpu_arena *arena);
mfg_status cpu_solve_run(cpu_bound *bound, cpu_arena *arena);

/* The last axis that has more than one element, so that rows are long. */
uint8_t cpu_view_longest_inner(const cpu_view *view);

/* The cost of a job: elements by steps. */
static inline int64_t cpu_work(const cpu_bound *bound, int64_t fixed) {
  int64_t steps = (int64_t)bound->kernel->prologue.step_count + bound->kernel->epilogue.step_count;
  int64_t work;
  return __builtin_mul_overflow(bound->elements, steps + fixed, &work) ? INT64_MAX : work;
}

/* ---- reductions of a view ------------------------------------------------------------------- */

/* Adds results in order as a balanced tree: rounding errors grow with the logarithm of their
 * number. */
typedef struct cpu_stack {
  cpu_accumulator level[48];
  uint64_t count;
} cpu_stack;

void cpu_stack_push(cpu_stack *stack, const cpu_result *result, const cpu_accumulator *next);
/* The combination of all that was pushed; neutral for nothing. */
cpu_accumulator cpu_stack_finish(const cpu_stack *stack, const cpu_result *result);

/* Sets the order of a view that is to be reduced, and resolves it. The space is not empty. */
mfg_status cpu_reduce_resolve(cpu_view *view, uint32_t axes, const cpu_result *results,
                              uint32_t count, uint32_t site_count, cpu_arena *arena);
/* Reduces roots 0 .. count-1 of a resolved view over `axes`; `targets[k]` receives results[k] for
 * each index of the other axes, densely in row-major order. */
mfg_status cpu_reduce_view(const cpu_view *view, uint32_t axes, const cpu_result *results,
                           uint32_t count, char *const *targets, int64_t block, cpu_arena *arena);

/* ---- what leaves a kernel ------------------------------------------------------------------- */

/* The outputs and final reductions of a launch, shared by its threads. */
typedef struct cpu_outlet {
  const cpu_bound *bound;
  const cpu_view *view;
  int64_t items;
  int64_t block;                        /* most elements of a tile */
  cpu_accumulator *partials;            /* one for each item and final reduction */
  cpu_operand *spills[MFG_MAX_RESULTS]; /* final reductions over some axes: all values, densely */
} cpu_outlet;

/* One thread's end of it. */
typedef struct cpu_sink {
  const cpu_outlet *outlet;
  cpu_frame frame;
  char *fallback[MFG_MAX_RESULTS]; /* for outputs that are not consecutive in memory */
  cpu_stack stacks[MFG_MAX_RESULTS];
} cpu_sink;

/* `in_order`: every item covers consecutive elements in row-major order. */
mfg_status cpu_outlet_open(cpu_outlet *outlet, const cpu_bound *bound, const cpu_view *view,
                           int64_t items, bool in_order, cpu_arena *arena);
/* Combines the items and writes the final reductions. */
mfg_status cpu_outlet_close(cpu_outlet *outlet, cpu_arena *arena);

mfg_status cpu_sink_open(cpu_sink *sink, const cpu_outlet *outlet, cpu_arena *arena);
/* Whether the section itself writes all that a tile yields. */
bool cpu_sink_is_direct(const cpu_sink *sink, const cpu_tile *tile);
void cpu_sink_item_begin(cpu_sink *sink);
/* Runs the section over a tile and passes its values on. `first` is the row-major position of the
 * tile's first element; it is needed in order only. */
void cpu_sink_tile(cpu_sink *sink, const cpu_tile *tile, int64_t first);
void cpu_sink_item_end(cpu_sink *sink, int64_t item);

/* ---- lines ---------------------------------------------------------------------------------- */

/* How the lines of a SCAN or LINE_SOLVE are bundled: `width` lines side by side. Along the inner
 * axis a bundle is consecutive rows and its arrays are [line][place]; across it, neighbouring
 * columns, [place][line]. */
typedef struct cpu_lines {
  const cpu_view *view; /* gives the order of the rows, for prologue and epilogue alike */
  int64_t block;
  int64_t places; /* elements of a line */
  int64_t lines;
  int64_t width;
  int64_t bundles_in_row; /* across: bundles side by side in one row */
  int64_t bundles;
  bool along;
} cpu_lines;

typedef struct cpu_bundle {
  int64_t first; /* along: line number; across: the row of place 0 */
  int64_t column;
  int64_t width; /* lines in this bundle */
} cpu_bundle;

cpu_lines cpu_lines_make(const cpu_bound *bound, int64_t along_width, int64_t across_width);
cpu_bundle cpu_lines_bundle(const cpu_lines *lines, int64_t number);

/* Goes through the tiles of `count` places of a bundle from `place` on. */
typedef struct cpu_walk {
  const cpu_lines *lines;
  const cpu_bundle *bundle;
  int64_t place, count;
  int64_t line, done; /* along: the next line and place; across: `done` places */
} cpu_walk;

/* The next tile, and where its elements are in an array of the bundle's places; false at the end.
 */
bool cpu_walk_next(cpu_walk *walk, cpu_tile *tile, int64_t *offset);

/* Chooses the inner axis and the order of the rows for both sections. */
void cpu_lines_order(cpu_bound *bound);

#endif
