/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Queues that run everything in the call that queues it: they hold scratch memory, and the rest is
 * the SDK's. */
#include "kernel.h"

static mfg_status queue_create(mfg_plugin_device *device, mfg_plugin_queue **result,
                               mfg_plugin_error *error) {
  mfg_plugin_queue *queue =
      cpu_host_allocate(device->host.host, sizeof *queue, _Alignof(max_align_t));
  if (queue == NULL) return cpu_out_of_memory(error, "a queue");
  queue->device = device;
  *result = queue;
  return MFG_OK;
}

static void queue_destroy(mfg_plugin_queue *queue) {
  const mfg_plugin_host *host = queue->device->host.host;
  cpu_arena_free(&queue->arena);
  host->release(host->context, queue);
}

const mfg_plugin_queue_table cpu_queue_table = {
    .struct_size = sizeof cpu_queue_table,
    .create = queue_create,
    .destroy = queue_destroy,
    .submit = mfg_sdk_host_queue_submit,
    .synchronise = mfg_sdk_host_queue_synchronise,
    .event_record = mfg_sdk_host_event_record,
    .event_wait = mfg_sdk_host_event_wait,
    .event_query = mfg_sdk_host_event_query,
    .event_synchronise = mfg_sdk_host_event_synchronise,
    .event_release = mfg_sdk_host_event_release,
};
