/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <float.h>
#include <math.h>

#include "fp/step.h"
#include "system/system.h"

/* One level of coefficients over the steps; those with one level serve all. */
static mfg_array *level_of(mfg_scope *s, const mfg_array *array, int64_t level) {
  return mfg_at(s, array, 0, array && mfg_array_shape(array)[0] == 1 ? 0 : level);
}

mfg_upwind mfg_system_upwind_at(mfg_scope *s, const mfg_system *system, int64_t stage) {
  const mfg_upwind *all = &system->upwind[mfg_system_stage_axis(system, stage)];
  int64_t step = mfg_system_stage_step(system, stage);
  return (mfg_upwind){.curvature = level_of(s, all->curvature, step),
                      .right = level_of(s, all->right, step),
                      .left = level_of(s, all->left, step),
                      .weight_right =
                          all->weight_right ? level_of(s, all->weight_right, step) : NULL,
                      .weight_left = all->weight_left ? level_of(s, all->weight_left, step) : NULL,
                      .exit_upper = all->exit_upper ? level_of(s, all->exit_upper, step) : NULL,
                      .exit_lower = all->exit_lower ? level_of(s, all->exit_lower, step) : NULL,
                      .axis = all->axis - 1,
                      .periodic = all->periodic};
}

/* The coefficients of all steps at a density, and what counts as rounding: the residual of a row is
 * known to the unit roundoff times the sum of its entries' magnitudes, 1 + 2 (r+ + r-) or so. */
static void write_steps(mfg_scope *s, mfg_system *system, const mfg_array *density) {
  mfg_array *most = NULL;
  for (int d = 0; d < system->model->grid.axes; d++) {
    mfg_upwind *memory = &system->upwind[d];
    mfg_upwind made = mfg_system_upwind(s, system, d, density);
    mfg_assign(s, memory->curvature, made.curvature);
    mfg_assign(s, memory->right, made.right);
    mfg_assign(s, memory->left, made.left);
    mfg_array *entries = mfg_mul(s, mfg_add(s, memory->right, memory->left),
                                 mfg_grid_has_exit(&system->model->grid) ? 2.0 : 1.0);
    mfg_array *sum = mfg_max(s, entries, MFG_ALL_AXES);
    most = most ? mfg_maximum(s, most, sum) : sum;
  }
  mfg_assign(s, system->source, mfg_system_source(s, system, density));
  double unit = system->type == MFG_FLOAT64 ? DBL_EPSILON : (double)FLT_EPSILON;
  mfg_assign(s, system->test.rounding,
             mfg_mul(s, mfg_add(s, mfg_mul(s, most, 2.0), 1.0), 4 * unit));
}

mfg_status mfg_system_write_coefficients(mfg_system *system) {
  mfg_scope *s = mfg_scope_open(system->context);
  write_steps(s, system, mfg_system_levels(s, system->m_in, 1, system->levels_shape[0]));
  return mfg_scope_close(s);
}

mfg_status mfg_system_write_data(mfg_system *system, const mfg_array *trajectory) {
  int64_t steps = system->steps_shape[0], stages = mfg_system_stage_count(system);
  mfg_scope *s = mfg_scope_open(system->context);
  write_steps(s, system, mfg_system_levels(s, trajectory, 1, steps + 1));
  mfg_array *last = mfg_system_levels(s, trajectory, steps, steps + 1);
  mfg_assign(s, mfg_system_levels(s, system->u, stages, stages + 1),
             mfg_system_terminal(s, system, last));
  return mfg_scope_close(s);
}

static mfg_status stage_back(mfg_system *system, int64_t k) {
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_upwind upwind = mfg_system_upwind_at(s, system, k);
  bool takes_cost = mfg_system_stage_axis(system, k) == 0;
  mfg_hjb_step(s, &upwind, &system->test, mfg_at(s, system->u, 0, k),
               mfg_at(s, system->u, 0, k + 1),
               takes_cost ? level_of(s, system->source, mfg_system_stage_step(system, k)) : NULL);
  return mfg_scope_close(s);
}

static mfg_status stage_forth(mfg_system *system, int64_t k) {
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_upwind upwind = mfg_system_upwind_at(s, system, k);
  mfg_fp_step(s, &upwind, mfg_at(s, system->m_out, 0, k + 1), mfg_at(s, system->m_out, 0, k),
              mfg_at(s, system->u, 0, k));
  return mfg_scope_close(s);
}

/* ---- what is left ------------------------------------------------------------------------------
 */

/* The data of all stages of a step are taken at the level above it. */
static mfg_array *density_of_steps(mfg_scope *s, const mfg_system *system) {
  mfg_array *levels = mfg_system_whole(s, system, system->m_out);
  return mfg_system_levels(s, levels, 1, system->levels_shape[0]);
}

mfg_array *mfg_system_value_defect(mfg_scope *s, const mfg_system *system, int axis) {
  mfg_array *density = density_of_steps(s, system);
  mfg_array *u = mfg_system_below(s, system, system->u, axis);
  mfg_upwind upwind = mfg_system_upwind(s, system, axis, density);
  mfg_upwind_differences d = mfg_upwind_differences_of(s, &upwind, u);
  mfg_array *change = mfg_sub(s, u, mfg_system_above(s, system, system->u, axis));
  mfg_array *defect = mfg_add(s, change, mfg_upwind_hamiltonian(s, &upwind, &d));
  return axis == 0 ? mfg_sub(s, defect, mfg_system_source(s, system, density)) : defect;
}

mfg_array *mfg_system_density_defect(mfg_scope *s, const mfg_system *system, int axis) {
  mfg_upwind upwind = mfg_system_upwind(s, system, axis, density_of_steps(s, system));
  mfg_upwind_differences d =
      mfg_upwind_differences_of(s, &upwind, mfg_system_below(s, system, system->u, axis));
  mfg_upwind_matrix matrix = mfg_upwind_transposed(s, &upwind, &d);
  mfg_array *above = mfg_system_above(s, system, system->m_out, axis);
  return mfg_sub(s, mfg_upwind_multiply(s, &upwind, &matrix, above),
                 mfg_system_below(s, system, system->m_out, axis));
}

mfg_array *mfg_system_terminal_defect(mfg_scope *s, const mfg_system *system) {
  int64_t stages = mfg_system_stage_count(system);
  mfg_array *u_last = mfg_system_levels(s, system->u, stages, stages + 1);
  mfg_array *m_last = mfg_system_levels(s, system->m_out, stages, stages + 1);
  return mfg_sub(s, u_last, mfg_system_terminal(s, system, m_last));
}

static mfg_array *sum_of_squares(mfg_scope *s, mfg_array *defect) {
  return mfg_sum(s, mfg_mul(s, defect, defect), MFG_ALL_AXES);
}

/* The two equations of an axis in one kernel. */
static mfg_status write_residual(mfg_system *system) {
  mfg_scope *s = mfg_scope_open(system->context);
  int axes = system->model->grid.axes;
  for (int d = 0; d < axes; d++) {
    mfg_array *sources[] = {sum_of_squares(s, mfg_system_value_defect(s, system, d)),
                            sum_of_squares(s, mfg_system_density_defect(s, system, d))};
    mfg_array *targets[] = {mfg_at(s, system->squares, 0, d),
                            mfg_at(s, system->squares, 0, axes + d)};
    mfg_assign_many(s, 2, targets, sources);
  }
  mfg_assign(s, mfg_at(s, system->squares, 0, 2 * axes),
             sum_of_squares(s, mfg_system_terminal_defect(s, system)));
  return mfg_scope_close(s);
}

/* ---- sweeps -----------------------------------------------------------------------------------
 */

static mfg_status run_follow(mfg_system *system) {
  int64_t stages = mfg_system_stage_count(system);
  mfg_status status =
      mfg_system_is_congested(system) ? mfg_system_write_coefficients(system) : MFG_OK;
  for (int64_t k = 0; k < stages && status == MFG_OK; k++)
    status = stage_forth(system, k);
  return status == MFG_OK ? write_residual(system) : status;
}

mfg_status mfg_system_run(mfg_system *system) {
  mfg_status status = mfg_system_write_data(system, system->m_in);
  for (int64_t k = mfg_system_stage_count(system) - 1; k >= 0 && status == MFG_OK; k--)
    status = stage_back(system, k);
  return status == MFG_OK ? run_follow(system) : status;
}

static mfg_status record(mfg_system *system, mfg_status (*run)(mfg_system *),
                         mfg_recording **recording) {
  mfg_recording_release(*recording);
  *recording = NULL;
  mfg_status status = mfg_record_begin(system->context);
  if (status != MFG_OK) return status;
  mfg_status ran = run(system);
  status = mfg_record_end(system->context, recording);
  return ran != MFG_OK ? ran : status;
}

mfg_status mfg_system_record(mfg_system *system, bool follow) {
  mfg_status status = record(system, mfg_system_run, &system->sweep);
  return status == MFG_OK && follow ? record(system, run_follow, &system->follow) : status;
}

static mfg_status read_residual(mfg_system *system, mfg_residual *residual) {
  double squares[2 * MFG_PROBLEM_MAXIMUM_AXES + 1] = {0}, of_u = 0, of_m = 0;
  int axes = system->model->grid.axes;
  size_t bytes = (size_t)(2 * axes + 1) * sizeof(double);
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_array *wide = mfg_astype(s, system->squares, MFG_FLOAT64);
  mfg_status status = wide ? mfg_to_host(wide, squares, bytes) : mfg_scope_status(s);
  mfg_status closed = mfg_scope_close(s);
  for (int d = 0; d < axes; d++) {
    of_u += squares[d];
    of_m += squares[axes + d];
  }
  double volume = mfg_grid_cell_volume(&system->model->grid);
  residual->value_function = sqrt(volume * (of_u / system->step + squares[2 * axes]));
  residual->density = sqrt(volume * of_m / system->step);
  residual->larger =
      residual->value_function >= residual->density ? residual->value_function : residual->density;
  if (isnan(residual->value_function) || isnan(residual->density)) residual->larger = NAN;
  return status != MFG_OK ? status : closed;
}

mfg_status mfg_system_sweep(mfg_system *system, mfg_residual *residual) {
  mfg_status status = system->sweep ? mfg_replay(system->sweep) : mfg_system_run(system);
  return status == MFG_OK ? read_residual(system, residual) : status;
}

mfg_status mfg_system_follow(mfg_system *system, mfg_residual *residual) {
  mfg_status status = system->follow ? mfg_replay(system->follow) : run_follow(system);
  return status == MFG_OK ? read_residual(system, residual) : status;
}

mfg_status mfg_system_set_parameters(mfg_system *system, double viscosity, double time_step) {
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_assign(s, system->viscosity, viscosity);
  mfg_assign(s, system->time_step, time_step);
  system->step = time_step;
  mfg_status status = mfg_scope_close(s);
  if (status == MFG_OK) status = mfg_system_prepare(system);
  if (status != MFG_OK) return status;
  return mfg_system_write_coefficients(system);
}

mfg_status mfg_system_project(mfg_system *system) {
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

/* The mass on each level, with what has left before it, as parts of the initial mass. */
mfg_status mfg_system_measure(mfg_system *system, mfg_measures *measures) {
  int64_t steps = system->steps_shape[0];
  uint32_t cells = ((1u << system->rank) - 1) & ~MFG_AXIS(0);
  double scale = mfg_grid_cell_volume(&system->model->grid) / system->initial_mass;
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_array *density = mfg_system_whole(s, system, system->m_out);
  mfg_array *mass = mfg_mul(s, mfg_sum(s, density, cells), scale);
  mfg_array *outflow = mfg_system_outflow(s, system);
  *measures = (mfg_measures){0};
  if (outflow) {
    mfg_array *left = mfg_cumulative_sum(s, mfg_mul(s, outflow, scale), 0);
    measures->mass_left = mfg_item(s, mfg_at(s, left, 0, steps - 1));
    mfg_array *parts[] = {mfg_zeros(s, system->type, 1, (int64_t[]){1}), left};
    mass = mfg_add(s, mass, mfg_concat(s, 2, parts, 0));
  }
  mfg_array *error = mfg_abs(s, mfg_sub(s, mass, 1.0));
  measures->mass_error = mfg_item(s, mfg_max(s, error, MFG_ALL_AXES));
  measures->least = mfg_item(s, mfg_min(s, system->m_out, MFG_ALL_AXES));
  return mfg_scope_close(s);
}
