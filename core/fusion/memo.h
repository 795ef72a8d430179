/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The short way for small expressions: one elementwise result over dense arrays and numbers whose
 * kernel has run before is launched again without building its description.
 *
 * A key spells the expression as lowering would walk it: which operations, of which types, and
 * which of its leaves are one and the same. Equal keys make equal kernels whose operands and
 * scalars come in the order of their first mention, so that a key is all a launch needs. */
#ifndef MFG_FUSION_MEMO_H
#define MFG_FUSION_MEMO_H

#include "array/value.h"

struct mfg_kernel;

/* Larger expressions go the long way, whose cost is small beside theirs. */
#define MFG_MEMO_NODES 24
#define MFG_MEMO_WORDS (MFG_MEMO_NODES + 1)
#define MFG_MEMO_OPERANDS 12
#define MFG_MEMO_SCALARS 8

typedef struct mfg_memo_key {
  uint32_t word_count;
  uint32_t node_count;
  uint32_t operand_count; /* that are read */
  uint32_t scalar_count;
  int64_t size; /* of the result, in elements */
  uint64_t hash;
  uint64_t words[MFG_MEMO_WORDS];
  const mfg_leaf *operands[MFG_MEMO_OPERANDS];
  mfg_dtype operand_types[MFG_MEMO_OPERANDS];
  bool single[MFG_MEMO_OPERANDS]; /* one element, the same everywhere */
  mfg_dtype scalar_types[MFG_MEMO_SCALARS];
  mfg_scalar scalars[MFG_MEMO_SCALARS];
} mfg_memo_key;

typedef struct mfg_memo_entry {
  struct mfg_kernel *kernel; /* a reference; NULL: empty */
  uint32_t word_count;
  uint64_t words[MFG_MEMO_WORDS];
} mfg_memo_entry;

/* Direct-mapped; a power of two. */
#define MFG_MEMO_ENTRIES 256

/* Fills in *key; false where the value is none of these expressions. */
bool mfg_memo_describe(const mfg_value *value, mfg_memo_key *key);

/* The kernel of the key, not retained, or NULL. */
struct mfg_kernel *mfg_memo_find(mfg_context *context, const mfg_memo_key *key);

/* Remembers that `kernel` has computed what the key spells. */
void mfg_memo_keep(mfg_context *context, const mfg_memo_key *key, struct mfg_kernel *kernel);

/* Launches the kernel for the leaves and numbers of the key, into `target` from element `offset`
 * on. */
mfg_status mfg_memo_launch(mfg_context *context, const mfg_memo_key *key, struct mfg_kernel *kernel,
                           mfg_block *target, int64_t offset);

/* Lets go of every kernel. */
void mfg_memo_clear(mfg_context *context);

#endif
