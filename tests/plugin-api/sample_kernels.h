/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Four valid kernels, one for each pattern, which between them use everything that a description
 * can hold. Tests spoil or copy them. */
#ifndef MFG_TEST_SAMPLE_KERNELS_H
#define MFG_TEST_SAMPLE_KERNELS_H

#include "kernel_builder.h"

/* Loads, a scalar, an index, a gather, arithmetic, select, comparison, bits; sum and any over axis
 * 1; an epilogue with two results.
 *
 *   operands  0 x float64, 1 table float64 (gathered), 2 flag bool, 3 and 4 written
 *   sites     1: (0, +1, clamp)   2: (1, -1, constant)
 *   prologue  0 x  1 x at 1  2 flag at 2  3 scalar  4 index at 1  5 gather  6 subtract  7 constant
 *             8 multiply  9 select  10 less  11 convert to int32  12 bitwise_and  13 extent */
static inline void build_reduce_sample(kernel_builder *b) {
  kernel_begin(b, 2);
  uint32_t x = kernel_operand(b, MFG_FLOAT64, MFG_OPERAND_READ);
  uint32_t table = kernel_operand(b, MFG_FLOAT64, MFG_OPERAND_READ | MFG_OPERAND_GATHER);
  uint32_t flag = kernel_operand(b, MFG_BOOL, MFG_OPERAND_READ);
  kernel_scalar(b, MFG_FLOAT64);
  uint32_t clamped = kernel_shift(b, 0, 1, MFG_BOUNDARY_CLAMP);
  uint32_t filled = kernel_shift(b, 1, -1, MFG_BOUNDARY_CONSTANT);
  kernel_load(b, x, MFG_SITE_HERE);
  kernel_load(b, x, clamped);
  kernel_load(b, flag, filled);
  kernel_instruction(b, (mfg_kernel_instruction){.operation = MFG_OP_SCALAR,
                                                 .type = MFG_FLOAT64,
                                                 .arguments = {-1, -1, -1}});
  kernel_index(b, 1, clamped);
  kernel_instruction(b, (mfg_kernel_instruction){.operation = MFG_OP_GATHER,
                                                 .type = MFG_FLOAT64,
                                                 .axis = 1,
                                                 .arguments = {4, -1, -1},
                                                 .slot = table});
  kernel_binary(b, MFG_OP_SUBTRACT, 1, 0);
  kernel_constant(b, MFG_FLOAT64, 2);
  kernel_binary(b, MFG_OP_MULTIPLY, 6, 7);
  kernel_ternary(b, MFG_OP_SELECT, 2, 8, 3);
  kernel_binary(b, MFG_OP_LESS, 0, 5);
  kernel_convert(b, MFG_INT32, 9);
  kernel_binary(b, MFG_OP_BITWISE_AND, 11, 11);
  kernel_extent(b, 0);
  kernel_reduce(b, 2);
  kernel_add_result(b, MFG_REDUCE_SUM, 9);
  kernel_add_result(b, MFG_REDUCE_ANY, 10);
  int32_t sum = kernel_result(b, 0), any = kernel_result(b, 1);
  kernel_output(b, kernel_binary(b, MFG_OP_MULTIPLY, sum, sum));
  kernel_output(b, any);
}

/* y = -x, and the greatest y along axis 0: operands 0 x, 1 y, 2 greatest. */
static inline void build_map_sample(kernel_builder *b) {
  kernel_begin(b, 2);
  uint32_t x = kernel_operand(b, MFG_FLOAT32, MFG_OPERAND_READ);
  int32_t value = kernel_unary(b, MFG_OP_NEGATIVE, kernel_load(b, x, MFG_SITE_HERE));
  kernel_output(b, value);
  kernel_final_reduction(b, value, 1, MFG_REDUCE_MAX);
}

/* The cumulative product of an integer, backwards. */
static inline void build_scan_sample(kernel_builder *b) {
  kernel_begin(b, 1);
  uint32_t x = kernel_operand(b, MFG_INT64, MFG_OPERAND_READ);
  int32_t value = kernel_load(b, x, MFG_SITE_HERE);
  kernel_scan(b, 0, MFG_PATTERN_REVERSE);
  kernel_add_result(b, MFG_REDUCE_PRODUCT, value);
  kernel_output(b, kernel_result(b, 0));
}

/* A cyclic system with constant coefficients. */
static inline void build_line_sample(kernel_builder *b) {
  kernel_begin(b, 1);
  uint32_t x = kernel_operand(b, MFG_FLOAT64, MFG_OPERAND_READ);
  int32_t right = kernel_load(b, x, MFG_SITE_HERE);
  int32_t side = kernel_constant(b, MFG_FLOAT64, -1);
  int32_t diagonal = kernel_constant(b, MFG_FLOAT64, 4);
  kernel_line_solve(b, 0, MFG_PATTERN_CYCLIC, (int32_t[]){side, diagonal, side, right});
  kernel_output(b, kernel_result(b, 0));
}

#endif
