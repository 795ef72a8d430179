/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "stationary/stationary.h"

static const double least_length = 1.0 / 16; /* of a step before it is given up */
static const double loosest_forcing =
    0.05; /* relative tolerance of linear solves: this far away, */
static const double tightest_forcing = 1e-4; /* and in the end no tighter than this */
static const double near_enough = 1e-2;      /* part of `scale` that ends a viscosity on the way */
static const double raise = 4, slowest = 0.97, most_raises = 12;
static const double least_raised = 1e-3; /* viscosity to raise 0 to, over length of the domain */

bool mfg_stationary_at_target(const mfg_stationary *n) {
  return n->now.viscosity == n->system->model->viscosity;
}

mfg_status mfg_stationary_go(mfg_stationary *n, double viscosity, const mfg_array *value,
                             mfg_residual *residual) {
  mfg_status status = MFG_OK;
  if (viscosity != n->now.viscosity) {
    n->now.viscosity = viscosity;
    status = mfg_system_set_parameters(n->system, viscosity, n->system->step);
    if (status == MFG_OK) status = mfg_lines_set_viscosity(&n->lines, viscosity);
  }
  if (status != MFG_OK) return status;
  mfg_scope *s = mfg_scope_open(n->system->context);
  mfg_array *finite =
      mfg_where(s, mfg_isfinite(s, n->ergodic.m), n->ergodic.m, n->system->initial_density);
  mfg_assign(s, n->ergodic.m, finite);
  mfg_assign(s, n->ergodic.u, mfg_ergodic_centred(s, &n->ergodic, mfg_copy(s, value)));
  status = mfg_scope_close(s);
  return status == MFG_OK ? mfg_invariant_solve(&n->invariant, residual) : status;
}

/* Keeps u where it is the best at the viscosity of the problem. */
static mfg_status judge(mfg_stationary *n, const mfg_residual *residual) {
  n->residual = *residual;
  n->now.last_norm = n->now.norm;
  n->now.norm = residual->larger;
  if (!mfg_stationary_at_target(n) || !(n->now.norm < n->now.best_residual)) return MFG_OK;
  n->now.best_residual = n->now.norm;
  mfg_scope *s = mfg_scope_open(n->system->context);
  mfg_assign(s, n->best, n->ergodic.u);
  return mfg_scope_close(s);
}

/* ---- along the direction --------------------------------------------------------------------- */

/* How exact the linear solve is to be: as the last step was effective (Eisenstat and Walker 1996,
 * second choice), and no more than the tolerance asks for. */
static double forcing_of(const mfg_stationary *n) {
  double ratio = n->now.last_norm > 0 ? n->now.norm / n->now.last_norm : 1;
  double forcing = fmax(tightest_forcing, 0.9 * ratio * ratio);
  if (mfg_stationary_at_target(n))
    forcing = fmax(forcing, 0.2 * n->options.tolerance / n->now.norm);
  return fmin(loosest_forcing, forcing);
}

/* u = base + length du, the longest length of 1, 1/2, ... that lessens the residual. *found says
 * whether there is one; else u is somewhere. */
static mfg_status search(mfg_stationary *n, bool *found) {
  mfg_residual residual;
  *found = false;
  mfg_scope *s = mfg_scope_open(n->system->context);
  mfg_assign(s, n->base, n->ergodic.u);
  mfg_status status = mfg_scope_close(s);
  for (double length = 1; length >= least_length && status == MFG_OK; length *= 0.5) {
    s = mfg_scope_open(n->system->context);
    mfg_array *trial = mfg_keep(mfg_add(s, n->base, mfg_mul(s, n->direction.du, length)));
    status = mfg_scope_close(s);
    if (status == MFG_OK) status = mfg_stationary_go(n, n->now.viscosity, trial, &residual);
    mfg_release(trial);
    *found = status == MFG_OK && residual.larger < (1 - 1e-4 * length) * n->now.norm;
    if (*found) return judge(n, &residual);
  }
  return status;
}

/* ---- from one viscosity to the next -----------------------------------------------------------
 */

static mfg_status change_viscosity(mfg_stationary *n, double viscosity, const mfg_array *value) {
  mfg_residual residual;
  mfg_status status = mfg_stationary_go(n, viscosity, value, &residual);
  if (status != MFG_OK) return status;
  n->now.norm = 0;
  return judge(n, &residual);
}

/* A solution on the way: go on from it, to a lower viscosity. */
static mfg_status lower_viscosity(mfg_stationary *n) {
  double target = n->system->model->viscosity;
  double next = n->now.solved_viscosity * n->now.factor;
  double least = least_raised * n->now.factor;
  return change_viscosity(n, next < 1.01 * target || next < least ? target : next, n->solved);
}

static mfg_status advance(mfg_stationary *n) {
  mfg_scope *s = mfg_scope_open(n->system->context);
  mfg_assign(s, n->solved, n->ergodic.u);
  mfg_status status = mfg_scope_close(s);
  n->now.solved_viscosity = n->now.viscosity;
  return status == MFG_OK ? lower_viscosity(n) : status;
}

/* Got stuck: a smaller step down from the last solution, or further up. */
static mfg_status retreat(mfg_stationary *n) {
  if (n->now.solved_viscosity > n->now.viscosity) {
    n->now.factor = sqrt(n->now.factor);
    return n->now.factor > slowest ? MFG_ERROR_NOT_CONVERGED : lower_viscosity(n);
  }
  if (++n->now.raises > most_raises) return MFG_ERROR_NOT_CONVERGED;
  mfg_scope *s = mfg_scope_open(n->system->context);
  mfg_array *zero = mfg_keep(mfg_zeros_like(s, n->ergodic.u));
  mfg_status status = mfg_scope_close(s);
  double raised = fmax(raise * n->now.viscosity, least_raised);
  if (status == MFG_OK) status = change_viscosity(n, raised, zero);
  mfg_release(zero);
  return status;
}

mfg_status mfg_stationary_start(mfg_stationary *n) {
  mfg_residual residual;
  mfg_status status = mfg_invariant_solve(&n->invariant, &residual);
  if (status != MFG_OK) return status;
  n->now.scale = residual.larger;
  return judge(n, &residual);
}

mfg_status mfg_stationary_step(mfg_stationary *n) {
  bool found = false;
  mfg_status status = MFG_OK;
  if (!mfg_stationary_at_target(n) && n->now.norm <= near_enough * n->now.scale)
    status = advance(n);
  if (status != MFG_OK) return status;
  if (isfinite(n->now.norm)) {
    status = mfg_direction_solve(&n->direction, forcing_of(n));
    if (status == MFG_OK) status = search(n, &found);
  }
  return status == MFG_OK && !found ? retreat(n) : status;
}
