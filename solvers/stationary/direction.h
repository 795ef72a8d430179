/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Newton's direction of the ergodic problem: at (u, m) with the residuals R and S,
 *
 *     A(u) du - (f - c)'(m) dm + dlambda = -R,   A(u)' dm + (A'(u) du)' m = -S,
 *     mean(du) = 0,   sum(dm) = 0
 *
 * (Achdou and Capuzzo-Dolcetta 2010, section 5). dlambda drops out where the first row is taken
 * less its mean. Solved by the generalised minimal residual method for both fields at once,
 * preconditioned from the right by the triangle that is left without (A'(u) du)' m, with
 * stationary/lines.h for the inverses: eigenvalues of the product are 1 and above, and gather at
 * 1 on every mesh.
 *
 * Where the Hamiltonian's coefficients of p and |p|^2 depend on m, that dependence is left out: the
 * iteration is then a quasi-Newton one, with the same solution. */
#ifndef MFG_SOLVERS_STATIONARY_DIRECTION_H
#define MFG_SOLVERS_STATIONARY_DIRECTION_H

#include "coupling/gmres.h"
#include "expression/tangent.h"
#include "stationary/lines.h"

typedef struct mfg_direction {
  const mfg_ergodic *ergodic;       /* borrowed */
  const mfg_lines *lines;           /* borrowed */
  mfg_tangent *coupling, *constant; /* NULL where the problem gives values */
  bool recorded;
  mfg_gmres gmres;             /* on (2, cells...): rows of du and of dm */
  mfg_array *preimage, *image; /* of the linear operator */
  mfg_array *du, *dm;          /* the direction */
  mfg_array *right;            /* (2, cells...) */
  mfg_array *row_work;         /* (1, cells...) */
  mfg_recording *application;
} mfg_direction;

/* The status of the arrays. To be released in any case; the memory of *direction must not move. */
mfg_status mfg_direction_create(const mfg_ergodic *ergodic, const mfg_lines *lines, bool recorded,
                                mfg_direction *direction);
void mfg_direction_release(mfg_direction *direction);
/* Finds du and dm at what was evaluated last, to a relative tolerance. */
mfg_status mfg_direction_solve(mfg_direction *direction, double tolerance);

#endif
