/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SCAN. An item runs along a part of a line. With more than one part a line, the totals of the
 * parts come first, then their own scan, then the results. Where the prologue looks along the axis
 * its values are stored before a result is written, since operands and outputs may share memory. */
#include "writer.h"

#include <mfg/sdk.h>

static mfg_dtype scan_type(const mfg_writer *writer, uint32_t k) {
  const mfg_kernel_pattern *pattern = writer->kernel->pattern;
  return mfg_kernel_instruction_at(&writer->kernel->prologue, (uint32_t)pattern->values[k])->type;
}

static void write_combine(mfg_writer *writer, uint32_t k, const char *total, const char *value) {
  bool sum = writer->kernel->pattern->operations[k] == MFG_REDUCE_SUM;
  mfg_dtype type = scan_type(writer, k);
  if (type == MFG_FLOAT32 || type == MFG_FLOAT64)
    MFG_ADD(writer, "  %s = %s %s %s;\n", total, total, sum ? "+" : "*", value);
  else
    MFG_ADD(writer, "  %s = mfg_%s_%s(%s, %s);\n", total, sum ? "add" : "multiply",
            mfg_dtype_name(type), total, value);
}

static void write_arrays(mfg_writer *writer) {
  for (uint32_t k = 0; k < writer->kernel->pattern->count; k++) {
    const char *type = mfg_type_text(scan_type(writer, k));
    MFG_ADD(writer, "  MFG_GLOBAL %s *part_total%u = (MFG_GLOBAL %s *)(scratch + %s);\n", type, k,
            type, mfg_field_scratch(writer->module, MFG_SCRATCH_LINE + k).text);
    if (writer->shape->staged_scan)
      MFG_ADD(writer, "  MFG_GLOBAL %s *entering%u = (MFG_GLOBAL %s *)(scratch + %s);\n", type, k,
              type, mfg_field_scratch(writer->module, MFG_SCRATCH_ENTERING + k).text);
  }
}

static void write_running(mfg_writer *writer, const mfg_frame *frame) {
  for (uint32_t k = 0; k < writer->kernel->pattern->count; k++)
    mfg_lane_variable(
        writer, frame, mfg_lane_type_text(writer, scan_type(writer, k)),
        mfg_term_format("running%u", k).text,
        mfg_neutral_text(writer->kernel->pattern->operations[k], scan_type(writer, k)).text);
}

/* Total of this part of this line. */
static mfg_term part_index(mfg_writer *writer, const mfg_frame *frame) {
  mfg_term lines = mfg_field_parameter(writer->module, MFG_PARAMETER_PLACES);
  return mfg_term_format("MFG_GROUP(1) * %s + %.180s", lines.text,
                         mfg_place(writer, frame->axes).text);
}

static void open_steps(mfg_writer *writer) {
  uint32_t axis = writer->kernel->pattern->axis;
  mfg_term n = mfg_field_extent(writer->module, axis);
  mfg_term chunk = mfg_field_parameter(writer->module, MFG_PARAMETER_CHUNK);
  MFG_ADD(writer,
          "  const long begin = MFG_GROUP(1) * %s;\n"
          "  const long end = %s - begin < %s ? %s : begin + %s;\n"
          "  for (long step = begin; step < end; step++) {\n",
          chunk.text, n.text, chunk.text, n.text, chunk.text);
  if (writer->kernel->pattern->flags & MFG_PATTERN_REVERSE)
    MFG_ADD(writer, "  const mfg_index i%u = (mfg_index)(%s - 1 - step);\n", axis, n.text);
  else
    MFG_ADD(writer, "  const mfg_index i%u = (mfg_index)step;\n", axis);
}

/* The values that enter, as `enterK`. */
static void write_entering(mfg_writer *writer, bool stored) {
  mfg_term place = mfg_place(writer, mfg_all_axes(writer->kernel->rank));
  if (stored) {
    for (uint32_t k = 0; k < writer->kernel->pattern->count; k++)
      MFG_ADD(writer, "  const %s enter%u = entering%u[%s];\n",
              mfg_lane_type_text(writer, scan_type(writer, k)), k, k, place.text);
    return;
  }
  mfg_use_prologue(writer);
  mfg_write_section(writer);
  for (uint32_t k = 0; k < writer->kernel->pattern->count; k++)
    MFG_ADD(writer, "  const %s enter%u = %s;\n", mfg_lane_type_text(writer, scan_type(writer, k)),
            k, mfg_value(writer, writer->kernel->pattern->values[k]).text);
}

static mfg_frame line_frame(const mfg_writer *writer) {
  uint32_t axis = writer->kernel->pattern->axis;
  return mfg_frame_of(writer->shape, mfg_all_axes(writer->shape->rank) & ~(UINT32_C(1) << axis));
}

static void write_results(mfg_writer *writer, const mfg_frame *frame) {
  const mfg_kernel_pattern *pattern = writer->kernel->pattern;
  bool exclusive = (pattern->flags & MFG_PATTERN_EXCLUSIVE) != 0;
  for (uint32_t k = 0; k < pattern->count; k++) {
    mfg_term running = mfg_term_format("running%u%s", k, mfg_lane_suffix(frame));
    mfg_term result =
        mfg_term_format("  const %s result%u = %s;\n",
                        mfg_lane_type_text(writer, scan_type(writer, k)), k, running.text);
    if (exclusive) MFG_ADD(writer, "%s", result.text);
    write_combine(writer, k, running.text, mfg_term_format("enter%u", k).text);
    if (!exclusive) MFG_ADD(writer, "%s", result.text);
  }
}

static void write_lines(mfg_writer *writer, const mfg_frame *frame) {
  const char *suffix = mfg_lane_suffix(frame);
  write_running(writer, frame);
  MFG_ADD(writer, "  if (%s > 1) {\n", MFG_PARAMETER(writer, PARTS));
  mfg_lane_open(writer, frame);
  for (uint32_t k = 0; k < writer->kernel->pattern->count; k++)
    MFG_ADD(writer,
            frame->vector ? "  running%u%s = vload8(0, &part_total%u[%s]);\n"
                          : "  running%u%s = part_total%u[%s];\n",
            k, suffix, k, part_index(writer, frame).text);
  mfg_lane_close(writer);
  MFG_ADD(writer, "  }\n");
  open_steps(writer);
  mfg_lane_open(writer, frame);
  write_entering(writer, writer->shape->staged_scan);
  write_results(writer, frame);
  mfg_use_epilogue(writer);
  mfg_write_section(writer);
  mfg_write_outputs(writer);
  mfg_write_gather(writer, suffix, mfg_place(writer, mfg_all_axes(writer->kernel->rank)).text);
  mfg_lane_close(writer);
  MFG_ADD(writer, "  }\n");
}

static void write_main(mfg_writer *writer) {
  mfg_frame frame = line_frame(writer);
  mfg_write_entry(writer, "mfg_main");
  write_arrays(writer);
  mfg_write_totals(writer, frame.lanes);
  mfg_frame_write(writer, &frame, write_lines);
  mfg_write_group_end(writer, frame.lanes);
  MFG_ADD(writer, "}\n");
}

static void write_totals_of_lines(mfg_writer *writer, const mfg_frame *frame) {
  const mfg_kernel_pattern *pattern = writer->kernel->pattern;
  const char *suffix = mfg_lane_suffix(frame);
  write_running(writer, frame);
  open_steps(writer);
  mfg_lane_open(writer, frame);
  write_entering(writer, false);
  for (uint32_t k = 0; k < pattern->count; k++) {
    if (writer->shape->staged_scan)
      MFG_ADD(writer, "  entering%u[%s] = enter%u;\n", k,
              mfg_place(writer, mfg_all_axes(writer->kernel->rank)).text, k);
    write_combine(writer, k, mfg_term_format("running%u%s", k, suffix).text,
                  mfg_term_format("enter%u", k).text);
  }
  mfg_lane_close(writer);
  MFG_ADD(writer, "  }\n");
  mfg_lane_open(writer, frame);
  for (uint32_t k = 0; k < pattern->count; k++)
    if (frame->vector)
      MFG_ADD(writer, "  vstore8(running%u, 0, &part_total%u[%s]);\n", k, k,
              part_index(writer, frame).text);
    else
      MFG_ADD(writer, "  part_total%u[%s] = running%u%s;\n", k, part_index(writer, frame).text, k,
              suffix);
  mfg_lane_close(writer);
}

static void write_part_totals(mfg_writer *writer) {
  mfg_frame frame = line_frame(writer);
  mfg_write_entry(writer, "mfg_totals");
  write_arrays(writer);
  mfg_frame_write(writer, &frame, write_totals_of_lines);
  MFG_ADD(writer, "}\n");
}

/* Turns the totals of the parts of each line into what stands before each part. */
static void write_offsets(mfg_writer *writer) {
  mfg_term lines = mfg_field_parameter(writer->module, MFG_PARAMETER_PLACES);
  mfg_write_entry(writer, "mfg_offsets");
  write_arrays(writer);
  MFG_ADD(writer,
          "  const long line = MFG_GROUP(0) * MFG_ITEMS(0) + MFG_ITEM(0);\n"
          "  if (line >= %s) return;\n",
          lines.text);
  for (uint32_t k = 0; k < writer->kernel->pattern->count; k++) {
    const char *type = mfg_type_text(scan_type(writer, k));
    MFG_ADD(writer,
            "  %s before%u = %s;\n"
            "  for (long part = 0; part < %s; part++) {\n"
            "  const %s total = part_total%u[part * %s + line];\n"
            "  part_total%u[part * %s + line] = before%u;\n",
            type, k,
            mfg_neutral_text(writer->kernel->pattern->operations[k], scan_type(writer, k)).text,
            MFG_PARAMETER(writer, PARTS), type, k, lines.text, k, lines.text, k);
    write_combine(writer, k, mfg_term_format("before%u", k).text, "total");
    MFG_ADD(writer, "  }\n");
  }
  MFG_ADD(writer, "}\n");
}

void mfg_write_scan(mfg_writer *writer) {
  write_main(writer);
  write_part_totals(writer);
  write_offsets(writer);
  if (writer->shape->accumulator_count > 0) mfg_write_finish(writer);
}
