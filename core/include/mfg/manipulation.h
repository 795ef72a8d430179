/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rearranging arrays: beyond the views, reshapes and joins of array.h.
 *
 * Threads: as for arrays. */
#ifndef MFG_MANIPULATION_H
#define MFG_MANIPULATION_H

#include <mfg/array.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether a result may share memory with its source. */
enum mfg_copy_rule {
  MFG_COPY_IF_NEEDED = 0,
  MFG_COPY_ALWAYS = 1,
  MFG_COPY_NEVER = 2 /* where that cannot be: MFG_ERROR_SHAPE */
};

/* mfg_reshape with a say in whether it copies. */
MFG_API mfg_array *mfg_reshape_with(mfg_scope *scope, const mfg_array *array, int rank,
                                    const int64_t *shape, int copy);

/* The arrays in the shape to which they broadcast: results[i] has the values of arrays[i]. Lazy;
 * the results share nothing. */
MFG_API mfg_status mfg_broadcast_arrays(mfg_scope *scope, int count, mfg_array *const *arrays,
                                        mfg_array **results);

/* A view that runs backwards along the axes of the mask (MFG_AXIS, MFG_ALL_AXES). */
MFG_API mfg_array *mfg_flip_axes(mfg_scope *scope, const mfg_array *array, uint32_t axes);
/* A view without the axes of the mask, each of extent 1. */
MFG_API mfg_array *mfg_squeeze_axes(mfg_scope *scope, const mfg_array *array, uint32_t axes);
/* A view in which axis from[i] of the array is axis to[i]; the others keep their order. */
MFG_API mfg_array *mfg_move_axes(mfg_scope *scope, const mfg_array *array, int count,
                                 const int *from, const int *to);

/* result[(i + shift) mod n] = array[i] along `axis`; with MFG_NO_AXIS along the elements in C
 * order. Lazy. */
MFG_API mfg_array *mfg_roll(mfg_scope *scope, const mfg_array *array, int64_t shift, int axis);

/* Each element `times` times, one after the other, along `axis`; with MFG_NO_AXIS along the
 * elements in C order, as an array of rank 1. */
MFG_API mfg_array *mfg_repeat_elements(mfg_scope *scope, const mfg_array *array, int64_t times,
                                       int axis);
/* The same with a number of its own, from an integer array of rank 1, for each index along `axis`.
 * Their sum is read by the host. */
MFG_API mfg_array *mfg_repeat_each(mfg_scope *scope, const mfg_array *array, const mfg_array *times,
                                   int axis);

/* The whole array times[i] times along axis i. Fewer numbers than axes belong to the last axes;
 * with more, axes of extent 1 come in front. */
MFG_API mfg_array *mfg_tile(mfg_scope *scope, const mfg_array *array, int count,
                            const int64_t *times);

/* Views of the sub-arrays along `axis`, as many as its extent, which `count` must be. */
MFG_API mfg_status mfg_unstack(mfg_scope *scope, const mfg_array *array, int axis, int64_t count,
                               mfg_array **results);

#ifdef __cplusplus
}
#endif

#endif
