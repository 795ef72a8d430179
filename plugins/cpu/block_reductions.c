/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reductions of a block, and the combination of two results.
 *
 * Sums and products keep sixteen running values whatever the vector length, combined as a tree: the
 * same bits at every level, and a rounding error that grows with the block's length over 16. */
#include "blocks.h"

#include <math.h>

#define RUNNING 16
#define FOLD_ARGUMENTS size_t count, const void *values, int64_t first, cpu_accumulator *result

#define COMBINE(name, member, T, expression)                                                       \
  static void name##_combine(cpu_accumulator *into, const cpu_accumulator *later) {                \
    T a = into->value.member, b = later->value.member;                                             \
    into->value.member = (T)(expression);                                                          \
  }

#define FOLD(name, member, T, neutral, expression)                                                 \
  static void name##_fold(FOLD_ARGUMENTS) {                                                        \
    const T *value = values;                                                                       \
    T running[RUNNING];                                                                            \
    (void)first;                                                                                   \
    for (int k = 0; k < RUNNING; k++)                                                              \
      running[k] = neutral;                                                                        \
    size_t i = 0;                                                                                  \
    for (; i + RUNNING <= count; i += RUNNING)                                                     \
      for (int k = 0; k < RUNNING; k++) {                                                          \
        T a = running[k], b = value[i + (size_t)k];                                                \
        running[k] = (T)(expression);                                                              \
      }                                                                                            \
    for (int k = 0; i < count; i++, k++) {                                                         \
      T a = running[k], b = value[i];                                                              \
      running[k] = (T)(expression);                                                                \
    }                                                                                              \
    for (int half = RUNNING / 2; half > 0; half /= 2)                                              \
      for (int k = 0; k < half; k++) {                                                             \
        T a = running[k], b = running[k + half];                                                   \
        running[k] = (T)(expression);                                                              \
      }                                                                                            \
    result->value.bits = 0;                                                                        \
    result->value.member = running[0];                                                             \
    result->index = first;                                                                         \
  }                                                                                                \
  COMBINE(name, member, T, expression)

/* The first place of the extreme element, a NaN being more extreme than anything. */
#define FOLD_PLACE(name, member, T, better)                                                        \
  static bool name##_beats(T a, T b) {                                                             \
    return a better b || (a != a && b == b);                                                       \
  }                                                                                                \
  static void name##_fold(FOLD_ARGUMENTS) {                                                        \
    const T *value = values;                                                                       \
    size_t best = 0;                                                                               \
    for (size_t i = 1; i < count; i++)                                                             \
      if (name##_beats(value[i], value[best])) best = i;                                           \
    result->value.bits = 0;                                                                        \
    result->value.member = value[best];                                                            \
    result->index = first + (int64_t)best;                                                         \
  }                                                                                                \
  static void name##_combine(cpu_accumulator *into, const cpu_accumulator *later) {                \
    T a = into->value.member, b = later->value.member;                                             \
    if (into->index < 0 || name##_beats(b, a) ||                                                   \
        (later->index < into->index && !name##_beats(a, b)))                                       \
      *into = *later;                                                                              \
  }

#define MINIMUM ((a < b) | (a != a) ? a : b)
#define MAXIMUM ((a > b) | (a != a) ? a : b)
#define NUMBER_REDUCTIONS(t, member, T, low, high)                                                 \
  FOLD(sum_##t, member, T, 0, a + b)                                                               \
  FOLD(product_##t, member, T, 1, a *b)                                                            \
  FOLD(min_##t, member, T, high, MINIMUM)                                                          \
  FOLD(max_##t, member, T, low, MAXIMUM)                                                           \
  FOLD_PLACE(argmin_##t, member, T, <)                                                             \
  FOLD_PLACE(argmax_##t, member, T, >)
NUMBER_REDUCTIONS(i32, int32, int32_t, INT32_MIN, INT32_MAX)
NUMBER_REDUCTIONS(i64, int64, int64_t, INT64_MIN, INT64_MAX)
NUMBER_REDUCTIONS(f32, float32, float, -INFINITY, INFINITY)
NUMBER_REDUCTIONS(f64, float64, double, -(double)INFINITY, (double)INFINITY)

FOLD(any_b, boolean, uint8_t, 0, a | b)
FOLD(all_b, boolean, uint8_t, 1, a &b)

#define ENTRY(f)                                                                                   \
  { f##_fold, f##_combine }
#define NUMBERS(f)                                                                                 \
  [CPU_INT32] = ENTRY(f##_i32), [CPU_INT64] = ENTRY(f##_i64), [CPU_FLOAT32] = ENTRY(f##_f32),      \
  [CPU_FLOAT64] = ENTRY(f##_f64)
cpu_reduction_table CPU_NAME(cpu_reductions) = {
    [MFG_REDUCE_SUM] = {NUMBERS(sum)},
    [MFG_REDUCE_PRODUCT] = {NUMBERS(product)},
    [MFG_REDUCE_MIN] = {NUMBERS(min)},
    [MFG_REDUCE_MAX] = {NUMBERS(max)},
    [MFG_REDUCE_ANY] = {[CPU_BOOL] = ENTRY(any_b)},
    [MFG_REDUCE_ALL] = {[CPU_BOOL] = ENTRY(all_b)},
    [MFG_REDUCE_ARGMIN] = {NUMBERS(argmin)},
    [MFG_REDUCE_ARGMAX] = {NUMBERS(argmax)},
};
