/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arithmetic, comparison, logic, selection: plain loops that the compiler turns into vectors. */
#include "blocks.h"

#include <math.h>

/* A target is the same memory as an argument or disjoint from it, so no iteration depends on
 * another. */
#define LOOP _Pragma("GCC ivdep") for (size_t i = 0; i < count; i++)

#define ARGUMENTS size_t count, void *target, const void *x, const void *y, const void *z

#define UNARY(name, T, R, expression)                                                              \
  static void name(ARGUMENTS) {                                                                    \
    const T *first = x;                                                                            \
    R *result = target;                                                                            \
    (void)y, (void)z;                                                                              \
    LOOP {                                                                                         \
      T a = first[i];                                                                              \
      result[i] = (R)(expression);                                                                 \
    }                                                                                              \
  }

#define BINARY_VARIANT(name, T, R, at_a, at_b, expression)                                         \
  static void name(ARGUMENTS) {                                                                    \
    const T *first = x, *second = y;                                                               \
    R *result = target;                                                                            \
    (void)z;                                                                                       \
    const T a0 = first[0], b0 = second[0];                                                         \
    (void)a0, (void)b0;                                                                            \
    LOOP {                                                                                         \
      T a = at_a, b = at_b;                                                                        \
      result[i] = (R)(expression);                                                                 \
    }                                                                                              \
  }
#define BINARY(name, T, R, expression)                                                             \
  BINARY_VARIANT(name##_vv, T, R, first[i], second[i], expression)                                 \
  BINARY_VARIANT(name##_sv, T, R, a0, second[i], expression)                                       \
  BINARY_VARIANT(name##_vs, T, R, first[i], b0, expression)

#define SELECT_VARIANT(name, T, at_b, at_c)                                                        \
  static void name(ARGUMENTS) {                                                                    \
    const uint8_t *choice = x;                                                                     \
    const T *second = y, *third = z;                                                               \
    T *result = target;                                                                            \
    const T b0 = second[0], c0 = third[0];                                                         \
    (void)b0, (void)c0;                                                                            \
    LOOP {                                                                                         \
      T b = at_b, c = at_c;                                                                        \
      result[i] = choice[i] ? b : c;                                                               \
    }                                                                                              \
  }
#define SELECT(name, T)                                                                            \
  SELECT_VARIANT(name##_vv, T, second[i], third[i])                                                \
  SELECT_VARIANT(name##_sv, T, b0, third[i])                                                       \
  SELECT_VARIANT(name##_vs, T, second[i], c0)                                                      \
  SELECT_VARIANT(name##_ss, T, b0, c0)

#define FUSED(name, T, function)                                                                   \
  static void name(ARGUMENTS) {                                                                    \
    const T *first = x, *second = y, *third = z;                                                   \
    T *result = target;                                                                            \
    LOOP result[i] = function(first[i], second[i], third[i]);                                      \
  }

/* ---- numbers -------------------------------------------------------------------------------- */

/* A NaN on either side wins; without one this is the usual minimum. For integers the comparisons
 * with itself fold away. */
#define NUMBER_OPERATIONS(symbol, t, T)                                                            \
  BINARY(add_##t, T, T, a + b)                                                                     \
  BINARY(subtract_##t, T, T, a - b)                                                                \
  BINARY(multiply_##t, T, T, a *b)                                                                 \
  UNARY(negative_##t, T, T, -a)                                                                    \
  BINARY(minimum_##t, T, T, (a < b) | (a != a) ? a : b)                                            \
  BINARY(maximum_##t, T, T, (a > b) | (a != a) ? a : b)                                            \
  BINARY(less_##t, T, uint8_t, a < b)                                                              \
  BINARY(less_equal_##t, T, uint8_t, a <= b)                                                       \
  BINARY(greater_##t, T, uint8_t, a > b)                                                           \
  BINARY(greater_equal_##t, T, uint8_t, a >= b)
MFG_NUMBER_TYPES(NUMBER_OPERATIONS)

#define ANY_OPERATIONS(symbol, t, T)                                                               \
  BINARY(equal_##t, T, uint8_t, a == b)                                                            \
  BINARY(not_equal_##t, T, uint8_t, a != b)                                                        \
  SELECT(select_##t, T)
MFG_KERNEL_TYPES(ANY_OPERATIONS)

/* ---- integers ------------------------------------------------------------------------------- */

#define INTEGER_OPERATIONS(t, T)                                                                   \
  BINARY(floor_divide_##t, T, T, floor_quotient_##t(a, b))                                         \
  BINARY(remainder_##t, T, T, floor_rest_##t(a, b))                                                \
  BINARY(pow_##t, T, T, power_##t(a, b))                                                           \
  BINARY(and_##t, T, T, a &b)                                                                      \
  BINARY(or_##t, T, T, a | b)                                                                      \
  BINARY(xor_##t, T, T, a ^ b)                                                                     \
  UNARY(invert_##t, T, T, ~a)

/* Wrap-around is the compiler's (-fwrapv), except that the lowest number divided by -1 traps. */
#define SIGNED_OPERATIONS(t, T, U, width)                                                          \
  static inline T floor_quotient_##t(T a, T b) {                                                   \
    if (b == 0) return 0;                                                                          \
    if (b == -1) return (T)(0 - (U)a);                                                             \
    T quotient = (T)(a / b);                                                                       \
    return (T)(quotient - ((a % b != 0) & ((a < 0) != (b < 0))));                                  \
  }                                                                                                \
  static inline T floor_rest_##t(T a, T b) {                                                       \
    if (b == 0 || b == -1) return 0;                                                               \
    T rest = (T)(a % b);                                                                           \
    return rest != 0 && (rest < 0) != (b < 0) ? (T)(rest + b) : rest;                              \
  }                                                                                                \
  static inline T power_##t(T base, T exponent) {                                                  \
    if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent & 1 ? -1 : 1) : 0;             \
    U result = 1, square = (U)base;                                                                \
    for (; exponent != 0; exponent >>= 1, square = (U)((uint64_t)square * square))                 \
      if (exponent & 1) result = (U)((uint64_t)result * square);                                   \
    return (T)result;                                                                              \
  }                                                                                                \
  INTEGER_OPERATIONS(t, T)                                                                         \
  UNARY(abs_##t, T, T, a < 0 ? -a : a)                                                             \
  UNARY(sign_##t, T, T, (a > 0) - (a < 0))                                                         \
  BINARY(left_##t, T, T, (U)b < width ? (U)a << ((U)b & (width - 1)) : (U)0)                       \
  BINARY(right_##t, T, T, a >> ((U)b < width ? b : width - 1))
SIGNED_OPERATIONS(int8, int8_t, uint8_t, 8)
SIGNED_OPERATIONS(int16, int16_t, uint16_t, 16)
SIGNED_OPERATIONS(int32, int32_t, uint32_t, 32)
SIGNED_OPERATIONS(int64, int64_t, uint64_t, 64)

#define UNSIGNED_OPERATIONS(t, T, width)                                                           \
  static inline T floor_quotient_##t(T a, T b) {                                                   \
    return (T)(b == 0 ? 0 : a / b);                                                                \
  }                                                                                                \
  static inline T floor_rest_##t(T a, T b) {                                                       \
    return (T)(b == 0 ? 0 : a % b);                                                                \
  }                                                                                                \
  static inline T power_##t(T base, T exponent) {                                                  \
    T result = 1, square = base;                                                                   \
    for (; exponent != 0; exponent = (T)(exponent >> 1), square = (T)((uint64_t)square * square))  \
      if (exponent & 1) result = (T)((uint64_t)result * square);                                   \
    return result;                                                                                 \
  }                                                                                                \
  INTEGER_OPERATIONS(t, T)                                                                         \
  UNARY(abs_##t, T, T, a)                                                                          \
  UNARY(sign_##t, T, T, a != 0)                                                                    \
  BINARY(left_##t, T, T, b < width ? a << (b & (width - 1)) : 0)                                   \
  BINARY(right_##t, T, T, b < width ? a >> (b & (width - 1)) : 0)
UNSIGNED_OPERATIONS(uint8, uint8_t, 8)
UNSIGNED_OPERATIONS(uint16, uint16_t, 16)
UNSIGNED_OPERATIONS(uint32, uint32_t, 32)
UNSIGNED_OPERATIONS(uint64, uint64_t, 64)

BINARY(and_boolean, uint8_t, uint8_t, a &b)
BINARY(or_boolean, uint8_t, uint8_t, a | b)
BINARY(xor_boolean, uint8_t, uint8_t, a ^ b)
UNARY(not_boolean, uint8_t, uint8_t, a ^ 1)

/* ---- floats --------------------------------------------------------------------------------- */

#define FLOAT_OPERATIONS(t, T, suffix)                                                             \
  static inline T rest_##t(T a, T b) {                                                             \
    T rest = fmod##suffix(a, b);                                                                   \
    if (rest == 0) return copysign##suffix(0, b);                                                  \
    return (rest < 0) != (b < 0) ? rest + b : rest;                                                \
  }                                                                                                \
  BINARY(divide_##t, T, T, a / b)                                                                  \
  BINARY(floor_divide_##t, T, T, floor##suffix(a / b))                                             \
  BINARY(remainder_##t, T, T, rest_##t(a, b))                                                      \
  FUSED(fma_##t, T, fma##suffix)                                                                   \
  UNARY(abs_##t, T, T, fabs##suffix(a))                                                            \
  UNARY(sign_##t, T, T, a != a ? a : (T)((a > 0) - (a < 0)))                                       \
  UNARY(sqrt_##t, T, T, sqrt##suffix(a))                                                           \
  BINARY(copysign_##t, T, T, copysign##suffix(a, b))                                               \
  UNARY(floor_##t, T, T, floor##suffix(a))                                                         \
  UNARY(ceil_##t, T, T, ceil##suffix(a))                                                           \
  UNARY(trunc_##t, T, T, trunc##suffix(a))                                                         \
  UNARY(round_##t, T, T, rint##suffix(a))                                                          \
  UNARY(isnan_##t, T, uint8_t, a != a)                                                             \
  UNARY(isinf_##t, T, uint8_t, fabs##suffix(a) == (T)INFINITY)                                     \
  UNARY(isfinite_##t, T, uint8_t, fabs##suffix(a) < (T)INFINITY)                                   \
  UNARY(signbit_##t, T, uint8_t, signbit(a) != 0)
FLOAT_OPERATIONS(float32, float, f)
FLOAT_OPERATIONS(float64, double, )

/* ---- conversions ---------------------------------------------------------------------------- */

/* The bounds are powers of two, hence exact in every float type. */
#define TO_SIGNED(T, low, high, bound)                                                             \
  (a != a ? (T)0 : a >= (bound) ? (T)(high) : a < -(bound) ? (T)(low) : (T)a)
#define TO_UNSIGNED(T, high, bound) (!(a > 0) ? (T)0 : a >= (bound) ? (T)(high) : (T)a)

#define FROM_ANY(t, S)                                                                             \
  UNARY(convert_##t##_boolean, S, uint8_t, a != 0)                                                 \
  UNARY(convert_##t##_float32, S, float, a)                                                        \
  UNARY(convert_##t##_float64, S, double, a)
#define FROM_INTEGER(symbol, t, S)                                                                 \
  FROM_ANY(t, S)                                                                                   \
  UNARY(convert_##t##_int8, S, int8_t, a)                                                          \
  UNARY(convert_##t##_int16, S, int16_t, a)                                                        \
  UNARY(convert_##t##_int32, S, int32_t, a)                                                        \
  UNARY(convert_##t##_int64, S, int64_t, a)                                                        \
  UNARY(convert_##t##_uint8, S, uint8_t, a)                                                        \
  UNARY(convert_##t##_uint16, S, uint16_t, a)                                                      \
  UNARY(convert_##t##_uint32, S, uint32_t, a)                                                      \
  UNARY(convert_##t##_uint64, S, uint64_t, a)
#define FROM_FLOAT(symbol, t, S)                                                                   \
  FROM_ANY(t, S)                                                                                   \
  UNARY(convert_##t##_int8, S, int8_t, TO_SIGNED(int8_t, INT8_MIN, INT8_MAX, (S)0x1p7))            \
  UNARY(convert_##t##_int16, S, int16_t, TO_SIGNED(int16_t, INT16_MIN, INT16_MAX, (S)0x1p15))      \
  UNARY(convert_##t##_int32, S, int32_t, TO_SIGNED(int32_t, INT32_MIN, INT32_MAX, (S)0x1p31))      \
  UNARY(convert_##t##_int64, S, int64_t, TO_SIGNED(int64_t, INT64_MIN, INT64_MAX, (S)0x1p63))      \
  UNARY(convert_##t##_uint8, S, uint8_t, TO_UNSIGNED(uint8_t, UINT8_MAX, (S)0x1p8))                \
  UNARY(convert_##t##_uint16, S, uint16_t, TO_UNSIGNED(uint16_t, UINT16_MAX, (S)0x1p16))           \
  UNARY(convert_##t##_uint32, S, uint32_t, TO_UNSIGNED(uint32_t, UINT32_MAX, (S)0x1p32))           \
  UNARY(convert_##t##_uint64, S, uint64_t, TO_UNSIGNED(uint64_t, UINT64_MAX, (S)0x1p64))
FROM_INTEGER(BOOL, boolean, uint8_t)
MFG_INTEGER_TYPES(FROM_INTEGER)
MFG_FLOAT_TYPES(FROM_FLOAT)

#define CONVERSION_ROW(symbol, t, S)                                                               \
  [CPU_##symbol] = {[CPU_BOOL] = convert_##t##_boolean,   [CPU_INT8] = convert_##t##_int8,         \
                    [CPU_INT16] = convert_##t##_int16,    [CPU_INT32] = convert_##t##_int32,       \
                    [CPU_INT64] = convert_##t##_int64,    [CPU_UINT8] = convert_##t##_uint8,       \
                    [CPU_UINT16] = convert_##t##_uint16,  [CPU_UINT32] = convert_##t##_uint32,     \
                    [CPU_UINT64] = convert_##t##_uint64,  [CPU_FLOAT32] = convert_##t##_float32,   \
                    [CPU_FLOAT64] = convert_##t##_float64},
const cpu_block CPU_NAME(cpu_conversions)[CPU_TYPES][CPU_TYPES] = {
    MFG_KERNEL_TYPES(CONVERSION_ROW)};

/* ---- the table ------------------------------------------------------------------------------ */

#define VARIANTS1(f)                                                                               \
  { f }
#define VARIANTS2(f)                                                                               \
  { [0] = f##_vv, [CPU_SCALAR_A] = f##_sv, [CPU_SCALAR_B] = f##_vs }
#define VARIANTS_SELECT(f)                                                                         \
  {                                                                                                \
    [0] = f##_vv, [CPU_SCALAR_B] = f##_sv, [CPU_SCALAR_C] = f##_vs,                                \
    [CPU_SCALAR_B | CPU_SCALAR_C] = f##_ss                                                         \
  }
#define INTEGERS(variants, f)                                                                      \
  [CPU_INT8] = variants(f##_int8), [CPU_INT16] = variants(f##_int16),                              \
  [CPU_INT32] = variants(f##_int32), [CPU_INT64] = variants(f##_int64),                            \
  [CPU_UINT8] = variants(f##_uint8), [CPU_UINT16] = variants(f##_uint16),                          \
  [CPU_UINT32] = variants(f##_uint32), [CPU_UINT64] = variants(f##_uint64)
#define FLOATS(variants, f)                                                                        \
  [CPU_FLOAT32] = variants(f##_float32), [CPU_FLOAT64] = variants(f##_float64)
#define NUMBERS(variants, f) INTEGERS(variants, f), FLOATS(variants, f)
#define BITS(variants, f) [CPU_BOOL] = variants(f##_boolean), INTEGERS(variants, f)
#define TYPES(variants, f) [CPU_BOOL] = variants(f##_boolean), NUMBERS(variants, f)

cpu_operation_table CPU_NAME(cpu_arithmetic) = {
    [MFG_OP_ADD] = {NUMBERS(VARIANTS2, add)},
    [MFG_OP_SUBTRACT] = {NUMBERS(VARIANTS2, subtract)},
    [MFG_OP_MULTIPLY] = {NUMBERS(VARIANTS2, multiply)},
    [MFG_OP_DIVIDE] = {FLOATS(VARIANTS2, divide)},
    [MFG_OP_FLOOR_DIVIDE] = {NUMBERS(VARIANTS2, floor_divide)},
    [MFG_OP_REMAINDER] = {NUMBERS(VARIANTS2, remainder)},
    [MFG_OP_FMA] = {FLOATS(VARIANTS1, fma)},
    [MFG_OP_NEGATIVE] = {NUMBERS(VARIANTS1, negative)},
    [MFG_OP_ABS] = {NUMBERS(VARIANTS1, abs)},
    [MFG_OP_SIGN] = {NUMBERS(VARIANTS1, sign)},
    [MFG_OP_MINIMUM] = {NUMBERS(VARIANTS2, minimum)},
    [MFG_OP_MAXIMUM] = {NUMBERS(VARIANTS2, maximum)},
    [MFG_OP_POW] = {INTEGERS(VARIANTS2, pow)},
    [MFG_OP_SQRT] = {FLOATS(VARIANTS1, sqrt)},
    [MFG_OP_COPYSIGN] = {FLOATS(VARIANTS2, copysign)},
    [MFG_OP_FLOOR] = {FLOATS(VARIANTS1, floor)},
    [MFG_OP_CEIL] = {FLOATS(VARIANTS1, ceil)},
    [MFG_OP_TRUNC] = {FLOATS(VARIANTS1, trunc)},
    [MFG_OP_ROUND] = {FLOATS(VARIANTS1, round)},
    [MFG_OP_EQUAL] = {TYPES(VARIANTS2, equal)},
    [MFG_OP_NOT_EQUAL] = {TYPES(VARIANTS2, not_equal)},
    [MFG_OP_LESS] = {NUMBERS(VARIANTS2, less)},
    [MFG_OP_LESS_EQUAL] = {NUMBERS(VARIANTS2, less_equal)},
    [MFG_OP_GREATER] = {NUMBERS(VARIANTS2, greater)},
    [MFG_OP_GREATER_EQUAL] = {NUMBERS(VARIANTS2, greater_equal)},
    [MFG_OP_LOGICAL_AND] = {[CPU_BOOL] = VARIANTS2(and_boolean)},
    [MFG_OP_LOGICAL_OR] = {[CPU_BOOL] = VARIANTS2(or_boolean)},
    [MFG_OP_LOGICAL_XOR] = {[CPU_BOOL] = VARIANTS2(xor_boolean)},
    [MFG_OP_LOGICAL_NOT] = {[CPU_BOOL] = VARIANTS1(not_boolean)},
    [MFG_OP_BITWISE_AND] = {BITS(VARIANTS2, and)},
    [MFG_OP_BITWISE_OR] = {BITS(VARIANTS2, or)},
    [MFG_OP_BITWISE_XOR] = {BITS(VARIANTS2, xor)},
    [MFG_OP_BITWISE_INVERT] = {[CPU_BOOL] = VARIANTS1(not_boolean), INTEGERS(VARIANTS1, invert)},
    [MFG_OP_BITWISE_LEFT_SHIFT] = {INTEGERS(VARIANTS2, left)},
    [MFG_OP_BITWISE_RIGHT_SHIFT] = {INTEGERS(VARIANTS2, right)},
    [MFG_OP_ISNAN] = {FLOATS(VARIANTS1, isnan)},
    [MFG_OP_ISINF] = {FLOATS(VARIANTS1, isinf)},
    [MFG_OP_ISFINITE] = {FLOATS(VARIANTS1, isfinite)},
    [MFG_OP_SIGNBIT] = {FLOATS(VARIANTS1, signbit)},
    [MFG_OP_SELECT] = {TYPES(VARIANTS_SELECT, select)},
};
