/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrays over somebody else's memory. */
#include <mfg/sdk.h>
#include <stdlib.h>

#include "array/context_private.h"
#include "array/handle.h"
#include "array/recording.h"
#include "dlpack/host.h"
#include "dlpack/tensor.h"
#include "support/error.h"

/* The plugin's buffer over the memory, or NULL where it cannot use it in place. */
static mfg_plugin_buffer *import_in_place(mfg_context *context, const DLTensor *tensor,
                                          const mfg_tensor_view *view) {
  const mfg_plugin_buffer_table *buffers = context->plugin->buffer;
  size_t element = mfg_dtype_size(view->type);
  char *lowest = view->first + view->low * (int64_t)element;
  mfg_plugin_buffer *buffer = NULL;
  MFG_PLUGIN_ERROR(error);
  if (view->bytes == 0 || (uintptr_t)lowest % element != 0) return NULL;
  if (buffers->import_dlpack != NULL &&
      buffers->import_dlpack(context->device, (int32_t)tensor->device.device_type,
                             tensor->device.device_id, lowest, view->bytes, &buffer,
                             &error) == MFG_OK)
    return buffer;
  if (buffers->import_host != NULL && tensor->device.device_type == kDLCPU &&
      buffers->import_host(context->device, lowest, view->bytes, &buffer, &error) == MFG_OK)
    return buffer;
  return NULL;
}

/* The array over an imported block; takes over the buffer, also when it fails. */
static mfg_array *adopt_buffer(mfg_scope *scope, mfg_plugin_buffer *buffer,
                               const mfg_tensor_view *view, void (*release)(void *), void *foreign,
                               bool *owned) {
  mfg_context *context = scope->context;
  mfg_block *block = mfg_block_import(context, buffer, view->bytes, release, foreign);
  if (block == NULL) {
    context->plugin->buffer->free(context->device, buffer);
    mfg_scope_keep_error(scope, MFG_ERROR_OUT_OF_MEMORY);
    return NULL;
  }
  mfg_value *leaf = mfg_value_leaf(context, block, view->type, view->rank, view->shape, -view->low,
                                   view->strides);
  mfg_array *array = mfg_scope_adopt(scope, leaf);
  mfg_status status = array != NULL ? mfg_array_materialise(array) : MFG_ERROR_OUT_OF_MEMORY;
  if (status != MFG_OK) {
    block->foreign_release = NULL; /* the tensor stays the caller's */
    mfg_scope_keep_error(scope, status);
    array = NULL;
  }
  *owned = array != NULL;
  mfg_block_release(block);
  return array;
}

static mfg_array *copy_from_host(mfg_scope *scope, const mfg_tensor_view *view) {
  uint64_t bytes = (uint64_t)mfg_shape_size(view->rank, view->shape) * mfg_dtype_size(view->type);
  void *data = malloc(bytes > 0 ? bytes : 1);
  if (data == NULL) {
    mfg_scope_keep_error(scope, mfg_fail_memory(bytes, "copying a DLPack tensor"));
    return NULL;
  }
  mfg_array *array = NULL;
  if (mfg_scope_keep_error(scope, mfg_host_pack(view, data)) == MFG_OK)
    array = mfg_from_host(scope, view->type, view->rank, view->shape, data);
  free(data);
  return array;
}

static mfg_array *import(mfg_scope *scope, const DLTensor *tensor, bool read_only,
                         void (*release)(void *), void *foreign) {
  mfg_tensor_view view;
  bool owned = false;
  mfg_status status = mfg_recording_refuse(scope->context, "mfg_from_dlpack");
  if (status == MFG_OK) status = mfg_tensor_check(tensor, &view);
  if (mfg_scope_keep_error(scope, status) != MFG_OK) return NULL;
  if (!mfg_context_supports(scope->context, view.type))
    return mfg_scope_error(scope, MFG_ERROR_TYPE, "mfg_from_dlpack: %s has no %s",
                           mfg_context_device(scope->context), mfg_dtype_name(view.type));
  mfg_plugin_buffer *buffer = import_in_place(scope->context, tensor, &view);
  if (buffer != NULL) {
    mfg_array *array = adopt_buffer(scope, buffer, &view, release, foreign, &owned);
    if (array != NULL) array->read_only = read_only;
    return array;
  }
  if (tensor->device.device_type != kDLCPU)
    return mfg_scope_error(
        scope, MFG_ERROR_UNSUPPORTED,
        "mfg_from_dlpack: memory of device type %d, device %d; %s cannot reach it",
        (int)tensor->device.device_type, tensor->device.device_id,
        mfg_context_device(scope->context));
  mfg_array *array = copy_from_host(scope, &view);
  if (array != NULL) release(foreign);
  return array;
}

static void release_plain(void *foreign) {
  DLManagedTensor *tensor = foreign;
  if (tensor->deleter != NULL) tensor->deleter(tensor);
}

static void release_versioned(void *foreign) {
  DLManagedTensorVersioned *tensor = foreign;
  if (tensor->deleter != NULL) tensor->deleter(tensor);
}

mfg_array *mfg_from_dlpack(mfg_scope *scope, DLManagedTensor *tensor) {
  if (!mfg_scope_usable(scope)) return NULL;
  return import(scope, tensor == NULL ? NULL : &tensor->dl_tensor, false, release_plain, tensor);
}

mfg_array *mfg_from_dlpack_versioned(mfg_scope *scope, DLManagedTensorVersioned *tensor) {
  if (!mfg_scope_usable(scope)) return NULL;
  if (tensor != NULL && tensor->version.major != 1)
    return mfg_scope_error(scope, MFG_ERROR_UNSUPPORTED,
                           "mfg_from_dlpack_versioned: version %u.%u of DLPack; expected 1.x",
                           tensor->version.major, tensor->version.minor);
  return import(scope, tensor == NULL ? NULL : &tensor->dl_tensor,
                tensor != NULL && (tensor->flags & DLPACK_FLAG_BITMASK_READ_ONLY) != 0,
                release_versioned, tensor);
}
