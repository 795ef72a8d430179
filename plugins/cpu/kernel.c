/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preparing kernels. */
#include "kernel.h"

#include <string.h>

static bool cpu_kernel_supports(mfg_plugin_device *device,
                                const mfg_kernel_description *description) {
  (void)device;
  mfg_status status = mfg_kernel_validate(description, NULL);
  return status == MFG_OK || status == MFG_ERROR_OUT_OF_MEMORY; /* `prepare` says so */
}

/* ---- copies of the description's parts ------------------------------------------------------ */

static uint32_t join_operation(uint8_t reduction) {
  switch (reduction) {
  case MFG_REDUCE_SUM: return MFG_OP_ADD;
  case MFG_REDUCE_PRODUCT: return MFG_OP_MULTIPLY;
  case MFG_REDUCE_MIN: return MFG_OP_MINIMUM;
  case MFG_REDUCE_MAX: return MFG_OP_MAXIMUM;
  case MFG_REDUCE_ANY: return MFG_OP_LOGICAL_OR;
  case MFG_REDUCE_ALL: return MFG_OP_LOGICAL_AND;
  default: return 0;
  }
}

static cpu_result result_of(const cpu_level *level, uint8_t operation, mfg_dtype dtype) {
  enum cpu_type type = cpu_type_of(dtype);
  cpu_result result = {.operation = operation, .type = (uint8_t)type, .size = cpu_type_size(type)};
  uint32_t join = join_operation(operation);
  result.functions = (*level->reductions)[operation][type];
  if (join != 0) result.join = cpu_level_block(level, join, type, 0);
  result.out_size = join == 0 ? sizeof(int64_t) : result.size;
  return result;
}

static bool copy_sites(mfg_plugin_kernel *kernel, const mfg_kernel_description *description) {
  mfg_kernel_site *sites =
      cpu_arena_zeroed(&kernel->arena, description->sites.count, sizeof *sites);
  mfg_kernel_step *steps =
      cpu_arena_zeroed(&kernel->arena, description->steps.count, sizeof *steps);
  if (sites == NULL || steps == NULL) return false;
  for (uint32_t i = 0; i < description->sites.count; i++)
    sites[i] = *mfg_kernel_site_at(description, i);
  for (uint32_t i = 0; i < description->steps.count; i++)
    steps[i] = *mfg_kernel_step_at(description, i);
  kernel->sites = sites;
  kernel->steps = steps;
  kernel->site_count = description->sites.count;
  return true;
}

static bool copy_operands(mfg_plugin_kernel *kernel, const mfg_kernel_description *description) {
  uint32_t count = description->operands.count;
  uint8_t *sizes = cpu_arena_zeroed(&kernel->arena, count, 1);
  uint8_t *flags = cpu_arena_zeroed(&kernel->arena, count, 1);
  uint32_t *outputs = cpu_arena_zeroed(&kernel->arena, description->outputs.count, sizeof *outputs);
  if (sizes == NULL || flags == NULL || outputs == NULL) return false;
  for (uint32_t i = 0; i < count; i++) {
    const mfg_kernel_operand *operand = mfg_kernel_operand_at(description, i);
    sizes[i] = cpu_type_size(cpu_type_of(operand->type));
    flags[i] = operand->flags;
  }
  for (uint32_t i = 0; i < description->outputs.count; i++)
    outputs[i] = mfg_kernel_output_at(description, i)->operand;
  kernel->operand_sizes = sizes;
  kernel->operand_flags = flags;
  kernel->output_operands = outputs;
  kernel->operand_count = count;
  kernel->scalar_count = description->scalars.count;
  kernel->output_count = description->outputs.count;
  kernel->final_count = description->reductions.count;
  return true;
}

static void copy_results(mfg_plugin_kernel *kernel, const mfg_kernel_description *description) {
  const mfg_kernel_pattern *pattern = description->pattern;
  const mfg_span *last =
      pattern->kind == MFG_PATTERN_MAP ? &description->prologue : &description->epilogue;
  for (uint32_t i = 0; i < pattern->count; i++) {
    mfg_dtype type =
        mfg_kernel_instruction_at(&description->prologue, (uint32_t)pattern->values[i])->type;
    kernel->results[i] = result_of(kernel->level, pattern->operations[i], type);
  }
  for (uint32_t i = 0; i < kernel->final_count; i++) {
    const mfg_kernel_reduction *final = mfg_kernel_reduction_at(description, i);
    mfg_dtype type = mfg_kernel_instruction_at(last, (uint32_t) final->value)->type;
    kernel->finals[i] = result_of(kernel->level, final->operation, type);
    kernel->finals[i].operand = final->operand;
    kernel->finals[i].axes = final->axes;
  }
}

/* ---- sections ------------------------------------------------------------------------------- */

static mfg_status compile_last(mfg_plugin_kernel *kernel, const mfg_kernel_description *description,
                               bool epilogue, cpu_arena *scratch, cpu_section *section) {
  int32_t values[CPU_MOST_ROOTS];
  uint32_t count = 0;
  for (uint32_t i = 0; i < kernel->output_count; i++)
    values[count++] = mfg_kernel_output_at(description, i)->value;
  for (uint32_t i = 0; i < kernel->final_count; i++)
    values[count++] = mfg_kernel_reduction_at(description, i)->value;
  return cpu_section_compile(description, epilogue, kernel->level, values, kernel->output_count,
                             count, false, &kernel->arena, scratch, section);
}

static mfg_status compile_sections(mfg_plugin_kernel *kernel,
                                   const mfg_kernel_description *description, cpu_arena *scratch) {
  const mfg_kernel_pattern *pattern = description->pattern;
  if (pattern->kind == MFG_PATTERN_MAP)
    return compile_last(kernel, description, false, scratch, &kernel->prologue);
  uint32_t count = pattern->kind == MFG_PATTERN_LINE_SOLVE ? 4 : pattern->count;
  uint32_t targets = pattern->kind == MFG_PATTERN_REDUCE ? 0 : count;
  mfg_status status =
      cpu_section_compile(description, false, kernel->level, pattern->values, targets, count, true,
                          &kernel->arena, scratch, &kernel->prologue);
  if (status != MFG_OK) return status;
  return compile_last(kernel, description, true, scratch, &kernel->epilogue);
}

/* Blocks as long as the registers of a section stay in the first-level cache, yet long enough to
 * pay for a call of each step. */
static int64_t choose_block(const mfg_plugin_kernel *kernel) {
  uint32_t prologue = kernel->prologue.register_count + kernel->prologue.splat_count;
  uint32_t epilogue = kernel->epilogue.register_count + kernel->epilogue.splat_count;
  uint32_t live = prologue > epilogue ? prologue : epilogue;
  return live <= 4 ? 1024 : live <= 8 ? 512 : 256;
}

static mfg_status kernel_fill(mfg_plugin_kernel *kernel,
                              const mfg_kernel_description *description) {
  cpu_arena scratch = {0};
  kernel->pattern = *description->pattern;
  kernel->rank = description->rank;
  if (!copy_sites(kernel, description) || !copy_operands(kernel, description))
    return MFG_ERROR_OUT_OF_MEMORY;
  copy_results(kernel, description);
  mfg_status status = compile_sections(kernel, description, &scratch);
  cpu_arena_free(&scratch);
  kernel->block = choose_block(kernel);
  size_t length = mfg_kernel_print(description, NULL, 0);
  kernel->text = cpu_arena_take(&kernel->arena, length + 1);
  if (kernel->text == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  mfg_kernel_print(description, kernel->text, length + 1);
  kernel->compilation = cpu_arena_zeroed(&kernel->arena, 1, sizeof *kernel->compilation);
  return kernel->compilation != NULL ? status : MFG_ERROR_OUT_OF_MEMORY;
}

/* ---- the table ------------------------------------------------------------------------------ */

static void cpu_kernel_release(mfg_plugin_kernel *kernel) {
  if (kernel->compilation != NULL) cpu_compilation_end(kernel->compilation);
  cpu_arena_free(&kernel->arena);
  kernel->host->release(kernel->host->context, kernel);
}

static mfg_status cpu_kernel_prepare(mfg_plugin_device *device,
                                     const mfg_kernel_description *description,
                                     mfg_plugin_kernel **result, mfg_plugin_error *error) {
  mfg_status status = mfg_kernel_validate(description, error);
  if (status != MFG_OK) return status;
  mfg_plugin_kernel *kernel = cpu_host_allocate(device->host.host, sizeof *kernel, 64);
  if (kernel == NULL) return cpu_out_of_memory(error, "a kernel");
  kernel->host = device->host.host;
  kernel->level = device->level;
  status = kernel_fill(kernel, description);
  if (status != MFG_OK) {
    cpu_kernel_release(kernel);
    return cpu_out_of_memory(error, "a kernel");
  }
  cpu_compilation_begin(kernel->compilation, &kernel->prologue, &kernel->epilogue, kernel->level,
                        device->compile);
  *result = kernel;
  return MFG_OK;
}

static mfg_status cpu_kernel_launch(mfg_plugin_queue *queue, mfg_plugin_kernel *kernel,
                                    const mfg_kernel_launch *launch, mfg_plugin_error *error) {
  cpu_bound *bound;
  mfg_status status = cpu_kernel_bind(kernel, launch, &queue->arena, &bound, error);
  if (status == MFG_OK) {
    status = cpu_bound_run(bound, &queue->arena);
    if (status != MFG_OK) cpu_out_of_memory(error, "a launch");
  }
  cpu_arena_reset(&queue->arena);
  return status;
}

static const char *cpu_kernel_explain(mfg_plugin_kernel *kernel) {
  return kernel->text;
}

const mfg_plugin_kernel_table cpu_kernel_table = {
    .struct_size = sizeof cpu_kernel_table,
    .supports = cpu_kernel_supports,
    .prepare = cpu_kernel_prepare,
    .launch = cpu_kernel_launch,
    .release = cpu_kernel_release,
    .explain = cpu_kernel_explain,
};
