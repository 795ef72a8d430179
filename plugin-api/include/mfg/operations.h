/* SPDX-License-Identifier: MIT */
/* The one table of elementwise operations.
 *
 * Enum, name, arity, type rule, array functions, reference executor, source emitter and
 * documentation are all made from it. Each row: X(SYMBOL, number, name, arity, rule, text). The
 * number is part of the ABI. What an operation yields for special values stands in the text; where
 * it says nothing, it is the C function of that name (IEEE 754 for the basic operations).
 *
 * Type rules (every operand of a kernel has been converted by core before):
 *   NUMERIC   operands and result share one integer or float type
 *   REAL      operands and result share one float type
 *   COMPARE   operands share one type, the result is bool (order relations: not for bool)
 *   LOGIC     operands and result are bool
 *   BITS      operands and result share one integer type, or bool
 *   CLASSIFY  operand is a float, the result is bool
 *   CHOOSE    (bool, T, T) -> T
 *   CONVERT   any type to any type
 *
 * Integers are int8 to int64 and uint8 to uint64; addition, subtraction, multiplication, negation,
 * absolute value and shifts wrap (modulo 2 to the power of the width). Integer division and
 * remainder by zero yield 0; the lowest number divided by -1 yields itself. A shift by less than 0
 * or by at least the width yields 0 (right shift of a negative number: -1). Conversions: float to
 * integer truncates towards zero, saturates, and turns NaN into 0; integer to integer keeps the
 * number modulo 2 to the power of the new width; anything to bool is "not equal to zero", so NaN is
 * true; bool to a number is 0 or 1.
 */
#ifndef MFG_OPERATIONS_H
#define MFG_OPERATIONS_H

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */
#define MFG_OPERATIONS(X)                                                                           \
  X(ADD, 16, "add", 2, NUMERIC, "a + b")                                                            \
  X(SUBTRACT, 17, "subtract", 2, NUMERIC, "a - b")                                                  \
  X(MULTIPLY, 18, "multiply", 2, NUMERIC, "a * b")                                                  \
  X(DIVIDE, 19, "divide", 2, REAL, "a / b")                                                         \
  X(FLOOR_DIVIDE, 20, "floor_divide", 2, NUMERIC, "floor(a / b); floats: floor of the rounded quotient")  \
  X(REMAINDER, 21, "remainder", 2, NUMERIC, "a - b * floor(a / b), exactly, with the sign of b; floats: fmod(a, b), plus b where its sign differs from b's; a zero result takes the sign of b") \
  X(FMA, 22, "fma", 3, REAL, "a * b + c, rounded once")                                             \
  X(NEGATIVE, 23, "negative", 1, NUMERIC, "-a")                                                     \
  X(ABS, 24, "abs", 1, NUMERIC, "magnitude of a")                                                   \
  X(SIGN, 25, "sign", 1, NUMERIC, "-1, 0 or 1; NaN for NaN")                                        \
  X(MINIMUM, 26, "minimum", 2, NUMERIC, "the lesser; NaN where either is NaN; of two zeros either") \
  X(MAXIMUM, 27, "maximum", 2, NUMERIC, "the greater; NaN where either is NaN; of two zeros either") \
  X(POW, 28, "pow", 2, NUMERIC, "a to the power b; integers wrap, a negative exponent yields 0 unless a is 1 or -1") \
  X(SQRT, 29, "sqrt", 1, REAL, "correctly rounded square root")                                     \
  X(HYPOT, 30, "hypot", 2, REAL, "sqrt(a^2 + b^2) without overflow in between")                     \
  X(COPYSIGN, 31, "copysign", 2, REAL, "magnitude of a, sign of b")                                 \
  X(NEXTAFTER, 32, "nextafter", 2, REAL, "the next number from a towards b")                        \
  X(FLOOR, 33, "floor", 1, REAL, "greatest integral value not above a")                             \
  X(CEIL, 34, "ceil", 1, REAL, "least integral value not below a")                                  \
  X(TRUNC, 35, "trunc", 1, REAL, "a without its fraction")                                          \
  X(ROUND, 36, "round", 1, REAL, "nearest integral value, ties to even")                            \
  X(EXP, 37, "exp", 1, REAL, "e^a")                                                                 \
  X(EXPM1, 38, "expm1", 1, REAL, "e^a - 1")                                                         \
  X(EXP2, 39, "exp2", 1, REAL, "2^a")                                                               \
  X(LOG, 40, "log", 1, REAL, "natural logarithm")                                                   \
  X(LOG1P, 41, "log1p", 1, REAL, "log(1 + a)")                                                      \
  X(LOG2, 42, "log2", 1, REAL, "logarithm to base 2")                                               \
  X(LOG10, 43, "log10", 1, REAL, "logarithm to base 10")                                            \
  X(SIN, 44, "sin", 1, REAL, "sine, a in radians")                                                  \
  X(COS, 45, "cos", 1, REAL, "cosine, a in radians")                                                \
  X(TAN, 46, "tan", 1, REAL, "tangent, a in radians")                                               \
  X(ASIN, 47, "asin", 1, REAL, "inverse sine")                                                      \
  X(ACOS, 48, "acos", 1, REAL, "inverse cosine")                                                    \
  X(ATAN, 49, "atan", 1, REAL, "inverse tangent")                                                   \
  X(ATAN2, 50, "atan2", 2, REAL, "angle of the point (b, a)")                                       \
  X(SINH, 51, "sinh", 1, REAL, "hyperbolic sine")                                                   \
  X(COSH, 52, "cosh", 1, REAL, "hyperbolic cosine")                                                 \
  X(TANH, 53, "tanh", 1, REAL, "hyperbolic tangent")                                                \
  X(ASINH, 54, "asinh", 1, REAL, "inverse hyperbolic sine")                                         \
  X(ACOSH, 55, "acosh", 1, REAL, "inverse hyperbolic cosine")                                       \
  X(ATANH, 56, "atanh", 1, REAL, "inverse hyperbolic tangent")                                      \
  X(ERF, 57, "erf", 1, REAL, "error function")                                                      \
  X(ERFC, 58, "erfc", 1, REAL, "1 - erf(a), accurate in the tail")                                  \
  X(EQUAL, 59, "equal", 2, COMPARE, "a == b; false where either is NaN")                            \
  X(NOT_EQUAL, 60, "not_equal", 2, COMPARE, "a != b; true where either is NaN")                     \
  X(LESS, 61, "less", 2, COMPARE, "a < b; false where either is NaN")                               \
  X(LESS_EQUAL, 62, "less_equal", 2, COMPARE, "a <= b; false where either is NaN")                  \
  X(GREATER, 63, "greater", 2, COMPARE, "a > b; false where either is NaN")                         \
  X(GREATER_EQUAL, 64, "greater_equal", 2, COMPARE, "a >= b; false where either is NaN")            \
  X(LOGICAL_AND, 65, "logical_and", 2, LOGIC, "a and b")                                            \
  X(LOGICAL_OR, 66, "logical_or", 2, LOGIC, "a or b")                                               \
  X(LOGICAL_XOR, 67, "logical_xor", 2, LOGIC, "a or b, not both")                                   \
  X(LOGICAL_NOT, 68, "logical_not", 1, LOGIC, "not a")                                              \
  X(BITWISE_AND, 69, "bitwise_and", 2, BITS, "a & b")                                               \
  X(BITWISE_OR, 70, "bitwise_or", 2, BITS, "a | b")                                                 \
  X(BITWISE_XOR, 71, "bitwise_xor", 2, BITS, "a ^ b")                                               \
  X(BITWISE_INVERT, 72, "bitwise_invert", 1, BITS, "every bit flipped; for bool: not a")            \
  X(BITWISE_LEFT_SHIFT, 73, "bitwise_left_shift", 2, BITS, "a << b; not for bool")                  \
  X(BITWISE_RIGHT_SHIFT, 74, "bitwise_right_shift", 2, BITS, "a >> b, arithmetic for signed types; not for bool") \
  X(ISNAN, 75, "isnan", 1, CLASSIFY, "a is not a number")                                           \
  X(ISINF, 76, "isinf", 1, CLASSIFY, "a is an infinity")                                            \
  X(ISFINITE, 77, "isfinite", 1, CLASSIFY, "a is neither NaN nor an infinity")                      \
  X(SIGNBIT, 78, "signbit", 1, CLASSIFY, "the sign bit of a is set, also for -0 and NaN")           \
  X(SELECT, 79, "select", 3, CHOOSE, "b where a holds, else c")                                     \
  X(CONVERT, 80, "convert", 1, CONVERT, "a as another type; see the rules above")
/* clang-format on */

enum mfg_operation {
  /* 0 is no operation. 1..15 take their value from outside the instruction list; they are
   * described with `struct mfg_kernel_instruction` in kernel.h. */
  MFG_OP_CONSTANT = 1,
  MFG_OP_SCALAR = 2,
  MFG_OP_LOAD = 3,
  MFG_OP_INDEX = 4,
  MFG_OP_EXTENT = 5,
  MFG_OP_GATHER = 6,
  MFG_OP_RESULT = 7,
#define MFG_OPERATION_ENUM_(symbol, number, name, arity, rule, text) MFG_OP_##symbol = number,
  MFG_OPERATIONS(MFG_OPERATION_ENUM_)
#undef MFG_OPERATION_ENUM_
};

/* One more than the highest operation number of this version. */
#define MFG_OPERATION_END 81

enum mfg_operation_rule {
  MFG_RULE_NUMERIC = 1,
  MFG_RULE_REAL = 2,
  MFG_RULE_COMPARE = 3,
  MFG_RULE_LOGIC = 4,
  MFG_RULE_BITS = 5,
  MFG_RULE_CLASSIFY = 6,
  MFG_RULE_CHOOSE = 7,
  MFG_RULE_CONVERT = 8
};

#ifdef __cplusplus
}
#endif

#endif
