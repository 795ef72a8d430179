/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs that stop and go on. */
#include "solve_tests.h"

typedef struct stop {
  int64_t after;
  mfg_state *state;
} stop;

static bool stop_with_state(const mfg_progress *progress, void *user) {
  stop *s = user;
  if (progress->iteration < s->after) return true;
  ck_assert_int_eq(mfg_progress_state(progress, &s->state), MFG_OK);
  return false;
}

/* As a program would do it that writes the arrays to a file and reads them back. */
static mfg_state *through_a_file(mfg_state *state) {
  mfg_state *copy;
  ck_assert_int_eq(mfg_state_create(&copy), MFG_OK);
  for (int i = mfg_state_count(state) - 1; i >= 0; i--) {
    const mfg_state_array *array = mfg_state_at(state, i);
    ck_assert_int_eq(
        mfg_state_set(copy, array->name, array->type, array->rank, array->shape, array->data),
        MFG_OK);
  }
  mfg_state_release(state);
  return copy;
}

static void same_bits(const mfg_result *a, const mfg_result *b) {
  mfg_result_information left = inform(a), right = inform(b);
  ck_assert_int_eq(left.iterations, right.iterations);
  ck_assert_mem_eq(mfg_result_residuals(a), mfg_result_residuals(b),
                   (size_t)left.iterations * sizeof(double));
  size_t bytes =
      (size_t)(left.steps + 1) * (size_t)(left.cells[0] * left.cells[1]) * sizeof(double);
  for (int field = 0; field < 2; field++) {
    double *of_a = read_field(a, field), *of_b = read_field(b, field);
    ck_assert_mem_eq(of_a, of_b, bytes);
    free(of_a);
    free(of_b);
  }
}

static const struct {
  int axes, method;
  int64_t after, depth;
  double tolerance;
  bool stationary;
} resumed[] = {
    {1, MFG_METHOD_ANDERSON, 1, 6, 1e-8, false},        {1, MFG_METHOD_ANDERSON, 5, 6, 1e-8, false},
    {1, MFG_METHOD_ANDERSON, 6, 2, 1e-8, false},        {1, MFG_METHOD_NEWTON, 1, 6, 1e-8, false},
    {1, MFG_METHOD_NEWTON, 3, 6, 1e-8, false},          {1, MFG_METHOD_PICARD, 4, 6, 1e-6, false},
    {1, MFG_METHOD_FICTITIOUS_PLAY, 4, 6, 1e-2, false}, {2, MFG_METHOD_ANDERSON, 3, 6, 1e-8, false},
    {2, MFG_METHOD_NEWTON, 2, 6, 1e-8, false},          {1, MFG_METHOD_NEWTON, 2, 6, 1e-8, true},
    {2, MFG_METHOD_NEWTON, 1, 6, 1e-8, true},
};

START_TEST(resumed_run_has_the_same_bits) {
  mfg_problem *problem = ring(40, 16);
  if (resumed[_i].axes > 1) add_axis(problem, "0", "1", 6, MFG_AXIS_NO_FLUX);
  if (resumed[_i].axes > 1) set_text(problem, MFG_PROBLEM_TERMINAL_COST, "0.1*y^2");
  mfg_problem_set_stationary(problem, resumed[_i].stationary);
  mfg_solver_options options = {.struct_size = sizeof options,
                                .method = resumed[_i].method,
                                .anderson_depth = resumed[_i].depth,
                                .tolerance = resumed[_i].tolerance};
  mfg_result *whole = solve_for(problem, &options, MFG_OK);
  ck_assert_int_gt(inform(whole).iterations, resumed[_i].after);
  stop s = {.after = resumed[_i].after};
  options.progress = stop_with_state;
  options.progress_user = &s;
  mfg_result_release(solve_for(problem, &options, MFG_ERROR_INTERRUPTED));
  mfg_state *state = through_a_file(s.state);
  options.progress = NULL;
  options.start = state;
  mfg_result *again = solve_for(problem, &options, MFG_OK);
  same_bits(whole, again);
  mfg_state_release(state);
  mfg_result_release(whole);
  mfg_result_release(again);
  mfg_problem_release(problem);
}
END_TEST

/* In the middle of the way from one viscosity to the next: a crowd that likes company. */
START_TEST(resumed_continuation_has_the_same_bits) {
  mfg_problem *problem = ring(40, 20);
  set_text(problem, MFG_PROBLEM_HORIZON, "1");
  set_text(problem, MFG_PROBLEM_VISCOSITY, "0.05");
  set_text(problem, MFG_PROBLEM_COUPLING, "-3*m - sin(2*pi*x)");
  mfg_solver_options options = {.struct_size = sizeof options};
  mfg_result *whole = solve_for(problem, &options, MFG_OK);
  int64_t iterations = inform(whole).iterations;
  const double *residuals = mfg_result_residuals(whole);
  int64_t led_back = 0; /* the residual rises where the viscosity falls */
  for (int64_t i = 1; i < iterations; i++)
    led_back += residuals[i] > 10 * residuals[i - 1];
  ck_assert_int_gt(led_back, 0);
  stop s = {.after = iterations - 6};
  options.progress = stop_with_state;
  options.progress_user = &s;
  mfg_result_release(solve_for(problem, &options, MFG_ERROR_INTERRUPTED));
  ck_assert_ptr_nonnull(mfg_state_find(s.state, "newton_solved"));
  mfg_state *state = through_a_file(s.state);
  options.progress = NULL;
  options.start = state;
  mfg_result *again = solve_for(problem, &options, MFG_OK);
  same_bits(whole, again);
  mfg_state_release(state);
  mfg_result_release(whole);
  mfg_result_release(again);
  mfg_problem_release(problem);
}
END_TEST

START_TEST(answer_is_its_own_start) {
  mfg_problem *problem = ring(40, 16);
  if (_i) add_axis(problem, "0", "1", 6, MFG_AXIS_NO_FLUX);
  mfg_result *first = solve_for(problem, NULL, MFG_OK);
  mfg_state *state;
  ck_assert_int_eq(mfg_result_state(first, &state), MFG_OK);
  mfg_solver_options options = {.struct_size = sizeof options, .start = state};
  mfg_result *second = solve_for(problem, &options, MFG_OK);
  ck_assert_int_le(inform(second).iterations, 2);
  mfg_state_release(state);
  mfg_result_release(first);
  mfg_result_release(second);
  mfg_problem_release(problem);
}
END_TEST

START_TEST(start_must_fit) {
  mfg_problem *problem = ring(40, 16), *other = ring(41, 16);
  mfg_result *result = solve_for(other, NULL, MFG_OK);
  mfg_state *state;
  ck_assert_int_eq(mfg_result_state(result, &state), MFG_OK);
  mfg_solver_options options = {.struct_size = sizeof options, .start = state};
  ck_assert_ptr_null(solve_for(problem, &options, MFG_ERROR_SHAPE));
  ck_assert_str_eq(mfg_problem_last_error()->field, "start");
  mfg_state_release(state);
  ck_assert_int_eq(mfg_state_create(&state), MFG_OK);
  options.start = state;
  ck_assert_ptr_null(solve_for(problem, &options, MFG_ERROR_INVALID_ARGUMENT));
  ck_assert_str_eq(mfg_problem_last_error()->field, "start");
  mfg_state_release(state);
  mfg_result_release(result);
  mfg_problem_release(problem);
  mfg_problem_release(other);
}
END_TEST

TCase *checkpoint_tests(void) {
  TCase *tests = tcase_create("checkpoints");
  tcase_add_loop_test(tests, resumed_run_has_the_same_bits, 0,
                      (int)(sizeof resumed / sizeof *resumed));
  tcase_add_test(tests, resumed_continuation_has_the_same_bits);
  tcase_add_loop_test(tests, answer_is_its_own_start, 0, 2);
  tcase_add_test(tests, start_must_fit);
  return tests;
}
