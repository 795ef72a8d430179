/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two and three axes: problems with exact answers, and what the split scheme promises. */
#include "solve_tests.h"

typedef struct errors {
  double u, m;
} errors;

static mfg_result *solve_soundly(mfg_problem *problem) {
  mfg_result *result = solve_for(problem, NULL, MFG_OK);
  mfg_result_information facts = inform(result);
  ck_assert_double_le(facts.residual, 1e-8);
  ck_assert_double_le(facts.mass_error, 1e-12);
  ck_assert_double_ge(facts.min_density, 0);
  ck_assert_str_eq(facts.fallbacks, "");
  mfg_problem_release(problem);
  return result;
}

/* ---- u = -2 nu log phi, m = phi psi on the torus ----------------------------------------------
 *
 * phi = 1 + exp(-k nu (T-t)) C/2 and psi = 1 + exp(-k nu t) D/2, where C is the product of
 * cos(2 pi x) over the axes, D that of sin, and k = 4 pi^2 times their number. */

static const char *const cosines[] = {"", "cos(2*pi*x)", "cos(2*pi*x)*cos(2*pi*y)",
                                      "cos(2*pi*x)*cos(2*pi*y)*cos(2*pi*z)"};
static const char *const sines[] = {"", "sin(2*pi*x)", "sin(2*pi*x)*sin(2*pi*y)",
                                    "sin(2*pi*x)*sin(2*pi*y)*sin(2*pi*z)"};

static void set_torus(mfg_problem *problem, int axes, double nu) {
  char text[600], phi[200], psi[200];
  snprintf(text, sizeof text, "%.17g", nu);
  ck_assert_int_eq(mfg_problem_set_parameter(problem, "nu", text), MFG_OK);
  snprintf(text, sizeof text, "%d*pi^2*nu", 4 * axes);
  ck_assert_int_eq(mfg_problem_set_parameter(problem, "decay", text), MFG_OK);
  set_text(problem, MFG_PROBLEM_VISCOSITY, "nu");
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, "|p|^2/2");
  snprintf(phi, sizeof phi, "(1 + 0.5*exp(-decay*(0.5 - t))*%s)", cosines[axes]);
  snprintf(psi, sizeof psi, "(1 + 0.5*exp(-decay*t)*%s)", sines[axes]);
  snprintf(text, sizeof text, "m^2 - (%s*%s)^2", phi, psi);
  set_text(problem, MFG_PROBLEM_COUPLING, text);
  snprintf(text, sizeof text, "-2*nu*log(1 + 0.5*%s)", cosines[axes]);
  set_text(problem, MFG_PROBLEM_TERMINAL_COST, text);
  snprintf(text, sizeof text, "(1 + 0.5*exp(-decay*0.5)*%s)*(1 + 0.5*%s)", cosines[axes],
           sines[axes]);
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, text);
}

/* The point (i, ...) of a grid with `cells` along each axis: products of cosines and of sines. */
static void products(const mfg_result *result, int axes, int64_t index, double *c, double *d) {
  int64_t cells = inform(result).cells[0];
  *c = *d = 1;
  for (int axis = axes - 1; axis >= 0; axis--) {
    double x = 2 * M_PI * mfg_result_coordinates(result, axis)[index % cells];
    *c *= cos(x);
    *d *= sin(x);
    index /= cells;
  }
}

static errors torus(int axes, double nu, int64_t cells, int64_t steps) {
  mfg_problem *problem = new_problem("0", "1", cells, MFG_AXIS_PERIODIC, "0.5", steps);
  for (int d = 1; d < axes; d++)
    add_axis(problem, "0", "1", cells, MFG_AXIS_PERIODIC);
  set_torus(problem, axes, nu);
  mfg_result *result = solve_soundly(problem);
  ck_assert_int_le(inform(result).iterations, 8);
  double *u = read_field(result, MFG_RESULT_VALUE_FUNCTION);
  double *m = read_field(result, MFG_RESULT_DENSITY);
  int64_t all = (int64_t)pow((double)cells, axes);
  double decay = 4 * M_PI * M_PI * axes * nu;
  errors e = {0, 0};
  for (int64_t k = 0; k < (steps + 1) * all; k++) {
    double t = mfg_result_times(result)[k / all], c, d;
    products(result, axes, k % all, &c, &d);
    double phi = 1 + 0.5 * exp(-decay * (0.5 - t)) * c, psi = 1 + 0.5 * exp(-decay * t) * d;
    e.u = fmax(e.u, fabs(u[k] + 2 * nu * log(phi)));
    e.m = fmax(e.m, fabs(m[k] - phi * psi));
  }
  free(u);
  free(m);
  mfg_result_release(result);
  return e;
}

static void falls_with_order(errors coarse, errors fine, double order) {
  ck_assert_double_ge(log2(coarse.u / fine.u), order);
  ck_assert_double_ge(log2(coarse.m / fine.m), order);
}

START_TEST(torus_in_two) {
  errors e = torus(2, 0.1, 64, 32);
  ck_assert_double_le(e.u, 2.4e-3);
  ck_assert_double_le(e.m, 2e-2);
  falls_with_order(torus(2, 0.1, 32, 16), e, 0.85);
}
END_TEST

START_TEST(torus_in_two_at_small_viscosity) {
  errors e = torus(2, 0.02, 64, 32);
  ck_assert_double_le(e.u, 4e-4);
  ck_assert_double_le(e.m, 4.4e-3);
  falls_with_order(torus(2, 0.02, 32, 16), e, 0.9);
}
END_TEST

START_TEST(torus_in_two_first_order) {
  falls_with_order(torus(2, 0.1, 48, 24), torus(2, 0.1, 96, 48), 0.9);
}
END_TEST

START_TEST(torus_in_three) {
  double nu = _i ? 0.02 : 0.1;
  errors e = torus(3, nu, 24, 12);
  ck_assert_double_le(e.u, _i ? 8e-4 : 5.5e-3);
  ck_assert_double_le(e.m, _i ? 1.1e-2 : 4.8e-2);
  falls_with_order(torus(3, nu, 12, 6), e, _i ? 0.8 : 0.7);
}
END_TEST

/* ---- linear-quadratic: u a sum, m a product of one block for each axis -------------------------
 */

typedef struct block {
  double b, c;           /* u(0) = P x^2/2 + b x + c */
  double mean, variance; /* m(T) */
} block;

/* Sum over the cells of volume*|u - exact| m(0) and volume*|m(T) - exact|. */
static errors block_errors(mfg_result *result, double P, const block *blocks) {
  mfg_result_information facts = inform(result);
  int64_t nx = facts.cells[0], ny = facts.cells[1], all = nx * ny;
  double *u = read_field(result, MFG_RESULT_VALUE_FUNCTION);
  double *m = read_field(result, MFG_RESULT_DENSITY);
  const double *last = m + facts.steps * all, volume = 64.0 / (double)all;
  errors e = {0, 0};
  for (int64_t k = 0; k < all; k++) {
    double value = 0, density = 1;
    for (int d = 0; d < 2; d++) {
      double x = mfg_result_coordinates(result, d)[d ? k % ny : k / ny];
      double away = x - blocks[d].mean, variance = blocks[d].variance;
      value += 0.5 * P * x * x + blocks[d].b * x + blocks[d].c;
      density *= exp(-away * away / (2 * variance)) / sqrt(2 * M_PI * variance);
    }
    e.u += volume * m[k] * fabs(u[k] - value);
    e.m += volume * fabs(last[k] - density);
  }
  free(u);
  free(m);
  mfg_result_release(result);
  return e;
}

static mfg_problem *square(int64_t cells, int64_t steps, const char *viscosity) {
  mfg_problem *problem = new_problem("-4", "4", cells, MFG_AXIS_NO_FLUX, "1", steps);
  add_axis(problem, "-4", "4", cells + 4, MFG_AXIS_NO_FLUX); /* hx and hy differ */
  set_text(problem, MFG_PROBLEM_VISCOSITY, viscosity);
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, "0.5*|p|^2");
  return problem;
}

/* The Riccati equations with mu0 = (1, -1/2), S0 = (.2, .3). */
static errors linear_quadratic(int64_t cells, int64_t steps) {
  static const block blocks[] = {{-.196673076349, .184348431912, .400389874152, .101998257353},
                                 {.0983365381745, .131376465771, -.200194937076, .112284294014}};
  mfg_problem *problem = square(cells, steps, "0.1");
  set_text(problem, MFG_PROBLEM_COUPLING,
           "(x^2 + y^2)/2 + ((x - 0.8*mean(x))^2 + (y - 0.8*mean(y))^2)/4");
  set_text(problem, MFG_PROBLEM_TERMINAL_COST,
           "(x^2 + y^2)/4 + ((x - 0.5*mean(x))^2 + (y - 0.5*mean(y))^2)/4");
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, "exp(-(x - 1)^2/(2*0.2) - (y + 0.5)^2/(2*0.3))");
  return block_errors(solve_soundly(problem), 1.203565460079, blocks);
}

START_TEST(linear_quadratic_in_two) {
  errors e[] = {linear_quadratic(50, 12), linear_quadratic(100, 25)};
  ck_assert_double_le(e[1].u, 6.4e-2);
  ck_assert_double_le(e[1].m, 2.4e-1);
  falls_with_order(e[0], e[1], 0.8);
}
END_TEST

/* log(m), the logarithm of a product, is the sum of the blocks' costs. */
START_TEST(logarithmic_coupling_in_two) {
  static const block blocks[] = {{-2.045118055973, -.831259943647, 0, .396215379673},
                                 {-2.045118055973, -.831259943647, 0, .396215379673}};
  mfg_problem *problem = square(100, 25, "0.1");
  set_text(problem, MFG_PROBLEM_COUPLING, "log(max(m, 1e-6))");
  set_text(problem, MFG_PROBLEM_TERMINAL_COST, "0.5*((x - 0.5)^2 + (y - 0.5)^2)");
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, "exp(-((x + 0.5)^2 + (y + 0.5)^2)/(2*0.1))");
  errors e = block_errors(solve_soundly(problem), -3.090236111947, blocks);
  ck_assert_double_le(e.u, 1.04e-1);
  ck_assert_double_le(e.m, 1.2e-1);
}
END_TEST

/* ---- what does not depend on an axis ----------------------------------------------------------
 */

START_TEST(further_axes_change_nothing) {
  const int64_t cells = 32, steps = 12;
  mfg_problem *line = ring(cells, steps), *box = ring(cells, steps);
  add_axis(box, "-1", "2", 5, _i ? MFG_AXIS_PERIODIC : MFG_AXIS_NO_FLUX);
  if (_i) add_axis(box, "0", "4", 3, MFG_AXIS_NO_FLUX);
  set_text(box, MFG_PROBLEM_COUPLING, _i ? "0.5*12*m - sin(2*pi*x)" : "0.5*3*m - sin(2*pi*x)");
  mfg_result *one = solve_soundly(line), *more = solve_soundly(box);
  double *u = read_field(one, MFG_RESULT_VALUE_FUNCTION);
  double *m = read_field(one, MFG_RESULT_DENSITY);
  double *wide_u = read_field(more, MFG_RESULT_VALUE_FUNCTION);
  double *wide_m = read_field(more, MFG_RESULT_DENSITY);
  int64_t across = _i ? 15 : 5;
  double area = _i ? 12 : 3;
  for (int64_t k = 0; k < (steps + 1) * cells * across; k++) {
    ck_assert_double_eq_tol(wide_u[k], u[k / across], 1e-7);
    ck_assert_double_eq_tol(area * wide_m[k], m[k / across], 1e-7);
  }
  free(u);
  free(m);
  free(wide_u);
  free(wide_m);
  mfg_result_release(one);
  mfg_result_release(more);
}
END_TEST

/* The product of eigenfunctions of the discrete Laplacians decays by the product of the factors. */
START_TEST(diffusion_alone_is_exact) {
  enum { NX = 16, NY = 12, STEPS = 5 };
  mfg_problem *problem = new_problem("0", "1", NX, MFG_AXIS_NO_FLUX, "0.2", STEPS);
  add_axis(problem, "0", "2", NY, MFG_AXIS_PERIODIC);
  set_text(problem, MFG_PROBLEM_VISCOSITY, "0.3");
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, "0.5*|p|^2");
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, "1 + 0.5*cos(pi*x)*sin(pi*y)");
  mfg_result *result = solve_soundly(problem);
  double *m = read_field(result, MFG_RESULT_DENSITY);
  double hx = 1.0 / NX, hy = 2.0 / NY, dt = 0.2 / STEPS;
  double along_x = 1 + dt * 0.3 * (2 - 2 * cos(M_PI * hx)) / (hx * hx);
  double along_y = 1 + dt * 0.3 * (2 - 2 * cos(M_PI * hy)) / (hy * hy);
  double factor = 0.5 * pow(along_x * along_y, -STEPS);
  const double *x = mfg_result_coordinates(result, 0), *y = mfg_result_coordinates(result, 1);
  for (int i = 0; i < NX; i++)
    for (int j = 0; j < NY; j++) {
      double exact = 0.5 * (1 + factor * cos(M_PI * x[i]) * sin(M_PI * y[j]));
      ck_assert_double_eq_tol(m[(STEPS * NX + i) * NY + j], exact, 1e-12);
    }
  free(m);
  mfg_result_release(result);
}
END_TEST

/* ---- mass and sign ----------------------------------------------------------------------------
 */

static const struct {
  const char *viscosity, *hamiltonian, *coupling, *terminal, *density;
} rough[] = {
    {"0", "0.5*|p|^2", "0", "(x - 0.75)^2 + y", "x < 0.5 && y > 0.5"},
    {"0.02", "(1 + x)*|p|^2 + y*px - t*py", "m", "y > 0.5 ? 1 : 0", "exp(-50*((x-0.3)^2 + y^2))"},
    {"0.05", "px^2 + 0.25*py^2", "0.2*m^2 + mean(x*y)", "mean((x - mean(x))^2)*y", "x*y"},
};

START_TEST(mass_and_sign_hold) {
  mfg_problem *problem = new_problem("0", "1", 20, MFG_AXIS_NO_FLUX, "1", 10);
  add_axis(problem, "0", "1", 14, MFG_AXIS_PERIODIC);
  set_text(problem, MFG_PROBLEM_VISCOSITY, rough[_i].viscosity);
  set_text(problem, MFG_PROBLEM_HAMILTONIAN, rough[_i].hamiltonian);
  set_text(problem, MFG_PROBLEM_COUPLING, rough[_i].coupling);
  set_text(problem, MFG_PROBLEM_TERMINAL_COST, rough[_i].terminal);
  set_text(problem, MFG_PROBLEM_INITIAL_DENSITY, rough[_i].density);
  mfg_result_release(solve_soundly(problem));
}
END_TEST

TCase *axes_tests(void) {
  TCase *tests = tcase_create("axes");
  tcase_add_loop_test(tests, further_axes_change_nothing, 0, 2);
  tcase_add_test(tests, diffusion_alone_is_exact);
  tcase_add_loop_test(tests, mass_and_sign_hold, 0, (int)(sizeof rough / sizeof *rough));
  return tests;
}

TCase *exact_axes_tests(void) {
  TCase *tests = tcase_create("exact axes");
  tcase_set_tags(tests, "fine");
  tcase_add_test(tests, torus_in_two);
  tcase_add_test(tests, torus_in_two_at_small_viscosity);
  tcase_add_test(tests, torus_in_two_first_order);
  tcase_add_loop_test(tests, torus_in_three, 0, 2);
  tcase_add_test(tests, linear_quadratic_in_two);
  tcase_add_test(tests, logarithmic_coupling_in_two);
  return tests;
}
