/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rearranging: moved axes, rolls, repetitions, common shapes. */
#include <mfg/manipulation.h>
#include <mfg/sdk.h>
#include <string.h>

#include "array/context_private.h"
#include "array/gather.h"
#include "array/promotion.h"

/* ---- axes ------------------------------------------------------------------------------------ */

/* The mask with MFG_ALL_AXES made exact; false where it names an axis that is not there. */
static bool settle_axes(mfg_scope *scope, const mfg_array *array, uint32_t *axes,
                        const char *operation) {
  uint32_t every = (1u << array->rank) - 1;
  if (*axes == MFG_ALL_AXES) *axes = every;
  if ((*axes & ~every) == 0) return true;
  mfg_scope_error(scope, MFG_ERROR_SHAPE, "%s: axes %#x of an array of rank %d", operation, *axes,
                  array->rank);
  return false;
}

mfg_array *mfg_flip_axes(mfg_scope *scope, const mfg_array *array, uint32_t axes) {
  if (!mfg_scope_viewable(scope, array, "mfg_flip_axes") ||
      !settle_axes(scope, array, &axes, "mfg_flip_axes"))
    return NULL;
  int64_t strides[MFG_MAX_RANK];
  int64_t offset = array->offset;
  for (int a = 0; a < array->rank; a++) {
    bool turned = (axes & MFG_AXIS(a)) != 0 && array->shape[a] > 0;
    strides[a] = turned ? -array->strides[a] : array->strides[a];
    if (turned) offset += (array->shape[a] - 1) * array->strides[a];
  }
  return mfg_scope_view(scope, array, array->rank, array->shape, offset, strides);
}

mfg_array *mfg_squeeze_axes(mfg_scope *scope, const mfg_array *array, uint32_t axes) {
  if (!mfg_scope_viewable(scope, array, "mfg_squeeze_axes") ||
      !settle_axes(scope, array, &axes, "mfg_squeeze_axes"))
    return NULL;
  int64_t shape[MFG_MAX_RANK];
  int64_t strides[MFG_MAX_RANK];
  int rank = 0;
  for (int a = 0; a < array->rank; a++) {
    if ((axes & MFG_AXIS(a)) == 0) {
      shape[rank] = array->shape[a];
      strides[rank++] = array->strides[a];
    } else if (array->shape[a] != 1) {
      return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_squeeze_axes: axis %d has extent %lld", a,
                             (long long)array->shape[a]);
    }
  }
  return mfg_scope_view(scope, array, rank, shape, array->offset, strides);
}

mfg_array *mfg_move_axes(mfg_scope *scope, const mfg_array *array, int count, const int *from,
                         const int *to) {
  if (!mfg_scope_accepts(scope, array, "mfg_move_axes")) return NULL;
  int order[MFG_MAX_RANK];
  uint32_t taken = 0;
  memset(order, -1, sizeof order);
  for (int i = 0; i < count; i++) {
    int source = mfg_scope_axis(scope, from[i], array->rank, "mfg_move_axes");
    int target = mfg_scope_axis(scope, to[i], array->rank, "mfg_move_axes");
    if (source < 0 || target < 0) return NULL;
    if ((taken & MFG_AXIS(source)) != 0 || order[target] >= 0)
      return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_move_axes: an axis is named twice");
    taken |= MFG_AXIS(source);
    order[target] = source;
  }
  int next = 0;
  for (int a = 0; a < array->rank; a++) {
    if (order[a] >= 0) continue;
    while ((taken & MFG_AXIS(next)) != 0)
      next++;
    order[a] = next++;
  }
  return mfg_permute(scope, array, order);
}

mfg_status mfg_unstack(mfg_scope *scope, const mfg_array *array, int axis, int64_t count,
                       mfg_array **results) {
  if (!mfg_scope_accepts(scope, array, "mfg_unstack")) return mfg_scope_status(scope);
  int found = mfg_scope_axis(scope, axis, array->rank, "mfg_unstack");
  if (found < 0) return mfg_scope_status(scope);
  if (count != array->shape[found] || (count > 0 && results == NULL))
    mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_unstack: %lld results of an axis of %lld elements",
                    (long long)count, (long long)array->shape[found]);
  else
    for (int64_t i = 0; i < count; i++)
      results[i] = mfg_at(scope, array, found, i);
  return mfg_scope_status(scope);
}

/* ---- common shapes --------------------------------------------------------------------------- */

mfg_status mfg_broadcast_arrays(mfg_scope *scope, int count, mfg_array *const *arrays,
                                mfg_array **results) {
  int rank = 0;
  int64_t shape[MFG_MAX_RANK] = {0};
  for (int i = 0; i < count; i++) {
    if (!mfg_scope_accepts(scope, arrays[i], "mfg_broadcast_arrays"))
      return mfg_scope_status(scope);
    if (!mfg_shape_broadcast(arrays[i]->rank, arrays[i]->shape, &rank, shape)) {
      char text[192];
      mfg_scope_error(scope, MFG_ERROR_SHAPE,
                      "mfg_broadcast_arrays: shape %s of array %d does not broadcast with those "
                      "before it",
                      mfg_shape_text(arrays[i]->rank, arrays[i]->shape, text, sizeof text), i);
      return mfg_scope_status(scope);
    }
  }
  for (int i = 0; i < count; i++) {
    mfg_value *value = mfg_scope_value(scope, arrays[i]);
    mfg_value *wide = value != NULL ? mfg_value_everywhere(value, rank, shape) : NULL;
    mfg_value_release(value);
    results[i] = mfg_scope_adopt(scope, wide);
  }
  return mfg_scope_status(scope);
}

/* ---- elements -------------------------------------------------------------------------------- */

static mfg_array *flat(mfg_scope *scope, const mfg_array *array) {
  return mfg_reshape(scope, array, 1, (const int64_t[]){-1});
}

mfg_array *mfg_roll(mfg_scope *scope, const mfg_array *array, int64_t shift, int axis) {
  if (!mfg_scope_accepts(scope, array, "mfg_roll")) return NULL;
  if (axis == MFG_NO_AXIS) {
    mfg_array *rolled = mfg_roll(scope, flat(scope, array), shift, 0);
    return mfg_reshape(scope, rolled, array->rank, array->shape);
  }
  int found = mfg_scope_axis(scope, axis, array->rank, "mfg_roll");
  if (found < 0) return NULL;
  int64_t extent = array->shape[found] > 0 ? array->shape[found] : 1;
  return mfg_shift(scope, array, found, -(shift % extent), MFG_BOUNDARY_WRAP, 0);
}

/* The index along `axis`, in a shape that broadcasts to arrays of that rank. */
static mfg_array *index_along(mfg_scope *scope, int rank, int axis, int64_t extent) {
  int64_t shape[MFG_MAX_RANK];
  for (int a = 0; a < rank; a++)
    shape[a] = a == axis ? extent : 1;
  return mfg_indices(scope, rank, shape, axis);
}

mfg_array *mfg_repeat_elements(mfg_scope *scope, const mfg_array *array, int64_t times, int axis) {
  if (!mfg_scope_accepts(scope, array, "mfg_repeat_elements")) return NULL;
  if (axis == MFG_NO_AXIS) return mfg_repeat_elements(scope, flat(scope, array), times, 0);
  int found = mfg_scope_axis(scope, axis, array->rank, "mfg_repeat_elements");
  if (found < 0) return NULL;
  int64_t shape[MFG_MAX_RANK];
  memcpy(shape, array->shape, sizeof shape);
  if (times < 0 || __builtin_mul_overflow(array->shape[found], times, &shape[found]) ||
      !mfg_shape_fits(array->rank, shape))
    return mfg_scope_error(scope, MFG_ERROR_SHAPE,
                           "mfg_repeat_elements: %lld times the %lld elements of axis %d",
                           (long long)times, (long long)array->shape[found], found);
  if (shape[found] == 0) return mfg_empty(scope, array->type, array->rank, shape);
  mfg_array *index = index_along(scope, array->rank, found, shape[found]);
  index = mfg_floor_divide(scope, index, times);
  return mfg_gather(scope, array, index, found, array->rank, shape);
}

/* `times` copies of the array along one axis: the target is seen as blocks, written at once. */
static mfg_array *tile_axis(mfg_scope *scope, const mfg_array *array, int axis, int64_t times) {
  int64_t shape[MFG_MAX_RANK];
  memcpy(shape, array->shape, sizeof shape);
  if (__builtin_mul_overflow(shape[axis], times, &shape[axis]) ||
      !mfg_shape_fits(array->rank, shape))
    return mfg_scope_error(scope, MFG_ERROR_SHAPE,
                           "mfg_tile: %lld times the %lld elements of axis %d", (long long)times,
                           (long long)array->shape[axis], axis);
  mfg_array *tiled = mfg_empty(scope, array->type, array->rank, shape);
  if (tiled == NULL || mfg_array_size(tiled) == 0) return tiled;
  if (array->rank == MFG_MAX_RANK) {
    mfg_array *index = index_along(scope, array->rank, axis, shape[axis]);
    index = mfg_remainder(scope, index, array->shape[axis]);
    return mfg_gather(scope, array, index, axis, array->rank, shape);
  }
  int64_t blocks[MFG_MAX_RANK];
  for (int a = 0; a < array->rank; a++)
    blocks[a < axis ? a : a + 1] = array->shape[a];
  blocks[axis] = times;
  mfg_array *target = mfg_reshape(scope, tiled, array->rank + 1, blocks);
  mfg_status status = mfg_assign(scope, target, mfg_expand_axis(scope, array, axis));
  return status == MFG_OK ? tiled : NULL;
}

mfg_array *mfg_tile(mfg_scope *scope, const mfg_array *array, int count, const int64_t *times) {
  if (!mfg_scope_accepts(scope, array, "mfg_tile")) return NULL;
  if (count < 0 || count > MFG_MAX_RANK || (count > 0 && times == NULL))
    return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_tile: %d numbers; expected at most %d",
                           count, MFG_MAX_RANK);
  int rank = count > array->rank ? count : array->rank;
  int64_t shape[MFG_MAX_RANK];
  for (int a = 0; a < rank; a++)
    shape[a] = a < rank - array->rank ? 1 : array->shape[a - (rank - array->rank)];
  mfg_array *tiled = rank == array->rank ? mfg_copy(scope, array)
                                         : mfg_copy(scope, mfg_reshape(scope, array, rank, shape));
  for (int i = 0; i < count && tiled != NULL; i++) {
    if (times[i] < 0)
      return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_tile: %lld times", (long long)times[i]);
    if (times[i] != 1) tiled = tile_axis(scope, tiled, rank - count + i, times[i]);
  }
  return tiled;
}
