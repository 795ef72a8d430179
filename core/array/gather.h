/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gathers: reading through integer arrays. */
#ifndef MFG_ARRAY_GATHER_H
#define MFG_ARRAY_GATHER_H

#include "array/handle.h"

/* result[..., i, ...] = source[..., index[..., i, ...], ...] along `axis`, in the shape given.
 * `source` has as many axes as the result: along the others its extent is the result's or 1.
 * `index` broadcasts to the shape; its entries are not negative, and beyond the end the last
 * element is read. Lazy, but for the source, which is computed. */
mfg_array *mfg_gather(mfg_scope *scope, const mfg_array *source, const mfg_array *index, int axis,
                      int rank, const int64_t *shape);

/* The index with its negative entries counted from the end of `extent` elements, in a type that
 * kernels gather by. In eager mode entries are checked. */
mfg_array *mfg_index_counted(mfg_scope *scope, const mfg_array *index, int64_t extent,
                             const char *operation);

/* Broadcasts the `count` integer arrays against each other and turns them into one array of
 * positions, int64, in C order over the first `count` axes of `array`. Out of range the nearest
 * element counts, or -1 where `mark`. */
mfg_array *mfg_index_joined(mfg_scope *scope, const mfg_array *array, int count,
                            mfg_array *const *indices, bool mark, const char *operation);

/* The array with its first `count` axes as one, which is new in front where count is 0. */
mfg_array *mfg_first_axes_joined(mfg_scope *scope, const mfg_array *array, int count);

#endif
