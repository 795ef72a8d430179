/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Solver tests on the backend that MFG_BACKEND names: each test opens its own context. */
#ifndef MFG_SOLVE_TESTS_H
#define MFG_SOLVE_TESTS_H

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mfg/error.h>
#include <mfg/solver.h>

TCase *exact_tests(void); /* tagged `large` */
TCase *sound_tests(void);
TCase *method_tests(void);
TCase *axes_tests(void);
TCase *exact_axes_tests(void); /* tagged `large` */
TCase *boundary_tests(void);
TCase *failure_tests(void);
TCase *checkpoint_tests(void);
TCase *result_tests(void);

/* The context of the test that runs; opened by open_context, closed by close_context. */
extern mfg_context *context;
void open_context(void);
void close_context(void);

/* Problems. `cells` and `steps` as given; every text may be replaced afterwards. */
mfg_problem *new_problem(const char *lower, const char *upper, int64_t cells, int boundary,
                         const char *horizon, int64_t steps);
/* One more axis; they are x, y and z by their order. */
void add_axis(mfg_problem *problem, const char *lower, const char *upper, int64_t cells,
              int boundary);
void set_text(mfg_problem *problem, int field, const char *text);
/* A crowd on a ring, with a coupling that Picard's iteration converges on. */
mfg_problem *ring(int64_t cells, int64_t steps);

/* Solves; NULL options are the defaults. Fails the test where the status is not the one expected.
 */
mfg_result *solve_for(const mfg_problem *problem, const mfg_solver_options *options,
                      mfg_status expected);
mfg_result_information inform(const mfg_result *result);
/* All levels of a field; free() it. */
double *read_field(const mfg_result *result, int field);

#endif
