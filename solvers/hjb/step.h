/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One implicit step of the Hamilton-Jacobi-Bellman equation along an axis. */
#ifndef MFG_SOLVERS_HJB_STEP_H
#define MFG_SOLVERS_HJB_STEP_H

#include "hjb/upwind.h"

/* Newton updates of one step before it counts as failed: the iteration is monotone after its first
 * update, and takes 2 to 4; a kinked Hamiltonian with a steep cost was seen to take 10. */
#define MFG_HJB_MAXIMUM_UPDATES 60

/* The device's share of the stopping test. */
typedef struct mfg_hjb_test {
  mfg_array *rounding; /* rank 0: what counts as rounding in u, relative to 1 + |u| */
  mfg_array *done;     /* rank 0, bool: written by each update */
} mfg_hjb_test;

/* Solves  u + dt (g(Du) - nu Laplace u) = next + source  for u, in place, starting from what u
 * holds; `next` is the level above, `source` is dt (f - H(p=0)), or NULL for 0. Each Newton update
 * is one kernel. The scope's status, MFG_ERROR_REPEAT_LIMIT after MFG_HJB_MAXIMUM_UPDATES. A NaN
 * ends the iteration at once and stays in u. */
mfg_status mfg_hjb_step(mfg_scope *scope, const mfg_upwind *upwind, const mfg_hjb_test *test,
                        mfg_array *u, const mfg_array *next, const mfg_array *source);

#endif
