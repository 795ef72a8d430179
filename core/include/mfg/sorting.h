/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sorting and searching.
 *
 * Everything runs on the device. Sorting is stable, also where it is descending: equal elements
 * keep their order. NaN comes last in either direction; zeros of both signs are equal; false comes
 * before true. Complex numbers have no order: MFG_ERROR_TYPE.
 *
 * Where the shape of a result depends on values (mfg_nonzero, mfg_unique), the number of elements
 * is read by the host: eight bytes, and an error while recording.
 *
 * Threads: as for arrays. */
#ifndef MFG_SORTING_H
#define MFG_SORTING_H

#include <mfg/array.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The elements in order along `axis`; computed at once. */
MFG_API mfg_array *mfg_sort(mfg_scope *scope, const mfg_array *array, int axis, bool descending);
/* The index, int64, that each element of mfg_sort's result had along `axis`. */
MFG_API mfg_array *mfg_argsort(mfg_scope *scope, const mfg_array *array, int axis, bool descending);

/* Where each of `values` would have to be put into `sorted`, ascending and of rank 1, so that it
 * stays sorted: int64, in the shape of `values`, before equal elements, or behind them with
 * `right`. `order`, where not NULL, is the argsort of a `sorted` that is in another order. */
MFG_API mfg_array *mfg_searchsorted(mfg_scope *scope, const mfg_array *sorted,
                                    const mfg_array *values, bool right, const mfg_array *order);

/* The indices, int64, of the elements that are not 0, in C order: results[axis] for each axis of
 * the array, which has at least one. */
MFG_API mfg_status mfg_nonzero(mfg_scope *scope, const mfg_array *array, mfg_array **results);

/* The different elements in ascending order; their first positions among the elements in C order,
 * int64; for each element of the array the position of its value among the different ones, int64,
 * in the array's shape; how often each occurs, int64. Every NaN is different from all. What is not
 * wanted is NULL. */
MFG_API mfg_status mfg_unique(mfg_scope *scope, const mfg_array *array, mfg_array **values,
                              mfg_array **positions, mfg_array **inverse, mfg_array **counts);

#ifdef __cplusplus
}
#endif

#endif
