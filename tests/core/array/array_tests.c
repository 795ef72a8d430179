/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "array_tests.h"

#include <stdlib.h>
#include <string.h>

static mfg_context *open_with(int eager) {
  mfg_context_options options = {.struct_size = sizeof options, .eager = eager};
  mfg_context *context = NULL;
  CHECK_OK(mfg_context_open(NULL, &options, &context));
  return context;
}

mfg_context *open_context(void) {
  return open_with(0);
}

mfg_context *open_eager_context(void) {
  return open_with(1);
}

static size_t element_size(mfg_dtype type) {
  mfg_integer_info integer;
  mfg_float_info real;
  if (mfg_is_dtype(type, MFG_KIND_INTEGER) && mfg_iinfo(type, &integer) == MFG_OK)
    return integer.bits / 8;
  return mfg_is_dtype(type, MFG_KIND_REAL_FLOAT) && mfg_finfo(type, &real) == MFG_OK ? real.bits / 8
                                                                                     : 1;
}

void check_array(mfg_array *array, mfg_dtype type, int rank, const int64_t *shape,
                 const void *expected) {
  ck_assert_ptr_nonnull(array);
  ck_assert_int_eq(mfg_array_type(array), type);
  ck_assert_int_eq(mfg_array_rank(array), rank);
  for (int axis = 0; axis < rank; axis++)
    ck_assert_int_eq(mfg_array_shape(array)[axis], shape[axis]);
  size_t size = mfg_array_size(array) > 0 ? (size_t)mfg_array_size(array) : 0;
  size_t element = element_size(type);
  char *found = malloc(size * element + 1);
  ck_assert_ptr_nonnull(found);
  CHECK_OK(mfg_to_host(array, found, size * element));
  for (size_t i = 0; i < size; i++)
    ck_assert_msg(memcmp(found + i * element, (const char *)expected + i * element, element) == 0,
                  "element %zu of %zu differs", i, size);
  free(found);
}

void check_doubles(mfg_array *array, int64_t count, const double *expected) {
  ck_assert_ptr_nonnull(array);
  ck_assert_int_eq(mfg_array_type(array), MFG_FLOAT64);
  ck_assert_int_eq(mfg_array_size(array), count);
  double *found = calloc((size_t)count + 1, sizeof(double));
  ck_assert_ptr_nonnull(found);
  CHECK_OK(mfg_to_host(array, found, (size_t)count * sizeof(double)));
  for (int64_t i = 0; i < count; i++)
    if (expected[i] == expected[i])
      ck_assert_msg(found[i] == expected[i], "element %lld is %.17g; expected %.17g", (long long)i,
                    found[i], expected[i]);
    else
      ck_assert_msg(found[i] != found[i], "element %lld is %.17g; expected NaN", (long long)i,
                    found[i]);
  free(found);
}

mfg_array *counting(mfg_scope *scope, int rank, const int64_t *shape) {
  size_t size = 1;
  for (int axis = 0; axis < rank; axis++)
    size *= (size_t)shape[axis];
  double *data = calloc(size + 1, sizeof(double));
  ck_assert_ptr_nonnull(data);
  for (size_t i = 0; i < size; i++)
    data[i] = (double)i;
  mfg_array *array = mfg_from_host(scope, MFG_FLOAT64, rank, shape, data);
  free(data);
  ck_assert_ptr_nonnull(array);
  return array;
}

uint64_t launches(const mfg_context *context) {
  mfg_statistics statistics = {.struct_size = sizeof statistics};
  CHECK_OK(mfg_context_statistics(context, &statistics));
  return statistics.kernels_launched;
}

uint64_t random_below(uint64_t *state, uint64_t limit) {
  *state += UINT64_C(0x9E3779B97F4A7C15);
  uint64_t mixed = (*state ^ (*state >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
  return (mixed ^ (mixed >> 31)) % limit;
}

int run_suite(Suite *suite) {
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
