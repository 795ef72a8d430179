/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hjb/step.h"

typedef struct newton {
  const mfg_upwind *upwind;
  const mfg_hjb_test *test;
  mfg_array *u;
  const mfg_array *next, *source;
} newton;

/* One update  (I + dt A(u)) v = next + source + c/2 (q+^2 + q-^2):  since the Hamiltonian is
 * quadratic on either side of its kink, dt A(u) u exceeds dt g(Du) by just that last term, and the
 * new value comes out of the solve itself. What the rows have beyond an exit is known and goes to
 * the right.
 *
 * The remainder of min(p,0)^2 after its tangent is between 0 and the square of the change, so the
 * residual that v leaves is at most c/2 (|d+ e|^2 + |d- e|^2) <= 4 c max e^2, e = v - u: the size
 * of this update bounds the next residual, and no further solve is needed to know it. It is small
 * enough where it, or the update, drowns in the rounding of the residual's own evaluation. */
static mfg_array *update(mfg_scope *s, void *user) {
  const newton *n = user;
  const mfg_upwind *upwind = n->upwind;
  mfg_upwind_differences d = mfg_upwind_differences_of(s, upwind, n->u);
  mfg_upwind_matrix matrix = mfg_upwind_linearised(s, upwind, &d);
  mfg_array *squares = mfg_add(s, mfg_mul(s, d.falls, d.falls), mfg_mul(s, d.rises, d.rises));
  mfg_array *excess = mfg_mul(s, mfg_mul(s, upwind->curvature, 0.5), squares);
  mfg_operand known = mfg_operand_of_array(n->source ? mfg_add(s, n->next, n->source) : n->next);
  mfg_array *right_hand_side = mfg_add(s, known, excess);
  mfg_array *beyond = mfg_upwind_exit_costs(s, upwind, &matrix);
  if (beyond) right_hand_side = mfg_sub(s, right_hand_side, beyond);
  mfg_array *v = mfg_line_solve(s, matrix.lower, matrix.diagonal, matrix.upper, right_hand_side,
                                upwind->axis, upwind->periodic);
  mfg_array *change = mfg_abs(s, mfg_sub(s, v, n->u));
  mfg_array *bound = mfg_mul(s, mfg_mul(s, upwind->curvature, 4.0), mfg_mul(s, change, change));
  mfg_array *allowed = mfg_mul(s, mfg_add(s, mfg_abs(s, v), 1.0), n->test->rounding);
  mfg_array *above = mfg_greater(s, mfg_minimum(s, bound, change), allowed);
  mfg_array *done = mfg_all(s, mfg_logical_not(s, above), MFG_ALL_AXES);
  mfg_array *targets[] = {n->u, n->test->done};
  mfg_array *sources[] = {v, done};
  return mfg_assign_many(s, 2, targets, sources) == MFG_OK ? n->test->done : NULL;
}

mfg_status mfg_hjb_step(mfg_scope *s, const mfg_upwind *upwind, const mfg_hjb_test *test,
                        mfg_array *u, const mfg_array *next, const mfg_array *source) {
  newton n = {.upwind = upwind, .test = test, .u = u, .next = next, .source = source};
  return mfg_repeat(s, MFG_HJB_MAXIMUM_UPDATES, update, &n);
}
