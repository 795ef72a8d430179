/* SPDX-License-Identifier: MIT */
/* Small helpers for walking a space of up to eight axes in row-major order. Internal to the SDK. */
#ifndef MFG_SDK_LAUNCH_SPACE_H
#define MFG_SDK_LAUNCH_SPACE_H

#include <mfg/base.h>

static inline bool mfg_space_is_empty(const int64_t *extents, uint32_t rank) {
  for (uint32_t axis = 0; axis < rank; axis++)
    if (extents[axis] == 0) return true;
  return false;
}

/* Extents of the space that is left when `axes` are reduced: those have extent 1. */
static inline void mfg_space_keep(int64_t *kept, const int64_t *extents, uint32_t rank,
                                  uint32_t axes) {
  for (uint32_t axis = 0; axis < rank; axis++)
    kept[axis] = (axes >> axis & 1) != 0 ? 1 : extents[axis];
}

/* Moves `index` on along the axes of `axes`, the last fastest; false, and all of them 0 again,
 * after the last place. */
static inline bool mfg_space_advance(int64_t *index, const int64_t *extents, uint32_t rank,
                                     uint32_t axes) {
  for (uint32_t axis = rank; axis-- > 0;) {
    if ((axes >> axis & 1) == 0) continue;
    if (++index[axis] < extents[axis]) return true;
    index[axis] = 0;
  }
  return false;
}

/* Row-major number of `index` among the places of the axes in `axes`. */
static inline int64_t mfg_space_position(const int64_t *index, const int64_t *extents,
                                         uint32_t rank, uint32_t axes) {
  int64_t position = 0;
  for (uint32_t axis = 0; axis < rank; axis++)
    if ((axes >> axis & 1) != 0) position = position * extents[axis] + index[axis];
  return position;
}

/* Number of places along the axes in `axes`. */
static inline int64_t mfg_space_count(const int64_t *extents, uint32_t rank, uint32_t axes) {
  int64_t count = 1;
  for (uint32_t axis = 0; axis < rank; axis++)
    if ((axes >> axis & 1) != 0) count *= extents[axis];
  return count;
}

#endif
