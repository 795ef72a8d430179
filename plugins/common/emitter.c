/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "emitter_internal.h"

#include <mfg/sdk.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>

const mfg_emitter_dialect mfg_emitter_opencl = {
    .name = "OpenCL C", .preamble = mfg_dialect_opencl, .float32_suffix = ""};
const mfg_emitter_dialect mfg_emitter_cuda = {
    .name = "CUDA C", .preamble = mfg_dialect_cuda, .float32_suffix = "f"};

/* ---- the shape ------------------------------------------------------------------------------ */

static mfg_dtype section_type(const mfg_span *section, int32_t position) {
  return mfg_kernel_instruction_at(section, (uint32_t)position)->type;
}

static bool moves_along(const mfg_kernel_description *kernel, uint32_t site, uint32_t axis) {
  const mfg_kernel_site *described = mfg_kernel_site_at(kernel, site - 1);
  for (uint32_t k = 0; k < described->count; k++) {
    const mfg_kernel_step *step = mfg_kernel_step_at(kernel, described->first + k);
    if (step->axis == axis) return true;
  }
  return false;
}

static bool looks_along(const mfg_kernel_description *kernel, uint32_t axis) {
  for (uint32_t i = 0; i < kernel->prologue.count; i++) {
    const mfg_kernel_instruction *instruction = mfg_kernel_instruction_at(&kernel->prologue, i);
    if (instruction->operation == MFG_OP_LOAD && instruction->site != MFG_SITE_HERE &&
        moves_along(kernel, instruction->site, axis))
      return true;
  }
  return false;
}

static void shape_results(const mfg_kernel_description *kernel, mfg_shape *shape) {
  const mfg_kernel_pattern *pattern = kernel->pattern;
  for (uint32_t k = 0; k < pattern->count; k++) {
    mfg_dtype type = section_type(&kernel->prologue, pattern->values[k]);
    if (pattern->kind == MFG_PATTERN_REDUCE)
      shape->accumulators[shape->accumulator_count++] =
          (mfg_accumulator){.operation = pattern->operations[k],
                            .type = type,
                            .value = pattern->values[k],
                            .axes = pattern->axes};
    if (pattern->kind == MFG_PATTERN_SCAN)
      shape->scan_sizes[shape->scan_count++] = (uint32_t)mfg_dtype_size(type);
    if (pattern->kind == MFG_PATTERN_LINE_SOLVE)
      shape->element_size = (uint32_t)mfg_dtype_size(type);
  }
}

static void shape_reductions(const mfg_kernel_description *kernel, mfg_shape *shape) {
  const mfg_span *section =
      kernel->pattern->kind == MFG_PATTERN_MAP ? &kernel->prologue : &kernel->epilogue;
  for (uint32_t k = 0; k < kernel->reductions.count; k++) {
    const mfg_kernel_reduction *reduction = mfg_kernel_reduction_at(kernel, k);
    mfg_accumulator accumulator = {.operation = reduction->operation,
                                   .type = section_type(section, reduction->value),
                                   .value = reduction->value,
                                   .axes = reduction->axes,
                                   .operand = reduction->operand};
    if (reduction->axes == mfg_all_axes(kernel->rank))
      shape->accumulators[shape->accumulator_count++] = accumulator;
    else
      shape->stored[shape->stored_count++] = accumulator;
  }
}

/* Systems and scans keep what belongs to a line in registers, sums down columns are only added up.
 * Lines that run along the last axis lie far apart, often by a power of two, and more of them would
 * drive each other out of the nearest cache, which has eight places for such addresses. A scan
 * along the last axis has too little to compute for a walk over several lines to pay. */
static uint32_t block_lines_of(const mfg_shape *shape) {
  bool along_last = shape->axis + 1 == shape->rank;
  bool vector = shape->vector_type != 0;
  switch (shape->kind) {
  case MFG_PATTERN_SCAN: return along_last ? 1 : vector ? MFG_VECTOR_LANES : 16;
  case MFG_PATTERN_LINE_SOLVE: return along_last || vector ? MFG_VECTOR_LANES : 16;
  default: return 64;
  }
}

static void shape_of(const mfg_kernel_description *kernel, uint32_t layout, mfg_shape *shape) {
  const mfg_kernel_pattern *pattern = kernel->pattern;
  *shape = (mfg_shape){
      .layout = layout,
      .rank = kernel->rank,
      .kind = pattern->kind,
      .axis = pattern->axis,
      .axes = pattern->kind == MFG_PATTERN_MAP ? mfg_all_axes(kernel->rank) : pattern->axes,
      .cyclic = (pattern->flags & MFG_PATTERN_CYCLIC) != 0,
      .staged_scan = pattern->kind == MFG_PATTERN_SCAN && looks_along(kernel, pattern->axis)};
  shape_results(kernel, shape);
  shape_reductions(kernel, shape);
  mfg_vector_shape(kernel, shape);
  shape->block_lines = block_lines_of(shape);
}

/* ---- the text ------------------------------------------------------------------------------- */

/* Appends `body` with lines indented by their braces and parentheses. */
static void add_indented(mfg_text *text, const char *body) {
  int braces = 0, parentheses = 0;
  while (*body) {
    body += strspn(body, " ");
    size_t length = strcspn(body, "\n");
    int depth = 2 * (braces - (*body == '}')) + (parentheses > 0 ? 4 : 0);
    mfg_text_add(text, "%*s%.*s\n", length ? depth : 0, "", (int)length, body);
    for (size_t i = 0; i < length; i++) {
      braces += (body[i] == '{') - (body[i] == '}');
      parentheses += (body[i] == '(') - (body[i] == ')');
    }
    body += length + (body[length] == '\n');
  }
}

static void write_body(mfg_writer *writer) {
  switch (writer->shape->kind) {
  case MFG_PATTERN_REDUCE: mfg_write_reduce(writer); break;
  case MFG_PATTERN_SCAN: mfg_write_scan(writer); break;
  case MFG_PATTERN_LINE_SOLVE: mfg_write_line_solve(writer); break;
  default:
    if (writer->shape->accumulator_count > 0)
      mfg_write_reduce(writer);
    else
      mfg_write_map(writer);
  }
}

static void write_source(mfg_writer *writer) {
  mfg_module *module = writer->module;
  mfg_text *source = &module->source;
  write_body(writer);
  mfg_module_lay_out(module);
  mfg_text_add(source, "%s\n", writer->options->dialect->preamble);
  mfg_module_write_struct(module, source);
  mfg_text_add(source, "%s\n", mfg_dialect_operations);
  mfg_write_instances(writer, source);
  mfg_write_vector_instances(writer, source);
  if (writer->body.data) add_indented(source, writer->body.data);
}

/* ---- units ---------------------------------------------------------------------------------- */

static mfg_status write_unit(mfg_unit *unit, const mfg_kernel_description *kernel,
                             const mfg_emitter_options *options, const int32_t *operands) {
  uint32_t count = kernel->operands.count;
  mfg_module *module = &unit->module;
  module->rank = kernel->rank;
  module->wide = kernel->index_width == 64 || options->layout == MFG_LAYOUT_BLOCKED;
  module->operand_count = count;
  module->operands = calloc(count + 1, sizeof *module->operands);
  module->operand_sizes = calloc(count + 1, sizeof *module->operand_sizes);
  if (!module->operands || !module->operand_sizes) return MFG_ERROR_OUT_OF_MEMORY;
  for (uint32_t i = 0; i < count; i++) {
    module->operands[i] = operands ? operands[i] : (int32_t)i;
    module->operand_sizes[i] = (uint8_t)mfg_dtype_size(mfg_kernel_operand_at(kernel, i)->type);
  }
  shape_of(kernel, options->layout, &unit->shape);
  mfg_writer writer = {.kernel = kernel,
                       .options = options,
                       .shape = &unit->shape,
                       .module = module,
                       .vector_axis = -1,
                       .carry_axis = -1};
  write_source(&writer);
  bool failed = module->failed || module->source.failed || writer.body.failed;
  mfg_text_clear(&writer.body);
  return failed ? MFG_ERROR_OUT_OF_MEMORY : MFG_OK;
}

/* A unit that reduces stored values over some axes: load, REDUCE, write. */
static mfg_status write_stored(mfg_unit *unit, const mfg_kernel_description *kernel,
                               const mfg_emitter_options *options, const mfg_accumulator *stored) {
  mfg_dtype result = mfg_is_position(stored->operation) ? MFG_INT64 : stored->type;
  mfg_kernel_operand operands[2] = {{.type = stored->type, .flags = MFG_OPERAND_READ},
                                    *mfg_kernel_operand_at(kernel, stored->operand)};
  for (uint32_t axis = 0; axis + 1 < kernel->rank; axis++)
    operands[0].stride_class[axis] = MFG_STRIDE_GENERAL;
  operands[0].stride_class[kernel->rank - 1] = MFG_STRIDE_UNIT;
  mfg_kernel_instruction load = {
      .operation = MFG_OP_LOAD, .type = stored->type, .arguments = {-1, -1, -1}};
  mfg_kernel_instruction leave = {
      .operation = MFG_OP_RESULT, .type = result, .arguments = {-1, -1, -1}};
  mfg_kernel_pattern pattern = {.struct_size = sizeof pattern,
                                .kind = MFG_PATTERN_REDUCE,
                                .axes = stored->axes,
                                .count = 1,
                                .operations = {stored->operation}};
  mfg_kernel_output output = {.operand = 1};
  mfg_kernel_description reduce = {.struct_size = sizeof reduce,
                                   .rank = kernel->rank,
                                   .index_width = 64,
                                   .operands = {operands, 2, sizeof operands[0]},
                                   .prologue = {&load, 1, sizeof load},
                                   .pattern = &pattern,
                                   .epilogue = {&leave, 1, sizeof leave},
                                   .outputs = {&output, 1, sizeof output}};
  const int32_t bound[2] = {-1, (int32_t)stored->operand};
  return write_unit(unit, &reduce, options, bound);
}

static mfg_status write_units(mfg_emitter *emitter, const mfg_kernel_description *kernel,
                              const mfg_emitter_options *options) {
  mfg_status status = write_unit(&emitter->units[0], kernel, options, NULL);
  const mfg_shape *shape = &emitter->units[0].shape;
  emitter->unit_count = 1;
  for (uint32_t k = 0; k < shape->stored_count && status == MFG_OK; k++)
    status =
        write_stored(&emitter->units[emitter->unit_count++], kernel, options, &shape->stored[k]);
  emitter->operand_limit = kernel->operands.count > 2 ? kernel->operands.count : 2;
  return status;
}

/* Numbers are written and read back with a decimal point, whatever the program's locale. */
static mfg_status write_in_c_locale(mfg_emitter *emitter, const mfg_kernel_description *kernel,
                                    const mfg_emitter_options *options) {
  locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (plain == (locale_t)0) return MFG_ERROR_OUT_OF_MEMORY;
  locale_t before = uselocale(plain);
  mfg_status status = write_units(emitter, kernel, options);
  uselocale(before);
  freelocale(plain);
  return status;
}

mfg_status mfg_emitter_create(const mfg_kernel_description *description,
                              const mfg_emitter_options *options, mfg_emitter **emitter,
                              mfg_plugin_error *error) {
  *emitter = calloc(1, sizeof **emitter);
  mfg_status status = MFG_ERROR_OUT_OF_MEMORY;
  if (*emitter) status = write_in_c_locale(*emitter, description, options);
  if (status == MFG_OK) return MFG_OK;
  mfg_emitter_free(*emitter);
  *emitter = NULL;
  return mfg_plugin_error_set(error, status, 0, "no memory for the source of a kernel");
}

void mfg_emitter_free(mfg_emitter *emitter) {
  if (!emitter) return;
  for (uint32_t i = 0; i < 1 + MFG_MAX_RESULTS; i++)
    mfg_module_clear(&emitter->units[i].module);
  free(emitter);
}

/* ---- facts ---------------------------------------------------------------------------------- */

uint32_t mfg_emitter_modules(const mfg_emitter *emitter) {
  return emitter->unit_count;
}

const char *mfg_emitter_source(const mfg_emitter *emitter, uint32_t module) {
  return emitter->units[module].module.source.data;
}

uint32_t mfg_emitter_entries(const mfg_emitter *emitter, uint32_t module) {
  return emitter->units[module].module.entry_count;
}

const char *mfg_emitter_entry_name(const mfg_emitter *emitter, uint32_t module, uint32_t entry) {
  return emitter->units[module].module.entries[entry];
}

uint32_t mfg_emitter_arguments_size(const mfg_emitter *emitter, uint32_t module) {
  return emitter->units[module].module.arguments_size;
}

uint32_t mfg_emitter_operands(const mfg_emitter *emitter, uint32_t module) {
  return emitter->units[module].module.operand_count;
}

int32_t mfg_emitter_operand(const mfg_emitter *emitter, uint32_t module, uint32_t index) {
  return emitter->units[module].module.operands[index];
}
