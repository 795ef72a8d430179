// SPDX-License-Identifier: LGPL-2.1-or-later
#include "expression_tests.h"

#include <math.h>
#include <stdlib.h>

/* Quadrature over [0, 1] with cell centres, on which the nonlocal terms are exact sums. */
#define CELLS 40

typedef struct density_state {
  double m[CELLS];
} density_state;

static mfg_expression_point point_of(const density_state *state, int32_t cell,
                                     const double *nonlocal) {
  return (mfg_expression_point){.coordinate = {(cell + 0.5) / CELLS},
                                .time = 0.3,
                                .density = state->m[cell],
                                .nonlocal = nonlocal};
}

static double reduced(const mfg_expression *body, bool weighted, const density_state *state,
                      const double *nonlocal) {
  double sum = 0.0;
  for (int32_t cell = 0; cell < CELLS; cell++) {
    const mfg_expression_point point = point_of(state, cell, nonlocal);
    sum += evaluated(body, &point) * (weighted ? state->m[cell] : 1.0) / CELLS;
  }
  return sum;
}

/* The values of all terms, each after those nested in it. */
static void reduce_all(const mfg_expression *expression, const density_state *state,
                       double *nonlocal) {
  for (int32_t i = 0; i < mfg_expression_nonlocal_count(expression); i++) {
    mfg_expression *body = mfg_expression_nonlocal_body(expression, i, NULL);
    ck_assert_ptr_nonnull(body);
    const mfg_expression_node *node = mfg_expression_nonlocal_node(expression, i);
    nonlocal[i] = reduced(body, node->operation == MFG_EXPRESSION_MEAN, state, nonlocal);
    mfg_expression_free(body);
  }
}

static double whole_value(const mfg_expression *expression, const density_state *state,
                          int32_t cell) {
  double nonlocal[8];
  reduce_all(expression, state, nonlocal);
  const mfg_expression_point point = point_of(state, cell, nonlocal);
  return evaluated(expression, &point);
}

static density_state start(void) {
  density_state state;
  for (int32_t i = 0; i < CELLS; i++)
    state.m[i] = 1.0 + 0.5 * cos(6.0 * (i + 0.5) / CELLS);
  return state;
}

static double direction(int32_t cell) {
  return sin(3.0 * cell) + 0.2;
}

/* (derivative by m)*v + sum D_i*integral(w_i*v), as the header has it. */
static double linearised(const mfg_expression *expression, const density_state *state,
                         int32_t cell) {
  double nonlocal[8];
  reduce_all(expression, state, nonlocal);
  const mfg_expression_point point = point_of(state, cell, nonlocal);
  mfg_expression *local = mfg_expression_derivative(expression, MFG_EXPRESSION_DENSITY, NULL);
  ck_assert_ptr_nonnull(local);
  double result = evaluated(local, &point) * direction(cell);
  mfg_expression_free(local);
  for (int32_t i = 0; i < mfg_expression_nonlocal_count(expression); i++) {
    mfg_expression *outer = mfg_expression_nonlocal_derivative(expression, i, NULL);
    mfg_expression *density = mfg_expression_nonlocal_gradient(expression, i, NULL);
    ck_assert(outer && density);
    double integral = 0.0;
    for (int32_t j = 0; j < CELLS; j++) {
      const mfg_expression_point there = point_of(state, j, nonlocal);
      integral += evaluated(density, &there) * direction(j) / CELLS;
    }
    result += evaluated(outer, &point) * integral;
    mfg_expression_free(outer);
    mfg_expression_free(density);
  }
  return result;
}

static const char *const nonlocal_texts[] = {
    "(x - mean(x))^2",
    "m^2*mean(x) - integral(m^3)*x",
    "exp(-mean(x*m))*m + mean(sin(x))*mean(cos(x))",
    "max(mean(x), 0.1)*log(integral(m^2 + x))",
    "integral(x) + mean(2)*m",
    "mean(x)^2/(1 + integral(x*m))",
};

START_TEST(test_linearisation) {
  mfg_expression *expression = parsed(nonlocal_texts[_i], &everything_1d);
  const density_state state = start();
  for (int32_t cell = 0; cell < CELLS; cell += 7) {
    const double step = 1e-4;
    density_state right = state, left = state;
    for (int32_t j = 0; j < CELLS; j++) {
      right.m[j] += step * direction(j);
      left.m[j] -= step * direction(j);
    }
    const double expected =
        (whole_value(expression, &right, cell) - whole_value(expression, &left, cell)) / (2 * step);
    const double found = linearised(expression, &state, cell);
    ck_assert_msg(is_close(found, expected, 1e-7), "%s: %.12g, expected %.12g", nonlocal_texts[_i],
                  found, expected);
  }
  mfg_expression_free(expression);
}
END_TEST

/* A variance: the inner mean comes first and the outer body refers to it by number. */
START_TEST(test_nested_terms) {
  mfg_expression *expression = parsed("m + mean((x - mean(x))^2)", &everything_1d);
  ck_assert_int_eq(mfg_expression_nonlocal_count(expression), 2);
  const density_state state = start();
  double nonlocal[2], mass = 0.0, first = 0.0, second = 0.0;
  for (int32_t i = 0; i < CELLS; i++) {
    const double x = (i + 0.5) / CELLS;
    mass += state.m[i] / CELLS;
    first += x * state.m[i] / CELLS;
    second += x * x * state.m[i] / CELLS;
  }
  reduce_all(expression, &state, nonlocal);
  ck_assert_double_eq_tol(nonlocal[0], first, 1e-14);
  ck_assert_double_eq_tol(nonlocal[1], second - 2 * first * first + mass * first * first, 1e-14);
  mfg_expression *by_inner = mfg_expression_nonlocal_derivative(expression, 0, NULL);
  double value = -1.0;
  ck_assert(mfg_expression_is_constant(by_inner, &value));
  ck_assert_double_eq(value, 0.0);
  mfg_expression *body = mfg_expression_nonlocal_body(expression, 1, NULL);
  mfg_expression *body_by_inner = mfg_expression_nonlocal_derivative(body, 0, NULL);
  char *text = printed(body_by_inner);
  ck_assert_str_eq(text, "-2*(x - mean(x))");
  free(text);
  mfg_expression_free(body_by_inner);
  mfg_expression_free(body);
  mfg_expression_free(by_inner);
  mfg_expression_free(expression);
}
END_TEST

/* What is derived keeps the numbers, so that one array of values serves the whole family. */
START_TEST(test_numbers_are_kept) {
  mfg_expression *expression = parsed("mean(x)*x + integral(x*m)*m", &everything_1d);
  mfg_expression *derivative = mfg_expression_derivative(expression, MFG_EXPRESSION_DENSITY, NULL);
  const double nonlocal[] = {10.0, 20.0};
  const mfg_expression_point point = {.coordinate = {1.0}, .density = 1.0, .nonlocal = nonlocal};
  ck_assert_double_eq(evaluated(expression, &point), 30.0);
  ck_assert_double_eq(evaluated(derivative, &point), 20.0);
  ck_assert_int_eq(mfg_expression_nonlocal_count(derivative), 2);
  ck_assert_ptr_null(mfg_expression_nonlocal_node(derivative, 0));
  ck_assert_ptr_nonnull(mfg_expression_nonlocal_node(derivative, 1));
  mfg_expression_free(derivative);
  mfg_expression_free(expression);
}
END_TEST

START_TEST(test_gradients) {
  static const struct {
    const char *text, *gradient;
  } cases[] = {{"mean(x)", "x"},
               {"mean(x*m)", "x*m + x*m"},
               {"mean(0*m)", "0*m"},
               {"integral(x*m^2)", "2*(x*m)"},
               {"integral(x)", "0"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    mfg_expression *expression = parsed(cases[i].text, &everything_1d);
    mfg_expression *gradient = mfg_expression_nonlocal_gradient(expression, 0, NULL);
    char *text = printed(gradient);
    ck_assert_str_eq(text, cases[i].gradient);
    free(text);
    mfg_expression_free(gradient);
    mfg_expression_free(expression);
  }
}
END_TEST

/* What stands only inside a term is not needed where the value of the term is given. */
START_TEST(test_inside_is_not_read) {
  mfg_expression *expression = parsed("mean(s*x) + integral(s)", &everything_1d);
  const double nonlocal[] = {1.0, 2.0};
  const mfg_expression_point point = {.nonlocal = nonlocal};
  ck_assert_double_eq(evaluated(expression, &point), 3.0);
  mfg_expression_free(expression);
}
END_TEST

START_TEST(test_missing_term) {
  mfg_expression_error error = {0};
  mfg_expression *expression = parsed("x", &everything_1d);
  ck_assert_ptr_null(mfg_expression_nonlocal_body(expression, 0, &error));
  ck_assert_str_eq(error.text, "the expression has no mean() or integral() of number 0");
  ck_assert_ptr_null(mfg_expression_nonlocal_derivative(expression, -1, &error));
  ck_assert_str_eq(error.text, "the expression has no mean() or integral() of number -1");
  ck_assert_ptr_null(mfg_expression_nonlocal_gradient(expression, 3, NULL));
  mfg_expression_free(expression);
}
END_TEST

TCase *nonlocal_cases(void) {
  TCase *tcase = tcase_create("nonlocal");
  tcase_add_loop_test(tcase, test_linearisation, 0, sizeof nonlocal_texts / sizeof *nonlocal_texts);
  tcase_add_test(tcase, test_nested_terms);
  tcase_add_test(tcase, test_numbers_are_kept);
  tcase_add_test(tcase, test_gradients);
  tcase_add_test(tcase, test_inside_is_not_read);
  tcase_add_test(tcase, test_missing_term);
  return tcase;
}
