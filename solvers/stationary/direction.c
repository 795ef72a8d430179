/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stationary/direction.h"

#include <string.h>

static mfg_array *row_of(mfg_scope *s, const mfg_array *pair, int row) {
  return mfg_slice(s, pair, 0, row, row + 1, 1);
}

/* (f - c)'(m) dm; NULL where it is 0. */
static mfg_array *cost_change(mfg_scope *s, const mfg_direction *n) {
  mfg_array *cost = n->coupling ? mfg_tangent_apply(s, n->coupling, n->dm) : NULL;
  mfg_array *constant = mfg_tangent_apply(s, n->constant, n->dm);
  if (constant) cost = cost ? mfg_sub(s, cost, constant) : mfg_negative(s, constant);
  return cost ? mfg_system_outside_obstacles(s, n->ergodic->system, cost) : NULL;
}

/* (du, dm) = P direction: from the second row up. */
static void precondition(mfg_scope *s, mfg_direction *n) {
  const mfg_ergodic *e = n->ergodic;
  mfg_lines_apply(s, n->lines, n->dm, row_of(s, n->preimage, 1), true);
  mfg_assign(s, n->dm, mfg_ergodic_centred(s, e, n->dm));
  mfg_array *cost = cost_change(s, n);
  mfg_array *row = row_of(s, n->preimage, 0);
  mfg_assign(s, n->row_work, cost ? mfg_add(s, row, cost) : row);
  mfg_assign(s, n->row_work, mfg_ergodic_centred(s, e, n->row_work));
  mfg_lines_apply(s, n->lines, n->du, n->row_work, false);
  mfg_assign(s, n->du, mfg_ergodic_centred(s, e, n->du));
}

/* image = the system's matrix times (du, dm). */
static void multiply(mfg_scope *s, mfg_direction *n) {
  const mfg_ergodic *e = n->ergodic;
  mfg_array *of_density = row_of(s, n->image, 1);
  mfg_ergodic_multiply(s, e, n->row_work, NULL, 1, n->du, false);
  mfg_array *cost = cost_change(s, n);
  if (cost) mfg_assign(s, n->row_work, mfg_sub(s, n->row_work, cost));
  mfg_assign(s, row_of(s, n->image, 0), mfg_ergodic_centred(s, e, n->row_work));
  mfg_ergodic_multiply(s, e, of_density, NULL, 1, n->dm, true);
  mfg_ergodic_add_bending(s, e, of_density, n->du);
}

static mfg_status run(mfg_direction *n) {
  mfg_scope *s = mfg_scope_open(n->ergodic->system->context);
  precondition(s, n);
  multiply(s, n);
  return mfg_scope_close(s);
}

static mfg_status apply(void *user) {
  mfg_direction *n = user;
  if (!n->recorded) return run(n);
  if (!n->application) {
    mfg_status status = mfg_record_begin(n->ergodic->system->context);
    if (status != MFG_OK) return status;
    mfg_status ran = run(n);
    status = mfg_record_end(n->ergodic->system->context, &n->application);
    if (ran != MFG_OK || status != MFG_OK) return ran != MFG_OK ? ran : status;
  }
  return mfg_replay(n->application);
}

mfg_status mfg_direction_create(const mfg_ergodic *ergodic, const mfg_lines *lines, bool recorded,
                                mfg_direction *n) {
  memset(n, 0, sizeof *n);
  n->ergodic = ergodic;
  n->lines = lines;
  n->recorded = recorded;
  mfg_system *system = ergodic->system;
  mfg_lower_space space = mfg_system_space(system, false);
  int64_t shape[MFG_MAX_RANK];
  memcpy(shape, space.shape, sizeof shape);
  shape[0] = 2;
  mfg_scope *s = mfg_scope_open(system->context);
  if (system->model->coupling) n->coupling = mfg_tangent_create(s, system->model->coupling, &space);
  n->constant = mfg_tangent_create(s, system->model->hamiltonian.constant, &space);
  n->du = mfg_keep(mfg_zeros_like(s, ergodic->u));
  n->dm = mfg_keep(mfg_zeros_like(s, ergodic->m));
  n->row_work = mfg_keep(mfg_zeros_like(s, ergodic->u));
  n->right = mfg_keep(mfg_zeros(s, system->type, system->rank, shape));
  n->preimage = mfg_keep(mfg_zeros_like(s, n->right));
  n->image = mfg_keep(mfg_zeros_like(s, n->right));
  return mfg_scope_close(s);
}

void mfg_direction_release(mfg_direction *n) {
  mfg_recording_release(n->application);
  mfg_tangent_release(n->coupling);
  mfg_tangent_release(n->constant);
  mfg_gmres_release(&n->gmres);
  mfg_release(n->preimage);
  mfg_release(n->image);
  mfg_release(n->du);
  mfg_release(n->dm);
  mfg_release(n->row_work);
  mfg_release(n->right);
  memset(n, 0, sizeof *n);
}

mfg_status mfg_direction_solve(mfg_direction *n, double tolerance) {
  const mfg_ergodic *e = n->ergodic;
  mfg_scope *s = mfg_scope_open(e->system->context);
  if (n->coupling) mfg_tangent_take(s, n->coupling, e->m);
  mfg_tangent_take(s, n->constant, e->m);
  mfg_assign(s, row_of(s, n->right, 0), mfg_negative(s, e->residual_value));
  mfg_assign(s, row_of(s, n->right, 1), mfg_negative(s, e->residual_density));
  mfg_status status = mfg_scope_close(s);
  if (status == MFG_OK)
    status = mfg_gmres_solve(e->system->context, &n->gmres, apply, n, n->preimage, n->image,
                             n->right, tolerance);
  if (status != MFG_OK) return status;
  s = mfg_scope_open(e->system->context);
  precondition(s, n);
  return mfg_scope_close(s);
}
