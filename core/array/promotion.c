/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "array/promotion.h"

#include <math.h>
#include <mfg/sdk.h>
#include <stdio.h>

#include "array/complex_value.h"
#include "array/handle.h"

bool mfg_type_is_known(mfg_dtype type) {
  return mfg_is_dtype(type, MFG_KIND_BOOL | MFG_KIND_NUMERIC);
}

mfg_dtype mfg_scope_promote(mfg_scope *scope, const char *operation, mfg_dtype a, mfg_dtype b) {
  mfg_dtype common = mfg_result_type(a, b);
  if (common == 0)
    mfg_scope_error(scope, MFG_ERROR_TYPE, "mfg_%s: %s and %s have no common type", operation,
                    mfg_dtype_name(a), mfg_dtype_name(b));
  return common;
}

/* ---- numbers --------------------------------------------------------------------------------- */

mfg_scalar mfg_scalar_of_real(mfg_dtype type, double value) {
  mfg_scalar scalar = {.bits = 0};
  switch (type) {
  case MFG_BOOL:
    scalar.boolean = value != 0;
    break;
    /* Saturates, NaN becomes 0: comparing with the power of two beyond the range is exact. */
#define SIGNED(symbol, member, T)                                                                  \
  case MFG_##symbol:                                                                               \
    scalar.member = isnan(value)                     ? 0                                           \
                    : value >= -(double)symbol##_MIN ? symbol##_MAX                                \
                    : value <= (double)symbol##_MIN  ? symbol##_MIN                                \
                                                     : (T)value;                                    \
    break;
#define UNSIGNED(symbol, member, T)                                                                \
  case MFG_##symbol:                                                                               \
    scalar.member = !(value > 0)                                  ? 0                              \
                    : value >= 2 * (double)(symbol##_MAX / 2 + 1) ? symbol##_MAX                   \
                                                                  : (T)value;                      \
    break;
#define FLOAT(symbol, member, T)                                                                   \
  case MFG_##symbol: scalar.member = (T)value; break;
    MFG_SIGNED_TYPES(SIGNED)
    MFG_UNSIGNED_TYPES(UNSIGNED)
    MFG_FLOAT_TYPES(FLOAT)
#undef SIGNED
#undef UNSIGNED
#undef FLOAT
  default: break;
  }
  return scalar;
}

mfg_scalar mfg_scalar_of_integer(mfg_dtype type, int64_t value) {
  mfg_scalar scalar = {.bits = 0};
  switch (type) {
#define NUMBER(symbol, member, T)                                                                  \
  case MFG_##symbol: scalar.member = (T)value; break;
    MFG_NUMBER_TYPES(NUMBER)
#undef NUMBER
  default: scalar.boolean = value != 0; break;
  }
  return scalar;
}

double mfg_scalar_to_real(mfg_dtype type, mfg_scalar value) {
  switch (type) {
#define NUMBER(symbol, member, T)                                                                  \
  case MFG_##symbol: return (double)value.member;
    MFG_NUMBER_TYPES(NUMBER)
#undef NUMBER
  default: return value.boolean;
  }
}

mfg_scalar mfg_scalar_convert(mfg_dtype to, mfg_dtype from, mfg_scalar value) {
  switch (from) {
#define INTEGER(symbol, member, T)                                                                 \
  case MFG_##symbol: return mfg_scalar_of_integer(to, (int64_t)value.member);
    MFG_SIGNED_TYPES(INTEGER)
    INTEGER(BOOL, boolean, uint8_t)
    INTEGER(UINT8, uint8, uint8_t)
    INTEGER(UINT16, uint16, uint16_t)
    INTEGER(UINT32, uint32, uint32_t)
#undef INTEGER
  case MFG_UINT64:
    return mfg_type_is_float(to) ? mfg_scalar_of_real(to, (double)value.uint64)
                                 : mfg_scalar_of_integer(to, (int64_t)value.uint64);
  default: return mfg_scalar_of_real(to, mfg_scalar_to_real(from, value));
  }
}

mfg_scalar mfg_scalar_of_operand(mfg_dtype type, const mfg_operand *number) {
  bool real = number->kind == MFG_OPERAND_REAL || number->kind == MFG_OPERAND_COMPLEX ||
              (number->kind == MFG_OPERAND_UNSIGNED && mfg_type_is_float(type));
  return real ? mfg_scalar_of_real(type, number->real)
              : mfg_scalar_of_integer(type, number->integer);
}

bool mfg_operand_fits(mfg_dtype type, const mfg_operand *number) {
  mfg_integer_info info;
  bool integer = number->kind == MFG_OPERAND_INTEGER || number->kind == MFG_OPERAND_UNSIGNED;
  if (!integer || !mfg_type_is_integer(type) || mfg_iinfo(type, &info) != MFG_OK) return true;
  if (number->kind == MFG_OPERAND_UNSIGNED || number->integer >= 0)
    return (uint64_t)number->integer <= info.max;
  return number->integer >= info.min;
}

const char *mfg_operand_text(const mfg_operand *number, char *text, size_t capacity) {
  snprintf(text, capacity, number->kind == MFG_OPERAND_UNSIGNED ? "%llu" : "%lld",
           (unsigned long long)number->integer);
  return text;
}

bool mfg_scope_takes_number(mfg_scope *scope, const char *operation, mfg_dtype type,
                            const mfg_operand *number) {
  if (number->kind == MFG_OPERAND_COMPLEX && !mfg_type_is_complex(type)) {
    mfg_scope_error(scope, MFG_ERROR_TYPE, "%s: a complex number into an array of %s", operation,
                    mfg_dtype_name(type));
    return false;
  }
  if (number->kind == MFG_OPERAND_REAL &&
      !mfg_is_dtype(type, MFG_KIND_REAL_FLOAT | MFG_KIND_COMPLEX_FLOAT)) {
    mfg_scope_error(scope, MFG_ERROR_TYPE,
                    "%s: a floating number into an array of %s would lose its fraction", operation,
                    mfg_dtype_name(type));
    return false;
  }
  if (mfg_operand_fits(type, number)) return true;
  char text[32];
  mfg_scope_error(scope, MFG_ERROR_TYPE, "%s: %s does not fit an array of %s", operation,
                  mfg_operand_text(number, text, sizeof text), mfg_dtype_name(type));
  return false;
}

/* ---- shapes ---------------------------------------------------------------------------------- */

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

/* ---- values ---------------------------------------------------------------------------------- */

mfg_value *mfg_value_as_type(mfg_value *value, mfg_dtype type) {
  if (value == NULL || value->type == type) return value;
  if (mfg_type_is_complex(value->type) || mfg_type_is_complex(type))
    return mfg_complex_as_type(value, type);
  mfg_value *converted;
  if (value->kind == MFG_VALUE_NUMBER) {
    mfg_scalar number = mfg_scalar_convert(type, value->type, value->node.number);
    converted = mfg_value_number(value->context, type, value->rank, value->shape, number);
  } else {
    converted = mfg_value_elementwise(value->context, MFG_OP_CONVERT, type, value->rank,
                                      value->shape, 1, &value);
  }
  if (converted != NULL) converted->weak = value->weak;
  mfg_value_release(value);
  return converted;
}
