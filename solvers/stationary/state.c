/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "stationary/stationary.h"
#include "support/error.h"

enum {
  NUMBERS = sizeof(struct mfg_stationary_numbers) / sizeof(double),
  ARRAYS = 4,
};

/* What a run goes on from; the first two are also a guess that another run may start from. */
static void arrays_of(const mfg_stationary *n, const char *names[ARRAYS],
                      mfg_array *arrays[ARRAYS]) {
  const char *all[ARRAYS] = {"m", "u", "best_u", "solved_u"};
  memcpy(names, all, sizeof all);
  arrays[0] = n->ergodic.m;
  arrays[1] = n->ergodic.u;
  arrays[2] = n->best;
  arrays[3] = n->solved;
}

/* ---- writing --------------------------------------------------------------------------------- */

static mfg_status export_all(const mfg_stationary *n, mfg_state *state) {
  const char *names[ARRAYS];
  mfg_array *arrays[ARRAYS];
  arrays_of(n, names, arrays);
  int64_t method = n->options.method;
  mfg_status status = mfg_state_set(state, "iteration", MFG_INT64, 0, NULL, &n->done);
  if (status == MFG_OK) status = mfg_state_set(state, "method", MFG_INT64, 0, NULL, &method);
  if (status == MFG_OK)
    status = mfg_state_set(state, "residual", MFG_FLOAT64, 1, &n->done, n->residuals);
  if (status == MFG_OK)
    status =
        mfg_state_set(state, "stationary_numbers", MFG_FLOAT64, 1, (int64_t[]){NUMBERS}, &n->now);
  for (int i = 0; i < ARRAYS && status == MFG_OK; i++)
    status = mfg_state_add_array(n->system->context, state, names[i], arrays[i]);
  return status;
}

mfg_status mfg_stationary_export(void *stationary, mfg_state **state) {
  mfg_status status = mfg_state_create(state);
  if (status == MFG_OK) status = export_all(stationary, *state);
  if (status != MFG_OK) {
    mfg_state_release(*state);
    *state = NULL;
  }
  return status;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* An array of the given type and shape; *found is NULL where the state has none of that name. */
static mfg_status find(const mfg_state *state, const char *name, mfg_dtype type, int rank,
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

static mfg_status load(mfg_stationary *n, const mfg_state *state, const char *name,
                       mfg_array *target, bool *there) {
  const mfg_state_array *array;
  int rank = mfg_array_rank(target);
  const int64_t *shape = mfg_array_shape(target);
  mfg_status status = find(state, name, n->system->type, rank, shape, &array);
  *there = array != NULL;
  if (status != MFG_OK || !array) return status;
  mfg_scope *s = mfg_scope_open(n->system->context);
  mfg_assign(s, target, mfg_from_host(s, n->system->type, rank, shape, array->data));
  status = mfg_scope_close(s);
  return status == MFG_OK ? status : mfg_fail_device(status, "reading the start");
}

static mfg_status import_history(mfg_stationary *n, const mfg_state *state) {
  const mfg_state_array *iteration, *residuals, *numbers;
  int64_t done = 0;
  mfg_status status = find(state, "iteration", MFG_INT64, 0, NULL, &iteration);
  if (status != MFG_OK || !iteration) return status;
  memcpy(&done, iteration->data, sizeof done);
  status = find(state, "stationary_numbers", MFG_FLOAT64, 1, (int64_t[]){NUMBERS}, &numbers);
  if (status == MFG_OK) status = find(state, "residual", MFG_FLOAT64, 1, &done, &residuals);
  if (status != MFG_OK) return status;
  if (done < 1 || !residuals || !numbers)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "start",
                    "the start has an iteration, but not its residual and stationary_numbers");
  n->residuals = malloc((size_t)done * sizeof *n->residuals);
  if (!n->residuals) return mfg_fail_out_of_memory();
  memcpy(n->residuals, residuals->data, (size_t)done * sizeof *n->residuals);
  memcpy(&n->now, numbers->data, sizeof n->now);
  n->done = done;
  return MFG_OK;
}

/* The coefficients and lambda, which are not in the state, and the lengths of the line steps. */
static mfg_status restore(mfg_stationary *n) {
  mfg_status status = mfg_system_set_parameters(n->system, n->now.viscosity, n->system->step);
  if (status == MFG_OK) status = mfg_lines_set_viscosity(&n->lines, n->now.viscosity);
  if (status == MFG_OK) status = mfg_ergodic_evaluate(&n->ergodic, n->recorded, &n->residual);
  return status == MFG_OK ? status : mfg_fail_device(status, "reading the start");
}

mfg_status mfg_stationary_import(mfg_stationary *n, const mfg_state *state) {
  const char *names[ARRAYS];
  mfg_array *arrays[ARRAYS];
  arrays_of(n, names, arrays);
  mfg_status status = import_history(n, state);
  for (int i = 0; i < ARRAYS && status == MFG_OK; i++) {
    bool there;
    status = load(n, state, names[i], arrays[i], &there);
    if (status == MFG_OK && !there && (i == 0 || n->done > 0))
      status =
          mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "start", "the start has no array \"%s\"", names[i]);
  }
  return status == MFG_OK && n->done > 0 ? restore(n) : status;
}
