/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel_samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static mfg_scalar float64(double value) {
  return (mfg_scalar){.float64 = value};
}

/* ---- operations ----------------------------------------------------------------------------- */

static const double special[] = {0.0,   -0.0, 1.0,      -1.0,      0.5,  -2.5,  3.5,  1e-310,
                                 1e300, -7.0, INFINITY, -INFINITY, NAN,  2.0,   -3.0, 0.75,
                                 1e10,  4.0,  -0.3,     100.0,     63.0, 1e-20, 31.0, -64.0};
#define SPECIAL ((int64_t)(sizeof special / sizeof *special))

static bool is_unsigned(mfg_dtype type) {
  return type >= MFG_UINT8 && type <= MFG_UINT64;
}

static int64_t special_integer(mfg_dtype type, int64_t i) {
  uint64_t top = UINT64_C(1) << (8 * mfg_dtype_size(type) - 1);
  if (i == 10) return (int64_t)(is_unsigned(type) ? top | (top - 1) : top - 1);
  if (i == 11) return is_unsigned(type) ? 0 : (int64_t)top;
  return i == 12 ? 7 : (int64_t)fmin(fmax(special[i], -1e18), 1e18);
}

static void put_special(kernel_builder *b, uint32_t operand) {
  mfg_dtype type = b->operands[operand].type;
  size_t size = mfg_dtype_size(type);
  unsigned char *at = b->arrays[operand] + b->bindings[operand].offset;
  for (int64_t i = 0; i < SPECIAL; i++, at += size) {
    float single = (float)special[i];
    int64_t whole = special_integer(type, i);
    if (type == MFG_BOOL)
      *at = special[i] > 0;
    else if (type == MFG_FLOAT64)
      memcpy(at, &special[i], size);
    else if (type == MFG_FLOAT32)
      memcpy(at, &single, size);
    else
      memcpy(at, &whole, size); /* the low bytes */
  }
}

kernel_builder *sample_operations(mfg_dtype type, uint32_t *first) {
  static const uint32_t limit = 8;
  const int64_t extents[] = {SPECIAL, SPECIAL};
  kernel_builder *b = builder_new(2, extents);
  uint32_t a_operand = builder_read(b, type, 2, 1), b_operand = builder_read(b, type, 1, 2);
  put_special(b, a_operand);
  put_special(b, b_operand);
  int32_t a = builder_load(b, false, a_operand, 0), c = builder_load(b, false, b_operand, 0);
  int32_t truth = builder_apply(b, false, MFG_OP_EQUAL, MFG_BOOL, a, c, -1);
  bool floats = type == MFG_FLOAT32 || type == MFG_FLOAT64;
  for (; *first < MFG_OPERATION_END && b->description.outputs.count < limit; ++*first) {
    int rule = mfg_operation_type_rule(*first);
    mfg_dtype result = type;
    bool order = *first >= MFG_OP_LESS && *first <= MFG_OP_GREATER_EQUAL;
    bool shift = *first == MFG_OP_BITWISE_LEFT_SHIFT || *first == MFG_OP_BITWISE_RIGHT_SHIFT;
    if (rule == 0 || (rule == MFG_RULE_NUMERIC && type == MFG_BOOL)) continue;
    if ((rule == MFG_RULE_REAL || rule == MFG_RULE_CLASSIFY) && !floats) continue;
    if (rule == MFG_RULE_COMPARE && order && type == MFG_BOOL) continue;
    if (rule == MFG_RULE_LOGIC && type != MFG_BOOL) continue;
    if (rule == MFG_RULE_BITS && (floats || (shift && type == MFG_BOOL))) continue;
    if (rule == MFG_RULE_CONVERT) continue;
    if (rule == MFG_RULE_COMPARE || rule == MFG_RULE_CLASSIFY) result = MFG_BOOL;
    int32_t value = rule == MFG_RULE_CHOOSE ? builder_apply(b, false, *first, result, truth, a, c)
                                            : builder_apply(b, false, *first, result, a, c, a);
    builder_output(b, builder_write(b, result, 0), value);
  }
  return b;
}

kernel_builder *sample_conversions(mfg_dtype from, bool to_unsigned) {
  kernel_builder *b = builder_new(1, (int64_t[]){SPECIAL});
  uint32_t source = builder_read(b, from, 0, 1);
  put_special(b, source);
  int32_t value = builder_load(b, false, source, 0);
  for (mfg_dtype to = MFG_BOOL; to <= MFG_FLOAT64; to++)
    if (is_unsigned(to) == to_unsigned)
      builder_output(b, builder_write(b, to, 0),
                     builder_apply(b, false, MFG_OP_CONVERT, to, value, -1, -1));
  return b;
}

/* ---- sites, gather, scalars ----------------------------------------------------------------- */

kernel_builder *sample_sites(int64_t offset) {
  const int64_t extents[] = {3, 4, 5};
  kernel_builder *b = builder_new(3, extents);
  uint32_t u = builder_read(b, MFG_FLOAT64, 0, 3);
  uint32_t flags = builder_read(b, MFG_BOOL, 2, 4);
  for (uint32_t boundary = MFG_BOUNDARY_WRAP; boundary <= MFG_BOUNDARY_CONSTANT; boundary++) {
    bool constant = boundary == MFG_BOUNDARY_CONSTANT;
    uint32_t site = builder_site(b);
    builder_step(b, 2, offset, boundary, float64(constant ? 7.5 : 0));
    builder_step(b, 0, -offset, MFG_BOUNDARY_CLAMP, float64(0));
    builder_step(b, 2, 2, boundary, float64(constant ? -1 : 0));
    builder_output(b, builder_write(b, MFG_FLOAT64, 0), builder_load(b, false, u, site));
    if (!constant)
      builder_output(b, builder_write(b, MFG_INT64, 0), builder_index(b, false, 2, site));
  }
  uint32_t here = builder_site(b);
  builder_step(b, 1, offset, MFG_BOUNDARY_CONSTANT, (mfg_scalar){.boolean = 1});
  builder_output(b, builder_write(b, MFG_BOOL, 0), builder_load(b, false, flags, here));
  return b;
}

kernel_builder *sample_gathers(uint32_t axis) {
  const int64_t extents[] = {6, 7};
  kernel_builder *b = builder_new(2, extents);
  uint32_t table = builder_gathered(b, MFG_FLOAT64, axis, 9, 5);
  uint32_t places = builder_read(b, axis ? MFG_INT32 : MFG_INT64, 0, 6);
  uint32_t dt = builder_read(b, MFG_FLOAT64, 3, 7);
  int32_t value = builder_gather(b, table, axis, builder_load(b, false, places, 0));
  value = builder_apply(b, false, MFG_OP_FMA, MFG_FLOAT64, value, builder_load(b, false, dt, 0),
                        builder_scalar(b, false, MFG_FLOAT64, float64(0.125)));
  builder_output(b, builder_write(b, MFG_FLOAT64, 0), value);
  builder_output(b, builder_write(b, MFG_INT64, 0),
                 builder_apply(b, false, MFG_OP_ADD, MFG_INT64, builder_extent(b, false, 0),
                               builder_scalar(b, false, MFG_INT64, (mfg_scalar){.int64 = -5}), -1));
  builder_output(b, builder_write(b, MFG_BOOL, 0),
                 builder_scalar(b, false, MFG_BOOL, (mfg_scalar){.boolean = 1}));
  return b;
}

/* ---- floats of one type --------------------------------------------------------------------- */

/* Makes an operand of rank 2 column-major. */
static uint32_t transpose(kernel_builder *b, uint32_t operand) {
  if (b->description.rank != 2) return operand;
  b->strides[operand][0] = 1;
  b->strides[operand][1] = b->extents[0];
  b->operands[operand].stride_class[0] = MFG_STRIDE_UNIT;
  b->operands[operand].stride_class[1] = MFG_STRIDE_GENERAL;
  return operand;
}

/* The sum of loads that look along the last axis, and one along the first. */
static int32_t neighbours(kernel_builder *b, mfg_dtype type, uint32_t operand) {
  static const int64_t offsets[] = {-1, 2, 1, -2};
  uint32_t last = b->description.rank - 1u;
  mfg_scalar fill = {0};
  int32_t sum = builder_load(b, false, operand, 0);
  if (type == MFG_FLOAT64) fill.float64 = 0.5;
  if (type == MFG_FLOAT32) fill.float32 = 0.5f;
  for (uint32_t boundary = MFG_BOUNDARY_WRAP; boundary <= MFG_BOUNDARY_CONSTANT; boundary++) {
    bool constant = boundary == MFG_BOUNDARY_CONSTANT;
    uint32_t site = builder_site(b);
    builder_step(b, last, offsets[boundary % 4], boundary, constant ? fill : (mfg_scalar){0});
    builder_step(b, 0, 1, boundary, constant ? fill : (mfg_scalar){0});
    builder_step(b, last, -1, MFG_BOUNDARY_CLAMP, (mfg_scalar){0});
    int32_t there = builder_load(b, false, operand, site);
    sum = builder_apply(b, false, MFG_OP_ADD, type, sum, there, -1);
  }
  return sum;
}

kernel_builder *sample_floats(mfg_dtype type, const kernel_space *space) {
  kernel_builder *b = builder_new(space->rank, space->extents);
  uint32_t last = space->rank - 1;
  uint32_t u = builder_read(b, type, 0, 15), w = transpose(b, builder_read(b, type, 0, 16));
  uint32_t row = builder_read(b, type, 1u << last, 17);
  uint32_t dt = builder_read(b, type, (1u << space->rank) - 1, 18);
  int32_t sum = neighbours(b, type, u), other = builder_load(b, false, w, 0);
  int32_t scale = builder_load(b, false, row, 0), step = builder_load(b, false, dt, 0);
#define APPLY(operation, x, y) builder_apply(b, false, operation, type, x, y, -1)
#define TRUTH(operation, x, y) builder_apply(b, false, operation, MFG_BOOL, x, y, -1)
  int32_t here = APPLY(MFG_OP_CONVERT, builder_index(b, false, last, 1), -1);
  int32_t extent = APPLY(MFG_OP_CONVERT, builder_extent(b, false, last), -1);
  int32_t less = TRUTH(MFG_OP_LESS, sum, other), nan = TRUTH(MFG_OP_ISNAN, sum, -1);
  int32_t finite = TRUTH(MFG_OP_ISFINITE, other, -1), sign = TRUTH(MFG_OP_SIGNBIT, other, -1);
  int32_t truth = TRUTH(MFG_OP_LOGICAL_OR, less, TRUTH(MFG_OP_LOGICAL_XOR, nan, finite));
  truth = TRUTH(MFG_OP_LOGICAL_AND, truth, TRUTH(MFG_OP_LOGICAL_NOT, sign, -1));
  int32_t wave = APPLY(MFG_OP_TANH, APPLY(MFG_OP_MULTIPLY, step, sum), -1);
  int32_t bound = APPLY(MFG_OP_MINIMUM, APPLY(MFG_OP_MAXIMUM, wave, scale), other);
  int32_t power =
      APPLY(MFG_OP_HYPOT, APPLY(MFG_OP_EXP, bound, -1), builder_number(b, false, type, 3));
  int32_t chosen =
      builder_apply(b, false, MFG_OP_SELECT, type, truth, power, APPLY(MFG_OP_NEGATIVE, bound, -1));
  int32_t whole = APPLY(MFG_OP_FLOOR_DIVIDE, here, APPLY(MFG_OP_ADD, extent, step));
  builder_output(b, builder_write(b, type, 0), chosen);
  builder_output(b, transpose(b, builder_write(b, type, 0)),
                 APPLY(MFG_OP_ADD, whole, APPLY(MFG_OP_CONVERT, truth, -1)));
#undef TRUTH
#undef APPLY
  return b;
}

/* ---- patterns ------------------------------------------------------------------------------- */

kernel_builder *sample_reductions(const kernel_space *space) {
  kernel_builder *b = builder_new(space->rank, space->extents);
  uint32_t u = builder_read(b, MFG_FLOAT64, 0, 8), k = builder_read(b, MFG_INT32, 0, 9);
  if (b->sizes[u] / sizeof(double) > 1000) builder_float64(b, u)[777] = NAN;
  int32_t value = builder_load(b, false, u, 0), number = builder_load(b, false, k, 0);
  int32_t truth = builder_apply(b, false, MFG_OP_LESS, MFG_BOOL, value,
                                builder_number(b, false, MFG_FLOAT64, 0.9), -1);
  static const uint8_t operations[] = {MFG_REDUCE_SUM,    MFG_REDUCE_MIN,    MFG_REDUCE_MAX,
                                       MFG_REDUCE_ARGMIN, MFG_REDUCE_ARGMAX, MFG_REDUCE_PRODUCT,
                                       MFG_REDUCE_ANY,    MFG_REDUCE_ALL};
  const int32_t values[] = {value, value, number, value, number, number, truth, truth};
  b->pattern.kind = MFG_PATTERN_REDUCE;
  b->pattern.axes = space->axes;
  b->pattern.count = 8;
  for (uint32_t i = 0; i < 8; i++) {
    bool position = operations[i] == MFG_REDUCE_ARGMIN || operations[i] == MFG_REDUCE_ARGMAX;
    mfg_dtype type = position ? MFG_INT64 : builder_type(b, false, values[i]);
    b->pattern.operations[i] = operations[i];
    b->pattern.values[i] = values[i];
    int32_t result = builder_result(b, i, type);
    if (i == 0)
      result = builder_apply(b, true, MFG_OP_MULTIPLY, type, result,
                             builder_number(b, true, type, 0.5), -1);
    builder_output(b, builder_write(b, type, space->axes), result);
  }
  return b;
}

kernel_builder *sample_map_with_reductions(const kernel_space *space) {
  uint32_t all = (1u << space->rank) - 1;
  kernel_builder *b = builder_new(space->rank, space->extents);
  int32_t value = builder_load(b, false, builder_read(b, MFG_FLOAT64, 0, 10), 0);
  int32_t square = builder_apply(b, false, MFG_OP_MULTIPLY, MFG_FLOAT64, value, value, -1);
  builder_output(b, builder_write(b, MFG_FLOAT64, 0), square);
  builder_reduction(b, MFG_REDUCE_SUM, all, square);
  builder_reduction(b, MFG_REDUCE_ARGMAX, all, value);
  if (space->axes != all) {
    builder_reduction(b, MFG_REDUCE_MAX, space->axes, value);
    builder_reduction(b, MFG_REDUCE_ARGMIN, space->axes, square);
  }
  return b;
}

kernel_builder *sample_scans(const kernel_space *space, int flags) {
  kernel_builder *b = builder_new(space->rank, space->extents);
  mfg_dtype second = space->rank == 2 ? MFG_FLOAT64 : MFG_INT32;
  uint32_t u = builder_read(b, MFG_FLOAT64, 0, 11), k = builder_read(b, second, 0, 12);
  uint32_t site = builder_site(b);
  builder_step(b, space->axes, 1, MFG_BOUNDARY_WRAP, float64(0));
  int32_t value = builder_load(b, false, u, flags & 1 ? site : 0);
  b->pattern.kind = MFG_PATTERN_SCAN;
  b->pattern.axis = (uint8_t)space->axes;
  b->pattern.flags =
      (uint16_t)((flags & 1 ? MFG_PATTERN_REVERSE : 0) | (flags & 2 ? MFG_PATTERN_EXCLUSIVE : 0));
  b->pattern.count = 2;
  b->pattern.values[0] = value;
  b->pattern.values[1] = builder_load(b, false, k, 0);
  b->pattern.operations[0] = MFG_REDUCE_SUM;
  b->pattern.operations[1] = MFG_REDUCE_PRODUCT;
  int32_t sum = builder_result(b, 0, MFG_FLOAT64), product = builder_result(b, 1, second);
  int32_t there = builder_load(b, true, u, 0);
  builder_output(b, builder_write_over(b, u),
                 builder_apply(b, true, MFG_OP_ADD, MFG_FLOAT64, sum, there, -1));
  builder_output(b, builder_write(b, second, 0), product);
  builder_reduction(b, MFG_REDUCE_MAX, (1u << space->rank) - 1, sum);
  return b;
}

kernel_builder *sample_solves(const kernel_space *space, bool cyclic) {
  uint32_t all = (1u << space->rank) - 1, axis = space->axes;
  kernel_builder *b = builder_new(space->rank, space->extents);
  uint32_t u = builder_read(b, MFG_FLOAT64, 0, 13), f = builder_read(b, MFG_FLOAT64, 0, 14);
  uint32_t right_site = builder_site(b);
  builder_step(b, axis, 1, cyclic ? MFG_BOUNDARY_WRAP : MFG_BOUNDARY_CLAMP, float64(0));
  int32_t here = builder_load(b, false, u, 0), there = builder_load(b, false, u, right_site);
  int32_t lower = builder_apply(b, false, MFG_OP_SUBTRACT, MFG_FLOAT64, here,
                                builder_number(b, false, MFG_FLOAT64, 1.5), -1);
  int32_t upper = builder_apply(b, false, MFG_OP_SUBTRACT, MFG_FLOAT64, there,
                                builder_number(b, false, MFG_FLOAT64, 1.25), -1);
  int32_t sum = builder_apply(b, false, MFG_OP_ADD, MFG_FLOAT64, lower, upper, -1);
  int32_t diagonal = builder_apply(b, false, MFG_OP_SUBTRACT, MFG_FLOAT64,
                                   builder_number(b, false, MFG_FLOAT64, 0.5), sum, -1);
  b->pattern.kind = MFG_PATTERN_LINE_SOLVE;
  b->pattern.axis = (uint8_t)axis;
  b->pattern.flags = cyclic ? MFG_PATTERN_CYCLIC : 0;
  b->pattern.count = 1;
  b->pattern.values[0] = lower;
  b->pattern.values[1] = diagonal;
  b->pattern.values[2] = upper;
  b->pattern.values[3] = builder_load(b, false, f, 0);
  int32_t x = builder_result(b, 0, MFG_FLOAT64), old = builder_load(b, true, u, 0);
  int32_t change =
      builder_apply(b, true, MFG_OP_ABS, MFG_FLOAT64,
                    builder_apply(b, true, MFG_OP_SUBTRACT, MFG_FLOAT64, x, old, -1), -1, -1);
  builder_output(b, builder_write_over(b, u), x);
  builder_output(b, builder_write(b, MFG_FLOAT64, 0), change);
  builder_reduction(b, MFG_REDUCE_MAX, all, change);
  builder_reduction(b, MFG_REDUCE_SUM, all, x);
  builder_reduction(b, MFG_REDUCE_ALL, all,
                    builder_apply(b, true, MFG_OP_LESS, MFG_BOOL, change,
                                  builder_number(b, true, MFG_FLOAT64, 1e3), -1));
  builder_reduction(b, MFG_REDUCE_ANY, all,
                    builder_apply(b, true, MFG_OP_GREATER, MFG_BOOL, change,
                                  builder_number(b, true, MFG_FLOAT64, 1e3), -1));
  if (space->rank > 2) builder_reduction(b, MFG_REDUCE_SUM, all & ~1u, x);
  return b;
}
