/* SPDX-License-Identifier: MIT */
/* Arithmetic and bits of integers. Every formula stands once, on 64 bits that wrap; an int32 value
 * is the low half of the 64-bit result of its sign-extended arguments, which is exact modulo 2^32.
 */
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

static int64_t power(int64_t a, int64_t b) {
  if (b < 0) return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0;
  uint64_t result = 1, square = (uint64_t)a;
  for (; b > 0; b >>= 1) {
    if ((b & 1) != 0) result *= square;
    square *= square;
  }
  return wrap(result);
}

static int64_t left_shift(int64_t a, int64_t b, int width) {
  return b < 0 || b >= width ? 0 : wrap((uint64_t)a << b);
}

static int64_t right_shift(int64_t a, int64_t b, int width) {
  return b < 0 || b >= width ? (a < 0 ? -1 : 0) : a >> b;
}

#define INTEGER_FUNCTIONS(X)                                                                       \
  X(ADD, wrap((uint64_t)a + (uint64_t)b))                                                          \
  X(SUBTRACT, wrap((uint64_t)a - (uint64_t)b))                                                     \
  X(MULTIPLY, wrap((uint64_t)a *(uint64_t)b))                                                      \
  X(FLOOR_DIVIDE, floor_divide(a, b))                                                              \
  X(REMAINDER, modulo(a, b))                                                                       \
  X(NEGATIVE, wrap(-(uint64_t)a))                                                                  \
  X(ABS, a < 0 ? wrap(-(uint64_t)a) : a)                                                           \
  X(SIGN, (a > 0) - (a < 0))                                                                       \
  X(MINIMUM, a < b ? a : b)                                                                        \
  X(MAXIMUM, a > b ? a : b)                                                                        \
  X(POW, power(a, b))                                                                              \
  X(BITWISE_AND, a &b)                                                                             \
  X(BITWISE_OR, a | b)                                                                             \
  X(BITWISE_XOR, a ^ b)                                                                            \
  X(BITWISE_INVERT, ~a)                                                                            \
  X(BITWISE_LEFT_SHIFT, left_shift(a, b, width))                                                   \
  X(BITWISE_RIGHT_SHIFT, right_shift(a, b, width))

#define DEFINE_FOR(symbol, expression, integer, member, bits)                                      \
  static void symbol##_##member(mfg_scalar *target, const mfg_scalar *first,                       \
                                const mfg_scalar *second, const mfg_scalar *third) {               \
    const int width = bits;                                                                        \
    int64_t a = first->member, b = second->member;                                                 \
    (void)third, (void)b, (void)width;                                                             \
    target->member = (integer)(expression);                                                        \
  }
#define DEFINE(symbol, expression)                                                                 \
  DEFINE_FOR(symbol, expression, int32_t, int32, 32)                                               \
  DEFINE_FOR(symbol, expression, int64_t, int64, 64)

INTEGER_FUNCTIONS(DEFINE)

mfg_reference_function mfg_reference_integer(uint32_t operation, mfg_dtype type) {
  static const mfg_reference_function functions[MFG_OPERATION_END][2] = {
#define ENTRY(symbol, expression) [MFG_OP_##symbol] = {symbol##_int32, symbol##_int64},
      INTEGER_FUNCTIONS(ENTRY)
#undef ENTRY
  };
  return functions[operation][type == MFG_INT64];
}
