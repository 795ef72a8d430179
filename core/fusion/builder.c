/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fusion/builder.h"

#include <math.h>
#include <mfg/sdk.h>
#include <stdlib.h>
#include <string.h>

#include "array/context_private.h"
#include "support/error.h"

static void section_clear(mfg_section *section) {
  section->count = 0;
  memset(section->slots, 0, sizeof section->slots);
}

/* Empties the slots that were used: most kernels are short. */
static void section_reset(mfg_section *section) {
  for (uint32_t i = 0; i < section->count; i++)
    section->slots[section->slot_of[i]] = 0;
  section->count = 0;
}

mfg_builder *mfg_builder_new(mfg_context *context, int rank, const int64_t *extents) {
  mfg_builder *builder = context != NULL ? context->spare_builder : NULL;
  if (builder != NULL) context->spare_builder = NULL;
  if (builder == NULL) {
    builder = malloc(sizeof *builder);
    if (builder == NULL) {
      mfg_fail_memory(sizeof *builder, "building a kernel");
      return NULL;
    }
    section_clear(&builder->prologue);
    section_clear(&builder->epilogue);
  }
  builder->context = context;
  mfg_builder_reset(builder, rank, extents);
  return builder;
}

void mfg_builder_release(mfg_builder *builder) {
  if (builder == NULL) return;
  mfg_context *context = builder->context;
  if (context == NULL || context->spare_builder != NULL)
    free(builder);
  else
    context->spare_builder = builder;
}

void mfg_builder_reset(mfg_builder *builder, int rank, const int64_t *extents) {
  builder->overflow = false;
  builder->rank = rank;
  memset(builder->extents, 0, sizeof builder->extents);
  for (int axis = 0; axis < rank; axis++)
    builder->extents[axis] = extents[axis];
  builder->operand_count = 0;
  builder->scalar_count = 0;
  builder->site_count = 0;
  builder->step_count = 0;
  section_reset(&builder->prologue);
  section_reset(&builder->epilogue);
  memset(&builder->pattern, 0, sizeof builder->pattern);
  builder->pattern.struct_size = sizeof builder->pattern;
  builder->pattern.kind = MFG_PATTERN_MAP;
  builder->output_count = 0;
  builder->reduction_count = 0;
}

/* ---- instructions ---------------------------------------------------------------------------- */

static uint32_t hash_bytes(const void *data, size_t size) {
  uint64_t hash = UINT64_C(0x9E3779B97F4A7C15);
  const unsigned char *bytes = data;
  for (size_t i = 0; i + 8 <= size; i += 8) {
    uint64_t word = 0;
    memcpy(&word, bytes + i, 8);
    hash = (hash ^ word) * UINT64_C(0xD6E8FEB86659FD93);
    hash ^= hash >> 32;
  }
  return (uint32_t)hash;
}

MFG_STATIC_ASSERT(sizeof(mfg_kernel_instruction) % 8 == 0, "hashed by words");

int32_t mfg_builder_emit(mfg_builder *builder, mfg_section *section,
                         const mfg_kernel_instruction *instruction) {
  if (builder->overflow) return -1;
  uint32_t slot = hash_bytes(instruction, sizeof *instruction) & (MFG_BUILDER_SLOTS - 1);
  for (; section->slots[slot] != 0; slot = (slot + 1) & (MFG_BUILDER_SLOTS - 1)) {
    int32_t index = section->slots[slot] - 1;
    if (memcmp(&section->instructions[index], instruction, sizeof *instruction) == 0) return index;
  }
  if (section->count == MFG_BUILDER_INSTRUCTIONS) {
    builder->overflow = true;
    return -1;
  }
  section->instructions[section->count] = *instruction;
  section->slots[slot] = (int16_t)(section->count + 1);
  section->slot_of[section->count] = (uint16_t)slot;
  return (int32_t)section->count++;
}

int32_t mfg_builder_emit_operation(mfg_builder *builder, mfg_section *section, uint32_t operation,
                                   mfg_dtype type, int32_t a, int32_t b, int32_t c) {
  mfg_kernel_instruction instruction = {
      .operation = (uint16_t)operation, .type = type, .arguments = {a, b, c}};
  return mfg_builder_emit(builder, section, &instruction);
}

int32_t mfg_builder_emit_constant(mfg_builder *builder, mfg_section *section, mfg_dtype type,
                                  mfg_scalar value) {
  mfg_kernel_instruction instruction = {
      .operation = MFG_OP_CONSTANT, .type = type, .arguments = {-1, -1, -1}, .value = value};
  return mfg_builder_emit(builder, section, &instruction);
}

int mfg_builder_common_number(mfg_dtype type, mfg_scalar value) {
  static const double common[] = {-1.0, 0.0, 0.5, 1.0, 2.0};
  double number = 0;
  switch (type) {
  case MFG_BOOL: return value.boolean;
#define CASE_SIGNED(symbol, member, T)                                                             \
  case MFG_##symbol: return value.member >= -1 && value.member <= 2 ? (int)value.member + 1 : -1;
    MFG_SIGNED_TYPES(CASE_SIGNED)
#undef CASE_SIGNED
#define CASE_UNSIGNED(symbol, member, T)                                                           \
  case MFG_##symbol: return value.member <= 2 ? (int)value.member : -1;
    MFG_UNSIGNED_TYPES(CASE_UNSIGNED)
#undef CASE_UNSIGNED
  case MFG_FLOAT32: number = (double)value.float32; break;
  default: number = value.float64; break;
  }
  if (number == 0.0) return signbit(number) ? 5 : 1;
  for (int i = 0; i < 5; i++)
    if (number == common[i]) return i;
  return -1;
}

int32_t mfg_builder_emit_scalar(mfg_builder *builder, mfg_section *section, mfg_dtype type,
                                mfg_scalar value) {
  if (mfg_builder_common_number(type, value) >= 0)
    return mfg_builder_emit_constant(builder, section, type, value);
  uint32_t slot = 0;
  while (slot < builder->scalar_count &&
         (builder->scalars[slot].type != type || builder->scalar_values[slot].bits != value.bits))
    slot++;
  if (slot == MFG_BUILDER_SCALARS) {
    builder->overflow = true;
    return -1;
  }
  if (slot == builder->scalar_count) {
    builder->scalars[slot] = (mfg_kernel_scalar){.type = type};
    builder->scalar_values[slot] = value;
    builder->scalar_count++;
  }
  mfg_kernel_instruction instruction = {
      .operation = MFG_OP_SCALAR, .type = type, .arguments = {-1, -1, -1}, .slot = slot};
  return mfg_builder_emit(builder, section, &instruction);
}

/* ---- sites ----------------------------------------------------------------------------------- */

static bool same_sign(int64_t a, int64_t b) {
  return (a < 0) == (b < 0);
}

/* Two steps along one axis, one after the other, are one step where: wrap + wrap; clamp + clamp in
 * one direction; constant + constant of one fill in one direction. */
static bool steps_join(const mfg_kernel_step *first, const mfg_kernel_step *second) {
  if (first->axis != second->axis || first->boundary != second->boundary) return false;
  switch (first->boundary) {
  case MFG_BOUNDARY_WRAP: return true;
  case MFG_BOUNDARY_CLAMP: return same_sign(first->offset, second->offset);
  case MFG_BOUNDARY_CONSTANT:
    return same_sign(first->offset, second->offset) && first->fill.bits == second->fill.bits;
  default: return false;
  }
}

bool mfg_site_append(mfg_site *site, int axis, int64_t offset, uint8_t boundary, mfg_scalar fill) {
  if (offset == 0) return true;
  mfg_kernel_step step = {.offset = offset,
                          .fill =
                              boundary == MFG_BOUNDARY_CONSTANT ? fill : (mfg_scalar){.bits = 0},
                          .axis = (uint8_t)axis,
                          .boundary = boundary};
  /* Steps along different axes commute unless one may end the walk: keep them in order of axes, so
   * that the same place has one name. */
  uint32_t place = site->count;
  while (place > 0 && site->steps[place - 1].axis > step.axis &&
         boundary != MFG_BOUNDARY_CONSTANT &&
         site->steps[place - 1].boundary != MFG_BOUNDARY_CONSTANT)
    place--;
  int64_t sum = 0;
  if (place > 0 && steps_join(&site->steps[place - 1], &step) &&
      !__builtin_add_overflow(site->steps[place - 1].offset, offset, &sum)) {
    site->steps[place - 1].offset = sum;
    if (sum == 0) {
      memmove(&site->steps[place - 1], &site->steps[place],
              (site->count - place) * sizeof(mfg_kernel_step));
      site->count--;
    }
    return true;
  }
  if (site->count == MFG_SITE_STEPS) return false;
  memmove(&site->steps[place + 1], &site->steps[place],
          (site->count - place) * sizeof(mfg_kernel_step));
  site->steps[place] = step;
  site->count++;
  return true;
}

uint32_t mfg_builder_site(mfg_builder *builder, const mfg_site *site) {
  if (site->count == 0) return MFG_SITE_HERE;
  for (uint32_t i = 0; i < builder->site_count; i++)
    if (builder->sites[i].count == site->count &&
        memcmp(&builder->steps[builder->sites[i].first], site->steps,
               site->count * sizeof(mfg_kernel_step)) == 0)
      return i + 1;
  if (builder->site_count == MFG_BUILDER_SITES ||
      builder->step_count + site->count > MFG_BUILDER_STEPS) {
    builder->overflow = true;
    return MFG_SITE_HERE;
  }
  builder->sites[builder->site_count] = (mfg_kernel_site){builder->step_count, site->count};
  memcpy(&builder->steps[builder->step_count], site->steps, site->count * sizeof(mfg_kernel_step));
  builder->step_count += site->count;
  return ++builder->site_count;
}

/* ---- operands -------------------------------------------------------------------------------- */

uint32_t mfg_builder_operand(mfg_builder *builder, mfg_dtype type, uint8_t flags,
                             const mfg_bound *bound) {
  size_t rank_bytes = (size_t)builder->rank * sizeof(int64_t);
  if ((flags & MFG_OPERAND_WRITE) == 0)
    for (uint32_t i = 0; i < builder->operand_count; i++)
      if (builder->bounds[i].block == bound->block && builder->bounds[i].offset == bound->offset &&
          builder->operands[i].type == type && builder->operands[i].flags == flags &&
          memcmp(builder->bounds[i].strides, bound->strides, rank_bytes) == 0 &&
          ((flags & MFG_OPERAND_GATHER) == 0 ||
           memcmp(builder->bounds[i].extents, bound->extents, rank_bytes) == 0))
        return i;
  if (builder->operand_count == MFG_BUILDER_OPERANDS) {
    builder->overflow = true;
    return 0;
  }
  uint32_t index = builder->operand_count++;
  builder->operands[index] = (mfg_kernel_operand){.type = type, .flags = flags};
  builder->bounds[index] = *bound;
  return index;
}

/* ---- collapsing ------------------------------------------------------------------------------ */

/* Axes that an instruction, a step or the pattern names must stay as they are. */
static uint32_t named_axes(const mfg_builder *builder) {
  uint32_t named = 0;
  const mfg_section *sections[2] = {&builder->prologue, &builder->epilogue};
  for (int s = 0; s < 2; s++)
    for (uint32_t i = 0; i < sections[s]->count; i++) {
      const mfg_kernel_instruction *instruction = &sections[s]->instructions[i];
      if (instruction->operation == MFG_OP_INDEX || instruction->operation == MFG_OP_EXTENT)
        named |= MFG_AXIS(instruction->axis);
      if (instruction->operation == MFG_OP_GATHER)
        return MFG_ALL_AXES; /* a gathered operand has extents of its own */
    }
  for (uint32_t i = 0; i < builder->step_count; i++)
    named |= MFG_AXIS(builder->steps[i].axis);
  if (builder->pattern.kind == MFG_PATTERN_SCAN || builder->pattern.kind == MFG_PATTERN_LINE_SOLVE)
    named |= MFG_AXIS(builder->pattern.axis);
  return named;
}

/* Whether both axes are treated alike by every reduction. */
static bool reduced_alike(const mfg_builder *builder, int a, int b) {
  uint32_t mask = MFG_AXIS(a) | MFG_AXIS(b);
  if (builder->pattern.kind == MFG_PATTERN_REDUCE) {
    uint32_t both = builder->pattern.axes & mask;
    if (both != 0 && both != mask) return false;
  }
  for (uint32_t i = 0; i < builder->reduction_count; i++) {
    uint32_t both = builder->reductions[i].axes & mask;
    if (both != 0 && both != mask) return false;
  }
  return true;
}

static bool walked_as_one(const mfg_builder *builder, int outer) {
  for (uint32_t i = 0; i < builder->operand_count; i++) {
    const int64_t *strides = builder->bounds[i].strides;
    if (strides[outer] != strides[outer + 1] * builder->extents[outer + 1]) return false;
  }
  return true;
}

static uint32_t mask_without_axis(uint32_t mask, int axis) {
  uint32_t below = mask & (MFG_AXIS(axis) - 1);
  return below | ((mask >> (axis + 1)) << axis);
}

/* Removes `axis`; what it addressed has moved to a neighbour, or had extent 1. */
static void remove_axis(mfg_builder *builder, int axis) {
  for (int a = axis; a + 1 < builder->rank; a++) {
    builder->extents[a] = builder->extents[a + 1];
    for (uint32_t i = 0; i < builder->operand_count; i++)
      builder->bounds[i].strides[a] = builder->bounds[i].strides[a + 1];
  }
  builder->rank--;
  builder->extents[builder->rank] = 0;
  mfg_section *sections[2] = {&builder->prologue, &builder->epilogue};
  for (int s = 0; s < 2; s++)
    for (uint32_t i = 0; i < sections[s]->count; i++)
      if (sections[s]->instructions[i].axis > axis) sections[s]->instructions[i].axis--;
  for (uint32_t i = 0; i < builder->step_count; i++)
    if (builder->steps[i].axis > axis) builder->steps[i].axis--;
  if (builder->pattern.axis > axis) builder->pattern.axis--;
  builder->pattern.axes = mask_without_axis(builder->pattern.axes, axis);
  for (uint32_t i = 0; i < builder->reduction_count; i++)
    builder->reductions[i].axes = mask_without_axis(builder->reductions[i].axes, axis);
}

/* A reduction with no axis left reduces nothing: an axis that is reduced stays if it is the last
 * one. */
static bool last_reduced_axis(const mfg_builder *builder, int axis) {
  if (builder->pattern.kind == MFG_PATTERN_REDUCE && builder->pattern.axes == MFG_AXIS(axis))
    return true;
  for (uint32_t i = 0; i < builder->reduction_count; i++)
    if (builder->reductions[i].axes == MFG_AXIS(axis)) return true;
  return false;
}

void mfg_builder_collapse(mfg_builder *builder) {
  for (int axis = builder->rank - 1; axis >= 0; axis--)
    if (builder->extents[axis] == 1 && (named_axes(builder) & MFG_AXIS(axis)) == 0 &&
        !last_reduced_axis(builder, axis))
      remove_axis(builder, axis);
  for (int axis = builder->rank - 2; axis >= 0; axis--) {
    uint32_t pair = MFG_AXIS(axis) | MFG_AXIS(axis + 1);
    if ((named_axes(builder) & pair) != 0 || !reduced_alike(builder, axis, axis + 1) ||
        !walked_as_one(builder, axis))
      continue;
    builder->extents[axis + 1] *= builder->extents[axis];
    remove_axis(builder, axis);
  }
}

/* ---- finishing ------------------------------------------------------------------------------- */

/* Whether every element offset of an operand, and every linear index, fits int32. */
static bool fits_narrow(const mfg_builder *builder) {
  int64_t total = 1;
  for (int axis = 0; axis < builder->rank; axis++)
    if (__builtin_mul_overflow(total, builder->extents[axis] > 0 ? builder->extents[axis] : 1,
                               &total))
      return false;
  if (total > INT32_MAX) return false;
  for (uint32_t i = 0; i < builder->operand_count; i++) {
    const mfg_bound *bound = &builder->bounds[i];
    const int64_t *extents =
        (builder->operands[i].flags & MFG_OPERAND_GATHER) != 0 ? bound->extents : builder->extents;
    int64_t reach = 0;
    for (int axis = 0; axis < builder->rank; axis++)
      reach += (bound->strides[axis] < 0 ? -bound->strides[axis] : bound->strides[axis]) *
               (extents[axis] > 0 ? extents[axis] - 1 : 0);
    if (reach > INT32_MAX) return false;
  }
  return true;
}

static mfg_span span(const void *first, uint32_t count, size_t stride) {
  return (mfg_span){first, count, (uint32_t)stride};
}

void mfg_builder_finish(mfg_builder *builder, mfg_kernel_description *description) {
  for (uint32_t i = 0; i < builder->operand_count; i++) {
    mfg_kernel_operand *operand = &builder->operands[i];
    memset(operand->stride_class, 0, sizeof operand->stride_class);
    for (int axis = 0; axis < builder->rank; axis++) {
      int64_t stride = builder->bounds[i].strides[axis];
      operand->stride_class[axis] = stride == 0   ? MFG_STRIDE_ZERO
                                    : stride == 1 ? MFG_STRIDE_UNIT
                                                  : MFG_STRIDE_GENERAL;
    }
  }
  *description = (mfg_kernel_description){
      .struct_size = sizeof *description,
      .rank = (uint8_t)builder->rank,
      .index_width = fits_narrow(builder) ? 32 : 64,
      .operands = span(builder->operands, builder->operand_count, sizeof builder->operands[0]),
      .scalars = span(builder->scalars, builder->scalar_count, sizeof builder->scalars[0]),
      .sites = span(builder->sites, builder->site_count, sizeof builder->sites[0]),
      .steps = span(builder->steps, builder->step_count, sizeof builder->steps[0]),
      .prologue = span(builder->prologue.instructions, builder->prologue.count,
                       sizeof(mfg_kernel_instruction)),
      .pattern = &builder->pattern,
      .epilogue = span(builder->epilogue.instructions, builder->epilogue.count,
                       sizeof(mfg_kernel_instruction)),
      .outputs = span(builder->outputs, builder->output_count, sizeof builder->outputs[0]),
      .reductions =
          span(builder->reductions, builder->reduction_count, sizeof builder->reductions[0])};
}
