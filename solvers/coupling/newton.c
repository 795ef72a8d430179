/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coupling/newton.h"

#include <math.h>
#include <string.h>

static const double least_length = 1.0 / 32; /* of a step before it is given up */
static const double loosest_forcing = 0.05;  /* defects that a linear solve may leave: far away */
static const double tightest_forcing = 1e-4; /* this part, in the end as the steps deserve */
static const double loosest_solve = 0.5;     /* relative tolerance of any linear solve */
static const double near_enough = 0.05;      /* part of the first residual that ends a viscosity */
static const double raise = 4, slowest = 0.97, most_raises = 12;

mfg_status mfg_newton_create(mfg_newton *n, mfg_system *system, bool recorded) {
  memset(n, 0, sizeof *n);
  n->system = system;
  n->recorded = recorded;
  n->now.viscosity = system->model->viscosity;
  n->now.factor = 0.5;
  mfg_scope *s = mfg_scope_open(system->context);
  n->base = mfg_keep(mfg_zeros_like(s, system->u));
  n->change = mfg_keep(mfg_zeros_like(s, system->m_in));
  mfg_status status = mfg_scope_close(s);
  return status == MFG_OK ? mfg_linear_create(system, &n->linear) : status;
}

mfg_status mfg_newton_reserve(mfg_newton *n) {
  if (n->solved) return MFG_OK;
  mfg_scope *s = mfg_scope_open(n->system->context);
  n->solved = mfg_keep(mfg_zeros_like(s, n->system->u));
  return mfg_scope_close(s);
}

void mfg_newton_release(mfg_newton *n) {
  if (!n->system) return;
  mfg_linear_release(&n->linear);
  mfg_gmres_release(&n->gmres);
  mfg_release(n->base);
  mfg_release(n->change);
  mfg_release(n->solved);
  memset(n, 0, sizeof *n);
}

bool mfg_newton_at_target(const mfg_newton *n) {
  return n->now.viscosity == n->system->model->viscosity;
}

void mfg_newton_begin(mfg_newton *n, double residual) {
  n->followed = true;
  n->now.residual = n->now.first = residual;
  n->now.previous = 0;
}

static mfg_status assign(mfg_newton *n, mfg_array *target, const mfg_array *source) {
  mfg_scope *s = mfg_scope_open(n->system->context);
  mfg_assign(s, target, source);
  return mfg_scope_close(s);
}

/* m_out from u. A residual that is no number is infinite: it is never good enough. */
static mfg_status follow(mfg_newton *n, mfg_residual *residual) {
  mfg_status status = mfg_system_follow(n->system, residual);
  n->followed = true;
  if (isnan(residual->larger)) residual->larger = INFINITY;
  return status;
}

/* ---- the direction ----------------------------------------------------------------------------
 */

static mfg_status apply(void *user) {
  mfg_newton *n = user;
  n->applications++;
  return mfg_linear_apply(&n->linear, n->recorded);
}

/* The part of the defects that the linear solve may leave: as the last step was effective
 * (Eisenstat and Walker 1996, second choice), and no less than the tolerance asks for. */
static double forcing_of(const mfg_newton *n, double tolerance) {
  double ratio = n->now.previous > 0 ? n->now.residual / n->now.previous : 1;
  double forcing = fmax(tightest_forcing, 0.9 * ratio * ratio);
  if (mfg_newton_at_target(n)) forcing = fmax(forcing, 0.3 * tolerance / n->now.residual);
  return fmin(loosest_forcing, forcing);
}

/* The same as a relative tolerance on dm: all of dm0 would make defects of the size `weight`. */
static mfg_status tolerance_of(mfg_newton *n, double tolerance, double *relative) {
  double weight = 0;
  mfg_status status = assign(n, n->linear.direction, n->change);
  if (status == MFG_OK) status = mfg_linear_weigh(&n->linear, &weight);
  double allowed = forcing_of(n, tolerance) * n->now.residual;
  *relative = allowed < loosest_solve * weight ? allowed / weight : loosest_solve;
  return status;
}

/* du and dm, in the linear system's memory; the m that they start from, in `change`. */
static mfg_status find_direction(mfg_newton *n, double tolerance) {
  mfg_system *system = n->system;
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_assign(s, n->base, system->u);
  mfg_assign(s, system->m_in, mfg_system_whole(s, system, system->m_out));
  mfg_linear_take(s, &n->linear, system->m_in);
  mfg_status status = mfg_scope_close(s);
  if (status == MFG_OK && n->linear.congested) status = mfg_system_write_coefficients(system);
  if (status == MFG_OK) status = mfg_linear_start(&n->linear, n->recorded);
  if (status == MFG_OK) status = assign(n, n->change, n->linear.image);
  double relative;
  if (status == MFG_OK) status = tolerance_of(n, tolerance, &relative);
  if (status == MFG_OK)
    status = mfg_gmres_solve(system->context, &n->gmres, apply, n, n->linear.direction,
                             n->linear.image, n->change, relative);
  if (status == MFG_OK) status = mfg_linear_finish(&n->linear, n->recorded);
  return status == MFG_OK ? assign(n, n->change, system->m_in) : status;
}

/* u, and where coefficients depend on it m_in, that far along the direction. */
static mfg_status go(mfg_newton *n, double length) {
  mfg_system *system = n->system;
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_assign(s, system->u, mfg_add(s, n->base, mfg_mul(s, n->linear.du, length)));
  if (n->linear.congested)
    mfg_assign(s, system->m_in, mfg_add(s, n->change, mfg_mul(s, n->linear.direction, length)));
  mfg_status status = mfg_scope_close(s);
  return status == MFG_OK && n->linear.congested ? mfg_system_project(system) : status;
}

/* The longest of a few steps that lessens the residual; u is back at the base where none does. */
static mfg_status search(mfg_newton *n, mfg_residual *residual, bool *found) {
  *found = false;
  for (double length = 1; length >= least_length && !*found; length *= 0.5) {
    mfg_status status = go(n, length);
    if (status == MFG_OK) status = follow(n, residual);
    if (status != MFG_OK) return status;
    *found = residual->larger < (1 - 1e-4 * length) * n->now.residual;
  }
  return *found ? MFG_OK : go(n, 0);
}

/* ---- from one viscosity to the next -----------------------------------------------------------
 */

static mfg_status change_viscosity(mfg_newton *n, double viscosity) {
  n->now.viscosity = viscosity;
  return mfg_system_set_parameters(n->system, viscosity, n->system->step);
}

/* On from the last solution. */
static mfg_status lower_viscosity(mfg_newton *n, mfg_residual *residual) {
  double target = n->system->model->viscosity;
  double next = n->now.solved_viscosity * n->now.factor;
  bool there = next < 1.01 * target || next < 1e-3 * n->now.factor;
  mfg_status status = change_viscosity(n, there ? target : next);
  if (status == MFG_OK) status = assign(n, n->system->u, n->solved);
  if (status == MFG_OK) status = follow(n, residual);
  if (status == MFG_OK) mfg_newton_begin(n, residual->larger);
  return status;
}

/* A solution on the way: remember it and go on from it. */
static mfg_status advance(mfg_newton *n, mfg_residual *residual) {
  mfg_status status = mfg_newton_reserve(n);
  if (status == MFG_OK) status = assign(n, n->solved, n->system->u);
  n->now.solved_viscosity = n->now.viscosity;
  return status == MFG_OK ? lower_viscosity(n, residual) : status;
}

/* From the start, with more viscosity than before, until a sweep succeeds. */
static mfg_status raise_viscosity(mfg_newton *n, mfg_residual *residual) {
  mfg_system *system = n->system;
  const mfg_grid *grid = &system->model->grid;
  double length = grid->axis[0].upper - grid->axis[0].lower;
  double least = 1e-3 * length * length / grid->horizon;
  while (++n->now.raises <= most_raises) {
    mfg_status status = change_viscosity(n, fmax(raise * n->now.viscosity, least));
    mfg_scope *s = mfg_scope_open(system->context);
    mfg_assign(s, system->m_in, system->initial_density);
    mfg_assign(s, system->u, 0.0);
    mfg_status closed = mfg_scope_close(s);
    if (status == MFG_OK) status = closed;
    if (status == MFG_OK) status = mfg_system_sweep(system, residual);
    if (status == MFG_OK && isfinite(residual->larger)) {
      mfg_newton_begin(n, residual->larger);
      return MFG_OK;
    }
    if (status != MFG_OK && status != MFG_ERROR_REPEAT_LIMIT) return status;
  }
  return MFG_ERROR_NOT_CONVERGED;
}

/* Newton's method got stuck: a smaller step down from the last solution, or further up. */
static mfg_status retreat(mfg_newton *n, mfg_residual *residual) {
  if (!(n->now.solved_viscosity > n->now.viscosity)) return raise_viscosity(n, residual);
  n->now.factor = sqrt(n->now.factor);
  return n->now.factor > slowest ? MFG_ERROR_NOT_CONVERGED : lower_viscosity(n, residual);
}

mfg_status mfg_newton_step(mfg_newton *n, double tolerance, mfg_residual *residual) {
  mfg_status status = n->followed ? MFG_OK : follow(n, residual);
  bool solved = !mfg_newton_at_target(n) && n->now.residual <= near_enough * n->now.first;
  if (status == MFG_OK && solved) status = advance(n, residual);
  if (status == MFG_OK) status = find_direction(n, tolerance);
  bool found;
  if (status == MFG_OK) status = search(n, residual, &found);
  if (status != MFG_OK) return status;
  if (!found) return retreat(n, residual);
  n->now.previous = n->now.residual;
  n->now.residual = residual->larger;
  return MFG_OK;
}
