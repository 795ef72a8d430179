// SPDX-License-Identifier: LGPL-2.1-or-later
#include "expression_tests.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

/* Pairs that must be one tree: the second spells out what the first means. */
static const struct {
  const char *text, *meaning;
} same_trees[] = {
    {"1 + 2*x", "1 + (2*x)"},
    {"x - t - m", "(x - t) - m"},
    {"x/t/m", "(x/t)/m"},
    {"x/t*m", "(x/t)*m"},
    {"x - t + m", "(x - t) + m"},
    {"x^t^m", "x^(t^m)"},
    {"-x^2", "-(x^2)"},
    {"2^-x^t", "2^(-(x^t))"},
    {"x^-t", "x^(-t)"},
    {"x^-t^m", "x^(-(t^m))"},
    {"2^-t*m", "(2^(-t))*m"},
    {"-x*t", "(-x)*t"},
    {"x*-t", "x*(-t)"},
    {"+x", "x"},
    {"--x", "x"},
    {"x + t < m*s", "(x + t) < (m*s)"},
    {"x < t && t < m || m < s", "((x < t) && (t < m)) || (m < s)"},
    {"x < t || t < m && m < s", "(x < t) || ((t < m) && (m < s))"},
    {"!x && t", "(!x) && t"},
    {"x < t ? m : s", "(x < t) ? m : s"},
    {"x ? t : m ? s : 1", "x ? t : (m ? s : 1)"},
    {"x ? t ? m : s : 1", "x ? (t ? m : s) : 1"},
    {"x || t ? m : s", "(x || t) ? m : s"},
    {"!(x < t) && m", "(!(x < t)) && (m != 0)"},
    {"p", "px"},
    {"|p|", "abs(px)"},
    {"| p |", "abs(p)"},
    {"|x - t|", "abs(x - t)"},
    {"|x|*|t|", "abs(x)*abs(t)"},
    {"| |p| - 1 |", "abs(abs(p) - 1)"},
    {"|x + |t - |m| | |", "abs(x + abs(t - abs(m)))"},
    {"|x|^2", "x*x"},
    {"k*x", "2*x"},
    {"nu", "0.05"},
    {"4*(x > 0.25 && x < 0.5)", "4*(x > 0.25 && x < 0.5 ? 1 : 0)"},
    {"min(x, t, m)", "min(min(x, t), m)"},
    {"max(x, t, m, s)", "max(max(max(x, t), m), s)"},
    {"pow(x, t)", "x^t"},
    {" \t\r\n x \n", "x"},
    {"1e3*x + .5 + 5.", "1000*x + 0.5 + 5.0"},
    {"1e-3*x", "0.001*x"},
    {"1E3*x", "1000*x"},
    {"x ? t < m : 0.5", "x ? (t < m ? 1 : 0) : 0.5"},
    {"x ? 0.5 : t < m", "x ? 0.5 : (t < m ? 1 : 0)"},
    {"2*e*x", "2*2.718281828459045*x"},
    {"pi*x", "3.141592653589793*x"},
};

START_TEST(test_precedence) {
  mfg_expression *left = parsed(same_trees[_i].text, &everything_1d);
  mfg_expression *right = parsed(same_trees[_i].meaning, &everything_1d);
  ck_assert_msg(mfg_expression_equal(left, right), "%s", same_trees[_i].text);
  mfg_expression_free(left);
  mfg_expression_free(right);
}
END_TEST

/* Spellings that look alike and are not: the trees must differ. */
static const struct {
  const char *text, *other;
} different_trees[] = {
    {"x - t - m", "x - (t - m)"},
    {"x/t/m", "x/(t/m)"},
    {"x^t^m", "(x^t)^m"},
    {"-x^2", "(-x)^2"},
    {"x + t*m", "(x + t)*m"},
    {"x < t || t < m && m < s", "(x < t || t < m) && m < s"},
    {"0*x", "0"},
    {"x + 0", "x"},
    {"x - x", "0"},
    {"0", "-0"},
    {"|x*t|", "|x|*t"},
    {"min(x, t)", "max(x, t)"},
};

START_TEST(test_different) {
  mfg_expression *left = parsed(different_trees[_i].text, &everything_1d);
  mfg_expression *right = parsed(different_trees[_i].other, &everything_1d);
  ck_assert_msg(!mfg_expression_equal(left, right), "%s", different_trees[_i].text);
  mfg_expression_free(left);
  mfg_expression_free(right);
}
END_TEST

START_TEST(test_names_of_axes) {
  const mfg_expression_symbols symbols = {
      .allowed = MFG_EXPRESSION_IN_HAMILTONIAN, .axes = 2, .axis_names = {"height", "width"}};
  const mfg_expression_point point = {.coordinate = {1.0, 10.0}, .momentum = {100.0, 1000.0}};
  ck_assert_double_eq(value_at("height + width + pheight + pwidth", &symbols, &point), 1111.0);
}
END_TEST

START_TEST(test_type_of_the_whole) {
  mfg_expression_symbols symbols = everything_1d;
  mfg_expression *expression = parsed("x < 1", &symbols);
  ck_assert(mfg_expression_is_condition(expression));
  mfg_expression_free(expression);
  symbols.type = MFG_EXPRESSION_NUMBER;
  expression = parsed("x < 1", &symbols);
  ck_assert(!mfg_expression_is_condition(expression));
  mfg_expression_free(expression);
  symbols.type = MFG_EXPRESSION_CONDITION;
  expression = parsed("x < 1", &symbols);
  ck_assert(mfg_expression_is_condition(expression));
  mfg_expression_free(expression);
}
END_TEST

START_TEST(test_depends) {
  mfg_expression *expression = parsed("x*m + mean(t*y)", &everything_2d);
  ck_assert(mfg_expression_depends_on(expression, MFG_EXPRESSION_COORDINATE));
  ck_assert(mfg_expression_depends_on(expression, MFG_EXPRESSION_COORDINATE + 1));
  ck_assert(mfg_expression_depends_on(expression, MFG_EXPRESSION_TIME));
  ck_assert(mfg_expression_depends_on(expression, MFG_EXPRESSION_DENSITY));
  ck_assert(!mfg_expression_depends_on(expression, MFG_EXPRESSION_MOMENTUM));
  ck_assert(mfg_expression_depends_locally_on(expression, MFG_EXPRESSION_COORDINATE));
  ck_assert(!mfg_expression_depends_locally_on(expression, MFG_EXPRESSION_COORDINATE + 1));
  ck_assert(!mfg_expression_depends_locally_on(expression, MFG_EXPRESSION_TIME));
  ck_assert_int_eq(mfg_expression_axes(expression), 2);
  ck_assert(!mfg_expression_is_constant(expression, NULL));
  mfg_expression_free(expression);
}
END_TEST

START_TEST(test_parameters_become_constants) {
  double value = 0.0;
  mfg_expression *expression = parsed("2*k + nu", &everything_1d);
  ck_assert(mfg_expression_is_constant(expression, &value));
  ck_assert_double_eq(value, 4.05);
  mfg_expression_free(expression);
}
END_TEST

/* Operands come before their users, every node is unique, the last one is the result. */
START_TEST(test_nodes_are_in_post_order) {
  int32_t count = 0;
  mfg_expression *expression = parsed("sin(x*t) + sin(t*x)*cos(x*t)", &everything_1d);
  const mfg_expression_node *nodes = mfg_expression_nodes(expression, &count);
  ck_assert_int_eq(count, 7);
  for (int32_t i = 0; i < count; i++)
    for (int32_t k = 0; k < 3; k++)
      ck_assert(k < nodes[i].operand_count ? nodes[i].operands[k] >= 0 && nodes[i].operands[k] < i
                                           : nodes[i].operands[k] == -1);
  ck_assert_int_eq(nodes[count - 1].operation, MFG_EXPRESSION_ADD);
  ck_assert_str_eq(mfg_expression_operation_text(nodes[count - 1].operation), "+");
  mfg_expression_free(expression);
}
END_TEST

/* A comma locale must change neither reading nor writing. */
START_TEST(test_locale) {
  setenv("LOCPATH", TEST_LOCALES, 1);
  ck_assert_ptr_nonnull(setlocale(LC_ALL, "de_DE.UTF-8"));
  char comma[8];
  snprintf(comma, sizeof comma, "%.1f", 1.5);
  ck_assert_str_eq(comma, "1,5");
  const mfg_expression_point point = {.coordinate = {1.0}};
  ck_assert_double_eq(value_at("1.5*x + 2.5e-1", &everything_1d, &point), 1.75);
  mfg_expression *expression = parsed("1.5*x", &everything_1d);
  char *text = printed(expression);
  setlocale(LC_ALL, "C");
  ck_assert_str_eq(text, "1.5*x");
  free(text);
  mfg_expression_free(expression);
}
END_TEST

START_TEST(test_names_a_parameter_may_have) {
  static const char *const good[] = {"a", "nu", "_", "k_2", "y", "pressure", "E", "P", "x1"};
  static const char *const bad[] = {"x",   "t",   "m",    "p",        "px", "pi",
                                    "e",   "sin", "mean", "integral", "",   "2a",
                                    "a b", "a-b", "é",    "log10",    "max"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    ck_assert_msg(mfg_expression_check_name(&everything_1d, good[i], NULL), "%s", good[i]);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    mfg_expression_error error = {0};
    ck_assert_msg(!mfg_expression_check_name(&everything_1d, bad[i], &error), "%s", bad[i]);
    ck_assert_str_ne(error.text, "");
  }
}
END_TEST

TCase *parse_cases(void) {
  TCase *tcase = tcase_create("parse");
  tcase_add_loop_test(tcase, test_precedence, 0, sizeof same_trees / sizeof *same_trees);
  tcase_add_loop_test(tcase, test_different, 0, sizeof different_trees / sizeof *different_trees);
  tcase_add_test(tcase, test_names_of_axes);
  tcase_add_test(tcase, test_type_of_the_whole);
  tcase_add_test(tcase, test_depends);
  tcase_add_test(tcase, test_parameters_become_constants);
  tcase_add_test(tcase, test_nodes_are_in_post_order);
  tcase_add_test(tcase, test_locale);
  tcase_add_test(tcase, test_names_a_parameter_may_have);
  return tcase;
}
