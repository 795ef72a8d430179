/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exits and obstacles. */
#include "solve_tests.h"

/* ---- exits ------------------------------------------------------------------------------------
 */

/* The eigenfunction sin(pi x) of the discrete Laplacian with exits at both ends decays by its own
 * factor, and what is missing has left. */
START_TEST(diffusion_through_exits_is_exact) {
  const int64_t cells = 32, steps = 10;
  mfg_problem *problem = new_problem("0", "1", cells, MFG_AXIS_EXIT, "0.2", steps);
  set_text(problem, MFG_PROBLEM_VISCOSITY, "0.3");
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, "0.5*|p|^2");
  set_text(problem, MFG_PROBLEM_TERMINAL_COST, "2");
  set_text(problem, MFG_PROBLEM_EXIT_COST, "2");
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, "sin(pi*x)");
  mfg_result *result = solve_for(problem, NULL, MFG_OK);
  mfg_result_information facts = inform(result);
  double *u = read_field(result, MFG_RESULT_VALUE_FUNCTION);
  double *m = read_field(result, MFG_RESULT_DENSITY);
  double h = 1.0 / (double)cells, eigenvalue = (2 - 2 * cos(M_PI * h)) / (h * h);
  double factor = pow(1 + 0.2 / (double)steps * 0.3 * eigenvalue, -(double)steps);
  for (int64_t i = 0; i < cells; i++) {
    ck_assert_double_eq_tol(u[i], 2, 1e-13);
    ck_assert_double_eq_tol(m[steps * cells + i], factor * m[i], 1e-12);
  }
  ck_assert_double_eq_tol(facts.mass_left, 1 - factor, 1e-12);
  ck_assert_double_le(facts.mass_error, 1e-12);
  free(u);
  free(m);
  mfg_result_release(result);
  mfg_problem_release(problem);
}
END_TEST

typedef struct errors {
  double u, m, left;
} errors;

/* u = -2 nu log phi and m = phi psi, with u = 0 and m = 0 at both ends:
 *   phi = 1 + exp(-pi^2 nu (T-t)) sin(pi x)/2,  psi = exp(-pi^2 nu t) sin(pi x);
 * on the second axis nothing happens. */
static errors leaving(int64_t cells, int64_t steps, int axes) {
  const double nu = 0.1, horizon = 0.5, decay = M_PI * M_PI * nu;
  mfg_problem *problem = new_problem("0", "1", cells, MFG_AXIS_EXIT, "0.5", steps);
  if (axes > 1) add_axis(problem, "0", "1", 4, MFG_AXIS_NO_FLUX);
  ck_assert_int_eq(mfg_problem_set_parameter(problem, "k", "pi^2*0.1"), MFG_OK);
  set_text(problem, MFG_PROBLEM_VISCOSITY, "0.1");
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, "|p|^2/2");
  set_text(problem, MFG_PROBLEM_COUPLING,
           "m^2 - ((1 + 0.5*exp(-k*(0.5 - t))*sin(pi*x))*exp(-k*t)*sin(pi*x))^2");
  set_text(problem, MFG_PROBLEM_TERMINAL_COST, "-2*0.1*log(1 + 0.5*sin(pi*x))");
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, "(1 + 0.5*exp(-k*0.5)*sin(pi*x))*sin(pi*x)");
  mfg_problem_set_normalise(problem, false);
  mfg_result *result = solve_for(problem, NULL, MFG_OK);
  mfg_result_information facts = inform(result);
  ck_assert_double_le(facts.mass_error, 1e-12);
  ck_assert_double_ge(facts.min_density, 0);
  double *u = read_field(result, MFG_RESULT_VALUE_FUNCTION);
  double *m = read_field(result, MFG_RESULT_DENSITY);
  int64_t across = facts.cells[1];
  errors e = {0, 0, 0};
  for (int64_t n = 0; n <= steps; n++)
    for (int64_t i = 0; i < cells; i++) {
      double x = mfg_result_coordinates(result, 0)[i], t = mfg_result_times(result)[n];
      double phi = 1 + 0.5 * exp(-decay * (horizon - t)) * sin(M_PI * x);
      double psi = exp(-decay * t) * sin(M_PI * x);
      e.u = fmax(e.u, fabs(u[(n * cells + i) * across] + 2 * nu * log(phi)));
      e.m = fmax(e.m, fabs(m[(n * cells + i) * across] - phi * psi));
    }
  /* the integral of phi psi: 2/pi and 1/4 for sin and sin^2/2 */
  double start = 2 / M_PI + 0.25 * exp(-decay * horizon);
  double end = exp(-decay * horizon) * (2 / M_PI + 0.25);
  e.left = fabs(facts.mass_left - (1 - end / start));
  free(u);
  free(m);
  mfg_result_release(result);
  mfg_problem_release(problem);
  return e;
}

START_TEST(leaving_crowd_first_order) {
  errors coarse = leaving(32, 16, _i), fine = leaving(64, 32, _i);
  ck_assert_double_le(fine.u, 9e-4);
  ck_assert_double_le(fine.m, 3.2e-3);
  ck_assert_double_ge(log2(coarse.u / fine.u), 0.9);
  ck_assert_double_ge(log2(coarse.m / fine.m), 0.9);
  ck_assert_double_ge(log2(coarse.left / fine.left), 0.8);
}
END_TEST

/* One end shut: the same numbers as the half of a domain with both ends open. */
START_TEST(exit_at_one_end) {
  mfg_problem *whole = new_problem("-1", "1", 40, MFG_AXIS_EXIT, "1", 10), *half;
  ck_assert_int_eq(mfg_problem_create(&half), MFG_OK);
  mfg_problem_axis axis = {.struct_size = sizeof axis,
                           .lower = "0",
                           .upper = "1",
                           .cells = "20",
                           .boundary_lower = MFG_AXIS_NO_FLUX,
                           .boundary_upper = MFG_AXIS_EXIT};
  ck_assert_int_eq(mfg_problem_add_axis(half, &axis), MFG_OK);
  set_text(half, MFG_PROBLEM_HORIZON, "1");
  ck_assert_int_eq(mfg_problem_set_number(half, MFG_PROBLEM_STEPS, 10), MFG_OK);
  mfg_result *results[2];
  mfg_problem *problems[2] = {whole, half};
  for (int i = 0; i < 2; i++) {
    set_text(problems[i], MFG_PROBLEM_VISCOSITY, "0.05");
    set_text(problems[i], MFG_PROBLEM_HAMILTONIAN, "|p|^2");
    set_text(problems[i], MFG_PROBLEM_COUPLING, "0.5 + m");
    set_text(problems[i], MFG_PROBLEM_EXIT_COST, "0.1*t*x^2");
    set_text(problems[i], MFG_PROBLEM_INITIAL_DENSITY, "exp(-10*x^2)");
    mfg_problem_set_normalise(problems[i], false);
    results[i] = solve_for(problems[i], NULL, MFG_OK);
    ck_assert_double_le(inform(results[i]).mass_error, 1e-12);
    mfg_problem_release(problems[i]);
  }
  ck_assert_double_gt(inform(results[0]).mass_left, 0.3);
  ck_assert_double_eq_tol(inform(results[0]).mass_left, inform(results[1]).mass_left, 1e-7);
  for (int field = 0; field < 2; field++) {
    double *all = read_field(results[0], field), *part = read_field(results[1], field);
    for (int64_t k = 0; k < 11 * 20; k++)
      ck_assert_double_eq_tol(part[k], all[k / 20 * 40 + 20 + k % 20], 1e-7);
    free(all);
    free(part);
  }
  mfg_result_release(results[0]);
  mfg_result_release(results[1]);
}
END_TEST

/* ---- obstacles --------------------------------------------------------------------------------
 */

static void set_alone(mfg_problem *problem) {
  set_text(problem, MFG_PROBLEM_VISCOSITY, "0.1");
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, "|p|^2 - 0.3*px");
  set_text(problem, MFG_PROBLEM_COUPLING, "m + x");
  set_text(problem, MFG_PROBLEM_TERMINAL_COST, "0.2*m + x^2");
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, "1 + x");
  mfg_problem_set_normalise(problem, false);
}

/* An obstacle over the whole width parts the domain into two that know nothing of each other. */
START_TEST(obstacle_is_a_wall) {
  mfg_problem *alone = new_problem("0", "1", 10, MFG_AXIS_NO_FLUX, "1", 8);
  /* the points of a ring are the lower ends of its cells: it is shifted by half of one */
  mfg_problem *parted = _i ? new_problem("0.05", "3.05", 30, MFG_AXIS_PERIODIC, "1", 8)
                           : new_problem("0", "3", 30, MFG_AXIS_NO_FLUX, "1", 8);
  set_alone(alone);
  set_alone(parted);
  set_text(parted, MFG_PROBLEM_OBSTACLE, _i ? "x > 1" : "x > 1 && x < 2");
  mfg_result *one = solve_for(alone, NULL, MFG_OK), *other = solve_for(parted, NULL, MFG_OK);
  ck_assert_double_le(inform(other).mass_error, 1e-12);
  ck_assert_ptr_null(mfg_result_obstacle(one));
  for (int field = 0; field < 2; field++) {
    double *expected = read_field(one, field), *found = read_field(other, field);
    for (int64_t n = 0; n <= 8; n++)
      for (int64_t i = 0; i < 20; i++) {
        ck_assert_double_eq_tol(found[n * 30 + i], i < 10 ? expected[n * 10 + i] : 0, 1e-7);
        ck_assert_int_eq(mfg_result_obstacle(other)[i], i >= 10);
      }
    free(expected);
    free(found);
  }
  mfg_result_release(one);
  mfg_result_release(other);
  mfg_problem_release(alone);
  mfg_problem_release(parted);
}
END_TEST

/* A formula that is no number inside the obstacle; a square hole in a hall with exits. */
START_TEST(obstacle_in_a_hall) {
  mfg_problem *problem = new_problem("0", "2", 24, MFG_AXIS_EXIT, "2", 16);
  add_axis(problem, "0", "1", 12, MFG_AXIS_NO_FLUX);
  set_text(problem, MFG_PROBLEM_VISCOSITY, "0.02");
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, "|p|^2");
  set_text(problem, MFG_PROBLEM_COUPLING,
           "0.5 + 0.5*m + 0.1/((x - 1.2)^2 + (y - 0.4)^2 < 0.05 ? 0 : 1)");
  set_text(problem, MFG_PROBLEM_TERMINAL_COST, "3");
  set_text(problem, MFG_PROBLEM_OBSTACLE, "(x - 1.2)^2 + (y - 0.4)^2 < 0.05");
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, "x < 0.7 && y > 0.1 && y < 0.9");
  mfg_result *result = solve_for(problem, NULL, MFG_OK);
  mfg_result_information facts = inform(result);
  ck_assert_double_le(facts.mass_error, 1e-12);
  ck_assert_double_ge(facts.min_density, 0);
  ck_assert_double_gt(facts.mass_left, 0.9);
  ck_assert_int_le(facts.iterations, 12);
  double *m = read_field(result, MFG_RESULT_DENSITY);
  int64_t inside = 0;
  for (int64_t k = 0; k < 24 * 12; k++) {
    if (!mfg_result_obstacle(result)[k]) continue;
    inside++;
    for (int64_t n = 0; n <= 16; n++)
      ck_assert_double_eq(m[n * 24 * 12 + k], 0);
  }
  ck_assert_int_gt(inside, 10);
  free(m);
  mfg_result_release(result);
  mfg_problem_release(problem);
}
END_TEST

/* Through a door, slower where the crowd is dense. */
START_TEST(congestion_at_a_door) {
  mfg_problem *problem = new_problem("0", "1.5", 24, MFG_AXIS_EXIT, "2", 24);
  add_axis(problem, "0", "1", 16, MFG_AXIS_NO_FLUX);
  set_text(problem, MFG_PROBLEM_VISCOSITY, "0.02");
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, "|p|^2/(1 + m)");
  set_text(problem, MFG_PROBLEM_COUPLING, "1");
  set_text(problem, MFG_PROBLEM_TERMINAL_COST, "6");
  set_text(problem, MFG_PROBLEM_EXIT_COST, "x < 0.1 ? 3 : 0");
  set_text(problem, MFG_PROBLEM_OBSTACLE, "x > 0.9 && x < 1 && (y < 0.5 || y > 0.75)");
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, "x > 0.1 && x < 0.6 && y > 0.1 && y < 0.9");
  mfg_result *result = solve_for(problem, NULL, MFG_OK);
  mfg_result_information facts = inform(result);
  ck_assert_int_le(facts.iterations, 12);
  ck_assert_double_le(facts.mass_error, 1e-12);
  ck_assert_double_ge(facts.min_density, 0);
  ck_assert_double_gt(facts.mass_left, 0.9);
  mfg_result_release(result);
  mfg_problem_release(problem);
}
END_TEST

START_TEST(crowd_inside_the_obstacle_is_no_crowd) {
  mfg_problem *problem = ring(20, 4);
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, "x < 0.2");
  set_text(problem, MFG_PROBLEM_OBSTACLE, "x < 0.5");
  ck_assert_ptr_null(solve_for(problem, NULL, MFG_ERROR_INVALID_ARGUMENT));
  ck_assert_str_eq(mfg_problem_last_error()->field, "initial_density");
  mfg_problem_release(problem);
}
END_TEST

TCase *boundary_tests(void) {
  TCase *tests = tcase_create("boundaries");
  tcase_add_test(tests, diffusion_through_exits_is_exact);
  tcase_add_loop_test(tests, leaving_crowd_first_order, 1, 3);
  tcase_add_test(tests, exit_at_one_end);
  tcase_add_loop_test(tests, obstacle_is_a_wall, 0, 2);
  tcase_add_test(tests, obstacle_in_a_hall);
  tcase_add_test(tests, congestion_at_a_door);
  tcase_add_test(tests, crowd_inside_the_obstacle_is_no_crowd);
  return tests;
}
