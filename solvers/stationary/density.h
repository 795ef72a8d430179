/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The invariant density of a value function: A(u)' m = 0 with mass 1.
 *
 * From the density that is there, the generalised minimal residual method brings the residual down
 * to rounding. What it leaves may be negative where m is below rounding. So a few sweeps of block
 * Jacobi iterations end it, blocks being lines: with  I + t A' = M - N, M what couples a cell to
 * its line,
 *
 *     m <- M^-1 N m,
 *
 * where M is an M-matrix and N >= 0, so that no subtraction occurs: m is non-negative exactly, and
 * what it was, to rounding. */
#ifndef MFG_SOLVERS_STATIONARY_DENSITY_H
#define MFG_SOLVERS_STATIONARY_DENSITY_H

#include "coupling/gmres.h"
#include "stationary/lines.h"

typedef struct mfg_invariant {
  mfg_ergodic *ergodic;   /* borrowed */
  const mfg_lines *lines; /* borrowed */
  bool recorded;
  mfg_gmres gmres;
  mfg_array *preimage, *image; /* of the linear operator */
  mfg_array *change;           /* of the density */
  mfg_recording *application, *correction, *sweeps;
} mfg_invariant;

/* The status of the arrays. To be released in any case; the memory of *invariant must not move. */
mfg_status mfg_invariant_create(mfg_ergodic *ergodic, const mfg_lines *lines, bool recorded,
                                mfg_invariant *invariant);
void mfg_invariant_release(mfg_invariant *invariant);
/* Brings m to u, and evaluates. */
mfg_status mfg_invariant_solve(mfg_invariant *invariant, mfg_residual *residual);

#endif
