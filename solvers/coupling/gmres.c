/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coupling/gmres.h"

#include <math.h>
#include <string.h>

#include "coupling/inner.h"

MFG_STATIC_ASSERT(MFG_GMRES_MAXIMUM + 1 <= MFG_INNER_MAXIMUM, "one call projects on the basis");

/* Terms of one kernel: more would exceed what some devices let a kernel take. */
enum { TERMS = 6 };

/* The Hessenberg matrix, made triangular by rotations column by column, and its right-hand side. */
typedef struct small_system {
  double columns[MFG_GMRES_MAXIMUM][MFG_GMRES_MAXIMUM + 1];
  double cosine[MFG_GMRES_MAXIMUM], sine[MFG_GMRES_MAXIMUM];
  double right[MFG_GMRES_MAXIMUM + 1];
} small_system;

/* target <- target + sum of factors[i]*vectors[i]. */
static void add_combination(mfg_scope *s, mfg_array *target, int count, mfg_array *const *vectors,
                            const double *factors) {
  for (int first = 0; first < count; first += TERMS) {
    mfg_array *sum = target;
    for (int i = first; i < count && i < first + TERMS; i++)
      sum = mfg_add(s, sum, mfg_mul(s, vectors[i], factors[i]));
    mfg_assign(s, target, sum);
  }
}

static double norm(mfg_scope *s, mfg_array *vector) {
  double square = NAN;
  mfg_inner_products(s, vector, 1, &vector, &square);
  return sqrt(square);
}

/* Takes from `vector` what it has in common with the basis, twice, since once is not enough where
 * little is left; adds the coefficients to `column`. */
static void orthogonalise(mfg_scope *s, mfg_array *vector, int count, mfg_array *const *basis,
                          double *column) {
  for (int pass = 0; pass < 2; pass++) {
    double common[MFG_INNER_MAXIMUM] = {0};
    mfg_inner_products(s, vector, count, basis, common);
    for (int i = 0; i < count; i++) {
      column[i] += common[i];
      common[i] = -common[i];
    }
    add_combination(s, vector, count, basis, common);
  }
}

/* Rotates column `k` into the triangle and the right-hand side with it. */
static void rotate(small_system *h, int k) {
  double *column = h->columns[k];
  for (int i = 0; i < k; i++) {
    double upper = column[i];
    column[i] = h->cosine[i] * upper + h->sine[i] * column[i + 1];
    column[i + 1] = -h->sine[i] * upper + h->cosine[i] * column[i + 1];
  }
  double length = hypot(column[k], column[k + 1]);
  h->cosine[k] = length > 0 ? column[k] / length : 1;
  h->sine[k] = length > 0 ? column[k + 1] / length : 0;
  column[k] = length;
  column[k + 1] = 0;
  h->right[k + 1] = -h->sine[k] * h->right[k];
  h->right[k] *= h->cosine[k];
}

static void solve_triangle(const small_system *h, int count, double *x) {
  for (int i = count - 1; i >= 0; i--) {
    x[i] = h->right[i];
    for (int j = i + 1; j < count; j++)
      x[i] -= h->columns[j][i] * x[j];
    x[i] = h->columns[i][i] != 0 ? x[i] / h->columns[i][i] : 0;
  }
}

static mfg_status reserve(mfg_scope *s, mfg_gmres *g, int index, const mfg_array *like) {
  if (!g->basis[index]) g->basis[index] = mfg_keep(mfg_empty_like(s, like));
  return mfg_scope_status(s);
}

/* basis[k + 1] and column k from operator(basis[k]). */
static mfg_status extend(mfg_context *context, mfg_gmres *g, mfg_gmres_operator apply, void *user,
                         mfg_array *direction, mfg_array *image, small_system *h, int k) {
  mfg_scope *s = mfg_scope_open(context);
  mfg_assign(s, direction, g->basis[k]);
  mfg_status status = mfg_scope_status(s) == MFG_OK ? apply(user) : mfg_scope_status(s);
  if (status == MFG_OK && reserve(s, g, k + 1, direction) == MFG_OK) {
    mfg_array *next = g->basis[k + 1];
    mfg_assign(s, next, image);
    orthogonalise(s, next, k + 1, g->basis, h->columns[k]);
    double length = norm(s, next);
    h->columns[k][k + 1] = length;
    if (length > 0) mfg_assign(s, next, mfg_div(s, next, length));
  }
  mfg_status closed = mfg_scope_close(s);
  return status != MFG_OK ? status : closed;
}

mfg_status mfg_gmres_solve(mfg_context *context, mfg_gmres *g, mfg_gmres_operator apply, void *user,
                           mfg_array *direction, mfg_array *image, const mfg_array *right,
                           double tolerance, int *applications, double *reached) {
  small_system h;
  memset(&h, 0, sizeof h);
  *applications = 0;
  *reached = 0;
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *start = mfg_copy(s, right);
  double length = norm(s, start);
  reserve(s, g, 0, direction);
  if (length > 0) mfg_assign(s, g->basis[0], mfg_div(s, start, length));
  mfg_status status = mfg_scope_close(s);
  h.right[0] = length;
  int count = 0;
  while (status == MFG_OK && length > 0 && count < MFG_GMRES_MAXIMUM &&
         fabs(h.right[count]) > tolerance * length) {
    status = extend(context, g, apply, user, direction, image, &h, count);
    bool exhausted = !(h.columns[count][count + 1] > 0);
    rotate(&h, count++);
    if (exhausted) break;
  }
  if (status != MFG_OK) return status;
  *applications = count;
  *reached = length > 0 ? fabs(h.right[count]) / length : 0;
  double x[MFG_GMRES_MAXIMUM];
  solve_triangle(&h, count, x);
  s = mfg_scope_open(context);
  mfg_assign(s, direction, 0.0);
  add_combination(s, direction, count, g->basis, x);
  return mfg_scope_close(s);
}

void mfg_gmres_release(mfg_gmres *g) {
  for (int i = 0; i <= MFG_GMRES_MAXIMUM; i++)
    mfg_release(g->basis[i]);
  memset(g, 0, sizeof *g);
}
