/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capability.h"

#include <mfg/sdk.h>
#include <string.h>

#define LINE_SOLVE_VALUES 4

/* A kernel over one axis: operand i is loaded into value i, then comes at most one operation. The
 * last operand takes the result. */
typedef struct sample_kernel {
  mfg_kernel_operand operands[LINE_SOLVE_VALUES + 1];
  mfg_kernel_instruction prologue[LINE_SOLVE_VALUES + 1];
  mfg_kernel_instruction epilogue;
  mfg_kernel_pattern pattern;
  mfg_kernel_output output;
  uint32_t loads;
  uint32_t instructions;
} sample_kernel;

static void load(sample_kernel *sample, mfg_dtype type) {
  uint32_t slot = sample->loads++;
  sample->operands[slot] = (mfg_kernel_operand){
      .type = type, .flags = MFG_OPERAND_READ, .stride_class = {MFG_STRIDE_UNIT}};
  sample->prologue[sample->instructions++] = (mfg_kernel_instruction){
      .operation = MFG_OP_LOAD, .type = type, .arguments = {-1, -1, -1}, .slot = slot};
}

static sample_kernel sample_of(uint8_t kind) {
  return (sample_kernel){.pattern = {.struct_size = sizeof(mfg_kernel_pattern), .kind = kind}};
}

static bool asked(const mfg_plugin *plugin, mfg_plugin_device *device, sample_kernel *sample,
                  mfg_dtype result, uint8_t stride_class) {
  bool is_map = sample->pattern.kind == MFG_PATTERN_MAP;
  sample->operands[sample->loads] = (mfg_kernel_operand){
      .type = result, .flags = MFG_OPERAND_WRITE, .stride_class = {stride_class}};
  sample->epilogue = (mfg_kernel_instruction){
      .operation = MFG_OP_RESULT, .type = result, .arguments = {-1, -1, -1}};
  sample->output = (mfg_kernel_output){.operand = sample->loads,
                                       .value = is_map ? (int32_t)sample->instructions - 1 : 0};
  const mfg_kernel_description description = {
      .struct_size = sizeof description,
      .rank = 1,
      .index_width = 32,
      .operands = {sample->operands, sample->loads + 1, sizeof *sample->operands},
      .prologue = {sample->prologue, sample->instructions, sizeof *sample->prologue},
      .pattern = &sample->pattern,
      .epilogue = {&sample->epilogue, is_map ? 0 : 1, sizeof sample->epilogue},
      .outputs = {&sample->output, 1, sizeof sample->output}};
  return plugin->kernel->supports(device, &description);
}

static mfg_dtype argument_type(int rule, int index, mfg_dtype real) {
  switch (rule) {
  case MFG_RULE_LOGIC: return MFG_BOOL;
  case MFG_RULE_BITS:
  case MFG_RULE_CONVERT: return MFG_INT32;
  case MFG_RULE_CHOOSE: return index == 0 ? MFG_BOOL : real;
  default: return real;
  }
}

static mfg_dtype result_type(int rule, mfg_dtype real) {
  switch (rule) {
  case MFG_RULE_COMPARE:
  case MFG_RULE_LOGIC:
  case MFG_RULE_CLASSIFY: return MFG_BOOL;
  case MFG_RULE_BITS: return MFG_INT32;
  default: return real;
  }
}

static bool has_operation(const mfg_plugin *plugin, mfg_plugin_device *device, uint16_t operation,
                          mfg_dtype real) {
  int rule = mfg_operation_type_rule(operation);
  int arity = mfg_operation_arity(operation);
  sample_kernel sample = sample_of(MFG_PATTERN_MAP);
  for (int i = 0; i < arity; i++)
    load(&sample, argument_type(rule, i, real));
  mfg_dtype result = result_type(rule, real);
  sample.prologue[sample.instructions++] =
      (mfg_kernel_instruction){.operation = operation,
                               .type = result,
                               .arguments = {0, arity > 1 ? 1 : -1, arity > 2 ? 2 : -1}};
  return asked(plugin, device, &sample, result, MFG_STRIDE_UNIT);
}

static bool has_reduction(const mfg_plugin *plugin, mfg_plugin_device *device, uint8_t operation,
                          mfg_dtype real) {
  bool logical = operation == MFG_REDUCE_ANY || operation == MFG_REDUCE_ALL;
  bool position = operation == MFG_REDUCE_ARGMIN || operation == MFG_REDUCE_ARGMAX;
  sample_kernel sample = sample_of(MFG_PATTERN_REDUCE);
  load(&sample, logical ? MFG_BOOL : real);
  sample.pattern.axes = 1;
  sample.pattern.count = 1;
  sample.pattern.operations[0] = operation;
  return asked(plugin, device, &sample,
               logical    ? MFG_BOOL
               : position ? MFG_INT64
                          : real,
               MFG_STRIDE_ZERO);
}

static bool has_scan(const mfg_plugin *plugin, mfg_plugin_device *device, uint8_t operation,
                     mfg_dtype real) {
  sample_kernel sample = sample_of(MFG_PATTERN_SCAN);
  load(&sample, real);
  sample.pattern.count = 1;
  sample.pattern.operations[0] = operation;
  return asked(plugin, device, &sample, real, MFG_STRIDE_UNIT);
}

static bool has_line_solve(const mfg_plugin *plugin, mfg_plugin_device *device, mfg_dtype real) {
  sample_kernel sample = sample_of(MFG_PATTERN_LINE_SOLVE);
  sample.pattern.count = 1;
  for (int i = 0; i < LINE_SOLVE_VALUES; i++) {
    load(&sample, real);
    sample.pattern.values[i] = i;
  }
  return asked(plugin, device, &sample, real, MFG_STRIDE_UNIT);
}

void mfg_capability_missing(const mfg_plugin *plugin, mfg_plugin_device *device, uint32_t types,
                            mfg_text *text) {
  mfg_dtype real = (types & MFG_DTYPE_BIT(MFG_FLOAT64)) != 0 ? MFG_FLOAT64 : MFG_FLOAT32;
  bool none = plugin->kernel == NULL;
  for (uint16_t operation = MFG_OP_ADD; operation < MFG_OPERATION_END; operation++)
    if (none || !has_operation(plugin, device, operation, real))
      mfg_text_append(text, "%s\n", mfg_operation_name(operation));
  for (uint8_t operation = MFG_REDUCE_SUM; operation <= MFG_REDUCE_ARGMAX; operation++)
    if (none || !has_reduction(plugin, device, operation, real))
      mfg_text_append(text, "reduce_%s\n", mfg_reduction_name(operation));
  for (uint8_t operation = MFG_REDUCE_SUM; operation <= MFG_REDUCE_PRODUCT; operation++)
    if (none || !has_scan(plugin, device, operation, real))
      mfg_text_append(text, "scan_%s\n", mfg_reduction_name(operation));
  if (none || !has_line_solve(plugin, device, real)) mfg_text_append(text, "line_solve\n");
}
