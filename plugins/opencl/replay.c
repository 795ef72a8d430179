/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replaying: runs between two repeat marks are queued as one native command buffer where the
 * device has those, else one by one. The body of a repeat is queued several times in a row, its
 * launches predicated; the host looks only between such batches whether the repeat goes on. */
#include "lists.h"

/* Runs of commands that a batch comes to at least, though some of them may turn out to do nothing:
 * about what the device does in the time that the host takes to look. */
#define BATCH_RUNS 12

/* ---- runs ----------------------------------------------------------------------------------- */

static void make_native(mfg_plugin_command_list *list, mfg_opencl_step *step,
                        cl_command_queue queue) {
  if (step->native || step->count < 2 || list->native_refused || !list->native_queue) return;
  step->native =
      mfg_opencl_command_buffer_new(list->device, queue, &list->runs[step->first], step->count);
  list->native_refused = step->native == NULL;
}

static cl_int queue_runs(cl_command_queue queue, const mfg_plugin_command_list *list,
                         const mfg_opencl_step *step) {
  cl_int code = CL_SUCCESS;
  if (step->native) return mfg_opencl_command_buffer_queue(list->device, step->native);
  for (size_t i = 0; i < step->count && code == CL_SUCCESS; i++) {
    const mfg_opencl_run *run = &list->runs[step->first + i];
    code = mfg_opencl_enqueue(queue, &run->planned, run->entry);
  }
  return code;
}

/* ---- repeats -------------------------------------------------------------------------------- */

static cl_int queue_steps(cl_command_queue queue, mfg_plugin_command_list *list, size_t first,
                          size_t end);

static uint32_t lesser(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

static uint32_t greater(uint32_t a, uint32_t b) {
  return a > b ? a : b;
}

/* What fits a batch needs no look at all: the device itself notes that the maximum was reached.
 * Else the first batch is as long as the last replay took, and those after it grow. */
static cl_int queue_repeat(cl_command_queue queue, mfg_plugin_command_list *list, size_t begin) {
  mfg_opencl_repeat *repeat = &list->repeats[list->steps[begin].repeat];
  const uint32_t shortest = repeat->runs < BATCH_RUNS ? BATCH_RUNS / (uint32_t)repeat->runs : 1;
  cl_int code = CL_SUCCESS, state[2] = {1, 0};
  uint32_t batch = greater(shortest, repeat->expected), next = shortest;
  for (uint32_t queued = 0; queued < repeat->maximum && state[0] != 0 && code == CL_SUCCESS;) {
    const uint32_t now = lesser(batch, repeat->maximum - queued);
    for (uint32_t i = 0; i < now && code == CL_SUCCESS; i++)
      code = queue_steps(queue, list, begin + 1, repeat->end);
    queued += now;
    batch = next;
    next = lesser(2 * next, UINT32_MAX / 2);
    if (code == CL_SUCCESS && repeat->maximum > shortest)
      code =
          clEnqueueReadBuffer(queue, repeat->state, CL_TRUE, 0, sizeof state, state, 0, NULL, NULL);
  }
  /* None where a repeat around this one had come to its end. */
  if (state[1] > 0) repeat->expected = (uint32_t)state[1];
  return code;
}

static cl_int queue_steps(cl_command_queue queue, mfg_plugin_command_list *list, size_t first,
                          size_t end) {
  cl_int code = CL_SUCCESS;
  for (size_t i = first; i < end && code == CL_SUCCESS; i++) {
    mfg_opencl_step *step = &list->steps[i];
    if (step->kind == MFG_STEP_REPEAT) {
      code = queue_repeat(queue, list, i);
      i = list->repeats[step->repeat].end;
    } else {
      make_native(list, step, queue);
      code = queue_runs(queue, list, step);
    }
  }
  return code;
}

/* ---- a replay ------------------------------------------------------------------------------- */

void mfg_opencl_replay_clear(mfg_plugin_command_list *list) {
  for (size_t i = 0; i < list->step_count; i++) {
    mfg_opencl_command_buffer_free(list->device, list->steps[i].native);
    list->steps[i].native = NULL;
  }
  if (list->native_queue) clReleaseCommandQueue(list->native_queue);
  list->native_queue = NULL;
}

mfg_status mfg_opencl_replay(mfg_plugin_queue *queue, mfg_plugin_command_list *list,
                             mfg_plugin_error *error) {
  const cl_int none = 0;
  cl_int code = CL_SUCCESS;
  if (!list->finished)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "the command list is not finished");
  /* A native buffer belongs to the queue that it was made for. */
  if (list->native_queue != queue->queue) {
    mfg_opencl_replay_clear(list);
    if (clRetainCommandQueue(queue->queue) == CL_SUCCESS) list->native_queue = queue->queue;
  }
  if (list->status)
    code = clEnqueueFillBuffer(queue->queue, list->status, &none, sizeof none, list->status_offset,
                               sizeof none, 0, NULL, NULL);
  if (code == CL_SUCCESS) code = queue_steps(queue->queue, list, 0, list->step_count);
  return code == CL_SUCCESS ? MFG_OK : mfg_opencl_fail(error, code, "replaying a command list");
}
