/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From pending values to kernels: what is evaluated together becomes one kernel where it can.
 *
 * The way of a value: `plan` looks for the patterns in it and computes first what cannot share its
 * kernel; `lower` turns the rest into instructions; `run` groups jobs, places their results and
 * launches. */
#ifndef MFG_FUSION_FUSION_H
#define MFG_FUSION_FUSION_H

#include "array/handle.h"
#include "fusion/builder.h"
#include "fusion/cache.h"

/* A value to be computed. Without `target` it becomes a leaf over new memory; with one it is
 * written there, and the value itself is left as it is. The value has the target's shape and type.
 */
typedef struct mfg_job {
  mfg_value *value;
  mfg_array *target; /* materialised, or NULL */
} mfg_job;

/* Computes all jobs, every source before any target is written, in as few kernels as their shapes
 * and patterns allow. `frame` is the recording frame that the work belongs to, 0 to run it at once.
 */
mfg_status mfg_fusion_run(mfg_context *context, uint32_t frame, int count, mfg_job *jobs);

/* The same for jobs among which are complex ones. */
bool mfg_fusion_has_complex(int count, const mfg_job *jobs);
mfg_status mfg_fusion_run_complex(mfg_context *context, uint32_t frame, int count, mfg_job *jobs);
/* Whether an assignment to the target may give it another block, because somebody still has to read
 * the old content and nobody else knows the address. */
bool mfg_target_may_rename(const mfg_array *target, uint32_t frame);

/* Computes one value in the frame in which it was made. Nothing to do for a leaf. */
mfg_status mfg_fusion_evaluate(mfg_value *value);

/* ---- plan.c ---------------------------------------------------------------------------------- */

/* How a job enters a kernel. */
typedef struct mfg_plan {
  mfg_job *job;
  mfg_value *body;      /* what is lowered where the outputs are */
  mfg_value *pattern;   /* the REDUCE, SCAN or LINE_SOLVE node of its kernel; NULL: a map */
  mfg_value *reduction; /* the job is this final reduction of `body`; or NULL */
  bool done;
} mfg_plan;

/* Computes what the job needs but cannot share its kernel with: values of other frames, further
 * patterns. Call it for all jobs before mfg_plan_make, which looks at what is left. */
mfg_status mfg_plan_prepare(mfg_value *value, uint32_t frame);
mfg_plan mfg_plan_make(mfg_job *job);

/* ---- lower.c --------------------------------------------------------------------------------- */

/* Where values are lowered to: a section, and how the axes of a value of rank `rank` lie in the
 * space. */
typedef struct mfg_lowering {
  mfg_builder *builder;
  mfg_section *section;
  int rank;
  uint8_t axes[MFG_MAX_RANK];
  int pattern_count; /* epilogue: nodes that are results of the pattern, in order */
  mfg_value *patterns[MFG_MAX_RESULTS];
  mfg_status status;
} mfg_lowering;

/* The value number of `value`, or a negative number with overflow set in the builder or a status
 * set in the lowering. */
int32_t mfg_lower(mfg_lowering *lowering, mfg_value *value);

/* ---- launch.c -------------------------------------------------------------------------------- */

/* Runs the kernel at once (frame 0) or records it. */
mfg_status mfg_launch(mfg_builder *builder, uint32_t frame);

/* Copies bytes between blocks, at once or recorded. */
mfg_status mfg_launch_copy(mfg_context *context, uint32_t frame, mfg_block *target,
                           uint64_t target_offset, mfg_block *source, uint64_t source_offset,
                           uint64_t size);

/* Runs a prepared kernel with bound operands: the plugin's launch, or the reference executor over
 * mapped or downloaded memory where the plugin has not prepared it. */
mfg_status mfg_launch_bound(mfg_context *context, mfg_kernel *kernel,
                            const mfg_kernel_launch *launch);

/* ---- snapshot.c ------------------------------------------------------------------------------ */

/* Copies a strided view into C order at the start of `target`. */
mfg_status mfg_copy_view(mfg_context *context, uint32_t frame, mfg_block *target, mfg_block *source,
                         mfg_dtype type, int rank, const int64_t *shape, int64_t offset,
                         const int64_t *strides);

/* Lets pending readers of the memory that `target` covers keep what they see now. */
mfg_status mfg_snapshot_readers(const mfg_array *target);
/* The same for a block that a replay is about to change: what was described outside of recordings
 * and is still pending keeps what it sees. */
mfg_status mfg_snapshot_block(mfg_block *block);

#endif
