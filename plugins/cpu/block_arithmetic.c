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

/* clang-format off */
#define FOR_NUMBERS(X) X(i32, int32_t) X(i64, int64_t) X(f32, float) X(f64, double)
#define FOR_INTEGERS(X) X(i32, int32_t, uint32_t, 32) X(i64, int64_t, uint64_t, 64)
#define FOR_FLOATS(X) X(f32, float, f) X(f64, double, )
#define FOR_TYPES(X) X(b, uint8_t) FOR_NUMBERS(X)
/* clang-format on */

/* ---- numbers -------------------------------------------------------------------------------- */

/* A NaN on either side wins; without one this is the usual minimum. For integers the comparisons
 * with itself fold away. */
#define NUMBER_OPERATIONS(t, T)                                                                    \
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
FOR_NUMBERS(NUMBER_OPERATIONS)

#define ANY_OPERATIONS(t, T)                                                                       \
  BINARY(equal_##t, T, uint8_t, a == b)                                                            \
  BINARY(not_equal_##t, T, uint8_t, a != b)                                                        \
  SELECT(select_##t, T)
FOR_TYPES(ANY_OPERATIONS)

/* ---- integers ------------------------------------------------------------------------------- */

/* Wrap-around is the compiler's (-fwrapv), except that the lowest number divided by -1 traps. */
#define INTEGER_OPERATIONS(t, T, U, width)                                                         \
  static inline T floor_quotient_##t(T a, T b) {                                                   \
    if (b == 0) return 0;                                                                          \
    if (b == -1) return (T)(0 - (U)a);                                                             \
    T quotient = a / b;                                                                            \
    return quotient - ((a % b != 0) & ((a < 0) != (b < 0)));                                       \
  }                                                                                                \
  static inline T floor_rest_##t(T a, T b) {                                                       \
    if (b == 0 || b == -1) return 0;                                                               \
    T rest = a % b;                                                                                \
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;                                   \
  }                                                                                                \
  static inline T power_##t(T base, T exponent) {                                                  \
    if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent & 1 ? -1 : 1) : 0;             \
    U result = 1, square = (U)base;                                                                \
    for (; exponent != 0; exponent >>= 1, square *= square)                                        \
      if (exponent & 1) result *= square;                                                          \
    return (T)result;                                                                              \
  }                                                                                                \
  BINARY(floor_divide_##t, T, T, floor_quotient_##t(a, b))                                         \
  BINARY(remainder_##t, T, T, floor_rest_##t(a, b))                                                \
  BINARY(pow_##t, T, T, power_##t(a, b))                                                           \
  UNARY(abs_##t, T, T, a < 0 ? -a : a)                                                             \
  UNARY(sign_##t, T, T, (a > 0) - (a < 0))                                                         \
  BINARY(and_##t, T, T, a &b)                                                                      \
  BINARY(or_##t, T, T, a | b)                                                                      \
  BINARY(xor_##t, T, T, a ^ b)                                                                     \
  UNARY(invert_##t, T, T, ~a)                                                                      \
  BINARY(left_##t, T, T, (U)b < width ? (U)a << ((U)b & (width - 1)) : (U)0)                       \
  BINARY(right_##t, T, T, a >> ((U)b < width ? b : width - 1))
FOR_INTEGERS(INTEGER_OPERATIONS)

BINARY(and_b, uint8_t, uint8_t, a &b)
BINARY(or_b, uint8_t, uint8_t, a | b)
BINARY(xor_b, uint8_t, uint8_t, a ^ b)
UNARY(not_b, uint8_t, uint8_t, a ^ 1)

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
FOR_FLOATS(FLOAT_OPERATIONS)

/* ---- conversions ---------------------------------------------------------------------------- */

/* The bounds are powers of two, hence exact in every float type. */
#define TO_INTEGER(T, low, high, bound)                                                            \
  (a != a ? (T)0 : a >= (bound) ? (T)(high) : a < -(bound) ? (T)(low) : (T)a)

#define TO_BOOL(t, T) UNARY(convert_##t##_b, T, uint8_t, a != 0)
FOR_TYPES(TO_BOOL)
#define FROM_INTEGERS(t, T)                                                                        \
  UNARY(convert_##t##_i32, T, int32_t, a)                                                          \
  UNARY(convert_##t##_i64, T, int64_t, a)                                                          \
  UNARY(convert_##t##_f32, T, float, a)                                                            \
  UNARY(convert_##t##_f64, T, double, a)
FROM_INTEGERS(b, uint8_t)
FROM_INTEGERS(i32, int32_t)
FROM_INTEGERS(i64, int64_t)
UNARY(convert_f32_i32, float, int32_t, TO_INTEGER(int32_t, INT32_MIN, INT32_MAX, 0x1p31f))
UNARY(convert_f32_i64, float, int64_t, TO_INTEGER(int64_t, INT64_MIN, INT64_MAX, 0x1p63f))
UNARY(convert_f32_f32, float, float, a)
UNARY(convert_f32_f64, float, double, a)
UNARY(convert_f64_i32, double, int32_t, TO_INTEGER(int32_t, INT32_MIN, INT32_MAX, 0x1p31))
UNARY(convert_f64_i64, double, int64_t, TO_INTEGER(int64_t, INT64_MIN, INT64_MAX, 0x1p63))
UNARY(convert_f64_f32, double, float, a)
UNARY(convert_f64_f64, double, double, a)

#define CONVERSION_ROW(t)                                                                          \
  { convert_##t##_b, convert_##t##_i32, convert_##t##_i64, convert_##t##_f32, convert_##t##_f64 }
const cpu_block CPU_NAME(cpu_conversions)[CPU_TYPES][CPU_TYPES] = {
    CONVERSION_ROW(b),   CONVERSION_ROW(i32), CONVERSION_ROW(i64),
    CONVERSION_ROW(f32), CONVERSION_ROW(f64),
};

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
#define INTEGERS(variants, f) [CPU_INT32] = variants(f##_i32), [CPU_INT64] = variants(f##_i64)
#define FLOATS(variants, f) [CPU_FLOAT32] = variants(f##_f32), [CPU_FLOAT64] = variants(f##_f64)
#define NUMBERS(variants, f) INTEGERS(variants, f), FLOATS(variants, f)
#define BITS(variants, f) [CPU_BOOL] = variants(f##_b), INTEGERS(variants, f)
#define TYPES(variants, f) [CPU_BOOL] = variants(f##_b), NUMBERS(variants, f)

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
    [MFG_OP_LOGICAL_AND] = {[CPU_BOOL] = VARIANTS2(and_b)},
    [MFG_OP_LOGICAL_OR] = {[CPU_BOOL] = VARIANTS2(or_b)},
    [MFG_OP_LOGICAL_XOR] = {[CPU_BOOL] = VARIANTS2(xor_b)},
    [MFG_OP_LOGICAL_NOT] = {[CPU_BOOL] = VARIANTS1(not_b)},
    [MFG_OP_BITWISE_AND] = {BITS(VARIANTS2, and)},
    [MFG_OP_BITWISE_OR] = {BITS(VARIANTS2, or)},
    [MFG_OP_BITWISE_XOR] = {BITS(VARIANTS2, xor)},
    [MFG_OP_BITWISE_INVERT] = {[CPU_BOOL] = VARIANTS1(not_b), INTEGERS(VARIANTS1, invert)},
    [MFG_OP_BITWISE_LEFT_SHIFT] = {INTEGERS(VARIANTS2, left)},
    [MFG_OP_BITWISE_RIGHT_SHIFT] = {INTEGERS(VARIANTS2, right)},
    [MFG_OP_ISNAN] = {FLOATS(VARIANTS1, isnan)},
    [MFG_OP_ISINF] = {FLOATS(VARIANTS1, isinf)},
    [MFG_OP_ISFINITE] = {FLOATS(VARIANTS1, isfinite)},
    [MFG_OP_SIGNBIT] = {FLOATS(VARIANTS1, signbit)},
    [MFG_OP_SELECT] = {TYPES(VARIANTS_SELECT, select)},
};
