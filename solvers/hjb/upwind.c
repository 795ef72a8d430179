/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hjb/upwind.h"

/* An array that does not vary along the axis is its own neighbour. */
static mfg_array *shifted(mfg_scope *s, const mfg_upwind *upwind, const mfg_array *array,
                          int offset, int wall) {
  if (!array || mfg_array_rank(array) <= upwind->axis || mfg_array_shape(array)[upwind->axis] == 1)
    return (mfg_array *)(uintptr_t)array;
  return mfg_shift(s, array, upwind->axis, offset, upwind->periodic ? MFG_BOUNDARY_WRAP : wall, 0);
}

mfg_array *mfg_upwind_neighbour(mfg_scope *s, const mfg_upwind *upwind, const mfg_array *array,
                                int offset) {
  return shifted(s, upwind, array, offset, MFG_BOUNDARY_CLAMP);
}

mfg_upwind_differences mfg_upwind_differences_of(mfg_scope *s, const mfg_upwind *upwind,
                                                 const mfg_array *u) {
  mfg_upwind_differences d;
  d.right = mfg_sub(s, mfg_upwind_neighbour(s, upwind, u, +1), u);
  d.left = mfg_sub(s, u, mfg_upwind_neighbour(s, upwind, u, -1));
  d.falls = mfg_minimum(s, d.right, 0.0);
  d.rises = mfg_maximum(s, d.left, 0.0);
  return d;
}

mfg_array *mfg_upwind_hamiltonian(mfg_scope *s, const mfg_upwind *upwind,
                                  const mfg_upwind_differences *d) {
  mfg_array *linear =
      mfg_sub(s, mfg_mul(s, upwind->left, d->left), mfg_mul(s, upwind->right, d->right));
  mfg_array *squares = mfg_add(s, mfg_mul(s, d->falls, d->falls), mfg_mul(s, d->rises, d->rises));
  return mfg_add(s, linear, mfg_mul(s, mfg_mul(s, upwind->curvature, 0.5), squares));
}

static mfg_array *upper_entry(mfg_scope *s, mfg_array *curvature, mfg_array *right,
                              mfg_array *falls) {
  return mfg_sub(s, mfg_mul(s, curvature, falls), right);
}

static mfg_array *lower_entry(mfg_scope *s, mfg_array *curvature, mfg_array *left,
                              mfg_array *rises) {
  return mfg_negative(s, mfg_add(s, mfg_mul(s, curvature, rises), left));
}

mfg_upwind_matrix mfg_upwind_linearised(mfg_scope *s, const mfg_upwind *upwind,
                                        const mfg_upwind_differences *d) {
  mfg_upwind_matrix matrix;
  matrix.upper = upper_entry(s, upwind->curvature, upwind->right, d->falls);
  matrix.lower = lower_entry(s, upwind->curvature, upwind->left, d->rises);
  matrix.diagonal = mfg_sub(s, mfg_sub(s, 1.0, matrix.upper), matrix.lower);
  return matrix;
}

mfg_upwind_matrix mfg_upwind_transposed(mfg_scope *s, const mfg_upwind *upwind,
                                        const mfg_upwind_differences *d) {
  mfg_upwind_matrix matrix = mfg_upwind_linearised(s, upwind, d);
  /* upper[i-1] holds min(d+[i-1],0) = min(d-[i],0), lower[i+1] holds max(d-[i+1],0) = max(d+[i],0):
   * no difference of the neighbour is read. */
  matrix.lower =
      upper_entry(s, mfg_upwind_neighbour(s, upwind, upwind->curvature, -1),
                  mfg_upwind_neighbour(s, upwind, upwind->right, -1), mfg_minimum(s, d->left, 0.0));
  matrix.upper =
      lower_entry(s, mfg_upwind_neighbour(s, upwind, upwind->curvature, +1),
                  mfg_upwind_neighbour(s, upwind, upwind->left, +1), mfg_maximum(s, d->right, 0.0));
  return matrix;
}

mfg_array *mfg_upwind_multiply(mfg_scope *s, const mfg_upwind *upwind,
                               const mfg_upwind_matrix *matrix, const mfg_array *v) {
  mfg_array *below = mfg_mul(s, matrix->lower, shifted(s, upwind, v, -1, MFG_BOUNDARY_CONSTANT));
  mfg_array *above = mfg_mul(s, matrix->upper, shifted(s, upwind, v, +1, MFG_BOUNDARY_CONSTANT));
  return mfg_add(s, mfg_add(s, mfg_mul(s, matrix->diagonal, v), below), above);
}
