/* SPDX-License-Identifier: MIT */
/* Decoding a section of instructions once and evaluating it at one index after the other. */
#include "reference.h"

#include <stdlib.h>
#include <string.h>

/* ---- decoding ------------------------------------------------------------------------------- */

mfg_reference_function mfg_reference_lookup(uint32_t operation, mfg_dtype type,
                                            mfg_dtype argument) {
  switch (mfg_operation_type_rule(operation)) {
  case MFG_RULE_NUMERIC:
  case MFG_RULE_REAL:
    return mfg_type_is_float(type) ? mfg_reference_real(operation, type)
                                   : mfg_reference_integer(operation, type);
  case MFG_RULE_BITS:
    return type == MFG_BOOL ? mfg_reference_logic(operation, type)
                            : mfg_reference_integer(operation, type);
  case MFG_RULE_COMPARE:
  case MFG_RULE_LOGIC:
  case MFG_RULE_CLASSIFY:
  case MFG_RULE_CHOOSE: return mfg_reference_logic(operation, argument);
  case MFG_RULE_CONVERT: return mfg_reference_convert(type, argument);
  default: return NULL;
  }
}

/* Values that do not depend on the index are stored at once and need no step. */
static bool decode_invariant(mfg_reference_section *section, uint32_t position,
                             const mfg_kernel_instruction *instruction,
                             const mfg_kernel_launch *launch) {
  mfg_scalar *value = &section->values[position];
  switch (instruction->operation) {
  case MFG_OP_CONSTANT: *value = instruction->value; return true;
  case MFG_OP_SCALAR: *value = mfg_kernel_scalar_at(launch, instruction->slot); return true;
  case MFG_OP_EXTENT: value->int64 = section->extents[instruction->axis]; return true;
  default: return false;
  }
}

static void decode(mfg_reference_section *section, const mfg_span *span, uint32_t position,
                   const mfg_kernel_launch *launch) {
  const mfg_kernel_instruction *instruction = mfg_kernel_instruction_at(span, position);
  if (decode_invariant(section, position, instruction, launch)) return;
  mfg_reference_step *step = &section->steps[section->step_count++];
  *step = (mfg_reference_step){.instruction = instruction, .target = position};
  for (int i = 0; i < 3; i++)
    if (instruction->arguments[i] >= 0) step->arguments[i] = (uint32_t)instruction->arguments[i];
  if (instruction->arguments[0] >= 0)
    step->argument_type = mfg_kernel_instruction_at(span, step->arguments[0])->type;
  step->function =
      mfg_reference_lookup(instruction->operation, instruction->type, step->argument_type);
}

bool mfg_reference_section_open(mfg_reference_section *section, const mfg_span *span,
                                const mfg_kernel_launch *launch) {
  section->steps = calloc((size_t)span->count + 1, sizeof *section->steps);
  section->values = calloc((size_t)span->count + 1, sizeof *section->values);
  if (section->steps == NULL || section->values == NULL) return false;
  for (uint32_t i = 0; i < span->count; i++)
    decode(section, span, i, launch);
  return true;
}

void mfg_reference_section_close(mfg_reference_section *section) {
  free(section->steps);
  free(section->values);
}

/* ---- sites ---------------------------------------------------------------------------------- */

/* The number in [0, extent) that is congruent to `value`. */
static int64_t modulo(int64_t value, int64_t extent) {
  int64_t remainder = value % extent;
  return remainder < 0 ? remainder + extent : remainder;
}

/* Moves an index inside [0, extent) by a step; false where a constant boundary was crossed. */
static bool move(int64_t *index, const mfg_kernel_step *step, int64_t extent) {
  int64_t moved;
  bool overflow = __builtin_add_overflow(*index, step->offset, &moved);
  if (!overflow && moved >= 0 && moved < extent) {
    *index = moved;
    return true;
  }
  switch (step->boundary) {
  case MFG_BOUNDARY_WRAP:
    *index = modulo(*index + modulo(step->offset, extent), extent);
    return true;
  case MFG_BOUNDARY_CLAMP: *index = step->offset < 0 ? 0 : extent - 1; return true;
  case MFG_BOUNDARY_MIRROR:
    moved = modulo(*index + modulo(step->offset, 2 * extent), 2 * extent);
    *index = moved < extent ? moved : 2 * extent - 1 - moved;
    return true;
  default: return false;
  }
}

/* Applies the steps of site number `site` to `index`; where a constant boundary was crossed, the
 * step that says what to load instead, else NULL. */
static const mfg_kernel_step *apply_site(const mfg_reference_section *section, uint32_t site,
                                         int64_t *index) {
  const mfg_kernel_site *steps = mfg_kernel_site_at(section->kernel, site - 1);
  for (uint32_t k = 0; k < steps->count; k++) {
    const mfg_kernel_step *step = mfg_kernel_step_at(section->kernel, steps->first + k);
    if (!move(&index[step->axis], step, section->extents[step->axis])) return step;
  }
  return NULL;
}

/* ---- evaluation ----------------------------------------------------------------------------- */

static mfg_scalar read_element(const mfg_reference_operand *operand, const int64_t *index,
                               uint32_t rank) {
  const char *address = operand->base;
  for (uint32_t axis = 0; axis < rank; axis++)
    address += index[axis] * operand->strides[axis] * (int64_t)operand->size;
  mfg_scalar value = {.bits = 0};
  memcpy(&value, address, operand->size);
  if (operand->is_bool) value.boolean = value.boolean != 0;
  return value;
}

static mfg_scalar load(const mfg_reference_section *section,
                       const mfg_kernel_instruction *instruction, const int64_t *index) {
  const mfg_reference_operand *operand = &section->operands[instruction->slot];
  uint32_t rank = section->kernel->rank;
  if (instruction->site == MFG_SITE_HERE) return read_element(operand, index, rank);
  int64_t place[MFG_MAX_RANK];
  memcpy(place, index, rank * sizeof place[0]);
  const mfg_kernel_step *crossed = apply_site(section, instruction->site, place);
  return crossed != NULL ? crossed->fill : read_element(operand, place, rank);
}

static mfg_scalar index_value(const mfg_reference_section *section,
                              const mfg_kernel_instruction *instruction, const int64_t *index) {
  int64_t place[MFG_MAX_RANK];
  memcpy(place, index, section->kernel->rank * sizeof place[0]);
  if (instruction->site != MFG_SITE_HERE) apply_site(section, instruction->site, place);
  return (mfg_scalar){.int64 = place[instruction->axis]};
}

static mfg_scalar gather(const mfg_reference_section *section, const mfg_reference_step *step,
                         const int64_t *index) {
  const mfg_reference_operand *operand = &section->operands[step->instruction->slot];
  uint32_t rank = section->kernel->rank, axis = step->instruction->axis;
  const mfg_scalar *argument = &section->values[step->arguments[0]];
  int64_t place[MFG_MAX_RANK];
  memcpy(place, index, rank * sizeof place[0]);
  int64_t wanted = step->argument_type == MFG_INT32 ? argument->int32 : argument->int64;
  int64_t last = operand->extents[axis] - 1;
  place[axis] = wanted < 0 ? 0 : wanted > last ? last : wanted;
  return read_element(operand, place, rank);
}

static mfg_scalar fetch(const mfg_reference_section *section, const mfg_reference_step *step,
                        const int64_t *index) {
  switch (step->instruction->operation) {
  case MFG_OP_LOAD: return load(section, step->instruction, index);
  case MFG_OP_INDEX: return index_value(section, step->instruction, index);
  case MFG_OP_GATHER: return gather(section, step, index);
  default: return section->results[step->instruction->slot];
  }
}

void mfg_reference_section_run(const mfg_reference_section *section, const int64_t *index) {
  mfg_scalar *values = section->values;
  for (uint32_t i = 0; i < section->step_count; i++) {
    const mfg_reference_step *step = &section->steps[i];
    const uint32_t *arguments = step->arguments;
    if (step->function != NULL)
      step->function(&values[step->target], &values[arguments[0]], &values[arguments[1]],
                     &values[arguments[2]]);
    else
      values[step->target] = fetch(section, step, index);
  }
}
