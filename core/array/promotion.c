/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "array/promotion.h"

#include <math.h>

bool mfg_type_is_float(mfg_dtype type) {
  return type == MFG_FLOAT32 || type == MFG_FLOAT64;
}

bool mfg_type_is_integer(mfg_dtype type) {
  return type == MFG_INT32 || type == MFG_INT64;
}

bool mfg_type_is_known(mfg_dtype type) {
  return type == MFG_BOOL || mfg_type_is_integer(type) || mfg_type_is_float(type);
}

mfg_dtype mfg_type_promote(mfg_dtype a, mfg_dtype b) {
  if (a == b || b == MFG_BOOL) return a;
  if (a == MFG_BOOL) return b;
  if (mfg_type_is_float(a) != mfg_type_is_float(b))
    return MFG_FLOAT64; /* float32 does not hold every int32 */
  return a > b ? a : b; /* numbers of one kind grow with the size */
}

bool mfg_type_widens(mfg_dtype from, mfg_dtype to) {
  if (from == to || from == MFG_BOOL) return true;
  if (from == MFG_INT32) return to == MFG_INT64 || to == MFG_FLOAT64;
  return (from == MFG_FLOAT32 && to == MFG_FLOAT64) || (from == MFG_INT64 && to == MFG_FLOAT64);
}

static int64_t saturate(double value, double low, double high, int64_t lowest, int64_t highest) {
  if (isnan(value)) return 0;
  if (value <= low) return lowest;
  if (value >= high) return highest;
  return (int64_t)value;
}

mfg_scalar mfg_scalar_of_real(mfg_dtype type, double value) {
  mfg_scalar scalar = {.bits = 0};
  switch (type) {
  case MFG_BOOL: scalar.boolean = value != 0; break;
  case MFG_INT32:
    scalar.int32 = (int32_t)saturate(value, -0x1p31, 0x1p31, INT32_MIN, INT32_MAX);
    break;
  case MFG_INT64: scalar.int64 = saturate(value, -0x1p63, 0x1p63, INT64_MIN, INT64_MAX); break;
  case MFG_FLOAT32: scalar.float32 = (float)value; break;
  default: scalar.float64 = value; break;
  }
  return scalar;
}

mfg_scalar mfg_scalar_of_integer(mfg_dtype type, int64_t value) {
  mfg_scalar scalar = {.bits = 0};
  switch (type) {
  case MFG_BOOL: scalar.boolean = value != 0; break;
  case MFG_INT32: scalar.int32 = (int32_t)(uint32_t)(uint64_t)value; break;
  case MFG_INT64: scalar.int64 = value; break;
  case MFG_FLOAT32: scalar.float32 = (float)value; break;
  default: scalar.float64 = (double)value; break;
  }
  return scalar;
}

double mfg_scalar_to_real(mfg_dtype type, mfg_scalar value) {
  switch (type) {
  case MFG_BOOL: return value.boolean;
  case MFG_INT32: return value.int32;
  case MFG_INT64: return (double)value.int64;
  case MFG_FLOAT32: return (double)value.float32;
  default: return value.float64;
  }
}

bool mfg_shape_broadcast(int rank, const int64_t *shape, int *result_rank, int64_t *result) {
  if (rank > *result_rank) {
    int more = rank - *result_rank;
    for (int axis = *result_rank - 1; axis >= 0; axis--)
      result[axis + more] = result[axis];
    for (int axis = 0; axis < more; axis++)
      result[axis] = 1;
    *result_rank = rank;
  }
  for (int axis = 0; axis < rank; axis++) {
    int64_t *extent = &result[axis + *result_rank - rank];
    if (*extent == 1)
      *extent = shape[axis];
    else if (shape[axis] != 1 && shape[axis] != *extent)
      return false;
  }
  return true;
}

mfg_value *mfg_value_as_type(mfg_value *value, mfg_dtype type) {
  if (value == NULL || value->type == type) return value;
  mfg_value *converted;
  if (value->kind == MFG_VALUE_NUMBER && value->type != MFG_INT64 && value->type != MFG_BOOL) {
    double number = mfg_scalar_to_real(value->type, value->node.number);
    converted = mfg_value_number(value->context, type, value->rank, value->shape,
                                 mfg_scalar_of_real(type, number));
  } else if (value->kind == MFG_VALUE_NUMBER) {
    int64_t number =
        value->type == MFG_BOOL ? value->node.number.boolean : value->node.number.int64;
    converted = mfg_value_number(value->context, type, value->rank, value->shape,
                                 mfg_scalar_of_integer(type, number));
  } else {
    converted = mfg_value_elementwise(value->context, MFG_OP_CONVERT, type, value->rank,
                                      value->shape, 1, &value);
  }
  if (converted != NULL) converted->weak = value->weak;
  mfg_value_release(value);
  return converted;
}
