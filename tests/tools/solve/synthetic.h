/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A result that no solver made: u and m are known at every point, on one to three axes of
 * different lengths, so that a transposed or shifted field shows. */
#ifndef MFG_TESTS_TOOLS_SOLVE_SYNTHETIC_H
#define MFG_TESTS_TOOLS_SOLVE_SYNTHETIC_H

#include "result_view.h"

typedef struct synthetic {
  result_view view;
  double coordinates[3][64];
  double times[64];
  double residuals[3];
  bool breaks; /* reading a level fails */
} synthetic;

/* `steps` 0 is a stationary result. */
void synthetic_make(synthetic *result, int axes, int64_t steps);
/* The value of a field at a level and a cell, given by its place along each axis. */
double synthetic_value(int field, int64_t level, const int64_t *cell);

#endif
