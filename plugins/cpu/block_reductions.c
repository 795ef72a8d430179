/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reductions of a block, and the combination of two results.
 *
 * Sums and products keep sixteen running values whatever the vector length, combined as a tree: the
 * same bits at every level, and a rounding error that grows with the block's length over 16. */
#include "blocks.h"

#include <math.h>

#define RUNNING 16
#define EXTREMES 32
#define PIECE 4096
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

/* Of floats: the comparison alone is one instruction, so NaNs are noted beside it. */
#define FOLD_EXTREME(name, member, T, mask, neutral, better, expression)                           \
  static void name##_fold(FOLD_ARGUMENTS) {                                                        \
    const T *value = values;                                                                       \
    T running[EXTREMES];                                                                           \
    mask unordered[EXTREMES];                                                                      \
    for (int k = 0; k < EXTREMES; k++) {                                                           \
      running[k] = neutral;                                                                        \
      unordered[k] = 0;                                                                            \
    }                                                                                              \
    size_t i = 0;                                                                                  \
    for (; i + EXTREMES <= count; i += EXTREMES)                                                   \
      for (int k = 0; k < EXTREMES; k++) {                                                         \
        T b = value[i + (size_t)k];                                                                \
        running[k] = b better running[k] ? b : running[k];                                         \
        unordered[k] |= b != b ? (mask)-1 : 0;                                                     \
      }                                                                                            \
    for (int k = 0; i < count; i++, k++) {                                                         \
      T b = value[i];                                                                              \
      running[k] = b better running[k] ? b : running[k];                                           \
      unordered[k] |= b != b ? (mask)-1 : 0;                                                       \
    }                                                                                              \
    for (int half = EXTREMES / 2; half > 0; half /= 2)                                             \
      for (int k = 0; k < half; k++) {                                                             \
        running[k] = running[k + half] better running[k] ? running[k + half] : running[k];         \
        unordered[k] |= unordered[k + half];                                                       \
      }                                                                                            \
    result->value.bits = 0;                                                                        \
    result->value.member = unordered[0] != 0 ? (T)NAN : running[0];                                \
    result->index = first;                                                                         \
  }                                                                                                \
  COMBINE(name, member, T, expression)

/* Of bool: pieces are searched as a whole, and the first that decides is the last. */
#define FOLD_SEARCH(name, wanted)                                                                  \
  static void name##_fold(FOLD_ARGUMENTS) {                                                        \
    const uint8_t *value = values;                                                                 \
    uint8_t found = 0;                                                                             \
    for (size_t i = 0; i < count && !found;) {                                                     \
      size_t end = count - i < PIECE ? count : i + PIECE;                                          \
      for (; i < end; i++)                                                                         \
        found |= (uint8_t)(value[i] == wanted);                                                    \
    }                                                                                              \
    result->value.bits = 0;                                                                        \
    result->value.boolean = found ? wanted : !wanted;                                              \
    result->index = first;                                                                         \
  }                                                                                                \
  COMBINE(name, boolean, uint8_t, wanted ? a | b : a &b)

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
#define NUMBER_REDUCTIONS(member, T)                                                               \
  FOLD(sum_##member, member, T, 0, a + b)                                                          \
  FOLD(product_##member, member, T, 1, a *b)                                                       \
  FOLD_PLACE(argmin_##member, member, T, <)                                                        \
  FOLD_PLACE(argmax_##member, member, T, >)
#define INTEGER_REDUCTIONS(member, T, low, high)                                                   \
  FOLD(min_##member, member, T, high, MINIMUM)                                                     \
  FOLD(max_##member, member, T, low, MAXIMUM)                                                      \
  NUMBER_REDUCTIONS(member, T)
#define SIGNED(symbol, member, T) INTEGER_REDUCTIONS(member, T, symbol##_MIN, symbol##_MAX)
#define UNSIGNED(symbol, member, T) INTEGER_REDUCTIONS(member, T, 0, symbol##_MAX)
#define BITS_FLOAT32 uint32_t
#define BITS_FLOAT64 uint64_t
#define FLOAT(symbol, member, T)                                                                   \
  FOLD_EXTREME(min_##member, member, T, BITS_##symbol, (T)INFINITY, <, MINIMUM)                    \
  FOLD_EXTREME(max_##member, member, T, BITS_##symbol, -(T)INFINITY, >, MAXIMUM)                   \
  NUMBER_REDUCTIONS(member, T)
MFG_SIGNED_TYPES(SIGNED)
MFG_UNSIGNED_TYPES(UNSIGNED)
MFG_FLOAT_TYPES(FLOAT)

FOLD_SEARCH(any_boolean, 1)
FOLD_SEARCH(all_boolean, 0)

#define ENTRY(f)                                                                                   \
  { f##_fold, f##_combine }
#define NUMBER(symbol, member, T)                                                                  \
  [MFG_REDUCE_SUM][CPU_##symbol] = ENTRY(sum_##member),                                            \
  [MFG_REDUCE_PRODUCT][CPU_##symbol] = ENTRY(product_##member),                                    \
  [MFG_REDUCE_MIN][CPU_##symbol] = ENTRY(min_##member),                                            \
  [MFG_REDUCE_MAX][CPU_##symbol] = ENTRY(max_##member),                                            \
  [MFG_REDUCE_ARGMIN][CPU_##symbol] = ENTRY(argmin_##member),                                      \
  [MFG_REDUCE_ARGMAX][CPU_##symbol] = ENTRY(argmax_##member),
cpu_reduction_table CPU_NAME(cpu_reductions) = {
    MFG_NUMBER_TYPES(NUMBER)[MFG_REDUCE_ANY][CPU_BOOL] = ENTRY(any_boolean),
    [MFG_REDUCE_ALL][CPU_BOOL] = ENTRY(all_boolean),
};
