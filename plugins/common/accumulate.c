/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reductions as text: totals of an item, the tree in a group, partial totals and their end. */
#include "writer.h"

#include <mfg/sdk.h>

static const mfg_accumulator *accumulator(const mfg_writer *writer, uint32_t k) {
  return &writer->shape->accumulators[k];
}

/* total += value, in the sense of accumulator k. */
static void write_combine(mfg_writer *writer, uint32_t k, const char *total, const char *place,
                          const char *value, const char *position) {
  const mfg_accumulator *a = accumulator(writer, k);
  const char *type = mfg_dtype_name(a->type);
  bool floats = a->type == MFG_FLOAT32 || a->type == MFG_FLOAT64;
  switch (a->operation) {
  case MFG_REDUCE_SUM:
  case MFG_REDUCE_PRODUCT: {
    bool sum = a->operation == MFG_REDUCE_SUM;
    if (floats)
      MFG_ADD(writer, "  %s = %s %s %s;\n", total, total, sum ? "+" : "*", value);
    else
      MFG_ADD(writer, "  %s = mfg_%s_%s(%s, %s);\n", total, sum ? "add" : "multiply", type, total,
              value);
    break;
  }
  case MFG_REDUCE_MIN:
  case MFG_REDUCE_MAX:
    MFG_ADD(writer, "  %s = mfg_%s_%s%s(%s, %s);\n", total,
            a->operation == MFG_REDUCE_MIN ? "minimum" : "maximum", type,
            writer->vector_axis < 0 ? "" : "x8", total, value);
    break;
  case MFG_REDUCE_ANY: MFG_ADD(writer, "  %s |= %s;\n", total, value); break;
  case MFG_REDUCE_ALL: MFG_ADD(writer, "  %s &= %s;\n", total, value); break;
  default:
    MFG_ADD(writer, "  if (mfg_replaces_%s_%s(%s, %s, %s, %s)) {\n  %s = %s;\n  %s = %s;\n  }\n",
            type, a->operation == MFG_REDUCE_ARGMIN ? "argmin" : "argmax", value, position, total,
            place, total, value, place, position);
  }
}

/* What is narrower than an int is gathered as one: compilers vectorise that well, and arrays of
 * bool or of bytes not always right. */
static const char *total_type_text(mfg_dtype type) {
  return mfg_dtype_size(type) < 4 ? "int" : mfg_type_text(type);
}

void mfg_write_totals(mfg_writer *writer, uint32_t lanes) {
  for (uint32_t k = 0; k < writer->shape->accumulator_count; k++) {
    const mfg_accumulator *a = accumulator(writer, k);
    const char *type = total_type_text(a->type);
    mfg_term neutral = mfg_neutral_text(a->operation, a->type);
    bool places = mfg_is_position(a->operation);
    if (lanes == 1) {
      MFG_ADD(writer, "  %s total%u = %s;\n", type, k, neutral.text);
      if (places) MFG_ADD(writer, "  long place%u = -1;\n", k);
    } else {
      MFG_ADD(writer, "  %s total%u[%u];\n", type, k, lanes);
      if (places) MFG_ADD(writer, "  long place%u[%u];\n", k, lanes);
      MFG_ADD(writer, "  for (int lane = 0; lane < %u; lane++) {\n  total%u[lane] = %s;\n", lanes,
              k, neutral.text);
      MFG_ADD(writer, places ? "  place%u[lane] = -1;\n  }\n" : "  }\n", k);
    }
  }
}

/* Eight totals, which lie in memory as those of single lines do. A truth is -1 in a vector. */
static void write_gather_vector(mfg_writer *writer, uint32_t k) {
  const mfg_accumulator *a = accumulator(writer, k);
  mfg_term value = mfg_value(writer, a->value);
  if (a->type == MFG_BOOL) value = mfg_term_format("(convert_int8(%.200s) & 1)", value.text);
  MFG_ADD(writer, "  {\n  %s together = vload8(0, total%u);\n",
          a->type == MFG_BOOL ? "int8" : mfg_lane_type_text(writer, a->type), k);
  write_combine(writer, k, "together", "", value.text, "");
  MFG_ADD(writer, "  vstore8(together, 0, total%u);\n  }\n", k);
}

void mfg_write_gather(mfg_writer *writer, const char *suffix, const char *position) {
  for (uint32_t k = 0; k < writer->shape->accumulator_count; k++) {
    if (writer->vector_axis >= 0)
      write_gather_vector(writer, k);
    else
      write_combine(writer, k, mfg_term_format("total%u%s", k, suffix).text,
                    mfg_term_format("place%u%s", k, suffix).text,
                    mfg_value(writer, accumulator(writer, k)->value).text, position);
  }
}

void mfg_write_join_lanes(mfg_writer *writer, uint32_t lanes) {
  if (writer->shape->accumulator_count == 0) return;
  MFG_ADD(writer, "  for (int lane = 1; lane < %u; lane++) {\n", lanes);
  for (uint32_t k = 0; k < writer->shape->accumulator_count; k++)
    write_combine(writer, k, mfg_term_format("total%u[0]", k).text,
                  mfg_term_format("place%u[0]", k).text, mfg_term_format("total%u[lane]", k).text,
                  mfg_term_format("place%u[lane]", k).text);
  MFG_ADD(writer, "  }\n");
}

/* ---- the tree ------------------------------------------------------------------------------- */

/* Every array of the tree takes 8 bytes an item, whatever its type. */
static void write_shared(mfg_writer *writer) {
  uint32_t slot = 0;
  for (uint32_t k = 0; k < writer->shape->accumulator_count; k++) {
    const mfg_accumulator *a = accumulator(writer, k);
    const char *type = mfg_memory_type_text(a->type);
    MFG_ADD(writer, "  MFG_LOCAL %s *shared%u = (MFG_LOCAL %s *)(shared + %u * MFG_ITEMS(0));\n",
            type, k, type, slot++);
    if (mfg_is_position(a->operation))
      MFG_ADD(writer,
              "  MFG_LOCAL long *where%u = (MFG_LOCAL long *)(shared + %u * MFG_ITEMS(0));\n", k,
              slot++);
  }
}

static void write_share(mfg_writer *writer) {
  for (uint32_t k = 0; k < writer->shape->accumulator_count; k++) {
    MFG_ADD(writer, "  shared%u[item] = total%u;\n", k, k);
    if (mfg_is_position(accumulator(writer, k)->operation))
      MFG_ADD(writer, "  where%u[item] = place%u;\n", k, k);
  }
}

void mfg_write_tree(mfg_writer *writer, const char *stride) {
  MFG_ADD(writer, "  const long item = MFG_ITEM(0);\n");
  write_shared(writer);
  write_share(writer);
  MFG_ADD(writer,
          "  for (long reach = lanes / 2; reach > 0; reach /= 2) {\n  MFG_BARRIER();\n"
          "  if (lane < reach) {\n  const long other = item + reach * %s;\n",
          stride);
  for (uint32_t k = 0; k < writer->shape->accumulator_count; k++)
    write_combine(writer, k, mfg_term_format("total%u", k).text, mfg_term_format("place%u", k).text,
                  mfg_term_format(accumulator(writer, k)->type == MFG_BOOL
                                      ? "(shared%u[other] != 0)"
                                      : "shared%u[other]",
                                  k)
                      .text,
                  mfg_term_format("where%u[other]", k).text);
  write_share(writer);
  MFG_ADD(writer, "  }\n  }\n");
}

/* ---- partial totals ------------------------------------------------------------------------- */

void mfg_write_partials(mfg_writer *writer) {
  for (uint32_t k = 0; k < writer->shape->accumulator_count; k++) {
    const mfg_accumulator *a = accumulator(writer, k);
    const char *type = mfg_memory_type_text(a->type);
    MFG_ADD(writer, "  MFG_GLOBAL %s *partial%u = (MFG_GLOBAL %s *)(scratch + %s);\n", type, k,
            type, mfg_field_scratch(writer->module, MFG_SCRATCH_PARTIAL + k).text);
    if (!mfg_is_position(a->operation)) continue;
    MFG_ADD(writer, "  MFG_GLOBAL long *partial_place%u = (MFG_GLOBAL long *)(scratch + %s);\n", k,
            mfg_field_scratch(writer->module, MFG_SCRATCH_PLACE + k).text);
  }
}

void mfg_write_store_partial(mfg_writer *writer, const char *index, const char *suffix) {
  for (uint32_t k = 0; k < writer->shape->accumulator_count; k++) {
    MFG_ADD(writer, "  partial%u[%s] = total%u%s;\n", k, index, k, suffix);
    if (mfg_is_position(accumulator(writer, k)->operation))
      MFG_ADD(writer, "  partial_place%u[%s] = place%u%s;\n", k, index, k, suffix);
  }
}

void mfg_write_group_end(mfg_writer *writer, uint32_t lanes) {
  if (writer->shape->accumulator_count == 0) return;
  mfg_write_partials(writer);
  if (writer->shape->layout == MFG_LAYOUT_BLOCKED) {
    if (lanes > 1) mfg_write_join_lanes(writer, lanes);
    MFG_ADD(writer, "  const long group = MFG_GROUP(1) * %s + slot;\n",
            MFG_PARAMETER(writer, ACTIVE));
  } else {
    MFG_ADD(writer, "  const long lane = MFG_ITEM(0), lanes = MFG_ITEMS(0);\n");
    mfg_write_tree(writer, "1");
    MFG_ADD(writer, "  if (lane != 0) return;\n"
                    "  const long group = MFG_GROUP(1) * MFG_GROUPS(0) + MFG_GROUP(0);\n");
  }
  const char *suffix = lanes > 1 ? "[0]" : "";
  MFG_ADD(writer, "  if (%s > 1) {\n", MFG_PARAMETER(writer, PARTIALS));
  mfg_write_store_partial(writer, "group", suffix);
  MFG_ADD(writer, "  } else {\n");
  mfg_write_reductions(writer, suffix);
  MFG_ADD(writer, "  }\n");
}

/* ---- the end -------------------------------------------------------------------------------- */

static mfg_term final_text(const mfg_writer *writer, uint32_t k, const char *suffix) {
  if (!mfg_is_position(accumulator(writer, k)->operation))
    return mfg_term_format("total%u%s", k, suffix);
  return mfg_term_format("(place%u%s < 0 ? 0 : place%u%s)", k, suffix, k, suffix);
}

void mfg_write_reductions(mfg_writer *writer, const char *suffix) {
  for (uint32_t k = 0; k < writer->shape->accumulator_count; k++)
    MFG_ADD(writer, "  operand%u[0] = %s;\n", accumulator(writer, k)->operand,
            final_text(writer, k, suffix).text);
}

void mfg_write_leave(mfg_writer *writer, const char *suffix) {
  for (uint32_t k = 0; k < writer->shape->accumulator_count; k++) {
    const mfg_accumulator *a = accumulator(writer, k);
    MFG_ADD(writer, "  const %s result%u = %s;\n",
            mfg_is_position(a->operation) ? "long" : mfg_type_text(a->type), k,
            final_text(writer, k, suffix).text);
  }
  mfg_use_epilogue(writer);
  mfg_write_section(writer);
  mfg_write_outputs(writer);
}

static void write_end(mfg_writer *writer) {
  if (writer->shape->kind == MFG_PATTERN_REDUCE)
    mfg_write_leave(writer, "");
  else
    mfg_write_reductions(writer, "");
}

static void write_combine_partials(mfg_writer *writer, const char *first, const char *step) {
  MFG_ADD(writer,
          "  for (long part = %s; part < %s; part += %s) {\n  const long index = part * %s + "
          "kept;\n",
          first, MFG_PARAMETER(writer, PARTIALS), step, MFG_PARAMETER(writer, KEPT));
  for (uint32_t k = 0; k < writer->shape->accumulator_count; k++)
    write_combine(writer, k, mfg_term_format("total%u", k).text, mfg_term_format("place%u", k).text,
                  mfg_term_format(accumulator(writer, k)->type == MFG_BOOL
                                      ? "(partial%u[index] != 0)"
                                      : "partial%u[index]",
                                  k)
                      .text,
                  mfg_term_format("partial_place%u[index]", k).text);
  MFG_ADD(writer, "  }\n");
}

void mfg_write_finish(mfg_writer *writer) {
  bool reduce = writer->shape->kind == MFG_PATTERN_REDUCE;
  uint32_t kept_axes = reduce ? mfg_all_axes(writer->shape->rank) & ~writer->shape->axes : 0;
  mfg_write_entry(writer, "mfg_finish");
  MFG_ADD(writer, "  const long kept = MFG_GROUP(0);\n");
  mfg_write_partials(writer);
  mfg_write_totals(writer, 1);
  if (writer->shape->layout == MFG_LAYOUT_BLOCKED) {
    write_combine_partials(writer, "0", "1");
  } else {
    MFG_ADD(writer, "  const long lane = MFG_ITEM(0), lanes = MFG_ITEMS(0);\n");
    write_combine_partials(writer, "lane", "lanes");
    mfg_write_tree(writer, "1");
    MFG_ADD(writer, "  if (lane == 0) {\n");
  }
  mfg_write_indices(writer, kept_axes, "kept", true);
  write_end(writer);
  MFG_ADD(writer, writer->shape->layout == MFG_LAYOUT_BLOCKED ? "}\n" : "  }\n}\n");
}
