/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_SOLVERS_RESULT_RESULT_H
#define MFG_SOLVERS_RESULT_RESULT_H

#include <mfg/result.h>

#include "grid/grid.h"

struct mfg_result {
  mfg_context *context;
  mfg_grid grid;
  mfg_array *fields[2]; /* enum mfg_result_field */
  double *residuals;    /* owned */
  double *coordinates[MFG_PROBLEM_MAXIMUM_AXES];
  double *times;
  uint8_t *obstacle; /* NULL without */
  char *fallbacks, *backend, *device;
  mfg_result_information information; /* its texts point at the above or are static */
};

/* An empty result for the grid, with its coordinates and times. NULL where memory is out. */
mfg_result *mfg_result_create(mfg_context *context, const mfg_grid *grid);

#endif
