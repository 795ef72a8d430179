/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Statistics made of reductions, scans and elementwise work. */
#include <mfg/sdk.h>
#include <mfg/statistics.h>
#include <string.h>

#include "array/choose.h"
#include "array/promotion.h"

/* ---- types of the caller's ------------------------------------------------------------------- */

static mfg_array *as_type(mfg_scope *scope, mfg_array *array, mfg_dtype type) {
  return array == NULL || array->type == type ? array : mfg_astype(scope, array, type);
}

mfg_array *mfg_reduce_as(mfg_scope *scope, uint32_t operation, const mfg_array *array,
                         mfg_dtype type, uint32_t axes, bool keep_axes) {
  if (!mfg_scope_accepts(scope, array, "mfg_reduce_as")) return NULL;
  mfg_array *converted = mfg_astype(scope, array, type);
  return as_type(scope, mfg_reduce(scope, operation, converted, axes, keep_axes), type);
}

/* The elements of `first`, then those of `second`, along the axis. */
static mfg_array *joined(mfg_scope *scope, mfg_array *first, mfg_array *second, int axis) {
  mfg_array *parts[2] = {first, second};
  return mfg_concat(scope, 2, parts, axis);
}

mfg_array *mfg_cumulative(mfg_scope *scope, uint32_t operation, const mfg_array *array, int axis,
                          mfg_dtype type, bool include_initial) {
  if (!mfg_scope_accepts(scope, array, "mfg_cumulative")) return NULL;
  if (operation != MFG_REDUCE_SUM && operation != MFG_REDUCE_PRODUCT)
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT,
                           "mfg_cumulative: operation %u; expected MFG_REDUCE_SUM or "
                           "MFG_REDUCE_PRODUCT",
                           operation);
  const mfg_array *entering = type == 0 ? array : mfg_astype(scope, array, type);
  mfg_array *running = operation == MFG_REDUCE_SUM ? mfg_cumulative_sum(scope, entering, axis)
                                                   : mfg_cumulative_prod(scope, entering, axis);
  if (type != 0) running = as_type(scope, running, type);
  if (!include_initial || running == NULL) return running;
  int64_t shape[MFG_MAX_RANK];
  memcpy(shape, running->shape, sizeof shape);
  shape[axis < 0 ? axis + running->rank : axis] = 1;
  double neutral = operation == MFG_REDUCE_SUM ? 0 : 1;
  return joined(scope, mfg_full(scope, running->type, running->rank, shape, neutral), running,
                axis);
}

/* ---- spread ---------------------------------------------------------------------------------- */

mfg_array *mfg_var(mfg_scope *scope, const mfg_array *array, uint32_t axes, double correction,
                   bool keep_axes) {
  if (!mfg_scope_accepts(scope, array, "mfg_var")) return NULL;
  double count = 1;
  for (int axis = 0; axis < array->rank; axis++)
    if (axes == MFG_ALL_AXES || (axes & MFG_AXIS(axis)) != 0) count *= (double)array->shape[axis];
  const mfg_array *real =
      mfg_type_is_float(array->type) ? array : mfg_astype(scope, array, MFG_FLOAT64);
  mfg_array *deviation = mfg_sub(scope, real, mfg_mean(scope, real, axes, true));
  mfg_array *squares = mfg_mul(scope, deviation, deviation);
  mfg_array *sum = mfg_reduce(scope, MFG_REDUCE_SUM, squares, axes, keep_axes);
  double divisor = count - correction;
  return mfg_div(scope, sum, divisor > 0 ? divisor : 0.0);
}

mfg_array *mfg_std(mfg_scope *scope, const mfg_array *array, uint32_t axes, double correction,
                   bool keep_axes) {
  return mfg_sqrt(scope, mfg_var(scope, array, axes, correction, keep_axes));
}

/* ---- counts and differences ------------------------------------------------------------------ */

mfg_array *mfg_count_nonzero(mfg_scope *scope, const mfg_array *array, uint32_t axes,
                             bool keep_axes) {
  if (!mfg_scope_accepts(scope, array, "mfg_count_nonzero")) return NULL;
  return mfg_reduce(scope, MFG_REDUCE_SUM, mfg_is_nonzero(scope, array), axes, keep_axes);
}

mfg_array *mfg_diff(mfg_scope *scope, const mfg_array *array, int axis, int times,
                    mfg_array *before, mfg_array *after) {
  if (!mfg_scope_accepts(scope, array, "mfg_diff")) return NULL;
  int found = mfg_scope_axis(scope, axis, array->rank, "mfg_diff");
  if (found < 0) return NULL;
  if (times < 0)
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT, "mfg_diff: %d times", times);
  mfg_array *current = (mfg_array *)(uintptr_t)array;
  if (before != NULL) current = joined(scope, before, current, found);
  if (after != NULL) current = joined(scope, current, after, found);
  if (times == 0) return mfg_copy(scope, current);
  for (int i = 0; i < times && current != NULL; i++) {
    mfg_array *upper = mfg_slice(scope, current, found, 1, MFG_SLICE_END, 1);
    mfg_array *lower = mfg_slice(scope, current, found, 0, -1, 1);
    current = mfg_sub(scope, upper, lower);
  }
  return current;
}
