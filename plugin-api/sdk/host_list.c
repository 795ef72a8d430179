/* SPDX-License-Identifier: MIT */
/* Command lists that are replayed one command after the other on the calling thread. */
#include <mfg/sdk.h>

#include <stdlib.h>
#include <string.h>

enum command_kind { COMMAND_LAUNCH, COMMAND_COPY, COMMAND_FILL, COMMAND_REPEAT, COMMAND_END };

struct command {
  enum command_kind kind;
  /* COMMAND_LAUNCH: the launch points into `storage`. */
  mfg_plugin_kernel *kernel;
  mfg_kernel_launch launch;
  void *storage;
  /* COMMAND_COPY, COMMAND_FILL; COMMAND_REPEAT: `target` and `target_offset` are the flag. */
  mfg_plugin_buffer *target;
  mfg_plugin_buffer *source;
  uint64_t target_offset;
  uint64_t source_offset;
  uint64_t size; /* bytes, or how often the pattern is repeated */
  unsigned char pattern[16];
  uint32_t pattern_size;
  /* COMMAND_REPEAT */
  uint32_t maximum;
  int32_t number; /* counted from 1 in the order of repeat_begin */
  size_t end;     /* the command that closes the body */
};

struct mfg_plugin_command_list {
  const mfg_plugin_kernel_table *kernels;
  struct command *commands;
  size_t count;
  size_t capacity;
  int32_t repeats;
  bool finished;
  mfg_plugin_buffer *status;
  uint64_t status_offset;
};

static mfg_status invalid(mfg_plugin_error *error, const char *text) {
  return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0, "command list: %s", text);
}

static mfg_status out_of_memory(mfg_plugin_error *error) {
  return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory for a command list");
}

/* ---- recording ------------------------------------------------------------------------------ */

mfg_status mfg_sdk_host_list_create(mfg_plugin_device *device,
                                    const mfg_plugin_kernel_table *kernels,
                                    mfg_plugin_command_list **list, mfg_plugin_error *error) {
  (void)device;
  mfg_plugin_command_list *made = calloc(1, sizeof *made);
  if (made == NULL) return out_of_memory(error);
  made->kernels = kernels;
  *list = made;
  return MFG_OK;
}

/* Appends a command; the list takes over its storage only when this succeeds. */
static mfg_status append(mfg_plugin_command_list *list, const struct command *command,
                         mfg_plugin_error *error) {
  if (list->finished) return invalid(error, "is finished, expected one that still records");
  if (list->count == list->capacity) {
    size_t capacity = list->capacity == 0 ? 16 : list->capacity * 2;
    struct command *commands = realloc(list->commands, capacity * sizeof *commands);
    if (commands == NULL) return out_of_memory(error);
    list->commands = commands;
    list->capacity = capacity;
  }
  list->commands[list->count++] = *command;
  return MFG_OK;
}

/* Copies `count` numbers to *place and moves it on; a NULL source stays NULL. */
static const int64_t *keep_numbers(int64_t **place, const int64_t *source, uint32_t count) {
  if (source == NULL) return NULL;
  int64_t *kept = *place;
  if (count > 0) memcpy(kept, source, count * sizeof *kept);
  *place += count;
  return kept;
}

/* Copies a launch with all it points to into one block. */
static bool keep_launch(struct command *command, const mfg_kernel_launch *launch, uint32_t rank) {
  size_t bindings = launch->bindings.count, scalars = launch->scalars.count;
  size_t numbers = rank + 2 * bindings * rank;
  char *block = calloc(1, bindings * sizeof(mfg_kernel_binding) + scalars * sizeof(mfg_scalar) +
                              numbers * sizeof(int64_t) + 1);
  if (block == NULL) return false;
  mfg_kernel_binding *kept = (mfg_kernel_binding *)block;
  mfg_scalar *values = (mfg_scalar *)(kept + bindings);
  int64_t *place = (int64_t *)(values + scalars);
  command->storage = block;
  command->launch = (mfg_kernel_launch){.struct_size = sizeof command->launch,
                                        .extents = keep_numbers(&place, launch->extents, rank),
                                        .bindings = {kept, launch->bindings.count, sizeof *kept},
                                        .scalars = {values, launch->scalars.count, sizeof *values}};
  for (uint32_t i = 0; i < launch->bindings.count; i++) {
    kept[i] = *mfg_kernel_binding_at(launch, i);
    kept[i].strides = keep_numbers(&place, kept[i].strides, rank);
    kept[i].extents = keep_numbers(&place, kept[i].extents, rank);
  }
  for (uint32_t i = 0; i < launch->scalars.count; i++)
    values[i] = mfg_kernel_scalar_at(launch, i);
  return true;
}

mfg_status mfg_sdk_host_list_launch(mfg_plugin_command_list *list, mfg_plugin_kernel *kernel,
                                    const mfg_kernel_launch *launch, mfg_plugin_error *error) {
  struct command command = {.kind = COMMAND_LAUNCH, .kernel = kernel};
  uint32_t rank = ((const mfg_sdk_host_kernel *)kernel)->rank;
  if (!keep_launch(&command, launch, rank)) return out_of_memory(error);
  mfg_status status = append(list, &command, error);
  if (status != MFG_OK) free(command.storage);
  return status;
}

mfg_status mfg_sdk_host_list_copy(mfg_plugin_command_list *list, mfg_plugin_buffer *target,
                                  uint64_t target_offset, mfg_plugin_buffer *source,
                                  uint64_t source_offset, uint64_t size, mfg_plugin_error *error) {
  return append(list,
                &(struct command){.kind = COMMAND_COPY,
                                  .target = target,
                                  .source = source,
                                  .target_offset = target_offset,
                                  .source_offset = source_offset,
                                  .size = size},
                error);
}

mfg_status mfg_sdk_host_list_fill(mfg_plugin_command_list *list, mfg_plugin_buffer *target,
                                  uint64_t offset, const void *pattern, uint32_t pattern_size,
                                  uint64_t count, mfg_plugin_error *error) {
  struct command command = {.kind = COMMAND_FILL,
                            .target = target,
                            .target_offset = offset,
                            .size = count,
                            .pattern_size = pattern_size};
  if (pattern_size > sizeof command.pattern)
    return invalid(error, "pattern is longer than 16 bytes, expected 1, 2, 4, 8 or 16");
  memcpy(command.pattern, pattern, pattern_size);
  return append(list, &command, error);
}

/* Whether `size` bytes at `offset`, a multiple of `size`, lie in the buffer. */
static bool holds(const mfg_plugin_buffer *buffer, uint64_t offset, uint64_t size) {
  const mfg_sdk_host_buffer *host = (const mfg_sdk_host_buffer *)buffer;
  return offset % size == 0 && size <= host->size && offset <= host->size - size;
}

mfg_status mfg_sdk_host_list_repeat_begin(mfg_plugin_command_list *list, uint32_t maximum,
                                          mfg_plugin_buffer *flag, uint64_t flag_offset,
                                          mfg_plugin_error *error) {
  if (maximum == 0) return invalid(error, "maximum of a repeat is 0, expected at least 1");
  if (flag == NULL || !holds(flag, flag_offset, 1))
    return invalid(error, "flag of a repeat lies outside its buffer");
  mfg_status status = append(list,
                             &(struct command){.kind = COMMAND_REPEAT,
                                               .target = flag,
                                               .target_offset = flag_offset,
                                               .maximum = maximum,
                                               .number = list->repeats + 1},
                             error);
  if (status == MFG_OK) list->repeats++;
  return status;
}

/* The innermost repeat that is still open, or NULL. */
static struct command *open_repeat(mfg_plugin_command_list *list) {
  for (size_t i = list->count; i-- > 0;)
    if (list->commands[i].kind == COMMAND_REPEAT && list->commands[i].end == 0)
      return &list->commands[i];
  return NULL;
}

mfg_status mfg_sdk_host_list_repeat_end(mfg_plugin_command_list *list, mfg_plugin_error *error) {
  if (open_repeat(list) == NULL) return invalid(error, "no repeat is open, expected one to end");
  mfg_status status = append(list, &(struct command){.kind = COMMAND_END}, error);
  if (status == MFG_OK) open_repeat(list)->end = list->count - 1;
  return status;
}

mfg_status mfg_sdk_host_list_finish(mfg_plugin_command_list *list, mfg_plugin_buffer *status,
                                    uint64_t status_offset, mfg_plugin_error *error) {
  if (list->finished) return invalid(error, "is finished already");
  if (open_repeat(list) != NULL) return invalid(error, "a repeat is open, expected it to be ended");
  if (status == NULL && list->repeats > 0)
    return invalid(error, "status word is NULL, expected one for a list with a repeat");
  if (status != NULL && !holds(status, status_offset, sizeof(int32_t)))
    return invalid(error, "status word lies outside its buffer or is not aligned");
  list->status = status;
  list->status_offset = status_offset;
  list->finished = true;
  return MFG_OK;
}

void mfg_sdk_host_list_release(mfg_plugin_command_list *list) {
  if (list == NULL) return;
  for (size_t i = 0; i < list->count; i++)
    free(list->commands[i].storage);
  free(list->commands);
  free(list);
}

/* ---- replay --------------------------------------------------------------------------------- */

static char *host_address(const mfg_plugin_buffer *buffer, uint64_t offset) {
  return (char *)((const mfg_sdk_host_buffer *)buffer)->memory + offset;
}

/* Notes that repeat `number` has run out, unless another one did before. */
static void note_limit(const mfg_plugin_command_list *list, int32_t number) {
  char *word = host_address(list->status, list->status_offset);
  int32_t noted;
  memcpy(&noted, word, sizeof noted);
  if (noted == 0) memcpy(word, &number, sizeof number);
}

static mfg_status replay_range(mfg_plugin_queue *queue, const mfg_plugin_command_list *list,
                               size_t first, size_t end, mfg_plugin_error *error);

static mfg_status replay_repeat(mfg_plugin_queue *queue, const mfg_plugin_command_list *list,
                                size_t place, mfg_plugin_error *error) {
  const struct command *repeat = &list->commands[place];
  for (uint32_t run = 0; run < repeat->maximum; run++) {
    mfg_status status = replay_range(queue, list, place + 1, repeat->end, error);
    if (status != MFG_OK) return status;
    if (*host_address(repeat->target, repeat->target_offset) != 0) return MFG_OK;
  }
  note_limit(list, repeat->number);
  return MFG_OK;
}

static mfg_status replay_command(mfg_plugin_queue *queue, const mfg_plugin_command_list *list,
                                 size_t place, mfg_plugin_error *error) {
  const struct command *command = &list->commands[place];
  switch (command->kind) {
  case COMMAND_LAUNCH:
    return list->kernels->launch(queue, command->kernel, &command->launch, error);
  case COMMAND_COPY:
    return mfg_sdk_host_copy(queue, command->target, command->target_offset, command->source,
                             command->source_offset, command->size, error);
  case COMMAND_FILL:
    return mfg_sdk_host_fill(queue, command->target, command->target_offset, command->pattern,
                             command->pattern_size, command->size, error);
  case COMMAND_REPEAT: return replay_repeat(queue, list, place, error);
  default: return MFG_OK;
  }
}

static mfg_status replay_range(mfg_plugin_queue *queue, const mfg_plugin_command_list *list,
                               size_t first, size_t end, mfg_plugin_error *error) {
  for (size_t place = first; place < end; place++) {
    mfg_status status = replay_command(queue, list, place, error);
    if (status != MFG_OK) return status;
    if (list->commands[place].kind == COMMAND_REPEAT) place = list->commands[place].end;
  }
  return MFG_OK;
}

mfg_status mfg_sdk_host_list_replay(mfg_plugin_queue *queue, mfg_plugin_command_list *list,
                                    mfg_plugin_error *error) {
  if (!list->finished)
    return mfg_plugin_error_set(error, MFG_ERROR_RECORDING, 0,
                                "command list: still records, expected one that is finished");
  if (list->status != NULL)
    memset(host_address(list->status, list->status_offset), 0, sizeof(int32_t));
  return replay_range(queue, list, 0, list->count, error);
}

static mfg_status create(mfg_plugin_device *device, mfg_plugin_command_list **list,
                         mfg_plugin_error *error) {
  return mfg_sdk_host_list_create(device, &mfg_sdk_host_kernel_table, list, error);
}

const mfg_plugin_command_list_table mfg_sdk_host_command_list_table = {
    .struct_size = sizeof(mfg_plugin_command_list_table),
    .create = create,
    .launch = mfg_sdk_host_list_launch,
    .copy = mfg_sdk_host_list_copy,
    .fill = mfg_sdk_host_list_fill,
    .repeat_begin = mfg_sdk_host_list_repeat_begin,
    .repeat_end = mfg_sdk_host_list_repeat_end,
    .finish = mfg_sdk_host_list_finish,
    .replay = mfg_sdk_host_list_replay,
    .release = mfg_sdk_host_list_release,
};
