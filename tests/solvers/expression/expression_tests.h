// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef MFG_EXPRESSION_TESTS_H
#define MFG_EXPRESSION_TESTS_H

#include "expression.h"

#include <check.h>

/* What the test files of the expression language share. */

/* One axis (x) or more, everything allowed, the parameters k = 2 and nu = 0.05, the variable s. */
extern const mfg_expression_symbols everything_1d, everything_2d, everything_3d;

/* Parses what must be correct. */
mfg_expression *parsed(const char *text, const mfg_expression_symbols *symbols);

/* The value of a text at a point, conditions as 1 and 0. */
double value_at(const char *text, const mfg_expression_symbols *symbols,
                const mfg_expression_point *point);

double evaluated(const mfg_expression *expression, const mfg_expression_point *point);

/* The same number from 0 to 1 for the same state, which it advances. */
double random_unit(uint64_t *state);

/* |found - expected| <= tolerance*(1 + |expected|), or both NaN, or equal infinities. */
bool is_close(double found, double expected, double tolerance);

/* The text of an expression, as free()able memory. */
char *printed(const mfg_expression *expression);

/* A text of random operators and names in which any derivative exists almost everywhere. */
void random_text(uint64_t *state, int32_t axes, char *text, size_t size);

TCase *parse_cases(void);
TCase *error_cases(void);
TCase *evaluate_cases(void);
TCase *simplify_cases(void);
TCase *derivative_cases(void);
TCase *nonlocal_cases(void);
TCase *quadratic_cases(void);
TCase *print_cases(void);
TCase *hostile_cases(void);
TCase *memory_cases(void);

/* tests/fuzz/expression_fuzz.c */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
