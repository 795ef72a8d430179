/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recording and replaying. */
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

static mfg_recording *end(void) {
  mfg_recording *recording = NULL;
  CHECK_OK(mfg_record_end(context, &recording));
  ck_assert_ptr_nonnull(recording);
  return recording;
}

/* One step of an explicit scheme with a parameter. */
static void step(mfg_array *u, mfg_array *factor) {
  mfg_scope *inner = mfg_scope_open(context);
  mfg_array *right = mfg_shift(inner, u, 0, 1, MFG_BOUNDARY_CLAMP, 0);
  mfg_array *left = mfg_shift(inner, u, 0, -1, MFG_BOUNDARY_CLAMP, 0);
  mfg_array *difference = mfg_sub(inner, mfg_add(inner, left, right), mfg_mul(inner, u, 2.0));
  mfg_assign(inner, u, mfg_add(inner, u, mfg_mul(inner, difference, factor)));
  CHECK_OK(mfg_scope_close(inner));
}

START_TEST(replays_with_other_parameters_give_the_bits_of_eager_running) {
  mfg_array *u = counting(s, 1, SHAPE(7));
  mfg_array *reference = mfg_copy(s, u);
  mfg_array *factor = mfg_full(s, MFG_FLOAT64, 0, NULL, 0.1);
  CHECK_OK(mfg_record_begin(context));
  step(u, factor);
  step(u, factor);
  mfg_recording *recording = end();
  check_doubles(u, 7, DOUBLES(0, 1, 2, 3, 4, 5, 6));
  for (int turn = 0; turn < 4; turn++) {
    CHECK_OK(mfg_assign(s, factor, 0.1 + 0.07 * turn));
    step(reference, factor);
    step(reference, factor);
    CHECK_OK(mfg_replay(recording));
    double expected[7];
    CHECK_OK(mfg_to_host(reference, expected, sizeof expected));
    check_doubles(u, 7, expected);
  }
  mfg_recording_release(recording);
}
END_TEST

START_TEST(old_content_is_saved_inside) {
  mfg_array *u = counting(s, 1, SHAPE(4));
  mfg_array *sum = mfg_zeros(s, MFG_FLOAT64, 0, NULL);
  CHECK_OK(mfg_record_begin(context));
  mfg_array *before = mfg_sum(s, u, MFG_ALL_AXES);
  mfg_array *same = mfg_shift(s, u, 0, 0, MFG_BOUNDARY_WRAP, 0);
  mfg_assign(s, u, mfg_mul(s, u, 2.0));
  mfg_assign(s, sum, mfg_add(s, before, mfg_sum(s, u, MFG_ALL_AXES)));
  mfg_assign(s, mfg_slice(s, u, 0, 0, 1, 1), mfg_slice(s, same, 0, 3, 4, 1));
  mfg_recording *recording = end();
  CHECK_OK(mfg_replay(recording));
  ck_assert_double_eq(mfg_item(s, sum), 18);
  check_doubles(u, 4, DOUBLES(3, 2, 4, 6));
  CHECK_OK(mfg_replay(recording));
  ck_assert_double_eq(mfg_item(s, sum), 45);
  check_doubles(u, 4, DOUBLES(6, 4, 8, 12));
  mfg_recording_release(recording);
}
END_TEST

START_TEST(pending_readers_outside_keep_what_they_see) {
  mfg_array *u = counting(s, 1, SHAPE(2));
  CHECK_OK(mfg_record_begin(context));
  mfg_array *kept = mfg_keep(mfg_add(s, u, 0.5));
  mfg_eval(s, kept);
  mfg_assign(s, u, mfg_add(s, u, 1.0));
  mfg_recording *recording = end();
  CHECK_OK(mfg_replay(recording));
  mfg_array *of_u = mfg_mul(s, u, 10.0);
  mfg_array *of_kept = mfg_mul(s, kept, 10.0);
  CHECK_OK(mfg_replay(recording));
  check_doubles(of_u, 2, DOUBLES(10, 20));
  check_doubles(of_kept, 2, DOUBLES(5, 15));
  check_doubles(kept, 2, DOUBLES(1.5, 2.5));
  check_doubles(u, 2, DOUBLES(2, 3));
  mfg_recording_release(recording);
  check_doubles(kept, 2, DOUBLES(1.5, 2.5));
  mfg_release(kept);
}
END_TEST

/* Nothing runs while it is recorded: what is overwritten there is still there before. */
START_TEST(what_was_pending_is_there_before_the_first_replay) {
  mfg_array *lazy = mfg_full(s, MFG_FLOAT64, 1, SHAPE(2), 4);
  mfg_array *reader = mfg_add(s, lazy, 1.0);
  CHECK_OK(mfg_record_begin(context));
  mfg_assign(s, lazy, 9.0);
  mfg_recording *recording = end();
  check_doubles(lazy, 2, DOUBLES(4, 4));
  CHECK_OK(mfg_replay(recording));
  check_doubles(lazy, 2, DOUBLES(9, 9));
  check_doubles(reader, 2, DOUBLES(5, 5));
  mfg_recording_release(recording);
}
END_TEST

/* ---- repeats --------------------------------------------------------------------------------- */

typedef struct newton {
  mfg_array *x;
  mfg_array *square;
} newton;

/* x becomes the root of `square`; done when the step is small. */
static mfg_array *newton_body(mfg_scope *inner, void *user) {
  const newton *n = user;
  mfg_array *correction = mfg_div(inner, mfg_sub(inner, mfg_mul(inner, n->x, n->x), n->square),
                                  mfg_mul(inner, n->x, 2.0));
  mfg_array *done = mfg_less(inner, mfg_abs(inner, correction), 1e-12);
  mfg_eval(inner, done);
  mfg_assign(inner, n->x, mfg_sub(inner, n->x, correction));
  return done;
}

static mfg_array *outer_body(mfg_scope *inner, void *user) {
  const newton *n = user;
  mfg_assign(inner, n->square, mfg_add(inner, n->square, 1.0));
  mfg_repeat(inner, 20, newton_body, user);
  return mfg_greater(inner, n->x, 3.5);
}

START_TEST(repeats_nest) {
  newton eager = {.x = counting(s, 0, NULL), .square = counting(s, 0, NULL)};
  newton recorded = {.x = counting(s, 0, NULL), .square = counting(s, 0, NULL)};
  CHECK_OK(mfg_assign(s, eager.x, 1.0));
  CHECK_OK(mfg_repeat(s, 100, outer_body, &eager));
  CHECK_OK(mfg_record_begin(context));
  mfg_assign(s, recorded.x, 1.0);
  mfg_assign(s, recorded.square, 0.0);
  mfg_repeat(s, 100, outer_body, &recorded);
  mfg_recording *recording = end();
  for (int turn = 0; turn < 2; turn++) {
    CHECK_OK(mfg_replay(recording));
    ck_assert_double_eq(mfg_item(s, recorded.x), mfg_item(s, eager.x));
    ck_assert_double_eq(mfg_item(s, recorded.square), 13);
  }
  mfg_recording_release(recording);
}
END_TEST

static mfg_array *endless_body(mfg_scope *inner, void *user) {
  mfg_assign(inner, user, mfg_add(inner, (mfg_array *)user, 1.0));
  return mfg_less(inner, (mfg_array *)user, 0.0);
}

START_TEST(a_repeat_that_does_not_end_says_so) {
  mfg_array *x = counting(s, 0, NULL);
  mfg_scope *inner = mfg_scope_open(context);
  ck_assert_int_eq(mfg_repeat(inner, 7, endless_body, x), MFG_ERROR_REPEAT_LIMIT);
  CHECK_FAILED(inner, MFG_ERROR_REPEAT_LIMIT,
               "a repeat reached its maximum of 7 runs without its flag");
  ck_assert_double_eq(mfg_item(s, x), 7);
  newton n = {.x = counting(s, 0, NULL), .square = counting(s, 0, NULL)};
  CHECK_OK(mfg_assign(s, n.x, 1.0));
  CHECK_OK(mfg_assign(s, n.square, 4.0));
  CHECK_OK(mfg_record_begin(context));
  mfg_repeat(s, 50, newton_body, &n);
  mfg_repeat(s, 3, endless_body, x);
  mfg_recording *recording = end();
  ck_assert_int_eq(mfg_replay(recording), MFG_ERROR_REPEAT_LIMIT);
  ck_assert_str_eq(mfg_last_error(),
                   "repeat 2 of 2 of a recording reached its maximum of 3 runs without its flag");
  ck_assert_double_eq(mfg_item(s, x), 10);
  mfg_recording_release(recording);
}
END_TEST

/* What was described outside of the body is computed outside, once, from what was there then. */
static mfg_array *reading_body(mfg_scope *inner, void *user) {
  mfg_array *const *arrays = user;
  mfg_assign(inner, arrays[0], mfg_mul(inner, arrays[0], 2.0));
  mfg_assign(inner, arrays[1], mfg_add(inner, arrays[1], arrays[2]));
  return mfg_greater_equal(inner, mfg_max(inner, arrays[0], MFG_ALL_AXES), 8.0);
}

START_TEST(bodies_read_what_was_described_outside) {
  mfg_array *u = counting(s, 1, SHAPE(2));
  mfg_array *sum = mfg_zeros(s, MFG_FLOAT64, 1, SHAPE(2));
  CHECK_OK(mfg_record_begin(context));
  mfg_array *arrays[3] = {u, sum, mfg_add(s, u, 0.5)};
  mfg_repeat(s, 10, reading_body, arrays);
  mfg_recording *recording = end();
  CHECK_OK(mfg_replay(recording));
  check_doubles(u, 2, DOUBLES(0, 8));
  check_doubles(sum, 2, DOUBLES(1.5, 4.5));
  mfg_recording_release(recording);
}
END_TEST

/* A choice by a flag is no number: the flag is read where the choice stands. */
static mfg_array *choosing_body(mfg_scope *inner, void *user) {
  mfg_array *const *arrays = user;
  mfg_assign(inner, arrays[1], mfg_add(inner, arrays[1], 1.0));
  mfg_assign(inner, arrays[0], mfg_logical_not(inner, arrays[0]));
  mfg_assign(inner, arrays[3], mfg_add(inner, arrays[3], arrays[2]));
  return mfg_greater_equal(inner, arrays[1], 3.0);
}

START_TEST(choices_between_numbers_belong_to_their_place) {
  mfg_array *flag = mfg_ones(s, MFG_BOOL, 0, NULL);
  mfg_array *count = mfg_zeros(s, MFG_FLOAT64, 0, NULL);
  mfg_array *sum = mfg_zeros(s, MFG_FLOAT64, 0, NULL);
  CHECK_OK(mfg_record_begin(context));
  mfg_array *arrays[4] = {flag, count, mfg_where(s, flag, 1.0, 10.0), sum};
  mfg_repeat(s, 10, choosing_body, arrays);
  mfg_recording *recording = end();
  CHECK_OK(mfg_replay(recording));
  ck_assert_double_eq(mfg_item(s, sum), 3);
  mfg_recording_release(recording);
}
END_TEST

/* ---- errors ---------------------------------------------------------------------------------- */

START_TEST(host_reads_are_refused) {
  mfg_array *u = counting(s, 1, SHAPE(1));
  double value = 0;
  mfg_recording *recording = NULL;
  CHECK_OK(mfg_record_begin(context));
  ck_assert_int_eq(mfg_record_begin(context), MFG_ERROR_RECORDING);
  ck_assert_int_eq(mfg_to_host(u, &value, sizeof value), MFG_ERROR_RECORDING);
  ck_assert_str_eq(mfg_last_error(), "mfg_to_host needs a value on the host, which does not exist "
                                     "while a recording is open");
  mfg_scope *inner = mfg_scope_open(context);
  ck_assert_double_nan(mfg_item(inner, u));
  ck_assert_int_eq(mfg_scope_close(inner), MFG_ERROR_RECORDING);
  ck_assert_int_eq(mfg_record_end(context, &recording), MFG_ERROR_RECORDING);
  ck_assert_ptr_null(recording);
  ck_assert_int_eq(mfg_record_end(context, &recording), MFG_ERROR_RECORDING);
  ck_assert_int_eq(mfg_replay(NULL), MFG_ERROR_INVALID_ARGUMENT);
  check_doubles(u, 1, DOUBLES(0));
}
END_TEST

START_TEST(the_first_error_inside_ends_the_recording) {
  mfg_array *u = counting(s, 1, SHAPE(3));
  mfg_recording *recording = NULL;
  CHECK_OK(mfg_record_begin(context));
  mfg_scope *inner = mfg_scope_open(context);
  mfg_assign(inner, u, mfg_add(inner, u, counting(inner, 1, SHAPE(2))));
  ck_assert_int_eq(mfg_scope_close(inner), MFG_ERROR_SHAPE);
  mfg_assign(s, u, 1.0);
  ck_assert_int_eq(mfg_record_end(context, &recording), MFG_ERROR_SHAPE);
  ck_assert_str_eq(mfg_last_error(), "mfg_add: shapes (3) (2)  do not broadcast");
  check_doubles(u, 3, DOUBLES(0, 1, 2));
}
END_TEST

START_TEST(what_was_never_computed_inside_is_an_error_outside) {
  mfg_array *u = counting(s, 1, SHAPE(1));
  CHECK_OK(mfg_record_begin(context));
  mfg_array *lazy = mfg_keep(mfg_add(s, u, 1.0));
  mfg_assign(s, u, 2.0);
  mfg_recording *recording = end();
  double value = 0;
  ck_assert_int_eq(mfg_to_host(lazy, &value, sizeof value), MFG_ERROR_RECORDING);
  mfg_scope *inner = mfg_scope_open(context);
  ck_assert_ptr_null(mfg_add(inner, lazy, 1.0));
  CHECK_FAILED(inner, MFG_ERROR_RECORDING,
               "an array that was described in a recording, or in the body of a repeat, which has "
               "ended was never computed there; compute it inside with mfg_eval");
  mfg_release(lazy);
  mfg_recording_release(recording);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("recordings");
  TCase *cases = tcase_create("recordings");
  tcase_set_timeout(cases, 60);
  tcase_add_checked_fixture(cases, open_all, close_all);
  tcase_add_test(cases, replays_with_other_parameters_give_the_bits_of_eager_running);
  tcase_add_test(cases, old_content_is_saved_inside);
  tcase_add_test(cases, pending_readers_outside_keep_what_they_see);
  tcase_add_test(cases, what_was_pending_is_there_before_the_first_replay);
  tcase_add_test(cases, repeats_nest);
  tcase_add_test(cases, a_repeat_that_does_not_end_says_so);
  tcase_add_test(cases, bodies_read_what_was_described_outside);
  tcase_add_test(cases, choices_between_numbers_belong_to_their_place);
  tcase_add_test(cases, host_reads_are_refused);
  tcase_add_test(cases, the_first_error_inside_ends_the_recording);
  tcase_add_test(cases, what_was_never_computed_inside_is_an_error_outside);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
