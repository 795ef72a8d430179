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

/* The matrix times the solution is the right-hand side, for every size and both kinds of line. */
static void check_line_solve(int64_t n, bool cyclic) {
  kernel_builder builder;
  kernel_begin(&builder, 1);
  int32_t values[4];
  for (int i = 0; i < 4; i++)
    values[i] = kernel_load(&builder, kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ), 0);
  kernel_line_solve(&builder, 0, cyclic ? MFG_PATTERN_CYCLIC : 0, values);
  kernel_output(&builder, kernel_result(&builder, 0));
  double rows[4][64], x[64];
  for (int64_t i = 0; i < n; i++) {
    rows[0][i] = -1.0 - 0.1 * (double)(i % 3);
    rows[2][i] = -1.0 - 0.05 * (double)(i % 5);
    rows[1][i] = 2.5;
    rows[3][i] = sin((double)i);
  }
  run(&builder, &n, (void *[]){rows[0], rows[1], rows[2], rows[3], x},
      (const int64_t[][MFG_MAX_RANK]){{1}, {1}, {1}, {1}, {1}});
  for (int64_t i = 0; i < n; i++) {
    double sum = rows[1][i] * x[i];
    if (cyclic || i > 0) sum += rows[0][i] * x[(i + n - 1) % n];
    if (cyclic || i < n - 1) sum += rows[2][i] * x[(i + 1) % n];
    ck_assert_double_eq_tol(sum, rows[3][i], 1e-12);
  }
}

START_TEST(a_line_solve_satisfies_its_system) {
  static const int64_t sizes[] = {1, 2, 3, 5, 64};
  check_line_solve(sizes[_i / 2], _i % 2 == 1);
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
  tcase_add_loop_test(cases, a_line_solve_satisfies_its_system, 0, 10);
  tcase_add_test(cases, a_reduction_sums_along_an_axis);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
