/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The template with a call that fails: the test that loads it stores in `failing_call` how many
 * calls that can fail are to succeed first, and in `failing_lasts` whether all later ones fail. */
#define mfg_backend_query template_query
#include "template.c"
#undef mfg_backend_query

MFG_EXPORT extern long failing_call;
MFG_EXPORT extern bool failing_lasts;
MFG_EXPORT extern bool failing_happened;
long failing_call = -1;
bool failing_lasts;
bool failing_happened;

static bool fails(mfg_plugin_error *error) {
  if (failing_call < 0) return false;
  if (failing_call > 0) {
    failing_call--;
    return false;
  }
  if (!failing_lasts) failing_call = -1;
  failing_happened = true;
  mfg_plugin_error_set(error, MFG_ERROR_LAUNCH, 7, "the device was told to fail");
  return true;
}

#define FAILING(function, parameters, call)                                                        \
  static mfg_status failing_##function parameters {                                                \
    return fails(error) ? MFG_ERROR_LAUNCH : call;                                                 \
  }

FAILING(allocate,
        (mfg_plugin_device * device, uint64_t size, mfg_plugin_buffer **buffer,
         mfg_plugin_error *error),
        allocate_buffer(device, size, buffer, error))
FAILING(upload,
        (mfg_plugin_queue * queue, mfg_plugin_buffer *target, uint64_t offset, const void *source,
         uint64_t size, mfg_plugin_error *error),
        mfg_sdk_host_upload(queue, target, offset, source, size, error))
FAILING(download,
        (mfg_plugin_queue * queue, mfg_plugin_buffer *source, uint64_t offset, void *target,
         uint64_t size, mfg_plugin_error *error),
        mfg_sdk_host_download(queue, source, offset, target, size, error))
FAILING(copy,
        (mfg_plugin_queue * queue, mfg_plugin_buffer *target, uint64_t target_offset,
         mfg_plugin_buffer *source, uint64_t source_offset, uint64_t size, mfg_plugin_error *error),
        mfg_sdk_host_copy(queue, target, target_offset, source, source_offset, size, error))
FAILING(fill,
        (mfg_plugin_queue * queue, mfg_plugin_buffer *target, uint64_t offset, const void *pattern,
         uint32_t pattern_size, uint64_t count, mfg_plugin_error *error),
        mfg_sdk_host_fill(queue, target, offset, pattern, pattern_size, count, error))
FAILING(create_queue,
        (mfg_plugin_device * device, mfg_plugin_queue **queue, mfg_plugin_error *error),
        mfg_sdk_host_queue_table.create(device, queue, error))
FAILING(synchronise, (mfg_plugin_queue * queue, mfg_plugin_error *error),
        mfg_sdk_host_queue_table.synchronise(queue, error))
FAILING(prepare,
        (mfg_plugin_device * device, const mfg_kernel_description *description,
         mfg_plugin_kernel **kernel, mfg_plugin_error *error),
        mfg_sdk_host_kernel_table.prepare(device, description, kernel, error))
FAILING(launch,
        (mfg_plugin_queue * queue, mfg_plugin_kernel *kernel, const mfg_kernel_launch *launch,
         mfg_plugin_error *error),
        mfg_sdk_host_kernel_table.launch(queue, kernel, launch, error))
FAILING(list_create,
        (mfg_plugin_device * device, mfg_plugin_command_list **list, mfg_plugin_error *error),
        mfg_sdk_host_command_list_table.create(device, list, error))
FAILING(list_launch,
        (mfg_plugin_command_list * list, mfg_plugin_kernel *kernel, const mfg_kernel_launch *launch,
         mfg_plugin_error *error),
        mfg_sdk_host_list_launch(list, kernel, launch, error))
FAILING(list_repeat_begin,
        (mfg_plugin_command_list * list, uint32_t maximum, mfg_plugin_buffer *flag,
         uint64_t flag_offset, mfg_plugin_error *error),
        mfg_sdk_host_list_repeat_begin(list, maximum, flag, flag_offset, error))
FAILING(list_repeat_end, (mfg_plugin_command_list * list, mfg_plugin_error *error),
        mfg_sdk_host_list_repeat_end(list, error))
FAILING(list_finish,
        (mfg_plugin_command_list * list, mfg_plugin_buffer *status, uint64_t status_offset,
         mfg_plugin_error *error),
        mfg_sdk_host_list_finish(list, status, status_offset, error))
FAILING(list_replay,
        (mfg_plugin_queue * queue, mfg_plugin_command_list *list, mfg_plugin_error *error),
        mfg_sdk_host_list_replay(queue, list, error))

static mfg_plugin_buffer_table failing_buffers;
static mfg_plugin_queue_table failing_queues;
static mfg_plugin_kernel_table failing_kernels;
static mfg_plugin_command_list_table failing_lists;
static mfg_plugin failing;

MFG_EXPORT const mfg_plugin *mfg_backend_query(const mfg_plugin_host *host);

const mfg_plugin *mfg_backend_query(const mfg_plugin_host *host) {
  failing = *template_query(host);
  failing_buffers = buffer_table;
  failing_buffers.allocate = failing_allocate;
  failing_buffers.upload = failing_upload;
  failing_buffers.download = failing_download;
  failing_buffers.copy = failing_copy;
  failing_buffers.fill = failing_fill;
  failing_queues = mfg_sdk_host_queue_table;
  failing_queues.create = failing_create_queue;
  failing_queues.synchronise = failing_synchronise;
  failing_kernels = mfg_sdk_host_kernel_table;
  failing_kernels.prepare = failing_prepare;
  failing_kernels.launch = failing_launch;
  failing_lists = mfg_sdk_host_command_list_table;
  failing_lists.create = failing_list_create;
  failing_lists.launch = failing_list_launch;
  failing_lists.repeat_begin = failing_list_repeat_begin;
  failing_lists.repeat_end = failing_list_repeat_end;
  failing_lists.finish = failing_list_finish;
  failing_lists.replay = failing_list_replay;
  failing.name = "failing";
  failing.buffer = &failing_buffers;
  failing.queue = &failing_queues;
  failing.kernel = &failing_kernels;
  failing.command_list = &failing_lists;
  return &failing;
}
