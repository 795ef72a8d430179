/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes kernel descriptions by hand: fixed room for every part, one call a line. A builder lives
 * on the stack or in a static; the description that `kernel_build` returns points into it. A call
 * that finds no room left, like one with a position that does not fit, stops the program: the
 * kernels of a test are known when it is written. */
#ifndef MFG_KERNEL_BUILDER_H
#define MFG_KERNEL_BUILDER_H

#include <mfg/sdk.h>

#define KERNEL_BUILDER_ROOM 160

typedef struct kernel_builder {
  mfg_kernel_operand operands[KERNEL_BUILDER_ROOM];
  mfg_kernel_scalar scalars[KERNEL_BUILDER_ROOM];
  mfg_kernel_site sites[KERNEL_BUILDER_ROOM];
  mfg_kernel_step steps[KERNEL_BUILDER_ROOM];
  mfg_kernel_instruction instructions[2][KERNEL_BUILDER_ROOM];
  mfg_kernel_pattern pattern;
  mfg_kernel_output outputs[MFG_MAX_RESULTS];
  mfg_kernel_reduction reductions[MFG_MAX_RESULTS];
  mfg_kernel_description description;
  bool in_epilogue; /* where the next instruction goes */
} kernel_builder;

/* An empty MAP of `rank` axes with 32-bit offsets; instructions go to the prologue. */
void kernel_begin(kernel_builder *builder, uint8_t rank);

/* Operands, numbered from 0 in the order of the calls; every stride class is GENERAL. */
uint32_t kernel_operand(kernel_builder *builder, mfg_dtype type, uint8_t flags);
uint32_t kernel_scalar(kernel_builder *builder, mfg_dtype type);
/* The stride class of an operand along one axis. */
void kernel_stride_class(kernel_builder *builder, uint32_t operand, uint32_t axis, uint8_t class);

/* A site of `count` steps; returns the number that instructions use. */
uint32_t kernel_site(kernel_builder *builder, uint32_t count, const mfg_kernel_step *steps);
/* A site of one step. */
uint32_t kernel_shift(kernel_builder *builder, uint8_t axis, int64_t offset, uint8_t boundary);

/* Instructions; each returns its position in the section under construction. */
int32_t kernel_instruction(kernel_builder *builder, mfg_kernel_instruction instruction);
int32_t kernel_load(kernel_builder *builder, uint32_t operand, uint32_t site);
/* `value` as a constant of any type; a negative one wraps into an unsigned type. */
int32_t kernel_constant(kernel_builder *builder, mfg_dtype type, double value);
int32_t kernel_index(kernel_builder *builder, uint8_t axis, uint32_t site);
int32_t kernel_extent(kernel_builder *builder, uint8_t axis);
int32_t kernel_result(kernel_builder *builder, uint32_t slot);
int32_t kernel_unary(kernel_builder *builder, uint16_t operation, int32_t a);
int32_t kernel_binary(kernel_builder *builder, uint16_t operation, int32_t a, int32_t b);
int32_t kernel_ternary(kernel_builder *builder, uint16_t operation, int32_t a, int32_t b,
                       int32_t c);
int32_t kernel_convert(kernel_builder *builder, mfg_dtype type, int32_t a);

/* The pattern; the instructions that follow go to the epilogue. */
void kernel_reduce(kernel_builder *builder, uint32_t axes);
void kernel_scan(kernel_builder *builder, uint8_t axis, uint16_t flags);
/* Adds a result to a REDUCE or SCAN. */
void kernel_add_result(kernel_builder *builder, uint8_t operation, int32_t value);
void kernel_line_solve(kernel_builder *builder, uint8_t axis, uint16_t flags,
                       const int32_t values[4]);

/* What is written: a new WRITE operand of the value's type, whose number is returned. */
uint32_t kernel_output(kernel_builder *builder, int32_t value);
uint32_t kernel_final_reduction(kernel_builder *builder, int32_t value, uint32_t axes,
                                uint8_t operation);

/* The description as it stands. */
const mfg_kernel_description *kernel_build(kernel_builder *builder);

#endif
