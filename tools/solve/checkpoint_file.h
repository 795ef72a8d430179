/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_CHECKPOINT_FILE_H
#define MFG_TOOLS_SOLVE_CHECKPOINT_FILE_H

#include "failure.h"

#include <mfg/state.h>

/* The state of an iteration in a file, from which a later run goes on to the same bits: an HDF5
 * file with a dataset per array in the group /state, and a checksum of the whole at its end. It
 * appears whole or not at all. */

/* What the iterates depend on, beside the state. */
typedef struct checkpoint_origin {
  const char *identity; /* of the problem, see problem_file.h */
  const char *backend, *device;
} checkpoint_origin;

bool checkpoint_file_write(const char *path, const mfg_state *state,
                           const checkpoint_origin *origin, solve_failure *failure);

/* Reads the state, owned by the caller. Fails with status 2, the file untouched, where there is
 * none, it is damaged, or it belongs to another problem than `origin`. `other_device` (freed with
 * free()) is NULL, or where the checkpoint was made: the bits may then differ. */
bool checkpoint_file_read(const char *path, const checkpoint_origin *origin, mfg_state **state,
                          char **other_device, solve_failure *failure);

/* The iteration that a state stands at; 0 where it does not say. */
static inline int64_t checkpoint_iteration(const mfg_state *state) {
  const mfg_state_array *array = mfg_state_find(state, "iteration");
  return array && array->type == MFG_INT64 && array->rank == 0 ? *(const int64_t *)array->data : 0;
}

#endif
