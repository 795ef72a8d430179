/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "coupling/iteration.h"
#include "result/state_arrays.h"
#include "support/error.h"

/* ---- writing --------------------------------------------------------------------------------- */

/* Several trajectories as one array with a leading axis. */
static mfg_status add_stack(mfg_iteration *it, mfg_state *state, const char *name, int count,
                            mfg_array *const *arrays) {
  mfg_scope *s = mfg_scope_open(it->system->context);
  mfg_array *stack = mfg_stack(s, count, arrays, 0);
  mfg_status status = stack ? mfg_state_add_array(it->system->context, state, name, stack)
                            : mfg_fail_device(mfg_scope_status(s), "reading the state");
  mfg_scope_close(s);
  return status;
}

static mfg_status export_anderson(mfg_iteration *it, mfg_state *state) {
  mfg_anderson *a = &it->anderson;
  mfg_context *context = it->system->context;
  if (!a->started) return MFG_OK;
  mfg_status status = mfg_state_add_array(context, state, "anderson_last_density", a->last_iterate);
  if (status == MFG_OK)
    status = mfg_state_add_array(context, state, "anderson_last_change", a->last_change);
  if (status == MFG_OK && a->count > 0)
    status = add_stack(it, state, "anderson_densities", a->count, a->iterates);
  if (status == MFG_OK && a->count > 0)
    status = add_stack(it, state, "anderson_changes", a->count, a->changes);
  return status;
}

/* u on its levels, and where there are stages in between, on those: a run goes on from them. */
static mfg_status export_value_function(mfg_iteration *it, mfg_state *state) {
  mfg_system *system = it->system;
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_array *levels = mfg_keep(mfg_system_whole(s, system, system->u));
  mfg_status status = mfg_scope_close(s);
  if (status == MFG_OK)
    status = mfg_state_add_array(system->context, state, "u", levels);
  else
    mfg_fail_device(status, "reading the state");
  mfg_release(levels);
  return status == MFG_OK && system->model->grid.axes > 1
             ? mfg_state_add_array(system->context, state, "u_stages", system->u)
             : status;
}

enum { NEWTON_NUMBERS = sizeof(struct mfg_newton_numbers) / sizeof(double) };

static mfg_status export_newton(mfg_iteration *it, mfg_state *state) {
  mfg_newton *n = &it->newton;
  if (!n->system || it->done == 0) return MFG_OK;
  mfg_status status =
      mfg_state_set(state, "newton_numbers", MFG_FLOAT64, 1, (int64_t[]){NEWTON_NUMBERS}, &n->now);
  return status == MFG_OK && n->solved
             ? mfg_state_add_array(it->system->context, state, "newton_solved", n->solved)
             : status;
}

/* By what it is: the method's business. */
static const char *name_of_best(const mfg_iteration *it) {
  return it->newton.system ? "best_u" : "best_m";
}

static mfg_status export_all(mfg_iteration *it, mfg_state *state) {
  mfg_system *system = it->system;
  int64_t method = it->options.method;
  mfg_status status = mfg_state_set(state, "iteration", MFG_INT64, 0, NULL, &it->done);
  if (status == MFG_OK) status = mfg_state_set(state, "method", MFG_INT64, 0, NULL, &method);
  if (status == MFG_OK)
    status = mfg_state_set(state, "residual", MFG_FLOAT64, 1, &it->done, it->residuals);
  if (status == MFG_OK)
    status = mfg_state_set(state, "best_residual", MFG_FLOAT64, 0, NULL, &it->best_residual);
  if (status == MFG_OK)
    status = mfg_state_add_array(system->context, state, name_of_best(it), it->best);
  if (status == MFG_OK) status = export_value_function(it, state);
  if (status == MFG_OK) status = mfg_state_add_array(system->context, state, "m", system->m_in);
  if (status == MFG_OK) status = export_newton(it, state);
  return status == MFG_OK ? export_anderson(it, state) : status;
}

mfg_status mfg_iteration_export(void *iteration, mfg_state **state) {
  mfg_status status = mfg_state_create(state);
  if (status == MFG_OK) status = export_all(iteration, *state);
  if (status != MFG_OK) {
    mfg_state_release(*state);
    *state = NULL;
  }
  return status;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Stages that the state does not have start from the level below them. */
static mfg_status import_value_function(mfg_iteration *it, const mfg_state *state) {
  mfg_system *system = it->system;
  const mfg_state_array *levels;
  bool there = false;
  mfg_status status =
      mfg_state_match(state, "u", system->type, system->rank, system->levels_shape, &levels);
  if (status == MFG_OK && system->model->grid.axes > 1)
    status = mfg_state_load_array(it->system->context, state, "u_stages", system->u, &there);
  if (status != MFG_OK || there || !levels) return status;
  int64_t steps = system->steps_shape[0], end = mfg_system_stage_count(system);
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_array *u = mfg_from_host(s, system->type, system->rank, system->levels_shape, levels->data);
  for (int d = 0; d < system->model->grid.axes; d++)
    mfg_assign(s, mfg_system_below(s, system, system->u, d), mfg_system_levels(s, u, 0, steps));
  mfg_assign(s, mfg_system_levels(s, system->u, end, end + 1),
             mfg_system_levels(s, u, steps, steps + 1));
  status = mfg_scope_close(s);
  return status == MFG_OK ? status : mfg_fail_device(status, "reading the start");
}

static mfg_status import_history(mfg_iteration *it, const mfg_state *state,
                                 const mfg_state_array *iteration) {
  const mfg_state_array *residuals, *best;
  memcpy(&it->done, iteration->data, sizeof it->done);
  mfg_status status = mfg_state_match(state, "residual", MFG_FLOAT64, 1, &it->done, &residuals);
  if (status == MFG_OK)
    status = mfg_state_match(state, "best_residual", MFG_FLOAT64, 0, NULL, &best);
  if (status == MFG_OK && (it->done < 1 || !residuals || !best))
    status = mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "start",
                      "the start has an iteration, but not its residual and best_residual");
  if (status != MFG_OK) {
    it->done = 0;
    return status;
  }
  it->residuals = malloc((size_t)it->done * sizeof *it->residuals);
  if (!it->residuals) return mfg_fail_out_of_memory();
  memcpy(it->residuals, residuals->data, (size_t)it->done * sizeof *it->residuals);
  memcpy(&it->best_residual, best->data, sizeof it->best_residual);
  bool there;
  return mfg_state_load_array(it->system->context, state, name_of_best(it), it->best, &there);
}

/* Slot `index` of both stacks. */
static mfg_status import_pair(mfg_iteration *it, int index, const mfg_state_array *densities,
                              const mfg_state_array *changes) {
  mfg_system *system = it->system;
  mfg_anderson *a = &it->anderson;
  size_t bytes = densities->bytes / (size_t)densities->shape[0];
  const char *density = (const char *)densities->data + (size_t)index * bytes;
  const char *change = (const char *)changes->data + (size_t)index * bytes;
  mfg_scope *s = mfg_scope_open(system->context);
  if (mfg_anderson_reserve(s, a, index, system->m_in) == MFG_OK) {
    mfg_assign(s, a->iterates[index],
               mfg_from_host(s, system->type, system->rank, system->levels_shape, density));
    mfg_assign(s, a->changes[index],
               mfg_from_host(s, system->type, system->rank, system->levels_shape, change));
  }
  mfg_status status = mfg_scope_close(s);
  return status == MFG_OK ? status : mfg_fail_device(status, "reading the start");
}

static mfg_status import_pairs(mfg_iteration *it, const mfg_state *state) {
  mfg_system *system = it->system;
  const mfg_state_array *densities = mfg_state_find(state, "anderson_densities"), *changes;
  if (!densities) return MFG_OK;
  int64_t shape[MFG_MAX_RANK] = {densities->rank > 0 ? densities->shape[0] : 0};
  memcpy(shape + 1, system->levels_shape, (size_t)system->rank * sizeof *shape);
  mfg_status status = mfg_state_match(state, "anderson_densities", system->type, system->rank + 1,
                                      shape, &densities);
  if (status == MFG_OK)
    status =
        mfg_state_match(state, "anderson_changes", system->type, system->rank + 1, shape, &changes);
  if (status == MFG_OK && (!changes || shape[0] > it->anderson.depth))
    status = mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "start",
                      "the start remembers %lld iterates, expected at most anderson_depth = %d, "
                      "and as many changes",
                      (long long)shape[0], it->anderson.depth);
  for (int i = 0; status == MFG_OK && i < (int)shape[0]; i++)
    status = import_pair(it, i, densities, changes);
  if (status != MFG_OK) return status;
  it->anderson.count = (int)shape[0];
  status = mfg_anderson_refresh(system->context, &it->anderson);
  return status == MFG_OK ? status : mfg_fail_device(status, "reading the start");
}

static mfg_status import_anderson(mfg_iteration *it, const mfg_state *state) {
  mfg_system *system = it->system;
  mfg_anderson *a = &it->anderson;
  if (!mfg_state_find(state, "anderson_last_density")) return MFG_OK;
  mfg_scope *s = mfg_scope_open(system->context);
  a->last_iterate = mfg_keep(mfg_empty_like(s, system->m_in));
  a->last_change = mfg_keep(mfg_empty_like(s, system->m_in));
  mfg_status status = mfg_scope_close(s);
  if (status != MFG_OK) return mfg_fail_device(status, "reading the start");
  bool density, change = false;
  status = mfg_state_load_array(it->system->context, state, "anderson_last_density",
                                a->last_iterate, &density);
  if (status == MFG_OK)
    status = mfg_state_load_array(it->system->context, state, "anderson_last_change",
                                  a->last_change, &change);
  a->started = density && change;
  return status == MFG_OK && a->started ? import_pairs(it, state) : status;
}

static mfg_status import_newton(mfg_iteration *it, const mfg_state *state) {
  const mfg_state_array *numbers;
  mfg_newton *n = &it->newton;
  mfg_status status = mfg_state_match(state, "newton_numbers", MFG_FLOAT64, 1,
                                      (int64_t[]){NEWTON_NUMBERS}, &numbers);
  if (status != MFG_OK || !numbers) return status;
  memcpy(&n->now, numbers->data, sizeof n->now);
  bool there = true;
  if (n->now.solved_viscosity > 0) {
    status = mfg_newton_reserve(n);
    if (status != MFG_OK) return mfg_fail_device(status, "reading the start");
    status = mfg_state_load_array(it->system->context, state, "newton_solved", n->solved, &there);
  }
  if (status == MFG_OK && !there)
    status =
        mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "start", "the start has no array \"newton_solved\"");
  if (status != MFG_OK) return status;
  status = mfg_system_set_parameters(it->system, n->now.viscosity, it->system->step);
  return status == MFG_OK ? status : mfg_fail_device(status, "reading the start");
}

mfg_status mfg_iteration_import(mfg_iteration *it, const mfg_state *state) {
  bool there;
  mfg_status status =
      mfg_state_load_array(it->system->context, state, "m", it->system->m_in, &there);
  if (status == MFG_OK && !there)
    status = mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "start", "the start has no array \"m\"");
  if (status == MFG_OK) status = import_value_function(it, state);
  const mfg_state_array *iteration = NULL, *method = NULL;
  if (status == MFG_OK)
    status = mfg_state_match(state, "iteration", MFG_INT64, 0, NULL, &iteration);
  if (status == MFG_OK) status = mfg_state_match(state, "method", MFG_INT64, 0, NULL, &method);
  if (status != MFG_OK || !iteration || !method) return status;
  int64_t used;
  memcpy(&used, method->data, sizeof used);
  if (used != it->options.method) /* another method goes on from the density alone */
    return MFG_OK;
  status = import_history(it, state, iteration);
  if (status == MFG_OK && it->newton.system) status = import_newton(it, state);
  return status == MFG_OK ? import_anderson(it, state) : status;
}
