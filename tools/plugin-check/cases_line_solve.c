/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tridiagonal systems of every size, along every axis, open and cyclic.
 *
 * A backward stable elimination solves a system whose entries differ from the given ones by a few
 * roundings, so the solution differs by at most `unit * (row * |x| + |r|) / margin`: `row` bounds
 * the sum of magnitudes in a row, `margin` is the least |d| - |l| - |u|, which bounds the inverse.
 * The cases know all of these from how they make their systems. unit is 1e-12 in float64, 1e-5 in
 * float32. */
#include "check_launch.h"

#include <string.h>

static double allowed(mfg_dtype type, double row, double margin, double right) {
  double unit = type == MFG_FLOAT32 ? 1e-5 : 1e-12;
  return unit * (row * right / margin + right) / margin;
}

/* Off-diagonals and right-hand side in [-2, 2], the diagonal in [5, 6]. */
static void build_dominant(kernel_builder *builder, uint8_t rank, mfg_dtype type, uint8_t axis,
                           uint16_t flags) {
  int32_t values[4];
  kernel_begin(builder, rank);
  for (int i = 0; i < 4; i++)
    values[i] =
        kernel_load(builder, kernel_operand(builder, type, MFG_OPERAND_READ), MFG_SITE_HERE);
  int32_t shift = kernel_constant(builder, type, 4.5);
  values[1] = kernel_binary(builder, MFG_OP_ADD, values[1], shift);
  kernel_line_solve(builder, axis, flags, values);
  kernel_output(builder, kernel_result(builder, 0));
}

static void run_dominant(check_run *run, uint8_t rank, const int64_t *extents, mfg_dtype type,
                         uint8_t axis, uint16_t flags, bool in_place) {
  enum { DIAGONAL = 1, RIGHT = 3, SOLUTION = 4 };
  kernel_builder builder;
  build_dominant(&builder, rank, type, axis, flags);
  check_launch launch;
  check_launch_open(&launch, kernel_build(&builder), extents, axis);
  check_launch_fill(&launch, DIAGONAL, CHECK_NEAR_ONE);
  if (in_place) check_launch_share(&launch, SOLUTION, RIGHT);
  check_launch_closeness(&launch, CHECK_ABSOLUTE, allowed(type, 10, 1, 2));
  check_launch_compare(run, &launch);
  check_launch_close(&launch);
}

static void dominant_systems(check_run *run) {
  static const int64_t sizes[] = {1, 2, 3, 5, 64, 1000};
  for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
    for (uint16_t flags = 0; flags <= MFG_PATTERN_CYCLIC; flags++)
      for (mfg_dtype type = MFG_FLOAT32; type <= MFG_FLOAT64; type++) {
        int64_t n = sizes[s];
        if (!check_begin(run, "line-solve: %lld places, %s, %s", (long long)n,
                         flags != 0 ? "cyclic" : "open", mfg_dtype_name(type)))
          continue;
        run_dominant(run, 1, (int64_t[]){n}, type, 0, flags, false);
        run_dominant(run, 1, (int64_t[]){n}, type, 0, flags, true);
        run_dominant(run, 2, (int64_t[]){n, 3}, type, 0, flags, false);
        run_dominant(run, 2, (int64_t[]){n, 33}, type, 0, flags, true);
        run_dominant(run, 2, (int64_t[]){33, n}, type, 1, flags, false);
        run_dominant(run, 3, (int64_t[]){n, 2, 5}, type, 0, flags, false);
        run_dominant(run, 3, (int64_t[]){2, n, 9}, type, 1, flags, true);
        run_dominant(run, 3, (int64_t[]){7, 3, n}, type, 2, flags, false);
        check_end(run);
      }
}

static void empty_systems(check_run *run) {
  if (!check_begin(run, "line-solve: no places, no lines")) return;
  for (uint16_t flags = 0; flags <= MFG_PATTERN_CYCLIC; flags++) {
    run_dominant(run, 2, (int64_t[]){0, 4}, MFG_FLOAT64, 0, flags, false);
    run_dominant(run, 2, (int64_t[]){4, 0}, MFG_FLOAT64, 0, flags, false);
  }
  check_end(run);
}

/* What an open line does not use may hold anything, NaN included. */
static void unused_corners(check_run *run) {
  if (!check_begin(run, "line-solve: the unused corners of an open line hold NaN")) return;
  kernel_builder builder;
  build_dominant(&builder, 2, MFG_FLOAT64, 1, 0);
  check_launch launch;
  int64_t extents[2] = {4, 6};
  check_launch_open(&launch, kernel_build(&builder), extents, 9);
  check_launch_fill(&launch, 1, CHECK_NEAR_ONE);
  for (int64_t line = 0; line < 4; line++) {
    ((double *)launch.operands[0].content)[line * 6] = __builtin_nan("");
    ((double *)launch.operands[2].content)[line * 6 + 5] = __builtin_nan("");
  }
  check_launch_closeness(&launch, CHECK_ABSOLUTE, allowed(MFG_FLOAT64, 10, 1, 2));
  check_launch_compare(run, &launch);
  check_launch_close(&launch);
  check_end(run);
}

/* (1 + 2k) x[i] - k (x[i-1] + x[i+1]) = r[i] in place of r: an implicit step of a stiff diffusion,
 * whose right-hand side reads its neighbours, with the change it makes as a final reduction. */
static void implicit_step(check_run *run, int64_t n, bool cyclic) {
  const double stiffness = 1e4;
  uint8_t boundary = cyclic ? MFG_BOUNDARY_WRAP : MFG_BOUNDARY_CLAMP;
  kernel_builder builder;
  kernel_begin(&builder, 2);
  uint32_t u = kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ);
  int32_t here = kernel_load(&builder, u, MFG_SITE_HERE);
  int32_t right = kernel_load(&builder, u, kernel_shift(&builder, 0, 1, boundary));
  int32_t left = kernel_load(&builder, u, kernel_shift(&builder, 0, -1, boundary));
  int32_t sum = kernel_binary(&builder, MFG_OP_ADD, left, right);
  int32_t sides = kernel_constant(&builder, MFG_FLOAT64, -stiffness);
  int32_t diagonal = kernel_constant(&builder, MFG_FLOAT64, 1 + 2 * stiffness);
  int32_t half = kernel_constant(&builder, MFG_FLOAT64, 0.5);
  int32_t mean = kernel_binary(&builder, MFG_OP_MULTIPLY, sum, half);
  int32_t value = kernel_binary(&builder, MFG_OP_ADD, mean, here);
  kernel_line_solve(&builder, 0, cyclic ? MFG_PATTERN_CYCLIC : 0,
                    (int32_t[]){sides, diagonal, sides, value});
  int32_t solution = kernel_result(&builder, 0);
  int32_t before = kernel_load(&builder, u, MFG_SITE_HERE);
  int32_t change = kernel_binary(&builder, MFG_OP_SUBTRACT, solution, before);
  uint32_t target = kernel_output(&builder, solution);
  kernel_final_reduction(&builder, kernel_unary(&builder, MFG_OP_ABS, change), 3, MFG_REDUCE_MAX);
  check_launch launch;
  check_launch_open(&launch, kernel_build(&builder), (int64_t[]){n, 5}, 31);
  check_launch_share(&launch, target, u);
  check_launch_closeness(&launch, CHECK_ABSOLUTE, allowed(MFG_FLOAT64, 4 * stiffness, 1, 4));
  check_launch_compare(run, &launch);
  check_launch_close(&launch);
}

void check_line_solve_cases(check_run *run) {
  static const int64_t sizes[] = {1, 2, 3, 200};
  dominant_systems(run);
  empty_systems(run);
  unused_corners(run);
  for (size_t s = 0; s < 4; s++)
    for (int cyclic = 0; cyclic < 2; cyclic++) {
      if (!check_begin(run, "line-solve: a stiff implicit step in place, %lld places, %s",
                       (long long)sizes[s], cyclic == 1 ? "cyclic" : "open"))
        continue;
      implicit_step(run, sizes[s], cyclic == 1);
      check_end(run);
    }
}
