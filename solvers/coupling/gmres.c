/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coupling/gmres.h"

#include <math.h>
#include <string.h>

#include "coupling/inner.h"

MFG_STATIC_ASSERT(MFG_GMRES_MOST + 1 <= MFG_INNER_MAXIMUM, "one call projects on the basis");

/* Terms of one kernel: more would exceed what some devices let a kernel take. */
enum { TERMS = 6 };

/* The Hessenberg matrix, made triangular by rotations column by column, and its right-hand side. */
typedef struct small_system {
  double columns[MFG_GMRES_MOST][MFG_GMRES_MOST + 1];
  double cosine[MFG_GMRES_MOST], sine[MFG_GMRES_MOST];
  double right[MFG_GMRES_MOST + 1];
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

static int length_of(const mfg_gmres *g, const mfg_array *like) {
  int64_t element = mfg_array_type(like) == MFG_FLOAT32 ? 4 : 8;
  int64_t fits = MFG_GMRES_MEMORY / (element * mfg_array_size(like));
  if (g->length > 0) return g->length;
  return fits > MFG_GMRES_MOST    ? MFG_GMRES_MOST
         : fits < MFG_GMRES_LEAST ? MFG_GMRES_LEAST
                                  : (int)fits;
}

/* One solve, of which `applications` count what has been done. */
typedef struct solving {
  mfg_context *context;
  mfg_gmres *gmres;
  mfg_gmres_operator apply;
  void *user;
  mfg_array *direction, *image;
  double target; /* residual to reach */
  int applications;
} solving;

/* Steps from `start` until the target is reached or the basis is full; the sum of the steps comes
 * out in `direction`, and *reached is the norm of what is left. */
static mfg_status cycle(solving *w, const mfg_array *start, double length, double *reached) {
  small_system h;
  mfg_gmres *g = w->gmres;
  memset(&h, 0, sizeof h);
  mfg_scope *s = mfg_scope_open(w->context);
  reserve(s, g, 0, w->direction);
  mfg_assign(s, g->basis[0], mfg_div(s, start, length));
  mfg_status status = mfg_scope_close(s);
  h.right[0] = length;
  int count = 0, most = length_of(g, w->direction);
  while (status == MFG_OK && count < most && fabs(h.right[count]) > w->target &&
         w->applications < MFG_GMRES_MAXIMUM) {
    status = extend(w->context, g, w->apply, w->user, w->direction, w->image, &h, count);
    w->applications++;
    bool exhausted = !(h.columns[count][count + 1] > 0);
    rotate(&h, count++);
    if (exhausted) break;
  }
  if (status != MFG_OK) return status;
  double x[MFG_GMRES_MOST];
  solve_triangle(&h, count, x);
  *reached = fabs(h.right[count]);
  s = mfg_scope_open(w->context);
  mfg_assign(s, w->direction, 0.0);
  add_combination(s, w->direction, count, g->basis, x);
  return mfg_scope_close(s);
}

/* The steps of a cycle added to the solution so far, and what is left of `right`, in `image`. */
static mfg_status restart(solving *w, const mfg_array *right) {
  mfg_gmres *g = w->gmres;
  mfg_scope *s = mfg_scope_open(w->context);
  if (!g->solution) g->solution = mfg_keep(mfg_zeros_like(s, w->direction));
  mfg_assign(s, g->solution, mfg_add(s, g->solution, w->direction));
  mfg_assign(s, w->direction, g->solution);
  mfg_status status = mfg_scope_close(s);
  if (status == MFG_OK) status = w->apply(w->user);
  w->applications++;
  s = mfg_scope_open(w->context);
  if (status == MFG_OK) mfg_assign(s, w->image, mfg_sub(s, right, w->image));
  mfg_assign(s, w->direction, 0.0);
  mfg_status closed = mfg_scope_close(s);
  return status != MFG_OK ? status : closed;
}

static mfg_status norm_of(mfg_context *context, const mfg_array *vector, double *value) {
  mfg_scope *s = mfg_scope_open(context);
  *value = norm(s, mfg_copy(s, vector));
  return mfg_scope_close(s);
}

mfg_status mfg_gmres_solve(mfg_context *context, mfg_gmres *g, mfg_gmres_operator apply, void *user,
                           mfg_array *direction, mfg_array *image, const mfg_array *right,
                           double tolerance) {
  solving w = {context, g, apply, user, direction, image, 0, 0};
  double length;
  bool restarted = false;
  mfg_status status = norm_of(context, right, &length);
  w.target = tolerance * length;
  mfg_scope *s = mfg_scope_open(context);
  mfg_assign(s, direction, 0.0);
  if (g->solution) mfg_assign(s, g->solution, 0.0);
  mfg_status closed = mfg_scope_close(s);
  if (status == MFG_OK) status = closed;
  while (status == MFG_OK && length > w.target) {
    status = cycle(&w, restarted ? image : right, length, &length);
    if (length <= w.target || w.applications >= MFG_GMRES_MAXIMUM) break;
    if (status == MFG_OK) status = restart(&w, right);
    if (status == MFG_OK) status = norm_of(context, image, &length);
    restarted = true;
  }
  if (status != MFG_OK || !restarted) return status;
  s = mfg_scope_open(context);
  mfg_assign(s, direction, mfg_add(s, g->solution, direction));
  return mfg_scope_close(s);
}

void mfg_gmres_release(mfg_gmres *g) {
  for (int i = 0; i <= MFG_GMRES_MOST; i++)
    mfg_release(g->basis[i]);
  mfg_release(g->solution);
  memset(g, 0, sizeof *g);
}
