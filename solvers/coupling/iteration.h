/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The outer iteration: a fixed point of  m_in -> u -> m_out  is sought by one of several methods;
 * Newton's goes from one u with its m_out to the next. */
#ifndef MFG_SOLVERS_COUPLING_ITERATION_H
#define MFG_SOLVERS_COUPLING_ITERATION_H

#include <mfg/solver.h>

#include "coupling/anderson.h"
#include "coupling/newton.h"
#include "system/system.h"

typedef struct mfg_iteration {
  mfg_system *system;         /* borrowed */
  mfg_solver_options options; /* with every default filled in */
  double started;             /* mfg_clock_seconds when mfg_solve was called */
  int64_t done;
  double *residuals; /* `done` of them */
  mfg_array *best;   /* what left the least residual: m_in, or u of Newton's method */
  double best_residual;
  mfg_anderson anderson;
  mfg_newton newton;
} mfg_iteration;

/* What `internal` of a progress points to: whose state it is, and what makes it. */
typedef struct mfg_progress_source {
  mfg_status (*export)(void *owner, mfg_state **state);
  void *owner;
} mfg_progress_source;

/* Seconds since some fixed moment. */
double mfg_clock_seconds(void);

/* Fills in the defaults and checks ranges. Sets the error. */
mfg_status mfg_options_resolve(const mfg_solver_options *given, mfg_solver_options *resolved);

/* Starts from options.start. Sets the error. `iteration` is to be released in any case. */
mfg_status mfg_iteration_create(mfg_system *system, const mfg_solver_options *resolved,
                                double started, mfg_iteration *iteration);
/* Iterates; on return (u, m_out) of the system is what is to be returned and *residual is its
 * residual, unless no sweep succeeded: then it is NaN. Sets the error. */
mfg_status mfg_iteration_run(mfg_iteration *iteration, mfg_residual *residual);
void mfg_iteration_release(mfg_iteration *iteration);

/* checkpoint.c: the iteration as named arrays, and back. Set the error. */
mfg_status mfg_iteration_export(void *iteration, mfg_state **state);
mfg_status mfg_iteration_import(mfg_iteration *iteration, const mfg_state *state);

#endif
