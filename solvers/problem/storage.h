/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A problem as its setters left it: copies of texts and values, nothing parsed. */
#ifndef MFG_SOLVERS_PROBLEM_STORAGE_H
#define MFG_SOLVERS_PROBLEM_STORAGE_H

#include <mfg/problem.h>

/* A text, or values on the grid, or neither. */
typedef struct mfg_problem_entry {
  char *text;
  int rank;
  int64_t shape[MFG_MAX_RANK];
  double *values;
} mfg_problem_entry;

typedef struct mfg_problem_parameter {
  char *name;
  char *text;
} mfg_problem_parameter;

typedef struct mfg_problem_axis_entry {
  char *name; /* NULL: x, y or z by position */
  char *lower, *upper, *cells;
  int32_t boundary[2];
} mfg_problem_axis_entry;

struct mfg_problem {
  int parameter_count;
  mfg_problem_parameter parameters[MFG_PROBLEM_MAXIMUM_PARAMETERS];
  int axes;
  mfg_problem_axis_entry axis[MFG_PROBLEM_MAXIMUM_AXES];
  mfg_problem_entry fields[MFG_PROBLEM_FIELD_COUNT];
  bool stationary;
  bool keep_mass; /* the initial density is not normalised */
};

#endif
