/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tridiagonal elimination (the Thomas algorithm) of several systems side by side.
 *
 * A row costs one division, by d - l c, whose latency is what a single system waits for; two
 * vectors of systems are in flight, so that one divides while the other multiplies. With a corner
 * unknown X (the last unknown of a closed line, or the unknown that separates two parts of one
 * line) x[i] = g[i] + q[i] X - c[i] x[i+1]: the second right-hand side q is eliminated in the same
 * pass, and so is the row that closes the system, through e with x[0] = g0 + q0 X + e x[i+1].
 *
 * Every lane computes as a single system would: the number of lanes does not change a bit. */
#include "blocks.h"

#include <string.h>

#define NUMBER float
#define NUMBER_BYTES 4
#define NAME(name) CPU_JOIN(name, f32)
#include "block_transpose.h"
#undef NUMBER
#undef NUMBER_BYTES
#undef NAME

#define NUMBER double
#define NUMBER_BYTES 8
#define NAME(name) CPU_JOIN(name, f64)
#include "block_transpose.h"
#undef NUMBER
#undef NUMBER_BYTES
#undef NAME

#define PAIR 2
#define CARRY(name) (carry->name)

#define LINES(t, T, bytes)                                                                         \
  enum { WIDTH_##t = (bytes) / sizeof(T), LANES_##t = PAIR * WIDTH_##t };                          \
  static void forward_##t(size_t rows, size_t pitch, const void *lower, const void *diagonal,      \
                          const void *upper, const void *right, void *c_out, void *g_out,          \
                          cpu_elimination *carry) {                                                \
    const T *l = lower, *d = diagonal, *u = upper, *r = right;                                     \
    T *c_row = c_out, *g_row = g_out, *c_carry = (T *)CARRY(c), *g_carry = (T *)CARRY(g);          \
    vector_##t c[PAIR], g[PAIR];                                                                   \
    for (int k = 0; k < PAIR; k++) {                                                               \
      c[k] = load_##t(c_carry + k * WIDTH_##t);                                                    \
      g[k] = load_##t(g_carry + k * WIDTH_##t);                                                    \
    }                                                                                              \
    for (size_t i = 0; i < rows; i++)                                                              \
      for (int k = 0; k < PAIR; k++) {                                                             \
        size_t at = i * pitch + (size_t)(k * WIDTH_##t);                                           \
        vector_##t below = load_##t(l + at);                                                       \
        vector_##t inverse = (T)1 / (load_##t(d + at) - below * c[k]);                             \
        c[k] = load_##t(u + at) * inverse;                                                         \
        g[k] = (load_##t(r + at) - below * g[k]) * inverse;                                        \
        store_##t(c_row + at, c[k]);                                                               \
        store_##t(g_row + at, g[k]);                                                               \
      }                                                                                            \
    for (int k = 0; k < PAIR; k++) {                                                               \
      store_##t(c_carry + k * WIDTH_##t, c[k]);                                                    \
      store_##t(g_carry + k * WIDTH_##t, g[k]);                                                    \
    }                                                                                              \
  }                                                                                                \
  static void forward_corner_##t(size_t rows, size_t pitch, const void *lower,                     \
                                 const void *diagonal, const void *upper, const void *right,       \
                                 void *c_out, void *g_out, void *q_out, cpu_elimination *carry) {  \
    const T *l = lower, *d = diagonal, *u = upper, *r = right;                                     \
    T *c_row = c_out, *g_row = g_out, *q_row = q_out;                                              \
    T *state[6] = {(T *)CARRY(c), (T *)CARRY(g),  (T *)CARRY(q),                                   \
                   (T *)CARRY(e), (T *)CARRY(g0), (T *)CARRY(q0)};                                 \
    for (int k = 0; k < PAIR; k++) {                                                               \
      size_t lane = (size_t)(k * WIDTH_##t);                                                       \
      vector_##t c = load_##t(state[0] + lane), g = load_##t(state[1] + lane);                     \
      vector_##t q = load_##t(state[2] + lane), e = load_##t(state[3] + lane);                     \
      vector_##t g0 = load_##t(state[4] + lane), q0 = load_##t(state[5] + lane);                   \
      for (size_t i = 0; i < rows; i++) {                                                          \
        size_t at = i * pitch + lane;                                                              \
        vector_##t below = load_##t(l + at);                                                       \
        vector_##t inverse = (T)1 / (load_##t(d + at) - below * c);                                \
        c = load_##t(u + at) * inverse;                                                            \
        g = (load_##t(r + at) - below * g) * inverse;                                              \
        q = -(below * q) * inverse;                                                                \
        g0 += e * g;                                                                               \
        q0 += e * q;                                                                               \
        e = -(e * c);                                                                              \
        store_##t(c_row + at, c);                                                                  \
        store_##t(g_row + at, g);                                                                  \
        store_##t(q_row + at, q);                                                                  \
      }                                                                                            \
      store_##t(state[0] + lane, c);                                                               \
      store_##t(state[1] + lane, g);                                                               \
      store_##t(state[2] + lane, q);                                                               \
      store_##t(state[3] + lane, e);                                                               \
      store_##t(state[4] + lane, g0);                                                              \
      store_##t(state[5] + lane, q0);                                                              \
    }                                                                                              \
  }                                                                                                \
  static void backward_##t(size_t rows, size_t pitch, const void *c_in, void *g_in, void *next) {  \
    const T *c = c_in;                                                                             \
    T *g = g_in, *last = next;                                                                     \
    vector_##t x[PAIR];                                                                            \
    for (int k = 0; k < PAIR; k++)                                                                 \
      x[k] = load_##t(last + k * WIDTH_##t);                                                       \
    for (size_t i = rows; i-- > 0;)                                                                \
      for (int k = 0; k < PAIR; k++) {                                                             \
        size_t at = i * pitch + (size_t)(k * WIDTH_##t);                                           \
        x[k] = load_##t(g + at) - load_##t(c + at) * x[k];                                         \
        store_##t(g + at, x[k]);                                                                   \
      }                                                                                            \
    for (int k = 0; k < PAIR; k++)                                                                 \
      store_##t(last + k * WIDTH_##t, x[k]);                                                       \
  }                                                                                                \
  static void backward_corner_##t(size_t rows, size_t pitch, const void *c_in, void *g_in,         \
                                  const void *q_in, const void *corner, void *next) {              \
    const T *c = c_in, *q = q_in, *closing = corner;                                               \
    T *g = g_in, *last = next;                                                                     \
    vector_##t x[PAIR], far[PAIR];                                                                 \
    for (int k = 0; k < PAIR; k++) {                                                               \
      x[k] = load_##t(last + k * WIDTH_##t);                                                       \
      far[k] = load_##t(closing + k * WIDTH_##t);                                                  \
    }                                                                                              \
    for (size_t i = rows; i-- > 0;)                                                                \
      for (int k = 0; k < PAIR; k++) {                                                             \
        size_t at = i * pitch + (size_t)(k * WIDTH_##t);                                           \
        x[k] = load_##t(g + at) + load_##t(q + at) * far[k] - load_##t(c + at) * x[k];             \
        store_##t(g + at, x[k]);                                                                   \
      }                                                                                            \
    for (int k = 0; k < PAIR; k++)                                                                 \
      store_##t(last + k * WIDTH_##t, x[k]);                                                       \
  }                                                                                                \
  static void interleave_##t(size_t rows, size_t pitch, const void *source, void *target) {        \
    const T *from = source;                                                                        \
    T *to = target;                                                                                \
    size_t i = 0;                                                                                  \
    for (; i + WIDTH_##t <= rows; i += WIDTH_##t)                                                  \
      for (size_t k = 0; k < LANES_##t; k += WIDTH_##t)                                            \
        turn_block_##t(from + k * pitch + i, pitch, to + i * LANES_##t + k, LANES_##t);            \
    for (; i < rows; i++)                                                                          \
      for (size_t k = 0; k < LANES_##t; k++)                                                       \
        to[i * LANES_##t + k] = from[k * pitch + i];                                               \
  }                                                                                                \
  static void separate_##t(size_t rows, size_t pitch, const void *source, void *target) {          \
    const T *from = source;                                                                        \
    T *to = target;                                                                                \
    size_t i = 0;                                                                                  \
    for (; i + WIDTH_##t <= rows; i += WIDTH_##t)                                                  \
      for (size_t k = 0; k < LANES_##t; k += WIDTH_##t)                                            \
        turn_block_##t(from + i * LANES_##t + k, LANES_##t, to + k * pitch + i, pitch);            \
    for (; i < rows; i++)                                                                          \
      for (size_t k = 0; k < LANES_##t; k++)                                                       \
        to[k * pitch + i] = from[i * LANES_##t + k];                                               \
  }

LINES(f32, float, CPU_VECTOR_BYTES)
LINES(f64, double, CPU_VECTOR_BYTES)

#define TABLE(t)                                                                                   \
  {                                                                                                \
    .lanes = LANES_##t, .forward = forward_##t, .forward_corner = forward_corner_##t,              \
    .backward = backward_##t, .backward_corner = backward_corner_##t,                              \
    .interleave = interleave_##t, .separate = separate_##t                                         \
  }
const cpu_line_functions CPU_NAME(cpu_lines32) = TABLE(f32);
const cpu_line_functions CPU_NAME(cpu_lines64) = TABLE(f64);
