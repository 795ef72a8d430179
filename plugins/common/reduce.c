/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* REDUCE, and MAP with reductions over all axes. The reduced places are numbered row-major and cut
 * into parts; with more than one part the totals of each are left in scratch for the finish. */
#include "writer.h"

static bool is_map(const mfg_writer *writer) {
  return writer->shape->kind == MFG_PATTERN_MAP;
}

static void write_body(mfg_writer *writer, const char *suffix, const char *position) {
  mfg_use_prologue(writer);
  mfg_write_section(writer);
  if (is_map(writer)) mfg_write_outputs(writer);
  mfg_write_gather(writer, suffix, position);
}

/* Moves the indices of `axes` on by `advanceA` along each axis, with carry. */
static void write_advance(mfg_writer *writer, uint32_t axes, bool by_one) {
  MFG_ADD(writer, by_one ? "  long next, carry = 1;\n" : "  long next, carry = 0;\n");
  for (uint32_t axis = writer->kernel->rank; axis-- > 0;) {
    if ((axes >> axis & 1) == 0) continue;
    axes &= ~(UINT32_C(1) << axis);
    mfg_term n = mfg_field_extent(writer->module, axis);
    mfg_term step =
        by_one ? mfg_term_format("carry")
               : mfg_term_format(
                     "%s + carry",
                     mfg_field_parameter(writer->module, MFG_PARAMETER_STRIDE_0 + axis).text);
    MFG_ADD(writer, "  next = i%u + %s;\n", axis, step.text);
    if (axes == 0)
      MFG_ADD(writer, "  i%u = (mfg_index)next;\n", axis);
    else
      MFG_ADD(writer, "  carry = next >= %s;\n  i%u = (mfg_index)(carry ? next - %s : next);\n",
              n.text, axis, n.text);
  }
}

/* ---- interleaved ---------------------------------------------------------------------------- */

static void write_interleaved(mfg_writer *writer) {
  uint32_t axes = writer->shape->axes, kept_axes = mfg_all_axes(writer->shape->rank) & ~axes;
  mfg_term kept_items = mfg_field_parameter(writer->module, MFG_PARAMETER_KEPT_ITEMS);
  mfg_term kept = mfg_field_parameter(writer->module, MFG_PARAMETER_KEPT);
  mfg_term parts = mfg_field_parameter(writer->module, MFG_PARAMETER_PARTS);
  mfg_term places = mfg_field_parameter(writer->module, MFG_PARAMETER_PLACES);
  MFG_ADD(writer,
          "  const long lane = MFG_ITEM(0) / %s, lanes = MFG_ITEMS(0) / %s;\n"
          "  const long kept = MFG_GROUP(0) * %s + MFG_ITEM(0) %% %s;\n",
          kept_items.text, kept_items.text, kept_items.text, kept_items.text);
  mfg_write_partials(writer);
  mfg_write_totals(writer, 1);
  mfg_write_indices(writer, kept_axes, "kept", true);
  MFG_ADD(writer,
          "  long place = MFG_GROUP(1) * lanes + lane;\n"
          "  if (kept < %s && place < %s) {\n",
          kept.text, places.text);
  mfg_write_indices(writer, axes, "place", false);
  MFG_ADD(writer, "  for (; place < %s; place += %s * lanes) {\n  {\n", places.text, parts.text);
  write_body(writer, "", "place");
  MFG_ADD(writer, "  }\n");
  if (axes) write_advance(writer, axes, false);
  MFG_ADD(writer, "  }\n  }\n");
  mfg_write_tree(writer, kept_items.text);
  MFG_ADD(writer, "  if (lane != 0 || kept >= %s) return;\n  if (%s > 1) {\n", kept.text,
          parts.text);
  mfg_write_store_partial(writer, mfg_term_format("MFG_GROUP(1) * %s + kept", kept.text).text, "");
  MFG_ADD(writer, "  } else {\n");
  if (is_map(writer))
    mfg_write_reductions(writer, "");
  else
    mfg_write_leave(writer, "");
  MFG_ADD(writer, "  }\n}\n");
}

/* ---- blocked -------------------------------------------------------------------------------- */

static void write_range(mfg_writer *writer) {
  mfg_term chunk = mfg_field_parameter(writer->module, MFG_PARAMETER_CHUNK);
  mfg_term places = mfg_field_parameter(writer->module, MFG_PARAMETER_PLACES);
  MFG_ADD(writer,
          "  long place = MFG_GROUP(1) * %s;\n"
          "  const long end = %s - place < %s ? %s : place + %s;\n",
          chunk.text, places.text, chunk.text, places.text, chunk.text);
}

static void write_end_of_block(mfg_writer *writer, const char *kept, const char *suffix) {
  MFG_ADD(writer, "  if (%s > 1) {\n", MFG_PARAMETER(writer, PARTS));
  mfg_write_store_partial(
      writer, mfg_term_format("MFG_GROUP(1) * %s + %s", MFG_PARAMETER(writer, KEPT), kept).text,
      suffix);
  MFG_ADD(writer, "  } else {\n");
  if (is_map(writer))
    mfg_write_reductions(writer, suffix);
  else
    mfg_write_leave(writer, suffix);
  MFG_ADD(writer, "  }\n");
}

static void write_columns(mfg_writer *writer, const mfg_frame *frame) {
  uint32_t axes = writer->shape->axes, kept_axes = mfg_all_axes(writer->shape->rank) & ~axes;
  mfg_write_totals(writer, frame->lanes);
  write_range(writer);
  MFG_ADD(writer, "  if (place < end) {\n");
  mfg_write_indices(writer, axes, "place", false);
  MFG_ADD(writer, "  for (; place < end; place++) {\n");
  mfg_lane_open(writer, frame);
  write_body(writer, "[lane]", "place");
  mfg_lane_close(writer);
  if (axes) write_advance(writer, axes, true);
  MFG_ADD(writer, "  }\n  }\n");
  mfg_lane_open(writer, frame);
  mfg_term kept = mfg_place(writer, kept_axes);
  write_end_of_block(writer, mfg_term_format("(%.250s)", kept.text).text, "[lane]");
  mfg_lane_close(writer);
}

/* The last axis is kept: neighbouring kept places side by side. */
static void write_blocked_columns(mfg_writer *writer) {
  mfg_frame frame =
      mfg_frame_of(writer->shape, mfg_all_axes(writer->shape->rank) & ~writer->shape->axes);
  mfg_write_partials(writer);
  mfg_frame_write(writer, &frame, write_columns);
}

/* Elements from `base` on, one for each of `count` totals. */
static void write_strip(mfg_writer *writer, uint32_t last, const char *count) {
  MFG_ADD(writer,
          "  const mfg_index first = i%u + base;\n"
          "  MFG_INDEPENDENT\n  for (int lane = 0; lane < %s; lane++) {\n"
          "  const mfg_index i%u = first + lane;\n",
          last, count, last);
  write_body(writer, "[lane]", "(place + base + lane)");
  MFG_ADD(writer, "  }\n");
}

/* The last axis is reduced: runs along it, with several totals side by side. Where there is an
 * element for each, their number stands in the text, so that they can stay in registers. */
static void write_runs(mfg_writer *writer) {
  uint32_t axes = writer->shape->axes, last = writer->shape->rank - 1;
  mfg_term n = mfg_field_extent(writer->module, last);
  MFG_ADD(writer,
          "  const long left = end - place, room = %s - i%u;\n"
          "  const long run = left < room ? left : room;\n"
          "  long base = 0;\n"
          "  for (; base + %u <= run; base += %u) {\n",
          n.text, last, MFG_BLOCK_TOTALS, MFG_BLOCK_TOTALS);
  write_strip(writer, last, mfg_term_format("%u", MFG_BLOCK_TOTALS).text);
  MFG_ADD(writer, "  }\n  {\n");
  write_strip(writer, last, "(int)(run - base)");
  MFG_ADD(writer, "  }\n  place += run;\n  i%u = 0;\n", last);
  uint32_t outer = axes & ~(UINT32_C(1) << last);
  if (outer) write_advance(writer, outer, true);
}

static void write_blocked_rows(mfg_writer *writer) {
  uint32_t axes = writer->shape->axes, kept_axes = mfg_all_axes(writer->shape->rank) & ~axes;
  mfg_write_partials(writer);
  MFG_ADD(writer,
          "  const long kept = MFG_GROUP(0) * MFG_ITEMS(0) + MFG_ITEM(0);\n"
          "  if (kept >= %s) return;\n",
          MFG_PARAMETER(writer, KEPT));
  mfg_write_indices(writer, kept_axes, "kept", true);
  mfg_write_totals(writer, MFG_BLOCK_TOTALS);
  write_range(writer);
  MFG_ADD(writer, "  if (place < end) {\n");
  mfg_write_indices(writer, axes, "place", false);
  MFG_ADD(writer, "  while (place < end) {\n");
  write_runs(writer);
  MFG_ADD(writer, "  }\n  }\n");
  mfg_write_join_lanes(writer, MFG_BLOCK_TOTALS);
  write_end_of_block(writer, "kept", "[0]");
}

/* Nothing is reduced over: rank 0, or no axes and nothing kept along an axis. */
static void write_blocked_single(mfg_writer *writer) {
  mfg_write_partials(writer);
  mfg_write_totals(writer, 1);
  MFG_ADD(writer, "  const long kept = 0;\n  {\n");
  write_body(writer, "", "0");
  MFG_ADD(writer, "  }\n");
  write_end_of_block(writer, "kept", "");
}

void mfg_write_reduce(mfg_writer *writer) {
  uint32_t rank = writer->shape->rank;
  mfg_write_entry(writer, "mfg_main");
  if (writer->shape->layout != MFG_LAYOUT_BLOCKED) {
    write_interleaved(writer);
  } else {
    if (rank == 0)
      write_blocked_single(writer);
    else if (writer->shape->axes >> (rank - 1) & 1)
      write_blocked_rows(writer);
    else
      write_blocked_columns(writer);
    MFG_ADD(writer, "}\n");
  }
  mfg_write_finish(writer);
}
