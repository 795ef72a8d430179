/* SPDX-License-Identifier: MIT */
/* Arithmetic on floats. Every formula stands once, for both types: tgmath picks the float32
 * function for float32 arguments, so that no float32 operation is computed in another precision. */
#include "reference.h"

#include <tgmath.h>

#define REAL_FUNCTIONS(X)                                                                          \
  X(ADD, a + b)                                                                                    \
  X(SUBTRACT, a - b)                                                                               \
  X(MULTIPLY, a *b)                                                                                \
  X(DIVIDE, a / b)                                                                                 \
  X(FLOOR_DIVIDE, floor(a / b))                                                                    \
  X(REMAINDER, REMAINDER_OF(a, b))                                                                 \
  X(FMA, fma(a, b, c))                                                                             \
  X(NEGATIVE, -a)                                                                                  \
  X(ABS, fabs(a))                                                                                  \
  X(SIGN, isnan(a) ? a : a > 0 ? 1 : a < 0 ? -1 : 0)                                               \
  X(MINIMUM, isnan(a) || isnan(b) ? a + b : a < b ? a : b)                                         \
  X(MAXIMUM, isnan(a) || isnan(b) ? a + b : a > b ? a : b)                                         \
  X(POW, pow(a, b))                                                                                \
  X(SQRT, sqrt(a))                                                                                 \
  X(HYPOT, hypot(a, b))                                                                            \
  X(COPYSIGN, copysign(a, b))                                                                      \
  X(NEXTAFTER, nextafter(a, b))                                                                    \
  X(FLOOR, floor(a))                                                                               \
  X(CEIL, ceil(a))                                                                                 \
  X(TRUNC, trunc(a))                                                                               \
  X(ROUND, nearbyint(a))                                                                           \
  X(EXP, exp(a))                                                                                   \
  X(EXPM1, expm1(a))                                                                               \
  X(EXP2, exp2(a))                                                                                 \
  X(LOG, log(a))                                                                                   \
  X(LOG1P, log1p(a))                                                                               \
  X(LOG2, log2(a))                                                                                 \
  X(LOG10, log10(a))                                                                               \
  X(SIN, sin(a))                                                                                   \
  X(COS, cos(a))                                                                                   \
  X(TAN, tan(a))                                                                                   \
  X(ASIN, asin(a))                                                                                 \
  X(ACOS, acos(a))                                                                                 \
  X(ATAN, atan(a))                                                                                 \
  X(ATAN2, atan2(a, b))                                                                            \
  X(SINH, sinh(a))                                                                                 \
  X(COSH, cosh(a))                                                                                 \
  X(TANH, tanh(a))                                                                                 \
  X(ASINH, asinh(a))                                                                               \
  X(ACOSH, acosh(a))                                                                               \
  X(ATANH, atanh(a))                                                                               \
  X(ERF, erf(a))                                                                                   \
  X(ERFC, erfc(a))

/* A remainder with the sign of the divisor, from C's, which has that of the dividend. */
#define REMAINDER_OF(a, b) (remainder_fix(a, b, fmod(a, b)))
#define remainder_fix(a, b, r)                                                                     \
  _Generic((a), float : remainder_fix_float32, default : remainder_fix_float64)(b, r)

static float remainder_fix_float32(float divisor, float remainder) {
  if (remainder == 0) return copysign(0.0F, divisor);
  return (remainder < 0) != (divisor < 0) ? remainder + divisor : remainder;
}

static double remainder_fix_float64(double divisor, double remainder) {
  if (remainder == 0) return copysign(0.0, divisor);
  return (remainder < 0) != (divisor < 0) ? remainder + divisor : remainder;
}

#define DEFINE_FOR(symbol, expression, real, member)                                               \
  static void symbol##_##member(mfg_scalar *target, const mfg_scalar *first,                       \
                                const mfg_scalar *second, const mfg_scalar *third) {               \
    real a = first->member, b = second->member, c = third->member;                                 \
    (void)b, (void)c;                                                                              \
    target->member = expression;                                                                   \
  }
#define DEFINE(symbol, expression)                                                                 \
  DEFINE_FOR(symbol, expression, float, float32)                                                   \
  DEFINE_FOR(symbol, expression, double, float64)

REAL_FUNCTIONS(DEFINE)

mfg_reference_function mfg_reference_real(uint32_t operation, mfg_dtype type) {
  static const mfg_reference_function functions[MFG_OPERATION_END][2] = {
#define ENTRY(symbol, expression) [MFG_OP_##symbol] = {symbol##_float32, symbol##_float64},
      REAL_FUNCTIONS(ENTRY)
#undef ENTRY
  };
  return functions[operation][type == MFG_FLOAT64];
}
