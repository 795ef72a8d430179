/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The heat equation on a ring, with explicit steps, on whatever backend MFG_BACKEND names.
 *
 * cc heat.c $(pkg-config --cflags --libs mfg) -lm -o heat */
#include <math.h>
#include <mfg/mfg.h>
#include <stdio.h>

enum { CELLS = 256, STEPS = 1000 };

/* u becomes u + factor * (second difference of u); returns the first error. */
static mfg_status step(mfg_context *context, mfg_array *u, double factor) {
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *right = mfg_shift(s, u, 0, +1, MFG_BOUNDARY_WRAP, 0);
  mfg_array *left = mfg_shift(s, u, 0, -1, MFG_BOUNDARY_WRAP, 0);
  mfg_array *difference = mfg_sub(s, mfg_add(s, left, right), mfg_mul(s, u, 2.0));
  mfg_assign(s, u, mfg_add(s, u, mfg_mul(s, difference, factor)));
  return mfg_scope_close(s);
}

int main(void) {
  const double pi = acos(-1.0);
  const double factor = 0.4; /* viscosity * time step / cell width^2; stable up to 0.5 */
  mfg_context *context = NULL;
  if (mfg_context_open(NULL, NULL, &context) != MFG_OK) {
    fprintf(stderr, "%s\n", mfg_last_error());
    return 3;
  }
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *x = mfg_linspace(s, MFG_FLOAT64, 0.0, 1.0, CELLS, false);
  mfg_array *u = mfg_copy(s, mfg_add(s, mfg_cos(s, mfg_mul(s, x, 2.0 * pi)), 1.0));
  mfg_status status = MFG_OK;
  for (int n = 0; n < STEPS && status == MFG_OK; n++)
    status = step(context, u, factor);
  const double mass = mfg_item(s, mfg_mean(s, u, MFG_ALL_AXES, false));
  const double highest = mfg_item(s, mfg_max(s, u, MFG_ALL_AXES));
  const mfg_status closed = mfg_scope_close(s);
  if (status != MFG_OK || closed != MFG_OK) {
    fprintf(stderr, "%s\n", mfg_last_error());
    mfg_context_close(context);
    return 5;
  }

  /* The cosine is an eigenvector of the second difference: the answer is known. */
  const double decay = pow(1.0 - 4.0 * factor * pow(sin(pi / CELLS), 2), STEPS);
  printf("backend %s: mass %.12f, highest %.12f, expected %.12f\n", mfg_context_backend(context),
         mass, highest, 1.0 + decay);
  mfg_context_close(context);
  return fabs(mass - 1.0) < 1e-12 && fabs(highest - 1.0 - decay) < 1e-10 ? 0 : 1;
}
