/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing through integer arrays. No kernel writes to a place that it computes: every place of the
 * target asks instead which write reaches it, by looking itself up among the sorted indices. The
 * last of several is the one that stays. */
#include <mfg/indexing.h>
#include <mfg/sdk.h>
#include <mfg/sorting.h>

#include "array/gather.h"

/* What each place of the target's first axes has to know: whether it is written to, and by which of
 * the writes. Both have the target's rank, extent 1 along the other axes. */
typedef struct arrivals {
  mfg_array *hit;
  mfg_array *number;
} arrivals;

static arrivals find_arrivals(mfg_scope *scope, const mfg_array *target, int count,
                              mfg_array *places) {
  int64_t shape[MFG_MAX_RANK];
  for (int a = 0; a < target->rank; a++)
    shape[a] = a < count ? target->shape[a] : 1;
  int64_t size = mfg_shape_size(count, target->shape);
  mfg_array *order = mfg_argsort(scope, places, 0, false);
  mfg_array *sorted = mfg_take(scope, places, order, 0);
  mfg_array *here = mfg_indices(scope, 1, &size, 0);
  mfg_array *behind = mfg_searchsorted(scope, sorted, here, true, NULL);
  mfg_array *last = mfg_maximum(scope, mfg_sub(scope, behind, 1), 0);
  arrivals found;
  mfg_array *reached = mfg_equal(scope, mfg_take(scope, sorted, last, 0), here);
  found.hit = mfg_reshape(scope, reached, target->rank, shape);
  found.number = mfg_reshape(scope, mfg_take(scope, order, last, 0), target->rank, shape);
  return found;
}

/* The source with one row for each write, and the target's other axes; the target's first axes but
 * one have extent 1. */
static mfg_array *rows_of(mfg_scope *scope, const mfg_array *target, int count,
                          const mfg_array *places, const mfg_array *source) {
  int rest = target->rank - count;
  int rank = places->rank + rest;
  int64_t shape[MFG_MAX_RANK];
  int64_t rows[MFG_MAX_RANK] = {mfg_array_size(places)};
  for (int a = 0; a < places->rank; a++)
    shape[a] = places->shape[a];
  for (int a = 0; a < rest; a++)
    shape[places->rank + a] = target->shape[count + a];
  for (int a = 1; a < target->rank; a++)
    rows[a] = a < count ? 1 : target->shape[a];
  return mfg_reshape(scope, mfg_broadcast_to(scope, source, rank, shape), target->rank, rows);
}

mfg_status mfg_assign_at_indices_operand(mfg_scope *scope, mfg_array *target, int count,
                                         mfg_array *const *indices, mfg_operand source) {
  mfg_array *places =
      mfg_index_joined(scope, target, count, indices, true, "mfg_assign_at_indices");
  if (places == NULL) return mfg_scope_status(scope);
  if (places->rank + target->rank - count > MFG_MAX_RANK) {
    mfg_scope_error(scope, MFG_ERROR_SHAPE,
                    "mfg_assign_at_indices: a source of %d axes; expected at most %d",
                    places->rank + target->rank - count, MFG_MAX_RANK);
    return mfg_scope_status(scope);
  }
  mfg_array *rows = NULL;
  if (source.kind == MFG_OPERAND_ARRAY) {
    if (!mfg_scope_accepts(scope, source.array, "mfg_assign_at_indices"))
      return mfg_scope_status(scope);
    rows = rows_of(scope, target, count, places, source.array);
    if (rows == NULL) return mfg_scope_status(scope);
  }
  if (mfg_array_size(places) == 0 || mfg_array_size(target) == 0) return mfg_scope_status(scope);
  mfg_array *line = mfg_reshape(scope, places, 1, (const int64_t[]){-1});
  arrivals found = find_arrivals(scope, target, count, line);
  mfg_operand written = source;
  if (rows != NULL)
    written =
        mfg_operand_of_array(mfg_gather(scope, rows, found.number, 0, target->rank, target->shape));
  return mfg_assign(scope, target, mfg_where(scope, found.hit, written, target));
}
