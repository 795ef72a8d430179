/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The generalised minimal residual method (Saad and Schultz 1986) on trajectories, from a zero
 * start, without restarts: the systems that Newton's method poses take some ten steps, on any mesh.
 */
#ifndef MFG_SOLVERS_COUPLING_GMRES_H
#define MFG_SOLVERS_COUPLING_GMRES_H

#include <mfg/array.h>

/* Most applications of the operator in one solve. */
#define MFG_GMRES_MAXIMUM 45

/* Writes operator(direction) into image; both are the arrays given to mfg_gmres_solve. */
typedef mfg_status (*mfg_gmres_operator)(void *user);

typedef struct mfg_gmres {
  mfg_array *basis[MFG_GMRES_MAXIMUM + 1]; /* memory that is kept from one solve to the next */
} mfg_gmres;

/* Solves operator(x) = right to |operator(x) - right| <= tolerance*|right|, or as well as
 * MFG_GMRES_MAXIMUM applications can; x comes out in `direction`. *applications says how many there
 * were, *reached the relative residual. */
mfg_status mfg_gmres_solve(mfg_context *context, mfg_gmres *gmres, mfg_gmres_operator apply,
                           void *user, mfg_array *direction, mfg_array *image,
                           const mfg_array *right, double tolerance, int *applications,
                           double *reached);
void mfg_gmres_release(mfg_gmres *gmres);

#endif
