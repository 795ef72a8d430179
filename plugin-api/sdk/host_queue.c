/* SPDX-License-Identifier: MIT */
/* Queues that run everything in the call that queues it: nothing is ever pending, and every event
 * has fired when it is recorded. */
#include <mfg/sdk.h>

#include <stdlib.h>

struct mfg_plugin_queue {
  mfg_plugin_device *device;
};

struct mfg_plugin_event {
  char unused;
};
/* All events are alike. */
static mfg_plugin_event fired;

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

mfg_status mfg_sdk_host_queue_submit(mfg_plugin_queue *queue, mfg_plugin_error *error) {
  (void)queue, (void)error;
  return MFG_OK;
}

mfg_status mfg_sdk_host_queue_synchronise(mfg_plugin_queue *queue, mfg_plugin_error *error) {
  (void)queue, (void)error;
  return MFG_OK;
}

mfg_status mfg_sdk_host_event_record(mfg_plugin_queue *queue, mfg_plugin_event **event,
                                     mfg_plugin_error *error) {
  (void)queue, (void)error;
  *event = &fired;
  return MFG_OK;
}

mfg_status mfg_sdk_host_event_wait(mfg_plugin_queue *queue, mfg_plugin_event *event,
                                   mfg_plugin_error *error) {
  (void)queue, (void)event, (void)error;
  return MFG_OK;
}

mfg_status mfg_sdk_host_event_query(mfg_plugin_event *event, bool *done, mfg_plugin_error *error) {
  (void)event, (void)error;
  *done = true;
  return MFG_OK;
}

mfg_status mfg_sdk_host_event_synchronise(mfg_plugin_event *event, mfg_plugin_error *error) {
  (void)event, (void)error;
  return MFG_OK;
}

void mfg_sdk_host_event_release(mfg_plugin_event *event) {
  (void)event;
}

const mfg_plugin_queue_table mfg_sdk_host_queue_table = {
    .struct_size = sizeof(mfg_plugin_queue_table),
    .create = create,
    .destroy = destroy,
    .submit = mfg_sdk_host_queue_submit,
    .synchronise = mfg_sdk_host_queue_synchronise,
    .event_record = mfg_sdk_host_event_record,
    .event_wait = mfg_sdk_host_event_wait,
    .event_query = mfg_sdk_host_event_query,
    .event_synchronise = mfg_sdk_host_event_synchronise,
    .event_release = mfg_sdk_host_event_release,
};
