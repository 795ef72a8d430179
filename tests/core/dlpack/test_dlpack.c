/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DLPack both ways, on the backend that MFG_BACKEND names. */
#include <check.h>
#include <mfg/mfg.h>
#include <stdlib.h>
#include <string.h>

static mfg_context *device;
static int deleted;

static void open_device(void) {
  ck_assert_msg(mfg_context_open(NULL, NULL, &device) == MFG_OK, "%s", mfg_last_error());
  deleted = 0;
}

static void close_device(void) {
  mfg_context_close(device);
}

/* Whether the backend shares host memory at all; others may only copy in and refuse to export. */
static bool shares_memory(mfg_array *array) {
  DLManagedTensor *tensor = NULL;
  mfg_status status = mfg_to_dlpack(array, &tensor);
  if (status != MFG_OK) {
    ck_assert_int_eq(status, MFG_ERROR_UNSUPPORTED);
    return false;
  }
  bool host = tensor->dl_tensor.device.device_type == kDLCPU;
  tensor->deleter(tensor);
  return host;
}

static void count_plain(DLManagedTensor *self) {
  (void)self;
  deleted++;
}

static void count_versioned(DLManagedTensorVersioned *self) {
  (void)self;
  deleted++;
}

static const int64_t four[1] = {4};

START_TEST(an_export_shares_the_memory) {
  mfg_scope *s = mfg_scope_open(device);
  double data[4] = {1, 2, 3, 4};
  mfg_array *array = mfg_from_host(s, MFG_FLOAT64, 1, four, data);
  if (shares_memory(array)) {
    DLManagedTensorVersioned *tensor = NULL;
    ck_assert_int_eq(mfg_to_dlpack_versioned(mfg_slice(s, array, 0, 1, 4, 2), &tensor), MFG_OK);
    ck_assert_uint_eq(tensor->version.major, 1);
    ck_assert_uint_eq(tensor->flags, 0);
    ck_assert_int_eq(tensor->dl_tensor.shape[0], 2);
    ck_assert_int_eq(tensor->dl_tensor.strides[0], 2);
    double *memory = (double *)((char *)tensor->dl_tensor.data + tensor->dl_tensor.byte_offset);
    ck_assert_double_eq(memory[0], 2);
    ck_assert_double_eq(memory[2], 4);
    /* Written by the other side: what is pending keeps the old content. */
    mfg_array *pending = mfg_add(s, array, 100);
    ck_assert_int_eq(mfg_touch(array), MFG_OK);
    memory[0] = -2;
    double found[4];
    ck_assert_int_eq(mfg_to_host(array, found, sizeof found), MFG_OK);
    ck_assert_double_eq(found[1], -2);
    ck_assert_int_eq(mfg_to_host(pending, found, sizeof found), MFG_OK);
    ck_assert_double_eq(found[1], 102);
    /* Written by us, as a whole: pinned memory stays where it is. */
    mfg_array *reader = mfg_mul(s, array, 2.0);
    ck_assert_int_eq(mfg_assign(s, array, mfg_add(s, array, 10.0)), MFG_OK);
    ck_assert_int_eq(mfg_sync(device), MFG_OK);
    ck_assert_double_eq(memory[0], 8);
    ck_assert_int_eq(mfg_to_host(reader, found, sizeof found), MFG_OK);
    ck_assert_double_eq(found[1], -4);
    ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
    ck_assert_double_eq(memory[2], 14); /* alive without the array */
    tensor->deleter(tensor);
    return;
  }
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
}
END_TEST

START_TEST(a_broadcast_view_is_read_only) {
  mfg_scope *s = mfg_scope_open(device);
  int64_t wide[2] = {3, 4};
  mfg_array *array = mfg_ones(s, MFG_FLOAT64, 1, four);
  if (shares_memory(array)) {
    mfg_array *view = mfg_broadcast_to(s, array, 2, wide);
    DLManagedTensor *plain = NULL;
    DLManagedTensorVersioned *tensor = NULL;
    ck_assert_int_eq(mfg_to_dlpack(view, &plain), MFG_ERROR_UNSUPPORTED);
    ck_assert_ptr_null(plain);
    ck_assert_int_eq(mfg_to_dlpack_versioned(view, &tensor), MFG_OK);
    ck_assert_uint_eq(tensor->flags, DLPACK_FLAG_BITMASK_READ_ONLY);
    ck_assert_int_eq(tensor->dl_tensor.strides[0], 0);
    tensor->deleter(tensor);
  }
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
}
END_TEST

START_TEST(an_import_is_deleted_once) {
  double memory[6] = {0, 1, 2, 3, 4, 5};
  int64_t shape[2] = {2, 2};
  int64_t strides[2] = {-3, 1}; /* the rows upside down */
  DLManagedTensor tensor = {.dl_tensor = {.data = memory,
                                          .device = {kDLCPU, 0},
                                          .ndim = 2,
                                          .dtype = {kDLFloat, 64, 1},
                                          .shape = shape,
                                          .strides = strides,
                                          .byte_offset = 3 * sizeof(double)},
                            .deleter = count_plain};
  mfg_scope *s = mfg_scope_open(device);
  mfg_array *array = mfg_from_dlpack(s, &tensor);
  ck_assert_msg(array != NULL, "%s", mfg_last_error());
  double found[4];
  const double expected[4] = {3, 4, 0, 1};
  ck_assert_int_eq(mfg_to_host(array, found, sizeof found), MFG_OK);
  ck_assert_mem_eq(found, expected, sizeof expected);
  bool in_place = deleted == 0;
  mfg_assign(s, array, mfg_negative(s, array));
  ck_assert_int_eq(mfg_sync(device), MFG_OK);
  if (in_place) ck_assert_double_eq(memory[4], -4);
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  ck_assert_int_eq(deleted, 1);
}
END_TEST

START_TEST(a_refused_import_stays_the_callers) {
  double memory[4] = {0};
  int64_t shape[1] = {4};
  DLManagedTensorVersioned tensor = {.version = {2, 0},
                                     .deleter = count_versioned,
                                     .dl_tensor = {.data = memory,
                                                   .device = {kDLCPU, 0},
                                                   .ndim = 1,
                                                   .dtype = {kDLFloat, 64, 1},
                                                   .shape = shape}};
  mfg_scope *s = mfg_scope_open(device);
  ck_assert_ptr_null(mfg_from_dlpack_versioned(s, &tensor));
  ck_assert_int_eq(mfg_scope_close(s), MFG_ERROR_UNSUPPORTED);
  tensor.version.major = 1;
  tensor.dl_tensor.dtype.lanes = 2;
  s = mfg_scope_open(device);
  ck_assert_ptr_null(mfg_from_dlpack_versioned(s, &tensor));
  ck_assert_int_eq(mfg_scope_close(s), MFG_ERROR_TYPE);
  tensor.dl_tensor.dtype.lanes = 1;
  tensor.dl_tensor.data = NULL;
  s = mfg_scope_open(device);
  ck_assert_ptr_null(mfg_from_dlpack_versioned(s, &tensor));
  ck_assert_int_eq(mfg_scope_close(s), MFG_ERROR_INVALID_ARGUMENT);
  s = mfg_scope_open(device);
  ck_assert_ptr_null(mfg_from_dlpack(s, NULL));
  ck_assert_int_eq(mfg_scope_close(s), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(deleted, 0);
}
END_TEST

START_TEST(a_read_only_import_is_not_written) {
  double memory[4] = {1, 2, 3, 4};
  int64_t shape[1] = {4};
  DLManagedTensorVersioned tensor = {.version = {1, 1},
                                     .flags = DLPACK_FLAG_BITMASK_READ_ONLY,
                                     .deleter = count_versioned,
                                     .dl_tensor = {.data = memory,
                                                   .device = {kDLCPU, 0},
                                                   .ndim = 1,
                                                   .dtype = {kDLFloat, 64, 1},
                                                   .shape = shape}};
  mfg_scope *s = mfg_scope_open(device);
  mfg_array *array = mfg_from_dlpack_versioned(s, &tensor);
  ck_assert_ptr_nonnull(array);
  if (deleted == 0) ck_assert_int_eq(mfg_assign(s, array, 0.0), MFG_ERROR_INVALID_ARGUMENT);
  mfg_scope_close(s);
  ck_assert_int_eq(deleted, 1);
  ck_assert_double_eq(memory[3], 4);
}
END_TEST

START_TEST(a_round_trip_keeps_every_type) {
#define TYPE(symbol, member, T) MFG_##symbol,
  static const mfg_dtype types[] = {MFG_KERNEL_TYPES(TYPE) MFG_COMPLEX64, MFG_COMPLEX128};
#undef TYPE
  mfg_scope *s = mfg_scope_open(device);
  for (size_t t = 0; t < sizeof types; t++) {
    mfg_array *array = mfg_ones(s, types[t], 1, four);
    DLManagedTensorVersioned *tensor = NULL;
    if (!shares_memory(array)) break;
    ck_assert_int_eq(mfg_to_dlpack_versioned(array, &tensor), MFG_OK);
    mfg_array *back = mfg_from_dlpack_versioned(s, tensor);
    ck_assert_msg(back != NULL, "%s", mfg_last_error());
    ck_assert_int_eq(mfg_array_type(back), types[t]);
    ck_assert_double_eq(mfg_item_complex(s, mfg_sum(s, back, MFG_ALL_AXES)).real, 4);
  }
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("dlpack");
  TCase *cases = tcase_create("dlpack");
  tcase_add_checked_fixture(cases, open_device, close_device);
  tcase_add_test(cases, an_export_shares_the_memory);
  tcase_add_test(cases, a_broadcast_view_is_read_only);
  tcase_add_test(cases, an_import_is_deleted_once);
  tcase_add_test(cases, a_refused_import_stays_the_callers);
  tcase_add_test(cases, a_read_only_import_is_not_written);
  tcase_add_test(cases, a_round_trip_keeps_every_type);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_set_fork_status(runner, CK_NOFORK); /* a context belongs to its process */
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
