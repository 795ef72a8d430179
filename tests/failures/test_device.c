/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every call of a backend that can fail fails once, alone and together with all that follow. */
#include <check.h>
#include <dlfcn.h>
#include <mfg/mfg.h>
#include <mfg/problem.h>
#include <stdlib.h>

#include "allocations.h"
#include "programs.h"

static const char *plugin_path;
static long *failing_call;
static bool *failing_lasts;
static bool *failing_happened;

static void *symbol(void *object, const char *name) {
  void *found = dlsym(object, name);
  ck_assert_msg(found != NULL, "%s", dlerror());
  return found;
}

static void find_switches(void) {
  void *object = dlopen(plugin_path, RTLD_NOW | RTLD_LOCAL);
  ck_assert_msg(object != NULL, "%s", dlerror());
  failing_call = symbol(object, "failing_call");
  failing_lasts = symbol(object, "failing_lasts");
  failing_happened = symbol(object, "failing_happened");
}

static mfg_context *open_context(void) {
  mfg_context_options options = {.struct_size = sizeof options, .plugin_path = plugin_path};
  mfg_context *context = NULL;
  ck_assert_msg(mfg_context_open("failing", &options, &context) == MFG_OK, "%s", mfg_last_error());
  return context;
}

/* The small solve tells its errors elsewhere. */
static mfg_status solve(mfg_context *context, double *result) {
  mfg_status status = small_solve(context, result);
  if (status != MFG_OK) ck_assert_str_ne(mfg_problem_last_error()->text, "");
  return status;
}

/* Returns whether a call failed. */
static bool run(array_program program, long number, bool lasting, double *expected) {
  mfg_context *context = open_context();
  double result = 0.0;
  *failing_happened = false;
  *failing_lasts = lasting;
  *failing_call = number;
  mfg_status status = program(context, &result);
  *failing_call = -1;
  bool failed = *failing_happened;
  ck_assert_msg((status == MFG_OK) == !failed || (status == MFG_OK && result == *expected),
                "call %ld failed and the status is %s: %s", number, mfg_status_string(status),
                mfg_last_error());
  if (failed && status != MFG_OK) ck_assert_str_ne(mfg_last_error(), "");
  double again = 0.0;
  status = program(context, &again);
  ck_assert_msg(status == MFG_OK, "after call %ld failed: %s", number, mfg_last_error());
  if (number < 0) *expected = again;
  ck_assert_msg(again == *expected, "%.17g after call %ld failed; expected %.17g", again, number,
                *expected);
  mfg_context_close(context);
  return failed;
}

static void sweep(array_program program) {
  find_switches();
  double expected = 0.0;
  for (int i = 0; i < 2; i++)
    run(program, -1, false, &expected);
  for (int lasting = 0; lasting < 2; lasting++) {
    bool failed = true;
    for (long number = 0; failed; number++) {
      allocations_watch();
      failed = run(program, number, lasting != 0, &expected);
      size_t kept = allocations_kept();
      ck_assert_msg(kept == 0, "%zu allocations are lost where call %ld fails", kept, number);
      ck_assert(failed || number > 3);
    }
  }
}

START_TEST(test_program) {
  sweep(array_programs[_i].run);
}
END_TEST

START_TEST(test_solve) {
  sweep(solve);
}
END_TEST

int main(int count, char **arguments) {
  char *path = count == 2 ? realpath(arguments[1], NULL) : NULL;
  if (path == NULL) return EXIT_FAILURE;
  plugin_path = path;
  Suite *suite = suite_create("device failures");
  TCase *tests = tcase_create("device failures");
  tcase_set_timeout(tests, 300);
  tcase_add_loop_test(tests, test_program, 0, (int)array_program_count);
  tcase_add_test(tests, test_solve);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  free(path);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
