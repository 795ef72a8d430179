/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "opencl.h"

#include <stdlib.h>

static mfg_status create(mfg_plugin_device *device, mfg_plugin_queue **queue,
                         mfg_plugin_error *error) {
  cl_int code;
  *queue = calloc(1, sizeof **queue);
  if (!*queue)
    return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory for a queue");
  (*queue)->device = device;
  (*queue)->queue = clCreateCommandQueue(device->context, device->id, 0, &code);
  if (code == CL_SUCCESS) return MFG_OK;
  free(*queue);
  *queue = NULL;
  return mfg_opencl_fail(error, code, "creating a command queue");
}

static void destroy(mfg_plugin_queue *queue) {
  clFinish(queue->queue);
  mfg_opencl_staging_free(queue);
  if (queue->scratch) clReleaseMemObject(queue->scratch);
  clReleaseCommandQueue(queue->queue);
  free(queue);
}

static mfg_status submit(mfg_plugin_queue *queue, mfg_plugin_error *error) {
  cl_int code = clFlush(queue->queue);
  return code == CL_SUCCESS ? MFG_OK : mfg_opencl_fail(error, code, "submitting queued work");
}

static mfg_status synchronise(mfg_plugin_queue *queue, mfg_plugin_error *error) {
  cl_int code = clFinish(queue->queue);
  return code == CL_SUCCESS ? MFG_OK : mfg_opencl_fail(error, code, "waiting for queued work");
}

/* ---- events --------------------------------------------------------------------------------- */

static mfg_status event_record(mfg_plugin_queue *queue, mfg_plugin_event **event,
                               mfg_plugin_error *error) {
  *event = malloc(sizeof **event);
  if (!*event)
    return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory for an event");
  cl_int code = clEnqueueMarkerWithWaitList(queue->queue, 0, NULL, &(*event)->event);
  if (code == CL_SUCCESS) {
    clFlush(queue->queue);
    return MFG_OK;
  }
  free(*event);
  *event = NULL;
  return mfg_opencl_fail(error, code, "recording an event");
}

static mfg_status event_wait(mfg_plugin_queue *queue, mfg_plugin_event *event,
                             mfg_plugin_error *error) {
  cl_int code = clEnqueueBarrierWithWaitList(queue->queue, 1, &event->event, NULL);
  return code == CL_SUCCESS ? MFG_OK : mfg_opencl_fail(error, code, "waiting for an event");
}

static mfg_status event_query(mfg_plugin_event *event, bool *done, mfg_plugin_error *error) {
  cl_int state = CL_QUEUED;
  cl_int code =
      clGetEventInfo(event->event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL);
  *done = state <= CL_COMPLETE;
  if (code == CL_SUCCESS && state < 0) code = state;
  return code == CL_SUCCESS ? MFG_OK : mfg_opencl_fail(error, code, "asking for an event");
}

static mfg_status event_synchronise(mfg_plugin_event *event, mfg_plugin_error *error) {
  cl_int code = clWaitForEvents(1, &event->event);
  return code == CL_SUCCESS ? MFG_OK : mfg_opencl_fail(error, code, "waiting for an event");
}

static void event_release(mfg_plugin_event *event) {
  clReleaseEvent(event->event);
  free(event);
}

const mfg_plugin_queue_table mfg_opencl_queue_table = {
    .struct_size = sizeof mfg_opencl_queue_table,
    .create = create,
    .destroy = destroy,
    .submit = submit,
    .synchronise = synchronise,
    .event_record = event_record,
    .event_wait = event_wait,
    .event_query = event_query,
    .event_synchronise = event_synchronise,
    .event_release = event_release,
};
