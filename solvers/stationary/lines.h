/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An approximate inverse of A(u) and of A(u)', made of implicit steps along lines.
 *
 * Pseudo-time steps of a sequence of lengths, each split along the axes (the factored form of Beam
 * and Warming 1976):
 *
 *     (I + t A_1) ... (I + t A_D) de = t (r - A e),   e <- e + de.
 *
 * A mode with the rates a_d keeps the part  1 - t sum(a_d)/prod(1 + t a_d)  of its error: between 0
 * and 1, and small where some t is near 1/a_d. (Twice the right side, as Peaceman and Rachford have
 * it, gains a little where the A_d commute. Around obstacles, and where a drift is strong, they do
 * not, and such steps undo each other.) The lengths go down
 * from the time in which diffusion crosses the domain to that in which it crosses a cell, by a
 * constant ratio (Wachspress 1962), so that their number grows with the logarithm of the cells
 * along an axis, and the error is reduced alike on every mesh, whatever the shape of its cells. Any
 * number of cells will do. On one axis there is nothing to split, and one long step is the inverse.
 */
#ifndef MFG_SOLVERS_STATIONARY_LINES_H
#define MFG_SOLVERS_STATIONARY_LINES_H

#include "stationary/ergodic.h"

#define MFG_LINES_MAXIMUM 16

typedef struct mfg_lines {
  const mfg_ergodic *ergodic; /* borrowed */
  int count;
  mfg_array *length[MFG_LINES_MAXIMUM]; /* rank 0, falling */
  mfg_array *work;
} mfg_lines;

/* The status of the arrays. To be released in any case. */
mfg_status mfg_lines_create(const mfg_ergodic *ergodic, mfg_lines *lines);
void mfg_lines_release(mfg_lines *lines);
/* Lengths for a viscosity. */
mfg_status mfg_lines_set_viscosity(mfg_lines *lines, double viscosity);

/* Writes into `solution`, which is another array, about the solution of A(u) e = right, or of
 * A(u)' e = right. Up to a constant in the first case, with the sum of `right` times some number in
 * the second. Linear in `right`. */
void mfg_lines_apply(mfg_scope *scope, const mfg_lines *lines, mfg_array *solution,
                     const mfg_array *right, bool transposed);

#endif
