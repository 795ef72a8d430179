/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Putting lines in order, and searching ordered ones, by kernels that any backend can run. */
#ifndef MFG_ARRAY_ORDER_H
#define MFG_ARRAY_ORDER_H

#include "array/handle.h"

/* What is to be sorted: `lines` runs of `length` keys each, C order, one block. */
typedef struct mfg_lines {
  mfg_context *context;
  uint32_t frame;
  mfg_dtype type;
  int64_t lines;
  int64_t length;
  bool descending;
} mfg_lines;

/* Sorts by merging runs of doubling length. *keys, and *positions where it is not NULL, are blocks
 * that belong to the caller; they are replaced by others with the sorted content, `positions`
 * (int64) moved along. */
mfg_status mfg_order_sort(const mfg_lines *lines, mfg_block **keys, mfg_block **positions);

/* Looks each of `count` values up among `length` keys in ascending order (through `order`, int64,
 * where it is not NULL), before or behind equal keys; `found` takes int64. */
typedef struct mfg_lookup {
  mfg_context *context;
  uint32_t frame;
  mfg_dtype type;
  int64_t length;
  int64_t count;
  bool right;
  mfg_block *keys;
  mfg_block *order;
  mfg_block *values;
  mfg_block *found;
} mfg_lookup;

mfg_status mfg_order_search(const mfg_lookup *lookup);

#endif
