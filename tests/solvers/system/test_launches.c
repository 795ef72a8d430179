/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many kernels a step in time costs. */
#include "fp/step.h"
#include "system_tests.h"

static const setup_texts cases[] = {
    {1, MFG_AXIS_PERIODIC, 33, 0, "0.5*|p|^2", "0.2*m - sin(pi*x)", "cos(pi*x)",
     "1 + 0.5*cos(pi*x)", NULL},
    {1, MFG_AXIS_NO_FLUX, 24, 0, "(1 + 0.1*x)*|p|^2 + sin(x - t)*p + t*x",
     "x^2 + (x - 0.8*mean(x))^2 + exp(-t)*m", "(x - mean(x))^2 + 0.1*m", "exp(-4*(x - 1)^2)", NULL},
    {1, MFG_AXIS_NO_FLUX, 24, 0, "|p|^2/(1 + m)", "t*m + integral(m^2*x)", "x > 1 ? 1 : 0", "x < 1",
     NULL},
    {1, MFG_AXIS_EXIT, 24, 0, "0.5*|p|^2 + sin(x)*p", "0.2*m + integral(x)", "x", "1 + x",
     "x > 1 && x < 1.5"},
};
enum { CASES = sizeof cases / sizeof *cases };

static uint64_t launches(void) {
  mfg_statistics statistics = {.struct_size = sizeof statistics};
  ck_assert_int_eq(mfg_context_statistics(context, &statistics), MFG_OK);
  ck_assert_uint_eq(statistics.fallbacks, 0);
  return statistics.kernels_launched;
}

/* Kernels that a replay launches, the bodies of repeats once. */
static uint64_t launches_of_replay(mfg_recording *recording) {
  uint64_t before = launches();
  ck_assert_int_eq(mfg_replay(recording), MFG_OK);
  return launches() - before;
}

/* The kernels of one stage, recorded alone: an update of Newton's method, or a step forward. */
static uint64_t launches_of_stage(mfg_system *system, bool back) {
  mfg_recording *recording = NULL;
  ck_assert_int_eq(mfg_record_begin(context), MFG_OK);
  mfg_scope *s = mfg_scope_open(context);
  mfg_upwind upwind = mfg_system_upwind_at(s, system, 1);
  mfg_array *u = mfg_at(s, system->u, 0, 1);
  if (back)
    mfg_hjb_step(s, &upwind, &system->test, u, mfg_at(s, system->u, 0, 2),
                 mfg_at(s, system->source, 0, 0));
  else
    mfg_fp_step(s, &upwind, mfg_at(s, system->m_out, 0, 2), mfg_at(s, system->m_out, 0, 1), u);
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  ck_assert_int_eq(mfg_record_end(context, &recording), MFG_OK);
  uint64_t count = launches_of_replay(recording);
  mfg_recording_release(recording);
  return count;
}

/* One axis, any Hamiltonian and ends: one kernel an update and one a step forward. What a sweep
 * launches besides does not depend on the number of steps. */
START_TEST(kernels_of_a_step) {
  setup_texts texts = cases[_i];
  uint64_t sweep_launches[2];
  for (int k = 0; k < 2; k++) {
    setup made;
    mfg_residual residual;
    texts.steps = 5 * (k + 1);
    setup_create(&made, &texts);
    ck_assert_int_eq(mfg_system_sweep(&made.system, &residual), MFG_OK);
    ck_assert_uint_eq(launches_of_stage(&made.system, true), 1);
    ck_assert_uint_eq(launches_of_stage(&made.system, false), 1);
    ck_assert_int_eq(mfg_system_record(&made.system, false), MFG_OK);
    sweep_launches[k] = launches_of_replay(made.system.sweep);
    setup_release(&made);
  }
  ck_assert_uint_eq(sweep_launches[1] - sweep_launches[0], 5 * 2);
}
END_TEST

TCase *launch_tests(void) {
  TCase *tests = tcase_create("launches");
  tcase_add_loop_test(tests, kernels_of_a_step, 0, CASES);
  return tests;
}
