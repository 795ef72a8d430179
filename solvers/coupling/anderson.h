/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Anderson's acceleration of a fixed-point iteration (Walker and Ni 2011, in the form with
 * differences).
 *
 * With x the iterate, f = F(x) - x its change, and the last differences dx_j, df_j of both, the
 * next iterate is   x + w f - sum_j g_j (dx_j + w df_j),   g minimising |f - sum_j g_j df_j|. The
 * small normal equations are solved on the host from products reduced on the device; the oldest
 * differences are dropped where they no longer tell anything. */
#ifndef MFG_SOLVERS_COUPLING_ANDERSON_H
#define MFG_SOLVERS_COUPLING_ANDERSON_H

#include <mfg/array.h>

#define MFG_ANDERSON_MAXIMUM_DEPTH 20

typedef struct mfg_anderson {
  int depth, count;
  bool started; /* last_* hold an iterate */
  mfg_array *iterates[MFG_ANDERSON_MAXIMUM_DEPTH], *changes[MFG_ANDERSON_MAXIMUM_DEPTH]; /* dx, df,
                                                              oldest first; those beyond count may
                                                              hold memory for later */
  mfg_array *last_iterate, *last_change;
  double gram[MFG_ANDERSON_MAXIMUM_DEPTH][MFG_ANDERSON_MAXIMUM_DEPTH]; /* df_i . df_j */
} mfg_anderson;

/* Takes the iterate x and F(x), and overwrites x with the next iterate, of which *least is the
 * least element. `weight` is w. */
mfg_status mfg_anderson_update(mfg_context *context, mfg_anderson *anderson, mfg_array *iterate,
                               const mfg_array *image, double weight, double *least);
/* Forgets the past. */
void mfg_anderson_restart(mfg_anderson *anderson);
/* Makes the pair of slot `index` ready to be written; no-op where it is. */
mfg_status mfg_anderson_reserve(mfg_scope *scope, mfg_anderson *anderson, int index,
                                const mfg_array *like);
/* Computes the inner products of everything remembered, after it was put there from outside. */
mfg_status mfg_anderson_refresh(mfg_context *context, mfg_anderson *anderson);
void mfg_anderson_release(mfg_anderson *anderson);

#endif
