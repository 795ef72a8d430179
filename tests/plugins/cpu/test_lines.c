/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Line solves against LAPACK: random diagonally dominant systems, open and closed, one line and
 * many, along the axis that is consecutive in memory and across it.
 *
 * A solution is judged by its residual, row by row: |A x - r| <= limit * (|l x-| + |d x| + |u x+| +
 * |r|). Elimination without pivoting keeps that small where no diagonal entry is smaller than the
 * others of its row together; LAPACK's ?gtsv, which pivots, says how small it can be. */
#include "harness.h"
#include "kernel_builder.h"

#include <check.h>
#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static harness host;
static void open_host(void) {
  harness_open(&host, "2", NULL);
}
static void close_host(void) {
  harness_close(&host);
}

enum { LOWER, DIAGONAL, UPPER, RIGHT, SOLUTION, ARRAYS };

/* `lines` systems of `rows` rows; row i of line k is at [i * pitch + k * step] of every array. */
typedef struct systems {
  int64_t rows, lines, pitch, step;
  bool cyclic;
  double *arrays[ARRAYS];
  float *narrow[ARRAYS]; /* the same in float32, or NULL */
} systems;

static double random_real(uint64_t *state) {
  return (double)(int64_t)(random_next(state) >> 11) * 0x1p-52 - 1; /* in [-1, 1) */
}

static void systems_make(systems *made, int64_t rows, int64_t lines, bool along, bool cyclic,
                         double dominance, uint64_t seed) {
  *made = (systems){.rows = rows,
                    .lines = lines,
                    .pitch = along ? 1 : lines,
                    .step = along ? rows : 1,
                    .cyclic = cyclic};
  for (int a = 0; a < ARRAYS; a++) {
    made->arrays[a] = calloc((size_t)(rows * lines), sizeof(double));
    made->narrow[a] = calloc((size_t)(rows * lines), sizeof(float));
    ck_assert(made->arrays[a] != NULL && made->narrow[a] != NULL);
  }
  for (int64_t i = 0; i < rows * lines; i++) {
    double lower = random_real(&seed), upper = random_real(&seed);
    double sign = random_real(&seed) < 0 ? -1 : 1;
    made->arrays[LOWER][i] = lower;
    made->arrays[UPPER][i] = upper;
    made->arrays[DIAGONAL][i] = sign * (fabs(lower) + fabs(upper) +
                                        dominance * fabs(random_real(&seed)) + 1e-3 * dominance);
    made->arrays[RIGHT][i] = random_real(&seed);
  }
  for (int a = 0; a < ARRAYS; a++)
    for (int64_t i = 0; i < rows * lines; i++)
      made->narrow[a][i] = (float)made->arrays[a][i];
}

static void systems_free(systems *made) {
  for (int a = 0; a < ARRAYS; a++) {
    free(made->arrays[a]);
    free(made->narrow[a]);
  }
}

static void solve(systems *what, bool narrow) {
  static kernel_builder builder;
  mfg_dtype type = narrow ? MFG_FLOAT32 : MFG_FLOAT64;
  launch run = {.extents = {what->lines, what->rows}, .operand_count = ARRAYS};
  bool along = what->pitch == 1;
  if (!along) run.extents[0] = what->rows, run.extents[1] = what->lines;
  int32_t values[4];
  kernel_begin(&builder, 2);
  for (int a = 0; a < SOLUTION; a++)
    values[a] =
        kernel_load(&builder, kernel_operand(&builder, type, MFG_OPERAND_READ), MFG_SITE_HERE);
  kernel_line_solve(&builder, along ? 1 : 0, what->cyclic ? MFG_PATTERN_CYCLIC : 0, values);
  kernel_output(&builder, kernel_result(&builder, 0));
  for (uint32_t a = 0; a < ARRAYS; a++)
    operand_dense(&run.operands[a], narrow ? (void *)what->narrow[a] : (void *)what->arrays[a],
                  narrow ? sizeof(float) : sizeof(double), 2, run.extents);
  mfg_plugin_kernel *kernel = harness_prepare(&host, kernel_build(&builder));
  ck_assert_msg(harness_run(&host, kernel, &run, 0) == MFG_OK, "%s", host.text);
  host.plugin->kernel->release(kernel);
  if (narrow)
    for (int64_t i = 0; i < what->rows * what->lines; i++)
      what->arrays[SOLUTION][i] = (double)what->narrow[SOLUTION][i];
}

/* The largest residual of a line, in units of `epsilon` times the magnitudes in its row. */
static double residual(const systems *what, int64_t line, const double *x, int64_t pitch,
                       double epsilon) {
  double worst = 0;
  int64_t n = what->rows;
  for (int64_t i = 0; i < n; i++) {
    int64_t at = i * what->pitch + line * what->step;
    bool first = i == 0, last = i + 1 == n;
    double before = first && !what->cyclic ? 0 : x[(first ? n - 1 : i - 1) * pitch];
    double after = last && !what->cyclic ? 0 : x[(last ? 0 : i + 1) * pitch];
    double terms[4] = {what->arrays[LOWER][at] * before, what->arrays[DIAGONAL][at] * x[i * pitch],
                       what->arrays[UPPER][at] * after, -what->arrays[RIGHT][at]};
    double sum = 0, magnitude = 0;
    for (int k = 0; k < 4; k++) {
      sum += terms[k];
      magnitude += fabs(terms[k]);
    }
    double units = fabs(sum) / (epsilon * magnitude + DBL_MIN);
    if (!(units <= worst)) worst = units; /* a NaN is worst */
  }
  return worst;
}

/* What LAPACK leaves of an open line. */
static double lapack_residual(const systems *what, int64_t line) {
  lapack_int n = (lapack_int)what->rows;
  double *rows = malloc((size_t)what->rows * 4 * sizeof(double));
  ck_assert_ptr_nonnull(rows);
  double *lower = rows, *diagonal = rows + n, *upper = rows + 2 * n, *x = rows + 3 * n;
  for (lapack_int i = 0; i < n; i++) {
    int64_t at = i * what->pitch + line * what->step;
    if (i > 0) lower[i - 1] = what->arrays[LOWER][at];
    diagonal[i] = what->arrays[DIAGONAL][at];
    upper[i] = what->arrays[UPPER][at];
    x[i] = what->arrays[RIGHT][at];
  }
  ck_assert_int_eq(LAPACKE_dgtsv(LAPACK_COL_MAJOR, n, 1, lower, diagonal, upper, x, n), 0);
  double worst = residual(what, line, x, 1, DBL_EPSILON);
  free(rows);
  return worst;
}

/* A few units a row, and never far from LAPACK. */
#define ALLOWED_UNITS 16.0

static void check_systems(const systems *what, double epsilon, const char *name) {
  for (int64_t line = 0; line < what->lines; line++) {
    const double *x = what->arrays[SOLUTION] + line * what->step;
    double ours = residual(what, line, x, what->pitch, epsilon), theirs = 0;
    if (!what->cyclic && epsilon == DBL_EPSILON) theirs = lapack_residual(what, line);
    double allowed = theirs > ALLOWED_UNITS ? theirs : ALLOWED_UNITS;
    ck_assert_msg(ours <= allowed, "%s, %lld rows, line %lld of %lld: residual %g, LAPACK %g", name,
                  (long long)what->rows, (long long)line, (long long)what->lines, ours, theirs);
  }
}

static const int64_t lengths[] = {1, 2, 3, 7, 16, 31, 95, 96, 97, 100, 128, 255, 1000, 4097, 10000};

static void check_lengths(int64_t lines, bool along, double dominance) {
  for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++)
    for (int cyclic = 0; cyclic < 2; cyclic++) {
      systems what;
      systems_make(&what, lengths[k], lines, along, cyclic == 1, dominance,
                   (uint64_t)(lengths[k] * 64 + lines * 2 + cyclic));
      solve(&what, false);
      check_systems(&what, DBL_EPSILON, cyclic ? "closed" : "open");
      solve(&what, true);
      check_systems(&what, (double)FLT_EPSILON, cyclic ? "closed float32" : "open float32");
      systems_free(&what);
    }
}

START_TEST(one_line_leaves_no_more_than_lapack) {
  check_lengths(1, true, 1);
  check_lengths(3, true, 1);
}
END_TEST

START_TEST(many_lines_leave_no_more_than_lapack) {
  check_lengths(16, true, 1);
  check_lengths(37, true, 1);
}
END_TEST

START_TEST(lines_across_memory_leave_no_more_than_lapack) {
  check_lengths(24, false, 1);
  check_lengths(19, false, 1);
}
END_TEST

/* A diagonal that is hardly more than the rest of its row. */
START_TEST(weak_dominance_is_enough) {
  check_lengths(1, true, 1e-6);
  check_lengths(21, true, 1e-6);
  check_lengths(17, false, 1e-6);
}
END_TEST

/* Several segments on two threads. */
START_TEST(a_long_line_is_solved_in_segments) {
  static const int64_t long_lengths[] = {16383, 16384, 40000, 131072 + 13};
  for (size_t k = 0; k < sizeof long_lengths / sizeof long_lengths[0]; k++)
    for (int cyclic = 0; cyclic < 2; cyclic++) {
      systems what;
      systems_make(&what, long_lengths[k], 1, true, cyclic == 1, 1, (uint64_t)k + 7);
      solve(&what, false);
      check_systems(&what, DBL_EPSILON, "long");
      systems_free(&what);
    }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("cpu lines");
  TCase *tests = tcase_create("lines");
  tcase_set_timeout(tests, 120);
  tcase_add_checked_fixture(tests, open_host, close_host);
  tcase_add_test(tests, one_line_leaves_no_more_than_lapack);
  tcase_add_test(tests, many_lines_leave_no_more_than_lapack);
  tcase_add_test(tests, lines_across_memory_leave_no_more_than_lapack);
  tcase_add_test(tests, weak_dominance_is_enough);
  tcase_add_test(tests, a_long_line_is_solved_in_segments);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
