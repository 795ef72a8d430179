/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fusion/writer.h"

#include "array/promotion.h"
#include "fusion/fusion.h"
#include "support/error.h"

mfg_writer mfg_writer_open(mfg_context *context, int rank, const int64_t *extents) {
  mfg_writer writer = {.builder = mfg_builder_new(context, rank, extents)};
  writer.status = writer.builder == NULL ? MFG_ERROR_OUT_OF_MEMORY : MFG_OK;
  return writer;
}

mfg_status mfg_writer_launch(mfg_writer *writer, uint32_t frame) {
  if (writer->status == MFG_OK && writer->builder->overflow)
    writer->status = mfg_fail(MFG_ERROR_INTERNAL, "a kernel of the library does not fit a builder");
  if (writer->status == MFG_OK) writer->status = mfg_launch(writer->builder, frame);
  mfg_builder_release(writer->builder);
  writer->builder = NULL;
  return writer->status;
}

/* ---- instructions ---------------------------------------------------------------------------- */

static int32_t emit(mfg_writer *writer, const mfg_kernel_instruction *instruction) {
  if (writer->status != MFG_OK) return -1;
  return mfg_builder_emit(writer->builder, &writer->builder->prologue, instruction);
}

int32_t mfg_write_operation(mfg_writer *writer, uint32_t operation, mfg_dtype type, int32_t a,
                            int32_t b, int32_t c) {
  mfg_kernel_instruction instruction = {
      .operation = (uint16_t)operation, .type = type, .arguments = {a, b, c}};
  return emit(writer, &instruction);
}

int32_t mfg_write_constant(mfg_writer *writer, int64_t number) {
  mfg_kernel_instruction constant = {.operation = MFG_OP_CONSTANT,
                                     .type = MFG_INT64,
                                     .arguments = {-1, -1, -1},
                                     .value = {.int64 = number}};
  return emit(writer, &constant);
}

/* Never a constant, whatever the number is: one kernel serves all of them. */
int32_t mfg_write_number(mfg_writer *writer, int64_t number) {
  mfg_builder *builder = writer->builder;
  if (writer->status != MFG_OK) return -1;
  if (builder->scalar_count == MFG_BUILDER_SCALARS) {
    builder->overflow = true;
    return -1;
  }
  uint32_t slot = builder->scalar_count++;
  builder->scalars[slot] = (mfg_kernel_scalar){.type = MFG_INT64};
  builder->scalar_values[slot] = (mfg_scalar){.int64 = number};
  mfg_kernel_instruction scalar = {
      .operation = MFG_OP_SCALAR, .type = MFG_INT64, .arguments = {-1, -1, -1}, .slot = slot};
  return emit(writer, &scalar);
}

int32_t mfg_write_index(mfg_writer *writer, int axis) {
  mfg_kernel_instruction index = {.operation = MFG_OP_INDEX,
                                  .type = MFG_INT64,
                                  .axis = (uint8_t)axis,
                                  .arguments = {-1, -1, -1}};
  return emit(writer, &index);
}

static uint32_t operand_slot(mfg_writer *writer, const mfg_written_operand *operand,
                             uint8_t flags) {
  mfg_bound bound = {.block = operand->block};
  int64_t strides[MFG_MAX_RANK];
  mfg_shape_strides(operand->rank, operand->extents, strides);
  for (int axis = 0; axis < operand->rank; axis++) {
    bound.extents[axis] = operand->extents[axis];
    bound.strides[axis] = operand->extents[axis] == 1 ? 0 : strides[axis];
  }
  return mfg_builder_operand(writer->builder, operand->type, flags, &bound);
}

int32_t mfg_write_load(mfg_writer *writer, const mfg_written_operand *operand) {
  if (writer->status != MFG_OK) return -1;
  mfg_kernel_instruction load = {.operation = MFG_OP_LOAD,
                                 .type = operand->type,
                                 .arguments = {-1, -1, -1},
                                 .slot = operand_slot(writer, operand, MFG_OPERAND_READ)};
  return emit(writer, &load);
}

int32_t mfg_write_gather(mfg_writer *writer, const mfg_written_operand *operand, int axis,
                         int32_t index) {
  if (writer->status != MFG_OK) return -1;
  mfg_kernel_instruction gather = {
      .operation = MFG_OP_GATHER,
      .type = operand->type,
      .axis = (uint8_t)axis,
      .arguments = {index, -1, -1},
      .slot = operand_slot(writer, operand, MFG_OPERAND_READ | MFG_OPERAND_GATHER)};
  return emit(writer, &gather);
}

void mfg_write_output(mfg_writer *writer, const mfg_written_operand *operand, int32_t value) {
  if (writer->status != MFG_OK) return;
  uint32_t slot = operand_slot(writer, operand, MFG_OPERAND_WRITE);
  writer->builder->outputs[writer->builder->output_count++] =
      (mfg_kernel_output){.operand = slot, .value = value};
}

/* ---- short names ----------------------------------------------------------------------------- */

int32_t mfg_write_integer(mfg_writer *writer, uint32_t operation, int32_t a, int32_t b) {
  return mfg_write_operation(writer, operation, MFG_INT64, a, b, -1);
}

int32_t mfg_write_compare(mfg_writer *writer, uint32_t operation, int32_t a, int32_t b) {
  return mfg_write_operation(writer, operation, MFG_BOOL, a, b, -1);
}

int32_t mfg_write_both(mfg_writer *writer, int32_t a, int32_t b) {
  return mfg_write_operation(writer, MFG_OP_LOGICAL_AND, MFG_BOOL, a, b, -1);
}

int32_t mfg_write_choose(mfg_writer *writer, mfg_dtype type, int32_t condition, int32_t a,
                         int32_t b) {
  return mfg_write_operation(writer, MFG_OP_SELECT, type, condition, a, b);
}

int32_t mfg_write_before(mfg_writer *writer, mfg_dtype type, int32_t a, int32_t b,
                         bool descending) {
  uint32_t operation = descending ? MFG_OP_GREATER : MFG_OP_LESS;
  int32_t before = mfg_write_compare(writer, operation, a, b);
  if (!mfg_type_is_float(type)) return before;
  int32_t number = mfg_write_compare(writer, MFG_OP_EQUAL, a, a);
  int32_t nothing = mfg_write_compare(writer, MFG_OP_NOT_EQUAL, b, b);
  int32_t last = mfg_write_both(writer, number, nothing);
  return mfg_write_operation(writer, MFG_OP_LOGICAL_OR, MFG_BOOL, before, last, -1);
}
