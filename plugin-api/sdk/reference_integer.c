/* SPDX-License-Identifier: MIT */
/* Arithmetic and bits of integers. Every formula stands once, on 64 bits that wrap: a narrower
 * value is the low part of the 64-bit result of its extended arguments, which is exact modulo 2 to
 * the power of its width. Where signed and unsigned numbers differ, there are two formulas. */
#include "reference.h"

static int64_t wrap(uint64_t bits) {
  return (int64_t)bits;
}

static int64_t floor_divide(int64_t a, int64_t b) {
  if (b == 0) return 0;
  if (b == -1) return wrap(-(uint64_t)a);
  int64_t quotient = a / b;
  return a % b != 0 && (a % b < 0) != (b < 0) ? quotient - 1 : quotient;
}

static int64_t modulo(int64_t a, int64_t b) {
  if (b == 0 || b == -1) return 0;
  int64_t remainder = a % b;
  return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

static uint64_t power_unsigned(uint64_t a, uint64_t b) {
  uint64_t result = 1, square = a;
  for (; b > 0; b >>= 1) {
    if ((b & 1) != 0) result *= square;
    square *= square;
  }
  return result;
}

static int64_t power(int64_t a, int64_t b) {
  if (b < 0) return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0;
  return wrap(power_unsigned((uint64_t)a, (uint64_t)b));
}

static int64_t left_shift(int64_t a, int64_t b, int width) {
  return b < 0 || b >= width ? 0 : wrap((uint64_t)a << b);
}

static int64_t right_shift(int64_t a, int64_t b, int width) {
  return b < 0 || b >= width ? (a < 0 ? -1 : 0) : a >> b;
}

/* X(SYMBOL, the value of int64_t a and b, the value of uint64_t a and b) */
#define INTEGER_FUNCTIONS(X)                                                                       \
  X(ADD, wrap((uint64_t)a + (uint64_t)b), a + b)                                                   \
  X(SUBTRACT, wrap((uint64_t)a - (uint64_t)b), a - b)                                              \
  X(MULTIPLY, wrap((uint64_t)a *(uint64_t)b), a *b)                                                \
  X(FLOOR_DIVIDE, floor_divide(a, b), b == 0 ? 0 : a / b)                                          \
  X(REMAINDER, modulo(a, b), b == 0 ? 0 : a % b)                                                   \
  X(NEGATIVE, wrap(-(uint64_t)a), -a)                                                              \
  X(ABS, a < 0 ? wrap(-(uint64_t)a) : a, a)                                                        \
  X(SIGN, (a > 0) - (a < 0), a > 0)                                                                \
  X(MINIMUM, a < b ? a : b, a < b ? a : b)                                                         \
  X(MAXIMUM, a > b ? a : b, a > b ? a : b)                                                         \
  X(POW, power(a, b), power_unsigned(a, b))                                                        \
  X(BITWISE_AND, a &b, a &b)                                                                       \
  X(BITWISE_OR, a | b, a | b)                                                                      \
  X(BITWISE_XOR, a ^ b, a ^ b)                                                                     \
  X(BITWISE_INVERT, ~a, ~a)                                                                        \
  X(BITWISE_LEFT_SHIFT, left_shift(a, b, width), b < (uint64_t)width ? a << b : 0)                 \
  X(BITWISE_RIGHT_SHIFT, right_shift(a, b, width), b < (uint64_t)width ? a >> b : 0)

#define DEFINE_FOR(symbol, expression, wide, member, T)                                            \
  static void symbol##_##member(mfg_scalar *target, const mfg_scalar *first,                       \
                                const mfg_scalar *second, const mfg_scalar *third) {               \
    const int width = 8 * (int)sizeof(T);                                                          \
    wide a = first->member, b = second->member;                                                    \
    (void)third, (void)b, (void)width;                                                             \
    target->member = (T)(expression);                                                              \
  }
#define DEFINE(symbol, of_signed, of_unsigned)                                                     \
  DEFINE_FOR(symbol, of_signed, int64_t, int8, int8_t)                                             \
  DEFINE_FOR(symbol, of_signed, int64_t, int16, int16_t)                                           \
  DEFINE_FOR(symbol, of_signed, int64_t, int32, int32_t)                                           \
  DEFINE_FOR(symbol, of_signed, int64_t, int64, int64_t)                                           \
  DEFINE_FOR(symbol, of_unsigned, uint64_t, uint8, uint8_t)                                        \
  DEFINE_FOR(symbol, of_unsigned, uint64_t, uint16, uint16_t)                                      \
  DEFINE_FOR(symbol, of_unsigned, uint64_t, uint32, uint32_t)                                      \
  DEFINE_FOR(symbol, of_unsigned, uint64_t, uint64, uint64_t)

INTEGER_FUNCTIONS(DEFINE)

mfg_reference_function mfg_reference_integer(uint32_t operation, mfg_dtype type) {
  static const mfg_reference_function functions[MFG_OPERATION_END][MFG_UINT64 + 1] = {
#define ENTRY(symbol, of_signed, of_unsigned)                                                      \
  [MFG_OP_##symbol] = {[MFG_INT8] = symbol##_int8,     [MFG_INT16] = symbol##_int16,               \
                       [MFG_INT32] = symbol##_int32,   [MFG_INT64] = symbol##_int64,               \
                       [MFG_UINT8] = symbol##_uint8,   [MFG_UINT16] = symbol##_uint16,             \
                       [MFG_UINT32] = symbol##_uint32, [MFG_UINT64] = symbol##_uint64},
      INTEGER_FUNCTIONS(ENTRY)
#undef ENTRY
  };
  return functions[operation][type];
}
