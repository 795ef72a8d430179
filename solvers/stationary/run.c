/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stationary/stationary.h"
#include "support/error.h"

mfg_status mfg_stationary_create(mfg_system *system, const mfg_solver_options *resolved,
                                 double started, mfg_stationary *n) {
  memset(n, 0, sizeof *n);
  if (resolved->method != MFG_METHOD_NEWTON)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "solver.method",
                    "found %s, expected newton, which solves stationary problems",
                    mfg_method_name(resolved->method));
  n->system = system;
  n->options = *resolved;
  n->started = started;
  n->recorded = resolved->eager != 1;
  n->now.viscosity = system->model->viscosity;
  n->now.factor = 0.5;
  n->now.best_residual = INFINITY;
  mfg_status status = mfg_ergodic_create(system, &n->ergodic);
  if (status == MFG_OK) status = mfg_lines_create(&n->ergodic, &n->lines);
  if (status == MFG_OK)
    status = mfg_invariant_create(&n->ergodic, &n->lines, n->recorded, &n->invariant);
  if (status == MFG_OK)
    status = mfg_direction_create(&n->ergodic, &n->lines, n->recorded, &n->direction);
  mfg_scope *s = mfg_scope_open(system->context);
  n->base = mfg_keep(mfg_zeros_like(s, n->ergodic.u));
  n->best = mfg_keep(mfg_zeros_like(s, n->ergodic.u));
  n->solved = mfg_keep(mfg_zeros_like(s, n->ergodic.u));
  mfg_status closed = mfg_scope_close(s);
  if (status == MFG_OK) status = closed;
  if (status != MFG_OK) return mfg_fail_device(status, "making room for the stationary problem");
  return resolved->start ? mfg_stationary_import(n, resolved->start) : MFG_OK;
}

void mfg_stationary_release(mfg_stationary *n) {
  mfg_direction_release(&n->direction);
  mfg_invariant_release(&n->invariant);
  mfg_lines_release(&n->lines);
  mfg_ergodic_release(&n->ergodic);
  mfg_release(n->base);
  mfg_release(n->best);
  mfg_release(n->solved);
  free(n->residuals);
  memset(n, 0, sizeof *n);
}

/* ---- the loop -----------------------------------------------------------------------------------
 */

static mfg_status keep_residual(mfg_stationary *n) {
  double *longer = realloc(n->residuals, (size_t)(n->done + 1) * sizeof *longer);
  if (!longer) return mfg_fail_out_of_memory();
  n->residuals = longer;
  n->residuals[n->done++] = n->now.norm;
  return MFG_OK;
}

static bool report(mfg_stationary *n, mfg_progress_source *source) {
  if (!n->options.progress) return true;
  mfg_progress progress = {
      .struct_size = sizeof progress,
      .iteration = n->done,
      .max_iterations = n->options.max_iterations,
      .residual = n->now.norm,
      .residual_value = n->residual.value_function,
      .residual_density = n->residual.density,
      .tolerance = n->options.tolerance,
      .seconds = mfg_clock_seconds() - n->started,
      .internal = source,
  };
  return n->options.progress(&progress, n->options.progress_user);
}

static mfg_status begin(mfg_stationary *n) {
  if (n->done > 0) return MFG_OK;
  mfg_status status = mfg_stationary_start(n);
  if (status != MFG_OK) return mfg_fail_device(status, "evaluating the start");
  if (!isfinite(n->now.norm)) return mfg_system_explain_not_finite(n->system, 1);
  return mfg_system_check_convex(n->system);
}

static mfg_status step(mfg_stationary *n) {
  mfg_status status = mfg_stationary_step(n);
  if (status == MFG_ERROR_NOT_CONVERGED)
    return mfg_fail(status, "",
                    "Newton's method found no way to this viscosity after %lld iterations: best "
                    "residual %.3g, tolerance %.3g",
                    (long long)n->done, n->now.best_residual, n->options.tolerance);
  if (status != MFG_OK) return mfg_fail_device(status, "a step of Newton's method");
  return keep_residual(n);
}

static bool converged(const mfg_stationary *n) {
  return mfg_stationary_at_target(n) && n->now.norm <= n->options.tolerance;
}

static mfg_status iterate(mfg_stationary *n) {
  mfg_progress_source source = {mfg_stationary_export, n};
  mfg_status status = begin(n);
  if (status == MFG_OK && converged(n)) return keep_residual(n);
  if (status != MFG_OK) return status;
  int64_t last = n->options.max_iterations > n->done ? n->options.max_iterations : n->done + 1;
  for (;;) {
    status = step(n);
    if (status != MFG_OK) return status;
    bool go_on = report(n, &source);
    if (converged(n)) return MFG_OK;
    if (!go_on)
      return mfg_fail(MFG_ERROR_INTERRUPTED, "", "stopped after %lld iterations, residual %.3g",
                      (long long)n->done, n->now.norm);
    if (n->done >= last)
      return mfg_fail(MFG_ERROR_NOT_CONVERGED, "",
                      "no convergence in %lld iterations: best residual %.3g, tolerance %.3g",
                      (long long)n->done, n->now.best_residual, n->options.tolerance);
  }
}

/* Goes back to the best u at the viscosity of the problem, or takes the last one there. */
static mfg_status return_best(mfg_stationary *n, mfg_residual *residual) {
  const mfg_array *best = isfinite(n->now.best_residual) ? n->best : n->ergodic.u;
  return mfg_stationary_go(n, n->system->model->viscosity, best, residual);
}

mfg_status mfg_stationary_run(mfg_stationary *n, mfg_residual *residual) {
  *residual = (mfg_residual){NAN, NAN, NAN};
  mfg_status status = iterate(n);
  if (status == MFG_OK || status == MFG_ERROR_NOT_CONVERGED || status == MFG_ERROR_INTERRUPTED)
    if (return_best(n, residual) != MFG_OK) *residual = (mfg_residual){NAN, NAN, NAN};
  return status;
}

mfg_status mfg_stationary_measure(mfg_stationary *n, mfg_measures *measures) {
  mfg_scope *s = mfg_scope_open(n->system->context);
  double volume = mfg_grid_cell_volume(&n->system->model->grid);
  double mass = mfg_item(s, mfg_sum(s, n->ergodic.m, MFG_ALL_AXES)) * volume;
  measures->mass_error = fabs(mass - 1);
  measures->mass_left = 0;
  measures->least = mfg_item(s, mfg_min(s, n->ergodic.m, MFG_ALL_AXES));
  return mfg_scope_close(s);
}
