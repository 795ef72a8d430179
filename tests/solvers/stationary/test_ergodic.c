/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ergodic problems: u, m and lambda. */
#include "stationary_tests.h"

static mfg_problem *stationary_problem(double viscosity, const char *hamiltonian) {
  mfg_problem *problem;
  ck_assert_int_eq(mfg_problem_create(&problem), MFG_OK);
  ck_assert_int_eq(mfg_problem_set_stationary(problem, true), MFG_OK);
  ck_assert_int_eq(mfg_problem_set_number(problem, MFG_PROBLEM_VISCOSITY, viscosity), MFG_OK);
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, hamiltonian);
  return problem;
}

static void set_parameter(mfg_problem *problem, const char *name, double value) {
  char text[40];
  snprintf(text, sizeof text, "%.17g", value);
  ck_assert_int_eq(mfg_problem_set_parameter(problem, name, text), MFG_OK);
}

/* What every solution keeps. */
static void check_kept(const mfg_result_information *facts) {
  ck_assert(facts->stationary && facts->converged);
  ck_assert_int_eq(facts->steps, 0);
  ck_assert_double_le(facts->residual, 1e-8);
  ck_assert_double_le(facts->mass_error, 1e-12);
  ck_assert_double_ge(facts->min_density, 0);
  ck_assert_int_eq(facts->iterations > 0, 1);
}

/* ---- a solution that is known ------------------------------------------------------------------
 *
 * u = b sum over axes of cos(k x),  m = exp(-2 a u/nu)/Z,  F(m) = m^2,  with k = 2 pi on periodic
 * axes, and pi between walls: m carries no flux anywhere. */

typedef struct errors {
  double u, m, lambda;
} errors;

static const double viscosity = 0.3, height = 0.05, exact_lambda = 0.7;

/* The integral of exp(-u/nu) along one axis, by the rule of midpoints: exact to rounding, since the
 * function is smooth and periodic. */
static double integral(void) {
  double sum = 0;
  for (int i = 0; i < 200; i++)
    sum += exp(-height / viscosity * cos(M_PI * (i + 0.5) / 100));
  return sum / 200;
}

static double exact_value(const mfg_result *result, const mfg_result_information *facts,
                          const int *boundary, int64_t index) {
  double sum = 0;
  for (int d = facts->axes - 1; d >= 0; d--) {
    double x = mfg_result_coordinates(result, d)[index % facts->cells[d]];
    sum += cos((boundary[d] == MFG_AXIS_PERIODIC ? 2 : 1) * M_PI * x);
    index /= facts->cells[d];
  }
  return height * sum;
}

static errors errors_of(const mfg_result *result, const int *boundary) {
  mfg_result_information facts = inform(result);
  check_kept(&facts);
  double *u = read_field(result, MFG_RESULT_VALUE_FUNCTION);
  double *m = read_field(result, MFG_RESULT_DENSITY);
  double mean = 0, scale = pow(integral(), facts.axes);
  int64_t count = facts.cells[0] * facts.cells[1] * facts.cells[2];
  errors worst = {0, 0, fabs(facts.lambda - exact_lambda)};
  for (int64_t i = 0; i < count; i++) {
    double exact = exact_value(result, &facts, boundary, i);
    mean += u[i] / (double)count;
    worst.u = fmax(worst.u, fabs(u[i] - exact));
    worst.m = fmax(worst.m, fabs(m[i] - exp(-exact / viscosity) / scale));
  }
  ck_assert_double_le(fabs(mean), 1e-12);
  free(u);
  free(m);
  return worst;
}

static errors solve_known(int axes, int64_t cells, const int *boundary) {
  static const char *const names[] = {"x", "y", "z"};
  mfg_problem *problem = stationary_problem(viscosity, "0.5*|p|^2");
  set_parameter(problem, "nu", viscosity);
  set_parameter(problem, "b", height);
  set_parameter(problem, "lambda", exact_lambda);
  set_parameter(problem, "Z", pow(integral(), axes));
  char cosines[100] = "0", cost[800] = "m^2 + lambda";
  for (int d = 0; d < axes; d++) {
    const char *wave = boundary[d] == MFG_AXIS_PERIODIC ? "2*pi" : "pi", *x = names[d];
    char part[200];
    snprintf(part, sizeof part, " + cos(%s*%s)", wave, x);
    strcat(cosines, part);
    snprintf(part, sizeof part, " + (%s)^2*(nu*b*cos(%s*%s) + 0.5*b^2*sin(%s*%s)^2)", wave, wave, x,
             wave, x);
    strcat(cost, part);
    add_axis(problem, "0", "1", cells, boundary[d]);
  }
  char text[1000];
  snprintf(text, sizeof text, "%s - (exp(-b*(%s)/nu)/Z)^2", cost, cosines);
  set_text(problem, MFG_PROBLEM_COUPLING, text);
  mfg_result *result = solve_for(problem, NULL, MFG_OK);
  errors found = errors_of(result, boundary);
  mfg_result_release(result);
  mfg_problem_release(problem);
  return found;
}

static void check_first_order(int axes, int64_t cells, const int *boundary, double bound,
                              double least_order) {
  errors coarse = solve_known(axes, cells, boundary), fine = solve_known(axes, 2 * cells, boundary);
  ck_assert_double_le(fine.u, bound);
  ck_assert_double_le(fine.m, 3 * bound);
  ck_assert_double_ge(log2(coarse.u / fine.u), least_order);
  ck_assert_double_ge(log2(coarse.m / fine.m), least_order);
  ck_assert_double_ge(log2(coarse.lambda / fine.lambda), least_order);
}

START_TEST(a_ring_is_of_first_order) {
  check_first_order(1, 64, (int[]){MFG_AXIS_PERIODIC}, 2e-3, 0.9);
}
END_TEST

START_TEST(a_corridor_is_of_first_order) {
  check_first_order(1, 64, (int[]){MFG_AXIS_NO_FLUX}, 1e-3, 0.9);
}
END_TEST

START_TEST(a_tube_is_of_first_order) {
  check_first_order(2, 48, (int[]){MFG_AXIS_PERIODIC, MFG_AXIS_NO_FLUX}, 1e-3, 0.9);
}
END_TEST

/* On meshes as coarse as these the order is still on its way to 1. */
START_TEST(three_axes_are_of_first_order) {
  check_first_order(3, 12, (int[]){MFG_AXIS_NO_FLUX, MFG_AXIS_PERIODIC, MFG_AXIS_NO_FLUX}, 1e-2,
                    0.6);
}
END_TEST

/* ---- the test of Achdou and Capuzzo-Dolcetta (2010) -------------------------------------------
 */

static mfg_result_information solve_torus(double nu, int64_t cells) {
  mfg_problem *problem = stationary_problem(nu, "|p|^2");
  add_axis(problem, "0", "1", cells, MFG_AXIS_PERIODIC);
  add_axis(problem, "0", "1", cells, MFG_AXIS_PERIODIC);
  set_text(problem, MFG_PROBLEM_COUPLING, "m^2 - (sin(2*pi*x) + sin(2*pi*y) + cos(4*pi*x))");
  mfg_result *result = solve_for(problem, NULL, MFG_OK);
  mfg_result_information facts = inform(result);
  check_kept(&facts);
  mfg_result_release(result);
  mfg_problem_release(problem);
  return facts;
}

/* Newton's method needs as many steps on any mesh, and comes down to small viscosities. */
START_TEST(steps_do_not_grow_with_the_mesh) {
  ck_assert_int_le(solve_torus(0.1, 16).iterations, 7);
  ck_assert_int_le(solve_torus(0.1, 32).iterations, 7);
  ck_assert_int_le(solve_torus(0.02, 16).iterations, 20);
}
END_TEST

typedef struct torus {
  double viscosity, lambda;
} torus;

static const torus table[] = {{1, 0.978402507071},    {0.5, 0.959212718320},
                              {0.1, 1.107293523858},  {0.05, 1.159108782311},
                              {0.02, 1.183919540268}, {0.01, 1.189683417294}};

/* Errors of the first and of the second order go out of three meshes. */
START_TEST(lambda_extrapolates_to_the_table) {
  const torus *row = &table[_i];
  double coarse = solve_torus(row->viscosity, 32).lambda;
  double middle = solve_torus(row->viscosity, 64).lambda;
  double fine = solve_torus(row->viscosity, 128).lambda;
  double extrapolated = (8 * fine - 6 * middle + coarse) / 3;
  printf("viscosity %g: lambda %.8f %.8f %.8f, extrapolated %.8f, exact %.8f, order %.3f\n",
         row->viscosity, coarse, middle, fine, extrapolated, row->lambda,
         log2(fabs(coarse - row->lambda) / fabs(middle - row->lambda)));
  ck_assert_double_le(fabs(extrapolated - row->lambda), 1e-4);
}
END_TEST

/* ---- what is refused, and what is kept --------------------------------------------------------
 */

START_TEST(other_methods_are_refused) {
  mfg_problem *problem = stationary_problem(0.1, "0.5*|p|^2");
  add_axis(problem, "0", "1", 8, MFG_AXIS_PERIODIC);
  mfg_solver_options options = {.struct_size = sizeof options, .method = MFG_METHOD_PICARD};
  mfg_result *result = solve_for(problem, &options, MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_ptr_null(result);
  ck_assert_str_eq(mfg_problem_last_error()->field, "solver.method");
  mfg_problem_release(problem);
}
END_TEST

/* A table with a column in it: the crowd stands around it. */
static mfg_problem *table_with_column(const char *hamiltonian) {
  mfg_problem *problem = stationary_problem(0.1, hamiltonian);
  add_axis(problem, "0", "1", 14, MFG_AXIS_PERIODIC);
  add_axis(problem, "0", "0.5", 9, MFG_AXIS_NO_FLUX);
  set_text(problem, MFG_PROBLEM_COUPLING, "m - sin(2*pi*x) - y");
  set_text(problem, MFG_PROBLEM_OBSTACLE, "(x - 0.4)^2 + (y - 0.25)^2 < 0.02");
  return problem;
}

START_TEST(nobody_stands_in_an_obstacle) {
  mfg_problem *problem = table_with_column("|p|^2/2 + 0.2*px");
  mfg_result *result = solve_for(problem, NULL, MFG_OK);
  mfg_result_information facts = inform(result);
  check_kept(&facts);
  const uint8_t *obstacle = mfg_result_obstacle(result);
  double *u = read_field(result, MFG_RESULT_VALUE_FUNCTION);
  double *m = read_field(result, MFG_RESULT_DENSITY);
  double sum = 0;
  int blocked = 0;
  for (int i = 0; i < 14 * 9; i++) {
    if (obstacle[i]) ck_assert(u[i] == 0 && m[i] == 0);
    if (!obstacle[i]) ck_assert_double_gt(m[i], 0);
    blocked += obstacle[i];
    sum += u[i];
  }
  ck_assert_int_gt(blocked, 0);
  ck_assert_double_le(fabs(sum), 1e-12);
  free(u);
  free(m);
  mfg_result_release(result);
  mfg_problem_release(problem);
}
END_TEST

START_TEST(a_crowd_may_slow_itself_down) {
  mfg_problem *problem = table_with_column("|p|^2/(1 + m)");
  mfg_result *result = solve_for(problem, NULL, MFG_OK);
  mfg_result_information facts = inform(result);
  check_kept(&facts);
  mfg_result_release(result);
  mfg_problem_release(problem);
}
END_TEST

/* A run that is cut short keeps what it has, and goes on from it. */
START_TEST(best_iterate_is_kept) {
  mfg_problem *problem = table_with_column("2*|p|^2");
  mfg_solver_options options = {.struct_size = sizeof options, .max_iterations = 2};
  mfg_result *result = solve_for(problem, &options, MFG_ERROR_NOT_CONVERGED);
  mfg_result_information facts = inform(result);
  ck_assert_int_eq(facts.iterations, 2);
  ck_assert_double_gt(facts.residual, 1e-8);
  ck_assert_double_le(facts.mass_error, 1e-12);
  mfg_state *state;
  ck_assert_int_eq(mfg_result_state(result, &state), MFG_OK);
  options.start = state;
  options.max_iterations = 0;
  mfg_result *again = solve_for(problem, &options, MFG_OK);
  facts = inform(again);
  check_kept(&facts);
  mfg_state_release(state);
  mfg_result_release(again);
  mfg_result_release(result);
  mfg_problem_release(problem);
}
END_TEST

START_TEST(a_cost_that_is_no_number_is_named) {
  mfg_problem *problem = stationary_problem(0.1, "|p|^2/2");
  add_axis(problem, "0", "1", 8, MFG_AXIS_PERIODIC);
  set_text(problem, MFG_PROBLEM_COUPLING, "log(x - 0.5)");
  ck_assert_ptr_null(solve_for(problem, NULL, MFG_ERROR_NOT_FINITE));
  ck_assert_str_eq(mfg_problem_last_error()->field, "coupling");
  mfg_problem_release(problem);
}
END_TEST

START_TEST(single_precision_comes_down_to_its_rounding) {
  mfg_problem *problem = table_with_column("|p|^2/2");
  mfg_solver_options options = {
      .struct_size = sizeof options, .precision = MFG_FLOAT32, .tolerance = 1e-3};
  mfg_result *result = solve_for(problem, &options, MFG_OK);
  ck_assert_double_le(inform(result).mass_error, 1e-5);
  ck_assert_double_ge(inform(result).min_density, 0);
  mfg_result_release(result);
  mfg_problem_release(problem);
}
END_TEST

/* Around obstacles the matrices of the axes do not commute, the less the finer the mesh: line steps
 * that rely on it get nowhere on 96 cells by 48. */
START_TEST(obstacles_need_no_more_steps) {
  mfg_problem *problem = stationary_problem(0.05, "0.5*|p|^2 + 0.5*px");
  add_axis(problem, "0", "2", 96, MFG_AXIS_PERIODIC);
  add_axis(problem, "0", "1", 48, MFG_AXIS_NO_FLUX);
  set_text(problem, MFG_PROBLEM_COUPLING, "m + 2*y - cos(pi*(x - 1))");
  set_text(problem, MFG_PROBLEM_OBSTACLE,
           "(x - 0.7)^2 + (y - 0.3)^2 < 0.02 || (x - 1.4)^2 + (y - 0.55)^2 < 0.03");
  mfg_result *result = solve_for(problem, NULL, MFG_OK);
  mfg_result_information facts = inform(result);
  check_kept(&facts);
  ck_assert_int_le(facts.iterations, 10);
  mfg_result_release(result);
  mfg_problem_release(problem);
}
END_TEST

/* The only level stands for all times. */
START_TEST(probes_read_the_only_level) {
  mfg_problem *problem = table_with_column("|p|^2/2");
  mfg_result *result = solve_for(problem, NULL, MFG_OK);
  double *m = read_field(result, MFG_RESULT_DENSITY), value;
  const double place[] = {mfg_result_coordinates(result, 0)[9],
                          mfg_result_coordinates(result, 1)[2]};
  ck_assert_int_eq(mfg_result_probe(result, MFG_RESULT_DENSITY, 0, place, &value), MFG_OK);
  ck_assert_double_eq_tol(value, m[9 * 9 + 2], 1e-13);
  ck_assert_int_eq(mfg_result_probe(result, MFG_RESULT_DENSITY, 1, place, &value),
                   MFG_ERROR_INVALID_ARGUMENT);
  free(m);
  mfg_result_release(result);
  mfg_problem_release(problem);
}
END_TEST

TCase *ergodic_tests(void) {
  TCase *tests = tcase_create("ergodic");
  tcase_add_test(tests, a_ring_is_of_first_order);
  tcase_add_test(tests, a_corridor_is_of_first_order);
  tcase_add_test(tests, steps_do_not_grow_with_the_mesh);
  tcase_add_test(tests, other_methods_are_refused);
  tcase_add_test(tests, nobody_stands_in_an_obstacle);
  tcase_add_test(tests, a_crowd_may_slow_itself_down);
  tcase_add_test(tests, best_iterate_is_kept);
  tcase_add_test(tests, a_cost_that_is_no_number_is_named);
  tcase_add_test(tests, single_precision_comes_down_to_its_rounding);
  tcase_add_test(tests, probes_read_the_only_level);
  return tests;
}

TCase *exact_ergodic_tests(void) {
  TCase *tests = tcase_create("exact ergodic");
  tcase_set_tags(tests, "fine");
  tcase_add_test(tests, a_tube_is_of_first_order);
  tcase_add_test(tests, three_axes_are_of_first_order);
  tcase_add_test(tests, obstacles_need_no_more_steps);
  tcase_add_loop_test(tests, lambda_extrapolates_to_the_table, 0, 6);
  return tests;
}
