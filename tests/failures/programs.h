/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small programs that use everything which can fail: what the sweeps of failures run. */
#ifndef MFG_TESTS_PROGRAMS_H
#define MFG_TESTS_PROGRAMS_H

#include <mfg/mfg.h>
#include <stddef.h>

/* Runs on the context, stores a number that depends on all of its results, and returns its first
 * error; mfg_last_error() then says what happened. */
typedef mfg_status (*array_program)(mfg_context *context, double *result);

typedef struct named_program {
  const char *name;
  array_program run;
} named_program;

extern const named_program array_programs[];
extern const size_t array_program_count;

/* Makes a small mean-field game, solves it and reads the answer, in the same way; the text of an
 * error stands in mfg_problem_last_error(). */
mfg_status small_solve(mfg_context *context, double *result);

#endif
