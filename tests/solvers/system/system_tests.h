/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of what stays inside the solvers, on the backend that MFG_BACKEND names. */
#ifndef MFG_SYSTEM_TESTS_H
#define MFG_SYSTEM_TESTS_H

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mfg/error.h>
#include <mfg/solver.h>

#include "system/system.h"

TCase *operator_tests(void);
TCase *sweep_tests(void);
TCase *launch_tests(void);
TCase *lower_tests(void);

extern mfg_context *context;

/* A problem made of texts, its model and its system; made by one call and released by the other. */
typedef struct setup {
  mfg_problem *problem;
  mfg_model model;
  mfg_system system;
} setup;
typedef struct setup_texts {
  int axes; /* beside x: y on [0, 1.5] with walls and z on [0, 1], a ring */
  int boundary;
  int64_t cells, steps;
  const char *hamiltonian, *coupling, *terminal, *density;
  const char *obstacle; /* NULL: none */
} setup_texts;
void setup_create(setup *made, const setup_texts *texts);
void setup_release(setup *made);

/* Numbers in [-1, 1) that are the same in every run. */
double random_number(void);
/* A random array of float64. */
mfg_array *random_array(mfg_scope *scope, int rank, const int64_t *shape);
/* All elements of an array of float64 on the host; free() them. */
double *to_host(mfg_array *array);

#endif
