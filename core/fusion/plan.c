/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Planning: which pattern a job's kernel has, and what has to be computed before it. */
#include "array/context_private.h"
#include "array/recording.h"
#include "fusion/fusion.h"
#include "support/error.h"

/* What a walk over an expression has come across. */
typedef struct finding {
  const mfg_value *root;
  mfg_value *only; /* the one pattern that may share the kernel of `root` */
  bool several;    /* there is another, or it is not used in place */
} finding;

static bool is_pattern(const mfg_value *value) {
  return value->kind == MFG_VALUE_REDUCE || value->kind == MFG_VALUE_SCAN ||
         value->kind == MFG_VALUE_LINE_SOLVE;
}

static void find_patterns(finding *found, mfg_value *value, bool shifted) {
  if (!value->patterns) return;
  if (is_pattern(value)) {
    bool in_place = !shifted && value->rank == found->root->rank &&
                    mfg_shape_equal(value->rank, value->shape, found->root->shape);
    if (!in_place || (found->only != NULL && found->only != value)) found->several = true;
    found->only = value;
    return;
  }
  int count = mfg_value_argument_count(value);
  for (int i = 0; i < count; i++)
    find_patterns(found, value->node.arguments[i], shifted || value->kind == MFG_VALUE_SHIFT);
}

/* The pattern whose results `root` can be made from on the way out, or NULL. */
static mfg_value *shared_pattern(mfg_value *root) {
  finding found = {.root = root};
  find_patterns(&found, root, false);
  return found.several ? NULL : found.only;
}

/* Computes the patterns in `value` but `except`, and gathers that a shift looks at from elsewhere.
 */
static mfg_status compute_patterns(mfg_value *value, uint32_t frame, bool shifted,
                                   const mfg_value *except) {
  if (value == except || !value->patterns) return MFG_OK;
  if (is_pattern(value) || (shifted && value->kind == MFG_VALUE_GATHER)) {
    mfg_job job = {value, NULL};
    return mfg_fusion_run(value->context, frame, 1, &job);
  }
  shifted = shifted || value->kind == MFG_VALUE_SHIFT;
  int count = mfg_value_argument_count(value);
  mfg_status status = MFG_OK;
  for (int i = 0; i < count && status == MFG_OK; i++)
    status = compute_patterns(value->node.arguments[i], frame, shifted, except);
  return status;
}

/* Numbers written in place and indices mean the same at any time; everything else that was recorded
 * in another frame has to be computed there. */
static mfg_status settle_frames(mfg_value *value, uint32_t frame) {
  if (value->kind == MFG_VALUE_LEAF || value->kind == MFG_VALUE_INDEX || value->weak) return MFG_OK;
  if (value->frame != frame) return mfg_fusion_evaluate(value);
  int count = mfg_value_argument_count(value);
  for (int i = 0; i < count; i++) {
    mfg_status status = settle_frames(value->node.arguments[i], frame);
    if (status != MFG_OK) return status;
  }
  return MFG_OK;
}

static mfg_status prepare_arguments(mfg_value *pattern, uint32_t frame) {
  int count = mfg_value_argument_count(pattern);
  mfg_status status = MFG_OK;
  for (int i = 0; i < count && status == MFG_OK; i++)
    status = compute_patterns(pattern->node.arguments[i], frame, false, NULL);
  return status;
}

mfg_status mfg_plan_prepare(mfg_value *value, uint32_t frame) {
  mfg_status status = value->context->recording != NULL ? settle_frames(value, frame) : MFG_OK;
  if (status != MFG_OK || value->kind == MFG_VALUE_LEAF) return status;
  mfg_value *body = value;
  mfg_value *pattern = NULL;
  if (value->kind == MFG_VALUE_REDUCE) {
    body = value->node.arguments[0];
    pattern = shared_pattern(body);
    if (pattern == NULL || pattern->kind == MFG_VALUE_REDUCE)
      return prepare_arguments(value, frame);
  } else {
    pattern = shared_pattern(value);
  }
  if (pattern != NULL) status = prepare_arguments(pattern, frame);
  return status == MFG_OK ? compute_patterns(body, frame, false, pattern) : status;
}

mfg_plan mfg_plan_make(mfg_job *job) {
  mfg_value *value = job->value;
  mfg_plan plan = {.job = job, .body = value};
  if (value->kind == MFG_VALUE_LEAF) return plan;
  if (value->kind == MFG_VALUE_REDUCE) {
    mfg_value *inner = shared_pattern(value->node.arguments[0]);
    plan.pattern = value;
    if (inner != NULL && inner->kind != MFG_VALUE_REDUCE) {
      plan.pattern = inner;
      plan.body = value->node.arguments[0];
      plan.reduction = value;
    }
    return plan;
  }
  plan.pattern = shared_pattern(value);
  return plan;
}

mfg_status mfg_fusion_evaluate(mfg_value *value) {
  if (value->kind == MFG_VALUE_LEAF) return MFG_OK;
  if (!mfg_recording_frame_open(value->context, value->frame))
    return mfg_fail(MFG_ERROR_RECORDING,
                    "an array that was described in a recording, or in the body of a repeat, which "
                    "has ended was never computed there; compute it inside with mfg_eval");
  mfg_job job = {value, NULL};
  return mfg_fusion_run(value->context, value->frame, 1, &job);
}
