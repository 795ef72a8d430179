/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a result tells, and its probes. */
#include "solve_tests.h"

/* Without costs u stays at its terminal value, whatever it is made of: a plain function of x. */
static mfg_result *plain(int boundary, const char *terminal) {
  mfg_problem *problem = new_problem("0", "4", 8, boundary, "1", 4);
  set_text(problem, MFG_PROBLEM_VISCOSITY, "0");
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, "0*|p|^2");
  set_text(problem, MFG_PROBLEM_TERMINAL_COST, terminal);
  set_text(problem, MFG_PROBLEM_COUPLING, "1");
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, "1");
  mfg_result *result = solve_for(problem, NULL, MFG_OK);
  mfg_problem_release(problem);
  return result;
}

static double probe(const mfg_result *result, double time, double place) {
  double value = NAN;
  ck_assert_int_eq(mfg_result_probe(result, MFG_RESULT_VALUE_FUNCTION, time, &place, &value),
                   MFG_OK);
  return value;
}

START_TEST(probe_between_walls) {
  mfg_result *result = plain(MFG_AXIS_NO_FLUX, "x"); /* u = x + (1 - t) at the centres */
  ck_assert_double_eq_tol(probe(result, 1, 1.25), 1.25, 1e-14);
  ck_assert_double_eq_tol(probe(result, 1, 1.9), 1.9, 1e-14);
  ck_assert_double_eq_tol(probe(result, 0.4, 1.9), 2.5, 1e-14);
  ck_assert_double_eq_tol(probe(result, 0, 0), 1.25, 1e-14);
  ck_assert_double_eq_tol(probe(result, 1, 4), 3.75, 1e-14);
  ck_assert_double_eq_tol(probe(result, 1, 3.8), 3.75, 1e-14);
  mfg_result_release(result);
}
END_TEST

START_TEST(probe_around_the_ring) {
  mfg_result *result = plain(MFG_AXIS_PERIODIC, "x"); /* points 0, 0.5, ..., 3.5 */
  ck_assert_double_eq_tol(probe(result, 1, 3.25), 3.25, 1e-14);
  ck_assert_double_eq_tol(probe(result, 1, 3.75), 1.75, 1e-14);
  ck_assert_double_eq_tol(probe(result, 1, 4), 0, 1e-14);
  mfg_result_release(result);
}
END_TEST

START_TEST(probe_outside_is_refused) {
  mfg_result *result = plain(MFG_AXIS_PERIODIC, "x");
  double value;
  const double inside = 1, outside = 4.1, nowhere = (double)NAN;
  ck_assert_int_eq(mfg_result_probe(result, 0, 1.1, &inside, &value), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_result_probe(result, 0, -0.1, &inside, &value), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_result_probe(result, 0, 1, &outside, &value), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_result_probe(result, 0, 1, &nowhere, &value), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_result_probe(result, 2, 1, &inside, &value), MFG_ERROR_INVALID_ARGUMENT);
  mfg_result_release(result);
}
END_TEST

START_TEST(facts_are_complete) {
  mfg_problem *problem = ring(24, 6);
  set_text(problem, MFG_PROBLEM_COUPLING, "0.5*m + sinh(x)*log2(m + 3)"); /* a kernel of its own */
  mfg_result *result = solve_for(problem, NULL, MFG_OK);
  mfg_problem_release(problem); /* the result does not need it */
  mfg_result_information facts = inform(result);
  ck_assert_int_eq(facts.axes, 1);
  ck_assert_int_eq(facts.cells[0], 24);
  ck_assert_int_eq(facts.cells[1], 1);
  ck_assert_int_eq(facts.steps, 6);
  ck_assert_double_eq(facts.horizon, 0.5);
  ck_assert_str_eq(facts.backend, mfg_context_backend(context));
  ck_assert_str_eq(facts.device, mfg_context_device(context));
  ck_assert_str_eq(facts.precision, "float64");
  ck_assert_double_eq(mfg_result_residuals(result)[facts.iterations - 1], facts.residual);
  ck_assert_double_gt(facts.seconds_setup, 0);
  ck_assert_double_ge(facts.seconds_total, facts.seconds_setup + facts.seconds_solve - 1e-9);
  ck_assert_uint_gt(facts.kernels_launched, 0);
  ck_assert_uint_gt(facts.kernels_compiled, 0);
  ck_assert_uint_gt(facts.peak_device_bytes, 2 * 7 * 24 * sizeof(double));
  ck_assert_str_eq(mfg_result_axis_name(result, 0), "x");
  ck_assert_ptr_null(mfg_result_axis_name(result, 1));
  ck_assert_ptr_null(mfg_result_coordinates(result, 1));
  ck_assert_double_eq(mfg_result_coordinates(result, 0)[12], 0.5);
  ck_assert_double_eq(mfg_result_times(result)[6], 0.5);
  double level[24];
  ck_assert_int_eq(mfg_result_read(result, MFG_RESULT_DENSITY, 6, 2, level),
                   MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_result_read(result, MFG_RESULT_DENSITY, -1, 1, level),
                   MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_result_read(result, MFG_RESULT_DENSITY, 6, 1, level), MFG_OK);
  mfg_result_release(result);
}
END_TEST

TCase *result_tests(void) {
  TCase *tests = tcase_create("results");
  tcase_add_test(tests, probe_between_walls);
  tcase_add_test(tests, probe_around_the_ring);
  tcase_add_test(tests, probe_outside_is_refused);
  tcase_add_test(tests, facts_are_complete);
  return tests;
}
