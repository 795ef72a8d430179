/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sweep, recorded and not. */
#include "system_tests.h"

static const setup_texts cases[] = {
    {MFG_AXIS_PERIODIC, 33, 9, "0.5*|p|^2", "0.2*m - sin(pi*x)", "cos(pi*x)", "1 + 0.5*cos(pi*x)"},
    {MFG_AXIS_NO_FLUX, 24, 7, "(1 + 0.1*x)*|p|^2 + sin(x - t)*p + t*x",
     "x^2 + (x - 0.8*mean(x))^2 + exp(-t)*m", "(x - mean(x))^2 + 0.1*m", "exp(-4*(x - 1)^2)"},
    {MFG_AXIS_NO_FLUX, 24, 7, "|p|^2/(1 + m)", "t*m + integral(m^2*x)", "x > 1 ? 1 : 0", "x < 1"},
};
enum { CASES = sizeof cases / sizeof *cases };

typedef struct bits {
  double *u, *m;
  mfg_residual residual;
  size_t bytes;
} bits;

static bits sweep(mfg_system *system) {
  bits b;
  mfg_status status = mfg_system_sweep(system, &b.residual);
  ck_assert_msg(status == MFG_OK, "%s", mfg_last_error());
  b.u = to_host(system->u);
  b.m = to_host(system->m_out);
  b.bytes = (size_t)mfg_array_size(system->u) * sizeof(double);
  return b;
}

static void release(bits *b) {
  free(b->u);
  free(b->m);
}

static void same(const bits *a, const bits *b) {
  ck_assert_mem_eq(a->u, b->u, a->bytes);
  ck_assert_mem_eq(a->m, b->m, a->bytes);
  ck_assert_mem_eq(&a->residual, &b->residual, sizeof a->residual);
}

/* One system records its sweep and replays it with other numbers; the other runs every call. */
START_TEST(replay_has_the_bits_of_eager_running) {
  setup recorded, eager;
  setup_create(&recorded, &cases[_i]);
  setup_create(&eager, &cases[_i]);
  ck_assert_int_eq(mfg_system_record(&recorded.system), MFG_OK);
  static const double numbers[][2] = {{0.07, 1.0 / 9}, {0.3, 0.05}, {0.001, 0.2}, {0, 0.1}};
  bits last = {0};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    ck_assert_int_eq(mfg_system_set_parameters(&recorded.system, numbers[i][0], numbers[i][1]),
                     MFG_OK);
    ck_assert_int_eq(mfg_system_set_parameters(&eager.system, numbers[i][0], numbers[i][1]),
                     MFG_OK);
    bits replayed = sweep(&recorded.system), run = sweep(&eager.system);
    same(&replayed, &run);
    if (last.u) /* and the numbers did matter */
      ck_assert_mem_ne(last.u, replayed.u, last.bytes);
    release(&last);
    last = replayed;
    release(&run);
  }
  release(&last);
  setup_release(&recorded);
  setup_release(&eager);
}
END_TEST

/* A sweep leaves nothing in its own equations, and in the others what m_in and m_out differ by. */
START_TEST(sweep_solves_its_equations) {
  setup made;
  setup_create(&made, &cases[_i]);
  mfg_system *system = &made.system;
  bits b = sweep(system);
  ck_assert_double_gt(b.residual.value_function, 1e-3);
  /* m_out answers to u exactly, but for a Hamiltonian that was taken at m_in */
  ck_assert((b.residual.density > 1e-3) == (_i == 2));
  release(&b);
  for (int i = 0; i < 200 && b.residual.larger > 1e-11; i++) { /* damped Picard */
    mfg_scope *s = mfg_scope_open(context);
    mfg_array *sum = mfg_add(s, system->m_in, system->m_out);
    mfg_assign(s, system->m_in, mfg_mul(s, sum, 0.5));
    ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
    b = sweep(system);
    release(&b);
  }
  ck_assert_double_le(b.residual.larger, 1e-11);
  double mass_error, least;
  ck_assert_int_eq(mfg_system_measure(system, &mass_error, &least), MFG_OK);
  ck_assert_double_le(mass_error, 1e-13);
  ck_assert_double_ge(least, 0);
  setup_release(&made);
}
END_TEST

TCase *sweep_tests(void) {
  TCase *tests = tcase_create("sweeps");
  tcase_add_loop_test(tests, replay_has_the_bits_of_eager_running, 0, CASES);
  tcase_add_loop_test(tests, sweep_solves_its_equations, 0, CASES);
  return tests;
}
