/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Newton's method on the discrete system in u and m together (Achdou and Capuzzo-Dolcetta 2010,
 * section 5; Achdou and Perez 2012).
 *
 * Between two steps m = m_out is the density that moves by u, so that only the equations of u have
 * defects. A step solves the system linearised there: with the change of u eliminated,
 *
 *     (1 - L) dm = dm0,   du = K dm + r      (system/linear.h)
 *
 * by the generalised minimal residual method, whose operator is two linear sweeps; the number of
 * its applications does not grow with the mesh. Then u goes along du, and m follows by a forward
 * sweep: it never turns negative and never loses mass, however far a step goes. (Where coefficients
 * of the Hamiltonian depend on m, that sweep takes them at m + dm, so that the equations of m have
 * defects too until the steps are small.)
 *
 * What the linear solve leaves of dm changes the costs, and so becomes a defect of u. It is solved
 * until that is as small as the step deserves (Eisenstat and Walker 1996), which for a steep
 * coupling is much smaller than dm itself.
 *
 * A step that does not lessen the residual is halved. Where no length does, the viscosity is raised
 * until the method gets on from the start, and led back from one solution to the next in steps that
 * shrink where one fails. */
#ifndef MFG_SOLVERS_COUPLING_NEWTON_H
#define MFG_SOLVERS_COUPLING_NEWTON_H

#include "coupling/gmres.h"
#include "system/linear.h"

typedef struct mfg_newton {
  mfg_system *system; /* borrowed; NULL before mfg_newton_create */
  bool recorded;
  bool followed; /* m_out answers to u */
  mfg_linear linear;
  mfg_gmres gmres;
  mfg_array *base;   /* the u that the direction starts from */
  mfg_array *change; /* dm0; then the m that the direction starts from */
  mfg_array *solved; /* u at `solved_viscosity`; NULL before the first */
  /* What a checkpoint holds beside the arrays, as one row of numbers. */
  struct mfg_newton_numbers {
    double residual, previous;          /* of the last two iterates; 0: none at this viscosity */
    double first;                       /* the first at this viscosity */
    double viscosity, solved_viscosity; /* in use; of the last solution on the way, 0: none */
    double factor;                      /* next viscosity over the last */
    double raises;
  } now;
  int64_t applications; /* of the linear operator, in all */
} mfg_newton;

/* `recorded`: whether linear sweeps are replayed. The status of the arrays; to be released in any
 * case. */
mfg_status mfg_newton_create(mfg_newton *newton, mfg_system *system, bool recorded);
void mfg_newton_release(mfg_newton *newton);
/* Memory for `solved`. The status of the arrays. */
mfg_status mfg_newton_reserve(mfg_newton *newton);

/* Whether the system has the viscosity of the problem, so that its residual counts. */
bool mfg_newton_at_target(const mfg_newton *newton);
/* Takes the (u, m_out) that a sweep has left, of the given residual, as the first iterate. */
void mfg_newton_begin(mfg_newton *newton, double residual);
/* From one iterate (u, m_out) to the next, and its residual. MFG_ERROR_NOT_CONVERGED where nothing
 * is left to try. */
mfg_status mfg_newton_step(mfg_newton *newton, double tolerance, mfg_residual *residual);

#endif
