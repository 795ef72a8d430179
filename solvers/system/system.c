/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "system/system.h"

#include <string.h>

#include "support/error.h"

static mfg_array *memory(mfg_scope *s, const mfg_system *system, const int64_t *shape) {
  return mfg_keep(mfg_zeros(s, system->type, system->rank, shape));
}

static void widen(int64_t *shape, const int64_t *other, int rank) {
  for (int i = 0; i < rank; i++)
    shape[i] = other[i] > shape[i] ? other[i] : shape[i];
}

static void widen_lowered(int64_t *shape, const mfg_lowered *lowered, int rank) {
  int64_t other[MFG_MAX_RANK];
  mfg_lowered_shape(lowered, other);
  widen(shape, other, rank);
}

/* Memory of the shape; of all cells where it has some and there are obstacles among them. */
static mfg_array *memory_outside_obstacles(mfg_scope *s, const mfg_system *system, int64_t *shape) {
  bool varies = false;
  for (int d = 1; d < system->rank; d++)
    varies = varies || shape[d] > 1;
  if (varies && system->inside) widen(shape, mfg_array_shape(system->inside), system->rank);
  return memory(s, system, shape);
}

/* The least memory that holds the coefficients and the source of all steps. */
static void allocate_data(mfg_scope *s, mfg_system *system) {
  const mfg_grid *grid = &system->model->grid;
  for (int d = 0; d < grid->axes; d++) {
    mfg_upwind *upwind = &system->upwind[d];
    int64_t shape[MFG_MAX_RANK] = {1, 1, 1, 1};
    upwind->axis = 1 + d;
    upwind->periodic = mfg_grid_is_periodic(grid, d);
    widen_lowered(shape, system->quadratic[d], system->rank);
    upwind->curvature = memory_outside_obstacles(s, system, shape);
    memcpy(shape, (int64_t[]){1, 1, 1, 1}, 4 * sizeof *shape);
    widen_lowered(shape, system->linear[d], system->rank);
    upwind->right = memory_outside_obstacles(s, system, shape);
    upwind->left = memory_outside_obstacles(s, system, shape);
  }
  int64_t shape[MFG_MAX_RANK] = {1, 1, 1, 1};
  widen_lowered(shape, system->constant, system->rank);
  if (system->coupling) widen_lowered(shape, system->coupling, system->rank);
  if (system->coupling_values) widen(shape, mfg_array_shape(system->coupling_values), system->rank);
  system->source = memory_outside_obstacles(s, system, shape);
}

static void allocate(mfg_scope *s, mfg_system *system) {
  system->u = memory(s, system, system->stages_shape);
  system->m_in = memory(s, system, system->levels_shape);
  system->m_out = memory(s, system, system->stages_shape);
  int64_t equations = 2 * system->model->grid.axes + 1;
  system->squares = mfg_keep(mfg_zeros(s, system->type, 1, &equations));
  system->test.rounding = mfg_keep(mfg_zeros(s, system->type, 0, NULL));
  system->test.done = mfg_keep(mfg_zeros(s, MFG_BOOL, 0, NULL));
  allocate_data(s, system);
  mfg_assign(s, system->m_in, system->initial_density);
  mfg_assign(s, system->m_out, system->initial_density);
}

mfg_status mfg_system_create(mfg_context *context, const mfg_model *model, mfg_dtype type,
                             mfg_system *system) {
  const mfg_grid *grid = &model->grid;
  memset(system, 0, sizeof *system);
  system->context = context;
  system->model = model;
  system->type = type;
  system->rank = 1 + grid->axes;
  system->levels_shape[0] = grid->steps + 1;
  system->steps_shape[0] = grid->steps;
  system->stages_shape[0] = grid->axes * grid->steps + 1;
  for (int d = 0; d < grid->axes; d++)
    system->levels_shape[1 + d] = system->steps_shape[1 + d] = system->stages_shape[1 + d] =
        grid->axis[d].cells;
  mfg_status status = mfg_system_upload(system);
  if (status != MFG_OK) return status;
  mfg_scope *s = mfg_scope_open(context);
  allocate(s, system);
  status = mfg_scope_close(s);
  if (status == MFG_OK) status = mfg_system_prepare(system);
  return status == MFG_OK ? status : mfg_fail_device(status, "making room for the unknowns");
}

void mfg_system_release(mfg_system *system) {
  mfg_recording_release(system->sweep);
  mfg_recording_release(system->follow);
  for (int d = 0; d < MFG_PROBLEM_MAXIMUM_AXES; d++) {
    mfg_lowered_release(system->quadratic[d]);
    mfg_lowered_release(system->linear[d]);
    mfg_release(system->upwind[d].curvature);
    mfg_release(system->upwind[d].right);
    mfg_release(system->upwind[d].left);
    mfg_release(system->upwind[d].weight_right);
    mfg_release(system->upwind[d].weight_left);
    mfg_release(system->coordinate[d]);
    for (int end = 0; end < 2; end++) {
      mfg_lowered_release(system->exit_cost[d][end]);
      mfg_release(system->end[d][end]);
    }
  }
  mfg_lowered_release(system->constant);
  mfg_lowered_release(system->coupling);
  mfg_lowered_release(system->terminal);
  mfg_array *arrays[] = {
      system->u,           system->m_in,      system->m_out,           system->initial_density,
      system->viscosity,   system->time_step, system->times,           system->final_time,
      system->times_below, system->inside,    system->coupling_values, system->terminal_values,
      system->source,      system->squares,   system->test.rounding,   system->test.done};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
    mfg_release(arrays[i]);
  memset(system, 0, sizeof *system);
}
