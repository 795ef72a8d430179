/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lowering: a pending value becomes instructions of a kernel.
 *
 * A shift moves the place at which everything below it is looked at, so lowering carries a site.
 * Equal instructions are joined by the builder; the weight limit of values bounds the walk. */
#include "array/context_private.h"
#include "array/recording.h"
#include "fusion/fusion.h"

static int32_t lower(mfg_lowering *lowering, mfg_value *value, const mfg_site *site);

static int space_axis(const mfg_lowering *lowering, const mfg_value *value, int axis) {
  return lowering->axes[axis + lowering->rank - value->rank];
}

static mfg_scalar int64_scalar(int64_t number) {
  return (mfg_scalar){.int64 = number};
}

static int32_t lower_load(mfg_lowering *lowering, mfg_value *leaf, const mfg_site *site) {
  mfg_builder *builder = lowering->builder;
  if (leaf->leaf.snapshot >= 0) {
    lowering->status = mfg_recording_activate(builder->context, leaf);
    if (lowering->status != MFG_OK) return -1;
  }
  mfg_bound bound = {.block = leaf->leaf.block, .offset = leaf->leaf.offset};
  for (int axis = 0; axis < leaf->rank; axis++)
    if (leaf->shape[axis] != 1)
      bound.strides[space_axis(lowering, leaf, axis)] = leaf->leaf.strides[axis];
  mfg_kernel_instruction load = {
      .operation = MFG_OP_LOAD,
      .type = leaf->type,
      .site = mfg_builder_site(builder, site),
      .arguments = {-1, -1, -1},
      .slot = mfg_builder_operand(builder, leaf->type, MFG_OPERAND_READ, &bound)};
  return mfg_builder_emit(builder, lowering->section, &load);
}

/* The index along `axis` of the space at a site; only the steps along that axis matter. */
static int32_t emit_index(mfg_lowering *lowering, int axis, const mfg_site *site) {
  mfg_site along;
  along.count = 0;
  for (uint32_t i = 0; i < site->count; i++)
    if (site->steps[i].axis == axis) along.steps[along.count++] = site->steps[i];
  mfg_kernel_instruction index = {.operation = MFG_OP_INDEX,
                                  .type = MFG_INT64,
                                  .axis = (uint8_t)axis,
                                  .site = mfg_builder_site(lowering->builder, &along),
                                  .arguments = {-1, -1, -1}};
  return mfg_builder_emit(lowering->builder, lowering->section, &index);
}

static int32_t lower_index(mfg_lowering *lowering, mfg_value *value, const mfg_site *site) {
  if (value->shape[value->node.axis] == 1)
    return mfg_builder_emit_constant(lowering->builder, lowering->section, MFG_INT64,
                                     int64_scalar(0));
  return emit_index(lowering, space_axis(lowering, value, value->node.axis), site);
}

static int32_t lower_elementwise(mfg_lowering *lowering, mfg_value *value, const mfg_site *site) {
  mfg_value *const *nodes = value->node.arguments;
  if (value->node.operation == MFG_OP_SELECT && nodes[0]->kind == MFG_VALUE_NUMBER)
    return lower(lowering, nodes[0]->node.number.boolean ? nodes[1] : nodes[2], site);
  int32_t arguments[3] = {-1, -1, -1};
  for (int i = 0; i < 3 && value->node.arguments[i] != NULL; i++) {
    arguments[i] = lower(lowering, value->node.arguments[i], site);
    if (arguments[i] < 0) return -1;
  }
  return mfg_builder_emit_operation(lowering->builder, lowering->section, value->node.operation,
                                    value->type, arguments[0], arguments[1], arguments[2]);
}

/* Whether index(axis) at the site, moved by `offset`, is inside the space. */
static int32_t emit_inside(mfg_lowering *lowering, int axis, int64_t offset, const mfg_site *site) {
  mfg_builder *builder = lowering->builder;
  mfg_section *section = lowering->section;
  int32_t index = emit_index(lowering, axis, site);
  int32_t by = mfg_builder_emit_constant(builder, section, MFG_INT64, int64_scalar(offset));
  int32_t moved =
      mfg_builder_emit_operation(builder, section, MFG_OP_ADD, MFG_INT64, index, by, -1);
  if (offset < 0) {
    int32_t zero = mfg_builder_emit_constant(builder, section, MFG_INT64, int64_scalar(0));
    return mfg_builder_emit_operation(builder, section, MFG_OP_GREATER_EQUAL, MFG_BOOL, moved, zero,
                                      -1);
  }
  mfg_kernel_instruction extent = {.operation = MFG_OP_EXTENT,
                                   .type = MFG_INT64,
                                   .axis = (uint8_t)axis,
                                   .arguments = {-1, -1, -1}};
  int32_t end = mfg_builder_emit(builder, section, &extent);
  return mfg_builder_emit_operation(builder, section, MFG_OP_LESS, MFG_BOOL, moved, end, -1);
}

static int32_t lower_shift(mfg_lowering *lowering, mfg_value *value, const mfg_site *site) {
  mfg_builder *builder = lowering->builder;
  mfg_value *moved = value->node.arguments[0];
  int axis = space_axis(lowering, value, value->node.axis);
  bool constant = value->node.boundary == MFG_BOUNDARY_CONSTANT;
  bool select = constant && moved->kind != MFG_VALUE_LEAF;
  mfg_site there = *site;
  if (!mfg_site_append(&there, axis, value->node.offset,
                       select ? MFG_BOUNDARY_CLAMP : value->node.boundary, value->node.number)) {
    builder->overflow = true;
    return -1;
  }
  int32_t found = lower(lowering, moved, &there);
  if (found < 0 || !select) return found;
  /* Beyond the edge an expression is not the fill put through the expression: choose after it. */
  int32_t inside = emit_inside(lowering, axis, value->node.offset, site);
  int32_t fill =
      mfg_builder_emit_scalar(builder, lowering->section, value->type, value->node.number);
  return mfg_builder_emit_operation(builder, lowering->section, MFG_OP_SELECT, value->type, inside,
                                    found, fill);
}

static int32_t lower_gather(mfg_lowering *lowering, mfg_value *value) {
  mfg_builder *builder = lowering->builder;
  mfg_value *source = value->node.arguments[0];
  mfg_site here; /* steps beyond `count` are never read */
  here.count = 0;
  int32_t index = lower(lowering, value->node.arguments[1], &here);
  if (index < 0) return -1;
  if (source->leaf.snapshot >= 0) {
    lowering->status = mfg_recording_activate(builder->context, source);
    if (lowering->status != MFG_OK) return -1;
  }
  mfg_bound bound = {.block = source->leaf.block, .offset = source->leaf.offset};
  for (int axis = 0; axis < MFG_MAX_RANK; axis++)
    bound.extents[axis] = axis < builder->rank ? 1 : 0;
  for (int axis = 0; axis < source->rank; axis++) {
    int to = space_axis(lowering, value, axis);
    bound.extents[to] = source->shape[axis];
    bound.strides[to] = source->shape[axis] == 1 ? 0 : source->leaf.strides[axis];
  }
  mfg_kernel_instruction gather = {
      .operation = MFG_OP_GATHER,
      .type = value->type,
      .axis = (uint8_t)space_axis(lowering, value, value->node.axis),
      .arguments = {index, -1, -1},
      .slot =
          mfg_builder_operand(builder, value->type, MFG_OPERAND_READ | MFG_OPERAND_GATHER, &bound)};
  return mfg_builder_emit(builder, lowering->section, &gather);
}

static int32_t lower_result(mfg_lowering *lowering, mfg_value *value) {
  for (int i = 0; i < lowering->pattern_count; i++)
    if (lowering->patterns[i] == value) {
      mfg_kernel_instruction result = {.operation = MFG_OP_RESULT,
                                       .type = value->type,
                                       .arguments = {-1, -1, -1},
                                       .slot = (uint32_t)i};
      return mfg_builder_emit(lowering->builder, lowering->section, &result);
    }
  lowering->status = MFG_ERROR_INTERNAL; /* the plan computes every other pattern first */
  return -1;
}

static int32_t lower(mfg_lowering *lowering, mfg_value *value, const mfg_site *site) {
  switch ((mfg_value_kind)value->kind) {
  case MFG_VALUE_LEAF: return lower_load(lowering, value, site);
  case MFG_VALUE_NUMBER:
    return mfg_builder_emit_scalar(lowering->builder, lowering->section, value->type,
                                   value->node.number);
  case MFG_VALUE_INDEX: return lower_index(lowering, value, site);
  case MFG_VALUE_ELEMENTWISE: return lower_elementwise(lowering, value, site);
  case MFG_VALUE_SHIFT: return lower_shift(lowering, value, site);
  case MFG_VALUE_GATHER: return lower_gather(lowering, value);
  case MFG_VALUE_COMPLEX: break; /* its parts are lowered, each for itself */
  case MFG_VALUE_REDUCE:
  case MFG_VALUE_SCAN:
  case MFG_VALUE_LINE_SOLVE: return lower_result(lowering, value);
  }
  lowering->status = MFG_ERROR_INTERNAL;
  return -1;
}

int32_t mfg_lower(mfg_lowering *lowering, mfg_value *value) {
  mfg_site here;
  here.count = 0;
  return lower(lowering, value, &here);
}
