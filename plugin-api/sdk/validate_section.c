/* SPDX-License-Identifier: MIT */
/* The rules for instructions: arguments, types, and fields that an operation does not use. */
#include "validate.h"

/* The instruction under examination. */
struct place {
  const mfg_validation *validation;
  const mfg_span *section;
  const mfg_kernel_instruction *instruction;
  uint32_t position;
  bool in_epilogue;
};

#define FAIL(place, status, format, ...)                                                           \
  mfg_plugin_error_set((place)->validation->error, status, 0, "%s instruction %u (%s): " format,   \
                       (place)->in_epilogue ? "epilogue" : "prologue",                             \
                       (unsigned)(place)->position,                                                \
                       mfg_operation_name((place)->instruction->operation), __VA_ARGS__)
#define INVALID(place, ...) FAIL(place, MFG_ERROR_INVALID_ARGUMENT, __VA_ARGS__)

static mfg_dtype argument_type(const struct place *place, int argument) {
  uint32_t position = (uint32_t)place->instruction->arguments[argument];
  return mfg_kernel_instruction_at(place->section, position)->type;
}

static mfg_status check_arguments(const struct place *place, int arity) {
  for (int i = 0; i < 3; i++) {
    int32_t argument = place->instruction->arguments[i];
    if (i >= arity && argument != -1)
      return INVALID(place, "unused argument %d is %d, expected -1", i, (int)argument);
    if (i < arity && (argument < 0 || (uint32_t)argument >= place->position))
      return INVALID(place, "argument %d is %d, expected an earlier position, 0 <= argument < %u",
                     i, (int)argument, (unsigned)place->position);
  }
  return MFG_OK;
}

static mfg_status check_unused(const struct place *place, bool axis, bool site, bool slot,
                               bool value) {
  const mfg_kernel_instruction *instruction = place->instruction;
  if (!axis && instruction->axis != 0)
    return INVALID(place, "unused axis is %u, expected 0", (unsigned)instruction->axis);
  if (!site && instruction->site != 0)
    return INVALID(place, "unused site is %u, expected 0", (unsigned)instruction->site);
  if (!slot && instruction->slot != 0)
    return INVALID(place, "unused slot is %u, expected 0", (unsigned)instruction->slot);
  if (!value && instruction->value.bits != 0)
    return INVALID(place, "unused value is not zero, expected %d", 0);
  if (axis && instruction->axis >= place->validation->kernel->rank)
    return INVALID(place, "axis is %u, expected less than the rank, %u",
                   (unsigned)instruction->axis, (unsigned)place->validation->kernel->rank);
  if (site && instruction->site > place->validation->kernel->sites.count)
    return INVALID(place, "site is %u, expected at most the number of sites, %u",
                   (unsigned)instruction->site, (unsigned)place->validation->kernel->sites.count);
  return MFG_OK;
}

static mfg_status check_type(const struct place *place, mfg_dtype expected, const char *reason) {
  if (place->instruction->type == expected) return MFG_OK;
  return INVALID(place, "type is %s, expected %s, %s", mfg_dtype_name(place->instruction->type),
                 mfg_dtype_name(expected), reason);
}

static mfg_status check_constant(const struct place *place) {
  mfg_status status = check_arguments(place, 0);
  if (status == MFG_OK) status = check_unused(place, false, false, false, true);
  if (status != MFG_OK) return status;
  if (place->instruction->type == MFG_BOOL && place->instruction->value.boolean > 1)
    return INVALID(place, "bool value is %u, expected 0 or 1",
                   (unsigned)place->instruction->value.boolean);
  return MFG_OK;
}

static mfg_status check_scalar(const struct place *place) {
  const mfg_kernel_description *kernel = place->validation->kernel;
  mfg_status status = check_arguments(place, 0);
  if (status == MFG_OK) status = check_unused(place, false, false, true, false);
  if (status != MFG_OK) return status;
  uint32_t slot = place->instruction->slot;
  if (slot >= kernel->scalars.count)
    return INVALID(place, "slot is %u, expected less than the number of scalars, %u",
                   (unsigned)slot, (unsigned)kernel->scalars.count);
  return check_type(place, mfg_kernel_scalar_type(kernel, slot), "the scalar's type");
}

/* Loads of operands: the operand must be there, of this type, and readable in this way. */
static mfg_status check_operand(const struct place *place, uint8_t flags) {
  const mfg_kernel_description *kernel = place->validation->kernel;
  uint32_t slot = place->instruction->slot;
  if (slot >= kernel->operands.count)
    return INVALID(place, "slot is %u, expected less than the number of operands, %u",
                   (unsigned)slot, (unsigned)kernel->operands.count);
  const mfg_kernel_operand *operand = mfg_kernel_operand_at(kernel, slot);
  if (operand->flags != flags)
    return INVALID(place, "operand %u has flags %u, expected %u (%s)", (unsigned)slot,
                   (unsigned)operand->flags, (unsigned)flags,
                   flags == MFG_OPERAND_READ ? "READ" : "READ and GATHER");
  if (place->validation->uses[slot] < UINT32_MAX) place->validation->uses[slot]++;
  return check_type(place, operand->type, "the operand's type");
}

static mfg_status check_load(const struct place *place) {
  const mfg_kernel_description *kernel = place->validation->kernel;
  mfg_status status = check_arguments(place, 0);
  if (status == MFG_OK) status = check_unused(place, false, true, true, false);
  if (status == MFG_OK) status = check_operand(place, MFG_OPERAND_READ);
  if (status != MFG_OK) return status;
  if (place->instruction->site == MFG_SITE_HERE || place->instruction->type != MFG_BOOL)
    return MFG_OK;
  const mfg_kernel_site *site = mfg_kernel_site_at(kernel, place->instruction->site - 1);
  for (uint32_t k = 0; k < site->count; k++)
    if (mfg_kernel_step_at(kernel, site->first + k)->fill.boolean > 1)
      return INVALID(place, "step %u fills a bool with %u, expected 0 or 1",
                     (unsigned)(site->first + k),
                     (unsigned)mfg_kernel_step_at(kernel, site->first + k)->fill.boolean);
  return MFG_OK;
}

static mfg_status check_index(const struct place *place) {
  const mfg_kernel_description *kernel = place->validation->kernel;
  mfg_status status = check_arguments(place, 0);
  if (status == MFG_OK) status = check_unused(place, true, true, false, false);
  if (status == MFG_OK) status = check_type(place, MFG_INT64, "as every index");
  if (status != MFG_OK || place->instruction->site == MFG_SITE_HERE) return status;
  const mfg_kernel_site *site = mfg_kernel_site_at(kernel, place->instruction->site - 1);
  for (uint32_t k = 0; k < site->count; k++)
    if (mfg_kernel_step_at(kernel, site->first + k)->boundary == MFG_BOUNDARY_CONSTANT)
      return INVALID(place, "step %u of site %u has a constant boundary, expected another",
                     (unsigned)(site->first + k), (unsigned)place->instruction->site);
  return MFG_OK;
}

static mfg_status check_extent(const struct place *place) {
  mfg_status status = check_arguments(place, 0);
  if (status == MFG_OK) status = check_unused(place, true, false, false, false);
  if (status == MFG_OK) status = check_type(place, MFG_INT64, "as every extent");
  return status;
}

static mfg_status check_gather(const struct place *place) {
  mfg_status status = check_arguments(place, 1);
  if (status == MFG_OK) status = check_unused(place, true, false, true, false);
  if (status == MFG_OK) status = check_operand(place, MFG_OPERAND_READ | MFG_OPERAND_GATHER);
  if (status != MFG_OK) return status;
  mfg_dtype index = argument_type(place, 0);
  if (index != MFG_INT32 && index != MFG_INT64)
    return INVALID(place, "argument 0 is %s, expected int32 or int64", mfg_dtype_name(index));
  return MFG_OK;
}

static mfg_status check_result(const struct place *place) {
  const mfg_kernel_description *kernel = place->validation->kernel;
  mfg_status status = check_arguments(place, 0);
  if (status == MFG_OK) status = check_unused(place, false, false, true, false);
  if (status != MFG_OK) return status;
  if (!place->in_epilogue)
    return INVALID(place, "stands in the %s, expected only in the epilogue", "prologue");
  if (place->instruction->slot >= kernel->pattern->count)
    return INVALID(place, "slot is %u, expected less than the number of results, %u",
                   (unsigned)place->instruction->slot, (unsigned)kernel->pattern->count);
  return check_type(place, mfg_validate_result_type(kernel, place->instruction->slot),
                    "the result's type");
}

/* Whether `operation` under `rule` takes arguments of `type`. */
static bool rule_takes(int rule, uint32_t operation, mfg_dtype type) {
  bool order = operation == MFG_OP_LESS || operation == MFG_OP_LESS_EQUAL ||
               operation == MFG_OP_GREATER || operation == MFG_OP_GREATER_EQUAL;
  bool shift = operation == MFG_OP_BITWISE_LEFT_SHIFT || operation == MFG_OP_BITWISE_RIGHT_SHIFT;
  switch (rule) {
  case MFG_RULE_NUMERIC: return mfg_type_is_numeric(type);
  case MFG_RULE_REAL:
  case MFG_RULE_CLASSIFY: return mfg_type_is_float(type);
  case MFG_RULE_COMPARE: return !(order && type == MFG_BOOL);
  case MFG_RULE_LOGIC: return type == MFG_BOOL;
  case MFG_RULE_BITS: return mfg_type_is_integer(type) || (type == MFG_BOOL && !shift);
  default: return true;
  }
}

static const char *rule_expectation(int rule) {
  switch (rule) {
  case MFG_RULE_NUMERIC: return "an integer or float type";
  case MFG_RULE_REAL:
  case MFG_RULE_CLASSIFY: return "a float type";
  case MFG_RULE_COMPARE: return "a type that has an order";
  case MFG_RULE_LOGIC: return "bool";
  default: return "an integer type (or bool, except for shifts)";
  }
}

static mfg_status check_choose(const struct place *place) {
  if (argument_type(place, 0) != MFG_BOOL)
    return INVALID(place, "argument 0 is %s, expected bool",
                   mfg_dtype_name(argument_type(place, 0)));
  for (int i = 1; i < 3; i++)
    if (argument_type(place, i) != place->instruction->type)
      return INVALID(place, "argument %d is %s, expected the type of the value, %s", i,
                     mfg_dtype_name(argument_type(place, i)),
                     mfg_dtype_name(place->instruction->type));
  return MFG_OK;
}

static mfg_status check_elementwise(const struct place *place) {
  uint32_t operation = place->instruction->operation;
  int arity = mfg_operation_arity(operation), rule = mfg_operation_type_rule(operation);
  mfg_status status = check_arguments(place, arity);
  if (status == MFG_OK) status = check_unused(place, false, false, false, false);
  if (status != MFG_OK || rule == MFG_RULE_CONVERT) return status;
  if (rule == MFG_RULE_CHOOSE) return check_choose(place);
  mfg_dtype shared = argument_type(place, 0);
  if (!rule_takes(rule, operation, shared))
    return INVALID(place, "argument 0 is %s, expected %s", mfg_dtype_name(shared),
                   rule_expectation(rule));
  for (int i = 1; i < arity; i++)
    if (argument_type(place, i) != shared)
      return INVALID(place, "argument %d is %s, expected the type of argument 0, %s", i,
                     mfg_dtype_name(argument_type(place, i)), mfg_dtype_name(shared));
  bool yields_bool =
      rule == MFG_RULE_COMPARE || rule == MFG_RULE_LOGIC || rule == MFG_RULE_CLASSIFY;
  return check_type(place, yields_bool ? MFG_BOOL : shared,
                    yields_bool ? "as the operation yields" : "the type of its arguments");
}

static mfg_status check_instruction(const struct place *place) {
  const mfg_kernel_instruction *instruction = place->instruction;
  if (mfg_operation_name(instruction->operation) == NULL)
    return mfg_plugin_error_set(place->validation->error, MFG_ERROR_UNSUPPORTED, 0,
                                "%s instruction %u: operation is %u, which ABI %d.%d does not know",
                                place->in_epilogue ? "epilogue" : "prologue",
                                (unsigned)place->position, (unsigned)instruction->operation,
                                MFG_ABI_MAJOR, MFG_ABI_MINOR);
  if (!mfg_validate_type_known(instruction->type))
    return FAIL(place, MFG_ERROR_UNSUPPORTED,
                "type is %u (%s), expected bool, an integer or a float type",
                (unsigned)instruction->type, mfg_dtype_name(instruction->type));
  switch (instruction->operation) {
  case MFG_OP_CONSTANT: return check_constant(place);
  case MFG_OP_SCALAR: return check_scalar(place);
  case MFG_OP_LOAD: return check_load(place);
  case MFG_OP_INDEX: return check_index(place);
  case MFG_OP_EXTENT: return check_extent(place);
  case MFG_OP_GATHER: return check_gather(place);
  case MFG_OP_RESULT: return check_result(place);
  default: return check_elementwise(place);
  }
}

mfg_status mfg_validate_section(const mfg_validation *validation, const mfg_span *section,
                                bool in_epilogue) {
  struct place place = {.validation = validation, .section = section, .in_epilogue = in_epilogue};
  for (uint32_t i = 0; i < section->count; i++) {
    place.position = i;
    place.instruction = mfg_kernel_instruction_at(section, i);
    mfg_status status = check_instruction(&place);
    if (status != MFG_OK) return status;
  }
  return MFG_OK;
}

mfg_dtype mfg_validate_result_type(const mfg_kernel_description *kernel, uint32_t slot) {
  const mfg_kernel_pattern *pattern = kernel->pattern;
  if (slot >= pattern->count || slot >= MFG_MAX_RESULTS) return 0;
  mfg_dtype type =
      mfg_kernel_instruction_at(&kernel->prologue, (uint32_t)pattern->values[slot])->type;
  if (pattern->kind == MFG_PATTERN_REDUCE)
    return mfg_reduction_type(pattern->operations[slot], type);
  return type;
}
