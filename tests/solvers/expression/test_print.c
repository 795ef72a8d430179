// SPDX-License-Identifier: LGPL-2.1-or-later
#include "expression_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *text, *printed;
} forms[] = {
    {"1+2*x-t/m", "2*x + 1 - t/m"},
    {"(x+t)*m", "(x + t)*m"},
    {"x-(t-m)", "x - (t - m)"},
    {"x/(t*m)", "x/(t*m)"},
    {"(x^t)^m", "(x^t)^m"},
    {"x^t^m", "x^t^m"},
    {"(x+t)^2", "(x + t)^2"},
    {"(-x)^t", "(-x)^t"},
    {"x^-t", "x^(-t)"},
    {"(-2)^t", "(-2)^t"},
    {"-x^t", "-x^t"},
    {"x<t&&(m<s||x>1)", "x < t && (m < s || x > 1)"},
    {"!(x<t)", "!(x < t)"},
    {"x<t?m:s>0?1:2", "x < t ? m : s > 0 ? 1 : 2"},
    {"(x<t?m:s)+1", "(x < t ? m : s) + 1"},
    {"4*(x>t)", "4*(x > t)"},
    {"sin(x>t)", "sin(x > t ? 1 : 0)"},
    {"(x<t)==(t<m)", "(x < t ? 1 : 0) == (t < m ? 1 : 0)"},
    {"min(x,t,m)", "min(min(x, t), m)"},
    {"atan2(x,t)", "atan2(x, t)"},
    {"mean(x*m)+integral(x)", "mean(x*m) + integral(x)"},
    {"0.1*x", "0.1*x"},
    {"1e-300*x", "1e-300*x"},
    {"123456789*x", "123456789*x"},
    {"x/3*0.30000000000000004", "0.30000000000000004*(x/3)"},
    {"pi*x", "3.141592653589793*x"},
    {"x*t - -1*m", "x*t + m"},
    {"s*p", "s*px"},
};

START_TEST(test_form) {
  mfg_expression *expression = parsed(forms[_i].text, &everything_1d);
  char *text = printed(expression);
  ck_assert_str_eq(text, forms[_i].printed);
  free(text);
  mfg_expression_free(expression);
}
END_TEST

static void check_round_trip(const mfg_expression *expression,
                             const mfg_expression_symbols *symbols) {
  char *text = printed(expression);
  mfg_expression *again = parsed(text, symbols);
  ck_assert_msg(mfg_expression_equal(expression, again), "%s", text);
  free(text);
  mfg_expression_free(again);
}

START_TEST(test_random_round_trip) {
  uint64_t state = 12345;
  for (int32_t trial = 0; trial < 2000; trial++) {
    char text[2048];
    const int32_t axes = 1 + trial % 3;
    const mfg_expression_symbols *symbols = axes == 1   ? &everything_1d
                                            : axes == 2 ? &everything_2d
                                                        : &everything_3d;
    random_text(&state, axes, text, sizeof text);
    mfg_expression *expression = parsed(text, symbols);
    check_round_trip(expression, symbols);
    if (!mfg_expression_is_condition(expression)) {
      mfg_expression *derivative =
          mfg_expression_derivative(expression, trial % 2 ? MFG_EXPRESSION_DENSITY : 0, NULL);
      ck_assert_ptr_nonnull(derivative);
      int32_t count = 0;
      mfg_expression_nodes(derivative, &count);
      if (count < 200) check_round_trip(derivative, symbols);
      mfg_expression_free(derivative);
    }
    mfg_expression_free(expression);
  }
}
END_TEST

START_TEST(test_limit) {
  mfg_expression *expression = parsed("sin(x) + cos(x)", &everything_1d);
  static const struct {
    size_t limit;
    const char *text;
  } cut[] = {{0, "s..."},
             {4, "s..."},
             {10, "sin(x) ..."},
             {14, "sin(x) + co..."},
             {15, "sin(x) + cos(x)"},
             {16, "sin(x) + cos(x)"}};
  for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
    char *text = mfg_expression_print(expression, cut[i].limit);
    ck_assert_str_eq(text, cut[i].text);
    free(text);
  }
  mfg_expression_free(expression);
}
END_TEST

/* 200 nodes whose tree has 2^100 leaves: the time is that of the text, which is cut. */
START_TEST(test_shared_nodes_do_not_explode) {
  char text[1024] = "x";
  mfg_expression *expression = NULL;
  strcpy(text, "x + 1");
  for (int32_t i = 0; i < 12; i++) {
    char next[1024];
    ck_assert_int_lt(snprintf(next, sizeof next, "(%s)^8", text), (int)sizeof next);
    strcpy(text, next);
  }
  expression = parsed(text, &everything_1d);
  mfg_expression *derivative = mfg_expression_derivative(expression, 0, NULL);
  char *shown = mfg_expression_print(derivative, 1000);
  ck_assert_uint_eq(strlen(shown), 1000);
  ck_assert_str_eq(shown + 997, "...");
  free(shown);
  mfg_expression_free(derivative);
  mfg_expression_free(expression);
}
END_TEST

TCase *print_cases(void) {
  TCase *tcase = tcase_create("print");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, test_form, 0, sizeof forms / sizeof *forms);
  tcase_add_test(tcase, test_random_round_trip);
  tcase_add_test(tcase, test_limit);
  tcase_add_test(tcase, test_shared_nodes_do_not_explode);
  return tcase;
}
