/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A problem that has been read: numbers, the grid, and its formulas as expressions. */
#ifndef MFG_SOLVERS_PROBLEM_MODEL_H
#define MFG_SOLVERS_PROBLEM_MODEL_H

#include "expression/expression.h"
#include "grid/grid.h"
#include "problem/storage.h"

typedef struct mfg_model {
  mfg_grid grid;
  double viscosity;
  bool normalise;
  bool stationary; /* the grid then has one step of length 1, which is not used */
  /* H = sum of quadratic[k]*p_k^2 + sum of linear[k]*p_k + constant */
  mfg_expression_quadratic hamiltonian;
  /* Each is an expression, or NULL where the problem gives values instead (borrowed from it). */
  mfg_expression *coupling, *terminal_cost, *initial_density;
  const mfg_problem_entry *coupling_values, *terminal_values, *initial_values;
  mfg_expression *exit_cost; /* of coordinates and t */
  mfg_expression *obstacle;  /* a condition; NULL where there is none */
} mfg_model;

/* Reads and checks the problem, which outlives the model. Errors as mfg_problem_check; nothing is
 * held after a failure. */
mfg_status mfg_model_create(const mfg_problem *problem, mfg_model *model);
void mfg_model_release(mfg_model *model);

#endif
