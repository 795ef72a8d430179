/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recording: launches, copies and fills become runs, repeats become steps around them. */
#include "lists.h"

#include <stdlib.h>
#include <string.h>

/* Items of a group of the kernels in commands.cl. */
#define GROUP_ITEMS 64

/* ---- growing -------------------------------------------------------------------------------- */

/* The items, with room for one more; NULL where there is no memory, and nothing has changed. */
static void *with_room(void *items, size_t count, size_t *capacity, size_t size) {
  if (count < *capacity) return items;
  size_t larger = *capacity ? 2 * *capacity : 16;
  void *memory = realloc(items, larger * size);
  if (memory) *capacity = larger;
  return memory;
}

static mfg_status no_memory(mfg_plugin_error *error) {
  return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory for a command list");
}

static mfg_status check_open(const mfg_plugin_command_list *list, mfg_plugin_error *error) {
  if (!list->finished) return MFG_OK;
  return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                              "the command list is finished and takes no more commands");
}

static bool append_step(mfg_plugin_command_list *list, const mfg_opencl_step *step) {
  mfg_opencl_step *steps =
      with_room(list->steps, list->step_count, &list->step_capacity, sizeof *step);
  if (!steps) return false;
  list->steps = steps;
  list->steps[list->step_count++] = *step;
  return true;
}

/* Takes over the run's objects, also when it fails. */
static mfg_status append_run(mfg_plugin_command_list *list, const mfg_opencl_run *run,
                             mfg_plugin_error *error) {
  const mfg_opencl_step *last = list->step_count ? &list->steps[list->step_count - 1] : NULL;
  const mfg_opencl_step step = {.kind = MFG_STEP_RUNS, .first = list->run_count};
  mfg_opencl_run *runs = with_room(list->runs, list->run_count, &list->run_capacity, sizeof *run);
  if (runs) list->runs = runs;
  if (!runs || ((!last || last->kind != MFG_STEP_RUNS) && !append_step(list, &step))) {
    mfg_opencl_run_clear(run);
    return no_memory(error);
  }
  list->runs[list->run_count++] = *run;
  list->steps[list->step_count - 1].count++;
  return MFG_OK;
}

void mfg_opencl_run_clear(const mfg_opencl_run *run) {
  if (run->entry) clReleaseKernel(run->entry);
  if (run->launch_memory) clReleaseMemObject(run->launch_memory);
}

static cl_mem predicate_of(const mfg_plugin_command_list *list) {
  return list->open_repeat == UINT32_MAX ? NULL : list->repeats[list->open_repeat].state;
}

/* ---- launches ------------------------------------------------------------------------------- */

/* The module's operand that is scratch memory: only the first of a module can be. */
static uint32_t stored_operand(const mfg_plugin_kernel *kernel, uint32_t module) {
  return mfg_emitter_operands(kernel->emitter, module) > 0 &&
                 mfg_emitter_operand(kernel->emitter, module, 0) < 0
             ? 0
             : MFG_OPENCL_NO_ARGUMENT;
}

static mfg_status record_run(mfg_plugin_command_list *list, mfg_plugin_kernel *kernel,
                             const mfg_planned_launch *planned, const mfg_kernel_launch *launch,
                             mfg_plugin_error *error) {
  cl_int code;
  uint32_t m = planned->module;
  mfg_opencl_run run = {.planned = *planned,
                        .scratch_argument = mfg_emitter_operands(kernel->emitter, m),
                        .stored_argument = stored_operand(kernel, m),
                        .status_argument = MFG_OPENCL_NO_ARGUMENT};
  run.entry = clCreateKernel(kernel->programs[m],
                             mfg_emitter_entry_name(kernel->emitter, m, planned->entry), &code);
  if (code == CL_SUCCESS) run.launch_memory = mfg_opencl_launch_memory(kernel, m, &code);
  if (code == CL_SUCCESS)
    code = mfg_opencl_bind(kernel, planned, launch, run.launch_memory, NULL, predicate_of(list),
                           run.entry);
  if (code == CL_SUCCESS) return append_run(list, &run, error);
  mfg_opencl_run_clear(&run);
  return mfg_opencl_fail(error, code, "recording a launch");
}

mfg_status mfg_opencl_record_launch(mfg_plugin_command_list *list, mfg_plugin_kernel *kernel,
                                    const mfg_kernel_launch *launch, mfg_plugin_error *error) {
  mfg_status status = check_open(list, error);
  if (status != MFG_OK) return status;
  pthread_mutex_lock(&kernel->mutex);
  status = mfg_opencl_plan(kernel, launch, error);
  for (uint32_t i = 0; status == MFG_OK && i < kernel->plan.count; i++)
    status = record_run(list, kernel, &kernel->plan.launches[i], launch, error);
  if (status == MFG_OK && kernel->plan.scratch_bytes > list->scratch_bytes)
    list->scratch_bytes = kernel->plan.scratch_bytes;
  pthread_mutex_unlock(&kernel->mutex);
  return status;
}

/* ---- the kernels of commands.cl ------------------------------------------------------------- */

struct argument {
  size_t size;
  const void *value;
};

static struct argument memory_argument(const cl_mem *memory) {
  return (struct argument){sizeof *memory, *memory ? memory : NULL};
}

/* Records `items` items of an entry of commands.cl. The status word of a list is bound when the
 * list is finished: `status_argument`. */
static mfg_status record_command(mfg_plugin_command_list *list, const char *name, uint64_t items,
                                 const struct argument *arguments, cl_uint count,
                                 cl_uint status_argument, mfg_plugin_error *error) {
  cl_program program;
  cl_int code;
  mfg_status status = mfg_opencl_commands(list->device, &program, error);
  if (status != MFG_OK) return status;
  uint64_t local = items == 1 || list->device->facts.group_limit < GROUP_ITEMS ? 1 : GROUP_ITEMS;
  mfg_opencl_run run = {
      .planned = {.global = {(items + local - 1) / local * local, 1, 1}, .local = {local, 1, 1}},
      .scratch_argument = MFG_OPENCL_NO_ARGUMENT,
      .stored_argument = MFG_OPENCL_NO_ARGUMENT,
      .status_argument = status_argument};
  run.entry = clCreateKernel(program, name, &code);
  if (code != CL_SUCCESS) return mfg_opencl_fail(error, code, "recording a command");
  for (cl_uint i = 0; i < count && code == CL_SUCCESS; i++)
    code = clSetKernelArg(run.entry, i, arguments[i].size, arguments[i].value);
  if (code == CL_SUCCESS) return append_run(list, &run, error);
  mfg_opencl_run_clear(&run);
  return mfg_opencl_fail(error, code, "recording a command");
}

/* The largest unit that all of these are multiples of. */
static cl_int unit_of(uint64_t a, uint64_t b, uint64_t c) {
  uint64_t all = a | b | c;
  return all % 8 == 0 ? 8 : all % 4 == 0 ? 4 : 1;
}

mfg_status mfg_opencl_record_copy(mfg_plugin_command_list *list, mfg_plugin_buffer *target,
                                  uint64_t target_offset, mfg_plugin_buffer *source,
                                  uint64_t source_offset, uint64_t size, mfg_plugin_error *error) {
  mfg_status status = check_open(list, error);
  if (status == MFG_OK) status = mfg_opencl_check_range(target, target_offset, size, error);
  if (status == MFG_OK) status = mfg_opencl_check_range(source, source_offset, size, error);
  if (status != MFG_OK || size == 0) return status;
  const cl_int unit = unit_of(target_offset, source_offset, size);
  const cl_ulong to = target_offset, from = source_offset, count = size / (uint64_t)unit;
  const cl_mem predicate = predicate_of(list);
  const struct argument arguments[] = {memory_argument(&predicate),
                                       memory_argument(&target->memory),
                                       memory_argument(&source->memory),
                                       {sizeof to, &to},
                                       {sizeof from, &from},
                                       {sizeof count, &count},
                                       {sizeof unit, &unit}};
  return record_command(list, "mfg_copy", count, arguments, 7, MFG_OPENCL_NO_ARGUMENT, error);
}

mfg_status mfg_opencl_record_fill(mfg_plugin_command_list *list, mfg_plugin_buffer *target,
                                  uint64_t offset, const void *pattern, uint32_t pattern_size,
                                  uint64_t count, mfg_plugin_error *error) {
  cl_ulong words[2];
  mfg_status status = check_open(list, error);
  if (status == MFG_OK) status = mfg_opencl_check_fill(target, offset, pattern_size, count, error);
  if (status != MFG_OK || count == 0) return status;
  for (uint32_t i = 0; i < sizeof words / pattern_size; i++)
    memcpy((char *)words + i * pattern_size, pattern, pattern_size);
  const uint64_t size = count * pattern_size;
  const cl_int unit = unit_of(offset, size, 0);
  const cl_ulong at = offset, units = size / (uint64_t)unit;
  const cl_mem predicate = predicate_of(list);
  const struct argument arguments[] = {
      memory_argument(&predicate), memory_argument(&target->memory), {sizeof at, &at},
      {sizeof units, &units},      {sizeof words[0], &words[0]},     {sizeof words[1], &words[1]},
      {sizeof unit, &unit}};
  return record_command(list, "mfg_fill", units, arguments, 7, MFG_OPENCL_NO_ARGUMENT, error);
}

/* ---- repeats -------------------------------------------------------------------------------- */

/* Records what sets the state of the repeat that is about to be opened. */
static mfg_status record_begin(mfg_plugin_command_list *list, cl_mem state,
                               mfg_plugin_error *error) {
  const cl_mem predicate = predicate_of(list);
  const struct argument arguments[] = {memory_argument(&predicate), memory_argument(&state)};
  return record_command(list, "mfg_repeat_begin", 1, arguments, 2, MFG_OPENCL_NO_ARGUMENT, error);
}

static mfg_status open_repeat(mfg_plugin_command_list *list, const mfg_opencl_repeat *repeat,
                              mfg_plugin_error *error) {
  mfg_status status = record_begin(list, repeat->state, error);
  if (status != MFG_OK) return status;
  const mfg_opencl_step step = {.kind = MFG_STEP_REPEAT, .repeat = (uint32_t)list->repeat_count};
  if (!append_step(list, &step)) return no_memory(error);
  list->open_repeat = (uint32_t)list->repeat_count;
  list->repeats[list->repeat_count] = *repeat;
  list->repeats[list->repeat_count++].first_run = list->run_count;
  return MFG_OK;
}

mfg_status mfg_opencl_record_repeat_begin(mfg_plugin_command_list *list, uint32_t maximum,
                                          mfg_plugin_buffer *flag, uint64_t flag_offset,
                                          mfg_plugin_error *error) {
  cl_int code;
  mfg_status status = check_open(list, error);
  if (status == MFG_OK) status = mfg_opencl_check_range(flag, flag_offset, 1, error);
  if (status != MFG_OK) return status;
  if (maximum == 0)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "a repeat of at most 0 runs, expected at least 1");
  mfg_opencl_repeat *repeats =
      with_room(list->repeats, list->repeat_count, &list->repeat_capacity, sizeof *repeats);
  if (!repeats) return no_memory(error);
  list->repeats = repeats;
  mfg_opencl_repeat repeat = {.flag = flag->memory,
                              .flag_offset = flag_offset,
                              .maximum = maximum,
                              .around = list->open_repeat};
  repeat.state =
      clCreateBuffer(list->device->context, CL_MEM_READ_WRITE, 2 * sizeof(cl_int), NULL, &code);
  if (code != CL_SUCCESS) return mfg_opencl_fail(error, code, "recording a repeat");
  status = open_repeat(list, &repeat, error);
  if (status != MFG_OK) clReleaseMemObject(repeat.state);
  return status;
}

static mfg_status record_turn(mfg_plugin_command_list *list, const mfg_opencl_repeat *repeat,
                              mfg_plugin_error *error) {
  const cl_ulong flag_offset = repeat->flag_offset, status_offset = 0;
  const cl_uint maximum = repeat->maximum;
  const cl_int number = (cl_int)(repeat - list->repeats) + 1;
  const struct argument arguments[] = {memory_argument(&repeat->state),
                                       memory_argument(&repeat->flag),
                                       {sizeof flag_offset, &flag_offset},
                                       {sizeof maximum, &maximum},
                                       {sizeof number, &number},
                                       {sizeof(cl_mem), NULL},
                                       {sizeof status_offset, &status_offset}};
  return record_command(list, "mfg_repeat_turn", 1, arguments, 7, 5, error);
}

mfg_status mfg_opencl_record_repeat_end(mfg_plugin_command_list *list, mfg_plugin_error *error) {
  mfg_status status = check_open(list, error);
  if (status != MFG_OK) return status;
  if (list->open_repeat == UINT32_MAX)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "repeat_end without a repeat that is open");
  mfg_opencl_repeat *repeat = &list->repeats[list->open_repeat];
  status = record_turn(list, repeat, error);
  if (status != MFG_OK) return status;
  const mfg_opencl_step step = {.kind = MFG_STEP_REPEAT_END, .repeat = list->open_repeat};
  if (!append_step(list, &step)) return no_memory(error);
  repeat->end = list->step_count - 1;
  repeat->runs = list->run_count - repeat->first_run;
  list->open_repeat = repeat->around;
  return MFG_OK;
}
