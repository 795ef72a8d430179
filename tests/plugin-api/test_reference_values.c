/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the executor gives where the specification is particular: special values, sites,
 * conversions. Every expected value is written out here. */
#include "kernel_builder.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void run(kernel_builder *builder, const int64_t *extents, void *const *memory,
                const int64_t *const *strides) {
  const mfg_kernel_description *kernel = kernel_build(builder);
  char text[256] = "";
  mfg_plugin_error error = {
      .struct_size = sizeof error, .text = text, .text_capacity = sizeof text};
  mfg_kernel_binding bindings[8] = {0};
  for (uint32_t i = 0; i < kernel->operands.count; i++)
    bindings[i].strides = strides == NULL ? NULL : strides[i];
  mfg_kernel_launch launch = {.struct_size = sizeof launch,
                              .extents = extents,
                              .bindings = {bindings, kernel->operands.count, sizeof bindings[0]}};
  ck_assert_msg(mfg_kernel_validate(kernel, &error) == MFG_OK, "%s", text);
  ck_assert_msg(mfg_reference_run(kernel, &launch, memory, &error) == MFG_OK, "%s", text);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- operations ----------------------------------------------------------------------------- */

/* The value of `operation` over up to three elements of one type. */
static mfg_scalar apply(uint16_t operation, mfg_dtype type, const mfg_scalar *arguments) {
  kernel_builder builder;
  int32_t values[3] = {-1, -1, -1};
  mfg_scalar result = {.bits = 0}, copies[3];
  void *memory[4];
  int arity = mfg_operation_arity(operation);
  kernel_begin(&builder, 0);
  for (int i = 0; i < arity; i++) {
    copies[i] = arguments[i];
    memory[i] = &copies[i];
    values[i] = kernel_load(&builder, kernel_operand(&builder, type, MFG_OPERAND_READ), 0);
  }
  memory[arity] = &result;
  kernel_output(&builder, kernel_ternary(&builder, operation, values[0], values[1], values[2]));
  run(&builder, NULL, memory, NULL);
  return result;
}

struct integer_row {
  uint16_t operation;
  int64_t a, b, expected32, expected64;
};

/* Expected values for int32 and int64; `L` stands for the lowest number of the type. */
#define L INT64_C(-99999)
static const struct integer_row integer_rows[] = {
    {MFG_OP_FLOOR_DIVIDE, 7, 2, 3, 3},
    {MFG_OP_FLOOR_DIVIDE, -7, 2, -4, -4},
    {MFG_OP_FLOOR_DIVIDE, 7, -2, -4, -4},
    {MFG_OP_FLOOR_DIVIDE, -7, -2, 3, 3},
    {MFG_OP_FLOOR_DIVIDE, -8, 2, -4, -4},
    {MFG_OP_FLOOR_DIVIDE, 5, 0, 0, 0},
    {MFG_OP_FLOOR_DIVIDE, L, -1, L, L},
    {MFG_OP_REMAINDER, 7, 3, 1, 1},
    {MFG_OP_REMAINDER, -7, 3, 2, 2},
    {MFG_OP_REMAINDER, 7, -3, -2, -2},
    {MFG_OP_REMAINDER, -7, -3, -1, -1},
    {MFG_OP_REMAINDER, -6, 3, 0, 0},
    {MFG_OP_REMAINDER, 5, 0, 0, 0},
    {MFG_OP_REMAINDER, L, -1, 0, 0},
    {MFG_OP_NEGATIVE, L, 0, L, L},
    {MFG_OP_ABS, L, 0, L, L},
    {MFG_OP_ABS, -3, 0, 3, 3},
    {MFG_OP_SIGN, L, 0, -1, -1},
    {MFG_OP_SIGN, 0, 0, 0, 0},
    {MFG_OP_SUBTRACT, L, 1, INT32_MAX, INT64_MAX},
    {MFG_OP_ADD, L, L, 0, 0},
    {MFG_OP_MULTIPLY, 65536, 65536, 0, INT64_C(4294967296)},
    {MFG_OP_POW, 3, 4, 81, 81},
    {MFG_OP_POW, 2, 31, INT32_MIN, INT64_C(2147483648)},
    {MFG_OP_POW, 2, 64, 0, 0},
    {MFG_OP_POW, 0, 0, 1, 1},
    {MFG_OP_POW, 2, -1, 0, 0},
    {MFG_OP_POW, 0, -1, 0, 0},
    {MFG_OP_POW, 1, -5, 1, 1},
    {MFG_OP_POW, -1, -5, -1, -1},
    {MFG_OP_POW, -1, -4, 1, 1},
    {MFG_OP_BITWISE_LEFT_SHIFT, 1, 31, INT32_MIN, INT64_C(2147483648)},
    {MFG_OP_BITWISE_LEFT_SHIFT, 1, 64, 0, 0},
    {MFG_OP_BITWISE_LEFT_SHIFT, 1, -1, 0, 0},
    {MFG_OP_BITWISE_LEFT_SHIFT, 1, 32, 0, INT64_C(4294967296)},
    {MFG_OP_BITWISE_RIGHT_SHIFT, -8, 1, -4, -4},
    {MFG_OP_BITWISE_RIGHT_SHIFT, -8, 64, -1, -1},
    {MFG_OP_BITWISE_RIGHT_SHIFT, -8, -1, -1, -1},
    {MFG_OP_BITWISE_RIGHT_SHIFT, 8, 200, 0, 0},
    {MFG_OP_BITWISE_INVERT, 0, 0, -1, -1},
    {MFG_OP_MINIMUM, L, 3, L, L},
    {MFG_OP_MAXIMUM, L, 3, 3, 3},
};

START_TEST(integers_follow_the_rules) {
  const struct integer_row *row = &integer_rows[_i];
  mfg_scalar narrow[2] = {{.bits = 0}, {.bits = 0}}, wide[2];
  narrow[0].int32 = row->a == L ? INT32_MIN : (int32_t)row->a;
  narrow[1].int32 = row->b == L ? INT32_MIN : (int32_t)row->b;
  wide[0].int64 = row->a == L ? INT64_MIN : row->a;
  wide[1].int64 = row->b == L ? INT64_MIN : row->b;
  ck_assert_int_eq(apply(row->operation, MFG_INT32, narrow).int32,
                   row->expected32 == L ? INT32_MIN : row->expected32);
  ck_assert_int_eq(apply(row->operation, MFG_INT64, wide).int64,
                   row->expected64 == L ? INT64_MIN : row->expected64);
}
END_TEST

struct typed_row {
  mfg_dtype type;
  uint16_t operation;
  int64_t a, b, expected; /* of unsigned types: the same bits */
};

static const struct typed_row typed_rows[] = {
    {MFG_INT8, MFG_OP_ADD, 127, 1, -128},
    {MFG_INT8, MFG_OP_MULTIPLY, 16, 16, 0},
    {MFG_INT8, MFG_OP_FLOOR_DIVIDE, -128, -1, -128},
    {MFG_INT8, MFG_OP_ABS, -128, 0, -128},
    {MFG_INT8, MFG_OP_POW, -2, 7, -128},
    {MFG_INT8, MFG_OP_BITWISE_LEFT_SHIFT, 1, 7, -128},
    {MFG_INT8, MFG_OP_BITWISE_LEFT_SHIFT, 1, 8, 0},
    {MFG_INT8, MFG_OP_BITWISE_RIGHT_SHIFT, -128, 8, -1},
    {MFG_INT16, MFG_OP_SUBTRACT, -32768, 1, 32767},
    {MFG_INT16, MFG_OP_REMAINDER, -7, 4, 1},
    {MFG_UINT8, MFG_OP_SUBTRACT, 3, 5, 254},
    {MFG_UINT8, MFG_OP_NEGATIVE, 1, 0, 255},
    {MFG_UINT8, MFG_OP_ABS, 200, 0, 200},
    {MFG_UINT8, MFG_OP_SIGN, 200, 0, 1},
    {MFG_UINT8, MFG_OP_SIGN, 0, 0, 0},
    {MFG_UINT8, MFG_OP_FLOOR_DIVIDE, 250, 3, 83},
    {MFG_UINT8, MFG_OP_FLOOR_DIVIDE, 250, 0, 0},
    {MFG_UINT8, MFG_OP_REMAINDER, 250, 3, 1},
    {MFG_UINT8, MFG_OP_REMAINDER, 250, 0, 0},
    {MFG_UINT8, MFG_OP_POW, 3, 6, 217},
    {MFG_UINT8, MFG_OP_MINIMUM, 200, 100, 100},
    {MFG_UINT8, MFG_OP_MAXIMUM, 200, 100, 200},
    {MFG_UINT8, MFG_OP_BITWISE_INVERT, 1, 0, 254},
    {MFG_UINT8, MFG_OP_BITWISE_RIGHT_SHIFT, 200, 1, 100},
    {MFG_UINT8, MFG_OP_BITWISE_RIGHT_SHIFT, 200, 200, 0},
    {MFG_UINT16, MFG_OP_MULTIPLY, 65535, 65535, 1},
    {MFG_UINT32, MFG_OP_MULTIPLY, 65536, 65536, 0},
    {MFG_UINT32, MFG_OP_MAXIMUM, 4294967295, 1, 4294967295},
    {MFG_UINT64, MFG_OP_MAXIMUM, -1, 1, -1},
    {MFG_UINT64, MFG_OP_FLOOR_DIVIDE, -1, 2, INT64_MAX},
    {MFG_UINT64, MFG_OP_REMAINDER, -1, 10, 5},
    {MFG_UINT64, MFG_OP_BITWISE_RIGHT_SHIFT, -1, 63, 1},
};

static mfg_scalar typed(mfg_dtype type, int64_t value) {
  mfg_scalar scalar = {.bits = 0};
#define SET(symbol, member, T)                                                                     \
  if (type == MFG_##symbol) scalar.member = (T)value;
  MFG_INTEGER_TYPES(SET)
#undef SET
  return scalar;
}

START_TEST(every_width_follows_the_rules) {
  const struct typed_row *row = &typed_rows[_i];
  mfg_scalar arguments[2] = {typed(row->type, row->a), typed(row->type, row->b)};
  ck_assert_uint_eq(apply(row->operation, row->type, arguments).bits,
                    typed(row->type, row->expected).bits);
}
END_TEST

struct real_row {
  uint16_t operation;
  double a, b, expected;
};

static const struct real_row real_rows[] = {
    {MFG_OP_FLOOR_DIVIDE, -7.5, 2, -4},
    {MFG_OP_FLOOR_DIVIDE, 1, 0, INFINITY},
    {MFG_OP_REMAINDER, 7.5, 2, 1.5},
    {MFG_OP_REMAINDER, -7.5, 2, 0.5},
    {MFG_OP_REMAINDER, 7.5, -2, -0.5},
    {MFG_OP_REMAINDER, -4, 2, 0.0},
    {MFG_OP_REMAINDER, 4, -2, -0.0},
    {MFG_OP_REMAINDER, 1, 0, NAN},
    {MFG_OP_REMAINDER, 5, INFINITY, 5},
    {MFG_OP_REMAINDER, 5, -INFINITY, -INFINITY},
    {MFG_OP_MINIMUM, NAN, 1, NAN},
    {MFG_OP_MINIMUM, 1, NAN, NAN},
    {MFG_OP_MINIMUM, -INFINITY, 1, -INFINITY},
    {MFG_OP_MAXIMUM, 1, NAN, NAN},
    {MFG_OP_MAXIMUM, 2, 1, 2},
    {MFG_OP_SIGN, -0.5, 0, -1},
    {MFG_OP_SIGN, NAN, 0, NAN},
    {MFG_OP_SIGN, 0, 0, 0},
    {MFG_OP_ROUND, 0.5, 0, 0},
    {MFG_OP_ROUND, 1.5, 0, 2},
    {MFG_OP_ROUND, 2.5, 0, 2},
    {MFG_OP_ROUND, -0.5, 0, -0.0},
    {MFG_OP_TRUNC, -1.75, 0, -1},
    {MFG_OP_FLOOR, -1.25, 0, -2},
    {MFG_OP_CEIL, -1.75, 0, -1},
    {MFG_OP_COPYSIGN, 3, -0.0, -3},
    {MFG_OP_HYPOT, 3, 4, 5},
    {MFG_OP_POW, 2, -2, 0.25},
    {MFG_OP_ATAN2, 0.0, -1, M_PI},
    {MFG_OP_LOG, 0, 0, -INFINITY},
    {MFG_OP_SQRT, -1, 0, NAN},
    {MFG_OP_DIVIDE, -1, 0, -INFINITY},
    {MFG_OP_ERF, INFINITY, 0, 1},
};

static void expect_real(double found, double expected) {
  if (isnan(expected)) {
    ck_assert_double_nan(found);
    return;
  }
  ck_assert_double_eq(found, expected);
  ck_assert_int_eq(signbit(found) != 0, signbit(expected) != 0);
}

START_TEST(floats_follow_the_rules) {
  const struct real_row *row = &real_rows[_i];
  mfg_scalar wide[2], narrow[2] = {{.bits = 0}, {.bits = 0}};
  wide[0].float64 = row->a;
  wide[1].float64 = row->b;
  narrow[0].float32 = (float)row->a;
  narrow[1].float32 = (float)row->b;
  expect_real(apply(row->operation, MFG_FLOAT64, wide).float64, row->expected);
  expect_real((double)apply(row->operation, MFG_FLOAT32, narrow).float32,
              (double)(float)row->expected);
}
END_TEST

/* (1 + 2^-k)^2 - 1 - 2^(1-k) is 2^-2k when rounded once, and 0 when the product is rounded first.
 */
START_TEST(a_fused_multiply_add_rounds_once) {
  mfg_scalar wide[3], narrow[3] = {{.bits = 0}, {.bits = 0}, {.bits = 0}};
  wide[0].float64 = wide[1].float64 = 1 + 0x1p-30;
  wide[2].float64 = -1 - 0x1p-29;
  narrow[0].float32 = narrow[1].float32 = 1 + 0x1p-13F;
  narrow[2].float32 = -1 - 0x1p-12F;
  ck_assert_double_eq(apply(MFG_OP_FMA, MFG_FLOAT64, wide).float64, 0x1p-60);
  ck_assert_float_eq(apply(MFG_OP_FMA, MFG_FLOAT32, narrow).float32, 0x1p-26F);
}
END_TEST

START_TEST(comparisons_of_nan_are_false_but_one) {
  mfg_scalar arguments[2];
  arguments[0].float64 = arguments[1].float64 = NAN;
  for (uint16_t operation = MFG_OP_EQUAL; operation <= MFG_OP_GREATER_EQUAL; operation++)
    ck_assert_int_eq(apply(operation, MFG_FLOAT64, arguments).boolean,
                     operation == MFG_OP_NOT_EQUAL);
  arguments[0].float64 = -0.0;
  arguments[1].float64 = 0.0;
  ck_assert_int_eq(apply(MFG_OP_EQUAL, MFG_FLOAT64, arguments).boolean, 1);
  ck_assert_int_eq(apply(MFG_OP_SIGNBIT, MFG_FLOAT64, arguments).boolean, 1);
  ck_assert_int_eq(apply(MFG_OP_ISFINITE, MFG_FLOAT64, arguments).boolean, 1);
}
END_TEST

/* ---- conversions ---------------------------------------------------------------------------- */

static mfg_scalar converted(mfg_dtype from, mfg_dtype to, mfg_scalar value) {
  kernel_builder builder;
  mfg_scalar result = {.bits = 0};
  kernel_begin(&builder, 0);
  int32_t x = kernel_load(&builder, kernel_operand(&builder, from, MFG_OPERAND_READ), 0);
  kernel_output(&builder, kernel_convert(&builder, to, x));
  run(&builder, NULL, (void *[]){&value, &result}, NULL);
  return result;
}

START_TEST(floats_become_integers_by_truncation_and_saturation) {
  static const struct {
    double value;
    int32_t expected32;
    int64_t expected64;
  } rows[] = {{1.9, 1, 1},
              {-1.9, -1, -1},
              {NAN, 0, 0},
              {INFINITY, INT32_MAX, INT64_MAX},
              {-INFINITY, INT32_MIN, INT64_MIN},
              {2147483647.5, INT32_MAX, INT64_C(2147483647)},
              {-2147483649.0, INT32_MIN, INT64_C(-2147483649)},
              {0x1p63, INT32_MAX, INT64_MAX},
              {-0x1p63, INT32_MIN, INT64_MIN},
              {0x1p62, INT32_MAX, INT64_C(1) << 62},
              {-0x1.8p62, INT32_MIN, INT64_C(-6917529027641081856)}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    mfg_scalar value = {.float64 = rows[i].value};
    ck_assert_int_eq(converted(MFG_FLOAT64, MFG_INT32, value).int32, rows[i].expected32);
    ck_assert_int_eq(converted(MFG_FLOAT64, MFG_INT64, value).int64, rows[i].expected64);
    ck_assert_int_eq(converted(MFG_FLOAT64, MFG_BOOL, value).boolean, 1);
  }
}
END_TEST

START_TEST(conversions_saturate_and_wrap_at_every_width) {
  static const struct {
    mfg_dtype to;
    double real;
    int64_t saturated;
    int64_t integer, wrapped;
  } rows[] = {{MFG_INT8, 127.9, 127, 300, 44},
              {MFG_INT8, 128, 127, 128, -128},
              {MFG_INT8, -128.9, -128, -129, 127},
              {MFG_INT16, -1e9, -32768, 98304, -32768},
              {MFG_UINT8, 255.9, 255, 256, 0},
              {MFG_UINT8, 256, 255, -1, 255},
              {MFG_UINT8, -0.9, 0, 77, 77},
              {MFG_UINT16, 65536, 65535, 65537, 1},
              {MFG_UINT32, 4294967295.5, 4294967295, -2, 4294967294},
              {MFG_UINT32, -5, 0, INT64_C(4294967296), 0},
              {MFG_UINT64, 0x1p64, -1, -1, -1},
              {MFG_UINT64, NAN, 0, 5, 5}};
  for (size_t i = 0; i < COUNT(rows); i++) {
    mfg_scalar real = {.float64 = rows[i].real}, integer = {.int64 = rows[i].integer};
    ck_assert_uint_eq(converted(MFG_FLOAT64, rows[i].to, real).bits,
                      typed(rows[i].to, rows[i].saturated).bits);
    ck_assert_uint_eq(converted(MFG_INT64, rows[i].to, integer).bits,
                      typed(rows[i].to, rows[i].wrapped).bits);
  }
  mfg_scalar most = {.uint64 = UINT64_MAX};
  ck_assert_double_eq(converted(MFG_UINT64, MFG_FLOAT64, most).float64, 0x1p64);
  ck_assert_double_eq((double)converted(MFG_UINT64, MFG_FLOAT32, most).float32, 0x1p64);
}
END_TEST

START_TEST(other_conversions) {
  mfg_scalar value = {.int64 = INT64_C(4294967295)};
  ck_assert_int_eq(converted(MFG_INT64, MFG_INT32, value).int32, -1);
  ck_assert_int_eq(converted(MFG_INT64, MFG_BOOL, value).boolean, 1);
  value.int64 = INT64_C(9007199254740993); /* 2^53 + 1, halfway: rounds to even */
  ck_assert_double_eq(converted(MFG_INT64, MFG_FLOAT64, value).float64, 9007199254740992.0);
  value.bits = 0;
  value.boolean = 1;
  ck_assert_double_eq(converted(MFG_BOOL, MFG_FLOAT64, value).float64, 1);
  value.float64 = 1e300;
  ck_assert_double_eq((double)converted(MFG_FLOAT64, MFG_FLOAT32, value).float32, INFINITY);
  value.float64 = -0.0;
  ck_assert_int_eq(converted(MFG_FLOAT64, MFG_BOOL, value).boolean, 0);
}
END_TEST

/* ---- sites ---------------------------------------------------------------------------------- */

#define FILL (-9)

struct site_row {
  uint32_t count;
  mfg_kernel_step steps[2];
  double expected[5];
};

#define WRAP(distance)                                                                             \
  { .offset = (distance), .boundary = MFG_BOUNDARY_WRAP }
#define CLAMP(distance)                                                                            \
  { .offset = (distance), .boundary = MFG_BOUNDARY_CLAMP }
#define MIRROR(distance)                                                                           \
  { .offset = (distance), .boundary = MFG_BOUNDARY_MIRROR }
#define CONSTANT(distance)                                                                         \
  {                                                                                                \
    .offset = (distance), .boundary = MFG_BOUNDARY_CONSTANT, .fill = {.float64 = FILL }            \
  }

/* What a load of the numbers 0 to 4 yields at each place. */
static const struct site_row site_rows[] = {
    {1, {WRAP(1)}, {1, 2, 3, 4, 0}},
    {1, {WRAP(-7)}, {3, 4, 0, 1, 2}},
    {1, {WRAP(INT64_MAX)}, {2, 3, 4, 0, 1}},
    {1, {CLAMP(2)}, {2, 3, 4, 4, 4}},
    {1, {CLAMP(-100)}, {0, 0, 0, 0, 0}},
    {1, {CLAMP(INT64_MIN)}, {0, 0, 0, 0, 0}},
    {1, {CLAMP(INT64_MAX)}, {4, 4, 4, 4, 4}},
    {1, {MIRROR(1)}, {1, 2, 3, 4, 4}},
    {1, {MIRROR(-1)}, {0, 0, 1, 2, 3}},
    {1, {MIRROR(-3)}, {2, 1, 0, 0, 1}},
    {1, {MIRROR(6)}, {3, 2, 1, 0, 0}},
    {1, {MIRROR(20)}, {0, 1, 2, 3, 4}},
    {1, {CONSTANT(-1)}, {FILL, 0, 1, 2, 3}},
    {1, {CONSTANT(2)}, {2, 3, 4, FILL, FILL}},
    {1, {CONSTANT(INT64_MIN)}, {FILL, FILL, FILL, FILL, FILL}},
    {0, {WRAP(0)}, {0, 1, 2, 3, 4}},
    {2, {CLAMP(-1), CLAMP(1)}, {1, 1, 2, 3, 4}},
    {2, {CLAMP(1), CLAMP(-1)}, {0, 1, 2, 3, 3}},
    {2, {CONSTANT(-1), WRAP(1)}, {FILL, 1, 2, 3, 4}},
    {2, {WRAP(1), CONSTANT(-1)}, {0, 1, 2, 3, FILL}},
    {2, {MIRROR(1), WRAP(1)}, {2, 3, 4, 0, 0}},
};

START_TEST(sites_lead_where_the_table_says) {
  const struct site_row *row = &site_rows[_i];
  kernel_builder builder;
  double numbers[5] = {0, 1, 2, 3, 4}, loaded[5];
  kernel_begin(&builder, 1);
  uint32_t x = kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ);
  uint32_t site = kernel_site(&builder, row->count, row->steps);
  kernel_output(&builder, kernel_load(&builder, x, site));
  static const int64_t unit[] = {1};
  run(&builder, (int64_t[]){5}, (void *[]){numbers, loaded}, (const int64_t *[]){unit, unit});
  for (int i = 0; i < 5; i++)
    ck_assert_double_eq(loaded[i], row->expected[i]);
}
END_TEST

START_TEST(one_place_is_its_own_neighbour) {
  for (uint8_t boundary = MFG_BOUNDARY_WRAP; boundary <= MFG_BOUNDARY_MIRROR; boundary++)
    for (int64_t offset = -3; offset <= 3; offset++) {
      kernel_builder builder;
      double number = 8, loaded = 0;
      static const int64_t unit[] = {1};
      kernel_begin(&builder, 1);
      uint32_t x = kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ);
      uint32_t site = kernel_shift(&builder, 0, offset, boundary);
      kernel_output(&builder, kernel_load(&builder, x, site));
      run(&builder, unit, (void *[]){&number, &loaded}, (const int64_t *[]){unit, unit});
      ck_assert_double_eq(loaded, 8);
    }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("reference executor: values");
  TCase *cases = tcase_create("operations");
  tcase_add_loop_test(cases, integers_follow_the_rules, 0, COUNT(integer_rows));
  tcase_add_loop_test(cases, every_width_follows_the_rules, 0, COUNT(typed_rows));
  tcase_add_loop_test(cases, floats_follow_the_rules, 0, COUNT(real_rows));
  tcase_add_test(cases, a_fused_multiply_add_rounds_once);
  tcase_add_test(cases, comparisons_of_nan_are_false_but_one);
  tcase_add_test(cases, floats_become_integers_by_truncation_and_saturation);
  tcase_add_test(cases, conversions_saturate_and_wrap_at_every_width);
  tcase_add_test(cases, other_conversions);
  suite_add_tcase(suite, cases);
  TCase *sites = tcase_create("sites");
  tcase_add_loop_test(sites, sites_lead_where_the_table_says, 0, COUNT(site_rows));
  tcase_add_test(sites, one_place_is_its_own_neighbour);
  suite_add_tcase(suite, sites);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
