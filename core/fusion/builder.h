/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kernel under construction: description and launch side by side.
 *
 * Equal instructions, operands, sites and scalars are found again, so that a common subexpression
 * is computed once. When something does not fit, `overflow` is set and everything after it is
 * ignored: the caller splits the work and starts anew. */
#ifndef MFG_FUSION_BUILDER_H
#define MFG_FUSION_BUILDER_H

#include <mfg/kernel.h>

#include "array/value.h"

#define MFG_BUILDER_INSTRUCTIONS 512
#define MFG_BUILDER_OPERANDS 32
#define MFG_BUILDER_SCALARS 64
#define MFG_BUILDER_SITES 256
#define MFG_BUILDER_STEPS 1024
#define MFG_BUILDER_SLOTS                                                                          \
  2048 /* hash table of instructions and of lowered values; a power of two */

/* Steps of one site while it is put together. */
#define MFG_SITE_STEPS 32
typedef struct mfg_site {
  uint32_t count;
  mfg_kernel_step steps[MFG_SITE_STEPS];
} mfg_site;

typedef struct mfg_bound {
  mfg_block *block; /* not owned: the values that are lowered keep it */
  int64_t offset;   /* elements */
  int64_t strides[MFG_MAX_RANK];
  int64_t extents[MFG_MAX_RANK]; /* GATHER operands */
} mfg_bound;

typedef struct mfg_section {
  uint32_t count;
  mfg_kernel_instruction instructions[MFG_BUILDER_INSTRUCTIONS];
  int16_t slots[MFG_BUILDER_SLOTS];           /* instruction + 1, by hash */
  uint16_t slot_of[MFG_BUILDER_INSTRUCTIONS]; /* the slot that names it, to be emptied again */
} mfg_section;

typedef struct mfg_builder {
  mfg_context *context;
  bool overflow;
  int rank;
  int64_t extents[MFG_MAX_RANK];
  uint32_t operand_count;
  mfg_kernel_operand operands[MFG_BUILDER_OPERANDS];
  mfg_bound bounds[MFG_BUILDER_OPERANDS];
  uint32_t scalar_count;
  mfg_kernel_scalar scalars[MFG_BUILDER_SCALARS];
  mfg_scalar scalar_values[MFG_BUILDER_SCALARS];
  uint32_t site_count;
  mfg_kernel_site sites[MFG_BUILDER_SITES];
  uint32_t step_count;
  mfg_kernel_step steps[MFG_BUILDER_STEPS];
  mfg_section prologue;
  mfg_section epilogue;
  mfg_kernel_pattern pattern;
  uint32_t output_count;
  mfg_kernel_output outputs[MFG_MAX_RESULTS];
  uint32_t reduction_count;
  mfg_kernel_reduction reductions[MFG_MAX_RESULTS];
} mfg_builder;

/* An empty kernel over the given space; allocated because it is large, and kept with the context
 * for the next one because there are many. Plain host memory has no context: NULL. */
mfg_builder *mfg_builder_new(mfg_context *context, int rank, const int64_t *extents);
void mfg_builder_release(mfg_builder *builder);
/* Empties it for another kernel. */
void mfg_builder_reset(mfg_builder *builder, int rank, const int64_t *extents);

/* The value number of the instruction, which is added where it is new. Negative after an overflow.
 */
int32_t mfg_builder_emit(mfg_builder *builder, mfg_section *section,
                         const mfg_kernel_instruction *instruction);
int32_t mfg_builder_emit_operation(mfg_builder *builder, mfg_section *section, uint32_t operation,
                                   mfg_dtype type, int32_t a, int32_t b, int32_t c);
int32_t mfg_builder_emit_constant(mfg_builder *builder, mfg_section *section, mfg_dtype type,
                                  mfg_scalar value);
/* Numbers of which programs are full become part of the kernel, where a compiler can use them;
 * there are few of them, so they do not multiply kernels. Which of them it is, or -1. */
int mfg_builder_common_number(mfg_dtype type, mfg_scalar value);
/* A number that differs from launch to launch. */
int32_t mfg_builder_emit_scalar(mfg_builder *builder, mfg_section *section, mfg_dtype type,
                                mfg_scalar value);

/* Numbers of sites and operands, added where they are new. */
uint32_t mfg_builder_site(mfg_builder *builder, const mfg_site *site);
uint32_t mfg_builder_operand(mfg_builder *builder, mfg_dtype type, uint8_t flags,
                             const mfg_bound *bound);

/* Adds a step at the end of a site, joining steps where that is exact. False where it does not fit.
 */
bool mfg_site_append(mfg_site *site, int axis, int64_t offset, uint8_t boundary, mfg_scalar fill);

/* Drops axes of extent 1 and joins neighbouring axes that every operand walks as one. */
void mfg_builder_collapse(mfg_builder *builder);

/* Fills in stride classes and index width and points `description` into the builder. */
void mfg_builder_finish(mfg_builder *builder, mfg_kernel_description *description);

#endif
