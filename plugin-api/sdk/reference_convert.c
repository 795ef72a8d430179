/* SPDX-License-Identifier: MIT */
/* Conversions between all types, each made from two rows of the list of types. */
#include "reference.h"

#include <math.h>

/* ---- floats to integers --------------------------------------------------------------------- */

/* Truncation towards zero that saturates; NaN becomes 0. The bounds are powers of two, so that
 * comparing with them is exact: `below` is the one at which signed types end downwards. */
static int64_t saturate_signed(double value, int width) {
  double bound = ldexp(1, width - 1);
  int64_t most = (int64_t)(UINT64_MAX >> (65 - width));
  if (isnan(value)) return 0;
  if (value >= bound) return most;
  return value <= -bound ? -most - 1 : (int64_t)value;
}

static uint64_t saturate_unsigned(double value, int width) {
  if (isnan(value) || value <= 0) return 0;
  return value >= ldexp(1, width) ? UINT64_MAX >> (64 - width) : (uint64_t)value;
}

/* ---- one function for each pair ------------------------------------------------------------- */

#define CONVERT(from, to, expression)                                                              \
  static void from##_to_##to(mfg_scalar *target, const mfg_scalar *source, const mfg_scalar *b,    \
                             const mfg_scalar *c) {                                                \
    (void)b, (void)c;                                                                              \
    target->to = (expression);                                                                     \
  }

#define FROM_ANY(from)                                                                             \
  CONVERT(from, boolean, source->from != 0)                                                        \
  CONVERT(from, float32, (float)source->from)                                                      \
  CONVERT(from, float64, (double)source->from)
#define KEEP_LOW_BITS(from, to, T) CONVERT(from, to, (T)source->from)
#define FROM_INTEGER(symbol, from, S)                                                              \
  FROM_ANY(from)                                                                                   \
  KEEP_LOW_BITS(from, int8, int8_t)                                                                \
  KEEP_LOW_BITS(from, int16, int16_t)                                                              \
  KEEP_LOW_BITS(from, int32, int32_t)                                                              \
  KEEP_LOW_BITS(from, int64, int64_t)                                                              \
  KEEP_LOW_BITS(from, uint8, uint8_t)                                                              \
  KEEP_LOW_BITS(from, uint16, uint16_t)                                                            \
  KEEP_LOW_BITS(from, uint32, uint32_t)                                                            \
  KEEP_LOW_BITS(from, uint64, uint64_t)
#define FROM_FLOAT(symbol, from, S)                                                                \
  FROM_ANY(from)                                                                                   \
  CONVERT(from, int8, (int8_t)saturate_signed(source->from, 8))                                    \
  CONVERT(from, int16, (int16_t)saturate_signed(source->from, 16))                                 \
  CONVERT(from, int32, (int32_t)saturate_signed(source->from, 32))                                 \
  CONVERT(from, int64, saturate_signed(source->from, 64))                                          \
  CONVERT(from, uint8, (uint8_t)saturate_unsigned(source->from, 8))                                \
  CONVERT(from, uint16, (uint16_t)saturate_unsigned(source->from, 16))                             \
  CONVERT(from, uint32, (uint32_t)saturate_unsigned(source->from, 32))                             \
  CONVERT(from, uint64, saturate_unsigned(source->from, 64))

FROM_INTEGER(BOOL, boolean, uint8_t)
MFG_INTEGER_TYPES(FROM_INTEGER)
MFG_FLOAT_TYPES(FROM_FLOAT)

/* ---- the table ------------------------------------------------------------------------------ */

mfg_reference_function mfg_reference_convert(mfg_dtype type, mfg_dtype argument) {
#define ROW(symbol, from, S)                                                                       \
  [MFG_##symbol] = {[MFG_BOOL] = from##_to_boolean,   [MFG_INT8] = from##_to_int8,                 \
                    [MFG_INT16] = from##_to_int16,    [MFG_INT32] = from##_to_int32,               \
                    [MFG_INT64] = from##_to_int64,    [MFG_UINT8] = from##_to_uint8,               \
                    [MFG_UINT16] = from##_to_uint16,  [MFG_UINT32] = from##_to_uint32,             \
                    [MFG_UINT64] = from##_to_uint64,  [MFG_FLOAT32] = from##_to_float32,           \
                    [MFG_FLOAT64] = from##_to_float64},
  static const mfg_reference_function functions[MFG_FLOAT64 + 1][MFG_FLOAT64 + 1] = {
      MFG_KERNEL_TYPES(ROW)};
#undef ROW
  return functions[argument][type];
}
