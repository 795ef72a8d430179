/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "density_file.h"

#include "checksum.h"
#include "hdf5_access.h"
#include "problem_sections.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A path as seen from the folder of the problem file. NULL where memory is out. */
static char *resolve(const char *problem_path, const char *path) {
  const char *slash = strrchr(problem_path, '/');
  char *resolved = NULL;
  if (path[0] == '/' || !slash) return strdup(path);
  if (asprintf(&resolved, "%.*s%s", (int)(slash + 1 - problem_path), problem_path, path) < 0)
    return NULL;
  return resolved;
}

/* What the problem says about an axis: the texts of its cells stand at the places noted. */
static bool read_cells(const problem_file *file, int64_t *cells, solve_failure *failure) {
  for (int axis = 0; axis < file->axes; axis++) {
    char field[32];
    snprintf(field, sizeof field, "domain[%d].cells", axis);
    double value;
    if (!problem_file_number(file, field, &value, failure)) return false;
    cells[axis] = value >= 1 && value < 1e15 ? (int64_t)value : 0;
  }
  return true;
}

/* Whether the dataset has the shape of the grid, perhaps with levels of time before it. */
static bool check_shape(const problem_file *file, const yaml_node_t *node, const int64_t *cells,
                        int rank, const hsize_t *extent, solve_failure *failure) {
  int levels = rank - file->axes;
  bool fits = (levels == 0 || levels == 1) && (levels == 0 || extent[0] > 0);
  for (int axis = 0; fits && axis < file->axes; axis++)
    fits = extent[levels + axis] == (hsize_t)cells[axis];
  if (fits) return true;
  text_buffer found = {0}, expected = {0};
  for (int i = 0; i < rank; i++)
    text_format(&found, "%s%llu", i ? " x " : "", (unsigned long long)extent[i]);
  for (int i = 0; i < file->axes; i++)
    text_format(&expected, "%s%" PRId64, i ? " x " : "", cells[i]);
  node_fail(&file->document, node, failure,
            "initial_density: found a dataset of %s numbers; expected %s (or levels of these)",
            found.length ? text_string(&found) : "one", text_string(&expected));
  text_free(&found);
  text_free(&expected);
  return false;
}

static bool read_values(const problem_file *file, const yaml_node_t *node, hid_t dataset,
                        double **values, int64_t *cells, solve_failure *failure) {
  hid_t space = H5Dget_space(dataset);
  hsize_t extent[H5S_MAX_RANK], start[H5S_MAX_RANK] = {0}, count[H5S_MAX_RANK];
  int rank = H5Sget_simple_extent_dims(space, extent, NULL);
  bool ok = rank >= 0 && check_shape(file, node, cells, rank, extent, failure);
  hid_t memory = H5I_INVALID_HID;
  if (ok) {
    hsize_t size = 1;
    memcpy(count, extent, sizeof count);
    if (rank > file->axes) {
      start[0] = extent[0] - 1;
      count[0] = 1;
    }
    for (int i = 0; i < rank; i++)
      size *= count[i];
    *values = size <= SIZE_MAX / sizeof **values ? malloc((size_t)size * sizeof **values) : NULL;
    ok = *values || failure_out_of_memory(failure);
    memory = H5Screate_simple(rank, count, NULL);
  }
  if (ok && (H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0 ||
             H5Dread(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, *values) < 0)) {
    ok = node_fail(&file->document, node, failure,
                   "initial_density: found %s; expected a dataset of numbers", hdf5_error_text());
  }
  if (memory >= 0) H5Sclose(memory);
  if (space >= 0) H5Sclose(space);
  return ok;
}

/* Hands the values to the problem; the identity keeps a checksum of them. */
static bool use_values(problem_file *file, const double *values, const int64_t *cells,
                       solve_failure *failure) {
  size_t size = sizeof *values;
  for (int i = 0; i < file->axes; i++)
    size *= (size_t)cells[i];
  char text[32];
  snprintf(text, sizeof text, "%016" PRIx64, checksum_of_bytes(CHECKSUM_START, values, size));
  note_identity(file, "initial_density", text);
  if (mfg_problem_set_values(file->problem, MFG_PROBLEM_INITIAL_DENSITY, file->axes, cells,
                             values) == MFG_OK)
    return true;
  return problem_file_fail(file, EXIT_STATUS_WRONG_INPUT, failure);
}

bool density_file_set(problem_file *file, const yaml_node_t *node, const char *path,
                      const char *dataset_name, solve_failure *failure) {
  int64_t cells[MFG_PROBLEM_MAXIMUM_AXES] = {0};
  char *resolved = resolve(file->document.path, path);
  if (!resolved) return failure_out_of_memory(failure);
  solve_failure reason = {0};
  hid_t source = hdf5_open(resolved, &reason);
  free(resolved);
  if (source < 0) {
    node_fail(&file->document, node, failure, "initial_density: %s", failure_text(&reason));
    failure_clear(&reason);
    return false;
  }
  hid_t dataset = H5Dopen2(source, dataset_name, H5P_DEFAULT);
  double *values = NULL;
  bool ok = dataset >= 0 || node_fail(&file->document, node, failure,
                                      "initial_density: found no dataset '%s' in %s; expected one",
                                      dataset_name, path);
  ok = ok && read_cells(file, cells, failure) &&
       read_values(file, node, dataset, &values, cells, failure) &&
       use_values(file, values, cells, failure);
  free(values);
  if (dataset >= 0) H5Dclose(dataset);
  H5Fclose(source);
  return ok;
}
