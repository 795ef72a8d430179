/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "array/value.h"

#include <stdio.h>
#include <string.h>

#include "array/complex_value.h"
#include "array/context_private.h"
#include "array/handle.h"
#include "support/error.h"

static mfg_value *new_value(mfg_context *context, mfg_value_kind kind, mfg_dtype type, int rank,
                            const int64_t *shape) {
  mfg_value *value = mfg_slab_take(&context->values, sizeof *value);
  if (value == NULL) {
    mfg_fail_memory(sizeof *value, "a node of an expression");
    return NULL;
  }
  value->references = 1;
  value->frame = mfg_context_frame(context);
  value->kind = (uint8_t)kind;
  value->type = type;
  value->rank = (uint8_t)rank;
  for (int axis = 0; axis < rank; axis++)
    value->shape[axis] = shape[axis];
  value->context = context;
  return value;
}

static void enlist_reader(mfg_value *value) {
  mfg_block *block = value->leaf.block;
  value->leaf.previous = NULL;
  value->leaf.next = block->readers;
  if (block->readers != NULL) block->readers->leaf.previous = value;
  block->readers = value;
}

static void delist_reader(mfg_value *value) {
  mfg_leaf *leaf = &value->leaf;
  if (leaf->previous != NULL)
    leaf->previous->leaf.next = leaf->next;
  else
    leaf->block->readers = leaf->next;
  if (leaf->next != NULL) leaf->next->leaf.previous = leaf->previous;
}

mfg_value *mfg_value_leaf(mfg_context *context, mfg_block *block, mfg_dtype type, int rank,
                          const int64_t *shape, int64_t offset, const int64_t *strides) {
  mfg_value *value = new_value(context, MFG_VALUE_LEAF, type, rank, shape);
  if (value == NULL) return NULL;
  value->leaf.block = mfg_block_retain(block);
  value->leaf.offset = offset;
  value->leaf.snapshot = -1;
  for (int axis = 0; axis < rank; axis++)
    value->leaf.strides[axis] = strides[axis];
  enlist_reader(value);
  return value;
}

mfg_value *mfg_value_number(mfg_context *context, mfg_dtype type, int rank, const int64_t *shape,
                            mfg_scalar number) {
  mfg_value *value = new_value(context, MFG_VALUE_NUMBER, type, rank, shape);
  if (value != NULL) value->node.number = number;
  return value;
}

/* A pattern is computed before the next one, by recursion: it weighs more than an instruction. */
#define PATTERN_WEIGHT 64u

mfg_value *mfg_value_node(mfg_context *context, mfg_value_kind kind, mfg_dtype type, int rank,
                          const int64_t *shape, int count, mfg_value *const *arguments) {
  mfg_value *value = new_value(context, kind, type, rank, shape);
  if (value == NULL) return NULL;
  uint32_t weight = kind >= MFG_VALUE_REDUCE ? PATTERN_WEIGHT : 1;
  value->patterns = kind >= MFG_VALUE_GATHER;
  for (int i = 0; i < count; i++) {
    value->node.arguments[i] = mfg_value_retain(arguments[i]);
    value->patterns = value->patterns || arguments[i]->patterns;
    weight += arguments[i]->weight;
    if (weight > MFG_VALUE_WEIGHT_LIMIT)
      weight = MFG_VALUE_WEIGHT_LIMIT + 1; /* saturates: a shared node counts each time */
  }
  value->weight = weight;
  return value;
}

mfg_value *mfg_value_elementwise(mfg_context *context, uint32_t operation, mfg_dtype type, int rank,
                                 const int64_t *shape, int count, mfg_value *const *arguments) {
  mfg_value *value =
      mfg_value_node(context, MFG_VALUE_ELEMENTWISE, type, rank, shape, count, arguments);
  if (value != NULL) value->node.operation = (uint16_t)operation;
  return value;
}

/* SELECT over a condition of that shape says "this, everywhere"; there is no other choice. */
mfg_value *mfg_value_everywhere(mfg_value *value, int rank, const int64_t *shape) {
  if (mfg_type_is_complex(value->type)) return mfg_complex_everywhere(value, rank, shape);
  mfg_value *everywhere =
      mfg_value_number(value->context, MFG_BOOL, rank, shape, (mfg_scalar){.boolean = 1});
  if (everywhere == NULL) return NULL;
  everywhere->weak = true;
  mfg_value *arguments[2] = {everywhere, value};
  mfg_value *wide =
      mfg_value_elementwise(value->context, MFG_OP_SELECT, value->type, rank, shape, 2, arguments);
  mfg_value_release(everywhere);
  return wide;
}

mfg_value *mfg_value_retain(mfg_value *value) {
  value->references++;
  return value;
}

static void drop_leaf(mfg_value *value) {
  if (value->leaf.owner != NULL) value->leaf.owner->cached = NULL;
  delist_reader(value);
  mfg_block_release(value->leaf.block);
}

static void drop_arguments(mfg_value *value) {
  for (int i = 0; i < MFG_VALUE_ARGUMENTS; i++)
    mfg_value_release(value->node.arguments[i]);
}

/* Depth is bounded by the weight limit, so recursion is safe. */
void mfg_value_release(mfg_value *value) {
  if (value == NULL || --value->references > 0) return;
  mfg_context *context = value->context;
  if (value->kind == MFG_VALUE_LEAF)
    drop_leaf(value);
  else
    drop_arguments(value);
  mfg_slab_give(&context->values, value);
}

void mfg_value_become_leaf(mfg_value *value, mfg_block *block) {
  drop_arguments(value);
  memset(&value->leaf, 0, sizeof value->leaf);
  value->kind = MFG_VALUE_LEAF;
  value->weight = 0;
  value->weak = false;
  value->patterns = false;
  value->leaf.block = block;
  value->leaf.snapshot = -1;
  mfg_shape_strides(value->rank, value->shape, value->leaf.strides);
  enlist_reader(value);
}

void mfg_leaf_redirect(mfg_value *leaf, mfg_block *block, int64_t offset, const int64_t *strides) {
  if (leaf->leaf.owner != NULL) leaf->leaf.owner->cached = NULL;
  leaf->leaf.owner = NULL;
  delist_reader(leaf);
  mfg_block_release(leaf->leaf.block);
  leaf->leaf.block = mfg_block_retain(block);
  leaf->leaf.offset = offset;
  for (int axis = 0; axis < leaf->rank; axis++)
    leaf->leaf.strides[axis] = strides[axis];
  enlist_reader(leaf);
}

int mfg_value_argument_count(const mfg_value *value) {
  int count = 0;
  if (value->kind != MFG_VALUE_LEAF)
    while (count < MFG_VALUE_ARGUMENTS && value->node.arguments[count] != NULL)
      count++;
  return count;
}

/* ---- shapes ---------------------------------------------------------------------------------- */

bool mfg_shape_fits(int rank, const int64_t *shape) {
  int64_t size = 1;
  for (int axis = 0; axis < rank; axis++)
    if (shape[axis] < 0 || __builtin_mul_overflow(size, shape[axis] > 0 ? shape[axis] : 1, &size) ||
        size > INT64_C(1) << 59)
      return false;
  return true;
}

int64_t mfg_shape_size(int rank, const int64_t *shape) {
  int64_t size = 1;
  for (int axis = 0; axis < rank; axis++)
    size *= shape[axis];
  return size;
}

void mfg_shape_strides(int rank, const int64_t *shape, int64_t *strides) {
  int64_t stride = 1;
  for (int axis = rank - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] > 0 ? shape[axis] : 1;
  }
}

bool mfg_shape_equal(int rank, const int64_t *a, const int64_t *b) {
  for (int axis = 0; axis < rank; axis++)
    if (a[axis] != b[axis]) return false;
  return true;
}

bool mfg_shape_contiguous(int rank, const int64_t *shape, const int64_t *strides) {
  int64_t stride = 1;
  for (int axis = rank - 1; axis >= 0; axis--) {
    if (shape[axis] != 1 && strides[axis] != stride) return false;
    stride *= shape[axis];
  }
  return true;
}

bool mfg_shape_range(int rank, const int64_t *shape, const int64_t *strides, int64_t *low,
                     int64_t *high) {
  *low = 0;
  *high = 0;
  for (int axis = 0; axis < rank; axis++) {
    if (shape[axis] == 0) return false;
    int64_t reach = (shape[axis] - 1) * strides[axis];
    if (reach < 0)
      *low += reach;
    else
      *high += reach;
  }
  return true;
}

const char *mfg_shape_text(int rank, const int64_t *shape, char *text, size_t capacity) {
  size_t used = (size_t)snprintf(text, capacity, "(");
  for (int axis = 0; axis < rank && used < capacity; axis++)
    used += (size_t)snprintf(text + used, capacity - used, axis == 0 ? "%lld" : ", %lld",
                             (long long)shape[axis]);
  if (used < capacity) snprintf(text + used, capacity - used, ")");
  return text;
}
