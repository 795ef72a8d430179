/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "random_kernel.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const mfg_dtype types[] = {MFG_FLOAT64, MFG_FLOAT64, MFG_FLOAT32, MFG_INT32,
                                  MFG_INT64,   MFG_BOOL,    MFG_FLOAT64, MFG_INT8,
                                  MFG_UINT16,  MFG_UINT64,  MFG_FLOAT64, MFG_FLOAT64,
                                  MFG_UINT8,   MFG_FLOAT32, MFG_INT16,   MFG_UINT32};

static uint32_t below(random_kernel *kernel, uint32_t bound) {
  return random_below(&kernel->state, bound);
}
static mfg_dtype any_type(random_kernel *kernel) {
  return types[below(kernel, sizeof types / sizeof types[0])];
}
static mfg_span *section(random_kernel *kernel) {
  kernel_build(&kernel->builder);
  return kernel->builder.in_epilogue ? &kernel->builder.description.epilogue
                                     : &kernel->builder.description.prologue;
}

/* A value of a type in the section under construction: an existing one or a conversion. */
static int32_t value_of(random_kernel *kernel, mfg_dtype type) {
  const mfg_span *span = section(kernel);
  int32_t at = (int32_t)below(kernel, span->count);
  for (uint32_t tries = 0; tries < 4; tries++) {
    int32_t other = (int32_t)below(kernel, span->count);
    if (mfg_kernel_instruction_at(span, (uint32_t)other)->type == type) at = other;
  }
  if (mfg_kernel_instruction_at(span, (uint32_t)at)->type == type) return at;
  return kernel_convert(&kernel->builder, type, at);
}

/* ---- operands and loads --------------------------------------------------------------------- */

static uint32_t any_site(random_kernel *kernel, bool constants) {
  mfg_kernel_step steps[3];
  uint32_t rank = kernel->builder.description.rank, count = 1 + below(kernel, 3);
  static const int64_t offsets[] = {1, -1, 2, -3, 7, -20, 400, INT64_C(1) << 40, 0};
  if (rank == 0 || below(kernel, 3) == 0) return MFG_SITE_HERE;
  for (uint32_t i = 0; i < count; i++) {
    uint8_t kinds = constants ? 4 : 3;
    steps[i] = (mfg_kernel_step){.offset = offsets[below(kernel, below(kernel, 2) ? 9 : 2)],
                                 .axis = (uint8_t)below(kernel, rank),
                                 .boundary = (uint8_t)(1 + below(kernel, kinds))};
    if (steps[i].boundary == MFG_BOUNDARY_CONSTANT) steps[i].fill.bits = below(kernel, 2);
  }
  return kernel_site(&kernel->builder, count, steps);
}

static uint32_t any_operand(random_kernel *kernel, mfg_dtype type, uint8_t flags) {
  uint32_t number = kernel_operand(&kernel->builder, type, flags);
  kernel->launch.operands[number] = (operand){.gathered = (flags & MFG_OPERAND_GATHER) != 0};
  kernel->launch.operand_count = number + 1;
  return number;
}

/* Strides of a random layout: axes in any order, some broadcast, some backwards, with gaps. */
static void lay_out(random_kernel *kernel, uint32_t number, bool written, uint32_t zero_axes) {
  operand *what = &kernel->launch.operands[number];
  uint32_t rank = kernel->builder.description.rank, order[MFG_MAX_RANK];
  const int64_t *extents = what->gathered ? what->extents : kernel->launch.extents;
  size_t element = mfg_dtype_size(kernel->builder.operands[number].type);
  int64_t stride = below(kernel, 4) == 0 ? 2 : 1, first = 0;
  for (uint32_t i = 0; i < rank; i++)
    order[i] = rank - 1 - i;
  if (rank > 1 && below(kernel, 3) == 0) {
    uint32_t a = below(kernel, rank), b = below(kernel, rank), swap = order[a];
    order[a] = order[b];
    order[b] = swap;
  }
  for (uint32_t i = 0; i < rank; i++) {
    uint32_t axis = order[i];
    bool zero = zero_axes >> axis & 1 || (!written && !what->gathered && below(kernel, 5) == 0);
    what->strides[axis] = zero ? 0 : stride;
    if (zero) continue;
    if (extents[axis] > 0 && below(kernel, 6) == 0) {
      what->strides[axis] = -stride;
      first += stride * (extents[axis] - 1);
    }
    stride *= extents[axis] > 0 ? extents[axis] + (below(kernel, 4) == 0) : 1;
  }
  for (uint32_t axis = 0; axis < rank; axis++) {
    bool must = zero_axes >> axis & 1;
    if (what->strides[axis] == 0 && (must || below(kernel, 2)))
      kernel_stride_class(&kernel->builder, number, axis, MFG_STRIDE_ZERO);
    if (what->strides[axis] == 1 && below(kernel, 2))
      kernel_stride_class(&kernel->builder, number, axis, MFG_STRIDE_UNIT);
  }
  what->offset = first * (int64_t)element;
  what->size = (uint64_t)(stride + 4) * element;
  what->memory = calloc(1, what->size);
  ck_assert_ptr_nonnull(what->memory);
}

static void fill_randomly(random_kernel *kernel, uint32_t number) {
  operand *what = &kernel->launch.operands[number];
  mfg_dtype type = kernel->builder.operands[number].type;
  size_t element = mfg_dtype_size(type);
  for (uint64_t i = 0; i < what->size / element; i++) {
    double real = (double)below(kernel, 4097) / 1024 - 2;
    mfg_scalar value = {.bits = 0};
    if (type == MFG_BOOL) value.boolean = (uint8_t)below(kernel, 2);
#define INTEGER(symbol, member, T)                                                                 \
  if (type == MFG_##symbol) value.member = (T)((int64_t)below(kernel, 41) - 20);
    MFG_INTEGER_TYPES(INTEGER)
#undef INTEGER
    if (type == MFG_FLOAT32) value.float32 = (float)real;
    if (type == MFG_FLOAT64) value.float64 = real;
    memcpy(what->memory + i * element, &value, element);
  }
}

static void add_load(random_kernel *kernel) {
  uint32_t number = any_operand(kernel, any_type(kernel), MFG_OPERAND_READ);
  lay_out(kernel, number, false, 0);
  fill_randomly(kernel, number);
  kernel_load(&kernel->builder, number, any_site(kernel, true));
  if (below(kernel, 2)) kernel_load(&kernel->builder, number, any_site(kernel, true));
}

static void add_gather(random_kernel *kernel) {
  uint32_t rank = kernel->builder.description.rank;
  if (rank == 0) return;
  uint8_t axis = (uint8_t)below(kernel, rank);
  int32_t index = value_of(kernel, below(kernel, 2) ? MFG_INT64 : MFG_INT32);
  mfg_dtype type = any_type(kernel);
  uint32_t number = any_operand(kernel, type, MFG_OPERAND_READ | MFG_OPERAND_GATHER);
  operand *what = &kernel->launch.operands[number];
  memcpy(what->extents, kernel->launch.extents, sizeof what->extents);
  what->extents[axis] = 1 + below(kernel, 20);
  lay_out(kernel, number, false, 0);
  fill_randomly(kernel, number);
  kernel_instruction(&kernel->builder, (mfg_kernel_instruction){.operation = MFG_OP_GATHER,
                                                                .type = type,
                                                                .axis = axis,
                                                                .arguments = {index, -1, -1},
                                                                .slot = number});
}

static void add_scalar(random_kernel *kernel) {
  mfg_dtype type = any_type(kernel);
  uint32_t number = kernel_scalar(&kernel->builder, type);
  mfg_scalar value = {.bits = 0};
  if (type == MFG_FLOAT64) value.float64 = 0.75;
  if (type == MFG_FLOAT32) value.float32 = -1.25f;
  if (type == MFG_BOOL) value.boolean = 1;
#define INTEGER(symbol, member, T)                                                                 \
  if (type == MFG_##symbol) value.member = 3;
  MFG_INTEGER_TYPES(INTEGER)
#undef INTEGER
  kernel->launch.scalars[number] = value;
  kernel->launch.scalar_count = number + 1;
  kernel_instruction(&kernel->builder, (mfg_kernel_instruction){.operation = MFG_OP_SCALAR,
                                                                .type = type,
                                                                .arguments = {-1, -1, -1},
                                                                .slot = number});
}

/* ---- instructions --------------------------------------------------------------------------- */

static const uint16_t numeric[] = {MFG_OP_ADD,      MFG_OP_SUBTRACT, MFG_OP_MULTIPLY,
                                   MFG_OP_MINIMUM,  MFG_OP_MAXIMUM,  MFG_OP_FLOOR_DIVIDE,
                                   MFG_OP_REMAINDER};
static const uint16_t numeric_unary[] = {MFG_OP_NEGATIVE, MFG_OP_ABS, MFG_OP_SIGN};
static const uint16_t real_unary[] = {MFG_OP_SQRT,  MFG_OP_FLOOR, MFG_OP_CEIL,
                                      MFG_OP_TRUNC, MFG_OP_ROUND, MFG_OP_ABS};
static const uint16_t real[] = {MFG_OP_DIVIDE, MFG_OP_COPYSIGN, MFG_OP_NEXTAFTER};
static const uint16_t compare[] = {MFG_OP_EQUAL,      MFG_OP_NOT_EQUAL, MFG_OP_LESS,
                                   MFG_OP_LESS_EQUAL, MFG_OP_GREATER,   MFG_OP_GREATER_EQUAL};
static const uint16_t logic[] = {MFG_OP_LOGICAL_AND, MFG_OP_LOGICAL_OR, MFG_OP_LOGICAL_XOR};
static const uint16_t bits[] = {MFG_OP_BITWISE_AND,        MFG_OP_BITWISE_OR,
                                MFG_OP_BITWISE_XOR,        MFG_OP_POW,
                                MFG_OP_BITWISE_LEFT_SHIFT, MFG_OP_BITWISE_RIGHT_SHIFT};
static const uint16_t classify[] = {MFG_OP_ISNAN, MFG_OP_ISINF, MFG_OP_ISFINITE};

#define ONE_OF(list) list[below(kernel, sizeof list / sizeof list[0])]

static mfg_dtype float_type(random_kernel *kernel) {
  return below(kernel, 3) ? MFG_FLOAT64 : MFG_FLOAT32;
}
static mfg_dtype integer_type(random_kernel *kernel) {
#define TYPE(symbol, member, T) MFG_##symbol,
  static const mfg_dtype integers[] = {MFG_INTEGER_TYPES(TYPE)};
#undef TYPE
  return ONE_OF(integers);
}

static void add_binary(random_kernel *kernel, uint16_t operation, mfg_dtype type) {
  int32_t a = value_of(kernel, type), b = value_of(kernel, type);
  kernel_binary(&kernel->builder, operation, a, b);
}

static void add_instruction(random_kernel *kernel) {
  kernel_builder *builder = &kernel->builder;
  mfg_dtype number = below(kernel, 3) ? float_type(kernel) : integer_type(kernel);
  switch (below(kernel, 12)) {
  case 0:
  case 1:
  case 2: add_binary(kernel, ONE_OF(numeric), number); break;
  case 3: kernel_unary(builder, ONE_OF(numeric_unary), value_of(kernel, number)); break;
  case 4: kernel_unary(builder, ONE_OF(real_unary), value_of(kernel, float_type(kernel))); break;
  case 5: add_binary(kernel, ONE_OF(real), float_type(kernel)); break;
  case 6: add_binary(kernel, ONE_OF(compare), number); break;
  case 7: add_binary(kernel, ONE_OF(logic), MFG_BOOL); break;
  case 8: add_binary(kernel, ONE_OF(bits), integer_type(kernel)); break;
  case 9: kernel_unary(builder, ONE_OF(classify), value_of(kernel, float_type(kernel))); break;
  case 10: {
    mfg_dtype type = any_type(kernel);
    int32_t a = value_of(kernel, MFG_BOOL), b = value_of(kernel, type);
    kernel_ternary(builder, MFG_OP_SELECT, a, b, value_of(kernel, type));
    break;
  }
  default: {
    mfg_dtype type = float_type(kernel);
    int32_t a = value_of(kernel, type), b = value_of(kernel, type);
    kernel_ternary(builder, MFG_OP_FMA, a, b, value_of(kernel, type));
  }
  }
}

static void add_sources(random_kernel *kernel) {
  kernel_builder *builder = &kernel->builder;
  uint32_t loads = 1 + below(kernel, 4), rank = builder->description.rank;
  for (uint32_t i = 0; i < loads; i++)
    add_load(kernel);
  if (below(kernel, 2)) add_scalar(kernel);
  if (below(kernel, 2)) kernel_constant(builder, any_type(kernel), 1);
  if (rank > 0 && below(kernel, 2))
    kernel_index(builder, (uint8_t)below(kernel, rank), any_site(kernel, false));
  if (rank > 0 && below(kernel, 3) == 0) kernel_extent(builder, (uint8_t)below(kernel, rank));
  if (below(kernel, 3) == 0) add_gather(kernel);
}

static void add_instructions(random_kernel *kernel) {
  uint32_t count = below(kernel, 14);
  for (uint32_t i = 0; i < count; i++)
    add_instruction(kernel);
}

/* ---- patterns ------------------------------------------------------------------------------- */

static mfg_dtype number_type(random_kernel *kernel) {
  return below(kernel, 2) ? float_type(kernel) : integer_type(kernel);
}

/* Results of a pattern are rounded as each implementation likes; what is made of them must not jump
 * where they differ in the last place. */
static const uint16_t smooth[] = {MFG_OP_ADD, MFG_OP_SUBTRACT, MFG_OP_MULTIPLY, MFG_OP_MINIMUM,
                                  MFG_OP_MAXIMUM};

/* A value for a reduction of rounded numbers: a sum or an extreme of any, the place of a load. */
static uint8_t smooth_reduction(random_kernel *kernel, int32_t *value) {
  const mfg_span *span = section(kernel);
  *value = value_of(kernel, MFG_FLOAT64);
  if (below(kernel, 2)) return below(kernel, 2) ? MFG_REDUCE_SUM : MFG_REDUCE_MAX;
  for (uint32_t i = 0; i < span->count; i++) {
    const mfg_kernel_instruction *instruction = mfg_kernel_instruction_at(span, i);
    if (instruction->operation == MFG_OP_LOAD && instruction->type != MFG_BOOL) *value = (int32_t)i;
  }
  bool load = mfg_kernel_instruction_at(span, (uint32_t)*value)->operation == MFG_OP_LOAD;
  return load ? MFG_REDUCE_ARGMIN : MFG_REDUCE_MIN;
}

/* Products of floats overflow in one order and not in another, so only integers are multiplied. */
static uint8_t any_reduction(random_kernel *kernel, int32_t *value) {
  if (kernel->rounded) return smooth_reduction(kernel, value);
  uint8_t operation = (uint8_t)(1 + below(kernel, 8));
  mfg_dtype type = number_type(kernel);
  if (operation == MFG_REDUCE_PRODUCT) type = integer_type(kernel);
  if (operation == MFG_REDUCE_ANY || operation == MFG_REDUCE_ALL) type = MFG_BOOL;
  *value = value_of(kernel, type);
  return operation;
}

static void add_reduce(random_kernel *kernel) {
  uint32_t count = 1 + below(kernel, 3), rank = kernel->builder.description.rank;
  int32_t values[3];
  uint8_t operations[3];
  for (uint32_t i = 0; i < count; i++)
    operations[i] = any_reduction(kernel, &values[i]);
  kernel_reduce(&kernel->builder, below(kernel, UINT32_C(1) << rank));
  for (uint32_t i = 0; i < count; i++)
    kernel_add_result(&kernel->builder, operations[i], values[i]);
  for (uint32_t i = 0; i < count; i++)
    kernel_result(&kernel->builder, i);
}

static void add_scan(random_kernel *kernel) {
  uint32_t count = 1 + below(kernel, 2), rank = kernel->builder.description.rank;
  int32_t values[2];
  uint8_t operations[2];
  for (uint32_t i = 0; i < count; i++) {
    operations[i] = below(kernel, 3) ? MFG_REDUCE_SUM : MFG_REDUCE_PRODUCT;
    bool product = operations[i] == MFG_REDUCE_PRODUCT;
    values[i] = value_of(kernel, product ? integer_type(kernel) : number_type(kernel));
  }
  kernel_scan(&kernel->builder, (uint8_t)below(kernel, rank), (uint16_t)(2 * below(kernel, 4)));
  for (uint32_t i = 0; i < count; i++)
    kernel_add_result(&kernel->builder, operations[i], values[i]);
  for (uint32_t i = 0; i < count; i++)
    kernel_result(&kernel->builder, i);
}

/* Dominant by construction: neighbours in [-2, 2] by clipping, the diagonal 5 or more. */
static void add_line_solve(random_kernel *kernel) {
  kernel_builder *builder = &kernel->builder;
  mfg_dtype type = below(kernel, 3) ? MFG_FLOAT64 : MFG_FLOAT32;
  int32_t high = kernel_constant(builder, type, 2), low = kernel_constant(builder, type, -2);
  int32_t five = kernel_constant(builder, type, 5), values[4];
  for (int i = 0; i < 4; i++) {
    int32_t raw = value_of(kernel, type);
    int32_t is = kernel_unary(builder, MFG_OP_ISFINITE, raw);
    raw = kernel_ternary(builder, MFG_OP_SELECT, is, raw, high);
    raw = kernel_binary(builder, MFG_OP_MAXIMUM, raw, low);
    values[i] = kernel_binary(builder, MFG_OP_MINIMUM, raw, high);
  }
  int32_t magnitude = kernel_unary(builder, MFG_OP_ABS, values[1]);
  values[1] = kernel_binary(builder, MFG_OP_ADD, magnitude, five);
  uint8_t axis = (uint8_t)below(kernel, builder->description.rank);
  kernel_line_solve(builder, axis, (uint16_t)below(kernel, 2), values);
  kernel_result(builder, 0);
}

static void add_pattern(random_kernel *kernel) {
  switch (below(kernel, kernel->builder.description.rank == 0 ? 2 : 4)) {
  case 0: return;
  case 1: add_reduce(kernel); break;
  case 2: add_scan(kernel); break;
  default: add_line_solve(kernel);
  }
  kernel->rounded = true;
  add_load(kernel);
  for (uint32_t i = below(kernel, 6); i > 0; i--)
    add_binary(kernel, smooth[below(kernel, sizeof smooth / sizeof smooth[0])], MFG_FLOAT64);
}

static void add_outputs(random_kernel *kernel) {
  uint32_t rank = kernel->builder.description.rank, outputs = 1 + below(kernel, 3);
  bool reduce = kernel->builder.pattern.kind == MFG_PATTERN_REDUCE;
  for (uint32_t i = 0; i < outputs; i++) {
    int32_t last = (int32_t)section(kernel)->count - 1;
    int32_t value = i == 0 ? last : (int32_t)below(kernel, (uint32_t)last + 1);
    uint32_t number = kernel_output(&kernel->builder, value);
    kernel->launch.operand_count = number + 1;
    lay_out(kernel, number, true, reduce ? kernel->builder.pattern.axes : 0);
  }
  if (reduce || below(kernel, 2)) return;
  for (uint32_t i = 1 + below(kernel, 2); i > 0; i--) {
    int32_t value;
    uint8_t operation = any_reduction(kernel, &value);
    uint32_t axes =
        below(kernel, 2) ? (UINT32_C(1) << rank) - 1 : below(kernel, UINT32_C(1) << rank);
    uint32_t number = kernel_final_reduction(&kernel->builder, value, axes, operation);
    kernel->launch.operand_count = number + 1;
    lay_out(kernel, number, true, axes);
  }
}

static void choose_extents(random_kernel *kernel, uint32_t rank) {
  static const int64_t usual[] = {1, 2, 3, 5, 7, 8, 9, 16, 17, 31, 33, 100, 130, 300, 1000, 3001};
  /* Where many elements are wanted, only the longer ones. */
  uint32_t count = sizeof usual / sizeof usual[0], skipped = kernel->most_elements > 100000 ? 9 : 0;
  int64_t elements = 1;
  for (uint32_t axis = 0; axis < rank; axis++) {
    int64_t extent = usual[skipped + below(kernel, count - skipped)];
    while (extent > 1 && elements * extent > kernel->most_elements)
      extent = (extent + 1) / 3;
    if (below(kernel, 60) == 0) extent = 0;
    kernel->launch.extents[axis] = extent;
    elements *= extent > 0 ? extent : 1;
  }
}

void random_kernel_make(random_kernel *kernel, uint64_t seed, int64_t most_elements) {
  memset(kernel, 0, sizeof *kernel);
  kernel->state = seed * 7919 + 1;
  kernel->most_elements = most_elements;
  for (int i = 0; i < 4; i++)
    random_next(&kernel->state);
  uint32_t rank = below(kernel, 10) == 0 ? 0 : 1 + below(kernel, 3);
  kernel_begin(&kernel->builder, (uint8_t)rank);
  choose_extents(kernel, rank);
  add_sources(kernel);
  add_instructions(kernel);
  add_pattern(kernel);
  add_outputs(kernel);
  kernel->description = kernel_build(&kernel->builder);
}

void random_kernel_free(random_kernel *kernel) {
  launch_free(&kernel->launch);
}

void launch_copy(launch *target, const launch *source) {
  *target = *source;
  for (uint32_t i = 0; i < source->operand_count; i++) {
    target->operands[i].memory = malloc(source->operands[i].size);
    ck_assert_ptr_nonnull(target->operands[i].memory);
    memcpy(target->operands[i].memory, source->operands[i].memory, source->operands[i].size);
  }
}

void launch_free(launch *what) {
  for (uint32_t i = 0; i < what->operand_count; i++)
    free(what->operands[i].memory);
}
