// SPDX-License-Identifier: LGPL-2.1-or-later
#include "expression_tests.h"

#include <stdlib.h>

static mfg_expression_quadratic split(const char *text, const mfg_expression_symbols *symbols) {
  mfg_expression_quadratic result;
  mfg_expression_error error = {0};
  mfg_expression *expression = parsed(text, symbols);
  ck_assert_msg(mfg_expression_quadratic_split(expression, &result, &error), "%s", error.text);
  mfg_expression_free(expression);
  return result;
}

static void check_text(const mfg_expression *expression, const char *expected) {
  char *text = printed(expression);
  ck_assert_str_eq(text, expected);
  free(text);
}

static const struct {
  const char *text, *quadratic, *linear, *constant;
} one_axis[] = {
    {"0.5*|p|^2", "0.5", "0", "0"},
    {"|p|^2/(2*(1 + 4*m)^1.5)", "1/(2*(4*m + 1)^1.5)", "0", "0"},
    {"k*p^2 + sin(x)*p - m^2", "2", "sin(x)", "-m^2"},
    {"(p - x)^2", "1", "-x - x", "x^2"},
    {"-(p^2) + p", "-1", "1", "0"},
    {"x < 0.5 ? p^2 : 3*p", "x < 0.5 ? 1 : 0", "x < 0.5 ? 0 : 3", "0"},
    {"-p^2", "-1", "0", "0"},
    {"p", "0", "1", "0"},
    {"m*x", "0", "0", "m*x"},
    {"p*p*t - p*(p*t)", "t - t", "0", "0"},
    {"0*p + p^2", "1", "0", "0"},
    {"|p|*|p|*m", "m", "0", "0"},
    {"s*p^2", "s", "0", "0"},
};

START_TEST(test_one_axis) {
  mfg_expression_quadratic found = split(one_axis[_i].text, &everything_1d);
  ck_assert(found.is_quadratic && found.is_isotropic);
  check_text(found.quadratic[0], one_axis[_i].quadratic);
  check_text(found.linear[0], one_axis[_i].linear);
  check_text(found.constant, one_axis[_i].constant);
  ck_assert_ptr_null(found.quadratic[1]);
  mfg_expression_quadratic_free(&found);
}
END_TEST

START_TEST(test_several_axes) {
  mfg_expression_quadratic found = split("0.5*m*|p|^2 + x*px - y*py + t", &everything_2d);
  ck_assert(found.is_quadratic && found.is_isotropic);
  check_text(found.quadratic[0], "0.5*m");
  check_text(found.quadratic[1], "0.5*m");
  check_text(found.linear[0], "x");
  check_text(found.linear[1], "-y");
  check_text(found.constant, "t");
  mfg_expression_quadratic_free(&found);
  found = split("px^2 + 2*py^2 + 3*pz^2", &everything_3d);
  ck_assert(found.is_quadratic && !found.is_isotropic);
  check_text(found.quadratic[2], "3");
  mfg_expression_quadratic_free(&found);
  found = split("(px + py)^2 - 2*px*py", &everything_2d);
  ck_assert(found.is_quadratic && found.is_isotropic);
  mfg_expression_quadratic_free(&found);
}
END_TEST

static const char *const others[] = {
    "|p|",          "|p|^3",      "px*py",           "sin(px)",         "px/py",           "1/px",
    "px^2*py",      "max(px, 0)", "px > 0 ? px : 0", "|p|^1.5",         "sqrt(1 + |p|^2)", "px < 1",
    "sin(px - px)", "-|p|",       "px*px*px",        "abs(px) + |p|^2", "x/(px - px)",
};

START_TEST(test_not_quadratic) {
  mfg_expression_quadratic found = split(others[_i], &everything_2d);
  ck_assert_msg(!found.is_quadratic, "%s", others[_i]);
  ck_assert_ptr_null(found.constant);
  mfg_expression_quadratic_free(&found);
}
END_TEST

/* The coefficients put together again give the values of the whole. */
START_TEST(test_coefficients_agree_with_the_whole) {
  const char *text =
      "(x + px*t)*(m - px) + (px - py)*(px + py)/(1 + x) + |p|^2*sin(t) - (py - m)*x";
  mfg_expression *expression = parsed(text, &everything_2d);
  mfg_expression_quadratic found = split(text, &everything_2d);
  ck_assert(found.is_quadratic && !found.is_isotropic);
  uint64_t state = 7;
  for (int32_t i = 0; i < 50; i++) {
    const mfg_expression_point point = {
        .coordinate = {random_unit(&state), random_unit(&state)},
        .time = random_unit(&state),
        .density = random_unit(&state),
        .momentum = {random_unit(&state) - 0.5, random_unit(&state) - 0.5}};
    double sum = evaluated(found.constant, &point);
    for (int32_t k = 0; k < 2; k++)
      sum += point.momentum[k] * (evaluated(found.linear[k], &point) +
                                  point.momentum[k] * evaluated(found.quadratic[k], &point));
    ck_assert(is_close(sum, evaluated(expression, &point), 1e-14));
  }
  mfg_expression_quadratic_free(&found);
  mfg_expression_free(expression);
}
END_TEST

TCase *quadratic_cases(void) {
  TCase *tcase = tcase_create("quadratic");
  tcase_add_loop_test(tcase, test_one_axis, 0, sizeof one_axis / sizeof *one_axis);
  tcase_add_test(tcase, test_several_axes);
  tcase_add_loop_test(tcase, test_not_quadratic, 0, sizeof others / sizeof *others);
  tcase_add_test(tcase, test_coefficients_agree_with_the_whole);
  return tcase;
}
