/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times emitted kernels beside kernels written by hand (opencl_twins.cl: three variants of each),
 * on the first OpenCL device, in turn in one run. By hand:
 *
 *     opencl_kernels [rounds [part of a name]]
 *
 * Prints, for each computation, the times of one run of the emitted kernel and of each variant: the
 * median, its spread (half the distance of the quartiles), the least, and the processor time of all
 * threads, which other work on the machine stretches less. The ratios are those of the emitted
 * kernel to the variant with the best median. Ends with status 1 where the results differ. */
#include "kernel_samples.h"
#include "opencl_runner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern const char opencl_twins[];

enum { MOST_ROUNDS = 1000, VARIANTS = 3 };

static opencl_runner runner;
static cl_program twins;

static double now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- variants written by hand --------------------------------------------------------------- */

/* One entry of the variants. Groups are `group` items along dimension 0. */
struct stage {
  const char *entry;
  size_t items[2], group;
  int rows; /* 0: what the space has */
};

/* Entries that run one after the other, over the operands of the emitted kernel. */
struct twin {
  struct stage stages[2];
  size_t scratch_doubles;
};

typedef struct twin_run {
  const struct twin *twin;
  const opencl_run *emitted; /* whose operands it works on: where memory lies counts */
  cl_kernel kernels[2];
  cl_mem scratch;
} twin_run;

static cl_kernel make_stage(const twin_run *run, const struct stage *stage) {
  const kernel_builder *b = run->emitted->builder;
  cl_uint operands = b->description.operands.count;
  cl_int code;
  cl_kernel kernel = clCreateKernel(twins, stage->entry, &code);
  opencl_need(code, stage->entry);
  uint32_t rank = b->description.rank;
  cl_int rows = stage->rows ? stage->rows : rank > 1 ? (cl_int)b->extents[0] : 1;
  cl_int columns = (cl_int)b->extents[rank - 1];
  for (uint32_t i = 0; i < operands; i++)
    code |= clSetKernelArg(kernel, i, sizeof(cl_mem), &run->emitted->buffers[i]);
  code |= clSetKernelArg(kernel, operands, sizeof(cl_mem), &run->scratch);
  code |= clSetKernelArg(kernel, operands + 1, sizeof rows, &rows);
  code |= clSetKernelArg(kernel, operands + 2, sizeof columns, &columns);
  opencl_need(code, stage->entry);
  return kernel;
}

static void open_twin(twin_run *run, const struct twin *twin, const opencl_run *emitted) {
  cl_int code;
  *run = (twin_run){.twin = twin, .emitted = emitted};
  run->scratch = clCreateBuffer(runner.context, CL_MEM_READ_WRITE, 8 * (twin->scratch_doubles + 8),
                                NULL, &code);
  opencl_need(code, "allocating a buffer");
  for (int k = 0; k < 2 && twin->stages[k].entry; k++)
    run->kernels[k] = make_stage(run, &twin->stages[k]);
}

static void queue_twin(const twin_run *run) {
  for (int k = 0; k < 2 && run->kernels[k]; k++) {
    const struct stage *stage = &run->twin->stages[k];
    const size_t groups[2] = {stage->group, 1};
    opencl_need(clEnqueueNDRangeKernel(runner.queue, run->kernels[k], 2, NULL, stage->items, groups,
                                       0, NULL, NULL),
                stage->entry);
  }
}

static void close_twin(twin_run *run) {
  clFinish(runner.queue);
  for (int k = 0; k < 2 && run->kernels[k]; k++)
    clReleaseKernel(run->kernels[k]);
  clReleaseMemObject(run->scratch);
}

/* ---- the computations ----------------------------------------------------------------------- */

static int32_t apply(kernel_builder *b, uint32_t operation, int32_t x, int32_t y) {
  return builder_apply(b, false, operation, MFG_FLOAT64, x, y, -1);
}

static int32_t number(kernel_builder *b, double value) {
  return builder_number(b, false, MFG_FLOAT64, value);
}

static int32_t shifted(kernel_builder *b, uint32_t operand, uint32_t axis, int64_t offset,
                       uint32_t boundary) {
  uint32_t site = builder_site(b);
  builder_step(b, axis, offset, boundary, (mfg_scalar){0});
  return builder_load(b, false, operand, site);
}

static int32_t here(kernel_builder *b, uint32_t seed) {
  return builder_load(b, false, builder_read(b, MFG_FLOAT64, 0, seed), 0);
}

enum { CELLS = 1 << 20, ROWS = 1024, COLUMNS = 1024 };

/* y = a b + c + sin d. */
static kernel_builder *make_map(void) {
  kernel_builder *b = builder_new(1, (int64_t[]){CELLS});
  int32_t a = here(b, 1), second = here(b, 2), c = here(b, 3), d = here(b, 4);
  int32_t sum = apply(b, MFG_OP_ADD, apply(b, MFG_OP_MULTIPLY, a, second), c);
  builder_output(b, builder_write(b, MFG_FLOAT64, 0),
                 apply(b, MFG_OP_ADD, sum, apply(b, MFG_OP_SIN, d, -1)));
  return b;
}

/* An upwind difference over h = 1/64, without the sign that does not count, squared. */
static int32_t upwind(kernel_builder *b, uint32_t bound, int32_t x, int32_t y) {
  int32_t slope = apply(b, MFG_OP_MULTIPLY, apply(b, MFG_OP_SUBTRACT, x, y), number(b, 64));
  int32_t part = apply(b, bound, slope, number(b, 0));
  return apply(b, MFG_OP_MULTIPLY, part, part);
}

/* The explicit step that opencl_twins.cl has. */
static kernel_builder *make_step(void) {
  kernel_builder *b = builder_new(2, (int64_t[]){ROWS, COLUMNS});
  uint32_t u_operand = builder_read(b, MFG_FLOAT64, 0, 1);
  int32_t u = builder_load(b, false, u_operand, 0), f = here(b, 2);
  int32_t west = shifted(b, u_operand, 1, -1, MFG_BOUNDARY_CLAMP);
  int32_t east = shifted(b, u_operand, 1, 1, MFG_BOUNDARY_CLAMP);
  int32_t south = shifted(b, u_operand, 0, -1, MFG_BOUNDARY_WRAP);
  int32_t north = shifted(b, u_operand, 0, 1, MFG_BOUNDARY_WRAP);
  int32_t along =
      apply(b, MFG_OP_ADD, upwind(b, MFG_OP_MAXIMUM, u, west), upwind(b, MFG_OP_MINIMUM, east, u));
  int32_t across = apply(b, MFG_OP_ADD, upwind(b, MFG_OP_MAXIMUM, u, south),
                         upwind(b, MFG_OP_MINIMUM, north, u));
  int32_t speed = apply(b, MFG_OP_ADD, along, across);
  int32_t sides =
      apply(b, MFG_OP_ADD, apply(b, MFG_OP_ADD, west, east), apply(b, MFG_OP_ADD, south, north));
  int32_t spread = apply(b, MFG_OP_SUBTRACT, sides, apply(b, MFG_OP_MULTIPLY, number(b, 4), u));
  int32_t change = apply(b, MFG_OP_SUBTRACT, apply(b, MFG_OP_MULTIPLY, number(b, 51.2), spread),
                         apply(b, MFG_OP_MULTIPLY, number(b, 0.5), speed));
  change = apply(b, MFG_OP_MULTIPLY, number(b, 1e-4), apply(b, MFG_OP_ADD, change, f));
  builder_output(b, builder_write(b, MFG_FLOAT64, 0), apply(b, MFG_OP_ADD, u, change));
  return b;
}

static kernel_builder *reduce_to(kernel_builder *b, uint32_t axes, int32_t value) {
  b->pattern.kind = MFG_PATTERN_REDUCE;
  b->pattern.axes = axes;
  b->pattern.count = 1;
  b->pattern.values[0] = value;
  b->pattern.operations[0] = MFG_REDUCE_SUM;
  builder_output(b, builder_write(b, MFG_FLOAT64, axes), builder_result(b, 0, MFG_FLOAT64));
  return b;
}

static kernel_builder *make_sum(void) {
  kernel_builder *b = builder_new(1, (int64_t[]){CELLS});
  int32_t a = here(b, 1), second = here(b, 2);
  return reduce_to(b, 1, apply(b, MFG_OP_MULTIPLY, a, second));
}

static kernel_builder *make_columns(void) {
  kernel_builder *b = builder_new(2, (int64_t[]){ROWS, COLUMNS});
  return reduce_to(b, 1, here(b, 1));
}

static kernel_builder *scan_along_last(uint32_t rank, const int64_t *extents) {
  kernel_builder *b = builder_new(rank, extents);
  b->pattern.kind = MFG_PATTERN_SCAN;
  b->pattern.axis = (uint8_t)(rank - 1);
  b->pattern.count = 1;
  b->pattern.values[0] = here(b, 1);
  b->pattern.operations[0] = MFG_REDUCE_SUM;
  builder_output(b, builder_write(b, MFG_FLOAT64, 0), builder_result(b, 0, MFG_FLOAT64));
  return b;
}

static kernel_builder *make_scan(void) {
  return scan_along_last(2, (int64_t[]){ROWS, COLUMNS});
}

static kernel_builder *make_long_scan(void) {
  return scan_along_last(1, (int64_t[]){CELLS});
}

/* The system of opencl_twins.cl along `axis`. */
static kernel_builder *make_solve(int64_t rows, int64_t columns, uint32_t axis, bool cyclic) {
  kernel_builder *b = builder_new(2, (int64_t[]){rows, columns});
  int32_t u = here(b, 1);
  uint32_t m_operand = builder_read(b, MFG_FLOAT64, 0, 2);
  for (int64_t i = 0; i < rows * columns; i++)
    builder_float64(b, m_operand)[i] = fabs(builder_float64(b, m_operand)[i]);
  int32_t lower = builder_load(b, false, m_operand, 0);
  int32_t upper = shifted(b, m_operand, axis, 1, cyclic ? MFG_BOUNDARY_WRAP : MFG_BOUNDARY_CLAMP);
  int32_t both = apply(b, MFG_OP_ADD, lower, upper);
  int32_t diagonal =
      apply(b, MFG_OP_ADD, number(b, 1), apply(b, MFG_OP_MULTIPLY, number(b, 0.375), both));
  b->pattern.kind = MFG_PATTERN_LINE_SOLVE;
  b->pattern.axis = (uint8_t)axis;
  b->pattern.flags = cyclic ? MFG_PATTERN_CYCLIC : 0;
  b->pattern.count = 1;
  b->pattern.values[0] = apply(b, MFG_OP_MULTIPLY, number(b, -0.375), lower);
  b->pattern.values[1] = diagonal;
  b->pattern.values[2] = apply(b, MFG_OP_MULTIPLY, number(b, -0.375), upper);
  b->pattern.values[3] = u;
  builder_output(b, builder_write(b, MFG_FLOAT64, 0), builder_result(b, 0, MFG_FLOAT64));
  return b;
}

static kernel_builder *make_many_lines(void) {
  return make_solve(4096, 256, 1, false);
}
static kernel_builder *make_few_lines(void) {
  return make_solve(8, 65536, 1, false);
}
static kernel_builder *make_strided_lines(void) {
  return make_solve(256, 4096, 0, false);
}
static kernel_builder *make_closed_lines(void) {
  return make_solve(4096, 256, 1, true);
}

static const struct computation {
  const char *name;
  kernel_builder *(*make)(void);
  struct twin twins[VARIANTS];
} computations[] = {
    {"map a b + c + sin d",
     make_map,
     {{.stages = {{"map_item", {CELLS, 1}, 256, 0}}},
      {.stages = {{"map_block", {64, 1}, 1, 0}}},
      {.stages = {{"map_vector", {64, 1}, 1, 0}}}}},
    {"explicit HJB step, 2-D",
     make_step,
     {{.stages = {{"step_item", {COLUMNS, ROWS}, 256, 0}}},
      {.stages = {{"step_row", {ROWS, 1}, 16, 0}}},
      {.stages = {{"step_vector", {ROWS, 1}, 16, 0}}}}},
    {"sum of a b",
     make_sum,
     {{.stages = {{"sum_tree", {64 * 64, 1}, 64, 0}, {"sum_end", {1, 1}, 1, 64}},
       .scratch_doubles = 64},
      {.stages = {{"sum_block", {16, 1}, 1, 0}, {"sum_end", {1, 1}, 1, 16}}, .scratch_doubles = 64},
      {.stages = {{"sum_vector", {16, 1}, 1, 0}, {"sum_end", {1, 1}, 1, 16}},
       .scratch_doubles = 64}}},
    {"sums down columns",
     make_columns,
     {{.stages = {{"column_item", {COLUMNS, 1}, 64, 0}}},
      {.stages = {{"column_block", {COLUMNS / 64, 1}, 1, 0}}},
      {.stages = {{"column_vector", {COLUMNS / 32, 1}, 1, 0}}}}},
    {"cumulative sums, 1024 x 1024",
     make_scan,
     {{.stages = {{"scan_item", {ROWS, 1}, 16, 0}}},
      {.stages = {{"scan_eight", {ROWS / 8, 1}, 1, 0}}},
      {.stages = {{"scan_vector", {ROWS / 4, 1}, 1, 0}}}}},
    {"cumulative sum, one line",
     make_long_scan,
     {{.stages = {{"long_scan_item", {1, 1}, 1, 0}}, .scratch_doubles = 8},
      {.stages = {{"long_scan_totals", {8, 1}, 1, 0}, {"long_scan_item", {8, 1}, 1, 0}},
       .scratch_doubles = 8},
      {.stages = {{"long_scan_totals", {8, 1}, 1, 0}, {"long_scan_vector", {8, 1}, 1, 0}},
       .scratch_doubles = 8}}},
    {"line solve, 4096 lines of 256",
     make_many_lines,
     {{.stages = {{"solve_item_1", {4096, 1}, 16, 0}}, .scratch_doubles = CELLS},
      {.stages = {{"solve_eight_1", {512, 1}, 1, 0}}, .scratch_doubles = 2 * CELLS},
      {.stages = {{"solve_strip_1", {8, 1}, 1, 0}}, .scratch_doubles = 2 * 8 * 16 * 256}}},
    {"line solve, 8 lines of 65536",
     make_few_lines,
     {{.stages = {{"solve_item_1", {8, 1}, 1, 0}}, .scratch_doubles = CELLS},
      {.stages = {{"solve_eight_1", {1, 1}, 1, 0}}, .scratch_doubles = 2 * CELLS},
      {.stages = {{"solve_strip_1", {1, 1}, 1, 0}}, .scratch_doubles = 2 * CELLS}}},
    {"line solve, strided, 4096 of 256",
     make_strided_lines,
     {{.stages = {{"solve_item_0", {4096, 1}, 16, 0}}, .scratch_doubles = CELLS},
      {.stages = {{"solve_eight_0", {512, 1}, 1, 0}}, .scratch_doubles = 2 * CELLS},
      {.stages = {{"solve_strip_0", {8, 1}, 1, 0}}, .scratch_doubles = 2 * 8 * 16 * 256}}},
    {"closed line solve, 4096 of 256",
     make_closed_lines,
     {{.stages = {{"closed_item_1", {4096, 1}, 16, 0}}, .scratch_doubles = 3 * CELLS},
      {.stages = {{"closed_eight_1", {512, 1}, 1, 0}}, .scratch_doubles = 3 * CELLS},
      {.stages = {{"closed_strip_1", {8, 1}, 1, 0}}, .scratch_doubles = 8 * 24 * 256}}},
};

/* ---- measuring ------------------------------------------------------------------------------ */

/* Seconds of each round; contender 0 is the emitted kernel. */
static double seconds[1 + VARIANTS][MOST_ROUNDS];
static double processor[1 + VARIANTS]; /* of all threads, mean of the rounds */

static int ascending(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static void run_contender(const opencl_run *emitted, const twin_run *runs, int contender) {
  if (contender == 0)
    opencl_run_queue(emitted);
  else
    queue_twin(&runs[contender - 1]);
}

static void measure(const opencl_run *emitted, const twin_run *runs, int rounds) {
  enum { REPEATS = 4 };
  memset(processor, 0, sizeof processor);
  for (int round = -1; round < rounds; round++) /* the first warms up */
    for (int contender = 0; contender <= VARIANTS; contender++) {
      clFinish(runner.queue);
      double start = now(CLOCK_MONOTONIC), busy = now(CLOCK_PROCESS_CPUTIME_ID);
      for (int k = 0; k < REPEATS; k++)
        run_contender(emitted, runs, contender);
      clFinish(runner.queue);
      if (round < 0) continue;
      seconds[contender][round] = (now(CLOCK_MONOTONIC) - start) / REPEATS;
      processor[contender] += (now(CLOCK_PROCESS_CPUTIME_ID) - busy) / REPEATS / rounds;
    }
  for (int contender = 0; contender <= VARIANTS; contender++)
    qsort(seconds[contender], (size_t)rounds, sizeof(double), ascending);
}

static double median(int contender, int rounds) {
  const double *s = seconds[contender];
  return rounds % 2 ? s[rounds / 2] : 0.5 * (s[rounds / 2 - 1] + s[rounds / 2]);
}

static double spread(int contender, int rounds) {
  const double *s = seconds[contender];
  return 50 * (s[3 * rounds / 4] - s[rounds / 4]) / median(contender, rounds);
}

/* What one run of a contender leaves in the last operand, as memory of the caller. */
static double *result_of(const opencl_run *emitted, const twin_run *runs, int contender) {
  static const double never = NAN;
  uint32_t operand = emitted->builder->description.operands.count - 1;
  uint64_t size = emitted->builder->sizes[operand];
  double *result = malloc(size);
  if (!result) exit(EXIT_FAILURE);
  opencl_need(clEnqueueFillBuffer(runner.queue, emitted->buffers[operand], &never, sizeof never, 0,
                                  size, 0, NULL, NULL),
              "filling a buffer");
  run_contender(emitted, runs, contender);
  opencl_run_read(emitted, operand, result);
  return result;
}

/* Relative to 1 and to the value; two numbers lie before the first, and one behind the last. */
static double greatest_difference(const double *left, const double *right, uint64_t count) {
  double greatest = 0;
  for (uint64_t i = 2; i + 1 < count; i++) {
    double distance = fabs(left[i] - right[i]) / fmax(1, fabs(left[i]));
    if (!(distance <= greatest)) greatest = distance;
  }
  return greatest;
}

static bool all_agree(const opencl_run *emitted, const twin_run *runs) {
  uint32_t operand = emitted->builder->description.operands.count - 1;
  double *expected = result_of(emitted, runs, 0);
  bool agree = true;
  for (int k = 1; k <= VARIANTS; k++) {
    double *result = result_of(emitted, runs, k);
    double distance =
        greatest_difference(expected, result, emitted->builder->sizes[operand] / sizeof(double));
    if (!(distance <= 1e-10)) {
      printf("  %s disagrees by %g\n", runs[k - 1].twin->stages[0].entry, distance);
      agree = false;
    }
    free(result);
  }
  free(expected);
  return agree;
}

static bool compare(const struct computation *computation, int rounds) {
  kernel_builder *b = computation->make();
  uint32_t layout = strstr(runner.name, "cpu") || strstr(runner.name, "pthread")
                        ? MFG_LAYOUT_BLOCKED
                        : MFG_LAYOUT_INTERLEAVED;
  opencl_run *emitted = opencl_run_new(&runner, b, layout, "-cl-std=CL1.2", NULL);
  twin_run runs[VARIANTS];
  for (int k = 0; k < VARIANTS; k++)
    open_twin(&runs[k], &computation->twins[k], emitted);
  measure(emitted, runs, rounds);
  int best = 1;
  for (int k = 2; k <= VARIANTS; k++)
    if (median(k, rounds) < median(best, rounds)) best = k;
  printf("%-34s ratio %.3f (least %.3f, processor %.3f)\n", computation->name,
         median(0, rounds) / median(best, rounds), seconds[0][0] / seconds[best][0],
         processor[0] / processor[best]);
  for (int k = 0; k <= VARIANTS; k++)
    printf("  %c %-18s %8.3f ms +-%5.1f%%, least %8.3f ms, processor %8.3f ms\n",
           k == best ? '*' : ' ', k ? computation->twins[k - 1].stages[0].entry : "emitted",
           1e3 * median(k, rounds), spread(k, rounds), 1e3 * seconds[k][0], 1e3 * processor[k]);
  bool agree = all_agree(emitted, runs);
  for (int k = 0; k < VARIANTS; k++)
    close_twin(&runs[k]);
  opencl_run_free(emitted);
  builder_clear(b);
  return agree;
}

int main(int count, char **arguments) {
  int rounds = count > 1 ? atoi(arguments[1]) : 21;
  if (rounds < 1 || rounds > MOST_ROUNDS) {
    fprintf(stderr, "usage: opencl_kernels [rounds, 1 to %d, [part of a name]]\n", MOST_ROUNDS);
    return 2;
  }
  if (!opencl_runner_open(&runner)) {
    fprintf(stderr, "opencl_kernels: no OpenCL device\n");
    return 3;
  }
  twins = opencl_runner_build(&runner, opencl_twins, "-cl-std=CL1.2");
  printf("device %s, %u compute units, medians of %d\n", runner.name, runner.facts.compute_units,
         rounds);
  bool agree = true;
  for (size_t i = 0; i < sizeof computations / sizeof *computations; i++)
    if (count < 3 || strstr(computations[i].name, arguments[2]))
      agree = compare(&computations[i], rounds) && agree;
  clReleaseProgram(twins);
  opencl_runner_close(&runner);
  return agree ? EXIT_SUCCESS : EXIT_FAILURE;
}
