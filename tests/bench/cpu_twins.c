/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cpu_twins.h"

#include <math.h>

void twin_elementwise(size_t n, double *target, const double *a, const double *b, const double *c,
                      const double *d) {
  for (size_t i = 0; i < n; i++)
    target[i] = a[i] * b[i] + c[i] + sin(d[i]);
}

void twin_hjb(size_t n, double *target, const double *u, const double *f, double nu, double dt,
              double h) {
  for (size_t i = 0; i < n; i++) {
    double here = u[i], right = u[i + 1 < n ? i + 1 : 0], left = u[i > 0 ? i - 1 : n - 1];
    double forward = (right - here) / h, backward = (here - left) / h;
    double p = forward < 0 ? forward : 0, q = backward > 0 ? backward : 0;
    double laplacian = (forward - backward) / h;
    target[i] = here + dt * (nu * laplacian - 0.5 * (p * p + q * q) + f[i]);
  }
}

double twin_sum(size_t n, const double *values) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += values[i];
  return sum;
}

static void implicit_line(size_t n, size_t pitch, double *target, const double *u, const double *m,
                          double nu, double dt, double *c, double *g) {
  double before = 0, value = 0;
  for (size_t i = 0; i < n; i++) {
    double lower = i > 0 ? -nu : 0, upper = i + 1 < n ? -nu : 0;
    double diagonal = 1 / dt + 2 * nu + m[i * pitch], right = u[i * pitch] / dt;
    double inverse = 1 / (diagonal - lower * before);
    before = c[i] = upper * inverse;
    value = g[i] = (right - lower * value) * inverse;
  }
  for (size_t i = n; i-- > 0;) {
    value = i + 1 < n ? g[i] - c[i] * value : g[i];
    target[i * pitch] = value;
  }
}

void twin_implicit(size_t n, size_t lines, size_t pitch, size_t step, double *target,
                   const double *u, const double *m, double nu, double dt, double *scratch) {
  for (size_t k = 0; k < lines; k++)
    implicit_line(n, pitch, target + k * step, u + k * step, m + k * step, nu, dt, scratch,
                  scratch + n);
}
