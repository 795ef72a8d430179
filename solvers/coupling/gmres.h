/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The generalised minimal residual method (Saad and Schultz 1986) on trajectories, from a zero
 * start. The systems that Newton's method poses take some ten steps on any mesh, some forty where
 * the viscosity is small. The basis takes MFG_GMRES_MEMORY bytes or the memory of
 * MFG_GMRES_LEAST vectors, whichever is more; where it is full, the method restarts from what it
 * has reached. */
#ifndef MFG_SOLVERS_COUPLING_GMRES_H
#define MFG_SOLVERS_COUPLING_GMRES_H

#include <mfg/array.h>

/* Most applications of the operator in one solve; most and least steps between restarts; memory for
 * the vectors of those steps, in bytes. */
#define MFG_GMRES_MAXIMUM 200
#define MFG_GMRES_MOST 60
#define MFG_GMRES_LEAST 12
#define MFG_GMRES_MEMORY ((int64_t)1 << 30)

/* Writes operator(direction) into image; both are the arrays given to mfg_gmres_solve. */
typedef mfg_status (*mfg_gmres_operator)(void *user);

typedef struct mfg_gmres {
  mfg_array *basis[MFG_GMRES_MOST + 1]; /* memory that is kept from one solve to the next */
  mfg_array *solution;                  /* so far; NULL before the first restart */
  int length;                           /* steps between restarts; 0: as many as memory allows */
} mfg_gmres;

/* Solves operator(x) = right to |operator(x) - right| <= tolerance*|right|, or as well as
 * MFG_GMRES_MAXIMUM applications can; x comes out in `direction`. */
mfg_status mfg_gmres_solve(mfg_context *context, mfg_gmres *gmres, mfg_gmres_operator apply,
                           void *user, mfg_array *direction, mfg_array *image,
                           const mfg_array *right, double tolerance);
void mfg_gmres_release(mfg_gmres *gmres);

#endif
