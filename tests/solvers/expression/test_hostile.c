// SPDX-License-Identifier: LGPL-2.1-or-later
#include "expression_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY 100000

/* `count` times `piece`, then `tail`. */
static char *repeated(const char *piece, size_t count, const char *tail) {
  const size_t length = strlen(piece);
  char *text = malloc(count * length + strlen(tail) + 1);
  ck_assert_ptr_nonnull(text);
  for (size_t i = 0; i < count; i++)
    memcpy(text + i * length, piece, length);
  strcpy(text + count * length, tail);
  return text;
}

static void check_refused(char *text, size_t column, const char *message) {
  mfg_expression_error error = {0};
  ck_assert_ptr_null(mfg_expression_parse(text, &everything_1d, &error));
  ck_assert_str_eq(error.text, message);
  ck_assert_uint_eq(error.column, column);
  free(text);
}

#define TOO_DEEP "nested more than 256 deep; expected a simpler expression"

START_TEST(test_nested_too_deep) {
  check_refused(repeated("(", (size_t)1 << 20, ""), 257, TOO_DEEP);
  check_refused(repeated("-", MANY, "x"), 256, TOO_DEEP);
  check_refused(repeated("!", MANY, "x"), 256, TOO_DEEP);
  check_refused(repeated("x^", MANY, "x"), 512, TOO_DEEP);
  check_refused(repeated("sin(", MANY, "x"), 1025, TOO_DEEP);
  check_refused(repeated("| ", MANY, "x"), 513, TOO_DEEP);
  check_refused(repeated("x?", MANY, "x"), 513, TOO_DEEP);
  check_refused(repeated("x?x:", MANY, "x"), 1023, TOO_DEEP);
}
END_TEST

START_TEST(test_deep_enough) {
  char *text = repeated("(", 255, "x");
  char *closed = malloc(600);
  ck_assert_ptr_nonnull(closed);
  strcpy(closed, text);
  memset(closed + strlen(text), ')', 255);
  closed[strlen(text) + 255] = '\0';
  mfg_expression_free(parsed(closed, &everything_1d));
  free(closed);
  free(text);
}
END_TEST

START_TEST(test_too_long) {
  check_refused(repeated("1", ((size_t)1 << 20) + 1, ""), 0,
                "the text is longer than 1048576 bytes");
  check_refused(repeated("x+", (size_t)8 << 20, "x"), 0, "the text is longer than 1048576 bytes");
}
END_TEST

START_TEST(test_long_name) {
  check_refused(
      repeated("a", MANY, ""), 1,
      "unknown name 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...'; known here: x, t, m, p, "
      "px, k, nu, s, pi, e, mean(), integral()");
  check_refused(repeated("a", MANY, "(x)"), 1,
                "unknown function 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...'; known here: abs, "
                "sqrt, exp, log, log2, log10, sin, cos, tan, asin, acos, atan, atan2, sinh, cosh, "
                "tanh, erf, floor, ceil, sign, min, max, pow, mean, integral");
}
END_TEST

/* Long texts that are correct: no recursion over nodes, no quadratic time. */
START_TEST(test_long_sums) {
  static const char *const pieces[] = {"x + ",      "x*",        "x/",        "x - ",
                                       "sin(x)+m*", "x < 1 && ", "x < 1 || ", "1 + "};
  for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
    char *text = repeated(pieces[i], MANY, "x");
    mfg_expression *expression = parsed(text, &everything_1d);
    char *shown = printed(expression);
    if (!mfg_expression_is_condition(expression)) {
      const mfg_expression_point point = {.coordinate = {1.0}, .density = 0.5};
      mfg_expression *derivative = mfg_expression_derivative(expression, 0, NULL);
      ck_assert_ptr_nonnull(derivative);
      evaluated(derivative, &point);
      mfg_expression_free(derivative);
    }
    free(shown);
    mfg_expression_free(expression);
    free(text);
  }
}
END_TEST

START_TEST(test_many_different_nodes) {
  char *text = malloc((size_t)1 << 20);
  ck_assert_ptr_nonnull(text);
  size_t used = 0;
  for (int32_t i = 0; used < 1000000; i++)
    used += (size_t)sprintf(text + used, "%d.5^x*x^%d + ", (int)i, (int)(i % 50));
  strcpy(text + used, "x");
  mfg_expression *expression = parsed(text, &everything_1d);
  int32_t count = 0;
  mfg_expression_nodes(expression, &count);
  ck_assert_int_gt(count, 100000);
  free(text);
  /* Each derivative is larger; the bound ends that. */
  mfg_expression_error error = {0};
  for (int32_t i = 0; i < 20 && expression; i++) {
    mfg_expression *next = mfg_expression_derivative(expression, 0, &error);
    mfg_expression_free(expression);
    expression = next;
  }
  ck_assert_ptr_null(expression);
  ck_assert_str_eq(error.text, "the expression has more than 1048576 nodes");
  ck_assert(!error.out_of_memory);
}
END_TEST

START_TEST(test_long_number) {
  char *text = repeated("0", MANY, "1.5");
  mfg_expression *expression = parsed(text, &everything_1d);
  double value = 0.0;
  ck_assert(mfg_expression_is_constant(expression, &value));
  ck_assert_double_eq(value, 1.5);
  mfg_expression_free(expression);
  free(text);
  check_refused(
      repeated("9", 500, ""), 1,
      "the number 9999999999999999999999999999999999999999... does not fit; expected 0, or "
      "a size between 4.94e-324 and 1.79e308");
}
END_TEST

/* Random bytes, and random pieces of the language, through everything that takes a text. */
START_TEST(test_garbage) {
  static const char *const pieces[] = {
      "x", "(", ")", "|",    "||",   "p",  "^",  "2", "1e5", "?",     ":", "<", "-", "!",   "*",
      "/", "m", ",", "min(", "sin(", "==", "&&", " ", "|p|", "mean(", "0", "+", "e", "0.5", "t"};
  uint64_t state = 99;
  for (int32_t trial = 0; trial < 20000; trial++) {
    char text[256];
    size_t used = 0;
    const size_t wanted = (size_t)(random_unit(&state) * 40.0);
    for (size_t i = 0; i < wanted; i++) {
      if (trial % 4 == 0) {
        text[used++] = (char)(1 + (int)(random_unit(&state) * 255.0));
      } else {
        const char *piece = pieces[(size_t)(random_unit(&state) * 30.0)];
        memcpy(text + used, piece, strlen(piece));
        used += strlen(piece);
      }
    }
    LLVMFuzzerTestOneInput((const uint8_t *)text, used);
  }
}
END_TEST

TCase *hostile_cases(void) {
  TCase *tcase = tcase_create("hostile");
  tcase_set_timeout(tcase, 120);
  tcase_set_tags(tcase, "large");
  tcase_add_test(tcase, test_nested_too_deep);
  tcase_add_test(tcase, test_deep_enough);
  tcase_add_test(tcase, test_too_long);
  tcase_add_test(tcase, test_long_name);
  tcase_add_test(tcase, test_long_sums);
  tcase_add_test(tcase, test_many_different_nodes);
  tcase_add_test(tcase, test_long_number);
  tcase_add_test(tcase, test_garbage);
  return tcase;
}
