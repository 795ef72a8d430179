/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The discrete ergodic problem on the device: find u, m and lambda with
 *
 *     sum over axes of (g_d(D_d u) - nu D_d^2 u) + lambda = f(m) - c,   mean(u) = 0,
 *     A(u)' m = 0,   sum(m) h^D = 1
 *
 * (Lasry and Lions 2007; discretised as by Achdou and Capuzzo-Dolcetta 2010), g the upwind
 * Hamiltonian of hjb/upwind.h and A(u) its derivative at u, the sum of one matrix an axis. Nothing
 * is split. The rows of A sum to 0 and its off-diagonal entries are not positive, so that A' is the
 * generator of a Markov chain: m is its invariant density, positive wherever the cells communicate.
 * lambda is what makes the residual of the first equation 0 in the mean.
 *
 * The data are those of a system with one time step of length 1. Fields have the shape
 * (1, cells...). Cells in obstacles are left out of means, and hold 0. */
#ifndef MFG_SOLVERS_STATIONARY_ERGODIC_H
#define MFG_SOLVERS_STATIONARY_ERGODIC_H

#include "system/system.h"

typedef struct mfg_ergodic {
  mfg_system *system; /* borrowed */
  mfg_array *u, *m;   /* views of the system's memory */
  mfg_array *residual_value, *residual_density;
  mfg_array *numbers; /* of the last evaluation: lambda and the two sums of squares */
  double cells;       /* outside obstacles */
  double lambda;
  mfg_recording *evaluation;
} mfg_ergodic;

/* u = 0 and the uniform density. On failure *ergodic is to be released all the same. The status of
 * the arrays. */
mfg_status mfg_ergodic_create(mfg_system *system, mfg_ergodic *ergodic);
void mfg_ergodic_release(mfg_ergodic *ergodic);
/* u = 0 and the uniform density again. */
mfg_status mfg_ergodic_reset(mfg_ergodic *ergodic);

/* Writes the coefficients at m, both residuals and lambda. `recorded`: by a replay. */
mfg_status mfg_ergodic_evaluate(mfg_ergodic *ergodic, bool recorded, mfg_residual *residual);

/* target = from + sign*A(u) v, or with A(u)'; `from` may be NULL for 0 and may be the target. At
 * the coefficients that were written last. */
void mfg_ergodic_multiply(mfg_scope *scope, const mfg_ergodic *ergodic, mfg_array *target,
                          const mfg_array *from, double sign, const mfg_array *v, bool transposed);
/* target += (A'(u) v)' m. */
void mfg_ergodic_add_bending(mfg_scope *scope, const mfg_ergodic *ergodic, mfg_array *target,
                             const mfg_array *v);
/* The field less its mean. */
mfg_array *mfg_ergodic_centred(mfg_scope *scope, const mfg_ergodic *ergodic, mfg_array *field);
/* The coefficients of an axis times a rank-0 array: those of a time step of that length. */
mfg_upwind mfg_ergodic_scaled(mfg_scope *scope, const mfg_ergodic *ergodic, int axis,
                              const mfg_array *step);

#endif
