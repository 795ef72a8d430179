/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compiled kernels: the bits of the interpreter, whenever the code comes and wherever from. */
#include "random_kernel.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KERNELS 300
#define LARGE_KERNELS 15

/* The sign and the payload of a NaN are open; every other bit counts. */
static bool is_nan_bits(mfg_dtype type, const char *at) {
  double wide;
  float narrow;
  if (type == MFG_FLOAT64) {
    memcpy(&wide, at, sizeof wide);
    return wide != wide;
  }
  if (type != MFG_FLOAT32) return false;
  memcpy(&narrow, at, sizeof narrow);
  return narrow != narrow;
}

static void expect_same(const kernel_builder *builder, const launch *found, const launch *expected,
                        uint64_t seed) {
  for (uint32_t k = 0; k < found->operand_count; k++) {
    mfg_dtype type = builder->operands[k].type;
    size_t size = mfg_dtype_size(type);
    for (uint64_t i = 0; i + size <= found->operands[k].size; i += size) {
      const char *a = found->operands[k].memory + i, *b = expected->operands[k].memory + i;
      if (memcmp(a, b, size) == 0 || (is_nan_bits(type, a) && is_nan_bits(type, b))) continue;
      static char text[16384];
      mfg_kernel_print(&builder->description, text, sizeof text);
      ck_abort_msg("kernel %llu, operand %u of %u, byte %llu\n%s", (unsigned long long)seed, k,
                   found->operand_count, (unsigned long long)i, text);
    }
  }
}

static void run_in(harness *host, const random_kernel *kernel, launch *result, uint64_t seed) {
  launch_copy(result, &kernel->launch);
  mfg_plugin_kernel *prepared = harness_prepare(host, kernel->description);
  mfg_status status = harness_run(host, prepared, result, seed % 3 == 0 ? 2 : 0);
  ck_assert_msg(status == MFG_OK, "%s", host->text);
  host->plugin->kernel->release(prepared);
}

static void compare(harness *interpreted, harness *compiled, uint64_t seed, int64_t most) {
  static random_kernel kernel;
  launch expected, found;
  random_kernel_make(&kernel, seed, most);
  run_in(interpreted, &kernel, &expected, seed);
  run_in(compiled, &kernel, &found, seed);
  expect_same(&kernel.builder, &found, &expected, seed);
  launch_free(&expected);
  launch_free(&found);
  random_kernel_free(&kernel);
}

static void compare_level(const char *level, uint64_t first) {
  harness interpreted, compiled;
  harness_open(&interpreted, "2", level);
  harness_open_compiling(&compiled, "2", level, "always", "off");
  const cpu_compile_extension *extension = harness_compile(&compiled);
  const char *only = getenv("MFG_TEST_SEED");
  uint64_t count = only != NULL ? 1 : KERNELS;
  if (only != NULL) first = strtoull(only, NULL, 10);
  cpu_compile_statistics before, after;
  extension->statistics(&before);
  for (uint64_t seed = first; seed < first + count; seed++)
    compare(&interpreted, &compiled, seed, 3000);
  for (uint64_t seed = 100000 + first; seed < 100000 + first + LARGE_KERNELS && only == NULL;
       seed++)
    compare(&interpreted, &compiled, seed, 60000);
  extension->statistics(&after);
#ifdef CPU_COMPILER_BUILT
  ck_assert(extension->available());
  ck_assert_uint_gt(after.compiled, before.compiled);
#endif
  ck_assert_uint_eq(after.failed, before.failed);
  harness_close(&compiled);
  harness_close(&interpreted);
}

START_TEST(best_level_gives_the_bits_of_the_interpreter) {
  compare_level(NULL, 0);
}
END_TEST

START_TEST(avx2_level_gives_the_bits_of_the_interpreter) {
  compare_level("avx2", 1000);
}
END_TEST

START_TEST(baseline_level_gives_the_bits_of_the_interpreter) {
  compare_level("baseline", 2000);
}
END_TEST

/* ---- every operation ------------------------------------------------------------------------ */

#define PLACES 133

static const double reals[] = {0,    -0.0, 1,      -1,      0.5,   -2.5,   3.5,  1e-310, 1e-40,
                               1e30, 1e39, 5e-324, 1.5e308, -1e20, 2.5e10, -300, 129.5,  255.5,
                               0.1,  -0.7, 88.8,   709.9,   -745,  1e17,   -1e5, 65536,  1e-3};
static const int64_t integers[] = {0,   1,    -1,        2,         7,         31,       32,
                                   63,  64,   -64,       127,       -128,      255,      1000,
                                   -77, -999, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};

static void fill(mfg_dtype type, uint32_t number, char *memory) {
  size_t size = mfg_dtype_size(type);
  for (uint32_t i = 0; i < PLACES; i++) {
    uint32_t pick = i * (number * 6 + 1) + number;
    double real = reals[pick % (sizeof reals / sizeof reals[0])];
    if (pick % 31 == 0) real = pick % 2 == 0 ? NAN : INFINITY;
    if (pick % 37 == 0) real = (double)pick / 16;
    mfg_scalar value = {.int64 = integers[pick % (sizeof integers / sizeof integers[0])]};
    if (type == MFG_BOOL) value.boolean = pick % 3 == 0;
    if (type == MFG_FLOAT32) value.float32 = (float)real;
    if (type == MFG_FLOAT64) value.float64 = real;
    memcpy(memory + i * size, &value, size);
  }
}

/* The operand of a type that is argument `argument`; each is read once. */
struct sources {
  kernel_builder builder;
  launch what;
  int32_t loads[3][MFG_COMPLEX64];
  uint32_t outputs;
};

static char memory[MOST_OPERANDS][PLACES * 8];

static void begin(struct sources *s) {
  memset(s->loads, -1, sizeof s->loads);
  s->what = (launch){.extents = {PLACES}};
  s->outputs = 0;
  kernel_begin(&s->builder, 1);
}

static void bind(struct sources *s, uint32_t number, mfg_dtype type) {
  operand_dense(&s->what.operands[number], memory[number], mfg_dtype_size(type), 1,
                s->what.extents);
  s->what.operand_count = number + 1;
}

static int32_t source(struct sources *s, int argument, mfg_dtype type) {
  int32_t *load = &s->loads[argument][type];
  if (*load < 0) {
    uint32_t number = kernel_operand(&s->builder, type, MFG_OPERAND_READ);
    bind(s, number, type);
    fill(type, (uint32_t)argument, memory[number]);
    *load = kernel_load(&s->builder, number, MFG_SITE_HERE);
  }
  return *load;
}

static void finish(struct sources *s, harness *interpreted, harness *compiled) {
  launch expected, found;
  if (s->outputs == 0) return;
  const mfg_kernel_description *description = kernel_build(&s->builder);
  harness *hosts[] = {interpreted, compiled};
  launch *results[] = {&expected, &found};
  for (int i = 0; i < 2; i++) {
    launch_copy(results[i], &s->what);
    mfg_plugin_kernel *kernel = harness_prepare(hosts[i], description);
    ck_assert_int_eq(harness_run(hosts[i], kernel, results[i], 0), MFG_OK);
    hosts[i]->plugin->kernel->release(kernel);
  }
  expect_same(&s->builder, &found, &expected, 0);
  launch_free(&expected);
  launch_free(&found);
  begin(s);
}

static void add_operation(struct sources *s, harness *interpreted, harness *compiled,
                          uint16_t operation, mfg_dtype type, mfg_dtype to) {
  mfg_kernel_instruction instruction = {
      .operation = operation, .type = to, .arguments = {-1, -1, -1}};
  for (int k = 0; k < mfg_operation_arity(operation); k++)
    instruction.arguments[k] = source(s, k, operation == MFG_OP_SELECT && k == 0 ? MFG_BOOL : type);
  uint32_t output = kernel_output(&s->builder, kernel_instruction(&s->builder, instruction));
  bind(s, output, to);
  if (++s->outputs == 8) finish(s, interpreted, compiled);
}

static bool has_type(uint16_t operation, mfg_dtype type) {
  bool real = type == MFG_FLOAT32 || type == MFG_FLOAT64, boolean = type == MFG_BOOL;
  bool order = operation >= MFG_OP_LESS && operation <= MFG_OP_GREATER_EQUAL;
  bool shift = operation == MFG_OP_BITWISE_LEFT_SHIFT || operation == MFG_OP_BITWISE_RIGHT_SHIFT;
  switch (mfg_operation_type_rule(operation)) {
  case MFG_RULE_NUMERIC: return !boolean;
  case MFG_RULE_REAL:
  case MFG_RULE_CLASSIFY: return real;
  case MFG_RULE_COMPARE: return !boolean || !order;
  case MFG_RULE_LOGIC: return boolean;
  case MFG_RULE_BITS: return !real && (!boolean || !shift);
  default: return true;
  }
}

static bool gives_bool(uint16_t operation) {
  int rule = mfg_operation_type_rule(operation);
  return rule == MFG_RULE_COMPARE || rule == MFG_RULE_CLASSIFY;
}

static void compare_operations(const char *level) {
#define TYPE(symbol, member, T) MFG_##symbol,
  static const mfg_dtype types[] = {MFG_KERNEL_TYPES(TYPE)};
#undef TYPE
  enum { TYPES = sizeof types / sizeof types[0] };
  static struct sources s;
  harness interpreted, compiled;
  harness_open(&interpreted, "1", level);
  harness_open_compiling(&compiled, "1", level, "always", "off");
  begin(&s);
  for (int t = 0; t < TYPES; t++) {
    for (uint16_t operation = MFG_OP_ADD; operation < MFG_OP_CONVERT; operation++)
      if (has_type(operation, types[t]))
        add_operation(&s, &interpreted, &compiled, operation, types[t],
                      gives_bool(operation) ? MFG_BOOL : types[t]);
    for (int to = 0; to < TYPES; to++)
      add_operation(&s, &interpreted, &compiled, MFG_OP_CONVERT, types[t], types[to]);
    finish(&s, &interpreted, &compiled);
  }
  cpu_compile_statistics statistics;
  harness_compile(&compiled)->statistics(&statistics);
  ck_assert_uint_eq(statistics.failed, 0);
  harness_close(&compiled);
  harness_close(&interpreted);
}

START_TEST(every_operation_gives_the_bits_of_the_interpreter) {
  static const char *const levels[] = {"avx512", "avx2", "baseline"};
  compare_operations(levels[_i]);
}
END_TEST

/* ---- replays -------------------------------------------------------------------------------- */

#define LONGEST_ROW 5000

static double row[LONGEST_ROW], number, output[LONGEST_ROW], expected_output[LONGEST_ROW];

/* Sites that reach over both ends of a row, an index, and a number read from memory. */
static const mfg_kernel_description *row_kernel(kernel_builder *builder) {
  kernel_begin(builder, 1);
  uint32_t u = kernel_operand(builder, MFG_FLOAT64, MFG_OPERAND_READ);
  uint32_t p = kernel_operand(builder, MFG_FLOAT64, MFG_OPERAND_READ);
  kernel_stride_class(builder, p, 0, MFG_STRIDE_ZERO);
  int32_t right = kernel_load(builder, u, kernel_shift(builder, 0, 3, MFG_BOUNDARY_WRAP));
  int32_t left = kernel_load(builder, u, kernel_shift(builder, 0, -2, MFG_BOUNDARY_CLAMP));
  int32_t slope = kernel_binary(builder, MFG_OP_SUBTRACT, right, left);
  int32_t weight = kernel_load(builder, p, MFG_SITE_HERE);
  int32_t place = kernel_convert(builder, MFG_FLOAT64, kernel_index(builder, 0, MFG_SITE_HERE));
  int32_t sum = kernel_binary(builder, MFG_OP_ADD, kernel_load(builder, u, MFG_SITE_HERE), place);
  kernel_output(builder, kernel_binary(builder, MFG_OP_ADD, sum,
                                       kernel_binary(builder, MFG_OP_MULTIPLY, slope, weight)));
  return kernel_build(builder);
}

static launch row_launch(int64_t count, double *target) {
  launch what = {.extents = {count}, .operand_count = 3};
  operand_dense(&what.operands[0], row, sizeof *row, 1, what.extents);
  operand_dense(&what.operands[2], target, sizeof *target, 1, what.extents);
  what.operands[1] = (operand){.memory = (char *)&number, .size = sizeof number};
  return what;
}

static void change_row(uint32_t turn) {
  number = 0.5 + turn;
  for (uint32_t i = 0; i < LONGEST_ROW; i++)
    row[i] = (double)(i * (37 + 2 * turn) % 101) / 101;
}

/* What a replay keeps for the next is where memory is, never what is in it. */
START_TEST(replays_read_what_memory_holds_by_then) {
  enum { TURNS = 3 };
  static const int64_t lengths[] = {1, 5, 60, 201, 1000, 4096, LONGEST_ROW};
  static kernel_builder builder;
  harness interpreted, compiled;
  harness_open(&interpreted, "1", NULL);
  harness_open_compiling(&compiled, "1", NULL, "always", "off");
  const mfg_kernel_description *description = row_kernel(&builder);
  mfg_plugin_kernel *plain = harness_prepare(&interpreted, description);
  mfg_plugin_kernel *coded = harness_prepare(&compiled, description);
  for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
    for (uint32_t turns = 1; turns <= TURNS; turns++) {
      launch expected = row_launch(lengths[i], expected_output);
      launch found = row_launch(lengths[i], output);
      found.before_replay = change_row;
      ck_assert_int_eq(harness_run(&compiled, coded, &found, turns), MFG_OK);
      ck_assert_int_eq(harness_run(&interpreted, plain, &expected, 0), MFG_OK);
      ck_assert(memcmp(output, expected_output, (size_t)lengths[i] * sizeof *output) == 0);
    }
  interpreted.plugin->kernel->release(plain);
  compiled.plugin->kernel->release(coded);
  harness_close(&compiled);
  harness_close(&interpreted);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("plugins/cpu compile");
  TCase *cases = tcase_create("compile");
  tcase_set_timeout(cases, 300);
  tcase_add_test(cases, best_level_gives_the_bits_of_the_interpreter);
  tcase_add_test(cases, avx2_level_gives_the_bits_of_the_interpreter);
  tcase_add_test(cases, baseline_level_gives_the_bits_of_the_interpreter);
  tcase_add_test(cases, replays_read_what_memory_holds_by_then);
  tcase_add_loop_test(cases, every_operation_gives_the_bits_of_the_interpreter, 0, 3);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
