/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running recordings: as a command list of the plugin, or command by command. */
#include <stdlib.h>

#include "array/context_private.h"
#include "array/recording.h"
#include "fusion/fusion.h"
#include "support/error.h"

/* ---- as a list of the plugin -------------------------------------------------------------------
 */

static bool all_prepared(const mfg_frame *frame) {
  for (size_t i = 0; i < frame->count; i++) {
    const mfg_command *command = &frame->commands[i];
    if (command->kind == MFG_COMMAND_LAUNCH && command->kernel->prepared == NULL) return false;
    if (command->kind == MFG_COMMAND_REPEAT && !all_prepared(command->body)) return false;
  }
  return true;
}

static mfg_status list_frame(const mfg_plugin_command_list_table *lists,
                             mfg_plugin_command_list *list, const mfg_frame *frame,
                             mfg_plugin_error *error) {
  mfg_status status = MFG_OK;
  for (size_t i = 0; i < frame->count && status == MFG_OK; i++) {
    const mfg_command *command = &frame->commands[i];
    switch (command->kind) {
    case MFG_COMMAND_NOTHING: break;
    case MFG_COMMAND_LAUNCH:
      status = lists->launch(list, command->kernel->prepared, &command->launch, error);
      break;
    case MFG_COMMAND_COPY:
      status = lists->copy(list, command->target->buffer, command->target_offset,
                           command->source->buffer, command->source_offset, command->size, error);
      break;
    case MFG_COMMAND_REPEAT:
      status = lists->repeat_begin(list, command->maximum, command->target->buffer,
                                   command->target_offset, error);
      if (status == MFG_OK) status = list_frame(lists, list, command->body, error);
      if (status == MFG_OK) status = lists->repeat_end(list, error);
      break;
    }
  }
  return status;
}

mfg_status mfg_recording_submit(mfg_recording *recording) {
  mfg_context *context = recording->context;
  const mfg_plugin_command_list_table *lists = context->plugin->command_list;
  if (lists == NULL || !all_prepared(recording->root)) return MFG_OK;
  mfg_status status = MFG_OK;
  if (recording->repeats > 0) {
    recording->status_block = mfg_block_new(context, sizeof(int32_t), 0, &status);
    if (recording->status_block == NULL) return status;
  }
  MFG_PLUGIN_ERROR(error);
  status = lists->create(context->device, &recording->list, &error);
  if (status == MFG_OK) status = list_frame(lists, recording->list, recording->root, &error);
  if (status == MFG_OK)
    status = lists->finish(recording->list,
                           recording->status_block != NULL ? recording->status_block->buffer : NULL,
                           0, &error);
  if (status == MFG_OK) return MFG_OK;
  if (recording->list != NULL) lists->release(recording->list);
  recording->list = NULL;
  if (status == MFG_ERROR_UNSUPPORTED) return MFG_OK; /* core walks the commands */
  return mfg_context_plugin_failed(context, &error, status, "recording a command list");
}

/* ---- command by command ---------------------------------------------------------------------- */

typedef struct replay_walk {
  mfg_context *context;
  int32_t repeat; /* counted in the order in which bodies begin */
  int32_t limit;  /* the first repeat that reached its maximum, or 0 */
} replay_walk;

static mfg_status run_frame(replay_walk *walk, const mfg_frame *frame);

static int32_t count_repeats(const mfg_frame *frame) {
  int32_t count = 0;
  for (size_t i = 0; i < frame->count; i++)
    if (frame->commands[i].kind == MFG_COMMAND_REPEAT)
      count += 1 + count_repeats(frame->commands[i].body);
  return count;
}

static mfg_status run_repeat(replay_walk *walk, const mfg_command *command) {
  mfg_context *context = walk->context;
  int32_t number = ++walk->repeat;
  int32_t inside = walk->repeat;
  uint8_t flag = 0;
  mfg_status status = MFG_OK;
  for (uint32_t turn = 0; turn < command->maximum && flag == 0 && status == MFG_OK; turn++) {
    walk->repeat = inside;
    status = run_frame(walk, command->body);
    if (status != MFG_OK) break;
    context->bytes_to_host += sizeof flag;
    MFG_PLUGIN_ERROR(error);
    status = context->plugin->buffer->download(context->queue, command->target->buffer,
                                               command->target_offset, &flag, 1, &error);
    if (status != MFG_OK)
      status = mfg_context_plugin_failed(context, &error, status, "reading the flag of a repeat");
  }
  walk->repeat = inside + count_repeats(command->body);
  if (status == MFG_OK && flag == 0 && walk->limit == 0) walk->limit = number;
  return status;
}

static mfg_status run_frame(replay_walk *walk, const mfg_frame *frame) {
  mfg_status status = MFG_OK;
  for (size_t i = 0; i < frame->count && status == MFG_OK; i++) {
    const mfg_command *command = &frame->commands[i];
    switch (command->kind) {
    case MFG_COMMAND_NOTHING: break;
    case MFG_COMMAND_LAUNCH:
      status = mfg_launch_bound(walk->context, command->kernel, &command->launch);
      break;
    case MFG_COMMAND_COPY:
      status = mfg_launch_copy(walk->context, 0, command->target, command->target_offset,
                               command->source, command->source_offset, command->size);
      break;
    case MFG_COMMAND_REPEAT: status = run_repeat(walk, command); break;
    }
  }
  return status;
}

/* ---- both ------------------------------------------------------------------------------------ */

static const mfg_command *find_repeat(const mfg_frame *frame, int32_t *number) {
  for (size_t i = 0; i < frame->count; i++) {
    const mfg_command *command = &frame->commands[i];
    if (command->kind != MFG_COMMAND_REPEAT) continue;
    if (--*number == 0) return command;
    const mfg_command *inner = find_repeat(command->body, number);
    if (inner != NULL) return inner;
  }
  return NULL;
}

static mfg_status report_limit(const mfg_recording *recording, int32_t number) {
  if (number == 0) return MFG_OK;
  int32_t left = number;
  const mfg_command *repeat = find_repeat(recording->root, &left);
  return mfg_fail(MFG_ERROR_REPEAT_LIMIT,
                  "repeat %d of %u of a recording reached its maximum of %u runs without its flag",
                  number, recording->repeats, repeat != NULL ? repeat->maximum : 0);
}

static mfg_status replay_list(mfg_recording *recording, int32_t *limit) {
  mfg_context *context = recording->context;
  MFG_PLUGIN_ERROR(error);
  mfg_status status =
      context->plugin->command_list->replay(context->queue, recording->list, &error);
  if (status != MFG_OK)
    return mfg_context_plugin_failed(context, &error, status, "replaying a recording");
  if (recording->status_block == NULL) return MFG_OK;
  context->bytes_to_host += sizeof *limit;
  status = context->plugin->buffer->download(context->queue, recording->status_block->buffer, 0,
                                             limit, sizeof *limit, &error);
  if (status != MFG_OK)
    return mfg_context_plugin_failed(context, &error, status, "replaying a recording");
  return MFG_OK;
}

mfg_status mfg_replay(mfg_recording *recording) {
  if (recording == NULL)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "mfg_replay: a recording was expected; found NULL");
  mfg_context *context = recording->context;
  mfg_status status = mfg_context_check(context);
  if (status == MFG_OK) status = mfg_recording_refuse(context, "mfg_replay");
  for (size_t i = 0; i < recording->written_count && status == MFG_OK; i++)
    status = mfg_snapshot_block(recording->written[i]);
  if (status != MFG_OK) return status;
  int32_t limit = 0;
  uint64_t launched = context->kernels_launched + recording->launches;
  if (recording->list != NULL) {
    status = replay_list(recording, &limit);
  } else {
    replay_walk walk = {.context = context};
    status = run_frame(&walk, recording->root);
    limit = walk.limit;
  }
  context->kernels_launched = launched;
  return status == MFG_OK ? report_limit(recording, limit) : status;
}
