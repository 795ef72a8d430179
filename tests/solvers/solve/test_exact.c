/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Problems with exact answers: the errors, and how they fall under refinement. */
#include "solve_tests.h"

typedef struct errors {
  double u, m;
} errors;

/* Whatever is solved: mass to rounding, no negative density, a residual below the tolerance. */
static mfg_result *solve_soundly(mfg_problem *problem) {
  mfg_result *result = solve_for(problem, NULL, MFG_OK);
  mfg_result_information facts = inform(result);
  ck_assert(facts.converged);
  ck_assert_double_le(facts.residual, 1e-8);
  ck_assert_double_le(facts.mass_error, 1e-12);
  ck_assert_double_ge(facts.min_density, 0);
  ck_assert_str_eq(facts.fallbacks, "");
  mfg_problem_release(problem);
  return result;
}

/* Linear-quadratic with the mean in both costs, on [-4, 4]:
 *   f = x^2/2 + (x - 0.8 mean(x))^2/4,  g = x^2/4 + (x - 0.5 mean(x))^2/4,  m0 = N(1, 0.2),
 * whose u is quadratic in x and whose m stays Gaussian. The figures solve its Riccati equations. */
static const double riccati_P = 1.203565460079, riccati_b = -.196673076349,
                    riccati_c = .184348431912;
static const double mean_T = .400389874152, variance_T = .101998257353;

static errors linear_quadratic(int64_t cells, int64_t steps) {
  mfg_problem *problem = new_problem("-4", "4", cells, MFG_AXIS_NO_FLUX, "1", steps);
  set_text(problem, MFG_PROBLEM_VISCOSITY, "0.1");
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, "0.5*|p|^2");
  set_text(problem, MFG_PROBLEM_COUPLING, "x^2/2 + (x - 0.8*mean(x))^2/4");
  set_text(problem, MFG_PROBLEM_TERMINAL_COST, "x^2/4 + (x - 0.5*mean(x))^2/4");
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, "exp(-(x - 1)^2/(2*0.2))");
  mfg_result *result = solve_soundly(problem);
  double *u = read_field(result, MFG_RESULT_VALUE_FUNCTION);
  double *m = read_field(result, MFG_RESULT_DENSITY);
  const double *x = mfg_result_coordinates(result, 0);
  const double *last = m + steps * cells, h = 8.0 / (double)cells;
  errors e = {0, 0};
  for (int64_t i = 0; i < cells; i++) {
    double deviation = x[i] - mean_T;
    double gauss = exp(-deviation * deviation / (2 * variance_T)) / sqrt(2 * M_PI * variance_T);
    e.u += h * m[i] * fabs(u[i] - (0.5 * riccati_P * x[i] * x[i] + riccati_b * x[i] + riccati_c));
    e.m += h * fabs(last[i] - gauss);
  }
  free(u);
  free(m);
  mfg_result_release(result);
  return e;
}

/* u = -2 nu log phi and m = phi psi solve the system for any coupling F(m) - F(phi psi):
 *   phi = 1 + exp(-4 pi^2 nu (T-t)) cos(2 pi x)/2,  psi = 1 + exp(-4 pi^2 nu t) sin(2 pi x)/2. */
#define PHI(t) "(1 + 0.5*exp(-4*pi^2*nu*(T - (" t ")))*cos(2*pi*x))"
#define PSI(t) "(1 + 0.5*exp(-4*pi^2*nu*(" t "))*sin(2*pi*x))"

static errors torus(double nu, int64_t cells, int64_t steps, int64_t iterations) {
  const double horizon = 0.5, decay = 4 * M_PI * M_PI * nu;
  mfg_problem *problem = new_problem("0", "1", cells, MFG_AXIS_PERIODIC, "T", steps);
  char text[40];
  snprintf(text, sizeof text, "%.17g", nu);
  ck_assert_int_eq(mfg_problem_set_parameter(problem, "nu", text), MFG_OK);
  ck_assert_int_eq(mfg_problem_set_parameter(problem, "T", "0.5"), MFG_OK);
  set_text(problem, MFG_PROBLEM_VISCOSITY, "nu");
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, "|p|^2/2");
  set_text(problem, MFG_PROBLEM_COUPLING, "m^2 - (" PHI("t") "*" PSI("t") ")^2");
  set_text(problem, MFG_PROBLEM_TERMINAL_COST, "-2*nu*log(" PHI("T") ")");
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, PHI("0") "*" PSI("0"));
  mfg_result *result = solve_soundly(problem);
  ck_assert_int_le(inform(result).iterations, iterations);
  double *u = read_field(result, MFG_RESULT_VALUE_FUNCTION);
  double *m = read_field(result, MFG_RESULT_DENSITY);
  const double *x = mfg_result_coordinates(result, 0), *t = mfg_result_times(result);
  errors e = {0, 0};
  for (int64_t n = 0; n <= steps; n++)
    for (int64_t i = 0; i < cells; i++) {
      double phi = 1 + 0.5 * exp(-decay * (horizon - t[n])) * cos(2 * M_PI * x[i]);
      double psi = 1 + 0.5 * exp(-decay * t[n]) * sin(2 * M_PI * x[i]);
      e.u = fmax(e.u, fabs(u[n * cells + i] + 2 * nu * log(phi)));
      e.m = fmax(e.m, fabs(m[n * cells + i] - phi * psi));
    }
  free(u);
  free(m);
  mfg_result_release(result);
  return e;
}

/* Linear-quadratic with the cost log(m) and g = (x - 1/2)^2/2 on [-4, 4], m0 = N(-1/2, 0.1): u
 * stays quadratic, m Gaussian, and its mean moves by t/2. The floor under the logarithm is not
 * felt. */
static const struct {
  const char *nu;
  double P, c, variance;
} logarithmic[] = {
    {"0.5", -1.538838072012, -.760266349662, .754609767628},
    {"0.1", -3.090236111947, -.831259943647, .396215379673},
};

START_TEST(logarithmic_coupling_within_tolerance) {
  const int64_t cells = 800, steps = 200;
  mfg_problem *problem = new_problem("-4", "4", cells, MFG_AXIS_NO_FLUX, "1", steps);
  set_text(problem, MFG_PROBLEM_VISCOSITY, logarithmic[_i].nu);
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, "0.5*|p|^2");
  set_text(problem, MFG_PROBLEM_COUPLING, "log(max(m, 1e-6))");
  set_text(problem, MFG_PROBLEM_TERMINAL_COST, "0.5*(x - 0.5)^2");
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, "exp(-(x + 0.5)^2/(2*0.1))");
  mfg_result *result = solve_soundly(problem);
  ck_assert_int_le(inform(result).iterations, 11);
  double *u = read_field(result, MFG_RESULT_VALUE_FUNCTION);
  double *m = read_field(result, MFG_RESULT_DENSITY);
  const double *x = mfg_result_coordinates(result, 0);
  double h = 8.0 / (double)cells, P = logarithmic[_i].P, variance = logarithmic[_i].variance;
  double error_u = 0, error_m = 0, mean = 0;
  for (int64_t i = 0; i < cells; i++) {
    double last = m[steps * cells + i];
    double gauss = exp(-x[i] * x[i] / (2 * variance)) / sqrt(2 * M_PI * variance);
    double exact = 0.5 * P * x[i] * x[i] + 0.5 * (P - 1) * x[i] + logarithmic[_i].c;
    error_u += h * m[i] * fabs(u[i] - exact);
    error_m += h * fabs(last - gauss);
    mean += h * x[i] * last;
  }
  ck_assert_double_le(error_u, 6.5e-3);
  ck_assert_double_le(error_m, 7.5e-3);
  ck_assert_double_le(fabs(mean), 1e-3);
  free(u);
  free(m);
  mfg_result_release(result);
}
END_TEST

static void falls_with_order(errors coarse, errors fine, double refinement, double order) {
  ck_assert_double_ge(log(coarse.u / fine.u) / log(refinement), order);
  ck_assert_double_ge(log(coarse.m / fine.m) / log(refinement), order);
}

START_TEST(linear_quadratic_within_tolerance) {
  errors e = linear_quadratic(800, 200);
  ck_assert_double_le(e.u, 4e-3);
  ck_assert_double_le(e.m, 1.5e-2);
  falls_with_order(linear_quadratic(400, 100), e, 2, 0.9);
}
END_TEST

START_TEST(linear_quadratic_first_order) {
  errors e[] = {linear_quadratic(100, 25), linear_quadratic(200, 50), linear_quadratic(400, 100)};
  falls_with_order(e[0], e[1], 2, 0.9);
  falls_with_order(e[1], e[2], 2, 0.9);
}
END_TEST

START_TEST(torus_within_tolerance) {
  errors e = torus(0.1, 256, 128, 6);
  ck_assert_double_le(e.u, 7e-4);
  ck_assert_double_le(e.m, 6e-3);
}
END_TEST

START_TEST(torus_at_small_viscosity) {
  errors e = torus(0.02, 128, 64, 8);
  ck_assert_double_le(e.u, 3e-4);
  ck_assert_double_le(e.m, 2.2e-3);
  torus(0.005, 128, 64, 8); /* solved, soundly */
  torus(0.001, 128, 64, 8);
}
END_TEST

START_TEST(torus_first_order) {
  errors e[] = {torus(0.1, 64, 32, 6), torus(0.1, 128, 64, 6), torus(0.1, 256, 128, 6)};
  falls_with_order(e[0], e[1], 2, 0.9);
  falls_with_order(e[1], e[2], 2, 0.9);
}
END_TEST

/* A Hamiltonian that does not separate, |p|^2 / (2 (1 + 4m)^1.5), by its discrete values on 200
 * cells and 200 steps, which policy iteration on the same scheme gives as well. The terminal cost's
 * one-sided differences vanish where the ring closes, and the crowd stands on 51 points, both ends
 * included. */
START_TEST(congestion_to_ten_digits) {
  mfg_problem *problem = new_problem("0", "1", 200, MFG_AXIS_PERIODIC, "1", 200);
  set_text(problem, MFG_PROBLEM_VISCOSITY, "0.05");
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, "|p|^2/(2*(1 + 4*m)^1.5)");
  set_text(problem, MFG_PROBLEM_COUPLING, "m");
  set_text(problem, MFG_PROBLEM_TERMINAL_COST, "10*min((max(x, 1/200) - 0.3)^2, (x - 0.7)^2)");
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, "x > 0.3749 && x < 0.6251");
  mfg_solver_options options = {.struct_size = sizeof options, .tolerance = 1e-10};
  mfg_result *result = solve_for(problem, &options, MFG_OK);
  ck_assert_int_le(inform(result).iterations, 10);
  ck_assert_double_le(inform(result).mass_error, 1e-12);
  ck_assert_double_ge(inform(result).min_density, 0);
  double *u = read_field(result, MFG_RESULT_VALUE_FUNCTION);
  double *m = read_field(result, MFG_RESULT_DENSITY);
  ck_assert_double_eq_tol(u[100], 1.6516076231, 1e-9);
  ck_assert_double_eq_tol(m[200 * 200 + 100], 1.0050516633, 1e-9);
  ck_assert_double_eq_tol(m[100 * 200 + 100], 1.5230575271, 1e-9);
  free(u);
  free(m);
  mfg_result_release(result);
  mfg_problem_release(problem);
}
END_TEST

/* With nothing to gain by moving and no cost, u is the terminal cost's constant and m diffuses: an
 * eigenfunction of the discrete Laplacian decays by its own factor, exactly. */
START_TEST(diffusion_alone_is_exact) {
  const int64_t cells = 32, steps = 10;
  mfg_problem *problem = new_problem("0", "1", cells, MFG_AXIS_NO_FLUX, "0.2", steps);
  set_text(problem, MFG_PROBLEM_VISCOSITY, "0.3");
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, "0.5*|p|^2");
  set_text(problem, MFG_PROBLEM_TERMINAL_COST, "2");
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, "1 + 0.5*cos(pi*x)");
  mfg_result *result = solve_soundly(problem);
  double *u = read_field(result, MFG_RESULT_VALUE_FUNCTION);
  double *m = read_field(result, MFG_RESULT_DENSITY);
  const double *x = mfg_result_coordinates(result, 0), h = 1.0 / (double)cells;
  double eigenvalue = (2 - 2 * cos(M_PI * h)) / (h * h);
  double factor = pow(1 + 0.2 / (double)steps * 0.3 * eigenvalue, -(double)steps);
  for (int64_t i = 0; i < cells; i++) {
    ck_assert_double_eq_tol(u[i], 2, 1e-13);
    ck_assert_double_eq_tol(m[steps * cells + i], 1 + 0.5 * factor * cos(M_PI * x[i]), 1e-12);
  }
  free(u);
  free(m);
  mfg_result_release(result);
}
END_TEST

/* A drift b p carries the mass against its sign: m_t = div(m b), so with b = -1 and hardly any
 * diffusion the mean moves by +T, on the line between walls and on the ring alike. */
static double mean_after_drift(const char *hamiltonian, int boundary) {
  const int64_t cells = 400, steps = 100;
  mfg_problem *problem = new_problem("0", "4", cells, boundary, "1", steps);
  set_text(problem, MFG_PROBLEM_VISCOSITY, "0.001");
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, hamiltonian);
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, "exp(-(x - 2)^2/(2*0.02))");
  mfg_result *result = solve_soundly(problem);
  double *m = read_field(result, MFG_RESULT_DENSITY), mean = 0;
  const double *x = mfg_result_coordinates(result, 0);
  for (int64_t i = 0; i < cells; i++)
    mean += x[i] * m[steps * cells + i] * 4 / (double)cells;
  free(m);
  mfg_result_release(result);
  return mean;
}

START_TEST(drift_moves_the_mean) {
  int boundary = _i ? MFG_AXIS_NO_FLUX : MFG_AXIS_PERIODIC;
  ck_assert_double_eq_tol(mean_after_drift("-p", boundary), 3, 1e-3);
  ck_assert_double_eq_tol(mean_after_drift("p + 0.5*|p|^2", boundary), 1, 1e-3);
  ck_assert_double_eq_tol(mean_after_drift("-2*t*p", boundary), 3.01, 1e-3);
}
END_TEST

/* Mass and sign hold in hard places: no diffusion, a cost with a jump, empty cells, few cells. */
static const struct {
  int boundary;
  int64_t cells, steps;
  const char *viscosity, *hamiltonian, *coupling, *terminal, *density;
} rough[] = {
    {MFG_AXIS_NO_FLUX, 60, 40, "0", "0.5*|p|^2", "0", "(x - 0.75)^2", "x < 0.5"},
    {MFG_AXIS_PERIODIC, 60, 40, "0", "0.5*|p|^2", "0", "cos(2*pi*x)", "x > 0.25 && x < 0.5"},
    {MFG_AXIS_PERIODIC, 50, 20, "0.05", "(1 + 0.5*sin(2*pi*x))*|p|^2 + t*sin(2*pi*x)*p", "m",
     "x > 0.5 ? 1 : 0", "x > 0.25 && x < 0.5"},
    {MFG_AXIS_NO_FLUX, 50, 20, "0.05", "|p|^2/(1 + m) - cos(x)*p + x", "0.2*m^2 + mean(x)",
     "mean((x - mean(x))^2)", "exp(-100*(x - 0.3)^2)"},
    {MFG_AXIS_NO_FLUX, 1, 3, "1", "|p|^2", "m", "x", "1"},
    {MFG_AXIS_NO_FLUX, 2, 3, "1", "|p|^2 + p", "m", "x", "x"},
    {MFG_AXIS_PERIODIC, 3, 3, "1", "|p|^2 - p", "m", "x", "1 + x"},
};

START_TEST(mass_and_sign_hold) {
  mfg_problem *problem =
      new_problem("0", "1", rough[_i].cells, rough[_i].boundary, "1", rough[_i].steps);
  set_text(problem, MFG_PROBLEM_VISCOSITY, rough[_i].viscosity);
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, rough[_i].hamiltonian);
  set_text(problem, MFG_PROBLEM_COUPLING, rough[_i].coupling);
  set_text(problem, MFG_PROBLEM_TERMINAL_COST, rough[_i].terminal);
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, rough[_i].density);
  mfg_result_release(solve_soundly(problem));
}
END_TEST

TCase *exact_tests(void) {
  TCase *tests = tcase_create("exact");
  tcase_set_tags(tests, "large");
  tcase_add_test(tests, linear_quadratic_within_tolerance);
  tcase_add_test(tests, linear_quadratic_first_order);
  tcase_add_test(tests, torus_within_tolerance);
  tcase_add_test(tests, torus_first_order);
  tcase_add_test(tests, torus_at_small_viscosity);
  tcase_add_loop_test(tests, logarithmic_coupling_within_tolerance, 0, 2);
  tcase_add_test(tests, congestion_to_ten_digits);
  return tests;
}

TCase *sound_tests(void) {
  TCase *tests = tcase_create("sound");
  tcase_add_test(tests, diffusion_alone_is_exact);
  tcase_add_loop_test(tests, drift_moves_the_mean, 0, 2);
  tcase_add_loop_test(tests, mass_and_sign_hold, 0, (int)(sizeof rough / sizeof *rough));
  return tests;
}
