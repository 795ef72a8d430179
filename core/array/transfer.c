/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between host and device, and between contexts. */
#include <math.h>
#include <mfg/complex.h>
#include <mfg/sdk.h>
#include <stdlib.h>
#include <string.h>

#include "array/context_private.h"
#include "array/handle.h"
#include "array/promotion.h"
#include "array/recording.h"
#include "fusion/fusion.h"
#include "support/error.h"

mfg_array *mfg_from_host(mfg_scope *scope, mfg_dtype type, int rank, const int64_t *shape,
                         const void *data) {
  if (!mfg_scope_usable(scope)) return NULL;
  mfg_context *context = scope->context;
  /* The upload happens now, also while a recording is open: the memory is not the recording's. */
  struct mfg_frame *frame = context->frame;
  context->frame = NULL;
  mfg_array *array = mfg_empty(scope, type, rank, shape);
  context->frame = frame;
  if (array == NULL) return NULL;
  size_t bytes = (size_t)mfg_array_size(array) * mfg_dtype_size(type);
  if (bytes == 0) return array;
  if (data == NULL)
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT, "mfg_from_host: data is NULL");
  context->bytes_to_device += bytes;
  MFG_PLUGIN_ERROR(error);
  mfg_status status = context->plugin->buffer->upload(
      context->queue, array->value->leaf.block->buffer, 0, data, bytes, &error);
  if (status == MFG_OK) return array;
  mfg_scope_keep_error(
      scope, mfg_context_plugin_failed(context, &error, status, "copying host data to the device"));
  return NULL;
}

static mfg_status download(mfg_context *context, const mfg_value *leaf, void *data, size_t bytes) {
  MFG_PLUGIN_ERROR(error);
  mfg_status status = context->plugin->buffer->download(
      context->queue, leaf->leaf.block->buffer,
      (uint64_t)leaf->leaf.offset * mfg_dtype_size(leaf->type), data, bytes, &error);
  if (status == MFG_OK) return MFG_OK;
  return mfg_context_plugin_failed(context, &error, status, "copying an array to the host");
}

/* Gathers the elements of a strided view on the device first. */
static mfg_status download_view(mfg_context *context, const mfg_value *leaf, void *data,
                                size_t bytes) {
  mfg_status status = MFG_OK;
  mfg_block *block = mfg_block_new(context, bytes, 0, &status);
  if (block == NULL) return status;
  status = mfg_copy_view(context, 0, block, leaf->leaf.block, leaf->type, leaf->rank, leaf->shape,
                         leaf->leaf.offset, leaf->leaf.strides);
  if (status == MFG_OK) {
    MFG_PLUGIN_ERROR(error);
    status =
        context->plugin->buffer->download(context->queue, block->buffer, 0, data, bytes, &error);
    if (status != MFG_OK)
      status = mfg_context_plugin_failed(context, &error, status, "copying an array to the host");
  }
  mfg_block_release(block);
  return status;
}

mfg_status mfg_to_host(mfg_array *array, void *data, size_t bytes) {
  if (array == NULL)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "mfg_to_host: an array was expected; found NULL");
  mfg_context *context = array->context;
  mfg_status status = mfg_context_check(context);
  if (status == MFG_OK) status = mfg_recording_refuse(context, "mfg_to_host");
  if (status != MFG_OK) return status;
  size_t expected = (size_t)mfg_array_size(array) * mfg_dtype_size(array->type);
  if (bytes != expected)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT,
                    "mfg_to_host: room for %zu bytes; the array has %zu", bytes, expected);
  if (bytes == 0) return MFG_OK;
  if (data == NULL) return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "mfg_to_host: data is NULL");
  mfg_value *leaf = mfg_array_leaf(array, &status);
  if (leaf == NULL) return status;
  context->bytes_to_host += bytes;
  status = mfg_shape_contiguous(leaf->rank, leaf->shape, leaf->leaf.strides)
               ? download(context, leaf, data, bytes)
               : download_view(context, leaf, data, bytes);
  mfg_value_release(leaf);
  return status;
}

/* The one element: of a complex array, its parts. False with the error in the scope. */
static bool read_item(mfg_scope *scope, mfg_array *array, const char *operation,
                      mfg_scalar parts[2]) {
  if (!mfg_scope_accepts(scope, array, operation)) return false;
  if (mfg_array_size(array) != 1) {
    char text[192];
    mfg_scope_error(scope, MFG_ERROR_SHAPE, "%s: of an array of shape %s; expected one element",
                    operation, mfg_shape_text(array->rank, array->shape, text, sizeof text));
    return false;
  }
  char bytes[2 * sizeof(mfg_scalar)] = {0};
  size_t size = mfg_dtype_size(mfg_real_type(array->type));
  mfg_status status = mfg_to_host(array, bytes, mfg_dtype_size(array->type));
  memcpy(&parts[0], bytes, size);
  memcpy(&parts[1], bytes + size, size);
  return mfg_scope_keep_error(scope, status) == MFG_OK;
}

double mfg_item(mfg_scope *scope, mfg_array *array) {
  mfg_scalar parts[2] = {{.bits = 0}, {.bits = 0}};
  if (array != NULL && mfg_is_dtype(array->type, MFG_KIND_COMPLEX_FLOAT)) {
    if (mfg_scope_usable(scope))
      mfg_scope_error(scope, MFG_ERROR_TYPE, "mfg_item: of %s; expected mfg_item_complex",
                      mfg_dtype_name(array->type));
    return NAN;
  }
  if (!read_item(scope, array, "mfg_item", parts)) return NAN;
  return mfg_scalar_to_real(array->type, parts[0]);
}

mfg_complex_number mfg_item_complex(mfg_scope *scope, mfg_array *array) {
  mfg_scalar parts[2] = {{.bits = 0}, {.bits = 0}};
  if (!read_item(scope, array, "mfg_item_complex", parts)) return (mfg_complex_number){NAN, NAN};
  mfg_dtype real = mfg_real_type(array->type);
  return (mfg_complex_number){mfg_scalar_to_real(real, parts[0]),
                              real == array->type ? 0 : mfg_scalar_to_real(real, parts[1])};
}

mfg_array *mfg_copy(mfg_scope *scope, const mfg_array *array) {
  if (!mfg_scope_accepts(scope, array, "mfg_copy")) return NULL;
  mfg_array *copy = mfg_empty(scope, array->type, array->rank, array->shape);
  if (copy == NULL || mfg_assign(scope, copy, array) != MFG_OK) return NULL;
  return copy;
}

mfg_array *mfg_to_backend(mfg_scope *scope, mfg_array *array) {
  if (!mfg_scope_usable(scope)) return NULL;
  if (array == NULL)
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT,
                           "mfg_to_backend: an array was expected; found NULL");
  if (array->context == scope->context) return mfg_copy(scope, array);
  size_t bytes = (size_t)mfg_array_size(array) * mfg_dtype_size(array->type);
  void *data = malloc(bytes > 0 ? bytes : 1);
  if (data == NULL) {
    mfg_scope_keep_error(scope, mfg_fail_memory(bytes, "moving an array"));
    return NULL;
  }
  mfg_status status = mfg_to_host(array, data, bytes);
  mfg_array *moved = NULL;
  if (mfg_scope_keep_error(scope, status) == MFG_OK)
    moved = mfg_from_host(scope, array->type, array->rank, array->shape, data);
  free(data);
  return moved;
}
