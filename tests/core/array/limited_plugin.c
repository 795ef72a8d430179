/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The template with less than everything, chosen when it is compiled: core has to make up for it.
 * LIMITED_LISTS and LIMITED_KERNELS leave out a table, LIMITED_MEMORY hides the memory from the
 * host, LIMITED_BYTES is the largest buffer. */
#define mfg_backend_query template_query
#include "template.c"
#undef mfg_backend_query

static mfg_plugin_device_table devices;
static mfg_plugin_buffer_table buffers;
static mfg_plugin limited;

static mfg_status limited_enumerate(const mfg_plugin_host *host, uint32_t capacity, uint32_t stride,
                                    void *infos, uint32_t *count, mfg_plugin_error *error) {
  mfg_status status = enumerate_devices(host, capacity, stride, infos, count, error);
  if (status != MFG_OK || capacity == 0) return status;
  mfg_plugin_device_info *info = infos;
#ifdef LIMITED_MEMORY
  info->flags = 0;
#endif
#ifdef LIMITED_BYTES
  info->largest_buffer_bytes = LIMITED_BYTES;
#endif
  info->id = LIMITED_NAME;
  return MFG_OK;
}

#ifdef LIMITED_BYTES
static mfg_status limited_allocate(mfg_plugin_device *device, uint64_t size,
                                   mfg_plugin_buffer **buffer, mfg_plugin_error *error) {
  if (size > LIMITED_BYTES)
    return mfg_plugin_error_set(error, MFG_ERROR_DEVICE_MEMORY, 0, "%llu bytes are too many",
                                (unsigned long long)size);
  return allocate_buffer(device, size, buffer, error);
}
#endif

MFG_EXPORT const mfg_plugin *mfg_backend_query(const mfg_plugin_host *host);

MFG_EXPORT const mfg_plugin *mfg_backend_query(const mfg_plugin_host *host) {
  const mfg_plugin *whole = template_query(host);
  devices = *whole->device;
  buffers = *whole->buffer;
  limited = *whole;
  devices.enumerate = limited_enumerate;
#ifdef LIMITED_MEMORY
  buffers.map = NULL;
  buffers.unmap = NULL;
  buffers.import_host = NULL;
#endif
#ifdef LIMITED_BYTES
  buffers.allocate = limited_allocate;
#endif
#ifdef LIMITED_KERNELS
  limited.kernel = NULL;
#endif
#if defined LIMITED_KERNELS || defined LIMITED_LISTS
  limited.command_list = NULL;
#endif
  limited.name = LIMITED_NAME;
  limited.device = &devices;
  limited.buffer = &buffers;
  return &limited;
}
