// SPDX-License-Identifier: LGPL-2.1-or-later
#include "expression_tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const mfg_expression_parameter parameters[] = {{"k", 2.0}, {"nu", 0.05}};
static const char *const variables[] = {"s"};

#define EVERYTHING(count)                                                                          \
  {                                                                                                \
    .field = "the test", .allowed = 31, .type = MFG_EXPRESSION_ANY, .axes = count,                 \
    .parameters = parameters, .parameter_count = 2, .variables = variables, .variable_count = 1    \
  }

const mfg_expression_symbols everything_1d = EVERYTHING(1), everything_2d = EVERYTHING(2),
                             everything_3d = EVERYTHING(3);

mfg_expression *parsed(const char *text, const mfg_expression_symbols *symbols) {
  mfg_expression_error error = {0};
  mfg_expression *expression = mfg_expression_parse(text, symbols, &error);
  ck_assert_msg(expression != NULL, "%s: %s\n%s", text, error.text, error.excerpt);
  return expression;
}

double evaluated(const mfg_expression *expression, const mfg_expression_point *point) {
  double value = 0.0;
  ck_assert(mfg_expression_evaluate(expression, point, &value));
  return value;
}

double value_at(const char *text, const mfg_expression_symbols *symbols,
                const mfg_expression_point *point) {
  mfg_expression *expression = parsed(text, symbols);
  double value = evaluated(expression, point);
  mfg_expression_free(expression);
  return value;
}

double random_unit(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (double)(*state >> 11) * 0x1p-53;
}

bool is_close(double found, double expected, double tolerance) {
  if (isnan(expected) || isnan(found)) return isnan(expected) && isnan(found);
  if (isinf(expected) || isinf(found)) return expected == found;
  return fabs(found - expected) <= tolerance * (1.0 + fabs(expected));
}

char *printed(const mfg_expression *expression) {
  char *text = mfg_expression_print(expression, (size_t)1 << 24);
  ck_assert_ptr_nonnull(text);
  return text;
}

static size_t pick(uint64_t *state, size_t count) {
  return (size_t)(random_unit(state) * (double)count);
}

static void grow(uint64_t *state, int32_t axes, int32_t depth, char **at, const char *end) {
  static const char *const leaves[] = {"x",         "t", "m", "px", "|p|", "0.7", "s",
                                       "mean(x*m)", "2", "y", "py", "z",   "pz"};
  static const char *const calls[] = {"sin",  "cos",   "tanh", "exp",  "abs", "erf",
                                      "atan", "floor", "sqrt", "sign", "log", "sinh"};
  static const char *const operators[] = {" + ",     " - ",  "*",   "/",
                                          "*1 < 1*", " && ", "^2*", "^3 - "};
  const size_t leaf_count = axes == 1 ? 9 : axes == 2 ? 11 : 13;
  size_t room = (size_t)(end - *at);
  if (depth == 0 || room < 200) {
    *at += snprintf(*at, room, "%s", leaves[pick(state, leaf_count)]);
    return;
  }
  const size_t shape = pick(state, 8);
  const char *before = shape < 2    ? calls[pick(state, sizeof calls / sizeof *calls)]
                       : shape == 2 ? "-"
                       : shape == 3 ? "max(0.5, "
                                    : "";
  *at += snprintf(*at, room, "%s%s", before, shape == 3 ? "" : "(");
  grow(state, axes, depth - 1, at, end);
  *at += snprintf(*at, (size_t)(end - *at), ")");
  if (shape < 4) return;
  *at += snprintf(*at, (size_t)(end - *at), "%s(",
                  shape == 7 ? "*1 > 0 ? 0.3 : "
                             : operators[pick(state, sizeof operators / sizeof *operators)]);
  grow(state, axes, depth - 1, at, end);
  *at += snprintf(*at, (size_t)(end - *at), ")");
}

void random_text(uint64_t *state, int32_t axes, char *text, size_t size) {
  char *at = text;
  grow(state, axes, 1 + (int32_t)pick(state, 5), &at, text + size);
}

int main(void) {
  Suite *suite = suite_create("expression");
  TCase *(*const cases[])(void) = {
      parse_cases,    error_cases,     evaluate_cases, simplify_cases, derivative_cases,
      nonlocal_cases, quadratic_cases, print_cases,    hostile_cases,  memory_cases};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    suite_add_tcase(suite, cases[i]());
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  const int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
