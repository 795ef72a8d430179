/* SPDX-License-Identifier: MIT */
/* The rules of kernel.h for everything but the instructions themselves. */
#include "validate.h"

#include <stdlib.h>

#define INVALID(validation, ...)                                                                   \
  mfg_plugin_error_set((validation)->error, MFG_ERROR_INVALID_ARGUMENT, 0, __VA_ARGS__)
#define UNSUPPORTED(validation, ...)                                                               \
  mfg_plugin_error_set((validation)->error, MFG_ERROR_UNSUPPORTED, 0, __VA_ARGS__)

/* ---- spans ---------------------------------------------------------------------------------- */

static mfg_status check_span(const mfg_validation *v, const mfg_span *span, const char *name,
                             size_t size, size_t alignment) {
  if (span->count == 0) return MFG_OK;
  if (span->first == NULL)
    return INVALID(v, "%s: pointer is NULL with count %u, expected an address", name,
                   (unsigned)span->count);
  if (span->stride < size)
    return INVALID(v, "%s: stride is %u, expected at least %zu", name, (unsigned)span->stride,
                   size);
  if (span->stride % alignment != 0 || (uintptr_t)span->first % alignment != 0)
    return INVALID(v, "%s: address or stride %u is not aligned, expected a multiple of %zu", name,
                   (unsigned)span->stride, alignment);
  return MFG_OK;
}

#define CHECK_SPAN(v, field, type)                                                                 \
  check_span(v, &(v)->kernel->field, #field, sizeof(type), _Alignof(type))

static mfg_status check_spans(const mfg_validation *v) {
  mfg_status status = CHECK_SPAN(v, operands, mfg_kernel_operand);
  if (status == MFG_OK) status = CHECK_SPAN(v, scalars, mfg_kernel_scalar);
  if (status == MFG_OK) status = CHECK_SPAN(v, sites, mfg_kernel_site);
  if (status == MFG_OK) status = CHECK_SPAN(v, steps, mfg_kernel_step);
  if (status == MFG_OK) status = CHECK_SPAN(v, prologue, mfg_kernel_instruction);
  if (status == MFG_OK) status = CHECK_SPAN(v, epilogue, mfg_kernel_instruction);
  if (status == MFG_OK) status = CHECK_SPAN(v, outputs, mfg_kernel_output);
  if (status == MFG_OK) status = CHECK_SPAN(v, reductions, mfg_kernel_reduction);
  if (status != MFG_OK) return status;
  if (v->kernel->prologue.count > INT32_MAX || v->kernel->epilogue.count > INT32_MAX)
    return INVALID(v, "prologue or epilogue: more than %d instructions", INT32_MAX);
  if (v->kernel->outputs.count > MFG_MAX_RESULTS)
    return INVALID(v, "outputs: count is %u, expected at most %d",
                   (unsigned)v->kernel->outputs.count, MFG_MAX_RESULTS);
  if (v->kernel->reductions.count > MFG_MAX_RESULTS)
    return INVALID(v, "reductions: count is %u, expected at most %d",
                   (unsigned)v->kernel->reductions.count, MFG_MAX_RESULTS);
  if (v->kernel->outputs.count + v->kernel->reductions.count == 0)
    return INVALID(v, "outputs and reductions: both are empty, expected at least one of them");
  return MFG_OK;
}

static mfg_status check_frame(const mfg_validation *v) {
  const mfg_kernel_description *kernel = v->kernel;
  if (kernel->struct_size < sizeof(mfg_kernel_description))
    return INVALID(v, "description: struct_size is %u, expected at least %zu",
                   (unsigned)kernel->struct_size, sizeof(mfg_kernel_description));
  if (kernel->rank > MFG_MAX_RANK)
    return INVALID(v, "description: rank is %u, expected at most %d", (unsigned)kernel->rank,
                   MFG_MAX_RANK);
  if (kernel->index_width != 32 && kernel->index_width != 64)
    return INVALID(v, "description: index_width is %u, expected 32 or 64",
                   (unsigned)kernel->index_width);
  if (kernel->reserved[0] != 0 || kernel->reserved[1] != 0)
    return INVALID(v, "description: reserved bytes are not zero, expected 0");
  if (kernel->pattern == NULL || (uintptr_t)kernel->pattern % _Alignof(mfg_kernel_pattern) != 0)
    return INVALID(v, "description: pattern is NULL or not aligned, expected an address");
  if (kernel->pattern->struct_size < sizeof(mfg_kernel_pattern))
    return INVALID(v, "pattern: struct_size is %u, expected at least %zu",
                   (unsigned)kernel->pattern->struct_size, sizeof(mfg_kernel_pattern));
  return check_spans(v);
}

/* ---- operands, scalars, sites --------------------------------------------------------------- */

static mfg_status check_operand(const mfg_validation *v, uint32_t i) {
  const mfg_kernel_operand *operand = mfg_kernel_operand_at(v->kernel, i);
  if (!mfg_validate_type_known(operand->type))
    return UNSUPPORTED(v, "operand %u: type is %u (%s), expected bool, an integer or a float type",
                       (unsigned)i, (unsigned)operand->type, mfg_dtype_name(operand->type));
  if (operand->flags != MFG_OPERAND_READ && operand->flags != MFG_OPERAND_WRITE &&
      operand->flags != (MFG_OPERAND_READ | MFG_OPERAND_GATHER))
    return INVALID(v, "operand %u: flags are %u, expected READ, READ and GATHER, or WRITE",
                   (unsigned)i, (unsigned)operand->flags);
  for (uint32_t axis = 0; axis < MFG_MAX_RANK; axis++) {
    if (axis < v->kernel->rank && operand->stride_class[axis] > MFG_STRIDE_UNIT)
      return INVALID(v, "operand %u: stride class along axis %u is %u, expected at most %d",
                     (unsigned)i, (unsigned)axis, (unsigned)operand->stride_class[axis],
                     MFG_STRIDE_UNIT);
    if (axis >= v->kernel->rank && operand->stride_class[axis] != 0)
      return INVALID(v,
                     "operand %u: stride class beyond the rank, along axis %u, is %u, expected 0",
                     (unsigned)i, (unsigned)axis, (unsigned)operand->stride_class[axis]);
  }
  if (operand->reserved[0] != 0 || operand->reserved[1] != 0)
    return INVALID(v, "operand %u: reserved bytes are not zero, expected 0", (unsigned)i);
  return MFG_OK;
}

static mfg_status check_scalar(const mfg_validation *v, uint32_t i) {
  const mfg_kernel_scalar *scalar = mfg_span_at(&v->kernel->scalars, i);
  if (!mfg_validate_type_known(scalar->type))
    return UNSUPPORTED(v, "scalar %u: type is %u (%s), expected bool, an integer or a float type",
                       (unsigned)i, (unsigned)scalar->type, mfg_dtype_name(scalar->type));
  if (scalar->reserved[0] != 0 || scalar->reserved[1] != 0 || scalar->reserved[2] != 0)
    return INVALID(v, "scalar %u: reserved bytes are not zero, expected 0", (unsigned)i);
  return MFG_OK;
}

static mfg_status check_step(const mfg_validation *v, uint32_t i) {
  const mfg_kernel_step *step = mfg_kernel_step_at(v->kernel, i);
  if (step->boundary < MFG_BOUNDARY_WRAP || step->boundary > MFG_BOUNDARY_CONSTANT)
    return UNSUPPORTED(v, "step %u: boundary is %u, expected wrap, clamp, mirror or constant",
                       (unsigned)i, (unsigned)step->boundary);
  if (step->axis >= v->kernel->rank)
    return INVALID(v, "step %u: axis is %u, expected less than the rank, %u", (unsigned)i,
                   (unsigned)step->axis, (unsigned)v->kernel->rank);
  if (step->boundary != MFG_BOUNDARY_CONSTANT && step->fill.bits != 0)
    return INVALID(v, "step %u: fill is not zero, expected 0 unless the boundary is constant",
                   (unsigned)i);
  for (size_t k = 0; k < sizeof(step->reserved); k++)
    if (step->reserved[k] != 0)
      return INVALID(v, "step %u: reserved bytes are not zero, expected 0", (unsigned)i);
  return MFG_OK;
}

static mfg_status check_site(const mfg_validation *v, uint32_t i) {
  const mfg_kernel_site *site = mfg_kernel_site_at(v->kernel, i);
  uint32_t steps = v->kernel->steps.count;
  if (site->first > steps || site->count > steps - site->first)
    return INVALID(v, "site %u: steps %u to %llu, expected a range inside the %u steps",
                   (unsigned)i, (unsigned)site->first,
                   (unsigned long long)((uint64_t)site->first + site->count), (unsigned)steps);
  return MFG_OK;
}

static mfg_status check_each(const mfg_validation *v, uint32_t count,
                             mfg_status (*check)(const mfg_validation *, uint32_t)) {
  for (uint32_t i = 0; i < count; i++) {
    mfg_status status = check(v, i);
    if (status != MFG_OK) return status;
  }
  return MFG_OK;
}

/* ---- the pattern ---------------------------------------------------------------------------- */

static mfg_dtype prologue_type(const mfg_validation *v, int32_t position) {
  return mfg_kernel_instruction_at(&v->kernel->prologue, (uint32_t)position)->type;
}

static const char *pattern_name(uint8_t kind) {
  switch (kind) {
  case MFG_PATTERN_MAP: return "map";
  case MFG_PATTERN_REDUCE: return "reduce";
  case MFG_PATTERN_SCAN: return "scan";
  default: return "line-solve";
  }
}

/* Fields that the kind does not use are zero; `used_values` and `used_operations` count those it
 * does use, `allowed_flags` the flags it knows. */
static mfg_status check_pattern_unused(const mfg_validation *v, uint32_t used_values,
                                       uint32_t used_operations, uint16_t allowed_flags) {
  const mfg_kernel_pattern *pattern = v->kernel->pattern;
  const char *name = pattern_name(pattern->kind);
  bool line = pattern->kind == MFG_PATTERN_SCAN || pattern->kind == MFG_PATTERN_LINE_SOLVE;
  if ((pattern->flags & ~allowed_flags) != 0)
    return INVALID(v, "pattern (%s): flags are %u, expected none beyond %u", name,
                   (unsigned)pattern->flags, (unsigned)allowed_flags);
  if (line && pattern->axis >= v->kernel->rank)
    return INVALID(v, "pattern (%s): axis is %u, expected less than the rank, %u", name,
                   (unsigned)pattern->axis, (unsigned)v->kernel->rank);
  if (!line && pattern->axis != 0)
    return INVALID(v, "pattern (%s): unused axis is %u, expected 0", name, (unsigned)pattern->axis);
  if (pattern->kind != MFG_PATTERN_REDUCE && pattern->axes != 0)
    return INVALID(v, "pattern (%s): unused axes are %u, expected 0", name,
                   (unsigned)pattern->axes);
  for (uint32_t i = used_values; i < MFG_MAX_RESULTS; i++)
    if (pattern->values[i] != 0)
      return INVALID(v, "pattern (%s): unused value %u is %d, expected 0", name, (unsigned)i,
                     (int)pattern->values[i]);
  for (uint32_t i = used_operations; i < MFG_MAX_RESULTS; i++)
    if (pattern->operations[i] != 0)
      return INVALID(v, "pattern (%s): unused operation %u is %u, expected 0", name, (unsigned)i,
                     (unsigned)pattern->operations[i]);
  for (uint32_t i = 0; i < used_values; i++)
    if (pattern->values[i] < 0 || (uint32_t)pattern->values[i] >= v->kernel->prologue.count)
      return INVALID(
          v, "pattern (%s): value %u is %d, expected a prologue position, 0 <= value < %u", name,
          (unsigned)i, (int)pattern->values[i], (unsigned)v->kernel->prologue.count);
  return MFG_OK;
}

static mfg_status check_pattern_count(const mfg_validation *v, uint32_t lowest, uint32_t highest) {
  const mfg_kernel_pattern *pattern = v->kernel->pattern;
  if (pattern->count >= lowest && pattern->count <= highest) return MFG_OK;
  return INVALID(v, "pattern (%s): count is %u, expected %u to %u", pattern_name(pattern->kind),
                 (unsigned)pattern->count, (unsigned)lowest, (unsigned)highest);
}

static mfg_status check_map(const mfg_validation *v) {
  mfg_status status = check_pattern_count(v, 0, 0);
  if (status == MFG_OK) status = check_pattern_unused(v, 0, 0, 0);
  if (status == MFG_OK && v->kernel->epilogue.count != 0)
    status = INVALID(v, "pattern (map): the epilogue has %u instructions, expected none",
                     (unsigned)v->kernel->epilogue.count);
  return status;
}

/* `where` names the reduction in the error's text. */
static mfg_status check_reduction_operation(const mfg_validation *v, const char *where,
                                            uint32_t index, uint32_t operation, mfg_dtype type) {
  if (mfg_reduction_name(operation) == NULL)
    return UNSUPPORTED(v, "%s %u: reduction is %u, which ABI %d.%d does not know", where,
                       (unsigned)index, (unsigned)operation, MFG_ABI_MAJOR, MFG_ABI_MINOR);
  if (mfg_reduction_type(operation, type) == 0)
    return INVALID(v, "%s %u: %s of %s, expected %s", where, (unsigned)index,
                   mfg_reduction_name(operation), mfg_dtype_name(type),
                   operation == MFG_REDUCE_ANY || operation == MFG_REDUCE_ALL
                       ? "bool"
                       : "an integer or float type");
  return MFG_OK;
}

static mfg_status check_reduce(const mfg_validation *v) {
  const mfg_kernel_pattern *pattern = v->kernel->pattern;
  mfg_status status = check_pattern_count(v, 1, MFG_MAX_RESULTS);
  if (status == MFG_OK) status = check_pattern_unused(v, pattern->count, pattern->count, 0);
  if (status != MFG_OK) return status;
  if ((pattern->axes >> v->kernel->rank) != 0)
    return INVALID(v, "pattern (reduce): axes are %u, expected bits below the rank, %u",
                   (unsigned)pattern->axes, (unsigned)v->kernel->rank);
  for (uint32_t i = 0; i < pattern->count && status == MFG_OK; i++)
    status = check_reduction_operation(v, "pattern (reduce) result", i, pattern->operations[i],
                                       prologue_type(v, pattern->values[i]));
  if (status == MFG_OK && v->kernel->reductions.count != 0)
    status = INVALID(v, "reductions: count is %u, expected 0 beside a reduce pattern",
                     (unsigned)v->kernel->reductions.count);
  return status;
}

static mfg_status check_scan(const mfg_validation *v) {
  const mfg_kernel_pattern *pattern = v->kernel->pattern;
  mfg_status status = check_pattern_count(v, 1, MFG_MAX_RESULTS);
  if (status == MFG_OK)
    status = check_pattern_unused(v, pattern->count, pattern->count,
                                  MFG_PATTERN_REVERSE | MFG_PATTERN_EXCLUSIVE);
  if (status != MFG_OK) return status;
  for (uint32_t i = 0; i < pattern->count; i++) {
    uint32_t operation = pattern->operations[i];
    status = check_reduction_operation(v, "pattern (scan) result", i, operation,
                                       prologue_type(v, pattern->values[i]));
    if (status != MFG_OK) return status;
    if (operation != MFG_REDUCE_SUM && operation != MFG_REDUCE_PRODUCT)
      return INVALID(v, "pattern (scan) result %u: operation is %s, expected sum or product",
                     (unsigned)i, mfg_reduction_name(operation));
  }
  return MFG_OK;
}

static mfg_status check_line_solve(const mfg_validation *v) {
  const mfg_kernel_pattern *pattern = v->kernel->pattern;
  mfg_status status = check_pattern_count(v, 1, 1);
  if (status == MFG_OK) status = check_pattern_unused(v, 4, 0, MFG_PATTERN_CYCLIC);
  if (status != MFG_OK) return status;
  mfg_dtype type = prologue_type(v, pattern->values[0]);
  if (!mfg_type_is_float(type))
    return INVALID(v, "pattern (line-solve): value 0 is %s, expected a float type",
                   mfg_dtype_name(type));
  for (int i = 1; i < 4; i++)
    if (prologue_type(v, pattern->values[i]) != type)
      return INVALID(v, "pattern (line-solve): value %d is %s, expected the type of value 0, %s", i,
                     mfg_dtype_name(prologue_type(v, pattern->values[i])), mfg_dtype_name(type));
  return MFG_OK;
}

static mfg_status check_pattern(const mfg_validation *v) {
  switch (v->kernel->pattern->kind) {
  case MFG_PATTERN_MAP: return check_map(v);
  case MFG_PATTERN_REDUCE: return check_reduce(v);
  case MFG_PATTERN_SCAN: return check_scan(v);
  case MFG_PATTERN_LINE_SOLVE: return check_line_solve(v);
  default:
    return UNSUPPORTED(v, "pattern: kind is %u, which ABI %d.%d does not know",
                       (unsigned)v->kernel->pattern->kind, MFG_ABI_MAJOR, MFG_ABI_MINOR);
  }
}

/* ---- what is written ------------------------------------------------------------------------ */

static const mfg_span *last_section(const mfg_validation *v) {
  return v->kernel->pattern->kind == MFG_PATTERN_MAP ? &v->kernel->prologue : &v->kernel->epilogue;
}

/* The value and the operand of an output or final reduction; counts the use. */
static mfg_status check_write(const mfg_validation *v, const char *where, uint32_t index,
                              uint32_t operand, int32_t value) {
  if (value < 0 || (uint32_t)value >= last_section(v)->count)
    return INVALID(v, "%s %u: value is %d, expected a position, 0 <= value < %u", where,
                   (unsigned)index, (int)value, (unsigned)last_section(v)->count);
  if (operand >= v->kernel->operands.count)
    return INVALID(v, "%s %u: operand is %u, expected less than the number of operands, %u", where,
                   (unsigned)index, (unsigned)operand, (unsigned)v->kernel->operands.count);
  uint8_t flags = mfg_kernel_operand_at(v->kernel, operand)->flags;
  if (flags != MFG_OPERAND_WRITE)
    return INVALID(v, "%s %u: operand %u has flags %u, expected WRITE", where, (unsigned)index,
                   (unsigned)operand, (unsigned)flags);
  if (v->uses[operand] != 0)
    return INVALID(v, "%s %u: operand %u is written already, expected one write", where,
                   (unsigned)index, (unsigned)operand);
  v->uses[operand] = 1;
  return MFG_OK;
}

static mfg_status check_written_type(const mfg_validation *v, const char *where, uint32_t index,
                                     uint32_t operand, mfg_dtype type) {
  mfg_dtype found = mfg_kernel_operand_at(v->kernel, operand)->type;
  if (found == type) return MFG_OK;
  return INVALID(v, "%s %u: operand %u is %s, expected the type of what is written, %s", where,
                 (unsigned)index, (unsigned)operand, mfg_dtype_name(found), mfg_dtype_name(type));
}

static mfg_status check_output(const mfg_validation *v, uint32_t i) {
  const mfg_kernel_output *output = mfg_kernel_output_at(v->kernel, i);
  mfg_status status = check_write(v, "output", i, output->operand, output->value);
  if (status != MFG_OK) return status;
  return check_written_type(
      v, "output", i, output->operand,
      mfg_kernel_instruction_at(last_section(v), (uint32_t)output->value)->type);
}

static mfg_status check_final_reduction(const mfg_validation *v, uint32_t i) {
  const mfg_kernel_reduction *reduction = mfg_kernel_reduction_at(v->kernel, i);
  mfg_status status = check_write(v, "reduction", i, reduction->operand, reduction->value);
  if (status != MFG_OK) return status;
  if ((reduction->axes >> v->kernel->rank) != 0)
    return INVALID(v, "reduction %u: axes are %u, expected bits below the rank, %u", (unsigned)i,
                   (unsigned)reduction->axes, (unsigned)v->kernel->rank);
  if (reduction->reserved[0] != 0 || reduction->reserved[1] != 0 || reduction->reserved[2] != 0)
    return INVALID(v, "reduction %u: reserved bytes are not zero, expected 0", (unsigned)i);
  mfg_dtype type = mfg_kernel_instruction_at(last_section(v), (uint32_t)reduction->value)->type;
  status = check_reduction_operation(v, "reduction", i, reduction->operation, type);
  if (status == MFG_OK)
    status = check_written_type(v, "reduction", i, reduction->operand,
                                mfg_reduction_type(reduction->operation, type));
  if (status != MFG_OK) return status;
  const mfg_kernel_operand *operand = mfg_kernel_operand_at(v->kernel, reduction->operand);
  for (uint32_t axis = 0; axis < v->kernel->rank; axis++)
    if ((reduction->axes >> axis & 1) != 0 && operand->stride_class[axis] != MFG_STRIDE_ZERO)
      return INVALID(v,
                     "reduction %u: operand %u has stride class %u along the reduced axis %u, "
                     "expected ZERO",
                     (unsigned)i, (unsigned)reduction->operand,
                     (unsigned)operand->stride_class[axis], (unsigned)axis);
  return MFG_OK;
}

static mfg_status check_used(const mfg_validation *v, uint32_t i) {
  if (v->uses[i] != 0) return MFG_OK;
  return INVALID(v, "operand %u: is neither loaded nor written, expected a use", (unsigned)i);
}

static mfg_status check_all(const mfg_validation *v) {
  const mfg_kernel_description *kernel = v->kernel;
  mfg_status status = check_each(v, kernel->operands.count, check_operand);
  if (status == MFG_OK) status = check_each(v, kernel->scalars.count, check_scalar);
  if (status == MFG_OK) status = check_each(v, kernel->steps.count, check_step);
  if (status == MFG_OK) status = check_each(v, kernel->sites.count, check_site);
  if (status == MFG_OK) status = mfg_validate_section(v, &kernel->prologue, false);
  if (status == MFG_OK) status = check_pattern(v);
  if (status == MFG_OK) status = mfg_validate_section(v, &kernel->epilogue, true);
  if (status == MFG_OK) status = check_each(v, kernel->outputs.count, check_output);
  if (status == MFG_OK) status = check_each(v, kernel->reductions.count, check_final_reduction);
  if (status == MFG_OK) status = check_each(v, kernel->operands.count, check_used);
  return status;
}

mfg_status mfg_kernel_validate(const mfg_kernel_description *description, mfg_plugin_error *error) {
  mfg_validation validation = {.kernel = description, .error = error};
  if (description == NULL) return INVALID(&validation, "description: is NULL, expected an address");
  mfg_status status = check_frame(&validation);
  if (status != MFG_OK) return status;
  validation.uses = calloc((size_t)description->operands.count + 1, sizeof *validation.uses);
  if (validation.uses == NULL)
    return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0,
                                "no memory to validate %u operands",
                                (unsigned)description->operands.count);
  status = check_all(&validation);
  free(validation.uses);
  return status;
}
