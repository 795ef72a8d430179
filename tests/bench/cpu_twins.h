/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a C programmer would write by hand for the kernels that are timed, in the variants that one
 * might try; they are compiled with -O3 for the processor at hand. The fastest one counts. */
#ifndef CPU_TWINS_H
#define CPU_TWINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* target = a * b + c + sin(d): the C library's sine, and the vector sines that are there (false:
 * not in this build). */
void twin_elementwise(size_t n, double *target, const double *a, const double *b, const double *c,
                      const double *d);
bool twin_elementwise_sleef(size_t n, double *target, const double *a, const double *b,
                            const double *c, const double *d);
bool twin_elementwise_libmvec(size_t n, double *target, const double *a, const double *b,
                              const double *c, const double *d);

void twin_add(size_t n, double *target, const double *a, const double *b);

/* An explicit step on a ring; the second keeps the ends out of the loop. */
void twin_hjb(size_t n, double *target, const double *u, const double *f, double nu, double dt,
              double h);
void twin_hjb_split(size_t n, double *target, const double *u, const double *f, double nu,
                    double dt, double h);

double twin_sum(size_t n, const double *values);
double twin_maximum(size_t n, const double *values);
bool twin_any(size_t n, const uint8_t *values);
/* Reads memory and does next to nothing with it: what the others are compared with. */
uint64_t twin_read(size_t bytes, const void *memory);

/* (1/dt + 2 nu + m) x - nu (x- + x+) = u / dt along lines; element i of line k is at
 * [i * pitch + k * step]. `scratch` holds 64 * n numbers, aligned to 64 bytes. One line after the
 * other, and 8, 16 or 32 lines side by side (which need lines to be a multiple of that, and n of
 * 8). */
typedef void twin_lines(size_t n, size_t lines, size_t pitch, size_t step, double *target,
                        const double *u, const double *m, double nu, double dt, double *scratch);
twin_lines twin_implicit;
twin_lines twin_implicit_8;
twin_lines twin_implicit_16;
twin_lines twin_implicit_32;

#endif
