/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Indexing: what shares memory, what is read before it is written, and what wrong indices get. The
 * values themselves are compared with NumPy's by oracle/. */
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

START_TEST(items_make_one_view) {
  mfg_array *a = counting(s, 2, SHAPE(4, 4));
  mfg_array *inner = mfg_view(s, a, MFG_RANGE(1, -1), MFG_NEW_AXIS, MFG_EVERY_BY(-2));
  ck_assert_int_eq(mfg_array_rank(inner), 3);
  check_doubles(inner, 4, DOUBLES(7, 5, 11, 9));
  CHECK_OK(mfg_assign(s, inner, 0.0));
  check_doubles(mfg_view(s, a, MFG_REST, MFG_AT(-1)), 4, DOUBLES(3, 0, 0, 15));
  check_doubles(mfg_view(s, a, MFG_RANGE_BY(-1, 1, -1), MFG_AT(0)), 2, DOUBLES(12, 8));
  check_doubles(mfg_view(s, a, MFG_AT(0), MFG_EVERY), 4, DOUBLES(0, 1, 2, 3));
  check_doubles(mfg_index(s, mfg_at(s, a, 0, 0), 0, NULL), 4, DOUBLES(0, 1, 2, 3));
}
END_TEST

START_TEST(wrong_items_are_named) {
  static const struct {
    mfg_index_item items[3];
    mfg_status status;
    const char *text;
  } cases[] = {
      {{{MFG_INDEX_AT, 2, 0, 0}}, MFG_ERROR_SHAPE, "mfg_index: index 2 of an axis of 2 elements"},
      {{{MFG_INDEX_AT, 0, 0, 0}, {MFG_INDEX_AT, -4, 0, 0}},
       MFG_ERROR_SHAPE,
       "mfg_index: index -4 of an axis of 3 elements"},
      {{{MFG_INDEX_AT, 0, 0, 0}, {MFG_INDEX_AT, 0, 0, 0}, {MFG_INDEX_AT, 0, 0, 0}},
       MFG_ERROR_SHAPE,
       "mfg_index: 3 axes of an array of rank 2"},
      {{{MFG_INDEX_REST, 0, 0, 0}, {MFG_INDEX_REST, 0, 0, 0}},
       MFG_ERROR_SHAPE,
       "mfg_index: MFG_REST stands 2 times; expected once"},
      {{{MFG_INDEX_RANGE, 0, 1, 0}}, MFG_ERROR_INVALID_ARGUMENT, "mfg_index: a step of 0"},
      {{{9, 0, 0, 0}}, MFG_ERROR_INVALID_ARGUMENT, "mfg_index: item 0 has the kind 9"},
  };
  static const int counts[] = {1, 2, 3, 2, 1, 1};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    mfg_scope *failing = mfg_scope_open(context);
    ck_assert_ptr_null(
        mfg_index(failing, counting(failing, 2, SHAPE(2, 3)), counts[i], cases[i].items));
    CHECK_FAILED(failing, cases[i].status, cases[i].text);
  }
  mfg_scope *failing = mfg_scope_open(context);
  mfg_array *full = mfg_zeros(failing, MFG_FLOAT64, 8, SHAPE(1, 1, 1, 1, 1, 1, 1, 1));
  ck_assert_ptr_null(mfg_view(failing, full, MFG_NEW_AXIS));
  CHECK_FAILED(failing, MFG_ERROR_SHAPE, "mfg_index: a result of 9 axes; expected at most 8");
}
END_TEST

/* Out of range: the nearest element is read; where every call runs at once it is found. */
START_TEST(entries_out_of_range) {
  mfg_array *a = counting(s, 2, SHAPE(2, 3));
  mfg_array *rows = mfg_from_host(s, MFG_INT32, 1, SHAPE(4), (int[]){0, 1, 7, -7});
  mfg_array *columns = mfg_from_host(s, MFG_INT64, 1, SHAPE(4), (int64_t[]){9, -1, 0, -9});
  check_doubles(mfg_at_indices(s, a, 2, (mfg_array *[]){rows, columns}), 4, DOUBLES(2, 5, 3, 0));
  mfg_context *eager = open_eager_context();
  mfg_scope *failing = mfg_scope_open(eager);
  mfg_array *far = mfg_from_host(failing, MFG_INT32, 1, SHAPE(2), (int[]){0, 3});
  ck_assert_ptr_null(mfg_take(failing, counting(failing, 2, SHAPE(2, 3)), far, 1));
  CHECK_FAILED(failing, MFG_ERROR_SHAPE, "mfg_take: an index is outside of an axis of 3 elements");
  mfg_scope *good = mfg_scope_open(eager);
  mfg_array *near = mfg_from_host(good, MFG_INT32, 1, SHAPE(2), (int[]){-3, 2});
  check_doubles(mfg_take(good, counting(good, 2, SHAPE(1, 3)), near, 1), 2, DOUBLES(0, 2));
  CHECK_OK(mfg_scope_close(good));
  mfg_context_close(eager);
}
END_TEST

START_TEST(wrong_masks_are_named) {
  mfg_scope *failing = mfg_scope_open(context);
  mfg_array *a = counting(failing, 2, SHAPE(2, 3));
  mfg_array *mask = mfg_from_host(failing, MFG_BOOL, 1, SHAPE(2), (bool[]){true, false});
  ck_assert_int_eq(mfg_assign_at_mask(failing, a, mask, counting(failing, 2, SHAPE(2, 3))),
                   MFG_ERROR_SHAPE);
  CHECK_FAILED(failing, MFG_ERROR_SHAPE,
               "mfg_assign_at_mask: 2 entries for a mask that chooses 1 places");
  failing = mfg_scope_open(context);
  a = counting(failing, 2, SHAPE(2, 3));
  mfg_array *wide = mfg_zeros(failing, MFG_BOOL, 1, SHAPE(3));
  (void)mfg_assign_at_mask(failing, a, wide, 1.0);
  CHECK_FAILED(failing, MFG_ERROR_SHAPE,
               "mfg_assign_at_mask: a mask of shape (3) over an array of shape (2, 3)");
  failing = mfg_scope_open(context);
  a = counting(failing, 2, SHAPE(2, 3));
  mask = mfg_from_host(failing, MFG_BOOL, 1, SHAPE(2), (bool[]){true, false});
  (void)mfg_assign_at_mask(failing, a, mask, counting(failing, 1, SHAPE(2)));
  CHECK_FAILED(failing, MFG_ERROR_SHAPE,
               "mfg_assign_at_mask: shape (2) into shape (2, 3) under a mask of shape (2)");
}
END_TEST

/* Red and black: targets that interleave without meeting are one kernel, those that meet are
 * written in order. */
START_TEST(targets_in_one_kernel_unless_they_meet) {
  mfg_array *a = counting(s, 1, SHAPE(8));
  CHECK_OK(mfg_eval(s, a));
  mfg_array *even = mfg_view(s, a, MFG_EVERY_BY(2));
  mfg_array *odd = mfg_view(s, a, MFG_RANGE_BY(1, MFG_SLICE_END, 2));
  mfg_array *sources[2] = {mfg_full(s, MFG_FLOAT64, 1, SHAPE(4), -1),
                           mfg_full(s, MFG_FLOAT64, 1, SHAPE(4), -2)};
  uint64_t before = launches(context);
  CHECK_OK(mfg_assign_many(s, 2, (mfg_array *[]){even, odd}, sources));
  ck_assert_uint_eq(launches(context) - before, 1);
  check_doubles(a, 8, DOUBLES(-1, -2, -1, -2, -1, -2, -1, -2));
  mfg_array *low = mfg_view(s, a, MFG_RANGE(0, 4));
  mfg_array *middle = mfg_view(s, a, MFG_RANGE(2, 6));
  mfg_array *moved[2] = {mfg_add(s, middle, 10), mfg_add(s, low, 20)};
  CHECK_OK(mfg_assign_many(s, 2, (mfg_array *[]){low, middle}, moved));
  check_doubles(a, 8, DOUBLES(9, 8, 19, 18, 19, 18, -1, -2));
}
END_TEST

/* Every second cell from its neighbours, and a part moved by one. */
START_TEST(red_and_black_in_place) {
  mfg_array *a = counting(s, 1, SHAPE(7));
  mfg_array *odd = mfg_view(s, a, MFG_RANGE_BY(1, MFG_SLICE_END, 2));
  mfg_array *left = mfg_view(s, a, MFG_RANGE_BY(0, -1, 2));
  mfg_array *right = mfg_view(s, a, MFG_RANGE_BY(2, MFG_SLICE_END, 2));
  CHECK_OK(mfg_assign(s, odd, mfg_mul(s, mfg_add(s, left, right), 10)));
  check_doubles(a, 7, DOUBLES(0, 20, 2, 60, 4, 100, 6));
  /* One cell further they meet, and the source is read first. */
  CHECK_OK(mfg_assign(s, mfg_view(s, a, MFG_RANGE(1, 7)), mfg_view(s, a, MFG_RANGE(0, 6))));
  check_doubles(a, 7, DOUBLES(0, 0, 20, 2, 60, 4, 100));
}
END_TEST

/* A replay reads the indices that the device holds then. */
START_TEST(indices_in_a_recording) {
  mfg_array *a = counting(s, 1, SHAPE(4));
  mfg_array *index = mfg_from_host(s, MFG_INT64, 1, SHAPE(2), (int64_t[]){1, -1});
  mfg_array *found = mfg_zeros(s, MFG_FLOAT64, 1, SHAPE(2));
  mfg_array *mask = mfg_from_host(s, MFG_BOOL, 1, SHAPE(4), (bool[]){true, false, false, true});
  CHECK_OK(mfg_eval(s, found));
  CHECK_OK(mfg_record_begin(context));
  mfg_scope *inside = mfg_scope_open(context);
  mfg_array *taken = mfg_at_indices(inside, a, 1, (mfg_array *[]){index});
  CHECK_OK(mfg_assign(inside, found, mfg_mul(inside, taken, 2)));
  CHECK_OK(mfg_assign_at_mask(inside, a, mask, mfg_sum(inside, found, MFG_ALL_AXES)));
  CHECK_OK(mfg_scope_close(inside));
  mfg_recording *recording = NULL;
  CHECK_OK(mfg_record_end(context, &recording));
  CHECK_OK(mfg_replay(recording));
  check_doubles(found, 2, DOUBLES(2, 6));
  check_doubles(a, 4, DOUBLES(8, 1, 2, 8));
  CHECK_OK(mfg_assign(s, index, mfg_from_host(s, MFG_INT64, 1, SHAPE(2), (int64_t[]){0, 2})));
  CHECK_OK(mfg_replay(recording));
  check_doubles(found, 2, DOUBLES(16, 4));
  check_doubles(a, 4, DOUBLES(20, 1, 2, 20));
  mfg_recording_release(recording);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("array indexing");
  TCase *cases = tcase_create("indexing");
  tcase_add_checked_fixture(cases, open_all, close_all);
  tcase_set_timeout(cases, 120);
  tcase_add_test(cases, items_make_one_view);
  tcase_add_test(cases, wrong_items_are_named);
  tcase_add_test(cases, entries_out_of_range);
  tcase_add_test(cases, wrong_masks_are_named);
  tcase_add_test(cases, targets_in_one_kernel_unless_they_meet);
  tcase_add_test(cases, red_and_black_in_place);
  tcase_add_test(cases, indices_in_a_recording);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
