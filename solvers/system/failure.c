/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a NaN or an infinity first appeared: looked for only after one has. */
#include <mfg/error.h>
#include <stdlib.h>

#include "support/error.h"
#include "system/system.h"

typedef struct search {
  mfg_system *system;
  int64_t iteration;
  mfg_status status; /* of the search itself */
} search;

/* For each level of (levels, cells...) whether all is finite: host memory, NULL on failure. */
static uint8_t *finite_levels(search *f, mfg_array *array, int64_t *levels) {
  mfg_scope *s = mfg_scope_open(f->system->context);
  *levels = mfg_array_shape(array)[0];
  uint32_t cells = ((1u << mfg_array_rank(array)) - 1) & ~MFG_AXIS(0);
  mfg_array *finite = mfg_all(s, mfg_isfinite(s, array), cells);
  uint8_t *host = malloc((size_t)*levels);
  if (!host)
    mfg_scope_fail(s, MFG_ERROR_OUT_OF_MEMORY, "out of host memory");
  else if (finite) {
    mfg_status status = mfg_to_host(finite, host, (size_t)*levels);
    if (status != MFG_OK) mfg_scope_fail(s, status, mfg_last_error());
  }
  f->status = mfg_scope_close(s);
  if (f->status == MFG_OK) return host;
  free(host);
  return NULL;
}

/* The first level in the direction of time (or against it) that is not finite; -1 for none. */
static int64_t first_bad(search *f, mfg_array *array, bool backward) {
  int64_t levels, found = -1;
  if (f->status != MFG_OK) return -1;
  uint8_t *finite = finite_levels(f, array, &levels);
  for (int64_t i = 0; finite && i < levels && found < 0; i++) {
    int64_t level = backward ? levels - 1 - i : i;
    if (!finite[level]) found = level;
  }
  free(finite);
  return found;
}

static bool blame_data(search *f, const char *field, mfg_array *array, const char *what) {
  int64_t step = first_bad(f, array, false);
  if (step < 0) return false;
  const mfg_grid *grid = &f->system->model->grid;
  if (mfg_array_shape(array)[0] == 1)
    mfg_fail(MFG_ERROR_NOT_FINITE, field, "%s is not a finite number somewhere", what);
  else
    mfg_fail(MFG_ERROR_NOT_FINITE, field,
             "%s is not a finite number at t = %g (level %lld of %lld), in iteration %lld", what,
             mfg_grid_time(grid, step + 1), (long long)step + 1, (long long)grid->steps,
             (long long)f->iteration);
  return true;
}

static bool blame_unknown(search *f, mfg_array *array, bool backward, const char *what) {
  int64_t level = first_bad(f, array, backward);
  if (level < 0) return false;
  const mfg_grid *grid = &f->system->model->grid;
  level = backward ? level / grid->axes : (level + grid->axes - 1) / grid->axes; /* was a stage */
  mfg_fail(MFG_ERROR_NOT_FINITE, "",
           "%s stopped being a finite number at t = %g (level %lld of %lld), in iteration %lld",
           what, mfg_grid_time(grid, level), (long long)level, (long long)grid->steps,
           (long long)f->iteration);
  return true;
}

static bool blame_terminal(search *f) {
  mfg_scope *s = mfg_scope_open(f->system->context);
  int64_t end = mfg_system_stage_count(f->system);
  mfg_array *last = mfg_keep(mfg_system_levels(s, f->system->u, end, end + 1));
  mfg_scope_close(s);
  bool found = last && first_bad(f, last, false) == 0;
  mfg_release(last);
  if (found)
    mfg_fail(MFG_ERROR_NOT_FINITE, "terminal_cost",
             "the terminal cost is not a finite number somewhere, in iteration %lld",
             (long long)f->iteration);
  return found;
}

static bool blame_hamiltonian(search *f) {
  bool found = false;
  for (int d = 0; d < f->system->model->grid.axes && !found; d++) {
    mfg_upwind *upwind = &f->system->upwind[d];
    found = blame_data(f, "hamiltonian", upwind->curvature, "the coefficient of |p|^2") ||
            blame_data(f, "hamiltonian", upwind->right, "the coefficient of p") ||
            blame_data(f, "hamiltonian", upwind->left, "the coefficient of p");
  }
  return found;
}

static bool blame_any_data(search *f) {
  return blame_hamiltonian(f) || blame_data(f, "coupling", f->system->source, "the running cost") ||
         blame_terminal(f);
}

/* Puts the data at m_out, which the residual was taken with, in the place of those at m_in. */
static bool take_data_of_residual(search *f) {
  if (f->status != MFG_OK) return false;
  mfg_scope *s = mfg_scope_open(f->system->context);
  mfg_array *density = mfg_keep(mfg_system_whole(s, f->system, f->system->m_out));
  f->status = mfg_scope_close(s);
  if (f->status == MFG_OK) f->status = mfg_system_write_data(f->system, density);
  mfg_release(density);
  return f->status == MFG_OK;
}

mfg_status mfg_system_explain_not_finite(mfg_system *system, int64_t iteration) {
  search f = {.system = system, .iteration = iteration};
  bool found = blame_any_data(&f) || blame_unknown(&f, system->u, true, "the value function") ||
               blame_unknown(&f, system->m_out, false, "the density") ||
               (take_data_of_residual(&f) && blame_any_data(&f));
  if (f.status != MFG_OK)
    return mfg_fail_device(f.status, "looking for a number that is not finite");
  if (!found)
    mfg_fail(MFG_ERROR_NOT_FINITE, "", "the residual is not a finite number in iteration %lld",
             (long long)iteration);
  return MFG_ERROR_NOT_FINITE;
}

static mfg_status check_convex_along(mfg_system *system, int axis) {
  mfg_scope *s = mfg_scope_open(system->context);
  double least = mfg_item(s, mfg_min(s, system->upwind[axis].curvature, MFG_ALL_AXES));
  mfg_status status = mfg_scope_close(s);
  if (status != MFG_OK) return mfg_fail_device(status, "reading the Hamiltonian's coefficients");
  if (least >= 0 || least != least) return MFG_OK;
  double h = mfg_grid_spacing(&system->model->grid, axis);
  return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "hamiltonian",
                  "the coefficient of |p|^2 is %g somewhere, expected one that is not negative",
                  least * h * h / (2 * system->step));
}

mfg_status mfg_system_check_convex(mfg_system *system) {
  mfg_status status = MFG_OK;
  for (int d = 0; d < system->model->grid.axes && status == MFG_OK; d++)
    status = check_convex_along(system, d);
  return status;
}
