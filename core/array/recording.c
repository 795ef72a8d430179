/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recordings: their commands and their memory. Running them is replay.c. */
#include "array/recording.h"

#include <mfg/sdk.h>
#include <stdlib.h>
#include <string.h>

#include "array/context_private.h"
#include "array/handle.h"
#include "fusion/fusion.h"
#include "support/error.h"

/* Makes room for one more element in a growing array. */
static mfg_status reserve(void **items, size_t count, size_t *capacity, size_t size) {
  if (count < *capacity) return MFG_OK;
  size_t wanted = *capacity == 0 ? 16 : *capacity * 2;
  void *grown = realloc(*items, wanted * size);
  if (grown == NULL) return mfg_fail_memory(wanted * size, "a recording");
  *items = grown;
  *capacity = wanted;
  return MFG_OK;
}

/* ---- frames ---------------------------------------------------------------------------------- */

static mfg_frame *open_frame(const mfg_context *context, uint32_t id) {
  mfg_frame *frame = context->frame;
  while (frame != NULL && frame->id != id)
    frame = frame->parent;
  return frame;
}

bool mfg_recording_frame_open(const mfg_context *context, uint32_t frame) {
  return frame == 0 || open_frame(context, frame) != NULL;
}

static mfg_frame *new_frame(mfg_context *context) {
  mfg_frame *frame = calloc(1, sizeof *frame);
  if (frame == NULL) {
    mfg_fail_memory(sizeof *frame, "a recording");
    return NULL;
  }
  frame->id = ++context->frames_made;
  frame->parent = context->frame;
  return frame;
}

static void free_frame(mfg_frame *frame) {
  if (frame == NULL) return;
  for (size_t i = 0; i < frame->count; i++) {
    mfg_kernel_release(frame->commands[i].kernel);
    free(frame->commands[i].memory);
    free_frame(frame->commands[i].body);
  }
  free(frame->commands);
  free(frame);
}

static mfg_command *append(mfg_frame *frame, mfg_command_kind kind) {
  if (reserve((void **)&frame->commands, frame->count, &frame->capacity, sizeof(mfg_command)) !=
      MFG_OK)
    return NULL;
  mfg_command *command = &frame->commands[frame->count++];
  memset(command, 0, sizeof *command);
  command->kind = kind;
  return command;
}

/* ---- memory ---------------------------------------------------------------------------------- */

mfg_block *mfg_recording_reuse_block(mfg_context *context, uint64_t capacity, uint32_t frame) {
  mfg_recording *recording = context->recording;
  if (recording == NULL || recording->fresh_blocks) return NULL;
  for (mfg_block **place = &recording->free_blocks; *place != NULL; place = &(*place)->next_free)
    if ((*place)->capacity == capacity && (*place)->frame == frame) {
      mfg_block *block = *place;
      *place = block->next_free;
      return block;
    }
  return NULL;
}

mfg_status mfg_recording_own_block(mfg_context *context, mfg_block *block) {
  mfg_recording *recording = context->recording;
  mfg_status status = reserve((void **)&recording->owned, recording->owned_count,
                              &recording->owned_capacity, sizeof(mfg_block *));
  if (status != MFG_OK) return status;
  recording->owned[recording->owned_count++] = block;
  block->recording = recording;
  return MFG_OK;
}

void mfg_recording_return_block(mfg_block *block) {
  mfg_recording *recording = block->recording;
  mfg_context *context = recording->context;
  /* A block that an inner body stops using is needed again when the body runs again. */
  if (context->recording == recording && block->frame == mfg_context_frame(context)) {
    block->next_free = recording->free_blocks;
    recording->free_blocks = block;
  }
}

/* Keeps a block from outside at its address as long as the recording lives. */
static mfg_status capture(mfg_recording *recording, mfg_block *block) {
  if (block->recording == recording) return MFG_OK;
  for (size_t i = recording->captured_count; i > 0; i--)
    if (recording->captured[i - 1] == block) return MFG_OK;
  mfg_status status = reserve((void **)&recording->captured, recording->captured_count,
                              &recording->captured_capacity, sizeof(mfg_block *));
  if (status != MFG_OK) return status;
  recording->captured[recording->captured_count++] = mfg_block_retain(block);
  block->pins++;
  return MFG_OK;
}

/* Remembers that a replay changes the block. */
static mfg_status note_write(mfg_recording *recording, mfg_block *block) {
  for (size_t i = recording->written_count; i > 0; i--)
    if (recording->written[i - 1] == block) return MFG_OK;
  mfg_status status = reserve((void **)&recording->written, recording->written_count,
                              &recording->written_capacity, sizeof(mfg_block *));
  if (status == MFG_OK) recording->written[recording->written_count++] = block;
  return status;
}

/* ---- commands -------------------------------------------------------------------------------- */

/* Copies what a launch points to into one piece of memory. */
static mfg_status keep_launch(mfg_command *command, const mfg_kernel_launch *launch, int rank) {
  uint32_t count = launch->bindings.count;
  size_t row = (size_t)rank * sizeof(int64_t);
  size_t bindings = count * sizeof(mfg_kernel_binding);
  size_t scalars = launch->scalars.count * sizeof(mfg_scalar);
  char *memory = malloc(bindings + scalars + row * (1 + 2 * (size_t)count) + 1);
  if (memory == NULL) return mfg_fail_memory(bindings + scalars, "a recorded launch");
  command->memory = memory;
  command->launch = *launch;
  mfg_kernel_binding *kept = (mfg_kernel_binding *)memory;
  memory += bindings;
  if (scalars > 0) memcpy(memory, launch->scalars.first, scalars);
  command->launch.scalars.first = memory;
  memory += scalars;
  memcpy(memory, launch->extents, row);
  command->launch.extents = (const int64_t *)memory;
  memory += row;
  for (uint32_t i = 0; i < count; i++) {
    kept[i] = *mfg_kernel_binding_at(launch, i);
    memcpy(memory, kept[i].strides, row);
    kept[i].strides = (const int64_t *)memory;
    memory += row;
    if (kept[i].extents == NULL) continue;
    memcpy(memory, kept[i].extents, row);
    kept[i].extents = (const int64_t *)memory;
    memory += row;
  }
  command->launch.bindings.first = kept;
  return MFG_OK;
}

static mfg_status set_launch(mfg_recording *recording, mfg_command *command, mfg_kernel *kernel,
                             const mfg_kernel_launch *launch, const mfg_builder *builder) {
  mfg_status status = keep_launch(command, launch, builder->rank);
  for (uint32_t i = 0; i < builder->operand_count && status == MFG_OK; i++) {
    status = capture(recording, builder->bounds[i].block);
    if (status == MFG_OK && (builder->operands[i].flags & MFG_OPERAND_WRITE) != 0)
      status = note_write(recording, builder->bounds[i].block);
  }
  if (status != MFG_OK) return status;
  kernel->references++;
  command->kernel = kernel;
  command->kind = MFG_COMMAND_LAUNCH;
  recording->launches++;
  return MFG_OK;
}

mfg_status mfg_recording_launch(mfg_context *context, uint32_t id, mfg_kernel *kernel,
                                const mfg_kernel_launch *launch, const mfg_builder *builder) {
  mfg_frame *frame = open_frame(context, id);
  mfg_command *command = append(frame, MFG_COMMAND_NOTHING);
  if (command == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  return set_launch(context->recording, command, kernel, launch, builder);
}

static mfg_status set_copy(mfg_recording *recording, mfg_command *command, mfg_block *target,
                           uint64_t target_offset, mfg_block *source, uint64_t source_offset,
                           uint64_t size) {
  mfg_status status = capture(recording, target);
  if (status == MFG_OK) status = capture(recording, source);
  if (status == MFG_OK) status = note_write(recording, target);
  if (status != MFG_OK) return status;
  command->kind = MFG_COMMAND_COPY;
  command->target = target;
  command->source = source;
  command->target_offset = target_offset;
  command->source_offset = source_offset;
  command->size = size;
  return MFG_OK;
}

mfg_status mfg_recording_copy(mfg_context *context, uint32_t id, mfg_block *target,
                              uint64_t target_offset, mfg_block *source, uint64_t source_offset,
                              uint64_t size) {
  mfg_command *command = append(open_frame(context, id), MFG_COMMAND_NOTHING);
  if (command == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  return set_copy(context->recording, command, target, target_offset, source, source_offset, size);
}

/* ---- snapshots ------------------------------------------------------------------------------- */

mfg_status mfg_recording_snapshot(mfg_value *leaf) {
  mfg_context *context = leaf->context;
  mfg_recording *recording = context->recording;
  mfg_frame *frame = open_frame(context, leaf->frame);
  mfg_status status = reserve((void **)&recording->snapshots, recording->snapshot_count,
                              &recording->snapshot_capacity, sizeof(mfg_snapshot));
  if (status != MFG_OK) return status;
  if (append(frame, MFG_COMMAND_NOTHING) == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  leaf->leaf.snapshot = (int32_t)recording->snapshot_count;
  recording->snapshots[recording->snapshot_count++] = (mfg_snapshot){frame, frame->count - 1};
  /* The handle's next use is of the new content. */
  if (leaf->leaf.owner != NULL) leaf->leaf.owner->cached = NULL;
  leaf->leaf.owner = NULL;
  return MFG_OK;
}

/* Records the copy at the end of the frame, then moves it to the place that was kept for it. */
mfg_status mfg_recording_activate(mfg_context *context, mfg_value *leaf) {
  mfg_recording *recording = context->recording;
  if (recording == NULL || (size_t)leaf->leaf.snapshot >= recording->snapshot_count)
    return mfg_fail(MFG_ERROR_RECORDING,
                    "an array that was described in a recording which has ended, "
                    "and whose operands were overwritten there, was never "
                    "computed; compute it inside with mfg_eval");
  mfg_snapshot place = recording->snapshots[leaf->leaf.snapshot];
  mfg_status status = MFG_OK;
  uint64_t bytes = (uint64_t)mfg_shape_size(leaf->rank, leaf->shape) * mfg_dtype_size(leaf->type);
  recording->fresh_blocks = true;
  mfg_block *block = mfg_block_new(context, bytes, place.frame->id, &status);
  recording->fresh_blocks = false;
  if (block == NULL) return status;
  size_t count = place.frame->count;
  status = mfg_copy_view(context, place.frame->id, block, leaf->leaf.block, leaf->type, leaf->rank,
                         leaf->shape, leaf->leaf.offset, leaf->leaf.strides);
  if (status == MFG_OK && place.frame->count > count) {
    place.frame->commands[place.command] = place.frame->commands[count];
    memset(&place.frame->commands[count], 0, sizeof(mfg_command));
    place.frame->count = count;
  }
  if (status == MFG_OK) {
    int64_t strides[MFG_MAX_RANK];
    mfg_shape_strides(leaf->rank, leaf->shape, strides);
    mfg_leaf_redirect(leaf, block, 0, strides);
    leaf->leaf.snapshot = -1;
  }
  mfg_block_release(block);
  return status;
}

/* ---- life ------------------------------------------------------------------------------------ */

void mfg_recording_spoil(mfg_context *context, mfg_status status) {
  mfg_recording *recording = context->recording;
  if (recording == NULL || recording->status != MFG_OK) return;
  recording->status = status;
  recording->text = strdup(mfg_last_error());
}

mfg_status mfg_recording_refuse(const mfg_context *context, const char *what) {
  if (context->recording == NULL) return MFG_OK;
  return mfg_fail(MFG_ERROR_RECORDING,
                  "%s needs a value on the host, which does not exist while a recording is open",
                  what);
}

mfg_status mfg_record_begin(mfg_context *context) {
  mfg_status status = mfg_context_check(context);
  if (status != MFG_OK) return status;
  if (context->recording != NULL)
    return mfg_fail(MFG_ERROR_RECORDING, "mfg_record_begin: a recording is open already");
  mfg_recording *recording = calloc(1, sizeof *recording);
  if (recording == NULL) return mfg_fail_memory(sizeof *recording, "a recording");
  recording->root = new_frame(context);
  if (recording->root == NULL) {
    free(recording);
    return MFG_ERROR_OUT_OF_MEMORY;
  }
  recording->context = mfg_context_retain(context);
  recording->next = context->recordings;
  if (recording->next != NULL) recording->next->previous = recording;
  context->recordings = recording;
  context->recording = recording;
  context->frame = recording->root;
  return MFG_OK;
}

mfg_status mfg_record_end(mfg_context *context, mfg_recording **result) {
  *result = NULL;
  mfg_status status = mfg_context_check(context);
  if (status != MFG_OK) return status;
  mfg_recording *recording = context->recording;
  if (recording == NULL)
    return mfg_fail(MFG_ERROR_RECORDING, "mfg_record_end: no recording is open");
  context->recording = NULL;
  context->frame = NULL;
  recording->free_blocks = NULL;
  status = recording->status;
  if (status != MFG_OK)
    mfg_fail(status, "%s", recording->text != NULL ? recording->text : "out of memory");
  else
    status = mfg_recording_submit(recording);
  if (status != MFG_OK) {
    mfg_recording_release(recording);
    return status;
  }
  *result = recording;
  return MFG_OK;
}

/* Owned blocks that arrays still hold become blocks like others; the rest goes back to the pool. */
static void give_up_blocks(mfg_recording *recording) {
  for (size_t i = 0; i < recording->owned_count; i++) {
    mfg_block *block = recording->owned[i];
    block->recording = NULL;
    block->frame = 0;
    if (block->references > 0) continue;
    block->references = 1;
    mfg_context_retain(block->context);
    mfg_block_release(block);
  }
  for (size_t i = 0; i < recording->captured_count; i++) {
    recording->captured[i]->pins--;
    mfg_block_release(recording->captured[i]);
  }
}

void mfg_recording_release(mfg_recording *recording) {
  if (recording == NULL) return;
  mfg_context *context = recording->context;
  if (recording->list != NULL && mfg_context_alive(context)) {
    (void)mfg_context_synchronise(context); /* its replays have to be done */
    context->plugin->command_list->release(recording->list);
  }
  mfg_block_release(recording->status_block);
  give_up_blocks(recording);
  free_frame(recording->root);
  if (recording->previous != NULL)
    recording->previous->next = recording->next;
  else
    context->recordings = recording->next;
  if (recording->next != NULL) recording->next->previous = recording->previous;
  free(recording->captured);
  free(recording->written);
  free(recording->owned);
  free(recording->snapshots);
  free(recording->text);
  free(recording);
  mfg_context_release(context);
}

void mfg_recording_close_all(mfg_context *context) {
  for (mfg_recording *recording = context->recordings; recording != NULL;
       recording = recording->next) {
    if (recording->list != NULL) context->plugin->command_list->release(recording->list);
    recording->list = NULL;
  }
}

/* ---- repeat ---------------------------------------------------------------------------------- */

/* The flag that a body has returned, checked, in memory. */
static mfg_value *flag_leaf(mfg_array *flag, mfg_status *status) {
  if (flag->type != MFG_BOOL || mfg_array_size(flag) != 1) {
    *status = mfg_fail(MFG_ERROR_TYPE,
                       "mfg_repeat: the body has to return one bool; found rank %d of type %s",
                       flag->rank, mfg_dtype_name(flag->type));
    return NULL;
  }
  return mfg_array_leaf(flag, status);
}

static mfg_status record_body(mfg_scope *scope, mfg_frame *frame, uint32_t maximum,
                              mfg_repeat_body body, void *user) {
  mfg_context *context = scope->context;
  mfg_scope *inner = mfg_scope_open(context);
  mfg_array *flag = inner != NULL ? body(inner, user) : NULL;
  mfg_status status = mfg_scope_status(inner);
  mfg_value *leaf = NULL;
  if (status == MFG_OK && flag == NULL)
    status = mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "mfg_repeat: the body returned no flag");
  if (status == MFG_OK) leaf = flag_leaf(flag, &status);
  if (status == MFG_OK) {
    context->frame = frame->parent;
    status = capture(context->recording, leaf->leaf.block);
    mfg_command *repeat = status == MFG_OK ? append(frame->parent, MFG_COMMAND_REPEAT) : NULL;
    context->frame = frame;
    if (repeat != NULL) {
      repeat->maximum = maximum;
      repeat->target = leaf->leaf.block;
      repeat->target_offset = (uint64_t)leaf->leaf.offset;
      repeat->body = frame;
      context->recording->repeats++;
    } else if (status == MFG_OK) {
      status = MFG_ERROR_OUT_OF_MEMORY;
    }
  }
  if (leaf != NULL) mfg_value_release(leaf);
  mfg_scope_close(inner);
  return status;
}

static mfg_status repeat_recorded(mfg_scope *scope, uint32_t maximum, mfg_repeat_body body,
                                  void *user) {
  mfg_context *context = scope->context;
  mfg_frame *frame = new_frame(context);
  if (frame == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  context->frame = frame;
  mfg_status status = record_body(scope, frame, maximum, body, user);
  context->frame = frame->parent;
  if (status != MFG_OK) free_frame(frame);
  return status;
}

static mfg_status repeat_at_once(mfg_scope *scope, uint32_t maximum, mfg_repeat_body body,
                                 void *user) {
  for (uint32_t turn = 0; turn < maximum; turn++) {
    mfg_scope *inner = mfg_scope_open(scope->context);
    mfg_array *flag = inner != NULL ? body(inner, user) : NULL;
    mfg_status status = mfg_scope_status(inner);
    if (status == MFG_OK && flag == NULL)
      status = mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "mfg_repeat: the body returned no flag");
    mfg_value *leaf = status == MFG_OK ? flag_leaf(flag, &status) : NULL;
    bool done = false;
    if (leaf != NULL) {
      mfg_value_release(leaf);
      done = mfg_item(inner, flag) != 0;
    }
    mfg_status closed = mfg_scope_close(inner);
    if (status == MFG_OK) status = closed;
    if (status != MFG_OK || done) return status;
  }
  return mfg_fail(MFG_ERROR_REPEAT_LIMIT,
                  "a repeat reached its maximum of %u runs without its flag", maximum);
}

mfg_status mfg_repeat(mfg_scope *scope, uint32_t maximum, mfg_repeat_body body, void *user) {
  if (!mfg_scope_usable(scope)) return mfg_scope_status(scope);
  mfg_status status;
  if (maximum == 0)
    status = mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "mfg_repeat: a maximum of 0 runs");
  else if (scope->context->recording != NULL)
    status = repeat_recorded(scope, maximum, body, user);
  else
    status = repeat_at_once(scope, maximum, body, user);
  return mfg_scope_keep_error(scope, status);
}
