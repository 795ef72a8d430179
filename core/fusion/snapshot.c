/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeping what pending readers see when memory is written in place. */
#include <mfg/sdk.h>
#include <stdlib.h>

#include "array/context_private.h"
#include "array/recording.h"
#include "fusion/fusion.h"

/* Adds the load and the store of one number of each element. */
static void copy_part(mfg_builder *builder, mfg_block *target, mfg_block *source, mfg_dtype type,
                      int parts, int part, int64_t offset, const int64_t *strides) {
  mfg_dtype real = mfg_real_type(type);
  mfg_bound from = {.block = source, .offset = offset * parts + part};
  mfg_bound to = {.block = target, .offset = part};
  mfg_shape_strides(builder->rank, builder->extents, to.strides);
  for (int axis = 0; axis < builder->rank; axis++) {
    from.strides[axis] = strides[axis] * parts;
    to.strides[axis] *= parts;
  }
  mfg_kernel_instruction load = {.operation = MFG_OP_LOAD,
                                 .type = real,
                                 .arguments = {-1, -1, -1},
                                 .slot =
                                     mfg_builder_operand(builder, real, MFG_OPERAND_READ, &from)};
  int32_t value = mfg_builder_emit(builder, &builder->prologue, &load);
  builder->outputs[builder->output_count++] = (mfg_kernel_output){
      .operand = mfg_builder_operand(builder, real, MFG_OPERAND_WRITE, &to), .value = value};
}

mfg_status mfg_copy_view(mfg_context *context, uint32_t frame, mfg_block *target, mfg_block *source,
                         mfg_dtype type, int rank, const int64_t *shape, int64_t offset,
                         const int64_t *strides) {
  uint64_t element = mfg_dtype_size(type);
  if (mfg_shape_contiguous(rank, shape, strides))
    return mfg_launch_copy(context, frame, target, 0, source, (uint64_t)offset * element,
                           (uint64_t)mfg_shape_size(rank, shape) * element);
  mfg_builder *builder = mfg_builder_new(context, rank, shape);
  if (builder == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  /* A complex element is two numbers. */
  int parts = mfg_is_dtype(type, MFG_KIND_COMPLEX_FLOAT) ? 2 : 1;
  for (int part = 0; part < parts; part++)
    copy_part(builder, target, source, type, parts, part, offset, strides);
  mfg_status status = mfg_launch(builder, frame);
  mfg_builder_release(builder);
  return status;
}

static bool view_bytes(int rank, const int64_t *shape, int64_t offset, const int64_t *strides,
                       mfg_dtype type, int64_t *first, int64_t *last) {
  int64_t low = 0;
  int64_t high = 0;
  if (!mfg_shape_range(rank, shape, strides, &low, &high)) return false;
  int64_t size = (int64_t)mfg_dtype_size(type);
  *first = (offset + low) * size;
  *last = (offset + high + 1) * size;
  return true;
}

/* Copies what the leaf reads to memory of its own, now. */
static mfg_status save_now(mfg_value *leaf) {
  mfg_context *context = leaf->context;
  mfg_status status = MFG_OK;
  uint64_t bytes = (uint64_t)mfg_shape_size(leaf->rank, leaf->shape) * mfg_dtype_size(leaf->type);
  mfg_block *block = mfg_block_new(context, bytes, 0, &status);
  if (block == NULL) return status;
  status = mfg_copy_view(context, 0, block, leaf->leaf.block, leaf->type, leaf->rank, leaf->shape,
                         leaf->leaf.offset, leaf->leaf.strides);
  if (status == MFG_OK) {
    int64_t strides[MFG_MAX_RANK];
    mfg_shape_strides(leaf->rank, leaf->shape, strides);
    mfg_leaf_redirect(leaf, block, 0, strides);
  }
  mfg_block_release(block);
  return status;
}

mfg_status mfg_snapshot_readers(const mfg_array *target) {
  mfg_block *block = target->storage->block;
  int64_t first = 0;
  int64_t last = 0;
  if (!view_bytes(target->rank, target->shape, target->offset, target->strides, target->type,
                  &first, &last))
    return MFG_OK;
  mfg_status status = MFG_OK;
  for (mfg_value *leaf = block->readers, *next; leaf != NULL && status == MFG_OK; leaf = next) {
    next = leaf->leaf.next;
    int64_t from = 0;
    int64_t to = 0;
    if (leaf->leaf.snapshot >= 0 ||
        !view_bytes(leaf->rank, leaf->shape, leaf->leaf.offset, leaf->leaf.strides, leaf->type,
                    &from, &to) ||
        from >= last || first >= to)
      continue;
    bool recorded = leaf->frame != 0 && mfg_recording_frame_open(leaf->context, leaf->frame);
    status = recorded ? mfg_recording_snapshot(leaf) : save_now(leaf);
  }
  return status;
}

mfg_status mfg_snapshot_block(mfg_block *block) {
  mfg_status status = MFG_OK;
  for (mfg_value *leaf = block->readers, *next; leaf != NULL && status == MFG_OK; leaf = next) {
    next = leaf->leaf.next;
    if (leaf->frame == 0) status = save_now(leaf);
  }
  return status;
}
