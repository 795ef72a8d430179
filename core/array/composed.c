/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mfg/elementwise.h>
#include <mfg/sdk.h>

#include "array/complex_value.h"
#include "array/promotion.h"

/* The operand as an array: a number becomes one of rank 0 that still behaves like a number. */
static mfg_array *as_array(mfg_scope *scope, mfg_operand operand, const char *operation) {
  if (!mfg_scope_usable(scope)) return NULL;
  if (operand.kind == MFG_OPERAND_ARRAY)
    return mfg_scope_accepts(scope, operand.array, operation) ? operand.array : NULL;
  mfg_dtype type = operand.kind == MFG_OPERAND_BOOLEAN    ? MFG_BOOL
                   : operand.kind == MFG_OPERAND_INTEGER  ? MFG_INT64
                   : operand.kind == MFG_OPERAND_UNSIGNED ? MFG_UINT64
                   : operand.kind == MFG_OPERAND_REAL     ? MFG_FLOAT64
                                                          : MFG_COMPLEX128;
  mfg_value *value = mfg_value_of_operand(scope->context, type, 0, NULL, &operand);
  if (value != NULL && value->kind == MFG_VALUE_NUMBER) value->weak = true;
  return mfg_scope_adopt(scope, value);
}

mfg_array *mfg_positive_operand(mfg_scope *scope, mfg_operand a) {
  mfg_array *array = as_array(scope, a, "mfg_positive");
  if (array == NULL) return NULL;
  if (!mfg_is_dtype(array->type, MFG_KIND_NUMERIC))
    return mfg_scope_error(scope, MFG_ERROR_TYPE, "mfg_positive: found %s; expected numbers",
                           mfg_dtype_name(array->type));
  mfg_value *value = mfg_scope_value(scope, array);
  mfg_value *same = value != NULL ? mfg_value_everywhere(value, value->rank, value->shape) : NULL;
  mfg_value_release(value);
  return mfg_scope_adopt(scope, same);
}

mfg_array *mfg_square_operand(mfg_scope *scope, mfg_operand a) {
  mfg_array *array = as_array(scope, a, "mfg_square");
  return mfg_mul(scope, array, array);
}

mfg_array *mfg_reciprocal_operand(mfg_scope *scope, mfg_operand a) {
  return mfg_div(scope, 1, as_array(scope, a, "mfg_reciprocal"));
}

mfg_array *mfg_logaddexp_operands(mfg_scope *scope, mfg_operand a, mfg_operand b) {
  mfg_array *x = as_array(scope, a, "mfg_logaddexp");
  mfg_array *y = as_array(scope, b, "mfg_logaddexp");
  mfg_array *larger = mfg_maximum(scope, x, y);
  mfg_array *apart = mfg_abs(scope, mfg_sub(scope, x, y));
  mfg_array *more = mfg_log1p(scope, mfg_exp(scope, mfg_negative(scope, apart)));
  /* Equal infinities are no distance apart, though their difference is NaN. */
  more = mfg_where(scope, mfg_equal(scope, x, y), 0x1.62e42fefa39efp-1, more);
  return mfg_add(scope, larger, more);
}

/* A bound in the type of what is clipped. */
static mfg_array *clip_bound(mfg_scope *scope, mfg_dtype type, mfg_operand bound) {
  mfg_array *array = as_array(scope, bound, "mfg_clip");
  if (array == NULL) return NULL;
  if (bound.kind != MFG_OPERAND_ARRAY)
    return mfg_scope_takes_number(scope, "mfg_clip", type, &bound) ? array : NULL;
  if (mfg_can_cast(array->type, type)) return mfg_astype(scope, array, type);
  return mfg_scope_error(scope, MFG_ERROR_TYPE, "mfg_clip: a bound of %s for an array of %s",
                         mfg_dtype_name(array->type), mfg_dtype_name(type));
}

mfg_array *mfg_clip_operands(mfg_scope *scope, mfg_operand a, mfg_operand low, mfg_operand high) {
  mfg_array *array = as_array(scope, a, "mfg_clip");
  if (array == NULL) return NULL;
  mfg_dtype type = array->type;
  bool below = low.kind != MFG_OPERAND_ARRAY || low.array != NULL;
  bool above = high.kind != MFG_OPERAND_ARRAY || high.array != NULL;
  if (below) array = mfg_maximum(scope, array, clip_bound(scope, type, low));
  if (above) array = mfg_minimum(scope, array, clip_bound(scope, type, high));
  return below || above ? array : mfg_positive(scope, array);
}
