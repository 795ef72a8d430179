/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Complex arrays from C: numbers in place, kernels, memory, recordings. What values functions have
 * is compared with NumPy's in oracle/cases_complex.py. */
#include "array_tests.h"

#include <math.h>

static const mfg_complex_number one_two = {1, 2};

static void check_item(mfg_scope *s, mfg_array *array, double real, double imaginary) {
  mfg_complex_number found = mfg_item_complex(s, array);
  CHECK_OK(mfg_scope_status(s));
  ck_assert_double_eq(found.real, real);
  ck_assert_double_eq(found.imaginary, imaginary);
}

START_TEST(numbers_stand_where_arrays_may) {
  mfg_context *context = open_context();
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *z = mfg_full_operand(s, MFG_COMPLEX64, 1, SHAPE(3), MFG_OPERAND(one_two));
  ck_assert_int_eq(mfg_array_type(mfg_mul(s, z, 2)), MFG_COMPLEX64);
  ck_assert_int_eq(mfg_array_type(mfg_mul(s, z, 0.5)), MFG_COMPLEX64);
  ck_assert_int_eq(mfg_array_type(mfg_add(s, one_two, mfg_real(s, z))), MFG_COMPLEX64);
  ck_assert_int_eq(mfg_array_type(mfg_add(s, one_two, mfg_ones(s, MFG_INT8, 0, NULL))),
                   MFG_COMPLEX128);
  ck_assert_int_eq(mfg_array_type(mfg_abs(s, z)), MFG_FLOAT32);
  check_item(s, mfg_at(s, mfg_mul(s, z, z), 0, 1), -3, 4);
  check_item(s, mfg_mul(s, one_two, one_two), -3, 4);
  check_item(s, mfg_sum(s, z, MFG_ALL_AXES), 3, 6);
  check_item(s, mfg_number(s, 2.5), 2.5, 0);
  CHECK_OK(mfg_assign(s, z, one_two));
  CHECK_OK(mfg_assign(s, mfg_slice(s, z, 0, 0, 1, 1), -1));
  check_item(s, mfg_prod(s, z, MFG_ALL_AXES), 3, -4);
  CHECK_OK(mfg_scope_close(s));
  mfg_context_close(context);
}
END_TEST

START_TEST(refusals_say_what_to_do) {
  mfg_context *context = open_context();
  mfg_scope *s = mfg_scope_open(context);
  ck_assert_ptr_null(mfg_less(s, one_two, 1));
  CHECK_FAILED(s, MFG_ERROR_TYPE, "mfg_less: found complex128; expected real numbers");
  s = mfg_scope_open(context);
  mfg_array *z = mfg_ones(s, MFG_COMPLEX64, 0, NULL);
  ck_assert_ptr_null(mfg_astype(s, z, MFG_FLOAT32));
  CHECK_FAILED(s, MFG_ERROR_TYPE,
               "mfg_astype: complex64 is not narrowed to float32; take mfg_real or mfg_imag");
  s = mfg_scope_open(context);
  ck_assert(isnan(mfg_item(s, mfg_ones(s, MFG_COMPLEX64, 0, NULL))));
  CHECK_FAILED(s, MFG_ERROR_TYPE, "mfg_item: of complex64; expected mfg_item_complex");
  s = mfg_scope_open(context);
  mfg_assign(s, mfg_ones(s, MFG_FLOAT64, 0, NULL), one_two);
  CHECK_FAILED(s, MFG_ERROR_TYPE, "mfg_assign: a complex number into an array of float64");
  s = mfg_scope_open(context);
  ck_assert_ptr_null(mfg_max(s, mfg_ones(s, MFG_COMPLEX64, 1, SHAPE(2)), MFG_ALL_AXES));
  CHECK_FAILED(s, MFG_ERROR_TYPE, "mfg_max: complex64 has no order");
  mfg_context_close(context);
}
END_TEST

/* Both parts of a chain come from one kernel. */
START_TEST(a_chain_is_one_kernel) {
  mfg_context *context = open_context();
  mfg_scope *s = mfg_scope_open(context);
  const double data[6] = {1, 2, 3, -1, 0, 0.5};
  mfg_array *z = mfg_from_host(s, MFG_COMPLEX128, 1, SHAPE(3), data);
  uint64_t before = launches(context);
  mfg_array *chain = mfg_add(s, mfg_mul(s, z, mfg_exp(s, z)), mfg_conj(s, z));
  CHECK_OK(mfg_eval(s, chain));
  ck_assert_uint_eq(launches(context), before + 1);
  /* What is computed from a computed array reads its memory. */
  CHECK_OK(mfg_eval(s, mfg_real(s, chain)));
  ck_assert_uint_eq(launches(context), before + 2);
  CHECK_OK(mfg_scope_close(s));
  mfg_context_close(context);
}
END_TEST

START_TEST(writes_do_not_show_elsewhere) {
  mfg_context *context = open_context();
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *z = mfg_full_operand(s, MFG_COMPLEX128, 1, SHAPE(2), MFG_OPERAND(one_two));
  mfg_array *real = mfg_real(s, z), *same = mfg_positive(s, z), *later = mfg_mul(s, z, z);
  CHECK_OK(mfg_assign(s, z, 7));
  CHECK_OK(mfg_assign(s, mfg_slice(s, real, 0, 0, 1, 1), 9.0));
  check_item(s, mfg_at(s, z, 0, 0), 7, 0);
  check_item(s, mfg_at(s, same, 0, 0), 1, 2);
  check_item(s, mfg_at(s, later, 0, 1), -3, 4);
  check_item(s, mfg_at(s, real, 0, 0), 9, 0);
  check_item(s, mfg_at(s, real, 0, 1), 1, 0);
  CHECK_OK(mfg_scope_close(s));
  mfg_context_close(context);
}
END_TEST

/* z <- z * w, twice recorded; what was read before stays. */
START_TEST(a_recording_turns_numbers) {
  mfg_context *context = open_context();
  mfg_scope *outer = mfg_scope_open(context);
  const double data[4] = {1, 0, 0, 2};
  mfg_array *z = mfg_from_host(outer, MFG_COMPLEX128, 1, SHAPE(2), data);
  mfg_array *w =
      mfg_full_operand(outer, MFG_COMPLEX128, 0, NULL, MFG_OPERAND(((mfg_complex_number){0, 1})));
  mfg_array *before = mfg_copy(outer, z);
  CHECK_OK(mfg_eval(outer, w));
  mfg_recording *recording = NULL;
  CHECK_OK(mfg_record_begin(context));
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *turned = mfg_mul(s, z, w);
  CHECK_OK(mfg_assign(s, z, turned));
  CHECK_OK(mfg_assign(s, z, mfg_mul(s, mfg_conj(s, mfg_conj(s, z)), w)));
  CHECK_OK(mfg_scope_close(s));
  CHECK_OK(mfg_record_end(context, &recording));
  CHECK_OK(mfg_replay(recording));
  check_item(outer, mfg_at(outer, z, 0, 0), -1, 0);
  CHECK_OK(mfg_assign(outer, w, 1));
  CHECK_OK(mfg_replay(recording));
  check_item(outer, mfg_at(outer, z, 0, 1), 0, -2);
  check_item(outer, mfg_at(outer, before, 0, 1), 0, 2);
  mfg_recording_release(recording);
  CHECK_OK(mfg_scope_close(outer));
  mfg_context_close(context);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("complex arrays");
  TCase *cases = tcase_create("complex");
  tcase_set_timeout(cases, 120); /* a driver may compile each kernel */
  tcase_add_test(cases, numbers_stand_where_arrays_may);
  tcase_add_test(cases, refusals_say_what_to_do);
  tcase_add_test(cases, a_chain_is_one_kernel);
  tcase_add_test(cases, writes_do_not_show_elsewhere);
  tcase_add_test(cases, a_recording_turns_numbers);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
