/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "result/state_arrays.h"
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

static mfg_status import_history(mfg_stationary *n, const mfg_state *state) {
  const mfg_state_array *iteration, *residuals, *numbers;
  int64_t done = 0;
  mfg_status status = mfg_state_match(state, "iteration", MFG_INT64, 0, NULL, &iteration);
  if (status != MFG_OK || !iteration) return status;
  memcpy(&done, iteration->data, sizeof done);
  status =
      mfg_state_match(state, "stationary_numbers", MFG_FLOAT64, 1, (int64_t[]){NUMBERS}, &numbers);
  if (status == MFG_OK)
    status = mfg_state_match(state, "residual", MFG_FLOAT64, 1, &done, &residuals);
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
    status = mfg_state_load_array(n->system->context, state, names[i], arrays[i], &there);
    if (status == MFG_OK && !there && (i == 0 || n->done > 0))
      status =
          mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "start", "the start has no array \"%s\"", names[i]);
  }
  return status == MFG_OK && n->done > 0 ? restore(n) : status;
}
