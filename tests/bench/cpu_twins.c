/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cpu_twins.h"

#include <math.h>
#include <string.h>

typedef double vector __attribute__((vector_size(64)));
typedef uint64_t bits __attribute__((vector_size(64)));
enum { LANES = 8 };

static inline vector load(const double *source) {
  vector value;
  memcpy(&value, source, sizeof value);
  return value;
}
static inline void store(double *target, vector value) {
  memcpy(target, &value, sizeof value);
}

/* ---- elementwise ----------------------------------------------------------------------------- */

void twin_elementwise(size_t n, double *target, const double *a, const double *b, const double *c,
                      const double *d) {
  for (size_t i = 0; i < n; i++)
    target[i] = a[i] * b[i] + c[i] + sin(d[i]);
}

#define WITH_VECTOR_SINE(name, sine)                                                               \
  bool name(size_t n, double *target, const double *a, const double *b, const double *c,           \
            const double *d) {                                                                     \
    size_t i = 0;                                                                                  \
    for (; i + LANES <= n; i += LANES)                                                             \
      store(target + i,                                                                            \
            load(a + i) * load(b + i) + load(c + i) + (vector)sine((__m512d)load(d + i)));         \
    for (; i < n; i++)                                                                             \
      target[i] = a[i] * b[i] + c[i] + sin(d[i]);                                                  \
    return true;                                                                                   \
  }
#define WITHOUT_VECTOR_SINE(name)                                                                  \
  bool name(size_t n, double *target, const double *a, const double *b, const double *c,           \
            const double *d) {                                                                     \
    (void)n, (void)target, (void)a, (void)b, (void)c, (void)d;                                     \
    return false;                                                                                  \
  }

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#if defined(__AVX512F__) && defined(TWINS_SLEEF)
#include <sleef.h>
WITH_VECTOR_SINE(twin_elementwise_sleef, Sleef_sind8_u35avx512f)
#else
WITHOUT_VECTOR_SINE(twin_elementwise_sleef)
#endif

#if defined(__AVX512F__) && defined(TWINS_LIBMVEC)
__m512d _ZGVeN8v_sin(__m512d x);
WITH_VECTOR_SINE(twin_elementwise_libmvec, _ZGVeN8v_sin)
#else
WITHOUT_VECTOR_SINE(twin_elementwise_libmvec)
#endif

void twin_add(size_t n, double *target, const double *a, const double *b) {
  for (size_t i = 0; i < n; i++)
    target[i] = a[i] + b[i];
}

/* ---- an explicit step ------------------------------------------------------------------------ */

static inline double hjb_step(double left, double here, double right, double f, double nu,
                              double dt, double h) {
  double forward = (right - here) / h, backward = (here - left) / h;
  double p = forward < 0 ? forward : 0, q = backward > 0 ? backward : 0;
  double laplacian = (forward - backward) / h;
  return here + dt * (nu * laplacian - 0.5 * (p * p + q * q) + f);
}

void twin_hjb(size_t n, double *target, const double *u, const double *f, double nu, double dt,
              double h) {
  for (size_t i = 0; i < n; i++)
    target[i] = hjb_step(u[i > 0 ? i - 1 : n - 1], u[i], u[i + 1 < n ? i + 1 : 0], f[i], nu, dt, h);
}

void twin_hjb_split(size_t n, double *restrict target, const double *restrict u,
                    const double *restrict f, double nu, double dt, double h) {
  target[0] = hjb_step(u[n - 1], u[0], u[1], f[0], nu, dt, h);
  for (size_t i = 1; i < n - 1; i++)
    target[i] = hjb_step(u[i - 1], u[i], u[i + 1], f[i], nu, dt, h);
  target[n - 1] = hjb_step(u[n - 2], u[n - 1], u[0], f[n - 1], nu, dt, h);
}

/* ---- reductions ------------------------------------------------------------------------------ */

enum { RUNNING = 8 };

double twin_sum(size_t n, const double *values) {
  vector running[RUNNING] = {{0}};
  size_t i = 0;
  for (; i + LANES * RUNNING <= n; i += LANES * RUNNING)
    for (size_t k = 0; k < RUNNING; k++)
      running[k] += load(values + i + k * LANES);
  double sum = 0;
  for (size_t k = 0; k < LANES * RUNNING; k++)
    sum += running[k / LANES][k % LANES];
  for (; i < n; i++)
    sum += values[i];
  return sum;
}

double twin_maximum(size_t n, const double *values) {
  double running[LANES * RUNNING];
  for (size_t k = 0; k < LANES * RUNNING; k++)
    running[k] = -INFINITY;
  size_t i = 0;
  for (; i + LANES * RUNNING <= n; i += LANES * RUNNING)
    for (size_t k = 0; k < LANES * RUNNING; k++)
      running[k] = values[i + k] > running[k] ? values[i + k] : running[k];
  double maximum = -INFINITY;
  for (size_t k = 0; k < LANES * RUNNING; k++)
    maximum = fmax(maximum, running[k]);
  for (; i < n; i++)
    maximum = fmax(maximum, values[i]);
  return maximum;
}

uint64_t twin_read(size_t bytes, const void *memory) {
  const char *source = memory;
  bits running[RUNNING] = {{0}};
  size_t i = 0;
  for (; i + sizeof running <= bytes; i += sizeof running)
    for (size_t k = 0; k < RUNNING; k++) {
      bits value;
      memcpy(&value, source + i + k * sizeof value, sizeof value);
      running[k] |= value;
    }
  uint64_t all = 0;
  for (size_t k = 0; k < LANES * RUNNING; k++)
    all |= running[k / LANES][k % LANES];
  for (; i < bytes; i++)
    all |= (unsigned char)source[i];
  return all;
}

bool twin_any(size_t n, const uint8_t *values) {
  return twin_read(n, values) != 0;
}
