/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The discrete system linearised at (u, m_out), with the change of u eliminated.
 *
 * Where m_out moves by u, the equations of u alone have defects, F. With the stages k of system.h
 * and costs only where k+1 is a level, the changes that would mend them solve
 *
 *     backward  (I + dt A(u[k])) du[k] = du[k+1] + dt (f - c)'(m) dm - F[k]
 *     forward   (I + dt A(u[k]))' y[k+1] = y[k] - (dt A'(u[k]) du[k])' m_out[k+1],   y[0] = 0,
 *     dm = y on the levels
 *
 * (Achdou and Capuzzo-Dolcetta 2010, section 5). Where coefficients of the Hamiltonian depend on m,
 * - dt g_m dm joins the right side of the first and - (dt A_m dm)' m_out that of the second, which
 * has a defect of its own then: the forward sweep took the coefficients at m_in.
 *
 * For short, du = K dm + r and dm = L dm + dm0: K and L take dm through the sweeps without F, r and
 * dm0 are what comes of F without dm. One application of L is two linear sweeps: as many line
 * solves as there are stages, twice. Recorded once, replayed for every direction. */
#ifndef MFG_SOLVERS_SYSTEM_LINEAR_H
#define MFG_SOLVERS_SYSTEM_LINEAR_H

#include "expression/tangent.h"
#include "system/system.h"

typedef struct mfg_linear {
  mfg_system *system;                          /* borrowed */
  mfg_tangent *coupling, *constant, *terminal; /* NULL where the problem gives values */
  bool congested;                              /* the coefficients of p and |p|^2 depend on m */
  mfg_tangent *quadratic[3], *linear[3];       /* NULL unless congested */
  mfg_array *direction;                        /* dm, in; on levels */
  mfg_array *image;                            /* out; on levels */
  mfg_array *du, *y;                           /* on stages */
  mfg_recording *start, *application, *finish;
} mfg_linear;

/* On failure *linear is to be released all the same. The status of the arrays. */
mfg_status mfg_linear_create(mfg_system *system, mfg_linear *linear);
void mfg_linear_release(mfg_linear *linear);

/* Takes the derivatives of the costs at a density, (levels, cells...). */
mfg_status mfg_linear_take(mfg_scope *scope, mfg_linear *linear, const mfg_array *density);

/* Each `recorded`: by a replay. image = dm0; image = direction - L direction; du = K direction + r,
 * which stays in `du` until the next call. */
mfg_status mfg_linear_start(mfg_linear *linear, bool recorded);
mfg_status mfg_linear_apply(mfg_linear *linear, bool recorded);
mfg_status mfg_linear_finish(mfg_linear *linear, bool recorded);
/* The norm, as residuals have it, of what the direction does to the costs and coefficients. */
mfg_status mfg_linear_weigh(mfg_linear *linear, double *norm);

/* ---- for the files of this folder: congestion.c -----------------------------------------------
 */

mfg_status mfg_linear_create_congestion(mfg_scope *scope, mfg_linear *linear);
/* At the density of levels 1 .. steps. */
void mfg_linear_take_congestion(mfg_scope *scope, mfg_linear *linear, const mfg_array *density);
/* dt g_m dm and (dt A_m dm)' m_out of the stages along an axis. */
mfg_array *mfg_linear_congestion_cost(mfg_scope *scope, const mfg_linear *linear, int axis);
mfg_array *mfg_linear_congestion_flux(mfg_scope *scope, const mfg_linear *linear, int axis);

#endif
