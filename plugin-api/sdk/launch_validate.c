/* SPDX-License-Identifier: MIT */
/* Whether a launch fits its description: everything that is known only with extents, strides and
 * buffer sizes in hand. */
#include "launch_space.h"
#include "types.h"

/* Iteration spaces hold less than 2^62 places, so that no index arithmetic can overflow. */
#define LARGEST_SPACE (INT64_C(1) << 62)

struct checker {
  const mfg_kernel_description *kernel;
  const mfg_kernel_launch *launch;
  const uint64_t *sizes;
  mfg_plugin_error *error;
  int64_t epilogue_extents[MFG_MAX_RANK];
};

#define INVALID(c, ...)                                                                            \
  mfg_plugin_error_set((c)->error, MFG_ERROR_INVALID_ARGUMENT, 0, "launch: " __VA_ARGS__)

static mfg_status check_span(const struct checker *c, const mfg_span *span, const char *name,
                             uint32_t expected, size_t size) {
  if (span->count != expected)
    return INVALID(c, "%s: count is %u, expected %u as in the description", name,
                   (unsigned)span->count, (unsigned)expected);
  if (span->count == 0) return MFG_OK;
  if (span->first == NULL) return INVALID(c, "%s: pointer is NULL, expected an address", name);
  if (span->stride < size || span->stride % 8 != 0 || (uintptr_t)span->first % 8 != 0)
    return INVALID(c, "%s: stride is %u, expected an aligned one of at least %zu", name,
                   (unsigned)span->stride, size);
  return MFG_OK;
}

static mfg_status check_extents(const struct checker *c) {
  int64_t places = 1;
  for (uint32_t axis = 0; axis < c->kernel->rank; axis++) {
    int64_t extent = c->launch->extents[axis];
    if (extent < 0)
      return INVALID(c, "extent along axis %u is %lld, expected at least 0", (unsigned)axis,
                     (long long)extent);
    if (c->kernel->index_width == 32 && extent > INT32_MAX)
      return INVALID(c, "extent along axis %u is %lld, expected less than 2^31 with index width 32",
                     (unsigned)axis, (long long)extent);
    if (extent > 0 && (__builtin_mul_overflow(places, extent, &places) || places > LARGEST_SPACE))
      return INVALID(c,
                     "the iteration space has more than 2^62 places (axis %u has %lld), expected "
                     "fewer",
                     (unsigned)axis, (long long)extent);
  }
  return MFG_OK;
}

static mfg_status check_frame(const struct checker *c) {
  if (c->launch == NULL) return INVALID(c, "is NULL, expected an address");
  if (c->launch->struct_size < sizeof(mfg_kernel_launch))
    return INVALID(c, "struct_size is %u, expected at least %zu", (unsigned)c->launch->struct_size,
                   sizeof(mfg_kernel_launch));
  if (c->launch->reserved != 0)
    return INVALID(c, "reserved is %u, expected 0", (unsigned)c->launch->reserved);
  if (c->kernel->rank > 0 && c->launch->extents == NULL)
    return INVALID(c, "extents are NULL, expected %u of them", (unsigned)c->kernel->rank);
  mfg_status status = check_extents(c);
  if (status == MFG_OK)
    status = check_span(c, &c->launch->bindings, "bindings", c->kernel->operands.count,
                        sizeof(mfg_kernel_binding));
  if (status == MFG_OK)
    status =
        check_span(c, &c->launch->scalars, "scalars", c->kernel->scalars.count, sizeof(mfg_scalar));
  return status;
}

static mfg_status check_strides(const struct checker *c, uint32_t operand_index) {
  const mfg_kernel_operand *operand = mfg_kernel_operand_at(c->kernel, operand_index);
  const mfg_kernel_binding *binding = mfg_kernel_binding_at(c->launch, operand_index);
  for (uint32_t axis = 0; axis < c->kernel->rank; axis++) {
    int64_t stride = binding->strides[axis];
    uint8_t class = operand->stride_class[axis];
    if ((class == MFG_STRIDE_ZERO && stride != 0) || (class == MFG_STRIDE_UNIT && stride != 1))
      return INVALID(c, "binding %u: stride along axis %u is %lld, expected %d as its class says",
                     (unsigned)operand_index, (unsigned)axis, (long long)stride,
                     class == MFG_STRIDE_UNIT ? 1 : 0);
  }
  return MFG_OK;
}

static mfg_status check_gather_extents(const struct checker *c, uint32_t operand_index) {
  const mfg_kernel_operand *operand = mfg_kernel_operand_at(c->kernel, operand_index);
  const mfg_kernel_binding *binding = mfg_kernel_binding_at(c->launch, operand_index);
  if ((operand->flags & MFG_OPERAND_GATHER) == 0) {
    if (binding->extents == NULL) return MFG_OK;
    return INVALID(c, "binding %u: has extents, expected NULL for an operand that is not gathered",
                   (unsigned)operand_index);
  }
  if (c->kernel->rank == 0) return MFG_OK;
  if (binding->extents == NULL)
    return INVALID(c, "binding %u: extents are NULL, expected %u for a gathered operand",
                   (unsigned)operand_index, (unsigned)c->kernel->rank);
  for (uint32_t axis = 0; axis < c->kernel->rank; axis++)
    if (binding->extents[axis] < 0)
      return INVALID(c, "binding %u: own extent along axis %u is %lld, expected at least 0",
                     (unsigned)operand_index, (unsigned)axis, (long long)binding->extents[axis]);
  return MFG_OK;
}

static mfg_status check_binding(const struct checker *c, uint32_t i) {
  const mfg_kernel_operand *operand = mfg_kernel_operand_at(c->kernel, i);
  const mfg_kernel_binding *binding = mfg_kernel_binding_at(c->launch, i);
  if (c->kernel->rank > 0 && binding->strides == NULL)
    return INVALID(c, "binding %u: strides are NULL, expected %u of them", (unsigned)i,
                   (unsigned)c->kernel->rank);
  if (binding->offset < 0 || binding->offset % (int64_t)mfg_dtype_size(operand->type) != 0)
    return INVALID(c, "binding %u: offset is %lld, expected a multiple of %zu, not negative",
                   (unsigned)i, (long long)binding->offset, mfg_dtype_size(operand->type));
  mfg_status status = check_strides(c, i);
  if (status == MFG_OK) status = check_gather_extents(c, i);
  return status;
}

/* Checks that operand i, walked over the box `extents`, stays inside index width and buffer. */
static mfg_status check_box(const struct checker *c, uint32_t i, const int64_t *extents) {
  const mfg_kernel_binding *binding = mfg_kernel_binding_at(c->launch, i);
  int64_t size = (int64_t)mfg_dtype_size(mfg_kernel_operand_at(c->kernel, i)->type);
  int64_t low = 0, high = 0;
  if (mfg_space_is_empty(extents, c->kernel->rank)) return MFG_OK;
  bool overflow = false;
  for (uint32_t axis = 0; axis < c->kernel->rank; axis++) {
    int64_t reach;
    overflow |= __builtin_mul_overflow(extents[axis] - 1, binding->strides[axis], &reach);
    if (overflow) break;
    overflow |= reach < 0 ? __builtin_add_overflow(low, reach, &low)
                          : __builtin_add_overflow(high, reach, &high);
  }
  if (overflow || (c->kernel->index_width == 32 && (low < INT32_MIN || high > INT32_MAX)))
    return INVALID(c,
                   "binding %u: element offsets reach from %lld to %lld, expected to fit in the "
                   "index width, %u",
                   (unsigned)i, (long long)low, (long long)high, (unsigned)c->kernel->index_width);
  int64_t first, end;
  overflow = __builtin_mul_overflow(low, size, &first) ||
             __builtin_add_overflow(first, binding->offset, &first) ||
             __builtin_add_overflow(high, 1, &end) || __builtin_mul_overflow(end, size, &end) ||
             __builtin_add_overflow(end, binding->offset, &end);
  if (overflow || first < 0)
    return INVALID(c,
                   "binding %u: reaches element %lld seen from its start at byte %lld, expected "
                   "to stay inside the buffer",
                   (unsigned)i, (long long)low, (long long)binding->offset);
  if (c->sizes != NULL && (uint64_t)end > c->sizes[i])
    return INVALID(c,
                   "binding %u: reaches byte %lld, expected to stay inside the buffer of %llu "
                   "bytes",
                   (unsigned)i, (long long)end, (unsigned long long)c->sizes[i]);
  return MFG_OK;
}

/* A gathered operand is walked over the space, except along the gathered axis. */
static mfg_status check_gather(const struct checker *c, const mfg_kernel_instruction *instruction,
                               const int64_t *space) {
  const mfg_kernel_binding *binding = mfg_kernel_binding_at(c->launch, instruction->slot);
  int64_t box[MFG_MAX_RANK];
  if (mfg_space_is_empty(space, c->kernel->rank)) return MFG_OK;
  for (uint32_t axis = 0; axis < c->kernel->rank; axis++) {
    box[axis] = axis == instruction->axis ? binding->extents[axis] : space[axis];
    if (axis == instruction->axis && box[axis] == 0)
      return INVALID(c,
                     "binding %u: own extent along the gathered axis %u is 0, expected at least "
                     "1",
                     (unsigned)instruction->slot, (unsigned)axis);
    if (binding->strides[axis] != 0 && binding->extents[axis] < box[axis])
      return INVALID(c,
                     "binding %u: own extent along axis %u is %lld, expected at least that of "
                     "the iteration space, %lld",
                     (unsigned)instruction->slot, (unsigned)axis, (long long)binding->extents[axis],
                     (long long)box[axis]);
  }
  return check_box(c, instruction->slot, box);
}

static mfg_status check_loads(const struct checker *c, const mfg_span *section,
                              const int64_t *space) {
  for (uint32_t i = 0; i < section->count; i++) {
    const mfg_kernel_instruction *instruction = mfg_kernel_instruction_at(section, i);
    mfg_status status = MFG_OK;
    if (instruction->operation == MFG_OP_LOAD) status = check_box(c, instruction->slot, space);
    if (instruction->operation == MFG_OP_GATHER) status = check_gather(c, instruction, space);
    if (status != MFG_OK) return status;
  }
  return MFG_OK;
}

/* A write of one element for each place of `space`; no two places may share one. */
static mfg_status check_write(const struct checker *c, uint32_t operand, const int64_t *space) {
  const mfg_kernel_binding *binding = mfg_kernel_binding_at(c->launch, operand);
  if (mfg_space_is_empty(space, c->kernel->rank)) return MFG_OK;
  for (uint32_t axis = 0; axis < c->kernel->rank; axis++)
    if (space[axis] > 1 && binding->strides[axis] == 0)
      return INVALID(c,
                     "binding %u: written with stride 0 along axis %u of extent %lld, expected "
                     "another stride",
                     (unsigned)operand, (unsigned)axis, (long long)space[axis]);
  return check_box(c, operand, space);
}

static mfg_status check_writes(const struct checker *c) {
  mfg_status status = MFG_OK;
  for (uint32_t i = 0; i < c->kernel->outputs.count && status == MFG_OK; i++)
    status = check_write(c, mfg_kernel_output_at(c->kernel, i)->operand, c->epilogue_extents);
  for (uint32_t i = 0; i < c->kernel->reductions.count && status == MFG_OK; i++) {
    const mfg_kernel_reduction *reduction = mfg_kernel_reduction_at(c->kernel, i);
    int64_t kept[MFG_MAX_RANK];
    mfg_space_keep(kept, c->epilogue_extents, c->kernel->rank, reduction->axes);
    status = check_write(c, reduction->operand, kept);
  }
  return status;
}

mfg_status mfg_kernel_launch_validate(const mfg_kernel_description *description,
                                      const mfg_kernel_launch *launch, const uint64_t *sizes,
                                      mfg_plugin_error *error) {
  struct checker checker = {
      .kernel = description, .launch = launch, .sizes = sizes, .error = error};
  mfg_status status = check_frame(&checker);
  for (uint32_t i = 0; i < description->operands.count && status == MFG_OK; i++)
    status = check_binding(&checker, i);
  if (status != MFG_OK) return status;
  mfg_space_keep(checker.epilogue_extents, launch->extents, description->rank,
                 description->pattern->axes);
  status = check_loads(&checker, &description->prologue, launch->extents);
  if (status == MFG_OK)
    status = check_loads(&checker, &description->epilogue, checker.epilogue_extents);
  if (status == MFG_OK) status = check_writes(&checker);
  return status;
}
