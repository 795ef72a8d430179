/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Statistics: reductions with a type of the caller's, variance, running sums with a start,
 * differences. Sum, mean, extremes and their positions are in array.h. All results are lazy.
 *
 * Threads: as for arrays. */
#ifndef MFG_STATISTICS_H
#define MFG_STATISTICS_H

#include <mfg/array.h>

#ifdef __cplusplus
extern "C" {
#endif

/* mfg_reduce of the array as `type`, with a result of that type. For sums and products. */
MFG_API mfg_array *mfg_reduce_as(mfg_scope *scope, uint32_t operation, const mfg_array *array,
                                 mfg_dtype type, uint32_t axes, bool keep_axes);

/* Sum of (a - mean)^2 over n - correction, n the number of elements along the axes; mfg_std is its
 * root. Integers and bool give float64. NaN where n <= correction leaves nothing to divide by. */
MFG_API mfg_array *mfg_var(mfg_scope *scope, const mfg_array *array, uint32_t axes,
                           double correction, bool keep_axes);
MFG_API mfg_array *mfg_std(mfg_scope *scope, const mfg_array *array, uint32_t axes,
                           double correction, bool keep_axes);

/* Running combination along `axis` by `operation`, MFG_REDUCE_SUM or MFG_REDUCE_PRODUCT, computed
 * and returned as `type` (0: the type that mfg_cumulative_sum gives). With `include_initial` it
 * starts with 0 or 1, and is longer by that. */
MFG_API mfg_array *mfg_cumulative(mfg_scope *scope, uint32_t operation, const mfg_array *array,
                                  int axis, mfg_dtype type, bool include_initial);

/* Elements that are not 0, int64. NaN is not 0. */
MFG_API mfg_array *mfg_count_nonzero(mfg_scope *scope, const mfg_array *array, uint32_t axes,
                                     bool keep_axes);

/* a[i+1] - a[i] along `axis`, `times` times over. `before` and `after`, where not NULL, are joined
 * to the array first. */
MFG_API mfg_array *mfg_diff(mfg_scope *scope, const mfg_array *array, int axis, int times,
                            mfg_array *before, mfg_array *after);

#ifdef __cplusplus
}
#endif

#endif
