/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Newton's method on  m - Phi(m) = 0,  Phi the sweep from m_in to m_out (Achdou and
 * Capuzzo-Dolcetta 2010, section 5): its linear systems are solved by the generalised minimal
 * residual method, whose operator is two linear sweeps; the number of its steps does not grow with
 * the mesh.
 *
 * A step that does not lessen |Phi(m) - m| is halved. Where that does not help, or where the linear
 * solve does not come to its end, half a step of Picard's iteration is taken in its place: far from
 * the solution it is as good and costs nothing. Where a few of those do not help either, the
 * viscosity is raised until Newton's method converges from the start, and led back from one
 * solution to the next in steps that shrink where one fails. */
#ifndef MFG_SOLVERS_COUPLING_NEWTON_H
#define MFG_SOLVERS_COUPLING_NEWTON_H

#include "coupling/gmres.h"
#include "system/linear.h"

typedef struct mfg_newton {
  mfg_system *system; /* borrowed; NULL before mfg_newton_create */
  bool recorded;
  mfg_linear linear; /* its `direction` keeps the Newton direction between trials */
  mfg_gmres gmres;
  mfg_array *base;   /* the density that the direction starts from */
  mfg_array *change; /* Phi(base) - base */
  mfg_array *solved; /* the solution at `solved_viscosity` */
  /* What a checkpoint holds beside the arrays, as one row of numbers. */
  struct mfg_newton_numbers {
    double trial;     /* 1: m_in is base + length*direction, not yet judged */
    double base_norm; /* |Phi(base) - base| */
    double length;
    double forcing;                     /* relative tolerance of the last linear solve */
    double viscosity, solved_viscosity; /* in use; of the last solution on the way, 0: none */
    double factor;                      /* next viscosity over the last */
    double raises;
    double detours; /* steps of Picard's since the last good one of Newton's */
  } now;
  int64_t applications; /* of the linear operator, in all */
} mfg_newton;

/* `recorded`: whether linear sweeps are replayed. The status of the arrays; to be released in any
 * case. */
mfg_status mfg_newton_create(mfg_newton *newton, mfg_system *system, bool recorded);
void mfg_newton_release(mfg_newton *newton);

/* Whether the system has the viscosity of the problem, so that its residual counts. */
bool mfg_newton_at_target(const mfg_newton *newton);
/* Judges the last sweep, of which `residual` is the residual (NaN: it failed), and puts the next
 * density to sweep from into m_in. MFG_ERROR_NOT_CONVERGED where nothing is left to try. */
mfg_status mfg_newton_step(mfg_newton *newton, double residual, double tolerance);

/* For every m: cut off below 0, every level given its mass back unless mass leaves. The status of
 * the arrays. */
mfg_status mfg_density_project(mfg_system *system);

#endif
