/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_RESULT_FILE_H
#define MFG_TOOLS_SOLVE_RESULT_FILE_H

#include "result_view.h"

/* Whether this program can write results, checkpoints and read densities. */
bool result_file_is_supported(void);

/* Writes the result as an HDF5 file: u and m (levels, cells...), t, a vector of coordinates per
 * axis under its name, the residual after each iteration, and attributes on the root. The file
 * appears whole or not at all. On two and three axes the group /mesh holds the coordinates of every
 * point, for the XDMF file. */
bool result_file_write(const char *path, const result_view *view, solve_failure *failure);

#endif
