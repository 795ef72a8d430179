/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Implicit steps along lines, written by hand: the Thomas algorithm, and the same with lines side
 * by side in vectors, turned in registers where a line is consecutive in memory. */
#include "cpu_twins.h"

#include <string.h>

enum { LANES = 8 };
typedef double vector __attribute__((vector_size(8 * LANES)));

static inline vector load(const double *source) {
  vector value;
  memcpy(&value, source, sizeof value);
  return value;
}
static inline void store(double *target, vector value) {
  memcpy(target, &value, sizeof value);
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

#define SWAP(r, s, low, high)                                                                      \
  do {                                                                                             \
    vector one = rows[r], two = rows[s];                                                           \
    rows[r] = __builtin_shufflevector(one, two, low);                                              \
    rows[s] = __builtin_shufflevector(one, two, high);                                             \
  } while (0)
#define LIST(...) __VA_ARGS__

static inline __attribute__((always_inline)) void turn(vector *rows) {
  for (int r = 0; r < LANES; r += 2)
    SWAP(r, r + 1, LIST(0, 8, 2, 10, 4, 12, 6, 14), LIST(1, 9, 3, 11, 5, 13, 7, 15));
  for (int r = 0; r < LANES; r += r % 4 == 0 ? 1 : 3)
    SWAP(r, r + 2, LIST(0, 1, 8, 9, 4, 5, 12, 13), LIST(2, 3, 10, 11, 6, 7, 14, 15));
  for (int r = 0; r < LANES / 2; r++)
    SWAP(r, r + 4, LIST(0, 1, 2, 3, 8, 9, 10, 11), LIST(4, 5, 6, 7, 12, 13, 14, 15));
}

/* Eight places of eight lines: rows[i] is place i. */
static inline __attribute__((always_inline)) void load_places(const double *source, size_t pitch,
                                                              size_t step, vector *rows) {
  for (size_t i = 0; i < LANES; i++)
    rows[i] = load(source + i * (step == 1 ? pitch : step));
  if (step != 1) turn(rows);
}
static inline __attribute__((always_inline)) void store_places(double *target, size_t pitch,
                                                               size_t step, vector *rows) {
  if (step != 1) turn(rows);
  for (size_t i = 0; i < LANES; i++)
    store(target + i * (step == 1 ? pitch : step), rows[i]);
}

/* `groups` vectors of lines; c and g are kept by place. */
static inline __attribute__((always_inline)) void
implicit_lines(size_t groups, size_t n, size_t lines, size_t pitch, size_t step, double *target,
               const double *u, const double *m, double nu, double dt, double *scratch) {
  double rate = 1 / dt, most = 1 / dt + 2 * nu;
  for (size_t k = 0; k < lines; k += groups * LANES) {
    vector c[4], g[4];
    for (size_t j = 0; j < groups; j++)
      c[j] = g[j] = (vector){0};
    for (size_t i = 0; i < n; i += LANES) {
      vector d[4][LANES], r[4][LANES];
      for (size_t j = 0; j < groups; j++) {
        load_places(m + i * pitch + (k + j * LANES) * step, pitch, step, d[j]);
        load_places(u + i * pitch + (k + j * LANES) * step, pitch, step, r[j]);
      }
      for (size_t row = 0; row < LANES; row++)
        for (size_t j = 0; j < groups; j++) {
          vector inverse = 1 / (most + d[j][row] + nu * c[j]);
          double upper = i + row + 1 < n ? -nu : 0;
          c[j] = upper * inverse;
          g[j] = (r[j][row] * rate + nu * g[j]) * inverse;
          double *kept = scratch + 2 * LANES * ((i + row) * groups + j);
          store(kept, c[j]);
          store(kept + LANES, g[j]);
        }
    }
    vector x[4];
    for (size_t j = 0; j < groups; j++)
      x[j] = (vector){0};
    for (size_t i = n; i > 0;) {
      vector rows[4][LANES];
      i -= LANES;
      for (size_t row = LANES; row-- > 0;)
        for (size_t j = 0; j < groups; j++) {
          const double *kept = scratch + 2 * LANES * ((i + row) * groups + j);
          rows[j][row] = x[j] = load(kept + LANES) - load(kept) * x[j];
        }
      for (size_t j = 0; j < groups; j++)
        store_places(target + i * pitch + (k + j * LANES) * step, pitch, step, rows[j]);
    }
  }
}

#define SIDE_BY_SIDE(name, groups)                                                                 \
  void name(size_t n, size_t lines, size_t pitch, size_t step, double *target, const double *u,    \
            const double *m, double nu, double dt, double *scratch) {                              \
    if (step == 1)                                                                                 \
      implicit_lines(groups, n, lines, pitch, 1, target, u, m, nu, dt, scratch);                   \
    else                                                                                           \
      implicit_lines(groups, n, lines, pitch, step, target, u, m, nu, dt, scratch);                \
  }
SIDE_BY_SIDE(twin_implicit_8, 1)
SIDE_BY_SIDE(twin_implicit_16, 2)
SIDE_BY_SIDE(twin_implicit_32, 4)
