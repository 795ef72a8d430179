/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an emitter holds. */
#ifndef MFG_COMMON_EMITTER_INTERNAL_H
#define MFG_COMMON_EMITTER_INTERNAL_H

#include "writer.h"

/* The files of dialect/, made into texts by embed.py. */
extern const char mfg_dialect_opencl[], mfg_dialect_cuda[], mfg_dialect_operations[];
extern const char mfg_dialect_vectors[];

/* One module and the shape that its launches are planned by. */
typedef struct mfg_unit {
  mfg_module module;
  mfg_shape shape;
} mfg_unit;

struct mfg_emitter {
  uint32_t unit_count;
  uint32_t operand_limit; /* most operands of a module */
  mfg_unit units[1 + MFG_MAX_RESULTS];
};

/* Plans the launches of one unit. `parameters` has MFG_PARAMETERS numbers, `*scratch` is the number
 * of bytes taken so far; both are filled. */
void mfg_plan_unit(const mfg_unit *unit, uint32_t number, const mfg_emitter_device *device,
                   const int64_t *extents, int64_t *parameters, uint64_t *scratch,
                   mfg_emitter_plan *plan);

/* Bytes of scratch are taken in pieces that start at multiples of this. */
#define MFG_SCRATCH_ALIGNMENT 256

static inline int64_t mfg_scratch_take(uint64_t *scratch, uint64_t bytes) {
  uint64_t start = *scratch;
  *scratch += (bytes + MFG_SCRATCH_ALIGNMENT - 1) / MFG_SCRATCH_ALIGNMENT * MFG_SCRATCH_ALIGNMENT;
  return (int64_t)start;
}

#endif
