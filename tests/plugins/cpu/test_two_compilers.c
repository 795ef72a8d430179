/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An OpenCL driver that brings a compiler of its own into the process, often another version of the
 * same one: whichever comes first, both work. Each test is a process of its own. */
#include <check.h>
#include <math.h>
#include <mfg/mfg.h>
#include <stdlib.h>

#define PLACES 1000

/* A kernel that both have to compile. */
static void compute_on(const char *backend, double weight) {
  static double found[PLACES];
  mfg_context *context = NULL;
  mfg_status status = mfg_context_open(backend, NULL, &context);
  ck_assert_msg(status == MFG_OK, "%s", mfg_last_error());
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *u = mfg_arange(s, MFG_FLOAT64, 0, PLACES, 1);
  mfg_array *scaled = mfg_mul(s, u, weight);
  mfg_array *result = mfg_add(s, mfg_sin(s, scaled), mfg_mul(s, scaled, scaled));
  ck_assert_int_eq(mfg_to_host(result, found, sizeof found), MFG_OK);
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  mfg_context_close(context);
  for (int i = 0; i < PLACES; i++) {
    double x = i * weight, expected = sin(x) + x * x;
    ck_assert_double_le(fabs(found[i] - expected), 1e-12 * (1 + fabs(expected)));
  }
}

START_TEST(driver_before_compiler) {
  compute_on("opencl", 0.25);
  compute_on("cpu", 0.25);
  compute_on("opencl", 0.75);
  compute_on("cpu", 0.75);
}
END_TEST

START_TEST(compiler_before_driver) {
  compute_on("cpu", 0.25);
  compute_on("opencl", 0.25);
  compute_on("cpu", 0.75);
  compute_on("opencl", 0.75);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("plugins/cpu two compilers");
  TCase *cases = tcase_create("orders");
  tcase_set_timeout(cases, 120);
  tcase_add_test(cases, driver_before_compiler);
  tcase_add_test(cases, compiler_before_driver);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_set_fork_status(runner, CK_FORK);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
