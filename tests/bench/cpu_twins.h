/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The benchmark's computations as a person would write them in C. */
#ifndef BENCH_CPU_TWINS_H
#define BENCH_CPU_TWINS_H

#include <stddef.h>

/* target = a * b + c + sin(d) */
void twin_elementwise(size_t n, double *target, const double *a, const double *b, const double *c,
                      const double *d);
/* An explicit step of u_t = nu u_xx - |u_x|^2/2 + f by upwind differences on a ring. */
void twin_hjb(size_t n, double *target, const double *u, const double *f, double nu, double dt,
              double h);
double twin_sum(size_t n, const double *values);
/* `lines` implicit steps side by side in memory, element i of line k at i * pitch + k * step; the
 * system is dominant: -nu, 1/dt + 2 nu + m, -nu. `scratch` has room for 2 n numbers. */
void twin_implicit(size_t n, size_t lines, size_t pitch, size_t step, double *target,
                   const double *u, const double *m, double nu, double dt, double *scratch);

#endif
