/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operators of one step: one the derivative of the other's residual, one the other's transpose.
 */
#include "fp/step.h"
#include "system_tests.h"

enum { CELLS = 19, STEPS = 3 };

static const setup_texts cases[] = {
    {1, MFG_AXIS_PERIODIC, CELLS, STEPS, "0.5*|p|^2", "m", "x", "1", NULL},
    {1, MFG_AXIS_NO_FLUX, CELLS, STEPS, "0.5*|p|^2", "m", "x", "1", NULL},
    {1, MFG_AXIS_PERIODIC, CELLS, STEPS, "(1+x)*|p|^2 + sin(3*x - t)*p", "m", "x", "1", NULL},
    {1, MFG_AXIS_NO_FLUX, CELLS, STEPS, "(1+x)*|p|^2 + sin(3*x - t)*p", "m", "x", "1", NULL},
    {1, MFG_AXIS_NO_FLUX, CELLS, STEPS, "|p|^2/(2*(1+4*m)^1.5) - p", "m", "x", "1 + x", NULL},
    {1, MFG_AXIS_EXIT, CELLS, STEPS, "(1+x)*|p|^2 + sin(3*x - t)*p", "m", "x", "1", NULL},
    {1, MFG_AXIS_EXIT, CELLS, STEPS, "(1+x)*|p|^2 - p", "m", "x", "1", "x > 0.8 && x < 1.3"},
    {1, MFG_AXIS_PERIODIC, CELLS, STEPS, "|p|^2 + x*p", "m", "x", "1", "x < 0.4 || x > 1.8"},
};
enum { CASES = sizeof cases / sizeof *cases };

/* The coefficients of the step in the middle, over one level, at a random density. */
static mfg_upwind middle(mfg_scope *s, mfg_system *system) {
  mfg_array *density = mfg_abs(s, random_array(s, 2, (int64_t[]){STEPS, CELLS}));
  mfg_upwind all = mfg_system_upwind(s, system, 0, density);
  mfg_array **coefficients[] = {&all.curvature,    &all.right,       &all.left,
                                &all.weight_right, &all.weight_left, &all.exit_upper,
                                &all.exit_lower};
  for (int i = 0; i < 7; i++) {
    if (!*coefficients[i]) continue;
    mfg_array *full =
        mfg_add(s, *coefficients[i], mfg_zeros(s, MFG_FLOAT64, 2, (int64_t[]){STEPS, CELLS}));
    *coefficients[i] = mfg_at(s, full, 0, STEPS / 2);
  }
  all.axis = 0;
  return all;
}

typedef struct operators {
  mfg_upwind upwind;
  mfg_array *u;
  mfg_upwind_matrix linearised, transposed;
} operators;

static operators make(mfg_scope *s, mfg_system *system) {
  operators o = {.upwind = middle(s, system)};
  o.u = random_array(s, 1, (int64_t[]){CELLS});
  mfg_upwind_differences d = mfg_upwind_differences_of(s, &o.upwind, o.u);
  o.linearised = mfg_upwind_linearised(s, &o.upwind, &d);
  o.transposed = mfg_upwind_transposed(s, &o.upwind, &d);
  return o;
}

START_TEST(transpose_under_the_inner_product) {
  setup made;
  setup_create(&made, &cases[_i]);
  mfg_scope *s = mfg_scope_open(context);
  operators o = make(s, &made.system);
  for (int round = 0; round < 5; round++) {
    mfg_array *v = random_array(s, 1, (int64_t[]){CELLS});
    mfg_array *w = random_array(s, 1, (int64_t[]){CELLS});
    mfg_array *Av = mfg_upwind_multiply(s, &o.upwind, &o.linearised, v);
    mfg_array *Bw = mfg_upwind_multiply(s, &o.upwind, &o.transposed, w);
    double left = mfg_item(s, mfg_sum(s, mfg_mul(s, Av, w), MFG_ALL_AXES));
    double right = mfg_item(s, mfg_sum(s, mfg_mul(s, v, Bw), MFG_ALL_AXES));
    double size = mfg_item(s, mfg_sum(s, mfg_abs(s, mfg_mul(s, Av, w)), MFG_ALL_AXES));
    ck_assert_double_le(fabs(left - right), 1e-14 * size);
  }
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  setup_release(&made);
}
END_TEST

/* Column by column: the entries are the same numbers. */
START_TEST(transpose_entry_for_entry) {
  setup made;
  setup_create(&made, &cases[_i]);
  mfg_scope *s = mfg_scope_open(context);
  operators o = make(s, &made.system);
  static double A[CELLS][CELLS], B[CELLS][CELLS]; /* [column][row] */
  for (int j = 0; j < CELLS; j++) {
    double unit[CELLS] = {0};
    unit[j] = 1;
    mfg_array *e = mfg_from_host(s, MFG_FLOAT64, 1, (int64_t[]){CELLS}, unit);
    double *column = to_host(mfg_upwind_multiply(s, &o.upwind, &o.linearised, e));
    memcpy(A[j], column, sizeof A[j]);
    free(column);
    column = to_host(mfg_upwind_multiply(s, &o.upwind, &o.transposed, e));
    memcpy(B[j], column, sizeof B[j]);
    free(column);
  }
  for (int i = 0; i < CELLS; i++)
    for (int j = 0; j < CELLS; j++) {
      bool near = abs(i - j) <= 1 || (o.upwind.periodic && abs(i - j) == CELLS - 1);
      ck_assert_msg(A[j][i] == B[i][j], "entry (%d, %d): %a and %a", i, j, A[j][i], B[i][j]);
      ck_assert(near ? i == j ? A[j][i] >= 1 : A[j][i] <= 0 : A[j][i] == 0);
    }
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  setup_release(&made);
}
END_TEST

/* dt (g(D(u + e v)) - nu Laplace) - the same at u = e A v + O(e^2), away from the kinks. */
START_TEST(linearisation_is_the_derivative) {
  setup made;
  setup_create(&made, &cases[_i]);
  mfg_scope *s = mfg_scope_open(context);
  operators o = make(s, &made.system);
  const double small = 1e-6;
  mfg_array *v = random_array(s, 1, (int64_t[]){CELLS});
  mfg_array *moved = mfg_add(s, o.u, mfg_mul(s, v, small));
  mfg_array *back = mfg_sub(s, o.u, mfg_mul(s, v, small));
  mfg_upwind_differences above = mfg_upwind_differences_of(s, &o.upwind, moved);
  mfg_upwind_differences below = mfg_upwind_differences_of(s, &o.upwind, back);
  mfg_array *change = mfg_sub(s, mfg_upwind_hamiltonian(s, &o.upwind, &above),
                              mfg_upwind_hamiltonian(s, &o.upwind, &below));
  double *quotient = to_host(mfg_mul(s, change, 0.5 / small));
  double *product = to_host(mfg_sub(s, mfg_upwind_multiply(s, &o.upwind, &o.linearised, v), v));
  for (int i = 0; i < CELLS; i++)
    ck_assert_double_eq_tol(quotient[i], product[i], 1e-7 * (1 + fabs(product[i])));
  free(quotient);
  free(product);
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  setup_release(&made);
}
END_TEST

/* The implicit step leaves a residual at rounding, from a poor start too. */
START_TEST(step_solves_to_rounding) {
  setup made;
  setup_create(&made, &cases[_i]);
  mfg_scope *s = mfg_scope_open(context);
  operators o = make(s, &made.system);
  mfg_array *next = random_array(s, 1, (int64_t[]){CELLS});
  mfg_array *source = random_array(s, 1, (int64_t[]){CELLS});
  mfg_array *u = mfg_copy(s, mfg_mul(s, o.u, 10.0));
  mfg_hjb_test test = {.rounding = mfg_full(s, MFG_FLOAT64, 0, NULL, 1e-14),
                       .done = mfg_zeros(s, MFG_BOOL, 0, NULL)};
  ck_assert_int_eq(mfg_hjb_step(s, &o.upwind, &test, u, next, source), MFG_OK);
  mfg_upwind_differences d = mfg_upwind_differences_of(s, &o.upwind, u);
  mfg_array *left = mfg_add(s, u, mfg_upwind_hamiltonian(s, &o.upwind, &d));
  mfg_array *residual = mfg_sub(s, left, mfg_add(s, next, source));
  double most = mfg_item(s, mfg_max(s, mfg_abs(s, residual), MFG_ALL_AXES));
  ck_assert_double_le(most, 1e-12);
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  setup_release(&made);
}
END_TEST

/* From a random, partly empty density: the mass stays, but for what leaves at exits; no cell falls
 * below zero. */
START_TEST(density_step_keeps_mass_and_sign) {
  setup made;
  setup_create(&made, &cases[_i]);
  mfg_scope *s = mfg_scope_open(context);
  operators o = make(s, &made.system);
  mfg_array *m = mfg_maximum(s, random_array(s, 1, (int64_t[]){CELLS}), 0.0);
  mfg_array *next = mfg_zeros(s, MFG_FLOAT64, 1, (int64_t[]){CELLS});
  ck_assert_int_eq(mfg_fp_step(s, &o.upwind, next, m, o.u), MFG_OK);
  double before = mfg_item(s, mfg_sum(s, m, MFG_ALL_AXES));
  double after = mfg_item(s, mfg_sum(s, next, MFG_ALL_AXES));
  mfg_array *exits = mfg_upwind_exit_entries(s, &o.upwind, &o.linearised);
  double left = exits ? -mfg_item(s, mfg_sum(s, mfg_mul(s, exits, next), MFG_ALL_AXES)) : 0;
  ck_assert_double_le(fabs(after + left - before), 1e-13 * before);
  ck_assert((left > 0) == (cases[_i].boundary == MFG_AXIS_EXIT));
  double least = mfg_item(s, mfg_min(s, next, MFG_ALL_AXES));
  ck_assert(cases[_i].obstacle ? least >= 0 : least > 0);
  double *product = to_host(mfg_upwind_multiply(s, &o.upwind, &o.transposed, next));
  double *right = to_host(m);
  for (int i = 0; i < CELLS; i++)
    ck_assert_double_eq_tol(product[i], right[i], 1e-13);
  free(product);
  free(right);
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  setup_release(&made);
}
END_TEST

TCase *operator_tests(void) {
  TCase *tests = tcase_create("operators");
  tcase_add_loop_test(tests, transpose_under_the_inner_product, 0, CASES);
  tcase_add_loop_test(tests, transpose_entry_for_entry, 0, CASES);
  tcase_add_loop_test(tests, linearisation_is_the_derivative, 0, CASES);
  tcase_add_loop_test(tests, step_solves_to_rounding, 0, CASES);
  tcase_add_loop_test(tests, density_step_keeps_mass_and_sign, 0, CASES);
  return tests;
}
