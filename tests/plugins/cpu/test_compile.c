/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compiled kernels: the bits of the interpreter, whenever the code comes and wherever from. */
#include "random_kernel.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KERNELS 300
#define LARGE_KERNELS 15

static bool is_nan_bits(mfg_dtype type, const char *at) {
  double wide;
  float narrow;
  if (type == MFG_FLOAT64) {
    memcpy(&wide, at, sizeof wide);
    return wide != wide;
  }
  if (type != MFG_FLOAT32) return false;
  memcpy(&narrow, at, sizeof narrow);
  return narrow != narrow;
}

/* The sign and the payload of a NaN are open; every other bit counts. */
static void expect_same(const random_kernel *kernel, const launch *found, const launch *expected,
                        uint64_t seed) {
  for (uint32_t k = 0; k < found->operand_count; k++) {
    mfg_dtype type = kernel->builder.operands[k].type;
    size_t size = mfg_dtype_size(type);
    for (uint64_t i = 0; i + size <= found->operands[k].size; i += size) {
      const char *a = found->operands[k].memory + i, *b = expected->operands[k].memory + i;
      if (memcmp(a, b, size) == 0 || (is_nan_bits(type, a) && is_nan_bits(type, b))) continue;
      static char text[16384];
      mfg_kernel_print(kernel->description, text, sizeof text);
      ck_abort_msg("kernel %llu, operand %u of %u, byte %llu\n%s", (unsigned long long)seed, k,
                   found->operand_count, (unsigned long long)i, text);
    }
  }
}

static void run_in(harness *host, const random_kernel *kernel, launch *result, uint64_t seed) {
  launch_copy(result, &kernel->launch);
  mfg_plugin_kernel *prepared = harness_prepare(host, kernel->description);
  mfg_status status = harness_run(host, prepared, result, seed % 3 == 0 ? 2 : 0);
  ck_assert_msg(status == MFG_OK, "%s", host->text);
  host->plugin->kernel->release(prepared);
}

static void compare(harness *interpreted, harness *compiled, uint64_t seed, int64_t most) {
  static random_kernel kernel;
  launch expected, found;
  random_kernel_make(&kernel, seed, most);
  run_in(interpreted, &kernel, &expected, seed);
  run_in(compiled, &kernel, &found, seed);
  expect_same(&kernel, &found, &expected, seed);
  launch_free(&expected);
  launch_free(&found);
  random_kernel_free(&kernel);
}

static void compare_level(const char *level, uint64_t first) {
  harness interpreted, compiled;
  harness_open(&interpreted, "2", level);
  harness_open_compiling(&compiled, "2", level, "always", "off");
  const cpu_compile_extension *extension = harness_compile(&compiled);
  const char *only = getenv("MFG_TEST_SEED");
  uint64_t count = only != NULL ? 1 : KERNELS;
  if (only != NULL) first = strtoull(only, NULL, 10);
  cpu_compile_statistics before, after;
  extension->statistics(&before);
  for (uint64_t seed = first; seed < first + count; seed++)
    compare(&interpreted, &compiled, seed, 3000);
  for (uint64_t seed = 100000 + first; seed < 100000 + first + LARGE_KERNELS && only == NULL;
       seed++)
    compare(&interpreted, &compiled, seed, 60000);
  extension->statistics(&after);
#ifdef CPU_COMPILER_BUILT
  ck_assert(extension->available());
  ck_assert_uint_gt(after.compiled, before.compiled);
#endif
  ck_assert_uint_eq(after.failed, before.failed);
  harness_close(&compiled);
  harness_close(&interpreted);
}

START_TEST(best_level_gives_the_bits_of_the_interpreter) {
  compare_level(NULL, 0);
}
END_TEST

START_TEST(avx2_level_gives_the_bits_of_the_interpreter) {
  compare_level("avx2", 1000);
}
END_TEST

START_TEST(baseline_level_gives_the_bits_of_the_interpreter) {
  compare_level("baseline", 2000);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("plugins/cpu compile");
  TCase *cases = tcase_create("compile");
  tcase_set_timeout(cases, 300);
  tcase_add_test(cases, best_level_gives_the_bits_of_the_interpreter);
  tcase_add_test(cases, avx2_level_gives_the_bits_of_the_interpreter);
  tcase_add_test(cases, baseline_level_gives_the_bits_of_the_interpreter);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
