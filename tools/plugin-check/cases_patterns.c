/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reductions, scans and final reductions.
 *
 * Sums and products of floats may associate in any order; what they may differ by is stated against
 * the sum of magnitudes, which bounds every order: n elements of at most 2 differ by no more than
 * 2 n times 1e-12 in float64 and 1e-5 in float32. Everything else is exact, zeros of either sign
 * being equal. */
#include "check_launch.h"

#include <math.h>

static const mfg_dtype types[] = CHECK_TYPES;
enum { TYPE_COUNT = sizeof types / sizeof types[0] };

/* Types of which one has each width, and one each kind: what depends on the shape of a space is
 * looked at with these, what depends on the type with all. */
static bool stands_for_others(mfg_dtype type) {
  switch (type) {
  case MFG_INT8:
  case MFG_INT16:
  case MFG_UINT8:
  case MFG_UINT32: return false;
  default: return true;
  }
}

static bool reduction_takes(uint8_t operation, mfg_dtype type) {
  bool logical = operation == MFG_REDUCE_ANY || operation == MFG_REDUCE_ALL;
  return logical == (type == MFG_BOOL);
}

static bool is_sum(uint8_t operation) {
  return operation == MFG_REDUCE_SUM || operation == MFG_REDUCE_PRODUCT;
}

/* Fills the operand and sets the closeness that its combination of `count` elements allows. */
static void prepare_elements(check_launch *launch, uint32_t operand, uint8_t operation,
                             int64_t count) {
  mfg_dtype type = mfg_kernel_operand_at(launch->kernel, operand)->type;
  bool is_float = type == MFG_FLOAT32 || type == MFG_FLOAT64;
  if (!is_float || !is_sum(operation)) {
    check_launch_fill(launch, operand, CHECK_SPECIAL);
    check_launch_closeness(launch, CHECK_ZEROS_EQUAL, 0);
    return;
  }
  double unit = type == MFG_FLOAT32 ? 1e-5 : 1e-12, size = 2.0 * (double)count;
  if (operation == MFG_REDUCE_PRODUCT) {
    check_launch_fill(launch, operand, CHECK_NEAR_ONE);
    size *= fmax(1, pow(1.5, fmin((double)count, 60)));
  }
  check_launch_closeness(launch, CHECK_ABSOLUTE, unit * (size + 1));
}

static int64_t reduced_count(const int64_t *extents, uint8_t rank, uint32_t axes) {
  int64_t count = 1;
  for (uint8_t axis = 0; axis < rank; axis++)
    if ((axes >> axis & 1) != 0) count *= extents[axis];
  return count;
}

/* ---- reduce --------------------------------------------------------------------------------- */

static void run_reduce(check_run *run, uint8_t operation, mfg_dtype type, uint8_t rank,
                       const int64_t *extents, uint32_t axes, check_layout layout) {
  kernel_builder builder;
  kernel_begin(&builder, rank);
  uint32_t x = kernel_operand(&builder, type, MFG_OPERAND_READ);
  int32_t value = kernel_load(&builder, x, MFG_SITE_HERE);
  kernel_reduce(&builder, axes);
  kernel_add_result(&builder, operation, value);
  kernel_output(&builder, kernel_result(&builder, 0));
  check_launch launch;
  check_launch_open(&launch, kernel_build(&builder), extents, operation);
  check_launch_layout(&launch, x, layout);
  prepare_elements(&launch, x, operation, reduced_count(extents, rank, axes));
  check_launch_compare(run, &launch);
  check_launch_close(&launch);
}

/* Every axis combination of ranks 0 to 3, over small, odd and empty extents. */
static void reduce_axes(check_run *run, uint8_t operation, mfg_dtype type) {
  static const int64_t extents[][3] = {{5, 4, 7}, {1, 33, 3}, {3, 0, 2}, {0, 3, 3}};
  for (uint8_t rank = 0; rank <= 3; rank++)
    for (uint32_t axes = 0; axes < 1U << rank; axes++) {
      if (!check_begin(run, "reduce: %s of %s, rank %u, axes %u", mfg_reduction_name(operation),
                       mfg_dtype_name(type), (unsigned)rank, (unsigned)axes))
        continue;
      for (int e = 0; e < 4; e++)
        run_reduce(run, operation, type, rank, extents[e], axes, (check_layout)e);
      check_end(run);
    }
}

static void reduce_sizes(check_run *run, uint8_t operation, mfg_dtype type) {
  static const int64_t sizes[] = {1, 2, 3, 7, 8, 9, 31, 33, 1000, 100003};
  if (!check_begin(run, "reduce: %s of %s, 1 to 100003 elements", mfg_reduction_name(operation),
                   mfg_dtype_name(type)))
    return;
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
    if (operation != MFG_REDUCE_PRODUCT || sizes[i] <= 33)
      run_reduce(run, operation, type, 1, &sizes[i], 1, CHECK_DENSE);
  run_reduce(run, operation, type, 2, (int64_t[]){2, 1003}, 2, CHECK_GAPS);
  run_reduce(run, operation, type, 2, (int64_t[]){31, 45}, 1, CHECK_DENSE);
  check_end(run);
}

/* Eight results from one pass over shifted differences; the epilogue mixes them with a load, an
 * index and an extent. */
static void reduce_many(check_run *run, uint32_t axes) {
  if (!check_begin(run, "reduce: eight results, axes %u, epilogue with loads", (unsigned)axes))
    return;
  kernel_builder builder;
  kernel_begin(&builder, 2);
  uint32_t x = kernel_operand(&builder, MFG_INT64, MFG_OPERAND_READ);
  uint32_t y = kernel_operand(&builder, MFG_INT64, MFG_OPERAND_READ);
  int32_t here = kernel_load(&builder, x, MFG_SITE_HERE);
  int32_t there = kernel_load(&builder, x, kernel_shift(&builder, 1, 1, MFG_BOUNDARY_CLAMP));
  int32_t difference = kernel_binary(&builder, MFG_OP_SUBTRACT, there, here);
  int32_t rising = kernel_binary(&builder, MFG_OP_GREATER, difference, here);
  kernel_reduce(&builder, axes);
  for (uint8_t operation = MFG_REDUCE_SUM; operation <= MFG_REDUCE_ARGMAX; operation++)
    kernel_add_result(&builder, operation,
                      operation == MFG_REDUCE_ANY || operation == MFG_REDUCE_ALL ? rising
                                                                                 : difference);
  int32_t total = kernel_load(&builder, y, kernel_shift(&builder, 0, -1, MFG_BOUNDARY_MIRROR));
  for (uint32_t slot = 0; slot < 8; slot++) {
    int32_t result = kernel_convert(&builder, MFG_INT64, kernel_result(&builder, slot));
    total = kernel_binary(&builder, MFG_OP_ADD, total, result);
    if (slot < 7) kernel_output(&builder, total);
  }
  for (uint8_t axis = 0; axis < 2; axis++) {
    int32_t index = kernel_index(&builder, axis, MFG_SITE_HERE);
    int32_t extent = kernel_extent(&builder, axis);
    total = kernel_binary(&builder, MFG_OP_MULTIPLY, total,
                          kernel_binary(&builder, MFG_OP_ADD, index, extent));
  }
  kernel_output(&builder, total);
  check_launch launch;
  check_launch_open(&launch, kernel_build(&builder), (int64_t[]){6, 35}, axes);
  check_launch_compare(run, &launch);
  check_launch_close(&launch);
  check_end(run);
}

void check_reduce_cases(check_run *run) {
  for (uint8_t operation = MFG_REDUCE_SUM; operation <= MFG_REDUCE_ARGMAX; operation++)
    for (int t = 0; t < TYPE_COUNT; t++) {
      if (!reduction_takes(operation, types[t])) continue;
      if (stands_for_others(types[t])) reduce_axes(run, operation, types[t]);
      reduce_sizes(run, operation, types[t]);
    }
  for (uint32_t axes = 0; axes < 4; axes++)
    reduce_many(run, axes);
}

/* ---- scan ----------------------------------------------------------------------------------- */

static void run_scan(check_run *run, uint8_t operation, mfg_dtype type, uint16_t flags,
                     uint8_t axis, const int64_t *extents, bool in_place) {
  kernel_builder builder;
  kernel_begin(&builder, 3);
  uint32_t x = kernel_operand(&builder, type, MFG_OPERAND_READ);
  int32_t value = kernel_load(&builder, x, kernel_shift(&builder, axis, 1, MFG_BOUNDARY_WRAP));
  kernel_scan(&builder, axis, flags);
  kernel_add_result(&builder, operation, value);
  uint32_t y = kernel_output(&builder, kernel_result(&builder, 0));
  check_launch launch;
  check_launch_open(&launch, kernel_build(&builder), extents, flags);
  if (in_place) check_launch_share(&launch, y, x);
  prepare_elements(&launch, x, operation, extents[axis]);
  check_launch_compare(run, &launch);
  check_launch_close(&launch);
}

static void scan_sizes(check_run *run, uint8_t operation, mfg_dtype type, uint16_t flags) {
  static const int64_t sizes[] = {0, 1, 2, 3, 8, 33};
  if (!check_begin(run, "scan: %s of %s%s%s", mfg_reduction_name(operation), mfg_dtype_name(type),
                   (flags & MFG_PATTERN_REVERSE) != 0 ? ", reverse" : "",
                   (flags & MFG_PATTERN_EXCLUSIVE) != 0 ? ", exclusive" : ""))
    return;
  for (uint8_t axis = 0; axis < 3; axis++)
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
      int64_t extents[3] = {3, 2, 4};
      extents[axis] = sizes[s];
      run_scan(run, operation, type, flags, axis, extents, s % 2 == 1);
    }
  if (operation == MFG_REDUCE_SUM)
    run_scan(run, operation, type, flags, 2, (int64_t[]){1, 1, 10007}, false);
  check_end(run);
}

/* Two scans from one pass, their epilogue, and a final reduction. */
static void scan_pair(check_run *run, uint16_t flags) {
  if (!check_begin(run, "scan: two results, an epilogue, a final reduction, flags %u",
                   (unsigned)flags))
    return;
  kernel_builder builder;
  kernel_begin(&builder, 2);
  uint32_t x = kernel_operand(&builder, MFG_INT32, MFG_OPERAND_READ);
  int32_t value = kernel_load(&builder, x, MFG_SITE_HERE);
  kernel_scan(&builder, 1, flags);
  kernel_add_result(&builder, MFG_REDUCE_SUM, value);
  kernel_add_result(&builder, MFG_REDUCE_PRODUCT, value);
  int32_t sum = kernel_result(&builder, 0), product = kernel_result(&builder, 1);
  int32_t mixed = kernel_binary(&builder, MFG_OP_BITWISE_XOR, sum, product);
  kernel_output(&builder, sum);
  kernel_output(&builder, mixed);
  kernel_final_reduction(&builder, mixed, 2, MFG_REDUCE_MAX);
  kernel_final_reduction(&builder, sum, 3, MFG_REDUCE_ARGMIN);
  check_launch launch;
  check_launch_open(&launch, kernel_build(&builder), (int64_t[]){5, 41}, flags);
  check_launch_compare(run, &launch);
  check_launch_close(&launch);
  check_end(run);
}

void check_scan_cases(check_run *run) {
  for (uint8_t operation = MFG_REDUCE_SUM; operation <= MFG_REDUCE_PRODUCT; operation++)
    for (int t = 1; t < TYPE_COUNT; t++)
      for (uint16_t flags = 0; flags < 8; flags = (uint16_t)(flags + 2))
        scan_sizes(run, operation, types[t], flags);
  for (uint16_t flags = 0; flags < 8; flags = (uint16_t)(flags + 2))
    scan_pair(run, flags);
}

/* ---- final reductions ----------------------------------------------------------------------- */

/* A map that writes its value and reduces it on the way out, over every choice of axes. */
static void run_final(check_run *run, uint8_t operation, mfg_dtype type, const int64_t *extents) {
  kernel_builder builder;
  kernel_begin(&builder, 3);
  uint32_t x = kernel_operand(&builder, type, MFG_OPERAND_READ);
  int32_t value = kernel_load(&builder, x, kernel_shift(&builder, 2, -1, MFG_BOUNDARY_WRAP));
  kernel_output(&builder, value);
  for (uint32_t axes = 1; axes < 8; axes++)
    kernel_final_reduction(&builder, value, axes, operation);
  check_launch launch;
  check_launch_open(&launch, kernel_build(&builder), extents, operation);
  prepare_elements(&launch, x, operation, extents[0] * extents[1] * extents[2]);
  check_launch_compare(run, &launch);
  check_launch_close(&launch);
}

void check_final_reduction_cases(check_run *run) {
  static const int64_t extents[][3] = {{3, 4, 5}, {1, 2, 17}, {2, 0, 3}, {7, 1, 1}};
  for (uint8_t operation = MFG_REDUCE_SUM; operation <= MFG_REDUCE_ARGMAX; operation++)
    for (int t = 0; t < TYPE_COUNT; t++) {
      if (!reduction_takes(operation, types[t]) ||
          !check_begin(run, "final-reductions: %s of %s over every choice of axes",
                       mfg_reduction_name(operation), mfg_dtype_name(types[t])))
        continue;
      for (int e = 0; e < 4; e++)
        run_final(run, operation, types[t], extents[e]);
      check_end(run);
    }
  if (!check_begin(run, "final-reductions: the largest of 100003 elements")) return;
  run_final(run, MFG_REDUCE_MAX, MFG_FLOAT64, (int64_t[]){1, 1, 100003});
  run_final(run, MFG_REDUCE_SUM, MFG_FLOAT64, (int64_t[]){1, 1, 100003});
  check_end(run);
}
