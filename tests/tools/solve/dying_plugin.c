/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The template as a device that stops answering: MFG_TEST_DOWNLOADS says after how many reads. */
#define mfg_backend_query template_query
#include "template.c"
#undef mfg_backend_query

#include <stdlib.h>

static mfg_status dying_download(mfg_plugin_queue *queue, mfg_plugin_buffer *source,
                                 uint64_t offset, void *target, uint64_t size,
                                 mfg_plugin_error *error) {
  static long downloads;
  const char *most = getenv("MFG_TEST_DOWNLOADS");
  if (most && ++downloads > strtol(most, NULL, 10))
    return mfg_plugin_error_set(error, MFG_ERROR_DEVICE_LOST, 0, "the device has died");
  return mfg_sdk_host_download(queue, source, offset, target, size, error);
}

MFG_EXPORT const mfg_plugin *mfg_backend_query(const mfg_plugin_host *host);

const mfg_plugin *mfg_backend_query(const mfg_plugin_host *host) {
  static mfg_plugin_buffer_table buffers;
  static mfg_plugin dying;
  buffers = buffer_table;
  buffers.download = dying_download;
  dying = *template_query(host);
  dying.name = "dying";
  dying.buffer = &buffers;
  return &dying;
}
