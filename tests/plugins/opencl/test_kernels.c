/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernels of every pattern on the OpenCL plugin, in both layouts, against the reference
 * executor. */
#include "kernel_samples.h"
#include "opencl_fixture.h"

#include <check.h>
#include <stdlib.h>

static opencl_fixture fixture;

static void set_up(void) {
  opencl_fixture_open(&fixture);
}
static void tear_down(void) {
  opencl_fixture_close(&fixture);
}

static void expect_agreement(kernel_builder *b, int layout, double tolerance) {
  const char *text = builder_compare(b, fixture.plugin, fixture.devices[layout],
                                     fixture.queues[layout], tolerance);
  ck_assert_msg(text == NULL, "%s layout: %s", layout ? "interleaved" : "blocked", text);
  builder_clear(b);
}

/* In both layouts, each from the same arrays. */
#define EXPECT_AGREEMENT(sample, tolerance)                                                        \
  expect_agreement(sample, 0, tolerance);                                                          \
  expect_agreement(sample, 1, tolerance)

/* ---- operations ----------------------------------------------------------------------------- */

static void run_operations(mfg_dtype type, double tolerance) {
  uint32_t first = 0;
  while (first < MFG_OPERATION_END) {
    uint32_t from = first;
    kernel_builder *b = sample_operations(type, &first);
    const char *text = NULL;
    if (b->description.outputs.count > 0)
      text = builder_compare(b, fixture.plugin, fixture.devices[1], fixture.queues[1], tolerance);
    ck_assert_msg(text == NULL, "%s, operations %u to %u: %s", mfg_dtype_name(type), from,
                  first - 1, text);
    builder_clear(b);
  }
}

START_TEST(operations_have_the_meaning_that_is_written) {
  run_operations(MFG_BOOL, 0);
  run_operations(MFG_INT32, 0);
  run_operations(MFG_INT64, 0);
  run_operations(MFG_FLOAT32, 4e-6);
  run_operations(MFG_FLOAT64, 4e-14);
}
END_TEST

static const mfg_dtype all_types[] = {MFG_BOOL, MFG_INT32, MFG_INT64, MFG_FLOAT32, MFG_FLOAT64};

START_TEST(conversions_saturate_and_turn_nan_into_zero) {
  EXPECT_AGREEMENT(sample_conversions(all_types[_i], false), 0);
  EXPECT_AGREEMENT(sample_conversions(all_types[_i], true), 0);
}
END_TEST

/* ---- sites, gather, scalars ----------------------------------------------------------------- */

static const int64_t offsets[] = {1, -1, 3, -9, 1000000007};

START_TEST(sites_follow_their_boundaries) {
  EXPECT_AGREEMENT(sample_sites(offsets[_i]), 0);
}
END_TEST

START_TEST(gathers_clamp_into_the_operand) {
  EXPECT_AGREEMENT(sample_gathers((uint32_t)_i), 1e-15);
}
END_TEST

static const kernel_space places[] = {{1, 0, {1}},      {1, 0, {9}},     {1, 0, {5000}},
                                      {2, 0, {7, 133}}, {2, 0, {40, 3}}, {3, 0, {3, 5, 40}}};
#define PLACES ((int)(sizeof places / sizeof *places))

START_TEST(maps_of_floats) {
  EXPECT_AGREEMENT(sample_floats(MFG_FLOAT64, &places[_i]), 1e-12);
  EXPECT_AGREEMENT(sample_floats(MFG_FLOAT32, &places[_i]), 1e-5);
}
END_TEST

/* ---- reductions ----------------------------------------------------------------------------- */

static const kernel_space spaces[] = {
    {0, 0, {0}},         {1, 1, {100000}},     {2, 1, {50, 70}}, {2, 3, {300, 301}},
    {3, 5, {9, 40, 11}}, {3, 2, {3, 1000, 2}}, {2, 2, {5, 0}},
};
#define SPACES ((int)(sizeof spaces / sizeof *spaces))

START_TEST(reductions_over_any_axes) {
  EXPECT_AGREEMENT(sample_reductions(&spaces[_i]), 1e-11);
}
END_TEST

START_TEST(maps_reduce_on_the_way_out) {
  EXPECT_AGREEMENT(sample_map_with_reductions(&spaces[_i]), 1e-11);
}
END_TEST

/* ---- scans ---------------------------------------------------------------------------------- */

static const kernel_space lines[] = {
    {1, 0, {70000}}, {2, 0, {300, 40}}, {2, 1, {40, 2000}}, {3, 1, {3, 200, 5}}};
static const int scan_flags[] = {0, 3, 1, 2, 3, 0, 2, 1};

START_TEST(scans_run_along_any_axis) {
  EXPECT_AGREEMENT(sample_scans(&lines[_i / 2], scan_flags[_i]), 1e-11);
}
END_TEST

/* ---- line solves ---------------------------------------------------------------------------- */

static const kernel_space systems[] = {{1, 0, {1}},         {1, 0, {2}},       {1, 0, {201}},
                                       {1, 0, {5000}},      {2, 0, {100, 77}}, {2, 1, {77, 100}},
                                       {3, 1, {5, 64, 40}}, {2, 1, {4, 0}}};
#define SYSTEMS ((int)(sizeof systems / sizeof *systems))

static kernel_builder *solve_sample(int variant) {
  return sample_solves(&systems[variant / 2], variant & 1);
}

START_TEST(line_solves_open_and_closed) {
  EXPECT_AGREEMENT(solve_sample(_i), 1e-11);
}
END_TEST

/* Items instead of groups solve the lines. */
START_TEST(line_solves_with_an_item_a_line) {
  opencl_fixture_items_solve(&fixture);
  expect_agreement(solve_sample(_i), 1, 1e-11);
}
END_TEST

Suite *suite(void);
Suite *suite(void) {
  Suite *suite = suite_create("opencl kernels");
  TCase *c = tcase_create("kernels");
  tcase_add_unchecked_fixture(c, set_up, tear_down);
  tcase_set_timeout(c, 600);
  tcase_add_test(c, operations_have_the_meaning_that_is_written);
  tcase_add_loop_test(c, conversions_saturate_and_turn_nan_into_zero, 0, 5);
  tcase_add_loop_test(c, sites_follow_their_boundaries, 0, 5);
  tcase_add_loop_test(c, gathers_clamp_into_the_operand, 0, 2);
  tcase_add_loop_test(c, maps_of_floats, 0, PLACES);
  tcase_add_loop_test(c, reductions_over_any_axes, 0, SPACES);
  tcase_add_loop_test(c, maps_reduce_on_the_way_out, 0, SPACES);
  tcase_add_loop_test(c, scans_run_along_any_axis, 0, 8);
  tcase_add_loop_test(c, line_solves_open_and_closed, 0, 2 * SYSTEMS);
  tcase_add_loop_test(c, line_solves_with_an_item_a_line, 0, 2 * SYSTEMS);
  suite_add_tcase(suite, c);
  return suite;
}

int main(void) {
  SRunner *runner = srunner_create(suite());
  srunner_set_fork_status(runner, CK_NOFORK);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
