/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sorting, with the SDK's means: many lines side by side, one long line in pieces. */
#include "extensions.h"

#include <string.h>

/* Element operations that a key is worth, for the choice of threads. */
#define WORK_OF_KEY 32
/* Keys of a piece of a long line, and of a line that is worth cutting. */
#define PIECE 65536
#define LONG_LINE (4 * PIECE)

/* ---- many lines ------------------------------------------------------------------------------ */

typedef struct lines_job {
  cpu_job job;
  const mfg_sort_request *request;
  int64_t lines_in_item;
} lines_job;

static mfg_status sort_lines(cpu_job *job, cpu_arena *arena) {
  lines_job *lines = (lines_job *)job;
  const mfg_sort_request *request = lines->request;
  size_t size = mfg_dtype_size(request->type);
  char *keys = cpu_buffer_at(request->keys, 0);
  int64_t *positions =
      request->positions != NULL ? (int64_t *)cpu_buffer_at(request->positions, 0) : NULL;
  cpu_arena_mark mark = cpu_arena_here(arena);
  void *scratch = cpu_arena_take(arena, mfg_sdk_sort_scratch(request->type, request->length));
  if (scratch == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  for (int64_t item; cpu_job_next(job, &item);)
    for (int64_t line = item * lines->lines_in_item;
         line < (item + 1) * lines->lines_in_item && line < request->lines; line++) {
      int64_t first = line * request->length;
      mfg_sdk_sort_line(request->type, request->descending, request->length,
                        keys + (size_t)first * size, positions != NULL ? positions + first : NULL,
                        scratch);
    }
  cpu_arena_rewind(arena, mark);
  return MFG_OK;
}

/* ---- one long line --------------------------------------------------------------------------- */

enum line_step { MAKE_ENTRIES, COUNT_VALUES, MOVE_ENTRIES, WRITE_RESULTS };

/* What the pieces of a line have in common. The counts of a piece become its places. */
typedef struct line_job {
  cpu_job job;
  mfg_dtype type;
  bool descending;
  int64_t length;
  void *keys;
  int64_t *positions;
  void *unsorted;
  mfg_sdk_sort_entry *entries;
  mfg_sdk_sort_entry *other;
  int64_t (*counts)[256];
  enum line_step step;
  int digit;
} line_job;

static mfg_status sort_piece(cpu_job *job, cpu_arena *arena) {
  line_job *line = (line_job *)job;
  (void)arena;
  for (int64_t item; cpu_job_next(job, &item);) {
    int64_t first = item * PIECE;
    int64_t count = line->length - first < PIECE ? line->length - first : PIECE;
    mfg_sdk_sort_entry *entries = line->entries + first;
    size_t size = mfg_dtype_size(line->type);
    switch (line->step) {
    case MAKE_ENTRIES:
      memcpy((char *)line->unsorted + (size_t)first * size,
             (const char *)line->keys + (size_t)first * size, (size_t)count * size);
      mfg_sdk_sort_entries(line->type, line->descending, line->keys, first, count, entries);
      break;
    case COUNT_VALUES: mfg_sdk_sort_count(entries, count, line->digit, line->counts[item]); break;
    case MOVE_ENTRIES:
      mfg_sdk_sort_move(entries, count, line->digit, line->counts[item], line->other);
      break;
    case WRITE_RESULTS:
      mfg_sdk_sort_finish(line->type, line->entries, first, count, line->unsorted, line->keys,
                          line->positions);
      break;
    }
  }
  return MFG_OK;
}

static mfg_status run_step(line_job *line, enum line_step step, cpu_arena *arena) {
  line->step = step;
  atomic_store_explicit(&line->job.next, 0, memory_order_relaxed);
  return cpu_pool_run(&line->job, line->length * WORK_OF_KEY / 8, arena);
}

/* Turns counts into places: of all pieces, value by value. False where one value has all entries,
 * so that there is nothing to move. */
static bool place_pieces(line_job *line) {
  int64_t before = 0;
  for (int value = 0; value < 256; value++) {
    int64_t start = before;
    for (int64_t piece = 0; piece < line->job.items; piece++) {
      int64_t here = line->counts[piece][value];
      line->counts[piece][value] = before;
      before += here;
    }
    if (before - start == line->length) return false;
  }
  return true;
}

static mfg_status sort_long_line(line_job *line, cpu_arena *arena) {
  mfg_status status = run_step(line, MAKE_ENTRIES, arena);
  for (line->digit = 0; status == MFG_OK && line->digit < mfg_sdk_sort_digits(line->type);
       line->digit++) {
    status = run_step(line, COUNT_VALUES, arena);
    if (status != MFG_OK || !place_pieces(line)) continue;
    status = run_step(line, MOVE_ENTRIES, arena);
    mfg_sdk_sort_entry *kept = line->entries;
    line->entries = line->other;
    line->other = kept;
  }
  return status == MFG_OK ? run_step(line, WRITE_RESULTS, arena) : status;
}

static mfg_status sort_long_lines(const mfg_sort_request *request, cpu_arena *arena) {
  size_t length = (size_t)request->length;
  size_t size = mfg_dtype_size(request->type);
  line_job line = {.job = {.run = sort_piece, .items = (request->length + PIECE - 1) / PIECE},
                   .type = request->type,
                   .descending = request->descending,
                   .length = request->length};
  line.unsorted = cpu_arena_take(arena, length * size);
  line.entries = cpu_arena_take(arena, length * sizeof line.entries[0]);
  line.other = cpu_arena_take(arena, length * sizeof line.other[0]);
  line.counts = cpu_arena_take(arena, (size_t)line.job.items * sizeof line.counts[0]);
  if (line.unsorted == NULL || line.entries == NULL || line.other == NULL || line.counts == NULL)
    return MFG_ERROR_OUT_OF_MEMORY;
  mfg_status status = MFG_OK;
  for (int64_t i = 0; i < request->lines && status == MFG_OK; i++) {
    line.keys = cpu_buffer_at(request->keys, (uint64_t)i * length * size);
    if (request->positions != NULL)
      line.positions =
          (int64_t *)cpu_buffer_at(request->positions, (uint64_t)i * length * sizeof(int64_t));
    status = sort_long_line(&line, arena);
  }
  return status;
}

/* ---- the extension --------------------------------------------------------------------------- */

static mfg_status sort(mfg_plugin_queue *queue, const mfg_sort_request *request,
                       mfg_plugin_error *error) {
  cpu_arena *arena = &queue->arena;
  int64_t keys = 0;
  if (request->lines < 0 || request->length < 0 || mfg_dtype_size(request->type) == 0 ||
      __builtin_mul_overflow(request->lines, request->length, &keys) ||
      !cpu_buffer_holds(request->keys, 0, (uint64_t)keys * mfg_dtype_size(request->type)) ||
      (request->positions != NULL &&
       !cpu_buffer_holds(request->positions, 0, (uint64_t)keys * sizeof(int64_t))))
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "a sort of %lld lines of %lld keys does not fit its buffers",
                                (long long)request->lines, (long long)request->length);
  if (keys == 0) return MFG_OK;
  cpu_arena_mark mark = cpu_arena_here(arena);
  mfg_status status;
  if (request->length >= LONG_LINE) {
    status = sort_long_lines(request, arena);
  } else {
    int64_t in_item = request->length < PIECE / 16 ? PIECE / 16 / request->length : 1;
    lines_job lines = {
        .job = {.run = sort_lines, .items = (request->lines + in_item - 1) / in_item},
        .request = request,
        .lines_in_item = in_item};
    status = cpu_pool_run(&lines.job, keys * WORK_OF_KEY, arena);
  }
  cpu_arena_rewind(arena, mark);
  return status == MFG_OK ? MFG_OK : cpu_out_of_memory(error, "sorting");
}

const mfg_plugin_sort_table cpu_sort_table = {
    .struct_size = sizeof cpu_sort_table,
    .types = MFG_KERNEL_TYPE_BITS,
    .sort = sort,
};
