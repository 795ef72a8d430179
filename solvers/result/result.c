/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "result/result.h"

#include <stdlib.h>
#include <string.h>

#include "result/state_arrays.h"
#include "support/error.h"

mfg_result *mfg_result_create(mfg_context *context, const mfg_grid *grid) {
  mfg_result *result = calloc(1, sizeof *result);
  if (!result) return NULL;
  result->context = context;
  result->grid = *grid;
  bool complete = true;
  for (int d = 0; d < grid->axes; d++) {
    double *points = malloc((size_t)grid->axis[d].cells * sizeof *points);
    for (int64_t i = 0; points && i < grid->axis[d].cells; i++)
      points[i] = mfg_grid_point(grid, d, i);
    result->coordinates[d] = points;
    complete = complete && points;
  }
  result->times = malloc((size_t)(grid->steps + 1) * sizeof *result->times);
  for (int64_t n = 0; result->times && n <= grid->steps; n++)
    result->times[n] = mfg_grid_time(grid, n);
  if (complete && result->times) return result;
  mfg_result_release(result);
  return NULL;
}

void mfg_result_release(mfg_result *result) {
  if (!result) return;
  mfg_release(result->fields[MFG_RESULT_VALUE_FUNCTION]);
  mfg_release(result->fields[MFG_RESULT_DENSITY]);
  for (int d = 0; d < MFG_PROBLEM_MAXIMUM_AXES; d++)
    free(result->coordinates[d]);
  free(result->times);
  free(result->obstacle);
  free(result->residuals);
  free(result->fallbacks);
  free(result->backend);
  free(result->device);
  free(result);
}

mfg_status mfg_result_inform(const mfg_result *result, mfg_result_information *information) {
  size_t size = information->struct_size;
  if (size < sizeof size)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "", "a result_information without struct_size");
  size_t known = size < sizeof *information ? size : sizeof *information;
  memcpy(information, &result->information, known);
  information->struct_size = size;
  return MFG_OK;
}

const double *mfg_result_residuals(const mfg_result *result) {
  return result->residuals;
}

const double *mfg_result_coordinates(const mfg_result *result, int axis) {
  return axis >= 0 && axis < result->grid.axes ? result->coordinates[axis] : NULL;
}

const double *mfg_result_times(const mfg_result *result) {
  return result->times;
}

const uint8_t *mfg_result_obstacle(const mfg_result *result) {
  return result->obstacle;
}

const char *mfg_result_axis_name(const mfg_result *result, int axis) {
  return axis >= 0 && axis < result->grid.axes ? result->grid.axis[axis].name : NULL;
}

mfg_array *mfg_result_array(const mfg_result *result, int field) {
  return field == MFG_RESULT_VALUE_FUNCTION || field == MFG_RESULT_DENSITY ? result->fields[field]
                                                                           : NULL;
}

/* The array as double on the host; a device need not be able to convert. */
static mfg_status copy_out(mfg_array *array, double *values) {
  size_t count = (size_t)mfg_array_size(array);
  if (mfg_array_type(array) == MFG_FLOAT64)
    return mfg_to_host(array, values, count * sizeof *values);
  float *narrow = malloc(count * sizeof *narrow);
  if (!narrow) return mfg_fail_out_of_memory();
  mfg_status status = mfg_to_host(array, narrow, count * sizeof *narrow);
  for (size_t i = 0; status == MFG_OK && i < count; i++)
    values[i] = (double)narrow[i];
  free(narrow);
  return status;
}

mfg_status mfg_result_read(const mfg_result *result, int field, int64_t first, int64_t count,
                           double *values) {
  mfg_array *array = mfg_result_array(result, field);
  int64_t levels = result->grid.steps + 1;
  if (!array)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "", "field %d is none of enum mfg_result_field",
                    field);
  if (first < 0 || count < 0 || first > levels - count)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "",
                    "%lld levels from %lld; there are levels 0 to %lld", (long long)count,
                    (long long)first, (long long)levels - 1);
  if (count == 0) return MFG_OK;
  mfg_scope *s = mfg_scope_open(result->context);
  mfg_array *part = mfg_slice(s, array, 0, first, first + count, 1);
  mfg_status status = part ? copy_out(part, values) : mfg_scope_status(s);
  mfg_status closed = mfg_scope_close(s);
  if (status == MFG_OK) status = closed;
  return status == MFG_OK ? status : mfg_fail_device(status, "reading the result");
}

mfg_status mfg_result_state(const mfg_result *result, mfg_state **state) {
  mfg_status status = mfg_state_create(state);
  if (status == MFG_OK)
    status = mfg_state_add_array(result->context, *state, "u",
                                 result->fields[MFG_RESULT_VALUE_FUNCTION]);
  if (status == MFG_OK)
    status = mfg_state_add_array(result->context, *state, "m", result->fields[MFG_RESULT_DENSITY]);
  if (status != MFG_OK) {
    mfg_state_release(*state);
    *state = NULL;
  }
  return status;
}
