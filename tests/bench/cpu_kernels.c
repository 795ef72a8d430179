/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times kernels of the cpu plugin beside the same computations written by hand in C. Run by hand:
 *   cpu_kernels PATH/mfg-backend-cpu.so [threads [--json [--wall]]]
 * Prints medians of the time of one run, and the median ratio to the fastest of the hand-written
 * variants; with --json one line a row, for tests/bench/table. Nothing is asserted. */
#include "bench_kernel.h"
#include "cpu_twins.h"
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NU 0.1
#define DT 0.01

static bool json, wall;

/* ---- rows ----------------------------------------------------------------------------------- */

/* The same work by hand. */
typedef struct twin {
  const char *name;
  bench *b;
  void (*run)(void *context);
} twin;

enum { REPLAY, LAUNCH, MOST_CONTESTANTS = 8 };

static void print_row(const char *name, const contestant *list, size_t count, int64_t cells) {
  printf("%-32s replay %10.3f us %7.3f ns/cell  launch %10.3f us", name, list[REPLAY].median * 1e6,
         list[REPLAY].median * 1e9 / (double)cells, list[LAUNCH].median * 1e6);
  const contestant *best = NULL;
  for (size_t i = LAUNCH + 1; i < count; i++)
    if (best == NULL || list[i].median < best->median) best = &list[i];
  if (best != NULL)
    printf("  %s %10.3f us  ratio %5.2f", best->name, best->median * 1e6,
           measure_ratio(&list[REPLAY], best));
  printf("\n");
}

static void report(const char *name, bench *b, const twin *twins, size_t count) {
  static contestant list[MOST_CONTESTANTS];
  list[REPLAY] = (contestant){.name = "replay", .run = bench_replay, .context = b};
  list[LAUNCH] = (contestant){.name = "launch", .run = bench_launch, .context = b};
  for (size_t i = 0; i < count; i++)
    list[LAUNCH + 1 + i] =
        (contestant){.name = twins[i].name, .run = twins[i].run, .context = twins[i].b};
  measure(list, count + LAUNCH + 1, wall);
  if (json)
    measure_print_json(name, list, count + LAUNCH + 1);
  else
    print_row(name, list, count + LAUNCH + 1,
              b->extents[0] * (b->builder.description.rank > 1 ? b->extents[1] : 1));
  bench_free(b);
}

/* ---- twins ---------------------------------------------------------------------------------- */

static volatile double sink;

static void add(void *context) {
  bench *b = context;
  twin_add((size_t)b->extents[0], b->memory[2], b->memory[0], b->memory[1]);
}

#define ELEMENTWISE(name, function)                                                                \
  static void name(void *context) {                                                                \
    bench *b = context;                                                                            \
    function((size_t)b->extents[0], b->memory[4], b->memory[0], b->memory[1], b->memory[2],        \
             b->memory[3]);                                                                        \
  }
ELEMENTWISE(elementwise_libm, twin_elementwise)
ELEMENTWISE(elementwise_libmvec, twin_elementwise_libmvec)
ELEMENTWISE(elementwise_sleef, twin_elementwise_sleef)

#define HJB(name, function)                                                                        \
  static void name(void *context) {                                                                \
    bench *b = context;                                                                            \
    function((size_t)b->extents[0], b->memory[2], b->memory[0], b->memory[1], NU, DT,              \
             1 / (double)b->extents[0]);                                                           \
  }
HJB(hjb_plain, twin_hjb)
HJB(hjb_split, twin_hjb_split)

static void implicit(bench *b, twin_lines *lines_twin) {
  bool two = b->builder.description.rank > 1;
  bool along = !two || b->builder.pattern.axis == 1;
  size_t n0 = (size_t)b->extents[0], n1 = two ? (size_t)b->extents[1] : 1;
  size_t n = along && two ? n1 : n0, lines = n0 * n1 / n;
  lines_twin(n, lines, along ? 1 : n1, along ? n : 1, b->memory[2], b->memory[0], b->memory[1], NU,
             DT, b->scratch);
}
static void implicit_1(void *context) {
  implicit(context, twin_implicit);
}
static void implicit_8(void *context) {
  implicit(context, twin_implicit_8);
}
static void implicit_16(void *context) {
  implicit(context, twin_implicit_16);
}
static void implicit_32(void *context) {
  implicit(context, twin_implicit_32);
}

static void sum(void *context) {
  bench *b = context;
  sink = twin_sum((size_t)b->extents[0], b->memory[0]);
}
static void maximum(void *context) {
  bench *b = context;
  sink = twin_maximum((size_t)b->extents[0], b->memory[0]);
}
static void any(void *context) {
  bench *b = context;
  sink = twin_any((size_t)b->extents[0], (const uint8_t *)b->memory[0]);
}
static void read_memory(void *context) {
  bench *b = context;
  sink = (double)twin_read((size_t)b->extents[0] * b->element, b->memory[0]);
}

/* ---- the cases ------------------------------------------------------------------------------ */

static int32_t binary(bench *b, uint16_t operation, int32_t x, int32_t y) {
  return kernel_binary(&b->builder, operation, x, y);
}
static int32_t number(bench *b, double value) {
  return kernel_constant(&b->builder, MFG_FLOAT64, value);
}

static void bench_elementwise(int64_t n) {
  static bench b;
  char name[64];
  bench_begin(&b, 1, n, 0);
  int32_t loads[4];
  for (int i = 0; i < 4; i++)
    loads[i] = bench_load(&b, bench_read(&b, false));
  int32_t product = binary(&b, MFG_OP_MULTIPLY, loads[0], loads[1]);
  int32_t sum = binary(&b, MFG_OP_ADD, product, loads[2]);
  int32_t sine = kernel_unary(&b.builder, MFG_OP_SIN, loads[3]);
  bench_bind(&b, kernel_output(&b.builder, binary(&b, MFG_OP_ADD, sum, sine)), false);
  bench_end(&b);
  snprintf(name, sizeof name, "a*b+c+sin(d), %lld", (long long)n);
  static double x[4 * 8];
  twin twins[3] = {{"C, sin of libm", &b, elementwise_libm}};
  size_t count = 1;
  if (twin_elementwise_libmvec(0, x, x, x, x, x))
    twins[count++] = (twin){"C, sin of libmvec", &b, elementwise_libmvec};
  if (twin_elementwise_sleef(0, x, x, x, x, x))
    twins[count++] = (twin){"C, sin of SLEEF", &b, elementwise_sleef};
  report(name, &b, twins, count);
}

static void bench_add(int64_t n) {
  static bench b;
  char name[64];
  bench_begin(&b, 1, n, 0);
  int32_t x = bench_load(&b, bench_read(&b, false)), y = bench_load(&b, bench_read(&b, false));
  bench_bind(&b, kernel_output(&b.builder, binary(&b, MFG_OP_ADD, x, y)), false);
  bench_end(&b);
  snprintf(name, sizeof name, "a+b, %lld", (long long)n);
  report(name, &b, &(twin){"C", &b, add}, 1);
}

static void bench_hjb(int64_t n) {
  static bench b;
  char name[64];
  bench_begin(&b, 1, n, 0);
  uint32_t u = bench_read(&b, false), f = bench_read(&b, false);
  int32_t here = bench_load(&b, u);
  int32_t right = kernel_load(&b.builder, u, kernel_shift(&b.builder, 0, 1, MFG_BOUNDARY_WRAP));
  int32_t left = kernel_load(&b.builder, u, kernel_shift(&b.builder, 0, -1, MFG_BOUNDARY_WRAP));
  int32_t h = number(&b, 1 / (double)n), zero = number(&b, 0);
  int32_t forward = binary(&b, MFG_OP_DIVIDE, binary(&b, MFG_OP_SUBTRACT, right, here), h);
  int32_t backward = binary(&b, MFG_OP_DIVIDE, binary(&b, MFG_OP_SUBTRACT, here, left), h);
  int32_t p = binary(&b, MFG_OP_MINIMUM, forward, zero);
  int32_t q = binary(&b, MFG_OP_MAXIMUM, backward, zero);
  int32_t squares =
      binary(&b, MFG_OP_ADD, binary(&b, MFG_OP_MULTIPLY, p, p), binary(&b, MFG_OP_MULTIPLY, q, q));
  int32_t laplacian = binary(&b, MFG_OP_DIVIDE, binary(&b, MFG_OP_SUBTRACT, forward, backward), h);
  int32_t rate = binary(&b, MFG_OP_SUBTRACT, binary(&b, MFG_OP_MULTIPLY, number(&b, NU), laplacian),
                        binary(&b, MFG_OP_MULTIPLY, number(&b, 0.5), squares));
  rate = binary(&b, MFG_OP_ADD, rate, bench_load(&b, f));
  rate = binary(&b, MFG_OP_MULTIPLY, number(&b, DT), rate);
  bench_bind(&b, kernel_output(&b.builder, binary(&b, MFG_OP_ADD, here, rate)), false);
  bench_end(&b);
  snprintf(name, sizeof name, "explicit HJB update, %lld", (long long)n);
  twin twins[2] = {{"C", &b, hjb_plain}, {"C, ends apart", &b, hjb_split}};
  report(name, &b, twins, 2);
}

static void bench_implicit(uint8_t rank, int64_t n0, int64_t n1, uint8_t axis, bool cyclic) {
  static bench b;
  char name[64];
  bench_begin(&b, rank, n0, n1);
  int32_t u = bench_load(&b, bench_read(&b, false)), m = bench_load(&b, bench_read(&b, false));
  int32_t off = number(&b, -NU), inverse = number(&b, 1 / DT);
  int32_t diagonal = binary(&b, MFG_OP_ADD, number(&b, 1 / DT + 2 * NU), m);
  int32_t values[4] = {off, diagonal, off, binary(&b, MFG_OP_MULTIPLY, u, inverse)};
  kernel_line_solve(&b.builder, axis, cyclic ? MFG_PATTERN_CYCLIC : 0, values);
  bench_bind(&b, kernel_output(&b.builder, kernel_result(&b.builder, 0)), false);
  bench_end(&b);
  int64_t places = rank > 1 && axis == 1 ? n1 : n0, lines = rank > 1 ? n0 * n1 / places : 1;
  b.scratch = aligned_alloc(64, ((size_t)places * 64 + 8) * sizeof(double));
  if (b.scratch == NULL) exit(EXIT_FAILURE);
  snprintf(name, sizeof name, "implicit %lldx%lld axis %d%s", (long long)n0, (long long)n1, axis,
           cyclic ? " cyclic" : "");
  twin twins[4] = {{"C, Thomas", &b, implicit_1},
                   {"C, 8 lines", &b, implicit_8},
                   {"C, 16 lines", &b, implicit_16},
                   {"C, 32 lines", &b, implicit_32}};
  size_t count = cyclic ? 0 : lines % 32 == 0 && places % 8 == 0 ? 4 : 1;
  report(name, &b, twins, count);
}

/* A Newton step of the implicit scheme, as the solver records it: loads at three sites, upwind
 * coefficients, residual, and the norm of the correction on the way out. */
static void bench_newton(int64_t n, uint8_t boundary) {
  static bench b;
  char name[64];
  bench_begin(&b, 1, n, 0);
  kernel_builder *k = &b.builder;
  uint32_t operands[3] = {bench_read(&b, false), bench_read(&b, false), bench_read(&b, false)};
  int32_t nu = bench_load(&b, bench_read(&b, true)), dt = bench_load(&b, bench_read(&b, true));
  uint32_t plus = kernel_shift(k, 0, 1, boundary), minus = kernel_shift(k, 0, -1, boundary);
  int32_t u = bench_load(&b, operands[0]), w = bench_load(&b, operands[1]);
  int32_t f = bench_load(&b, operands[2]), right = kernel_load(k, operands[0], plus);
  int32_t left = kernel_load(k, operands[0], minus), h = number(&b, 1 / (double)n);
  int32_t zero = number(&b, 0), two = number(&b, 2);
  int32_t up = binary(&b, MFG_OP_DIVIDE, binary(&b, MFG_OP_SUBTRACT, right, u), h);
  int32_t down = binary(&b, MFG_OP_DIVIDE, binary(&b, MFG_OP_SUBTRACT, u, left), h);
  int32_t p = binary(&b, MFG_OP_MINIMUM, up, zero), q = binary(&b, MFG_OP_MAXIMUM, down, zero);
  int32_t weight = binary(&b, MFG_OP_DIVIDE, number(&b, 1), binary(&b, MFG_OP_ADD, two, f));
  int32_t g = binary(
      &b, MFG_OP_MULTIPLY, weight,
      binary(&b, MFG_OP_ADD, binary(&b, MFG_OP_MULTIPLY, p, p), binary(&b, MFG_OP_MULTIPLY, q, q)));
  int32_t gp = binary(&b, MFG_OP_MULTIPLY, binary(&b, MFG_OP_MULTIPLY, two, weight), p);
  int32_t gq = binary(&b, MFG_OP_MULTIPLY, binary(&b, MFG_OP_MULTIPLY, two, weight), q);
  int32_t diffusion = binary(&b, MFG_OP_DIVIDE, nu, binary(&b, MFG_OP_MULTIPLY, h, h));
  int32_t index = kernel_index(k, 0, MFG_SITE_HERE), extent = kernel_extent(k, 0);
  int32_t one = kernel_constant(k, MFG_INT64, 1), none = kernel_constant(k, MFG_INT64, 0);
  int32_t has_right = binary(&b, MFG_OP_LESS, index, binary(&b, MFG_OP_SUBTRACT, extent, one));
  int32_t has_left = binary(&b, MFG_OP_GREATER, index, none);
  int32_t upper = binary(&b, MFG_OP_SUBTRACT, binary(&b, MFG_OP_DIVIDE, gp, h), diffusion);
  int32_t lower =
      binary(&b, MFG_OP_SUBTRACT,
             kernel_unary(k, MFG_OP_NEGATIVE, binary(&b, MFG_OP_DIVIDE, gq, h)), diffusion);
  upper = kernel_ternary(k, MFG_OP_SELECT, has_right, upper, zero);
  lower = kernel_ternary(k, MFG_OP_SELECT, has_left, lower, zero);
  int32_t rate = binary(&b, MFG_OP_DIVIDE, number(&b, 1), dt);
  int32_t diagonal = binary(&b, MFG_OP_SUBTRACT, binary(&b, MFG_OP_SUBTRACT, rate, upper), lower);
  int32_t laplacian = binary(&b, MFG_OP_DIVIDE, binary(&b, MFG_OP_SUBTRACT, up, down), h);
  int32_t residual = binary(&b, MFG_OP_MULTIPLY, binary(&b, MFG_OP_SUBTRACT, u, w), rate);
  residual = binary(&b, MFG_OP_SUBTRACT, residual, binary(&b, MFG_OP_MULTIPLY, nu, laplacian));
  residual = binary(&b, MFG_OP_SUBTRACT, binary(&b, MFG_OP_ADD, residual, g), f);
  int32_t values[4] = {lower, diagonal, upper, kernel_unary(k, MFG_OP_NEGATIVE, residual)};
  kernel_line_solve(k, 0, boundary == MFG_BOUNDARY_WRAP ? MFG_PATTERN_CYCLIC : 0, values);
  int32_t delta = kernel_result(k, 0);
  bench_bind(&b, kernel_output(k, binary(&b, MFG_OP_ADD, bench_load(&b, operands[0]), delta)),
             false);
  bench_bind(&b, kernel_final_reduction(k, kernel_unary(k, MFG_OP_ABS, delta), 1, MFG_REDUCE_MAX),
             true);
  b.memory[3][0] = NU;
  b.memory[4][0] = DT;
  bench_end(&b);
  snprintf(name, sizeof name, "Newton step %lld%s", (long long)n,
           boundary == MFG_BOUNDARY_WRAP ? " ring" : "");
  report(name, &b, NULL, 0);
}

static void bench_reduction(const char *what, int64_t n, uint8_t operation, mfg_dtype type) {
  static bench b;
  char name[64];
  bench_begin(&b, 1, n, 0);
  b.element = type == MFG_BOOL ? 1 : sizeof(double);
  int32_t value = bench_load(&b, bench_read(&b, false));
  kernel_reduce(&b.builder, 1);
  kernel_add_result(&b.builder, operation, value);
  bench_bind(&b, kernel_output(&b.builder, kernel_result(&b.builder, 0)), true);
  bench_end(&b);
  twin twins[2] = {{"C", &b,
                    operation == MFG_REDUCE_SUM ? sum
                    : type == MFG_BOOL          ? any
                                                : maximum},
                   {"C, reading alone", &b, read_memory}};
  snprintf(name, sizeof name, "%s, %lld", what, (long long)n);
  report(name, &b, twins, 2);
}

static void bench_all(void) {
  bench_add(1);
  bench_add(16);
  bench_add(1000);
  for (int64_t n = 1000; n <= 10000000; n *= 100)
    bench_elementwise(n);
  bench_hjb(201);
  for (int64_t n = 1000; n <= 10000000; n *= 100)
    bench_hjb(n);
  bench_newton(201, MFG_BOUNDARY_CLAMP);
  bench_newton(201, MFG_BOUNDARY_WRAP);
  bench_implicit(1, 201, 0, 0, false);
  bench_implicit(1, 201, 0, 0, true);
  bench_implicit(2, 4096, 256, 1, false);
  bench_implicit(2, 4096, 256, 1, true);
  bench_implicit(2, 256, 4096, 0, false);
  bench_implicit(2, 256, 4096, 0, true);
  bench_implicit(1, 1000, 0, 0, false);
  bench_implicit(1, 1000, 0, 0, true);
  bench_implicit(1, 100000, 0, 0, false);
  bench_implicit(1, 100000, 0, 0, true);
  bench_reduction("sum", 1000, MFG_REDUCE_SUM, MFG_FLOAT64);
  bench_reduction("sum", 10000000, MFG_REDUCE_SUM, MFG_FLOAT64);
  bench_reduction("max", 10000000, MFG_REDUCE_MAX, MFG_FLOAT64);
  bench_reduction("any", 10000000, MFG_REDUCE_ANY, MFG_BOOL);
}

int main(int count, char **arguments) {
  if (count < 2) {
    fprintf(stderr, "usage: cpu_kernels PATH/mfg-backend-cpu.so [threads [--json [--wall]]]\n");
    return 2;
  }
  const char *threads = count > 2 ? arguments[2] : "1";
  json = count > 3 && strcmp(arguments[3], "--json") == 0;
  wall = strcmp(threads, "1") != 0 || (count > 4 && strcmp(arguments[4], "--wall") == 0);
  bench_open(arguments[1], threads);
  bench_all();
  bench_close();
  return 0;
}
