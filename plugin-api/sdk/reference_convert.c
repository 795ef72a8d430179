/* SPDX-License-Identifier: MIT */
/* Conversions between all types. */
#include "reference.h"

#include <math.h>

/* Truncation towards zero that saturates; NaN becomes 0. The bounds are powers of two, so that
 * comparing with them is exact. */
static int32_t saturate_int32(double value) {
  if (isnan(value)) return 0;
  if (value >= 0x1p31) return INT32_MAX;
  return value <= -0x1p31 ? INT32_MIN : (int32_t)value;
}

static int64_t saturate_int64(double value) {
  if (isnan(value)) return 0;
  if (value >= 0x1p63) return INT64_MAX;
  return value <= -0x1p63 ? INT64_MIN : (int64_t)value;
}

#define CONVERT(name, target_member, source_member, expression)                                    \
  static void name(mfg_scalar *target, const mfg_scalar *source, const mfg_scalar *b,              \
                   const mfg_scalar *c) {                                                          \
    (void)b, (void)c;                                                                              \
    target->target_member = (expression);                                                          \
  }

#define CONVERT_TO_BOOL(member) CONVERT(member##_to_boolean, boolean, member, source->member != 0)
CONVERT_TO_BOOL(boolean)
CONVERT_TO_BOOL(int32)
CONVERT_TO_BOOL(int64)
CONVERT_TO_BOOL(float32)
CONVERT_TO_BOOL(float64)

#define CONVERT_TO_NUMBERS(member)                                                                 \
  CONVERT(member##_to_float32, float32, member, (float)source->member)                             \
  CONVERT(member##_to_float64, float64, member, (double)source->member)
CONVERT_TO_NUMBERS(boolean)
CONVERT_TO_NUMBERS(int32)
CONVERT_TO_NUMBERS(int64)
CONVERT_TO_NUMBERS(float32)
CONVERT_TO_NUMBERS(float64)

#define CONVERT_INTEGER(member)                                                                    \
  CONVERT(member##_to_int32, int32, member, (int32_t)source->member)                               \
  CONVERT(member##_to_int64, int64, member, (int64_t)source->member)
CONVERT_INTEGER(boolean)
CONVERT_INTEGER(int32)
CONVERT_INTEGER(int64)

#define CONVERT_FLOAT(member)                                                                      \
  CONVERT(member##_to_int32, int32, member, saturate_int32(source->member))                        \
  CONVERT(member##_to_int64, int64, member, saturate_int64(source->member))
CONVERT_FLOAT(float32)
CONVERT_FLOAT(float64)

mfg_reference_function mfg_reference_convert(mfg_dtype type, mfg_dtype argument) {
#define ROW(member)                                                                                \
  {                                                                                                \
    [MFG_BOOL] = member##_to_boolean, [MFG_INT32] = member##_to_int32,                             \
    [MFG_INT64] = member##_to_int64, [MFG_FLOAT32] = member##_to_float32,                          \
    [MFG_FLOAT64] = member##_to_float64                                                            \
  }
  static const mfg_reference_function functions[MFG_FLOAT64 + 1][MFG_FLOAT64 + 1] = {
      [MFG_BOOL] = ROW(boolean),    [MFG_INT32] = ROW(int32),     [MFG_INT64] = ROW(int64),
      [MFG_FLOAT32] = ROW(float32), [MFG_FLOAT64] = ROW(float64),
  };
#undef ROW
  return functions[argument][type];
}
