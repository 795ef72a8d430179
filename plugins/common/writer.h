/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the emitter: writing one kernel as text.
 *
 * Names in the text: `operandK` an operand at its offset, `parameterK` the value of a rank-0
 * operand, `iA` the index along axis A, `pK` and `eK` values of prologue and epilogue, `p_atS_K`
 * the index that step K of site S leaves, `p_inS_K` whether it stayed inside, `resultK` results of
 * the pattern, `totalK` and `placeK` what a reduction has gathered so far. */
#ifndef MFG_COMMON_WRITER_H
#define MFG_COMMON_WRITER_H

#include "module.h"

/* Something that is reduced: a result of a REDUCE, or a final reduction. */
typedef struct mfg_accumulator {
  uint8_t operation; /* enum mfg_reduction_operation */
  mfg_dtype type;    /* of the values */
  int32_t value;     /* in the section that yields it */
  uint32_t axes;
  uint32_t operand; /* that a final reduction writes */
} mfg_accumulator;

/* What of a kernel decides how it is cut into launches. */
typedef struct mfg_shape {
  uint32_t layout; /* enum mfg_emitter_layout */
  uint32_t rank;
  uint32_t kind; /* enum mfg_pattern_kind */
  uint32_t axis;
  uint32_t axes; /* that a reduction runs over; a MAP with reductions: all */
  bool cyclic;
  uint32_t block_lines;  /* that an item handles at a time in the blocked layout; 1: no loop */
  mfg_dtype vector_type; /* what eight neighbours are computed in at a time, or 0 */
  int64_t reach_down, reach_up; /* how far sites look along the axis of the neighbours */
  bool staged_scan;             /* SCAN whose values are stored before a result is written */
  uint32_t element_size;        /* LINE_SOLVE: bytes of the type */
  uint32_t scan_count;          /* SCAN: results, and the bytes of their types */
  uint32_t scan_sizes[MFG_MAX_RESULTS];
  /* Reduced inside the kernel: results of a REDUCE, or final reductions over all axes. */
  mfg_accumulator accumulators[MFG_MAX_RESULTS];
  uint32_t accumulator_count;
  /* Final reductions over some axes: stored, then reduced by a module each. */
  mfg_accumulator stored[MFG_MAX_RESULTS];
  uint32_t stored_count;
} mfg_shape;

typedef struct mfg_writer {
  const mfg_kernel_description *kernel;
  const mfg_emitter_options *options;
  mfg_shape *shape;
  mfg_module *module;
  mfg_text body;
  /* The section being written. */
  const mfg_span *section;
  char prefix;        /* 'p' or 'e' */
  uint32_t collapsed; /* axes whose index is 0 and whose extent is 1 */
  int vector_axis;    /* along which values are vectors of eight neighbours, or -1 */
  int carry_axis;     /* of the walk that carries loaded values over, or -1 */
  const char *carry_first, *carry_suffix; /* its first row; "" or "[lane]" */
} mfg_writer;

#define MFG_VECTOR_LANES 8

/* Accumulators that an item keeps along a reduced axis in the blocked layout. */
#define MFG_BLOCK_TOTALS 16

/* Rows of a run whose factors an item keeps in registers, where a group shares a line. */
#define MFG_REGISTER_ROWS 8

#define MFG_ADD(writer, ...) mfg_text_add(&(writer)->body, __VA_ARGS__)
#define MFG_PARAMETER(writer, name) mfg_field_parameter((writer)->module, MFG_PARAMETER_##name).text

static inline bool mfg_is_position(uint32_t operation) {
  return operation == MFG_REDUCE_ARGMIN || operation == MFG_REDUCE_ARGMAX;
}
static inline uint32_t mfg_all_axes(uint32_t rank) {
  return (UINT32_C(1) << rank) - 1;
}

/* ---- names.c: types, numbers, operations ---------------------------------------------------- */

/* In registers: "bool", "int", "long", "float", "double"; in memory a bool is a mfg_byte. */
const char *mfg_type_text(mfg_dtype type);
const char *mfg_memory_type_text(mfg_dtype type);
mfg_term mfg_literal(mfg_dtype type, mfg_scalar value);
/* The expression of an operation of operations.h over arguments of type `from`. */
mfg_term mfg_operation_text(const mfg_writer *writer, uint32_t operation, mfg_dtype type,
                            mfg_dtype from, const mfg_term *arguments);
/* What a reduction starts from. */
mfg_term mfg_neutral_text(uint32_t operation, mfg_dtype type);
/* Appends what the body uses of dialect/operations.h: instances for types. */
void mfg_write_instances(const mfg_writer *writer, mfg_text *text);

/* ---- vector.c: eight neighbours at a time --------------------------------------------------- */

/* Decides `vector_type` and the reaches of a shape that is otherwise complete. */
void mfg_vector_shape(const mfg_kernel_description *kernel, mfg_shape *shape);
/* The type of a value in registers: mfg_type_text, or that of eight neighbours. */
const char *mfg_lane_type_text(const mfg_writer *writer, mfg_dtype type);
/* One number for all neighbours, where they are vectors. */
mfg_term mfg_spread(const mfg_writer *writer, mfg_dtype type, mfg_term value);
mfg_term mfg_vector_convert(const mfg_writer *writer, mfg_dtype type, mfg_dtype from,
                            const char *a);
/* Appends the load of neighbours of which `element` is the first. */
void mfg_add_vector_load(mfg_writer *writer, uint32_t operand, const char *element);
void mfg_write_vector_store(mfg_writer *writer, uint32_t operand, const char *element,
                            const char *value);
/* Appends what texts of vectors need, where the shape has them. */
void mfg_write_vector_instances(const mfg_writer *writer, mfg_text *text);

/* ---- section.c ------------------------------------------------------------------------------ */

/* Opens an entry: its head, the predicate, operands and parameters. */
void mfg_write_entry(mfg_writer *writer, const char *name);
void mfg_use_prologue(mfg_writer *writer);
void mfg_use_epilogue(mfg_writer *writer);
/* The instructions of the section in use, where `iA` are defined. */
void mfg_write_section(mfg_writer *writer);
/* The expression of value `position` of the section in use. */
mfg_term mfg_value(mfg_writer *writer, int32_t position);
/* Stores the outputs from the section in use, and the values of `stored` reductions. */
void mfg_write_outputs(mfg_writer *writer);
/* Row-major number of the place among the axes in `axes`. */
mfg_term mfg_place(mfg_writer *writer, uint32_t axes);
/* Operand `operand` at the place itself; `collapsed` axes are at index 0. */
mfg_term mfg_element(mfg_writer *writer, uint32_t operand, uint32_t collapsed);
/* Defines `iA` for the axes in `axes` from the row-major number `name`, a variable. */
void mfg_write_indices(mfg_writer *writer, uint32_t axes, const char *name, bool constant);

/* ---- accumulate.c --------------------------------------------------------------------------- */

/* Defines the totals, `lanes` of each where lanes > 1. */
void mfg_write_totals(mfg_writer *writer, uint32_t lanes);
/* Combines the values of the section in use into the totals; `suffix` is "" or "[lane]". */
void mfg_write_gather(mfg_writer *writer, const char *suffix, const char *place);
/* Combines total lane 1, 2, ... into lane 0 and defines scalar totals from them. */
void mfg_write_join_lanes(mfg_writer *writer, uint32_t lanes);
/* The tree in local memory: combines lanes `stride` items apart; `lane` of `lanes`. */
void mfg_write_tree(mfg_writer *writer, const char *stride);
/* Pointers to the partial totals in scratch. */
void mfg_write_partials(mfg_writer *writer);
/* Stores the totals as partial number `index`. */
void mfg_write_store_partial(mfg_writer *writer, const char *index, const char *suffix);
/* Writes the final reductions from the totals. */
void mfg_write_reductions(mfg_writer *writer, const char *suffix);
/* The end of an entry whose items have gathered totals over their lines: partial totals, or the
 * final reductions where there is one group. */
void mfg_write_group_end(mfg_writer *writer, uint32_t lanes);
/* Defines `resultK` of a REDUCE from the totals and writes epilogue and outputs. */
void mfg_write_leave(mfg_writer *writer, const char *suffix);
/* The entry that combines partial totals and leaves. */
void mfg_write_finish(mfg_writer *writer);

/* ---- frame.c: a loop over lines ------------------------------------------------------------- */

typedef struct mfg_frame {
  uint32_t axes;  /* that number the lines */
  int lane_axis;  /* along which a block holds several lines, or -1 */
  uint32_t lanes; /* most lines of a block; 1 where lane_axis is -1 */
  bool full;      /* all of them are there */
  bool vector;    /* and are computed as vectors */
} mfg_frame;

mfg_frame mfg_frame_of(const mfg_shape *shape, uint32_t axes);
/* for (block ...) { indices of the block's lines; what `write` writes }, for full blocks and for
 * others. */
void mfg_frame_write(mfg_writer *writer, const mfg_frame *frame,
                     void (*write)(mfg_writer *writer, const mfg_frame *frame));
/* { for each line of the block; closed by mfg_lane_close. */
void mfg_lane_open(mfg_writer *writer, const mfg_frame *frame);
void mfg_lane_close(mfg_writer *writer);
/* Whether a variable that each line has is an array. */
static inline bool mfg_lane_has_array(const mfg_frame *frame) {
  return frame->lane_axis >= 0 && !frame->vector;
}
/* Suffix of a variable that each line has: "" or "[lane]". */
const char *mfg_lane_suffix(const mfg_frame *frame);
/* Defines such a variable with a start value. */
void mfg_lane_variable(mfg_writer *writer, const mfg_frame *frame, const char *type,
                       const char *name, const char *value);

/* ---- carry.c: loads that a walk along a line has done already ------------------------------- */

/* Defines what is carried, before a walk up `axis` from row `first`, and has the prologue use it,
 * until the walk is closed. */
void mfg_carry_open(mfg_writer *writer, const mfg_frame *frame, uint32_t axis, const char *first);
void mfg_carry_close(mfg_writer *writer);
/* The value of the section whose number in the row before value `position` has, or -1. */
int32_t mfg_carried_from(const mfg_writer *writer, uint32_t position);
/* Keeps what the next row needs, at the end of a section. */
void mfg_carry_on(mfg_writer *writer);

/* ---- patterns ------------------------------------------------------------------------------- */

void mfg_write_map(mfg_writer *writer);
void mfg_write_reduce(mfg_writer *writer); /* also a MAP with reductions */
void mfg_write_scan(mfg_writer *writer);
void mfg_write_line_solve(mfg_writer *writer);

#endif
