/* SPDX-License-Identifier: MIT */
/* Queues that run everything in the call that queues it: nothing is ever pending, and every event
 * has fired when it is recorded. */
#include <mfg/sdk.h>

#include <stdlib.h>

struct mfg_plugin_queue {
  mfg_plugin_device *device;
};

struct mfg_plugin_event {
  const mfg_plugin_queue *queue;
};

static mfg_status create(mfg_plugin_device *device, mfg_plugin_queue **queue,
                         mfg_plugin_error *error) {
  mfg_plugin_queue *made = calloc(1, sizeof *made);
  if (made == NULL)
    return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory for a queue");
  made->device = device;
  *queue = made;
  return MFG_OK;
}

static void destroy(mfg_plugin_queue *queue) {
  free(queue);
}

static mfg_status nothing_pending(mfg_plugin_queue *queue, mfg_plugin_error *error) {
  (void)queue, (void)error;
  return MFG_OK;
}

static mfg_status event_record(mfg_plugin_queue *queue, mfg_plugin_event **event,
                               mfg_plugin_error *error) {
  mfg_plugin_event *made = calloc(1, sizeof *made);
  if (made == NULL)
    return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory for an event");
  made->queue = queue;
  *event = made;
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
  free(event);
}

const mfg_plugin_queue_table mfg_sdk_host_queue_table = {
    .struct_size = sizeof(mfg_plugin_queue_table),
    .create = create,
    .destroy = destroy,
    .submit = nothing_pending,
    .synchronise = nothing_pending,
    .event_record = event_record,
    .event_wait = event_wait,
    .event_query = event_query,
    .event_synchronise = event_synchronise,
    .event_release = event_release,
};
