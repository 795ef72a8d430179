/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "system_tests.h"

mfg_context *context;

/* Where tests run in one process (CK_FORK=no) they share a context: a device that compiles would
 * otherwise compile the same kernels for each. */
static bool shares_context(void) {
  const char *fork = getenv("CK_FORK");
  return fork && strcmp(fork, "no") == 0;
}

static void open_context(void) {
  if (context) return;
  mfg_status status = mfg_context_open(NULL, NULL, &context);
  ck_assert_msg(status == MFG_OK, "%s", mfg_last_error());
}

static void close_context(void) {
  if (shares_context()) return;
  mfg_context_close(context);
  context = NULL;
}

void setup_create(setup *made, const setup_texts *texts) {
  ck_assert_int_eq(mfg_problem_create(&made->problem), MFG_OK);
  char cells[32];
  snprintf(cells, sizeof cells, "%lld", (long long)texts->cells);
  mfg_problem_axis axis = {.struct_size = sizeof axis,
                           .lower = "0",
                           .upper = "2",
                           .cells = cells,
                           .boundary_lower = texts->boundary,
                           .boundary_upper = texts->boundary};
  mfg_problem_add_axis(made->problem, &axis);
  static const mfg_problem_axis more[] = {
      {sizeof axis, "y", "0", "1.5", "7", MFG_AXIS_NO_FLUX, MFG_AXIS_NO_FLUX},
      {sizeof axis, "z", "0", "1", "5", MFG_AXIS_PERIODIC, MFG_AXIS_PERIODIC}};
  for (int d = 0; d < texts->axes - 1; d++)
    mfg_problem_add_axis(made->problem, &more[d]);
  mfg_problem_set(made->problem, MFG_PROBLEM_HORIZON, "1");
  mfg_problem_set_number(made->problem, MFG_PROBLEM_STEPS, (double)texts->steps);
  mfg_problem_set(made->problem, MFG_PROBLEM_VISCOSITY, "0.07");
  mfg_problem_set(made->problem, MFG_PROBLEM_HAMILTONIAN, texts->hamiltonian);
  mfg_problem_set(made->problem, MFG_PROBLEM_COUPLING, texts->coupling);
  mfg_problem_set(made->problem, MFG_PROBLEM_TERMINAL_COST, texts->terminal);
  mfg_problem_set(made->problem, MFG_PROBLEM_INITIAL_DENSITY, texts->density);
  mfg_problem_set(made->problem, MFG_PROBLEM_EXIT_COST, "0.3*t + 0.2*x");
  mfg_problem_set(made->problem, MFG_PROBLEM_OBSTACLE, texts->obstacle);
  mfg_status status = mfg_model_create(made->problem, &made->model);
  ck_assert_msg(status == MFG_OK, "%s", mfg_problem_last_error()->text);
  status = mfg_system_create(context, &made->model, MFG_FLOAT64, &made->system);
  ck_assert_msg(status == MFG_OK, "%s", mfg_problem_last_error()->text);
}

void setup_release(setup *made) {
  mfg_system_release(&made->system);
  mfg_model_release(&made->model);
  mfg_problem_release(made->problem);
}

double random_number(void) {
  static uint64_t state = 12345;
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (double)(state >> 11) / 4503599627370496.0 - 1;
}

mfg_array *random_array(mfg_scope *s, int rank, const int64_t *shape) {
  size_t count = 1;
  for (int i = 0; i < rank; i++)
    count *= (size_t)shape[i];
  double *values = malloc(count * sizeof *values);
  ck_assert_ptr_nonnull(values);
  for (size_t i = 0; i < count; i++)
    values[i] = random_number();
  mfg_array *array = mfg_from_host(s, MFG_FLOAT64, rank, shape, values);
  free(values);
  return array;
}

double *to_host(mfg_array *array) {
  ck_assert_ptr_nonnull(array);
  size_t bytes = (size_t)mfg_array_size(array) * sizeof(double);
  double *values = malloc(bytes);
  ck_assert_ptr_nonnull(values);
  ck_assert_int_eq(mfg_to_host(array, values, bytes), MFG_OK);
  return values;
}

int main(void) {
  Suite *suite = suite_create("system");
  TCase *cases[] = {operator_tests(), sweep_tests(), launch_tests(), lower_tests()};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    tcase_add_checked_fixture(cases[i], open_context, close_context);
    tcase_set_timeout(cases[i], 60);
    suite_add_tcase(suite, cases[i]);
  }
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  mfg_context_close(context);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
