// SPDX-License-Identifier: LGPL-2.1-or-later
#include "expression.h"

#include <stdlib.h>
#include <string.h>

/*
 * Any bytes as an expression: what parses must print to a text of the same tree, differentiate and
 * evaluate. tools/testing/fuzz builds and runs it.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Printing is cut beyond this, and then not read again. */
#define LIMIT ((size_t)1 << 16)

static void check(bool holds) {
  if (!holds) abort();
}

static void round_trip(const mfg_expression *expression, const mfg_expression_symbols *symbols) {
  char *text = mfg_expression_print(expression, LIMIT);
  check(text != NULL);
  const size_t length = strlen(text);
  const bool cut = length == LIMIT && strcmp(text + length - 3, "...") == 0;
  mfg_expression_error error = {0};
  mfg_expression *again = cut ? NULL : mfg_expression_parse(text, symbols, &error);
  /* A sum that was long may be nested deep once it is spelled out; nothing else may fail. */
  check(cut || again || strncmp(error.text, "nested", 6) == 0);
  check(!again || mfg_expression_equal(expression, again));
  mfg_expression_free(again);
  free(text);
}

static void evaluate(const mfg_expression *expression) {
  static const double nonlocal[1024];
  const mfg_expression_point point = {.coordinate = {0.25, 0.5, 0.75},
                                      .time = 0.125,
                                      .density = 2.0,
                                      .momentum = {1.0, -1.0, 0.0},
                                      .nonlocal = nonlocal};
  double value = 0.0;
  if (mfg_expression_nonlocal_count(expression) <= 1024)
    check(mfg_expression_evaluate(expression, &point, &value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const mfg_expression_parameter parameters[] = {{"k", 2.0}, {"nu", 0.05}};
  if (size == 0) return 0;
  const mfg_expression_symbols symbols = {.allowed = 31,
                                          .type = MFG_EXPRESSION_ANY,
                                          .axes = data[0] % 4,
                                          .parameters = parameters,
                                          .parameter_count = 2};
  char *text = malloc(size);
  check(text != NULL);
  memcpy(text, data + 1, size - 1);
  text[size - 1] = '\0';
  mfg_expression_error error;
  mfg_expression *expression = mfg_expression_parse(text, &symbols, &error);
  free(text);
  if (!expression) {
    check(error.text[0] != '\0');
    return 0;
  }
  round_trip(expression, &symbols);
  evaluate(expression);
  if (!mfg_expression_is_condition(expression)) {
    mfg_expression_quadratic quadratic;
    check(mfg_expression_quadratic_split(expression, &quadratic, &error));
    mfg_expression_quadratic_free(&quadratic);
    for (int32_t symbol = 0; symbol < MFG_EXPRESSION_VARIABLE; symbol++) {
      mfg_expression *derivative = mfg_expression_derivative(expression, symbol, &error);
      check(derivative != NULL);
      round_trip(derivative, &symbols);
      evaluate(derivative);
      mfg_expression_free(derivative);
    }
  }
  mfg_expression_free(expression);
  return 0;
}
