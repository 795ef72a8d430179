/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sorting along an axis, and searching sorted arrays. */
#include <mfg/sdk.h>
#include <mfg/sorting.h>

#include "array/context_private.h"
#include "array/extension.h"
#include "array/order.h"
#include "array/promotion.h"
#include "array/recording.h"
#include "fusion/fusion.h"
#include "fusion/writer.h"

/* ---- memory ---------------------------------------------------------------------------------- */

/* The elements in C order in a block of their own. NULL with the error in the scope. */
static mfg_block *block_with(mfg_scope *scope, const mfg_array *array) {
  mfg_context *context = scope->context;
  mfg_status status = MFG_OK;
  if (array == NULL) return NULL;
  mfg_value *leaf = mfg_array_leaf(array, &status);
  if (leaf != NULL && leaf->leaf.snapshot >= 0) status = mfg_recording_activate(context, leaf);
  mfg_block *block = NULL;
  uint32_t frame = mfg_context_frame(context);
  uint64_t bytes = (uint64_t)mfg_array_size(array) * mfg_dtype_size(array->type);
  if (status == MFG_OK) block = mfg_block_new(context, bytes, frame, &status);
  if (block != NULL)
    status = mfg_copy_view(context, frame, block, leaf->leaf.block, leaf->type, leaf->rank,
                           leaf->shape, leaf->leaf.offset, leaf->leaf.strides);
  mfg_value_release(leaf);
  if (mfg_scope_keep_error(scope, status) == MFG_OK) return block;
  mfg_block_release(block);
  return NULL;
}

/* A block that holds the index along each line. */
static mfg_block *block_with_positions(mfg_scope *scope, const mfg_lines *lines) {
  mfg_status status = MFG_OK;
  const int64_t extents[2] = {lines->lines, lines->length};
  uint64_t bytes = (uint64_t)mfg_shape_size(2, extents) * sizeof(int64_t);
  mfg_block *block = mfg_block_new(lines->context, bytes, lines->frame, &status);
  if (block != NULL) {
    mfg_written_operand operand = {.block = block, .type = MFG_INT64, .rank = 2};
    operand.extents[0] = extents[0];
    operand.extents[1] = extents[1];
    mfg_writer writer = mfg_writer_open(lines->context, 2, extents);
    if (writer.status == MFG_OK) mfg_write_output(&writer, &operand, mfg_write_index(&writer, 1));
    status = mfg_writer_launch(&writer, lines->frame);
  }
  if (mfg_scope_keep_error(scope, status) == MFG_OK) return block;
  mfg_block_release(block);
  return NULL;
}

/* An array over a block that holds its elements in C order; takes over the block. */
static mfg_array *array_over(mfg_scope *scope, mfg_block *block, mfg_dtype type, int rank,
                             const int64_t *shape) {
  if (block == NULL) return NULL;
  int64_t strides[MFG_MAX_RANK];
  mfg_shape_strides(rank, shape, strides);
  mfg_value *leaf = mfg_value_leaf(scope->context, block, type, rank, shape, 0, strides);
  mfg_block_release(block);
  return mfg_scope_adopt(scope, leaf);
}

/* ---- sorting --------------------------------------------------------------------------------- */

/* The array as one of a type that has an order in kernels; bool as a number. */
static mfg_array *with_order(mfg_scope *scope, const mfg_array *array, const char *operation) {
  if (array == NULL) return NULL;
  if (array->type == MFG_COMPLEX64 || array->type == MFG_COMPLEX128)
    return mfg_scope_error(scope, MFG_ERROR_TYPE, "%s: %s has no order", operation,
                           mfg_dtype_name(array->type));
  return array->type == MFG_BOOL ? mfg_astype(scope, array, MFG_INT32)
                                 : (mfg_array *)(uintptr_t)array;
}

/* The array with `axis` as its last one, and back. */
static mfg_array *move_axis(mfg_scope *scope, mfg_array *array, int from, int to) {
  if (array == NULL || from == to) return array;
  int order[MFG_MAX_RANK];
  int next = 0;
  for (int a = 0; a < array->rank; a++) {
    if (next == from) next++;
    order[a] = a == to ? from : next++;
  }
  return mfg_permute(scope, array, order);
}

/* By the plugin's own means where it has some, else by kernels. */
static mfg_status sort_lines(const mfg_lines *lines, mfg_block **keys, mfg_block **positions) {
  mfg_context *context = lines->context;
  const mfg_plugin_sort_table *table = mfg_extension_sort(context, lines->type);
  if (table == NULL) return mfg_order_sort(lines, keys, positions);
  mfg_sort_request request = {.struct_size = sizeof request,
                              .type = lines->type,
                              .descending = lines->descending,
                              .lines = lines->lines,
                              .length = lines->length,
                              .keys = (*keys)->buffer,
                              .positions = positions != NULL ? (*positions)->buffer : NULL};
  MFG_PLUGIN_ERROR(error);
  mfg_status status = table->sort(context->queue, &request, &error);
  if (status == MFG_OK) return MFG_OK;
  return mfg_context_plugin_failed(context, &error, status, "sorting on the device");
}

/* Sorts along an axis; yields the keys, or their positions. */
static mfg_array *sort_axis(mfg_scope *scope, const mfg_array *array, int axis, bool descending,
                            bool want_positions, const char *operation) {
  if (!mfg_scope_accepts(scope, array, operation)) return NULL;
  int found = mfg_scope_axis(scope, axis, array->rank, operation);
  if (found < 0) return NULL;
  int last = array->rank - 1;
  mfg_array *ordered = move_axis(scope, with_order(scope, array, operation), found, last);
  mfg_block *keys = block_with(scope, ordered);
  if (keys == NULL) return NULL;
  int64_t length = array->shape[found];
  mfg_lines lines = {.context = scope->context,
                     .frame = mfg_context_frame(scope->context),
                     .type = ordered->type,
                     .length = length,
                     .lines = length > 0 ? mfg_array_size(array) / length : 0,
                     .descending = descending};
  mfg_block *positions = want_positions ? block_with_positions(scope, &lines) : NULL;
  if (mfg_scope_status(scope) == MFG_OK)
    mfg_scope_keep_error(scope, sort_lines(&lines, &keys, want_positions ? &positions : NULL));
  mfg_block *wanted = want_positions ? positions : keys;
  if (want_positions) mfg_block_release(keys);
  if (mfg_scope_status(scope) != MFG_OK) {
    mfg_block_release(wanted);
    return NULL;
  }
  mfg_dtype type = want_positions ? (mfg_dtype)MFG_INT64 : lines.type;
  mfg_array *sorted = array_over(scope, wanted, type, ordered->rank, ordered->shape);
  if (!want_positions && type != array->type) sorted = mfg_astype(scope, sorted, array->type);
  return move_axis(scope, sorted, last, found);
}

mfg_array *mfg_sort(mfg_scope *scope, const mfg_array *array, int axis, bool descending) {
  return sort_axis(scope, array, axis, descending, false, "mfg_sort");
}

mfg_array *mfg_argsort(mfg_scope *scope, const mfg_array *array, int axis, bool descending) {
  return sort_axis(scope, array, axis, descending, true, "mfg_argsort");
}

/* ---- searching ------------------------------------------------------------------------------- */

static bool check_lookup(mfg_scope *scope, const mfg_array *sorted, const mfg_array *values,
                         const mfg_array *order) {
  if (!mfg_scope_accepts(scope, sorted, "mfg_searchsorted") ||
      !mfg_scope_accepts(scope, values, "mfg_searchsorted") ||
      (order != NULL && !mfg_scope_accepts(scope, order, "mfg_searchsorted")))
    return false;
  if (sorted->rank != 1)
    mfg_scope_error(scope, MFG_ERROR_SHAPE,
                    "mfg_searchsorted: the sorted array has rank %d; expected 1", sorted->rank);
  else if (order != NULL && (order->rank != 1 || order->shape[0] != sorted->shape[0]))
    mfg_scope_error(scope, MFG_ERROR_SHAPE,
                    "mfg_searchsorted: the order has another shape than the sorted array");
  else if (order != NULL && !mfg_type_is_integer(order->type))
    mfg_scope_error(scope, MFG_ERROR_TYPE, "mfg_searchsorted: the order is %s; expected integers",
                    mfg_dtype_name(order->type));
  return mfg_scope_status(scope) == MFG_OK;
}

mfg_array *mfg_searchsorted(mfg_scope *scope, const mfg_array *sorted, const mfg_array *values,
                            bool right, const mfg_array *order) {
  if (!check_lookup(scope, sorted, values, order)) return NULL;
  if (sorted->shape[0] == 0 || mfg_array_size(values) == 0)
    return mfg_zeros(scope, MFG_INT64, values->rank, values->shape);
  mfg_array *keys = with_order(scope, sorted, "mfg_searchsorted");
  mfg_array *wanted = with_order(scope, values, "mfg_searchsorted");
  if (keys == NULL || wanted == NULL) return NULL;
  mfg_dtype type = mfg_scope_promote(scope, "searchsorted", keys->type, wanted->type);
  if (type == 0) return NULL;
  mfg_context *context = scope->context;
  mfg_status status = MFG_OK;
  mfg_lookup lookup = {.context = context,
                       .frame = mfg_context_frame(context),
                       .type = type,
                       .length = sorted->shape[0],
                       .count = mfg_array_size(values),
                       .right = right};
  lookup.keys = block_with(scope, mfg_astype(scope, keys, type));
  lookup.values = block_with(scope, mfg_astype(scope, wanted, type));
  if (order != NULL) lookup.order = block_with(scope, mfg_astype(scope, order, MFG_INT64));
  if (mfg_scope_status(scope) == MFG_OK)
    lookup.found =
        mfg_block_new(context, (uint64_t)lookup.count * sizeof(int64_t), lookup.frame, &status);
  if (lookup.found != NULL) status = mfg_order_search(&lookup);
  mfg_block_release(lookup.keys);
  mfg_block_release(lookup.values);
  mfg_block_release(lookup.order);
  if (mfg_scope_keep_error(scope, status) == MFG_OK)
    return array_over(scope, lookup.found, MFG_INT64, values->rank, values->shape);
  mfg_block_release(lookup.found);
  return NULL;
}
