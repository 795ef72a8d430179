/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every allocation fails once, alone and together with all that follow: each time there is an error
 * with a text, nothing is lost, and the context goes on working. */
#include <check.h>
#include <mfg/mfg.h>
#include <mfg/problem.h>
#include <stdlib.h>

#include "allocations.h"
#include "programs.h"

/* Every how manieth allocation is made to fail. */
static long stride = 1;

static mfg_context *open_context(void) {
  mfg_context *context = NULL;
  ck_assert_msg(mfg_context_open(NULL, NULL, &context) == MFG_OK, "%s", mfg_last_error());
  return context;
}

/* What is swept, and what the last run of it found. */
typedef struct sweep {
  const char *name;
  void (*run)(const struct sweep *sweep);
  array_program program;
  long number;
  bool lasting;
  bool failed;
  double expected;
} sweep;

static void fallible(const sweep *now) {
  if (now->number >= 0) allocations_fail(now->number, now->lasting);
}

static void check_status(const sweep *now, mfg_status status, const char *text) {
  ck_assert_msg(status == MFG_OK || now->failed, "%s: %s: %s", now->name, mfg_status_string(status),
                text);
  ck_assert_msg(status == MFG_OK || text[0] != '\0', "%s: allocation %ld: no text for %s",
                now->name, now->number, mfg_status_string(status));
}

static void run_program(const sweep *made) {
  sweep *now = (sweep *)(uintptr_t)made;
  mfg_context *context = open_context();
  double result = 0.0;
  fallible(now);
  mfg_status status = now->program(context, &result);
  now->failed = allocations_allow();
  check_status(now, status, mfg_last_error());
  if (status == MFG_OK && now->number >= 0) ck_assert_double_eq(result, now->expected);
  double again = 0.0;
  status = now->program(context, &again);
  ck_assert_msg(status == MFG_OK, "%s: after allocation %ld failed: %s", now->name, now->number,
                mfg_last_error());
  if (now->number < 0) now->expected = again;
  ck_assert_msg(again == now->expected, "%s: %.17g after allocation %ld failed; expected %.17g",
                now->name, again, now->number, now->expected);
  mfg_context_close(context);
}

static void run_context(const sweep *made) {
  sweep *now = (sweep *)(uintptr_t)made;
  mfg_context *context = NULL;
  fallible(now);
  mfg_status status = mfg_context_open(NULL, NULL, &context);
  now->failed = allocations_allow();
  check_status(now, status, mfg_last_error());
  ck_assert_int_eq(context == NULL, status != MFG_OK);
  mfg_context_close(context);
}

static void run_registry(const sweep *made) {
  sweep *now = (sweep *)(uintptr_t)made;
  mfg_registry *registry = NULL;
  fallible(now);
  mfg_status status = mfg_registry_open(NULL, &registry);
  now->failed = allocations_allow();
  check_status(now, status, mfg_last_error());
  ck_assert_int_eq(registry == NULL, status != MFG_OK);
  for (size_t i = 0; status == MFG_OK && i < mfg_registry_candidate_count(registry); i++) {
    const mfg_candidate *candidate = mfg_registry_candidate(registry, i);
    ck_assert_msg(candidate->loaded || candidate->detail[0] != '\0', "%s is refused for nothing",
                  candidate->name);
  }
  mfg_registry_free(registry);
}

static void run_solve(const sweep *made) {
  sweep *now = (sweep *)(uintptr_t)made;
  mfg_context *context = open_context();
  double number = 0.0;
  fallible(now);
  mfg_status status = small_solve(context, &number);
  now->failed = allocations_allow();
  check_status(now, status, mfg_problem_last_error()->text);
  if (status == MFG_OK && now->number >= 0) ck_assert_double_eq(number, now->expected);
  double again = 0.0;
  status = small_solve(context, &again);
  ck_assert_msg(status == MFG_OK, "after allocation %ld failed: %s", now->number,
                mfg_problem_last_error()->text);
  if (now->number < 0) now->expected = again;
  ck_assert_double_eq(again, now->expected);
  mfg_context_close(context);
}

/* The first runs make what the process keeps for good. */
static void warm(sweep *now) {
  now->number = -1;
  for (int i = 0; i < 2; i++)
    now->run(now);
}

static void sweep_all(sweep *now) {
  warm(now);
  for (int lasting = 0; lasting < 2; lasting++) {
    now->lasting = lasting != 0;
    now->number = 0;
    do {
      allocations_watch();
      now->run(now);
      size_t kept = allocations_kept();
      ck_assert_msg(kept == 0, "%s: %zu allocations are lost where number %ld%s fails", now->name,
                    kept, now->number, now->lasting ? " and all after it" : "");
      now->number += stride;
    } while (now->failed);
    ck_assert_msg(now->number > 2 * stride, "%s allocates nothing", now->name);
  }
}

START_TEST(test_registry) {
  sweep now = {.name = "registry", .run = run_registry};
  sweep_all(&now);
}
END_TEST

START_TEST(test_context) {
  sweep now = {.name = "context", .run = run_context};
  sweep_all(&now);
}
END_TEST

START_TEST(test_program) {
  sweep now = {
      .name = array_programs[_i].name, .run = run_program, .program = array_programs[_i].run};
  sweep_all(&now);
}
END_TEST

START_TEST(test_solve) {
  sweep now = {.name = "solve", .run = run_solve};
  sweep_all(&now);
}
END_TEST

int main(int count, char **arguments) {
  if (count > 1) stride = atol(arguments[1]);
  Suite *suite = suite_create("allocations");
  TCase *tests = tcase_create("allocations");
  tcase_set_timeout(tests, 300);
  tcase_add_test(tests, test_registry);
  tcase_add_test(tests, test_context);
  tcase_add_loop_test(tests, test_program, 0, (int)array_program_count);
  tcase_add_test(tests, test_solve);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
