/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the emitter: a module being written, and the struct of numbers that its entries take.
 *
 * The struct is a list of fields. The text asks for a number with `mfg_field_...`, which adds the
 * field when it is new and returns the expression that reads it; the same list is written out as a
 * struct and, for every launch, filled with values. Text and values thus cannot disagree. */
#ifndef MFG_COMMON_MODULE_H
#define MFG_COMMON_MODULE_H

#include "emitter.h"
#include "text.h"

/* An expression of the emitted text. */
typedef struct mfg_term {
  char text[256];
} mfg_term;

mfg_term mfg_term_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Numbers that a plan computes for a module. Those with _0 are the first of a row. */
enum mfg_parameter {
  MFG_PARAMETER_CHUNK,      /* elements of an item's block; places of a part */
  MFG_PARAMETER_BLOCKS,     /* blocks of lines, or of kept places */
  MFG_PARAMETER_ACTIVE,     /* lines solved at a time */
  MFG_PARAMETER_PARTS,      /* parts that the reduced places, or a line, are cut into */
  MFG_PARAMETER_PARTIALS,   /* totals that the groups (or items) leave behind for each kept place */
  MFG_PARAMETER_PLACES,     /* places to reduce over; SCAN: lines */
  MFG_PARAMETER_KEPT,       /* places that a reduction keeps */
  MFG_PARAMETER_KEPT_ITEMS, /* kept places that one group takes: a power of two */
  MFG_PARAMETER_OUTER,      /* MAP: places of all axes but the last two */
  MFG_PARAMETER_SCRATCH_0,  /* byte offsets into the scratch memory, by enum mfg_scratch */
  MFG_PARAMETER_STRIDE_0 = MFG_PARAMETER_SCRATCH_0 + 5 * MFG_MAX_RESULTS, /* index steps by axis */
  MFG_PARAMETERS = MFG_PARAMETER_STRIDE_0 + MFG_MAX_RANK
};

/* What lies in the scratch memory: one array for each of MFG_MAX_RESULTS reductions or results. */
enum mfg_scratch {
  MFG_SCRATCH_PARTIAL = 0,                   /* partial totals */
  MFG_SCRATCH_PLACE = MFG_MAX_RESULTS,       /* their positions: argmin, argmax */
  MFG_SCRATCH_STORED = 2 * MFG_MAX_RESULTS,  /* values to be reduced over some axes */
  MFG_SCRATCH_LINE = 3 * MFG_MAX_RESULTS,    /* LINE_SOLVE: factors; SCAN: totals of parts */
  MFG_SCRATCH_ENTERING = 4 * MFG_MAX_RESULTS /* SCAN: values of the prologue */
};

enum mfg_field_kind {
  MFG_FIELD_OFFSET,   /* elements from the buffer's start to operand `slot` */
  MFG_FIELD_STRIDE,   /* of operand `slot` along `axis` */
  MFG_FIELD_EXTENT,   /* of the space along `axis` */
  MFG_FIELD_LIMIT,    /* own extent of gathered operand `slot` along `axis` */
  MFG_FIELD_SCALAR,   /* launch scalar `slot` */
  MFG_FIELD_BACK,     /* WRAP, MIRROR: n - (offset mod n) */
  MFG_FIELD_FOLD,     /* MIRROR: whether offset mod 2n reaches n */
  MFG_FIELD_SHIFT,    /* CLAMP: distance, at most n-1; CONSTANT: offset within -n .. n */
  MFG_FIELD_LOW,      /* CONSTANT: first index that stays inside */
  MFG_FIELD_HIGH,     /* CONSTANT: one more than the last */
  MFG_FIELD_PARAMETER /* enum mfg_parameter `slot` */
};

typedef struct mfg_field {
  uint8_t kind; /* enum mfg_field_kind */
  uint8_t type; /* mfg_dtype, or 0 for mfg_index */
  uint8_t axis;
  bool collapsed; /* the axis has been reduced: its extent is 1 */
  uint32_t slot;
  int64_t offset; /* of the step */
  char name[32];
} mfg_field;

typedef struct mfg_module {
  mfg_text source;
  mfg_field *fields;
  uint32_t field_count;
  uint32_t field_capacity;
  bool failed; /* out of memory */
  bool wide;   /* mfg_index has 64 bits */
  uint32_t rank;
  uint32_t arguments_size;
  uint32_t entry_count;
  char entries[4][16];
  uint32_t operand_count;
  int32_t *operands;      /* -1: scratch memory at scratch_offset */
  uint8_t *operand_sizes; /* bytes of an element */
} mfg_module;

mfg_term mfg_field_offset(mfg_module *module, uint32_t operand);
mfg_term mfg_field_stride(mfg_module *module, uint32_t operand, uint32_t axis);
mfg_term mfg_field_extent(mfg_module *module, uint32_t axis);
mfg_term mfg_field_limit(mfg_module *module, uint32_t operand, uint32_t axis);
mfg_term mfg_field_scalar(mfg_module *module, uint32_t slot, mfg_dtype type);
mfg_term mfg_field_parameter(mfg_module *module, uint32_t parameter);
/* Byte offset of an array of enum mfg_scratch. */
mfg_term mfg_field_scratch(mfg_module *module, uint32_t array);
/* A number of step `number` of the description, `step`. */
mfg_term mfg_field_step(mfg_module *module, uint32_t kind, uint32_t number,
                        const mfg_kernel_step *step, bool collapsed);

/* Orders the fields by size, so that the struct has no holes, and computes its size. */
void mfg_module_lay_out(mfg_module *module);
/* Appends the definition of the struct. */
void mfg_module_write_struct(const mfg_module *module, mfg_text *text);
/* Writes `arguments_size` bytes. `parameters` has MFG_PARAMETERS numbers; `bindings[i]` is that of
 * operand i of the module. MFG_ERROR_INVALID_ARGUMENT for a gather from nothing. */
mfg_status mfg_module_fill(const mfg_module *module, const int64_t *extents,
                           const mfg_kernel_binding *const *bindings, const mfg_span *scalars,
                           const int64_t *parameters, void *target, mfg_plugin_error *error);
void mfg_module_clear(mfg_module *module);

#endif
