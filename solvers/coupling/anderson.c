/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coupling/anderson.h"

#include <math.h>
#include <string.h>

#include "coupling/inner.h"

/* A direction is dropped where less than this part of its square is independent of the others. */
static const double independent = 1e-14;

/* ---- the small system ---------------------------------------------------------------------------
 */

static mfg_status fill_gram(mfg_scope *s, mfg_anderson *a, int row) {
  double values[MFG_ANDERSON_MAXIMUM_DEPTH] = {0};
  mfg_status status = mfg_inner_products(s, a->changes[row], row + 1, a->changes, values);
  for (int j = 0; j <= row; j++)
    a->gram[row][j] = a->gram[j][row] = values[j];
  return status;
}

/* Solves the normal equations of directions first .. count-1 by Cholesky's method, scaled to a unit
 * diagonal. False where they are dependent. */
static bool solve(const mfg_anderson *a, int first, const double *right, double *coefficients) {
  double factor[MFG_ANDERSON_MAXIMUM_DEPTH][MFG_ANDERSON_MAXIMUM_DEPTH];
  double x[MFG_ANDERSON_MAXIMUM_DEPTH];
  int n = a->count - first;
  for (int i = 0; i < n; i++) {
    double scale_i = sqrt(a->gram[first + i][first + i]);
    x[i] = right[first + i] / scale_i;
    for (int j = 0; j <= i; j++) {
      double sum = a->gram[first + i][first + j] / scale_i / sqrt(a->gram[first + j][first + j]);
      for (int k = 0; k < j; k++)
        sum -= factor[i][k] * factor[j][k];
      if (i == j && !(sum > independent)) return false;
      factor[i][j] = i == j ? sqrt(sum) : sum / factor[j][j];
    }
    for (int k = 0; k < i; k++)
      x[i] -= factor[i][k] * x[k];
    x[i] /= factor[i][i];
  }
  for (int i = n - 1; i >= 0; i--) {
    for (int k = i + 1; k < n; k++)
      x[i] -= factor[k][i] * x[k];
    x[i] /= factor[i][i];
  }
  memset(coefficients, 0, (size_t)first * sizeof *coefficients);
  for (int i = 0; i < n; i++)
    coefficients[first + i] = x[i] / sqrt(a->gram[first + i][first + i]);
  return true;
}

/* The coefficients g; directions that had to be dropped get 0. */
static mfg_status coefficients_of(mfg_scope *s, mfg_anderson *a, double *coefficients) {
  double right[MFG_ANDERSON_MAXIMUM_DEPTH] = {0};
  mfg_status status = mfg_inner_products(s, a->last_change, a->count, a->changes, right);
  int first = 0;
  while (first < a->count && !solve(a, first, right, coefficients))
    first++;
  if (first == a->count) memset(coefficients, 0, (size_t)a->count * sizeof *coefficients);
  return status;
}

/* ---- the past -------------------------------------------------------------------------------- */

mfg_status mfg_anderson_reserve(mfg_scope *s, mfg_anderson *a, int index, const mfg_array *like) {
  if (!a->iterates[index]) a->iterates[index] = mfg_keep(mfg_empty_like(s, like));
  if (!a->changes[index]) a->changes[index] = mfg_keep(mfg_empty_like(s, like));
  return mfg_scope_status(s);
}

/* The slot for the newest differences; at full depth the oldest make room. */
static int next_slot(mfg_anderson *a) {
  if (a->count < a->depth) return a->count++;
  int last = a->depth - 1;
  size_t moved = (size_t)last * sizeof(mfg_array *);
  mfg_array *iterate = a->iterates[0], *change = a->changes[0];
  memmove(a->iterates, a->iterates + 1, moved);
  memmove(a->changes, a->changes + 1, moved);
  a->iterates[last] = iterate;
  a->changes[last] = change;
  for (int i = 0; i < last; i++)
    memmove(a->gram[i], a->gram[i + 1] + 1, (size_t)last * sizeof(double));
  return last;
}

static mfg_status remember(mfg_scope *s, mfg_anderson *a, mfg_array *iterate,
                           const mfg_array *image) {
  mfg_array *change = mfg_sub(s, image, iterate);
  if (!a->last_iterate) {
    a->last_iterate = mfg_keep(mfg_empty_like(s, iterate));
    a->last_change = mfg_keep(mfg_empty_like(s, iterate));
  }
  int slot = -1;
  if (a->started) {
    slot = next_slot(a);
    if (mfg_anderson_reserve(s, a, slot, iterate) != MFG_OK) return mfg_scope_status(s);
    mfg_array *targets[] = {a->iterates[slot], a->changes[slot]};
    mfg_array *sources[] = {mfg_sub(s, iterate, a->last_iterate),
                            mfg_sub(s, change, a->last_change)};
    mfg_assign_many(s, 2, targets, sources);
  }
  mfg_array *targets[] = {a->last_iterate, a->last_change};
  mfg_array *sources[] = {iterate, change};
  mfg_assign_many(s, 2, targets, sources);
  a->started = true;
  return slot < 0 ? mfg_scope_status(s) : fill_gram(s, a, slot);
}

mfg_status mfg_anderson_update(mfg_context *context, mfg_anderson *a, mfg_array *iterate,
                               const mfg_array *image, double weight, double *least) {
  mfg_scope *s = mfg_scope_open(context);
  double coefficients[MFG_ANDERSON_MAXIMUM_DEPTH] = {0};
  if (remember(s, a, iterate, image) == MFG_OK && a->count > 0) coefficients_of(s, a, coefficients);
  mfg_array *next = mfg_add(s, a->last_iterate, mfg_mul(s, a->last_change, weight));
  for (int j = 0; j < a->count; j++) {
    mfg_array *direction = mfg_add(s, a->iterates[j], mfg_mul(s, a->changes[j], weight));
    next = mfg_sub(s, next, mfg_mul(s, direction, coefficients[j]));
  }
  mfg_array *smallest = mfg_min(s, next, MFG_ALL_AXES);
  mfg_array *minimum = mfg_empty(s, mfg_array_type(iterate), 0, NULL);
  mfg_array *targets[] = {iterate, minimum};
  mfg_array *sources[] = {next, smallest};
  mfg_assign_many(s, 2, targets, sources);
  *least = mfg_item(s, minimum);
  return mfg_scope_close(s);
}

void mfg_anderson_restart(mfg_anderson *a) {
  a->count = 0;
  a->started = false;
}

mfg_status mfg_anderson_refresh(mfg_context *context, mfg_anderson *a) {
  mfg_scope *s = mfg_scope_open(context);
  for (int row = 0; row < a->count; row++)
    fill_gram(s, a, row);
  return mfg_scope_close(s);
}

void mfg_anderson_release(mfg_anderson *a) {
  for (int j = 0; j < MFG_ANDERSON_MAXIMUM_DEPTH; j++) {
    mfg_release(a->iterates[j]);
    mfg_release(a->changes[j]);
  }
  mfg_release(a->last_iterate);
  mfg_release(a->last_change);
  memset(a, 0, sizeof *a);
}
