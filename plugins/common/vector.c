/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Eight neighbours along one axis at a time, in the blocked layout: what a compiler makes of a loop
 * over them depends on whether it can see through strides, boundaries and mathematical functions; a
 * vector type leaves it no choice. Only kernels that compute with one type of float have such a
 * text, and only where no site meets its boundary along that axis; for all else, and for the
 * elements that are left over, the text of single elements stands beside it. */
#include "emitter_internal.h"

#include <mfg/sdk.h>

/* Neighbours that sites may look away; farther, and little would be left to do eight at a time. */
#define REACH_LIMIT 4096

/* ---- which kernels -------------------------------------------------------------------------- */

static bool is_float(mfg_dtype type) {
  return type == MFG_FLOAT32 || type == MFG_FLOAT64;
}

static bool is_lane_type(mfg_dtype type, mfg_dtype base) {
  return type == base || type == MFG_BOOL;
}

static bool fits(const mfg_span *section, const mfg_kernel_instruction *instruction,
                 mfg_dtype base) {
  uint32_t operation = instruction->operation;
  mfg_dtype type = instruction->type;
  switch (operation) {
  case MFG_OP_LOAD:
  case MFG_OP_RESULT: return type == base;
  case MFG_OP_INDEX:
  case MFG_OP_EXTENT: return true;
  case MFG_OP_CONSTANT:
  case MFG_OP_SCALAR: return is_lane_type(type, base);
  case MFG_OP_GATHER:
  case MFG_OP_REMAINDER:
  case MFG_OP_SIGN:
  /* PoCL 3.1 misses the powers' and the single precision circles' bounds in its vector forms. */
  case MFG_OP_POW: return false;
  case MFG_OP_SIN:
  case MFG_OP_COS:
  case MFG_OP_TAN:
    if (base == MFG_FLOAT32) return false;
    break;
  default: break;
  }
  for (int i = 0; i < 3 && instruction->arguments[i] >= 0; i++) {
    mfg_dtype from = mfg_kernel_instruction_at(section, (uint32_t)instruction->arguments[i])->type;
    bool from_index = operation == MFG_OP_CONVERT && from == MFG_INT64 && type == base;
    if (!from_index && !is_lane_type(from, base)) return false;
  }
  return is_lane_type(type, base);
}

static bool section_fits(const mfg_span *section, mfg_dtype base) {
  for (uint32_t i = 0; i < section->count; i++)
    if (!fits(section, mfg_kernel_instruction_at(section, i), base)) return false;
  return true;
}

/* The float of its outputs, if all are of one type. What final reductions write is no output. */
static mfg_dtype output_type(const mfg_kernel_description *kernel) {
  mfg_dtype type = 0;
  for (uint32_t i = 0; i < kernel->outputs.count; i++) {
    uint32_t operand = mfg_kernel_output_at(kernel, i)->operand;
    mfg_dtype written = mfg_kernel_operand_at(kernel, operand)->type;
    if (!is_float(written) || (type != 0 && type != written)) return 0;
    type = written;
  }
  return type;
}

/* Sums and extremes of the floats, and truths. */
static bool reduces_lanes(const mfg_shape *shape, mfg_dtype base) {
  for (uint32_t k = 0; k < shape->accumulator_count; k++)
    if (!is_lane_type(shape->accumulators[k].type, base) ||
        mfg_is_position(shape->accumulators[k].operation))
      return false;
  return shape->stored_count == 0;
}

/* How far sites look down and up along an axis; false where it is too far. */
static bool find_reach(const mfg_kernel_description *kernel, uint32_t axis, mfg_shape *shape) {
  shape->reach_down = shape->reach_up = 0;
  for (uint32_t s = 0; s < kernel->sites.count; s++) {
    const mfg_kernel_site *site = mfg_kernel_site_at(kernel, s);
    int64_t at = 0;
    for (uint32_t k = 0; k < site->count; k++) {
      const mfg_kernel_step *step = mfg_kernel_step_at(kernel, site->first + k);
      if (step->axis != axis) continue;
      if (step->offset < -REACH_LIMIT || step->offset > REACH_LIMIT) return false;
      at += step->offset;
      if (-at > shape->reach_down) shape->reach_down = -at;
      if (at > shape->reach_up) shape->reach_up = at;
    }
  }
  return shape->reach_down <= REACH_LIMIT && shape->reach_up <= REACH_LIMIT;
}

/* The axis along which an item takes several places (MAP) or lines, or -1. */
static int neighbour_axis(const mfg_shape *shape) {
  int last = (int)shape->rank - 1;
  bool along_last = last >= 0 && (uint32_t)last == shape->axis;
  switch (shape->kind) {
  case MFG_PATTERN_MAP: return shape->accumulator_count > 0 ? -1 : last;
  case MFG_PATTERN_SCAN: return along_last ? -1 : last;
  case MFG_PATTERN_LINE_SOLVE: return along_last ? last - 1 : last;
  default: return -1;
  }
}

void mfg_vector_shape(const mfg_kernel_description *kernel, mfg_shape *shape) {
  mfg_dtype base = output_type(kernel);
  int axis = neighbour_axis(shape);
  shape->vector_type = 0;
  if (shape->layout != MFG_LAYOUT_BLOCKED || axis < 0 || base == 0 || shape->staged_scan) return;
  if (!section_fits(&kernel->prologue, base) || !section_fits(&kernel->epilogue, base) ||
      !reduces_lanes(shape, base) || !find_reach(kernel, (uint32_t)axis, shape))
    return;
  for (uint32_t k = 0; k < shape->scan_count; k++)
    if (shape->scan_sizes[k] != mfg_dtype_size(base)) return;
  shape->vector_type = base;
}

/* ---- texts ---------------------------------------------------------------------------------- */

static const char *truth_text(const mfg_writer *writer) {
  return writer->shape->vector_type == MFG_FLOAT64 ? "long8" : "int8";
}

const char *mfg_lane_type_text(const mfg_writer *writer, mfg_dtype type) {
  if (writer->vector_axis < 0) return mfg_type_text(type);
  switch (type) {
  case MFG_FLOAT64: return "double8";
  case MFG_FLOAT32: return "float8";
  case MFG_BOOL: return truth_text(writer);
  default: return "long8";
  }
}

mfg_term mfg_spread(const mfg_writer *writer, mfg_dtype type, mfg_term value) {
  if (writer->vector_axis < 0) return value;
  if (type == MFG_BOOL)
    return mfg_term_format("(%s)(%.200s ? -1 : 0)", truth_text(writer), value.text);
  return mfg_term_format("(%s)(%.200s)", mfg_lane_type_text(writer, type), value.text);
}

mfg_term mfg_vector_convert(const mfg_writer *writer, mfg_dtype type, mfg_dtype from,
                            const char *a) {
  if (type == MFG_BOOL) return mfg_term_format(from == MFG_BOOL ? "%s" : "(%s != 0)", a);
  if (type == from) return mfg_term_format("%s", a);
  return mfg_term_format("convert_%s(%s%s)", mfg_lane_type_text(writer, type),
                         from == MFG_BOOL ? "-" : "", a);
}

/* The stride of an operand along the axis of the neighbours. */
static mfg_term stride_text(mfg_writer *writer, uint32_t operand) {
  return mfg_field_stride(writer->module, operand, (uint32_t)writer->vector_axis);
}

static uint8_t stride_class(const mfg_writer *writer, uint32_t operand) {
  return mfg_kernel_operand_at(writer->kernel, operand)->stride_class[writer->vector_axis];
}

void mfg_add_vector_load(mfg_writer *writer, uint32_t operand, const char *element) {
  const char *name = mfg_dtype_name(writer->shape->vector_type);
  switch (stride_class(writer, operand)) {
  case MFG_STRIDE_UNIT: MFG_ADD(writer, "vload8(0, &%s)", element); break;
  case MFG_STRIDE_ZERO:
    MFG_ADD(writer, "(%s)(%s)", mfg_lane_type_text(writer, writer->shape->vector_type), element);
    break;
  default:
    MFG_ADD(writer, "mfg_load_%sx8(&%s, %s)", name, element, stride_text(writer, operand).text);
  }
}

void mfg_write_vector_store(mfg_writer *writer, uint32_t operand, const char *element,
                            const char *value) {
  if (stride_class(writer, operand) == MFG_STRIDE_UNIT)
    MFG_ADD(writer, "  vstore8(%s, 0, &%s);\n", value, element);
  else
    MFG_ADD(writer, "  mfg_store_%sx8(%s, &%s, %s);\n", mfg_dtype_name(writer->shape->vector_type),
            value, element, stride_text(writer, operand).text);
}

void mfg_write_vector_instances(const mfg_writer *writer, mfg_text *text) {
  mfg_dtype type = writer->shape->vector_type;
  if (type == 0) return;
  mfg_text_add(text, "%s\nMFG_VECTOR_OPERATIONS(%s, %sx8)\n", mfg_dialect_vectors,
               mfg_type_text(type), mfg_dtype_name(type));
}
