/* SPDX-License-Identifier: MIT */
/* Buffer functions for memory that the host addresses: every one is done when it returns. */
#include <mfg/sdk.h>

#include <string.h>

/* DLPack's number for host memory, kDLCPU. */
#define DLPACK_HOST 1

static const mfg_sdk_host_buffer *host_buffer(const mfg_plugin_buffer *buffer) {
  return (const mfg_sdk_host_buffer *)buffer;
}

static char *address(const mfg_plugin_buffer *buffer, uint64_t offset) {
  return (char *)host_buffer(buffer)->memory + offset;
}

static mfg_status check_range(const char *call, const mfg_plugin_buffer *buffer, uint64_t offset,
                              uint64_t size, mfg_plugin_error *error) {
  if (buffer == NULL)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "%s: buffer is NULL, expected a buffer", call);
  uint64_t whole = host_buffer(buffer)->size;
  if (offset <= whole && size <= whole - offset) return MFG_OK;
  return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                              "%s: %llu bytes at offset %llu, expected a range inside the buffer "
                              "of %llu bytes",
                              call, (unsigned long long)size, (unsigned long long)offset,
                              (unsigned long long)whole);
}

mfg_status mfg_sdk_host_upload(mfg_plugin_queue *queue, mfg_plugin_buffer *target, uint64_t offset,
                               const void *source, uint64_t size, mfg_plugin_error *error) {
  (void)queue;
  mfg_status status = check_range("upload", target, offset, size, error);
  if (status == MFG_OK && size > 0) memcpy(address(target, offset), source, size);
  return status;
}

mfg_status mfg_sdk_host_download(mfg_plugin_queue *queue, mfg_plugin_buffer *source,
                                 uint64_t offset, void *target, uint64_t size,
                                 mfg_plugin_error *error) {
  (void)queue;
  mfg_status status = check_range("download", source, offset, size, error);
  if (status == MFG_OK && size > 0) memcpy(target, address(source, offset), size);
  return status;
}

mfg_status mfg_sdk_host_copy(mfg_plugin_queue *queue, mfg_plugin_buffer *target,
                             uint64_t target_offset, mfg_plugin_buffer *source,
                             uint64_t source_offset, uint64_t size, mfg_plugin_error *error) {
  (void)queue;
  mfg_status status = check_range("copy to", target, target_offset, size, error);
  if (status == MFG_OK) status = check_range("copy from", source, source_offset, size, error);
  if (status == MFG_OK && size > 0)
    memmove(address(target, target_offset), address(source, source_offset), size);
  return status;
}

mfg_status mfg_sdk_host_fill(mfg_plugin_queue *queue, mfg_plugin_buffer *target, uint64_t offset,
                             const void *pattern, uint32_t pattern_size, uint64_t count,
                             mfg_plugin_error *error) {
  (void)queue;
  if (pattern_size == 0 || pattern_size > 16 || (pattern_size & (pattern_size - 1)) != 0)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "fill: pattern of %u bytes, expected 1, 2, 4, 8 or 16",
                                (unsigned)pattern_size);
  if (count > UINT64_MAX / pattern_size)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "fill: count is %llu, expected a range inside the buffer",
                                (unsigned long long)count);
  mfg_status status = check_range("fill", target, offset, count * pattern_size, error);
  if (status != MFG_OK) return status;
  for (uint64_t i = 0; i < count; i++)
    memcpy(address(target, offset + i * pattern_size), pattern, pattern_size);
  return MFG_OK;
}

mfg_status mfg_sdk_host_map(mfg_plugin_queue *queue, mfg_plugin_buffer *buffer, uint64_t offset,
                            uint64_t size, void **memory, mfg_plugin_error *error) {
  (void)queue;
  mfg_status status = check_range("map", buffer, offset, size, error);
  if (status == MFG_OK) *memory = address(buffer, offset);
  return status;
}

mfg_status mfg_sdk_host_unmap(mfg_plugin_queue *queue, mfg_plugin_buffer *buffer, void *memory,
                              mfg_plugin_error *error) {
  (void)queue, (void)buffer, (void)memory, (void)error;
  return MFG_OK;
}

mfg_status mfg_sdk_host_export_dlpack(mfg_plugin_queue *queue, mfg_plugin_buffer *buffer,
                                      int32_t *device_type, int32_t *device_id, void **memory,
                                      void **stream, mfg_plugin_error *error) {
  (void)queue;
  mfg_status status = check_range("export", buffer, 0, 0, error);
  if (status != MFG_OK) return status;
  *device_type = DLPACK_HOST;
  *device_id = 0;
  *memory = host_buffer(buffer)->memory;
  if (stream != NULL) *stream = NULL;
  return MFG_OK;
}
