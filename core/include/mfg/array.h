/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The unified array: a lazy n-dimensional array on one context.
 *
 * An operation records what is to be computed; it is computed when the host reads a value, when the
 * result is assigned into memory, or at mfg_eval. Chains of elementwise work, shifts, and one
 * reduction, scan or line solve become one kernel. Results are as if every call had run at once, in
 * order.
 *
 * Scopes. Every operation takes a scope first and returns an array that the scope owns: calls nest
 * freely, temporaries die when the scope is closed, and mfg_keep makes one outlive it. Errors are
 * sticky: a call that fails returns NULL and leaves its status in the scope, later calls with a
 * NULL array do nothing, and mfg_scope_close returns the first error (its text is
 * mfg_last_error()).
 *
 *     mfg_scope *s = mfg_scope_open(context);
 *     mfg_array *right = mfg_shift(s, u, 0, +1, MFG_BOUNDARY_WRAP, 0);
 *     mfg_assign(s, slope, mfg_mul(s, mfg_sub(s, right, u), 1.0 / dx));
 *     mfg_status status = mfg_scope_close(s);
 *
 * Numbers. Where an operation takes an operand, a C number may stand instead of an array. It takes
 * the type of the array beside it (a floating number beside an integer array makes float64; an
 * integer that is out of the array's range is MFG_ERROR_TYPE) and becomes a launch-time scalar:
 * other values do not make other kernels.
 *
 * Types. What two arrays become together says mfg_result_type (mfg/dtype.h); nothing is ever
 * narrowed. Comparison gives bool. Division and the mathematical functions turn integers and bool
 * into float64, floor, ceil, trunc and round leave integers as they are; sums and products of bool
 * and signed integers are int64, of unsigned ones uint64.
 *
 * Shapes broadcast as in the Python Array API standard. A negative `axis` counts from the end.
 *
 * Threads: an array, and its context, is used by one thread at a time. */
#ifndef MFG_ARRAY_H
#define MFG_ARRAY_H

#include <mfg/api.h>
#include <mfg/context.h>
#include <mfg/dtype.h>
#include <mfg/kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mfg_array mfg_array;
typedef struct mfg_scope mfg_scope;

/* ---- scopes ---------------------------------------------------------------------------------- */

/* A scope for temporaries of this context. Scopes nest; close the inner one first. NULL where
 * memory is out: calls with a NULL scope return NULL, and closing it returns
 * MFG_ERROR_OUT_OF_MEMORY. */
MFG_API mfg_scope *mfg_scope_open(mfg_context *context);
/* Releases the temporaries and returns the first error, MFG_OK if there was none. */
MFG_API mfg_status mfg_scope_close(mfg_scope *scope);
/* The first error so far, without closing. */
MFG_API mfg_status mfg_scope_status(const mfg_scope *scope);
/* Puts an error of the caller's own into the scope; the first one stays. Returns what is there. */
MFG_API mfg_status mfg_scope_fail(mfg_scope *scope, mfg_status status, const char *text);
MFG_API mfg_context *mfg_scope_context(const mfg_scope *scope);

/* A reference that outlives the scope; give it back with mfg_release. NULL gives NULL. */
MFG_API mfg_array *mfg_keep(mfg_array *array);
MFG_API void mfg_release(mfg_array *array);

/* ---- facts ----------------------------------------------------------------------------------- */

MFG_API mfg_dtype mfg_array_type(const mfg_array *array);
MFG_API int mfg_array_rank(const mfg_array *array);
/* `rank` extents, valid as long as the array. */
MFG_API const int64_t *mfg_array_shape(const mfg_array *array);
MFG_API int64_t mfg_array_size(const mfg_array *array);
MFG_API mfg_context *mfg_array_context(const mfg_array *array);

/* ---- creation -------------------------------------------------------------------------------- */

/* New arrays with memory of their own, on the scope's context. `shape` holds `rank` extents >= 0
 * and may be NULL for rank 0. mfg_empty leaves the content undefined. */
MFG_API mfg_array *mfg_empty(mfg_scope *scope, mfg_dtype type, int rank, const int64_t *shape);
MFG_API mfg_array *mfg_zeros(mfg_scope *scope, mfg_dtype type, int rank, const int64_t *shape);
MFG_API mfg_array *mfg_ones(mfg_scope *scope, mfg_dtype type, int rank, const int64_t *shape);
MFG_API mfg_array *mfg_full(mfg_scope *scope, mfg_dtype type, int rank, const int64_t *shape,
                            double value);
MFG_API mfg_array *mfg_empty_like(mfg_scope *scope, const mfg_array *like);
MFG_API mfg_array *mfg_zeros_like(mfg_scope *scope, const mfg_array *like);
MFG_API mfg_array *mfg_ones_like(mfg_scope *scope, const mfg_array *like);
MFG_API mfg_array *mfg_full_like(mfg_scope *scope, const mfg_array *like, double value);
/* start, start + step, ... before stop, each computed as start + i * step. Lazy. */
MFG_API mfg_array *mfg_arange(mfg_scope *scope, mfg_dtype type, double start, double stop,
                              double step);
/* `count` values from start to stop, stop included where `endpoint`. Lazy. */
MFG_API mfg_array *mfg_linspace(mfg_scope *scope, mfg_dtype type, double start, double stop,
                                int64_t count, bool endpoint);
/* int64 array of the given shape that holds each element's index along `axis`. Lazy. */
MFG_API mfg_array *mfg_indices(mfg_scope *scope, int rank, const int64_t *shape, int axis);

/* A copy of host data in C order without gaps. */
MFG_API mfg_array *mfg_from_host(mfg_scope *scope, mfg_dtype type, int rank, const int64_t *shape,
                                 const void *data);
/* Evaluates and copies into `data` in C order; `bytes` is the exact size. A host read: an error
 * while recording. */
MFG_API mfg_status mfg_to_host(mfg_array *array, void *data, size_t bytes);
/* The value of an array of one element as a double (int64: exact below 2^53). NaN, with the error
 * in the scope, where it cannot be had. A host read. */
MFG_API double mfg_item(mfg_scope *scope, mfg_array *array);

/* A new array with memory of its own and the same values. Never shares with the original. */
MFG_API mfg_array *mfg_copy(mfg_scope *scope, const mfg_array *array);
/* A copy of the array on the scope's context, through the host if need be. Both contexts are used
 * by the calling thread. */
MFG_API mfg_array *mfg_to_backend(mfg_scope *scope, mfg_array *array);

/* ---- operands -------------------------------------------------------------------------------- */

enum mfg_operand_kind {
  MFG_OPERAND_ARRAY = 0,
  MFG_OPERAND_INTEGER = 1,
  MFG_OPERAND_REAL = 2,
  MFG_OPERAND_BOOLEAN = 3,
  MFG_OPERAND_UNSIGNED = 4, /* an integer above the highest int64, by its bits */
  MFG_OPERAND_COMPLEX = 5
};

/* An array or a number, by value. MFG_OPERAND(x) makes one from whatever x is. */
typedef struct mfg_operand {
  mfg_array *array;
  double real;
  int64_t integer;
  int32_t kind; /* enum mfg_operand_kind */
  double imaginary;
} mfg_operand;

/* A complex number by its parts, in C as in C++. */
typedef struct mfg_complex_number {
  double real;
  double imaginary;
} mfg_complex_number;

static inline mfg_operand mfg_operand_of_array(const mfg_array *array) {
  mfg_operand operand = {(mfg_array *)(uintptr_t)array, 0, 0, MFG_OPERAND_ARRAY, 0};
  return operand;
}
static inline mfg_operand mfg_operand_of_integer(int64_t value) {
  mfg_operand operand = {NULL, (double)value, value, MFG_OPERAND_INTEGER, 0};
  return operand;
}
static inline mfg_operand mfg_operand_of_real(double value) {
  mfg_operand operand = {NULL, value, 0, MFG_OPERAND_REAL, 0};
  return operand;
}
static inline mfg_operand mfg_operand_of_complex(mfg_complex_number value) {
  mfg_operand operand = {NULL, value.real, 0, MFG_OPERAND_COMPLEX, value.imaginary};
  return operand;
}
static inline mfg_operand mfg_operand_of_unsigned(uint64_t value) {
  mfg_operand operand = {NULL, (double)value, (int64_t)value,
                         value <= INT64_MAX ? MFG_OPERAND_INTEGER : MFG_OPERAND_UNSIGNED, 0};
  return operand;
}
static inline mfg_operand mfg_operand_of_boolean(bool value) {
  mfg_operand operand = {NULL, value ? 1.0 : 0.0, value, MFG_OPERAND_BOOLEAN, 0};
  return operand;
}
static inline mfg_operand mfg_operand_of_operand(mfg_operand operand) {
  return operand;
}

#ifndef __cplusplus
/* The statement expression names its argument once: a plain _Generic(x)(x) would expand every
 * nested call twice a level. Every expansion has a name of its own, so that none hides another. */
#define MFG_OPERAND(x) MFG_OPERAND_COUNTED_(x, __COUNTER__)
#define MFG_OPERAND_COUNTED_(x, number) MFG_OPERAND_JOINED_(x, number)
#define MFG_OPERAND_JOINED_(x, number) MFG_OPERAND_NAMED_(x, mfg_value_##number##_)
#define MFG_OPERAND_NAMED_(x, name)                                                                  \
  __extension__({                                                                                    \
    __auto_type name = (x);                                                                          \
    _Generic(name,                                                                                 \
        mfg_array *: mfg_operand_of_array,                                                         \
        const mfg_array *: mfg_operand_of_array,                                                   \
        void *: mfg_operand_of_array,                                                              \
        mfg_operand: mfg_operand_of_operand,                                                       \
        mfg_complex_number: mfg_operand_of_complex,                                                       \
        bool: mfg_operand_of_boolean,                                                              \
        float: mfg_operand_of_real,                                                                \
        double: mfg_operand_of_real,                                                               \
        unsigned: mfg_operand_of_unsigned,                                                         \
        unsigned long: mfg_operand_of_unsigned,                                                    \
        unsigned long long: mfg_operand_of_unsigned,                                               \
        default: mfg_operand_of_integer)(name); \
  })
#endif

/* mfg_full with any number, also one that a double does not hold. It must fit the type: a fraction
 * in integers, or an integer out of range, is MFG_ERROR_TYPE. */
MFG_API mfg_array *mfg_full_operand(mfg_scope *scope, mfg_dtype type, int rank,
                                    const int64_t *shape, mfg_operand value);

/* Any operation of operations.h but CONVERT; operands beyond its arity are ignored. This is the
 * plain function under the macros below, also for other languages. */
MFG_API mfg_array *mfg_apply(mfg_scope *scope, uint32_t operation, mfg_operand a, mfg_operand b,
                             mfg_operand c);
/* A rank-0 array that behaves like a number written in place. */
MFG_API mfg_array *mfg_number(mfg_scope *scope, double value);

#ifdef __cplusplus
}
static inline mfg_operand mfg_operand_of(const mfg_array *x) {
  return mfg_operand_of_array(x);
}
static inline mfg_operand mfg_operand_of(mfg_operand x) {
  return x;
}
static inline mfg_operand mfg_operand_of(mfg_complex_number x) {
  return mfg_operand_of_complex(x);
}
static inline mfg_operand mfg_operand_of(bool x) {
  return mfg_operand_of_boolean(x);
}
static inline mfg_operand mfg_operand_of(int x) {
  return mfg_operand_of_integer(x);
}
static inline mfg_operand mfg_operand_of(long x) {
  return mfg_operand_of_integer(x);
}
static inline mfg_operand mfg_operand_of(long long x) {
  return mfg_operand_of_integer(x);
}
static inline mfg_operand mfg_operand_of(unsigned x) {
  return mfg_operand_of_unsigned(x);
}
static inline mfg_operand mfg_operand_of(unsigned long x) {
  return mfg_operand_of_unsigned(x);
}
static inline mfg_operand mfg_operand_of(unsigned long long x) {
  return mfg_operand_of_unsigned(x);
}
static inline mfg_operand mfg_operand_of(float x) {
  return mfg_operand_of_real(x);
}
static inline mfg_operand mfg_operand_of(double x) {
  return mfg_operand_of_real(x);
}
#define MFG_OPERAND(x) mfg_operand_of(x)
extern "C" {
#endif

#define MFG_UNARY_(s, operation, a)                                                                \
  mfg_apply((s), (operation), MFG_OPERAND(a), mfg_operand_of_array(NULL),                          \
            mfg_operand_of_array(NULL))
#define MFG_BINARY_(s, operation, a, b)                                                            \
  mfg_apply((s), (operation), MFG_OPERAND(a), MFG_OPERAND(b), mfg_operand_of_array(NULL))

/* ---- elementwise ----------------------------------------------------------------------------- */

/* What each yields stands in operations.h. */
#define mfg_add(s, a, b) MFG_BINARY_(s, MFG_OP_ADD, a, b)
#define mfg_sub(s, a, b) MFG_BINARY_(s, MFG_OP_SUBTRACT, a, b)
#define mfg_mul(s, a, b) MFG_BINARY_(s, MFG_OP_MULTIPLY, a, b)
#define mfg_div(s, a, b) MFG_BINARY_(s, MFG_OP_DIVIDE, a, b)
#define mfg_floor_divide(s, a, b) MFG_BINARY_(s, MFG_OP_FLOOR_DIVIDE, a, b)
#define mfg_remainder(s, a, b) MFG_BINARY_(s, MFG_OP_REMAINDER, a, b)
#define mfg_fma(s, a, b, c)                                                                        \
  mfg_apply((s), MFG_OP_FMA, MFG_OPERAND(a), MFG_OPERAND(b), MFG_OPERAND(c))
#define mfg_negative(s, a) MFG_UNARY_(s, MFG_OP_NEGATIVE, a)
#define mfg_abs(s, a) MFG_UNARY_(s, MFG_OP_ABS, a)
#define mfg_sign(s, a) MFG_UNARY_(s, MFG_OP_SIGN, a)
#define mfg_minimum(s, a, b) MFG_BINARY_(s, MFG_OP_MINIMUM, a, b)
#define mfg_maximum(s, a, b) MFG_BINARY_(s, MFG_OP_MAXIMUM, a, b)
#define mfg_pow(s, a, b) MFG_BINARY_(s, MFG_OP_POW, a, b)
#define mfg_sqrt(s, a) MFG_UNARY_(s, MFG_OP_SQRT, a)
#define mfg_hypot(s, a, b) MFG_BINARY_(s, MFG_OP_HYPOT, a, b)
#define mfg_copysign(s, a, b) MFG_BINARY_(s, MFG_OP_COPYSIGN, a, b)
#define mfg_nextafter(s, a, b) MFG_BINARY_(s, MFG_OP_NEXTAFTER, a, b)
#define mfg_floor(s, a) MFG_UNARY_(s, MFG_OP_FLOOR, a)
#define mfg_ceil(s, a) MFG_UNARY_(s, MFG_OP_CEIL, a)
#define mfg_trunc(s, a) MFG_UNARY_(s, MFG_OP_TRUNC, a)
#define mfg_round(s, a) MFG_UNARY_(s, MFG_OP_ROUND, a)
#define mfg_exp(s, a) MFG_UNARY_(s, MFG_OP_EXP, a)
#define mfg_expm1(s, a) MFG_UNARY_(s, MFG_OP_EXPM1, a)
#define mfg_exp2(s, a) MFG_UNARY_(s, MFG_OP_EXP2, a)
#define mfg_log(s, a) MFG_UNARY_(s, MFG_OP_LOG, a)
#define mfg_log1p(s, a) MFG_UNARY_(s, MFG_OP_LOG1P, a)
#define mfg_log2(s, a) MFG_UNARY_(s, MFG_OP_LOG2, a)
#define mfg_log10(s, a) MFG_UNARY_(s, MFG_OP_LOG10, a)
#define mfg_sin(s, a) MFG_UNARY_(s, MFG_OP_SIN, a)
#define mfg_cos(s, a) MFG_UNARY_(s, MFG_OP_COS, a)
#define mfg_tan(s, a) MFG_UNARY_(s, MFG_OP_TAN, a)
#define mfg_asin(s, a) MFG_UNARY_(s, MFG_OP_ASIN, a)
#define mfg_acos(s, a) MFG_UNARY_(s, MFG_OP_ACOS, a)
#define mfg_atan(s, a) MFG_UNARY_(s, MFG_OP_ATAN, a)
#define mfg_atan2(s, a, b) MFG_BINARY_(s, MFG_OP_ATAN2, a, b)
#define mfg_sinh(s, a) MFG_UNARY_(s, MFG_OP_SINH, a)
#define mfg_cosh(s, a) MFG_UNARY_(s, MFG_OP_COSH, a)
#define mfg_tanh(s, a) MFG_UNARY_(s, MFG_OP_TANH, a)
#define mfg_asinh(s, a) MFG_UNARY_(s, MFG_OP_ASINH, a)
#define mfg_acosh(s, a) MFG_UNARY_(s, MFG_OP_ACOSH, a)
#define mfg_atanh(s, a) MFG_UNARY_(s, MFG_OP_ATANH, a)
#define mfg_erf(s, a) MFG_UNARY_(s, MFG_OP_ERF, a)
#define mfg_erfc(s, a) MFG_UNARY_(s, MFG_OP_ERFC, a)
#define mfg_equal(s, a, b) MFG_BINARY_(s, MFG_OP_EQUAL, a, b)
#define mfg_not_equal(s, a, b) MFG_BINARY_(s, MFG_OP_NOT_EQUAL, a, b)
#define mfg_less(s, a, b) MFG_BINARY_(s, MFG_OP_LESS, a, b)
#define mfg_less_equal(s, a, b) MFG_BINARY_(s, MFG_OP_LESS_EQUAL, a, b)
#define mfg_greater(s, a, b) MFG_BINARY_(s, MFG_OP_GREATER, a, b)
#define mfg_greater_equal(s, a, b) MFG_BINARY_(s, MFG_OP_GREATER_EQUAL, a, b)
#define mfg_logical_and(s, a, b) MFG_BINARY_(s, MFG_OP_LOGICAL_AND, a, b)
#define mfg_logical_or(s, a, b) MFG_BINARY_(s, MFG_OP_LOGICAL_OR, a, b)
#define mfg_logical_xor(s, a, b) MFG_BINARY_(s, MFG_OP_LOGICAL_XOR, a, b)
#define mfg_logical_not(s, a) MFG_UNARY_(s, MFG_OP_LOGICAL_NOT, a)
#define mfg_bitwise_and(s, a, b) MFG_BINARY_(s, MFG_OP_BITWISE_AND, a, b)
#define mfg_bitwise_or(s, a, b) MFG_BINARY_(s, MFG_OP_BITWISE_OR, a, b)
#define mfg_bitwise_xor(s, a, b) MFG_BINARY_(s, MFG_OP_BITWISE_XOR, a, b)
#define mfg_bitwise_invert(s, a) MFG_UNARY_(s, MFG_OP_BITWISE_INVERT, a)
#define mfg_bitwise_left_shift(s, a, b) MFG_BINARY_(s, MFG_OP_BITWISE_LEFT_SHIFT, a, b)
#define mfg_bitwise_right_shift(s, a, b) MFG_BINARY_(s, MFG_OP_BITWISE_RIGHT_SHIFT, a, b)
#define mfg_isnan(s, a) MFG_UNARY_(s, MFG_OP_ISNAN, a)
#define mfg_isinf(s, a) MFG_UNARY_(s, MFG_OP_ISINF, a)
#define mfg_isfinite(s, a) MFG_UNARY_(s, MFG_OP_ISFINITE, a)
#define mfg_signbit(s, a) MFG_UNARY_(s, MFG_OP_SIGNBIT, a)
/* a where `condition` (bool) holds, else b. */
#define mfg_where(s, condition, a, b)                                                              \
  mfg_apply((s), MFG_OP_SELECT, MFG_OPERAND(condition), MFG_OPERAND(a), MFG_OPERAND(b))

/* The array as another type, by the conversion rules of operations.h. */
MFG_API mfg_array *mfg_astype(mfg_scope *scope, const mfg_array *array, mfg_dtype type);

/* ---- shifts ---------------------------------------------------------------------------------- */

/* result[i] = array[i + offset] along `axis`; what lies beyond the ends follows `boundary` (enum
 * mfg_boundary), `fill` being the value of MFG_BOUNDARY_CONSTANT. */
MFG_API mfg_array *mfg_shift(mfg_scope *scope, const mfg_array *array, int axis, int64_t offset,
                             int boundary, double fill);

/* ---- reductions ------------------------------------------------------------------------------ */

/* Axes of a reduction, as a mask: MFG_AXIS(0) | MFG_AXIS(2). */
#define MFG_AXIS(axis) (1u << (axis))
#define MFG_ALL_AXES 0xffu

/* Combines along the axes by `operation` (enum mfg_reduction_operation); reduced axes vanish, or
 * stay with extent 1 where `keep_axes`. Min, max, argmin and argmax of nothing are MFG_ERROR_SHAPE.
 * argmin and argmax count in row-major order over the reduced axes. */
MFG_API mfg_array *mfg_reduce(mfg_scope *scope, uint32_t operation, const mfg_array *array,
                              uint32_t axes, bool keep_axes);
#define mfg_sum(s, a, axes) mfg_reduce((s), MFG_REDUCE_SUM, (a), (axes), false)
#define mfg_prod(s, a, axes) mfg_reduce((s), MFG_REDUCE_PRODUCT, (a), (axes), false)
#define mfg_min(s, a, axes) mfg_reduce((s), MFG_REDUCE_MIN, (a), (axes), false)
#define mfg_max(s, a, axes) mfg_reduce((s), MFG_REDUCE_MAX, (a), (axes), false)
#define mfg_any(s, a, axes) mfg_reduce((s), MFG_REDUCE_ANY, (a), (axes), false)
#define mfg_all(s, a, axes) mfg_reduce((s), MFG_REDUCE_ALL, (a), (axes), false)
#define mfg_argmin(s, a, axes) mfg_reduce((s), MFG_REDUCE_ARGMIN, (a), (axes), false)
#define mfg_argmax(s, a, axes) mfg_reduce((s), MFG_REDUCE_ARGMAX, (a), (axes), false)
/* Sum over the number of elements; integers and bool give float64. */
MFG_API mfg_array *mfg_mean(mfg_scope *scope, const mfg_array *array, uint32_t axes,
                            bool keep_axes);
/* Rank-0 bool: whether any element is NaN or infinite. False for integers and bool. */
MFG_API mfg_array *mfg_has_nan_or_inf(mfg_scope *scope, const mfg_array *array);

/* ---- along an axis --------------------------------------------------------------------------- */

/* Running sum (product) along `axis`. */
MFG_API mfg_array *mfg_cumulative_sum(mfg_scope *scope, const mfg_array *array, int axis);
MFG_API mfg_array *mfg_cumulative_prod(mfg_scope *scope, const mfg_array *array, int axis);

/* Solves lower[i] x[i-1] + diagonal[i] x[i] + upper[i] x[i+1] = right_hand_side[i] along `axis`,
 * one system for each index of the other axes; the operands broadcast against each other and are
 * promoted to one float type. Without `cyclic` the first lower and the last upper are not used;
 * with it the line is closed. Elimination without pivoting: stable for diagonally dominant systems,
 * which is the caller's business. */
MFG_API mfg_array *mfg_line_solve_operands(mfg_scope *scope, mfg_operand lower,
                                           mfg_operand diagonal, mfg_operand upper,
                                           mfg_operand right_hand_side, int axis, bool cyclic);
#define mfg_line_solve(s, lower, diagonal, upper, right_hand_side, axis, cyclic)                   \
  mfg_line_solve_operands((s), MFG_OPERAND(lower), MFG_OPERAND(diagonal), MFG_OPERAND(upper),      \
                          MFG_OPERAND(right_hand_side), (axis), (cyclic))

/* result[..., i, ...] = array[..., index[i], ...] along `axis`; `index` is an integer array of rank
 * 1, negative entries count from the end, an entry out of range yields the nearest element. */
MFG_API mfg_array *mfg_take(mfg_scope *scope, const mfg_array *array, const mfg_array *index,
                            int axis);

/* ---- views and shapes ------------------------------------------------------------------------ */

/* Views of memory share it: assigning to the view writes to the array. A view of something not yet
 * computed computes it first. */

/* Elements start, start+step, ... before `stop` along `axis`, with the clipping of a Python slice:
 * a negative start or stop counts from the end, what lies beyond the ends is cut off. MFG_SLICE_END
 * as stop means "through the last element in the direction of the step". */
#define MFG_SLICE_END INT64_MIN
MFG_API mfg_array *mfg_slice(mfg_scope *scope, const mfg_array *array, int axis, int64_t start,
                             int64_t stop, int64_t step);
/* The sub-array at one index of `axis`, which vanishes. A negative index counts from the end. */
MFG_API mfg_array *mfg_at(mfg_scope *scope, const mfg_array *array, int axis, int64_t index);
/* Axis i of the result is axis axes[i] of the array. */
MFG_API mfg_array *mfg_permute(mfg_scope *scope, const mfg_array *array, const int *axes);
/* A new axis of extent 1 before `axis` (at the end for axis = rank). */
MFG_API mfg_array *mfg_expand_axis(mfg_scope *scope, const mfg_array *array, int axis);
/* Drops an axis of extent 1. */
MFG_API mfg_array *mfg_squeeze(mfg_scope *scope, const mfg_array *array, int axis);
MFG_API mfg_array *mfg_flip(mfg_scope *scope, const mfg_array *array, int axis);
/* Several indices share an element, so the result cannot be assigned to. */
MFG_API mfg_array *mfg_broadcast_to(mfg_scope *scope, const mfg_array *array, int rank,
                                    const int64_t *shape);
/* The elements in C order under another shape; one extent may be -1. A view where the memory
 * allows, else a copy. */
MFG_API mfg_array *mfg_reshape(mfg_scope *scope, const mfg_array *array, int rank,
                               const int64_t *shape);
/* Joined along an axis that they have; with MFG_NO_AXIS all elements, in C order, along one. */
#define MFG_NO_AXIS INT32_MIN
MFG_API mfg_array *mfg_concat(mfg_scope *scope, int count, mfg_array *const *arrays, int axis);
/* Joined along a new axis; the arrays are of one shape. */
MFG_API mfg_array *mfg_stack(mfg_scope *scope, int count, mfg_array *const *arrays, int axis);

/* ---- writing and running --------------------------------------------------------------------- */

/* Writes `source`, broadcast to the target's shape, into the target's memory. The target keeps its
 * type: a source that would be narrowed is MFG_ERROR_TYPE (convert it with mfg_astype). A source of
 * another context is moved over by itself. Readers of the old content that are still pending see
 * the old content. */
MFG_API mfg_status mfg_assign_operand(mfg_scope *scope, mfg_array *target, mfg_operand source);
#define mfg_assign(s, target, source) mfg_assign_operand((s), (target), MFG_OPERAND(source))
/* Several at once: every source is computed before any target is written, in one kernel where the
 * sources share one (a line solve and a norm of its result, say). At most MFG_MAX_RESULTS. Targets
 * that overlap are written in order, so that the last one stays. */
MFG_API mfg_status mfg_assign_many(mfg_scope *scope, int count, mfg_array *const *targets,
                                   mfg_array *const *sources);
/* Computes the arrays now (queues the work), in one kernel where they share one. */
MFG_API mfg_status mfg_eval_many(mfg_scope *scope, int count, mfg_array *const *arrays);
MFG_API mfg_status mfg_eval(mfg_scope *scope, mfg_array *array);

/* ---- record and replay ----------------------------------------------------------------------- */

/* A recording holds the launches of a stretch of code, to be run again without that code. Arrays
 * that existed before are captured by identity: a replay reads and writes their memory. A number is
 * frozen; a rank-0 array is a parameter, changed by mfg_assign between replays. Arrays made while
 * recording are temporaries of the recording: they hold what the last replay gave them. A host read
 * while recording is MFG_ERROR_RECORDING. Nothing runs while it is recorded. */
typedef struct mfg_recording mfg_recording;
MFG_API mfg_status mfg_record_begin(mfg_context *context);
/* Ends the recording. Where a call in between failed *recording is NULL and its error is returned.
 */
MFG_API mfg_status mfg_record_end(mfg_context *context, mfg_recording **recording);
/* Queues one run. With repeats in it, waits, and returns MFG_ERROR_REPEAT_LIMIT where one of them
 * reached its maximum without its flag. */
MFG_API mfg_status mfg_replay(mfg_recording *recording);
MFG_API void mfg_recording_release(mfg_recording *recording);

/* Runs `body` until the rank-0 bool array that it returns is true, at least once and at most
 * `maximum` times; reaching the maximum is MFG_ERROR_REPEAT_LIMIT. While recording, the body is
 * recorded once and repeated on the device. The body gets a scope of its own, closed after it, and
 * returns NULL on failure. */
typedef mfg_array *(*mfg_repeat_body)(mfg_scope *scope, void *user);
MFG_API mfg_status mfg_repeat(mfg_scope *scope, uint32_t maximum, mfg_repeat_body body, void *user);

#ifdef __cplusplus
}
#endif

#endif
