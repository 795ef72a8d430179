/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shapes, views, shifts along them, and what hostile arguments get. */
#include <math.h>

#include "array_tests.h"

static mfg_context *context;
static mfg_scope *s;

static void open_all(void) {
  context = open_context();
  s = mfg_scope_open(context);
  ck_assert_ptr_nonnull(s);
}

static void close_all(void) {
  CHECK_OK(mfg_scope_close(s));
  mfg_context_close(context);
}

START_TEST(broadcasting) {
  mfg_array *column = mfg_reshape(s, counting(s, 1, SHAPE(2)), 2, SHAPE(2, 1));
  mfg_array *row = counting(s, 1, SHAPE(3));
  mfg_array *scalar = mfg_full(s, MFG_FLOAT64, 0, NULL, 10);
  mfg_array *sum = mfg_add(s, mfg_add(s, column, row), scalar);
  ck_assert_int_eq(mfg_array_rank(sum), 2);
  check_doubles(sum, 6, DOUBLES(10, 11, 12, 11, 12, 13));
  mfg_array *empty = mfg_zeros(s, MFG_FLOAT64, 2, SHAPE(0, 1));
  mfg_array *nothing = mfg_add(s, empty, row);
  ck_assert_int_eq(mfg_array_shape(nothing)[0], 0);
  ck_assert_int_eq(mfg_array_shape(nothing)[1], 3);
  check_doubles(nothing, 0, DOUBLES(0));
  check_doubles(mfg_sum(s, nothing, MFG_AXIS(0)), 3, DOUBLES(0, 0, 0));
  ck_assert(isnan(mfg_item(s, mfg_mean(s, nothing, MFG_ALL_AXES, false))));
}
END_TEST

START_TEST(slices_clip_like_python) {
  static const struct {
    int64_t start, stop, step;
    int count;
    double expected[5];
  } cases[] = {{0, 5, 1, 5, {0, 1, 2, 3, 4}},
               {1, MFG_SLICE_END, 2, 2, {1, 3}},
               {-2, MFG_SLICE_END, 1, 2, {3, 4}},
               {-100, 100, 3, 2, {0, 3}},
               {4, MFG_SLICE_END, -1, 5, {4, 3, 2, 1, 0}},
               {100, 1, -2, 2, {4, 2}},
               {3, 3, 1, 0, {0}},
               {1, 4, INT64_MAX, 1, {1}},
               {3, MFG_SLICE_END, -INT64_MAX, 1, {3}},
               {INT64_MIN, INT64_MAX, 4, 2, {0, 4}}};
  mfg_array *a = counting(s, 1, SHAPE(5));
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    check_doubles(mfg_slice(s, a, 0, cases[i].start, cases[i].stop, cases[i].step), cases[i].count,
                  cases[i].expected);
}
END_TEST

START_TEST(views_share_memory) {
  mfg_array *a = counting(s, 2, SHAPE(3, 4));
  mfg_array *turned = mfg_permute(s, a, (int[]){1, 0});
  mfg_array *back = mfg_slice(s, turned, 0, -1, MFG_SLICE_END, -2);
  mfg_array *flat = mfg_reshape(s, a, 1, SHAPE(-1));
  CHECK_OK(mfg_assign(s, back, -1.0));
  check_doubles(a, 12, DOUBLES(0, -1, 2, -1, 4, -1, 6, -1, 8, -1, 10, -1));
  check_doubles(flat, 12, DOUBLES(0, -1, 2, -1, 4, -1, 6, -1, 8, -1, 10, -1));
  /* Overlapping parts: the source is read before anything is written. */
  mfg_array *line = mfg_at(s, a, 0, 0);
  CHECK_OK(mfg_assign(s, mfg_slice(s, line, 0, 1, 4, 1), mfg_slice(s, line, 0, 0, 3, 1)));
  check_doubles(line, 4, DOUBLES(0, 0, -1, 2));
  CHECK_OK(mfg_assign(s, line, mfg_flip(s, line, 0)));
  check_doubles(line, 4, DOUBLES(2, -1, 0, 0));
}
END_TEST

START_TEST(joining) {
  mfg_array *a = counting(s, 2, SHAPE(1, 2));
  mfg_array *b = mfg_from_host(s, MFG_INT32, 2, SHAPE(2, 2), (int[]){5, 6, 7, 8});
  check_doubles(mfg_concat(s, 2, (mfg_array *[]){a, b}, -2), 6, DOUBLES(0, 1, 5, 6, 7, 8));
  mfg_array *stacked = mfg_stack(s, 2, (mfg_array *[]){a, a}, -1);
  ck_assert_int_eq(mfg_array_rank(stacked), 3);
  check_doubles(stacked, 4, DOUBLES(0, 0, 1, 1));
  mfg_array *index = mfg_from_host(s, MFG_INT32, 1, SHAPE(4), (int[]){1, -1, 9, -9});
  check_doubles(mfg_take(s, a, index, 1), 4, DOUBLES(1, 1, 1, 0));
  mfg_array *one = counting(s, 2, SHAPE(1, 3));
  mfg_array *wide = mfg_zeros(s, MFG_FLOAT64, 2, SHAPE(2, 4));
  check_doubles(mfg_add(s, wide, mfg_take(s, one, index, 1)), 8, DOUBLES(1, 2, 2, 0, 1, 2, 2, 0));
}
END_TEST

/* ---- shifts ---------------------------------------------------------------------------------- */

enum { LINE = 5 };

static double shifted_at(const double *data, int64_t j, int boundary, double fill) {
  const int64_t n = LINE;
  if (boundary == MFG_BOUNDARY_CONSTANT) return j < 0 || j >= n ? fill : data[j];
  if (boundary == MFG_BOUNDARY_CLAMP) return data[j < 0 ? 0 : j >= n ? n - 1 : j];
  int64_t period = boundary == MFG_BOUNDARY_WRAP ? n : 2 * n;
  int64_t k = (j % period + period) % period;
  return data[k < n ? k : 2 * n - 1 - k];
}

/* Every pair of boundaries, every pair of offsets, of memory and of an expression. */
START_TEST(shifts_of_shifts) {
  int first = MFG_BOUNDARY_WRAP + _i / 4;
  int second = MFG_BOUNDARY_WRAP + _i % 4;
  mfg_array *a = counting(s, 1, SHAPE(LINE));
  for (int64_t p = -7; p <= 7; p++)
    for (int64_t q = -7; q <= 7; q += 2) {
      double data[LINE], once[LINE], twice[LINE], more[LINE];
      for (int i = 0; i < LINE; i++)
        data[i] = i;
      for (int i = 0; i < LINE; i++)
        once[i] = shifted_at(data, i + p, first, 20);
      for (int i = 0; i < LINE; i++)
        twice[i] = shifted_at(once, i + q, second, 30);
      for (int i = 0; i < LINE; i++)
        more[i] = once[i] + 1;
      for (int i = 0; i < LINE; i++)
        data[i] = shifted_at(more, i + q, second, 30);
      mfg_array *shifted = mfg_shift(s, a, 0, p, first, 20);
      check_doubles(mfg_shift(s, shifted, 0, q, second, 30), LINE, twice);
      check_doubles(mfg_shift(s, mfg_add(s, shifted, 1), 0, q, second, 30), LINE, data);
    }
}
END_TEST

START_TEST(offsets_at_the_end_of_the_world) {
  mfg_array *a = counting(s, 1, SHAPE(LINE));
  mfg_array *more = mfg_add(s, a, 1);
  double data[LINE] = {0, 1, 2, 3, 4};
  const int64_t offsets[4] = {INT64_MAX, INT64_MIN, INT64_MAX - 4, INT64_MIN + 5};
  for (int boundary = MFG_BOUNDARY_WRAP; boundary <= MFG_BOUNDARY_CONSTANT; boundary++)
    for (int i = 0; i < 4; i++) {
      bool cyclic = boundary == MFG_BOUNDARY_WRAP || boundary == MFG_BOUNDARY_MIRROR;
      int64_t period = boundary == MFG_BOUNDARY_WRAP ? LINE : 2 * LINE;
      int64_t offset = cyclic ? offsets[i] % period : offsets[i] < 0 ? -LINE : LINE;
      double expected[LINE], added[LINE];
      for (int k = 0; k < LINE; k++) {
        expected[k] = shifted_at(data, k + offset, boundary, -3);
        bool filled = boundary == MFG_BOUNDARY_CONSTANT;
        added[k] = filled ? -3 : expected[k] + 1;
      }
      check_doubles(mfg_shift(s, a, 0, offsets[i], boundary, -3), LINE, expected);
      check_doubles(mfg_shift(s, more, 0, offsets[i], boundary, -3), LINE, added);
    }
}
END_TEST

/* ---- reductions ------------------------------------------------------------------------------ */

START_TEST(every_mask_of_axes) {
  const int64_t shape[3] = {2, 3, 4};
  mfg_array *a = counting(s, 3, shape);
  for (uint32_t axes = 0; axes < 8; axes++)
    for (int keep = 0; keep < 2; keep++) {
      double sums[24] = {0};
      int64_t size = 1;
      for (int axis = 0; axis < 3; axis++)
        if ((axes & MFG_AXIS(axis)) == 0) size *= shape[axis];
      for (int64_t i = 0; i < 24; i++) {
        const int64_t at[3] = {i / 12, i / 4 % 3, i % 4};
        int64_t place = 0;
        for (int axis = 0; axis < 3; axis++)
          if ((axes & MFG_AXIS(axis)) == 0) place = place * shape[axis] + at[axis];
        sums[place] += (double)i;
      }
      mfg_array *sum = mfg_reduce(s, MFG_REDUCE_SUM, a, axes, keep == 1);
      int rank = keep == 1 ? 3 : 3 - __builtin_popcount(axes);
      ck_assert_int_eq(mfg_array_rank(sum), rank);
      check_doubles(sum, size, sums);
      /* In the epilogue: the kept axes are addressed as before. */
      for (int64_t i = 0; i < size; i++)
        sums[i] = sums[i] * 2 + (double)i;
      mfg_array *index = mfg_reshape(s, mfg_arange(s, MFG_FLOAT64, 0, (double)size, 1), rank,
                                     mfg_array_shape(sum));
      check_doubles(mfg_add(s, mfg_mul(s, sum, 2.0), index), size, sums);
    }
  ck_assert_double_eq(mfg_item(s, mfg_argmax(s, a, MFG_ALL_AXES)), 23);
  check_array(mfg_argmin(s, mfg_negative(s, a), MFG_AXIS(1)), MFG_INT64, 2, SHAPE(2, 4),
              (int64_t[]){2, 2, 2, 2, 2, 2, 2, 2});
  check_doubles(mfg_cumulative_prod(s, counting(s, 1, SHAPE(3)), -1), 3, DOUBLES(0, 0, 0));
  ck_assert_int_eq(mfg_array_type(mfg_sum(s, mfg_ones(s, MFG_BOOL, 1, shape), 1)), MFG_INT64);
}
END_TEST

/* ---- errors ---------------------------------------------------------------------------------- */

START_TEST(errors_stick_and_say_what_is_wrong) {
  mfg_scope *bad = mfg_scope_open(context);
  mfg_array *a = counting(bad, 1, SHAPE(3));
  mfg_array *b = counting(bad, 2, SHAPE(2, 4));
  ck_assert_ptr_null(mfg_add(bad, mfg_sub(bad, a, b), 1));
  ck_assert_ptr_null(mfg_add(bad, a, 1));
  ck_assert_ptr_null(mfg_shift(bad, a, 7, 1, MFG_BOUNDARY_WRAP, 0));
  ck_assert_int_eq(mfg_assign(bad, a, 0.0), MFG_ERROR_SHAPE);
  ck_assert_int_eq(mfg_scope_fail(bad, MFG_ERROR_IO, "later"), MFG_ERROR_SHAPE);
  CHECK_FAILED(bad, MFG_ERROR_SHAPE, "mfg_subtract: shapes (3) (2, 4)  do not broadcast");
}
END_TEST

START_TEST(scopes_that_are_not_there) {
  ck_assert_ptr_null(mfg_scope_open(NULL));
  ck_assert_ptr_null(mfg_zeros(NULL, MFG_FLOAT64, 0, NULL));
  ck_assert_ptr_null(mfg_add(NULL, 1, 2));
  ck_assert(isnan(mfg_item(NULL, NULL)));
  ck_assert_int_eq(mfg_scope_status(NULL), MFG_ERROR_OUT_OF_MEMORY);
  ck_assert_int_eq(mfg_scope_close(NULL), MFG_ERROR_OUT_OF_MEMORY);
  ck_assert_ptr_null(mfg_keep(NULL));
  mfg_release(NULL);
}
END_TEST

static mfg_scope *failing(void) {
  mfg_scope *scope = mfg_scope_open(context);
  ck_assert_ptr_nonnull(scope);
  return scope;
}

START_TEST(hostile_shapes) {
  const int64_t large[2] = {INT64_C(1) << 40, 1};
  mfg_scope *bad = failing();
  ck_assert_ptr_null(mfg_zeros(bad, MFG_FLOAT64, 9, SHAPE(1, 1, 1, 1, 1, 1, 1, 1, 1)));
  CHECK_FAILED(bad, MFG_ERROR_SHAPE, "mfg_zeros: rank 9; expected 0 to 8, with a shape");
  bad = failing();
  ck_assert_ptr_null(mfg_zeros(bad, MFG_FLOAT64, 2, SHAPE(2, -1)));
  CHECK_FAILED(bad, MFG_ERROR_SHAPE, "mfg_zeros: extent -1 of axis 1 is negative or too large");
  bad = failing();
  ck_assert_ptr_null(mfg_empty(bad, MFG_BOOL, 1, SHAPE(INT64_C(1) << 62)));
  ck_assert_int_eq(mfg_scope_close(bad), MFG_ERROR_SHAPE);
  bad = failing();
  mfg_array *row = mfg_zeros(bad, MFG_FLOAT64, 1, large);
  mfg_array *column = mfg_zeros(bad, MFG_FLOAT64, 2, large);
  ck_assert_ptr_nonnull(row);
  ck_assert_ptr_nonnull(column);
  ck_assert_ptr_null(mfg_add(bad, row, column));
  CHECK_FAILED(bad, MFG_ERROR_SHAPE,
               "a result of shape (1099511627776, 1099511627776) has too many elements");
  bad = failing();
  mfg_array *one = mfg_ones(bad, MFG_FLOAT64, 2, SHAPE(1, 1));
  ck_assert_ptr_null(mfg_broadcast_to(bad, one, 2, SHAPE(INT64_C(1) << 40, INT64_C(1) << 40)));
  ck_assert_int_eq(mfg_scope_close(bad), MFG_ERROR_SHAPE);
  bad = failing();
  ck_assert_ptr_null(mfg_reshape(bad, mfg_zeros(bad, MFG_BOOL, 1, SHAPE(0)), 3,
                                 SHAPE(0, INT64_C(1) << 62, INT64_C(1) << 62)));
  ck_assert_int_eq(mfg_scope_close(bad), MFG_ERROR_SHAPE);
}
END_TEST

START_TEST(hostile_bytes) {
  double data[3];
  mfg_array *a = counting(s, 1, SHAPE(3));
  ck_assert_int_eq(mfg_to_host(a, data, 23), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_str_eq(mfg_last_error(), "mfg_to_host: room for 23 bytes; the array has 24");
  ck_assert_int_eq(mfg_to_host(a, NULL, 24), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_to_host(NULL, data, 24), MFG_ERROR_INVALID_ARGUMENT);
  mfg_scope *bad = failing();
  ck_assert_ptr_null(mfg_from_host(bad, MFG_FLOAT64, 1, SHAPE(3), NULL));
  CHECK_FAILED(bad, MFG_ERROR_INVALID_ARGUMENT, "mfg_from_host: data is NULL");
}
END_TEST

START_TEST(assignments_that_would_lose) {
  mfg_scope *bad = failing();
  mfg_array *integers = mfg_zeros(bad, MFG_INT32, 1, SHAPE(2));
  ck_assert_int_eq(mfg_assign(bad, integers, 2.5), MFG_ERROR_TYPE);
  CHECK_FAILED(bad, MFG_ERROR_TYPE,
               "mfg_assign: a floating number into an array of int32 would lose its fraction");
  bad = failing();
  integers = mfg_zeros(bad, MFG_INT32, 1, SHAPE(2));
  ck_assert_int_eq(mfg_assign(bad, integers, mfg_number(bad, 2.5)), MFG_ERROR_TYPE);
  mfg_scope_close(bad);
  bad = failing();
  integers = mfg_zeros(bad, MFG_INT32, 1, SHAPE(2));
  ck_assert_int_eq(mfg_assign(bad, integers, INT64_C(1) << 40), MFG_ERROR_TYPE);
  CHECK_FAILED(bad, MFG_ERROR_TYPE, "mfg_assign: 1099511627776 does not fit an array of int32");
  bad = failing();
  mfg_array *wide = mfg_broadcast_to(bad, mfg_ones(bad, MFG_FLOAT64, 0, NULL), 1, SHAPE(4));
  ck_assert_int_eq(mfg_assign(bad, wide, 0.0), MFG_ERROR_INVALID_ARGUMENT);
  mfg_scope_close(bad);
  bad = failing();
  ck_assert_int_eq(mfg_assign(bad, counting(bad, 1, SHAPE(2)), counting(bad, 1, SHAPE(3))),
                   MFG_ERROR_SHAPE);
  CHECK_FAILED(bad, MFG_ERROR_SHAPE, "mfg_assign: shape (3) into shape (2)");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("shapes of arrays");
  TCase *cases = tcase_create("shapes");
  tcase_set_timeout(cases, 60);
  tcase_add_checked_fixture(cases, open_all, close_all);
  tcase_add_test(cases, broadcasting);
  tcase_add_test(cases, slices_clip_like_python);
  tcase_add_test(cases, views_share_memory);
  tcase_add_test(cases, joining);
  tcase_add_loop_test(cases, shifts_of_shifts, 0, 16);
  tcase_add_test(cases, offsets_at_the_end_of_the_world);
  tcase_add_test(cases, every_mask_of_axes);
  tcase_add_test(cases, errors_stick_and_say_what_is_wrong);
  tcase_add_test(cases, scopes_that_are_not_there);
  tcase_add_test(cases, hostile_shapes);
  tcase_add_test(cases, hostile_bytes);
  tcase_add_test(cases, assignments_that_would_lose);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
