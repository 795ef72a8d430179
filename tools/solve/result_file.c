/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "result_file.h"

#include "hdf5_access.h"
#include "output_file.h"

#include <mfg/error.h>
#include <stdlib.h>
#include <string.h>

/* Numbers that are moved at a time. */
#define BLOCK ((int64_t)1 << 20)

bool result_file_is_supported(void) {
  return true;
}

static herr_t write_attributes(hid_t file, const result_view *view) {
  const mfg_result_information *facts = &view->information;
  bool failed = hdf5_set_text(file, "title", view->title) < 0 ||
                hdf5_set_text(file, "backend", facts->backend) < 0 ||
                hdf5_set_text(file, "device", facts->device) < 0 ||
                hdf5_set_text(file, "method", facts->method) < 0 ||
                hdf5_set_text(file, "precision", facts->precision) < 0 ||
                hdf5_set_integer(file, "iterations", facts->iterations) < 0 ||
                hdf5_set_boolean(file, "converged", facts->converged) < 0 ||
                hdf5_set_double(file, "residual", facts->residual) < 0 ||
                hdf5_set_double(file, "mass_error", facts->mass_error) < 0 ||
                hdf5_set_double(file, "min_density", facts->min_density) < 0 ||
                hdf5_set_double(file, "mass_left", facts->mass_left) < 0 ||
                hdf5_set_text(file, "fallbacks", facts->fallbacks) < 0 ||
                hdf5_set_double(file, "seconds", facts->seconds_total) < 0 ||
                hdf5_set_text(file, "mfg_version", mfg_version()) < 0 ||
                hdf5_set_text(file, "problem", view->problem_text) < 0 ||
                hdf5_set_text(file, "settings", view->settings) < 0;
  if (!failed && facts->stationary) failed = hdf5_set_double(file, "lambda", facts->lambda) < 0;
  return failed ? -1 : 0;
}

static herr_t write_vectors(hid_t file, const result_view *view) {
  const mfg_result_information *facts = &view->information;
  hsize_t levels = (hsize_t)facts->steps + 1, iterations = (hsize_t)facts->iterations;
  if (hdf5_put(file, "t", H5T_NATIVE_DOUBLE, 1, &levels, view->times) < 0 ||
      hdf5_put(file, "residual", H5T_NATIVE_DOUBLE, 1, &iterations, view->residuals) < 0)
    return -1;
  for (int axis = 0; axis < facts->axes; axis++) {
    hsize_t cells = (hsize_t)facts->cells[axis];
    if (hdf5_put(file, view->axis_names[axis], H5T_NATIVE_DOUBLE, 1, &cells,
                 view->coordinates[axis]) < 0)
      return -1;
  }
  return 0;
}

/* ---- fields ---------------------------------------------------------------------------------- */

/* Copies levels first .. first+count-1 from the result into the dataset. */
static bool write_levels(hid_t dataset, hid_t space, const result_view *view, int field,
                         int64_t first, int64_t count, double *block, solve_failure *failure) {
  if (!view->read_levels(view->source, field, first, count, block, failure)) return false;
  int rank = view->information.axes + 1;
  hsize_t start[4] = {(hsize_t)first}, extent[4] = {(hsize_t)count};
  for (int axis = 0; axis + 1 < rank; axis++)
    extent[axis + 1] = (hsize_t)view->information.cells[axis];
  hid_t memory = H5Screate_simple(rank, extent, NULL);
  bool ok = memory >= 0 &&
            H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, extent, NULL) >= 0 &&
            H5Dwrite(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, block) >= 0;
  if (memory >= 0) H5Sclose(memory);
  return ok;
}

static bool write_field(hid_t file, const char *name, const result_view *view, int field,
                        double *block, int64_t levels_in_block, solve_failure *failure) {
  int64_t levels = view->information.steps + 1;
  hsize_t extent[4] = {(hsize_t)levels};
  for (int axis = 0; axis < view->information.axes; axis++)
    extent[axis + 1] = (hsize_t)view->information.cells[axis];
  hid_t space = H5Screate_simple(view->information.axes + 1, extent, NULL);
  hid_t dataset =
      H5Dcreate2(file, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  bool ok = space >= 0 && dataset >= 0;
  for (int64_t first = 0; ok && first < levels; first += levels_in_block) {
    int64_t count = first + levels_in_block <= levels ? levels_in_block : levels - first;
    ok = write_levels(dataset, space, view, field, first, count, block, failure);
  }
  if (dataset >= 0 && H5Dclose(dataset) < 0) ok = false;
  if (space >= 0) H5Sclose(space);
  return ok;
}

static bool write_fields(hid_t file, const result_view *view, solve_failure *failure) {
  int64_t cells = result_view_cells(view);
  int64_t levels = cells < BLOCK ? BLOCK / cells : 1;
  if (levels > view->information.steps + 1) levels = view->information.steps + 1;
  double *block = calloc((size_t)(levels * cells), sizeof *block);
  if (!block) return failure_out_of_memory(failure);
  bool ok = write_field(file, "u", view, MFG_RESULT_VALUE_FUNCTION, block, levels, failure) &&
            write_field(file, "m", view, MFG_RESULT_DENSITY, block, levels, failure);
  free(block);
  return ok;
}

/* ---- mesh ------------------------------------------------------------------------------------ */

/* The coordinate along `axis` of every point of the grid. */
static herr_t write_mesh_axis(hid_t group, const result_view *view, int axis, double *values) {
  static const char *const names[] = {"X", "Y", "Z"};
  const int64_t *cells = view->information.cells;
  int64_t count = result_view_cells(view), stride = 1;
  for (int later = axis + 1; later < view->information.axes; later++)
    stride *= cells[later];
  hsize_t extent[3];
  for (int i = 0; i < view->information.axes; i++)
    extent[i] = (hsize_t)cells[i];
  for (int64_t i = 0; i < count; i++)
    values[i] = view->coordinates[axis][i / stride % cells[axis]];
  return hdf5_put(group, names[axis], H5T_NATIVE_DOUBLE, view->information.axes, extent, values);
}

static bool write_mesh(hid_t file, const result_view *view, solve_failure *failure) {
  double *values = calloc((size_t)result_view_cells(view), sizeof *values);
  if (!values) return failure_out_of_memory(failure);
  hid_t group = H5Gcreate2(file, "mesh", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  bool ok = group >= 0;
  for (int axis = 0; ok && axis < view->information.axes; axis++)
    ok = write_mesh_axis(group, view, axis, values) >= 0;
  if (group >= 0) H5Gclose(group);
  free(values);
  return ok;
}

/* Which cells are obstacles, where there are any. */
static bool write_obstacle(hid_t file, const result_view *view) {
  if (!view->obstacle) return true;
  hsize_t extent[3];
  for (int axis = 0; axis < view->information.axes; axis++)
    extent[axis] = (hsize_t)view->information.cells[axis];
  return hdf5_put(file, "obstacle", H5T_NATIVE_UINT8, view->information.axes, extent,
                  view->obstacle) >= 0;
}

/* ---- the file -------------------------------------------------------------------------------- */

static bool write_content(hid_t file, const result_view *view, solve_failure *failure) {
  return write_attributes(file, view) >= 0 && write_vectors(file, view) >= 0 &&
         write_fields(file, view, failure) &&
         (view->information.axes == 1 || write_mesh(file, view, failure)) &&
         write_obstacle(file, view) && H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0;
}

bool result_file_write(const char *path, const result_view *view, solve_failure *failure) {
  output_file output;
  hdf5_start();
  if (!output_file_begin(&output, path, failure)) return false;
  hid_t file = H5Fcreate(output.temporary, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  bool ok = file >= 0 && write_content(file, view, failure);
  if (file >= 0 && H5Fclose(file) < 0) ok = false;
  if (ok) return output_file_commit(&output, failure);
  failure_set(failure, EXIT_STATUS_FAILED,
              "%s: found %s while the result was written; expected "
              "room for it",
              path, hdf5_error_text());
  output_file_discard(&output);
  return false;
}
