/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entries, loads, instructions and outputs as text. */
#include "writer.h"

#include <stdio.h>
#include <string.h>

void mfg_use_prologue(mfg_writer *writer) {
  writer->section = &writer->kernel->prologue;
  writer->prefix = 'p';
  writer->collapsed = 0;
}

void mfg_use_epilogue(mfg_writer *writer) {
  bool map = writer->kernel->pattern->kind == MFG_PATTERN_MAP;
  writer->section = map ? &writer->kernel->prologue : &writer->kernel->epilogue;
  writer->prefix = map ? 'p' : 'e';
  writer->collapsed = writer->kernel->pattern->axes;
}

/* ---- operands ------------------------------------------------------------------------------- */

/* Read at one element only: its value is loaded once, before anything is written. */
static bool is_parameter(const mfg_writer *writer, uint32_t index) {
  const mfg_kernel_operand *operand = mfg_kernel_operand_at(writer->kernel, index);
  if (operand->flags != MFG_OPERAND_READ) return false;
  for (uint32_t axis = 0; axis < writer->kernel->rank; axis++)
    if (operand->stride_class[axis] != MFG_STRIDE_ZERO) return false;
  return true;
}

static void write_operand(mfg_writer *writer, uint32_t index) {
  const mfg_kernel_operand *operand = mfg_kernel_operand_at(writer->kernel, index);
  const char *constant = operand->flags & MFG_OPERAND_WRITE ? "" : "const ";
  MFG_ADD(writer, "  MFG_GLOBAL %s%s *operand%u = memory%u + %s;\n", constant,
          mfg_memory_type_text(operand->type), index, index,
          mfg_field_offset(writer->module, index).text);
  if (is_parameter(writer, index))
    MFG_ADD(writer, "  const %s parameter%u = operand%u[0]%s;\n", mfg_type_text(operand->type),
            index, index, operand->type == MFG_BOOL ? " != 0" : "");
}

void mfg_write_entry(mfg_writer *writer, const char *name) {
  mfg_module *module = writer->module;
  uint32_t count = writer->kernel->operands.count;
  bool in_memory = writer->options->launch_in_memory;
  snprintf(module->entries[module->entry_count], sizeof module->entries[0], "%s", name);
  module->entry_count++;
  MFG_ADD(writer, "\nMFG_KERNEL void %s(\n", name);
  for (uint32_t i = 0; i < count; i++) {
    const mfg_kernel_operand *operand = mfg_kernel_operand_at(writer->kernel, i);
    MFG_ADD(writer, "    MFG_GLOBAL %s%s *memory%u,\n",
            operand->flags & MFG_OPERAND_WRITE ? "" : "const ", mfg_memory_type_text(operand->type),
            i);
  }
  MFG_ADD(writer,
          "    MFG_GLOBAL mfg_byte *MFG_RESTRICT scratch, MFG_GLOBAL const int *predicate,\n"
          "    %s MFG_SHARED_PARAMETER) {\n"
          "  MFG_SHARED_DECLARATION\n"
          "  if (predicate != 0 && *predicate == 0) return;\n%s",
          in_memory ? "MFG_GLOBAL const mfg_launch *launch_memory" : "const mfg_launch launch",
          in_memory ? "  const mfg_launch launch = *launch_memory;\n" : "");
  for (uint32_t i = 0; i < count; i++)
    write_operand(writer, i);
}

/* ---- places --------------------------------------------------------------------------------- */

static bool is_collapsed(const mfg_writer *writer, uint32_t axis) {
  return (writer->collapsed >> axis & 1) != 0;
}

static mfg_term index_text(const mfg_writer *writer, uint32_t axis) {
  return is_collapsed(writer, axis) ? mfg_term_format("0") : mfg_term_format("i%u", axis);
}

static mfg_term extent_text(mfg_writer *writer, uint32_t axis) {
  return is_collapsed(writer, axis) ? mfg_term_format("1") : mfg_field_extent(writer->module, axis);
}

static const mfg_kernel_step *site_step(const mfg_writer *writer, uint32_t site, uint32_t k) {
  return mfg_kernel_step_at(writer->kernel,
                            mfg_kernel_site_at(writer->kernel, site - 1)->first + k);
}

/* The index of the first of several neighbours, none of which meets a boundary. */
static mfg_term index_inside(const mfg_writer *writer, uint32_t site, uint32_t count,
                             uint32_t axis) {
  int64_t distance = 0;
  for (uint32_t k = 0; k < count; k++)
    if (site_step(writer, site, k)->axis == axis) distance += site_step(writer, site, k)->offset;
  return distance == 0 ? index_text(writer, axis)
                       : mfg_term_format("(i%u %c %lld)", axis, distance < 0 ? '-' : '+',
                                         (long long)(distance < 0 ? -distance : distance));
}

/* The index along `axis` after the first `count` steps of a site. */
static mfg_term index_after(const mfg_writer *writer, uint32_t site, uint32_t count,
                            uint32_t axis) {
  if (writer->vector_axis == (int)axis) return index_inside(writer, site, count, axis);
  for (uint32_t k = count; k-- > 0;)
    if (site_step(writer, site, k)->axis == axis)
      return mfg_term_format("%c_at%u_%u", writer->prefix, site, k);
  return index_text(writer, axis);
}

static void write_step(mfg_writer *writer, uint32_t site, uint32_t k) {
  const mfg_kernel_step *step = site_step(writer, site, k);
  uint32_t number = mfg_kernel_site_at(writer->kernel, site - 1)->first + k;
  bool collapsed = is_collapsed(writer, step->axis);
  mfg_module *module = writer->module;
  mfg_term i = index_after(writer, site, k, step->axis), n = extent_text(writer, step->axis);
#define STEP(kind) mfg_field_step(module, MFG_FIELD_##kind, number, step, collapsed).text
  if (step->boundary == MFG_BOUNDARY_CONSTANT)
    MFG_ADD(writer, "  const bool %c_in%u_%u = %s >= %s && %s < %s;\n", writer->prefix, site, k,
            i.text, STEP(LOW), i.text, STEP(HIGH));
  MFG_ADD(writer, "  const mfg_index %c_at%u_%u = ", writer->prefix, site, k);
  switch (step->boundary) {
  case MFG_BOUNDARY_WRAP:
    MFG_ADD(writer, "mfg_wrap(%s, %s, %s)", i.text, STEP(BACK), n.text);
    break;
  case MFG_BOUNDARY_MIRROR:
    MFG_ADD(writer, "mfg_mirror(%s, %s, %s, %s)", i.text, STEP(BACK), STEP(FOLD), n.text);
    break;
  case MFG_BOUNDARY_CONSTANT:
    MFG_ADD(writer, "%c_in%u_%u ? %s + %s : %s", writer->prefix, site, k, i.text, STEP(SHIFT),
            i.text);
    break;
  default:
    if (step->offset < 0)
      MFG_ADD(writer, "mfg_clamp_down(%s, %s)", i.text, STEP(SHIFT));
    else
      MFG_ADD(writer, "mfg_clamp_up(%s, %s, %s)", i.text, STEP(SHIFT), n.text);
  }
#undef STEP
  MFG_ADD(writer, ";\n");
}

static bool uses_site(const mfg_span *section, uint32_t site) {
  for (uint32_t i = 0; i < section->count; i++) {
    const mfg_kernel_instruction *instruction = mfg_kernel_instruction_at(section, i);
    if (instruction->site == site &&
        (instruction->operation == MFG_OP_LOAD || instruction->operation == MFG_OP_INDEX))
      return true;
  }
  return false;
}

/* Appends the address of an element: `index[a]` along each axis. */
static void add_address(mfg_writer *writer, mfg_text *text, uint32_t operand,
                        const mfg_term *index) {
  const mfg_kernel_operand *described = mfg_kernel_operand_at(writer->kernel, operand);
  const char *separator = "";
  mfg_text_add(text, "operand%u[", operand);
  for (uint32_t axis = 0; axis < writer->kernel->rank; axis++) {
    uint8_t stride = described->stride_class[axis];
    if (stride == MFG_STRIDE_ZERO || strcmp(index[axis].text, "0") == 0) continue;
    mfg_text_add(text, "%s%s", separator, index[axis].text);
    if (stride == MFG_STRIDE_GENERAL)
      mfg_text_add(text, " * %s", mfg_field_stride(writer->module, operand, axis).text);
    separator = " + ";
  }
  mfg_text_add(text, "%s]", *separator ? "" : "0");
}

mfg_term mfg_element(mfg_writer *writer, uint32_t operand, uint32_t collapsed) {
  mfg_term index[MFG_MAX_RANK], element = {""};
  for (uint32_t axis = 0; axis < writer->kernel->rank; axis++)
    index[axis] = collapsed >> axis & 1 ? mfg_term_format("0") : mfg_term_format("i%u", axis);
  mfg_text text = {0};
  add_address(writer, &text, operand, index);
  if (text.failed || text.length >= sizeof element.text)
    writer->module->failed = true;
  else
    memcpy(element.text, text.data, text.length + 1);
  mfg_text_clear(&text);
  return element;
}

mfg_term mfg_place(mfg_writer *writer, uint32_t axes) {
  mfg_term place = {"0"};
  bool first = true;
  for (uint32_t axis = 0; axis < writer->kernel->rank; axis++) {
    if ((axes >> axis & 1) == 0) continue;
    place = first ? mfg_term_format("(long)i%u", axis)
                  : mfg_term_format("(%.200s) * %s + i%u", place.text,
                                    mfg_field_extent(writer->module, axis).text, axis);
    first = false;
  }
  return place;
}

void mfg_write_indices(mfg_writer *writer, uint32_t axes, const char *name, bool constant) {
  const char *qualifier = constant ? "const " : "";
  bool several = (axes & (axes - 1)) != 0;
  if (several) MFG_ADD(writer, "  long rest_of_%s = %s;\n", name, name);
  for (uint32_t axis = writer->kernel->rank; axis-- > 0;) {
    if ((axes >> axis & 1) == 0) continue;
    axes &= ~(UINT32_C(1) << axis);
    mfg_term n = mfg_field_extent(writer->module, axis);
    if (axes == 0)
      MFG_ADD(writer, "  %smfg_index i%u = (mfg_index)%s%s;\n", qualifier, axis,
              several ? "rest_of_" : "", name);
    else
      MFG_ADD(writer, "  %smfg_index i%u = (mfg_index)(rest_of_%s %% %s);\n  rest_of_%s /= %s;\n",
              qualifier, axis, name, n.text, name, n.text);
  }
}

/* ---- values --------------------------------------------------------------------------------- */

static const mfg_kernel_instruction *at(const mfg_writer *writer, int32_t position) {
  return mfg_kernel_instruction_at(writer->section, (uint32_t)position);
}

static bool has_constant_step(const mfg_writer *writer, uint32_t site) {
  if (site == MFG_SITE_HERE) return false;
  for (uint32_t k = 0; k < mfg_kernel_site_at(writer->kernel, site - 1)->count; k++)
    if (site_step(writer, site, k)->boundary == MFG_BOUNDARY_CONSTANT) return true;
  return false;
}

/* A value that is written where it is used, not into a variable of its own. */
static bool is_inline(const mfg_writer *writer, const mfg_kernel_instruction *instruction) {
  switch (instruction->operation) {
  case MFG_OP_CONSTANT:
  case MFG_OP_SCALAR:
  case MFG_OP_EXTENT:
  case MFG_OP_RESULT: return true;
  case MFG_OP_LOAD:
    return is_parameter(writer, instruction->slot) && !has_constant_step(writer, instruction->site);
  default: return false;
  }
}

static mfg_term inline_value(mfg_writer *writer, const mfg_kernel_instruction *instruction) {
  switch (instruction->operation) {
  case MFG_OP_CONSTANT: return mfg_literal(instruction->type, instruction->value);
  case MFG_OP_SCALAR:
    return mfg_term_format(
        instruction->type == MFG_BOOL ? "(%s != 0)" : "%s",
        mfg_field_scalar(writer->module, instruction->slot, instruction->type).text);
  case MFG_OP_EXTENT:
    return mfg_term_format("(long)%s", extent_text(writer, instruction->axis).text);
  default: return mfg_term_format("parameter%u", instruction->slot);
  }
}

mfg_term mfg_value(mfg_writer *writer, int32_t position) {
  const mfg_kernel_instruction *instruction = at(writer, position);
  if (!is_inline(writer, instruction)) return mfg_term_format("%c%d", writer->prefix, position);
  if (instruction->operation == MFG_OP_RESULT)
    return mfg_term_format("result%u", instruction->slot);
  return mfg_spread(writer, instruction->type, inline_value(writer, instruction));
}

/* The element of an operand at an index along each axis. */
static void add_load(mfg_writer *writer, uint32_t operand, const mfg_term *index) {
  if (writer->vector_axis < 0) {
    add_address(writer, &writer->body, operand, index);
    return;
  }
  mfg_text element = {0};
  add_address(writer, &element, operand, index);
  if (element.failed)
    writer->module->failed = true;
  else
    mfg_add_vector_load(writer, operand, element.data);
  mfg_text_clear(&element);
}

static void write_load(mfg_writer *writer, const mfg_kernel_instruction *instruction) {
  mfg_term index[MFG_MAX_RANK];
  uint32_t site = instruction->site;
  uint32_t count = site ? mfg_kernel_site_at(writer->kernel, site - 1)->count : 0;
  for (uint32_t k = 0; k < count; k++) {
    const mfg_kernel_step *step = site_step(writer, site, k);
    if (step->boundary == MFG_BOUNDARY_CONSTANT && (int)step->axis != writer->vector_axis)
      MFG_ADD(
          writer, "!%c_in%u_%u ? %s : ", writer->prefix, site, k,
          mfg_spread(writer, instruction->type, mfg_literal(instruction->type, step->fill)).text);
  }
  if (is_parameter(writer, instruction->slot)) {
    MFG_ADD(writer, "%s",
            mfg_spread(writer, instruction->type, inline_value(writer, instruction)).text);
    return;
  }
  for (uint32_t axis = 0; axis < writer->kernel->rank; axis++)
    index[axis] = index_after(writer, site, count, axis);
  add_load(writer, instruction->slot, index);
  if (instruction->type == MFG_BOOL) MFG_ADD(writer, " != 0");
}

static void write_gather(mfg_writer *writer, const mfg_kernel_instruction *instruction) {
  mfg_term index[MFG_MAX_RANK];
  for (uint32_t axis = 0; axis < writer->kernel->rank; axis++)
    index[axis] = index_text(writer, axis);
  index[instruction->axis] =
      mfg_term_format("mfg_within(%s, %s)", mfg_value(writer, instruction->arguments[0]).text,
                      mfg_field_limit(writer->module, instruction->slot, instruction->axis).text);
  add_address(writer, &writer->body, instruction->slot, index);
  if (instruction->type == MFG_BOOL) MFG_ADD(writer, " != 0");
}

static void write_instruction(mfg_writer *writer, uint32_t position) {
  const mfg_kernel_instruction *instruction = at(writer, (int32_t)position);
  if (is_inline(writer, instruction)) return;
  MFG_ADD(writer, "  const %s %c%u = ", mfg_lane_type_text(writer, instruction->type),
          writer->prefix, position);
  if (mfg_carried_from(writer, position) >= 0) {
    MFG_ADD(writer, "i%d == %s ? ", writer->carry_axis, writer->carry_first);
    write_load(writer, instruction);
    MFG_ADD(writer, " : carried%u%s", position, writer->carry_suffix);
  } else if (instruction->operation == MFG_OP_LOAD) {
    write_load(writer, instruction);
  } else if (instruction->operation == MFG_OP_GATHER) {
    write_gather(writer, instruction);
  } else if (instruction->operation == MFG_OP_INDEX) {
    uint32_t site = instruction->site;
    uint32_t count = site ? mfg_kernel_site_at(writer->kernel, site - 1)->count : 0;
    mfg_term index = index_after(writer, site, count, instruction->axis);
    MFG_ADD(writer, "%s", mfg_spread(writer, MFG_INT64, index).text);
    if ((int)instruction->axis == writer->vector_axis)
      MFG_ADD(writer, " + (long8)(0, 1, 2, 3, 4, 5, 6, 7)");
  } else {
    mfg_term arguments[3];
    for (int i = 0; i < 3 && instruction->arguments[i] >= 0; i++)
      arguments[i] = mfg_value(writer, instruction->arguments[i]);
    MFG_ADD(writer, "%s",
            mfg_operation_text(writer, instruction->operation, instruction->type,
                               at(writer, instruction->arguments[0])->type, arguments)
                .text);
  }
  MFG_ADD(writer, ";\n");
}

void mfg_write_section(mfg_writer *writer) {
  for (uint32_t site = 1; site <= writer->kernel->sites.count; site++) {
    if (!uses_site(writer->section, site)) continue;
    for (uint32_t k = 0; k < mfg_kernel_site_at(writer->kernel, site - 1)->count; k++)
      if ((int)site_step(writer, site, k)->axis != writer->vector_axis) write_step(writer, site, k);
  }
  for (uint32_t i = 0; i < writer->section->count; i++)
    write_instruction(writer, i);
  mfg_carry_on(writer);
}

void mfg_write_outputs(mfg_writer *writer) {
  for (uint32_t i = 0; i < writer->kernel->outputs.count; i++) {
    const mfg_kernel_output *output = mfg_kernel_output_at(writer->kernel, i);
    mfg_term element = mfg_element(writer, output->operand, writer->collapsed);
    mfg_term value = mfg_value(writer, output->value);
    if (writer->vector_axis >= 0)
      mfg_write_vector_store(writer, output->operand, element.text, value.text);
    else
      MFG_ADD(writer, "  %s = %s;\n", element.text, value.text);
  }
  for (uint32_t i = 0; i < writer->shape->stored_count; i++) {
    const mfg_accumulator *stored = &writer->shape->stored[i];
    MFG_ADD(writer, "  ((MFG_GLOBAL %s *)(scratch + %s))[%s] = %s;\n",
            mfg_memory_type_text(stored->type),
            mfg_field_scratch(writer->module, MFG_SCRATCH_STORED + i).text,
            mfg_place(writer, mfg_all_axes(writer->kernel->rank)).text,
            mfg_value(writer, stored->value).text);
  }
}
