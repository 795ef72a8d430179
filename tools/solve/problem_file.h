/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_PROBLEM_FILE_H
#define MFG_TOOLS_SOLVE_PROBLEM_FILE_H

#include "failure.h"
#include "problem_document.h"
#include "text_buffer.h"

#include <mfg/problem.h>
#include <mfg/solver.h>

/* A problem file, read: the problem, how to solve it, and what to report of the answer. It keeps
 * the YAML document, so that what the solver says about a field can be told by line.
 *
 * Life: zero-initialise, read, solve, free (also after a failed read). One thread at a time. */

typedef struct problem_probe {
  int field; /* enum mfg_result_field */
  double time;
  double place[MFG_PROBLEM_MAXIMUM_AXES];
} problem_probe;

/* Where a field of the problem, named as the library names it, stands in the file. */
typedef struct problem_place {
  char field[64];
  const yaml_node_t *node;
  const char *setting; /* not NULL: "name=value" of the command line, instead of a node */
} problem_place;

typedef struct problem_file {
  problem_document document;
  char *title; /* "" where the file has none; owned */
  mfg_problem *problem;
  mfg_solver_options options; /* what the file says; the rest is zero */
  int axes;
  char axis_names[MFG_PROBLEM_MAXIMUM_AXES][64];
  bool periodic[MFG_PROBLEM_MAXIMUM_AXES];
  double lower[MFG_PROBLEM_MAXIMUM_AXES], upper[MFG_PROBLEM_MAXIMUM_AXES];
  double horizon; /* 0 where stationary */
  bool stationary;
  problem_probe *probes;
  size_t probe_count;
  problem_place *places;
  size_t place_count, place_capacity;
  /* What decides about the iterates, one "key=text" a line: two runs with one identity make the
   * same ones. A checkpoint carries it. */
  text_buffer identity;
} problem_file;

/* Reads `path` and lets the `setting_count` texts "name=value" replace parameters of the file. All
 * that can be known to be wrong without a device is found here. */
bool problem_file_read(problem_file *file, const char *path, char *const *settings,
                       size_t setting_count, solve_failure *failure);
void problem_file_free(problem_file *file);

/* The value of a number at a place that was noted: "horizon", "domain[0].cells". */
bool problem_file_number(const problem_file *file, const char *field, double *value,
                         solve_failure *failure);

/* Fills `failure` from mfg_problem_last_error(), with the place in the file. Always false. */
bool problem_file_fail(const problem_file *file, int exit_status, solve_failure *failure);

#endif
