/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers that are none, densities that are none: what is said, and that nothing is kept. */
#include "solve_tests.h"

/* field, text, status, field of the error, words */
static const struct {
  int field;
  const char *text;
  mfg_status status;
  const char *blamed, *words;
} bad[] = {
    {MFG_PROBLEM_INITIAL_DENSITY, "1 - 4*x", MFG_ERROR_INVALID_ARGUMENT, "initial_density",
     "x = 0.9375"},
    {MFG_PROBLEM_INITIAL_DENSITY, "0*x", MFG_ERROR_INVALID_ARGUMENT, "initial_density",
     "some mass"},
    {MFG_PROBLEM_INITIAL_DENSITY, "log(x - 0.25)", MFG_ERROR_NOT_FINITE, "initial_density",
     "x = 0"},
    {MFG_PROBLEM_INITIAL_DENSITY, "1/(x - 0.5)^2", MFG_ERROR_NOT_FINITE, "initial_density",
     "x = 0.5"},
    {MFG_PROBLEM_COUPLING, "m + log(x - 0.5)", MFG_ERROR_NOT_FINITE, "coupling", "running cost"},
    {MFG_PROBLEM_COUPLING, "m + 1/(t > 0.3 ? 0 : 1)", MFG_ERROR_NOT_FINITE, "coupling",
     "level 5 of 8"},
    {MFG_PROBLEM_TERMINAL_COST, "sqrt(x - 0.5)", MFG_ERROR_NOT_FINITE, "terminal_cost",
     "terminal cost"},
    {MFG_PROBLEM_HAMILTONIAN, "|p|^2/(x - 0.5)^2", MFG_ERROR_NOT_FINITE, "hamiltonian", "|p|^2"},
    {MFG_PROBLEM_HAMILTONIAN, "|p|^2 + log(x - 0.5)*p", MFG_ERROR_NOT_FINITE, "hamiltonian",
     "coefficient of p"},
    {MFG_PROBLEM_HAMILTONIAN, "(x - 0.5)*|p|^2", MFG_ERROR_INVALID_ARGUMENT, "hamiltonian", "-0.5"},
    {MFG_PROBLEM_COUPLING, "1e200*m^30", MFG_ERROR_NOT_FINITE, "", "level"},
};

START_TEST(failure_is_named) {
  mfg_problem *problem = ring(16, 8);
  set_text(problem, bad[_i].field, bad[_i].text);
  ck_assert_ptr_null(solve_for(problem, NULL, bad[_i].status));
  const mfg_problem_error *error = mfg_problem_last_error();
  ck_assert_str_eq(error->field, bad[_i].blamed);
  ck_assert_msg(strstr(error->text, bad[_i].words), "\"%s\" does not say \"%s\"", error->text,
                bad[_i].words);
  /* The context is as good as before. */
  mfg_problem *good = ring(16, 8);
  mfg_result_release(solve_for(good, NULL, MFG_OK));
  mfg_problem_release(good);
  mfg_problem_release(problem);
}
END_TEST

/* A crowd that gathers: its second answer is denser than its first, and so dense that the cost is
 * no number any more. The first is kept. */
START_TEST(late_failure_keeps_the_best) {
  mfg_problem *problem = ring(32, 8);
  set_text(problem, MFG_PROBLEM_COUPLING, "-m + 1e-3*sqrt(1.85 - m)");
  mfg_solver_options options = {.struct_size = sizeof options, .method = MFG_METHOD_ANDERSON};
  mfg_result *result = solve_for(problem, &options, MFG_ERROR_NOT_FINITE);
  ck_assert_str_eq(mfg_problem_last_error()->field, "coupling");
  ck_assert_ptr_nonnull(strstr(mfg_problem_last_error()->text, "in iteration 2"));
  mfg_result_information facts = inform(result);
  ck_assert(!facts.converged);
  ck_assert_int_eq(facts.iterations, 1);
  ck_assert_double_le(fabs(facts.residual - mfg_result_residuals(result)[0]), 1e-10);
  ck_assert_double_le(facts.mass_error, 1e-12);
  double *m = read_field(result, MFG_RESULT_DENSITY);
  for (int i = 0; i < 9 * 32; i++)
    ck_assert(isfinite(m[i]));
  free(m);
  mfg_result_release(result);
  mfg_problem_release(problem);
}
END_TEST

START_TEST(check_failures_come_through) {
  mfg_problem *problem = ring(16, 8);
  set_text(problem, MFG_PROBLEM_VISCOSITY, "-1");
  ck_assert_ptr_null(solve_for(problem, NULL, MFG_ERROR_INVALID_ARGUMENT));
  ck_assert_str_eq(mfg_problem_last_error()->field, "viscosity");
  mfg_problem_release(problem);
}
END_TEST

TCase *failure_tests(void) {
  TCase *tests = tcase_create("failures");
  tcase_add_loop_test(tests, failure_is_named, 0, (int)(sizeof bad / sizeof *bad));
  tcase_add_test(tests, late_failure_keeps_the_best);
  tcase_add_test(tests, check_failures_come_through);
  return tests;
}
