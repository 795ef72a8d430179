/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sorting, searching and matrix products: by the plugin's own means and by kernels (which is what a
 * recording holds) the results are the same, and wrong arguments are named. The values themselves
 * are compared with NumPy's by oracle/. */
#include <math.h>
#include <string.h>

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

enum { LINES = 3, LENGTH = 70 };

static mfg_array *random_lines(void) {
  double data[LINES * LENGTH];
  uint64_t state = 7;
  for (int i = 0; i < LINES * LENGTH; i++)
    data[i] = (double)random_below(&state, 40) - 20;
  data[3] = data[50] = data[LENGTH + 1] = NAN;
  data[7] = -0.0;
  data[9] = INFINITY;
  data[11] = -INFINITY;
  return mfg_from_host(s, MFG_FLOAT64, 2, SHAPE(LINES, LENGTH), data);
}

static void read_bytes(mfg_array *array, void *data, size_t bytes) {
  CHECK_OK(mfg_to_host(array, data, bytes));
}

/* What is done once at once and once in a recording; `descending` is _i. */
static void sort_into(mfg_scope *scope, mfg_array *lines, int axis, bool descending,
                      mfg_array *sorted, mfg_array *order) {
  CHECK_OK(mfg_assign(scope, sorted, mfg_sort(scope, lines, axis, descending)));
  CHECK_OK(mfg_assign(scope, order, mfg_argsort(scope, lines, axis, descending)));
}

START_TEST(kernels_sort_as_the_plugin_does) {
  static double values[2][LINES * LENGTH];
  static int64_t positions[2][LINES * LENGTH];
  int axis = _i / 2;
  mfg_array *lines = random_lines();
  mfg_array *sorted = mfg_zeros(s, MFG_FLOAT64, 2, SHAPE(LINES, LENGTH));
  mfg_array *order = mfg_zeros(s, MFG_INT64, 2, SHAPE(LINES, LENGTH));
  CHECK_OK(mfg_eval_many(s, 2, (mfg_array *[]){sorted, order}));
  sort_into(s, lines, axis, _i % 2 == 1, sorted, order);
  read_bytes(sorted, values[0], sizeof values[0]);
  read_bytes(order, positions[0], sizeof positions[0]);
  CHECK_OK(mfg_assign(s, sorted, 0.0));
  CHECK_OK(mfg_assign(s, order, 0));
  CHECK_OK(mfg_record_begin(context));
  mfg_scope *inside = mfg_scope_open(context);
  sort_into(inside, lines, axis, _i % 2 == 1, sorted, order);
  CHECK_OK(mfg_scope_close(inside));
  mfg_recording *recording = NULL;
  CHECK_OK(mfg_record_end(context, &recording));
  CHECK_OK(mfg_replay(recording));
  read_bytes(sorted, values[1], sizeof values[1]);
  read_bytes(order, positions[1], sizeof positions[1]);
  ck_assert_mem_eq(values[0], values[1], sizeof values[0]);
  ck_assert_mem_eq(positions[0], positions[1], sizeof positions[0]);
  mfg_recording_release(recording);
}
END_TEST

/* Searches, and writing through indices, in a recording that is replayed over other values. */
START_TEST(searches_in_a_recording) {
  mfg_array *keys = counting(s, 1, SHAPE(9));
  mfg_array *wanted = mfg_from_host(s, MFG_FLOAT64, 1, SHAPE(3), DOUBLES(2.5, -1, 8));
  mfg_array *target = mfg_zeros(s, MFG_FLOAT64, 1, SHAPE(10));
  CHECK_OK(mfg_eval(s, target));
  CHECK_OK(mfg_record_begin(context));
  mfg_scope *inside = mfg_scope_open(context);
  mfg_array *places = mfg_searchsorted(inside, keys, wanted, true, NULL);
  CHECK_OK(mfg_assign_at_indices(inside, target, 1, (mfg_array *[]){places}, wanted));
  CHECK_OK(mfg_scope_close(inside));
  mfg_recording *recording = NULL;
  CHECK_OK(mfg_record_end(context, &recording));
  CHECK_OK(mfg_replay(recording));
  check_doubles(target, 10, DOUBLES(-1, 0, 0, 2.5, 0, 0, 0, 0, 0, 8));
  mfg_array *others = mfg_from_host(s, MFG_FLOAT64, 1, SHAPE(3), DOUBLES(6, 6.5, 0));
  CHECK_OK(mfg_assign(s, wanted, others));
  CHECK_OK(mfg_replay(recording));
  check_doubles(target, 10, DOUBLES(-1, 0, 0, 2.5, 0, 0, 0, 6.5, 0, 8));
  mfg_recording_release(recording);
}
END_TEST

/* Out of range writes nothing. */
START_TEST(writes_out_of_range_are_dropped) {
  mfg_array *target = mfg_zeros(s, MFG_FLOAT64, 2, SHAPE(2, 2));
  mfg_array *rows = mfg_from_host(s, MFG_INT32, 1, SHAPE(3), (int[]){0, 2, -3});
  mfg_array *columns = mfg_from_host(s, MFG_INT32, 1, SHAPE(3), (int[]){1, 0, 1});
  CHECK_OK(mfg_assign_at_indices(s, target, 2, ((mfg_array *[]){rows, columns}), 5.0));
  check_doubles(target, 4, DOUBLES(0, 5, 0, 0));
  CHECK_OK(mfg_assign_at_indices(s, target, 1, (mfg_array *[]){rows}, counting(s, 1, SHAPE(2))));
  check_doubles(target, 4, DOUBLES(0, 1, 0, 0));
}
END_TEST

START_TEST(products_do_not_depend_on_the_way) {
  enum { ROWS = 20, TERMS = 30, COLUMNS = 10 };
  static double found[2][ROWS * COLUMNS];
  mfg_array *a = counting(s, 2, SHAPE(ROWS, TERMS));
  mfg_array *b = counting(s, 2, SHAPE(TERMS, COLUMNS));
  mfg_array *product = mfg_zeros(s, MFG_FLOAT64, 2, SHAPE(ROWS, COLUMNS));
  CHECK_OK(mfg_assign(s, product, mfg_matmul(s, a, b)));
  read_bytes(product, found[0], sizeof found[0]);
  CHECK_OK(mfg_assign(s, product, 0.0));
  CHECK_OK(mfg_record_begin(context));
  mfg_scope *inside = mfg_scope_open(context);
  CHECK_OK(mfg_assign(inside, product, mfg_matmul(inside, a, b)));
  CHECK_OK(mfg_scope_close(inside));
  mfg_recording *recording = NULL;
  CHECK_OK(mfg_record_end(context, &recording));
  CHECK_OK(mfg_replay(recording));
  read_bytes(product, found[1], sizeof found[1]);
  mfg_recording_release(recording);
  for (int i = 0; i < ROWS * COLUMNS; i++) {
    double sum = 0; /* of integers: exact */
    for (int k = 0; k < TERMS; k++)
      sum += (double)(i / COLUMNS * TERMS + k) * (double)(k * COLUMNS + i % COLUMNS);
    ck_assert_double_eq(found[0][i], sum);
    ck_assert_double_eq(found[1][i], sum);
  }
}
END_TEST

#define CHECK_NAMED(call, status, text)                                                            \
  do {                                                                                             \
    mfg_scope *f = mfg_scope_open(context);                                                        \
    (void)(call);                                                                                  \
    CHECK_FAILED(f, status, text);                                                                 \
  } while (0)

START_TEST(wrong_arguments_are_named) {
  CHECK_NAMED(mfg_sort(f, mfg_full(f, MFG_FLOAT64, 0, NULL, 1), 0, false), MFG_ERROR_SHAPE,
              "mfg_sort: axis 0 of an array of rank 0");
  CHECK_NAMED(
      mfg_searchsorted(f, counting(f, 2, SHAPE(2, 2)), counting(f, 1, SHAPE(2)), false, NULL),
      MFG_ERROR_SHAPE, "mfg_searchsorted: the sorted array has rank 2; expected 1");
  CHECK_NAMED(mfg_matmul(f, counting(f, 2, SHAPE(2, 3)), counting(f, 2, SHAPE(2, 3))),
              MFG_ERROR_SHAPE, "mfg_matmul: shape (2, 3) by shape (2, 3)");
  CHECK_NAMED(mfg_matmul(f, mfg_ones(f, MFG_BOOL, 1, SHAPE(2)), mfg_ones(f, MFG_BOOL, 1, SHAPE(2))),
              MFG_ERROR_TYPE, "mfg_matmul: of bool; expected numbers");
  CHECK_NAMED(mfg_vecdot(f, counting(f, 1, SHAPE(2)), counting(f, 1, SHAPE(2)), 0), MFG_ERROR_SHAPE,
              "mfg_vecdot: axis 0; expected -1 to -1");
  CHECK_NAMED(mfg_tensordot(f, counting(f, 2, SHAPE(2, 3)), counting(f, 1, SHAPE(2)), 1, (int[]){1},
                            (int[]){0}),
              MFG_ERROR_SHAPE, "mfg_tensordot: axis 1 has 3 elements, axis 0 has 2");
  CHECK_NAMED(mfg_at_mask(f, counting(f, 1, SHAPE(2)), counting(f, 1, SHAPE(2))), MFG_ERROR_TYPE,
              "mfg_at_mask: the mask is float64; expected bool");
  mfg_array *one = NULL;
  CHECK_NAMED(mfg_nonzero(f, mfg_full(f, MFG_FLOAT64, 0, NULL, 1), &one), MFG_ERROR_SHAPE,
              "mfg_nonzero: of an array of rank 0");
  CHECK_NAMED(mfg_tile(f, counting(f, 1, SHAPE(2)), 1, SHAPE(-1)), MFG_ERROR_SHAPE,
              "mfg_tile: -1 times");
  CHECK_NAMED(
      mfg_reshape_with(f, mfg_flip(f, counting(f, 2, SHAPE(2, 3)), 1), 1, SHAPE(6), MFG_COPY_NEVER),
      MFG_ERROR_SHAPE, "mfg_reshape: shape (2, 3) as (6) cannot be a view of this memory");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("array sorting");
  TCase *cases = tcase_create("sorting");
  tcase_add_checked_fixture(cases, open_all, close_all);
  tcase_set_timeout(cases, 120);
  tcase_add_loop_test(cases, kernels_sort_as_the_plugin_does, 0, 4);
  tcase_add_test(cases, searches_in_a_recording);
  tcase_add_test(cases, writes_out_of_range_are_dropped);
  tcase_add_test(cases, products_do_not_depend_on_the_way);
  tcase_add_test(cases, wrong_arguments_are_named);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
