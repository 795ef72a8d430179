/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Views and shapes. */
#include <mfg/sdk.h>
#include <string.h>

#include "array/context_private.h"
#include "array/handle.h"
#include "array/promotion.h"

/* ---- axes ------------------------------------------------------------------------------------ */

mfg_array *mfg_permute(mfg_scope *scope, const mfg_array *array, const int *axes) {
  if (!mfg_scope_viewable(scope, array, "mfg_permute")) return NULL;
  if (axes == NULL && array->rank > 0)
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT, "mfg_permute: axes is NULL");
  int64_t shape[MFG_MAX_RANK];
  int64_t strides[MFG_MAX_RANK];
  uint32_t seen = 0;
  for (int a = 0; a < array->rank; a++) {
    int from = mfg_scope_axis(scope, axes[a], array->rank, "mfg_permute");
    if (from < 0) return NULL;
    seen |= MFG_AXIS(from);
    shape[a] = array->shape[from];
    strides[a] = array->strides[from];
  }
  if (seen != (1u << array->rank) - 1)
    return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_permute: an axis is named twice");
  return mfg_scope_view(scope, array, array->rank, shape, array->offset, strides);
}

mfg_array *mfg_expand_axis(mfg_scope *scope, const mfg_array *array, int axis) {
  if (!mfg_scope_viewable(scope, array, "mfg_expand_axis")) return NULL;
  if (array->rank == MFG_MAX_RANK)
    return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_expand_axis: more than %d axes",
                           MFG_MAX_RANK);
  int place = mfg_scope_axis(scope, axis, array->rank + 1, "mfg_expand_axis");
  if (place < 0) return NULL;
  int64_t shape[MFG_MAX_RANK];
  int64_t strides[MFG_MAX_RANK];
  for (int a = 0, from = 0; a <= array->rank; a++) {
    shape[a] = a == place ? 1 : array->shape[from];
    strides[a] = a == place ? 0 : array->strides[from];
    from += a != place;
  }
  return mfg_scope_view(scope, array, array->rank + 1, shape, array->offset, strides);
}

mfg_array *mfg_squeeze(mfg_scope *scope, const mfg_array *array, int axis) {
  if (!mfg_scope_accepts(scope, array, "mfg_squeeze")) return NULL;
  int found = mfg_scope_axis(scope, axis, array->rank, "mfg_squeeze");
  if (found < 0) return NULL;
  if (array->shape[found] != 1)
    return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_squeeze: axis %d has extent %lld", axis,
                           (long long)array->shape[found]);
  return mfg_at(scope, array, found, 0);
}

mfg_array *mfg_broadcast_to(mfg_scope *scope, const mfg_array *array, int rank,
                            const int64_t *shape) {
  if (!mfg_scope_viewable(scope, array, "mfg_broadcast_to")) return NULL;
  if (rank < array->rank || rank > MFG_MAX_RANK || (rank > 0 && shape == NULL))
    return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_broadcast_to: from rank %d to rank %d",
                           array->rank, rank);
  int64_t strides[MFG_MAX_RANK];
  for (int a = 0; a < rank; a++) {
    int from = a - (rank - array->rank);
    bool same = from >= 0 && array->shape[from] == shape[a];
    if (shape[a] < 0 || (!same && from >= 0 && array->shape[from] != 1))
      return mfg_scope_error(
          scope, MFG_ERROR_SHAPE, "mfg_broadcast_to: extent %lld of axis %d cannot become %lld",
          (long long)(from >= 0 ? array->shape[from] : 1), a, (long long)shape[a]);
    strides[a] = same ? array->strides[from] : 0;
  }
  if (!mfg_shape_fits(rank, shape)) {
    char text[192];
    return mfg_scope_error(scope, MFG_ERROR_SHAPE,
                           "mfg_broadcast_to: shape %s has too many elements",
                           mfg_shape_text(rank, shape, text, sizeof text));
  }
  mfg_array *view = mfg_scope_view(scope, array, rank, shape, array->offset, strides);
  if (view != NULL) view->read_only = true;
  return view;
}

/* ---- reshape --------------------------------------------------------------------------------- */

static bool settle_shape(mfg_scope *scope, int64_t size, int rank, const int64_t *shape,
                         int64_t *settled) {
  int open = -1;
  int64_t known = 1;
  for (int a = 0; a < rank; a++) {
    settled[a] = shape[a];
    if (shape[a] == -1 && open < 0)
      open = a;
    else if (shape[a] < 0 || __builtin_mul_overflow(known, shape[a], &known))
      known = -1;
    if (known < 0) break;
  }
  if (known > 0 && open >= 0 && size % known == 0) {
    settled[open] = size / known;
    known = size;
  }
  if (known == size && (open < 0 || settled[open] >= 0) && mfg_shape_fits(rank, settled))
    return true;
  char text[192];
  mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_reshape: %lld elements do not fit the shape %s",
                  (long long)size, mfg_shape_text(rank, shape, text, sizeof text));
  return false;
}

mfg_array *mfg_reshape(mfg_scope *scope, const mfg_array *array, int rank, const int64_t *shape) {
  if (!mfg_scope_viewable(scope, array, "mfg_reshape")) return NULL;
  if (rank < 0 || rank > MFG_MAX_RANK || (rank > 0 && shape == NULL))
    return mfg_scope_error(scope, MFG_ERROR_SHAPE,
                           "mfg_reshape: rank %d; expected 0 to %d, with a shape", rank,
                           MFG_MAX_RANK);
  int64_t settled[MFG_MAX_RANK];
  int64_t strides[MFG_MAX_RANK];
  if (!settle_shape(scope, mfg_array_size(array), rank, shape, settled)) return NULL;
  if (!mfg_shape_contiguous(array->rank, array->shape, array->strides)) {
    array = mfg_copy(scope, array);
    if (!mfg_scope_viewable(scope, array, "mfg_reshape")) return NULL;
  }
  mfg_shape_strides(rank, settled, strides);
  return mfg_scope_view(scope, array, rank, settled, array->offset, strides);
}

/* ---- joining --------------------------------------------------------------------------------- */

static bool joined_shape(mfg_scope *scope, int count, mfg_array *const *arrays, int axis,
                         mfg_dtype *type, int64_t *shape) {
  *type = arrays[0]->type;
  memcpy(shape, arrays[0]->shape, sizeof arrays[0]->shape);
  for (int i = 1; i < count; i++) {
    const mfg_array *array = arrays[i];
    if (!mfg_scope_accepts(scope, array, "mfg_concat")) return false;
    bool fits = array->rank == arrays[0]->rank;
    for (int a = 0; fits && a < array->rank; a++)
      fits = a == axis || array->shape[a] == shape[a];
    if (!fits) {
      mfg_scope_error(scope, MFG_ERROR_SHAPE,
                      "mfg_concat: array %d does not fit the first outside of axis %d", i, axis);
      return false;
    }
    shape[axis] += array->shape[axis];
    if (!mfg_shape_fits(1, &shape[axis])) {
      mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_concat: the result has too many elements");
      return false;
    }
    *type = mfg_type_promote(*type, array->type);
  }
  return true;
}

mfg_array *mfg_concat(mfg_scope *scope, int count, mfg_array *const *arrays, int axis) {
  if (!mfg_scope_usable(scope)) return NULL;
  if (count < 1 || arrays == NULL)
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT, "mfg_concat: of %d arrays", count);
  if (!mfg_scope_accepts(scope, arrays[0], "mfg_concat")) return NULL;
  int found = mfg_scope_axis(scope, axis, arrays[0]->rank, "mfg_concat");
  mfg_dtype type = 0;
  int64_t shape[MFG_MAX_RANK];
  if (found < 0 || !joined_shape(scope, count, arrays, found, &type, shape)) return NULL;
  mfg_array *joined = mfg_empty(scope, type, arrays[0]->rank, shape);
  int64_t place = 0;
  for (int i = 0; i < count && joined != NULL; i++) {
    int64_t next = place + arrays[i]->shape[found];
    mfg_array *part = mfg_slice(scope, joined, found, place, next, 1);
    if (mfg_assign(scope, part, mfg_astype(scope, arrays[i], type)) != MFG_OK) return NULL;
    place = next;
  }
  return joined;
}

mfg_array *mfg_stack(mfg_scope *scope, int count, mfg_array *const *arrays, int axis) {
  if (!mfg_scope_usable(scope)) return NULL;
  if (count < 1 || arrays == NULL || count > 4096)
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT, "mfg_stack: of %d arrays", count);
  mfg_array *expanded[4096];
  for (int i = 0; i < count; i++) {
    expanded[i] = mfg_expand_axis(scope, arrays[i], axis);
    if (expanded[i] == NULL) return NULL;
  }
  return mfg_concat(scope, count, expanded, axis < 0 ? axis + expanded[0]->rank : axis);
}
