/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernels that nobody thought of: graphs of operations drawn from a seeded generator. Only
 * operations are drawn whose answer is exact, so that every bit can be compared; where an operation
 * leaves the sign of a zero open, a zero is added, which settles it. */
#include "check_launch.h"

static const mfg_dtype types[] = CHECK_TYPES;
enum { TYPE_COUNT = sizeof types / sizeof types[0], KERNELS = 240 };

/* A kernel under construction; `values` are positions of the current section. */
struct generator {
  uint64_t state;
  kernel_builder builder;
  uint8_t rank;
  int64_t extents[3];
  uint32_t operands; /* that are read */
};

static uint32_t draw(struct generator *generator, uint32_t below) {
  return (uint32_t)(check_random(&generator->state) % below);
}

static bool is_float(mfg_dtype type) {
  return type == MFG_FLOAT32 || type == MFG_FLOAT64;
}

static bool is_integer(mfg_dtype type) {
  return type >= MFG_INT8 && type <= MFG_UINT64;
}

static uint32_t value_count(const struct generator *generator) {
  const mfg_kernel_description *kernel = &generator->builder.description;
  return generator->builder.in_epilogue ? kernel->epilogue.count : kernel->prologue.count;
}

static mfg_dtype type_of(const struct generator *generator, int32_t value) {
  return generator->builder.instructions[generator->builder.in_epilogue][value].type;
}

/* Operations that round the same everywhere; the rest is compared case by case elsewhere. */
static bool is_exact(uint16_t operation) {
  if (operation >= MFG_OP_EXP && operation <= MFG_OP_ERFC) return false;
  switch (operation) {
  case MFG_OP_POW:
  case MFG_OP_HYPOT:
  case MFG_OP_COPYSIGN: /* these two see the sign of a NaN, */
  case MFG_OP_SIGNBIT:  /* which arithmetic leaves open */
  case MFG_OP_NEXTAFTER:
  case MFG_OP_CONVERT: return false;
  default: return true;
  }
}

static bool takes(uint16_t operation, mfg_dtype type) {
  switch (mfg_operation_type_rule(operation)) {
  case MFG_RULE_NUMERIC: return type != MFG_BOOL;
  case MFG_RULE_REAL:
  case MFG_RULE_CLASSIFY: return is_float(type);
  case MFG_RULE_COMPARE: return type != MFG_BOOL;
  case MFG_RULE_LOGIC:
  case MFG_RULE_CHOOSE: return type == MFG_BOOL;
  default: return is_integer(type);
  }
}

/* The latest value of a type from a random place on, or a conversion of a random one. */
static int32_t value_of_type(struct generator *generator, mfg_dtype type) {
  uint32_t count = value_count(generator), start = draw(generator, count);
  for (uint32_t k = 0; k < count; k++) {
    int32_t value = (int32_t)((start + k) % count);
    if (type_of(generator, value) == type) return value;
  }
  return kernel_convert(&generator->builder, type, (int32_t)start);
}

static int32_t settle_zero(struct generator *generator, int32_t value) {
  if (!is_float(type_of(generator, value))) return value;
  int32_t zero = kernel_constant(&generator->builder, type_of(generator, value), 0);
  return kernel_binary(&generator->builder, MFG_OP_ADD, value, zero);
}

static uint32_t random_site(struct generator *generator) {
  mfg_kernel_step steps[3];
  uint32_t count = draw(generator, 4);
  if (count == 0 || generator->rank == 0) return MFG_SITE_HERE;
  for (uint32_t i = 0; i < count; i++)
    steps[i] = (mfg_kernel_step){.offset = (int64_t)draw(generator, 9) - 4,
                                 .axis = (uint8_t)draw(generator, generator->rank),
                                 .boundary = (uint8_t)(1 + draw(generator, 4))};
  return kernel_site(&generator->builder, count, steps);
}

static void add_operation(struct generator *generator) {
  uint16_t operation = (uint16_t)(16 + draw(generator, MFG_OPERATION_END - 16));
  mfg_dtype type = types[draw(generator, TYPE_COUNT)];
  if (!is_exact(operation) || !takes(operation, type)) return;
  int32_t arguments[3] = {-1, -1, -1};
  mfg_dtype branch = types[draw(generator, TYPE_COUNT)];
  for (int i = 0; i < mfg_operation_arity(operation); i++)
    arguments[i] = value_of_type(generator, operation == MFG_OP_SELECT && i > 0 ? branch : type);
  int32_t value =
      kernel_ternary(&generator->builder, operation, arguments[0], arguments[1], arguments[2]);
  if (operation == MFG_OP_MINIMUM || operation == MFG_OP_MAXIMUM || operation == MFG_OP_SIGN)
    settle_zero(generator, value);
}

static void add_value(struct generator *generator) {
  kernel_builder *builder = &generator->builder;
  switch (draw(generator, 12)) {
  case 0:
    kernel_constant(builder, types[draw(generator, TYPE_COUNT)], (double)draw(generator, 7) - 3);
    break;
  case 1:
    if (generator->rank > 0)
      kernel_index(builder, (uint8_t)draw(generator, generator->rank), MFG_SITE_HERE);
    break;
  case 2:
  case 3: kernel_load(builder, draw(generator, generator->operands), random_site(generator)); break;
  case 4:
    kernel_convert(builder, types[draw(generator, TYPE_COUNT)],
                   (int32_t)draw(generator, value_count(generator)));
    break;
  default: add_operation(generator); break;
  }
}

static void add_section(struct generator *generator, uint32_t values) {
  while (value_count(generator) < values)
    add_value(generator);
}

static void begin_random(struct generator *generator, uint64_t seed) {
  *generator = (struct generator){.state = seed * 7919 + 1};
  generator->rank = (uint8_t)draw(generator, 4);
  for (int axis = 0; axis < 3; axis++)
    generator->extents[axis] = 1 + draw(generator, generator->rank == 1 ? 300 : 11);
  kernel_begin(&generator->builder, generator->rank);
  if (draw(generator, 4) == 0) generator->builder.description.index_width = 64;
  generator->operands = 1 + draw(generator, 4);
  for (uint32_t i = 0; i < generator->operands; i++) {
    uint32_t x =
        kernel_operand(&generator->builder, types[draw(generator, TYPE_COUNT)], MFG_OPERAND_READ);
    for (uint32_t axis = 0; axis < generator->rank; axis++)
      if (draw(generator, 5) == 0)
        kernel_stride_class(&generator->builder, x, axis, MFG_STRIDE_ZERO);
    kernel_load(&generator->builder, x, MFG_SITE_HERE);
  }
}

/* A reduction whose answer does not depend on the order. */
static uint8_t exact_reduction(struct generator *generator, mfg_dtype type) {
  if (type == MFG_BOOL) return (uint8_t)(MFG_REDUCE_ANY + draw(generator, 2));
  static const uint8_t choices[] = {MFG_REDUCE_MIN,    MFG_REDUCE_MAX, MFG_REDUCE_ARGMIN,
                                    MFG_REDUCE_ARGMAX, MFG_REDUCE_SUM, MFG_REDUCE_PRODUCT};
  return choices[draw(generator, is_float(type) ? 4 : 6)];
}

static void add_pattern(struct generator *generator) {
  kernel_builder *builder = &generator->builder;
  uint32_t choice = generator->rank == 0 ? 0 : draw(generator, 5);
  if (choice < 3) return;
  int32_t values[2];
  for (int i = 0; i < 2; i++)
    values[i] = choice == 3
                    ? (int32_t)draw(generator, value_count(generator))
                    : value_of_type(generator, is_integer(types[1 + i]) ? types[1 + i] : MFG_INT64);
  uint8_t operations[2] = {MFG_REDUCE_SUM, MFG_REDUCE_PRODUCT};
  for (int i = 0; i < 2 && choice == 3; i++)
    operations[i] = exact_reduction(generator, type_of(generator, values[i]));
  if (choice == 3)
    kernel_reduce(builder, draw(generator, 1U << generator->rank));
  else
    kernel_scan(builder, (uint8_t)draw(generator, generator->rank),
                (uint16_t)(2 * draw(generator, 4)));
  for (int i = 0; i < 2; i++)
    kernel_add_result(builder, operations[i], values[i]);
  for (uint32_t i = 0; i < 2; i++)
    settle_zero(generator, kernel_result(builder, i));
  add_section(generator, 4 + draw(generator, 10));
}

static void add_writes(struct generator *generator) {
  kernel_builder *builder = &generator->builder;
  uint32_t outputs = 1 + draw(generator, 3), last = value_count(generator) - 1;
  for (uint32_t i = 0; i < outputs; i++)
    kernel_output(builder, (int32_t)(i == 0 ? last : draw(generator, last + 1)));
  if (builder->pattern.kind == MFG_PATTERN_REDUCE || generator->rank == 0) return;
  if (draw(generator, 2) == 0) {
    int32_t value = (int32_t)draw(generator, last + 1);
    kernel_final_reduction(builder, value, draw(generator, 1U << generator->rank),
                           exact_reduction(generator, type_of(generator, value)));
  }
}

static void run_random(check_run *run, uint64_t seed) {
  struct generator generator;
  begin_random(&generator, seed);
  add_section(&generator, generator.operands + 4 + draw(&generator, 36));
  add_pattern(&generator);
  add_writes(&generator);
  check_launch launch;
  check_launch_open(&launch, kernel_build(&generator.builder), generator.extents, seed);
  for (uint32_t i = 0; i < generator.operands; i++) {
    check_launch_layout(&launch, i, (check_layout)draw(&generator, CHECK_LAYOUTS));
    if (draw(&generator, 3) == 0) check_launch_fill(&launch, i, CHECK_SPECIAL);
  }
  check_launch_closeness(&launch, CHECK_ZEROS_EQUAL, 0);
  check_launch_compare(run, &launch);
  check_launch_close(&launch);
}

void check_random_cases(check_run *run) {
  for (uint64_t seed = 1; seed <= KERNELS; seed++) {
    if (!check_begin(run, "random: kernel %u", (unsigned)seed)) continue;
    run_random(run, seed);
    check_end(run);
  }
}
