/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "array/gather.h"

#include <mfg/indexing.h>
#include <mfg/sdk.h>

#include "array/complex.h"
#include "array/context_private.h"
#include "array/promotion.h"

/* ---- the node -------------------------------------------------------------------------------- */

mfg_array *mfg_gather(mfg_scope *scope, const mfg_array *source, const mfg_array *index, int axis,
                      int rank, const int64_t *shape) {
  if (!mfg_scope_accepts(scope, source, "mfg_take") || !mfg_scope_accepts(scope, index, "mfg_take"))
    return NULL;
  if (mfg_type_is_complex(source->type))
    return mfg_complex(
        scope, mfg_gather(scope, mfg_part_view(scope, source, 0), index, axis, rank, shape),
        mfg_gather(scope, mfg_part_view(scope, source, 1), index, axis, rank, shape));
  mfg_status status = MFG_OK;
  mfg_value *values[2] = {mfg_array_leaf(source, &status), mfg_scope_value(scope, index)};
  mfg_value *taken = NULL;
  if (values[0] != NULL && values[1] != NULL)
    taken = mfg_value_node(scope->context, MFG_VALUE_GATHER, source->type, rank, shape, 2, values);
  else
    mfg_scope_keep_error(scope, status != MFG_OK ? status : MFG_ERROR_OUT_OF_MEMORY);
  if (taken != NULL) taken->node.axis = (uint8_t)axis;
  mfg_value_release(values[0]);
  mfg_value_release(values[1]);
  return mfg_scope_adopt(scope, taken);
}

/* ---- indices --------------------------------------------------------------------------------- */

/* Eager mode is for finding errors: there the entries are looked at. */
static bool check_entries(mfg_scope *scope, const mfg_array *index, int64_t extent,
                          const char *operation) {
  if (!scope->context->eager || scope->context->recording != NULL) return true;
  mfg_array *below = mfg_less(scope, index, -extent);
  mfg_array *beyond = mfg_greater_equal(scope, index, extent);
  mfg_array *outside = mfg_any(scope, mfg_logical_or(scope, below, beyond), MFG_ALL_AXES);
  if (mfg_item(scope, outside) != 0 && mfg_scope_status(scope) == MFG_OK)
    mfg_scope_error(scope, MFG_ERROR_SHAPE, "%s: an index is outside of an axis of %lld elements",
                    operation, (long long)extent);
  return mfg_scope_status(scope) == MFG_OK;
}

mfg_array *mfg_index_counted(mfg_scope *scope, const mfg_array *index, int64_t extent,
                             const char *operation) {
  if (!mfg_scope_accepts(scope, index, operation)) return NULL;
  if (!mfg_type_is_integer(index->type))
    return mfg_scope_error(scope, MFG_ERROR_TYPE, "%s: the index is %s; expected integers",
                           operation, mfg_dtype_name(index->type));
  if (extent == 0 && mfg_array_size(index) > 0)
    return mfg_scope_error(scope, MFG_ERROR_SHAPE, "%s: from an axis without elements", operation);
  if (index->type != MFG_INT32 || extent > INT32_MAX) index = mfg_astype(scope, index, MFG_INT64);
  if (index == NULL || !check_entries(scope, index, extent, operation)) return NULL;
  mfg_array *from_end = mfg_add(scope, index, extent);
  return mfg_where(scope, mfg_less(scope, index, 0), from_end, index);
}

mfg_array *mfg_index_joined(mfg_scope *scope, const mfg_array *array, int count,
                            mfg_array *const *indices, bool mark, const char *operation) {
  if (!mfg_scope_accepts(scope, array, operation)) return NULL;
  if (count < 1 || count > array->rank || indices == NULL)
    return mfg_scope_error(scope, MFG_ERROR_SHAPE, "%s: %d integer arrays for an array of rank %d",
                           operation, count, array->rank);
  mfg_array *joined = NULL;
  mfg_array *valid = NULL;
  for (int i = 0; i < count; i++) {
    int64_t extent = array->shape[i];
    mfg_array *counted = mfg_index_counted(scope, indices[i], extent, operation);
    counted = counted != NULL ? mfg_astype(scope, counted, MFG_INT64) : NULL;
    mfg_array *within = mfg_logical_and(scope, mfg_greater_equal(scope, counted, 0),
                                        mfg_less(scope, counted, extent));
    valid = i == 0 ? within : mfg_logical_and(scope, valid, within);
    /* An entry out of range must not slip into another row. */
    mfg_array *inside = mfg_maximum(scope, counted, 0);
    inside = mfg_minimum(scope, inside, extent > 0 ? extent - 1 : 0);
    joined = i == 0 ? inside : mfg_add(scope, mfg_mul(scope, joined, extent), inside);
  }
  return mark ? mfg_where(scope, valid, joined, -1) : joined;
}

/* ---- taking ---------------------------------------------------------------------------------- */

mfg_array *mfg_take(mfg_scope *scope, const mfg_array *array, const mfg_array *index, int axis) {
  if (!mfg_scope_accepts(scope, array, "mfg_take") || !mfg_scope_accepts(scope, index, "mfg_take"))
    return NULL;
  int found = mfg_scope_axis(scope, axis, array->rank, "mfg_take");
  if (found < 0) return NULL;
  if (!mfg_type_is_integer(index->type) || index->rank != 1)
    return mfg_scope_error(scope, MFG_ERROR_TYPE,
                           "mfg_take: the index is %s of rank %d; expected integers of rank 1",
                           mfg_dtype_name(index->type), index->rank);
  mfg_array *counted = mfg_index_counted(scope, index, array->shape[found], "mfg_take");
  int64_t along[MFG_MAX_RANK];
  int64_t shape[MFG_MAX_RANK];
  for (int a = 0; a < array->rank; a++) {
    along[a] = a == found ? index->shape[0] : 1;
    shape[a] = a == found ? index->shape[0] : array->shape[a];
  }
  if (array->rank > 1) counted = mfg_reshape(scope, counted, array->rank, along);
  return mfg_gather(scope, array, counted, found, array->rank, shape);
}

mfg_array *mfg_take_along_axis(mfg_scope *scope, const mfg_array *array, const mfg_array *index,
                               int axis) {
  if (!mfg_scope_accepts(scope, array, "mfg_take_along_axis") ||
      !mfg_scope_accepts(scope, index, "mfg_take_along_axis"))
    return NULL;
  int found = mfg_scope_axis(scope, axis, array->rank, "mfg_take_along_axis");
  if (found < 0) return NULL;
  bool fits = index->rank == array->rank;
  int64_t shape[MFG_MAX_RANK];
  for (int a = 0; fits && a < array->rank; a++) {
    int64_t own = array->shape[a];
    shape[a] = a == found || own == 1 ? index->shape[a] : own;
    fits = a == found || own == 1 || index->shape[a] == 1 || index->shape[a] == own;
  }
  if (!fits) {
    char of[192];
    char by[192];
    return mfg_scope_error(scope, MFG_ERROR_SHAPE,
                           "mfg_take_along_axis: an index of shape %s into an array of shape %s",
                           mfg_shape_text(index->rank, index->shape, by, sizeof by),
                           mfg_shape_text(array->rank, array->shape, of, sizeof of));
  }
  mfg_array *counted = mfg_index_counted(scope, index, array->shape[found], "mfg_take_along_axis");
  return mfg_gather(scope, array, counted, found, array->rank, shape);
}

mfg_array *mfg_first_axes_joined(mfg_scope *scope, const mfg_array *array, int count) {
  int64_t shape[MFG_MAX_RANK];
  shape[0] = mfg_shape_size(count, array->shape);
  for (int a = count; a < array->rank; a++)
    shape[a - count + 1] = array->shape[a];
  return mfg_reshape(scope, array, array->rank - count + 1, shape);
}

mfg_array *mfg_at_indices(mfg_scope *scope, const mfg_array *array, int count,
                          mfg_array *const *indices) {
  mfg_array *places = mfg_index_joined(scope, array, count, indices, false, "mfg_at_indices");
  if (places == NULL) return NULL;
  int rest = array->rank - count;
  if (places->rank + rest > MFG_MAX_RANK)
    return mfg_scope_error(scope, MFG_ERROR_SHAPE,
                           "mfg_at_indices: a result of %d axes; expected at most %d",
                           places->rank + rest, MFG_MAX_RANK);
  int64_t shape[MFG_MAX_RANK];
  for (int a = 0; a < places->rank; a++)
    shape[a] = places->shape[a];
  for (int a = 0; a < rest; a++)
    shape[places->rank + a] = array->shape[count + a];
  int64_t rows = mfg_array_size(places);
  int64_t taken_shape[MFG_MAX_RANK] = {rows};
  int64_t along[MFG_MAX_RANK] = {rows};
  for (int a = 0; a < rest; a++) {
    taken_shape[a + 1] = array->shape[count + a];
    along[a + 1] = 1;
  }
  mfg_array *source = mfg_first_axes_joined(scope, array, count);
  mfg_array *row = mfg_reshape(scope, places, rest + 1, along);
  mfg_array *taken = mfg_gather(scope, source, row, 0, rest + 1, taken_shape);
  return mfg_reshape(scope, taken, mfg_array_rank(places) + rest, shape);
}
