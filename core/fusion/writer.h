/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernels that are written out by hand rather than lowered from expressions: searches and merges,
 * whose values are used many times over.
 *
 * A writer is a builder with short names for what such kernels hold. Errors stay in it: what comes
 * after one is ignored, and mfg_writer_launch returns it. */
#ifndef MFG_FUSION_WRITER_H
#define MFG_FUSION_WRITER_H

#include "fusion/builder.h"

typedef struct mfg_writer {
  mfg_builder *builder;
  mfg_status status;
} mfg_writer;

/* An operand: elements in C order, from the start of a block. */
typedef struct mfg_written_operand {
  mfg_block *block;
  mfg_dtype type;
  int rank;
  int64_t extents[MFG_MAX_RANK]; /* 1 along an axis where it does not vary */
} mfg_written_operand;

mfg_writer mfg_writer_open(mfg_context *context, int rank, const int64_t *extents);
/* Launches the kernel in the frame, or records it, and closes the writer. */
mfg_status mfg_writer_launch(mfg_writer *writer, uint32_t frame);

/* Values, by number. All indices are int64. */
int32_t mfg_write_operation(mfg_writer *writer, uint32_t operation, mfg_dtype type, int32_t a,
                            int32_t b, int32_t c);
int32_t mfg_write_constant(mfg_writer *writer, int64_t number);
/* A number that differs from launch to launch. */
int32_t mfg_write_number(mfg_writer *writer, int64_t number);
int32_t mfg_write_index(mfg_writer *writer, int axis);
int32_t mfg_write_load(mfg_writer *writer, const mfg_written_operand *operand);
int32_t mfg_write_gather(mfg_writer *writer, const mfg_written_operand *operand, int axis,
                         int32_t index);
void mfg_write_output(mfg_writer *writer, const mfg_written_operand *operand, int32_t value);

/* Operations on int64, and on bool. */
int32_t mfg_write_integer(mfg_writer *writer, uint32_t operation, int32_t a, int32_t b);
int32_t mfg_write_compare(mfg_writer *writer, uint32_t operation, int32_t a, int32_t b);
int32_t mfg_write_both(mfg_writer *writer, int32_t a, int32_t b);
int32_t mfg_write_choose(mfg_writer *writer, mfg_dtype type, int32_t condition, int32_t a,
                         int32_t b);

/* Whether a comes strictly before b in the order that sorting has: NaN last. */
int32_t mfg_write_before(mfg_writer *writer, mfg_dtype type, int32_t a, int32_t b, bool descending);

#endif
