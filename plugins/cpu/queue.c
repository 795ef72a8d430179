/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Queues that run everything in the call that queues it, so that an event has always fired. */
#include "kernel.h"

struct mfg_plugin_event {
  char unused;
};
/* All events are alike. */
static mfg_plugin_event fired;

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

static mfg_status queue_nothing(mfg_plugin_queue *queue, mfg_plugin_error *error) {
  (void)queue, (void)error;
  return MFG_OK;
}

static mfg_status event_record(mfg_plugin_queue *queue, mfg_plugin_event **event,
                               mfg_plugin_error *error) {
  (void)queue, (void)error;
  *event = &fired;
  return MFG_OK;
}

static mfg_status event_wait(mfg_plugin_queue *queue, mfg_plugin_event *event,
                             mfg_plugin_error *error) {
  (void)queue, (void)event, (void)error;
  return MFG_OK;
}

static mfg_status event_query(mfg_plugin_event *event, bool *done, mfg_plugin_error *error) {
  (void)event, (void)error;
  *done = true;
  return MFG_OK;
}

static mfg_status event_synchronise(mfg_plugin_event *event, mfg_plugin_error *error) {
  (void)event, (void)error;
  return MFG_OK;
}

static void event_release(mfg_plugin_event *event) {
  (void)event;
}

const mfg_plugin_queue_table cpu_queue_table = {
    .struct_size = sizeof cpu_queue_table,
    .create = queue_create,
    .destroy = queue_destroy,
    .submit = queue_nothing,
    .synchronise = queue_nothing,
    .event_record = event_record,
    .event_wait = event_wait,
    .event_query = event_query,
    .event_synchronise = event_synchronise,
    .event_release = event_release,
};
