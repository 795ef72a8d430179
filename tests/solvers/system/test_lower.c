/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Expressions as arrays, against their value at every single point. */
#include "system_tests.h"

enum { LEVELS = 3, CELLS = 7 };

static const double volume = 0.25;

static const char *const texts[] = {
    "3",
    "x",
    "t",
    "m",
    "x < 0.5",
    "2*x - t/3 + m^2",
    "sin(2*pi*x)*exp(-t) + m^2 - sin(2*pi*x)",
    "x > 0.5 ? 1 : 0",
    "m > 0.5 ? 1 : 2",
    "m > 0.5 && (x < 0.7 || !(t < 1)) ? x : t",
    "(m > 0.5) + (x < 0.5)",
    "mean(x)",
    "(x - 0.8*mean(x))^2",
    "mean((x - mean(x))^2)*m",
    "mean(1) + integral(1) + integral(t) + integral(x) + integral(m)",
    "integral(m^2*x) + integral(2)",
    "mean(t > 1 ? x : m)",
    "abs(x - m) + sqrt(m + 1) + exp(-m) + log(m + 2) + tanh(x)",
    "log2(m + 2) + log10(x + 2) + tan(m) + asin(m/4) + acos(m/4) + atan(m)",
    "sinh(m) + cosh(x) + erf(m) + floor(3*m) + ceil(3*x) + sign(m - 0.5)",
    "atan2(m - 0.5, x) + min(m, x, t) + max(m, x) + m^1.5 + 2^m - (-m)",
    "m >= x ? m <= t ? 1 : 2 : m == m ? 3 : m != x ? 4 : 5",
    "1/(1 + 4*m)^1.5 + m^-2",
};
enum { TEXTS = sizeof texts / sizeof *texts };

typedef struct points {
  double x[CELLS], t[LEVELS], m[LEVELS * CELLS];
} points;

static points make_points(void) {
  points p;
  for (int i = 0; i < CELLS; i++)
    p.x[i] = 0.1 + 0.13 * i;
  for (int n = 0; n < LEVELS; n++)
    p.t[n] = 0.5 * n + 0.3;
  for (int k = 0; k < LEVELS * CELLS; k++)
    p.m[k] = 0.6 + 0.5 * random_number();
  return p;
}

static mfg_expression *parse(const char *text) {
  mfg_expression_symbols symbols = {
      .allowed = MFG_EXPRESSION_IN_COUPLING, .type = MFG_EXPRESSION_NUMBER, .axes = 1};
  mfg_expression_error error;
  mfg_expression *expression = mfg_expression_parse(text, &symbols, &error);
  ck_assert_msg(expression != NULL, "%s", error.text);
  return expression;
}

/* The value at level n, cell i. Nested terms come first, so that each sees those before it. */
static double expected(const mfg_expression *expression, const points *p, int n, int i) {
  double nonlocal[8] = {0}, value;
  for (int32_t k = 0; k < mfg_expression_nonlocal_count(expression); k++) {
    const mfg_expression_node *node = mfg_expression_nonlocal_node(expression, k);
    mfg_expression *body = mfg_expression_nonlocal_body(expression, k, NULL);
    for (int j = 0; j < CELLS; j++) {
      mfg_expression_point at = {.coordinate = {p->x[j]},
                                 .time = p->t[n],
                                 .density = p->m[n * CELLS + j],
                                 .nonlocal = nonlocal};
      ck_assert(mfg_expression_evaluate(body, &at, &value));
      double weight = node->operation == MFG_EXPRESSION_MEAN ? p->m[n * CELLS + j] : 1;
      nonlocal[k] += value * weight * volume;
    }
    mfg_expression_free(body);
  }
  mfg_expression_point at = {.coordinate = {p->x[i]},
                             .time = p->t[n],
                             .density = p->m[n * CELLS + i],
                             .nonlocal = nonlocal};
  ck_assert(mfg_expression_evaluate(expression, &at, &value));
  return value;
}

static void compare(const mfg_expression *expression, const points *p, const double *values) {
  for (int n = 0; n < LEVELS; n++)
    for (int i = 0; i < CELLS; i++) {
      double right = expected(expression, p, n, i);
      ck_assert_msg(fabs(values[n * CELLS + i] - right) <= 1e-13 * (1 + fabs(right)),
                    "level %d, cell %d: %.17g, expected %.17g", n, i, values[n * CELLS + i], right);
    }
}

static mfg_lower_space make_space(mfg_scope *s, const points *p) {
  mfg_lower_space space = {
      .type = MFG_FLOAT64, .axes = 1, .shape = {LEVELS, CELLS}, .cell_volume = volume};
  space.coordinate[0] = mfg_from_host(s, MFG_FLOAT64, 2, (int64_t[]){1, CELLS}, p->x);
  space.time = mfg_from_host(s, MFG_FLOAT64, 2, (int64_t[]){LEVELS, 1}, p->t);
  return space;
}

static void check_values(mfg_scope *s, const mfg_expression *expression, mfg_lowered *lowered,
                         const points *p) {
  mfg_array *m = mfg_from_host(s, MFG_FLOAT64, 2, (int64_t[]){LEVELS, CELLS}, p->m);
  mfg_array *full = mfg_zeros(s, MFG_FLOAT64, 2, (int64_t[]){LEVELS, CELLS});
  mfg_array *value = mfg_lowered_apply(s, lowered, m);
  ck_assert_ptr_nonnull(value);
  int64_t shape[MFG_MAX_RANK];
  mfg_lowered_shape(lowered, shape);
  ck_assert_int_eq(mfg_array_shape(value)[0], shape[0]);
  ck_assert_int_eq(mfg_array_shape(value)[1], shape[1]);
  ck_assert_int_eq(mfg_assign(s, full, value), MFG_OK);
  double *values = to_host(full);
  compare(expression, p, values);
  free(values);
}

START_TEST(values_agree) {
  points p = make_points();
  mfg_expression *expression = parse(texts[_i]);
  mfg_scope *s = mfg_scope_open(context);
  mfg_lower_space space = make_space(s, &p);
  mfg_lowered *lowered = mfg_lowered_create(s, expression, &space);
  ck_assert_ptr_nonnull(lowered);
  ck_assert_int_eq(mfg_lowered_prepare(s, lowered), MFG_OK);
  check_values(s, expression, lowered, &p);
  /* After other times: what was computed once is computed anew. */
  for (int n = 0; n < LEVELS; n++)
    p.t[n] += 0.4;
  mfg_assign(s, space.time, mfg_from_host(s, MFG_FLOAT64, 2, (int64_t[]){LEVELS, 1}, p.t));
  ck_assert_int_eq(mfg_lowered_prepare(s, lowered), MFG_OK);
  for (int k = 0; k < LEVELS * CELLS; k++)
    p.m[k] = 0.6 + 0.5 * random_number();
  check_values(s, expression, lowered, &p);
  mfg_lowered_release(lowered);
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  mfg_expression_free(expression);
}
END_TEST

/* text, extents along time and space */
static const struct {
  const char *text;
  int64_t shape[2];
} shapes[] = {
    {"3", {1, 1}},
    {"x", {1, CELLS}},
    {"t", {LEVELS, 1}},
    {"m", {LEVELS, CELLS}},
    {"x*t", {LEVELS, CELLS}},
    {"mean(x)", {LEVELS, 1}},
    {"integral(x)", {1, 1}},
    {"integral(t*x)", {LEVELS, 1}},
    {"x + integral(x)", {1, CELLS}},
};

START_TEST(shapes_are_least) {
  points p = make_points();
  mfg_expression *expression = parse(shapes[_i].text);
  mfg_scope *s = mfg_scope_open(context);
  mfg_lower_space space = make_space(s, &p);
  mfg_lowered *lowered = mfg_lowered_create(s, expression, &space);
  int64_t shape[MFG_MAX_RANK];
  mfg_lowered_shape(lowered, shape);
  ck_assert_int_eq(shape[0], shapes[_i].shape[0]);
  ck_assert_int_eq(shape[1], shapes[_i].shape[1]);
  ck_assert(!mfg_lowered_is_zero(lowered));
  mfg_lowered_release(lowered);
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  mfg_expression_free(expression);
}
END_TEST

TCase *lower_tests(void) {
  TCase *tests = tcase_create("lower");
  tcase_add_loop_test(tests, values_agree, 0, TEXTS);
  tcase_add_loop_test(tests, shapes_are_least, 0, (int)(sizeof shapes / sizeof *shapes));
  return tests;
}
