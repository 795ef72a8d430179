/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_DENSITY_FILE_H
#define MFG_TOOLS_SOLVE_DENSITY_FILE_H

#include "problem_file.h"

/* Takes the initial density of `file` from a dataset of an HDF5 file: the cells along each axis or,
 * as in a result file, time levels of these, of which the last is taken. A relative path starts at
 * the folder of the problem file. `node` is where the problem file asks for it. */
bool density_file_set(problem_file *file, const yaml_node_t *node, const char *path,
                      const char *dataset, solve_failure *failure);

#endif
