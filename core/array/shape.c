/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Views and shapes. */
#include <mfg/manipulation.h>
#include <mfg/sdk.h>
#include <stdlib.h>
#include <string.h>

#include "array/context_private.h"
#include "array/handle.h"
#include "array/promotion.h"
#include "support/error.h"

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

/* Strides that show the elements, in C order, under the new shape without moving them; false where
 * there are none. Neighbouring axes that memory walks as one are taken together, and cut anew. */
static bool strides_for(const mfg_array *array, int rank, const int64_t *shape, int64_t *strides) {
  int64_t extents[MFG_MAX_RANK];
  int64_t steps[MFG_MAX_RANK];
  int chunks = 0;
  for (int a = 0; a < array->rank; a++) {
    if (array->shape[a] == 1) continue;
    bool continues = chunks > 0 && steps[chunks - 1] == array->shape[a] * array->strides[a];
    if (!continues) extents[chunks++] = 1;
    extents[chunks - 1] *= array->shape[a];
    steps[chunks - 1] = array->strides[a];
  }
  int axis = 0;
  for (int chunk = 0; chunk < chunks; chunk++) {
    int first = axis;
    int64_t run = 1;
    while (run < extents[chunk])
      run *= shape[axis++];
    if (run != extents[chunk]) return false;
    int64_t step = steps[chunk];
    for (int a = axis - 1; a >= first; a--) {
      strides[a] = step;
      step *= shape[a];
    }
  }
  for (; axis < rank; axis++)
    strides[axis] = 1; /* of extent 1 */
  return true;
}

mfg_array *mfg_reshape_with(mfg_scope *scope, const mfg_array *array, int rank,
                            const int64_t *shape, int copy) {
  if (!mfg_scope_viewable(scope, array, "mfg_reshape")) return NULL;
  if (rank < 0 || rank > MFG_MAX_RANK || (rank > 0 && shape == NULL))
    return mfg_scope_error(scope, MFG_ERROR_SHAPE,
                           "mfg_reshape: rank %d; expected 0 to %d, with a shape", rank,
                           MFG_MAX_RANK);
  int64_t settled[MFG_MAX_RANK];
  int64_t strides[MFG_MAX_RANK];
  if (!settle_shape(scope, mfg_array_size(array), rank, shape, settled)) return NULL;
  mfg_shape_strides(rank, settled, strides);
  bool viewable = mfg_array_size(array) == 0 || strides_for(array, rank, settled, strides);
  if (!viewable && copy == MFG_COPY_NEVER) {
    char from[192];
    char to[192];
    return mfg_scope_error(scope, MFG_ERROR_SHAPE,
                           "mfg_reshape: shape %s as %s cannot be a view of this memory",
                           mfg_shape_text(array->rank, array->shape, from, sizeof from),
                           mfg_shape_text(rank, settled, to, sizeof to));
  }
  if (!viewable || copy == MFG_COPY_ALWAYS) {
    array = mfg_copy(scope, array);
    if (!mfg_scope_viewable(scope, array, "mfg_reshape")) return NULL;
    mfg_shape_strides(rank, settled, strides);
  }
  return mfg_scope_view(scope, array, rank, settled, array->offset, strides);
}

mfg_array *mfg_reshape(mfg_scope *scope, const mfg_array *array, int rank, const int64_t *shape) {
  return mfg_reshape_with(scope, array, rank, shape, MFG_COPY_IF_NEEDED);
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
    *type = mfg_scope_promote(scope, "concat", *type, array->type);
    if (*type == 0) return false;
  }
  return true;
}

/* The arrays with all their elements along one axis, joined. */
static mfg_array *concat_flat(mfg_scope *scope, int count, mfg_array *const *arrays) {
  mfg_array **flat = calloc((size_t)count, sizeof *flat);
  if (flat == NULL) {
    mfg_scope_keep_error(scope, mfg_fail_memory((size_t)count * sizeof *flat, "joining arrays"));
    return NULL;
  }
  for (int i = 0; i < count; i++)
    flat[i] = mfg_reshape(scope, arrays[i], 1, (const int64_t[]){-1});
  mfg_array *joined = mfg_scope_status(scope) == MFG_OK ? mfg_concat(scope, count, flat, 0) : NULL;
  free(flat);
  return joined;
}

mfg_array *mfg_concat(mfg_scope *scope, int count, mfg_array *const *arrays, int axis) {
  if (!mfg_scope_usable(scope)) return NULL;
  if (count < 1 || arrays == NULL)
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT, "mfg_concat: of %d arrays", count);
  if (!mfg_scope_accepts(scope, arrays[0], "mfg_concat")) return NULL;
  if (axis == MFG_NO_AXIS) return concat_flat(scope, count, arrays);
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
  if (count < 1 || arrays == NULL)
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT, "mfg_stack: of %d arrays", count);
  if (!mfg_scope_accepts(scope, arrays[0], "mfg_stack")) return NULL;
  int rank = arrays[0]->rank;
  if (rank == MFG_MAX_RANK)
    return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_stack: more than %d axes", MFG_MAX_RANK);
  int found = mfg_scope_axis(scope, axis, rank + 1, "mfg_stack");
  if (found < 0) return NULL;
  mfg_dtype type = arrays[0]->type;
  for (int i = 1; i < count; i++) {
    if (!mfg_scope_accepts(scope, arrays[i], "mfg_stack")) return NULL;
    if (arrays[i]->rank != rank || !mfg_shape_equal(rank, arrays[i]->shape, arrays[0]->shape))
      return mfg_scope_error(scope, MFG_ERROR_SHAPE,
                             "mfg_stack: array %d has another shape than the first", i);
    type = mfg_scope_promote(scope, "stack", type, arrays[i]->type);
    if (type == 0) return NULL;
  }
  int64_t shape[MFG_MAX_RANK] = {0};
  for (int a = 0; a <= rank; a++)
    shape[a] = a == found ? count : arrays[0]->shape[a < found ? a : a - 1];
  mfg_array *stacked = mfg_empty(scope, type, rank + 1, shape);
  for (int i = 0; i < count && stacked != NULL; i++) {
    mfg_array *part = mfg_at(scope, stacked, found, i);
    if (mfg_assign(scope, part, mfg_astype(scope, arrays[i], type)) != MFG_OK) return NULL;
  }
  return stacked;
}
