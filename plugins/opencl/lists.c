/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Command lists, replayed command by command. Every recorded launch has a cl_kernel of its own, so
 * that its arguments are set once. Between the runs of a repeat the host reads the flag. */
#include "opencl.h"

#include <stdlib.h>
#include <string.h>

enum command_kind { RUN = 1, COPY = 2, FILL = 3, REPEAT_BEGIN = 4, REPEAT_END = 5 };

struct command {
  uint32_t kind;
  union {
    struct {
      cl_kernel entry;
      mfg_planned_launch planned;
      uint32_t operands;
      uint32_t stored_operand; /* argument that is the scratch memory too, or UINT32_MAX */
    } run;
    struct {
      cl_mem target, source;
      uint64_t target_offset, source_offset, size;
    } copy;
    struct {
      cl_mem target;
      uint64_t offset, count;
      uint32_t pattern_size;
      unsigned char pattern[16];
    } fill;
    struct {
      cl_mem flag;
      uint64_t flag_offset;
      uint32_t maximum;
      int32_t number;
      size_t end; /* of the matching REPEAT_END */
    } repeat;
  } as;
};

struct mfg_plugin_command_list {
  mfg_plugin_device *device;
  struct command *commands;
  size_t count, capacity;
  int32_t repeats;
  uint64_t scratch_bytes;
  cl_mem scratch;
  cl_mem status;
  uint64_t status_offset;
  bool finished;
};

/* ---- recording ------------------------------------------------------------------------------ */

static mfg_status create(mfg_plugin_device *device, mfg_plugin_command_list **list,
                         mfg_plugin_error *error) {
  *list = calloc(1, sizeof **list);
  if (!*list)
    return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory for a command list");
  (*list)->device = device;
  return MFG_OK;
}

static mfg_status append(mfg_plugin_command_list *list, const struct command *command,
                         mfg_plugin_error *error) {
  if (list->finished)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "the command list is finished and takes no more commands");
  if (list->count == list->capacity) {
    size_t capacity = list->capacity ? 2 * list->capacity : 32;
    struct command *commands = realloc(list->commands, capacity * sizeof *commands);
    if (!commands)
      return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0,
                                  "no memory for a command list");
    list->commands = commands;
    list->capacity = capacity;
  }
  list->commands[list->count++] = *command;
  return MFG_OK;
}

/* The module's operand that is scratch memory: only the first of a module can be. */
static uint32_t stored_operand(const mfg_plugin_kernel *kernel, uint32_t module) {
  return mfg_emitter_operands(kernel->emitter, module) > 0 &&
                 mfg_emitter_operand(kernel->emitter, module, 0) < 0
             ? 0
             : UINT32_MAX;
}

static mfg_status record_run(mfg_plugin_command_list *list, mfg_plugin_kernel *kernel,
                             const mfg_planned_launch *planned, const mfg_kernel_launch *launch,
                             mfg_plugin_error *error) {
  cl_int code;
  uint32_t m = planned->module;
  struct command command = {.kind = RUN};
  command.as.run.planned = *planned;
  command.as.run.operands = mfg_emitter_operands(kernel->emitter, m);
  command.as.run.stored_operand = stored_operand(kernel, m);
  command.as.run.entry = clCreateKernel(
      kernel->programs[m], mfg_emitter_entry_name(kernel->emitter, m, planned->entry), &code);
  if (code != CL_SUCCESS) return mfg_opencl_fail(error, code, "recording a launch");
  code = mfg_opencl_bind(kernel, planned, launch, NULL, NULL, command.as.run.entry);
  mfg_status status = code == CL_SUCCESS ? append(list, &command, error)
                                         : mfg_opencl_fail(error, code, "recording a launch");
  if (status != MFG_OK) clReleaseKernel(command.as.run.entry);
  return status;
}

static mfg_status record_launch(mfg_plugin_command_list *list, mfg_plugin_kernel *kernel,
                                const mfg_kernel_launch *launch, mfg_plugin_error *error) {
  pthread_mutex_lock(&kernel->mutex);
  mfg_status status = mfg_opencl_plan(kernel, launch, error);
  for (uint32_t i = 0; status == MFG_OK && i < kernel->plan.count; i++)
    status = record_run(list, kernel, &kernel->plan.launches[i], launch, error);
  if (status == MFG_OK && kernel->plan.scratch_bytes > list->scratch_bytes)
    list->scratch_bytes = kernel->plan.scratch_bytes;
  pthread_mutex_unlock(&kernel->mutex);
  return status;
}

static mfg_status record_copy(mfg_plugin_command_list *list, mfg_plugin_buffer *target,
                              uint64_t target_offset, mfg_plugin_buffer *source,
                              uint64_t source_offset, uint64_t size, mfg_plugin_error *error) {
  struct command command = {.kind = COPY};
  command.as.copy.target = target->memory;
  command.as.copy.source = source->memory;
  command.as.copy.target_offset = target_offset;
  command.as.copy.source_offset = source_offset;
  command.as.copy.size = size;
  return append(list, &command, error);
}

static mfg_status record_fill(mfg_plugin_command_list *list, mfg_plugin_buffer *target,
                              uint64_t offset, const void *pattern, uint32_t pattern_size,
                              uint64_t count, mfg_plugin_error *error) {
  struct command command = {.kind = FILL};
  if (pattern_size == 0 || pattern_size > 16 || (pattern_size & (pattern_size - 1)) != 0)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "a pattern of %u bytes, expected 1, 2, 4, 8 or 16", pattern_size);
  command.as.fill.target = target->memory;
  command.as.fill.offset = offset;
  command.as.fill.count = count;
  command.as.fill.pattern_size = pattern_size;
  memcpy(command.as.fill.pattern, pattern, pattern_size);
  return append(list, &command, error);
}

static mfg_status repeat_begin(mfg_plugin_command_list *list, uint32_t maximum,
                               mfg_plugin_buffer *flag, uint64_t flag_offset,
                               mfg_plugin_error *error) {
  struct command command = {.kind = REPEAT_BEGIN};
  if (maximum == 0)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "a repeat of at most 0 runs, expected at least 1");
  command.as.repeat.flag = flag->memory;
  command.as.repeat.flag_offset = flag_offset;
  command.as.repeat.maximum = maximum;
  command.as.repeat.number = list->repeats + 1;
  mfg_status status = append(list, &command, error);
  if (status == MFG_OK) list->repeats++;
  return status;
}

static mfg_status repeat_end(mfg_plugin_command_list *list, mfg_plugin_error *error) {
  struct command command = {.kind = REPEAT_END};
  for (size_t i = list->count; i-- > 0;) {
    struct command *begin = &list->commands[i];
    if (begin->kind != REPEAT_BEGIN || begin->as.repeat.end != 0) continue;
    mfg_status status = append(list, &command, error);
    if (status == MFG_OK) list->commands[i].as.repeat.end = list->count - 1;
    return status;
  }
  return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                              "repeat_end without a repeat that is open");
}

/* ---- finishing ------------------------------------------------------------------------------ */

static mfg_status check_list(const mfg_plugin_command_list *list, const mfg_plugin_buffer *status,
                             mfg_plugin_error *error) {
  if (list->finished)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "the command list is finished already");
  if (list->repeats > 0 && !status)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "status is NULL, expected a buffer for a list with a repeat");
  for (size_t i = 0; i < list->count; i++)
    if (list->commands[i].kind == REPEAT_BEGIN && list->commands[i].as.repeat.end == 0)
      return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                  "repeat %d is still open, expected repeat_end",
                                  list->commands[i].as.repeat.number);
  return MFG_OK;
}

static cl_int bind_scratch(const mfg_plugin_command_list *list) {
  cl_int code = CL_SUCCESS;
  for (size_t i = 0; i < list->count && code == CL_SUCCESS; i++) {
    const struct command *command = &list->commands[i];
    if (command->kind != RUN) continue;
    code = clSetKernelArg(command->as.run.entry, command->as.run.operands, sizeof list->scratch,
                          &list->scratch);
    if (code == CL_SUCCESS && command->as.run.stored_operand != UINT32_MAX)
      code = clSetKernelArg(command->as.run.entry, command->as.run.stored_operand,
                            sizeof list->scratch, &list->scratch);
  }
  return code;
}

static mfg_status finish(mfg_plugin_command_list *list, mfg_plugin_buffer *status,
                         uint64_t status_offset, mfg_plugin_error *error) {
  cl_int code = CL_SUCCESS;
  mfg_status checked = check_list(list, status, error);
  if (checked != MFG_OK) return checked;
  list->status = status ? status->memory : NULL;
  list->status_offset = status_offset;
  if (list->scratch_bytes > 0) {
    list->scratch =
        clCreateBuffer(list->device->context, CL_MEM_READ_WRITE, list->scratch_bytes, NULL, &code);
    if (code == CL_SUCCESS) code = bind_scratch(list);
  }
  if (code != CL_SUCCESS) return mfg_opencl_fail(error, code, "allocating scratch memory");
  list->finished = true;
  return MFG_OK;
}

/* ---- replaying ------------------------------------------------------------------------------ */

static cl_int replay_one(cl_command_queue queue, const struct command *command) {
  switch (command->kind) {
  case RUN: return mfg_opencl_enqueue(queue, &command->as.run.planned, command->as.run.entry);
  case COPY:
    return mfg_opencl_enqueue_copy(queue, command->as.copy.target, command->as.copy.target_offset,
                                   command->as.copy.source, command->as.copy.source_offset,
                                   command->as.copy.size);
  case FILL:
    return mfg_opencl_enqueue_fill(queue, command->as.fill.target, command->as.fill.offset,
                                   command->as.fill.pattern, command->as.fill.pattern_size,
                                   command->as.fill.count);
  default: return CL_SUCCESS;
  }
}

static cl_int replay_range(cl_command_queue queue, const mfg_plugin_command_list *list,
                           size_t first, size_t end, int32_t *reached);

static cl_int replay_repeat(cl_command_queue queue, const mfg_plugin_command_list *list,
                            size_t begin, int32_t *reached) {
  const struct command *repeat = &list->commands[begin];
  cl_int code = CL_SUCCESS;
  unsigned char done = 0;
  for (uint32_t run = 0; run < repeat->as.repeat.maximum && !done && code == CL_SUCCESS; run++) {
    code = replay_range(queue, list, begin + 1, repeat->as.repeat.end, reached);
    if (code == CL_SUCCESS)
      code = clEnqueueReadBuffer(queue, repeat->as.repeat.flag, CL_TRUE,
                                 repeat->as.repeat.flag_offset, 1, &done, 0, NULL, NULL);
  }
  if (!done && *reached == 0) *reached = repeat->as.repeat.number;
  return code;
}

static cl_int replay_range(cl_command_queue queue, const mfg_plugin_command_list *list,
                           size_t first, size_t end, int32_t *reached) {
  cl_int code = CL_SUCCESS;
  for (size_t i = first; i < end && code == CL_SUCCESS; i++) {
    if (list->commands[i].kind == REPEAT_BEGIN) {
      code = replay_repeat(queue, list, i, reached);
      i = list->commands[i].as.repeat.end;
    } else {
      code = replay_one(queue, &list->commands[i]);
    }
  }
  return code;
}

static mfg_status replay(mfg_plugin_queue *queue, mfg_plugin_command_list *list,
                         mfg_plugin_error *error) {
  int32_t reached = 0;
  if (!list->finished)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "the command list is not finished");
  cl_int code = replay_range(queue->queue, list, 0, list->count, &reached);
  if (code == CL_SUCCESS && list->status)
    code = clEnqueueFillBuffer(queue->queue, list->status, &reached, sizeof reached,
                               list->status_offset, sizeof reached, 0, NULL, NULL);
  return code == CL_SUCCESS ? MFG_OK : mfg_opencl_fail(error, code, "replaying a command list");
}

static void release(mfg_plugin_command_list *list) {
  for (size_t i = 0; i < list->count; i++)
    if (list->commands[i].kind == RUN) clReleaseKernel(list->commands[i].as.run.entry);
  if (list->scratch) clReleaseMemObject(list->scratch);
  free(list->commands);
  free(list);
}

const mfg_plugin_command_list_table mfg_opencl_command_list_table = {
    .struct_size = sizeof mfg_opencl_command_list_table,
    .create = create,
    .launch = record_launch,
    .copy = record_copy,
    .fill = record_fill,
    .repeat_begin = repeat_begin,
    .repeat_end = repeat_end,
    .finish = finish,
    .replay = replay,
    .release = release,
};
