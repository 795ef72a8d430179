/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fusion/memo.h"

#include <mfg/sdk.h>
#include <stdlib.h>
#include <string.h>

#include "array/context_private.h"
#include "fusion/fusion.h"

/* ---- spelling -------------------------------------------------------------------------------- */

enum { WORD_LEAF = 1, WORD_SCALAR, WORD_COMMON, WORD_OPERATION };

static inline void spell(mfg_memo_key *key, uint64_t kind, mfg_dtype type, uint64_t what) {
  uint64_t word = kind << 56 | (uint64_t)type << 48 | what;
  key->words[key->word_count++] = word;
  key->hash = (key->hash ^ word) * UINT64_C(0xD6E8FEB86659FD93);
  key->hash ^= key->hash >> 32;
}

static bool spell_leaf(mfg_memo_key *key, const mfg_value *value) {
  const mfg_leaf *leaf = &value->leaf;
  int64_t size = mfg_shape_size(value->rank, value->shape);
  bool single = size == 1;
  if (!single &&
      (size != key->size || !mfg_shape_contiguous(value->rank, value->shape, leaf->strides)))
    return false;
  uint32_t i = 0;
  while (i < key->operand_count &&
         (key->operands[i]->block != leaf->block || key->operands[i]->offset != leaf->offset ||
          key->operand_types[i] != value->type || key->single[i] != single))
    i++;
  if (i == MFG_MEMO_OPERANDS) return false;
  if (i == key->operand_count) {
    key->operands[i] = leaf;
    key->operand_types[i] = value->type;
    key->single[i] = single;
    key->operand_count++;
  }
  spell(key, WORD_LEAF, value->type, i << 1 | single);
  return true;
}

static bool spell_number(mfg_memo_key *key, const mfg_value *value) {
  mfg_scalar number = value->node.number;
  int common = mfg_builder_common_number(value->type, number);
  if (common >= 0) {
    spell(key, WORD_COMMON, value->type, (uint64_t)common);
    return true;
  }
  uint32_t i = 0;
  while (i < key->scalar_count &&
         (key->scalar_types[i] != value->type || key->scalars[i].bits != number.bits))
    i++;
  if (i == MFG_MEMO_SCALARS) return false;
  if (i == key->scalar_count) {
    key->scalar_types[i] = value->type;
    key->scalars[i] = number;
    key->scalar_count++;
  }
  spell(key, WORD_SCALAR, value->type, i);
  return true;
}

/* In the order in which lowering visits, and with its way through a SELECT that is none. */
static bool spell_value(mfg_memo_key *key, const mfg_value *value) {
  if (key->node_count++ == MFG_MEMO_NODES) return false;
  if (value->kind == MFG_VALUE_LEAF) return spell_leaf(key, value);
  if (value->kind == MFG_VALUE_NUMBER) return spell_number(key, value);
  if (value->kind != MFG_VALUE_ELEMENTWISE) return false;
  mfg_value *const *arguments = value->node.arguments;
  if (value->node.operation == MFG_OP_SELECT && arguments[0]->kind == MFG_VALUE_NUMBER)
    return spell_value(key, arguments[arguments[0]->node.number.boolean ? 1 : 2]);
  spell(key, WORD_OPERATION, value->type, value->node.operation);
  for (int i = 0; i < 3 && arguments[i] != NULL; i++)
    if (!spell_value(key, arguments[i])) return false;
  return true;
}

bool mfg_memo_describe(const mfg_value *value, mfg_memo_key *key) {
  if (value->kind != MFG_VALUE_ELEMENTWISE || value->weight > MFG_MEMO_NODES || value->patterns)
    return false;
  key->word_count = key->node_count = key->operand_count = key->scalar_count = 0;
  key->hash = 0;
  key->size = mfg_shape_size(value->rank, value->shape);
  if (key->size == 0 || key->size > INT32_MAX) return false; /* of one index width */
  spell(key, WORD_OPERATION, 0, key->size == 1);             /* one element is a space of rank 0 */
  return spell_value(key, value);
}

/* ---- remembering ----------------------------------------------------------------------------- */

static mfg_memo_entry *entry_of(mfg_context *context, const mfg_memo_key *key) {
  mfg_kernel_cache *cache = &context->kernels;
  return cache->memo == NULL ? NULL : &cache->memo[key->hash & (MFG_MEMO_ENTRIES - 1)];
}

mfg_kernel *mfg_memo_find(mfg_context *context, const mfg_memo_key *key) {
  mfg_kernel_cache *cache = &context->kernels;
  const mfg_memo_entry *entry = entry_of(context, key);
  if (entry == NULL || entry->kernel == NULL || entry->word_count != key->word_count ||
      memcmp(entry->words, key->words, key->word_count * sizeof key->words[0]) != 0)
    return NULL;
  entry->kernel->used = ++cache->clock;
  cache->found++;
  return entry->kernel;
}

/* Whether the kernel takes what a launch by key gives. */
static bool takes_key(const mfg_kernel *kernel, const mfg_memo_key *key) {
  const mfg_kernel_description *description = &kernel->description;
  if (description->pattern->kind != MFG_PATTERN_MAP || description->index_width != 32 ||
      description->rank != (key->size == 1 ? 0 : 1) || description->outputs.count != 1 ||
      description->reductions.count != 0 || description->scalars.count != key->scalar_count ||
      description->operands.count != key->operand_count + 1 ||
      mfg_kernel_output_at(description, 0)->operand != key->operand_count)
    return false;
  for (uint32_t i = 0; i < description->operands.count; i++) {
    const mfg_kernel_operand *operand = mfg_kernel_operand_at(description, i);
    bool single = key->size == 1 || (i < key->operand_count && key->single[i]);
    if (operand->stride_class[0] != (key->size == 1 ? 0
                                     : single       ? MFG_STRIDE_ZERO
                                                    : MFG_STRIDE_UNIT))
      return false;
  }
  return true;
}

void mfg_memo_keep(mfg_context *context, const mfg_memo_key *key, mfg_kernel *kernel) {
  mfg_kernel_cache *cache = &context->kernels;
  if (kernel == NULL || !takes_key(kernel, key)) return;
  /* Without memory for the table everything goes the long way. */
  if (cache->memo == NULL) cache->memo = calloc(MFG_MEMO_ENTRIES, sizeof *cache->memo);
  mfg_memo_entry *entry = entry_of(context, key);
  if (entry == NULL) return;
  kernel->references++;
  mfg_kernel_release(entry->kernel);
  entry->kernel = kernel;
  entry->word_count = key->word_count;
  memcpy(entry->words, key->words, key->word_count * sizeof key->words[0]);
}

void mfg_memo_clear(mfg_context *context) {
  mfg_kernel_cache *cache = &context->kernels;
  for (size_t i = 0; cache->memo != NULL && i < MFG_MEMO_ENTRIES; i++)
    mfg_kernel_release(cache->memo[i].kernel);
  free(cache->memo);
  cache->memo = NULL;
}

/* ---- launching ------------------------------------------------------------------------------- */

mfg_status mfg_memo_launch(mfg_context *context, const mfg_memo_key *key, mfg_kernel *kernel,
                           mfg_block *target, int64_t offset) {
  static const int64_t everywhere[1] = {0};
  static const int64_t dense[1] = {1};
  mfg_kernel_binding bindings[MFG_MEMO_OPERANDS + 1];
  for (uint32_t i = 0; i < key->operand_count; i++)
    bindings[i] = (mfg_kernel_binding){.buffer = key->operands[i]->block->buffer,
                                       .offset = key->operands[i]->offset *
                                                 (int64_t)mfg_dtype_size(key->operand_types[i]),
                                       .strides = key->single[i] ? everywhere : dense};
  mfg_dtype type = mfg_kernel_operand_at(&kernel->description, key->operand_count)->type;
  bindings[key->operand_count] =
      (mfg_kernel_binding){.buffer = target->buffer,
                           .offset = offset * (int64_t)mfg_dtype_size(type),
                           .strides = key->size == 1 ? everywhere : dense};
  mfg_kernel_launch launch = {.struct_size = sizeof launch,
                              .extents = &key->size,
                              .bindings = {bindings, key->operand_count + 1, sizeof bindings[0]},
                              .scalars = {key->scalars, key->scalar_count, sizeof(mfg_scalar)}};
  return mfg_launch_bound(context, kernel, &launch);
}
