/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrays that follow a rule. */
#include <mfg/creation.h>
#include <mfg/sdk.h>

#include "array/handle.h"
#include "array/promotion.h"

/* ---- ranges ---------------------------------------------------------------------------------- */

mfg_array *mfg_arange_integer(mfg_scope *scope, mfg_dtype type, int64_t start, int64_t stop,
                              int64_t step) {
  if (!mfg_scope_usable(scope)) return NULL;
  bool any = step > 0 ? start < stop : start > stop;
  uint64_t distance =
      step > 0 ? (uint64_t)stop - (uint64_t)start : (uint64_t)start - (uint64_t)stop;
  uint64_t stride = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;
  uint64_t count = step != 0 && any ? (distance - 1) / stride + 1 : 0;
  if (step == 0 || count > UINT64_C(1) << 59)
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT,
                           "mfg_arange_integer: from %lld to %lld in steps of %lld",
                           (long long)start, (long long)stop, (long long)step);
  mfg_array *index = mfg_indices(scope, 1, (const int64_t[]){(int64_t)count}, 0);
  mfg_array *values = mfg_add(scope, mfg_mul(scope, index, step), start);
  return mfg_astype(scope, values, type);
}

/* ---- matrices -------------------------------------------------------------------------------- */

/* column - row of the matrices in the last two axes. */
static mfg_array *diagonals(mfg_scope *scope, int64_t rows, int64_t columns) {
  mfg_array *row = mfg_indices(scope, 2, (const int64_t[]){rows, 1}, 0);
  mfg_array *column = mfg_indices(scope, 2, (const int64_t[]){1, columns}, 1);
  return mfg_sub(scope, column, row);
}

mfg_array *mfg_eye(mfg_scope *scope, mfg_dtype type, int64_t rows, int64_t columns,
                   int64_t diagonal) {
  if (!mfg_scope_usable(scope)) return NULL;
  if (rows < 0 || columns < 0)
    return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_eye: a matrix of %lld by %lld",
                           (long long)rows, (long long)columns);
  mfg_array *on_diagonal = mfg_equal(scope, diagonals(scope, rows, columns), diagonal);
  return mfg_astype(scope, on_diagonal, type);
}

static mfg_array *triangle(mfg_scope *scope, const mfg_array *array, int64_t diagonal, bool lower,
                           const char *operation) {
  if (!mfg_scope_accepts(scope, array, operation)) return NULL;
  if (array->rank < 2)
    return mfg_scope_error(scope, MFG_ERROR_SHAPE, "%s: an array of rank %d; expected matrices",
                           operation, array->rank);
  mfg_array *place = diagonals(scope, array->shape[array->rank - 2], array->shape[array->rank - 1]);
  mfg_array *inside =
      lower ? mfg_less_equal(scope, place, diagonal) : mfg_greater_equal(scope, place, diagonal);
  return mfg_where(scope, inside, array, mfg_zeros(scope, array->type, 0, NULL));
}

mfg_array *mfg_tril(mfg_scope *scope, const mfg_array *array, int64_t diagonal) {
  return triangle(scope, array, diagonal, true, "mfg_tril");
}

mfg_array *mfg_triu(mfg_scope *scope, const mfg_array *array, int64_t diagonal) {
  return triangle(scope, array, diagonal, false, "mfg_triu");
}

/* ---- grids ----------------------------------------------------------------------------------- */

mfg_status mfg_meshgrid(mfg_scope *scope, int count, mfg_array *const *arrays, bool cartesian,
                        mfg_array **results) {
  if (!mfg_scope_usable(scope)) return mfg_scope_status(scope);
  if (count < 0 || count > MFG_MAX_RANK)
    mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_meshgrid: %d arrays; expected at most %d", count,
                    MFG_MAX_RANK);
  int64_t shape[MFG_MAX_RANK];
  int axes[MFG_MAX_RANK];
  for (int i = 0; i < count && mfg_scope_status(scope) == MFG_OK; i++) {
    if (!mfg_scope_accepts(scope, arrays[i], "mfg_meshgrid")) break;
    axes[i] = cartesian && count > 1 && i < 2 ? 1 - i : i;
    if (arrays[i]->rank != 1)
      mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_meshgrid: array %d has rank %d; expected 1", i,
                      arrays[i]->rank);
    else if (arrays[i]->type != arrays[0]->type)
      mfg_scope_error(scope, MFG_ERROR_TYPE, "mfg_meshgrid: %s beside %s",
                      mfg_dtype_name(arrays[i]->type), mfg_dtype_name(arrays[0]->type));
    else
      shape[axes[i]] = arrays[i]->shape[0];
  }
  for (int i = 0; i < count && mfg_scope_status(scope) == MFG_OK; i++) {
    int64_t along[MFG_MAX_RANK];
    for (int a = 0; a < count; a++)
      along[a] = a == axes[i] ? arrays[i]->shape[0] : 1;
    mfg_value *value = mfg_scope_value(scope, mfg_reshape(scope, arrays[i], count, along));
    mfg_value *wide = value != NULL ? mfg_value_everywhere(value, count, shape) : NULL;
    mfg_value_release(value);
    results[i] = mfg_scope_adopt(scope, wide);
  }
  return mfg_scope_status(scope);
}
