/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the setters and the check of a problem accept, and what they say of everything else. No
 * backend is needed. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mfg/solver.h>

static mfg_problem *problem;

static void add_axis(const char *lower, const char *upper, const char *cells, int boundary) {
  mfg_problem_axis axis = {.struct_size = sizeof axis,
                           .lower = lower,
                           .upper = upper,
                           .cells = cells,
                           .boundary_lower = boundary,
                           .boundary_upper = boundary};
  ck_assert_int_eq(mfg_problem_add_axis(problem, &axis), MFG_OK);
}

static void set(int field, const char *text) {
  ck_assert_int_eq(mfg_problem_set(problem, field, text), MFG_OK);
}

static void set_formulas(void) {
  ck_assert_int_eq(mfg_problem_set_parameter(problem, "nu", "0.05"), MFG_OK);
  set(MFG_PROBLEM_HORIZON, "1");
  set(MFG_PROBLEM_STEPS, "4");
  set(MFG_PROBLEM_VISCOSITY, "nu");
  set(MFG_PROBLEM_HAMILTONIAN, "0.5*|p|^2");
  set(MFG_PROBLEM_COUPLING, "m^2 - sin(2*pi*x)");
  set(MFG_PROBLEM_INITIAL_DENSITY, "1 + 0.5*cos(2*pi*x)");
}

static void start_empty(void) {
  ck_assert_int_eq(mfg_problem_create(&problem), MFG_OK);
}

static void start(void) {
  start_empty();
  add_axis("0", "1", "8", MFG_AXIS_PERIODIC);
  set_formulas();
}

static void stop(void) {
  mfg_problem_release(problem);
}

static void expect(mfg_status status, const char *field, const char *words) {
  ck_assert_int_eq(mfg_problem_check(problem), status);
  const mfg_problem_error *error = mfg_problem_last_error();
  ck_assert_int_eq(error->status, status);
  ck_assert_str_eq(error->field, field);
  ck_assert_msg(strstr(error->text, words), "\"%s\" does not say \"%s\"", error->text, words);
}

START_TEST(good_problem_passes) {
  ck_assert_int_eq(mfg_problem_check(problem), MFG_OK);
  ck_assert_int_eq(mfg_problem_set_number(problem, MFG_PROBLEM_VISCOSITY, 0.1), MFG_OK);
  ck_assert_int_eq(mfg_problem_check(problem), MFG_OK);
}
END_TEST

/* field, text, status, words of the error */
static const struct {
  int field;
  const char *text;
  mfg_status status;
  const char *words;
} bad_texts[] = {
    {MFG_PROBLEM_VISCOSITY, "-0.1", MFG_ERROR_INVALID_ARGUMENT, "not negative"},
    {MFG_PROBLEM_VISCOSITY, "0/0", MFG_ERROR_INVALID_ARGUMENT, "finite"},
    {MFG_PROBLEM_VISCOSITY, "1e999", MFG_ERROR_SYNTAX, ""},
    {MFG_PROBLEM_VISCOSITY, "", MFG_ERROR_SYNTAX, ""},
    {MFG_PROBLEM_VISCOSITY, "x", MFG_ERROR_SYNTAX, "x"},
    {MFG_PROBLEM_VISCOSITY, NULL, MFG_ERROR_INVALID_ARGUMENT, "missing"},
    {MFG_PROBLEM_HORIZON, "0", MFG_ERROR_INVALID_ARGUMENT, "above 0"},
    {MFG_PROBLEM_HORIZON, "-1", MFG_ERROR_INVALID_ARGUMENT, "above 0"},
    {MFG_PROBLEM_HORIZON, NULL, MFG_ERROR_INVALID_ARGUMENT, "missing"},
    {MFG_PROBLEM_STEPS, "0", MFG_ERROR_INVALID_ARGUMENT, "whole number"},
    {MFG_PROBLEM_STEPS, "2.5", MFG_ERROR_INVALID_ARGUMENT, "whole number"},
    {MFG_PROBLEM_STEPS, "1e10", MFG_ERROR_INVALID_ARGUMENT, "whole number"},
    {MFG_PROBLEM_STEPS, NULL, MFG_ERROR_INVALID_ARGUMENT, "missing"},
    {MFG_PROBLEM_HAMILTONIAN, "|p|^3", MFG_ERROR_UNSUPPORTED, "quadratic"},
    {MFG_PROBLEM_HAMILTONIAN, "-|p|^2", MFG_ERROR_INVALID_ARGUMENT, "negative"},
    {MFG_PROBLEM_HAMILTONIAN, "0.5*|p|^2 + mean(x)", MFG_ERROR_SYNTAX, "mean"},
    {MFG_PROBLEM_HAMILTONIAN, NULL, MFG_ERROR_INVALID_ARGUMENT, "missing"},
    {MFG_PROBLEM_COUPLING, "m^", MFG_ERROR_SYNTAX, ""},
    {MFG_PROBLEM_COUPLING, "m + p", MFG_ERROR_SYNTAX, "p"},
    {MFG_PROBLEM_COUPLING, "m + kapa", MFG_ERROR_SYNTAX, "kapa"},
    {MFG_PROBLEM_TERMINAL_COST, "y", MFG_ERROR_SYNTAX, "y"},
    {MFG_PROBLEM_EXIT_COST, "m", MFG_ERROR_SYNTAX, "m"},
    {MFG_PROBLEM_OBSTACLE, "x + 0.5", MFG_ERROR_SYNTAX, "condition"},
    {MFG_PROBLEM_INITIAL_DENSITY, "t", MFG_ERROR_SYNTAX, "t"},
    {MFG_PROBLEM_INITIAL_DENSITY, NULL, MFG_ERROR_INVALID_ARGUMENT, "missing"},
};

START_TEST(bad_text_is_named) {
  set(bad_texts[_i].field, bad_texts[_i].text);
  expect(bad_texts[_i].status, mfg_problem_field_name(bad_texts[_i].field), bad_texts[_i].words);
}
END_TEST

START_TEST(syntax_error_has_its_place) {
  set(MFG_PROBLEM_COUPLING, "m^2 -\n  sin(2*pi*");
  expect(MFG_ERROR_SYNTAX, "coupling", "");
  const mfg_problem_error *error = mfg_problem_last_error();
  ck_assert_uint_eq(error->line, 2);
  ck_assert_uint_gt(error->column, 10);
  ck_assert_ptr_nonnull(strchr(error->excerpt, '^'));
}
END_TEST

/* lower, upper, cells, boundary, field, words */
static const struct {
  const char *lower, *upper, *cells;
  int boundary;
  mfg_status status;
  const char *field, *words;
} bad_axes[] = {
    {"0", "1", "0", MFG_AXIS_NO_FLUX, MFG_ERROR_INVALID_ARGUMENT, "domain[0].cells", "from 1"},
    {"0", "1", "-8", MFG_AXIS_NO_FLUX, MFG_ERROR_INVALID_ARGUMENT, "domain[0].cells", "-8"},
    {"0", "1", "2", MFG_AXIS_PERIODIC, MFG_ERROR_INVALID_ARGUMENT, "domain[0].cells", "from 3"},
    {"0", "1", "3.5", MFG_AXIS_PERIODIC, MFG_ERROR_INVALID_ARGUMENT, "domain[0].cells", "3.5"},
    {"1", "1", "8", MFG_AXIS_PERIODIC, MFG_ERROR_INVALID_ARGUMENT, "domain[0].upper", "above"},
    {"0", "0/0", "8", MFG_AXIS_PERIODIC, MFG_ERROR_INVALID_ARGUMENT, "domain[0].upper", "finite"},
};

START_TEST(bad_axis_is_named) {
  mfg_problem_release(problem);
  start_empty();
  add_axis(bad_axes[_i].lower, bad_axes[_i].upper, bad_axes[_i].cells, bad_axes[_i].boundary);
  set_formulas();
  expect(bad_axes[_i].status, bad_axes[_i].field, bad_axes[_i].words);
}
END_TEST

START_TEST(half_periodic_axis_is_refused) {
  mfg_problem_release(problem);
  start_empty();
  mfg_problem_axis axis = {.struct_size = sizeof axis,
                           .lower = "0",
                           .upper = "1",
                           .cells = "8",
                           .boundary_lower = MFG_AXIS_PERIODIC,
                           .boundary_upper = MFG_AXIS_NO_FLUX};
  ck_assert_int_eq(mfg_problem_add_axis(problem, &axis), MFG_OK);
  set_formulas();
  expect(MFG_ERROR_INVALID_ARGUMENT, "domain[0].boundary", "both ends");
}
END_TEST

START_TEST(number_of_axes) {
  add_axis("0", "1", "8", MFG_AXIS_PERIODIC);
  ck_assert_int_eq(mfg_problem_check(problem), MFG_OK);
  add_axis("0", "1", "8", MFG_AXIS_PERIODIC);
  ck_assert_int_eq(mfg_problem_check(problem), MFG_OK);
  mfg_problem_axis axis = {.struct_size = sizeof axis, .lower = "0", .upper = "1", .cells = "8"};
  for (int i = 0; i < 100000; i++)
    ck_assert_int_eq(mfg_problem_add_axis(problem, &axis), MFG_ERROR_INVALID_ARGUMENT);
  mfg_problem_release(problem);
  start_empty();
  set_formulas();
  expect(MFG_ERROR_INVALID_ARGUMENT, "domain", "no axis");
}
END_TEST

START_TEST(parameters_build_on_each_other) {
  ck_assert_int_eq(mfg_problem_set_parameter(problem, "double", "2*nu"), MFG_OK);
  double value;
  ck_assert_int_eq(mfg_problem_number(problem, "solver.tolerance", "double + 1", &value), MFG_OK);
  ck_assert_double_eq_tol(value, 1.1, 1e-15);
  ck_assert_int_eq(mfg_problem_set_parameter(problem, "nu", "1"), MFG_OK);
  ck_assert_int_eq(mfg_problem_number(problem, "solver.tolerance", "double", &value), MFG_OK);
  ck_assert_double_eq(value, 2);
  ck_assert_int_eq(mfg_problem_number(problem, "solver.tolerance", "tripel", &value),
                   MFG_ERROR_SYNTAX);
  ck_assert_str_eq(mfg_problem_last_error()->field, "solver.tolerance");
}
END_TEST

START_TEST(bad_parameter_is_named) {
  ck_assert_int_eq(mfg_problem_set_parameter(problem, "sin", "1"), MFG_OK);
  expect(MFG_ERROR_SYNTAX, "parameters.sin", "sin");
}
END_TEST

START_TEST(parameter_cannot_use_a_later_one) {
  ck_assert_int_eq(mfg_problem_set_parameter(problem, "a", "b"), MFG_OK);
  ck_assert_int_eq(mfg_problem_set_parameter(problem, "b", "1"), MFG_OK);
  expect(MFG_ERROR_SYNTAX, "parameters.a", "b");
}
END_TEST

START_TEST(too_many_parameters) {
  char name[32];
  mfg_status status = MFG_OK;
  for (int i = 0; i <= MFG_PROBLEM_MAXIMUM_PARAMETERS && status == MFG_OK; i++) {
    snprintf(name, sizeof name, "a%d", i);
    status = mfg_problem_set_parameter(problem, name, "1");
  }
  ck_assert_int_eq(status, MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_problem_check(problem), MFG_OK);
}
END_TEST

START_TEST(values_must_fit_the_grid) {
  double values[45] = {0};
  ck_assert_int_eq(
      mfg_problem_set_values(problem, MFG_PROBLEM_COUPLING, 2, (int64_t[]){5, 8}, values), MFG_OK);
  ck_assert_int_eq(mfg_problem_check(problem), MFG_OK);
  ck_assert_int_eq(
      mfg_problem_set_values(problem, MFG_PROBLEM_COUPLING, 2, (int64_t[]){4, 8}, values), MFG_OK);
  expect(MFG_ERROR_SHAPE, "coupling", "steps+1");
  set(MFG_PROBLEM_COUPLING, "0");
  ck_assert_int_eq(
      mfg_problem_set_values(problem, MFG_PROBLEM_INITIAL_DENSITY, 1, (int64_t[]){9}, values),
      MFG_OK);
  expect(MFG_ERROR_SHAPE, "initial_density", "cells");
  ck_assert_int_eq(
      mfg_problem_set_values(problem, MFG_PROBLEM_HAMILTONIAN, 1, (int64_t[]){8}, values),
      MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(
      mfg_problem_set_values(problem, MFG_PROBLEM_COUPLING, 1, (int64_t[]){-1}, values),
      MFG_ERROR_SHAPE);
}
END_TEST

START_TEST(setters_refuse_nonsense) {
  ck_assert_int_eq(mfg_problem_set(problem, -1, "0"), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_problem_set(problem, MFG_PROBLEM_FIELD_COUNT, "0"),
                   MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_problem_set_number(problem, MFG_PROBLEM_HORIZON, (double)NAN),
                   MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_problem_set_parameter(problem, NULL, "1"), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_problem_add_axis(problem, NULL), MFG_ERROR_INVALID_ARGUMENT);
  mfg_problem_axis axis = {.struct_size = sizeof axis, .lower = "0", .upper = "1"};
  ck_assert_int_eq(mfg_problem_add_axis(problem, &axis), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_problem_check(problem), MFG_OK);
}
END_TEST

START_TEST(long_text_is_refused_in_words) {
  size_t length = (size_t)3 << 20;
  char *text = malloc(length + 1);
  ck_assert_ptr_nonnull(text);
  memset(text, '1', length);
  text[length] = '\0';
  set(MFG_PROBLEM_COUPLING, text);
  free(text);
  expect(MFG_ERROR_SYNTAX, "coupling", "long");
}
END_TEST

/* A stationary problem needs neither an end nor a beginning, and has no time to speak of. */
START_TEST(stationary_knows_no_time) {
  ck_assert_int_eq(mfg_problem_set_stationary(problem, true), MFG_OK);
  for (int field = MFG_PROBLEM_HORIZON; field <= MFG_PROBLEM_STEPS; field++)
    ck_assert_int_eq(mfg_problem_set(problem, field, NULL), MFG_OK);
  ck_assert_int_eq(mfg_problem_set(problem, MFG_PROBLEM_INITIAL_DENSITY, NULL), MFG_OK);
  ck_assert_int_eq(mfg_problem_check(problem), MFG_OK);
  set(MFG_PROBLEM_COUPLING, "m + t");
  expect(MFG_ERROR_SYNTAX, "coupling", "t");
}
END_TEST

START_TEST(stationary_keeps_its_mass) {
  ck_assert_int_eq(mfg_problem_set_stationary(problem, true), MFG_OK);
  mfg_problem_axis axis = {.struct_size = sizeof axis,
                           .lower = "0",
                           .upper = "1",
                           .cells = "4",
                           .boundary_lower = MFG_AXIS_NO_FLUX,
                           .boundary_upper = MFG_AXIS_EXIT};
  ck_assert_int_eq(mfg_problem_add_axis(problem, &axis), MFG_OK);
  expect(MFG_ERROR_INVALID_ARGUMENT, "time", "exit");
}
END_TEST

START_TEST(methods_have_names) {
  ck_assert_str_eq(mfg_method_name(MFG_METHOD_FICTITIOUS_PLAY), "fictitious-play");
  ck_assert_ptr_null(mfg_method_name(MFG_METHOD_DEFAULT));
  ck_assert_ptr_null(mfg_method_name(99));
  for (int method = MFG_METHOD_NEWTON; method <= MFG_METHOD_POLICY; method++)
    ck_assert_int_eq(mfg_method_find(mfg_method_name(method)), method);
  ck_assert_int_eq(mfg_method_find("newtn"), -1);
}
END_TEST

START_TEST(state_holds_copies) {
  mfg_state *state;
  ck_assert_int_eq(mfg_state_create(&state), MFG_OK);
  double values[] = {1, 2, 3};
  ck_assert_int_eq(mfg_state_set(state, "m", MFG_FLOAT64, 1, (int64_t[]){3}, values), MFG_OK);
  values[0] = 7;
  const mfg_state_array *array = mfg_state_find(state, "m");
  ck_assert_double_eq(*(const double *)array->data, 1);
  ck_assert_uint_eq(array->bytes, sizeof values);
  ck_assert_int_eq(mfg_state_set(state, "m", MFG_FLOAT64, 1, (int64_t[]){1}, values), MFG_OK);
  ck_assert_int_eq(mfg_state_count(state), 1);
  ck_assert_double_eq(*(const double *)mfg_state_at(state, 0)->data, 7);
  ck_assert_ptr_null(mfg_state_at(state, 1));
  ck_assert_ptr_null(mfg_state_find(state, "u"));
  ck_assert_int_eq(mfg_state_set(state, "", MFG_FLOAT64, 0, NULL, values),
                   MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_state_set(state, "u", MFG_BOOL, 0, NULL, values),
                   MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(
      mfg_state_set(state, "u", MFG_FLOAT64, 2, (int64_t[]){INT64_MAX / 2, INT64_MAX / 2}, values),
      MFG_ERROR_INVALID_ARGUMENT);
  mfg_state_release(state);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("problem");
  TCase *tests = tcase_create("check");
  tcase_add_checked_fixture(tests, start, stop);
  tcase_add_test(tests, good_problem_passes);
  tcase_add_loop_test(tests, bad_text_is_named, 0, (int)(sizeof bad_texts / sizeof *bad_texts));
  tcase_add_test(tests, syntax_error_has_its_place);
  tcase_add_loop_test(tests, bad_axis_is_named, 0, (int)(sizeof bad_axes / sizeof *bad_axes));
  tcase_add_test(tests, half_periodic_axis_is_refused);
  tcase_add_test(tests, number_of_axes);
  tcase_add_test(tests, parameters_build_on_each_other);
  tcase_add_test(tests, bad_parameter_is_named);
  tcase_add_test(tests, parameter_cannot_use_a_later_one);
  tcase_add_test(tests, too_many_parameters);
  tcase_add_test(tests, values_must_fit_the_grid);
  tcase_add_test(tests, setters_refuse_nonsense);
  tcase_add_test(tests, long_text_is_refused_in_words);
  tcase_add_test(tests, stationary_knows_no_time);
  tcase_add_test(tests, stationary_keeps_its_mass);
  tcase_add_test(tests, methods_have_names);
  tcase_add_test(tests, state_holds_copies);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
