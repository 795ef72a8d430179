/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grid/grid.h"

bool mfg_grid_is_periodic(const mfg_grid *grid, int axis) {
  return grid->axis[axis].boundary[0] == MFG_AXIS_PERIODIC;
}

bool mfg_grid_is_exit(const mfg_grid *grid, int axis, int end) {
  return grid->axis[axis].boundary[end] == MFG_AXIS_EXIT;
}

bool mfg_grid_has_exit(const mfg_grid *grid) {
  for (int d = 0; d < grid->axes; d++)
    if (mfg_grid_is_exit(grid, d, 0) || mfg_grid_is_exit(grid, d, 1)) return true;
  return false;
}

double mfg_grid_spacing(const mfg_grid *grid, int axis) {
  const mfg_grid_axis *a = &grid->axis[axis];
  return (a->upper - a->lower) / (double)a->cells;
}

double mfg_grid_point(const mfg_grid *grid, int axis, int64_t i) {
  double offset = mfg_grid_is_periodic(grid, axis) ? 0.0 : 0.5;
  return grid->axis[axis].lower + ((double)i + offset) * mfg_grid_spacing(grid, axis);
}

double mfg_grid_time(const mfg_grid *grid, int64_t level) {
  return level == 0 ? 0 : (double)level * grid->horizon / (double)grid->steps;
}

double mfg_grid_cell_volume(const mfg_grid *grid) {
  double volume = 1;
  for (int d = 0; d < grid->axes; d++)
    volume *= mfg_grid_spacing(grid, d);
  return volume;
}

int64_t mfg_grid_cell_count(const mfg_grid *grid) {
  int64_t count = 1;
  for (int d = 0; d < grid->axes; d++)
    count *= grid->axis[d].cells;
  return count;
}
