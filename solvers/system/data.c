/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/error.h"
#include "system/system.h"

/* ---- host values ----------------------------------------------------------------------------- */

/* Host values in the type of the system, in memory of their own. */
static mfg_array *upload(mfg_scope *s, mfg_dtype type, int rank, const int64_t *shape,
                         const double *values) {
  if (type == MFG_FLOAT64) return mfg_from_host(s, type, rank, shape, values);
  size_t count = 1;
  for (int i = 0; i < rank; i++)
    count *= (size_t)shape[i];
  float *narrow = malloc(count * sizeof *narrow);
  if (!narrow) {
    mfg_scope_fail(s, MFG_ERROR_OUT_OF_MEMORY, "out of host memory for values of the problem");
    return NULL;
  }
  for (size_t i = 0; i < count; i++)
    narrow[i] = (float)values[i];
  mfg_array *array = mfg_from_host(s, type, rank, shape, narrow);
  free(narrow);
  return array;
}

/* Values of an entry as (1 or steps, cells...): the level 0 of a whole trajectory is not used. */
static mfg_array *upload_entry(mfg_scope *s, const mfg_system *system,
                               const mfg_problem_entry *entry) {
  const mfg_grid *grid = &system->model->grid;
  int64_t shape[MFG_MAX_RANK];
  memcpy(shape, system->steps_shape, sizeof shape);
  const double *values = entry->values;
  if (entry->rank == grid->axes)
    shape[0] = 1;
  else
    values += mfg_grid_cell_count(grid);
  return mfg_keep(upload(s, system->type, system->rank, shape, values));
}

static mfg_array *upload_coordinate(mfg_scope *s, const mfg_system *system, int axis) {
  const mfg_grid *grid = &system->model->grid;
  int64_t cells = grid->axis[axis].cells;
  double *points = malloc((size_t)cells * sizeof *points);
  if (!points) {
    mfg_scope_fail(s, MFG_ERROR_OUT_OF_MEMORY, "out of host memory for coordinates");
    return NULL;
  }
  for (int64_t i = 0; i < cells; i++)
    points[i] = mfg_grid_point(grid, axis, i);
  int64_t shape[MFG_MAX_RANK] = {1, 1, 1, 1};
  shape[1 + axis] = cells;
  mfg_array *array = mfg_keep(upload(s, system->type, system->rank, shape, points));
  free(points);
  return array;
}

/* ---- formulas -------------------------------------------------------------------------------- */

mfg_lower_space mfg_system_space(const mfg_system *system, bool last_level) {
  mfg_lower_space space = {
      .type = system->type,
      .axes = system->model->grid.axes,
      .time = last_level ? system->final_time : system->times,
      .cell_volume = mfg_grid_cell_volume(&system->model->grid),
      .inside = system->inside,
  };
  memcpy(space.shape, system->steps_shape, sizeof space.shape);
  if (last_level) space.shape[0] = 1;
  memcpy(space.coordinate, system->coordinate, sizeof space.coordinate);
  return space;
}

static void lower_formulas(mfg_scope *s, mfg_system *system) {
  const mfg_model *model = system->model;
  mfg_lower_space steps = mfg_system_space(system, false), last = mfg_system_space(system, true);
  for (int d = 0; d < model->grid.axes; d++) {
    system->quadratic[d] = mfg_lowered_create(s, model->hamiltonian.quadratic[d], &steps);
    system->linear[d] = mfg_lowered_create(s, model->hamiltonian.linear[d], &steps);
  }
  system->constant = mfg_lowered_create(s, model->hamiltonian.constant, &steps);
  if (model->coupling)
    system->coupling = mfg_lowered_create(s, model->coupling, &steps);
  else
    system->coupling_values = upload_entry(s, system, model->coupling_values);
  if (model->terminal_cost)
    system->terminal = mfg_lowered_create(s, model->terminal_cost, &last);
  else
    system->terminal_values = upload_entry(s, system, model->terminal_values);
}

mfg_status mfg_system_prepare(mfg_system *system) {
  mfg_scope *s = mfg_scope_open(system->context);
  int64_t shape[MFG_MAX_RANK] = {system->steps_shape[0], 1, 1, 1};
  mfg_array *level = mfg_add(s, mfg_indices(s, system->rank, shape, 0), 1);
  mfg_assign(s, system->times, mfg_mul(s, mfg_astype(s, level, system->type), system->time_step));
  for (int d = 0; d < system->model->grid.axes && mfg_scope_status(s) == MFG_OK; d++) {
    mfg_lowered_prepare(s, system->quadratic[d]);
    mfg_lowered_prepare(s, system->linear[d]);
  }
  if (mfg_scope_status(s) == MFG_OK) mfg_lowered_prepare(s, system->constant);
  if (system->coupling && mfg_scope_status(s) == MFG_OK) mfg_lowered_prepare(s, system->coupling);
  if (system->terminal && mfg_scope_status(s) == MFG_OK) mfg_lowered_prepare(s, system->terminal);
  mfg_system_prepare_boundary(s, system);
  return mfg_scope_close(s);
}

mfg_array *mfg_system_levels(mfg_scope *s, const mfg_array *trajectory, int64_t first,
                             int64_t last) {
  return mfg_slice(s, trajectory, 0, first, last, 1);
}

mfg_upwind mfg_system_upwind(mfg_scope *s, const mfg_system *system, int axis,
                             const mfg_array *density) {
  double h = mfg_grid_spacing(&system->model->grid, axis);
  mfg_upwind upwind = system->upwind[axis]; /* what its faces are */
  mfg_array *a = mfg_lowered_apply(s, system->quadratic[axis], density);
  upwind.curvature = mfg_mul(s, a, mfg_mul(s, system->time_step, 2 / (h * h)));
  mfg_array *diffusion = mfg_mul(s, mfg_mul(s, system->viscosity, system->time_step), 1 / (h * h));
  upwind.right = upwind.left = diffusion;
  if (!mfg_lowered_is_zero(system->linear[axis])) {
    mfg_array *b = mfg_mul(s, mfg_lowered_apply(s, system->linear[axis], density),
                           mfg_mul(s, system->time_step, 1 / h));
    b = mfg_system_outside_obstacles(s, system, b);
    upwind.right = mfg_sub(s, diffusion, mfg_minimum(s, b, 0.0));
    upwind.left = mfg_add(s, diffusion, mfg_maximum(s, b, 0.0));
  }
  upwind.curvature = mfg_system_outside_obstacles(s, system, upwind.curvature);
  return upwind;
}

mfg_array *mfg_system_source(mfg_scope *s, const mfg_system *system, const mfg_array *density) {
  mfg_array *cost =
      system->coupling ? mfg_lowered_apply(s, system->coupling, density) : system->coupling_values;
  if (!mfg_lowered_is_zero(system->constant))
    cost = mfg_sub(s, cost, mfg_lowered_apply(s, system->constant, density));
  return mfg_system_outside_obstacles(s, system, mfg_mul(s, cost, system->time_step));
}

mfg_array *mfg_system_terminal(mfg_scope *s, const mfg_system *system, const mfg_array *density) {
  mfg_array *cost =
      system->terminal ? mfg_lowered_apply(s, system->terminal, density) : system->terminal_values;
  return mfg_system_outside_obstacles(s, system, cost);
}

/* ---- the initial density --------------------------------------------------------------------- */

static void place_of(const mfg_grid *grid, int64_t index, char *text, size_t size) {
  size_t used = 0;
  text[0] = '\0';
  for (int d = grid->axes - 1; d >= 0 && used < size; d--) {
    double point = mfg_grid_point(grid, d, index % grid->axis[d].cells);
    index /= grid->axis[d].cells;
    used += (size_t)snprintf(text + used, size - used, "%s%s = %g", used ? ", " : "",
                             grid->axis[d].name, point);
  }
}

static mfg_status check_initial(mfg_scope *s, mfg_system *system, double *mass) {
  mfg_array *density = system->initial_density;
  mfg_array *finite = mfg_isfinite(s, density);
  double bad = mfg_item(s, mfg_logical_not(s, mfg_all(s, finite, MFG_ALL_AXES)));
  double least = mfg_item(s, mfg_min(s, density, MFG_ALL_AXES));
  *mass =
      mfg_item(s, mfg_sum(s, density, MFG_ALL_AXES)) * mfg_grid_cell_volume(&system->model->grid);
  mfg_array *blamed = bad != 0 ? mfg_astype(s, finite, MFG_INT32) : density;
  double where = mfg_item(s, mfg_argmin(s, blamed, MFG_ALL_AXES));
  if (mfg_scope_status(s) != MFG_OK) return mfg_scope_status(s);
  char place[200];
  place_of(&system->model->grid, (int64_t)where, place, sizeof place);
  if (bad != 0)
    return mfg_fail(MFG_ERROR_NOT_FINITE, "initial_density",
                    "is not a finite number at %s, expected numbers that are not negative", place);
  if (least < 0)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "initial_density",
                    "is %g at %s, expected numbers that are not negative", least, place);
  if (!(*mass > 0))
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "initial_density",
                    "is 0 on every cell, expected some mass");
  return MFG_OK;
}

static mfg_status make_initial(mfg_scope *s, mfg_system *system) {
  const mfg_model *model = system->model;
  mfg_lower_space space = mfg_system_space(system, true);
  mfg_lowered *lowered = NULL;
  mfg_array *values = NULL;
  if (model->initial_density) {
    lowered = mfg_lowered_create(s, model->initial_density, &space);
    if (lowered && mfg_lowered_prepare(s, lowered) == MFG_OK)
      values = mfg_lowered_apply(s, lowered, NULL);
  } else {
    values = upload_entry(s, system, model->initial_values);
  }
  mfg_assign(s, system->initial_density, values); /* over all cells, where it is constant too */
  mfg_assign(s, system->initial_density,
             mfg_system_outside_obstacles(s, system, system->initial_density));
  double mass = 0;
  mfg_status status = check_initial(s, system, &mass);
  if (status == MFG_OK && model->normalise)
    mfg_assign(s, system->initial_density, mfg_div(s, system->initial_density, mass));
  system->initial_mass = model->normalise ? 1 : mass;
  if (lowered)
    mfg_lowered_release(lowered);
  else
    mfg_release(values);
  return status;
}

mfg_status mfg_system_upload(mfg_system *system) {
  mfg_scope *s = mfg_scope_open(system->context);
  int64_t shape[MFG_MAX_RANK] = {system->steps_shape[0], 1, 1, 1};
  for (int d = 0; d < system->model->grid.axes; d++)
    system->coordinate[d] = upload_coordinate(s, system, d);
  system->times = mfg_keep(mfg_empty(s, system->type, system->rank, shape));
  system->final_time = mfg_keep(mfg_system_levels(s, system->times, shape[0] - 1, shape[0]));
  system->step = system->model->grid.horizon / (double)system->model->grid.steps;
  system->viscosity = mfg_keep(mfg_full(s, system->type, 0, NULL, system->model->viscosity));
  system->time_step = mfg_keep(mfg_full(s, system->type, 0, NULL, system->step));
  memcpy(shape, system->levels_shape, sizeof shape);
  shape[0] = 1;
  system->initial_density = mfg_keep(mfg_empty(s, system->type, system->rank, shape));
  if (mfg_scope_status(s) == MFG_OK) mfg_system_upload_boundary(s, system);
  if (mfg_scope_status(s) == MFG_OK) lower_formulas(s, system);
  mfg_status status = mfg_scope_status(s);
  if (status == MFG_OK) status = make_initial(s, system);
  mfg_status device = mfg_scope_close(s);
  if (device != MFG_OK) return mfg_fail_device(device, "putting the problem on the device");
  return status;
}
