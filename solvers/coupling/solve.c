/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <mfg/error.h>
#include <stdlib.h>
#include <string.h>

#include "coupling/iteration.h"
#include "result/result.h"
#include "stationary/stationary.h"
#include "support/error.h"

/* ---- options --------------------------------------------------------------------------------- */

static const char *const method_names[] = {
    [MFG_METHOD_NEWTON] = "newton", [MFG_METHOD_ANDERSON] = "anderson",
    [MFG_METHOD_PICARD] = "picard", [MFG_METHOD_FICTITIOUS_PLAY] = "fictitious-play",
    [MFG_METHOD_POLICY] = "policy",
};

enum { METHOD_COUNT = sizeof method_names / sizeof *method_names };

const char *mfg_method_name(int method) {
  return method > 0 && method < METHOD_COUNT ? method_names[method] : NULL;
}

int mfg_method_find(const char *name) {
  for (int i = 1; i < METHOD_COUNT; i++)
    if (strcmp(method_names[i], name) == 0) return i;
  return -1;
}

static mfg_status check_options(const mfg_solver_options *options) {
  const mfg_status bad = MFG_ERROR_INVALID_ARGUMENT;
  if (!mfg_method_name(options->method))
    return mfg_fail(bad, "solver.method", "method %d is none of enum mfg_method", options->method);
  if (options->method == MFG_METHOD_POLICY)
    return mfg_fail(MFG_ERROR_UNSUPPORTED, "solver.method",
                    "%s is not among the methods of this version: newton, anderson, picard, "
                    "fictitious-play",
                    mfg_method_name(options->method));
  if (options->precision != MFG_FLOAT64 && options->precision != MFG_FLOAT32)
    return mfg_fail(bad, "solver.precision", "expected float64 or float32");
  if (!(options->tolerance > 0) || !isfinite(options->tolerance))
    return mfg_fail(bad, "solver.tolerance", "found %g, expected a number above 0",
                    options->tolerance);
  if (options->max_iterations < 1)
    return mfg_fail(bad, "solver.max_iterations", "found %lld, expected at least 1",
                    (long long)options->max_iterations);
  if (!(options->damping > 0 && options->damping <= 1))
    return mfg_fail(bad, "solver.damping", "found %g, expected a number above 0 and up to 1",
                    options->damping);
  if (options->anderson_depth < 1 || options->anderson_depth > MFG_ANDERSON_MAXIMUM_DEPTH)
    return mfg_fail(bad, "solver.anderson_depth", "found %lld, expected 1 to %d",
                    (long long)options->anderson_depth, MFG_ANDERSON_MAXIMUM_DEPTH);
  return MFG_OK;
}

mfg_status mfg_options_resolve(const mfg_solver_options *given, mfg_solver_options *resolved) {
  memset(resolved, 0, sizeof *resolved);
  if (given) {
    size_t size = given->struct_size;
    if (size < sizeof size)
      return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "solver", "options without struct_size");
    memcpy(resolved, given, size < sizeof *resolved ? size : sizeof *resolved);
  }
  if (resolved->method == MFG_METHOD_DEFAULT) resolved->method = MFG_METHOD_NEWTON;
  if (resolved->precision == 0) resolved->precision = MFG_FLOAT64;
  if (resolved->tolerance == 0) resolved->tolerance = 1e-8;
  if (resolved->max_iterations == 0) resolved->max_iterations = 100;
  if (resolved->damping == 0) resolved->damping = resolved->method == MFG_METHOD_PICARD ? 0.5 : 1;
  if (resolved->anderson_depth == 0) resolved->anderson_depth = 6;
  return check_options(resolved);
}

/* ---- the result ------------------------------------------------------------------------------ */

/* One call of mfg_solve. */
typedef struct solving {
  mfg_context *context;
  mfg_model model;
  mfg_system system;
  mfg_iteration iteration;
  mfg_stationary stationary; /* instead of the iteration, where the problem is */
  double started, set_up;
  mfg_statistics before;
} solving;

static bool copy_texts(solving *w, mfg_result *result) {
  size_t length = mfg_context_fallbacks(w->context, NULL, 0);
  result->fallbacks = calloc(1, length + 1);
  result->backend = strdup(mfg_context_backend(w->context));
  result->device = strdup(mfg_context_device(w->context));
  if (!result->fallbacks || !result->backend || !result->device) return false;
  mfg_context_fallbacks(w->context, result->fallbacks, length + 1);
  return true;
}

/* The grid of the result: a stationary problem has one level and no time. */
static mfg_grid grid_of(const solving *w) {
  mfg_grid grid = w->model.grid;
  if (w->model.stationary) {
    grid.horizon = 0;
    grid.steps = 0;
  }
  return grid;
}

static void inform(solving *w, mfg_result *result, mfg_status status, double residual) {
  const mfg_grid *grid = &result->grid;
  bool stationary = w->model.stationary;
  int method = stationary ? w->stationary.options.method : w->iteration.options.method;
  mfg_statistics now = {.struct_size = sizeof now};
  mfg_context_statistics(w->context, &now);
  double end = mfg_clock_seconds();
  result->information = (mfg_result_information){
      .struct_size = sizeof result->information,
      .status = status,
      .converged = status == MFG_OK,
      .stationary = stationary,
      .axes = grid->axes,
      .cells = {1, 1, 1},
      .steps = grid->steps,
      .horizon = grid->horizon,
      .iterations = stationary ? w->stationary.done : w->iteration.done,
      .lambda = stationary ? w->stationary.ergodic.lambda : 0,
      .residual = residual,
      .backend = result->backend,
      .device = result->device,
      .method = mfg_method_name(method),
      .precision = w->system.type == MFG_FLOAT64 ? "float64" : "float32",
      .fallbacks = result->fallbacks,
      .seconds_total = end - w->started,
      .seconds_setup = w->set_up - w->started,
      .seconds_solve = end - w->set_up,
      .kernels_launched = now.kernels_launched - w->before.kernels_launched,
      .kernels_compiled = now.kernels_compiled - w->before.kernels_compiled,
      .peak_device_bytes = now.bytes_peak,
  };
  for (int d = 0; d < grid->axes; d++)
    result->information.cells[d] = grid->axis[d].cells;
}

/* The levels of a trajectory on stages: itself where there are no others, else a copy. */
static mfg_array *take_levels(mfg_scope *s, const mfg_system *system, mfg_array *trajectory) {
  if (system->model->grid.axes == 1) return mfg_keep(trajectory);
  return mfg_keep(mfg_copy(s, mfg_system_whole(s, system, trajectory)));
}

static void take_obstacle(mfg_scope *s, const mfg_system *system, mfg_result *result) {
  size_t cells = (size_t)mfg_grid_cell_count(&system->model->grid);
  result->obstacle = malloc(cells);
  mfg_array *obstacle = mfg_logical_not(s, system->inside);
  if (!result->obstacle)
    mfg_scope_fail(s, MFG_ERROR_OUT_OF_MEMORY, "out of host memory for the obstacle");
  else if (obstacle) {
    mfg_status status = mfg_to_host(obstacle, result->obstacle, cells);
    if (status != MFG_OK) mfg_scope_fail(s, status, mfg_last_error());
  }
}

static mfg_status take_fields(solving *w, mfg_result *result) {
  mfg_scope *s = mfg_scope_open(w->context);
  if (w->model.stationary) {
    result->fields[MFG_RESULT_VALUE_FUNCTION] = mfg_keep(mfg_copy(s, w->stationary.ergodic.u));
    result->fields[MFG_RESULT_DENSITY] = mfg_keep(mfg_copy(s, w->stationary.ergodic.m));
  } else {
    result->fields[MFG_RESULT_VALUE_FUNCTION] = take_levels(s, &w->system, w->system.u);
    result->fields[MFG_RESULT_DENSITY] = take_levels(s, &w->system, w->system.m_out);
  }
  if (w->system.inside) take_obstacle(s, &w->system, result);
  mfg_status status = mfg_scope_close(s);
  return status == MFG_OK ? status : mfg_fail_device(status, "taking the result");
}

/* Hands the fields and the history over to a new result. */
static mfg_status make_result(solving *w, mfg_status status, double residual, mfg_result **made) {
  mfg_measures measures;
  mfg_status measured = w->model.stationary ? mfg_stationary_measure(&w->stationary, &measures)
                                            : mfg_system_measure(&w->system, &measures);
  if (measured != MFG_OK) return mfg_fail_device(measured, "measuring the result");
  mfg_grid grid = grid_of(w);
  mfg_result *result = mfg_result_create(w->context, &grid);
  if (!result || !copy_texts(w, result)) {
    mfg_result_release(result);
    return mfg_fail_out_of_memory();
  }
  mfg_status taken = take_fields(w, result);
  if (taken != MFG_OK) {
    mfg_result_release(result);
    return taken;
  }
  inform(w, result, status, residual);
  result->information.mass_error = measures.mass_error;
  result->information.mass_left = measures.mass_left;
  result->information.min_density = measures.least;
  double **residuals = w->model.stationary ? &w->stationary.residuals : &w->iteration.residuals;
  result->residuals = *residuals;
  *residuals = NULL;
  *made = result;
  return status;
}

/* ---- solving --------------------------------------------------------------------------------- */

static mfg_status set_up(solving *w, const mfg_solver_options *options) {
  w->before.struct_size = sizeof w->before;
  mfg_context_statistics(w->context, &w->before);
  if (!mfg_context_supports(w->context, options->precision))
    return mfg_fail(MFG_ERROR_UNSUPPORTED, "solver.precision", "%s on %s has no %s",
                    mfg_context_backend(w->context), mfg_context_device(w->context),
                    options->precision == MFG_FLOAT64 ? "float64" : "float32");
  mfg_status status = mfg_system_create(w->context, &w->model, options->precision, &w->system);
  if (status == MFG_OK)
    status = w->model.stationary
                 ? mfg_stationary_create(&w->system, options, w->started, &w->stationary)
                 : mfg_iteration_create(&w->system, options, w->started, &w->iteration);
  if (status == MFG_OK && options->eager != 1 && !w->model.stationary) {
    status = mfg_system_record(&w->system, options->method == MFG_METHOD_NEWTON);
    if (status != MFG_OK) mfg_fail_device(status, "recording the sweep through time");
  }
  w->set_up = mfg_clock_seconds();
  return status;
}

static mfg_status solve(solving *w, const mfg_solver_options *options, mfg_result **result) {
  mfg_status status = set_up(w, options);
  if (status != MFG_OK) return status;
  mfg_residual residual;
  status = w->model.stationary ? mfg_stationary_run(&w->stationary, &residual)
                               : mfg_iteration_run(&w->iteration, &residual);
  return isfinite(residual.larger) ? make_result(w, status, residual.larger, result) : status;
}

mfg_status mfg_solve(mfg_context *context, const mfg_problem *problem,
                     const mfg_solver_options *options, mfg_result **result) {
  *result = NULL;
  solving w = {.context = context, .started = mfg_clock_seconds()};
  mfg_solver_options resolved;
  mfg_status status = mfg_model_create(problem, &w.model);
  if (status == MFG_OK) status = mfg_options_resolve(options, &resolved);
  if (status == MFG_OK) status = solve(&w, &resolved, result);
  mfg_iteration_release(&w.iteration);
  mfg_stationary_release(&w.stationary);
  mfg_system_release(&w.system);
  mfg_model_release(&w.model);
  return status;
}
