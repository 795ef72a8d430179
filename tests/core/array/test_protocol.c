/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The backend protocol: the verbs that every backend answers, always on its own device. */
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

#define TYPE(symbol, member, T) MFG_##symbol,
static const mfg_dtype types[] = {MFG_KERNEL_TYPES(TYPE)};
#undef TYPE
static const int64_t shape[2] = {2, 3};

/* The same numbers as elements of any type. */
static size_t fill_bytes(mfg_dtype type, const double *values, size_t count, void *bytes) {
  size_t size = 1;
  for (size_t i = 0; i < count; i++)
    switch (type) {
#define CASE(symbol, member, T)                                                                    \
  case MFG_##symbol:                                                                               \
    ((T *)bytes)[i] = (T)values[i];                                                                \
    size = sizeof(T);                                                                              \
    break;
      MFG_NUMBER_TYPES(CASE)
#undef CASE
    default: ((uint8_t *)bytes)[i] = values[i] != 0; break;
    }
  return count * size;
}

static void check_values(mfg_array *array, mfg_dtype type, const double *values) {
  int64_t bytes[6];
  fill_bytes(type, values, 6, bytes);
  ck_assert_ptr_eq(mfg_array_context(array), context);
  check_array(array, type, 2, shape, bytes);
}

START_TEST(creation) {
  mfg_dtype type = types[_i];
  mfg_array *zeros = mfg_zeros(s, type, 2, shape);
  mfg_array *ones = mfg_ones(s, type, 2, shape);
  mfg_array *full = mfg_full(s, type, 2, shape, 1);
  mfg_array *empty = mfg_empty(s, type, 2, shape);
  check_values(zeros, type, DOUBLES(0, 0, 0, 0, 0, 0));
  check_values(ones, type, DOUBLES(1, 1, 1, 1, 1, 1));
  check_values(full, type, DOUBLES(1, 1, 1, 1, 1, 1));
  CHECK_OK(mfg_assign(s, empty, ones));
  check_values(empty, type, DOUBLES(1, 1, 1, 1, 1, 1));
  check_values(mfg_zeros_like(s, ones), type, DOUBLES(0, 0, 0, 0, 0, 0));
  check_values(mfg_ones_like(s, zeros), type, DOUBLES(1, 1, 1, 1, 1, 1));
  check_values(mfg_full_like(s, zeros, 1), type, DOUBLES(1, 1, 1, 1, 1, 1));
  mfg_array *like = mfg_empty_like(s, zeros);
  CHECK_OK(mfg_assign(s, like, zeros));
  check_values(like, type, DOUBLES(0, 0, 0, 0, 0, 0));
}
END_TEST

START_TEST(host_and_back) {
  mfg_dtype type = types[_i];
  int64_t bytes[6];
  const double *values = DOUBLES(1, 0, 7, 0, 2, 1);
  fill_bytes(type, values, 6, bytes);
  mfg_array *array = mfg_from_host(s, type, 2, shape, bytes);
  memset(bytes, 0x55, sizeof bytes);
  check_values(array, type, values);
}
END_TEST

START_TEST(a_copy_stays_when_the_original_is_written) {
  mfg_dtype type = types[_i];
  int64_t bytes[6];
  const double *values = DOUBLES(1, 0, 1, 1, 0, 1);
  fill_bytes(type, values, 6, bytes);
  mfg_array *original = mfg_from_host(s, type, 2, shape, bytes);
  mfg_array *copy = mfg_copy(s, original);
  mfg_array *moved = mfg_to_backend(s, original);
  mfg_array *same = mfg_astype(s, original, type);
  CHECK_OK(mfg_assign(s, mfg_slice(s, original, 1, 0, 1, 1), 0));
  CHECK_OK(mfg_assign(s, mfg_at(s, original, 0, 0), mfg_zeros(s, type, 0, NULL)));
  check_values(original, type, DOUBLES(0, 0, 0, 0, 0, 1));
  check_values(copy, type, values);
  check_values(moved, type, values);
  check_values(same, type, values);
  CHECK_OK(mfg_assign(s, copy, original));
  CHECK_OK(mfg_assign(s, mfg_slice(s, same, 1, 0, 3, 1), mfg_ones(s, type, 0, NULL)));
  check_values(moved, type, values);
  check_values(original, type, DOUBLES(0, 0, 0, 0, 0, 1));
}
END_TEST

/* Two arrays of one expression are two arrays, computed or not. */
START_TEST(calls_with_nothing_to_do_give_arrays_of_their_own) {
  mfg_array *a = mfg_zeros(s, MFG_FLOAT64, 1, SHAPE(3));
  mfg_array *others[4] = {
      mfg_shift(s, a, 0, 0, MFG_BOUNDARY_WRAP, 0), mfg_shift(s, a, 0, 3, MFG_BOUNDARY_WRAP, 0),
      mfg_astype(s, a, MFG_FLOAT64), mfg_reduce(s, MFG_REDUCE_SUM, a, 0, false)};
  CHECK_OK(mfg_eval(s, a));
  for (int i = 0; i < 4; i++)
    CHECK_OK(mfg_assign(s, mfg_slice(s, others[i], 0, i % 3, i % 3 + 1, 1), i + 1.0));
  check_doubles(a, 3, DOUBLES(0, 0, 0));
  for (int i = 0; i < 4; i++)
    check_doubles(others[i], 3,
                  DOUBLES(i % 3 == 0 ? i + 1 : 0, i % 3 == 1 ? i + 1 : 0, i % 3 == 2 ? i + 1 : 0));
}
END_TEST

START_TEST(to_another_context) {
  mfg_context *other = open_context();
  mfg_scope *there = mfg_scope_open(other);
  mfg_array *a = mfg_mul(s, counting(s, 1, SHAPE(3)), 2.0);
  mfg_array *moved = mfg_to_backend(there, a);
  ck_assert_ptr_eq(mfg_array_context(moved), other);
  CHECK_OK(mfg_assign(s, a, 0.0));
  check_doubles(moved, 3, DOUBLES(0, 2, 4));
  /* An assignment moves by itself, and widens. */
  mfg_array *target = mfg_zeros(there, MFG_FLOAT64, 2, shape);
  CHECK_OK(mfg_assign(there, target, mfg_from_host(s, MFG_INT32, 1, SHAPE(3), (int[]){1, 2, 3})));
  check_doubles(target, 6, DOUBLES(1, 2, 3, 1, 2, 3));
  ck_assert_ptr_null(mfg_add(there, target, a));
  ck_assert_int_eq(mfg_scope_status(there), MFG_ERROR_MIXED_BACKENDS);
  char text[256];
  snprintf(text, sizeof text,
           "add: an array of '%s' was used in a scope of '%s'; move it with mfg_to_backend or by "
           "assignment",
           mfg_context_backend(context), mfg_context_backend(other));
  CHECK_FAILED(there, MFG_ERROR_MIXED_BACKENDS, text);
  mfg_context_close(other);
}
END_TEST

START_TEST(any_and_all) {
  mfg_array *some = mfg_from_host(s, MFG_FLOAT64, 2, shape, DOUBLES(0, 0, NAN, 0, 1, 0));
  ck_assert_double_eq(mfg_item(s, mfg_any(s, some, MFG_ALL_AXES)), 1);
  ck_assert_double_eq(mfg_item(s, mfg_all(s, some, MFG_ALL_AXES)), 0);
  check_array(mfg_any(s, some, MFG_AXIS(0)), MFG_BOOL, 1, SHAPE(3), (uint8_t[]){0, 1, 1});
  check_array(mfg_all(s, mfg_isfinite(s, some), MFG_AXIS(1)), MFG_BOOL, 1, SHAPE(2),
              (uint8_t[]){0, 1});
  mfg_array *none = mfg_zeros(s, MFG_INT32, 2, SHAPE(0, 3));
  ck_assert_double_eq(mfg_item(s, mfg_any(s, none, MFG_ALL_AXES)), 0);
  ck_assert_double_eq(mfg_item(s, mfg_all(s, none, MFG_ALL_AXES)), 1);
}
END_TEST

START_TEST(what_is_no_number) {
  mfg_array *a = mfg_from_host(s, MFG_FLOAT64, 1, SHAPE(4), DOUBLES(1, NAN, -INFINITY, 0));
  check_array(mfg_isnan(s, a), MFG_BOOL, 1, SHAPE(4), (uint8_t[]){0, 1, 0, 0});
  check_array(mfg_isinf(s, a), MFG_BOOL, 1, SHAPE(4), (uint8_t[]){0, 0, 1, 0});
  for (int first = 0; first < 4; first++) {
    mfg_array *one = mfg_slice(s, a, 0, first, first + 1, 1);
    ck_assert_double_eq(mfg_item(s, mfg_has_nan_or_inf(s, one)), first == 1 || first == 2);
    mfg_array *single = mfg_astype(s, one, MFG_FLOAT32);
    ck_assert_double_eq(mfg_item(s, mfg_has_nan_or_inf(s, single)), first == 1 || first == 2);
  }
  ck_assert_double_eq(mfg_item(s, mfg_has_nan_or_inf(s, mfg_ones(s, MFG_INT64, 1, shape))), 0);
  check_doubles(mfg_full(s, MFG_FLOAT64, 1, SHAPE(2), NAN), 2, DOUBLES(NAN, NAN));
  ck_assert_double_eq(mfg_item(s, mfg_full(s, MFG_INT32, 0, NULL, NAN)), 0);
}
END_TEST

START_TEST(ramps) {
  check_doubles(mfg_arange(s, MFG_FLOAT64, 1, 2, 0.25), 4, DOUBLES(1, 1.25, 1.5, 1.75));
  check_doubles(mfg_arange(s, MFG_FLOAT64, 2, 1, 0.25), 0, DOUBLES(0));
  check_doubles(mfg_linspace(s, MFG_FLOAT64, 0, 0.3, 4, true), 4,
                DOUBLES(0, 0.3 / 3, 2 * (0.3 / 3), 0.3));
  check_doubles(mfg_linspace(s, MFG_FLOAT64, 0, 1, 4, false), 4, DOUBLES(0, 0.25, 0.5, 0.75));
  check_doubles(mfg_linspace(s, MFG_FLOAT64, 5, 1, 1, true), 1, DOUBLES(5));
  check_array(mfg_indices(s, 2, shape, -1), MFG_INT64, 2, shape, (int64_t[]){0, 1, 2, 0, 1, 2});
}
END_TEST

int main(void) {
  Suite *suite = suite_create("backend protocol");
  TCase *cases = tcase_create("protocol");
  tcase_set_timeout(cases, 60);
  tcase_add_checked_fixture(cases, open_all, close_all);
  tcase_add_loop_test(cases, creation, 0, sizeof types);
  tcase_add_loop_test(cases, host_and_back, 0, sizeof types);
  tcase_add_loop_test(cases, a_copy_stays_when_the_original_is_written, 0, sizeof types);
  tcase_add_test(cases, calls_with_nothing_to_do_give_arrays_of_their_own);
  tcase_add_test(cases, to_another_context);
  tcase_add_test(cases, any_and_all);
  tcase_add_test(cases, what_is_no_number);
  tcase_add_test(cases, ramps);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
