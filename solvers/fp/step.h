/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One implicit step of the Fokker-Planck equation along an axis. */
#ifndef MFG_SOLVERS_FP_STEP_H
#define MFG_SOLVERS_FP_STEP_H

#include "hjb/upwind.h"

/* Solves  (I + dt A(u))' next = m  for `next`, A the Hamilton-Jacobi-Bellman operator linearised at
 * u. The transpose of an M-matrix whose rows sum to 1 has columns that sum to 1 and a non-negative
 * inverse: mass is kept and the density stays non-negative. One kernel. */
mfg_status mfg_fp_step(mfg_scope *scope, const mfg_upwind *upwind, mfg_array *next,
                       const mfg_array *m, const mfg_array *u);

#endif
