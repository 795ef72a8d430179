/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "synthetic.h"

#include <math.h>

double synthetic_value(int field, int64_t level, const int64_t *cell) {
  double value = (double)(1000 * level + 100 * cell[0] + 10 * cell[1] + cell[2]);
  return field == MFG_RESULT_DENSITY ? value : -value - 0.5;
}

static bool read_levels(const void *source, int field, int64_t first, int64_t count, double *values,
                        solve_failure *failure) {
  const synthetic *result = source;
  const int64_t *cells = result->view.information.cells;
  if (result->breaks) return failure_set(failure, EXIT_STATUS_FAILED, "the device is lost");
  for (int64_t level = first; level < first + count; level++)
    for (int64_t x = 0; x < cells[0]; x++)
      for (int64_t y = 0; y < cells[1]; y++)
        for (int64_t z = 0; z < cells[2]; z++)
          *values++ = synthetic_value(field, level, (int64_t[]){x, y, z});
  return true;
}

void synthetic_make(synthetic *result, int axes, int64_t steps) {
  static const int64_t cells[] = {7, 5, 3};
  static const char *const names[] = {"x", "y", "height"};
  *result = (synthetic){.residuals = {1, 0.1, NAN}};
  result_view *view = &result->view;
  view->information = (mfg_result_information){
      .struct_size = sizeof view->information,
      .converged = true,
      .stationary = steps == 0,
      .axes = axes,
      .cells = {1, 1, 1},
      .steps = steps,
      .horizon = steps == 0 ? 0 : 2,
      .iterations = 3,
      .residual = NAN,
      .min_density = INFINITY,
      .lambda = 1.25,
      .backend = "fake",
      .device = "a \"device\" of \xff",
      .method = "picard",
      .precision = "float64",
      .fallbacks = "add\nline_solve\n",
  };
  view->title = "<A & \"B\">";
  view->problem_text = "title: x\n";
  view->settings = "nu=1\n";
  for (int axis = 0; axis < axes; axis++) {
    view->information.cells[axis] = cells[axis];
    view->axis_names[axis] = names[axis];
    view->coordinates[axis] = result->coordinates[axis];
    view->upper[axis] = (double)cells[axis];
    view->periodic[axis] = axis == 1;
    for (int64_t i = 0; i < cells[axis]; i++)
      result->coordinates[axis][i] = (double)i + (axis == 1 ? 0 : 0.5);
  }
  for (int64_t level = 0; level <= steps; level++)
    result->times[level] = steps == 0 ? 0 : 2.0 * (double)level / (double)steps;
  view->times = result->times;
  view->residuals = result->residuals;
  view->read_levels = read_levels;
  view->source = result;
}
