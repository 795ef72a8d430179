/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernels of every pattern on the OpenCL plugin, in both layouts, against the reference
 * executor. */
#include "kernel_builder.h"
#include "opencl_fixture.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static opencl_fixture fixture;

static void set_up(void) {
  opencl_fixture_open(&fixture);
}
static void tear_down(void) {
  opencl_fixture_close(&fixture);
}

/* Runs in both layouts, each from the same arrays. */
static void expect_agreement(kernel_builder *(*make)(int), int variant, double tolerance) {
  for (int layout = 0; layout < 2; layout++) {
    kernel_builder *b = make(variant);
    const char *text = builder_compare(b, fixture.plugin, fixture.devices[layout],
                                       fixture.queues[layout], tolerance);
    ck_assert_msg(text == NULL, "variant %d, %s layout: %s", variant,
                  layout ? "interleaved" : "blocked", text);
    builder_clear(b);
  }
}

static mfg_scalar float64(double value) {
  return (mfg_scalar){.float64 = value};
}

/* ---- operations ----------------------------------------------------------------------------- */

static const double special[] = {0.0,   -0.0, 1.0,      -1.0,      0.5,  -2.5,  3.5,  1e-310,
                                 1e300, -7.0, INFINITY, -INFINITY, NAN,  2.0,   -3.0, 0.75,
                                 1e10,  4.0,  -0.3,     100.0,     63.0, 1e-20, 31.0, -64.0};
#define SPECIAL ((int64_t)(sizeof special / sizeof *special))

static void put_special(kernel_builder *b, uint32_t operand) {
  for (int64_t i = 0; i < SPECIAL; i++) {
    double value = special[i];
    unsigned char *start = b->arrays[operand] + b->bindings[operand].offset;
    int64_t at = i;
    switch (b->operands[operand].type) {
    case MFG_FLOAT64: ((double *)(void *)start)[at] = value; break;
    case MFG_FLOAT32: ((float *)(void *)start)[at] = (float)value; break;
    case MFG_INT32:
      ((int32_t *)(void *)start)[at] = i == 10   ? INT32_MAX
                                       : i == 11 ? INT32_MIN
                                       : i == 12 ? 7
                                                 : (int32_t)fmin(fmax(value, -1e9), 1e9);
      break;
    case MFG_INT64:
      ((int64_t *)(void *)start)[at] = i == 10   ? INT64_MAX
                                       : i == 11 ? INT64_MIN
                                       : i == 12 ? 7
                                                 : (int64_t)fmin(fmax(value, -1e18), 1e18);
      break;
    default: start[at] = value > 0;
    }
  }
}

/* All pairs of special numbers: a varies along axis 0, b along axis 1. */
static kernel_builder *operation_builder(mfg_dtype type, uint32_t *first) {
  static const uint32_t limit = 8;
  const int64_t extents[] = {SPECIAL, SPECIAL};
  kernel_builder *b = builder_new(2, extents);
  uint32_t a_operand = builder_read(b, type, 2, 1), b_operand = builder_read(b, type, 1, 2);
  put_special(b, a_operand);
  put_special(b, b_operand);
  int32_t a = builder_load(b, false, a_operand, 0), c = builder_load(b, false, b_operand, 0);
  int32_t truth = builder_apply(b, false, MFG_OP_EQUAL, MFG_BOOL, a, c, -1);
  bool floats = type == MFG_FLOAT32 || type == MFG_FLOAT64;
  for (; *first < MFG_OPERATION_END && b->description.outputs.count < limit; ++*first) {
    int rule = mfg_operation_type_rule(*first);
    mfg_dtype result = type;
    bool order = *first >= MFG_OP_LESS && *first <= MFG_OP_GREATER_EQUAL;
    bool shift = *first == MFG_OP_BITWISE_LEFT_SHIFT || *first == MFG_OP_BITWISE_RIGHT_SHIFT;
    if (rule == 0 || (rule == MFG_RULE_NUMERIC && type == MFG_BOOL)) continue;
    if ((rule == MFG_RULE_REAL || rule == MFG_RULE_CLASSIFY) && !floats) continue;
    if (rule == MFG_RULE_COMPARE && order && type == MFG_BOOL) continue;
    if (rule == MFG_RULE_LOGIC && type != MFG_BOOL) continue;
    if (rule == MFG_RULE_BITS && (floats || (shift && type == MFG_BOOL))) continue;
    if (rule == MFG_RULE_CONVERT) continue;
    if (rule == MFG_RULE_COMPARE || rule == MFG_RULE_CLASSIFY) result = MFG_BOOL;
    int32_t value = rule == MFG_RULE_CHOOSE ? builder_apply(b, false, *first, result, truth, a, c)
                                            : builder_apply(b, false, *first, result, a, c, a);
    builder_output(b, builder_write(b, result, 0), value);
  }
  return b;
}

static void run_operations(mfg_dtype type, double tolerance) {
  uint32_t first = 0;
  while (first < MFG_OPERATION_END) {
    uint32_t from = first;
    kernel_builder *b = operation_builder(type, &first);
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

static kernel_builder *conversions(int from) {
  kernel_builder *b = builder_new(1, (int64_t[]){SPECIAL});
  uint32_t source = builder_read(b, all_types[from], 0, 1);
  put_special(b, source);
  int32_t value = builder_load(b, false, source, 0);
  for (int to = 0; to < 5; to++)
    builder_output(b, builder_write(b, all_types[to], 0),
                   builder_apply(b, false, MFG_OP_CONVERT, all_types[to], value, -1, -1));
  return b;
}

START_TEST(conversions_saturate_and_turn_nan_into_zero) {
  expect_agreement(conversions, _i, 0);
}
END_TEST

/* ---- sites, gather, scalars ----------------------------------------------------------------- */

static kernel_builder *sites(int variant) {
  static const int64_t offsets[] = {1, -1, 3, -9, 1000000007};
  const int64_t extents[] = {3, 4, 5};
  kernel_builder *b = builder_new(3, extents);
  uint32_t u = builder_read(b, MFG_FLOAT64, 0, 3);
  uint32_t flags = builder_read(b, MFG_BOOL, 2, 4);
  for (uint32_t boundary = MFG_BOUNDARY_WRAP; boundary <= MFG_BOUNDARY_CONSTANT; boundary++) {
    bool constant = boundary == MFG_BOUNDARY_CONSTANT;
    uint32_t site = builder_site(b);
    builder_step(b, 2, offsets[variant], boundary, float64(constant ? 7.5 : 0));
    builder_step(b, 0, -offsets[variant], MFG_BOUNDARY_CLAMP, float64(0));
    builder_step(b, 2, 2, boundary, float64(constant ? -1 : 0));
    builder_output(b, builder_write(b, MFG_FLOAT64, 0), builder_load(b, false, u, site));
    if (!constant)
      builder_output(b, builder_write(b, MFG_INT64, 0), builder_index(b, false, 2, site));
  }
  uint32_t here = builder_site(b);
  builder_step(b, 1, offsets[variant], MFG_BOUNDARY_CONSTANT, (mfg_scalar){.boolean = 1});
  builder_output(b, builder_write(b, MFG_BOOL, 0), builder_load(b, false, flags, here));
  return b;
}

START_TEST(sites_follow_their_boundaries) {
  expect_agreement(sites, _i, 0);
}
END_TEST

static kernel_builder *gathers(int variant) {
  const int64_t extents[] = {6, 7};
  kernel_builder *b = builder_new(2, extents);
  uint32_t table = builder_gathered(b, MFG_FLOAT64, (uint32_t)variant, 9, 5);
  uint32_t places = builder_read(b, variant ? MFG_INT32 : MFG_INT64, 0, 6);
  uint32_t dt = builder_read(b, MFG_FLOAT64, 3, 7);
  int32_t value = builder_gather(b, table, (uint32_t)variant, builder_load(b, false, places, 0));
  value = builder_apply(b, false, MFG_OP_FMA, MFG_FLOAT64, value, builder_load(b, false, dt, 0),
                        builder_scalar(b, false, MFG_FLOAT64, float64(0.125)));
  builder_output(b, builder_write(b, MFG_FLOAT64, 0), value);
  builder_output(b, builder_write(b, MFG_INT64, 0),
                 builder_apply(b, false, MFG_OP_ADD, MFG_INT64, builder_extent(b, false, 0),
                               builder_scalar(b, false, MFG_INT64, (mfg_scalar){.int64 = -5}), -1));
  builder_output(b, builder_write(b, MFG_BOOL, 0),
                 builder_scalar(b, false, MFG_BOOL, (mfg_scalar){.boolean = 1}));
  return b;
}

START_TEST(gathers_clamp_into_the_operand) {
  expect_agreement(gathers, _i, 1e-15);
}
END_TEST

/* ---- reductions ----------------------------------------------------------------------------- */

struct space {
  uint32_t rank, axes;
  int64_t extents[3];
};

static const struct space spaces[] = {
    {0, 0, {0}},         {1, 1, {100000}},     {2, 1, {50, 70}}, {2, 3, {300, 301}},
    {3, 5, {9, 40, 11}}, {3, 2, {3, 1000, 2}}, {2, 2, {5, 0}},
};
#define SPACES ((int)(sizeof spaces / sizeof *spaces))

static kernel_builder *reduces(int variant) {
  const struct space *space = &spaces[variant];
  kernel_builder *b = builder_new(space->rank, space->extents);
  uint32_t u = builder_read(b, MFG_FLOAT64, 0, 8), k = builder_read(b, MFG_INT32, 0, 9);
  if (variant == 2) builder_float64(b, u)[777] = NAN;
  int32_t value = builder_load(b, false, u, 0), number = builder_load(b, false, k, 0);
  int32_t truth = builder_apply(b, false, MFG_OP_LESS, MFG_BOOL, value,
                                builder_number(b, false, MFG_FLOAT64, 0.9), -1);
  static const uint8_t operations[] = {MFG_REDUCE_SUM,    MFG_REDUCE_MIN,    MFG_REDUCE_MAX,
                                       MFG_REDUCE_ARGMIN, MFG_REDUCE_ARGMAX, MFG_REDUCE_PRODUCT,
                                       MFG_REDUCE_ANY,    MFG_REDUCE_ALL};
  const int32_t values[] = {value, value, number, value, number, number, truth, truth};
  b->pattern.kind = MFG_PATTERN_REDUCE;
  b->pattern.axes = space->axes;
  b->pattern.count = 8;
  for (uint32_t i = 0; i < 8; i++) {
    bool position = operations[i] == MFG_REDUCE_ARGMIN || operations[i] == MFG_REDUCE_ARGMAX;
    mfg_dtype type = position ? MFG_INT64 : builder_type(b, false, values[i]);
    b->pattern.operations[i] = operations[i];
    b->pattern.values[i] = values[i];
    int32_t result = builder_result(b, i, type);
    if (i == 0)
      result = builder_apply(b, true, MFG_OP_MULTIPLY, type, result,
                             builder_number(b, true, type, 0.5), -1);
    builder_output(b, builder_write(b, type, space->axes), result);
  }
  return b;
}

START_TEST(reductions_over_any_axes) {
  expect_agreement(reduces, _i, 1e-11);
}
END_TEST

static kernel_builder *map_with_reductions(int variant) {
  const struct space *space = &spaces[variant];
  uint32_t all = (1u << space->rank) - 1;
  kernel_builder *b = builder_new(space->rank, space->extents);
  int32_t value = builder_load(b, false, builder_read(b, MFG_FLOAT64, 0, 10), 0);
  int32_t square = builder_apply(b, false, MFG_OP_MULTIPLY, MFG_FLOAT64, value, value, -1);
  builder_output(b, builder_write(b, MFG_FLOAT64, 0), square);
  builder_reduction(b, MFG_REDUCE_SUM, all, square);
  builder_reduction(b, MFG_REDUCE_ARGMAX, all, value);
  if (space->axes != all) {
    builder_reduction(b, MFG_REDUCE_MAX, space->axes, value);
    builder_reduction(b, MFG_REDUCE_ARGMIN, space->axes, square);
  }
  return b;
}

START_TEST(maps_reduce_on_the_way_out) {
  expect_agreement(map_with_reductions, _i, 1e-11);
}
END_TEST

/* ---- scans ---------------------------------------------------------------------------------- */

static kernel_builder *scans(int variant) {
  static const struct space lines[] = {
      {1, 0, {70000}}, {2, 0, {300, 40}}, {2, 1, {40, 2000}}, {3, 1, {3, 200, 5}}};
  static const int all_flags[] = {0, 3, 1, 2, 3, 0, 2, 1};
  int flags = all_flags[variant];
  const struct space *space = &lines[variant / 2];
  kernel_builder *b = builder_new(space->rank, space->extents);
  uint32_t u = builder_read(b, MFG_FLOAT64, 0, 11), k = builder_read(b, MFG_INT32, 0, 12);
  uint32_t site = builder_site(b);
  builder_step(b, space->axes, 1, MFG_BOUNDARY_WRAP, float64(0));
  int32_t value = builder_load(b, false, u, flags & 1 ? site : 0);
  b->pattern.kind = MFG_PATTERN_SCAN;
  b->pattern.axis = (uint8_t)space->axes;
  b->pattern.flags =
      (uint16_t)((flags & 1 ? MFG_PATTERN_REVERSE : 0) | (flags & 2 ? MFG_PATTERN_EXCLUSIVE : 0));
  b->pattern.count = 2;
  b->pattern.values[0] = value;
  b->pattern.values[1] = builder_load(b, false, k, 0);
  b->pattern.operations[0] = MFG_REDUCE_SUM;
  b->pattern.operations[1] = MFG_REDUCE_PRODUCT;
  int32_t sum = builder_result(b, 0, MFG_FLOAT64), product = builder_result(b, 1, MFG_INT32);
  int32_t there = builder_load(b, true, u, 0);
  builder_output(b, builder_write_over(b, u),
                 builder_apply(b, true, MFG_OP_ADD, MFG_FLOAT64, sum, there, -1));
  builder_output(b, builder_write(b, MFG_INT32, 0), product);
  builder_reduction(b, MFG_REDUCE_MAX, (1u << space->rank) - 1, sum);
  return b;
}

START_TEST(scans_run_along_any_axis) {
  expect_agreement(scans, _i, 1e-11);
}
END_TEST

/* ---- line solves ---------------------------------------------------------------------------- */

static const struct space systems[] = {{1, 0, {1}},         {1, 0, {2}},       {1, 0, {201}},
                                       {1, 0, {5000}},      {2, 0, {100, 77}}, {2, 1, {77, 100}},
                                       {3, 1, {5, 64, 40}}, {2, 1, {4, 0}}};
#define SYSTEMS ((int)(sizeof systems / sizeof *systems))

/* (1 + c) x[i] - c1 x[i-1] - c2 x[i+1] = r with an answer in place of u, which the coefficients
 * are read from; corners hold rubbish where the line is open. */
static kernel_builder *solves(int variant) {
  const struct space *space = &systems[variant / 2];
  uint32_t all = (1u << space->rank) - 1, axis = space->axes;
  kernel_builder *b = builder_new(space->rank, space->extents);
  uint32_t u = builder_read(b, MFG_FLOAT64, 0, 13), f = builder_read(b, MFG_FLOAT64, 0, 14);
  uint32_t right_site = builder_site(b);
  builder_step(b, axis, 1, variant & 1 ? MFG_BOUNDARY_WRAP : MFG_BOUNDARY_CLAMP, float64(0));
  int32_t here = builder_load(b, false, u, 0), there = builder_load(b, false, u, right_site);
  int32_t lower = builder_apply(b, false, MFG_OP_SUBTRACT, MFG_FLOAT64, here,
                                builder_number(b, false, MFG_FLOAT64, 1.5), -1);
  int32_t upper = builder_apply(b, false, MFG_OP_SUBTRACT, MFG_FLOAT64, there,
                                builder_number(b, false, MFG_FLOAT64, 1.25), -1);
  int32_t sum = builder_apply(b, false, MFG_OP_ADD, MFG_FLOAT64, lower, upper, -1);
  int32_t diagonal = builder_apply(b, false, MFG_OP_SUBTRACT, MFG_FLOAT64,
                                   builder_number(b, false, MFG_FLOAT64, 0.5), sum, -1);
  b->pattern.kind = MFG_PATTERN_LINE_SOLVE;
  b->pattern.axis = (uint8_t)axis;
  b->pattern.flags = variant & 1 ? MFG_PATTERN_CYCLIC : 0;
  b->pattern.count = 1;
  b->pattern.values[0] = lower;
  b->pattern.values[1] = diagonal;
  b->pattern.values[2] = upper;
  b->pattern.values[3] = builder_load(b, false, f, 0);
  int32_t x = builder_result(b, 0, MFG_FLOAT64), old = builder_load(b, true, u, 0);
  int32_t change =
      builder_apply(b, true, MFG_OP_ABS, MFG_FLOAT64,
                    builder_apply(b, true, MFG_OP_SUBTRACT, MFG_FLOAT64, x, old, -1), -1, -1);
  builder_output(b, builder_write_over(b, u), x);
  builder_output(b, builder_write(b, MFG_FLOAT64, 0), change);
  builder_reduction(b, MFG_REDUCE_MAX, all, change);
  builder_reduction(b, MFG_REDUCE_SUM, all, x);
  if (space->rank > 1) builder_reduction(b, MFG_REDUCE_SUM, all & ~1u, x);
  return b;
}

START_TEST(line_solves_open_and_closed) {
  expect_agreement(solves, _i, 1e-11);
}
END_TEST

/* Items instead of groups solve the lines. */
START_TEST(line_solves_with_an_item_a_line) {
  opencl_fixture_items_solve(&fixture);
  kernel_builder *b = solves(_i);
  const char *text =
      builder_compare(b, fixture.plugin, fixture.devices[1], fixture.queues[1], 1e-11);
  ck_assert_msg(text == NULL, "variant %d: %s", _i, text);
  builder_clear(b);
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
