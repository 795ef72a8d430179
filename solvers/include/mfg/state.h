/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of an iteration as named host arrays: what a checkpoint stores and a run starts from.
 *
 * mfg_progress_state and mfg_result_state make one; a program writes its arrays into a file, reads
 * them back, puts them into a new state with mfg_state_set, and gives that to mfg_solve. A run that
 * starts from the whole state goes on as if it had never stopped, to the same bits (same backend,
 * device and options). A state with "m" alone is a guess for the density, with "u" also for the
 * value function: the iteration starts there, from its first step.
 *
 * Arrays of every method: "u" and "m" (steps+1, cells...) in the run's precision, on several axes
 * also "u_stages" (axes*steps + 1, cells...), "residual" (iterations), "iteration" (int64, rank 0),
 * "method" (int64, rank 0; enum mfg_method). Others belong to the method; a run by another method
 * takes "m", "u" and "u_stages" only.
 *
 * A state is owned by whoever made it, holds copies, and is used by one thread at a time. */
#ifndef MFG_STATE_H
#define MFG_STATE_H

#include <mfg/api.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mfg_state mfg_state;

/* One array, in C order. Borrowed from the state. */
typedef struct mfg_state_array {
  const char *name;
  mfg_dtype type; /* MFG_FLOAT64, MFG_FLOAT32 or MFG_INT64 */
  int rank;
  int64_t shape[MFG_MAX_RANK];
  const void *data;
  size_t bytes;
} mfg_state_array;

/* An empty state. MFG_ERROR_OUT_OF_MEMORY. */
MFG_API mfg_status mfg_state_create(mfg_state **state);
MFG_API void mfg_state_release(mfg_state *state);
/* Copies an array in; one of the same name is replaced. MFG_ERROR_INVALID_ARGUMENT for a name, type
 * or shape that cannot be; whether it fits the problem is found by mfg_solve. */
MFG_API mfg_status mfg_state_set(mfg_state *state, const char *name, mfg_dtype type, int rank,
                                 const int64_t *shape, const void *data);
MFG_API int mfg_state_count(const mfg_state *state);
/* NULL for an index out of range, or a name that is not there. */
MFG_API const mfg_state_array *mfg_state_at(const mfg_state *state, int index);
MFG_API const mfg_state_array *mfg_state_find(const mfg_state *state, const char *name);

#ifdef __cplusplus
}
#endif

#endif
