/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Problems solved on an OpenCL device and by the cpu backend: the answers are the same. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <mfg/error.h>
#include <mfg/solver.h>

#define PHI(t) "(1 + 0.5*exp(-4*pi^2*nu*(T - (" t ")))*cos(2*pi*x))"
#define PSI(t) "(1 + 0.5*exp(-4*pi^2*nu*(" t "))*sin(2*pi*x))"
#define TORUS                                                                                      \
  "|p|^2/2", "m^2 - (" PHI("t") "*" PSI("t") ")^2", "-2*nu*log(" PHI("T") ")", PHI("0") "*" PSI("0")
#define LOGARITHMIC "0.5*|p|^2", "log(max(m, 1e-6))", "0.5*(x - 0.5)^2", "exp(-(x + 0.5)^2/(2*0.1))"

/* The exact tests of the solvers say what the answers of these are. */
static const struct {
  const char *name, *lower, *upper, *cells, *nu, *horizon;
  int boundary;
  double steps;
  const char *hamiltonian, *coupling, *terminal, *density;
} problems[] = {
    {"P1", "-4", "4", "400", "0.1", "1", MFG_AXIS_NO_FLUX, 100, "0.5*|p|^2",
     "x^2/2 + (x - 0.8*mean(x))^2/4", "x^2/4 + (x - 0.5*mean(x))^2/4", "exp(-(x - 1)^2/(2*0.2))"},
    {"P2, nu = 0.5", "-4", "4", "400", "0.5", "1", MFG_AXIS_NO_FLUX, 100, LOGARITHMIC},
    {"P2, nu = 0.1", "-4", "4", "400", "0.1", "1", MFG_AXIS_NO_FLUX, 100, LOGARITHMIC},
    {"T1, nu = 0.1", "0", "1", "256", "0.1", "0.5", MFG_AXIS_PERIODIC, 128, TORUS},
    {"T1, nu = 0.02", "0", "1", "128", "0.02", "0.5", MFG_AXIS_PERIODIC, 64, TORUS},
};
#define PROBLEMS ((int)(sizeof problems / sizeof *problems))

static mfg_problem *make_problem(int number) {
  mfg_problem *problem;
  mfg_problem_axis axis = {.struct_size = sizeof axis,
                           .lower = problems[number].lower,
                           .upper = problems[number].upper,
                           .cells = problems[number].cells,
                           .boundary_lower = problems[number].boundary,
                           .boundary_upper = problems[number].boundary};
  const struct {
    int field;
    const char *text;
  } fields[] = {{MFG_PROBLEM_HORIZON, "T"},
                {MFG_PROBLEM_VISCOSITY, "nu"},
                {MFG_PROBLEM_HAMILTONIAN, problems[number].hamiltonian},
                {MFG_PROBLEM_COUPLING, problems[number].coupling},
                {MFG_PROBLEM_TERMINAL_COST, problems[number].terminal},
                {MFG_PROBLEM_INITIAL_DENSITY, problems[number].density}};
  ck_assert_int_eq(mfg_problem_create(&problem), MFG_OK);
  ck_assert_int_eq(mfg_problem_add_axis(problem, &axis), MFG_OK);
  ck_assert_int_eq(mfg_problem_set_parameter(problem, "nu", problems[number].nu), MFG_OK);
  ck_assert_int_eq(mfg_problem_set_parameter(problem, "T", problems[number].horizon), MFG_OK);
  ck_assert_int_eq(mfg_problem_set_number(problem, MFG_PROBLEM_STEPS, problems[number].steps),
                   MFG_OK);
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    ck_assert_int_eq(mfg_problem_set(problem, fields[i].field, fields[i].text), MFG_OK);
  return problem;
}

typedef struct answer {
  double *u, *m;
  size_t count;
} answer;

static double *read_field(const mfg_result *result, int field, size_t *count) {
  mfg_result_information facts = {.struct_size = sizeof facts};
  ck_assert_int_eq(mfg_result_inform(result, &facts), MFG_OK);
  ck_assert_str_eq(facts.fallbacks, "");
  *count = (size_t)((facts.steps + 1) * facts.cells[0]);
  double *values = malloc(*count * sizeof *values);
  ck_assert_ptr_nonnull(values);
  ck_assert_int_eq(mfg_result_read(result, field, 0, facts.steps + 1, values), MFG_OK);
  return values;
}

static answer solve(const char *backend, int number, const mfg_solver_options *options) {
  mfg_context *context;
  mfg_result *result;
  answer found;
  mfg_context_options wishes = {.struct_size = sizeof wishes,
                                .types = MFG_DTYPE_BIT(options->precision)};
  ck_assert_msg(mfg_context_open(backend, &wishes, &context) == MFG_OK, "%s", mfg_last_error());
  mfg_problem *problem = make_problem(number);
  mfg_status status = mfg_solve(context, problem, options, &result);
  ck_assert_msg(status == MFG_OK, "%s on %s: %s", problems[number].name, backend,
                mfg_problem_last_error()->text);
  found.u = read_field(result, MFG_RESULT_VALUE_FUNCTION, &found.count);
  found.m = read_field(result, MFG_RESULT_DENSITY, &found.count);
  mfg_result_release(result);
  mfg_problem_release(problem);
  mfg_context_close(context);
  return found;
}

/* The largest difference, relative to the largest value where that exceeds 1. */
static double difference(const double *a, const double *b, size_t count) {
  double largest = 0, size = 1;
  for (size_t i = 0; i < count; i++) {
    largest = fmax(largest, fabs(a[i] - b[i]));
    size = fmax(size, fabs(b[i]));
  }
  return largest / size;
}

static void expect_agreement(int number, const mfg_solver_options *options, double tolerance) {
  answer here = solve("opencl", number, options), there = solve("cpu", number, options);
  ck_assert_uint_eq(here.count, there.count);
  double u = difference(here.u, there.u, here.count);
  double m = difference(here.m, there.m, here.count);
  printf("%s: u differs by %.2g, m by %.2g\n", problems[number].name, u, m);
  ck_assert_double_le(u, tolerance);
  ck_assert_double_le(m, tolerance);
  free(here.u);
  free(here.m);
  free(there.u);
  free(there.m);
}

START_TEST(float64_answers_agree) {
  mfg_solver_options options = {.struct_size = sizeof options, .precision = MFG_FLOAT64};
  expect_agreement(_i, &options, 1e-11);
}
END_TEST

/* Residuals end near the rounding of the equations' terms, far above the tolerance of float64. */
#define REACHED_IN_FLOAT32 1e-2

START_TEST(float32_answers_agree) {
  mfg_solver_options options = {
      .struct_size = sizeof options, .precision = MFG_FLOAT32, .tolerance = REACHED_IN_FLOAT32};
  expect_agreement(_i, &options, 1e-4);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("opencl agreement");
  TCase *c = tcase_create("agreement");
  tcase_set_timeout(c, 300);
  tcase_add_loop_test(c, float64_answers_agree, 0, PROBLEMS);
  tcase_add_loop_test(c, float32_answers_agree, 0, PROBLEMS);
  suite_add_tcase(suite, c);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
