/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Results whose size depends on values: elements that are not zero, those of a mask, repetitions by
 * number, different elements. The size is read by the host, the rest stays on the device. */
#include "array/choose.h"

#include <mfg/manipulation.h>
#include <mfg/sdk.h>
#include <mfg/sorting.h>

#include "array/gather.h"
#include "array/promotion.h"

/* ---- places ---------------------------------------------------------------------------------- */

static mfg_array *flat(mfg_scope *scope, const mfg_array *array) {
  return mfg_reshape(scope, array, 1, (const int64_t[]){-1});
}

static mfg_array *counting(mfg_scope *scope, int64_t count) {
  return mfg_indices(scope, 1, &count, 0);
}

mfg_array *mfg_is_nonzero(mfg_scope *scope, const mfg_array *array) {
  if (array->type == MFG_BOOL) return (mfg_array *)(uintptr_t)array;
  return mfg_not_equal(scope, array, 0);
}

mfg_array *mfg_places_where(mfg_scope *scope, const mfg_array *mask) {
  mfg_array *line = flat(scope, mask);
  mfg_array *running = mfg_cumulative_sum(scope, line, 0);
  double count = mfg_item(scope, mfg_sum(scope, line, MFG_ALL_AXES));
  if (mfg_scope_status(scope) != MFG_OK) return NULL;
  /* Place k is the first at which k + 1 elements have been counted. */
  mfg_array *number = mfg_add(scope, counting(scope, (int64_t)count), 1);
  return mfg_searchsorted(scope, running, number, false, NULL);
}

mfg_status mfg_nonzero(mfg_scope *scope, const mfg_array *array, mfg_array **results) {
  if (!mfg_scope_accepts(scope, array, "mfg_nonzero")) return mfg_scope_status(scope);
  if (array->rank == 0)
    mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_nonzero: of an array of rank 0");
  mfg_array *places = NULL;
  if (mfg_scope_status(scope) == MFG_OK)
    places = mfg_places_where(scope, mfg_is_nonzero(scope, array));
  for (int axis = array->rank - 1; axis >= 0 && places != NULL; axis--) {
    int64_t extent = array->shape[axis] > 0 ? array->shape[axis] : 1;
    results[axis] = axis > 0 ? mfg_remainder(scope, places, extent) : places;
    if (axis > 0) places = mfg_floor_divide(scope, places, extent);
  }
  return mfg_scope_status(scope);
}

mfg_array *mfg_repeat_each(mfg_scope *scope, const mfg_array *array, const mfg_array *times,
                           int axis) {
  if (!mfg_scope_accepts(scope, array, "mfg_repeat_each") ||
      !mfg_scope_accepts(scope, times, "mfg_repeat_each"))
    return NULL;
  if (axis == MFG_NO_AXIS) return mfg_repeat_each(scope, flat(scope, array), times, 0);
  int found = mfg_scope_axis(scope, axis, array->rank, "mfg_repeat_each");
  if (found < 0) return NULL;
  if (!mfg_type_is_integer(times->type) || times->rank != 1 ||
      times->shape[0] != array->shape[found])
    return mfg_scope_error(scope, MFG_ERROR_SHAPE,
                           "mfg_repeat_each: %lld integers of rank 1 were expected",
                           (long long)array->shape[found]);
  if (times->shape[0] == 0) return mfg_copy(scope, array);
  mfg_array *running = mfg_cumulative_sum(scope, times, 0);
  double total = mfg_item(scope, mfg_at(scope, running, 0, -1));
  double least = mfg_item(scope, mfg_min(scope, times, MFG_ALL_AXES));
  if (mfg_scope_status(scope) != MFG_OK) return NULL;
  if (least < 0)
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT, "mfg_repeat_each: %lld times",
                           (long long)least);
  mfg_array *number = counting(scope, (int64_t)total);
  mfg_array *index = mfg_searchsorted(scope, running, number, true, NULL);
  return mfg_take(scope, array, index, found);
}

/* ---- different elements ---------------------------------------------------------------------- */

/* Whether each element of a sorted array is another than the one before it. */
static mfg_array *first_of_its_kind(mfg_scope *scope, mfg_array *sorted) {
  mfg_array *before = mfg_shift(scope, sorted, 0, -1, MFG_BOUNDARY_CLAMP, 0);
  mfg_array *start = mfg_equal(scope, counting(scope, mfg_array_size(sorted)), 0);
  return mfg_logical_or(scope, start, mfg_not_equal(scope, sorted, before));
}

/* Distances from each place to the next, the last to `end`. */
static mfg_array *distances(mfg_scope *scope, mfg_array *places, int64_t end) {
  mfg_array *next = mfg_shift(scope, mfg_sub(scope, places, end), 0, 1, MFG_BOUNDARY_CONSTANT, 0);
  return mfg_sub(scope, mfg_add(scope, next, end), places);
}

mfg_status mfg_unique(mfg_scope *scope, const mfg_array *array, mfg_array **values,
                      mfg_array **positions, mfg_array **inverse, mfg_array **counts) {
  if (!mfg_scope_accepts(scope, array, "mfg_unique")) return mfg_scope_status(scope);
  mfg_array *line = flat(scope, array);
  mfg_array *order = mfg_argsort(scope, line, 0, false);
  mfg_array *sorted = mfg_take(scope, line, order, 0);
  if (sorted == NULL) return mfg_scope_status(scope);
  mfg_array *first = first_of_its_kind(scope, sorted);
  mfg_array *places = mfg_places_where(scope, first);
  if (values != NULL) *values = mfg_take(scope, sorted, places, 0);
  if (positions != NULL) *positions = mfg_take(scope, order, places, 0);
  if (counts != NULL && places != NULL) *counts = distances(scope, places, mfg_array_size(array));
  if (inverse == NULL) return mfg_scope_status(scope);
  mfg_array *kind = mfg_sub(scope, mfg_cumulative_sum(scope, first, 0), 1);
  mfg_array *back = mfg_argsort(scope, order, 0, false);
  *inverse = mfg_reshape(scope, mfg_take(scope, kind, back, 0), array->rank, array->shape);
  return mfg_scope_status(scope);
}
