/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing into memory, and computing now. */
#include <mfg/sdk.h>

#include "array/complex_value.h"
#include "array/context_private.h"
#include "array/handle.h"
#include "array/overlap.h"
#include "array/promotion.h"
#include "array/recording.h"
#include "fusion/fusion.h"
#include "support/error.h"

/* The value in the target's shape: repeated along axes where it has none or extent 1. */
static mfg_value *broadcast_value(mfg_value *value, const mfg_array *target) {
  if (value->rank == target->rank && mfg_shape_equal(value->rank, value->shape, target->shape))
    return value;
  if (value->kind == MFG_VALUE_NUMBER) {
    mfg_value *number = mfg_value_number(value->context, value->type, target->rank, target->shape,
                                         value->node.number);
    mfg_value_release(value);
    return number;
  }
  mfg_value *wide = mfg_value_everywhere(value, target->rank, target->shape);
  mfg_value_release(value);
  return wide;
}

static bool check_target(mfg_scope *scope, const mfg_array *target) {
  if (!mfg_scope_accepts(scope, target, "mfg_assign")) return false;
  if (target->read_only) {
    mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT,
                    "mfg_assign: the target is a broadcast view, whose elements share memory");
    return false;
  }
  return true;
}

/* The source as a value of the target's type and shape, or NULL with the error in the scope. */
static mfg_value *source_value(mfg_scope *scope, const mfg_array *target, mfg_array *source) {
  if (source == NULL || !mfg_scope_usable(scope)) {
    if (mfg_scope_usable(scope))
      mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT, "mfg_assign: the source is NULL");
    return NULL;
  }
  if (source->context != scope->context) {
    source = mfg_to_backend(scope, source);
    if (source == NULL) return NULL;
  }
  bool weak = source->value != NULL && source->value->weak;
  bool fraction = !mfg_is_dtype(source->type, MFG_KIND_BOOL | MFG_KIND_INTEGER) &&
                  mfg_is_dtype(target->type, MFG_KIND_BOOL | MFG_KIND_INTEGER);
  fraction = fraction || (mfg_type_is_complex(source->type) && !mfg_type_is_complex(target->type));
  if ((!weak || fraction) && !mfg_can_cast(source->type, target->type))
    return mfg_scope_error(scope, MFG_ERROR_TYPE,
                           "mfg_assign: %s into an array of %s would lose values; convert it with "
                           "mfg_astype",
                           mfg_dtype_name(source->type), mfg_dtype_name(target->type));
  int rank = target->rank;
  int64_t shape[MFG_MAX_RANK];
  for (int axis = 0; axis < rank; axis++)
    shape[axis] = target->shape[axis];
  if (source->rank > rank || !mfg_shape_broadcast(source->rank, source->shape, &rank, shape) ||
      !mfg_shape_equal(rank, shape, target->shape)) {
    char from[192];
    char to[192];
    return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_assign: shape %s into shape %s",
                           mfg_shape_text(source->rank, source->shape, from, sizeof from),
                           mfg_shape_text(target->rank, target->shape, to, sizeof to));
  }
  mfg_value *value = mfg_scope_value(scope, source);
  if (value != NULL) value = mfg_value_as_type(value, target->type);
  if (value != NULL) value = broadcast_value(value, target);
  if (value == NULL) mfg_scope_keep_error(scope, MFG_ERROR_OUT_OF_MEMORY);
  return value;
}

/* Whether two targets share an element, so that the order of writing shows. */
static bool targets_meet(const mfg_array *a, const mfg_array *b) {
  if (a->storage->block != b->storage->block) return false;
  mfg_extent one = {a->rank, a->shape, a->strides, a->offset};
  mfg_extent other = {b->rank, b->shape, b->strides, b->offset};
  return a->type != b->type || mfg_extents_meet(&one, &other);
}

static bool any_targets_meet(int count, mfg_array *const *targets) {
  for (int i = 0; i < count; i++)
    for (int k = 0; k < i; k++)
      if (targets_meet(targets[i], targets[k])) return true;
  return false;
}

/* One kernel writes its outputs in no order, so targets that overlap are written one after the
 * other, when all sources have been computed. */
static mfg_status assign_in_order(mfg_scope *scope, int count, mfg_job *jobs) {
  uint32_t frame = mfg_context_frame(scope->context);
  mfg_job sources[MFG_MAX_RESULTS];
  mfg_status status = MFG_OK;
  for (int i = 0; i < count; i++)
    sources[i] = (mfg_job){jobs[i].value, NULL};
  status = mfg_fusion_run(scope->context, frame, count, sources);
  for (int i = 0; i < count && status == MFG_OK; i++)
    status = mfg_fusion_run(scope->context, frame, 1, &jobs[i]);
  return status;
}

mfg_status mfg_assign_many(mfg_scope *scope, int count, mfg_array *const *targets,
                           mfg_array *const *sources) {
  if (!mfg_scope_usable(scope)) return mfg_scope_status(scope);
  if (count < 1 || count > MFG_MAX_RESULTS) {
    mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT,
                    "mfg_assign_many: %d arrays; expected 1 to %d", count, MFG_MAX_RESULTS);
    return mfg_scope_status(scope);
  }
  mfg_job jobs[MFG_MAX_RESULTS];
  int ready = 0;
  mfg_status status = MFG_OK;
  for (; ready < count && status == MFG_OK; ready++) {
    jobs[ready] = (mfg_job){NULL, targets[ready]};
    if (check_target(scope, targets[ready]))
      jobs[ready].value = source_value(scope, targets[ready], sources[ready]);
    if (jobs[ready].value == NULL) status = mfg_scope_status(scope);
  }
  for (int i = 0; i < ready && status == MFG_OK; i++)
    status = mfg_array_give_memory(targets[i]);
  if (status == MFG_OK && any_targets_meet(count, targets))
    status = assign_in_order(scope, count, jobs);
  else if (status == MFG_OK)
    status = mfg_fusion_run(scope->context, mfg_context_frame(scope->context), count, jobs);
  for (int i = 0; i < ready; i++)
    mfg_value_release(jobs[i].value);
  return mfg_scope_keep_error(scope, status);
}

mfg_status mfg_assign_operand(mfg_scope *scope, mfg_array *target, mfg_operand source) {
  if (!mfg_scope_usable(scope)) return mfg_scope_status(scope);
  if (!check_target(scope, target)) return mfg_scope_status(scope);
  mfg_array *array = source.array;
  if (source.kind != MFG_OPERAND_ARRAY) {
    mfg_dtype type = target->type;
    if (!mfg_scope_takes_number(scope, "mfg_assign", type, &source)) return mfg_scope_status(scope);
    array = mfg_scope_adopt(scope, mfg_value_of_operand(scope->context, type, 0, NULL, &source));
  }
  return mfg_assign_many(scope, 1, &target, &array);
}

mfg_status mfg_eval_many(mfg_scope *scope, int count, mfg_array *const *arrays) {
  if (!mfg_scope_usable(scope)) return mfg_scope_status(scope);
  mfg_status status = MFG_OK;
  for (int first = 0; first < count && status == MFG_OK; first += MFG_MAX_RESULTS) {
    mfg_job jobs[MFG_MAX_RESULTS];
    int used = 0;
    for (int i = first; i < count && i < first + MFG_MAX_RESULTS && status == MFG_OK; i++) {
      if (!mfg_scope_accepts(scope, arrays[i], "mfg_eval")) return mfg_scope_status(scope);
      mfg_value *value = arrays[i]->value;
      if (value == NULL || value->kind == MFG_VALUE_LEAF) continue;
      if (value->frame != mfg_context_frame(scope->context))
        status = mfg_fusion_evaluate(value);
      else
        jobs[used++] = (mfg_job){value, NULL};
    }
    if (status == MFG_OK && used > 0)
      status = mfg_fusion_run(scope->context, mfg_context_frame(scope->context), used, jobs);
  }
  return mfg_scope_keep_error(scope, status);
}

mfg_status mfg_eval(mfg_scope *scope, mfg_array *array) {
  return mfg_eval_many(scope, 1, &array);
}
