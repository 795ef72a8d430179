/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "result/state_arrays.h"

#include <stdlib.h>

#include "support/error.h"

mfg_status mfg_state_add_array(mfg_context *context, mfg_state *state, const char *name,
                               mfg_array *array) {
  mfg_scope *s = mfg_scope_open(context);
  size_t element = mfg_array_type(array) == MFG_FLOAT32 ? sizeof(float) : sizeof(double);
  size_t bytes = (size_t)mfg_array_size(array) * element;
  void *host = malloc(bytes);
  mfg_status status = host ? mfg_to_host(array, host, bytes) : mfg_fail_out_of_memory();
  mfg_status closed = mfg_scope_close(s);
  if (host && (status != MFG_OK || closed != MFG_OK))
    status = mfg_fail_device(status != MFG_OK ? status : closed, "reading the state");
  if (status == MFG_OK)
    status = mfg_state_set(state, name, mfg_array_type(array), mfg_array_rank(array),
                           mfg_array_shape(array), host);
  free(host);
  return status;
}

mfg_status mfg_state_match(const mfg_state *state, const char *name, mfg_dtype type, int rank,
                           const int64_t *shape, const mfg_state_array **found) {
  const mfg_state_array *array = mfg_state_find(state, name);
  *found = array;
  if (!array) return MFG_OK;
  bool fits = array->rank == rank && array->type == type;
  for (int i = 0; fits && i < rank; i++)
    fits = array->shape[i] == shape[i];
  if (fits) return MFG_OK;
  return mfg_fail(MFG_ERROR_SHAPE, "start",
                  "the array \"%s\" of the start does not fit the problem or the precision", name);
}

mfg_status mfg_state_load_array(mfg_context *context, const mfg_state *state, const char *name,
                                mfg_array *target, bool *there) {
  const mfg_state_array *array;
  mfg_dtype type = mfg_array_type(target);
  int rank = mfg_array_rank(target);
  const int64_t *shape = mfg_array_shape(target);
  mfg_status status = mfg_state_match(state, name, type, rank, shape, &array);
  *there = array != NULL;
  if (status != MFG_OK || !array) return status;
  mfg_scope *s = mfg_scope_open(context);
  mfg_assign(s, target, mfg_from_host(s, type, rank, shape, array->data));
  status = mfg_scope_close(s);
  return status == MFG_OK ? status : mfg_fail_device(status, "reading the start");
}
