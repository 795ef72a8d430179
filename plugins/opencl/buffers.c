/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "opencl.h"

#include <stdlib.h>
#include <string.h>

/* DLPack's name for memory that is a cl_mem. */
#define DLPACK_OPENCL 4

/* ---- memory --------------------------------------------------------------------------------- */

static mfg_status create_buffer(mfg_plugin_device *device, cl_mem_flags flags, void *memory,
                                uint64_t size, mfg_plugin_buffer **buffer,
                                mfg_plugin_error *error) {
  cl_int code;
  *buffer = malloc(sizeof **buffer);
  if (!*buffer)
    return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory for a buffer");
  (*buffer)->size = size;
  (*buffer)->memory =
      clCreateBuffer(device->context, CL_MEM_READ_WRITE | flags, size, memory, &code);
  if (code == CL_SUCCESS) return MFG_OK;
  free(*buffer);
  *buffer = NULL;
  return mfg_opencl_fail_memory(error, code, "allocating device memory");
}

/* OpenCL has no buffers without bytes: those hold a few that nobody uses. */
static mfg_status allocate(mfg_plugin_device *device, uint64_t size, mfg_plugin_buffer **buffer,
                           mfg_plugin_error *error) {
  cl_mem_flags flags = device->shares_memory ? CL_MEM_ALLOC_HOST_PTR : 0;
  mfg_status status = create_buffer(device, flags, NULL, size ? size : 64, buffer, error);
  if (status == MFG_OK) (*buffer)->size = size;
  return status;
}

static void free_buffer(mfg_plugin_device *device, mfg_plugin_buffer *buffer) {
  (void)device;
  clReleaseMemObject(buffer->memory);
  free(buffer);
}

static mfg_status import_host(mfg_plugin_device *device, void *memory, uint64_t size,
                              mfg_plugin_buffer **buffer, mfg_plugin_error *error) {
  *buffer = NULL;
  if (!device->shares_memory)
    return mfg_plugin_error_set(error, MFG_ERROR_UNSUPPORTED, 0,
                                "the device does not share the host's memory");
  if (size == 0 || (uintptr_t)memory % device->import_alignment != 0)
    return mfg_plugin_error_set(
        error, MFG_ERROR_UNSUPPORTED, 0,
        "host memory of %llu bytes at %p, expected some at a multiple of %u",
        (unsigned long long)size, memory, device->import_alignment);
  return create_buffer(device, CL_MEM_USE_HOST_PTR, memory, size, buffer, error);
}

/* ---- DLPack --------------------------------------------------------------------------------- */

static mfg_status wrap(cl_mem memory, uint64_t size, mfg_plugin_buffer **buffer,
                       mfg_plugin_error *error) {
  *buffer = malloc(sizeof **buffer);
  if (!*buffer)
    return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory for a buffer");
  **buffer = (mfg_plugin_buffer){.memory = memory, .size = size};
  cl_int code = clRetainMemObject(memory);
  if (code == CL_SUCCESS) return MFG_OK;
  free(*buffer);
  *buffer = NULL;
  return mfg_opencl_fail_memory(error, code, "importing memory");
}

/* The memory has to belong to the context of this device, which all open handles of it share. */
static mfg_status import_dlpack(mfg_plugin_device *device, int32_t device_type, int32_t device_id,
                                void *memory, uint64_t size, mfg_plugin_buffer **buffer,
                                mfg_plugin_error *error) {
  cl_context context = NULL;
  size_t found = 0;
  *buffer = NULL;
  if (device_type != DLPACK_OPENCL || device_id != device->index)
    return mfg_plugin_error_set(error, MFG_ERROR_UNSUPPORTED, 0,
                                "memory of DLPack's device type %d, device %d, expected type %d, "
                                "device %d",
                                device_type, device_id, DLPACK_OPENCL, device->index);
  cl_int code = clGetMemObjectInfo(memory, CL_MEM_CONTEXT, sizeof(context), &context, NULL);
  if (code == CL_SUCCESS)
    code = clGetMemObjectInfo(memory, CL_MEM_SIZE, sizeof found, &found, NULL);
  if (code != CL_SUCCESS) return mfg_opencl_fail(error, code, "importing memory");
  if (context != device->context)
    return mfg_plugin_error_set(error, MFG_ERROR_UNSUPPORTED, 0,
                                "the memory belongs to another OpenCL context");
  if (found < size)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "memory of %zu bytes, expected at least %llu", found,
                                (unsigned long long)size);
  return wrap(memory, size, buffer, error);
}

static mfg_status export_dlpack(mfg_plugin_queue *queue, mfg_plugin_buffer *buffer,
                                int32_t *device_type, int32_t *device_id, void **memory,
                                void **stream, mfg_plugin_error *error) {
  (void)error;
  *device_type = DLPACK_OPENCL;
  *device_id = queue->device->index;
  *memory = buffer->memory;
  if (stream) *stream = queue->queue;
  return MFG_OK;
}

/* ---- copies --------------------------------------------------------------------------------- */

static mfg_status finish(mfg_plugin_error *error, cl_int code, const char *doing) {
  return code == CL_SUCCESS ? MFG_OK : mfg_opencl_fail(error, code, doing);
}

mfg_status mfg_opencl_check_range(const mfg_plugin_buffer *buffer, uint64_t offset, uint64_t size,
                                  mfg_plugin_error *error) {
  if (offset <= buffer->size && size <= buffer->size - offset) return MFG_OK;
  return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                              "%llu bytes at offset %llu, expected to lie inside a buffer of %llu",
                              (unsigned long long)size, (unsigned long long)offset,
                              (unsigned long long)buffer->size);
}

static mfg_status upload(mfg_plugin_queue *queue, mfg_plugin_buffer *target, uint64_t offset,
                         const void *source, uint64_t size, mfg_plugin_error *error) {
  mfg_status status = mfg_opencl_check_range(target, offset, size, error);
  if (status != MFG_OK || size == 0) return status;
  return finish(error, mfg_opencl_upload(queue, target->memory, offset, source, size), "uploading");
}

static mfg_status download(mfg_plugin_queue *queue, mfg_plugin_buffer *source, uint64_t offset,
                           void *target, uint64_t size, mfg_plugin_error *error) {
  mfg_status status = mfg_opencl_check_range(source, offset, size, error);
  if (status != MFG_OK || size == 0) return status;
  return finish(error, mfg_opencl_download(queue, source->memory, offset, target, size),
                "downloading");
}

static mfg_status copy(mfg_plugin_queue *queue, mfg_plugin_buffer *target, uint64_t target_offset,
                       mfg_plugin_buffer *source, uint64_t source_offset, uint64_t size,
                       mfg_plugin_error *error) {
  mfg_status status = mfg_opencl_check_range(target, target_offset, size, error);
  if (status == MFG_OK) status = mfg_opencl_check_range(source, source_offset, size, error);
  if (status != MFG_OK || size == 0) return status;
  return finish(error,
                clEnqueueCopyBuffer(queue->queue, source->memory, target->memory, source_offset,
                                    target_offset, size, 0, NULL, NULL),
                "copying");
}

/* OpenCL fills from multiples of the pattern's size only; elsewhere the bytes come from the host.
 */
static cl_int fill_unaligned(mfg_plugin_queue *queue, cl_mem target, uint64_t offset,
                             const void *pattern, uint32_t pattern_size, uint64_t count) {
  unsigned char block[4096];
  uint64_t in_block = sizeof block / pattern_size;
  for (uint64_t i = 0; i < in_block; i++)
    memcpy(block + i * pattern_size, pattern, pattern_size);
  cl_int code = CL_SUCCESS;
  while (count > 0 && code == CL_SUCCESS) {
    uint64_t now = count < in_block ? count : in_block;
    code = mfg_opencl_upload(queue, target, offset, block, now * pattern_size);
    offset += now * pattern_size;
    count -= now;
  }
  return code;
}

static cl_int queue_fill(mfg_plugin_queue *queue, cl_mem target, uint64_t offset,
                         const void *pattern, uint32_t pattern_size, uint64_t count) {
  if (offset % pattern_size != 0)
    return fill_unaligned(queue, target, offset, pattern, pattern_size, count);
  return clEnqueueFillBuffer(queue->queue, target, pattern, pattern_size, offset,
                             count * pattern_size, 0, NULL, NULL);
}

mfg_status mfg_opencl_check_fill(const mfg_plugin_buffer *buffer, uint64_t offset,
                                 uint32_t pattern_size, uint64_t count, mfg_plugin_error *error) {
  if (pattern_size == 0 || pattern_size > 16 || (pattern_size & (pattern_size - 1)) != 0)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "a pattern of %u bytes, expected 1, 2, 4, 8 or 16", pattern_size);
  uint64_t size = count <= buffer->size / pattern_size ? count * pattern_size : UINT64_MAX;
  return mfg_opencl_check_range(buffer, offset, size, error);
}

static mfg_status fill(mfg_plugin_queue *queue, mfg_plugin_buffer *target, uint64_t offset,
                       const void *pattern, uint32_t pattern_size, uint64_t count,
                       mfg_plugin_error *error) {
  mfg_status status = mfg_opencl_check_fill(target, offset, pattern_size, count, error);
  if (status != MFG_OK || count == 0) return status;
  return finish(error, queue_fill(queue, target->memory, offset, pattern, pattern_size, count),
                "filling");
}

/* ---- the host's view ------------------------------------------------------------------------ */

static mfg_status map(mfg_plugin_queue *queue, mfg_plugin_buffer *buffer, uint64_t offset,
                      uint64_t size, void **memory, mfg_plugin_error *error) {
  cl_int code;
  *memory = NULL;
  mfg_status status = mfg_opencl_check_range(buffer, offset, size, error);
  if (status != MFG_OK) return status;
  *memory = clEnqueueMapBuffer(queue->queue, buffer->memory, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE,
                               offset, size ? size : 1, 0, NULL, NULL, &code);
  return finish(error, code, "mapping a buffer");
}

static mfg_status unmap(mfg_plugin_queue *queue, mfg_plugin_buffer *buffer, void *memory,
                        mfg_plugin_error *error) {
  return finish(error, clEnqueueUnmapMemObject(queue->queue, buffer->memory, memory, 0, NULL, NULL),
                "unmapping a buffer");
}

const mfg_plugin_buffer_table mfg_opencl_buffer_table = {
    .struct_size = sizeof mfg_opencl_buffer_table,
    .allocate = allocate,
    .free = free_buffer,
    .upload = upload,
    .download = download,
    .copy = copy,
    .fill = fill,
    .import_host = import_host,
    .import_dlpack = import_dlpack,
    .export_dlpack = export_dlpack,
    .map = map,
    .unmap = unmap,
};
