/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walls, obstacles and exits: what the faces of cells are. */
#include <string.h>

#include "support/error.h"
#include "system/system.h"

/* ---- obstacles --------------------------------------------------------------------------------
 */

static mfg_array *make_inside(mfg_scope *s, const mfg_system *system) {
  mfg_lower_space space = mfg_system_space(system, true);
  mfg_lowered *obstacle = mfg_lowered_create(s, system->model->obstacle, &space);
  if (!obstacle) return NULL;
  mfg_lowered_prepare(s, obstacle);
  mfg_array *inside = mfg_empty(s, MFG_BOOL, system->rank, space.shape);
  mfg_assign(s, inside, mfg_logical_not(s, mfg_lowered_apply(s, obstacle, NULL)));
  mfg_lowered_release(obstacle);
  return mfg_keep(inside);
}

mfg_array *mfg_system_outside_obstacles(mfg_scope *s, const mfg_system *system, mfg_array *value) {
  bool varies = false;
  for (int d = 0; value && d < system->model->grid.axes; d++)
    varies = varies || mfg_array_shape(value)[1 + d] > 1;
  if (!system->inside || !varies) return value;
  return mfg_where(s, system->inside, value, mfg_number(s, 0));
}

/* ---- weights ----------------------------------------------------------------------------------
 */

/* The weights of the faces at one end of each cell, see hjb/upwind.h; NULL where all are 1. */
static mfg_array *make_weight(mfg_scope *s, const mfg_system *system, int axis, int end) {
  const mfg_grid *grid = &system->model->grid;
  bool periodic = mfg_grid_is_periodic(grid, axis);
  if (periodic && !system->inside) return NULL;
  int64_t cells = grid->axis[axis].cells, shape[MFG_MAX_RANK] = {1, 1, 1, 1};
  shape[1 + axis] = cells;
  mfg_array *index = mfg_indices(s, system->rank, shape, 1 + axis);
  mfg_array *outermost = mfg_equal(s, index, end ? cells - 1 : 0);
  double there = periodic ? 1 : mfg_grid_is_exit(grid, axis, end) ? 2 : 0;
  mfg_array *weight =
      mfg_add(s, mfg_mul(s, mfg_astype(s, outermost, system->type), there - 1), 1.0);
  if (system->inside) {
    mfg_array *neighbour = mfg_shift(s, system->inside, 1 + axis, end ? +1 : -1,
                                     periodic ? MFG_BOUNDARY_WRAP : MFG_BOUNDARY_CLAMP, 0);
    mfg_array *open = mfg_logical_and(s, system->inside, neighbour);
    weight = mfg_mul(s, weight, mfg_astype(s, open, system->type));
  }
  return mfg_keep(mfg_copy(s, weight));
}

/* ---- exits ------------------------------------------------------------------------------------
 */

/* The exit cost on a side: of one point along its axis, and of the levels that steps begin at. */
static mfg_lowered *lower_exit_cost(mfg_scope *s, const mfg_system *system, int axis, int end) {
  mfg_lower_space space = mfg_system_space(system, false);
  space.shape[1 + axis] = 1;
  space.coordinate[axis] = system->end[axis][end];
  space.time = system->times_below;
  return mfg_lowered_create(s, system->model->exit_cost, &space);
}

void mfg_system_upload_boundary(mfg_scope *s, mfg_system *system) {
  const mfg_grid *grid = &system->model->grid;
  int64_t shape[MFG_MAX_RANK] = {system->steps_shape[0], 1, 1, 1};
  system->times_below = mfg_keep(mfg_empty(s, system->type, system->rank, shape));
  shape[0] = 1;
  if (system->model->obstacle) system->inside = make_inside(s, system);
  for (int d = 0; d < grid->axes && mfg_scope_status(s) == MFG_OK; d++) {
    system->upwind[d].weight_left = make_weight(s, system, d, 0);
    system->upwind[d].weight_right = make_weight(s, system, d, 1);
    for (int end = 0; end < 2 && mfg_scope_status(s) == MFG_OK; end++) {
      if (!mfg_grid_is_exit(grid, d, end)) continue;
      double point = end ? grid->axis[d].upper : grid->axis[d].lower;
      system->end[d][end] = mfg_keep(mfg_full(s, system->type, system->rank, shape, point));
      system->exit_cost[d][end] = lower_exit_cost(s, system, d, end);
    }
  }
}

void mfg_system_prepare_boundary(mfg_scope *s, mfg_system *system) {
  mfg_assign(s, system->times_below, mfg_sub(s, system->times, system->time_step));
  for (int d = 0; d < system->model->grid.axes; d++)
    for (int end = 0; end < 2 && mfg_scope_status(s) == MFG_OK; end++) {
      if (!system->exit_cost[d][end]) continue;
      mfg_lowered_prepare(s, system->exit_cost[d][end]);
      mfg_array *cost = mfg_lowered_apply(s, system->exit_cost[d][end], NULL);
      if (end)
        system->upwind[d].exit_upper = cost;
      else
        system->upwind[d].exit_lower = cost;
    }
}

/* The rows of I + dt A sum to 1 but for what they have beyond an exit: that much of m leaves. */
static mfg_array *outflow_along(mfg_scope *s, const mfg_system *system, int axis) {
  const mfg_upwind *upwind = &system->upwind[axis];
  mfg_upwind_differences d =
      mfg_upwind_differences_of(s, upwind, mfg_system_below(s, system, system->u, axis));
  mfg_upwind_matrix matrix = mfg_upwind_linearised(s, upwind, &d);
  mfg_array *entries = mfg_upwind_exit_entries(s, upwind, &matrix);
  if (!entries) return NULL;
  mfg_array *flow = mfg_mul(s, entries, mfg_system_above(s, system, system->m_out, axis));
  uint32_t cells = ((1u << system->rank) - 1) & ~MFG_AXIS(0);
  return mfg_negative(s, mfg_sum(s, flow, cells));
}

mfg_array *mfg_system_outflow(mfg_scope *s, const mfg_system *system) {
  mfg_array *total = NULL;
  for (int d = 0; d < system->model->grid.axes; d++) {
    mfg_array *part = outflow_along(s, system, d);
    if (part) total = total ? mfg_add(s, total, part) : part;
  }
  return total;
}
