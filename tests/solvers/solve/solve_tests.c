/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "solve_tests.h"

#include "stationary/stationary_tests.h"

mfg_context *context;

/* Where tests run in one process (CK_FORK=no) they share a context: a device that compiles would
 * otherwise compile the same kernels for each. */
static bool shares_context(void) {
  const char *fork = getenv("CK_FORK");
  return fork && strcmp(fork, "no") == 0;
}

void open_context(void) {
  if (context) return;
  mfg_status status = mfg_context_open(NULL, NULL, &context);
  ck_assert_msg(status == MFG_OK, "%s", mfg_last_error());
}

void close_context(void) {
  if (shares_context()) return;
  mfg_context_close(context);
  context = NULL;
}

void set_text(mfg_problem *problem, int field, const char *text) {
  ck_assert_int_eq(mfg_problem_set(problem, field, text), MFG_OK);
}

void add_axis(mfg_problem *problem, const char *lower, const char *upper, int64_t cells,
              int boundary) {
  char count[32];
  snprintf(count, sizeof count, "%lld", (long long)cells);
  mfg_problem_axis axis = {.struct_size = sizeof axis,
                           .lower = lower,
                           .upper = upper,
                           .cells = count,
                           .boundary_lower = boundary,
                           .boundary_upper = boundary};
  ck_assert_int_eq(mfg_problem_add_axis(problem, &axis), MFG_OK);
}

mfg_problem *new_problem(const char *lower, const char *upper, int64_t cells, int boundary,
                         const char *horizon, int64_t steps) {
  mfg_problem *problem;
  ck_assert_int_eq(mfg_problem_create(&problem), MFG_OK);
  add_axis(problem, lower, upper, cells, boundary);
  set_text(problem, MFG_PROBLEM_HORIZON, horizon);
  ck_assert_int_eq(mfg_problem_set_number(problem, MFG_PROBLEM_STEPS, (double)steps), MFG_OK);
  return problem;
}

mfg_problem *ring(int64_t cells, int64_t steps) {
  mfg_problem *problem = new_problem("0", "1", cells, MFG_AXIS_PERIODIC, "0.5", steps);
  set_text(problem, MFG_PROBLEM_VISCOSITY, "0.1");
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, "0.5*|p|^2");
  set_text(problem, MFG_PROBLEM_COUPLING, "0.5*m - sin(2*pi*x)");
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, "1 + 0.5*cos(2*pi*x)");
  return problem;
}

mfg_result *solve_for(const mfg_problem *problem, const mfg_solver_options *options,
                      mfg_status expected) {
  mfg_result *result;
  mfg_status status = mfg_solve(context, problem, options, &result);
  ck_assert_msg(status == expected, "status %d, expected %d: %s: %s", status, expected,
                mfg_problem_last_error()->field, mfg_problem_last_error()->text);
  return result;
}

mfg_result_information inform(const mfg_result *result) {
  mfg_result_information information = {.struct_size = sizeof information};
  ck_assert_ptr_nonnull(result);
  ck_assert_int_eq(mfg_result_inform(result, &information), MFG_OK);
  return information;
}

double *read_field(const mfg_result *result, int field) {
  mfg_result_information facts = inform(result);
  size_t count =
      (size_t)(facts.steps + 1) * (size_t)(facts.cells[0] * facts.cells[1] * facts.cells[2]);
  double *values = malloc(count * sizeof *values);
  ck_assert_ptr_nonnull(values);
  ck_assert_int_eq(mfg_result_read(result, field, 0, facts.steps + 1, values), MFG_OK);
  return values;
}

int main(void) {
  Suite *suite = suite_create("solve");
  TCase *cases[] = {exact_tests(),    sound_tests(),   axes_tests(),         exact_axes_tests(),
                    boundary_tests(), method_tests(),  failure_tests(),      checkpoint_tests(),
                    result_tests(),   ergodic_tests(), exact_ergodic_tests()};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    tcase_add_checked_fixture(cases[i], open_context, close_context);
    tcase_set_timeout(cases[i], 300);
    suite_add_tcase(suite, cases[i]);
  }
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  mfg_context_close(context);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
