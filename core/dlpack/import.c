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

/* Memory that a plugin is asked to use in place. */
typedef struct foreign_memory {
  void *memory;
  uint64_t bytes;
  int64_t offset; /* elements from there to the element at index 0 */
} foreign_memory;

/* From the lowest to the highest element; but OpenCL's data pointer is a handle, with which nothing
 * is calculated, so that the memory begins at the handle's own start. */
static bool find_memory(const DLTensor *tensor, const mfg_tensor_view *view,
                        foreign_memory *found) {
  const int64_t element = (int64_t)mfg_dtype_size(view->type);
  if (view->bytes == 0) return false;
  if (tensor->device.device_type != kDLOpenCL) {
    char *lowest = view->first + view->low * element;
    *found = (foreign_memory){lowest, view->bytes, -view->low};
    return (uintptr_t)lowest % mfg_dtype_size(mfg_real_type(view->type)) == 0;
  }
  if (tensor->byte_offset > INT64_MAX / 2 || tensor->byte_offset % (uint64_t)element != 0)
    return false;
  const int64_t lowest = (int64_t)tensor->byte_offset + view->low * element;
  if (lowest < 0) return false;
  *found = (foreign_memory){tensor->data, (uint64_t)lowest + view->bytes,
                            (int64_t)tensor->byte_offset / element};
  return true;
}

/* The plugin's buffer over the memory, or NULL where it cannot use it in place. */
static mfg_plugin_buffer *import_in_place(mfg_context *context, const DLTensor *tensor,
                                          const foreign_memory *foreign) {
  const mfg_plugin_buffer_table *buffers = context->plugin->buffer;
  mfg_plugin_buffer *buffer = NULL;
  MFG_PLUGIN_ERROR(error);
  if (buffers->import_dlpack != NULL &&
      buffers->import_dlpack(context->device, (int32_t)tensor->device.device_type,
                             tensor->device.device_id, foreign->memory, foreign->bytes, &buffer,
                             &error) == MFG_OK)
    return buffer;
  if (buffers->import_host != NULL && tensor->device.device_type == kDLCPU &&
      buffers->import_host(context->device, foreign->memory, foreign->bytes, &buffer, &error) ==
          MFG_OK)
    return buffer;
  return NULL;
}

/* The array over an imported block; takes over the buffer, also when it fails. */
static mfg_array *adopt_buffer(mfg_scope *scope, mfg_plugin_buffer *buffer,
                               const mfg_tensor_view *view, const foreign_memory *memory,
                               void (*release)(void *), void *foreign, bool *owned) {
  mfg_context *context = scope->context;
  mfg_block *block = mfg_block_import(context, buffer, memory->bytes, release, foreign);
  if (block == NULL) {
    context->plugin->buffer->free(context->device, buffer);
    mfg_scope_keep_error(scope, MFG_ERROR_OUT_OF_MEMORY);
    return NULL;
  }
  mfg_value *leaf = mfg_value_leaf(context, block, view->type, view->rank, view->shape,
                                   memory->offset, view->strides);
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
  foreign_memory memory;
  mfg_plugin_buffer *buffer =
      find_memory(tensor, &view, &memory) ? import_in_place(scope->context, tensor, &memory) : NULL;
  if (buffer != NULL) {
    mfg_array *array = adopt_buffer(scope, buffer, &view, &memory, release, foreign, &owned);
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
