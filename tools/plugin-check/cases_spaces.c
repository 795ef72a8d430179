/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a load looks and how arrays lie: sites, layouts, broadcasting, extents, gather. */
#include "check_launch.h"

#include <stdio.h>
#include <string.h>

/* ---- sites ---------------------------------------------------------------------------------- */

static const char *const boundary_names[] = {"", "wrap", "clamp", "mirror", "constant"};

static mfg_kernel_step make_step(uint8_t axis, int64_t offset, uint8_t boundary) {
  mfg_kernel_step step = {.offset = offset, .axis = axis, .boundary = boundary};
  if (boundary == MFG_BOUNDARY_CONSTANT) step.fill.float64 = -77.25;
  return step;
}

/* Loads through one site, beside a load at the place itself; without a constant boundary also the
 * index that the site leads to. */
static void run_site(check_run *run, uint8_t rank, const int64_t *extents, uint32_t count,
                     const mfg_kernel_step *steps) {
  kernel_builder builder;
  kernel_begin(&builder, rank);
  uint32_t x = kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ);
  uint32_t site = kernel_site(&builder, count, steps);
  int32_t away = kernel_load(&builder, x, site);
  int32_t here = kernel_load(&builder, x, MFG_SITE_HERE);
  kernel_output(&builder, away);
  kernel_output(&builder, kernel_binary(&builder, MFG_OP_SUBTRACT, away, here));
  bool has_index = true;
  for (uint32_t i = 0; i < count; i++)
    has_index &= steps[i].boundary != MFG_BOUNDARY_CONSTANT;
  for (uint8_t axis = 0; axis < rank && has_index && axis < 3; axis++)
    kernel_output(&builder, kernel_index(&builder, axis, site));
  check_launch launch;
  check_launch_open(&launch, kernel_build(&builder), extents, 7);
  check_launch_compare(run, &launch);
  check_launch_close(&launch);
}

static void single_steps(check_run *run) {
  static const int64_t extents[] = {1, 2, 3, 5, 8, 33};
  static const int64_t offsets[] = {0,  1,   -1,  2,    -2,   3,         -3,        4,
                                    -5, 7,   -8,  33,   -34,  100,       -1000,     INT32_MAX,
                                    66, -66, 131, -131, -333, INT64_MAX, INT64_MIN, INT32_MIN};
  for (uint8_t boundary = MFG_BOUNDARY_WRAP; boundary <= MFG_BOUNDARY_CONSTANT; boundary++)
    for (size_t e = 0; e < sizeof extents / sizeof extents[0]; e++) {
      if (!check_begin(run, "sites: %s, %lld places, offsets up to the largest",
                       boundary_names[boundary], (long long)extents[e]))
        continue;
      for (size_t o = 0; o < sizeof offsets / sizeof offsets[0]; o++) {
        mfg_kernel_step step = make_step(0, offsets[o], boundary);
        run_site(run, 1, &extents[e], 1, &step);
      }
      check_end(run);
    }
}

/* Two steps along one axis do not compose into one, so every pair of boundaries is a case. */
static void step_pairs(check_run *run) {
  static const int64_t offsets[][2] = {{-1, 1}, {1, -1}, {2, -3}, {-4, 9}};
  for (uint8_t first = MFG_BOUNDARY_WRAP; first <= MFG_BOUNDARY_CONSTANT; first++)
    for (uint8_t second = MFG_BOUNDARY_WRAP; second <= MFG_BOUNDARY_CONSTANT; second++) {
      if (!check_begin(run, "sites: %s then %s along one axis", boundary_names[first],
                       boundary_names[second]))
        continue;
      for (size_t o = 0; o < 4; o++) {
        mfg_kernel_step steps[2] = {make_step(0, offsets[o][0], first),
                                    make_step(0, offsets[o][1], second)};
        run_site(run, 1, (int64_t[]){6}, 2, steps);
      }
      check_end(run);
    }
}

static void step_lists(check_run *run) {
  for (uint8_t boundary = MFG_BOUNDARY_WRAP; boundary <= MFG_BOUNDARY_CONSTANT; boundary++) {
    uint8_t other = (uint8_t)(boundary % MFG_BOUNDARY_CONSTANT + 1);
    if (check_begin(run, "sites: %s and %s along two axes", boundary_names[boundary],
                    boundary_names[other])) {
      mfg_kernel_step steps[2] = {make_step(0, -1, boundary), make_step(1, 2, other)};
      run_site(run, 2, (int64_t[]){5, 7}, 2, steps);
      check_end(run);
    }
    if (check_begin(run, "sites: five steps along three axes, starting with %s",
                    boundary_names[boundary])) {
      mfg_kernel_step steps[5] = {
          make_step(2, 1, boundary), make_step(0, -2, other), make_step(2, -1, MFG_BOUNDARY_CLAMP),
          make_step(1, 3, MFG_BOUNDARY_MIRROR), make_step(0, 2, MFG_BOUNDARY_WRAP)};
      run_site(run, 3, (int64_t[]){4, 3, 5}, 5, steps);
      check_end(run);
    }
  }
}

void check_site_cases(check_run *run) {
  single_steps(run);
  step_pairs(run);
  step_lists(run);
}

/* ---- layouts -------------------------------------------------------------------------------- */

/* out0 = x * y + index sums, out1 = x < y, with x shifted along the last axis. */
static void build_layout(kernel_builder *builder, uint8_t rank, uint8_t width) {
  kernel_begin(builder, rank);
  builder->description.index_width = width;
  uint32_t x = kernel_operand(builder, MFG_FLOAT64, MFG_OPERAND_READ);
  uint32_t y = kernel_operand(builder, MFG_FLOAT64, MFG_OPERAND_READ);
  int32_t a = kernel_load(builder, x, MFG_SITE_HERE), b = kernel_load(builder, y, MFG_SITE_HERE);
  int32_t value = kernel_binary(builder, MFG_OP_MULTIPLY, a, b);
  if (rank > 0) {
    uint8_t last = (uint8_t)(rank - 1);
    int32_t shifted = kernel_load(builder, x, kernel_shift(builder, last, 1, MFG_BOUNDARY_WRAP));
    value = kernel_binary(builder, MFG_OP_ADD, value, shifted);
    for (uint8_t axis = 0; axis < rank; axis++) {
      int32_t index = kernel_index(builder, axis, MFG_SITE_HERE);
      int32_t extent = kernel_extent(builder, axis);
      int32_t sum = kernel_binary(builder, MFG_OP_ADD, index, extent);
      value = kernel_binary(builder, MFG_OP_ADD, value, kernel_convert(builder, MFG_FLOAT64, sum));
    }
  }
  kernel_output(builder, value);
  kernel_output(builder, kernel_binary(builder, MFG_OP_LESS, a, b));
}

static const char *const layout_names[] = {"dense", "gaps", "reversed", "transposed"};

static void ranks_and_layouts(check_run *run) {
  static const int64_t extents[MFG_MAX_RANK] = {3, 2, 4, 1, 2, 3, 2, 5};
  for (uint8_t rank = 0; rank <= MFG_MAX_RANK; rank++)
    for (int layout = 0; layout < CHECK_LAYOUTS; layout++) {
      if (!check_begin(run, "layouts: rank %u, %s", (unsigned)rank, layout_names[layout])) continue;
      kernel_builder builder;
      build_layout(&builder, rank, layout == CHECK_GAPS ? 64 : 32);
      check_launch launch;
      check_launch_open(&launch, kernel_build(&builder), extents, 11U + rank);
      for (uint32_t i = 0; i < 4; i++)
        check_launch_layout(&launch, i, (check_layout)layout);
      check_launch_compare(run, &launch);
      check_launch_close(&launch);
      check_end(run);
    }
}

/* y does not vary along the axes of `mask`. */
static void broadcasts(check_run *run) {
  for (uint32_t mask = 0; mask < 8; mask++)
    for (uint8_t width = 32; width <= 64; width = (uint8_t)(width + 32)) {
      if (!check_begin(run, "layouts: broadcast along mask %u, %u-bit offsets", (unsigned)mask,
                       (unsigned)width))
        continue;
      kernel_builder builder;
      build_layout(&builder, 3, width);
      for (uint32_t axis = 0; axis < 3; axis++)
        if ((mask >> axis & 1) != 0) kernel_stride_class(&builder, 1, axis, MFG_STRIDE_ZERO);
      kernel_stride_class(&builder, 0, 2, MFG_STRIDE_UNIT);
      kernel_stride_class(&builder, 2, 2, MFG_STRIDE_UNIT);
      check_launch launch;
      check_launch_open(&launch, kernel_build(&builder), (int64_t[]){4, 5, 17}, mask);
      check_launch_compare(run, &launch);
      check_launch_close(&launch);
      check_end(run);
    }
}

static void sizes(check_run *run) {
  static const int64_t extents[] = {0, 1, 2, 3, 7, 8, 9, 31, 33, 1000, 100003};
  for (size_t i = 0; i < sizeof extents / sizeof extents[0]; i++)
    for (int unit = 0; unit < 2; unit++) {
      if (!check_begin(run, "layouts: %lld places, stride class %s", (long long)extents[i],
                       unit == 1 ? "unit" : "general"))
        continue;
      kernel_builder builder;
      build_layout(&builder, 1, 32);
      for (uint32_t k = 0; k < 4 && unit == 1; k++)
        kernel_stride_class(&builder, k, 0, MFG_STRIDE_UNIT);
      check_launch launch;
      check_launch_open(&launch, kernel_build(&builder), &extents[i], 5);
      check_launch_compare(run, &launch);
      check_launch_close(&launch);
      check_end(run);
    }
}

static void empty_extents(check_run *run) {
  for (uint32_t mask = 1; mask < 8; mask++) {
    if (!check_begin(run, "layouts: no places along mask %u", (unsigned)mask)) continue;
    int64_t extents[3];
    for (int axis = 0; axis < 3; axis++)
      extents[axis] = (mask >> axis & 1) != 0 ? 0 : 3;
    kernel_builder builder;
    build_layout(&builder, 3, 32);
    check_launch launch;
    check_launch_open(&launch, kernel_build(&builder), extents, mask);
    check_launch_compare(run, &launch);
    check_launch_close(&launch);
    check_end(run);
  }
}

/* Launch scalars of every integer type, each written as it is. */
static void integer_scalars(check_run *run) {
  if (!check_begin(run, "layouts: scalars of every integer type")) return;
  kernel_builder builder;
  check_launch launch;
  kernel_begin(&builder, 1);
#define SCALAR(symbol, member, T)                                                                  \
  kernel_output(&builder,                                                                          \
                kernel_instruction(&builder, (mfg_kernel_instruction){                             \
                                                 .operation = MFG_OP_SCALAR,                       \
                                                 .type = MFG_##symbol,                             \
                                                 .arguments = {-1, -1, -1},                        \
                                                 .slot = kernel_scalar(&builder, MFG_##symbol)}));
  MFG_INTEGER_TYPES(SCALAR)
#undef SCALAR
  check_launch_open(&launch, kernel_build(&builder), (int64_t[]){13}, 3);
  mfg_scalar *next = launch.scalars;
#define VALUE(symbol, member, T) (next++)->member = (T)(symbol##_MAX - 12);
  MFG_INTEGER_TYPES(VALUE)
#undef VALUE
  check_launch_compare(run, &launch);
  check_launch_close(&launch);
  check_end(run);
}

/* Launch scalars of every kind of type, device-resident parameters, eight outputs. */
static void scalars_and_outputs(check_run *run) {
  static const mfg_dtype types[] = {MFG_BOOL, MFG_INT32, MFG_INT64, MFG_FLOAT32, MFG_FLOAT64};
  if (!check_begin(run, "layouts: scalars of every type, a parameter, eight outputs")) return;
  kernel_builder builder;
  kernel_begin(&builder, 2);
  uint32_t parameter = kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ);
  kernel_stride_class(&builder, parameter, 0, MFG_STRIDE_ZERO);
  kernel_stride_class(&builder, parameter, 1, MFG_STRIDE_ZERO);
  int32_t scale = kernel_load(&builder, parameter, MFG_SITE_HERE);
  for (uint32_t i = 0; i < 5; i++) {
    int32_t value = kernel_instruction(
        &builder, (mfg_kernel_instruction){.operation = MFG_OP_SCALAR,
                                           .type = types[i],
                                           .arguments = {-1, -1, -1},
                                           .slot = kernel_scalar(&builder, types[i])});
    kernel_output(&builder, value);
    int32_t real = kernel_convert(&builder, MFG_FLOAT64, value);
    int32_t product = kernel_binary(&builder, MFG_OP_MULTIPLY, real, scale);
    if (i >= 2) kernel_output(&builder, product);
  }
  check_launch launch;
  check_launch_open(&launch, kernel_build(&builder), (int64_t[]){3, 11}, 3);
  launch.scalars[0].boolean = 1;
  launch.scalars[1].int32 = -12345;
  launch.scalars[2].int64 = INT64_C(-9876543210123);
  launch.scalars[3].float32 = 0.1F;
  launch.scalars[4].float64 = 0.1;
  check_launch_compare(run, &launch);
  check_launch_close(&launch);
  check_end(run);
}

/* The output lies where an operand lies that is read at the place itself only. */
static void in_place(check_run *run) {
  if (!check_begin(run, "layouts: an output in the place of its operand")) return;
  kernel_builder builder;
  kernel_begin(&builder, 2);
  uint32_t x = kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ);
  int32_t value = kernel_load(&builder, x, MFG_SITE_HERE);
  uint32_t y = kernel_output(&builder, kernel_binary(&builder, MFG_OP_MULTIPLY, value, value));
  check_launch launch;
  check_launch_open(&launch, kernel_build(&builder), (int64_t[]){13, 29}, 1);
  check_launch_layout(&launch, x, CHECK_GAPS);
  check_launch_share(&launch, y, x);
  check_launch_compare(run, &launch);
  check_launch_close(&launch);
  check_end(run);
}

void check_layout_cases(check_run *run) {
  ranks_and_layouts(run);
  broadcasts(run);
  sizes(run);
  empty_extents(run);
  scalars_and_outputs(run);
  integer_scalars(run);
  in_place(run);
}

/* ---- gather --------------------------------------------------------------------------------- */

/* out[i, j] = table[.. index[i, j] ..] along `axis`; indices run out of range on both sides. */
static void run_gather(check_run *run, mfg_dtype index_type, uint8_t axis, int64_t table_extent) {
  kernel_builder builder;
  kernel_begin(&builder, 2);
  uint32_t index = kernel_operand(&builder, index_type, MFG_OPERAND_READ);
  uint32_t table = kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ | MFG_OPERAND_GATHER);
  int32_t place = kernel_load(&builder, index, MFG_SITE_HERE);
  kernel_output(&builder,
                kernel_instruction(&builder, (mfg_kernel_instruction){.operation = MFG_OP_GATHER,
                                                                      .type = MFG_FLOAT64,
                                                                      .axis = axis,
                                                                      .arguments = {place, -1, -1},
                                                                      .slot = table}));
  int64_t own[2] = {6, 9};
  own[axis] = table_extent;
  check_launch launch;
  check_launch_open(&launch, kernel_build(&builder), (int64_t[]){6, 9}, (uint64_t)table_extent);
  check_launch_own_extents(&launch, table, own);
  check_launch_compare(run, &launch);
  check_launch_fill(&launch, index, CHECK_SPECIAL);
  check_launch_compare(run, &launch);
  check_launch_close(&launch);
}

void check_gather_cases(check_run *run) {
  static const int64_t extents[] = {1, 4, 40};
  for (uint8_t axis = 0; axis < 2; axis++)
    for (size_t e = 0; e < 3; e++)
      for (mfg_dtype type = MFG_INT32; type <= MFG_INT64; type++) {
        if (!check_begin(run, "gather: along axis %u of %lld places by %s", (unsigned)axis,
                         (long long)extents[e], mfg_dtype_name(type)))
          continue;
        run_gather(run, type, axis, extents[e]);
        check_end(run);
      }
}
