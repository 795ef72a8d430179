/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrays that follow a rule: ranges of integers, identity and triangular matrices, coordinates.
 * Filled arrays and evenly spaced numbers are in array.h. All results are lazy.
 *
 * Threads: as for arrays. */
#ifndef MFG_CREATION_H
#define MFG_CREATION_H

#include <mfg/array.h>

#ifdef __cplusplus
extern "C" {
#endif

/* start, start + step, ... before stop, exact for every int64 (mfg_arange takes doubles, which hold
 * integers below 2^53). */
MFG_API mfg_array *mfg_arange_integer(mfg_scope *scope, mfg_dtype type, int64_t start, int64_t stop,
                                      int64_t step);

/* `rows` by `columns`: 1 where column = row + diagonal, else 0. */
MFG_API mfg_array *mfg_eye(mfg_scope *scope, mfg_dtype type, int64_t rows, int64_t columns,
                           int64_t diagonal);

/* The lower (upper) triangle of the matrices in the last two axes: elements above (below) column =
 * row + diagonal are 0. */
MFG_API mfg_array *mfg_tril(mfg_scope *scope, const mfg_array *array, int64_t diagonal);
MFG_API mfg_array *mfg_triu(mfg_scope *scope, const mfg_array *array, int64_t diagonal);

/* Coordinates of a grid from `count` arrays of rank 1, of one type: results[k] holds the elements
 * of arrays[k] along axis k, repeated along the others. With `cartesian` the first two axes change
 * places, so that the first array runs along the columns. */
MFG_API mfg_status mfg_meshgrid(mfg_scope *scope, int count, mfg_array *const *arrays,
                                bool cartesian, mfg_array **results);

#ifdef __cplusplus
}
#endif

#endif
