/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Binary searches, many at once. A kernel has no loop, so a search is written out, a fixed number
 * of steps to a kernel; one that needs more goes on in the next kernel from the bounds that the
 * last one has left in memory. Steps beyond the end of a search change nothing.
 *
 * Merging works by search, too: element d of two sorted runs A and B joined is found by asking how
 * many of the first d elements come from A, which is the least i with B[d-1-i] before A[i]. Every
 * place of the result does so by itself. */
#include "array/order.h"

#include "fusion/writer.h"

#define FEW_STEPS 4
#define MOST_STEPS 12

/* Kernels of two lengths only, so that few are compiled. */
static int steps_of_kernel(int steps) {
  return steps <= FEW_STEPS ? FEW_STEPS : MOST_STEPS;
}

/* Steps until a search among `count` places has found its own. */
static int steps_needed(int64_t count) {
  int steps = 0;
  for (; count > 0; count >>= 1)
    steps++;
  return steps;
}

/* The bounds of a search, between two kernels. */
typedef struct bounds {
  mfg_written_operand low;
  mfg_written_operand high;
} bounds;

static mfg_written_operand operand_of(mfg_block *block, mfg_dtype type, int rank,
                                      const int64_t *extents) {
  mfg_written_operand operand = {.block = block, .type = type, .rank = rank};
  for (int axis = 0; axis < rank; axis++)
    operand.extents[axis] = extents[axis];
  return operand;
}

static mfg_status bounds_allocate(mfg_context *context, uint32_t frame, int rank,
                                  const int64_t *extents, bounds *kept) {
  mfg_status status = MFG_OK;
  uint64_t bytes = (uint64_t)mfg_shape_size(rank, extents) * sizeof(int64_t);
  mfg_block *low = mfg_block_new(context, bytes, frame, &status);
  mfg_block *high = low != NULL ? mfg_block_new(context, bytes, frame, &status) : NULL;
  kept->low = operand_of(low, MFG_INT64, rank, extents);
  kept->high = operand_of(high, MFG_INT64, rank, extents);
  return status;
}

static void bounds_release(bounds *kept) {
  mfg_block_release(kept->low.block);
  mfg_block_release(kept->high.block);
}

/* The middle of two bounds. */
static int32_t middle(mfg_writer *w, int32_t low, int32_t high) {
  int32_t sum = mfg_write_integer(w, MFG_OP_ADD, low, high);
  return mfg_write_integer(w, MFG_OP_BITWISE_RIGHT_SHIFT, sum, mfg_write_constant(w, 1));
}

/* Goes on above the middle where `above` holds and the search is not at its end, else below. */
static void narrow(mfg_writer *w, int32_t above, int32_t mid, int32_t *low, int32_t *high) {
  int32_t open = mfg_write_compare(w, MFG_OP_LESS, *low, *high);
  int32_t up = mfg_write_both(w, open, above);
  int32_t next = mfg_write_integer(w, MFG_OP_ADD, mid, mfg_write_constant(w, 1));
  *low = mfg_write_choose(w, MFG_INT64, up, next, *low);
  *high = mfg_write_choose(w, MFG_INT64, up, *high, mid);
}

static int32_t invert(mfg_writer *w, int32_t condition) {
  return mfg_write_operation(w, MFG_OP_LOGICAL_NOT, MFG_BOOL, condition, -1, -1);
}

/* ---- merging --------------------------------------------------------------------------------- */

/* One pass over all lines: neighbouring runs of `width` become one. */
typedef struct merge_pass {
  const mfg_lines *lines;
  mfg_written_operand keys;
  mfg_written_operand positions; /* block NULL: none */
  mfg_written_operand merged_keys;
  mfg_written_operand merged_positions;
  int64_t width;
} merge_pass;

/* Where a place of the result lies, as values of the kernel. */
typedef struct merge_place {
  int32_t base;   /* of the first run, in the line */
  int32_t second; /* of the second run */
  int32_t rank;   /* of the place in the merged run */
  int32_t first_length;
  int32_t second_length;
} merge_place;

static merge_place write_place(mfg_writer *w, const merge_pass *pass) {
  int32_t zero = mfg_write_constant(w, 0);
  int32_t width = mfg_write_number(w, pass->width);
  int32_t length = mfg_write_number(w, pass->lines->length);
  int32_t mask = mfg_write_number(w, -2 * pass->width);
  int32_t here = mfg_write_index(w, 1);
  merge_place place;
  place.base = mfg_write_integer(w, MFG_OP_BITWISE_AND, here, mask);
  place.second = mfg_write_integer(w, MFG_OP_ADD, place.base, width);
  place.rank = mfg_write_integer(w, MFG_OP_SUBTRACT, here, place.base);
  int32_t left = mfg_write_integer(w, MFG_OP_SUBTRACT, length, place.base);
  place.first_length = mfg_write_integer(w, MFG_OP_MINIMUM, width, left);
  int32_t rest = mfg_write_integer(w, MFG_OP_SUBTRACT, left, width);
  rest = mfg_write_integer(w, MFG_OP_MAXIMUM, rest, zero);
  place.second_length = mfg_write_integer(w, MFG_OP_MINIMUM, rest, width);
  return place;
}

/* Picks the element of the place: `from_first` elements before it come from the first run. */
static void write_pick(mfg_writer *w, const merge_pass *pass, const merge_place *place,
                       int32_t from_first) {
  const mfg_lines *lines = pass->lines;
  int32_t from_second = mfg_write_integer(w, MFG_OP_SUBTRACT, place->rank, from_first);
  int32_t in_first = mfg_write_integer(w, MFG_OP_ADD, place->base, from_first);
  int32_t in_second = mfg_write_integer(w, MFG_OP_ADD, place->second, from_second);
  int32_t first = mfg_write_gather(w, &pass->keys, 1, in_first);
  int32_t second = mfg_write_gather(w, &pass->keys, 1, in_second);
  int32_t some_first = mfg_write_compare(w, MFG_OP_LESS, from_first, place->first_length);
  int32_t none_second =
      mfg_write_compare(w, MFG_OP_GREATER_EQUAL, from_second, place->second_length);
  int32_t keeps = invert(w, mfg_write_before(w, lines->type, second, first, lines->descending));
  int32_t any = mfg_write_operation(w, MFG_OP_LOGICAL_OR, MFG_BOOL, none_second, keeps, -1);
  int32_t take_first = mfg_write_both(w, some_first, any);
  mfg_write_output(w, &pass->merged_keys,
                   mfg_write_choose(w, lines->type, take_first, first, second));
  if (pass->positions.block == NULL) return;
  int32_t from = mfg_write_choose(w, MFG_INT64, take_first, in_first, in_second);
  mfg_write_output(w, &pass->merged_positions, mfg_write_gather(w, &pass->positions, 1, from));
}

/* `steps` steps of the search; `first` starts it, `last` ends it and writes the results. */
static mfg_status merge_kernel(const merge_pass *pass, bounds *kept, int steps, bool first,
                               bool last) {
  const mfg_lines *lines = pass->lines;
  mfg_writer writer = mfg_writer_open(lines->context, 2, pass->keys.extents);
  mfg_writer *w = &writer;
  if (writer.status != MFG_OK) return writer.status;
  merge_place place = write_place(w, pass);
  int32_t low;
  int32_t high;
  if (first) {
    int32_t beyond = mfg_write_integer(w, MFG_OP_SUBTRACT, place.rank, place.second_length);
    low = mfg_write_integer(w, MFG_OP_MAXIMUM, beyond, mfg_write_constant(w, 0));
    high = mfg_write_integer(w, MFG_OP_MINIMUM, place.rank, place.first_length);
  } else {
    low = mfg_write_load(w, &kept->low);
    high = mfg_write_load(w, &kept->high);
  }
  int32_t end = mfg_write_integer(w, MFG_OP_ADD, place.second, place.rank);
  int32_t before_end = mfg_write_integer(w, MFG_OP_SUBTRACT, end, mfg_write_constant(w, 1));
  for (int step = 0; step < steps; step++) {
    int32_t mid = middle(w, low, high);
    int32_t in_first = mfg_write_integer(w, MFG_OP_ADD, place.base, mid);
    int32_t in_second = mfg_write_integer(w, MFG_OP_SUBTRACT, before_end, mid);
    int32_t a = mfg_write_gather(w, &pass->keys, 1, in_first);
    int32_t b = mfg_write_gather(w, &pass->keys, 1, in_second);
    int32_t above = invert(w, mfg_write_before(w, lines->type, b, a, lines->descending));
    narrow(w, above, mid, &low, &high);
  }
  if (last) {
    write_pick(w, pass, &place, low);
  } else {
    mfg_write_output(w, &kept->low, low);
    mfg_write_output(w, &kept->high, high);
  }
  return mfg_writer_launch(w, lines->frame);
}

static mfg_status run_pass(const merge_pass *pass) {
  const mfg_lines *lines = pass->lines;
  int left = steps_needed(pass->width);
  bounds kept = {.low.block = NULL};
  mfg_status status = MFG_OK;
  if (left > MOST_STEPS)
    status = bounds_allocate(lines->context, lines->frame, 2, pass->keys.extents, &kept);
  for (bool first = true; status == MFG_OK && left > 0; first = false) {
    int steps = steps_of_kernel(left);
    left -= steps;
    status = merge_kernel(pass, &kept, steps, first, left <= 0);
  }
  bounds_release(&kept);
  return status;
}

static void exchange(mfg_block **a, mfg_block **b) {
  mfg_block *kept = *a;
  *a = *b;
  *b = kept;
}

mfg_status mfg_order_sort(const mfg_lines *lines, mfg_block **keys, mfg_block **positions) {
  if (lines->length < 2 || lines->lines == 0) return MFG_OK;
  mfg_status status = MFG_OK;
  mfg_block *other_keys = mfg_block_new(lines->context, (*keys)->size, lines->frame, &status);
  mfg_block *other_positions = NULL;
  if (other_keys != NULL && positions != NULL)
    other_positions = mfg_block_new(lines->context, (*positions)->size, lines->frame, &status);
  const int64_t extents[2] = {lines->lines, lines->length};
  for (int64_t width = 1; status == MFG_OK && width < lines->length; width *= 2) {
    merge_pass pass = {.lines = lines, .width = width};
    pass.keys = operand_of(*keys, lines->type, 2, extents);
    pass.merged_keys = operand_of(other_keys, lines->type, 2, extents);
    if (positions != NULL) {
      pass.positions = operand_of(*positions, MFG_INT64, 2, extents);
      pass.merged_positions = operand_of(other_positions, MFG_INT64, 2, extents);
    }
    status = run_pass(&pass);
    exchange(keys, &other_keys);
    if (positions != NULL) exchange(positions, &other_positions);
  }
  mfg_block_release(other_keys);
  mfg_block_release(other_positions);
  return status;
}

/* ---- looking up ------------------------------------------------------------------------------ */

static mfg_status search_kernel(const mfg_lookup *lookup, bounds *kept, int steps, bool first,
                                bool last) {
  mfg_writer writer = mfg_writer_open(lookup->context, 1, &lookup->count);
  mfg_writer *w = &writer;
  if (writer.status != MFG_OK) return writer.status;
  mfg_written_operand keys = operand_of(lookup->keys, lookup->type, 1, &lookup->length);
  mfg_written_operand order = operand_of(lookup->order, MFG_INT64, 1, &lookup->length);
  mfg_written_operand values = operand_of(lookup->values, lookup->type, 1, &lookup->count);
  mfg_written_operand found = operand_of(lookup->found, MFG_INT64, 1, &lookup->count);
  int32_t value = mfg_write_load(w, &values);
  int32_t low = first ? mfg_write_constant(w, 0) : mfg_write_load(w, &kept->low);
  int32_t high = first ? mfg_write_number(w, lookup->length) : mfg_write_load(w, &kept->high);
  for (int step = 0; step < steps; step++) {
    int32_t mid = middle(w, low, high);
    int32_t from = lookup->order != NULL ? mfg_write_gather(w, &order, 0, mid) : mid;
    int32_t key = mfg_write_gather(w, &keys, 0, from);
    int32_t above = lookup->right ? invert(w, mfg_write_before(w, lookup->type, value, key, false))
                                  : mfg_write_before(w, lookup->type, key, value, false);
    narrow(w, above, mid, &low, &high);
  }
  mfg_write_output(w, last ? &found : &kept->low, low);
  if (!last) mfg_write_output(w, &kept->high, high);
  return mfg_writer_launch(w, lookup->frame);
}

mfg_status mfg_order_search(const mfg_lookup *lookup) {
  int left = steps_needed(lookup->length);
  bounds kept = {.low.block = NULL};
  mfg_status status = MFG_OK;
  if (left > MOST_STEPS)
    status = bounds_allocate(lookup->context, lookup->frame, 1, &lookup->count, &kept);
  for (bool first = true; status == MFG_OK && left > 0; first = false) {
    int steps = steps_of_kernel(left);
    left -= steps;
    status = search_kernel(lookup, &kept, steps, first, left <= 0);
  }
  bounds_release(&kept);
  return status;
}
