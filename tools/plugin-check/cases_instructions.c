/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every elementwise operation for every type that it takes, and every conversion, on ordinary and
 * on special values. */
#include "check_launch.h"

static const mfg_dtype types[] = CHECK_TYPES;
enum { TYPE_COUNT = sizeof types / sizeof types[0] };

/* Enough places for most pairs of special values to meet. */
#define PLACES 6007

/* Units in the last place that an operation on floats may be off; 0 means exact. Most functions get
 * four, those for which OpenCL grants more get what it grants. */
static double allowed_ulp(uint32_t operation) {
  switch (operation) {
  case MFG_OP_POW:
  case MFG_OP_ERF:
  case MFG_OP_ERFC: return 16;
  case MFG_OP_ATAN2: return 6;
  case MFG_OP_TAN:
  case MFG_OP_TANH:
  case MFG_OP_ATANH: return 5;
  case MFG_OP_HYPOT: return 4;
  default: return operation >= MFG_OP_EXP && operation <= MFG_OP_ERFC ? 4 : 0;
  }
}

static void set_closeness(check_launch *launch, uint32_t operation, mfg_dtype type) {
  bool is_float = type == MFG_FLOAT32 || type == MFG_FLOAT64;
  if (is_float && allowed_ulp(operation) > 0)
    check_launch_closeness(launch, CHECK_ULP, allowed_ulp(operation));
  else if (operation == MFG_OP_MINIMUM || operation == MFG_OP_MAXIMUM || operation == MFG_OP_SIGN)
    check_launch_closeness(launch, CHECK_ZEROS_EQUAL, 0);
}

/* A map of one operation over loads; `argument` is the type of its arguments but the first of a
 * select. */
static void build_operation(kernel_builder *builder, uint16_t operation, mfg_dtype argument) {
  int32_t arguments[3] = {-1, -1, -1};
  kernel_begin(builder, 1);
  for (int i = 0; i < mfg_operation_arity(operation); i++) {
    bool condition = operation == MFG_OP_SELECT && i == 0;
    uint32_t operand = kernel_operand(builder, condition ? MFG_BOOL : argument, MFG_OPERAND_READ);
    kernel_stride_class(builder, operand, 0, MFG_STRIDE_UNIT);
    arguments[i] = kernel_load(builder, operand, MFG_SITE_HERE);
  }
  int32_t value = kernel_ternary(builder, operation, arguments[0], arguments[1], arguments[2]);
  kernel_stride_class(builder, kernel_output(builder, value), 0, MFG_STRIDE_UNIT);
}

static void run_operation(check_run *run, uint16_t operation, mfg_dtype argument,
                          check_content content) {
  kernel_builder builder;
  build_operation(&builder, operation, argument);
  check_launch launch;
  check_launch_open(&launch, kernel_build(&builder), (int64_t[]){PLACES}, operation);
  for (int i = 0; i < mfg_operation_arity(operation); i++)
    check_launch_fill(&launch, (uint32_t)i, content);
  set_closeness(&launch, operation, argument);
  check_launch_compare(run, &launch);
  check_launch_close(&launch);
}

/* Whether the operation takes the type is the validator's to say. */
static bool takes(uint16_t operation, mfg_dtype argument) {
  kernel_builder builder;
  build_operation(&builder, operation, argument);
  return mfg_kernel_validate(kernel_build(&builder), NULL) == MFG_OK;
}

void check_instruction_cases(check_run *run) {
  for (uint16_t operation = 16; operation < MFG_OPERATION_END; operation++) {
    if (operation == MFG_OP_CONVERT || mfg_operation_arity(operation) < 1) continue;
    for (int t = 0; t < TYPE_COUNT; t++) {
      if (!takes(operation, types[t]) ||
          !check_begin(run, "instructions: %s of %s", mfg_operation_name(operation),
                       mfg_dtype_name(types[t])))
        continue;
      run_operation(run, operation, types[t], CHECK_SPECIAL);
      run_operation(run, operation, types[t], CHECK_SMALL);
      check_end(run);
    }
  }
}

static void run_conversion(check_run *run, mfg_dtype from, mfg_dtype to) {
  kernel_builder builder;
  kernel_begin(&builder, 1);
  uint32_t source = kernel_operand(&builder, from, MFG_OPERAND_READ);
  int32_t value = kernel_load(&builder, source, MFG_SITE_HERE);
  kernel_output(&builder, kernel_convert(&builder, to, value));
  check_launch launch;
  check_launch_open(&launch, kernel_build(&builder), (int64_t[]){PLACES}, 100U * from + to);
  check_launch_fill(&launch, source, CHECK_SPECIAL);
  check_launch_compare(run, &launch);
  check_launch_close(&launch);
}

void check_conversion_cases(check_run *run) {
  for (int from = 0; from < TYPE_COUNT; from++)
    for (int to = 0; to < TYPE_COUNT; to++) {
      if (!check_begin(run, "conversions: %s to %s", mfg_dtype_name(types[from]),
                       mfg_dtype_name(types[to])))
        continue;
      run_conversion(run, types[from], types[to]);
      check_end(run);
    }
}
