/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Creating arrays. */
#include <math.h>
#include <mfg/creation.h>
#include <mfg/sdk.h>

#include "array/complex_value.h"
#include "array/context_private.h"
#include "array/handle.h"
#include "array/promotion.h"
#include "support/error.h"

/* ---- checks ---------------------------------------------------------------------------------- */

static bool check_shape(mfg_scope *scope, int rank, const int64_t *shape, const char *operation) {
  if (rank < 0 || rank > MFG_MAX_RANK || (rank > 0 && shape == NULL)) {
    mfg_scope_error(scope, MFG_ERROR_SHAPE, "%s: rank %d; expected 0 to %d, with a shape",
                    operation, rank, MFG_MAX_RANK);
    return false;
  }
  for (int axis = 0; axis < rank; axis++)
    if (shape[axis] < 0 || !mfg_shape_fits(axis + 1, shape)) {
      mfg_scope_error(scope, MFG_ERROR_SHAPE, "%s: extent %lld of axis %d is negative or too large",
                      operation, (long long)shape[axis], axis);
      return false;
    }
  return true;
}

static bool check_new(mfg_scope *scope, mfg_dtype type, int rank, const int64_t *shape,
                      const char *operation) {
  if (!mfg_scope_usable(scope)) return false;
  if (!mfg_type_is_known(type)) {
    mfg_scope_error(scope, MFG_ERROR_TYPE,
                    "%s: element type %d; expected bool, an integer, a float or a complex type",
                    operation, type);
    return false;
  }
  if (!mfg_context_supports(scope->context, type)) {
    mfg_scope_error(scope, MFG_ERROR_TYPE, "%s: %s has no %s", operation,
                    mfg_context_device(scope->context), mfg_dtype_name(type));
    return false;
  }
  return check_shape(scope, rank, shape, operation);
}

/* ---- filled ---------------------------------------------------------------------------------- */

mfg_array *mfg_empty(mfg_scope *scope, mfg_dtype type, int rank, const int64_t *shape) {
  if (!check_new(scope, type, rank, shape, "mfg_empty")) return NULL;
  mfg_context *context = scope->context;
  mfg_status status = MFG_OK;
  uint64_t bytes = (uint64_t)mfg_shape_size(rank, shape) * mfg_dtype_size(type);
  mfg_block *block = mfg_block_new(context, bytes, mfg_context_frame(context), &status);
  if (block == NULL) {
    mfg_scope_keep_error(scope, status);
    return NULL;
  }
  int64_t strides[MFG_MAX_RANK];
  mfg_shape_strides(rank, shape, strides);
  mfg_value *value = mfg_value_leaf(context, block, type, rank, shape, 0, strides);
  mfg_block_release(block);
  return mfg_scope_adopt(scope, value);
}

static mfg_array *filled(mfg_scope *scope, mfg_dtype type, int rank, const int64_t *shape,
                         double value, const char *operation) {
  if (!check_new(scope, type, rank, shape, operation)) return NULL;
  mfg_operand number = mfg_operand_of_real(value);
  return mfg_scope_adopt(scope, mfg_value_of_operand(scope->context, type, rank, shape, &number));
}

mfg_array *mfg_zeros(mfg_scope *scope, mfg_dtype type, int rank, const int64_t *shape) {
  return filled(scope, type, rank, shape, 0, "mfg_zeros");
}

mfg_array *mfg_ones(mfg_scope *scope, mfg_dtype type, int rank, const int64_t *shape) {
  return filled(scope, type, rank, shape, 1, "mfg_ones");
}

mfg_array *mfg_full(mfg_scope *scope, mfg_dtype type, int rank, const int64_t *shape,
                    double value) {
  return filled(scope, type, rank, shape, value, "mfg_full");
}

mfg_array *mfg_full_operand(mfg_scope *scope, mfg_dtype type, int rank, const int64_t *shape,
                            mfg_operand value) {
  if (!check_new(scope, type, rank, shape, "mfg_full")) return NULL;
  if (value.kind == MFG_OPERAND_ARRAY)
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT,
                           "mfg_full: a number was expected; found an array");
  if (!mfg_scope_takes_number(scope, "mfg_full", type, &value)) return NULL;
  return mfg_scope_adopt(scope, mfg_value_of_operand(scope->context, type, rank, shape, &value));
}

mfg_array *mfg_empty_like(mfg_scope *scope, const mfg_array *like) {
  if (!mfg_scope_accepts(scope, like, "mfg_empty_like")) return NULL;
  return mfg_empty(scope, like->type, like->rank, like->shape);
}

mfg_array *mfg_zeros_like(mfg_scope *scope, const mfg_array *like) {
  return mfg_full_like(scope, like, 0);
}

mfg_array *mfg_ones_like(mfg_scope *scope, const mfg_array *like) {
  return mfg_full_like(scope, like, 1);
}

mfg_array *mfg_full_like(mfg_scope *scope, const mfg_array *like, double value) {
  if (!mfg_scope_accepts(scope, like, "mfg_full_like")) return NULL;
  return mfg_full(scope, like->type, like->rank, like->shape, value);
}

mfg_array *mfg_number(mfg_scope *scope, double number) {
  if (!mfg_scope_usable(scope)) return NULL;
  mfg_value *value = mfg_value_number(scope->context, MFG_FLOAT64, 0, NULL,
                                      mfg_scalar_of_real(MFG_FLOAT64, number));
  if (value != NULL) value->weak = true;
  return mfg_scope_adopt(scope, value);
}

/* ---- indices and ranges ---------------------------------------------------------------------- */

mfg_array *mfg_indices(mfg_scope *scope, int rank, const int64_t *shape, int axis) {
  if (!check_new(scope, MFG_INT64, rank, shape, "mfg_indices")) return NULL;
  int found = mfg_scope_axis(scope, axis, rank, "mfg_indices");
  if (found < 0) return NULL;
  mfg_value *value =
      mfg_value_node(scope->context, MFG_VALUE_INDEX, MFG_INT64, rank, shape, 0, NULL);
  if (value != NULL) value->node.axis = (uint8_t)found;
  return mfg_scope_adopt(scope, value);
}

/* start + index * step, computed in float64 (float32 for float32). */
static mfg_array *ramp(mfg_scope *scope, mfg_dtype type, double start, double step, int64_t count) {
  mfg_array *index = mfg_indices(scope, 1, &count, 0);
  mfg_array *real =
      mfg_astype(scope, index, mfg_type_is_float(type) ? type : (mfg_dtype)MFG_FLOAT64);
  return mfg_astype(scope, mfg_add(scope, mfg_mul(scope, real, step), start), type);
}

static bool is_whole(double number) {
  return number == trunc(number) && number >= -0x1p63 && number < 0x1p63;
}

mfg_array *mfg_arange(mfg_scope *scope, mfg_dtype type, double start, double stop, double step) {
  if (!mfg_scope_usable(scope)) return NULL;
  double count = ceil((stop - start) / step);
  if (!isfinite(start) || !isfinite(step) || step == 0 || !(count < 0x1p62))
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT,
                           "mfg_arange: from %g to %g in steps of %g", start, stop, step);
  bool whole = mfg_type_is_integer(type) && is_whole(start) && is_whole(stop) && is_whole(step);
  if (whole) return mfg_arange_integer(scope, type, (int64_t)start, (int64_t)stop, (int64_t)step);
  return ramp(scope, type, start, step, count > 0 ? (int64_t)count : 0);
}

mfg_array *mfg_linspace(mfg_scope *scope, mfg_dtype type, double start, double stop, int64_t count,
                        bool endpoint) {
  if (!mfg_scope_usable(scope)) return NULL;
  if (count < 0 || !isfinite(start) || !isfinite(stop))
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT,
                           "mfg_linspace: %lld values from %g to %g", (long long)count, start,
                           stop);
  int64_t intervals = endpoint ? count - 1 : count;
  double step = intervals > 0 ? (stop - start) / (double)intervals : 0;
  mfg_array *values = ramp(scope, type, start, step, count);
  if (!endpoint || count < 2 || values == NULL) return values;
  /* The last value is `stop` itself, not start + n * step rounded. */
  mfg_array *index = mfg_indices(scope, 1, &count, 0);
  mfg_array *last = mfg_equal(scope, index, intervals);
  return mfg_where(scope, last, mfg_full(scope, type, 0, NULL, stop), values);
}
