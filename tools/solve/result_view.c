/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "result_view.h"

static bool read_levels(const void *source, int field, int64_t first, int64_t count, double *values,
                        solve_failure *failure) {
  if (mfg_result_read(source, field, first, count, values) == MFG_OK) return true;
  return failure_set(failure, EXIT_STATUS_FAILED, "the result cannot be read from the device: %s",
                     mfg_problem_last_error()->text);
}

bool result_view_of(const mfg_result *result, result_view *view, solve_failure *failure) {
  *view = (result_view){.title = "", .problem_text = "", .settings = ""};
  view->information.struct_size = sizeof view->information;
  if (mfg_result_inform(result, &view->information) != MFG_OK)
    return failure_set(failure, EXIT_STATUS_FAILED, "the result says nothing about itself: %s",
                       mfg_problem_last_error()->text);
  for (int axis = 0; axis < view->information.axes; axis++) {
    view->axis_names[axis] = mfg_result_axis_name(result, axis);
    view->coordinates[axis] = mfg_result_coordinates(result, axis);
  }
  view->obstacle = mfg_result_obstacle(result);
  view->times = mfg_result_times(result);
  view->residuals = mfg_result_residuals(result);
  view->read_levels = read_levels;
  view->source = result;
  return true;
}
