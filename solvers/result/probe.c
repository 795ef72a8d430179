/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "result/result.h"
#include "support/error.h"

/* Two neighbours and the weight of the upper one. */
typedef struct bracket {
  int64_t lower, upper;
  double weight;
} bracket;

/* A stationary result has one level. */
static bracket bracket_level(const mfg_grid *grid, double time) {
  if (grid->steps == 0) return (bracket){0, 0, 0};
  double position = time * (double)grid->steps / grid->horizon;
  int64_t lower = (int64_t)floor(position);
  lower = lower < 0 ? 0 : lower > grid->steps - 1 ? grid->steps - 1 : lower;
  double weight = position - (double)lower;
  return (bracket){lower, lower + 1, weight > 1 ? 1 : weight};
}

/* Around the end of a periodic axis; constant beyond the outermost centres of any other. */
static bracket bracket_point(const mfg_grid *grid, int axis, double place) {
  int64_t cells = grid->axis[axis].cells;
  double position = (place - mfg_grid_point(grid, axis, 0)) / mfg_grid_spacing(grid, axis);
  if (mfg_grid_is_periodic(grid, axis)) {
    double lower = floor(position);
    int64_t index = (int64_t)lower % cells;
    return (bracket){index, (index + 1) % cells, position - lower};
  }
  position = fmin(fmax(position, 0), (double)(cells - 1));
  int64_t lower = (int64_t)floor(position);
  return (bracket){lower, lower < cells - 1 ? lower + 1 : lower, position - (double)lower};
}

static mfg_status check_place(const mfg_grid *grid, double time, const double *place) {
  if (!(time >= 0 && time <= grid->horizon))
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "probes",
                    "t = %g, expected a time from 0 to the horizon %g", time, grid->horizon);
  for (int d = 0; d < grid->axes; d++)
    if (!(place[d] >= grid->axis[d].lower && place[d] <= grid->axis[d].upper))
      return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "probes",
                      "%s = %g, expected a place from %g to %g", grid->axis[d].name, place[d],
                      grid->axis[d].lower, grid->axis[d].upper);
  return MFG_OK;
}

/* The mean of the corners around the place, with the product of the weights. */
static double interpolate(const mfg_grid *grid, const double *level, const double *place) {
  double value = 0;
  for (int corner = 0; corner < 1 << grid->axes; corner++) {
    double weight = 1;
    int64_t index = 0;
    for (int d = 0; d < grid->axes; d++) {
      bracket b = bracket_point(grid, d, place[d]);
      bool upper = corner >> d & 1;
      index = index * grid->axis[d].cells + (upper ? b.upper : b.lower);
      weight *= upper ? b.weight : 1 - b.weight;
    }
    if (weight > 0) value += weight * level[index];
  }
  return value;
}

mfg_status mfg_result_probe(const mfg_result *result, int field, double time, const double *place,
                            double *value) {
  const mfg_grid *grid = &result->grid;
  mfg_status status = check_place(grid, time, place);
  if (status != MFG_OK) return status;
  size_t cells = (size_t)mfg_grid_cell_count(grid);
  double *levels = malloc(2 * cells * sizeof *levels);
  if (!levels) return mfg_fail_out_of_memory();
  bracket b = bracket_level(grid, time);
  memset(levels, 0, 2 * cells * sizeof *levels);
  status = mfg_result_read(result, field, b.lower, b.upper - b.lower + 1, levels);
  if (status == MFG_OK)
    *value = (1 - b.weight) * interpolate(grid, levels, place) +
             b.weight * interpolate(grid, levels + cells, place);
  free(levels);
  return status;
}
