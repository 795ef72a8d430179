/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a walk along a line has loaded already: an element one row ahead is the element here in the
 * next row, and the one here is then one behind. Such a load is done in the first row only; after
 * that its value is carried over, in `carriedK` for value K. */
#include "writer.h"

/* Where a load looks: rows away along the axis of the walk, and by which rule beyond the ends. */
struct look {
  int64_t distance;
  int boundary; /* -1: it never meets an end */
};

static bool find_look(const mfg_writer *writer, const mfg_kernel_instruction *load,
                      struct look *look) {
  *look = (struct look){.boundary = -1};
  if (load->operation != MFG_OP_LOAD || load->type == MFG_BOOL) return false;
  if (load->site == MFG_SITE_HERE) return true;
  const mfg_kernel_site *site = mfg_kernel_site_at(writer->kernel, load->site - 1);
  if (site->count == 0) return true;
  const mfg_kernel_step *step = mfg_kernel_step_at(writer->kernel, site->first);
  *look = (struct look){.distance = step->offset, .boundary = step->boundary};
  return site->count == 1 && (int)step->axis == writer->carry_axis &&
         step->boundary != MFG_BOUNDARY_CONSTANT && step->offset != INT64_MAX;
}

static bool follows(const struct look *look, const struct look *ahead) {
  return ahead->distance == look->distance + 1 &&
         (look->boundary == ahead->boundary || look->boundary < 0 || ahead->boundary < 0);
}

int32_t mfg_carried_from(const mfg_writer *writer, uint32_t position) {
  struct look look, other;
  const mfg_span *section = writer->section;
  const mfg_kernel_instruction *load = mfg_kernel_instruction_at(section, position);
  if (writer->carry_axis < 0 || writer->prefix != 'p' || !find_look(writer, load, &look)) return -1;
  for (uint32_t i = 0; i < section->count; i++) {
    const mfg_kernel_instruction *ahead = mfg_kernel_instruction_at(section, i);
    if (find_look(writer, ahead, &other) && ahead->slot == load->slot && follows(&look, &other))
      return (int32_t)i;
  }
  return -1;
}

void mfg_carry_open(mfg_writer *writer, const mfg_frame *frame, uint32_t axis, const char *first) {
  mfg_use_prologue(writer);
  writer->carry_axis = (int)axis;
  writer->carry_first = first;
  writer->carry_suffix = mfg_lane_suffix(frame);
  for (uint32_t i = 0; i < writer->section->count; i++) {
    mfg_dtype type = mfg_kernel_instruction_at(writer->section, i)->type;
    if (mfg_carried_from(writer, i) >= 0)
      mfg_lane_variable(writer, frame, mfg_lane_type_text(writer, type),
                        mfg_term_format("carried%u", i).text, "0");
  }
}

void mfg_carry_on(mfg_writer *writer) {
  for (uint32_t i = 0; i < writer->section->count; i++) {
    int32_t from = mfg_carried_from(writer, i);
    if (from >= 0)
      MFG_ADD(writer, "  carried%u%s = %s;\n", i, writer->carry_suffix,
              mfg_value(writer, from).text);
  }
}

void mfg_carry_close(mfg_writer *writer) {
  writer->carry_axis = -1;
}
