// SPDX-License-Identifier: LGPL-2.1-or-later
#include "expression_tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mfg_expression *derived(const mfg_expression *expression, int32_t symbol) {
  mfg_expression_error error = {0};
  mfg_expression *derivative = mfg_expression_derivative(expression, symbol, &error);
  ck_assert_msg(derivative != NULL, "%s", error.text);
  return derivative;
}

static const struct {
  const char *text;
  int32_t symbol;
  const char *derivative;
} known_derivatives[] = {
    {"0.5*|p|^2", MFG_EXPRESSION_MOMENTUM, "px"},
    {"|p|", MFG_EXPRESSION_MOMENTUM, "sign(px)"},
    {"|p|^1.5", MFG_EXPRESSION_MOMENTUM, "1.5*(sqrt(abs(px))*sign(px))"},
    {"m^2 - sin(2*pi*x)", MFG_EXPRESSION_DENSITY, "2*m"},
    {"m^2 - sin(k*x)", MFG_EXPRESSION_COORDINATE, "-2*cos(2*x)"},
    {"log(max(m, 1e-6))", MFG_EXPRESSION_DENSITY, "(m >= 1e-06)/max(m, 1e-06)"},
    {"x*t", MFG_EXPRESSION_DENSITY, "0"},
    {"x^3", MFG_EXPRESSION_COORDINATE, "2*x^2 + x^2"},
    {"1/x", MFG_EXPRESSION_COORDINATE, "-(1/x/x)"},
    {"floor(x) + ceil(x) + sign(x) + (x < 1)", MFG_EXPRESSION_COORDINATE, "0"},
    {"mean(x*m)*m", MFG_EXPRESSION_DENSITY, "mean(x*m)"},
    {"s*x", MFG_EXPRESSION_VARIABLE, "x"},
};

START_TEST(test_known_derivative) {
  mfg_expression *expression = parsed(known_derivatives[_i].text, &everything_1d);
  mfg_expression *derivative = derived(expression, known_derivatives[_i].symbol);
  char *text = printed(derivative);
  ck_assert_str_eq(text, known_derivatives[_i].derivative);
  free(text);
  mfg_expression_free(derivative);
  mfg_expression_free(expression);
}
END_TEST

/* Every function and operator that has a derivative, with all arguments varying. */
static const char *const smooth_texts[] = {
    "abs(x - t)",
    "sqrt(m + x^2)",
    "exp(x*t)",
    "log(m + x^2)",
    "log2(m + t^2)",
    "log10(m*t^2 + 1)",
    "sin(x*m)",
    "cos(x*m - t)",
    "tan(x*t/3)",
    "asin(x*t/4)",
    "acos(x*t/4)",
    "atan(x*m)",
    "sinh(x - t)",
    "cosh(x*t)",
    "tanh(x*m)",
    "erf(x*t)",
    "atan2(x + t, m - x)",
    "atan2(-x - t, x - m)",
    "min(x*t, m*x, 0.3)",
    "max(x*t, m*x)",
    "m^x",
    "m^1.7",
    "2.5^(x*t)",
    "(m + x^2)^(t - x)",
    "x^2 + t^3 - m^4 + x^5*t^6*m^7 - x^8",
    "(x + 3)^-1 + (t + 3)^-2*(m + 1)^-3",
    "x/t + t/m - m/(x + 5)",
    "x > t ? x*m : t*m",
    "-x*-t - -m",
    "x*(t - m)/(1 + m^2)^1.5",
    "|p|",
    "|p|^2*m",
    "|p|^1.5/(1 + 4*m)^1.5",
    "|p|^3 + |p|^4",
    "|p|^2/(2*(1 + 4*m)^1.5) + px*py*x - pz^2",
    "sqrt(1 + |p|^2)",
    "x*mean(x*m) + integral(m^2)*m^2",
    "s*x*(x < 0.5) + s^2",
    "erf(sin(x)*exp(-t^2))*log(1 + m^2)",
};

static double *slot(mfg_expression_point *point, double *variable, int32_t symbol) {
  if (symbol >= MFG_EXPRESSION_VARIABLE) return variable;
  if (symbol >= MFG_EXPRESSION_MOMENTUM) return &point->momentum[symbol - MFG_EXPRESSION_MOMENTUM];
  if (symbol == MFG_EXPRESSION_DENSITY) return &point->density;
  return symbol == MFG_EXPRESSION_TIME ? &point->time : &point->coordinate[symbol];
}

/* Central differences extrapolated to step 0 (Ridders' table); its own estimate of the error in
   `uncertainty`, which is large across a kink. */
static double difference(const mfg_expression *expression, mfg_expression_point *point,
                         double *argument, double *uncertainty) {
  double table[10][10], best = NAN, step = 0.02;
  const double centre = *argument;
  *uncertainty = INFINITY;
  for (int32_t i = 0; i < 10; i++, step /= 1.4) {
    *argument = centre + step;
    const double right = evaluated(expression, point), upper = *argument;
    *argument = centre - step;
    table[0][i] = (right - evaluated(expression, point)) / (upper - *argument);
    double factor = 1.4 * 1.4;
    for (int32_t j = 1; j <= i; j++, factor *= 1.4 * 1.4) {
      table[j][i] = (table[j - 1][i] * factor - table[j - 1][i - 1]) / (factor - 1.0);
      const double error =
          fmax(fabs(table[j][i] - table[j - 1][i]), fabs(table[j][i] - table[j - 1][i - 1]));
      if (error <= *uncertainty) {
        *uncertainty = error;
        best = table[j][i];
      }
    }
  }
  *argument = centre;
  return best;
}

/* Compares at one random point; returns whether the difference was good enough to say. */
static bool agrees_at(const mfg_expression *expression, const mfg_expression *derivative,
                      int32_t symbol, uint64_t *state, const char *text) {
  double variable = 0.3 + random_unit(state);
  double nonlocal[32];
  mfg_expression_point point = {.variables = &variable, .nonlocal = nonlocal};
  for (int32_t k = 0; k < 3; k++) {
    point.coordinate[k] = 0.1 + 1.5 * random_unit(state);
    point.momentum[k] = 4.0 * random_unit(state) - 2.0;
  }
  point.time = 0.1 + 1.5 * random_unit(state);
  point.density = 0.1 + 2.0 * random_unit(state);
  ck_assert_int_le(mfg_expression_nonlocal_count(expression), 32);
  for (int32_t k = 0; k < 32; k++)
    nonlocal[k] = random_unit(state);
  double uncertainty = 0.0;
  const double expected =
      difference(expression, &point, slot(&point, &variable, symbol), &uncertainty);
  const double found = evaluated(derivative, &point);
  if (!isfinite(expected) || !(uncertainty <= 1e-8 * (1.0 + fabs(expected)))) return false;
  ck_assert_msg(is_close(found, expected, 1e-7), "d(%s)/d(symbol %d): %.12g, expected %.12g", text,
                (int)symbol, found, expected);
  return true;
}

START_TEST(test_derivative_agrees_with_differences) {
  const char *text = smooth_texts[_i];
  mfg_expression *expression = parsed(text, &everything_3d);
  uint64_t state = (uint64_t)_i + 1;
  int32_t said = 0;
  for (int32_t symbol = 0; symbol <= MFG_EXPRESSION_VARIABLE; symbol++) {
    mfg_expression *derivative = derived(expression, symbol);
    for (int32_t trial = 0; trial < 20; trial++)
      said += agrees_at(expression, derivative, symbol, &state, text);
    mfg_expression_free(derivative);
  }
  ck_assert_int_ge(said, 9 * 20 * 3 / 4);
  mfg_expression_free(expression);
}
END_TEST

START_TEST(test_derivatives_of_random_texts) {
  uint64_t state = 20240607;
  int32_t said = 0;
  for (int32_t trial = 0; trial < 600; trial++) {
    char text[2048];
    const int32_t axes = 1 + trial % 3;
    random_text(&state, axes, text, sizeof text);
    mfg_expression *expression = parsed(text, axes == 1   ? &everything_1d
                                              : axes == 2 ? &everything_2d
                                                          : &everything_3d);
    if (!mfg_expression_is_condition(expression)) {
      const int32_t symbol = trial % 2 ? MFG_EXPRESSION_DENSITY : MFG_EXPRESSION_MOMENTUM;
      mfg_expression *derivative = derived(expression, symbol);
      said += agrees_at(expression, derivative, symbol, &state, text);
      mfg_expression_free(derivative);
    }
    mfg_expression_free(expression);
  }
  ck_assert_int_ge(said, 250);
}
END_TEST

/* Slopes that differences are too coarse for, at x = 1, to the last digits. */
static const struct {
  const char *text;
  double slope;
} exact_slopes[] = {
    {"log2(x)", 1.4426950408889634},
    {"log10(x)", 0.43429448190325183},
    {"erf(x - 1)", 1.1283791670955126},
    {"erf(x)", 0.41510749742059471},
    {"asin(x/2)", 0.57735026918962576},
    {"tan(x)", 3.4255188208147597},
    {"2^x", 1.3862943611198906},
    {"x^x", 1.0},
    {"atan2(x, 1)", 0.5},
    {"tanh(x)", 0.41997434161402607},
};

START_TEST(test_exact_slope) {
  const mfg_expression_point point = {.coordinate = {1.0}};
  mfg_expression *expression = parsed(exact_slopes[_i].text, &everything_1d);
  mfg_expression *derivative = derived(expression, 0);
  const double found = evaluated(derivative, &point);
  ck_assert_msg(is_close(found, exact_slopes[_i].slope, 1e-15), "%s: %.17g", exact_slopes[_i].text,
                found);
  mfg_expression_free(derivative);
  mfg_expression_free(expression);
}
END_TEST

static const struct {
  const char *text;
  int32_t symbol;
  double value;
} conventions[] = {
    {"abs(x)", 0, 0.0},
    {"|p|", MFG_EXPRESSION_MOMENTUM, 0.0},
    {"|p|^1.5", MFG_EXPRESSION_MOMENTUM, 0.0},
    {"|p|^3", MFG_EXPRESSION_MOMENTUM + 1, 0.0},
    {"m*|p|^2", MFG_EXPRESSION_MOMENTUM, 0.0},
    {"min(2*x, 3*x)", 0, 2.0},
    {"max(2*x, 3*x)", 0, 2.0},
    {"x >= 0 ? 5*x : 7*x", 0, 5.0},
    {"x > 0 ? 5*x : 7*x", 0, 7.0},
    {"x^(1 + x)", 0, 1.0},
    {"sqrt(x)", 0, INFINITY},
    {"floor(x)", 0, 0.0},
};

/* All arguments are 0: what is said where there is no derivative. */
START_TEST(test_conventions) {
  const mfg_expression_point origin = {.time = 0.0};
  mfg_expression *expression = parsed(conventions[_i].text, &everything_2d);
  mfg_expression *derivative = derived(expression, conventions[_i].symbol);
  const double found = evaluated(derivative, &origin);
  ck_assert_msg(found == conventions[_i].value, "%s: %g", conventions[_i].text, found);
  mfg_expression_free(derivative);
  mfg_expression_free(expression);
}
END_TEST

START_TEST(test_condition_has_no_derivative) {
  mfg_expression_error error = {0};
  mfg_expression *expression = parsed("x < 1", &everything_1d);
  ck_assert_ptr_null(mfg_expression_derivative(expression, 0, &error));
  ck_assert_str_eq(error.text, "a condition has no derivative");
  mfg_expression_free(expression);
}
END_TEST

/* Six derivatives in a row stay small, since what is shared stays shared. */
START_TEST(test_repeated_derivatives_stay_small) {
  mfg_expression *expression = parsed("exp(sin(x)*cos(x)*tanh(x))", &everything_1d);
  int32_t count = 0;
  for (int32_t i = 0; i < 6; i++) {
    mfg_expression *next = derived(expression, 0);
    mfg_expression_free(expression);
    expression = next;
  }
  mfg_expression_nodes(expression, &count);
  ck_assert_int_lt(count, 20000);
  mfg_expression_free(expression);
}
END_TEST

TCase *derivative_cases(void) {
  TCase *tcase = tcase_create("derivative");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, test_known_derivative, 0,
                      sizeof known_derivatives / sizeof *known_derivatives);
  tcase_add_loop_test(tcase, test_derivative_agrees_with_differences, 0,
                      sizeof smooth_texts / sizeof *smooth_texts);
  tcase_add_loop_test(tcase, test_exact_slope, 0, sizeof exact_slopes / sizeof *exact_slopes);
  tcase_add_test(tcase, test_derivatives_of_random_texts);
  tcase_add_loop_test(tcase, test_conventions, 0, sizeof conventions / sizeof *conventions);
  tcase_add_test(tcase, test_condition_has_no_derivative);
  tcase_add_test(tcase, test_repeated_derivatives_stay_small);
  return tcase;
}
