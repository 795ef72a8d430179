/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop over lines: systems, scans, or kept places of a reduction. In the interleaved layout
 * an item takes a line; in the blocked layout it takes neighbouring lines along the last axis, in
 * an inner loop that a compiler can vectorise. */
#include "writer.h"

mfg_frame mfg_frame_of(const mfg_shape *shape, uint32_t axes) {
  mfg_frame frame = {.axes = axes, .lane_axis = -1, .lanes = 1};
  if (shape->layout != MFG_LAYOUT_BLOCKED) return frame;
  for (uint32_t axis = 0; axis < shape->rank; axis++)
    if (axes >> axis & 1) frame.lane_axis = (int)axis;
  if (frame.lane_axis >= 0) frame.lanes = MFG_BLOCK_LINES;
  return frame;
}

void mfg_frame_open(mfg_writer *writer, const mfg_frame *frame) {
  MFG_ADD(writer,
          "  const long slot = MFG_GROUP(0) * MFG_ITEMS(0) + MFG_ITEM(0);\n"
          "  for (long block = slot; block < %s; block += %s) {\n",
          MFG_PARAMETER(writer, BLOCKS), MFG_PARAMETER(writer, ACTIVE));
  if (frame->lane_axis < 0) {
    mfg_write_indices(writer, frame->axes, "block", true);
    return;
  }
  uint32_t axis = (uint32_t)frame->lane_axis;
  mfg_term n = mfg_field_extent(writer->module, axis);
  MFG_ADD(writer,
          "  const long blocks_in_a_row = (%s + %u) / %u;\n"
          "  const mfg_index first = block %% blocks_in_a_row * %u;\n"
          "  const int lanes = %s - first < %u ? %s - first : %u;\n",
          n.text, frame->lanes - 1, frame->lanes, frame->lanes, n.text, frame->lanes, n.text,
          frame->lanes);
  uint32_t outer = frame->axes & ~(UINT32_C(1) << axis);
  if (outer == 0) return;
  MFG_ADD(writer, "  const long row = block / blocks_in_a_row;\n");
  mfg_write_indices(writer, outer, "row", true);
}

void mfg_frame_close(mfg_writer *writer) {
  MFG_ADD(writer, "  }\n");
}

void mfg_lane_open(mfg_writer *writer, const mfg_frame *frame) {
  if (frame->lane_axis < 0)
    MFG_ADD(writer, "  {\n");
  else
    MFG_ADD(writer,
            "  MFG_INDEPENDENT\n  for (int lane = 0; lane < lanes; lane++) {\n"
            "  const mfg_index i%d = first + lane;\n",
            frame->lane_axis);
}

void mfg_lane_close(mfg_writer *writer) {
  MFG_ADD(writer, "  }\n");
}

const char *mfg_lane_suffix(const mfg_frame *frame) {
  return frame->lane_axis < 0 ? "" : "[lane]";
}

void mfg_lane_variable(mfg_writer *writer, const mfg_frame *frame, const char *type,
                       const char *name, const char *value) {
  if (frame->lane_axis < 0)
    MFG_ADD(writer, "  %s %s = %s;\n", type, name, value);
  else
    MFG_ADD(writer, "  %s %s[%u];\n  for (int lane = 0; lane < %u; lane++) %s[lane] = %s;\n", type,
            name, frame->lanes, frame->lanes, name, value);
}
