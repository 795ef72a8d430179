/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the named arrays of a state, which lie in host memory, and arrays of a device. All set
 * the error. */
#ifndef MFG_SOLVERS_RESULT_STATE_ARRAYS_H
#define MFG_SOLVERS_RESULT_STATE_ARRAYS_H

#include <mfg/array.h>
#include <mfg/state.h>

/* Adds a device array to a state under a name. The scope's status, or the state's. */
mfg_status mfg_state_add_array(mfg_context *context, mfg_state *state, const char *name,
                               mfg_array *array);
/* Finds an array of the given type and shape, borrowed from the state; *found is NULL where the
 * state has none of that name. One that does not fit is MFG_ERROR_SHAPE. */
mfg_status mfg_state_match(const mfg_state *state, const char *name, mfg_dtype type, int rank,
                           const int64_t *shape, const mfg_state_array **found);
/* Writes an array of the state into one of the same type and shape; *there says whether the state
 * has it. */
mfg_status mfg_state_load_array(mfg_context *context, const mfg_state *state, const char *name,
                                mfg_array *target, bool *there);

#endif
