// SPDX-License-Identifier: LGPL-2.1-or-later
#include "expression_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Every allocation of the expression code fails once: the linker sends the calls of malloc, calloc
 * and realloc here. Nothing may leak (the sanitizer run sees to that) or be half made.
 */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static bool counting;
static int32_t until_failure;

static bool fails(void) {
  return counting && until_failure-- == 0;
}

void *__wrap_malloc(size_t size) {
  return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
  return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size) {
  return fails() ? NULL : __real_realloc(memory, size);
}

/* One use of the language with the n-th allocation failing; whether it went through. */
typedef bool use(mfg_expression *expression, mfg_expression_error *error);

static bool use_parse(mfg_expression *expression, mfg_expression_error *error) {
  mfg_expression *again =
      mfg_expression_parse("s*sin(x)*mean(x) + m^2*cos(x + t) - exp(m)", &everything_1d, error);
  (void)expression;
  mfg_expression_free(again);
  return again != NULL;
}

static bool use_derivative(mfg_expression *expression, mfg_expression_error *error) {
  mfg_expression *derivative = mfg_expression_derivative(expression, MFG_EXPRESSION_DENSITY, error);
  mfg_expression_free(derivative);
  return derivative != NULL;
}

static bool use_body(mfg_expression *expression, mfg_expression_error *error) {
  mfg_expression *body = mfg_expression_nonlocal_body(expression, 0, error);
  mfg_expression_free(body);
  return body != NULL;
}

static bool use_nonlocal_derivative(mfg_expression *expression, mfg_expression_error *error) {
  mfg_expression *derivative = mfg_expression_nonlocal_derivative(expression, 0, error);
  mfg_expression_free(derivative);
  return derivative != NULL;
}

static bool use_gradient(mfg_expression *expression, mfg_expression_error *error) {
  mfg_expression *gradient = mfg_expression_nonlocal_gradient(expression, 0, error);
  mfg_expression_free(gradient);
  return gradient != NULL;
}

static bool use_split(mfg_expression *expression, mfg_expression_error *error) {
  mfg_expression_quadratic result;
  if (!mfg_expression_quadratic_split(expression, &result, error)) return false;
  counting = false;
  ck_assert(result.is_quadratic);
  mfg_expression_quadratic_free(&result);
  return true;
}

static bool use_print(mfg_expression *expression, mfg_expression_error *error) {
  char *text = mfg_expression_print(expression, 100000);
  error->out_of_memory = text == NULL;
  strcpy(error->text, "out of memory");
  free(text);
  return text != NULL;
}

static bool use_evaluate(mfg_expression *expression, mfg_expression_error *error) {
  static const double value[] = {1.0};
  const mfg_expression_point point = {.variables = value, .nonlocal = value};
  double result = 42.0;
  if (mfg_expression_evaluate(expression, &point, &result)) return true;
  ck_assert_double_eq(result, 42.0);
  error->out_of_memory = true;
  strcpy(error->text, "out of memory");
  return false;
}

static const struct {
  use *what;
  int32_t least; /* allocations that it makes at least */
} uses[] = {{use_parse, 7},    {use_derivative, 5}, {use_body, 5},  {use_nonlocal_derivative, 6},
            {use_gradient, 6}, {use_split, 12},     {use_print, 5}, {use_evaluate, 1}};

START_TEST(test_every_allocation_may_fail) {
  char text[8192] = "s*mean(x*m)*p^2 + m*sin(x*t)*p";
  size_t used = strlen(text);
  for (int32_t i = 1; i <= 60; i++)
    used += (size_t)sprintf(text + used, " + cos(%d*m*x + t)*m", (int)i);
  mfg_expression *expression = parsed(text, &everything_1d);
  bool succeeded = false;
  int32_t failures = 0;
  for (int32_t n = 0; !succeeded && n < 1000; n++) {
    mfg_expression_error error = {0};
    until_failure = n;
    counting = true;
    succeeded = uses[_i].what(expression, &error);
    counting = false;
    if (succeeded) break;
    failures++;
    ck_assert(error.out_of_memory);
    ck_assert_str_eq(error.text, "out of memory");
  }
  ck_assert(succeeded);
  ck_assert_int_ge(failures, uses[_i].least);
  mfg_expression_free(expression);
}
END_TEST

TCase *memory_cases(void) {
  TCase *tcase = tcase_create("memory");
  tcase_add_loop_test(tcase, test_every_allocation_may_fail, 0, sizeof uses / sizeof *uses);
  return tcase;
}
