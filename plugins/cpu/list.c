/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Command lists: launches are bound when they are recorded, so that a replay only runs them. */
#include "kernel.h"

#include <stdlib.h>
#include <string.h>

enum command_kind { RUN, COPY, FILL, REPEAT_BEGIN, REPEAT_END };

struct command {
  enum command_kind kind;
  uint32_t pattern_size; /* FILL */
  uint32_t maximum;      /* REPEAT_BEGIN */
  int32_t number;        /* REPEAT_BEGIN: from 1 in the order of recording */
  uint32_t partner;      /* REPEAT_END: its beginning */
  uint32_t turns;        /* REPEAT_BEGIN: in the present replay */
  cpu_bound *bound;      /* RUN */
  char *target;          /* REPEAT_BEGIN: the flag */
  const char *source;
  uint64_t size; /* FILL: repetitions */
  char pattern[16];
};

struct mfg_plugin_command_list {
  const mfg_plugin_host *host;
  cpu_arena arena; /* bound launches */
  struct command *commands;
  uint32_t count;
  uint32_t capacity;
  uint32_t open; /* 1 + the innermost open repeat, 0: none; an open one keeps the next outer */
  int32_t repeats;
  int32_t *status;
  bool finished;
};

/* ---- recording ------------------------------------------------------------------------------ */

static mfg_status list_create(mfg_plugin_device *device, mfg_plugin_command_list **result,
                              mfg_plugin_error *error) {
  mfg_plugin_command_list *list =
      cpu_host_allocate(device->host.host, sizeof *list, _Alignof(max_align_t));
  if (list == NULL) return cpu_out_of_memory(error, "a command list");
  list->host = device->host.host;
  *result = list;
  return MFG_OK;
}

static void list_release(mfg_plugin_command_list *list) {
  free(list->commands);
  cpu_arena_free(&list->arena);
  list->host->release(list->host->context, list);
}

/* The next command, cleared; it counts once list->count is raised. NULL, with *status, where there
 * can be none. */
static struct command *list_next(mfg_plugin_command_list *list, enum command_kind kind,
                                 mfg_status *status, mfg_plugin_error *error) {
  if (list->finished) {
    *status = mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                   "command list: a command after finish");
    return NULL;
  }
  if (list->count == list->capacity) {
    uint32_t capacity = list->capacity > 0 ? 2 * list->capacity : 16;
    struct command *commands = NULL;
    if (capacity > list->capacity) commands = realloc(list->commands, capacity * sizeof *commands);
    if (commands == NULL) {
      *status = cpu_out_of_memory(error, "a command");
      return NULL;
    }
    list->commands = commands;
    list->capacity = capacity;
  }
  struct command *command = &list->commands[list->count];
  *command = (struct command){.kind = kind};
  *status = MFG_OK;
  return command;
}

static mfg_status list_launch(mfg_plugin_command_list *list, mfg_plugin_kernel *kernel,
                              const mfg_kernel_launch *launch, mfg_plugin_error *error) {
  mfg_status status;
  struct command *command = list_next(list, RUN, &status, error);
  if (command == NULL) return status;
  cpu_arena_mark mark = cpu_arena_here(&list->arena);
  status = cpu_kernel_bind(kernel, launch, &list->arena, &command->bound, error);
  if (status == MFG_OK) {
    command->bound->keep = &list->arena;
    list->count++;
  } else {
    cpu_arena_rewind(&list->arena, mark);
  }
  return status;
}

static mfg_status list_copy(mfg_plugin_command_list *list, mfg_plugin_buffer *target,
                            uint64_t target_offset, mfg_plugin_buffer *source,
                            uint64_t source_offset, uint64_t size, mfg_plugin_error *error) {
  mfg_status status;
  struct command *command = list_next(list, COPY, &status, error);
  if (command == NULL) return status;
  if (!cpu_buffer_holds(target, target_offset, size) ||
      !cpu_buffer_holds(source, source_offset, size))
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "command list: a copy of %llu bytes leaves its buffers",
                                (unsigned long long)size);
  command->target = cpu_buffer_at(target, target_offset);
  command->source = cpu_buffer_at(source, source_offset);
  command->size = size;
  list->count++;
  return MFG_OK;
}

static mfg_status list_fill(mfg_plugin_command_list *list, mfg_plugin_buffer *target,
                            uint64_t offset, const void *pattern, uint32_t pattern_size,
                            uint64_t count, mfg_plugin_error *error) {
  mfg_status status;
  struct command *command = list_next(list, FILL, &status, error);
  if (command == NULL) return status;
  bool power = pattern_size > 0 && pattern_size <= sizeof command->pattern &&
               (pattern_size & (pattern_size - 1)) == 0;
  if (!power || count > UINT64_MAX / pattern_size ||
      !cpu_buffer_holds(target, offset, count * pattern_size))
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "command list: a fill of %llu patterns of %u bytes leaves its "
                                "buffer, or the pattern has not 1, 2, 4, 8 or 16 bytes",
                                (unsigned long long)count, (unsigned)pattern_size);
  command->target = cpu_buffer_at(target, offset);
  command->size = count;
  command->pattern_size = pattern_size;
  memcpy(command->pattern, pattern, pattern_size);
  list->count++;
  return MFG_OK;
}

static mfg_status list_repeat_begin(mfg_plugin_command_list *list, uint32_t maximum,
                                    mfg_plugin_buffer *flag, uint64_t flag_offset,
                                    mfg_plugin_error *error) {
  mfg_status status;
  struct command *command = list_next(list, REPEAT_BEGIN, &status, error);
  if (command == NULL) return status;
  if (maximum == 0 || !cpu_buffer_holds(flag, flag_offset, 1))
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "command list: a repeat with maximum %u, expected at least 1 and a "
                                "flag inside its buffer",
                                (unsigned)maximum);
  command->maximum = maximum;
  command->target = cpu_buffer_at(flag, flag_offset);
  command->number = ++list->repeats;
  command->partner = list->open;
  list->open = ++list->count;
  return MFG_OK;
}

static mfg_status list_repeat_end(mfg_plugin_command_list *list, mfg_plugin_error *error) {
  mfg_status status;
  struct command *command = list_next(list, REPEAT_END, &status, error);
  if (command == NULL) return status;
  if (list->open == 0)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "command list: an end without an open repeat");
  command->partner = list->open - 1;
  list->open = list->commands[command->partner].partner;
  list->count++;
  return MFG_OK;
}

static mfg_status list_finish(mfg_plugin_command_list *list, mfg_plugin_buffer *status_word,
                              uint64_t status_offset, mfg_plugin_error *error) {
  if (list->finished || list->open != 0)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "command list: finished twice, or with a repeat still open");
  if (status_word == NULL && list->repeats > 0)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "command list: a list with a repeat needs a status word");
  if (status_word != NULL) {
    bool fits = status_offset % sizeof(int32_t) == 0 &&
                cpu_buffer_holds(status_word, status_offset, sizeof(int32_t));
    if (!fits)
      return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                  "command list: the status word is not aligned or leaves its "
                                  "buffer");
    list->status = (int32_t *)cpu_buffer_at(status_word, status_offset);
  }
  list->finished = true;
  return MFG_OK;
}

/* ---- replay --------------------------------------------------------------------------------- */

/* Where to go on after the end of a body. */
static uint32_t repeat_end(mfg_plugin_command_list *list, uint32_t position) {
  uint32_t begin = list->commands[position].partner;
  struct command *repeat = &list->commands[begin];
  if (*(const volatile char *)repeat->target != 0) return position + 1;
  if (++repeat->turns < repeat->maximum) return begin + 1;
  if (*list->status == 0) *list->status = repeat->number;
  return position + 1;
}

static mfg_status list_replay(mfg_plugin_queue *queue, mfg_plugin_command_list *list,
                              mfg_plugin_error *error) {
  if (!list->finished)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "command list: replayed before it was finished");
  if (list->status != NULL) *list->status = 0;
  for (uint32_t i = 0; i < list->count;) {
    struct command *command = &list->commands[i++];
    mfg_status status = MFG_OK;
    switch (command->kind) {
    case RUN:
      status = cpu_bound_run(command->bound, &queue->arena);
      cpu_arena_reset(&queue->arena);
      if (status != MFG_OK) return cpu_out_of_memory(error, "a recorded launch");
      break;
    case COPY:
      cpu_memory_copy(command->target, command->source, command->size, &queue->arena);
      break;
    case FILL:
      cpu_memory_fill(command->target, command->pattern, command->pattern_size, command->size,
                      &queue->arena);
      break;
    case REPEAT_BEGIN: command->turns = 0; break;
    case REPEAT_END: i = repeat_end(list, i - 1); break;
    }
  }
  return MFG_OK;
}

const mfg_plugin_command_list_table cpu_command_list_table = {
    .struct_size = sizeof cpu_command_list_table,
    .create = list_create,
    .launch = list_launch,
    .copy = list_copy,
    .fill = list_fill,
    .repeat_begin = list_repeat_begin,
    .repeat_end = list_repeat_end,
    .finish = list_finish,
    .replay = list_replay,
    .release = list_release,
};
