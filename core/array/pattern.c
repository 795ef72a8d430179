/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations along axes: shifts, reductions, running sums, line solves. */
#include <mfg/sdk.h>
#include <stdio.h>

#include "array/complex.h"
#include "array/context_private.h"
#include "array/handle.h"
#include "array/promotion.h"

/* ---- shift ----------------------------------------------------------------------------------- */

/* Along an axis of one element every boundary but the constant one leads back to it. */
static mfg_array *shift_single(mfg_scope *scope, mfg_value *value, int boundary, mfg_scalar fill) {
  if (boundary != MFG_BOUNDARY_CONSTANT) return mfg_scope_adopt(scope, value);
  mfg_value *filled =
      mfg_value_number(scope->context, value->type, value->rank, value->shape, fill);
  mfg_value_release(value);
  return mfg_scope_adopt(scope, filled);
}

/* The same shift with an offset near the extent: beyond it nothing new is seen, and nothing
 * overflows. */
static int64_t shift_within(int64_t offset, int64_t extent, int boundary) {
  switch (boundary) {
  case MFG_BOUNDARY_WRAP: return offset % extent;
  case MFG_BOUNDARY_MIRROR: return offset % (2 * extent);
  default: return offset < -extent ? -extent : offset > extent ? extent : offset;
  }
}

mfg_array *mfg_shift(mfg_scope *scope, const mfg_array *array, int axis, int64_t offset,
                     int boundary, double fill) {
  if (!mfg_scope_accepts(scope, array, "mfg_shift")) return NULL;
  int found = mfg_scope_axis(scope, axis, array->rank, "mfg_shift");
  if (found < 0) return NULL;
  if (boundary < MFG_BOUNDARY_WRAP || boundary > MFG_BOUNDARY_CONSTANT)
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT,
                           "mfg_shift: boundary %d; expected wrap, clamp, mirror or constant",
                           boundary);
  if (mfg_type_is_complex(array->type))
    return mfg_complex(scope,
                       mfg_shift(scope, mfg_real(scope, array), axis, offset, boundary, fill),
                       mfg_shift(scope, mfg_imag(scope, array), axis, offset, boundary, 0));
  mfg_value *value = mfg_scope_value(scope, array);
  if (value == NULL) return NULL;
  if (mfg_array_size(array) > 0) offset = shift_within(offset, array->shape[found], boundary);
  if (offset == 0 || mfg_array_size(array) == 0) return mfg_scope_adopt(scope, value);
  mfg_scalar scalar = mfg_scalar_of_real(value->type, fill);
  if (value->shape[found] == 1) return shift_single(scope, value, boundary, scalar);
  mfg_value *shifted = mfg_value_node(scope->context, MFG_VALUE_SHIFT, value->type, value->rank,
                                      value->shape, 1, &value);
  if (shifted != NULL) {
    shifted->node.axis = (uint8_t)found;
    shifted->node.offset = offset;
    shifted->node.boundary = (uint8_t)boundary;
    shifted->node.number = boundary == MFG_BOUNDARY_CONSTANT ? scalar : (mfg_scalar){.bits = 0};
  }
  mfg_value_release(value);
  return mfg_scope_adopt(scope, shifted);
}

/* ---- reductions ------------------------------------------------------------------------------ */

static mfg_dtype reduced_type(uint32_t operation, mfg_dtype type) {
  switch (operation) {
  case MFG_REDUCE_SUM:
  case MFG_REDUCE_PRODUCT:
    if (mfg_is_dtype(type, MFG_KIND_BOOL | MFG_KIND_SIGNED)) return MFG_INT64;
    return mfg_is_dtype(type, MFG_KIND_UNSIGNED) ? (mfg_dtype)MFG_UINT64 : type;
  case MFG_REDUCE_ANY:
  case MFG_REDUCE_ALL: return MFG_BOOL;
  case MFG_REDUCE_ARGMIN:
  case MFG_REDUCE_ARGMAX: return MFG_INT64;
  default: return type;
  }
}

/* The type in which elements enter: bool has no order as a number, so it is compared as one. */
static mfg_dtype entering_type(uint32_t operation, mfg_dtype type) {
  switch (operation) {
  case MFG_REDUCE_SUM:
  case MFG_REDUCE_PRODUCT:
  case MFG_REDUCE_ANY:
  case MFG_REDUCE_ALL: return reduced_type(operation, type);
  default: return type == MFG_BOOL ? (mfg_dtype)MFG_INT32 : type;
  }
}

static int reduced_shape(const mfg_value *value, uint32_t axes, bool keep, int64_t *shape) {
  int rank = 0;
  for (int axis = 0; axis < value->rank; axis++) {
    if ((axes & MFG_AXIS(axis)) == 0)
      shape[rank++] = value->shape[axis];
    else if (keep)
      shape[rank++] = 1;
  }
  return rank;
}

static bool needs_elements(uint32_t operation) {
  return operation == MFG_REDUCE_MIN || operation == MFG_REDUCE_MAX ||
         operation == MFG_REDUCE_ARGMIN || operation == MFG_REDUCE_ARGMAX;
}

static mfg_value *reduce_value(mfg_scope *scope, uint32_t operation, mfg_value *value,
                               uint32_t axes, bool keep) {
  int64_t shape[MFG_MAX_RANK];
  int rank = reduced_shape(value, axes, keep, shape);
  bool position = operation == MFG_REDUCE_ARGMIN || operation == MFG_REDUCE_ARGMAX;
  if (axes == 0 && position) {
    mfg_value_release(value);
    return mfg_value_number(scope->context, MFG_INT64, rank, shape, (mfg_scalar){.int64 = 0});
  }
  value = mfg_value_as_type(value, entering_type(operation, value->type));
  if (value == NULL || axes == 0) return value;
  mfg_dtype type = position ? (mfg_dtype)MFG_INT64 : value->type;
  mfg_value *reduced =
      mfg_value_node(scope->context, MFG_VALUE_REDUCE, type, rank, shape, 1, &value);
  if (reduced != NULL) {
    reduced->node.operation = (uint16_t)operation;
    reduced->node.axes = axes;
    reduced->node.keep_axes = keep;
  }
  mfg_value_release(value);
  return reduced;
}

mfg_array *mfg_reduce(mfg_scope *scope, uint32_t operation, const mfg_array *array, uint32_t axes,
                      bool keep_axes) {
  if (!mfg_scope_accepts(scope, array, "mfg_reduce")) return NULL;
  const char *name = mfg_reduction_name(operation);
  if (name == NULL)
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT, "mfg_reduce: %u is no reduction",
                           operation);
  uint32_t every = (1u << array->rank) - 1;
  if (axes == MFG_ALL_AXES) axes = every;
  if ((axes & ~every) != 0)
    return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_%s: axes %#x of an array of rank %d", name,
                           axes, array->rank);
  bool empty = false;
  for (int axis = 0; axis < array->rank; axis++)
    empty = empty || ((axes & MFG_AXIS(axis)) != 0 && array->shape[axis] == 0);
  if (empty && needs_elements(operation))
    return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_%s: of no elements", name);
  if (mfg_type_is_complex(array->type) && operation != MFG_REDUCE_ANY &&
      operation != MFG_REDUCE_ALL)
    return mfg_complex_reduce(scope, operation, array, axes, keep_axes);
  mfg_value *value = mfg_scope_value(scope, array);
  if (value == NULL) return mfg_scope_adopt(scope, NULL);
  bool of_bool = value->type == MFG_BOOL;
  value = reduce_value(scope, operation, value, axes, keep_axes);
  /* min and max of bool are bool again. */
  if (value != NULL && of_bool && (operation == MFG_REDUCE_MIN || operation == MFG_REDUCE_MAX))
    value = mfg_value_as_type(value, MFG_BOOL);
  return mfg_scope_adopt(scope, value);
}

mfg_array *mfg_mean(mfg_scope *scope, const mfg_array *array, uint32_t axes, bool keep_axes) {
  if (!mfg_scope_accepts(scope, array, "mfg_mean")) return NULL;
  bool exact = mfg_is_dtype(array->type, MFG_KIND_BOOL | MFG_KIND_INTEGER);
  const mfg_array *real = exact ? mfg_astype(scope, array, MFG_FLOAT64) : array;
  double count = 1;
  for (int axis = 0; axis < array->rank; axis++)
    if (axes == MFG_ALL_AXES || (axes & MFG_AXIS(axis)) != 0) count *= (double)array->shape[axis];
  mfg_array *sum = mfg_reduce(scope, MFG_REDUCE_SUM, real, axes, keep_axes);
  return mfg_div(scope, sum, count);
}

mfg_array *mfg_has_nan_or_inf(mfg_scope *scope, const mfg_array *array) {
  if (!mfg_scope_accepts(scope, array, "mfg_has_nan_or_inf")) return NULL;
  if (mfg_is_dtype(array->type, MFG_KIND_BOOL | MFG_KIND_INTEGER))
    return mfg_zeros(scope, MFG_BOOL, 0, NULL);
  return mfg_any(scope, mfg_logical_not(scope, mfg_isfinite(scope, array)), MFG_ALL_AXES);
}

/* ---- along an axis --------------------------------------------------------------------------- */

static mfg_array *scan(mfg_scope *scope, uint32_t operation, const mfg_array *array, int axis,
                       const char *name) {
  if (!mfg_scope_accepts(scope, array, name)) return NULL;
  int found = mfg_scope_axis(scope, axis, array->rank, name);
  if (found < 0) return NULL;
  if (mfg_type_is_complex(array->type)) return mfg_complex_scan(scope, operation, array, found);
  mfg_value *value = mfg_scope_value(scope, array);
  if (value != NULL) value = mfg_value_as_type(value, reduced_type(operation, value->type));
  if (value == NULL) return mfg_scope_adopt(scope, NULL);
  mfg_value *running = mfg_value_node(scope->context, MFG_VALUE_SCAN, value->type, value->rank,
                                      value->shape, 1, &value);
  if (running != NULL) {
    running->node.operation = (uint16_t)operation;
    running->node.axis = (uint8_t)found;
  }
  mfg_value_release(value);
  return mfg_scope_adopt(scope, running);
}

mfg_array *mfg_cumulative_sum(mfg_scope *scope, const mfg_array *array, int axis) {
  return scan(scope, MFG_REDUCE_SUM, array, axis, "mfg_cumulative_sum");
}

mfg_array *mfg_cumulative_prod(mfg_scope *scope, const mfg_array *array, int axis) {
  return scan(scope, MFG_REDUCE_PRODUCT, array, axis, "mfg_cumulative_prod");
}

/* ---- line solve ------------------------------------------------------------------------------ */

/* An operand as an array of a float type; numbers stay numbers until the type is known. */
static mfg_array *line_operand(mfg_scope *scope, mfg_operand operand) {
  if (operand.kind == MFG_OPERAND_ARRAY) {
    if (!mfg_scope_accepts(scope, operand.array, "mfg_line_solve")) return NULL;
    return mfg_type_is_float(operand.array->type) ? operand.array
                                                  : mfg_astype(scope, operand.array, MFG_FLOAT64);
  }
  if (operand.kind == MFG_OPERAND_COMPLEX)
    return mfg_scope_error(scope, MFG_ERROR_TYPE,
                           "mfg_line_solve: a complex number; expected real coefficients");
  return mfg_number(scope, operand.real);
}

static mfg_dtype line_type(mfg_array *const *arrays) {
  mfg_dtype type = 0;
  for (int i = 0; i < 4; i++)
    if (arrays[i]->value == NULL || !arrays[i]->value->weak)
      type = type == 0 ? arrays[i]->type : mfg_result_type(type, arrays[i]->type);
  return type == 0 ? (mfg_dtype)MFG_FLOAT64 : type;
}

static mfg_array *line_solve(mfg_scope *scope, mfg_array *const *arrays, int axis, bool cyclic) {
  int rank = 0;
  int64_t shape[MFG_MAX_RANK] = {0};
  for (int i = 0; i < 4; i++)
    if (!mfg_shape_broadcast(arrays[i]->rank, arrays[i]->shape, &rank, shape))
      return mfg_scope_error(scope, MFG_ERROR_SHAPE,
                             "mfg_line_solve: the shapes of lower, diagonal, upper and right-hand "
                             "side do not broadcast");
  int found = mfg_scope_axis(scope, axis, rank, "mfg_line_solve");
  if (found < 0) return NULL;
  mfg_dtype type = line_type(arrays);
  mfg_value *values[4] = {NULL};
  bool complete = true;
  for (int i = 0; i < 4 && complete; i++) {
    values[i] = mfg_scope_value(scope, arrays[i]);
    if (values[i] != NULL) values[i] = mfg_value_as_type(values[i], type);
    complete = values[i] != NULL;
  }
  mfg_value *solved =
      complete ? mfg_value_node(scope->context, MFG_VALUE_LINE_SOLVE, type, rank, shape, 4, values)
               : NULL;
  if (solved != NULL) {
    solved->node.axis = (uint8_t)found;
    solved->node.cyclic = cyclic;
  }
  for (int i = 0; i < 4; i++)
    mfg_value_release(values[i]);
  return mfg_scope_adopt(scope, solved);
}

mfg_array *mfg_line_solve_operands(mfg_scope *scope, mfg_operand lower, mfg_operand diagonal,
                                   mfg_operand upper, mfg_operand right_hand_side, int axis,
                                   bool cyclic) {
  if (!mfg_scope_usable(scope)) return NULL;
  mfg_array *arrays[4] = {line_operand(scope, lower), line_operand(scope, diagonal),
                          line_operand(scope, upper), line_operand(scope, right_hand_side)};
  if (scope->status != MFG_OK) return NULL;
  return line_solve(scope, arrays, axis, cyclic);
}
