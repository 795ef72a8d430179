/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every operation of operations.h through its macro, for every type, against plain C. The table
 * drives the test: a row without a macro below does not compile. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "array_tests.h"

#define CALL_ADD(s, a, b, c) mfg_add(s, a, b)
#define CALL_SUBTRACT(s, a, b, c) mfg_sub(s, a, b)
#define CALL_MULTIPLY(s, a, b, c) mfg_mul(s, a, b)
#define CALL_DIVIDE(s, a, b, c) mfg_div(s, a, b)
#define CALL_FLOOR_DIVIDE(s, a, b, c) mfg_floor_divide(s, a, b)
#define CALL_REMAINDER(s, a, b, c) mfg_remainder(s, a, b)
#define CALL_FMA(s, a, b, c) mfg_fma(s, a, b, c)
#define CALL_NEGATIVE(s, a, b, c) mfg_negative(s, a)
#define CALL_ABS(s, a, b, c) mfg_abs(s, a)
#define CALL_SIGN(s, a, b, c) mfg_sign(s, a)
#define CALL_MINIMUM(s, a, b, c) mfg_minimum(s, a, b)
#define CALL_MAXIMUM(s, a, b, c) mfg_maximum(s, a, b)
#define CALL_POW(s, a, b, c) mfg_pow(s, a, b)
#define CALL_SQRT(s, a, b, c) mfg_sqrt(s, a)
#define CALL_HYPOT(s, a, b, c) mfg_hypot(s, a, b)
#define CALL_COPYSIGN(s, a, b, c) mfg_copysign(s, a, b)
#define CALL_NEXTAFTER(s, a, b, c) mfg_nextafter(s, a, b)
#define CALL_FLOOR(s, a, b, c) mfg_floor(s, a)
#define CALL_CEIL(s, a, b, c) mfg_ceil(s, a)
#define CALL_TRUNC(s, a, b, c) mfg_trunc(s, a)
#define CALL_ROUND(s, a, b, c) mfg_round(s, a)
#define CALL_EXP(s, a, b, c) mfg_exp(s, a)
#define CALL_EXPM1(s, a, b, c) mfg_expm1(s, a)
#define CALL_EXP2(s, a, b, c) mfg_exp2(s, a)
#define CALL_LOG(s, a, b, c) mfg_log(s, a)
#define CALL_LOG1P(s, a, b, c) mfg_log1p(s, a)
#define CALL_LOG2(s, a, b, c) mfg_log2(s, a)
#define CALL_LOG10(s, a, b, c) mfg_log10(s, a)
#define CALL_SIN(s, a, b, c) mfg_sin(s, a)
#define CALL_COS(s, a, b, c) mfg_cos(s, a)
#define CALL_TAN(s, a, b, c) mfg_tan(s, a)
#define CALL_ASIN(s, a, b, c) mfg_asin(s, a)
#define CALL_ACOS(s, a, b, c) mfg_acos(s, a)
#define CALL_ATAN(s, a, b, c) mfg_atan(s, a)
#define CALL_ATAN2(s, a, b, c) mfg_atan2(s, a, b)
#define CALL_SINH(s, a, b, c) mfg_sinh(s, a)
#define CALL_COSH(s, a, b, c) mfg_cosh(s, a)
#define CALL_TANH(s, a, b, c) mfg_tanh(s, a)
#define CALL_ASINH(s, a, b, c) mfg_asinh(s, a)
#define CALL_ACOSH(s, a, b, c) mfg_acosh(s, a)
#define CALL_ATANH(s, a, b, c) mfg_atanh(s, a)
#define CALL_ERF(s, a, b, c) mfg_erf(s, a)
#define CALL_ERFC(s, a, b, c) mfg_erfc(s, a)
#define CALL_EQUAL(s, a, b, c) mfg_equal(s, a, b)
#define CALL_NOT_EQUAL(s, a, b, c) mfg_not_equal(s, a, b)
#define CALL_LESS(s, a, b, c) mfg_less(s, a, b)
#define CALL_LESS_EQUAL(s, a, b, c) mfg_less_equal(s, a, b)
#define CALL_GREATER(s, a, b, c) mfg_greater(s, a, b)
#define CALL_GREATER_EQUAL(s, a, b, c) mfg_greater_equal(s, a, b)
#define CALL_LOGICAL_AND(s, a, b, c) mfg_logical_and(s, a, b)
#define CALL_LOGICAL_OR(s, a, b, c) mfg_logical_or(s, a, b)
#define CALL_LOGICAL_XOR(s, a, b, c) mfg_logical_xor(s, a, b)
#define CALL_LOGICAL_NOT(s, a, b, c) mfg_logical_not(s, a)
#define CALL_BITWISE_AND(s, a, b, c) mfg_bitwise_and(s, a, b)
#define CALL_BITWISE_OR(s, a, b, c) mfg_bitwise_or(s, a, b)
#define CALL_BITWISE_XOR(s, a, b, c) mfg_bitwise_xor(s, a, b)
#define CALL_BITWISE_INVERT(s, a, b, c) mfg_bitwise_invert(s, a)
#define CALL_BITWISE_LEFT_SHIFT(s, a, b, c) mfg_bitwise_left_shift(s, a, b)
#define CALL_BITWISE_RIGHT_SHIFT(s, a, b, c) mfg_bitwise_right_shift(s, a, b)
#define CALL_ISNAN(s, a, b, c) mfg_isnan(s, a)
#define CALL_ISINF(s, a, b, c) mfg_isinf(s, a)
#define CALL_ISFINITE(s, a, b, c) mfg_isfinite(s, a)
#define CALL_SIGNBIT(s, a, b, c) mfg_signbit(s, a)
#define CALL_SELECT(s, a, b, c) mfg_where(s, a, b, c)
#define CALL_CONVERT(s, a, b, c) mfg_astype(s, a, MFG_FLOAT64)

#define CALL_FUNCTION(symbol, number, name, arity, rule, text)                                     \
  static mfg_array *call_##symbol(mfg_scope *s, mfg_array *a, mfg_array *b, mfg_array *c) {        \
    (void)b, (void)c;                                                                              \
    return CALL_##symbol(s, a, b, c);                                                              \
  }
MFG_OPERATIONS(CALL_FUNCTION)

typedef struct operation_row {
  uint32_t operation;
  const char *name;
  int rule;
  mfg_array *(*call)(mfg_scope *s, mfg_array *a, mfg_array *b, mfg_array *c);
} operation_row;

#define ROW(symbol, number, name, arity, rule, text)                                               \
  {MFG_OP_##symbol, name, MFG_RULE_##rule, call_##symbol},
static const operation_row table[] = {MFG_OPERATIONS(ROW)};
enum { ROWS = sizeof table / sizeof table[0] };

/* All but uint64, whose numbers the int64 of the twins below does not hold. */
static const mfg_dtype types[] = {MFG_BOOL,  MFG_INT8,   MFG_INT16,  MFG_INT32,   MFG_INT64,
                                  MFG_UINT8, MFG_UINT16, MFG_UINT32, MFG_FLOAT32, MFG_FLOAT64};

/* ---- plain C --------------------------------------------------------------------------------- */

static double real_remainder(double a, double b) {
  double r = fmod(a, b);
  if (r == 0) return copysign(0, b);
  return (r < 0) != (b < 0) ? r + b : r;
}

static double real_sign(double a) {
  return isnan(a) ? a : a > 0 ? 1 : a < 0 ? -1 : 0;
}

static double real_minimum(double a, double b) {
  return isnan(a) || isnan(b) ? NAN : a < b ? a : b;
}

static double real_maximum(double a, double b) {
  return isnan(a) || isnan(b) ? NAN : a > b ? a : b;
}

static double exact_real(uint32_t operation, double a, double b, double c) {
  switch (operation) {
  case MFG_OP_ADD: return a + b;
  case MFG_OP_SUBTRACT: return a - b;
  case MFG_OP_MULTIPLY: return a * b;
  case MFG_OP_DIVIDE: return a / b;
  case MFG_OP_FLOOR_DIVIDE: return floor(a / b);
  case MFG_OP_REMAINDER: return real_remainder(a, b);
  case MFG_OP_FMA: return fma(a, b, c);
  case MFG_OP_NEGATIVE: return -a;
  case MFG_OP_ABS: return fabs(a);
  case MFG_OP_SIGN: return real_sign(a);
  case MFG_OP_MINIMUM: return real_minimum(a, b);
  case MFG_OP_MAXIMUM: return real_maximum(a, b);
  case MFG_OP_SQRT: return sqrt(a);
  case MFG_OP_COPYSIGN: return copysign(a, b);
  case MFG_OP_FLOOR: return floor(a);
  case MFG_OP_CEIL: return ceil(a);
  case MFG_OP_TRUNC: return trunc(a);
  case MFG_OP_ROUND: return rint(a);
  case MFG_OP_EQUAL: return a == b;
  case MFG_OP_NOT_EQUAL: return a != b;
  case MFG_OP_LESS: return a < b;
  case MFG_OP_LESS_EQUAL: return a <= b;
  case MFG_OP_GREATER: return a > b;
  case MFG_OP_GREATER_EQUAL: return a >= b;
  case MFG_OP_ISNAN: return isnan(a);
  case MFG_OP_ISINF: return isinf(a) != 0;
  case MFG_OP_ISFINITE: return isfinite(a) != 0;
  case MFG_OP_SIGNBIT: return signbit(a) != 0;
  case MFG_OP_SELECT: return a != 0 ? b : c;
  default: return a;
  }
}

static bool is_exact(uint32_t operation) {
  return operation < MFG_OP_POW || operation == MFG_OP_SQRT || operation == MFG_OP_COPYSIGN ||
         (operation >= MFG_OP_FLOOR && operation <= MFG_OP_ROUND) || operation >= MFG_OP_EQUAL;
}

static double expected_real(uint32_t operation, double a, double b, double c) {
  switch (operation) {
  case MFG_OP_POW: return pow(a, b);
  case MFG_OP_HYPOT: return hypot(a, b);
  case MFG_OP_NEXTAFTER: return nextafter(a, b);
  case MFG_OP_EXP: return exp(a);
  case MFG_OP_EXPM1: return expm1(a);
  case MFG_OP_EXP2: return exp2(a);
  case MFG_OP_LOG: return log(a);
  case MFG_OP_LOG1P: return log1p(a);
  case MFG_OP_LOG2: return log2(a);
  case MFG_OP_LOG10: return log10(a);
  case MFG_OP_SIN: return sin(a);
  case MFG_OP_COS: return cos(a);
  case MFG_OP_TAN: return tan(a);
  case MFG_OP_ASIN: return asin(a);
  case MFG_OP_ACOS: return acos(a);
  case MFG_OP_ATAN: return atan(a);
  case MFG_OP_ATAN2: return atan2(a, b);
  case MFG_OP_SINH: return sinh(a);
  case MFG_OP_COSH: return cosh(a);
  case MFG_OP_TANH: return tanh(a);
  case MFG_OP_ASINH: return asinh(a);
  case MFG_OP_ACOSH: return acosh(a);
  case MFG_OP_ATANH: return atanh(a);
  case MFG_OP_ERF: return erf(a);
  case MFG_OP_ERFC: return erfc(a);
  default: return exact_real(operation, a, b, c);
  }
}

static int type_bits(mfg_dtype type) {
  mfg_integer_info info;
  return mfg_iinfo(type, &info) == MFG_OK ? (int)info.bits : 64;
}

static int64_t wrap(int64_t x, mfg_dtype type) {
  switch (type) {
#define CASE(symbol, member, T)                                                                    \
  case MFG_##symbol: return (int64_t)(T)x;
    MFG_INTEGER_TYPES(CASE)
#undef CASE
  default: return x;
  }
}

static int64_t floor_divide(int64_t a, int64_t b) {
  if (b == 0) return 0;
  if (b == -1) return (int64_t)(0 - (uint64_t)a);
  return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

static int64_t power(int64_t a, int64_t b) {
  if (b < 0) return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0;
  uint64_t result = 1;
  uint64_t factor = (uint64_t)a;
  for (; b > 0; b /= 2, factor *= factor)
    if (b % 2 == 1) result *= factor;
  return (int64_t)result;
}

static int64_t shifted(int64_t a, int64_t b, int width, bool left) {
  if (b < 0 || b >= width) return !left && a < 0 ? -1 : 0;
  return left ? (int64_t)((uint64_t)a << b) : a >> b;
}

static int64_t expected_integer(uint32_t operation, int64_t a, int64_t b, mfg_dtype type) {
  int width = type_bits(type);
  uint64_t x = (uint64_t)a;
  uint64_t y = (uint64_t)b;
  switch (operation) {
  case MFG_OP_ADD: return (int64_t)(x + y);
  case MFG_OP_SUBTRACT: return (int64_t)(x - y);
  case MFG_OP_MULTIPLY: return (int64_t)(x * y);
  case MFG_OP_FLOOR_DIVIDE: return floor_divide(a, b);
  case MFG_OP_REMAINDER: return b == 0 || b == -1 ? 0 : a - b * floor_divide(a, b);
  case MFG_OP_NEGATIVE: return (int64_t)(0 - x);
  case MFG_OP_ABS: return a < 0 ? (int64_t)(0 - x) : a;
  case MFG_OP_SIGN: return (a > 0) - (a < 0);
  case MFG_OP_MINIMUM: return a < b ? a : b;
  case MFG_OP_MAXIMUM: return a > b ? a : b;
  case MFG_OP_POW: return power(a, b);
  case MFG_OP_LOGICAL_AND:
  case MFG_OP_BITWISE_AND: return a & b;
  case MFG_OP_LOGICAL_OR:
  case MFG_OP_BITWISE_OR: return a | b;
  case MFG_OP_LOGICAL_XOR:
  case MFG_OP_BITWISE_XOR: return a ^ b;
  case MFG_OP_LOGICAL_NOT: return !a;
  case MFG_OP_BITWISE_INVERT: return type == MFG_BOOL ? !a : ~a;
  case MFG_OP_BITWISE_LEFT_SHIFT: return shifted(a, b, width, true);
  case MFG_OP_BITWISE_RIGHT_SHIFT: return shifted(a, b, width, false);
  case MFG_OP_EQUAL: return a == b;
  case MFG_OP_NOT_EQUAL: return a != b;
  case MFG_OP_LESS: return a < b;
  case MFG_OP_LESS_EQUAL: return a <= b;
  case MFG_OP_GREATER: return a > b;
  case MFG_OP_GREATER_EQUAL: return a >= b;
  case MFG_OP_FLOOR:
  case MFG_OP_CEIL:
  case MFG_OP_TRUNC:
  case MFG_OP_ROUND: return a;
  default: return b; /* SELECT with a condition that holds */
  }
}

/* ---- operands -------------------------------------------------------------------------------- */

enum { VALUES = 12 };

static const double reals[VALUES] = {-3.5, -1,  -0.5, -0.0,     0.0,       0.5,
                                     1,    2.5, 7,    INFINITY, -INFINITY, NAN};
static const int64_t integers[VALUES] = {-7, -1, 0, 1, 2, 3, 31, 40, 65, -64, INT32_MIN, INT32_MAX};

/* The value of element `i` of a type, as a real number. */
static int64_t integer_at(mfg_dtype type, int i) {
  return type == MFG_BOOL ? i % 2 : wrap(integers[i], type);
}

static double real_at(mfg_dtype type, int i) {
  return mfg_is_dtype(type, MFG_KIND_REAL_FLOAT) ? reals[i] : (double)integer_at(type, i);
}

static mfg_array *operand(mfg_scope *s, mfg_dtype type, int rows, int columns) {
  int64_t shape[2] = {rows, columns};
  bool real = type == MFG_FLOAT32 || type == MFG_FLOAT64;
  int64_t data[VALUES];
  for (int i = 0; i < VALUES; i++)
    data[i] = integer_at(type, i);
  if (real) return mfg_astype(s, mfg_from_host(s, MFG_FLOAT64, 2, shape, reals), type);
  return mfg_astype(s, mfg_from_host(s, MFG_INT64, 2, shape, data), type);
}

static bool is_float(mfg_dtype type) {
  return type == MFG_FLOAT32 || type == MFG_FLOAT64;
}

/* Whether the rule takes the type; the types in which it is computed and of the result. */
static bool takes(const operation_row *row, mfg_dtype type, mfg_dtype *computed,
                  mfg_dtype *result) {
  mfg_dtype real = is_float(type) ? type : (mfg_dtype)MFG_FLOAT64;
  bool order = row->operation != MFG_OP_EQUAL && row->operation != MFG_OP_NOT_EQUAL;
  bool shift =
      row->operation == MFG_OP_BITWISE_LEFT_SHIFT || row->operation == MFG_OP_BITWISE_RIGHT_SHIFT;
  *computed = *result = type;
  switch (row->rule) {
  case MFG_RULE_NUMERIC: return type != MFG_BOOL;
  case MFG_RULE_REAL:
    if (row->operation >= MFG_OP_FLOOR && row->operation <= MFG_OP_ROUND &&
        mfg_is_dtype(type, MFG_KIND_INTEGER))
      return true;
    *computed = *result = real;
    return true;
  case MFG_RULE_COMPARE: *result = MFG_BOOL; return type != MFG_BOOL || !order;
  case MFG_RULE_LOGIC: return type == MFG_BOOL;
  case MFG_RULE_BITS: return !is_float(type) && (type != MFG_BOOL || !shift);
  case MFG_RULE_CLASSIFY:
    *computed = real;
    *result = MFG_BOOL;
    return true;
  case MFG_RULE_CONVERT: *computed = *result = MFG_FLOAT64; return true;
  default: return true;
  }
}

static bool close_to(double found, double expected, bool exact, mfg_dtype type) {
  if (isnan(expected)) return isnan(found);
  if (exact || isinf(expected) || expected == 0)
    return found == expected || (!exact && fabs(found) < 1e-15);
  return fabs(found - expected) <= fabs(expected) * (type == MFG_FLOAT32 ? 6e-7 : 2e-15);
}

static void compare_reals(const operation_row *row, mfg_dtype type, mfg_dtype computed,
                          mfg_array *result) {
  double found[VALUES * VALUES];
  mfg_scope *s = mfg_scope_open(mfg_array_context(result));
  CHECK_OK(mfg_to_host(mfg_astype(s, result, MFG_FLOAT64), found,
                       (size_t)mfg_array_size(result) * sizeof(double)));
  bool unary = mfg_array_size(result) == VALUES;
  for (int i = 0; i < (unary ? VALUES : VALUES * VALUES); i++) {
    double a = real_at(type, unary ? i : i / VALUES);
    double b = real_at(type, unary ? 0 : i % VALUES);
    double expected =
        row->operation == MFG_OP_SELECT ? b : expected_real(row->operation, a, b, real_at(type, 1));
    if (computed == MFG_FLOAT32 && row->operation == MFG_OP_NEXTAFTER)
      expected = (double)nextafterf((float)a, (float)b);
    if (computed == MFG_FLOAT32) expected = (double)(float)expected;
    ck_assert_msg(close_to(found[i], expected, is_exact(row->operation), computed),
                  "%s of %g and %g (type %d) is %.17g; expected %.17g", row->name, a, b, type,
                  found[i], expected);
  }
  CHECK_OK(mfg_scope_close(s));
}

static void compare_integers(const operation_row *row, mfg_dtype type, mfg_array *result) {
  int64_t found[VALUES * VALUES];
  mfg_scope *s = mfg_scope_open(mfg_array_context(result));
  CHECK_OK(mfg_to_host(mfg_astype(s, result, MFG_INT64), found,
                       (size_t)mfg_array_size(result) * sizeof(int64_t)));
  bool unary = mfg_array_size(result) == VALUES;
  for (int i = 0; i < (unary ? VALUES : VALUES * VALUES); i++) {
    int64_t a = integer_at(type, unary ? i : i / VALUES);
    int64_t b = integer_at(type, unary ? 0 : i % VALUES);
    int64_t expected = wrap(expected_integer(row->operation, a, b, type), type);
    ck_assert_msg(found[i] == expected, "%s of %lld and %lld (type %d) is %lld; expected %lld",
                  row->name, (long long)a, (long long)b, type, (long long)found[i],
                  (long long)expected);
  }
  CHECK_OK(mfg_scope_close(s));
}

/* Where a driver compiles each kernel, MFG_TEST_PROGRAMS asks for few: the integer types of arrays
 * that are most used. All of them are looked at by the conformance kit and beside NumPy. */
static bool left_out(mfg_dtype type) {
  const char *programs = getenv("MFG_TEST_PROGRAMS");
  bool few = programs != NULL && atoi(programs) < 10;
  return few && mfg_is_dtype(type, MFG_KIND_INTEGER) && type != MFG_INT32 && type != MFG_INT64;
}

START_TEST(every_operation) {
  const operation_row *row = &table[_i];
  mfg_context *context = open_context();
  for (size_t t = 0; t < sizeof types; t++) {
    if (left_out(types[t])) continue;
    mfg_scope *s = mfg_scope_open(context);
    mfg_dtype type = types[t];
    mfg_dtype computed = 0;
    mfg_dtype expected = 0;
    bool valid = takes(row, type, &computed, &expected);
    bool select = row->operation == MFG_OP_SELECT;
    mfg_array *a = operand(s, type, VALUES, 1);
    mfg_array *b = operand(s, type, 1, VALUES);
    mfg_array *c = mfg_slice(s, b, 1, 1, 2, 1);
    mfg_array *condition = mfg_broadcast_to(s, mfg_ones(s, MFG_BOOL, 0, NULL), 2, SHAPE(VALUES, 1));
    mfg_array *result = select ? row->call(s, condition, b, a) : row->call(s, a, b, c);
    if (valid) {
      ck_assert_msg(result != NULL, "%s, type %d: %s", row->name, type, mfg_last_error());
      ck_assert_int_eq(mfg_array_type(result), expected);
      if (is_float(computed))
        compare_reals(row, type, computed, result);
      else
        compare_integers(row, type, result);
      CHECK_OK(mfg_scope_close(s));
    } else {
      ck_assert_ptr_null(result);
      ck_assert_int_eq(mfg_scope_close(s), MFG_ERROR_TYPE);
    }
  }
  mfg_context_close(context);
}
END_TEST

/* ---- types ----------------------------------------------------------------------------------- */

START_TEST(promotion) {
  static const mfg_dtype of[5] = {MFG_BOOL, MFG_INT32, MFG_INT64, MFG_FLOAT32, MFG_FLOAT64};
  static const mfg_dtype expected[5][5] = {
      {MFG_BOOL, MFG_INT32, MFG_INT64, MFG_FLOAT32, MFG_FLOAT64},
      {MFG_INT32, MFG_INT32, MFG_INT64, MFG_FLOAT64, MFG_FLOAT64},
      {MFG_INT64, MFG_INT64, MFG_INT64, MFG_FLOAT64, MFG_FLOAT64},
      {MFG_FLOAT32, MFG_FLOAT64, MFG_FLOAT64, MFG_FLOAT32, MFG_FLOAT64},
      {MFG_FLOAT64, MFG_FLOAT64, MFG_FLOAT64, MFG_FLOAT64, MFG_FLOAT64}};
  mfg_context *context = open_context();
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *condition = mfg_ones(s, MFG_BOOL, 0, NULL);
  for (int a = 0; a < 5; a++)
    for (int b = 0; b < 5; b++) {
      mfg_array *x = mfg_ones(s, of[a], 0, NULL);
      mfg_array *y = mfg_zeros(s, of[b], 0, NULL);
      mfg_array *chosen = mfg_where(s, condition, x, y);
      ck_assert_int_eq(mfg_array_type(chosen), expected[a][b]);
      ck_assert_double_eq(mfg_item(s, chosen), 1);
    }
  CHECK_OK(mfg_scope_close(s));
  mfg_context_close(context);
}
END_TEST

START_TEST(facts_of_types) {
  static const struct {
    mfg_dtype a, b, together;
  } rows[] = {{MFG_INT8, MFG_UINT8, MFG_INT16},
              {MFG_UINT8, MFG_INT16, MFG_INT16},
              {MFG_UINT16, MFG_INT8, MFG_INT32},
              {MFG_UINT32, MFG_INT32, MFG_INT64},
              {MFG_UINT8, MFG_UINT64, MFG_UINT64},
              {MFG_UINT64, MFG_INT8, 0},
              {MFG_UINT64, MFG_FLOAT32, MFG_FLOAT64},
              {MFG_BOOL, MFG_UINT64, MFG_UINT64},
              {MFG_INT8, 0, 0},
              {99, 99, 0}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    ck_assert_int_eq(mfg_result_type(rows[i].a, rows[i].b), rows[i].together);
    ck_assert_int_eq(mfg_result_type(rows[i].b, rows[i].a), rows[i].together);
  }
  ck_assert(mfg_can_cast(MFG_UINT8, MFG_INT16));
  ck_assert(!mfg_can_cast(MFG_UINT16, MFG_INT16));
  ck_assert(mfg_can_cast(MFG_INT64, MFG_FLOAT64));
  ck_assert(!mfg_can_cast(MFG_FLOAT64, MFG_FLOAT32));
  ck_assert(mfg_is_dtype(MFG_UINT8, MFG_KIND_INTEGER));
  ck_assert(!mfg_is_dtype(MFG_UINT8, MFG_KIND_SIGNED | MFG_KIND_BOOL));
  ck_assert(!mfg_is_dtype(0, MFG_KIND_NUMERIC | MFG_KIND_BOOL));
  mfg_integer_info integer;
  CHECK_OK(mfg_iinfo(MFG_INT8, &integer));
  ck_assert(integer.bits == 8 && integer.min == -128 && integer.max == 127);
  CHECK_OK(mfg_iinfo(MFG_UINT64, &integer));
  ck_assert(integer.bits == 64 && integer.min == 0 && integer.max == UINT64_MAX);
  ck_assert_int_eq(mfg_iinfo(MFG_BOOL, &integer), MFG_ERROR_TYPE);
  mfg_float_info real;
  CHECK_OK(mfg_finfo(MFG_FLOAT32, &real));
  ck_assert(real.bits == 32 && real.type == MFG_FLOAT32 && real.eps == 0x1p-23 &&
            real.max == -real.min && real.smallest_normal == 0x1p-126);
  ck_assert_int_eq(mfg_finfo(MFG_INT8, &real), MFG_ERROR_TYPE);
}
END_TEST

START_TEST(integers_without_a_common_type) {
  mfg_context *context = open_context();
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *most = mfg_full_operand(s, MFG_UINT64, 1, SHAPE(2), MFG_OPERAND(UINT64_MAX));
  uint64_t found[2];
  CHECK_OK(mfg_to_host(mfg_sub(s, most, 1), found, sizeof found));
  ck_assert(found[0] == UINT64_MAX - 1 && found[1] == UINT64_MAX - 1);
  ck_assert_int_eq(mfg_array_type(mfg_sum(s, mfg_ones(s, MFG_UINT8, 1, SHAPE(3)), MFG_ALL_AXES)),
                   MFG_UINT64);
  ck_assert_int_eq(mfg_array_type(mfg_prod(s, mfg_ones(s, MFG_INT8, 1, SHAPE(3)), MFG_ALL_AXES)),
                   MFG_INT64);
  CHECK_OK(mfg_scope_status(s));
  ck_assert_ptr_null(mfg_add(s, most, mfg_ones(s, MFG_INT8, 0, NULL)));
  CHECK_FAILED(s, MFG_ERROR_TYPE, "mfg_add: uint64 and int8 have no common type");
  s = mfg_scope_open(context);
  ck_assert_ptr_null(mfg_add(s, mfg_ones(s, MFG_UINT8, 0, NULL), -1));
  CHECK_FAILED(s, MFG_ERROR_TYPE,
               "mfg_add: -1 does not fit uint8, the type of the array beside it");
  mfg_context_close(context);
}
END_TEST

START_TEST(numbers_take_the_type_beside_them) {
  mfg_context *context = open_context();
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *of_float32 = mfg_ones(s, MFG_FLOAT32, 1, SHAPE(2));
  mfg_array *of_int32 = mfg_ones(s, MFG_INT32, 1, SHAPE(2));
  mfg_array *of_bool = mfg_ones(s, MFG_BOOL, 1, SHAPE(2));
  ck_assert_int_eq(mfg_array_type(mfg_add(s, of_float32, 0.1)), MFG_FLOAT32);
  ck_assert_int_eq(mfg_array_type(mfg_add(s, 1, of_float32)), MFG_FLOAT32);
  ck_assert_int_eq(mfg_array_type(mfg_add(s, of_float32, mfg_number(s, 0.1))), MFG_FLOAT32);
  ck_assert_int_eq(mfg_array_type(mfg_add(s, of_float32, mfg_mul(s, 2.0, 3.0))), MFG_FLOAT32);
  ck_assert_int_eq(mfg_array_type(mfg_add(s, of_int32, 1)), MFG_INT32);
  ck_assert_int_eq(mfg_array_type(mfg_add(s, of_int32, sizeof(int))), MFG_INT32);
  ck_assert_int_eq(mfg_array_type(mfg_add(s, of_int32, 0.5)), MFG_FLOAT64);
  ck_assert_int_eq(mfg_array_type(mfg_add(s, of_bool, 1)), MFG_INT64);
  ck_assert_int_eq(mfg_array_type(mfg_add(s, 1, 2)), MFG_INT64);
  ck_assert_int_eq(mfg_array_type(mfg_add(s, 1, 2.5)), MFG_FLOAT64);
  ck_assert_double_eq(mfg_item(s, mfg_add(s, UINT64_MAX, 0)), 0x1p64);
  /* What depends on an array is no number, even where its branches are. */
  mfg_array *flag = mfg_ones(s, MFG_BOOL, 0, NULL);
  ck_assert_int_eq(mfg_array_type(mfg_add(s, of_float32, mfg_where(s, flag, 1.0, 2.0))),
                   MFG_FLOAT64);
  CHECK_OK(mfg_scope_status(s));
  ck_assert_ptr_null(mfg_add(s, of_int32, INT64_C(5000000000)));
  CHECK_FAILED(s, MFG_ERROR_TYPE,
               "mfg_add: 5000000000 does not fit int32, the type of the array beside it");
  mfg_context_close(context);
}
END_TEST

/* Depth 18 took 8 seconds and a gigabyte where each level named its argument twice. */
START_TEST(calls_nest_deeply) {
  mfg_context *context = open_context();
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *sum = mfg_add(
      s, 1,
      mfg_add(
          s, 1,
          mfg_add(
              s, 1,
              mfg_add(
                  s, 1,
                  mfg_add(
                      s, 1,
                      mfg_add(
                          s, 1,
                          mfg_add(
                              s, 1,
                              mfg_add(
                                  s, 1,
                                  mfg_add(
                                      s, 1,
                                      mfg_add(
                                          s, 1,
                                          mfg_add(
                                              s, 1,
                                              mfg_add(
                                                  s, 1,
                                                  mfg_add(
                                                      s, 1,
                                                      mfg_add(
                                                          s, 1,
                                                          mfg_add(
                                                              s, 1,
                                                              mfg_add(
                                                                  s, 1,
                                                                  mfg_add(
                                                                      s, 1,
                                                                      mfg_add(s, 1,
                                                                              0.5))))))))))))))))));
  ck_assert_double_eq(mfg_item(s, sum), 18.5);
  CHECK_OK(mfg_scope_close(s));
  mfg_context_close(context);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("operations of arrays");
  TCase *cases = tcase_create("operations");
  tcase_set_timeout(cases, 60);
  tcase_add_loop_test(cases, every_operation, 0, ROWS);
  tcase_add_test(cases, promotion);
  tcase_add_test(cases, facts_of_types);
  tcase_add_test(cases, integers_without_a_common_type);
  tcase_add_test(cases, numbers_take_the_type_beside_them);
  tcase_add_test(cases, calls_nest_deeply);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
