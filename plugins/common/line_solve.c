/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LINE_SOLVE. Elimination down a run of rows writes each unknown as
 *     x[i] = right[i] - upper[i] x[i+1] - fill[i] X,
 * X the unknown before the run (L. H. Thomas' algorithm with the fill-in of H. H. Wang's partition
 * method). An item that owns a whole line needs `fill` only where the line is closed, X being its
 * last unknown. A group that shares a line gives each item a run; eliminating all but the last
 * unknown of each run leaves a cyclic tridiagonal system with one row an item, which parallel
 * cyclic reduction (R. W. Hockney, C. R. Jesshope) solves in local memory. Runs that are short keep
 * their factors in registers, so that a line is read once and written once; long ones keep them in
 * scratch. */
#include "writer.h"

static mfg_dtype solve_type(const mfg_writer *writer) {
  const mfg_kernel_pattern *pattern = writer->kernel->pattern;
  return mfg_kernel_instruction_at(&writer->kernel->prologue, (uint32_t)pattern->values[0])->type;
}

static bool is_cyclic(const mfg_writer *writer) {
  return (writer->kernel->pattern->flags & MFG_PATTERN_CYCLIC) != 0;
}

static mfg_term length(mfg_writer *writer) {
  return mfg_field_extent(writer->module, writer->kernel->pattern->axis);
}

static mfg_frame line_frame(const mfg_writer *writer) {
  uint32_t axis = writer->kernel->pattern->axis;
  return mfg_frame_of(writer->shape, mfg_all_axes(writer->shape->rank) & ~(UINT32_C(1) << axis));
}

/* `lower`, `diagonal`, `upper`, `right` of the row at the index in force. */
static void write_row(mfg_writer *writer) {
  const mfg_kernel_pattern *pattern = writer->kernel->pattern;
  const char *type = mfg_lane_type_text(writer, solve_type(writer));
  mfg_use_prologue(writer);
  mfg_write_section(writer);
  mfg_term row[4];
  for (int i = 0; i < 4; i++)
    row[i] = mfg_value(writer, pattern->values[i]);
  if (is_cyclic(writer))
    MFG_ADD(writer, "  const %s lower = %s, upper = %s;\n", type, row[0].text, row[2].text);
  else
    MFG_ADD(writer,
            "  const %s lower = i%u == 0 ? (%s)(0) : %s;\n"
            "  const %s upper = i%u == %s - 1 ? (%s)(0) : %s;\n",
            type, pattern->axis, type, row[0].text, type, pattern->axis, length(writer).text, type,
            row[2].text);
  MFG_ADD(writer, "  const %s diagonal = %s, right = %s;\n", type, row[1].text, row[3].text);
}

/* The unknown at the index in force is `result0`: epilogue, outputs, totals. */
static void write_unknown(mfg_writer *writer, const char *suffix) {
  mfg_use_epilogue(writer);
  mfg_write_section(writer);
  mfg_write_outputs(writer);
  mfg_write_gather(writer, suffix, mfg_place(writer, mfg_all_axes(writer->kernel->rank)).text);
}

static void write_factor_array(mfg_writer *writer, const char *name, uint32_t k,
                               const char *start) {
  const char *type = mfg_lane_type_text(writer, solve_type(writer));
  MFG_ADD(writer, "  MFG_GLOBAL %s *%s = (MFG_GLOBAL %s *)(scratch + %s) + %s;\n", type, name, type,
          mfg_field_scratch(writer->module, MFG_SCRATCH_LINE + k).text, start);
}

/* ---- an item a line ------------------------------------------------------------------------- */

static void write_factor_arrays(mfg_writer *writer, const mfg_frame *frame) {
  mfg_term start = mfg_term_format("slot");
  if (frame->vector) start = mfg_term_format("slot * %s", length(writer).text);
  if (mfg_lane_has_array(frame))
    start = mfg_term_format("slot * %s * %u", length(writer).text, frame->lanes);
  write_factor_array(writer, "uppers", 0, start.text);
  write_factor_array(writer, "rights", 1, start.text);
  if (is_cyclic(writer)) write_factor_array(writer, "fills", 2, start.text);
}

/* Where the factors of row i of a line lie. */
static void write_factor_index(mfg_writer *writer, const mfg_frame *frame) {
  uint32_t axis = writer->kernel->pattern->axis;
  if (frame->vector)
    MFG_ADD(writer, "  const long at = i%u;\n", axis);
  else if (frame->lane_axis < 0)
    MFG_ADD(writer, "  const long at = i%u * %s;\n", axis, MFG_PARAMETER(writer, ACTIVE));
  else
    MFG_ADD(writer, "  const long at = (long)i%u * %u + lane;\n", axis, frame->lanes);
}

/* Down the line. While the unknown at row i is eliminated, so is its part in the equation of the
 * last unknown of a closed line: `corner` is its coefficient there, `last_diagonal` and
 * `last_right` gather what becomes of the rest. The last row itself is not eliminated. */
static void write_down_closed(mfg_writer *writer, const mfg_frame *frame) {
  const char *s = mfg_lane_suffix(frame);
  const char *type = mfg_lane_type_text(writer, solve_type(writer));
  uint32_t axis = writer->kernel->pattern->axis;
  mfg_term n = length(writer);
  MFG_ADD(writer, "  {\n  const mfg_index i%u = %s - 1;\n", axis, n.text);
  mfg_lane_open(writer, frame);
  write_row(writer);
  MFG_ADD(writer,
          "  corner%s = upper;\n  last_lower%s = lower;\n  last_diagonal%s = diagonal;\n"
          "  last_right%s = right;\n",
          s, s, s, s);
  mfg_lane_close(writer);
  MFG_ADD(writer, "  }\n");
  mfg_carry_open(writer, frame, axis, "0");
  MFG_ADD(writer, "  for (mfg_index i%u = 0; i%u < %s - 1; i%u++) {\n", axis, axis, n.text, axis);
  mfg_lane_open(writer, frame);
  write_row(writer);
  mfg_carry_close(writer);
  write_factor_index(writer, frame);
  MFG_ADD(writer,
          "  const bool joins = i%u == %s - 2;\n"
          "  const %s pivot = 1 / (diagonal - lower * above%s);\n"
          "  fill%s = ((joins ? upper : (%s)(0)) - lower * fill%s) * pivot;\n"
          "  value%s = (right - lower * value%s) * pivot;\n"
          "  above%s = joins ? (%s)(0) : upper * pivot;\n"
          "  uppers[at] = above%s;\n  rights[at] = value%s;\n  fills[at] = fill%s;\n",
          axis, n.text, type, s, s, type, s, s, s, s, type, s, s, s);
  MFG_ADD(writer,
          "  const %s share = joins ? corner%s + last_lower%s : corner%s;\n"
          "  last_right%s -= share * value%s;\n  last_diagonal%s -= share * fill%s;\n"
          "  corner%s = -share * above%s;\n",
          type, s, s, s, s, s, s, s, s, s);
  mfg_lane_close(writer);
  MFG_ADD(writer, "  }\n");
}

static void write_down_open(mfg_writer *writer, const mfg_frame *frame) {
  const char *s = mfg_lane_suffix(frame);
  uint32_t axis = writer->kernel->pattern->axis;
  mfg_carry_open(writer, frame, axis, "0");
  MFG_ADD(writer, "  for (mfg_index i%u = 0; i%u < %s; i%u++) {\n", axis, axis, length(writer).text,
          axis);
  mfg_lane_open(writer, frame);
  write_row(writer);
  mfg_carry_close(writer);
  write_factor_index(writer, frame);
  MFG_ADD(writer,
          "  const %s pivot = 1 / (diagonal - lower * above%s);\n"
          "  value%s = (right - lower * value%s) * pivot;\n"
          "  above%s = upper * pivot;\n"
          "  uppers[at] = above%s;\n  rights[at] = value%s;\n",
          mfg_lane_type_text(writer, solve_type(writer)), s, s, s, s, s, s);
  mfg_lane_close(writer);
  MFG_ADD(writer, "  }\n");
}

/* The last unknown of a closed line. */
static void write_last(mfg_writer *writer, const mfg_frame *frame) {
  const char *s = mfg_lane_suffix(frame);
  const char *type = mfg_lane_type_text(writer, solve_type(writer));
  uint32_t axis = writer->kernel->pattern->axis;
  mfg_term n = length(writer);
  MFG_ADD(writer, "  {\n  const mfg_index i%u = %s - 1;\n", axis, n.text);
  mfg_lane_open(writer, frame);
  MFG_ADD(writer,
          "  if (%s == 1) last_diagonal%s += last_lower%s + corner%s;\n"
          "  const %s result0 = last_right%s / last_diagonal%s;\n"
          "  last%s = result0;\n  value%s = result0;\n",
          n.text, s, s, s, type, s, s, s, s);
  write_unknown(writer, s);
  mfg_lane_close(writer);
  MFG_ADD(writer, "  }\n");
}

static void write_up(mfg_writer *writer, const mfg_frame *frame) {
  const char *s = mfg_lane_suffix(frame);
  const char *type = mfg_lane_type_text(writer, solve_type(writer));
  uint32_t axis = writer->kernel->pattern->axis;
  MFG_ADD(writer, "  for (mfg_index i%u = %s - %d; i%u >= 0; i%u--) {\n", axis, length(writer).text,
          is_cyclic(writer) ? 2 : 1, axis, axis);
  mfg_lane_open(writer, frame);
  write_factor_index(writer, frame);
  if (is_cyclic(writer))
    MFG_ADD(writer,
            "  const %s result0 = rights[at] - uppers[at] * value%s - fills[at] * last%s;\n", type,
            s, s);
  else
    MFG_ADD(writer, "  const %s result0 = rights[at] - uppers[at] * value%s;\n", type, s);
  MFG_ADD(writer, "  value%s = result0;\n", s);
  write_unknown(writer, s);
  mfg_lane_close(writer);
  MFG_ADD(writer, "  }\n");
}

static void write_lines(mfg_writer *writer, const mfg_frame *frame) {
  const char *type = mfg_lane_type_text(writer, solve_type(writer));
  write_factor_arrays(writer, frame);
  mfg_lane_variable(writer, frame, type, "above", "0");
  mfg_lane_variable(writer, frame, type, "value", "0");
  if (is_cyclic(writer)) {
    static const char *const names[] = {"corner", "last_lower", "last_diagonal", "last_right",
                                        "last"};
    for (int i = 0; i < 5; i++)
      mfg_lane_variable(writer, frame, type, names[i], "0");
    mfg_lane_variable(writer, frame, type, "fill", "-1");
    write_down_closed(writer, frame);
    write_last(writer, frame);
  } else {
    write_down_open(writer, frame);
    mfg_lane_open(writer, frame);
    MFG_ADD(writer, "  value%s = 0;\n", mfg_lane_suffix(frame));
    mfg_lane_close(writer);
  }
  write_up(writer, frame);
}

static void write_items(mfg_writer *writer) {
  mfg_frame frame = line_frame(writer);
  mfg_write_entry(writer, "mfg_main");
  mfg_write_totals(writer, frame.lanes);
  mfg_frame_write(writer, &frame, write_lines);
  mfg_write_group_end(writer, frame.lanes);
  MFG_ADD(writer, "}\n");
}

/* ---- a group a line ------------------------------------------------------------------------- */

/* The rows of a run, up or down. Where the factors stay in registers the loop has a fixed length,
 * so that it can be unrolled: an array in registers has no index that is known at run time only. */
static void open_rows(mfg_writer *writer, bool in_registers, bool up) {
  uint32_t axis = writer->kernel->pattern->axis;
  if (in_registers) {
    MFG_ADD(writer, "  MFG_UNROLL\n");
    MFG_ADD(writer,
            up ? "  for (int at = %d; at >= 0; at--) {\n" : "  for (int at = 0; at < %d; at++) {\n",
            up ? MFG_REGISTER_ROWS - 1 : MFG_REGISTER_ROWS);
    MFG_ADD(writer, "  const mfg_index i%u = begin + at;\n  if (i%u < end) {\n", axis, axis);
    return;
  }
  if (up)
    MFG_ADD(writer, "  for (mfg_index i%u = end - 1; i%u >= begin; i%u--) {\n", axis, axis, axis);
  else
    MFG_ADD(writer, "  for (mfg_index i%u = begin; i%u < end; i%u++) {\n", axis, axis, axis);
  MFG_ADD(writer, "  const mfg_index at = i%u;\n", axis);
}

static void close_rows(mfg_writer *writer, bool in_registers) {
  MFG_ADD(writer, in_registers ? "  }\n  }\n" : "  }\n");
}

static void write_run_down(mfg_writer *writer, bool in_registers) {
  const char *type = mfg_type_text(solve_type(writer));
  uint32_t axis = writer->kernel->pattern->axis;
  mfg_term n = length(writer);
  MFG_ADD(writer,
          "  const mfg_index begin = (mfg_index)(item * %s / items);\n"
          "  const mfg_index end = (mfg_index)((item + 1) * %s / items);\n"
          "  %s above = 0, value = 0, fill = -1;\n"
          "  %s first_right = 0, first_upper = -1, first_fill = 0;\n",
          n.text, n.text, type, type);
  mfg_carry_open(writer, &(mfg_frame){.lane_axis = -1}, axis, "begin");
  open_rows(writer, in_registers, false);
  write_row(writer);
  mfg_carry_close(writer);
  MFG_ADD(writer,
          "  const %s pivot = 1 / (diagonal - lower * above);\n"
          "  value = (right - lower * value) * pivot;\n"
          "  fill = -lower * fill * pivot;\n"
          "  above = upper * pivot;\n"
          "  if (i%u < end - 1) {\n"
          "  uppers[at] = above;\n  rights[at] = value;\n  fills[at] = fill;\n"
          "  first_right -= first_upper * value;\n"
          "  first_fill -= first_upper * fill;\n"
          "  first_upper = -first_upper * above;\n  }\n",
          type, axis);
  close_rows(writer, in_registers);
}

/* One row an item, closed over the items: y[k-1], y[k], y[k+1] with coefficients `before`, 1,
 * `after`. Ends with `unknown`, the last of the item's run, and `previous`, that of the run
 * before. The first barrier stands between the reads of a prologue that looks into the run of
 * another item and the writes of that item, which may be in place. */
static void write_cyclic_reduction(mfg_writer *writer) {
  const char *type = mfg_type_text(solve_type(writer));
  MFG_ADD(writer,
          "  shared_before[item] = first_fill;\n  shared_after[item] = first_upper;\n"
          "  shared_right[item] = first_right;\n"
          "  MFG_GLOBAL_BARRIER();\n"
          "  const long next = (item + 1) & (items - 1);\n"
          "  %s scale = 1 / (1 - above * shared_before[next]);\n"
          "  %s before = fill * scale;\n"
          "  %s after = -above * shared_after[next] * scale;\n"
          "  %s right_side = (value - above * shared_right[next]) * scale;\n"
          "  MFG_BARRIER();\n",
          type, type, type, type);
  MFG_ADD(writer,
          "  for (long distance = 1; distance < items; distance *= 2) {\n"
          "  const long low = (item - distance) & (items - 1);\n"
          "  const long high = (item + distance) & (items - 1);\n"
          "  shared_before[item] = before;\n  shared_after[item] = after;\n"
          "  shared_right[item] = right_side;\n"
          "  MFG_BARRIER();\n"
          "  scale = 1 / (1 - before * shared_after[low] - after * shared_before[high]);\n"
          "  right_side = (right_side - before * shared_right[low] - after * shared_right[high]) * "
          "scale;\n"
          "  before = -before * shared_before[low] * scale;\n"
          "  after = -after * shared_after[high] * scale;\n"
          "  MFG_BARRIER();\n  }\n"
          "  const %s unknown = right_side / (1 + before + after);\n"
          "  shared_right[item] = unknown;\n"
          "  MFG_BARRIER();\n"
          "  const %s previous = shared_right[(item - 1) & (items - 1)];\n",
          type, type);
}

static void write_run_up(mfg_writer *writer, bool in_registers) {
  MFG_ADD(writer, "  value = unknown;\n");
  open_rows(writer, in_registers, true);
  MFG_ADD(writer,
          "  if (i%u < end - 1) value = rights[at] - uppers[at] * value - fills[at] * previous;\n"
          "  const %s result0 = value;\n",
          writer->kernel->pattern->axis, mfg_type_text(solve_type(writer)));
  write_unknown(writer, "");
  close_rows(writer, in_registers);
}

static void write_run_factors(mfg_writer *writer, bool in_registers) {
  static const char *const names[] = {"uppers", "rights", "fills"};
  mfg_term start = mfg_term_format("slot * %s", length(writer).text);
  for (uint32_t k = 0; k < 3; k++) {
    if (in_registers)
      MFG_ADD(writer, "  %s %s[%d];\n", mfg_type_text(solve_type(writer)), names[k],
              MFG_REGISTER_ROWS);
    else
      write_factor_array(writer, names[k], k, start.text);
  }
}

static void write_group(mfg_writer *writer, bool in_registers) {
  mfg_frame frame = line_frame(writer);
  const char *type = mfg_type_text(solve_type(writer));
  static const char *const shared[] = {"before", "after", "right"};
  mfg_write_entry(writer, in_registers ? "mfg_registers" : "mfg_group");
  MFG_ADD(writer, "  const long slot = MFG_GROUP(0), items = MFG_ITEMS(0);\n");
  for (int k = 0; k < 3; k++)
    MFG_ADD(writer, "  MFG_LOCAL %s *shared_%s = (MFG_LOCAL %s *)(shared + %d * items);\n", type,
            shared[k], type, k);
  mfg_write_totals(writer, 1);
  MFG_ADD(writer,
          "  for (long block = slot; block < %s; block += MFG_GROUPS(0)) {\n"
          "  const long item = MFG_ITEM(0);\n",
          MFG_PARAMETER(writer, BLOCKS));
  write_run_factors(writer, in_registers);
  mfg_write_indices(writer, frame.axes, "block", true);
  write_run_down(writer, in_registers);
  write_cyclic_reduction(writer);
  write_run_up(writer, in_registers);
  MFG_ADD(writer, "  MFG_BARRIER();\n  }\n");
  mfg_write_group_end(writer, 1);
  MFG_ADD(writer, "}\n");
}

void mfg_write_line_solve(mfg_writer *writer) {
  write_items(writer);
  if (writer->shape->layout == MFG_LAYOUT_INTERLEAVED) {
    write_group(writer, false);
    write_group(writer, true);
  }
  if (writer->shape->accumulator_count > 0) mfg_write_finish(writer);
}
