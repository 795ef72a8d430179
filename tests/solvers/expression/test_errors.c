// SPDX-License-Identifier: LGPL-2.1-or-later
#include "expression_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *text;
  size_t column;
  const char *message;
} wrong_texts[] = {
    {"", 1, "the text is empty; expected an expression"},
    {"  \t", 4, "the text is empty; expected an expression"},
    {"1 +", 4, "expected a number, a name, '(' or '|', found the end of the text"},
    {"1 + * 2", 5, "expected a number, a name, '(' or '|', found '*'"},
    {"()", 2, "expected a number, a name, '(' or '|', found ')'"},
    {"(x", 3, "expected ')' to close the '(' at column 1, found the end of the text"},
    {"2*(x t)", 6, "expected an operator or ')' to close the '(' at column 3, found 't'"},
    {"x)", 2, "expected an operator or the end of the text, found ')'"},
    {"x t", 3, "expected an operator or the end of the text, found 't'"},
    {"x(1 - x)", 2, "'x' is not a function; expected an operator, as in x*("},
    {"2x", 1, "'2' is followed by 'x'; expected an operator, as in 2*x"},
    {"0x10", 1, "'0' is followed by 'x10'; expected an operator, as in 0*x10"},
    {"1e", 1, "'1' is followed by 'e'; expected an operator, as in 1*e"},
    {"1.5.2", 1, "'1.5' is followed by a second point; expected a number such as 1.5 or 1e-3"},
    {"1e999", 1,
     "the number 1e999 does not fit; expected 0, or a size between 4.94e-324 and 1.79e308"},
    {"1e-999", 1,
     "the number 1e-999 does not fit; expected 0, or a size between 4.94e-324 and 1.79e308"},
    {"sin x", 5, "expected '(' after the function 'sin', found 'x'"},
    {"sin", 4, "expected '(' after the function 'sin', found the end of the text"},
    {"sin()", 1, "'sin' takes 1 argument, found 0"},
    {"x + sin(x, t)", 5, "'sin' takes 1 argument, found 2"},
    {"atan2(x)", 1, "'atan2' takes 2 arguments, found 1"},
    {"pow(x, t, m)", 1, "'pow' takes 2 arguments, found 3"},
    {"min(x)", 1, "'min' takes at least 2 arguments, found 1"},
    {"min(x,)", 7, "expected a number, a name, '(' or '|', found ')'"},
    {"min(x t)", 7, "expected an operator or ')' to close the '(' at column 4, found 't'"},
    {"x ? t", 6, "expected ':' to close the '?' at column 3, found the end of the text"},
    {"x ? t, m", 6, "expected an operator or ':' to close the '?' at column 3, found ','"},
    {"0 < x < 1", 7, "comparisons do not chain; expected && between them, as in 0 < x && x < 1"},
    {"x == t == m", 8, "comparisons do not chain; expected && between them, as in 0 < x && x < 1"},
    {"!x < 1", 4,
     "a condition cannot be compared with a number; expected parentheses that make it clear"},
    {"x**2", 2, "unexpected '**'; write ^ for a power"},
    {"x = 1", 3, "unexpected '='; write =="},
    {"x & t", 3, "unexpected '&'; write &&"},
    {"[x]", 1, "unexpected '['; write ("},
    {"x − t", 3, "unexpected '−'; write -"},
    {"2·x", 2, "unexpected '·'; write *"},
    {"x²", 2, "unexpected '²'; write ^2"},
    {"αβ + x", 1, "unexpected 'α'; expected a number, a name, an operator or a parenthesis"},
    {"x + 'a'", 5, "unexpected '''; expected a number, a name, an operator or a parenthesis"},
    {"x + \x01", 5,
     "unexpected byte 0x01; expected a number, a name, an operator or a parenthesis"},
    {"x + \xe0\x80\x80", 5,
     "unexpected byte 0xe0; expected a number, a name, an operator or a parenthesis"},
    {"x + \xff", 5,
     "unexpected byte 0xff; expected a number, a name, an operator or a parenthesis"},
    {"|x + )", 6, "expected a number, a name, '(' or '|', found ')'"},
    {"|x", 3, "expected '|' to close the '|' at column 1, found the end of the text"},
    {"|x*|t||", 8,
     "expected a number, a name, '(' or '|', found the end of the text ('||' is always \"or\": put "
     "a space between two bars)"},
    {"||p| - 1|", 1,
     "expected a number, a name, '(' or '|', found '||' ('||' is always \"or\": put a space "
     "between "
     "two bars)"},
    {"|x||t|", 1,
     "a condition stands between bars; expected a number ('||' is always \"or\": write |a|*|b|)"},
    {"kk + 1", 1,
     "unknown name 'kk'; did you mean 'k'? known here: x, t, m, p, px, k, nu, s, pi, e, mean(), "
     "integral()"},
    {"x + y", 5,
     "unknown name 'y'; known here: x, t, m, p, px, k, nu, s, pi, e, mean(), integral()"},
    {"X", 1,
     "unknown name 'X'; did you mean 'x'? known here: x, t, m, p, px, k, nu, s, pi, e, mean(), "
     "integral()"},
    {"snih(x)", 1,
     "unknown function 'snih'; did you mean 'sinh'? known here: abs, sqrt, exp, log, log2, log10, "
     "sin, cos, tan, asin, acos, atan, atan2, sinh, cosh, tanh, erf, floor, ceil, sign, min, max, "
     "pow, mean, integral"},
    {"x +\n t + qq", 6,
     "unknown name 'qq'; known here: x, t, m, p, px, k, nu, s, pi, e, mean(), integral()"},
};

START_TEST(test_message) {
  mfg_expression_error error = {0};
  const mfg_expression *found = mfg_expression_parse(wrong_texts[_i].text, &everything_1d, &error);
  ck_assert_ptr_null(found);
  ck_assert_str_eq(error.text, wrong_texts[_i].message);
  ck_assert_uint_eq(error.column, wrong_texts[_i].column);
  ck_assert(!error.out_of_memory);
}
END_TEST

static const struct {
  const char *text;
  mfg_expression_symbols symbols;
  size_t column;
  const char *message;
} wrong_places[] = {
    {"1 + m",
     {.field = "the initial density", .allowed = MFG_EXPRESSION_IN_INITIAL_DENSITY, .axes = 2},
     5,
     "'m' cannot be used in the initial density; known here: x, y, pi, e"},
    {"2*t",
     {.allowed = MFG_EXPRESSION_IN_NUMBER},
     3,
     "'t' cannot be used in this expression; known here: pi, e"},
    {"mean(x)",
     {.field = "the Hamiltonian", .allowed = MFG_EXPRESSION_IN_HAMILTONIAN, .axes = 1},
     1,
     "'mean' cannot be used in the Hamiltonian; known here: x, t, m, p, px, pi, e"},
    {"|p|",
     {.field = "the coupling", .allowed = MFG_EXPRESSION_IN_COUPLING, .axes = 1},
     2,
     "'p' cannot be used in the coupling; known here: x, t, m, pi, e, mean(), integral()"},
    {"0.5*p^2",
     {.allowed = MFG_EXPRESSION_IN_HAMILTONIAN, .axes = 2},
     5,
     "'p' has 2 components here; expected |p|, px or py"},
    {"x - 0.5",
     {.allowed = 1, .axes = 1, .type = MFG_EXPRESSION_CONDITION},
     1,
     "found a number; expected a condition, such as x < 0.5"},
    {"0.5*qz",
     {.allowed = 8, .axes = 3},
     5,
     "unknown name 'qz'; did you mean 'pz'? known here: |p|, px, py, pz, pi, e"},
};

START_TEST(test_message_in_field) {
  mfg_expression_error error = {0};
  ck_assert_ptr_null(
      mfg_expression_parse(wrong_places[_i].text, &wrong_places[_i].symbols, &error));
  ck_assert_str_eq(error.text, wrong_places[_i].message);
  ck_assert_uint_eq(error.column, wrong_places[_i].column);
}
END_TEST

static void check_excerpt(const char *text, size_t line, const char *excerpt) {
  mfg_expression_error error = {0};
  ck_assert_ptr_null(mfg_expression_parse(text, &everything_1d, &error));
  ck_assert_uint_eq(error.line, line);
  ck_assert_str_eq(error.excerpt, excerpt);
}

START_TEST(test_excerpt) {
  check_excerpt("x + kk*2", 1, "x + kk*2\n    ^");
  check_excerpt("x +\n\tt + qq +\nm", 2, " t + qq +\n     ^");
  check_excerpt("x + é", 1, "x + é\n    ^");
  check_excerpt("x \xff", 1, "x ?\n  ^");
  check_excerpt("", 1, "\n^");
  /* A long line is cut on both sides, the caret stays under the place. */
  check_excerpt(
      "1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11 + 12 + 13 + kk + 14 + 15 + 16 + 17 + 18 + 19", 1,
      "...3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11 + 12 + 13 + kk + 14 + 15 + 16 + 17 +...\n"
      "                                                   ^");
}
END_TEST

START_TEST(test_symbols_are_checked) {
  static const mfg_expression_parameter taken[] = {{"m", 1.0}}, twice[] = {{"a", 1.0}, {"a", 2.0}},
                                        spaced[] = {{"a b", 1.0}},
                                        odd[] = {{"a\n\xff\xc3\xa9\xc2\x9b", 1.0}};
  static const char *const same[] = {"a"};
  static const struct {
    mfg_expression_symbols symbols;
    const char *message;
  } wrong[] = {
      {{.parameters = taken, .parameter_count = 1},
       "'m' has a meaning of its own in expressions; expected another name for the parameter"},
      {{.parameters = twice, .parameter_count = 2}, "the name 'a' is given twice"},
      {{.parameters = twice, .parameter_count = 1, .variables = same, .variable_count = 1},
       "the name 'a' is given twice"},
      {{.parameters = spaced, .parameter_count = 1},
       "'a b' cannot be the name of a parameter; expected a letter, then letters, digits or _, at "
       "most 63"},
      {{.parameters = odd, .parameter_count = 1},
       "'a?"
       "?\xc3\xa9?"
       "?' cannot be the name of a parameter; expected a letter, then letters, digits "
       "or _, at most 63"},
      {{.axes = 4}, "4 axes; expected 0 to 3"},
      {{.axes = 2, .axis_names = {"x", "x"}},
       "'x' cannot be the name of an axis: it or 'px' has a meaning of its own in expressions"},
      {{.axes = 1, .axis_names = {"i"}},
       "'i' cannot be the name of an axis: it or 'pi' has a meaning of its own in expressions"},
      {{.axes = 1, .axis_names = {"t"}},
       "'t' cannot be the name of an axis: it or 'pt' has a meaning of its own in expressions"},
      {{.parameters = twice, .parameter_count = 257},
       "257 parameters and 0 variables; expected at most 256 of each"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    mfg_expression_error error = {0};
    ck_assert_ptr_null(mfg_expression_parse("1", &wrong[i].symbols, &error));
    ck_assert_str_eq(error.text, wrong[i].message);
    ck_assert_uint_eq(error.column, 0);
  }
}
END_TEST

START_TEST(test_error_may_be_omitted) {
  ck_assert_ptr_null(mfg_expression_parse("1 +", &everything_1d, NULL));
  ck_assert_ptr_null(mfg_expression_parse("kk", &everything_1d, NULL));
  ck_assert_ptr_null(mfg_expression_parse("1", &(mfg_expression_symbols){.axes = -1}, NULL));
}
END_TEST

/* A list of names that does not fit ends in "...", within the buffer. */
START_TEST(test_long_list_of_names) {
  static char names[256][64];
  static mfg_expression_parameter many[256];
  for (int32_t i = 0; i < 256; i++) {
    snprintf(names[i], sizeof names[i], "a_rather_long_name_of_a_parameter_%d", (int)i);
    many[i].name = names[i];
  }
  const mfg_expression_symbols symbols = {.parameters = many, .parameter_count = 256};
  mfg_expression_error error = {0};
  ck_assert_ptr_null(mfg_expression_parse("b", &symbols, &error));
  const size_t length = strlen(error.text);
  ck_assert_uint_gt(length, 950);
  ck_assert_str_eq(error.text + length - 4, " ...");
}
END_TEST

TCase *error_cases(void) {
  TCase *tcase = tcase_create("errors");
  tcase_add_loop_test(tcase, test_message, 0, sizeof wrong_texts / sizeof *wrong_texts);
  tcase_add_loop_test(tcase, test_message_in_field, 0, sizeof wrong_places / sizeof *wrong_places);
  tcase_add_test(tcase, test_excerpt);
  tcase_add_test(tcase, test_symbols_are_checked);
  tcase_add_test(tcase, test_error_may_be_omitted);
  tcase_add_test(tcase, test_long_list_of_names);
  return tcase;
}
