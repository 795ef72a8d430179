/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop over lines: systems, scans, or kept places of a reduction. In the interleaved layout
 * an item takes a line. In the blocked layout it takes neighbouring lines along the last axis that
 * numbers them, in inner loops that a compiler can vectorise; their text stands twice, once for a
 * full block, whose count is a number there, so that what belongs to a line can stay in registers,
 * and once for the block at the end of a row. */
#include "writer.h"

mfg_frame mfg_frame_of(const mfg_shape *shape, uint32_t axes) {
  mfg_frame frame = {.axes = axes, .lane_axis = -1, .lanes = 1};
  if (shape->layout != MFG_LAYOUT_BLOCKED) return frame;
  for (uint32_t axis = 0; axis < shape->rank; axis++)
    if (axes >> axis & 1 && shape->block_lines > 1) frame.lane_axis = (int)axis;
  if (frame.lane_axis >= 0) frame.lanes = shape->block_lines;
  return frame;
}

static void write_block_indices(mfg_writer *writer, const mfg_frame *frame) {
  uint32_t axis = (uint32_t)frame->lane_axis, outer = frame->axes & ~(UINT32_C(1) << axis);
  mfg_term n = mfg_field_extent(writer->module, axis);
  MFG_ADD(writer,
          "  const long blocks_in_a_row = (%s + %u) / %u;\n"
          "  const mfg_index first = block %% blocks_in_a_row * %u;\n"
          "  const int lanes = %s - first < %u ? %s - first : %u;\n",
          n.text, frame->lanes - 1, frame->lanes, frame->lanes, n.text, frame->lanes, n.text,
          frame->lanes);
  if (outer == 0) return;
  MFG_ADD(writer, "  const long row = block / blocks_in_a_row;\n");
  mfg_write_indices(writer, outer, "row", true);
}

static void write_full_block(mfg_writer *writer, const mfg_frame *frame,
                             void (*write)(mfg_writer *writer, const mfg_frame *frame)) {
  mfg_frame full = *frame;
  mfg_term n = mfg_field_extent(writer->module, (uint32_t)frame->lane_axis);
  full.full = true;
  full.vector = writer->shape->vector_type != 0;
  MFG_ADD(writer, "  if (lanes == %u", frame->lanes);
  if (full.vector && writer->shape->reach_down > 0)
    MFG_ADD(writer, " && first >= %lld", (long long)writer->shape->reach_down);
  if (full.vector && writer->shape->reach_up > 0)
    MFG_ADD(writer, " && first < %s - %lld", n.text,
            (long long)writer->shape->reach_up + frame->lanes - 1);
  MFG_ADD(writer, ") {\n");
  if (full.vector) writer->vector_axis = frame->lane_axis;
  write(writer, &full);
  writer->vector_axis = -1;
}

void mfg_frame_write(mfg_writer *writer, const mfg_frame *frame,
                     void (*write)(mfg_writer *writer, const mfg_frame *frame)) {
  MFG_ADD(writer,
          "  const long slot = MFG_GROUP(0) * MFG_ITEMS(0) + MFG_ITEM(0);\n"
          "  for (long block = slot; block < %s; block += %s) {\n",
          MFG_PARAMETER(writer, BLOCKS), MFG_PARAMETER(writer, ACTIVE));
  if (frame->lane_axis < 0) {
    mfg_write_indices(writer, frame->axes, "block", true);
    write(writer, frame);
  } else {
    write_block_indices(writer, frame);
    write_full_block(writer, frame, write);
    MFG_ADD(writer, "  } else {\n");
    write(writer, frame);
    MFG_ADD(writer, "  }\n");
  }
  MFG_ADD(writer, "  }\n");
}

void mfg_lane_open(mfg_writer *writer, const mfg_frame *frame) {
  if (frame->lane_axis < 0) {
    MFG_ADD(writer, "  {\n");
    return;
  }
  if (frame->vector) {
    MFG_ADD(writer, "  {\n  const mfg_index i%d = first;\n", frame->lane_axis);
    return;
  }
  mfg_term count = frame->full ? mfg_term_format("%u", frame->lanes) : mfg_term_format("lanes");
  MFG_ADD(writer,
          "  MFG_INDEPENDENT\n  for (int lane = 0; lane < %s; lane++) {\n"
          "  const mfg_index i%d = first + lane;\n",
          count.text, frame->lane_axis);
}

void mfg_lane_close(mfg_writer *writer) {
  MFG_ADD(writer, "  }\n");
}

const char *mfg_lane_suffix(const mfg_frame *frame) {
  return mfg_lane_has_array(frame) ? "[lane]" : "";
}

void mfg_lane_variable(mfg_writer *writer, const mfg_frame *frame, const char *type,
                       const char *name, const char *value) {
  if (!mfg_lane_has_array(frame))
    MFG_ADD(writer, "  %s %s = %s;\n", type, name, value);
  else
    MFG_ADD(writer, "  %s %s[%u];\n  for (int lane = 0; lane < %u; lane++) %s[lane] = %s;\n", type,
            name, frame->lanes, frame->lanes, name, value);
}
