/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random kernels: the plugin against the reference executor, for every instruction set level and
 * for several numbers of threads. */
#include "random_kernel.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KERNELS 1000
/* The work is shared from a certain size on; these kernels reach it. */
#define LARGE_KERNELS 40

static double real_at(const operand *what, mfg_dtype type, uint64_t i) {
  switch (type) {
  case MFG_FLOAT32: return ((const float *)what->memory)[i];
  case MFG_FLOAT64: return ((const double *)what->memory)[i];
#define INTEGER(symbol, member, T)                                                                 \
  case MFG_##symbol: return (double)((const T *)what->memory)[i];
    MFG_INTEGER_TYPES(INTEGER)
#undef INTEGER
  default: return ((const uint8_t *)what->memory)[i];
  }
}

/* Sums and line solves associate as they like, and round to the narrowest type of the kernel; a
 * kernel without them is exact. */
static double tolerance_of(const random_kernel *kernel) {
  if (kernel->builder.pattern.kind == MFG_PATTERN_MAP && kernel->description->reductions.count == 0)
    return 0;
  const mfg_span *sections[] = {&kernel->description->prologue, &kernel->description->epilogue};
  for (int k = 0; k < 2; k++)
    for (uint32_t i = 0; i < sections[k]->count; i++)
      if (mfg_kernel_instruction_at(sections[k], i)->type == MFG_FLOAT32) return 2e-4;
  return 1e-11;
}

static bool close_enough(double a, double b, mfg_dtype type, double tolerance) {
  if (a == b || (isnan(a) && isnan(b))) return true;
  if (type != MFG_FLOAT32 && type != MFG_FLOAT64) return false;
  return fabs(a - b) <= tolerance * (1 + fabs(a) + fabs(b));
}

static void compare(const random_kernel *kernel, const launch *found, const launch *expected,
                    uint64_t seed) {
  double tolerance = tolerance_of(kernel);
  for (uint32_t k = 0; k < found->operand_count; k++) {
    mfg_dtype type = kernel->builder.operands[k].type;
    uint64_t count = found->operands[k].size / mfg_dtype_size(type);
    for (uint64_t i = 0; i < count; i++) {
      double a = real_at(&found->operands[k], type, i),
             b = real_at(&expected->operands[k], type, i);
      if (close_enough(a, b, type, tolerance)) continue;
      char text[16384];
      mfg_kernel_print(kernel->description, text, sizeof text);
      ck_abort_msg("kernel %llu, extents %lld %lld %lld, operand %u, element %llu: %.17g, expected "
                   "%.17g\n%s",
                   (unsigned long long)seed, (long long)kernel->launch.extents[0],
                   (long long)kernel->launch.extents[1], (long long)kernel->launch.extents[2], k,
                   (unsigned long long)i, a, b, text);
    }
  }
}

static void compare_with_reference(harness *host, uint64_t seed, int64_t most_elements) {
  static random_kernel kernel;
  launch expected;
  random_kernel_make(&kernel, seed, most_elements);
  launch_copy(&expected, &kernel.launch);
  mfg_status reference = harness_reference(kernel.description, &expected);
  ck_assert_int_eq(reference, MFG_OK);
  mfg_plugin_kernel *prepared = harness_prepare(host, kernel.description);
  mfg_status status = harness_run(host, prepared, &kernel.launch, seed % 3 == 0 ? 2 : 0);
  ck_assert_msg(status == MFG_OK, "%s", host->text);
  compare(&kernel, &kernel.launch, &expected, seed);
  host->plugin->kernel->release(prepared);
  launch_free(&expected);
  random_kernel_free(&kernel);
}

static void compare_all(const char *level) {
  harness host;
  harness_open(&host, "2", level);
  const char *only = getenv("MFG_TEST_SEED");
  uint64_t first = only != NULL ? strtoull(only, NULL, 10) : 0;
  uint64_t count = only != NULL ? 1 : KERNELS;
  for (uint64_t seed = first; seed < first + count; seed++)
    compare_with_reference(&host, seed, 3000);
  for (uint64_t seed = 100000; seed < 100000 + LARGE_KERNELS && only == NULL; seed++)
    compare_with_reference(&host, seed, 60000);
  harness_close(&host);
}

START_TEST(best_level_agrees_with_the_reference) {
  compare_all(NULL);
}
END_TEST

START_TEST(avx2_level_agrees_with_the_reference) {
  compare_all("avx2");
}
END_TEST

START_TEST(baseline_level_agrees_with_the_reference) {
  compare_all("baseline");
}
END_TEST

/* ---- threads -------------------------------------------------------------------------------- */

static void expect_same_bytes(const launch *found, const launch *expected, uint64_t seed) {
  for (uint32_t k = 0; k < found->operand_count; k++)
    ck_assert_msg(memcmp(found->operands[k].memory, expected->operands[k].memory,
                         found->operands[k].size) == 0,
                  "kernel %llu: operand %u differs", (unsigned long long)seed, k);
}

static void run_with(const char *threads, const char *level, const random_kernel *kernel,
                     launch *result) {
  harness host;
  harness_open(&host, threads, level);
  launch_copy(result, &kernel->launch);
  mfg_plugin_kernel *prepared = harness_prepare(&host, kernel->description);
  ck_assert_int_eq(harness_run(&host, prepared, result, 0), MFG_OK);
  host.plugin->kernel->release(prepared);
  harness_close(&host);
}

START_TEST(number_of_threads_and_level_do_not_change_a_bit) {
  static const char *const threads[] = {"2", "3", "7"};
  static const char *const levels[] = {"baseline", "avx2"};
  static random_kernel kernel;
  for (uint64_t seed = 200000; seed < 200000 + LARGE_KERNELS; seed++) {
    launch expected, found;
    random_kernel_make(&kernel, seed, 300000);
    run_with("1", NULL, &kernel, &expected);
    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
      run_with(threads[i], NULL, &kernel, &found);
      expect_same_bytes(&found, &expected, seed);
      launch_free(&found);
    }
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
      run_with("2", levels[i], &kernel, &found);
      expect_same_bytes(&found, &expected, seed);
      launch_free(&found);
    }
    launch_free(&expected);
    random_kernel_free(&kernel);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("cpu against the reference");
  TCase *tests = tcase_create("random kernels");
  tcase_set_timeout(tests, 300);
  tcase_add_test(tests, best_level_agrees_with_the_reference);
  tcase_add_test(tests, avx2_level_agrees_with_the_reference);
  tcase_add_test(tests, baseline_level_agrees_with_the_reference);
  tcase_add_test(tests, number_of_threads_and_level_do_not_change_a_bit);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
