/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The compatibility helpers: the same results with no context and with the one that MFG_BACKEND
 * names. */
#include <check.h>
#include <math.h>
#include <mfg/mfg.h>
#include <stdlib.h>
#include <string.h>

static mfg_context *device;

static void open_device(void) {
  ck_assert_msg(mfg_context_open(NULL, NULL, &device) == MFG_OK, "%s", mfg_last_error());
}

static void close_device(void) {
  mfg_context_close(device);
}

/* Loop tests run with index 0 without a context, with 1 on the device. */
static mfg_context *context_of(int turn) {
  return turn == 0 ? NULL : device;
}

static const int64_t shape23[2] = {2, 3};

START_TEST(new_tensors_hold_their_value) {
  mfg_context *context = context_of(_i);
#define TYPE(symbol, member, T) MFG_##symbol,
  static const mfg_dtype types[] = {MFG_KERNEL_TYPES(TYPE) MFG_COMPLEX64, MFG_COMPLEX128};
#undef TYPE
  for (size_t t = 0; t < sizeof types; t++) {
    DLTensor *full = NULL;
    DLTensor *like = NULL;
    ck_assert_int_eq(mfg_compat_full(context, types[t], 2, shape23, 1, &full), MFG_OK);
    ck_assert_int_eq(full->ndim, 2);
    ck_assert_int_eq(full->shape[1], 3);
    bool all = false;
    ck_assert_int_eq(mfg_compat_all(context, full, &all), MFG_OK);
    ck_assert(all);
    ck_assert_int_eq(mfg_compat_zeros_like(context, full, &like), MFG_OK);
    ck_assert_int_eq(like->dtype.code, full->dtype.code);
    ck_assert_int_eq(like->dtype.bits, full->dtype.bits);
    bool any = true;
    ck_assert_int_eq(mfg_compat_any(context, like, &any), MFG_OK);
    ck_assert(!any);
    mfg_compat_release(full);
    mfg_compat_release(like);
  }
}
END_TEST

START_TEST(complex_tensors_are_pairs) {
  mfg_context *context = context_of(_i);
  float data[6] = {0, 0, 0, 2, NAN, 1};
  int64_t shape[1] = {3};
  DLTensor *tensor = NULL, *wide = NULL, *nan = NULL, *real = NULL;
  ck_assert_int_eq(mfg_compat_from_host(context, MFG_COMPLEX64, 1, shape, data, &tensor), MFG_OK);
  ck_assert_int_eq(tensor->dtype.code, kDLComplex);
  ck_assert_int_eq(tensor->dtype.bits, 64);
  ck_assert_int_eq(mfg_compat_zeros(context, MFG_COMPLEX128, 1, shape, &wide), MFG_OK);
  ck_assert_int_eq(mfg_compat_assign(context, wide, tensor), MFG_OK);
  const double *found = wide->data;
  ck_assert(found[0] == 0 && found[3] == 2 && isnan(found[4]) && found[5] == 1);
  ck_assert_int_eq(mfg_compat_isnan(context, tensor, &nan), MFG_OK);
  ck_assert_int_eq(((uint8_t *)nan->data)[1] * 2 + ((uint8_t *)nan->data)[2], 1);
  bool answer = false;
  ck_assert_int_eq(mfg_compat_has_nan_or_inf(context, tensor, &answer), MFG_OK);
  ck_assert(answer);
  ck_assert_int_eq(mfg_compat_all(context, tensor, &answer), MFG_OK);
  ck_assert(!answer);
  /* A real tensor may be put into a complex one, not the other way round. */
  ck_assert_int_eq(mfg_compat_ones(context, MFG_FLOAT32, 1, shape, &real), MFG_OK);
  ck_assert_int_eq(mfg_compat_assign(context, real, tensor), MFG_ERROR_TYPE);
  ck_assert_int_eq(mfg_compat_assign(context, tensor, real), MFG_OK);
  ck_assert(((float *)tensor->data)[2] == 1 && ((float *)tensor->data)[3] == 0);
  mfg_compat_release(tensor);
  mfg_compat_release(wide);
  mfg_compat_release(nan);
  mfg_compat_release(real);
}
END_TEST

START_TEST(a_copy_does_not_share) {
  mfg_context *context = context_of(_i);
  double data[6] = {1, 2, 3, 4, 5, 6};
  DLTensor *tensor = NULL;
  DLTensor *copy = NULL;
  ck_assert_int_eq(mfg_compat_from_host(context, MFG_FLOAT64, 2, shape23, data, &tensor), MFG_OK);
  ck_assert_int_eq(mfg_compat_copy(context, tensor, &copy), MFG_OK);
  ((double *)tensor->data)[4] = -1;
  double found[6] = {0};
  ck_assert_int_eq(mfg_compat_to_host(context, copy, found, sizeof found), MFG_OK);
  ck_assert_mem_eq(found, data, sizeof data);
  ck_assert_int_eq(mfg_compat_to_host(context, copy, found, 5), MFG_ERROR_INVALID_ARGUMENT);
  mfg_compat_release(tensor);
  mfg_compat_release(copy);
}
END_TEST

/* A transposed view with an offset of memory that the caller holds. */
START_TEST(strides_and_offsets_are_followed) {
  mfg_context *context = context_of(_i);
  double memory[8] = {99, 1, 2, 3, 4, 5, 6, 99};
  int64_t shape[2] = {3, 2};
  int64_t strides[2] = {1, 3};
  DLTensor view = {.data = memory,
                   .device = {kDLCPU, 0},
                   .ndim = 2,
                   .dtype = {kDLFloat, 64, 1},
                   .shape = shape,
                   .strides = strides,
                   .byte_offset = sizeof(double)};
  double found[6] = {0};
  const double expected[6] = {1, 4, 2, 5, 3, 6};
  ck_assert_int_eq(mfg_compat_to_host(context, &view, found, sizeof found), MFG_OK);
  ck_assert_mem_eq(found, expected, sizeof expected);
  float row_data[2] = {10, 20};
  int64_t row_shape[1] = {2};
  DLTensor row = {.data = row_data,
                  .device = {kDLCPU, 0},
                  .ndim = 1,
                  .dtype = {kDLFloat, 32, 1},
                  .shape = row_shape};
  ck_assert_int_eq(mfg_compat_assign(context, &view, &row), MFG_OK);
  const double after[8] = {99, 10, 10, 10, 20, 20, 20, 99};
  ck_assert_mem_eq(memory, after, sizeof after);
}
END_TEST

START_TEST(assignment_does_not_narrow_and_survives_overlap) {
  mfg_context *context = context_of(_i);
  float narrow[3] = {0};
  double memory[4] = {1, 2, 3, 4};
  int64_t three[1] = {3};
  DLTensor target = {
      .data = narrow, .device = {kDLCPU, 0}, .ndim = 1, .dtype = {kDLFloat, 32, 1}, .shape = three};
  DLTensor source = {
      .data = memory, .device = {kDLCPU, 0}, .ndim = 1, .dtype = {kDLFloat, 64, 1}, .shape = three};
  ck_assert_int_eq(mfg_compat_assign(context, &target, &source), MFG_ERROR_TYPE);
  ck_assert_str_eq(mfg_last_error(), "float64 into a tensor of float32 would lose values");
  DLTensor shifted = source;
  shifted.byte_offset = sizeof(double);
  ck_assert_int_eq(mfg_compat_assign(context, &shifted, &source), MFG_OK);
  const double after[4] = {1, 1, 2, 3};
  ck_assert_mem_eq(memory, after, sizeof after);
}
END_TEST

START_TEST(classification) {
  mfg_context *context = context_of(_i);
  double data[6] = {0, NAN, INFINITY, -INFINITY, 1, -0.0};
  const uint8_t nan_expected[6] = {0, 1, 0, 0, 0, 0};
  const uint8_t inf_expected[6] = {0, 0, 1, 1, 0, 0};
  DLTensor *tensor = NULL;
  DLTensor *found = NULL;
  ck_assert_int_eq(mfg_compat_from_host(context, MFG_FLOAT64, 2, shape23, data, &tensor), MFG_OK);
  ck_assert_int_eq(mfg_compat_isnan(context, tensor, &found), MFG_OK);
  ck_assert_mem_eq(found->data, nan_expected, 6);
  mfg_compat_release(found);
  ck_assert_int_eq(mfg_compat_isinf(context, tensor, &found), MFG_OK);
  ck_assert_mem_eq(found->data, inf_expected, 6);
  mfg_compat_release(found);
  bool bad = false;
  ck_assert_int_eq(mfg_compat_has_nan_or_inf(context, tensor, &bad), MFG_OK);
  ck_assert(bad);
  bool every = true;
  ck_assert_int_eq(mfg_compat_all(context, tensor, &every), MFG_OK);
  ck_assert(!every);
  mfg_compat_release(tensor);
  int32_t integers[6] = {1, 2, 3, 4, 5, 6};
  ck_assert_int_eq(mfg_compat_from_host(context, MFG_INT32, 2, shape23, integers, &tensor), MFG_OK);
  ck_assert_int_eq(mfg_compat_has_nan_or_inf(context, tensor, &bad), MFG_OK);
  ck_assert(!bad);
  mfg_compat_release(tensor);
}
END_TEST

START_TEST(scalars_and_empty_tensors) {
  mfg_context *context = context_of(_i);
  int64_t none[2] = {0, 3};
  DLTensor *tensor = NULL;
  bool answer = true;
  ck_assert_int_eq(mfg_compat_ones(context, MFG_FLOAT64, 2, none, &tensor), MFG_OK);
  ck_assert_int_eq(mfg_compat_any(context, tensor, &answer), MFG_OK);
  ck_assert(!answer);
  ck_assert_int_eq(mfg_compat_all(context, tensor, &answer), MFG_OK);
  ck_assert(answer);
  mfg_compat_release(tensor);
  ck_assert_int_eq(mfg_compat_full(context, MFG_FLOAT64, 0, NULL, 2.5, &tensor), MFG_OK);
  ck_assert_double_eq(*(double *)tensor->data, 2.5);
  ck_assert_int_eq(mfg_compat_any(context, tensor, &answer), MFG_OK);
  ck_assert(answer);
  mfg_compat_release(tensor);
}
END_TEST

START_TEST(wrong_arguments_are_named) {
  mfg_context *context = context_of(_i);
  int64_t negative[1] = {-1};
  DLTensor *tensor = NULL;
  bool answer = false;
  ck_assert_int_eq(mfg_compat_zeros(context, MFG_FLOAT64, 9, NULL, &tensor), MFG_ERROR_SHAPE);
  ck_assert_int_eq(mfg_compat_zeros(context, MFG_FLOAT64, 1, negative, &tensor), MFG_ERROR_SHAPE);
  ck_assert_int_eq(mfg_compat_zeros(context, MFG_COMPLEX128 + 1, 1, shape23, &tensor),
                   MFG_ERROR_TYPE);
  ck_assert_ptr_null(tensor);
  ck_assert_int_eq(mfg_compat_any(context, NULL, &answer), MFG_ERROR_INVALID_ARGUMENT);
  int64_t one[1] = {1};
  DLTensor elsewhere = {.data = &answer,
                        .device = {kDLCUDA, 0},
                        .ndim = 1,
                        .dtype = {MFG_DLPACK_BOOL, 8, 1},
                        .shape = one};
  ck_assert_int_eq(mfg_compat_any(context, &elsewhere, &answer), MFG_ERROR_INVALID_ARGUMENT);
  elsewhere.device.device_type = kDLCPU;
  elsewhere.dtype.lanes = 4;
  ck_assert_int_eq(mfg_compat_any(context, &elsewhere, &answer), MFG_ERROR_TYPE);
}
END_TEST

START_TEST(tensors_become_arrays_and_come_back) {
  int32_t data[6] = {1, -2, 3, -4, 5, -6};
  DLTensor *tensor = NULL;
  DLTensor *back = NULL;
  ck_assert_int_eq(mfg_compat_from_host(NULL, MFG_INT32, 2, shape23, data, &tensor), MFG_OK);
  mfg_scope *s = mfg_scope_open(device);
  mfg_array *array = mfg_compat_to_backend(s, tensor);
  ck_assert_int_eq(mfg_array_type(array), MFG_INT32);
  ck_assert_int_eq(mfg_compat_from_array(mfg_abs(s, array), &back), MFG_OK);
  for (int i = 0; i < 6; i++)
    ck_assert_int_eq(((int32_t *)back->data)[i], abs(data[i]));
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  mfg_compat_release(tensor);
  mfg_compat_release(back);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("compat");
  TCase *both = tcase_create("both");
  tcase_add_unchecked_fixture(both, open_device, close_device);
  tcase_add_loop_test(both, new_tensors_hold_their_value, 0, 2);
  tcase_add_loop_test(both, a_copy_does_not_share, 0, 2);
  tcase_add_loop_test(both, complex_tensors_are_pairs, 0, 2);
  tcase_add_loop_test(both, strides_and_offsets_are_followed, 0, 2);
  tcase_add_loop_test(both, assignment_does_not_narrow_and_survives_overlap, 0, 2);
  tcase_add_loop_test(both, classification, 0, 2);
  tcase_add_loop_test(both, scalars_and_empty_tensors, 0, 2);
  tcase_add_loop_test(both, wrong_arguments_are_named, 0, 2);
  tcase_add_test(both, tensors_become_arrays_and_come_back);
  suite_add_tcase(suite, both);
  SRunner *runner = srunner_create(suite);
  srunner_set_fork_status(runner, CK_NOFORK); /* a context belongs to its process */
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
