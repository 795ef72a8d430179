/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether two views of one block have an element in common. */
#ifndef MFG_ARRAY_OVERLAP_H
#define MFG_ARRAY_OVERLAP_H

#include <stdbool.h>
#include <stdint.h>

/* Where a view lies; offset and strides in elements. */
typedef struct mfg_extent {
  int rank;
  const int64_t *shape;
  const int64_t *strides;
  int64_t offset;
} mfg_extent;

/* Exact, also for views that interleave (every other element, parts of rows), unless finding out
 * takes too long: then they count as overlapping. Both have elements of one size. */
bool mfg_extents_meet(const mfg_extent *a, const mfg_extent *b);

#endif
