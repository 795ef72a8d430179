/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Views of parts of an array: slices, single indices, and both for several axes at once. */
#include <mfg/indexing.h>

#include "array/handle.h"

/* The geometry of a view while it is put together. */
typedef struct view_shape {
  int rank;
  int64_t shape[MFG_MAX_RANK];
  int64_t strides[MFG_MAX_RANK];
  int64_t offset;
} view_shape;

/* ---- one axis -------------------------------------------------------------------------------- */

/* A Python slice's bound: counted from the end where negative, then cut off. */
static int64_t clip(int64_t bound, int64_t extent, int64_t low, int64_t high) {
  if (bound < 0) bound += extent;
  return bound < low ? low : bound > high ? high : bound;
}

/* Adds an axis with the elements that a slice leaves of one. */
static bool add_range(mfg_scope *scope, view_shape *view, int64_t extent, int64_t stride,
                      const mfg_index_item *item, const char *operation) {
  int64_t step = item->step;
  if (step == 0 || step == INT64_MIN) {
    mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT, "%s: a step of %lld", operation,
                    (long long)step);
    return false;
  }
  int64_t low = step > 0 ? 0 : -1;
  int64_t high = step > 0 ? extent : extent - 1;
  int64_t first = clip(item->start, extent, low, high);
  int64_t end =
      item->stop == MFG_SLICE_END ? (step > 0 ? extent : -1) : clip(item->stop, extent, low, high);
  int64_t distance = step > 0 ? end - first : first - end;
  int64_t count = distance > 0 ? (distance - 1) / (step > 0 ? step : -step) + 1 : 0;
  view->shape[view->rank] = count;
  view->strides[view->rank] = count > 1 ? stride * step : stride; /* a step beyond the end leads
                                                                      nowhere */
  if (count > 0) view->offset += first * stride;
  view->rank++;
  return true;
}

static bool add_place(mfg_scope *scope, view_shape *view, int64_t extent, int64_t stride,
                      int64_t index, const char *operation) {
  int64_t place = index < 0 ? index + extent : index;
  if (place < 0 || place >= extent) {
    mfg_scope_error(scope, MFG_ERROR_SHAPE, "%s: index %lld of an axis of %lld elements", operation,
                    (long long)index, (long long)extent);
    return false;
  }
  view->offset += place * stride;
  return true;
}

static void add_whole(view_shape *view, int64_t extent, int64_t stride) {
  view->shape[view->rank] = extent;
  view->strides[view->rank++] = stride;
}

static mfg_array *view_of(mfg_scope *scope, const mfg_array *array, const view_shape *view) {
  return mfg_scope_view(scope, array, view->rank, view->shape, view->offset, view->strides);
}

/* The item for one axis, the others whole. */
static mfg_array *index_axis(mfg_scope *scope, const mfg_array *array, int axis,
                             const mfg_index_item *item, const char *operation) {
  if (!mfg_scope_viewable(scope, array, operation)) return NULL;
  int found = mfg_scope_axis(scope, axis, array->rank, operation);
  if (found < 0) return NULL;
  view_shape view = {.offset = array->offset};
  for (int a = 0; a < array->rank; a++) {
    int64_t extent = array->shape[a];
    int64_t stride = array->strides[a];
    bool good = true;
    if (a != found)
      add_whole(&view, extent, stride);
    else if (item->kind == MFG_INDEX_AT)
      good = add_place(scope, &view, extent, stride, item->start, operation);
    else
      good = add_range(scope, &view, extent, stride, item, operation);
    if (!good) return NULL;
  }
  return view_of(scope, array, &view);
}

mfg_array *mfg_slice(mfg_scope *scope, const mfg_array *array, int axis, int64_t start,
                     int64_t stop, int64_t step) {
  mfg_index_item item = MFG_RANGE_BY(start, stop, step);
  return index_axis(scope, array, axis, &item, "mfg_slice");
}

mfg_array *mfg_at(mfg_scope *scope, const mfg_array *array, int axis, int64_t index) {
  mfg_index_item item = MFG_AT(index);
  return index_axis(scope, array, axis, &item, "mfg_at");
}

mfg_array *mfg_flip(mfg_scope *scope, const mfg_array *array, int axis) {
  mfg_index_item item = MFG_EVERY_BY(-1);
  return index_axis(scope, array, axis, &item, "mfg_flip");
}

/* ---- several axes ---------------------------------------------------------------------------- */

/* Axes that MFG_REST stands for; negative, with the error in the scope, where the items do not fit.
 */
static int axes_left(mfg_scope *scope, const mfg_array *array, int count,
                     const mfg_index_item *items) {
  int named = 0;
  int fresh = 0;
  int dropped = 0;
  int rests = 0;
  for (int i = 0; i < count; i++) {
    int32_t kind = items[i].kind;
    if (kind < MFG_INDEX_RANGE || kind > MFG_INDEX_REST) {
      mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT, "mfg_index: item %d has the kind %d", i,
                      kind);
      return -1;
    }
    named += kind == MFG_INDEX_RANGE || kind == MFG_INDEX_AT;
    dropped += kind == MFG_INDEX_AT;
    fresh += kind == MFG_INDEX_NEW_AXIS;
    rests += kind == MFG_INDEX_REST;
  }
  if (named > array->rank)
    mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_index: %d axes of an array of rank %d", named,
                    array->rank);
  else if (rests > 1)
    mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_index: MFG_REST stands %d times; expected once",
                    rests);
  else if (array->rank - dropped + fresh > MFG_MAX_RANK)
    mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_index: a result of %d axes; expected at most %d",
                    array->rank - dropped + fresh, MFG_MAX_RANK);
  else
    return array->rank - named;
  return -1;
}

mfg_array *mfg_index(mfg_scope *scope, const mfg_array *array, int count,
                     const mfg_index_item *items) {
  if (!mfg_scope_viewable(scope, array, "mfg_index")) return NULL;
  if (count < 0 || (count > 0 && items == NULL))
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT, "mfg_index: %d items", count);
  int left = axes_left(scope, array, count, items);
  if (left < 0) return NULL;
  view_shape view = {.offset = array->offset};
  int axis = 0;
  for (int i = 0; i < count; i++) {
    const mfg_index_item *item = &items[i];
    bool good = true;
    if (item->kind == MFG_INDEX_NEW_AXIS) {
      add_whole(&view, 1, 0);
    } else if (item->kind == MFG_INDEX_REST) {
      for (; left > 0; left--, axis++)
        add_whole(&view, array->shape[axis], array->strides[axis]);
    } else {
      int64_t extent = array->shape[axis];
      int64_t stride = array->strides[axis++];
      good = item->kind == MFG_INDEX_AT
                 ? add_place(scope, &view, extent, stride, item->start, "mfg_index")
                 : add_range(scope, &view, extent, stride, item, "mfg_index");
    }
    if (!good) return NULL;
  }
  for (; axis < array->rank; axis++)
    add_whole(&view, array->shape[axis], array->strides[axis]);
  return view_of(scope, array, &view);
}
