/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arithmetic of complex arrays, and what reduces them. */
#include "array/complex.h"

#include <math.h>
#include <mfg/sdk.h>
#include <string.h>

#include "array/context_private.h"
#include "array/promotion.h"

/* ---- parts ----------------------------------------------------------------------------------- */

static mfg_array *part_of(mfg_scope *scope, const mfg_array *array, int part,
                          const char *operation) {
  if (!mfg_scope_accepts(scope, array, operation)) return NULL;
  mfg_value *value = mfg_scope_value(scope, array);
  mfg_value *parts[2] = {NULL, NULL};
  mfg_value *own = NULL;
  if (value != NULL && mfg_value_parts(value, parts))
    own = mfg_value_everywhere(parts[part], value->rank, value->shape);
  mfg_value_release(parts[0]);
  mfg_value_release(parts[1]);
  mfg_value_release(value);
  return mfg_scope_adopt(scope, own);
}

mfg_array *mfg_real(mfg_scope *scope, const mfg_array *array) {
  if (!mfg_scope_accepts(scope, array, "mfg_real")) return NULL;
  if (mfg_type_is_complex(array->type)) return part_of(scope, array, 0, "mfg_real");
  return mfg_scope_adopt(scope, mfg_scope_value(scope, array));
}

mfg_array *mfg_imag(mfg_scope *scope, const mfg_array *array) {
  if (!mfg_scope_accepts(scope, array, "mfg_imag")) return NULL;
  if (mfg_type_is_complex(array->type)) return part_of(scope, array, 1, "mfg_imag");
  return mfg_zeros_like(scope, array);
}

mfg_array *mfg_conj(mfg_scope *scope, const mfg_array *array) {
  if (!mfg_scope_accepts(scope, array, "mfg_conj")) return NULL;
  if (!mfg_type_is_complex(array->type)) return mfg_real(scope, array);
  return mfg_complex(scope, mfg_real(scope, array), mfg_negative(scope, mfg_imag(scope, array)));
}

mfg_array *mfg_part_view(mfg_scope *scope, const mfg_array *array, int part) {
  if (!mfg_scope_viewable(scope, array, "mfg_part_view")) return NULL;
  int64_t strides[MFG_MAX_RANK];
  for (int axis = 0; axis < array->rank; axis++)
    strides[axis] = 2 * array->strides[axis];
  mfg_array *view =
      mfg_scope_view(scope, array, array->rank, array->shape, 2 * array->offset + part, strides);
  if (view != NULL) view->type = mfg_real_type(array->type);
  return view;
}

/* ---- putting together ------------------------------------------------------------------------ */

/* The complex array of two real ones of any float types and shapes that broadcast. */
static mfg_array *join(mfg_scope *scope, mfg_array *real, mfg_array *imaginary) {
  if (real == NULL || imaginary == NULL || !mfg_scope_usable(scope)) return NULL;
  int rank = 0;
  int64_t shape[MFG_MAX_RANK] = {0};
  if (!mfg_shape_broadcast(real->rank, real->shape, &rank, shape) ||
      !mfg_shape_broadcast(imaginary->rank, imaginary->shape, &rank, shape))
    return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_complex: shapes do not broadcast");
  mfg_dtype type = mfg_result_type(real->type, imaginary->type);
  mfg_value *values[2] = {mfg_scope_value(scope, real), mfg_scope_value(scope, imaginary)};
  return mfg_scope_adopt(scope, mfg_value_complex(scope->context, mfg_complex_type(type), rank,
                                                  shape, values[0], values[1]));
}

/* An operand of mfg_complex in the float type of both. */
static mfg_array *float_operand(mfg_scope *scope, mfg_operand operand, mfg_dtype type) {
  if (operand.kind == MFG_OPERAND_ARRAY) return mfg_astype(scope, operand.array, type);
  return mfg_scope_adopt(scope, mfg_value_of_operand(scope->context, type, 0, NULL, &operand));
}

mfg_array *mfg_complex_operands(mfg_scope *scope, mfg_operand real, mfg_operand imaginary) {
  if (!mfg_scope_usable(scope)) return NULL;
  const mfg_operand *operands[2] = {&real, &imaginary};
  mfg_dtype type = 0;
  for (int i = 0; i < 2; i++) {
    if (operands[i]->kind != MFG_OPERAND_ARRAY) continue;
    if (!mfg_scope_accepts(scope, operands[i]->array, "mfg_complex")) return NULL;
    mfg_dtype own = operands[i]->array->type;
    if (!mfg_type_is_float(own)) own = MFG_FLOAT64;
    type = type == 0 ? own : mfg_result_type(type, own);
  }
  if (type == 0) type = MFG_FLOAT64;
  for (int i = 0; i < 2; i++)
    if (operands[i]->kind == MFG_OPERAND_COMPLEX ||
        (operands[i]->kind == MFG_OPERAND_ARRAY && mfg_type_is_complex(operands[i]->array->type)))
      return mfg_scope_error(scope, MFG_ERROR_TYPE, "mfg_complex: the %s part is complex",
                             i == 0 ? "real" : "imaginary");
  return join(scope, float_operand(scope, real, type), float_operand(scope, imaginary, type));
}

/* ---- operands -------------------------------------------------------------------------------- */

static mfg_pair pair_of(mfg_scope *scope, const mfg_operand *operand, mfg_dtype real,
                        const char *name) {
  mfg_pair pair = {NULL, NULL};
  if (operand->kind != MFG_OPERAND_ARRAY) {
    mfg_operand imaginary = mfg_operand_of_real(operand->imaginary);
    pair.real = float_operand(scope, mfg_operand_of_real(operand->real), real);
    if (operand->kind == MFG_OPERAND_COMPLEX)
      pair.imaginary = float_operand(scope, imaginary, real);
  } else if (mfg_scope_accepts(scope, operand->array, name)) {
    bool complex = mfg_type_is_complex(operand->array->type);
    pair.real = mfg_astype(scope, mfg_real(scope, operand->array), real);
    if (complex) pair.imaginary = mfg_astype(scope, mfg_imag(scope, operand->array), real);
  }
  return pair;
}

static mfg_pair with_both(mfg_scope *scope, mfg_pair a) {
  if (a.real != NULL && a.imaginary == NULL) a.imaginary = mfg_zeros(scope, a.real->type, 0, NULL);
  return a;
}

/* ---- arithmetic ------------------------------------------------------------------------------ */

/* Part by part; a real operand leaves the other's imaginary part as it is. */
static mfg_pair add(mfg_scope *scope, mfg_pair a, mfg_pair b) {
  if (a.imaginary == NULL) return (mfg_pair){mfg_add(scope, a.real, b.real), b.imaginary};
  if (b.imaginary == NULL) return (mfg_pair){mfg_add(scope, a.real, b.real), a.imaginary};
  return (mfg_pair){mfg_add(scope, a.real, b.real), mfg_add(scope, a.imaginary, b.imaginary)};
}

static mfg_pair negative(mfg_scope *scope, mfg_pair a) {
  mfg_array *imaginary = a.imaginary != NULL ? mfg_negative(scope, a.imaginary) : NULL;
  return (mfg_pair){mfg_negative(scope, a.real), imaginary};
}

static mfg_pair subtract(mfg_scope *scope, mfg_pair a, mfg_pair b) {
  if (a.imaginary != NULL && b.imaginary != NULL)
    return (mfg_pair){mfg_sub(scope, a.real, b.real), mfg_sub(scope, a.imaginary, b.imaginary)};
  mfg_array *imaginary = a.imaginary != NULL ? a.imaginary : mfg_negative(scope, b.imaginary);
  return (mfg_pair){mfg_sub(scope, a.real, b.real), imaginary};
}

mfg_pair mfg_complex_multiply(mfg_scope *scope, mfg_pair a, mfg_pair b) {
  if (a.imaginary == NULL)
    return (mfg_pair){mfg_mul(scope, a.real, b.real), mfg_mul(scope, a.real, b.imaginary)};
  if (b.imaginary == NULL)
    return (mfg_pair){mfg_mul(scope, a.real, b.real), mfg_mul(scope, a.imaginary, b.real)};
  mfg_array *real =
      mfg_sub(scope, mfg_mul(scope, a.real, b.real), mfg_mul(scope, a.imaginary, b.imaginary));
  mfg_array *imaginary =
      mfg_add(scope, mfg_mul(scope, a.real, b.imaginary), mfg_mul(scope, a.imaginary, b.real));
  return (mfg_pair){real, imaginary};
}

/* A power of two that brings the larger of |x| and |y| into the middle of the range, where products
 * neither overflow nor lose their digits; 1 for ordinary numbers. */
static mfg_array *scale_for(mfg_scope *scope, mfg_array *x, mfg_array *y) {
  bool narrow = x != NULL && x->type == MFG_FLOAT32;
  double high = narrow ? 0x1p60 : 0x1p500;
  mfg_array *size = mfg_maximum(scope, mfg_abs(scope, x), mfg_abs(scope, y));
  mfg_array *large = mfg_greater(scope, size, high);
  mfg_array *small = mfg_less(scope, size, 1 / high);
  mfg_array *one = mfg_full(scope, x != NULL ? x->type : MFG_FLOAT64, 0, NULL, 1);
  return mfg_where(scope, large, 1 / high, mfg_where(scope, small, high, one));
}

/* By the larger part of the divisor, operands scaled into the middle of the range. A divisor of
 * zero divides each part by zero. */
static mfg_pair divide(mfg_scope *scope, mfg_pair a, mfg_pair b) {
  if (b.imaginary == NULL)
    return (mfg_pair){mfg_div(scope, a.real, b.real), mfg_div(scope, a.imaginary, b.real)};
  a = with_both(scope, a);
  mfg_array *up = scale_for(scope, a.real, a.imaginary);
  mfg_array *down = scale_for(scope, b.real, b.imaginary);
  mfg_array *x = mfg_mul(scope, a.real, up), *y = mfg_mul(scope, a.imaginary, up);
  mfg_array *c = mfg_mul(scope, b.real, down), *d = mfg_mul(scope, b.imaginary, down);
  mfg_array *first = mfg_greater_equal(scope, mfg_abs(scope, c), mfg_abs(scope, d));
  mfg_array *large = mfg_where(scope, first, c, d), *small = mfg_where(scope, first, d, c);
  mfg_array *ratio = mfg_div(scope, small, large);
  mfg_array *divisor = mfg_add(scope, large, mfg_mul(scope, small, ratio));
  mfg_array *own = mfg_where(scope, first, x, y), *other = mfg_where(scope, first, y, x);
  mfg_array *real = mfg_add(scope, own, mfg_mul(scope, other, ratio));
  mfg_array *turned = mfg_sub(scope, other, mfg_mul(scope, own, ratio));
  mfg_array *imaginary = mfg_where(scope, first, turned, mfg_negative(scope, turned));
  mfg_array *zero = mfg_logical_and(scope, mfg_equal(scope, c, 0), mfg_equal(scope, d, 0));
  mfg_array *by = mfg_where(scope, zero, mfg_abs(scope, c), divisor);
  real = mfg_div(scope, mfg_where(scope, zero, x, real), by);
  imaginary = mfg_div(scope, mfg_where(scope, zero, y, imaginary), by);
  /* Back, one factor after the other: their product may be out of range. */
  real = mfg_mul(scope, mfg_div(scope, real, up), down);
  imaginary = mfg_mul(scope, mfg_div(scope, imaginary, up), down);
  return (mfg_pair){real, imaginary};
}

/* e^(b log a), and 1 for b = 0; a power of zero is zero where the exponent is a real number above
 * 0, else NaN. */
static mfg_pair power(mfg_scope *scope, mfg_pair a, mfg_pair b) {
  a = with_both(scope, a);
  mfg_pair exponent = mfg_complex_multiply(scope, mfg_complex_log(scope, a), b);
  mfg_pair found = mfg_complex_exp(scope, exponent);
  b = with_both(scope, b);
  mfg_array *real_exponent = mfg_equal(scope, b.imaginary, 0);
  mfg_array *none = mfg_logical_and(scope, real_exponent, mfg_equal(scope, b.real, 0));
  mfg_array *above = mfg_logical_and(scope, real_exponent, mfg_greater(scope, b.real, 0));
  mfg_array *zero =
      mfg_logical_and(scope, mfg_equal(scope, a.real, 0), mfg_equal(scope, a.imaginary, 0));
  mfg_array *of_zero = mfg_where(scope, above, mfg_abs(scope, a.real), (double)NAN);
  mfg_array *real = mfg_where(scope, zero, of_zero, found.real);
  mfg_array *imaginary = mfg_where(scope, zero, of_zero, found.imaginary);
  return (mfg_pair){mfg_where(scope, none, 1.0, real), mfg_where(scope, none, 0.0, imaginary)};
}

/* ---- the operations -------------------------------------------------------------------------- */

static mfg_array *of_both(mfg_scope *scope, uint32_t operation, mfg_pair a, bool all) {
  mfg_operand none = mfg_operand_of_array(NULL);
  mfg_array *x = mfg_apply(scope, operation, mfg_operand_of_array(a.real), none, none);
  mfg_array *y = mfg_apply(scope, operation, mfg_operand_of_array(a.imaginary), none, none);
  return all ? mfg_logical_and(scope, x, y) : mfg_logical_or(scope, x, y);
}

/* Whatever has two arguments; false where the operation is none of them. */
static bool apply_two(mfg_scope *scope, uint32_t operation, mfg_pair a, mfg_pair b,
                      mfg_pair *result) {
  switch (operation) {
  case MFG_OP_ADD: *result = add(scope, a, b); return true;
  case MFG_OP_SUBTRACT: *result = subtract(scope, a, b); return true;
  case MFG_OP_MULTIPLY: *result = mfg_complex_multiply(scope, a, b); return true;
  case MFG_OP_DIVIDE: *result = divide(scope, a, b); return true;
  case MFG_OP_POW: *result = power(scope, a, b); return true;
  case MFG_OP_EQUAL:
  case MFG_OP_NOT_EQUAL: {
    a = with_both(scope, a);
    b = with_both(scope, b);
    mfg_array *x = mfg_equal(scope, a.real, b.real);
    mfg_array *equal = mfg_logical_and(scope, x, mfg_equal(scope, a.imaginary, b.imaginary));
    result->real = operation == MFG_OP_EQUAL ? equal : mfg_logical_not(scope, equal);
    return true;
  }
  default: return false;
  }
}

static bool apply_one(mfg_scope *scope, uint32_t operation, mfg_pair a, mfg_pair *result) {
  mfg_complex_function function = mfg_complex_function_of(operation);
  a = with_both(scope, a);
  switch (operation) {
  case MFG_OP_NEGATIVE: *result = negative(scope, a); return true;
  case MFG_OP_ABS: result->real = mfg_hypot(scope, a.real, a.imaginary); return true;
  case MFG_OP_ISNAN:
  case MFG_OP_ISINF: result->real = of_both(scope, operation, a, false); return true;
  case MFG_OP_ISFINITE: result->real = of_both(scope, operation, a, true); return true;
  case MFG_OP_ROUND:
    *result = (mfg_pair){mfg_round(scope, a.real), mfg_round(scope, a.imaginary)};
    return true;
  default:
    if (function != NULL) *result = function(scope, a);
    return function != NULL;
  }
}

mfg_array *mfg_complex_apply(mfg_scope *scope, uint32_t operation, const char *name, mfg_dtype type,
                             int count, const mfg_operand *operands) {
  mfg_dtype real = mfg_real_type(type);
  mfg_pair pairs[3] = {{NULL, NULL}, {NULL, NULL}, {NULL, NULL}};
  mfg_pair result = {NULL, NULL};
  bool select = operation == MFG_OP_SELECT;
  for (int i = select ? 1 : 0; i < count; i++)
    pairs[i] = pair_of(scope, &operands[i], real, name);
  if (mfg_scope_status(scope) != MFG_OK) return NULL;
  if (select) {
    pairs[1] = with_both(scope, pairs[1]);
    pairs[2] = with_both(scope, pairs[2]);
    result.real = mfg_where(scope, operands[0], pairs[1].real, pairs[2].real);
    result.imaginary = mfg_where(scope, operands[0], pairs[1].imaginary, pairs[2].imaginary);
  } else if (!(count == 1
                   ? apply_one(scope, operation, pairs[0], &result)
                   : count == 2 && apply_two(scope, operation, pairs[0], pairs[1], &result))) {
    return mfg_scope_error(scope, MFG_ERROR_TYPE, "mfg_%s: found %s; expected real numbers", name,
                           mfg_dtype_name(type));
  }
  return result.imaginary == NULL ? result.real : join(scope, result.real, result.imaginary);
}

/* ---- reductions ------------------------------------------------------------------------------ */

/* Products of halves, until one element is left along each axis. */
static mfg_array *product(mfg_scope *scope, const mfg_array *array, uint32_t axes) {
  mfg_array *left = (mfg_array *)(uintptr_t)array;
  for (int axis = 0; axis < array->rank && left != NULL; axis++) {
    if ((axes & MFG_AXIS(axis)) == 0) continue;
    if (left->shape[axis] == 0) {
      int64_t shape[MFG_MAX_RANK];
      memcpy(shape, left->shape, sizeof shape);
      shape[axis] = 1;
      left = mfg_ones(scope, left->type, left->rank, shape);
    }
    while (left != NULL && left->shape[axis] > 1) {
      int64_t half = left->shape[axis] / 2;
      bool odd = left->shape[axis] % 2 == 1;
      mfg_array *low = mfg_slice(scope, left, axis, 0, half, 1);
      mfg_array *high = mfg_slice(scope, left, axis, half, 2 * half, 1);
      mfg_array *next = mfg_mul(scope, low, high);
      if (odd && next != NULL) {
        mfg_array *last = mfg_slice(scope, left, axis, 2 * half, MFG_SLICE_END, 1);
        mfg_array *first = mfg_slice(scope, next, axis, 0, 1, 1);
        if (mfg_assign(scope, first, mfg_mul(scope, first, last)) != MFG_OK) return NULL;
      }
      left = next;
    }
  }
  return left;
}

static mfg_array *reduce_product(mfg_scope *scope, const mfg_array *array, uint32_t axes,
                                 bool keep_axes) {
  mfg_array *left = product(scope, array, axes);
  if (left == NULL) return NULL;
  int rank = 0;
  int64_t shape[MFG_MAX_RANK];
  for (int axis = 0; axis < left->rank; axis++)
    if (keep_axes || (axes & MFG_AXIS(axis)) == 0) shape[rank++] = left->shape[axis];
  mfg_array *own = left == array ? mfg_copy(scope, array) : left;
  return mfg_reshape(scope, own, rank, shape);
}

mfg_array *mfg_complex_reduce(mfg_scope *scope, uint32_t operation, const mfg_array *array,
                              uint32_t axes, bool keep_axes) {
  if (operation == MFG_REDUCE_PRODUCT) return reduce_product(scope, array, axes, keep_axes);
  if (operation != MFG_REDUCE_SUM)
    return mfg_scope_error(scope, MFG_ERROR_TYPE, "mfg_%s: %s has no order",
                           mfg_reduction_name(operation), mfg_dtype_name(array->type));
  mfg_array *real = mfg_reduce(scope, operation, mfg_real(scope, array), axes, keep_axes);
  mfg_array *imaginary = mfg_reduce(scope, operation, mfg_imag(scope, array), axes, keep_axes);
  return join(scope, real, imaginary);
}

/* Running products by doubling: after the k-th turn each element is the product of 2^k of them. */
static mfg_array *running_product(mfg_scope *scope, const mfg_array *array, int axis) {
  mfg_array *running = mfg_copy(scope, array);
  for (int64_t step = 1; running != NULL && step < array->shape[axis]; step *= 2) {
    mfg_array *later = mfg_slice(scope, running, axis, step, MFG_SLICE_END, 1);
    mfg_array *earlier = mfg_slice(scope, running, axis, 0, -step, 1);
    if (mfg_assign(scope, later, mfg_mul(scope, earlier, later)) != MFG_OK) return NULL;
  }
  return running;
}

mfg_array *mfg_complex_scan(mfg_scope *scope, uint32_t operation, const mfg_array *array,
                            int axis) {
  if (operation == MFG_REDUCE_PRODUCT) return running_product(scope, array, axis);
  return join(scope, mfg_cumulative_sum(scope, mfg_real(scope, array), axis),
              mfg_cumulative_sum(scope, mfg_imag(scope, array), axis));
}
