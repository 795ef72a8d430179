/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times kernels of the cpu plugin beside the same computations in C. Run by hand:
 *   cpu_kernels PATH/mfg-backend-cpu.so [threads]
 * Prints medians of the time of one run, and their ratio. Nothing is asserted. */
#include "cpu_twins.h"
#include "kernel_builder.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SAMPLES 15
#define NU 0.1
#define DT 0.01

static const char *threads = "1";

/* ---- the host ------------------------------------------------------------------------------- */

static void *host_allocate(void *context, size_t size, size_t alignment) {
  (void)context;
  return aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1));
}
static void host_release(void *context, void *memory) {
  (void)context;
  free(memory);
}
static void host_log(void *context, int32_t level, const char *text) {
  (void)context, (void)level;
  fprintf(stderr, "%s\n", text);
}
static bool host_log_enabled(void *context, int32_t level) {
  (void)context, (void)level;
  return false;
}
static const char *host_config(void *context, const char *backend, const char *key) {
  (void)context, (void)backend;
  return key[0] == 't' ? threads : getenv("MFG_CPU_LEVEL");
}
static const mfg_plugin_host host = {.struct_size = sizeof host,
                                     .abi_major = MFG_ABI_MAJOR,
                                     .abi_minor = MFG_ABI_MINOR,
                                     .allocate = host_allocate,
                                     .release = host_release,
                                     .log = host_log,
                                     .log_enabled = host_log_enabled,
                                     .config = host_config};

static const mfg_plugin *plugin;
static mfg_plugin_device *device;
static mfg_plugin_queue *queue;
static char error_text[256];
static mfg_plugin_error error = {
    .struct_size = sizeof error, .text = error_text, .text_capacity = sizeof error_text};

static void need(mfg_status status) {
  if (status == MFG_OK) return;
  fprintf(stderr, "cpu_kernels: %s\n", error_text);
  exit(EXIT_FAILURE);
}

static void open_plugin(const char *path) {
  void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  mfg_backend_query_function query = NULL;
  if (object != NULL) *(void **)&query = dlsym(object, MFG_BACKEND_QUERY_SYMBOL);
  if (query == NULL) {
    fprintf(stderr, "cpu_kernels: %s\n", dlerror());
    exit(EXIT_FAILURE);
  }
  plugin = query(&host);
  need(plugin->device->open(&host, 0, &device, &error));
  need(plugin->queue->create(device, &queue, &error));
}

/* ---- time ----------------------------------------------------------------------------------- */

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The median time of one call, in seconds; each sample takes about 10 ms. */
static double time_of(void (*run)(void *), void *context) {
  double samples[SAMPLES], start = now();
  run(context);
  double once = now() - start;
  long repeats = once > 0.01 ? 1 : (long)(0.01 / (once + 1e-8)) + 1;
  for (int i = 0; i < SAMPLES; i++) {
    start = now();
    for (long k = 0; k < repeats; k++)
      run(context);
    samples[i] = (now() - start) / (double)repeats;
  }
  qsort(samples, SAMPLES, sizeof *samples, by_size);
  return samples[SAMPLES / 2];
}

/* ---- a kernel with its memory --------------------------------------------------------------- */

#define MOST_OPERANDS 8

typedef struct bench {
  kernel_builder builder;
  mfg_plugin_kernel *kernel;
  mfg_plugin_command_list *list;
  mfg_kernel_launch launch;
  mfg_kernel_binding bindings[MOST_OPERANDS];
  mfg_plugin_buffer *buffers[MOST_OPERANDS];
  double *memory[MOST_OPERANDS];
  int64_t strides[MOST_OPERANDS][2];
  int64_t extents[2];
  uint32_t operands;
  double *scratch; /* for the twin */
} bench;

static void bench_begin(bench *b, uint8_t rank, int64_t n0, int64_t n1) {
  *b = (bench){.extents = {n0, n1}};
  kernel_begin(&b->builder, rank);
}

/* A dense operand; the numbers are between 0 and 1. */
static void bench_bind(bench *b, uint32_t operand, bool number) {
  uint32_t rank = b->builder.description.rank;
  int64_t count = number ? 1 : b->extents[0] * (rank > 1 ? b->extents[1] : 1);
  need(plugin->buffer->allocate(device, (uint64_t)count * 8, &b->buffers[operand], &error));
  void *memory;
  need(plugin->buffer->map(queue, b->buffers[operand], 0, (uint64_t)count * 8, &memory, &error));
  b->memory[operand] = memory;
  for (int64_t i = 0; i < count; i++)
    b->memory[operand][i] = (double)(i * 37 % 101) / 101;
  b->strides[operand][0] = number ? 0 : rank > 1 ? b->extents[1] : 1;
  b->strides[operand][1] = number ? 0 : 1;
  for (uint32_t axis = 0; axis < rank; axis++)
    if (number || axis + 1 == rank)
      kernel_stride_class(&b->builder, operand, axis, number ? MFG_STRIDE_ZERO : MFG_STRIDE_UNIT);
  b->bindings[operand] =
      (mfg_kernel_binding){.buffer = b->buffers[operand], .strides = b->strides[operand]};
  if (operand >= b->operands) b->operands = operand + 1;
}

static uint32_t bench_read(bench *b, bool number) {
  uint32_t operand = kernel_operand(&b->builder, MFG_FLOAT64, MFG_OPERAND_READ);
  bench_bind(b, operand, number);
  return operand;
}

static int32_t bench_load(bench *b, uint32_t operand) {
  return kernel_load(&b->builder, operand, MFG_SITE_HERE);
}

static void bench_end(bench *b) {
  need(plugin->kernel->prepare(device, kernel_build(&b->builder), &b->kernel, &error));
  b->launch = (mfg_kernel_launch){.struct_size = sizeof b->launch,
                                  .extents = b->extents,
                                  .bindings = {b->bindings, b->operands, sizeof *b->bindings}};
  need(plugin->command_list->create(device, &b->list, &error));
  need(plugin->command_list->launch(b->list, b->kernel, &b->launch, &error));
  need(plugin->command_list->finish(b->list, NULL, 0, &error));
}

static void bench_free(bench *b) {
  plugin->command_list->release(b->list);
  plugin->kernel->release(b->kernel);
  for (uint32_t i = 0; i < b->operands; i++)
    plugin->buffer->free(device, b->buffers[i]);
  free(b->scratch);
}

static void run_launch(void *context) {
  bench *b = context;
  need(plugin->kernel->launch(queue, b->kernel, &b->launch, &error));
}
static void run_replay(void *context) {
  bench *b = context;
  need(plugin->command_list->replay(queue, b->list, &error));
}

static void report(const char *name, bench *b, void (*twin)(void *)) {
  double replay = time_of(run_replay, b), launch = time_of(run_launch, b);
  int64_t cells = b->extents[0] * (b->builder.description.rank > 1 ? b->extents[1] : 1);
  printf("%-34s launch %10.3f us  replay %10.3f us  %7.3f ns/cell", name, launch * 1e6,
         replay * 1e6, replay * 1e9 / (double)cells);
  if (twin != NULL) {
    double plain = time_of(twin, b);
    printf("  C %10.3f us  ratio %5.2f", plain * 1e6, replay / plain);
  }
  printf("\n");
  bench_free(b);
}

/* ---- the cases ------------------------------------------------------------------------------ */

static int32_t binary(bench *b, uint16_t operation, int32_t x, int32_t y) {
  return kernel_binary(&b->builder, operation, x, y);
}
static int32_t number(bench *b, double value) {
  return kernel_constant(&b->builder, MFG_FLOAT64, value);
}

static void elementwise_twin(void *context) {
  bench *b = context;
  twin_elementwise((size_t)b->extents[0], b->memory[4], b->memory[0], b->memory[1], b->memory[2],
                   b->memory[3]);
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
  report(name, &b, elementwise_twin);
}

static void bench_add(int64_t n) {
  static bench b;
  char name[64];
  bench_begin(&b, 1, n, 0);
  int32_t x = bench_load(&b, bench_read(&b, false)), y = bench_load(&b, bench_read(&b, false));
  bench_bind(&b, kernel_output(&b.builder, binary(&b, MFG_OP_ADD, x, y)), false);
  bench_end(&b);
  snprintf(name, sizeof name, "a+b, %lld", (long long)n);
  report(name, &b, NULL);
}

static void hjb_twin(void *context) {
  bench *b = context;
  twin_hjb((size_t)b->extents[0], b->memory[2], b->memory[0], b->memory[1], NU, DT,
           1 / (double)b->extents[0]);
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
  report(name, &b, hjb_twin);
}

static void implicit_twin(void *context) {
  bench *b = context;
  bool two = b->builder.description.rank > 1;
  bool along = !two || b->builder.pattern.axis == 1;
  size_t n0 = (size_t)b->extents[0], n1 = two ? (size_t)b->extents[1] : 1;
  size_t n = along && two ? n1 : n0, lines = n0 * n1 / n;
  twin_implicit(n, lines, along ? 1 : n1, along ? n : 1, b->memory[2], b->memory[0], b->memory[1],
                NU, DT, b->scratch);
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
  b.scratch = malloc((size_t)(n0 > n1 ? n0 : n1) * 2 * sizeof(double));
  snprintf(name, sizeof name, "implicit %lldx%lld axis %d%s", (long long)n0, (long long)n1, axis,
           cyclic ? " cyclic" : "");
  report(name, &b, b.scratch != NULL && !cyclic ? implicit_twin : NULL);
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
  report(name, &b, NULL);
}

static volatile double sink;
static void sum_twin(void *context) {
  bench *b = context;
  sink = twin_sum((size_t)b->extents[0], b->memory[0]);
}

static void bench_sum(int64_t n) {
  static bench b;
  char name[64];
  bench_begin(&b, 1, n, 0);
  int32_t value = bench_load(&b, bench_read(&b, false));
  kernel_reduce(&b.builder, 1);
  kernel_add_result(&b.builder, MFG_REDUCE_SUM, value);
  bench_bind(&b, kernel_output(&b.builder, kernel_result(&b.builder, 0)), true);
  bench_end(&b);
  snprintf(name, sizeof name, "sum, %lld", (long long)n);
  report(name, &b, sum_twin);
}

int main(int count, char **arguments) {
  if (count < 2) {
    fprintf(stderr, "usage: cpu_kernels PATH/mfg-backend-cpu.so [threads]\n");
    return 2;
  }
  if (count > 2) threads = arguments[2];
  open_plugin(arguments[1]);
  bench_add(1);
  bench_add(16);
  bench_add(1000);
  for (int64_t n = 1000; n <= 10000000; n *= 100)
    bench_elementwise(n);
  bench_hjb(201);
  bench_hjb(100000);
  bench_newton(201, MFG_BOUNDARY_CLAMP);
  bench_newton(201, MFG_BOUNDARY_WRAP);
  bench_implicit(1, 201, 0, 0, false);
  bench_implicit(1, 201, 0, 0, true);
  bench_implicit(2, 4096, 256, 1, false);
  bench_implicit(2, 256, 4096, 0, false);
  bench_implicit(2, 256, 4096, 0, true);
  bench_implicit(1, 1000, 0, 0, false);
  bench_implicit(1, 100000, 0, 0, false);
  bench_sum(1000);
  bench_sum(10000000);
  plugin->queue->destroy(queue);
  plugin->device->close(device);
  return 0;
}
