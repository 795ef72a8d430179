/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts of arrays: several axes at once, integer arrays, masks.
 *
 * Slices and single indices of one axis are in array.h. mfg_view takes what a Python index may
 * hold, axis by axis, and yields a view that shares the array's memory:
 *
 *     a[1:-1, ::-1, newaxis, 3]    mfg_view(s, a, MFG_RANGE(1, -1), MFG_EVERY_BY(-1),
 *                                           MFG_NEW_AXIS, MFG_AT(3))
 *     a[..., 0]                    mfg_view(s, a, MFG_REST, MFG_AT(0))
 *
 * Integer arrays and masks yield new arrays. Whatever is written through any of these is read in
 * full before the first element of the target changes.
 *
 * Entries of integer arrays lie on the device and are not looked at by the host: one out of range
 * reads the nearest element, and writes nothing. In eager mode (MFG_EAGER=1), where every call runs
 * at once, it is MFG_ERROR_SHAPE.
 *
 * Threads: as for arrays. */
#ifndef MFG_INDEXING_H
#define MFG_INDEXING_H

#include <mfg/array.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- several axes at once -------------------------------------------------------------------- */

enum mfg_index_kind {
  MFG_INDEX_RANGE = 0,    /* start, start + step, ... before stop, clipped as mfg_slice does */
  MFG_INDEX_AT = 1,       /* one index, `start`; the axis vanishes */
  MFG_INDEX_NEW_AXIS = 2, /* a new axis of extent 1 */
  MFG_INDEX_REST = 3      /* whole axes, as many as the other items leave */
};

/* What becomes of one axis. */
typedef struct mfg_index_item {
  int32_t kind; /* enum mfg_index_kind */
  int64_t start;
  int64_t stop; /* MFG_SLICE_END: through the last element in the direction of the step */
  int64_t step;
} mfg_index_item;

static inline mfg_index_item mfg_index_item_make(int32_t kind, int64_t start, int64_t stop,
                                                 int64_t step) {
  mfg_index_item item = {kind, start, stop, step};
  return item;
}

#define MFG_RANGE(start, stop) mfg_index_item_make(MFG_INDEX_RANGE, (start), (stop), 1)
#define MFG_RANGE_BY(start, stop, step)                                                            \
  mfg_index_item_make(MFG_INDEX_RANGE, (start), (stop), (step))
#define MFG_EVERY mfg_index_item_make(MFG_INDEX_RANGE, 0, MFG_SLICE_END, 1)
#define MFG_EVERY_BY(step)                                                                         \
  mfg_index_item_make(MFG_INDEX_RANGE, (step) < 0 ? INT64_MAX : 0, MFG_SLICE_END, (step))
#define MFG_AT(index) mfg_index_item_make(MFG_INDEX_AT, (index), 0, 0)
#define MFG_NEW_AXIS mfg_index_item_make(MFG_INDEX_NEW_AXIS, 0, 0, 0)
#define MFG_REST mfg_index_item_make(MFG_INDEX_REST, 0, 0, 0)

/* The view that `count` items choose, the first for the first axis. Axes that no item names stay
 * whole. MFG_ERROR_SHAPE: more items than axes, a second MFG_REST, an index out of range, a result
 * of more than MFG_MAX_RANK axes. */
MFG_API mfg_array *mfg_index(mfg_scope *scope, const mfg_array *array, int count,
                             const mfg_index_item *items);

#ifdef __cplusplus
}
template <typename... Items>
static inline mfg_array *mfg_view(mfg_scope *scope, const mfg_array *array, Items... items) {
  const mfg_index_item list[] = {items...};
  return mfg_index(scope, array, static_cast<int>(sizeof...(items)), list);
}
extern "C" {
#else
#define mfg_view(s, array, ...)                                                                    \
  mfg_index((s), (array),                                                                          \
            (int)(sizeof((const mfg_index_item[]){__VA_ARGS__}) / sizeof(mfg_index_item)),         \
            (const mfg_index_item[]){__VA_ARGS__})
#endif

/* ---- integer arrays -------------------------------------------------------------------------- */

/* result[i..., r...] = array[indices[0][i...], indices[1][i...], ..., r...]: `count` integer
 * arrays, broadcast against each other, one for each of the first `count` axes; the other axes r
 * stay whole. Negative entries count from the end. */
MFG_API mfg_array *mfg_at_indices(mfg_scope *scope, const mfg_array *array, int count,
                                  mfg_array *const *indices);

/* Writes `source`, which broadcasts to the shape that mfg_at_indices would give, to those elements
 * of the target. Of several writes to one element the last in C order stays. */
MFG_API mfg_status mfg_assign_at_indices_operand(mfg_scope *scope, mfg_array *target, int count,
                                                 mfg_array *const *indices, mfg_operand source);
#define mfg_assign_at_indices(s, target, count, indices, source)                                   \
  mfg_assign_at_indices_operand((s), (target), (count), (indices), MFG_OPERAND(source))

/* result[..., i, ...] = array[..., index[..., i, ...], ...] along `axis`. `index` has as many axes
 * as `array`; along the others they broadcast. */
MFG_API mfg_array *mfg_take_along_axis(mfg_scope *scope, const mfg_array *array,
                                       const mfg_array *index, int axis);

/* ---- masks ----------------------------------------------------------------------------------- */

/* The elements for which `mask`, a bool array over the first axes of `array`, holds, in C order
 * along one axis, with the axes that the mask leaves behind it. Their number is read by the host:
 * eight bytes, and an error while recording. */
MFG_API mfg_array *mfg_at_mask(mfg_scope *scope, const mfg_array *array, const mfg_array *mask);

/* Writes `source` to the elements of `target` for which `mask`, a bool array over the first axes of
 * the target, holds. The source is a number, an array that broadcasts to the axes that the mask
 * leaves, or has one more axis in front: then its entries go to the chosen places in C order, and
 * there are as many (or one). That is counted, by a host read of eight bytes. */
MFG_API mfg_status mfg_assign_at_mask_operand(mfg_scope *scope, mfg_array *target,
                                              const mfg_array *mask, mfg_operand source);
#define mfg_assign_at_mask(s, target, mask, source)                                                \
  mfg_assign_at_mask_operand((s), (target), (mask), MFG_OPERAND(source))

#ifdef __cplusplus
}
#endif

#endif
