/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coupling/newton.h"

#include <math.h>
#include <string.h>

static const double least_length = 1.0 / 8; /* of a step before it is given up */
static const double most_detours = 5;
static const double loosest_forcing = 0.05;  /* relative tolerance of linear solves: 0.05 far */
static const double tightest_forcing = 1e-4; /* away, in the end as small as the steps deserve */
static const double near_enough = 1e-3;      /* |Phi(m) - m|/|m| that ends a viscosity on the way */
static const double raise = 4, slowest = 0.97, most_raises = 12;

mfg_status mfg_newton_create(mfg_newton *n, mfg_system *system, bool recorded) {
  memset(n, 0, sizeof *n);
  n->system = system;
  n->recorded = recorded;
  n->now.viscosity = system->model->viscosity;
  n->now.factor = 0.5;
  mfg_scope *s = mfg_scope_open(system->context);
  n->base = mfg_keep(mfg_zeros_like(s, system->m_in));
  n->change = mfg_keep(mfg_zeros_like(s, system->m_in));
  n->solved = mfg_keep(mfg_zeros_like(s, system->m_in));
  mfg_status status = mfg_scope_close(s);
  return status == MFG_OK ? mfg_linear_create(system, &n->linear) : status;
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

mfg_status mfg_density_project(mfg_system *system) {
  mfg_scope *s = mfg_scope_open(system->context);
  uint32_t cells = ((1u << system->rank) - 1) & ~MFG_AXIS(0);
  double volume = mfg_grid_cell_volume(&system->model->grid);
  mfg_assign(s, system->m_in, mfg_maximum(s, system->m_in, 0.0));
  if (mfg_grid_has_exit(&system->model->grid)) return mfg_scope_close(s);
  mfg_array *mass = mfg_mul(s, mfg_reduce(s, MFG_REDUCE_SUM, system->m_in, cells, true), volume);
  mfg_array *factor = mfg_div(s, system->initial_mass, mass);
  mfg_assign(s, system->m_in, mfg_mul(s, system->m_in, factor));
  return mfg_scope_close(s);
}

static mfg_status set_density(mfg_newton *n, const mfg_array *density) {
  mfg_scope *s = mfg_scope_open(n->system->context);
  mfg_assign(s, n->system->m_in, density);
  mfg_assign(s, n->system->u, 0.0); /* after a failure it may hold what is no number */
  return mfg_scope_close(s);
}

/* ---- along the direction -----------------------------------------------------------------------
 */

/* |Phi(m) - m| and |m| in the norm of the sums of squares. */
static mfg_status measure(mfg_newton *n, double *change, double *size) {
  mfg_system *system = n->system;
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_array *difference = mfg_sub(s, mfg_system_whole(s, system, system->m_out), system->m_in);
  mfg_array *squares[] = {mfg_sum(s, mfg_mul(s, difference, difference), MFG_ALL_AXES),
                          mfg_sum(s, mfg_mul(s, system->m_in, system->m_in), MFG_ALL_AXES)};
  mfg_eval_many(s, 2, squares);
  *change = sqrt(mfg_item(s, squares[0]));
  *size = sqrt(mfg_item(s, squares[1]));
  return mfg_scope_close(s);
}

static mfg_status try_length(mfg_newton *n, double length) {
  mfg_system *system = n->system;
  n->now.length = length;
  n->now.trial = 1;
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_array *step = mfg_mul(s, n->linear.direction, length);
  mfg_assign(s, system->m_in, mfg_add(s, n->base, step));
  mfg_status status = mfg_scope_close(s);
  return status == MFG_OK ? mfg_density_project(system) : status;
}

static mfg_status apply(void *user) {
  mfg_newton *n = user;
  n->applications++;
  return mfg_linear_apply(&n->linear, n->recorded);
}

/* Half a step of Picard's iteration from the base. */
static mfg_status detour(mfg_newton *n) {
  n->now.detours++;
  n->now.trial = 0;
  mfg_scope *s = mfg_scope_open(n->system->context);
  mfg_assign(s, n->system->m_in, mfg_add(s, n->base, mfg_mul(s, n->change, 0.5)));
  return mfg_scope_close(s);
}

/* How exact the linear solve is to be: as the last step was effective (Eisenstat and Walker 1996,
 * second choice), and no more than the tolerance asks for. */
static double forcing_of(const mfg_newton *n, double norm, double residual, double tolerance) {
  double ratio = n->now.base_norm > 0 ? norm / n->now.base_norm : 1;
  double forcing = fmax(tightest_forcing, 0.9 * ratio * ratio);
  if (mfg_newton_at_target(n)) forcing = fmax(forcing, 0.2 * tolerance / residual);
  return fmin(loosest_forcing, forcing);
}

/* A new direction from m_in:  (1 - Phi'(m)) direction = Phi(m) - m. */
static mfg_status new_direction(mfg_newton *n, double norm, double forcing) {
  mfg_system *system = n->system;
  n->now.base_norm = norm;
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_array *targets[] = {n->base, n->change};
  mfg_array *image = mfg_system_whole(s, system, system->m_out);
  mfg_array *sources[] = {system->m_in, mfg_sub(s, image, system->m_in)};
  mfg_assign_many(s, 2, targets, sources);
  mfg_status status = mfg_scope_close(s);
  if (status == MFG_OK) status = mfg_linear_take(&n->linear);
  int applications;
  double reached;
  if (status == MFG_OK)
    status = mfg_gmres_solve(system->context, &n->gmres, apply, n, n->linear.direction,
                             n->linear.image, n->change, forcing, &applications, &reached);
  if (status != MFG_OK) return status;
  bool solved = reached <= 2 * forcing || n->now.detours >= most_detours;
  return solved ? try_length(n, 1) : detour(n);
}

/* ---- from one viscosity to the next ------------------------------------------------------------
 */

static mfg_status change_viscosity(mfg_newton *n, double viscosity, const mfg_array *density) {
  n->now.viscosity = viscosity;
  n->now.trial = 0;
  n->now.detours = 0;
  n->now.base_norm = 0;
  mfg_status status = mfg_system_set_parameters(n->system, viscosity, n->system->step);
  return status == MFG_OK ? set_density(n, density) : status;
}

static mfg_status lower_viscosity(mfg_newton *n, const mfg_array *from) {
  double target = n->system->model->viscosity;
  double next = n->now.solved_viscosity * n->now.factor;
  return change_viscosity(n, next < 1.01 * target || next < 1e-3 * n->now.factor ? target : next,
                          from);
}

/* A solution on the way: remember it and go on from it. */
static mfg_status advance(mfg_newton *n) {
  mfg_scope *s = mfg_scope_open(n->system->context);
  mfg_assign(s, n->solved, mfg_system_whole(s, n->system, n->system->m_out));
  mfg_status status = mfg_scope_close(s);
  n->now.solved_viscosity = n->now.viscosity;
  return status == MFG_OK ? lower_viscosity(n, n->solved) : status;
}

/* Newton's method got stuck: a smaller step down from the last solution, or further up. */
static mfg_status retreat(mfg_newton *n) {
  const mfg_grid *grid = &n->system->model->grid;
  if (n->now.solved_viscosity > n->now.viscosity) {
    n->now.factor = sqrt(n->now.factor);
    return n->now.factor > slowest ? MFG_ERROR_NOT_CONVERGED : lower_viscosity(n, n->solved);
  }
  if (++n->now.raises > most_raises) return MFG_ERROR_NOT_CONVERGED;
  double length = grid->axis[0].upper - grid->axis[0].lower;
  double least = 1e-3 * length * length / grid->horizon;
  return change_viscosity(n, fmax(raise * n->now.viscosity, least), n->system->initial_density);
}

/* The trial did not do: a shorter one, or another way. */
static mfg_status take_back(mfg_newton *n, bool finite) {
  mfg_status status = finite ? MFG_OK : set_density(n, n->base);
  if (status != MFG_OK) return status;
  if (n->now.length > least_length) return try_length(n, 0.5 * n->now.length);
  return n->now.detours < most_detours ? detour(n) : retreat(n);
}

mfg_status mfg_newton_step(mfg_newton *n, double residual, double tolerance) {
  double norm = NAN, size = 1;
  mfg_status status = isfinite(residual) ? measure(n, &norm, &size) : MFG_OK;
  if (status != MFG_OK) return status;
  if (n->now.trial != 0 && !(norm < (1 - 1e-4 * n->now.length) * n->now.base_norm))
    return take_back(n, isfinite(norm));
  if (!isfinite(norm)) return retreat(n);
  if (n->now.trial != 0 && n->now.length == 1) n->now.detours = 0;
  if (!mfg_newton_at_target(n) && norm <= near_enough * size) return advance(n);
  return new_direction(n, norm, forcing_of(n, norm, residual, tolerance));
}
