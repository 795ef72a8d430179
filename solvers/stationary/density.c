/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stationary/density.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Each solve takes the residual down by this much; the next starts from the true one. */
static const double reduction = 1e-6;
/* What is as good as rounding, over an estimate of it. */
static const double slack = 8;
enum { MOST_SOLVES = 4, SWEEPS = 2 };

/* ---- recording ------------------------------------------------------------------------------- */

typedef mfg_status (*body)(mfg_invariant *n);

/* Runs the body, or replays its recording. */
static mfg_status run(mfg_invariant *n, mfg_recording **recording, body run_body) {
  if (!n->recorded) return run_body(n);
  if (!*recording) {
    mfg_status status = mfg_record_begin(n->ergodic->system->context);
    if (status != MFG_OK) return status;
    mfg_status ran = run_body(n);
    status = mfg_record_end(n->ergodic->system->context, recording);
    if (ran != MFG_OK || status != MFG_OK) return ran != MFG_OK ? ran : status;
  }
  return mfg_replay(*recording);
}

/* ---- the linear solve ------------------------------------------------------------------------ */

/* image = A' P direction, P the approximate inverse. */
static mfg_status apply_body(mfg_invariant *n) {
  mfg_scope *s = mfg_scope_open(n->ergodic->system->context);
  mfg_lines_apply(s, n->lines, n->change, n->preimage, true);
  mfg_ergodic_multiply(s, n->ergodic, n->image, NULL, 1, n->change, true);
  return mfg_scope_close(s);
}

static mfg_status apply(void *user) {
  mfg_invariant *n = user;
  return run(n, &n->application, apply_body);
}

/* m <- m - P direction. */
static mfg_status correct_body(mfg_invariant *n) {
  mfg_ergodic *e = n->ergodic;
  mfg_scope *s = mfg_scope_open(e->system->context);
  mfg_lines_apply(s, n->lines, n->change, n->preimage, true);
  mfg_assign(s, e->m, mfg_sub(s, e->m, mfg_ergodic_centred(s, e, n->change)));
  return mfg_scope_close(s);
}

/* ---- sweeps along lines ---------------------------------------------------------------------- */

typedef struct splitting {
  mfg_upwind upwind;
  mfg_upwind_matrix transposed;
} splitting;

/* m <- M^-1 N m, blocks along an axis. */
static void sweep_along(mfg_scope *s, const mfg_invariant *n, int axis) {
  const mfg_ergodic *e = n->ergodic;
  mfg_array *right = e->m, *diagonal = NULL;
  splitting along = {0};
  for (int d = 0; d < e->system->model->grid.axes; d++) {
    mfg_upwind upwind = mfg_ergodic_scaled(s, e, d, n->lines->length[0]);
    mfg_upwind_differences differences = mfg_upwind_differences_of(s, &upwind, e->u);
    mfg_upwind_matrix matrix = mfg_upwind_transposed(s, &upwind, &differences);
    diagonal = diagonal ? mfg_add(s, diagonal, mfg_sub(s, matrix.diagonal, 1.0)) : matrix.diagonal;
    if (d == axis) {
      along = (splitting){upwind, matrix};
      continue;
    }
    matrix.diagonal = mfg_number(s, 0);
    right = mfg_sub(s, right, mfg_upwind_multiply(s, &upwind, &matrix, e->m));
  }
  mfg_assign(s, e->m,
             mfg_line_solve(s, along.transposed.lower, diagonal, along.transposed.upper, right,
                            along.upwind.axis, along.upwind.periodic));
}

static mfg_status sweeps_body(mfg_invariant *n) {
  mfg_ergodic *e = n->ergodic;
  mfg_scope *s = mfg_scope_open(e->system->context);
  mfg_assign(s, e->m, mfg_maximum(s, e->m, 0.0));
  for (int i = 0; i < SWEEPS; i++)
    for (int d = 0; d < e->system->model->grid.axes; d++)
      sweep_along(s, n, d);
  double volume = mfg_grid_cell_volume(&e->system->model->grid);
  mfg_array *mass = mfg_mul(s, mfg_sum(s, e->m, MFG_ALL_AXES), volume);
  mfg_assign(s, e->m, mfg_div(s, e->m, mass));
  return mfg_scope_close(s);
}

/* ---- all ------------------------------------------------------------------------------------- */

mfg_status mfg_invariant_create(mfg_ergodic *ergodic, const mfg_lines *lines, bool recorded,
                                mfg_invariant *n) {
  memset(n, 0, sizeof *n);
  n->ergodic = ergodic;
  n->lines = lines;
  n->recorded = recorded;
  mfg_scope *s = mfg_scope_open(ergodic->system->context);
  n->preimage = mfg_keep(mfg_zeros_like(s, ergodic->m));
  n->image = mfg_keep(mfg_zeros_like(s, ergodic->m));
  n->change = mfg_keep(mfg_zeros_like(s, ergodic->m));
  return mfg_scope_close(s);
}

void mfg_invariant_release(mfg_invariant *n) {
  mfg_recording_release(n->application);
  mfg_recording_release(n->correction);
  mfg_recording_release(n->sweeps);
  mfg_gmres_release(&n->gmres);
  mfg_release(n->preimage);
  mfg_release(n->image);
  mfg_release(n->change);
  memset(n, 0, sizeof *n);
}

/* What rounding makes of the residual of the Fokker-Planck equation. */
static mfg_status rounding_of(const mfg_ergodic *e, double *rounding) {
  const mfg_system *system = e->system;
  mfg_scope *s = mfg_scope_open(system->context);
  mfg_array *square = mfg_sum(s, mfg_mul(s, e->m, e->m), MFG_ALL_AXES);
  mfg_array *relative = mfg_astype(s, system->test.rounding, MFG_FLOAT64);
  double size = sqrt(mfg_item(s, square) * mfg_grid_cell_volume(&system->model->grid));
  *rounding = slack * size * mfg_item(s, relative);
  return mfg_scope_close(s);
}

/* The residual sums to 0 but for rounding, and A' P reaches nothing else. */
static mfg_status centre(mfg_ergodic *e) {
  mfg_scope *s = mfg_scope_open(e->system->context);
  mfg_assign(s, e->residual_density, mfg_ergodic_centred(s, e, e->residual_density));
  return mfg_scope_close(s);
}

mfg_status mfg_invariant_solve(mfg_invariant *n, mfg_residual *residual) {
  mfg_ergodic *e = n->ergodic;
  double rounding = 0, before = INFINITY;
  mfg_status status = mfg_ergodic_evaluate(e, n->recorded, residual);
  if (status == MFG_OK) status = rounding_of(e, &rounding);
  for (int i = 0; i < MOST_SOLVES && status == MFG_OK; i++) {
    if (!(residual->density > rounding) || !(residual->density < 0.5 * before)) break;
    before = residual->density;
    status = centre(e);
    if (status == MFG_OK)
      status = mfg_gmres_solve(e->system->context, &n->gmres, apply, n, n->preimage, n->image,
                               e->residual_density, reduction);
    if (status == MFG_OK) status = run(n, &n->correction, correct_body);
    if (status == MFG_OK) status = mfg_ergodic_evaluate(e, n->recorded, residual);
  }
  if (status == MFG_OK) status = run(n, &n->sweeps, sweeps_body);
  return status == MFG_OK ? mfg_ergodic_evaluate(e, n->recorded, residual) : status;
}
