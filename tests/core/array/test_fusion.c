/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes one kernel, and that what does not is still right. */
#include <math.h>
#include <mfg/log.h>
#include <string.h>

#include "array_tests.h"

static mfg_context *context;
static mfg_scope *s;
static uint64_t before;

static void open_all(void) {
  context = open_context();
  s = mfg_scope_open(context);
  ck_assert_ptr_nonnull(s);
}

static void close_all(void) {
  CHECK_OK(mfg_scope_close(s));
  mfg_context_close(context);
}

#define CHECK_LAUNCHES(expected) ck_assert_uint_eq(launches(context) - before, (expected))

START_TEST(a_chain_with_shifts_and_a_reduction_is_one_kernel) {
  mfg_array *u = counting(s, 2, SHAPE(8, 6));
  CHECK_OK(mfg_sync(context));
  before = launches(context);
  mfg_array *x = u;
  for (int i = 0; i < 10; i++)
    x = mfg_mul(s, mfg_add(s, x, mfg_shift(s, u, i % 2, i - 5, MFG_BOUNDARY_WRAP, 0)), 0.5);
  mfg_array *sum = mfg_sum(s, x, MFG_ALL_AXES);
  /* Each term is an average of values whose sum is that of u. */
  ck_assert_double_eq_tol(mfg_item(s, sum), 47 * 48 / 2, 1e-9);
  CHECK_LAUNCHES(1);
}
END_TEST

START_TEST(several_reductions_share_a_pass) {
  mfg_array *u = counting(s, 1, SHAPE(9));
  before = launches(context);
  mfg_array *results[4] = {mfg_sum(s, u, MFG_ALL_AXES), mfg_max(s, u, MFG_ALL_AXES),
                           mfg_min(s, u, MFG_ALL_AXES), mfg_sum(s, mfg_mul(s, u, u), MFG_ALL_AXES)};
  CHECK_OK(mfg_eval_many(s, 4, results));
  CHECK_LAUNCHES(1);
  ck_assert_double_eq(mfg_item(s, results[0]), 36);
  ck_assert_double_eq(mfg_item(s, results[1]), 8);
  ck_assert_double_eq(mfg_item(s, results[2]), 0);
  ck_assert_double_eq(mfg_item(s, results[3]), 204);
}
END_TEST

START_TEST(a_line_solve_with_update_and_norm_is_one_kernel) {
  mfg_array *u = counting(s, 1, SHAPE(5));
  mfg_array *w = mfg_empty_like(s, u);
  mfg_array *norm = mfg_empty(s, MFG_FLOAT64, 0, NULL);
  before = launches(context);
  mfg_array *solved = mfg_line_solve(s, 0.0, 2.0, 0.0, u, 0, false);
  mfg_array *const targets[3] = {u, w, norm};
  mfg_array *const sources[3] = {mfg_add(s, u, solved), solved,
                                 mfg_max(s, mfg_abs(s, solved), MFG_ALL_AXES)};
  CHECK_OK(mfg_assign_many(s, 3, targets, sources));
  CHECK_LAUNCHES(1);
  check_doubles(u, 5, DOUBLES(0, 1.5, 3, 4.5, 6));
  check_doubles(w, 5, DOUBLES(0, .5, 1, 1.5, 2));
  ck_assert_double_eq(mfg_item(s, norm), 2);
}
END_TEST

/* A Newton step of the first trace in docs/development/kernel_traces.md: the kernel, and the flag.
 */
START_TEST(a_newton_step_is_at_most_two_kernels) {
  const double h = 0.1, dt = 0.5;
  mfg_array *w = mfg_mul(s, counting(s, 1, SHAPE(10)), h);
  mfg_array *u = mfg_copy(s, w);
  mfg_array *norm = mfg_empty(s, MFG_FLOAT64, 0, NULL);
  mfg_array *flag = mfg_empty(s, MFG_BOOL, 0, NULL);
  mfg_array *nu = mfg_full(s, MFG_FLOAT64, 0, NULL, 0.25);
  CHECK_OK(mfg_eval(s, nu));
  for (int iteration = 0; iteration < 8; iteration++) {
    before = launches(context);
    mfg_array *dp = mfg_div(s, mfg_sub(s, mfg_shift(s, u, 0, 1, MFG_BOUNDARY_CLAMP, 0), u), h);
    mfg_array *dm = mfg_div(s, mfg_sub(s, u, mfg_shift(s, u, 0, -1, MFG_BOUNDARY_CLAMP, 0)), h);
    mfg_array *p = mfg_minimum(s, dp, 0.0);
    mfg_array *q = mfg_maximum(s, dm, 0.0);
    mfg_array *diffusion = mfg_div(s, mfg_mul(s, nu, mfg_sub(s, dp, dm)), h);
    mfg_array *residual = mfg_add(s, mfg_sub(s, mfg_div(s, mfg_sub(s, u, w), dt), diffusion),
                                  mfg_mul(s, 0.5, mfg_add(s, mfg_mul(s, p, p), mfg_mul(s, q, q))));
    mfg_array *index = mfg_indices(s, 1, SHAPE(10), 0);
    mfg_array *upper = mfg_where(s, mfg_less(s, index, 9),
                                 mfg_add(s, mfg_div(s, nu, -h * h), mfg_div(s, p, h)), 0.0);
    mfg_array *lower = mfg_where(s, mfg_greater(s, index, 0),
                                 mfg_sub(s, mfg_div(s, nu, -h * h), mfg_div(s, q, h)), 0.0);
    mfg_array *diagonal = mfg_sub(s, mfg_sub(s, 1 / dt, upper), lower);
    mfg_array *step =
        mfg_line_solve(s, lower, diagonal, upper, mfg_negative(s, residual), 0, false);
    mfg_array *const targets[2] = {u, norm};
    mfg_array *const sources[2] = {mfg_add(s, u, step), mfg_max(s, mfg_abs(s, step), MFG_ALL_AXES)};
    CHECK_OK(mfg_assign_many(s, 2, targets, sources));
    CHECK_OK(mfg_assign(s, flag, mfg_less(s, norm, 1e-12)));
    CHECK_LAUNCHES(2);
  }
  ck_assert_double_eq(mfg_item(s, flag), 1);
}
END_TEST

/* A reduction that goes along with a map is used once more after it. */
START_TEST(a_shared_reduction_is_computed_once) {
  mfg_array *u = counting(s, 1, SHAPE(4));
  mfg_array *sum = mfg_sum(s, u, MFG_ALL_AXES);
  mfg_array *results[3] = {mfg_mul(s, u, 2.0), sum, mfg_add(s, sum, 1.0)};
  CHECK_OK(mfg_eval_many(s, 3, results));
  check_doubles(results[0], 4, DOUBLES(0, 2, 4, 6));
  ck_assert_double_eq(mfg_item(s, results[1]), 6);
  ck_assert_double_eq(mfg_item(s, results[2]), 7);
}
END_TEST

START_TEST(what_does_not_fit_a_kernel_is_cut_into_few) {
  mfg_array *x = counting(s, 1, SHAPE(3));
  before = launches(context);
  double sum = 0;
  for (int i = 0; i < 3900; i++) {
    x = mfg_add(s, x, i + 0.25);
    sum += i + 0.25;
  }
  check_doubles(x, 3, DOUBLES(sum, sum + 1, sum + 2));
  ck_assert_uint_lt(launches(context) - before, 200);
}
END_TEST

START_TEST(scans_nest_deeply) {
  mfg_array *x = mfg_ones(s, MFG_FLOAT64, 1, SHAPE(2));
  for (int i = 0; i < 3000; i++)
    x = mfg_cumulative_sum(s, x, 0);
  check_doubles(x, 2, DOUBLES(1, 3001));
}
END_TEST

START_TEST(many_operands_are_cut) {
  mfg_array *sum = mfg_zeros(s, MFG_FLOAT64, 1, SHAPE(4));
  for (int i = 0; i < 100; i++)
    sum = mfg_add(s, sum, counting(s, 1, SHAPE(4)));
  mfg_array *total = mfg_sum(s, sum, MFG_ALL_AXES);
  mfg_array *targets[2] = {mfg_empty(s, MFG_FLOAT64, 1, SHAPE(4)),
                           mfg_empty(s, MFG_FLOAT64, 0, NULL)};
  mfg_array *sources[2] = {sum, total};
  CHECK_OK(mfg_assign_many(s, 2, targets, sources));
  check_doubles(targets[0], 4, DOUBLES(0, 100, 200, 300));
  ck_assert_double_eq(mfg_item(s, targets[1]), 600);
}
END_TEST

/* An operation on an expression that is used twice doubles its size: it is computed in time. */
START_TEST(shared_parts_do_not_explode) {
  mfg_array *x = mfg_ones(s, MFG_FLOAT64, 1, SHAPE(2));
  for (int i = 0; i < 60; i++)
    x = mfg_mul(s, mfg_add(s, x, x), 0.5);
  check_doubles(x, 2, DOUBLES(1, 1));
}
END_TEST

static uint64_t compiled(void) {
  mfg_statistics statistics = {.struct_size = sizeof statistics};
  CHECK_OK(mfg_context_statistics(context, &statistics));
  return statistics.kernels_compiled;
}

/* What has run before is launched again for other arrays, numbers and sizes, and for nothing else:
 * the first round makes the kernels, the next ones find them. */
START_TEST(a_known_kernel_computes_with_other_arrays) {
  uint64_t known = 0;
  for (int round = 0; round < 3; round++) {
    const int64_t n = 4 + round;
    const double k = 3.25 + round;
    double same[8], other[8], mixed[8], swapped[8], beside[8], numbers[8];
    mfg_array *a = counting(s, 1, &n);
    mfg_array *b = mfg_add(s, mfg_mul(s, counting(s, 1, &n), k), 1.0);
    mfg_array *one = mfg_full(s, MFG_FLOAT64, 0, NULL, k);
    CHECK_OK(mfg_eval(s, b));
    CHECK_OK(mfg_eval(s, one));
    for (int64_t i = 0; i < n; i++) {
      double x = (double)i, y = x * k + 1;
      same[i] = x - x;
      other[i] = x - y;
      swapped[i] = y - x;
      mixed[i] = (x - y) * x;
      beside[i] = x - k;
      numbers[i] = k - (x - k) * -0.0;
    }
    if (round == 1) known = compiled();
    check_doubles(mfg_sub(s, a, a), n, same);
    check_doubles(mfg_sub(s, a, b), n, other);
    check_doubles(mfg_sub(s, b, a), n, swapped);
    check_doubles(mfg_mul(s, mfg_sub(s, a, b), a), n, mixed);
    check_doubles(mfg_sub(s, a, one), n, beside);
    check_doubles(mfg_sub(s, k, mfg_mul(s, mfg_sub(s, a, k), -0.0)), n, numbers);
    if (round == 0) known = compiled();
    ck_assert_uint_eq(compiled(), known);
  }
}
END_TEST

/* Zeros of both signs are different numbers of a kernel. */
START_TEST(a_known_kernel_keeps_its_zero) {
  mfg_array *a = mfg_negative(s, mfg_ones(s, MFG_FLOAT64, 1, SHAPE(2)));
  CHECK_OK(mfg_eval(s, a));
  for (int round = 0; round < 2; round++) {
    double plain[2], negative[2];
    CHECK_OK(mfg_to_host(mfg_mul(s, mfg_mul(s, a, a), 0.0), plain, sizeof plain));
    CHECK_OK(mfg_to_host(mfg_mul(s, mfg_mul(s, a, a), -0.0), negative, sizeof negative));
    ck_assert(!signbit(plain[0]) && !signbit(plain[1]));
    ck_assert(signbit(negative[0]) && signbit(negative[1]));
  }
}
END_TEST

/* Views, broadcasts and types have kernels of their own beside that of plain arrays. */
START_TEST(a_known_kernel_is_not_taken_for_another_layout) {
  mfg_array *a = counting(s, 1, SHAPE(6));
  mfg_array *grid = counting(s, 2, SHAPE(2, 3));
  for (int round = 0; round < 3; round++) {
    check_doubles(mfg_add(s, a, a), 6, DOUBLES(0, 2, 4, 6, 8, 10));
    mfg_array *every_second = mfg_slice(s, a, 0, 0, MFG_SLICE_END, 2);
    check_doubles(mfg_add(s, every_second, every_second), 3, DOUBLES(0, 4, 8));
    mfg_array *tail = mfg_slice(s, a, 0, 3, MFG_SLICE_END, 1);
    check_doubles(mfg_add(s, tail, tail), 3, DOUBLES(6, 8, 10));
    check_doubles(mfg_add(s, grid, mfg_slice(s, a, 0, 0, 3, 1)), 6, DOUBLES(0, 2, 4, 3, 5, 7));
    check_doubles(mfg_add(s, grid, grid), 6, DOUBLES(0, 2, 4, 6, 8, 10));
    check_doubles(mfg_add(s, mfg_slice(s, a, 0, 5, 6, 1), mfg_slice(s, a, 0, 5, 6, 1)), 1,
                  DOUBLES(10));
    mfg_array *integers = mfg_astype(s, a, MFG_INT64);
    check_array(mfg_add(s, integers, integers), MFG_INT64, 1, SHAPE(6),
                (const int64_t[]){0, 2, 4, 6, 8, 10});
  }
}
END_TEST

/* An array that is overwritten by a known kernel keeps its old content for who still reads it. */
START_TEST(a_known_kernel_writes_behind_pending_readers) {
  mfg_array *u = counting(s, 1, SHAPE(3));
  mfg_array *middle = mfg_slice(s, u, 0, 1, 2, 1);
  for (int round = 0; round < 3; round++) {
    mfg_array *before_write = mfg_mul(s, u, 10.0);
    CHECK_OK(mfg_assign(s, u, mfg_add(s, u, 1.0)));
    double first = round;
    check_doubles(before_write, 3, DOUBLES(10 * first, 10 * (first + 1), 10 * (first + 2)));
    check_doubles(u, 3, DOUBLES(first + 1, first + 2, first + 3));
    check_doubles(middle, 1, DOUBLES(first + 2));
  }
  mfg_array *pending = mfg_add(s, u, 0.25);
  CHECK_OK(mfg_assign(s, middle, mfg_mul(s, middle, 2.0)));
  check_doubles(pending, 3, DOUBLES(3.25, 4.25, 5.25));
  check_doubles(u, 3, DOUBLES(3, 8, 5));
}
END_TEST

/* Pieces of a long expression are alike, so their number grows with it and that of their kernels
 * does not. */
START_TEST(a_long_expression_takes_work_in_proportion) {
  uint64_t launched[2], prepared[2];
  for (int k = 0; k < 2; k++) {
    mfg_array *x = counting(s, 1, SHAPE(4)), *a = x;
    uint64_t launched_before = launches(context), prepared_before = compiled();
    for (int i = 0; i < (k == 0 ? 1000 : 4000); i++)
      x = mfg_add(s, x, mfg_mul(s, a, i + 0.25));
    CHECK_OK(mfg_eval(s, x));
    launched[k] = launches(context) - launched_before;
    prepared[k] = compiled() - prepared_before;
  }
  ck_assert_uint_le(launched[1], 5 * launched[0]);
  ck_assert_uint_le(prepared[1], prepared[0] + 4);
}
END_TEST

static int explained;
static void count_explained(void *data, int32_t level, const char *text) {
  (void)data;
  if (level == MFG_LOG_DEBUG && strncmp(text, "kernel ", 7) == 0) explained++;
}

START_TEST(each_kernel_is_explained_once) {
  mfg_array *a = counting(s, 1, SHAPE(5));
  CHECK_OK(mfg_eval(s, a));
  explained = 0;
  mfg_log_set(count_explained, NULL);
  mfg_log_level_set(MFG_LOG_DEBUG);
  for (int round = 0; round < 4; round++)
    CHECK_OK(mfg_eval(s, mfg_mul(s, mfg_add(s, a, 3.5 + round), a)));
  mfg_log_level_set(0);
  mfg_log_set(NULL, NULL);
  ck_assert_int_eq(explained, 1);
}
END_TEST

START_TEST(memory_and_kernels_are_counted) {
  mfg_statistics first = {.struct_size = sizeof first}, last = first;
  CHECK_OK(mfg_context_statistics(context, &first));
  for (int round = 0; round < 3; round++) {
    mfg_scope *inner = mfg_scope_open(context);
    CHECK_OK(mfg_eval(inner, mfg_ones(inner, MFG_FLOAT64, 1, SHAPE(3000))));
    CHECK_OK(mfg_scope_close(inner));
  }
  CHECK_OK(mfg_context_statistics(context, &last));
  ck_assert_uint_eq(last.buffers_allocated - first.buffers_allocated, 1);
  ck_assert_uint_eq(last.buffers_reused - first.buffers_reused, 2);
  ck_assert_uint_eq(last.kernels_evicted, 0);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("fusion");
  TCase *cases = tcase_create("fusion");
  tcase_set_timeout(cases, 60);
  tcase_add_checked_fixture(cases, open_all, close_all);
  tcase_add_test(cases, a_chain_with_shifts_and_a_reduction_is_one_kernel);
  tcase_add_test(cases, several_reductions_share_a_pass);
  tcase_add_test(cases, a_line_solve_with_update_and_norm_is_one_kernel);
  tcase_add_test(cases, a_newton_step_is_at_most_two_kernels);
  tcase_add_test(cases, a_shared_reduction_is_computed_once);
  tcase_add_test(cases, what_does_not_fit_a_kernel_is_cut_into_few);
  tcase_add_test(cases, scans_nest_deeply);
  tcase_add_test(cases, many_operands_are_cut);
  tcase_add_test(cases, shared_parts_do_not_explode);
  tcase_add_test(cases, a_known_kernel_computes_with_other_arrays);
  tcase_add_test(cases, a_known_kernel_keeps_its_zero);
  tcase_add_test(cases, a_known_kernel_is_not_taken_for_another_layout);
  tcase_add_test(cases, a_known_kernel_writes_behind_pending_readers);
  tcase_add_test(cases, a_long_expression_takes_work_in_proportion);
  tcase_add_test(cases, each_kernel_is_explained_once);
  tcase_add_test(cases, memory_and_kernels_are_counted);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
