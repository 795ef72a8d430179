/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes the next place of a part. */
static uint32_t take(uint32_t *count, uint32_t room) {
  if (*count >= room) {
    fprintf(stderr, "kernel builder: more than %u elements in one part\n", (unsigned)room);
    abort();
  }
  return (*count)++;
}

static mfg_span *current_section(kernel_builder *builder) {
  return builder->in_epilogue ? &builder->description.epilogue : &builder->description.prologue;
}

static mfg_dtype type_at(kernel_builder *builder, int32_t position) {
  if (position < 0 || (uint32_t)position >= current_section(builder)->count) {
    fprintf(stderr, "kernel builder: position %d is not in its section\n", (int)position);
    abort();
  }
  return builder->instructions[builder->in_epilogue][position].type;
}

void kernel_begin(kernel_builder *builder, uint8_t rank) {
  memset(builder, 0, sizeof *builder);
  builder->pattern =
      (mfg_kernel_pattern){.struct_size = sizeof builder->pattern, .kind = MFG_PATTERN_MAP};
  builder->description = (mfg_kernel_description){
      .struct_size = sizeof builder->description,
      .rank = rank,
      .index_width = 32,
      .operands = {builder->operands, 0, sizeof builder->operands[0]},
      .scalars = {builder->scalars, 0, sizeof builder->scalars[0]},
      .sites = {builder->sites, 0, sizeof builder->sites[0]},
      .steps = {builder->steps, 0, sizeof builder->steps[0]},
      .prologue = {builder->instructions[0], 0, sizeof builder->instructions[0][0]},
      .pattern = &builder->pattern,
      .epilogue = {builder->instructions[1], 0, sizeof builder->instructions[1][0]},
      .outputs = {builder->outputs, 0, sizeof builder->outputs[0]},
      .reductions = {builder->reductions, 0, sizeof builder->reductions[0]}};
}

uint32_t kernel_operand(kernel_builder *builder, mfg_dtype type, uint8_t flags) {
  uint32_t i = take(&builder->description.operands.count, KERNEL_BUILDER_ROOM);
  builder->operands[i] = (mfg_kernel_operand){.type = type, .flags = flags};
  return i;
}

uint32_t kernel_scalar(kernel_builder *builder, mfg_dtype type) {
  uint32_t i = take(&builder->description.scalars.count, KERNEL_BUILDER_ROOM);
  builder->scalars[i] = (mfg_kernel_scalar){.type = type};
  return i;
}

void kernel_stride_class(kernel_builder *builder, uint32_t operand, uint32_t axis, uint8_t class) {
  builder->operands[operand].stride_class[axis] = class;
}

uint32_t kernel_site(kernel_builder *builder, uint32_t count, const mfg_kernel_step *steps) {
  uint32_t i = take(&builder->description.sites.count, KERNEL_BUILDER_ROOM);
  builder->sites[i] = (mfg_kernel_site){.first = builder->description.steps.count, .count = count};
  for (uint32_t k = 0; k < count; k++) {
    uint32_t place = take(&builder->description.steps.count, KERNEL_BUILDER_ROOM);
    builder->steps[place] = steps[k];
  }
  return i + 1;
}

uint32_t kernel_shift(kernel_builder *builder, uint8_t axis, int64_t offset, uint8_t boundary) {
  return kernel_site(builder, 1,
                     &(mfg_kernel_step){.offset = offset, .axis = axis, .boundary = boundary});
}

int32_t kernel_instruction(kernel_builder *builder, mfg_kernel_instruction instruction) {
  uint32_t i = take(&current_section(builder)->count, KERNEL_BUILDER_ROOM);
  builder->instructions[builder->in_epilogue][i] = instruction;
  return (int32_t)i;
}

int32_t kernel_load(kernel_builder *builder, uint32_t operand, uint32_t site) {
  return kernel_instruction(builder,
                            (mfg_kernel_instruction){.operation = MFG_OP_LOAD,
                                                     .type = builder->operands[operand].type,
                                                     .site = site,
                                                     .arguments = {-1, -1, -1},
                                                     .slot = operand});
}

static mfg_scalar scalar_of(mfg_dtype type, double value) {
  mfg_scalar scalar = {.bits = 0};
  switch (type) {
#define SIGNED(symbol, member, T)                                                                  \
  case MFG_##symbol:                                                                               \
    scalar.member = (T)value;                                                                      \
    break;
#define UNSIGNED(symbol, member, T)                                                                \
  case MFG_##symbol: scalar.member = (T)(int64_t)value; break;
    MFG_SIGNED_TYPES(SIGNED)
    MFG_UNSIGNED_TYPES(UNSIGNED)
    MFG_FLOAT_TYPES(SIGNED)
#undef SIGNED
#undef UNSIGNED
  default: scalar.boolean = value != 0; break;
  }
  return scalar;
}

int32_t kernel_constant(kernel_builder *builder, mfg_dtype type, double value) {
  return kernel_instruction(builder, (mfg_kernel_instruction){.operation = MFG_OP_CONSTANT,
                                                              .type = type,
                                                              .arguments = {-1, -1, -1},
                                                              .value = scalar_of(type, value)});
}

int32_t kernel_index(kernel_builder *builder, uint8_t axis, uint32_t site) {
  return kernel_instruction(builder, (mfg_kernel_instruction){.operation = MFG_OP_INDEX,
                                                              .type = MFG_INT64,
                                                              .axis = axis,
                                                              .site = site,
                                                              .arguments = {-1, -1, -1}});
}

int32_t kernel_extent(kernel_builder *builder, uint8_t axis) {
  return kernel_instruction(builder, (mfg_kernel_instruction){.operation = MFG_OP_EXTENT,
                                                              .type = MFG_INT64,
                                                              .axis = axis,
                                                              .arguments = {-1, -1, -1}});
}

static mfg_dtype reduced_type(uint8_t operation, mfg_dtype type) {
  return operation == MFG_REDUCE_ARGMIN || operation == MFG_REDUCE_ARGMAX ? MFG_INT64 : type;
}

int32_t kernel_result(kernel_builder *builder, uint32_t slot) {
  mfg_dtype type = builder->instructions[0][builder->pattern.values[slot]].type;
  return kernel_instruction(
      builder,
      (mfg_kernel_instruction){.operation = MFG_OP_RESULT,
                               .type = reduced_type(builder->pattern.operations[slot], type),
                               .arguments = {-1, -1, -1},
                               .slot = slot});
}

/* The type that the rule of an operation gives to its value. */
static mfg_dtype value_type(kernel_builder *builder, uint16_t operation, int32_t a, int32_t b) {
  switch (mfg_operation_type_rule(operation)) {
  case MFG_RULE_COMPARE:
  case MFG_RULE_LOGIC:
  case MFG_RULE_CLASSIFY: return MFG_BOOL;
  case MFG_RULE_CHOOSE: return type_at(builder, b);
  default: return type_at(builder, a);
  }
}

int32_t kernel_ternary(kernel_builder *builder, uint16_t operation, int32_t a, int32_t b,
                       int32_t c) {
  return kernel_instruction(builder,
                            (mfg_kernel_instruction){.operation = operation,
                                                     .type = value_type(builder, operation, a, b),
                                                     .arguments = {a, b, c}});
}

int32_t kernel_binary(kernel_builder *builder, uint16_t operation, int32_t a, int32_t b) {
  return kernel_ternary(builder, operation, a, b, -1);
}

int32_t kernel_unary(kernel_builder *builder, uint16_t operation, int32_t a) {
  return kernel_ternary(builder, operation, a, -1, -1);
}

int32_t kernel_convert(kernel_builder *builder, mfg_dtype type, int32_t a) {
  return kernel_instruction(builder, (mfg_kernel_instruction){.operation = MFG_OP_CONVERT,
                                                              .type = type,
                                                              .arguments = {a, -1, -1}});
}

void kernel_reduce(kernel_builder *builder, uint32_t axes) {
  builder->pattern.kind = MFG_PATTERN_REDUCE;
  builder->pattern.axes = axes;
  builder->in_epilogue = true;
}

void kernel_scan(kernel_builder *builder, uint8_t axis, uint16_t flags) {
  builder->pattern.kind = MFG_PATTERN_SCAN;
  builder->pattern.axis = axis;
  builder->pattern.flags = flags;
  builder->in_epilogue = true;
}

void kernel_add_result(kernel_builder *builder, uint8_t operation, int32_t value) {
  uint32_t i = take(&builder->pattern.count, MFG_MAX_RESULTS);
  builder->pattern.values[i] = value;
  builder->pattern.operations[i] = operation;
}

void kernel_line_solve(kernel_builder *builder, uint8_t axis, uint16_t flags,
                       const int32_t values[4]) {
  builder->pattern.kind = MFG_PATTERN_LINE_SOLVE;
  builder->pattern.axis = axis;
  builder->pattern.flags = flags;
  builder->pattern.count = 1;
  memcpy(builder->pattern.values, values, 4 * sizeof values[0]);
  builder->in_epilogue = true;
}

uint32_t kernel_output(kernel_builder *builder, int32_t value) {
  uint32_t operand = kernel_operand(builder, type_at(builder, value), MFG_OPERAND_WRITE);
  uint32_t i = take(&builder->description.outputs.count, MFG_MAX_RESULTS);
  builder->outputs[i] = (mfg_kernel_output){.operand = operand, .value = value};
  return operand;
}

uint32_t kernel_final_reduction(kernel_builder *builder, int32_t value, uint32_t axes,
                                uint8_t operation) {
  uint32_t operand =
      kernel_operand(builder, reduced_type(operation, type_at(builder, value)), MFG_OPERAND_WRITE);
  for (uint32_t axis = 0; axis < MFG_MAX_RANK; axis++)
    if ((axes >> axis & 1) != 0) builder->operands[operand].stride_class[axis] = MFG_STRIDE_ZERO;
  uint32_t i = take(&builder->description.reductions.count, MFG_MAX_RESULTS);
  builder->reductions[i] = (mfg_kernel_reduction){
      .operand = operand, .value = value, .axes = axes, .operation = operation};
  return operand;
}

const mfg_kernel_description *kernel_build(kernel_builder *builder) {
  return &builder->description;
}
