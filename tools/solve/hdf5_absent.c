/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands in for the files of HDF5 where the program was built without it. */
#include "checkpoint_file.h"
#include "density_file.h"
#include "result_file.h"

static bool fail_absent(const char *path, solve_failure *failure) {
  return failure_set(failure, EXIT_STATUS_WRONG_INPUT,
                     "%s: found a program that was built without HDF5; expected one with it", path);
}

bool result_file_is_supported(void) {
  return false;
}

bool result_file_write(const char *path, const result_view *view, solve_failure *failure) {
  (void)view;
  return fail_absent(path, failure);
}

bool density_file_set(problem_file *file, const yaml_node_t *node, const char *path,
                      const char *dataset, solve_failure *failure) {
  (void)file, (void)node, (void)dataset;
  return fail_absent(path, failure);
}

bool checkpoint_file_write(const char *path, const mfg_state *state,
                           const checkpoint_origin *origin, solve_failure *failure) {
  (void)state, (void)origin;
  return fail_absent(path, failure);
}

bool checkpoint_file_read(const char *path, const checkpoint_origin *origin, mfg_state **state,
                          char **other_device, solve_failure *failure) {
  (void)origin;
  *state = NULL;
  *other_device = NULL;
  return fail_absent(path, failure);
}
