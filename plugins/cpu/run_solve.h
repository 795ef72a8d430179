/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two ways of solving lines share: bundles of lines side by side (run_solve.c), and a few
 * lines one by one (run_solve_single.c). */
#ifndef CPU_RUN_SOLVE_H
#define CPU_RUN_SOLVE_H

#include "run.h"

enum { LOWER, DIAGONAL, UPPER, RIGHT, PARTS };

typedef struct cpu_solve_job {
  cpu_job job;
  const cpu_bound *bound;
  const cpu_outlet *outlet;
  const cpu_line_functions *functions;
  const cpu_single_functions *alone;
  cpu_lines lines;
  int64_t chunk;  /* places that are evaluated at once */
  int64_t pitch;  /* lanes of a row: the bundle's width, filled up to whole vectors */
  int64_t solved; /* places that elimination goes through: all, or all but the corner */
  size_t size;    /* of a number */
  bool cyclic;
  bool uniform[PARTS]; /* a coefficient that is one number: filled in once, not evaluated */
} cpu_solve_job;

/* One thread's frames for both sections. */
typedef struct cpu_solve_frames {
  cpu_frame frame;
  cpu_sink sink;
  char *parts[PARTS]; /* coefficients of a chunk, as the walk lays them out */
} cpu_solve_frames;

/* Frames, and room for `numbers` of each coefficient. */
mfg_status cpu_solve_frames_open(const cpu_solve_job *solve, cpu_solve_frames *frames,
                                 int64_t numbers, cpu_arena *arena);
/* Evaluates the coefficients, but the uniform ones, of `count` places from `place` on. */
void cpu_solve_evaluate(const cpu_solve_job *solve, cpu_solve_frames *frames,
                        const cpu_bundle *bundle, int64_t place, int64_t count);
/* Passes results, laid out as the walk goes, to the epilogue. */
void cpu_solve_write(const cpu_solve_job *solve, cpu_solve_frames *frames, const cpu_bundle *bundle,
                     int64_t place, int64_t count, const char *results);

/* Solves lines along the inner axis one by one; `lines` are bundles of width 1. */
mfg_status cpu_solve_single_run(const cpu_solve_job *solve, cpu_arena *arena);

#endif
