/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coupling/inner.h"

#include <mfg/error.h>

/* The results of one pass come out in one array, so that there is one host read a call. */
mfg_status mfg_inner_products(mfg_scope *s, const mfg_array *array, int count,
                              mfg_array *const *others, double *values) {
  if (count == 0) return mfg_scope_status(s);
  mfg_array *memory = mfg_empty(s, MFG_FLOAT64, 1, (int64_t[]){count});
  for (int first = 0; first < count; first += MFG_MAX_RESULTS) {
    mfg_array *targets[MFG_MAX_RESULTS], *sources[MFG_MAX_RESULTS];
    int many = count - first < MFG_MAX_RESULTS ? count - first : MFG_MAX_RESULTS;
    for (int i = 0; i < many; i++) {
      mfg_array *sum = mfg_sum(s, mfg_mul(s, array, others[first + i]), MFG_ALL_AXES);
      sources[i] = mfg_astype(s, sum, MFG_FLOAT64);
      targets[i] = mfg_at(s, memory, 0, first + i);
    }
    mfg_assign_many(s, many, targets, sources);
  }
  if (mfg_scope_status(s) != MFG_OK) return mfg_scope_status(s);
  mfg_status status = mfg_to_host(memory, values, (size_t)count * sizeof *values);
  if (status != MFG_OK) mfg_scope_fail(s, status, mfg_last_error());
  return mfg_scope_status(s);
}
