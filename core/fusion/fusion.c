/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running jobs: grouping, placing results, launching. */
#include "fusion/fusion.h"

#include <mfg/sdk.h>
#include <stdlib.h>
#include <string.h>

#include "array/context_private.h"
#include "array/recording.h"
#include "fusion/memo.h"
#include "support/error.h"

/* Jobs are run in portions of this size; a kernel takes no more results. */
#define MOST_JOBS MFG_MAX_RESULTS

/* One kernel: its jobs, and where each result goes. */
typedef struct kernel_group {
  mfg_context *context;
  uint32_t frame;
  int count;
  mfg_plan *plans[MOST_JOBS];
  mfg_block *blocks[MOST_JOBS]; /* new memory of a result: owned until it is handed over */
  bool staged[MOST_JOBS];       /* in `blocks` first, then copied to the target */
  bool renamed[MOST_JOBS];      /* the target's storage changes to `blocks` */
  uint32_t operands[MOST_JOBS]; /* the operand that is written */
  int rank;
  int64_t extents[MFG_MAX_RANK];
} kernel_group;

/* ---- what goes together ------------------------------------------------------------------------
 */

/* The space over which a plan's prologue runs. */
static const mfg_value *space_of(const mfg_plan *plan) {
  if (plan->pattern == NULL) return plan->body;
  return plan->pattern->kind == MFG_VALUE_REDUCE ? plan->pattern->node.arguments[0] : plan->pattern;
}

static bool same_shape(const mfg_value *a, const mfg_value *b) {
  return a->rank == b->rank && mfg_shape_equal(a->rank, a->shape, b->shape);
}

/* Whether `plan` is a reduction of plain elementwise work: a map over the same space may take it
 * along. */
static bool plain_reduction(const mfg_plan *plan) {
  return plan->pattern != NULL && plan->pattern->kind == MFG_VALUE_REDUCE &&
         plan->body == plan->pattern;
}

static bool joins(const mfg_plan *leader, const mfg_plan *plan) {
  if (leader->pattern == NULL) {
    if (plan->pattern != NULL && !plain_reduction(plan)) return false;
    return same_shape(leader->body, space_of(plan));
  }
  if (plan->pattern == NULL) return false;
  if (leader->pattern->kind != MFG_VALUE_REDUCE) return plan->pattern == leader->pattern;
  return plan->pattern->kind == MFG_VALUE_REDUCE &&
         plan->pattern->node.axes == leader->pattern->node.axes &&
         same_shape(space_of(leader), space_of(plan));
}

static void take(kernel_group *group, mfg_plan *plan) {
  if (group->count > 0 && group->plans[0]->pattern == NULL && plan->pattern != NULL) {
    plan->reduction = plan->pattern;
    plan->body = plan->pattern->node.arguments[0];
    plan->pattern = NULL;
  }
  group->plans[group->count++] = plan;
  plan->done = true;
}

/* ---- lowering a group ------------------------------------------------------------------------ */

static mfg_lowering lowering_over_space(mfg_builder *builder, mfg_section *section) {
  mfg_lowering lowering = {.builder = builder, .section = section, .rank = builder->rank};
  for (int axis = 0; axis < builder->rank; axis++)
    lowering.axes[axis] = (uint8_t)axis;
  return lowering;
}

/* In the epilogue of a reduction the axes that are gone are skipped. */
static void map_kept_axes(mfg_lowering *lowering, const mfg_value *reduction) {
  if (reduction->node.keep_axes) return;
  int kept = 0;
  for (int axis = 0; axis < lowering->builder->rank; axis++)
    if ((reduction->node.axes & MFG_AXIS(axis)) == 0) lowering->axes[kept++] = (uint8_t)axis;
  lowering->rank = kept;
}

static int32_t lower_pattern_argument(mfg_builder *builder, mfg_value *argument,
                                      mfg_status *status) {
  mfg_lowering lowering = lowering_over_space(builder, &builder->prologue);
  int32_t found = mfg_lower(&lowering, argument);
  if (*status == MFG_OK) *status = lowering.status;
  return found;
}

static mfg_status lower_pattern(kernel_group *group, mfg_builder *builder, mfg_lowering *epilogue) {
  mfg_value *pattern = group->plans[0]->pattern;
  mfg_status status = MFG_OK;
  if (pattern->kind == MFG_VALUE_REDUCE) {
    builder->pattern.kind = MFG_PATTERN_REDUCE;
    builder->pattern.axes = pattern->node.axes;
    for (int i = 0; i < group->count; i++) {
      mfg_value *reduction = group->plans[i]->pattern;
      int known = 0;
      while (known < epilogue->pattern_count && epilogue->patterns[known] != reduction)
        known++;
      if (known < epilogue->pattern_count) continue;
      builder->pattern.values[known] =
          lower_pattern_argument(builder, reduction->node.arguments[0], &status);
      builder->pattern.operations[known] = (uint8_t)reduction->node.operation;
      epilogue->patterns[epilogue->pattern_count++] = reduction;
    }
    builder->pattern.count = (uint32_t)epilogue->pattern_count;
    return status;
  }
  builder->pattern.axis = pattern->node.axis;
  builder->pattern.count = 1;
  epilogue->patterns[epilogue->pattern_count++] = pattern;
  if (pattern->kind == MFG_VALUE_SCAN) {
    builder->pattern.kind = MFG_PATTERN_SCAN;
    builder->pattern.operations[0] = (uint8_t)pattern->node.operation;
    builder->pattern.values[0] =
        lower_pattern_argument(builder, pattern->node.arguments[0], &status);
    return status;
  }
  builder->pattern.kind = MFG_PATTERN_LINE_SOLVE;
  builder->pattern.flags = pattern->node.cyclic ? MFG_PATTERN_CYCLIC : 0;
  for (int i = 0; i < 4; i++)
    builder->pattern.values[i] =
        lower_pattern_argument(builder, pattern->node.arguments[i], &status);
  return status;
}

/* ---- placing results ---------------------------------------------------------------------------
 */

static uint64_t value_bytes(const mfg_value *value) {
  return (uint64_t)mfg_shape_size(value->rank, value->shape) * mfg_dtype_size(value->type);
}

/* Whether the target is all that its storage holds, in C order, so that nothing is kept by leaving
 * the block. */
static bool covers_storage(const mfg_array *target) {
  uint64_t bytes =
      (uint64_t)mfg_shape_size(target->rank, target->shape) * mfg_dtype_size(target->type);
  return target->offset == 0 && bytes == target->storage->block->size &&
         mfg_shape_contiguous(target->rank, target->shape, target->strides);
}

bool mfg_target_may_rename(const mfg_array *target, uint32_t frame) {
  const mfg_block *block = target->storage->block;
  return frame == 0 && block->pins == 0 && block->recording == NULL && block->readers != NULL &&
         covers_storage(target);
}

/* Whether every load of an operand looks only at the place itself; in the prologue of a line solve
 * or a scan also along its axis, because all reads of a line come before its writes. */
static bool reads_in_place(const mfg_builder *builder, uint32_t operand) {
  const mfg_section *sections[2] = {&builder->prologue, &builder->epilogue};
  bool line =
      builder->pattern.kind == MFG_PATTERN_LINE_SOLVE || builder->pattern.kind == MFG_PATTERN_SCAN;
  for (int s = 0; s < 2; s++)
    for (uint32_t i = 0; i < sections[s]->count; i++) {
      const mfg_kernel_instruction *load = &sections[s]->instructions[i];
      if (load->operation == MFG_OP_GATHER && load->slot == operand) return false;
      if (load->operation != MFG_OP_LOAD || load->slot != operand || load->site == MFG_SITE_HERE)
        continue;
      if (!line || s == 1) return false;
      const mfg_kernel_site *site = &builder->sites[load->site - 1];
      for (uint32_t step = 0; step < site->count; step++)
        if (builder->steps[site->first + step].axis != builder->pattern.axis) return false;
    }
  return true;
}

static bool ranges_meet(const mfg_builder *builder, const mfg_bound *a, size_t a_size,
                        const mfg_bound *b, size_t b_size, const int64_t *a_extents) {
  int64_t a_low, a_high, b_low, b_high;
  if (!mfg_shape_range(builder->rank, a_extents, a->strides, &a_low, &a_high) ||
      !mfg_shape_range(builder->rank, builder->extents, b->strides, &b_low, &b_high))
    return false;
  int64_t a_first = (a->offset + a_low) * (int64_t)a_size;
  int64_t a_last = (a->offset + a_high + 1) * (int64_t)a_size;
  int64_t b_first = (b->offset + b_low) * (int64_t)b_size;
  int64_t b_last = (b->offset + b_high + 1) * (int64_t)b_size;
  return a_first < b_last && b_first < a_last;
}

/* Whether writing `bound` could disturb what the kernel still has to read. */
static bool write_conflicts(const mfg_builder *builder, const mfg_bound *bound, mfg_dtype type) {
  size_t rank_bytes = (size_t)builder->rank * sizeof(int64_t);
  for (uint32_t i = 0; i < builder->operand_count; i++) {
    const mfg_bound *other = &builder->bounds[i];
    if (other->block != bound->block || (builder->operands[i].flags & MFG_OPERAND_READ) == 0)
      continue;
    const int64_t *extents =
        (builder->operands[i].flags & MFG_OPERAND_GATHER) != 0 ? other->extents : builder->extents;
    if (!ranges_meet(builder, other, mfg_dtype_size(builder->operands[i].type), bound,
                     mfg_dtype_size(type), extents))
      continue;
    bool same_place = other->offset == bound->offset && builder->operands[i].type == type &&
                      memcmp(other->strides, bound->strides, rank_bytes) == 0;
    if (!same_place || !reads_in_place(builder, i) || builder->pattern.kind == MFG_PATTERN_REDUCE)
      return true;
  }
  return false;
}

/* The strides of a result in the kernel's space: `own` are those of the value's axes. Along reduced
 * axes, and where the value has extent 1, they are 0. */
static void place(const mfg_lowering *lowering, const mfg_value *value, const int64_t *own,
                  const mfg_value *reduction, mfg_bound *bound) {
  const mfg_builder *builder = lowering->builder;
  memset(bound->strides, 0, sizeof bound->strides);
  if (reduction != NULL && !reduction->node.keep_axes) {
    int axis = 0;
    for (int in = 0; in < builder->rank; in++)
      if ((reduction->node.axes & MFG_AXIS(in)) == 0) bound->strides[in] = own[axis++];
  } else {
    for (int axis = 0; axis < value->rank; axis++)
      bound->strides[lowering->axes[axis + lowering->rank - value->rank]] = own[axis];
  }
  for (int axis = 0; axis < builder->rank; axis++)
    if (builder->extents[axis] == 1) bound->strides[axis] = 0; /* as loads have it */
  uint32_t reduced = reduction != NULL ? reduction->node.axes : builder->pattern.axes;
  for (int axis = 0; axis < builder->rank; axis++)
    if ((reduced & MFG_AXIS(axis)) != 0) bound->strides[axis] = 0;
}

/* Chooses the memory of result `i` and binds it. */
static mfg_status bind_result(kernel_group *group, mfg_builder *builder,
                              const mfg_lowering *lowering, int i) {
  mfg_plan *plan = group->plans[i];
  mfg_value *value = plan->job->value;
  const mfg_array *target = plan->job->target;
  mfg_bound bound = {.block = NULL};
  int64_t strides[MFG_MAX_RANK];
  mfg_status status = MFG_OK;
  group->renamed[i] = target != NULL && mfg_target_may_rename(target, group->frame);
  if (target != NULL && !group->renamed[i]) {
    bound.block = target->storage->block;
    bound.offset = target->offset;
    place(lowering, value, target->strides, plan->reduction, &bound);
    group->staged[i] = write_conflicts(builder, &bound, value->type);
  }
  if (target == NULL || group->renamed[i] || group->staged[i]) {
    group->blocks[i] = mfg_block_new(group->context, value_bytes(value), group->frame, &status);
    if (group->blocks[i] == NULL) return status;
    bound.block = group->blocks[i];
    bound.offset = 0;
    mfg_shape_strides(value->rank, value->shape, strides);
    place(lowering, value, strides, plan->reduction, &bound);
  }
  group->operands[i] = mfg_builder_operand(builder, value->type, MFG_OPERAND_WRITE, &bound);
  return MFG_OK;
}

/* Lowers what is written, and names it in the description. Loads come before any result is bound,
 * so that conflicts are seen. */
static mfg_status lower_results(kernel_group *group, mfg_builder *builder, mfg_lowering *base) {
  int32_t values[MOST_JOBS];
  for (int i = 0; i < group->count; i++) {
    mfg_lowering lowering = *base;
    if (group->plans[i]->pattern != NULL && group->plans[i]->pattern->kind == MFG_VALUE_REDUCE)
      map_kept_axes(&lowering, group->plans[i]->pattern);
    values[i] = mfg_lower(&lowering, group->plans[i]->body);
    if (lowering.status != MFG_OK) return lowering.status;
  }
  for (int i = 0; i < group->count && !builder->overflow; i++) {
    const mfg_plan *plan = group->plans[i];
    mfg_lowering lowering = *base;
    if (plan->pattern != NULL && plan->pattern->kind == MFG_VALUE_REDUCE)
      map_kept_axes(&lowering, plan->pattern);
    mfg_status status = bind_result(group, builder, &lowering, i);
    if (status != MFG_OK) return status;
    if (plan->reduction != NULL)
      builder->reductions[builder->reduction_count++] =
          (mfg_kernel_reduction){.operand = group->operands[i],
                                 .value = values[i],
                                 .axes = plan->reduction->node.axes,
                                 .operation = (uint8_t)plan->reduction->node.operation};
    else
      builder->outputs[builder->output_count++] =
          (mfg_kernel_output){.operand = group->operands[i], .value = values[i]};
  }
  return MFG_OK;
}

static mfg_status lower_group(kernel_group *group, mfg_builder *builder) {
  mfg_lowering base = lowering_over_space(builder, &builder->prologue);
  if (group->plans[0]->pattern != NULL) {
    base.section = &builder->epilogue;
    mfg_status status = lower_pattern(group, builder, &base);
    if (status != MFG_OK) return status;
  }
  return lower_results(group, builder, &base);
}

/* ---- running a group ------------------------------------------------------------------------- */

static void drop_blocks(kernel_group *group) {
  for (int i = 0; i < group->count; i++) {
    mfg_block_release(group->blocks[i]);
    group->blocks[i] = NULL;
  }
}

/* Copies staged results to their targets, lets storage take new blocks, turns values into leaves.
 */
static mfg_status deliver(kernel_group *group) {
  mfg_status status = MFG_OK;
  for (int i = 0; i < group->count && status == MFG_OK; i++) {
    mfg_job *job = group->plans[i]->job;
    mfg_block *block = group->blocks[i];
    if (group->staged[i]) {
      mfg_value *staged = job->value;
      int64_t strides[MFG_MAX_RANK];
      mfg_shape_strides(staged->rank, staged->shape, strides);
      mfg_value *leaf = mfg_value_leaf(group->context, block, staged->type, staged->rank,
                                       staged->shape, 0, strides);
      if (leaf == NULL) return MFG_ERROR_OUT_OF_MEMORY;
      leaf->frame = group->frame;
      mfg_job copy = {leaf, job->target};
      status = mfg_fusion_run(group->context, group->frame, 1, &copy);
      mfg_value_release(leaf);
    } else if (group->renamed[i]) {
      mfg_block_release(job->target->storage->block);
      job->target->storage->block = block;
      group->blocks[i] = NULL;
    } else if (job->target == NULL && job->value->kind != MFG_VALUE_LEAF) {
      mfg_value_become_leaf(job->value, block);
      group->blocks[i] = NULL;
    }
  }
  return status;
}

static mfg_status launch_group(kernel_group *group, mfg_builder *builder) {
  mfg_status status = MFG_OK;
  for (int i = 0; i < group->count && status == MFG_OK; i++)
    if (group->plans[i]->job->target != NULL && !group->renamed[i] && !group->staged[i])
      status = mfg_snapshot_readers(group->plans[i]->job->target);
  if (status == MFG_OK) status = mfg_launch(builder, group->frame);
  return status == MFG_OK ? deliver(group) : status;
}

/* Brings the weights up to date: what has been computed since weighs nothing. */
static uint32_t weigh(mfg_value *value) {
  int count = mfg_value_argument_count(value);
  uint32_t weight = value->kind == MFG_VALUE_LEAF || value->kind == MFG_VALUE_NUMBER ? 0 : 1;
  for (int i = 0; i < count; i++)
    weight += weigh(value->node.arguments[i]);
  return value->weight = weight;
}

/* The heaviest part of the value that makes up at most half of it, so that cutting comes to an end
 * after few turns; NULL where there is none to compute. */
static mfg_value *half_of(mfg_value *value) {
  uint32_t half = value->weight / 2;
  mfg_value *part = value;
  while (part == value || part->weight > half) {
    mfg_value *heaviest = NULL;
    int count = mfg_value_argument_count(part);
    for (int i = 0; i < count; i++)
      if (heaviest == NULL || part->node.arguments[i]->weight > heaviest->weight)
        heaviest = part->node.arguments[i];
    if (heaviest == NULL || heaviest->weight == 0 || heaviest->kind == MFG_VALUE_INDEX)
      return part == value ? NULL : part;
    part = heaviest;
  }
  return part;
}

/* What did not fit one kernel is cut: a group into its jobs, a job into halves. */
static mfg_status split(kernel_group *group) {
  mfg_status status = MFG_OK;
  if (group->count > 1) {
    for (int i = 0; i < group->count && status == MFG_OK; i++) {
      mfg_job job = {group->plans[i]->job->value, NULL};
      status = mfg_fusion_run(group->context, group->frame, 1, &job);
    }
    for (int i = 0; i < group->count && status == MFG_OK; i++)
      if (group->plans[i]->job->target != NULL)
        status = mfg_fusion_run(group->context, group->frame, 1, group->plans[i]->job);
    return status;
  }
  mfg_value *value = group->plans[0]->job->value;
  weigh(value);
  mfg_value *part = half_of(value);
  if (part == NULL)
    return mfg_fail(MFG_ERROR_INTERNAL, "one operation alone does not fit a kernel");
  mfg_job job = {part, NULL};
  status = mfg_fusion_run(group->context, group->frame, 1, &job);
  return status == MFG_OK ? mfg_fusion_run(group->context, group->frame, 1, group->plans[0]->job)
                          : status;
}

static mfg_status run_group(kernel_group *group, mfg_builder *builder) {
  const mfg_value *space = space_of(group->plans[0]);
  mfg_builder_reset(builder, space->rank, space->shape);
  mfg_status status = lower_group(group, builder);
  if (status == MFG_OK && !builder->overflow) status = launch_group(group, builder);
  drop_blocks(group);
  if (status == MFG_OK && builder->overflow) status = split(group);
  if (status == MFG_ERROR_INTERNAL)
    return mfg_fail(status, "fusing %d results: %s", group->count, mfg_last_error());
  return status;
}

static mfg_plan *next_leader(mfg_plan *plans, int count) {
  mfg_plan *first = NULL;
  for (int i = 0; i < count; i++) {
    if (plans[i].done) continue;
    if (plans[i].pattern == NULL)
      return &plans[i]; /* a map can take reductions along, not the other way round */
    if (first == NULL) first = &plans[i];
  }
  return first;
}

/* Looks again at what is left: a value that a job shares with one that has been run is a leaf now.
 */
static void renew_plans(int count, mfg_plan *plans, mfg_job *jobs) {
  for (int i = 0; i < count; i++) {
    if (plans[i].done) continue;
    plans[i] = mfg_plan_make(&jobs[i]);
    plans[i].done = jobs[i].target == NULL && jobs[i].value->kind == MFG_VALUE_LEAF;
  }
}

static mfg_status run_portion(mfg_context *context, uint32_t frame, int count, mfg_job *jobs) {
  mfg_plan plans[MOST_JOBS] = {{.done = false}};
  mfg_status status = MFG_OK;
  for (int i = 0; i < count && status == MFG_OK; i++)
    status = mfg_plan_prepare(jobs[i].value, frame);
  if (status != MFG_OK) return status;
  renew_plans(count, plans, jobs);
  mfg_builder *builder = NULL;
  for (mfg_plan *leader; status == MFG_OK && (leader = next_leader(plans, count)) != NULL;) {
    kernel_group group = {.context = context, .frame = frame};
    take(&group, leader);
    for (int i = 0; i < count; i++)
      if (!plans[i].done && joins(leader, &plans[i])) take(&group, &plans[i]);
    if (builder == NULL) builder = mfg_builder_new(context, 0, NULL);
    status = builder == NULL ? MFG_ERROR_OUT_OF_MEMORY : run_group(&group, builder);
    renew_plans(count, plans, jobs);
  }
  mfg_builder_release(builder);
  return status;
}

/* ---- the short way ---------------------------------------------------------------------------
 */

/* Runs a job whose kernel is known; its target, if it has one, is written as a whole. */
static mfg_status run_known(mfg_context *context, const mfg_memo_key *key, mfg_kernel *kernel,
                            mfg_job *job) {
  mfg_array *target = job->target;
  mfg_block *block = NULL;
  mfg_status status = MFG_OK;
  bool renamed = target != NULL && mfg_target_may_rename(target, 0);
  if (target != NULL && !renamed)
    return mfg_memo_launch(context, key, kernel, target->storage->block, target->offset);
  block = mfg_block_new(context, value_bytes(job->value), 0, &status);
  if (block == NULL) return status;
  status = mfg_memo_launch(context, key, kernel, block, 0);
  if (status != MFG_OK) {
    mfg_block_release(block);
  } else if (renamed) {
    mfg_block_release(target->storage->block);
    target->storage->block = block;
  } else {
    mfg_value_become_leaf(job->value, block);
  }
  return status;
}

/* Whether one launch over whole blocks is all that the job takes: nobody reads what it writes. */
static bool takes_one_launch(const mfg_context *context, uint32_t frame, const mfg_job *job) {
  const mfg_array *target = job->target;
  if (frame != 0 || context->recording != NULL) return false;
  if (target == NULL || mfg_target_may_rename(target, frame)) return true;
  return target->storage->block->readers == NULL && covers_storage(target);
}

static mfg_status run_single(mfg_context *context, uint32_t frame, mfg_job *job) {
  mfg_memo_key key;
  if (!takes_one_launch(context, frame, job) || !mfg_memo_describe(job->value, &key))
    return run_portion(context, frame, 1, job);
  mfg_kernel *kernel = mfg_memo_find(context, &key);
  if (kernel != NULL) return run_known(context, &key, kernel, job);
  context->kernels.latest = NULL;
  mfg_status status = run_portion(context, frame, 1, job);
  if (status == MFG_OK) mfg_memo_keep(context, &key, context->kernels.latest);
  return status;
}

mfg_status mfg_fusion_run(mfg_context *context, uint32_t frame, int count, mfg_job *jobs) {
  mfg_status status = mfg_context_check(context);
  if (status == MFG_OK && mfg_fusion_has_complex(count, jobs))
    return mfg_fusion_run_complex(context, frame, count, jobs);
  if (status == MFG_OK && count == 1) return run_single(context, frame, jobs);
  for (int first = 0; first < count && status == MFG_OK; first += MOST_JOBS) {
    int portion = count - first < MOST_JOBS ? count - first : MOST_JOBS;
    status = run_portion(context, frame, portion, jobs + first);
  }
  return status;
}
