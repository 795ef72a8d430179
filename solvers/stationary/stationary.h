/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Newton's method on the ergodic problem.
 *
 * u alone is iterated: m is brought to u and lambda to both after every change, so that the
 * Fokker-Planck equation holds all the time and m is a density. A step that does not lessen the
 * residual is halved. Where that does not help, the viscosity is raised until the method gets on
 * from u = 0, and led back from one solution to the next by factors that shrink where one fails. */
#ifndef MFG_SOLVERS_STATIONARY_STATIONARY_H
#define MFG_SOLVERS_STATIONARY_STATIONARY_H

#include <mfg/solver.h>

#include "coupling/iteration.h"
#include "stationary/density.h"
#include "stationary/direction.h"

typedef struct mfg_stationary {
  mfg_system *system;         /* borrowed; NULL before mfg_stationary_create */
  mfg_solver_options options; /* with every default filled in */
  double started;
  bool recorded;
  mfg_ergodic ergodic;
  mfg_lines lines;
  mfg_invariant invariant;
  mfg_direction direction;
  mfg_array *base;       /* the u that a step starts from */
  mfg_array *best;       /* the best u at the viscosity of the problem */
  mfg_array *solved;     /* the solution at `solved_viscosity` */
  mfg_residual residual; /* of u */
  int64_t done;
  double *residuals; /* `done` of them */
  /* What a checkpoint holds beside the arrays, as one row of numbers. */
  struct mfg_stationary_numbers {
    double viscosity, solved_viscosity; /* in use; of the last solution on the way, 0: none */
    double factor;                      /* next viscosity over the last */
    double raises;
    double norm, last_norm; /* residual of u, and before the last step; 0: none */
    double best_residual;
    double scale; /* residual of u = 0 */
  } now;
} mfg_stationary;

/* Starts from options.start. Sets the error. To be released in any case; the memory of *stationary
 * must not move. */
mfg_status mfg_stationary_create(mfg_system *system, const mfg_solver_options *resolved,
                                 double started, mfg_stationary *stationary);
void mfg_stationary_release(mfg_stationary *stationary);
/* Iterates; on return the u and m of `ergodic` are what is to be returned and *residual is their
 * residual, unless nothing could be evaluated: then it is NaN. Sets the error. */
mfg_status mfg_stationary_run(mfg_stationary *stationary, mfg_residual *residual);
/* |mass - 1| and the least value of m. */
mfg_status mfg_stationary_measure(mfg_stationary *stationary, mfg_measures *measures);

/* ---- for the files of this folder ------------------------------------------------------------ */

/* newton.c: one step of the iteration, which leaves u, m, lambda and now.norm up to date. The
 * status of the arrays, or MFG_ERROR_NOT_CONVERGED where nothing is left to try. */
mfg_status mfg_stationary_start(mfg_stationary *stationary);
mfg_status mfg_stationary_step(mfg_stationary *stationary);
bool mfg_stationary_at_target(const mfg_stationary *stationary);
/* u = `value` at a viscosity, m and lambda brought to it. */
mfg_status mfg_stationary_go(mfg_stationary *stationary, double viscosity, const mfg_array *value,
                             mfg_residual *residual);
/* state.c: the iteration as named arrays, and back. Set the error. */
mfg_status mfg_stationary_export(void *stationary, mfg_state **state);
mfg_status mfg_stationary_import(mfg_stationary *stationary, const mfg_state *state);

#endif
