/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lists.h"

#include <stdlib.h>

static mfg_status create(mfg_plugin_device *device, mfg_plugin_command_list **list,
                         mfg_plugin_error *error) {
  *list = calloc(1, sizeof **list);
  if (!*list)
    return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory for a command list");
  (*list)->device = device;
  (*list)->open_repeat = UINT32_MAX;
  return MFG_OK;
}

static mfg_status check_list(const mfg_plugin_command_list *list, const mfg_plugin_buffer *status,
                             uint64_t status_offset, mfg_plugin_error *error) {
  if (list->finished)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "the command list is finished already");
  if (list->open_repeat != UINT32_MAX)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "repeat %u is still open, expected repeat_end",
                                list->open_repeat + 1);
  if (!status && list->repeat_count > 0)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "status is NULL, expected a buffer for a list with a repeat");
  if (status && status_offset % sizeof(cl_int) != 0)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "the status word at offset %llu, expected a multiple of 4",
                                (unsigned long long)status_offset);
  return status ? mfg_opencl_check_range(status, status_offset, sizeof(cl_int), error) : MFG_OK;
}

static cl_int set_memory(cl_kernel entry, cl_uint argument, const cl_mem *memory) {
  if (argument == MFG_OPENCL_NO_ARGUMENT || !*memory) return CL_SUCCESS;
  return clSetKernelArg(entry, argument, sizeof *memory, memory);
}

/* Sets what was not known when the runs were recorded. */
static cl_int bind_late(const mfg_plugin_command_list *list) {
  const cl_ulong offset = list->status_offset;
  cl_int code = CL_SUCCESS;
  for (size_t i = 0; i < list->run_count && code == CL_SUCCESS; i++) {
    const mfg_opencl_run *run = &list->runs[i];
    code = set_memory(run->entry, run->scratch_argument, &list->scratch);
    if (code == CL_SUCCESS) code = set_memory(run->entry, run->stored_argument, &list->scratch);
    if (code == CL_SUCCESS) code = set_memory(run->entry, run->status_argument, &list->status);
    if (code == CL_SUCCESS && run->status_argument != MFG_OPENCL_NO_ARGUMENT)
      code = clSetKernelArg(run->entry, run->status_argument + 1, sizeof offset, &offset);
  }
  return code;
}

static mfg_status finish(mfg_plugin_command_list *list, mfg_plugin_buffer *status,
                         uint64_t status_offset, mfg_plugin_error *error) {
  cl_int code = CL_SUCCESS;
  mfg_status checked = check_list(list, status, status_offset, error);
  if (checked != MFG_OK) return checked;
  list->status = status ? status->memory : NULL;
  list->status_offset = status_offset;
  if (list->scratch_bytes > 0 && !list->scratch)
    list->scratch =
        clCreateBuffer(list->device->context, CL_MEM_READ_WRITE, list->scratch_bytes, NULL, &code);
  if (code != CL_SUCCESS) return mfg_opencl_fail_memory(error, code, "allocating scratch memory");
  code = bind_late(list);
  if (code != CL_SUCCESS) return mfg_opencl_fail(error, code, "finishing a command list");
  list->finished = true;
  return MFG_OK;
}

static void release(mfg_plugin_command_list *list) {
  mfg_opencl_replay_clear(list);
  for (size_t i = 0; i < list->run_count; i++)
    mfg_opencl_run_clear(&list->runs[i]);
  for (size_t i = 0; i < list->repeat_count; i++)
    clReleaseMemObject(list->repeats[i].state);
  if (list->scratch) clReleaseMemObject(list->scratch);
  free(list->runs);
  free(list->steps);
  free(list->repeats);
  free(list);
}

const mfg_plugin_command_list_table mfg_opencl_command_list_table = {
    .struct_size = sizeof mfg_opencl_command_list_table,
    .create = create,
    .launch = mfg_opencl_record_launch,
    .copy = mfg_opencl_record_copy,
    .fill = mfg_opencl_record_fill,
    .repeat_begin = mfg_opencl_record_repeat_begin,
    .repeat_end = mfg_opencl_record_repeat_end,
    .finish = finish,
    .replay = mfg_opencl_replay,
    .release = release,
};
