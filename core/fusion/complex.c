/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs of complex values: each is two real ones that write every other number of one block. They
 * come to one kernel where their shapes and patterns allow, as any two jobs do. */
#include <mfg/sdk.h>

#include "array/complex_value.h"
#include "array/context_private.h"
#include "fusion/fusion.h"

/* One complex job under way. */
typedef struct pair_job {
  mfg_job *job;
  mfg_value *parts[2]; /* owned */
  mfg_storage storage; /* of new memory; without a block where the target's own is written */
  mfg_array targets[2];
} pair_job;

/* A handle over one part of memory, not counted and never released. */
static mfg_array part_target(mfg_storage *storage, const mfg_value *value, int64_t offset,
                             const int64_t *strides, int part) {
  mfg_array target = {.references = 1,
                      .context = value->context,
                      .type = mfg_real_type(value->type),
                      .rank = value->rank,
                      .storage = storage,
                      .offset = 2 * offset + part};
  for (int axis = 0; axis < value->rank; axis++) {
    target.shape[axis] = value->shape[axis];
    target.strides[axis] = 2 * strides[axis];
  }
  return target;
}

static mfg_status open_pair(pair_job *pair, mfg_job *job, uint32_t frame) {
  mfg_value *value = job->value;
  mfg_context *context = value->context;
  mfg_status status = MFG_OK;
  mfg_array *target = job->target;
  int64_t dense[MFG_MAX_RANK];
  *pair = (pair_job){.job = job, .storage = {.references = 1}};
  if (!mfg_value_parts(value, pair->parts)) return MFG_ERROR_OUT_OF_MEMORY;
  mfg_storage *storage = target != NULL ? target->storage : NULL;
  if (target == NULL || mfg_target_may_rename(target, frame)) {
    uint64_t bytes =
        (uint64_t)mfg_shape_size(value->rank, value->shape) * mfg_dtype_size(value->type);
    pair->storage.block = mfg_block_new(context, bytes, frame, &status);
    if (pair->storage.block == NULL) return status;
    storage = &pair->storage;
    mfg_shape_strides(value->rank, value->shape, dense);
  }
  bool own = storage == &pair->storage;
  for (int part = 0; part < 2; part++)
    pair->targets[part] =
        part_target(storage, value, own ? 0 : target->offset, own ? dense : target->strides, part);
  return MFG_OK;
}

/* A part that was computed is from now on read where it was written. */
static void settle_part(pair_job *pair, int part) {
  mfg_value *value = pair->parts[part];
  bool pending = value->kind != MFG_VALUE_LEAF && value->kind != MFG_VALUE_NUMBER &&
                 value->kind != MFG_VALUE_INDEX && value->frame == pair->job->value->frame;
  if (!pending) return;
  const mfg_array *target = &pair->targets[part];
  mfg_value_become_leaf(value, mfg_block_retain(pair->storage.block));
  mfg_leaf_redirect(value, pair->storage.block, target->offset, target->strides);
}

static void deliver_pair(pair_job *pair) {
  mfg_array *target = pair->job->target;
  mfg_block *block = pair->storage.block;
  if (block == NULL) return;
  pair->storage.block = NULL;
  if (target != NULL) {
    mfg_block_release(target->storage->block);
    target->storage->block = block;
    return;
  }
  pair->storage.block = block;
  for (int part = 0; part < 2; part++)
    settle_part(pair, part);
  pair->storage.block = NULL;
  if (pair->job->value->kind == MFG_VALUE_LEAF)
    mfg_block_release(block);
  else
    mfg_value_become_leaf(pair->job->value, block);
}

static void close_pair(pair_job *pair) {
  mfg_value_release(pair->parts[0]);
  mfg_value_release(pair->parts[1]);
  mfg_block_release(pair->storage.block);
}

static mfg_status run_jobs(mfg_context *context, uint32_t frame, int count, mfg_job *jobs) {
  mfg_job real[2 * MFG_MAX_RESULTS];
  pair_job pairs[MFG_MAX_RESULTS];
  int real_count = 0;
  int pair_count = 0;
  mfg_status status = MFG_OK;
  for (int i = 0; i < count && status == MFG_OK; i++) {
    if (!mfg_type_is_complex(jobs[i].value->type)) {
      real[real_count++] = jobs[i];
      continue;
    }
    pair_job *pair = &pairs[pair_count++];
    status = open_pair(pair, &jobs[i], frame);
    /* Nothing is written where there is no element. */
    bool empty = mfg_shape_size(jobs[i].value->rank, jobs[i].value->shape) == 0;
    for (int part = 0; part < 2 && !empty; part++)
      real[real_count++] = (mfg_job){pair->parts[part], &pair->targets[part]};
  }
  if (status == MFG_OK) status = mfg_fusion_run(context, frame, real_count, real);
  for (int i = 0; i < pair_count; i++) {
    if (status == MFG_OK) deliver_pair(&pairs[i]);
    close_pair(&pairs[i]);
  }
  return status;
}

bool mfg_fusion_has_complex(int count, const mfg_job *jobs) {
  for (int i = 0; i < count; i++)
    if (mfg_type_is_complex(jobs[i].value->type)) return true;
  return false;
}

mfg_status mfg_fusion_run_complex(mfg_context *context, uint32_t frame, int count, mfg_job *jobs) {
  mfg_status status = MFG_OK;
  for (int first = 0; first < count && status == MFG_OK; first += MFG_MAX_RESULTS) {
    int portion = count - first < MFG_MAX_RESULTS ? count - first : MFG_MAX_RESULTS;
    status = run_jobs(context, frame, portion, jobs + first);
  }
  return status;
}
