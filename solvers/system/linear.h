/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The derivative of a sweep: what a change of m_in does to m_out, with the change of u eliminated.
 *
 * At the (u, m_out) of the last sweep, for a change dm of m_in, with the stages k of system.h and
 * the cost only where k+1 is a level,
 *
 *     backward  (I + dt A(u[k])) du[k] = du[k+1] + dt (f - c)'(m) dm,   du at the end: g'(m) dm
 *     forward   (I + dt A(u[k]))' y[k+1] = y[k] - (dt A'(u[k]) du[k])' m_out[k+1],   y[0] = 0
 *
 * (Achdou and Capuzzo-Dolcetta 2010, section 5). One application is two linear sweeps: as many line
 * solves as there are stages, twice. Recorded once, replayed for every direction. */
#ifndef MFG_SOLVERS_SYSTEM_LINEAR_H
#define MFG_SOLVERS_SYSTEM_LINEAR_H

#include "expression/tangent.h"
#include "system/system.h"

typedef struct mfg_linear {
  mfg_system *system;                          /* borrowed */
  mfg_tangent *coupling, *constant, *terminal; /* NULL where the problem gives values */
  mfg_array *direction;                        /* dm, in; on levels */
  mfg_array *image;                            /* dm - y, out; on levels */
  mfg_array *du, *y;                           /* on stages */
  mfg_recording *application;
} mfg_linear;

/* Whether the derivative is had: the coefficients of |p|^2 and p do not depend on m. */
bool mfg_linear_supports(const mfg_model *model);
/* On failure *linear is to be released all the same. The status of the arrays. */
mfg_status mfg_linear_create(mfg_system *system, mfg_linear *linear);
void mfg_linear_release(mfg_linear *linear);

/* Takes the derivative at m_in and the u, m_out that answer to it. */
mfg_status mfg_linear_take(mfg_linear *linear);
/* image = direction - (derivative of m_out by m_in) direction. `recorded`: by a replay. */
mfg_status mfg_linear_apply(mfg_linear *linear, bool recorded);

#endif
