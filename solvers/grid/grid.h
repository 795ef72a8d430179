/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the unknowns live: the points of each axis and the levels in time. Plain data. */
#ifndef MFG_SOLVERS_GRID_GRID_H
#define MFG_SOLVERS_GRID_GRID_H

#include <mfg/problem.h>

typedef struct mfg_grid_axis {
  char name[64];
  double lower, upper;
  int64_t cells;
  int32_t boundary[2]; /* enum mfg_axis_boundary: lower, upper */
} mfg_grid_axis;

typedef struct mfg_grid {
  int axes;
  mfg_grid_axis axis[MFG_PROBLEM_MAXIMUM_AXES];
  double horizon;
  int64_t steps; /* levels 0 .. steps */
} mfg_grid;

bool mfg_grid_is_periodic(const mfg_grid *grid, int axis);
/* Whether mass leaves at an end: 0 the lower, 1 the upper; and whether at any. */
bool mfg_grid_is_exit(const mfg_grid *grid, int axis, int end);
bool mfg_grid_has_exit(const mfg_grid *grid);
double mfg_grid_spacing(const mfg_grid *grid, int axis);
/* Point i of an axis: lower + i*h where periodic, else the cell centre lower + (i + 1/2)*h. */
double mfg_grid_point(const mfg_grid *grid, int axis, int64_t i);
double mfg_grid_time(const mfg_grid *grid, int64_t level);
/* Volume of a cell, number of cells, volume of the domain. */
double mfg_grid_cell_volume(const mfg_grid *grid);
int64_t mfg_grid_cell_count(const mfg_grid *grid);

#endif
