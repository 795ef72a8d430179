/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reference executor against values computed by plain loops in this file. */
#include "kernel_builder.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Runs a kernel over contiguous arrays; `memory` and `strides` as many as operands. */
static void run(kernel_builder *builder, const int64_t *extents, void *const *memory,
                const int64_t (*strides)[MFG_MAX_RANK]) {
  const mfg_kernel_description *kernel = kernel_build(builder);
  char text[256] = "";
  mfg_plugin_error error = {
      .struct_size = sizeof error, .text = text, .text_capacity = sizeof text};
  mfg_kernel_binding bindings[16] = {0};
  for (uint32_t i = 0; i < kernel->operands.count; i++)
    bindings[i].strides = strides[i];
  mfg_kernel_launch launch = {.struct_size = sizeof launch,
                              .extents = extents,
                              .bindings = {bindings, kernel->operands.count, sizeof bindings[0]}};
  ck_assert_msg(mfg_kernel_validate(kernel, &error) == MFG_OK, "%s", text);
  ck_assert_msg(mfg_reference_run(kernel, &launch, memory, &error) == MFG_OK, "%s", text);
}

START_TEST(a_map_computes_each_element) {
  kernel_builder builder;
  kernel_begin(&builder, 1);
  uint32_t x = kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ);
  int32_t here = kernel_load(&builder, x, MFG_SITE_HERE);
  int32_t right = kernel_load(&builder, x, kernel_shift(&builder, 0, 1, MFG_BOUNDARY_CLAMP));
  int32_t difference = kernel_binary(&builder, MFG_OP_SUBTRACT, right, here);
  kernel_output(&builder, difference);
  double values[5] = {1, 4, 9, 16, 25}, result[5], largest;
  kernel_final_reduction(&builder, difference, 1, MFG_REDUCE_MAX);
  run(&builder, (int64_t[]){5}, (void *[]){values, result, &largest},
      (const int64_t[][MFG_MAX_RANK]){{1}, {1}, {0}});
  for (int i = 0; i < 5; i++)
    ck_assert_double_eq(result[i], i < 4 ? values[i + 1] - values[i] : 0);
  ck_assert_double_eq(largest, 9);
}
END_TEST

/* ---- line solves ---------------------------------------------------------------------------- */

#define LARGEST 64

/* Gaussian elimination with row exchanges on the full matrix. */
static void solve_full(double matrix[LARGEST][LARGEST], double *right, int64_t n) {
  for (int64_t k = 0; k < n; k++) {
    int64_t pivot = k;
    for (int64_t i = k + 1; i < n; i++)
      if (fabs(matrix[i][k]) > fabs(matrix[pivot][k])) pivot = i;
    for (int64_t j = 0; j < n; j++) {
      double held = matrix[k][j];
      matrix[k][j] = matrix[pivot][j];
      matrix[pivot][j] = held;
    }
    double held = right[k];
    right[k] = right[pivot];
    right[pivot] = held;
    for (int64_t i = k + 1; i < n; i++) {
      double factor = matrix[i][k] / matrix[k][k];
      for (int64_t j = k; j < n; j++)
        matrix[i][j] -= factor * matrix[k][j];
      right[i] -= factor * right[k];
    }
  }
  for (int64_t i = n - 1; i >= 0; i--) {
    for (int64_t j = i + 1; j < n; j++)
      right[i] -= matrix[i][j] * right[j];
    right[i] /= matrix[i][i];
  }
}

static void build_line_solve(kernel_builder *builder, mfg_dtype type, bool cyclic) {
  int32_t values[4];
  kernel_begin(builder, 1);
  for (int i = 0; i < 4; i++)
    values[i] = kernel_load(builder, kernel_operand(builder, type, MFG_OPERAND_READ), 0);
  kernel_line_solve(builder, 0, cyclic ? MFG_PATTERN_CYCLIC : 0, values);
  kernel_output(builder, kernel_result(builder, 0));
}

/* The same system, solved as a full one by other means. */
static void check_line_solve(int64_t n, bool cyclic) {
  static double matrix[LARGEST][LARGEST];
  double rows[4][LARGEST], x[LARGEST], expected[LARGEST];
  memset(matrix, 0, sizeof matrix);
  for (int64_t i = 0; i < n; i++) {
    rows[0][i] = -1.0 - 0.1 * (double)(i % 3);
    rows[2][i] = -1.0 + 0.3 * (double)(i % 5);
    rows[1][i] = 2.5;
    expected[i] = rows[3][i] = sin((double)i + 1);
    matrix[i][i] += rows[1][i];
    if (cyclic || i > 0) matrix[i][(i + n - 1) % n] += rows[0][i];
    if (cyclic || i < n - 1) matrix[i][(i + 1) % n] += rows[2][i];
  }
  solve_full(matrix, expected, n);
  kernel_builder builder;
  build_line_solve(&builder, MFG_FLOAT64, cyclic);
  run(&builder, &n, (void *[]){rows[0], rows[1], rows[2], rows[3], x},
      (const int64_t[][MFG_MAX_RANK]){{1}, {1}, {1}, {1}, {1}});
  for (int64_t i = 0; i < n; i++)
    ck_assert_double_eq_tol(x[i], expected[i], 1e-13);
}

START_TEST(a_line_solve_agrees_with_full_elimination) {
  static const int64_t sizes[] = {1, 2, 3, 5, LARGEST};
  check_line_solve(sizes[_i / 2], _i % 2 == 1);
}
END_TEST

/* The Laplacian with a tiny shift: rows sum to 1e-8, the solution for a constant is 1e8. The matrix
 * has condition 4e8, so that 1e-7 of the solution is what rounding its entries may change. */
START_TEST(a_nearly_singular_cyclic_line_is_stable) {
  enum { N = 64 };
  kernel_builder builder;
  build_line_solve(&builder, MFG_FLOAT64, true);
  double side[N], diagonal[N], right[N], x[N];
  for (int i = 0; i < N; i++) {
    side[i] = -1;
    diagonal[i] = 2 + 1e-8;
    right[i] = 1;
  }
  run(&builder, (int64_t[]){N}, (void *[]){side, diagonal, side, right, x},
      (const int64_t[][MFG_MAX_RANK]){{1}, {1}, {1}, {1}, {1}});
  for (int i = 0; i < N; i++)
    ck_assert_double_eq_tol(x[i] / (1 / (diagonal[i] - 2)), 1, 1e-7);
}
END_TEST

/* ---- scans ---------------------------------------------------------------------------------- */

START_TEST(a_scan_runs_as_its_flags_say) {
  static const int32_t expected[4][5] = {
      {3, 4, 8, 9, 14}, {14, 11, 10, 6, 5}, {0, 3, 4, 8, 9}, {11, 10, 6, 5, 0}};
  int32_t values[5] = {3, 1, 4, 1, 5}, sums[5];
  kernel_builder builder;
  kernel_begin(&builder, 1);
  int32_t value =
      kernel_load(&builder, kernel_operand(&builder, MFG_INT32, MFG_OPERAND_READ), MFG_SITE_HERE);
  kernel_scan(&builder, 0, (uint16_t)(2 * _i));
  kernel_add_result(&builder, MFG_REDUCE_SUM, value);
  kernel_output(&builder, kernel_result(&builder, 0));
  run(&builder, (int64_t[]){5}, (void *[]){values, sums},
      (const int64_t[][MFG_MAX_RANK]){{1}, {1}});
  ck_assert_mem_eq(sums, expected[_i], sizeof sums);
}
END_TEST

/* x[i] := sum over k <= i of x[k+1], in place: every read of a line comes before its writes. */
START_TEST(a_scan_in_place_reads_its_line_first) {
  double values[2][4] = {{1, 2, 3, 4}, {10, 20, 30, 40}};
  kernel_builder builder;
  kernel_begin(&builder, 2);
  uint32_t x = kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ);
  int32_t value = kernel_load(&builder, x, kernel_shift(&builder, 1, 1, MFG_BOUNDARY_WRAP));
  kernel_scan(&builder, 1, 0);
  kernel_add_result(&builder, MFG_REDUCE_SUM, value);
  kernel_output(&builder, kernel_result(&builder, 0));
  run(&builder, (int64_t[]){2, 4}, (void *[]){values, values},
      (const int64_t[][MFG_MAX_RANK]){{4, 1}, {4, 1}});
  for (int i = 0; i < 2; i++) {
    double unit = i == 0 ? 1 : 10;
    ck_assert_double_eq(values[i][0], 2 * unit);
    ck_assert_double_eq(values[i][1], 5 * unit);
    ck_assert_double_eq(values[i][2], 9 * unit);
    ck_assert_double_eq(values[i][3], 10 * unit);
  }
}
END_TEST

/* ---- reductions ----------------------------------------------------------------------------- */

/* A million tenths: one after the other their sum is off by 1e-6, pairwise by much less. */
START_TEST(sums_of_floats_are_pairwise) {
  enum { N = 1000000 };
  kernel_builder builder;
  kernel_begin(&builder, 1);
  uint32_t x = kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ);
  kernel_stride_class(&builder, x, 0, MFG_STRIDE_ZERO);
  int32_t value = kernel_load(&builder, x, MFG_SITE_HERE);
  kernel_reduce(&builder, 1);
  kernel_add_result(&builder, MFG_REDUCE_SUM, value);
  kernel_output(&builder, kernel_result(&builder, 0));
  double tenth = 0.1, sum = 0;
  run(&builder, (int64_t[]){N}, (void *[]){&tenth, &sum},
      (const int64_t[][MFG_MAX_RANK]){{0}, {0}});
  ck_assert_double_eq_tol(sum, 100000, 1e-9);
}
END_TEST

START_TEST(an_empty_reduction_is_neutral) {
  static const double expected[] = {0, 0, 1, INFINITY, -INFINITY};
  kernel_builder builder;
  kernel_begin(&builder, 1);
  int32_t value =
      kernel_load(&builder, kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ), MFG_SITE_HERE);
  kernel_reduce(&builder, 1);
  for (uint8_t operation = MFG_REDUCE_SUM; operation <= MFG_REDUCE_MAX; operation++)
    kernel_add_result(&builder, operation, value);
  kernel_add_result(&builder, MFG_REDUCE_ARGMIN, value);
  for (uint32_t i = 0; i < 5; i++)
    kernel_output(&builder, kernel_result(&builder, i));
  double none[1], results[4] = {9, 9, 9, 9};
  int64_t place = 9;
  run(&builder, (int64_t[]){0},
      (void *[]){none, &results[0], &results[1], &results[2], &results[3], &place},
      (const int64_t[][MFG_MAX_RANK]){{1}, {0}, {0}, {0}, {0}, {0}});
  for (int i = 0; i < 4; i++)
    ck_assert_double_eq(results[i], expected[i + 1]);
  ck_assert_int_eq(place, 0);
}
END_TEST

/* The positions of an argmin count in row-major order, in whatever order a pattern walks: here the
 * lines run along axis 0, and the least element stands at (0, 2) and (1, 0). */
START_TEST(a_final_argmin_takes_the_first_in_row_major_order) {
  double values[2][3] = {{5, 4, 1}, {1, 7, 3}}, sums[2][3];
  int64_t place = -1;
  kernel_builder builder;
  kernel_begin(&builder, 2);
  uint32_t x = kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ);
  int32_t value = kernel_load(&builder, x, MFG_SITE_HERE);
  kernel_scan(&builder, 0, 0);
  kernel_add_result(&builder, MFG_REDUCE_SUM, value);
  int32_t again = kernel_load(&builder, x, MFG_SITE_HERE);
  kernel_output(&builder, kernel_result(&builder, 0));
  kernel_final_reduction(&builder, again, 3, MFG_REDUCE_ARGMIN);
  run(&builder, (int64_t[]){2, 3}, (void *[]){values, sums, &place},
      (const int64_t[][MFG_MAX_RANK]){{3, 1}, {3, 1}, {0, 0}});
  ck_assert_int_eq(place, 2);
  ck_assert_double_eq(sums[1][2], 4);
}
END_TEST

START_TEST(nan_is_the_extreme_of_any_set) {
  double values[4] = {1, NAN, -INFINITY, NAN}, least = 0;
  int64_t place = -1;
  kernel_builder builder;
  kernel_begin(&builder, 1);
  int32_t value =
      kernel_load(&builder, kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ), MFG_SITE_HERE);
  kernel_reduce(&builder, 1);
  kernel_add_result(&builder, MFG_REDUCE_MIN, value);
  kernel_add_result(&builder, MFG_REDUCE_ARGMAX, value);
  kernel_output(&builder, kernel_result(&builder, 0));
  kernel_output(&builder, kernel_result(&builder, 1));
  run(&builder, (int64_t[]){4}, (void *[]){values, &least, &place},
      (const int64_t[][MFG_MAX_RANK]){{1}, {0}, {0}});
  ck_assert_double_nan(least);
  ck_assert_int_eq(place, 1);
}
END_TEST

/* Indices below 0 and beyond the end lead to the first and the last element of the table. */
START_TEST(a_gather_clamps_its_index) {
  kernel_builder builder;
  kernel_begin(&builder, 1);
  uint32_t places = kernel_operand(&builder, MFG_INT32, MFG_OPERAND_READ);
  uint32_t table = kernel_operand(&builder, MFG_INT64, MFG_OPERAND_READ | MFG_OPERAND_GATHER);
  int32_t place = kernel_load(&builder, places, MFG_SITE_HERE);
  kernel_output(&builder,
                kernel_instruction(&builder, (mfg_kernel_instruction){.operation = MFG_OP_GATHER,
                                                                      .type = MFG_INT64,
                                                                      .arguments = {place, -1, -1},
                                                                      .slot = table}));
  int32_t wanted[5] = {-7, 2, 0, 3, INT32_MAX};
  int64_t numbers[3] = {10, 11, 12}, found[5];
  static const int64_t unit[1] = {1}, own[1] = {3}, extents[1] = {5};
  mfg_kernel_binding bindings[3] = {
      {.strides = unit}, {.strides = unit, .extents = own}, {.strides = unit}};
  mfg_kernel_launch launch = {.struct_size = sizeof launch,
                              .extents = extents,
                              .bindings = {bindings, 3, sizeof bindings[0]}};
  void *memory[3] = {wanted, numbers, found};
  ck_assert_int_eq(mfg_kernel_validate(kernel_build(&builder), NULL), MFG_OK);
  ck_assert_int_eq(mfg_reference_run(kernel_build(&builder), &launch, memory, NULL), MFG_OK);
  static const int64_t expected[5] = {10, 12, 10, 12, 12};
  ck_assert_mem_eq(found, expected, sizeof expected);
}
END_TEST

/* In the epilogue of a reduction over axis 0 the index along it is 0 and its extent 1. */
START_TEST(an_epilogue_sees_the_kept_space) {
  kernel_builder builder;
  kernel_begin(&builder, 2);
  int32_t value =
      kernel_load(&builder, kernel_operand(&builder, MFG_INT64, MFG_OPERAND_READ), MFG_SITE_HERE);
  kernel_reduce(&builder, 1);
  kernel_add_result(&builder, MFG_REDUCE_MAX, value);
  kernel_output(&builder, kernel_extent(&builder, 0));
  kernel_output(&builder, kernel_extent(&builder, 1));
  kernel_output(&builder,
                kernel_index(&builder, 0, kernel_shift(&builder, 0, 5, MFG_BOUNDARY_WRAP)));
  kernel_output(&builder, kernel_index(&builder, 1, MFG_SITE_HERE));
  int64_t values[3][2] = {{0}}, found[4][2];
  run(&builder, (int64_t[]){3, 2}, (void *[]){values, found[0], found[1], found[2], found[3]},
      (const int64_t[][MFG_MAX_RANK]){{2, 1}, {0, 1}, {0, 1}, {0, 1}, {0, 1}});
  static const int64_t expected[4][2] = {{1, 1}, {2, 2}, {0, 0}, {0, 1}};
  ck_assert_mem_eq(found, expected, sizeof expected);
}
END_TEST

START_TEST(a_reduction_sums_along_an_axis) {
  kernel_builder builder;
  kernel_begin(&builder, 2);
  uint32_t x = kernel_operand(&builder, MFG_INT64, MFG_OPERAND_READ);
  int32_t value = kernel_load(&builder, x, MFG_SITE_HERE);
  kernel_reduce(&builder, 1U << 0);
  kernel_add_result(&builder, MFG_REDUCE_SUM, value);
  kernel_add_result(&builder, MFG_REDUCE_ARGMAX, value);
  kernel_output(&builder, kernel_result(&builder, 0));
  kernel_output(&builder, kernel_result(&builder, 1));
  int64_t values[3][4], sums[4], places[4];
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 4; j++)
      values[i][j] = (i + 2 * j) % 5;
  run(&builder, (int64_t[]){3, 4}, (void *[]){values, sums, places},
      (const int64_t[][MFG_MAX_RANK]){{4, 1}, {0, 1}, {0, 1}});
  for (int j = 0; j < 4; j++) {
    int64_t sum = 0, place = 0;
    for (int i = 0; i < 3; i++) {
      sum += values[i][j];
      if (values[i][j] > values[place][j]) place = i;
    }
    ck_assert_int_eq(sums[j], sum);
    ck_assert_int_eq(places[j], place);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("reference executor");
  TCase *cases = tcase_create("patterns");
  tcase_add_test(cases, a_map_computes_each_element);
  tcase_add_loop_test(cases, a_line_solve_agrees_with_full_elimination, 0, 10);
  tcase_add_test(cases, a_nearly_singular_cyclic_line_is_stable);
  tcase_add_loop_test(cases, a_scan_runs_as_its_flags_say, 0, 4);
  tcase_add_test(cases, a_scan_in_place_reads_its_line_first);
  tcase_add_test(cases, sums_of_floats_are_pairwise);
  tcase_add_test(cases, an_empty_reduction_is_neutral);
  tcase_add_test(cases, a_final_argmin_takes_the_first_in_row_major_order);
  tcase_add_test(cases, nan_is_the_extreme_of_any_set);
  tcase_add_test(cases, a_gather_clamps_its_index);
  tcase_add_test(cases, an_epilogue_sees_the_kept_space);
  tcase_add_test(cases, a_reduction_sums_along_an_axis);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
