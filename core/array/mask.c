/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading and writing the elements for which a mask holds. */
#include <mfg/indexing.h>
#include <mfg/sdk.h>

#include "array/choose.h"
#include "array/gather.h"

/* Checks that `mask` is a mask over the first axes of `array`. */
static bool check_mask(mfg_scope *scope, const mfg_array *array, const mfg_array *mask,
                       const char *operation) {
  if (!mfg_scope_accepts(scope, array, operation) || !mfg_scope_accepts(scope, mask, operation))
    return false;
  if (mask->type != MFG_BOOL) {
    mfg_scope_error(scope, MFG_ERROR_TYPE, "%s: the mask is %s; expected bool", operation,
                    mfg_dtype_name(mask->type));
    return false;
  }
  if (mask->rank <= array->rank && mfg_shape_equal(mask->rank, mask->shape, array->shape))
    return true;
  char of[192];
  char by[192];
  mfg_scope_error(scope, MFG_ERROR_SHAPE, "%s: a mask of shape %s over an array of shape %s",
                  operation, mfg_shape_text(mask->rank, mask->shape, by, sizeof by),
                  mfg_shape_text(array->rank, array->shape, of, sizeof of));
  return false;
}

mfg_array *mfg_at_mask(mfg_scope *scope, const mfg_array *array, const mfg_array *mask) {
  if (!check_mask(scope, array, mask, "mfg_at_mask")) return NULL;
  mfg_array *places = mfg_places_where(scope, mask);
  return mfg_take(scope, mfg_first_axes_joined(scope, array, mask->rank), places, 0);
}

/* The array with axes of extent 1 behind its own, up to `rank`. */
static mfg_array *with_axes_behind(mfg_scope *scope, const mfg_array *array, int rank) {
  if (array == NULL || array->rank == rank) return (mfg_array *)(uintptr_t)array;
  int64_t shape[MFG_MAX_RANK];
  for (int a = 0; a < rank; a++)
    shape[a] = a < array->rank ? array->shape[a] : 1;
  return mfg_reshape(scope, array, rank, shape);
}

/* How many places of the mask come before each, in C order: the entry that a chosen one takes. */
static mfg_array *entry_numbers(mfg_scope *scope, const mfg_array *mask) {
  mfg_array *flat = mfg_reshape(scope, mask, 1, (const int64_t[]){-1});
  mfg_array *running = mfg_cumulative_sum(scope, flat, 0);
  mfg_array *before = mfg_maximum(scope, mfg_sub(scope, running, 1), (int64_t)0);
  return mask->rank == 1 ? before : mfg_reshape(scope, before, mask->rank, mask->shape);
}

/* The entries of `source`, along its first axis, put where the mask holds. */
static mfg_array *spread_entries(mfg_scope *scope, const mfg_array *target, const mfg_array *mask,
                                 const mfg_array *source) {
  int64_t entries = source->shape[0];
  double chosen = mfg_item(scope, mfg_sum(scope, mask, MFG_ALL_AXES));
  if (mfg_scope_status(scope) != MFG_OK) return NULL;
  if (chosen != (double)entries)
    return mfg_scope_error(scope, MFG_ERROR_SHAPE,
                           "mfg_assign_at_mask: %lld entries for a mask that chooses %lld places",
                           (long long)entries, (long long)chosen);
  if (entries == 0) return NULL;
  /* Axis 0 is walked by number; the mask's other axes, and those that broadcast, have extent 1. */
  int64_t shape[MFG_MAX_RANK] = {entries};
  for (int a = 1; a < target->rank; a++)
    shape[a] = a >= mask->rank ? source->shape[a - mask->rank + 1] : 1;
  mfg_array *rows = mfg_reshape(scope, source, target->rank, shape);
  mfg_array *number = with_axes_behind(scope, entry_numbers(scope, mask), target->rank);
  return mfg_gather(scope, rows, number, 0, target->rank, target->shape);
}

/* Whether the source's axes go with those of the target that the mask leaves. */
static bool check_source(mfg_scope *scope, const mfg_array *target, const mfg_array *mask,
                         const mfg_array *source) {
  int behind = target->rank - mask->rank;
  bool fits = source->rank <= behind + 1;
  for (int i = 1; fits && i <= source->rank && i <= behind; i++) {
    int64_t own = source->shape[source->rank - i];
    fits = own == 1 || own == target->shape[target->rank - i];
  }
  if (fits) return true;
  char of[192];
  char over[192];
  char from[192];
  mfg_scope_error(scope, MFG_ERROR_SHAPE,
                  "mfg_assign_at_mask: shape %s into shape %s under a mask of shape %s",
                  mfg_shape_text(source->rank, source->shape, from, sizeof from),
                  mfg_shape_text(target->rank, target->shape, of, sizeof of),
                  mfg_shape_text(mask->rank, mask->shape, over, sizeof over));
  return false;
}

mfg_status mfg_assign_at_mask_operand(mfg_scope *scope, mfg_array *target, const mfg_array *mask,
                                      mfg_operand source) {
  if (!check_mask(scope, target, mask, "mfg_assign_at_mask")) return mfg_scope_status(scope);
  mfg_operand written = source;
  if (source.kind == MFG_OPERAND_ARRAY) {
    const mfg_array *array = source.array;
    if (!mfg_scope_accepts(scope, array, "mfg_assign_at_mask") ||
        !check_source(scope, target, mask, array))
      return mfg_scope_status(scope);
    bool entries =
        array->rank == target->rank - mask->rank + 1 && array->shape[0] != 1 && mask->rank > 0;
    if (entries) {
      mfg_array *spread = spread_entries(scope, target, mask, array);
      if (spread == NULL) return mfg_scope_status(scope);
      written = mfg_operand_of_array(spread);
    } else if (array->rank == target->rank - mask->rank + 1 && array->rank > 0) {
      written = mfg_operand_of_array(mfg_squeeze(scope, array, 0));
    }
  }
  mfg_array *condition = with_axes_behind(scope, mask, target->rank);
  return mfg_assign(scope, target, mfg_where(scope, condition, written, target));
}
