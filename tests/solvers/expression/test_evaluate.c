// SPDX-License-Identifier: LGPL-2.1-or-later
#include "expression_tests.h"

#include <math.h>
#include <stdio.h>

/* Published or exactly known values, to 17 digits, at x = 0.5, t = 0.25, m = 3, p = -2. */
static const struct {
  const char *text;
  double value;
} known_values[] = {
    {"abs(p)", 2.0},
    {"sqrt(2)*x/x", 1.41421356237309505},
    {"sqrt(m + 6)", 3.0},
    {"exp(x)", 1.64872127070012815},
    {"e^x", 1.64872127070012815},
    {"log(m)", 1.09861228866810969},
    {"log2(m + 5)", 3.0},
    {"log10(m)", 0.47712125471966244},
    {"sin(x)", 0.47942553860420300},
    {"cos(x)", 0.87758256189037271},
    {"tan(x)", 0.54630248984379051},
    {"asin(x)", 0.52359877559829887},
    {"acos(x)", 1.04719755119659775},
    {"atan(x)", 0.46364760900080612},
    {"sinh(x)", 0.52109530549374736},
    {"cosh(x)", 1.12762596520638079},
    {"tanh(x)", 0.46211715726000976},
    {"erf(x)", 0.52049987781304654},
    {"floor(m/p)", -2.0},
    {"ceil(m/p)", -1.0},
    {"sign(p)", -1.0},
    {"sign(m)", 1.0},
    {"sign(x - x)", 0.0},
    {"atan2(m, p)", 2.15879893034246436},
    {"atan2(-x, -x)", -2.35619449019234493},
    {"min(m, p)", -2.0},
    {"max(m, p)", 3.0},
    {"min(x, t, m)", 0.25},
    {"max(x, t, m)", 3.0},
    {"m^x", 1.73205080756887729},
    {"m^1.5", 5.19615242270663188},
    {"p^3", -8.0},
    {"p^-3", -0.125},
    {"p^8", 256.0},
    {"p^9", -512.0},
    {"p^0", 1.0},
    {"p^x", NAN},
    {"-p^2", -4.0},
    {"2^3^2", 512.0},
    {"2^-1", 0.5},
    {"x < t", 0.0},
    {"x > t", 1.0},
    {"x <= 0.5", 1.0},
    {"x >= 0.5", 1.0},
    {"x == 0.5", 1.0},
    {"x != 0.5", 0.0},
    {"!(x == 0.5)", 0.0},
    {"x < t || m > t", 1.0},
    {"x < t && m > t", 0.0},
    {"x < t ? 10 : 20", 20.0},
    {"x > t ? 10 : 20", 10.0},
    {"3*(x > t) - (x < t)", 3.0},
    {"m/(x - x)", INFINITY},
    {"p/(x - x)", -INFINITY},
    {"(x - x)/(x - x)", NAN},
    {"exp(1000*m)", INFINITY},
    {"min(log(p), m)", NAN},
    {"max(m, log(p))", NAN},
    {"log(p) == log(p)", 0.0},
    {"log(p) ? 1 : 2", 1.0},
    {"mean(x) + 10*integral(m)", 23.0},
    {"s*100", 700.0},
    {"0.5*|p|^2", 2.0},
};

static const double variables[] = {7.0}, nonlocal[] = {3.0, 2.0};

static const mfg_expression_point point_1d = {.coordinate = {0.5},
                                              .time = 0.25,
                                              .density = 3.0,
                                              .momentum = {-2.0},
                                              .variables = variables,
                                              .nonlocal = nonlocal};

START_TEST(test_known_value) {
  const double found = value_at(known_values[_i].text, &everything_1d, &point_1d);
  ck_assert_msg(is_close(found, known_values[_i].value, 4e-16), "%s: %.17g, expected %.17g",
                known_values[_i].text, found, known_values[_i].value);
}
END_TEST

START_TEST(test_norm_in_several_dimensions) {
  const mfg_expression_point point = {.momentum = {2.0, -3.0, 6.0}};
  ck_assert_double_eq(value_at("|p|", &everything_3d, &point), 7.0);
  ck_assert_double_eq(value_at("|p|^2", &everything_3d, &point), 49.0);
  ck_assert_double_eq(value_at("|p|*|p|", &everything_3d, &point), 49.0);
  ck_assert_double_eq(value_at("|p|^2", &everything_2d, &point), 13.0);
  ck_assert_double_eq(value_at("px*100 + py*10 + pz", &everything_3d, &point), 176.0);
  ck_assert(is_close(value_at("|p|", &everything_2d, &point), sqrt(13.0), 1e-16));
}
END_TEST

/* The value of a text does not depend on whether its numbers are known in advance. */
START_TEST(test_folding_agrees_with_evaluation) {
  static const char *const forms[] = {"%s^2",    "%s^3",      "%s^7",    "%s^-2",    "%s^0.5",
                                      "sin(%s)", "%s/3",      "%s/8",    "1/%s",     "erf(%s)",
                                      "%s^1.5",  "2^%s",      "-%s*7.3", "%s - -1",  "atan2(%s, 3)",
                                      "e^%s",    "floor(%s)", "%s^8.0",  "tanh(%s)", "%s*%s"};
  static const mfg_expression_parameter constant[] = {{"a", 1.7}};
  static const char *const name[] = {"a"};
  static const double value[] = {1.7};
  const mfg_expression_symbols folded = {.parameters = constant, .parameter_count = 1};
  const mfg_expression_symbols bound = {.variables = name, .variable_count = 1};
  const mfg_expression_point point = {.variables = value};
  char text[64];
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    size_t at = 0;
    for (const char *c = forms[i]; *c; c++)
      if (*c == '%')
        text[at++] = 'a', c++;
      else
        text[at++] = *c;
    text[at] = '\0';
    mfg_expression *expression = parsed(text, &folded);
    ck_assert(mfg_expression_is_constant(expression, NULL));
    ck_assert_double_eq(evaluated(expression, &point), value_at(text, &bound, &point));
    mfg_expression_free(expression);
  }
}
END_TEST

/* More nodes than fit on the stack of the evaluation. */
START_TEST(test_many_nodes) {
  char text[4096] = "0";
  size_t used = 1;
  for (int32_t i = 1; i <= 200; i++)
    used += (size_t)sprintf(text + used, " + %d*x", i);
  ck_assert_double_eq(value_at(text, &everything_1d, &point_1d), 0.5 * 20100.0);
}
END_TEST

TCase *evaluate_cases(void) {
  TCase *tcase = tcase_create("evaluate");
  tcase_add_loop_test(tcase, test_known_value, 0, sizeof known_values / sizeof *known_values);
  tcase_add_test(tcase, test_norm_in_several_dimensions);
  tcase_add_test(tcase, test_folding_agrees_with_evaluation);
  tcase_add_test(tcase, test_many_nodes);
  return tcase;
}
