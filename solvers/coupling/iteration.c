/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coupling/iteration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/error.h"

/* A residual this much above the best means that the remembered past misleads. */
static const double restart_factor = 10;

double mfg_clock_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- the next density ------------------------------------------------------------------------ */

/* m_in <- m_in + weight (m_out - m_in): a convex combination, so it stays a density. */
static mfg_status step_damped(mfg_iteration *it, double weight) {
  mfg_system *system = it->system;
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_array *change = mfg_sub(s, mfg_system_whole(s, system, system->m_out), system->m_in);
  mfg_assign(s, system->m_in, mfg_add(s, system->m_in, mfg_mul(s, change, weight)));
  return mfg_scope_close(s);
}

static mfg_status step_anderson(mfg_iteration *it, double residual) {
  mfg_system *system = it->system;
  double least = 0, weight = it->options.damping;
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_array *image = mfg_keep(mfg_system_whole(s, system, system->m_out));
  mfg_status status = mfg_scope_close(s);
  if (residual > restart_factor * it->best_residual) {
    mfg_anderson_restart(&it->anderson);
    weight *= 0.5;
  }
  if (status == MFG_OK)
    status =
        mfg_anderson_update(system->context, &it->anderson, system->m_in, image, weight, &least);
  mfg_release(image);
  return status == MFG_OK && least < 0 ? mfg_system_project(system) : status;
}

static mfg_status step(mfg_iteration *it, double residual) {
  mfg_status status;
  switch (it->options.method) {
  case MFG_METHOD_PICARD: status = step_damped(it, it->options.damping); break;
  case MFG_METHOD_FICTITIOUS_PLAY: status = step_damped(it, 1.0 / (double)it->done); break;
  case MFG_METHOD_NEWTON: /* goes on from u */
    mfg_newton_begin(&it->newton, residual);
    return MFG_OK;
  default: status = step_anderson(it, residual); break;
  }
  return status == MFG_OK ? status : mfg_fail_device(status, "updating the density");
}

/* ---- the loop -----------------------------------------------------------------------------------
 */

static bool is_newton(const mfg_iteration *it) {
  return it->options.method == MFG_METHOD_NEWTON;
}

/* The unknown that an iterate is known by: the rest follows from it. */
static mfg_array *what_is_sought(const mfg_iteration *it) {
  return is_newton(it) ? it->system->u : it->system->m_in;
}

mfg_status mfg_iteration_create(mfg_system *system, const mfg_solver_options *resolved,
                                double started, mfg_iteration *it) {
  memset(it, 0, sizeof *it);
  it->system = system;
  it->options = *resolved;
  it->started = started;
  it->best_residual = INFINITY;
  it->anderson.depth = (int)resolved->anderson_depth;
  mfg_scope *s = mfg_scope_open(system->context);
  it->best = mfg_keep(mfg_copy(s, what_is_sought(it)));
  mfg_status status = mfg_scope_close(s);
  if (status == MFG_OK && resolved->method == MFG_METHOD_NEWTON)
    status = mfg_newton_create(&it->newton, system, resolved->eager != 1);
  if (status != MFG_OK) return mfg_fail_device(status, "making room for the iteration");
  return resolved->start ? mfg_iteration_import(it, resolved->start) : MFG_OK;
}

void mfg_iteration_release(mfg_iteration *it) {
  mfg_anderson_release(&it->anderson);
  mfg_newton_release(&it->newton);
  mfg_release(it->best);
  free(it->residuals);
  memset(it, 0, sizeof *it);
}

static mfg_status keep_residual(mfg_iteration *it, double residual) {
  double *longer = realloc(it->residuals, (size_t)(it->done + 1) * sizeof *longer);
  if (!longer) return mfg_fail_out_of_memory();
  it->residuals = longer;
  it->residuals[it->done++] = residual;
  return MFG_OK;
}

static mfg_status sweep(mfg_iteration *it, mfg_residual *residual) {
  *residual = (mfg_residual){NAN, NAN, NAN};
  mfg_status status = mfg_system_sweep(it->system, residual);
  if (status == MFG_ERROR_REPEAT_LIMIT)
    return mfg_fail(status, "",
                    "an implicit step of the Hamilton-Jacobi-Bellman equation did not come down to "
                    "rounding in %d Newton updates, in iteration %lld",
                    MFG_HJB_MAXIMUM_UPDATES, (long long)it->done + 1);
  if (status != MFG_OK) return mfg_fail_device(status, "sweeping through time");
  if (!isfinite(residual->larger)) return mfg_system_explain_not_finite(it->system, it->done + 1);
  status = it->done == 0 ? mfg_system_check_convex(it->system) : MFG_OK;
  if (status != MFG_OK) *residual = (mfg_residual){NAN, NAN, NAN};
  return status;
}

/* Whether the system that was swept is the problem's, and not one with more viscosity. */
static bool at_target(const mfg_iteration *it) {
  return !is_newton(it) || mfg_newton_at_target(&it->newton);
}

/* Notes the iterate where its residual was the least so far. */
static mfg_status keep_best(mfg_iteration *it, double residual) {
  if (!at_target(it) || !(residual < it->best_residual)) return MFG_OK;
  it->best_residual = residual;
  mfg_scope *s = mfg_scope_open(it->system->context);
  mfg_assign(s, it->best, what_is_sought(it));
  mfg_status status = mfg_scope_close(s);
  return status == MFG_OK ? status : mfg_fail_device(status, "keeping the best density");
}

/* Goes back to the best iterate and sweeps from it once more; what it cannot do, it leaves. */
static void return_best(mfg_iteration *it, mfg_residual *residual) {
  if (!isfinite(it->best_residual) || (at_target(it) && residual->larger == it->best_residual))
    return;
  mfg_system *system = it->system;
  if (!at_target(it) &&
      mfg_system_set_parameters(system, system->model->viscosity, system->step) != MFG_OK)
    return;
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_assign(s, system->u, 0.0); /* what is there may not be a number */
  mfg_assign(s, what_is_sought(it), it->best);
  mfg_residual again;
  if (mfg_scope_close(s) == MFG_OK && (is_newton(it) ? mfg_system_follow(system, &again)
                                                     : mfg_system_sweep(system, &again)) == MFG_OK)
    *residual = again;
}

static bool report(mfg_iteration *it, const mfg_residual *residual) {
  if (!it->options.progress) return true;
  mfg_progress_source source = {mfg_iteration_export, it};
  mfg_progress progress = {
      .struct_size = sizeof progress,
      .iteration = it->done,
      .max_iterations = it->options.max_iterations,
      .residual = residual->larger,
      .residual_value = residual->value_function,
      .residual_density = residual->density,
      .tolerance = it->options.tolerance,
      .seconds = mfg_clock_seconds() - it->started,
      .internal = &source,
  };
  return it->options.progress(&progress, it->options.progress_user);
}

static mfg_status step_newton(mfg_iteration *it, mfg_residual *residual) {
  mfg_status status = mfg_newton_step(&it->newton, it->options.tolerance, residual);
  if (status == MFG_OK) return status;
  if (status != MFG_ERROR_NOT_CONVERGED)
    return mfg_fail_device(status, "a step of Newton's method");
  return mfg_fail(status, "",
                  "Newton's method found no way to this viscosity after %lld iterations: best "
                  "residual %.3g, tolerance %.3g",
                  (long long)it->done, it->best_residual, it->options.tolerance);
}

/* One iterate, judged and noted; then the next density. *converged says that it is over. */
static mfg_status advance(mfg_iteration *it, mfg_residual *residual, bool *converged) {
  bool newton = is_newton(it) && it->done > 0;
  mfg_status status = newton ? step_newton(it, residual) : sweep(it, residual);
  *converged = false;
  if (status == MFG_OK) status = keep_residual(it, residual->larger);
  if (status == MFG_OK) status = keep_best(it, residual->larger);
  if (status != MFG_OK) return status;
  *converged = at_target(it) && residual->larger <= it->options.tolerance;
  return *converged || newton ? MFG_OK : step(it, residual->larger);
}

static mfg_status iterate(mfg_iteration *it, mfg_residual *residual) {
  int64_t last = it->options.max_iterations > it->done ? it->options.max_iterations : it->done + 1;
  for (;;) {
    bool converged;
    mfg_status status = advance(it, residual, &converged);
    if (status != MFG_OK) return status;
    bool go_on = report(it, residual);
    if (converged) return MFG_OK;
    if (!go_on)
      return mfg_fail(MFG_ERROR_INTERRUPTED, "", "stopped after %lld iterations, residual %.3g",
                      (long long)it->done, residual->larger);
    if (it->done >= last)
      return mfg_fail(MFG_ERROR_NOT_CONVERGED, "",
                      "no convergence in %lld iterations: best residual %.3g, tolerance %.3g",
                      (long long)it->done, it->best_residual, it->options.tolerance);
  }
}

mfg_status mfg_iteration_run(mfg_iteration *it, mfg_residual *residual) {
  mfg_status status = iterate(it, residual);
  if (status == MFG_ERROR_NOT_CONVERGED || status == MFG_ERROR_NOT_FINITE ||
      status == MFG_ERROR_REPEAT_LIMIT)
    return_best(it, residual);
  return status;
}

mfg_status mfg_progress_state(const mfg_progress *progress, mfg_state **state) {
  const mfg_progress_source *source = progress->internal;
  return source->export(source->owner, state);
}
