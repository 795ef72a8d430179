/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ways of coupling the two equations, and the options. */
#include "solve_tests.h"

static double distance(const mfg_result *a, const mfg_result *b, int field) {
  double *left = read_field(a, field), *right = read_field(b, field), most = 0;
  mfg_result_information facts = inform(a);
  for (int64_t i = 0; i < (facts.steps + 1) * facts.cells[0]; i++)
    most = fmax(most, fabs(left[i] - right[i]));
  free(left);
  free(right);
  return most;
}

/* method, tolerance, distance from the answer that it leaves at most */
static const struct {
  int method;
  const char *name;
  double tolerance, distance;
} others[] = {
    {MFG_METHOD_ANDERSON, "anderson", 1e-8, 1e-7},
    {MFG_METHOD_PICARD, "picard", 1e-8, 1e-7},
    {MFG_METHOD_FICTITIOUS_PLAY, "fictitious-play", 1e-3, 1e-2},
};

START_TEST(methods_agree) {
  mfg_problem *problem = ring(48, 24);
  mfg_result *newton = solve_for(problem, NULL, MFG_OK);
  ck_assert_str_eq(inform(newton).method, "newton");
  mfg_solver_options options = {.struct_size = sizeof options,
                                .method = others[_i].method,
                                .tolerance = others[_i].tolerance};
  mfg_result *other = solve_for(problem, &options, MFG_OK);
  ck_assert_str_eq(inform(other).method, others[_i].name);
  ck_assert_double_le(distance(newton, other, MFG_RESULT_VALUE_FUNCTION), others[_i].distance);
  ck_assert_double_le(distance(newton, other, MFG_RESULT_DENSITY), others[_i].distance);
  ck_assert_int_lt(inform(newton).iterations, inform(other).iterations);
  mfg_result_release(newton);
  mfg_result_release(other);
  mfg_problem_release(problem);
}
END_TEST

/* A steep coupling at small viscosity, from a cold start. */
START_TEST(newton_at_small_viscosity) {
  static const char *const viscosities[] = {"0.1", "0.05", "0.02", "0.01", "0.005"};
  for (int i = 0; i < 5; i++) {
    mfg_problem *problem = ring(64, 32);
    set_text(problem, MFG_PROBLEM_HORIZON, "1");
    set_text(problem, MFG_PROBLEM_VISCOSITY, viscosities[i]);
    set_text(problem, MFG_PROBLEM_COUPLING, "m^2 - sin(2*pi*x)");
    mfg_result *result = solve_for(problem, NULL, MFG_OK);
    ck_assert_int_le(inform(result).iterations, 14);
    ck_assert_double_le(inform(result).mass_error, 1e-12);
    mfg_result_release(result);
    mfg_problem_release(problem);
  }
}
END_TEST

/* Where the crowd is dense it is slow: coefficients that depend on m, on one axis and on two. */
START_TEST(congestion) {
  mfg_problem *problem = ring(48, 24);
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, "|p|^2/(2*(1 + 4*m)^1.5) + 0.1*m*px");
  if (_i) add_axis(problem, "0", "1", 6, MFG_AXIS_NO_FLUX);
  if (_i) set_text(problem, MFG_PROBLEM_TERMINAL_COST, "y^2");
  mfg_result *newton = solve_for(problem, NULL, MFG_OK);
  ck_assert_str_eq(inform(newton).method, "newton");
  ck_assert_int_le(inform(newton).iterations, 7);
  ck_assert_double_le(inform(newton).mass_error, 1e-12);
  ck_assert_double_ge(inform(newton).min_density, 0);
  mfg_solver_options options = {.struct_size = sizeof options, .method = MFG_METHOD_ANDERSON};
  mfg_result *anderson = solve_for(problem, &options, MFG_OK);
  ck_assert_double_le(distance(newton, anderson, MFG_RESULT_VALUE_FUNCTION), 1e-7);
  ck_assert_double_le(distance(newton, anderson, MFG_RESULT_DENSITY), 1e-7);
  mfg_result_release(newton);
  mfg_result_release(anderson);
  mfg_problem_release(problem);
}
END_TEST

START_TEST(values_do_what_their_text_does) {
  const int64_t cells = 48, steps = 6;
  mfg_problem *problem = ring(cells, steps);
  set_text(problem, MFG_PROBLEM_COUPLING, "t*cos(2*pi*x)");
  set_text(problem, MFG_PROBLEM_TERMINAL_COST, "sin(2*pi*x)");
  mfg_result *text = solve_for(problem, NULL, MFG_OK);
  const double *x = mfg_result_coordinates(text, 0), *t = mfg_result_times(text);
  double coupling[7 * 48], terminal[48], density[48];
  for (int64_t i = 0; i < cells; i++) {
    for (int64_t n = 0; n <= steps; n++)
      coupling[n * cells + i] = t[n] * cos(2 * M_PI * x[i]);
    terminal[i] = sin(2 * M_PI * x[i]);
    density[i] = 1 + 0.5 * cos(2 * M_PI * x[i]);
  }
  ck_assert_int_eq(mfg_problem_set_values(problem, MFG_PROBLEM_COUPLING, 2,
                                          (int64_t[]){steps + 1, cells}, coupling),
                   MFG_OK);
  ck_assert_int_eq(
      mfg_problem_set_values(problem, MFG_PROBLEM_TERMINAL_COST, 1, (int64_t[]){cells}, terminal),
      MFG_OK);
  ck_assert_int_eq(
      mfg_problem_set_values(problem, MFG_PROBLEM_INITIAL_DENSITY, 1, (int64_t[]){cells}, density),
      MFG_OK);
  mfg_result *values = solve_for(problem, NULL, MFG_OK);
  ck_assert_double_le(distance(text, values, MFG_RESULT_VALUE_FUNCTION), 1e-12);
  ck_assert_double_le(distance(text, values, MFG_RESULT_DENSITY), 1e-12);
  mfg_result_release(text);
  mfg_result_release(values);
  mfg_problem_release(problem);
}
END_TEST

START_TEST(recorded_run_has_the_bits_of_an_eager_one) {
  mfg_problem *problem = ring(33, 11);
  mfg_solver_options options = {
      .struct_size = sizeof options, .eager = 1, .method = _i ? MFG_METHOD_ANDERSON : 0};
  mfg_result *eager = solve_for(problem, &options, MFG_OK);
  options.eager = 0;
  mfg_result *recorded = solve_for(problem, &options, MFG_OK);
  ck_assert_int_eq(inform(eager).iterations, inform(recorded).iterations);
  ck_assert_mem_eq(mfg_result_residuals(eager), mfg_result_residuals(recorded),
                   (size_t)inform(eager).iterations * sizeof(double));
  ck_assert_double_eq(distance(eager, recorded, MFG_RESULT_VALUE_FUNCTION), 0);
  ck_assert_double_eq(distance(eager, recorded, MFG_RESULT_DENSITY), 0);
  mfg_result_release(eager);
  mfg_result_release(recorded);
  mfg_problem_release(problem);
}
END_TEST

START_TEST(single_precision) {
  if (!mfg_context_supports(context, MFG_FLOAT32)) ck_abort_msg("the device has no float32");
  mfg_problem *problem = ring(48, 24);
  mfg_result *wide = solve_for(problem, NULL, MFG_OK);
  mfg_solver_options options = {
      .struct_size = sizeof options, .precision = MFG_FLOAT32, .tolerance = 1e-3};
  mfg_result *narrow = solve_for(problem, &options, MFG_OK);
  ck_assert_str_eq(inform(narrow).precision, "float32");
  ck_assert_double_le(inform(narrow).mass_error, 1e-5);
  ck_assert_double_ge(inform(narrow).min_density, 0);
  ck_assert_double_le(distance(wide, narrow, MFG_RESULT_DENSITY), 1e-3);
  mfg_result_release(wide);
  mfg_result_release(narrow);
  mfg_problem_release(problem);
}
END_TEST

START_TEST(iterations_run_out) {
  mfg_problem *problem = ring(48, 24);
  mfg_solver_options options = {
      .struct_size = sizeof options, .tolerance = 1e-14, .max_iterations = 3};
  mfg_result *result = solve_for(problem, &options, MFG_ERROR_NOT_CONVERGED);
  mfg_result_information facts = inform(result);
  ck_assert(!facts.converged);
  ck_assert_int_eq(facts.status, MFG_ERROR_NOT_CONVERGED);
  ck_assert_int_eq(facts.iterations, 3);
  double best = INFINITY;
  for (int i = 0; i < 3; i++)
    best = fmin(best, mfg_result_residuals(result)[i]);
  ck_assert_double_le(facts.residual, best * (1 + 1e-9));
  ck_assert_double_le(facts.mass_error, 1e-12);
  mfg_result_release(result);
  mfg_problem_release(problem);
}
END_TEST

static bool stop_at_two(const mfg_progress *progress, void *user) {
  int64_t *seen = user;
  *seen = progress->iteration;
  ck_assert_double_eq(progress->residual,
                      fmax(progress->residual_value, progress->residual_density));
  return progress->iteration < 2;
}

START_TEST(callback_stops) {
  mfg_problem *problem = ring(48, 24);
  int64_t seen = 0;
  mfg_solver_options options = {
      .struct_size = sizeof options, .progress = stop_at_two, .progress_user = &seen};
  mfg_result *result = solve_for(problem, &options, MFG_ERROR_INTERRUPTED);
  ck_assert_int_eq(seen, 2);
  ck_assert_int_eq(inform(result).iterations, 2);
  mfg_result_release(result);
  mfg_problem_release(problem);
}
END_TEST

/* options, field of the error */
static const struct {
  mfg_solver_options options;
  mfg_status status;
  const char *field;
} bad_options[] = {
    {{.method = 17}, MFG_ERROR_INVALID_ARGUMENT, "solver.method"},
    {{.method = MFG_METHOD_POLICY}, MFG_ERROR_UNSUPPORTED, "solver.method"},
    {{.precision = MFG_INT32}, MFG_ERROR_INVALID_ARGUMENT, "solver.precision"},
    {{.tolerance = -1}, MFG_ERROR_INVALID_ARGUMENT, "solver.tolerance"},
    {{.tolerance = (double)NAN}, MFG_ERROR_INVALID_ARGUMENT, "solver.tolerance"},
    {{.max_iterations = -1}, MFG_ERROR_INVALID_ARGUMENT, "solver.max_iterations"},
    {{.damping = 1.5}, MFG_ERROR_INVALID_ARGUMENT, "solver.damping"},
    {{.damping = -0.5}, MFG_ERROR_INVALID_ARGUMENT, "solver.damping"},
    {{.anderson_depth = 21}, MFG_ERROR_INVALID_ARGUMENT, "solver.anderson_depth"},
};

START_TEST(bad_option_is_named) {
  mfg_problem *problem = ring(8, 4);
  mfg_solver_options options = bad_options[_i].options;
  options.struct_size = sizeof options;
  ck_assert_ptr_null(solve_for(problem, &options, bad_options[_i].status));
  ck_assert_str_eq(mfg_problem_last_error()->field, bad_options[_i].field);
  mfg_problem_release(problem);
}
END_TEST

TCase *method_tests(void) {
  TCase *tests = tcase_create("methods");
  tcase_add_loop_test(tests, methods_agree, 0, (int)(sizeof others / sizeof *others));
  tcase_add_test(tests, newton_at_small_viscosity);
  tcase_add_loop_test(tests, congestion, 0, 2);
  tcase_add_test(tests, values_do_what_their_text_does);
  tcase_add_loop_test(tests, recorded_run_has_the_bits_of_an_eager_one, 0, 2);
  tcase_add_test(tests, single_precision);
  tcase_add_test(tests, iterations_run_out);
  tcase_add_test(tests, callback_stops);
  tcase_add_loop_test(tests, bad_option_is_named, 0,
                      (int)(sizeof bad_options / sizeof *bad_options));
  return tests;
}
