/* SPDX-License-Identifier: MIT */
/* Reductions, one element after the other, and cumulative sums and products. */
#include "reference.h"

#include <math.h>

mfg_reference_wide mfg_reference_widen(mfg_scalar value, mfg_dtype type) {
#define REAL(symbol, member, T)                                                                    \
  case MFG_##symbol:                                                                               \
    return (mfg_reference_wide){.real = value.member};
#define INTEGER(symbol, member, T)                                                                 \
  case MFG_##symbol: return (mfg_reference_wide){.integer = (int64_t)value.member};
  switch (type) {
    MFG_FLOAT_TYPES(REAL)
    MFG_INTEGER_TYPES(INTEGER)
  default: return (mfg_reference_wide){.integer = value.boolean};
  }
#undef REAL
#undef INTEGER
}

mfg_scalar mfg_reference_narrow(mfg_reference_wide value, mfg_dtype type) {
  mfg_scalar narrow = {.bits = 0};
#define REAL(symbol, member, T)                                                                    \
  case MFG_##symbol:                                                                               \
    narrow.member = (T)value.real;                                                                 \
    break;
#define INTEGER(symbol, member, T)                                                                 \
  case MFG_##symbol: narrow.member = (T)value.integer; break;
  switch (type) {
    MFG_FLOAT_TYPES(REAL)
    MFG_INTEGER_TYPES(INTEGER)
  default: narrow.boolean = value.integer != 0; break;
  }
#undef REAL
#undef INTEGER
  return narrow;
}

static mfg_reference_wide combine(uint8_t operation, bool is_float, mfg_reference_wide a,
                                  mfg_reference_wide b) {
  bool product = operation == MFG_REDUCE_PRODUCT;
  if (is_float) return (mfg_reference_wide){.real = product ? a.real * b.real : a.real + b.real};
  uint64_t x = (uint64_t)a.integer, y = (uint64_t)b.integer;
  return (mfg_reference_wide){.integer = (int64_t)(product ? x * y : x + y)};
}

static mfg_reference_wide lowest_or_highest(mfg_dtype type, bool highest) {
  if (mfg_type_is_float(type)) return (mfg_reference_wide){.real = highest ? INFINITY : -INFINITY};
  uint64_t ones = UINT64_MAX >> (64 - 8 * mfg_dtype_size(type));
  if (mfg_type_is_unsigned(type))
    return (mfg_reference_wide){.integer = (int64_t)(highest ? ones : 0)};
  int64_t most = (int64_t)(ones >> 1);
  return (mfg_reference_wide){.integer = highest ? most : -most - 1};
}

static mfg_reference_wide neutral(uint8_t operation, mfg_dtype type) {
  bool is_float = mfg_type_is_float(type);
  switch (operation) {
  case MFG_REDUCE_PRODUCT:
    return is_float ? (mfg_reference_wide){.real = 1} : (mfg_reference_wide){.integer = 1};
  case MFG_REDUCE_MIN:
  case MFG_REDUCE_ARGMIN: return lowest_or_highest(type, true);
  case MFG_REDUCE_MAX:
  case MFG_REDUCE_ARGMAX: return lowest_or_highest(type, false);
  case MFG_REDUCE_ALL: return (mfg_reference_wide){.integer = 1};
  default: return is_float ? (mfg_reference_wide){.real = 0} : (mfg_reference_wide){.integer = 0};
  }
}

size_t mfg_reference_levels(uint64_t elements) {
  size_t levels = 1;
  for (; elements > 1; elements >>= 1)
    levels++;
  return levels;
}

void mfg_reference_accumulate_start(mfg_reference_accumulator *accumulator, uint8_t operation,
                                    mfg_dtype type, double *partial) {
  *accumulator = (mfg_reference_accumulator){
      .operation = operation, .type = type, .value = neutral(operation, type), .partial = partial};
}

static bool is_pairwise(const mfg_reference_accumulator *accumulator) {
  return accumulator->operation == MFG_REDUCE_SUM && mfg_type_is_float(accumulator->type);
}

static void add_pairwise(mfg_reference_accumulator *accumulator, double sum) {
  size_t level = 0;
  for (uint64_t complete = accumulator->count; (complete & 1) != 0; complete >>= 1)
    sum = accumulator->partial[level++] + sum;
  accumulator->partial[level] = sum;
}

/* Whether an element goes before the extreme one so far: NaN before everything, then the order of
 * values. */
static bool is_more_extreme(const mfg_reference_accumulator *accumulator,
                            mfg_reference_wide element) {
  bool least =
      accumulator->operation == MFG_REDUCE_MIN || accumulator->operation == MFG_REDUCE_ARGMIN;
  if (mfg_type_is_unsigned(accumulator->type)) {
    uint64_t next = (uint64_t)element.integer, so_far = (uint64_t)accumulator->value.integer;
    return least ? next < so_far : next > so_far;
  }
  if (!mfg_type_is_float(accumulator->type))
    return least ? element.integer < accumulator->value.integer
                 : element.integer > accumulator->value.integer;
  if (isnan(element.real) || isnan(accumulator->value.real))
    return isnan(element.real) && !isnan(accumulator->value.real);
  return least ? element.real < accumulator->value.real : element.real > accumulator->value.real;
}

static void keep_extreme(mfg_reference_accumulator *accumulator, mfg_reference_wide element,
                         int64_t position) {
  bool more = accumulator->count == 0 || is_more_extreme(accumulator, element);
  bool tie = false;
  if (!more) {
    mfg_reference_accumulator other = *accumulator;
    other.value = element;
    tie = !is_more_extreme(&other, accumulator->value);
  }
  if (more || (tie && position < accumulator->position)) {
    accumulator->value = element;
    accumulator->position = position;
  }
}

void mfg_reference_accumulate(mfg_reference_accumulator *accumulator, mfg_scalar element,
                              int64_t position) {
  mfg_reference_wide wide = mfg_reference_widen(element, accumulator->type);
  switch (accumulator->operation) {
  case MFG_REDUCE_SUM:
  case MFG_REDUCE_PRODUCT:
    if (is_pairwise(accumulator))
      add_pairwise(accumulator, wide.real);
    else
      accumulator->value = combine(accumulator->operation, mfg_type_is_float(accumulator->type),
                                   accumulator->value, wide);
    break;
  case MFG_REDUCE_ANY: accumulator->value.integer |= wide.integer != 0; break;
  case MFG_REDUCE_ALL: accumulator->value.integer &= wide.integer != 0; break;
  default: keep_extreme(accumulator, wide, position); break;
  }
  accumulator->count++;
}

static double finish_pairwise(const mfg_reference_accumulator *accumulator) {
  double sum = 0;
  bool any = false;
  size_t level = 0;
  for (uint64_t complete = accumulator->count; complete != 0; complete >>= 1, level++) {
    if ((complete & 1) == 0) continue;
    sum = any ? accumulator->partial[level] + sum : accumulator->partial[level];
    any = true;
  }
  return sum;
}

mfg_scalar mfg_reference_accumulate_finish(const mfg_reference_accumulator *accumulator) {
  if (accumulator->operation == MFG_REDUCE_ARGMIN || accumulator->operation == MFG_REDUCE_ARGMAX)
    return (mfg_scalar){.int64 = accumulator->position};
  if (is_pairwise(accumulator))
    return mfg_reference_narrow((mfg_reference_wide){.real = finish_pairwise(accumulator)},
                                accumulator->type);
  return mfg_reference_narrow(accumulator->value, accumulator->type);
}

void mfg_reference_scan(mfg_reference_wide *values, int64_t count, uint8_t operation,
                        mfg_dtype type, uint16_t flags) {
  bool is_float = mfg_type_is_float(type);
  mfg_reference_wide running = neutral(operation, type);
  for (int64_t k = 0; k < count; k++) {
    int64_t i = (flags & MFG_PATTERN_REVERSE) != 0 ? count - 1 - k : k;
    mfg_reference_wide before = running;
    running = combine(operation, is_float, running, values[i]);
    values[i] = (flags & MFG_PATTERN_EXCLUSIVE) != 0 ? before : running;
  }
}
