/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MAP without reductions: the last axis along dimension 0, the one before along dimension 1, all
 * others along dimension 2. In the interleaved layout items go on by the whole width of dimensions
 * 1 and 2, where a device may not have as many groups as there are places. */
#include "writer.h"

static void write_last_index(mfg_writer *writer) {
  uint32_t last = writer->kernel->rank - 1;
  MFG_ADD(writer,
          "  const mfg_index i%u = (mfg_index)(MFG_GROUP(0) * MFG_ITEMS(0) + MFG_ITEM(0));\n"
          "  if (i%u >= %s) return;\n",
          last, last, mfg_field_extent(writer->module, last).text);
}

/* Opens a loop for each dimension in use above 0; returns how many. */
static uint32_t open_outer_loops(mfg_writer *writer) {
  uint32_t rank = writer->kernel->rank;
  if (rank >= 3) {
    MFG_ADD(writer, "  for (long outer = MFG_GROUP(2); outer < %s; outer += MFG_GROUPS(2)) {\n",
            MFG_PARAMETER(writer, OUTER));
    mfg_write_indices(writer, mfg_all_axes(rank - 2), "outer", true);
  }
  if (rank >= 2)
    MFG_ADD(writer,
            "  for (long row = MFG_GROUP(1) * MFG_ITEMS(1) + MFG_ITEM(1); row < %s;\n"
            "    row += MFG_GROUPS(1) * MFG_ITEMS(1)) {\n"
            "  const mfg_index i%u = (mfg_index)row;\n",
            mfg_field_extent(writer->module, rank - 2).text, rank - 2);
  return rank < 2 ? 0 : rank < 3 ? 1 : 2;
}

static void write_outer_indices(mfg_writer *writer) {
  uint32_t rank = writer->kernel->rank;
  if (rank >= 2)
    MFG_ADD(writer,
            "  const mfg_index i%u = (mfg_index)(MFG_GROUP(1) * MFG_ITEMS(1) + MFG_ITEM(1));\n"
            "  if (i%u >= %s) return;\n",
            rank - 2, rank - 2, mfg_field_extent(writer->module, rank - 2).text);
  if (rank >= 3) {
    MFG_ADD(writer, "  const long outer = MFG_GROUP(2);\n");
    mfg_write_indices(writer, mfg_all_axes(rank - 2), "outer", true);
  }
}

static void write_body(mfg_writer *writer) {
  mfg_use_prologue(writer);
  mfg_write_section(writer);
  mfg_write_outputs(writer);
}

/* Eight elements where no site meets a boundary; the loop goes on with what follows them. */
static void write_vectors(mfg_writer *writer, uint32_t last, const char *n) {
  const mfg_shape *shape = writer->shape;
  MFG_ADD(writer, "  if (place + %d <= end", MFG_VECTOR_LANES);
  if (shape->reach_down > 0) MFG_ADD(writer, " && place >= %lld", (long long)shape->reach_down);
  if (shape->reach_up > 0)
    MFG_ADD(writer, " && place < %s - %lld", n, (long long)shape->reach_up + MFG_VECTOR_LANES - 1);
  MFG_ADD(writer, ") {\n  const mfg_index i%u = place;\n", last);
  writer->vector_axis = (int)last;
  write_body(writer);
  writer->vector_axis = -1;
  MFG_ADD(writer, "  place += %d;\n  continue;\n  }\n", MFG_VECTOR_LANES);
}

static void write_blocked(mfg_writer *writer) {
  uint32_t last = writer->kernel->rank - 1;
  write_outer_indices(writer);
  mfg_term n = mfg_field_extent(writer->module, last);
  mfg_term chunk = mfg_field_parameter(writer->module, MFG_PARAMETER_CHUNK);
  bool vectors = writer->shape->vector_type != 0;
  MFG_ADD(writer,
          "  const long begin = MFG_GROUP(0) * %s;\n"
          "  const mfg_index end = %s - begin < %s ? %s : begin + %s;\n",
          chunk.text, n.text, chunk.text, n.text, chunk.text);
  if (vectors) {
    MFG_ADD(writer, "  for (mfg_index place = begin; place < end;) {\n");
    write_vectors(writer, last, n.text);
    MFG_ADD(writer, "  const mfg_index i%u = place++;\n", last);
  } else {
    MFG_ADD(writer, "  MFG_INDEPENDENT\n  for (mfg_index i%u = begin; i%u < end; i%u++) {\n", last,
            last, last);
  }
  write_body(writer);
  MFG_ADD(writer, "  }\n}\n");
}

static void write_interleaved(mfg_writer *writer) {
  if (writer->kernel->rank > 0) write_last_index(writer);
  uint32_t loops = open_outer_loops(writer);
  write_body(writer);
  for (uint32_t k = 0; k < loops; k++)
    MFG_ADD(writer, "  }\n");
  MFG_ADD(writer, "}\n");
}

void mfg_write_map(mfg_writer *writer) {
  mfg_write_entry(writer, "mfg_main");
  if (writer->kernel->rank > 0 && writer->shape->layout == MFG_LAYOUT_BLOCKED)
    write_blocked(writer);
  else
    write_interleaved(writer);
}
