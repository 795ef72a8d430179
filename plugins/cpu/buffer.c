/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Buffers in the host's memory: small ones of its allocator, large ones of the system. */
#include "kernel.h"

#include <stdatomic.h>
#include <string.h>

#define ALIGNMENT 64
#define DLPACK_HOST 1 /* kDLCPU */

void *cpu_host_allocate(const mfg_plugin_host *host, size_t size, size_t alignment) {
  void *memory = host->allocate(host->context, size, alignment);
  return memory != NULL ? memset(memory, 0, size) : NULL;
}

mfg_status cpu_out_of_memory(mfg_plugin_error *error, const char *what) {
  return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory for %s", what);
}

static mfg_status buffer_make(mfg_plugin_device *device, void *memory, uint64_t size,
                              mfg_plugin_buffer **result, mfg_plugin_error *error) {
  const mfg_plugin_host *host = device->host.host;
  mfg_plugin_buffer *buffer = cpu_host_allocate(host, sizeof *buffer, _Alignof(max_align_t));
  if (buffer == NULL) return cpu_out_of_memory(error, "a buffer");
  buffer->bytes.memory = memory;
  buffer->bytes.size = size;
  buffer->host = host;
  *result = buffer;
  return MFG_OK;
}

static bool reserve(mfg_plugin_device *device, uint64_t size) {
  uint64_t used = atomic_load(&device->memory_used);
  do {
    if (size > device->memory_limit - used) return false;
  } while (!atomic_compare_exchange_weak(&device->memory_used, &used, used + size));
  return true;
}

static void memory_release(mfg_plugin_device *device, void *memory, uint64_t size, bool mapped) {
  const mfg_plugin_host *host = device->host.host;
  if (mapped)
    cpu_memory_unmap(memory, (size_t)size);
  else
    host->release(host->context, memory);
  atomic_fetch_sub(&device->memory_used, size);
}

static mfg_status buffer_allocate(mfg_plugin_device *device, uint64_t size,
                                  mfg_plugin_buffer **buffer, mfg_plugin_error *error) {
  const mfg_plugin_host *host = device->host.host;
  bool mapped = size >= CPU_HUGE_PAGE;
  void *memory = NULL;
  bool reserved = size <= SIZE_MAX && reserve(device, size);
  if (reserved)
    memory = mapped ? cpu_memory_map((size_t)size)
                    : host->allocate(host->context, size > 0 ? (size_t)size : 1, ALIGNMENT);
  if (memory == NULL) {
    if (reserved) atomic_fetch_sub(&device->memory_used, size);
    return mfg_plugin_error_set(error, MFG_ERROR_DEVICE_MEMORY, 0,
                                "no memory for a buffer of %llu bytes", (unsigned long long)size);
  }
  mfg_status status = buffer_make(device, memory, size, buffer, error);
  if (status == MFG_OK)
    (*buffer)->owner = mapped ? CPU_MEMORY_MAPPED : CPU_MEMORY_OF_HOST;
  else
    memory_release(device, memory, size, mapped);
  return status;
}

static void buffer_free(mfg_plugin_device *device, mfg_plugin_buffer *buffer) {
  const mfg_plugin_host *host = buffer->host;
  if (buffer->owner != CPU_MEMORY_FOREIGN)
    memory_release(device, buffer->bytes.memory, buffer->bytes.size,
                   buffer->owner == CPU_MEMORY_MAPPED);
  host->release(host->context, buffer);
}

static mfg_status buffer_import_host(mfg_plugin_device *device, void *memory, uint64_t size,
                                     mfg_plugin_buffer **buffer, mfg_plugin_error *error) {
  if (memory == NULL && size > 0)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "import: memory is NULL with %llu bytes", (unsigned long long)size);
  return buffer_make(device, memory, size, buffer, error);
}

static mfg_status buffer_import_dlpack(mfg_plugin_device *device, int32_t device_type,
                                       int32_t device_id, void *memory, uint64_t size,
                                       mfg_plugin_buffer **buffer, mfg_plugin_error *error) {
  (void)device_id;
  if (device_type != DLPACK_HOST)
    return mfg_plugin_error_set(error, MFG_ERROR_UNSUPPORTED, 0,
                                "import: DLPack device type %d, expected %d (host memory)",
                                (int)device_type, DLPACK_HOST);
  return buffer_import_host(device, memory, size, buffer, error);
}

static mfg_status check_range(const char *what, const mfg_plugin_buffer *buffer, uint64_t offset,
                              uint64_t size, mfg_plugin_error *error) {
  if (cpu_buffer_holds(buffer, offset, size)) return MFG_OK;
  return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                              "%s: %llu bytes at offset %llu do not lie in the buffer", what,
                              (unsigned long long)size, (unsigned long long)offset);
}

static mfg_status buffer_upload(mfg_plugin_queue *queue, mfg_plugin_buffer *target, uint64_t offset,
                                const void *source, uint64_t size, mfg_plugin_error *error) {
  mfg_status status = check_range("upload", target, offset, size, error);
  if (status == MFG_OK) cpu_memory_copy(cpu_buffer_at(target, offset), source, size, &queue->arena);
  return status;
}

static mfg_status buffer_download(mfg_plugin_queue *queue, mfg_plugin_buffer *source,
                                  uint64_t offset, void *target, uint64_t size,
                                  mfg_plugin_error *error) {
  mfg_status status = check_range("download", source, offset, size, error);
  if (status == MFG_OK) cpu_memory_copy(target, cpu_buffer_at(source, offset), size, &queue->arena);
  return status;
}

static mfg_status buffer_copy(mfg_plugin_queue *queue, mfg_plugin_buffer *target,
                              uint64_t target_offset, mfg_plugin_buffer *source,
                              uint64_t source_offset, uint64_t size, mfg_plugin_error *error) {
  mfg_status status = check_range("copy to", target, target_offset, size, error);
  if (status == MFG_OK) status = check_range("copy from", source, source_offset, size, error);
  if (status == MFG_OK)
    cpu_memory_copy(cpu_buffer_at(target, target_offset), cpu_buffer_at(source, source_offset),
                    size, &queue->arena);
  return status;
}

static mfg_status buffer_fill(mfg_plugin_queue *queue, mfg_plugin_buffer *target, uint64_t offset,
                              const void *pattern, uint32_t pattern_size, uint64_t count,
                              mfg_plugin_error *error) {
  bool power = pattern_size > 0 && pattern_size <= 16 && (pattern_size & (pattern_size - 1)) == 0;
  if (!power)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "fill: pattern of %u bytes, expected 1, 2, 4, 8 or 16",
                                (unsigned)pattern_size);
  if (count > UINT64_MAX / pattern_size || !cpu_buffer_holds(target, offset, count * pattern_size))
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "fill: %llu patterns at offset %llu do not fit the buffer",
                                (unsigned long long)count, (unsigned long long)offset);
  cpu_memory_fill(cpu_buffer_at(target, offset), pattern, pattern_size, count, &queue->arena);
  return MFG_OK;
}

const mfg_plugin_buffer_table cpu_buffer_table = {
    .struct_size = sizeof cpu_buffer_table,
    .allocate = buffer_allocate,
    .free = buffer_free,
    .upload = buffer_upload,
    .download = buffer_download,
    .copy = buffer_copy,
    .fill = buffer_fill,
    .import_host = buffer_import_host,
    .import_dlpack = buffer_import_dlpack,
    .export_dlpack = mfg_sdk_host_export_dlpack,
    .map = mfg_sdk_host_map,
    .unmap = mfg_sdk_host_unmap,
};
