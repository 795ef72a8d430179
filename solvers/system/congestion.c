/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hamiltonians whose coefficients of p and |p|^2 depend on m: what a change of m does to the
 * equations of u and of m through them. */
#include "system/linear.h"

bool mfg_system_is_congested(const mfg_system *system) {
  const mfg_expression_quadratic *h = &system->model->hamiltonian;
  for (int d = 0; d < system->model->grid.axes; d++)
    if (mfg_expression_depends_on(h->quadratic[d], MFG_EXPRESSION_DENSITY) ||
        mfg_expression_depends_on(h->linear[d], MFG_EXPRESSION_DENSITY))
      return true;
  return false;
}

mfg_status mfg_linear_create_congestion(mfg_scope *s, mfg_linear *l) {
  const mfg_system *system = l->system;
  const mfg_expression_quadratic *h = &system->model->hamiltonian;
  l->congested = mfg_system_is_congested(system);
  mfg_lower_space steps = mfg_system_space(system, false);
  for (int d = 0; d < system->model->grid.axes && l->congested; d++) {
    l->quadratic[d] = mfg_tangent_create(s, h->quadratic[d], &steps);
    l->linear[d] = mfg_tangent_create(s, h->linear[d], &steps);
  }
  return mfg_scope_status(s);
}

void mfg_linear_take_congestion(mfg_scope *s, mfg_linear *l, const mfg_array *density) {
  for (int d = 0; d < l->system->model->grid.axes && l->congested; d++) {
    mfg_tangent_take(s, l->quadratic[d], density);
    mfg_tangent_take(s, l->linear[d], density);
  }
}

/* The change of c, r+ and r- by the change of m. The side that b = r- - r+ is taken from is that of
 * its sign. */
static mfg_upwind change_of_upwind(mfg_scope *s, const mfg_linear *l, int axis) {
  const mfg_system *system = l->system;
  double h = mfg_grid_spacing(&system->model->grid, axis);
  mfg_array *dm = mfg_system_levels(s, l->direction, 1, system->levels_shape[0]);
  mfg_array *zero = mfg_number(s, 0);
  mfg_upwind change = system->upwind[axis]; /* what its faces are */
  mfg_array *da = mfg_tangent_apply(s, l->quadratic[axis], dm);
  mfg_array *db = mfg_tangent_apply(s, l->linear[axis], dm);
  change.curvature = change.right = change.left = zero;
  if (da) change.curvature = mfg_mul(s, da, mfg_mul(s, system->time_step, 2 / (h * h)));
  if (db) {
    mfg_array *moved = mfg_mul(s, db, mfg_mul(s, system->time_step, 1 / h));
    mfg_array *drift = mfg_sub(s, system->upwind[axis].left, system->upwind[axis].right);
    change.right = mfg_where(s, mfg_less(s, drift, 0.0), mfg_negative(s, moved), zero);
    change.left = mfg_where(s, mfg_greater(s, drift, 0.0), moved, zero);
  }
  change.curvature = mfg_system_outside_obstacles(s, system, change.curvature);
  return change;
}

static mfg_upwind_differences differences(mfg_scope *s, const mfg_linear *l,
                                          const mfg_upwind *upwind, int axis) {
  return mfg_upwind_differences_of(s, upwind, mfg_system_below(s, l->system, l->system->u, axis));
}

mfg_array *mfg_linear_congestion_cost(mfg_scope *s, const mfg_linear *l, int axis) {
  mfg_upwind change = change_of_upwind(s, l, axis);
  mfg_upwind_differences d = differences(s, l, &change, axis);
  return mfg_upwind_hamiltonian(s, &change, &d);
}

mfg_array *mfg_linear_congestion_flux(mfg_scope *s, const mfg_linear *l, int axis) {
  const mfg_system *system = l->system;
  mfg_upwind change = change_of_upwind(s, l, axis);
  mfg_upwind_differences d = differences(s, l, &change, axis);
  mfg_upwind_matrix matrix = mfg_upwind_transposed(s, &change, &d);
  mfg_array *m = mfg_system_above(s, system, system->m_out, axis);
  return mfg_sub(s, mfg_upwind_multiply(s, &change, &matrix, m), m); /* without the identity */
}
