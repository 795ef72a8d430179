/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "system/linear.h"

#include <math.h>
#include <string.h>

mfg_status mfg_linear_create(mfg_system *system, mfg_linear *l) {
  memset(l, 0, sizeof *l);
  l->system = system;
  mfg_scope *s = mfg_scope_open(system->context);
  const mfg_model *model = system->model;
  mfg_lower_space steps = mfg_system_space(system, false), last = mfg_system_space(system, true);
  if (model->coupling) l->coupling = mfg_tangent_create(s, model->coupling, &steps);
  l->constant = mfg_tangent_create(s, model->hamiltonian.constant, &steps);
  if (model->terminal_cost) l->terminal = mfg_tangent_create(s, model->terminal_cost, &last);
  mfg_linear_create_congestion(s, l);
  l->direction = mfg_keep(mfg_zeros_like(s, system->m_in));
  l->image = mfg_keep(mfg_zeros_like(s, system->m_in));
  int64_t shape[MFG_MAX_RANK];
  memcpy(shape, system->stages_shape, sizeof shape);
  l->du = mfg_keep(mfg_zeros(s, system->type, system->rank, shape));
  l->y = mfg_keep(mfg_zeros(s, system->type, system->rank, shape));
  return mfg_scope_close(s);
}

void mfg_linear_release(mfg_linear *l) {
  mfg_recording_release(l->start);
  mfg_recording_release(l->application);
  mfg_recording_release(l->finish);
  mfg_tangent_release(l->coupling);
  mfg_tangent_release(l->constant);
  mfg_tangent_release(l->terminal);
  for (int d = 0; d < MFG_PROBLEM_MAXIMUM_AXES; d++) {
    mfg_tangent_release(l->quadratic[d]);
    mfg_tangent_release(l->linear[d]);
  }
  mfg_release(l->direction);
  mfg_release(l->image);
  mfg_release(l->du);
  mfg_release(l->y);
  memset(l, 0, sizeof *l);
}

mfg_status mfg_linear_take(mfg_scope *s, mfg_linear *l, const mfg_array *density) {
  int64_t steps = l->system->steps_shape[0];
  mfg_array *m = mfg_system_levels(s, density, 1, steps + 1);
  if (l->coupling) mfg_tangent_take(s, l->coupling, m);
  mfg_tangent_take(s, l->constant, m);
  mfg_linear_take_congestion(s, l, m);
  if (l->terminal)
    mfg_tangent_take(s, l->terminal, mfg_system_levels(s, density, steps, steps + 1));
  return mfg_scope_status(s);
}

/* What a change of m adds to the right side of the stages along an axis; NULL for nothing. */
static mfg_array *cost_along(mfg_scope *s, const mfg_linear *l, int axis) {
  const mfg_system *system = l->system;
  mfg_array *cost = NULL;
  if (axis == 0) {
    mfg_array *dm = mfg_system_levels(s, l->direction, 1, system->levels_shape[0]);
    mfg_array *constant = mfg_tangent_apply(s, l->constant, dm);
    cost = l->coupling ? mfg_tangent_apply(s, l->coupling, dm) : NULL;
    if (constant) cost = cost ? mfg_sub(s, cost, constant) : mfg_negative(s, constant);
    if (cost) cost = mfg_system_outside_obstacles(s, system, mfg_mul(s, cost, system->time_step));
  }
  if (!l->congested) return cost;
  mfg_array *change = mfg_linear_congestion_cost(s, l, axis);
  return cost ? mfg_sub(s, cost, change) : mfg_negative(s, change);
}

/* Whether the stages along an axis have such costs. */
static bool has_costs(const mfg_linear *l, int axis) {
  return axis == 0 || l->congested;
}

/* The changes of the running costs, into what stands above each stage in `y`, which serves as their
 * memory until the forward sweep needs it; that of the terminal cost, into the last level of du. */
static mfg_status write_costs(mfg_linear *l) {
  mfg_system *system = l->system;
  int64_t steps = system->steps_shape[0], stages = mfg_system_stage_count(system);
  mfg_scope *s = mfg_scope_open(system->context);
  for (int d = 0; d < system->model->grid.axes; d++) {
    if (!has_costs(l, d)) continue;
    mfg_array *cost = cost_along(s, l, d), *costs = mfg_system_above(s, system, l->y, d);
    if (cost)
      mfg_assign(s, costs, cost);
    else
      mfg_assign(s, costs, 0.0);
  }
  mfg_array *last = mfg_system_levels(s, l->du, stages, stages + 1);
  mfg_array *dm_last = mfg_system_levels(s, l->direction, steps, steps + 1);
  mfg_array *terminal = l->terminal ? mfg_tangent_apply(s, l->terminal, dm_last) : NULL;
  if (terminal)
    mfg_assign(s, last, mfg_system_outside_obstacles(s, system, terminal));
  else
    mfg_assign(s, last, 0.0);
  return mfg_scope_close(s);
}

/* Takes the defects from what stands above each stage in `y`, and from the last level of du. */
static mfg_status add_defects(mfg_linear *l, bool to_costs) {
  mfg_system *system = l->system;
  int64_t stages = mfg_system_stage_count(system);
  mfg_scope *s = mfg_scope_open(system->context);
  for (int d = 0; d < system->model->grid.axes; d++) {
    mfg_array *y = mfg_system_above(s, system, l->y, d);
    mfg_array *defect = mfg_system_value_defect(s, system, d);
    mfg_assign(s, y, to_costs && has_costs(l, d) ? mfg_sub(s, y, defect) : mfg_negative(s, defect));
  }
  mfg_array *last = mfg_system_levels(s, l->du, stages, stages + 1);
  mfg_array *defect = mfg_system_terminal_defect(s, system);
  mfg_assign(s, last, to_costs ? mfg_sub(s, last, defect) : mfg_negative(s, defect));
  return mfg_scope_close(s);
}

/* `defects`: there is something to take in above every stage, not above those of costs alone. */
static mfg_status stage_back(mfg_linear *l, int64_t k, bool defects) {
  mfg_system *system = l->system;
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_upwind upwind = mfg_system_upwind_at(s, system, k);
  mfg_upwind_differences d = mfg_upwind_differences_of(s, &upwind, mfg_at(s, system->u, 0, k));
  mfg_upwind_matrix matrix = mfg_upwind_linearised(s, &upwind, &d);
  mfg_array *right = mfg_at(s, l->du, 0, k + 1);
  if (defects || has_costs(l, mfg_system_stage_axis(system, k)))
    right = mfg_add(s, right, mfg_at(s, l->y, 0, k + 1));
  mfg_assign(s, mfg_at(s, l->du, 0, k),
             mfg_line_solve(s, matrix.lower, matrix.diagonal, matrix.upper, right, upwind.axis,
                            upwind.periodic));
  return mfg_scope_close(s);
}

/* (dt A'(u) du)' m of the stages along an axis. */
static mfg_array *fluxes_along(mfg_scope *s, const mfg_linear *l, int axis) {
  const mfg_system *system = l->system;
  const mfg_upwind *upwind = &system->upwind[axis];
  mfg_upwind_differences d =
      mfg_upwind_differences_of(s, upwind, mfg_system_below(s, system, system->u, axis));
  mfg_upwind_differences change =
      mfg_upwind_differences_of_change(s, upwind, mfg_system_below(s, system, l->du, axis));
  return mfg_upwind_bending(s, upwind, &d, &change,
                            mfg_system_above(s, system, system->m_out, axis));
}

/* What the stages take out on their right side, into what stands above them in `y`: the fluxes, and
 * where coefficients depend on m, either what dm does to them or the defects. */
static mfg_status write_fluxes(mfg_linear *l, bool defects) {
  mfg_system *system = l->system;
  mfg_scope *s = mfg_scope_open(system->context);
  for (int d = 0; d < system->model->grid.axes; d++) {
    mfg_array *flux = fluxes_along(s, l, d);
    if (l->congested)
      flux = mfg_add(s, flux,
                     defects ? mfg_system_density_defect(s, system, d)
                             : mfg_linear_congestion_flux(s, l, d));
    mfg_assign(s, mfg_system_above(s, system, l->y, d), flux);
  }
  return mfg_scope_close(s);
}

/* The stage takes its flux out of the place that its solution goes to. */
static mfg_status stage_forth(mfg_linear *l, int64_t k) {
  mfg_system *system = l->system;
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_upwind upwind = mfg_system_upwind_at(s, system, k);
  mfg_upwind_differences d = mfg_upwind_differences_of(s, &upwind, mfg_at(s, system->u, 0, k));
  mfg_upwind_matrix matrix = mfg_upwind_transposed(s, &upwind, &d);
  mfg_array *y = mfg_at(s, l->y, 0, k + 1);
  mfg_array *right = mfg_sub(s, mfg_at(s, l->y, 0, k), y);
  mfg_assign(s, y,
             mfg_line_solve(s, matrix.lower, matrix.diagonal, matrix.upper, right, upwind.axis,
                            upwind.periodic));
  return mfg_scope_close(s);
}

/* ---- sweeps -----------------------------------------------------------------------------------
 */

static mfg_status sweep_back(mfg_linear *l, bool defects) {
  mfg_status status = MFG_OK;
  for (int64_t k = mfg_system_stage_count(l->system) - 1; k >= 0 && status == MFG_OK; k--)
    status = stage_back(l, k, defects);
  return status;
}

static mfg_status sweep_forth(mfg_linear *l, bool defects) {
  mfg_scope *s = mfg_scope_open(l->system->context);
  mfg_assign(s, mfg_at(s, l->y, 0, 0), 0.0);
  mfg_status status = mfg_scope_close(s);
  if (status == MFG_OK) status = write_fluxes(l, defects);
  for (int64_t k = 0; k < mfg_system_stage_count(l->system) && status == MFG_OK; k++)
    status = stage_forth(l, k);
  return status;
}

static mfg_status run_start(mfg_linear *l) {
  mfg_status status = add_defects(l, false);
  if (status == MFG_OK) status = sweep_back(l, true);
  if (status == MFG_OK) status = sweep_forth(l, true);
  mfg_scope *s = mfg_scope_open(l->system->context);
  mfg_assign(s, l->image, mfg_system_whole(s, l->system, l->y));
  mfg_status closed = mfg_scope_close(s);
  return status != MFG_OK ? status : closed;
}

static mfg_status run_application(mfg_linear *l) {
  mfg_status status = write_costs(l);
  if (status == MFG_OK) status = sweep_back(l, false);
  if (status == MFG_OK) status = sweep_forth(l, false);
  mfg_scope *s = mfg_scope_open(l->system->context);
  mfg_assign(s, l->image, mfg_sub(s, l->direction, mfg_system_whole(s, l->system, l->y)));
  mfg_status closed = mfg_scope_close(s);
  return status != MFG_OK ? status : closed;
}

static mfg_status run_finish(mfg_linear *l) {
  mfg_status status = write_costs(l);
  if (status == MFG_OK) status = add_defects(l, true);
  return status == MFG_OK ? sweep_back(l, true) : status;
}

static mfg_status replay(mfg_linear *l, bool recorded, mfg_status (*run)(mfg_linear *),
                         mfg_recording **recording) {
  if (!recorded) return run(l);
  if (!*recording) {
    mfg_status status = mfg_record_begin(l->system->context);
    if (status != MFG_OK) return status;
    mfg_status ran = run(l);
    status = mfg_record_end(l->system->context, recording);
    if (ran != MFG_OK || status != MFG_OK) return ran != MFG_OK ? ran : status;
  }
  return mfg_replay(*recording);
}

mfg_status mfg_linear_start(mfg_linear *l, bool recorded) {
  return replay(l, recorded, run_start, &l->start);
}

mfg_status mfg_linear_apply(mfg_linear *l, bool recorded) {
  return replay(l, recorded, run_application, &l->application);
}

mfg_status mfg_linear_finish(mfg_linear *l, bool recorded) {
  return replay(l, recorded, run_finish, &l->finish);
}

static double square_of(mfg_scope *s, mfg_array *array) {
  return mfg_item(s, mfg_sum(s, mfg_mul(s, array, array), MFG_ALL_AXES));
}

mfg_status mfg_linear_weigh(mfg_linear *l, double *norm) {
  mfg_system *system = l->system;
  int64_t stages = mfg_system_stage_count(system);
  mfg_status status = write_costs(l);
  mfg_scope *s = mfg_scope_open(system->context);
  double of_stages = 0;
  for (int d = 0; d < system->model->grid.axes; d++) {
    if (has_costs(l, d)) of_stages += square_of(s, mfg_system_above(s, system, l->y, d));
    if (l->congested) of_stages += square_of(s, mfg_linear_congestion_flux(s, l, d));
  }
  double of_end = square_of(s, mfg_system_levels(s, l->du, stages, stages + 1));
  *norm = sqrt(mfg_grid_cell_volume(&system->model->grid) * (of_stages / system->step + of_end));
  mfg_status closed = mfg_scope_close(s);
  return status != MFG_OK ? status : closed;
}
