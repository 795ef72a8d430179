/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hjb/upwind.h"

/* An array that does not vary along the axis is its own neighbour. */
mfg_array *mfg_upwind_neighbour(mfg_scope *s, const mfg_upwind *upwind, const mfg_array *array,
                                int offset) {
  if (!array || mfg_array_rank(array) <= upwind->axis || mfg_array_shape(array)[upwind->axis] == 1)
    return (mfg_array *)(uintptr_t)array;
  return mfg_shift(s, array, upwind->axis, offset,
                   upwind->periodic ? MFG_BOUNDARY_WRAP : MFG_BOUNDARY_CLAMP, 0);
}

mfg_array *mfg_upwind_neighbour_or_zero(mfg_scope *s, const mfg_upwind *upwind,
                                        const mfg_array *array, int offset) {
  return mfg_shift(s, array, upwind->axis, offset,
                   upwind->periodic ? MFG_BOUNDARY_WRAP : MFG_BOUNDARY_CONSTANT, 0);
}

/* ---- differences ----------------------------------------------------------------------------- */

/* `beyond` where the face is an exit, else `within`. */
static mfg_array *at_exits(mfg_scope *s, const mfg_array *weight, mfg_array *beyond,
                           mfg_array *within) {
  return mfg_where(s, mfg_greater(s, weight, 1.0), beyond, within);
}

static mfg_array *weighted(mfg_scope *s, const mfg_array *weight, mfg_array *value) {
  return weight ? mfg_mul(s, weight, value) : value;
}

static mfg_upwind_differences differences(mfg_scope *s, const mfg_upwind *upwind,
                                          const mfg_array *u, mfg_array *exit_lower,
                                          mfg_array *exit_upper) {
  mfg_array *above = mfg_upwind_neighbour(s, upwind, u, +1);
  mfg_array *below = mfg_upwind_neighbour(s, upwind, u, -1);
  if (exit_upper) above = at_exits(s, upwind->weight_right, exit_upper, above);
  if (exit_lower) below = at_exits(s, upwind->weight_left, exit_lower, below);
  mfg_upwind_differences d;
  d.right = weighted(s, upwind->weight_right, mfg_sub(s, above, u));
  d.left = weighted(s, upwind->weight_left, mfg_sub(s, u, below));
  d.falls = mfg_minimum(s, d.right, 0.0);
  d.rises = mfg_maximum(s, d.left, 0.0);
  return d;
}

mfg_upwind_differences mfg_upwind_differences_of(mfg_scope *s, const mfg_upwind *upwind,
                                                 const mfg_array *u) {
  return differences(s, upwind, u, upwind->exit_lower, upwind->exit_upper);
}

mfg_upwind_differences mfg_upwind_differences_of_change(mfg_scope *s, const mfg_upwind *upwind,
                                                        const mfg_array *du) {
  mfg_array *zero = mfg_number(s, 0);
  return differences(s, upwind, du, upwind->exit_lower ? zero : NULL,
                     upwind->exit_upper ? zero : NULL);
}

mfg_array *mfg_upwind_hamiltonian(mfg_scope *s, const mfg_upwind *upwind,
                                  const mfg_upwind_differences *d) {
  mfg_array *linear =
      mfg_sub(s, mfg_mul(s, upwind->left, d->left), mfg_mul(s, upwind->right, d->right));
  mfg_array *squares = mfg_add(s, mfg_mul(s, d->falls, d->falls), mfg_mul(s, d->rises, d->rises));
  return mfg_add(s, linear, mfg_mul(s, mfg_mul(s, upwind->curvature, 0.5), squares));
}

/* ---- the matrix and its transpose ------------------------------------------------------------ */

static mfg_array *upper_entry(mfg_scope *s, const mfg_array *weight, mfg_array *curvature,
                              mfg_array *right, mfg_array *falls) {
  return weighted(s, weight, mfg_sub(s, mfg_mul(s, curvature, falls), right));
}

static mfg_array *lower_entry(mfg_scope *s, const mfg_array *weight, mfg_array *curvature,
                              mfg_array *left, mfg_array *rises) {
  return weighted(s, weight, mfg_negative(s, mfg_add(s, mfg_mul(s, curvature, rises), left)));
}

mfg_upwind_matrix mfg_upwind_linearised(mfg_scope *s, const mfg_upwind *upwind,
                                        const mfg_upwind_differences *d) {
  mfg_upwind_matrix matrix;
  matrix.upper = upper_entry(s, upwind->weight_right, upwind->curvature, upwind->right, d->falls);
  matrix.lower = lower_entry(s, upwind->weight_left, upwind->curvature, upwind->left, d->rises);
  matrix.diagonal = mfg_sub(s, mfg_sub(s, 1.0, matrix.upper), matrix.lower);
  return matrix;
}

mfg_upwind_matrix mfg_upwind_transposed(mfg_scope *s, const mfg_upwind *upwind,
                                        const mfg_upwind_differences *d) {
  mfg_upwind_matrix matrix = mfg_upwind_linearised(s, upwind, d);
  /* upper[i-1] holds w+[i-1] = w-[i] and min(d+[i-1],0) = min(d-[i],0), lower[i+1] holds w+[i] and
   * max(d-[i+1],0) = max(d+[i],0): no difference of the neighbour is read. */
  matrix.lower =
      upper_entry(s, upwind->weight_left, mfg_upwind_neighbour(s, upwind, upwind->curvature, -1),
                  mfg_upwind_neighbour(s, upwind, upwind->right, -1), mfg_minimum(s, d->left, 0.0));
  matrix.upper =
      lower_entry(s, upwind->weight_right, mfg_upwind_neighbour(s, upwind, upwind->curvature, +1),
                  mfg_upwind_neighbour(s, upwind, upwind->left, +1), mfg_maximum(s, d->right, 0.0));
  return matrix;
}

mfg_array *mfg_upwind_multiply(mfg_scope *s, const mfg_upwind *upwind,
                               const mfg_upwind_matrix *matrix, const mfg_array *v) {
  mfg_array *below = mfg_mul(s, matrix->lower, mfg_upwind_neighbour_or_zero(s, upwind, v, -1));
  mfg_array *above = mfg_mul(s, matrix->upper, mfg_upwind_neighbour_or_zero(s, upwind, v, +1));
  return mfg_add(s, mfg_add(s, mfg_mul(s, matrix->diagonal, v), below), above);
}

mfg_array *mfg_upwind_bending(mfg_scope *s, const mfg_upwind *upwind,
                              const mfg_upwind_differences *d, const mfg_upwind_differences *change,
                              const mfg_array *m) {
  mfg_array *c = upwind->curvature;
  mfg_array *here = mfg_mul(s, c, m);
  mfg_array *above = mfg_mul(s, mfg_upwind_neighbour(s, upwind, c, +1),
                             mfg_upwind_neighbour_or_zero(s, upwind, m, +1));
  mfg_array *below = mfg_mul(s, mfg_upwind_neighbour(s, upwind, c, -1),
                             mfg_upwind_neighbour_or_zero(s, upwind, m, -1));
  mfg_array *zero = mfg_number(s, 0);
  mfg_array *right = mfg_where(s, mfg_less(s, d->right, 0.0), here,
                               mfg_where(s, mfg_greater(s, d->right, 0.0), above, zero));
  mfg_array *left = mfg_where(s, mfg_greater(s, d->left, 0.0), here,
                              mfg_where(s, mfg_less(s, d->left, 0.0), below, zero));
  right = weighted(s, upwind->weight_right, mfg_mul(s, right, change->right));
  left = weighted(s, upwind->weight_left, mfg_mul(s, left, change->left));
  return mfg_sub(s, left, right);
}

/* ---- exits ----------------------------------------------------------------------------------- */

static mfg_array *beyond_exits(mfg_scope *s, const mfg_upwind *upwind, mfg_array *lower,
                               mfg_array *upper) {
  mfg_array *zero = mfg_number(s, 0), *below = NULL, *above = NULL;
  if (upwind->exit_lower) below = at_exits(s, upwind->weight_left, lower, zero);
  if (upwind->exit_upper) above = at_exits(s, upwind->weight_right, upper, zero);
  return !below ? above : !above ? below : mfg_add(s, below, above);
}

mfg_array *mfg_upwind_exit_costs(mfg_scope *s, const mfg_upwind *upwind,
                                 const mfg_upwind_matrix *linearised) {
  mfg_array *below = upwind->exit_lower ? mfg_mul(s, linearised->lower, upwind->exit_lower) : NULL;
  mfg_array *above = upwind->exit_upper ? mfg_mul(s, linearised->upper, upwind->exit_upper) : NULL;
  return beyond_exits(s, upwind, below, above);
}

mfg_array *mfg_upwind_exit_entries(mfg_scope *s, const mfg_upwind *upwind,
                                   const mfg_upwind_matrix *linearised) {
  return beyond_exits(s, upwind, linearised->lower, linearised->upper);
}
