/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stationary/lines.h"

#include <math.h>
#include <string.h>

/* Ratio of neighbouring lengths: a larger one saves steps and costs iterations. */
static const double ratio = 4.5;
/* On one axis: the step over the time in which diffusion crosses the domain. */
static const double long_step = 1e3;
/* The least viscosity that lengths are taken for, as a part of cell size. */
static const double least_viscosity = 0.02;

typedef struct range {
  double longest, shortest;
} range;

/* Times in which the slowest and the fastest mode of diffusion decay. */
static range range_of(const mfg_grid *grid, double viscosity) {
  double widest = 0, narrowest = INFINITY;
  for (int d = 0; d < grid->axes; d++) {
    widest = fmax(widest, grid->axis[d].upper - grid->axis[d].lower);
    narrowest = fmin(narrowest, mfg_grid_spacing(grid, d));
  }
  double nu = fmax(viscosity, least_viscosity * narrowest), pi = acos(-1);
  return (range){widest * widest / (pi * pi * nu), narrowest * narrowest / (2 * nu)};
}

mfg_status mfg_lines_create(const mfg_ergodic *ergodic, mfg_lines *l) {
  memset(l, 0, sizeof *l);
  l->ergodic = ergodic;
  const mfg_system *system = ergodic->system;
  range r = range_of(&system->model->grid, 1);
  double count = 2 + floor(log(fmax(r.longest / r.shortest, 1)) / log(ratio));
  l->count = system->model->grid.axes == 1 ? 1 : (int)fmin(count, MFG_LINES_MAXIMUM);
  mfg_scope *s = mfg_scope_open(system->context);
  for (int j = 0; j < l->count; j++)
    l->length[j] = mfg_keep(mfg_zeros(s, system->type, 0, NULL));
  l->work = mfg_keep(mfg_zeros_like(s, ergodic->u));
  mfg_status status = mfg_scope_close(s);
  return status == MFG_OK ? mfg_lines_set_viscosity(l, system->model->viscosity) : status;
}

void mfg_lines_release(mfg_lines *l) {
  for (int j = 0; j < l->count; j++)
    mfg_release(l->length[j]);
  mfg_release(l->work);
  memset(l, 0, sizeof *l);
}

mfg_status mfg_lines_set_viscosity(mfg_lines *l, double viscosity) {
  mfg_scope *s = mfg_scope_open(l->ergodic->system->context);
  range r = range_of(&l->ergodic->system->model->grid, viscosity);
  if (l->count == 1) r.longest *= long_step;
  for (int j = 0; j < l->count; j++) {
    double part = l->count > 1 ? (double)j / (l->count - 1) : 0;
    mfg_assign(s, l->length[j], r.longest * pow(r.shortest / r.longest, part));
  }
  return mfg_scope_close(s);
}

/* work <- (I + t A_d)^-1 work along each axis, in the reverse order for the transposes. */
static void step_along_axes(mfg_scope *s, const mfg_lines *l, const mfg_array *length,
                            bool transposed) {
  const mfg_ergodic *e = l->ergodic;
  int axes = e->system->model->grid.axes;
  for (int i = 0; i < axes; i++) {
    mfg_upwind upwind = mfg_ergodic_scaled(s, e, transposed ? axes - 1 - i : i, length);
    mfg_upwind_differences d = mfg_upwind_differences_of(s, &upwind, e->u);
    mfg_upwind_matrix matrix =
        transposed ? mfg_upwind_transposed(s, &upwind, &d) : mfg_upwind_linearised(s, &upwind, &d);
    mfg_array *right = i == 0 ? mfg_mul(s, l->work, length) : l->work;
    mfg_assign(s, l->work,
               mfg_line_solve(s, matrix.lower, matrix.diagonal, matrix.upper, right, upwind.axis,
                              upwind.periodic));
  }
}

void mfg_lines_apply(mfg_scope *s, const mfg_lines *l, mfg_array *solution, const mfg_array *right,
                     bool transposed) {
  for (int j = 0; j < l->count; j++) {
    if (j == 0)
      mfg_assign(s, l->work, right);
    else
      mfg_ergodic_multiply(s, l->ergodic, l->work, right, -1, solution, transposed);
    step_along_axes(s, l, l->length[j], transposed);
    mfg_assign(s, solution, j == 0 ? l->work : mfg_add(s, solution, l->work));
  }
}
