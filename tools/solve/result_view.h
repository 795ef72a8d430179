/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_RESULT_VIEW_H
#define MFG_TOOLS_SOLVE_RESULT_VIEW_H

#include "failure.h"

#include <mfg/problem.h>
#include <mfg/result.h>

/* What the writers of results read: the answer to a problem, wherever it is kept. Everything is
 * borrowed. The fields u and m are read level by level, so that no more than a few of them need to
 * be in the memory of the host. */
typedef struct result_view {
  mfg_result_information information;
  const char *title;
  const char *problem_text;
  const char *settings; /* what --set changed, "name=value" a line */
  const char *axis_names[MFG_PROBLEM_MAXIMUM_AXES];
  const double *coordinates[MFG_PROBLEM_MAXIMUM_AXES];
  double lower[MFG_PROBLEM_MAXIMUM_AXES], upper[MFG_PROBLEM_MAXIMUM_AXES];
  bool periodic[MFG_PROBLEM_MAXIMUM_AXES];
  const uint8_t *obstacle; /* per cell; NULL: no obstacle */
  const double *times;
  const double *residuals;
  /* Levels first .. first+count-1 of a field (enum mfg_result_field) in C order. */
  bool (*read_levels)(const void *source, int field, int64_t first, int64_t count, double *values,
                      solve_failure *failure);
  const void *source;
} result_view;

static inline int64_t result_view_cells(const result_view *view) {
  int64_t cells = 1;
  for (int axis = 0; axis < view->information.axes; axis++)
    cells *= view->information.cells[axis];
  return cells;
}

/* A view of what mfg_solve found. The caller fills in the texts, and the ends of
 * the axes. */
bool result_view_of(const mfg_result *result, result_view *view, solve_failure *failure);

#endif
