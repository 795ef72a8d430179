/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory: the host's own, so that most of the table is the SDK's. */
#include "kernel.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 64
/* Buffers from this size on start at a huge page, and ask for more of them. */
#define HUGE_PAGE ((uint64_t)2 << 20)
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

static mfg_status buffer_allocate(mfg_plugin_device *device, uint64_t size,
                                  mfg_plugin_buffer **buffer, mfg_plugin_error *error) {
  const mfg_plugin_host *host = device->host.host;
  bool large = size >= HUGE_PAGE;
  void *memory = NULL;
  bool reserved = size <= SIZE_MAX && reserve(device, size);
  if (reserved)
    memory = host->allocate(host->context, size > 0 ? (size_t)size : 1,
                            large ? (size_t)HUGE_PAGE : ALIGNMENT);
  if (memory == NULL) {
    if (reserved) atomic_fetch_sub(&device->memory_used, size);
    return mfg_plugin_error_set(error, MFG_ERROR_DEVICE_MEMORY, 0,
                                "no memory for a buffer of %llu bytes", (unsigned long long)size);
  }
  /* Only advice: where it is refused, small pages do. */
  if (large) madvise(memory, (size_t)(size & ~(HUGE_PAGE - 1)), MADV_HUGEPAGE);
  mfg_status status = buffer_make(device, memory, size, buffer, error);
  if (status == MFG_OK) {
    (*buffer)->owned = true;
  } else {
    host->release(host->context, memory);
    atomic_fetch_sub(&device->memory_used, size);
  }
  return status;
}

static void buffer_free(mfg_plugin_device *device, mfg_plugin_buffer *buffer) {
  const mfg_plugin_host *host = buffer->host;
  if (buffer->owned) {
    host->release(host->context, buffer->bytes.memory);
    atomic_fetch_sub(&device->memory_used, buffer->bytes.size);
  }
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

/* Doubles what is filled until all is: large copies run at the speed of memory. */
void cpu_fill(char *target, const void *pattern, size_t pattern_size, uint64_t count) {
  size_t total = (size_t)count * pattern_size;
  if (total == 0) return;
  if (pattern_size == 1) {
    memset(target, *(const unsigned char *)pattern, total);
    return;
  }
  memcpy(target, pattern, pattern_size);
  /* Not beyond a piece that stays in the first-level cache. */
  for (size_t done = pattern_size; done < total;) {
    size_t piece = done < 16384 ? done : 16384 / pattern_size * pattern_size;
    if (piece > total - done) piece = total - done;
    memcpy(target + done, target, piece);
    done += piece;
  }
}

static mfg_status buffer_fill(mfg_plugin_queue *queue, mfg_plugin_buffer *target, uint64_t offset,
                              const void *pattern, uint32_t pattern_size, uint64_t count,
                              mfg_plugin_error *error) {
  (void)queue;
  bool power = pattern_size > 0 && pattern_size <= 16 && (pattern_size & (pattern_size - 1)) == 0;
  if (!power)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "fill: pattern of %u bytes, expected 1, 2, 4, 8 or 16",
                                (unsigned)pattern_size);
  if (count > UINT64_MAX / pattern_size || !cpu_buffer_holds(target, offset, count * pattern_size))
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "fill: %llu patterns at offset %llu do not fit the buffer",
                                (unsigned long long)count, (unsigned long long)offset);
  cpu_fill(cpu_buffer_at(target, offset), pattern, pattern_size, count);
  return MFG_OK;
}

const mfg_plugin_buffer_table cpu_buffer_table = {
    .struct_size = sizeof cpu_buffer_table,
    .allocate = buffer_allocate,
    .free = buffer_free,
    .upload = mfg_sdk_host_upload,
    .download = mfg_sdk_host_download,
    .copy = mfg_sdk_host_copy,
    .fill = buffer_fill,
    .import_host = buffer_import_host,
    .import_dlpack = buffer_import_dlpack,
    .export_dlpack = mfg_sdk_host_export_dlpack,
    .map = mfg_sdk_host_map,
    .unmap = mfg_sdk_host_unmap,
};
