// SPDX-License-Identifier: LGPL-2.1-or-later
#include "expression_tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *text, *simplified;
} simplified_texts[] = {
    {"1*x", "x"},
    {"x*1", "x"},
    {"x/1", "x"},
    {"x - 0", "x"},
    {"x + -0", "x"},
    {"x + 0", "x + 0"},
    {"0*x", "0*x"},
    {"x - x", "x - x"},
    {"x/x", "x/x"},
    {"abs(x) + 0", "abs(x)"},
    {"x^2 + 0", "x^2"},
    {"-1*x", "-x"},
    {"-(-x)", "x"},
    {"x + -t", "x - t"},
    {"-x + t", "t - x"},
    {"x - -t", "x + t"},
    {"-x - t", "-x - t"},
    {"-x*-t", "x*t"},
    {"x*-t", "-(x*t)"},
    {"-x/t", "-(x/t)"},
    {"x/-t", "-(x/t)"},
    {"x + -2*t", "x - 2*t"},
    {"x - -2*t", "x + 2*t"},
    {"x + -2", "x - 2"},
    {"x*2", "2*x"},
    {"2 + x", "x + 2"},
    {"x/4", "0.25*x"},
    {"x/3", "x/3"},
    {"x/8.98846567431158e+307", "x/8.98846567431158e+307"},
    {"x/-2", "-0.5*x"},
    {"-(2*x)", "-2*x"},
    {"abs(-x)", "abs(x)"},
    {"abs(abs(x))", "abs(x)"},
    {"|p|^2", "px^2"},
    {"x^1", "x"},
    {"x^0", "1"},
    {"x^0.5", "sqrt(x)"},
    {"x^3", "x^2*x"},
    {"x^-1", "1/x"},
    {"x^-2", "1/x^2"},
    {"x^2.5", "x^2.5"},
    {"x^9", "x^9"},
    {"e^x", "exp(x)"},
    {"x == t ? 1 : 0", "x == t ? 1 : 0"},
    {"x < t ? 0 : 1", "!(x < t) ? 1 : 0"},
    {"sqrt(!(x < t))", "sqrt(!(x < t) ? 1 : 0)"},
    {"x < t ? -0 : 1", "x < t ? -0 : 1"},
    {"!(x == t)", "x != t"},
    {"!(x < t)", "!(x < t)"},
    {"!!(x < t)", "x < t"},
    {"x < t && 1", "x < t"},
    {"x < t && 0", "0 != 0"},
    {"x < t || 1", "1 != 0"},
    {"x < t || 0", "x < t"},
    {"1 ? x : t", "x"},
    {"x < t ? m : m", "m"},
    {"!(x < t) ? m : s", "x < t ? s : m"},
    {"min(x, x)", "x"},
    {"2 + 3*4", "14"},
    {"sin(0)", "0"},
    {"1/0", "1/0"},
    {"-1/0", "-1/0"},
    {"0/0", "0/0"},
    {"mean(2)", "mean(2)"},
    {"-0", "-0"},
};

START_TEST(test_simplified) {
  mfg_expression *expression = parsed(simplified_texts[_i].text, &everything_1d);
  char *text = printed(expression);
  ck_assert_str_eq(text, simplified_texts[_i].simplified);
  free(text);
  mfg_expression_free(expression);
}
END_TEST

static bool same_bits(double a, double b) {
  return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

/* The rules against arithmetic as written, at every pair of special values: not a bit may differ.
 */
START_TEST(test_rules_are_exact) {
  static const double special[] = {0.0,    -0.0,    1.0,      -1.0,      3.0, -0.7, 1e308, -1e308,
                                   5e-324, -5e-324, INFINITY, -INFINITY, NAN, 2.5,  1e-310};
  const size_t count = sizeof special / sizeof *special;
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < count; j++) {
      const volatile double x = special[i], t = special[j];
      const struct {
        const char *text;
        double value;
      } cases[] = {
          {"1*x", 1.0 * x},
          {"x - 0", x - 0.0},
          {"x + -0", x + -0.0},
          {"x + 0", x + 0.0},
          {"x*x + 0", x * x + 0.0},
          {"abs(x) + 0", fabs(x) + 0.0},
          {"x + -t", x + -t},
          {"-x + t", -x + t},
          {"x - -t", x - -t},
          {"-x*-t", -x * -t},
          {"-x*t", -x * t},
          {"x*-t", x * -t},
          {"-x/t", -x / t},
          {"x/-t", x / -t},
          {"-x/-t", -x / -t},
          {"x + -2*t", x + -2.0 * t},
          {"x - -2*t", x - -2.0 * t},
          {"-(2*x)", -(2.0 * x)},
          {"-(3*x)", -(3.0 * x)},
          {"2 - x", 2.0 - x},
          {"0 - x", 0.0 - x},
          {"x/4", x / 4.0},
          {"x/-2", x / -2.0},
          {"x/8", x / 8.0},
          {"abs(x)^2", fabs(x) * fabs(x)},
          {"abs(-x)", fabs(-x)},
          {"x - t + 0", x - t + 0.0},
          {"3 - 3 + x*-1", 0.0 + x * -1.0},
          {"x + 2 + 0", x + 2.0 + 0.0},
          {"x - -0", x - -0.0},
          {"x + t + 0", x + t + 0.0},
          {"x < t ? 1 : 0", x < t},
          {"!(x == t) + 0", !(x == t)},
          {"!(x < t) + 0", !(x < t)},
          {"(x < t && x < 1) + 0", x < t && x < 1.0},
      };
      const mfg_expression_point point = {.coordinate = {x}, .time = t};
      for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const double found = value_at(cases[k].text, &everything_1d, &point);
        ck_assert_msg(same_bits(found, cases[k].value), "%s at %g, %g: %g, expected %g",
                      cases[k].text, x, t, found, cases[k].value);
      }
    }
}
END_TEST

START_TEST(test_common_subexpressions) {
  int32_t count = 0;
  mfg_expression *expression =
      parsed("sin(x + t)*sin(t + x) + (x + t)^2 + (t < x && x > 0)*0.5", &everything_1d);
  mfg_expression_nodes(expression, &count);
  /* x t x+t sin sin^2 (x+t)^2 sum  t<x 0 x>0 && indicator 0.5 product sum */
  ck_assert_int_eq(count, 15);
  mfg_expression_free(expression);
}
END_TEST

TCase *simplify_cases(void) {
  TCase *tcase = tcase_create("simplify");
  tcase_add_loop_test(tcase, test_simplified, 0,
                      sizeof simplified_texts / sizeof *simplified_texts);
  tcase_add_test(tcase, test_rules_are_exact);
  tcase_add_test(tcase, test_common_subexpressions);
  return tcase;
}
