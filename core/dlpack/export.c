/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Passing an array's memory on. */
#include <mfg/sdk.h>
#include <stdlib.h>
#include <string.h>

#include "array/context_private.h"
#include "array/handle.h"
#include "array/recording.h"
#include "dlpack/tensor.h"
#include "fusion/fusion.h"
#include "support/error.h"

/* What an exported tensor holds on to. Both forms share it. */
typedef struct exported {
  union {
    DLManagedTensor plain;
    DLManagedTensorVersioned versioned;
  } managed;
  mfg_block *block;
  int64_t shape[MFG_MAX_RANK];
  int64_t strides[MFG_MAX_RANK];
} exported;

static void release_export(exported *exported_tensor) {
  exported_tensor->block->pins--;
  mfg_block_release(exported_tensor->block);
  free(exported_tensor);
}

static void delete_plain(DLManagedTensor *self) {
  release_export(self->manager_ctx);
}

static void delete_versioned(DLManagedTensorVersioned *self) {
  release_export(self->manager_ctx);
}

/* Evaluates, waits, and checks that the memory can be named. */
static mfg_status prepare(mfg_array *array, const char *call) {
  if (array == NULL)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "%s: an array was expected; found NULL", call);
  mfg_context *context = array->context;
  mfg_status status = mfg_context_check(context);
  if (status == MFG_OK) status = mfg_recording_refuse(context, call);
  if (status == MFG_OK && context->plugin->buffer->export_dlpack == NULL)
    status = mfg_fail(MFG_ERROR_UNSUPPORTED,
                      "%s: backend '%s' has no memory that others can use; copy with mfg_to_host",
                      call, context->plugin->name);
  if (status == MFG_OK) status = mfg_array_materialise(array);
  return status == MFG_OK ? mfg_context_synchronise(context) : status;
}

static mfg_status export_array(mfg_array *array, DLTensor *tensor, exported *holder) {
  mfg_context *context = array->context;
  int32_t device_type = 0;
  int32_t device_id = 0;
  void *memory = NULL;
  void *stream = NULL;
  MFG_PLUGIN_ERROR(error);
  mfg_status status =
      context->plugin->buffer->export_dlpack(context->queue, array->storage->block->buffer,
                                             &device_type, &device_id, &memory, &stream, &error);
  if (status != MFG_OK)
    return mfg_context_plugin_failed(context, &error, status, "exporting an array to DLPack");
  holder->block = mfg_block_retain(array->storage->block);
  holder->block->pins++;
  memcpy(holder->shape, array->shape, sizeof holder->shape);
  memcpy(holder->strides, array->strides, sizeof holder->strides);
  *tensor = (DLTensor){.data = memory,
                       .device = {(DLDeviceType)device_type, device_id},
                       .ndim = array->rank,
                       .dtype = mfg_tensor_type_of(array->type),
                       .shape = holder->shape,
                       .strides = holder->strides,
                       .byte_offset = (uint64_t)array->offset * mfg_dtype_size(array->type)};
  return MFG_OK;
}

mfg_status mfg_to_dlpack(mfg_array *array, DLManagedTensor **tensor) {
  *tensor = NULL;
  mfg_status status = prepare(array, "mfg_to_dlpack");
  if (status == MFG_OK && array->read_only)
    status =
        mfg_fail(MFG_ERROR_UNSUPPORTED, "mfg_to_dlpack: a broadcast view is read-only, which only "
                                        "mfg_to_dlpack_versioned can say; copy it first");
  if (status != MFG_OK) return status;
  exported *holder = calloc(1, sizeof *holder);
  if (holder == NULL) return mfg_fail_memory(sizeof *holder, "an exported tensor");
  status = export_array(array, &holder->managed.plain.dl_tensor, holder);
  if (status != MFG_OK) {
    free(holder);
    return status;
  }
  holder->managed.plain.manager_ctx = holder;
  holder->managed.plain.deleter = delete_plain;
  *tensor = &holder->managed.plain;
  return MFG_OK;
}

mfg_status mfg_to_dlpack_versioned(mfg_array *array, DLManagedTensorVersioned **tensor) {
  *tensor = NULL;
  mfg_status status = prepare(array, "mfg_to_dlpack_versioned");
  if (status != MFG_OK) return status;
  exported *holder = calloc(1, sizeof *holder);
  if (holder == NULL) return mfg_fail_memory(sizeof *holder, "an exported tensor");
  status = export_array(array, &holder->managed.versioned.dl_tensor, holder);
  if (status != MFG_OK) {
    free(holder);
    return status;
  }
  holder->managed.versioned.version = (DLPackVersion){1, 0};
  holder->managed.versioned.flags = array->read_only ? DLPACK_FLAG_BITMASK_READ_ONLY : 0;
  holder->managed.versioned.manager_ctx = holder;
  holder->managed.versioned.deleter = delete_versioned;
  *tensor = &holder->managed.versioned;
  return MFG_OK;
}

mfg_status mfg_touch(mfg_array *array) {
  if (array == NULL)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "mfg_touch: an array was expected; found NULL");
  mfg_status status = mfg_context_check(array->context);
  if (status == MFG_OK) status = mfg_recording_refuse(array->context, "mfg_touch");
  if (status == MFG_OK) status = mfg_array_materialise(array);
  if (status == MFG_OK) status = mfg_snapshot_readers(array);
  return status == MFG_OK ? mfg_context_synchronise(array->context) : status;
}
