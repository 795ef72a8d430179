/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time to solve a quadratic crowd problem on 201 cells and 200 steps to a residual of 1e-8.
 *
 *     MFG_BACKEND=name [MFG_CPU_THREADS=1] solver-1d [runs [method]]
 *
 * Each run solves from nothing in a context that is already open; the medians are printed, wall
 * clock and processor time (of all threads), since other work on the machine stretches the first
 * alone. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <mfg/error.h>
#include <mfg/solver.h>

enum { MOST_RUNS = 1000 };

static int ascending(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static double median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, ascending);
  return count % 2 ? values[count / 2] : 0.5 * (values[count / 2 - 1] + values[count / 2]);
}

/* A crowd between two walls that is to end near 3/4 and pays for company on the way. */
static mfg_status make_problem(mfg_problem **problem) {
  static const struct {
    int field;
    const char *text;
  } fields[] = {
      {MFG_PROBLEM_HORIZON, "1"},
      {MFG_PROBLEM_STEPS, "200"},
      {MFG_PROBLEM_VISCOSITY, "0.05"},
      {MFG_PROBLEM_HAMILTONIAN, "0.5*|p|^2"},
      {MFG_PROBLEM_COUPLING, "0.5*m"},
      {MFG_PROBLEM_TERMINAL_COST, "2*(x - 0.75)^2"},
      {MFG_PROBLEM_INITIAL_DENSITY, "exp(-0.5*((x - 0.25)/0.1)^2)"},
  };
  mfg_problem_axis axis = {.struct_size = sizeof axis,
                           .lower = "0",
                           .upper = "1",
                           .cells = "201",
                           .boundary_lower = MFG_AXIS_NO_FLUX,
                           .boundary_upper = MFG_AXIS_NO_FLUX};
  mfg_status status = mfg_problem_create(problem);
  if (status == MFG_OK) status = mfg_problem_add_axis(*problem, &axis);
  for (size_t i = 0; status == MFG_OK && i < sizeof fields / sizeof *fields; i++)
    status = mfg_problem_set(*problem, fields[i].field, fields[i].text);
  return status;
}

/* One run's figures; false, with words, where it failed. */
static bool run_once(mfg_context *context, const mfg_problem *problem, int method,
                     mfg_result_information *facts) {
  mfg_solver_options options = {.struct_size = sizeof options, .tolerance = 1e-8, .method = method};
  mfg_result *result;
  if (mfg_solve(context, problem, &options, &result) != MFG_OK) {
    fprintf(stderr, "solver-1d: %s\n", mfg_problem_last_error()->text);
    mfg_result_release(result);
    return false;
  }
  *facts = (mfg_result_information){.struct_size = sizeof *facts};
  mfg_result_inform(result, facts);
  facts->backend = facts->device = facts->fallbacks = NULL; /* they die with the result */
  mfg_result_release(result);
  return true;
}

static double processor_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool run_all(mfg_context *context, const mfg_problem *problem, int method, int runs) {
  static double total[MOST_RUNS], setup[MOST_RUNS], solve[MOST_RUNS], processor[MOST_RUNS];
  mfg_result_information facts;
  for (int i = -1; i < runs; i++) { /* the first prepares the kernels and is not counted */
    double before = processor_seconds();
    if (!run_once(context, problem, method, &facts)) return false;
    if (i < 0) continue;
    processor[i] = processor_seconds() - before;
    total[i] = facts.seconds_total;
    setup[i] = facts.seconds_setup;
    solve[i] = facts.seconds_solve;
  }
  printf("backend %s, device %s\n", mfg_context_backend(context), mfg_context_device(context));
  printf(
      "201 cells, 200 steps, %s: %lld iterations, residual %.2e, mass error %.1e, %llu launches\n",
      facts.method, (long long)facts.iterations, facts.residual, facts.mass_error,
      (unsigned long long)facts.kernels_launched);
  printf("median of %d: total %.4f s (setup %.4f, solve %.4f), processor %.4f s\n", runs,
         median(total, runs), median(setup, runs), median(solve, runs), median(processor, runs));
  return true;
}

int main(int count, char **arguments) {
  int runs = count > 1 ? atoi(arguments[1]) : 11;
  int method = count > 2 ? mfg_method_find(arguments[2]) : MFG_METHOD_DEFAULT;
  if (method < 0 || runs < 1 || runs > MOST_RUNS) {
    fprintf(stderr, "usage: solver-1d [runs, 1 to %d, [method]]\n", MOST_RUNS);
    return 2;
  }
  mfg_context *context;
  if (mfg_context_open(NULL, NULL, &context) != MFG_OK) {
    fprintf(stderr, "solver-1d: %s\n", mfg_last_error());
    return 3;
  }
  mfg_problem *problem = NULL;
  bool done = make_problem(&problem) == MFG_OK && run_all(context, problem, method, runs);
  mfg_problem_release(problem);
  mfg_context_close(context);
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
