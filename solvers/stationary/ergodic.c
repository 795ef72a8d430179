/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stationary/ergodic.h"

#include <math.h>
#include <string.h>

enum { LAMBDA, OF_VALUE, OF_DENSITY, NUMBER_COUNT };

/* ---- life ------------------------------------------------------------------------------------ */

static double count_cells(mfg_scope *s, const mfg_system *system) {
  if (!system->inside) return (double)mfg_grid_cell_count(&system->model->grid);
  mfg_array *inside = mfg_astype(s, system->inside, MFG_INT64);
  return mfg_item(s, mfg_sum(s, inside, MFG_ALL_AXES));
}

mfg_status mfg_ergodic_create(mfg_system *system, mfg_ergodic *e) {
  memset(e, 0, sizeof *e);
  e->system = system;
  mfg_scope *s = mfg_scope_open(system->context);
  e->u = mfg_keep(mfg_system_levels(s, system->u, 0, 1));
  e->m = mfg_keep(mfg_system_levels(s, system->m_in, 1, 2));
  e->residual_value = mfg_keep(mfg_zeros_like(s, e->u));
  e->residual_density = mfg_keep(mfg_zeros_like(s, e->u));
  e->numbers = mfg_keep(mfg_zeros(s, system->type, 1, (int64_t[]){NUMBER_COUNT}));
  e->cells = count_cells(s, system);
  return mfg_scope_close(s);
}

void mfg_ergodic_release(mfg_ergodic *e) {
  mfg_recording_release(e->evaluation);
  mfg_release(e->u);
  mfg_release(e->m);
  mfg_release(e->residual_value);
  mfg_release(e->residual_density);
  mfg_release(e->numbers);
  memset(e, 0, sizeof *e);
}

mfg_status mfg_ergodic_reset(mfg_ergodic *e) {
  mfg_scope *s = mfg_scope_open(e->system->context);
  mfg_assign(s, e->u, 0.0);
  mfg_assign(s, e->m, e->system->initial_density);
  return mfg_scope_close(s);
}

/* ---- operators ------------------------------------------------------------------------------- */

/* A of one axis times v: the matrix of a step of length 1 less the identity. */
static mfg_array *product_along(mfg_scope *s, const mfg_ergodic *e, int axis, const mfg_array *v,
                                bool transposed) {
  const mfg_upwind *upwind = &e->system->upwind[axis];
  mfg_upwind_differences d = mfg_upwind_differences_of(s, upwind, e->u);
  mfg_upwind_matrix matrix =
      transposed ? mfg_upwind_transposed(s, upwind, &d) : mfg_upwind_linearised(s, upwind, &d);
  matrix.diagonal = mfg_sub(s, matrix.diagonal, 1.0);
  return mfg_upwind_multiply(s, upwind, &matrix, v);
}

void mfg_ergodic_multiply(mfg_scope *s, const mfg_ergodic *e, mfg_array *target,
                          const mfg_array *from, double sign, const mfg_array *v, bool transposed) {
  for (int d = 0; d < e->system->model->grid.axes; d++) {
    mfg_array *part = product_along(s, e, d, v, transposed);
    if (!from)
      mfg_assign(s, target, sign < 0 ? mfg_negative(s, part) : part);
    else
      mfg_assign(s, target, sign < 0 ? mfg_sub(s, from, part) : mfg_add(s, from, part));
    from = target;
  }
}

void mfg_ergodic_add_bending(mfg_scope *s, const mfg_ergodic *e, mfg_array *target,
                             const mfg_array *v) {
  for (int d = 0; d < e->system->model->grid.axes; d++) {
    const mfg_upwind *upwind = &e->system->upwind[d];
    mfg_upwind_differences at = mfg_upwind_differences_of(s, upwind, e->u);
    mfg_upwind_differences change = mfg_upwind_differences_of_change(s, upwind, v);
    mfg_assign(s, target, mfg_add(s, target, mfg_upwind_bending(s, upwind, &at, &change, e->m)));
  }
}

mfg_array *mfg_ergodic_centred(mfg_scope *s, const mfg_ergodic *e, mfg_array *field) {
  mfg_array *outside = mfg_system_outside_obstacles(s, e->system, field);
  mfg_array *mean = mfg_mul(s, mfg_sum(s, outside, MFG_ALL_AXES), 1 / e->cells);
  return mfg_system_outside_obstacles(s, e->system, mfg_sub(s, field, mean));
}

mfg_upwind mfg_ergodic_scaled(mfg_scope *s, const mfg_ergodic *e, int axis, const mfg_array *step) {
  mfg_upwind upwind = e->system->upwind[axis];
  upwind.curvature = mfg_mul(s, upwind.curvature, step);
  upwind.right = mfg_mul(s, upwind.right, step);
  upwind.left = mfg_mul(s, upwind.left, step);
  return upwind;
}

/* ---- the residual ---------------------------------------------------------------------------- */

static mfg_array *square_sum(mfg_scope *s, const mfg_array *field) {
  return mfg_sum(s, mfg_mul(s, field, field), MFG_ALL_AXES);
}

static void write_residuals(mfg_scope *s, mfg_ergodic *e) {
  mfg_system *system = e->system;
  mfg_array *left = NULL;
  for (int d = 0; d < system->model->grid.axes; d++) {
    const mfg_upwind *upwind = &system->upwind[d];
    mfg_upwind_differences differences = mfg_upwind_differences_of(s, upwind, e->u);
    mfg_array *part = mfg_upwind_hamiltonian(s, upwind, &differences);
    mfg_assign(s, e->residual_value, left ? mfg_add(s, left, part) : part);
    left = e->residual_value;
  }
  mfg_array *value = mfg_system_outside_obstacles(s, system, mfg_sub(s, left, system->source));
  mfg_assign(s, e->residual_value, value);
  mfg_array *mean = mfg_mul(s, mfg_sum(s, e->residual_value, MFG_ALL_AXES), 1 / e->cells);
  mfg_assign(s, mfg_at(s, e->numbers, 0, LAMBDA), mfg_negative(s, mean));
  mfg_array *lambda = mfg_at(s, e->numbers, 0, LAMBDA);
  mfg_assign(s, e->residual_value,
             mfg_system_outside_obstacles(s, system, mfg_add(s, e->residual_value, lambda)));
  mfg_ergodic_multiply(s, e, e->residual_density, NULL, 1, e->m, true);
  mfg_array *targets[] = {mfg_at(s, e->numbers, 0, OF_VALUE), mfg_at(s, e->numbers, 0, OF_DENSITY)};
  mfg_array *sources[] = {square_sum(s, e->residual_value), square_sum(s, e->residual_density)};
  mfg_assign_many(s, 2, targets, sources);
}

static mfg_status evaluate(mfg_ergodic *e) {
  mfg_status status = mfg_system_write_data(e->system, e->system->m_in);
  if (status != MFG_OK) return status;
  mfg_scope *s = mfg_scope_open(e->system->context);
  write_residuals(s, e);
  return mfg_scope_close(s);
}

static mfg_status record(mfg_ergodic *e) {
  mfg_status status = mfg_record_begin(e->system->context);
  if (status != MFG_OK) return status;
  mfg_status ran = evaluate(e);
  status = mfg_record_end(e->system->context, &e->evaluation);
  return ran != MFG_OK ? ran : status;
}

static mfg_status read_numbers(mfg_ergodic *e, mfg_residual *residual) {
  double numbers[NUMBER_COUNT] = {0};
  mfg_scope *s = mfg_scope_open(e->system->context);
  mfg_array *wide = mfg_astype(s, e->numbers, MFG_FLOAT64);
  mfg_status status = wide ? mfg_to_host(wide, numbers, sizeof numbers) : mfg_scope_status(s);
  mfg_status closed = mfg_scope_close(s);
  double volume = mfg_grid_cell_volume(&e->system->model->grid);
  e->lambda = numbers[LAMBDA];
  residual->value_function = sqrt(volume * numbers[OF_VALUE]);
  residual->density = sqrt(volume * numbers[OF_DENSITY]);
  residual->larger = fmax(residual->value_function, residual->density);
  if (isnan(residual->value_function) || isnan(residual->density)) residual->larger = NAN;
  return status != MFG_OK ? status : closed;
}

mfg_status mfg_ergodic_evaluate(mfg_ergodic *e, bool recorded, mfg_residual *residual) {
  mfg_status status = MFG_OK;
  if (recorded && !e->evaluation) status = record(e);
  if (status == MFG_OK) status = recorded ? mfg_replay(e->evaluation) : evaluate(e);
  return status == MFG_OK ? read_numbers(e, residual) : status;
}
