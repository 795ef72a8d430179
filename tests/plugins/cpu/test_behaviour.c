/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What random kernels do not reach: memory that is shared, forks, several threads, settings, lists
 * with repeats, and calls that must fail. */
#include "harness.h"
#include "kernel_builder.h"

#include <check.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG 300000

static harness host;
static void open_host(void) {
  harness_open(&host, "2", NULL);
}
static void close_host(void) {
  harness_close(&host);
}

static void open_alone(void) {
  harness_open(&host, "1", NULL);
}

#define CHECK(call) ck_assert_msg((call) == MFG_OK, "%s", host.text)

static void run_once(harness *on, kernel_builder *builder, const launch *what) {
  mfg_plugin_kernel *kernel = harness_prepare(on, kernel_build(builder));
  mfg_status status = harness_run(on, kernel, what, 0);
  ck_assert_msg(status == MFG_OK, "%s", on->text);
  on->plugin->kernel->release(kernel);
}

static launch launch_of(int64_t extent, uint32_t operands) {
  return (launch){.extents = {extent}, .operand_count = operands};
}

static void bind_doubles(launch *what, uint32_t index, double *memory) {
  operand_dense(&what->operands[index], memory, sizeof *memory, 1, what->extents);
}

/* ---- shared memory -------------------------------------------------------------------------- */

START_TEST(two_arrays_are_swapped_in_place) {
  kernel_builder builder;
  double a[300], b[300];
  for (int i = 0; i < 300; i++)
    a[i] = i, b[i] = -i;
  kernel_begin(&builder, 1);
  int32_t first = kernel_load(&builder, kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ), 0);
  int32_t second =
      kernel_load(&builder, kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ), 0);
  kernel_output(&builder, second);
  kernel_output(&builder, first);
  launch what = launch_of(300, 4);
  for (uint32_t i = 0; i < 4; i++)
    bind_doubles(&what, i, i % 2 == 0 ? a : b);
  run_once(&host, &builder, &what);
  for (int i = 0; i < 300; i++) {
    ck_assert_double_eq(a[i], -i);
    ck_assert_double_eq(b[i], i);
  }
}
END_TEST

/* Both outputs need the old value of the array that the first one overwrites. */
START_TEST(outputs_over_an_operand_come_after_all_its_reads) {
  kernel_builder builder;
  double a[1000], b[1000];
  for (int i = 0; i < 1000; i++)
    a[i] = i;
  kernel_begin(&builder, 1);
  int32_t value = kernel_load(&builder, kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ), 0);
  int32_t twice = kernel_binary(&builder, MFG_OP_ADD, value, value);
  kernel_output(&builder, twice);
  kernel_output(&builder, kernel_binary(&builder, MFG_OP_MULTIPLY, value, value));
  launch what = launch_of(1000, 3);
  bind_doubles(&what, 0, a);
  bind_doubles(&what, 1, a);
  bind_doubles(&what, 2, b);
  run_once(&host, &builder, &what);
  for (int i = 0; i < 1000; i++) {
    ck_assert_double_eq(a[i], 2.0 * i);
    ck_assert_double_eq(b[i], (double)i * i);
  }
}
END_TEST

/* Each coefficient looks at neighbours along the line; the result replaces the array it looked at.
 * `step` apart in memory: along the inner axis or across it. */
static void solve_in_place(int64_t rows, int64_t columns, uint8_t axis) {
  kernel_builder builder;
  size_t count = (size_t)(rows * columns);
  double *u = calloc(count, sizeof *u), *expected = calloc(count, sizeof *u);
  double *source = calloc(count, sizeof *u);
  for (size_t i = 0; i < count; i++)
    u[i] = source[i] = sin((double)i);
  kernel_begin(&builder, 2);
  uint32_t read = kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ);
  int32_t here = kernel_load(&builder, read, MFG_SITE_HERE);
  int32_t right = kernel_load(&builder, read, kernel_shift(&builder, axis, 1, MFG_BOUNDARY_CLAMP));
  int32_t left = kernel_load(&builder, read, kernel_shift(&builder, axis, -1, MFG_BOUNDARY_WRAP));
  int32_t four = kernel_constant(&builder, MFG_FLOAT64, 4);
  int32_t values[4] = {left, kernel_binary(&builder, MFG_OP_ADD, four, here), right, here};
  kernel_line_solve(&builder, axis, 0, values);
  kernel_output(&builder, kernel_result(&builder, 0));
  launch what = {.extents = {rows, columns}, .operand_count = 2};
  operand_dense(&what.operands[0], source, sizeof *u, 2, what.extents);
  operand_dense(&what.operands[1], expected, sizeof *u, 2, what.extents);
  ck_assert_int_eq(harness_reference(kernel_build(&builder), &what), MFG_OK);
  what.operands[0].memory = what.operands[1].memory = (char *)u;
  run_once(&host, &builder, &what);
  for (size_t i = 0; i < count; i++)
    ck_assert_double_eq_tol(u[i], expected[i], 1e-12);
  free(u);
  free(expected);
  free(source);
}

START_TEST(lines_are_solved_over_what_they_read) {
  solve_in_place(1, 201, 1);
  solve_in_place(3, 2000, 1);
  solve_in_place(37, 700, 1);
  solve_in_place(700, 37, 0);
  solve_in_place(50, 300, 0);
  solve_in_place(600, 1, 0);
}
END_TEST

/* ---- numbers -------------------------------------------------------------------------------- */

START_TEST(a_product_of_floats_is_close_to_the_exact_one) {
  kernel_builder builder;
  static double factors[LONG];
  double logarithm = 0, product = 0;
  for (int i = 0; i < LONG; i++) {
    factors[i] = i % 2 == 0 ? 1.5 : 2.0 / 3 + 1e-9 * (i % 7);
    logarithm += log(factors[i]);
  }
  kernel_begin(&builder, 1);
  int32_t value = kernel_load(&builder, kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ), 0);
  kernel_reduce(&builder, 1);
  kernel_add_result(&builder, MFG_REDUCE_PRODUCT, value);
  uint32_t target = kernel_output(&builder, kernel_result(&builder, 0));
  kernel_stride_class(&builder, target, 0, MFG_STRIDE_ZERO);
  launch what = launch_of(LONG, 2);
  bind_doubles(&what, 0, factors);
  what.operands[1] = (operand){.memory = (char *)&product, .size = sizeof product};
  run_once(&host, &builder, &what);
  ck_assert_double_eq_tol(product / exp(logarithm), 1, 1e-9);
}
END_TEST

/* A sum of many equal numbers that a running sum in float32 would not reach. */
START_TEST(a_long_sum_of_float32_is_accurate) {
  kernel_builder builder;
  int64_t n = INT64_C(1) << 25;
  float tenth = 0.1f, sum = 0;
  kernel_begin(&builder, 2);
  uint32_t read = kernel_operand(&builder, MFG_FLOAT32, MFG_OPERAND_READ);
  int32_t value = kernel_load(&builder, read, MFG_SITE_HERE);
  kernel_reduce(&builder, 3);
  kernel_add_result(&builder, MFG_REDUCE_SUM, value);
  uint32_t target = kernel_output(&builder, kernel_result(&builder, 0));
  kernel_stride_class(&builder, target, 0, MFG_STRIDE_ZERO);
  kernel_stride_class(&builder, target, 1, MFG_STRIDE_ZERO);
  launch what = {.extents = {n / 8, 8}, .operand_count = 2};
  what.operands[0] = (operand){.memory = (char *)&tenth, .size = sizeof tenth};
  what.operands[1] = (operand){.memory = (char *)&sum, .size = sizeof sum};
  run_once(&host, &builder, &what);
  ck_assert_double_eq_tol((double)sum / ((double)tenth * (double)n), 1, 1e-6);
}
END_TEST

/* ---- forks and threads ---------------------------------------------------------------------- */

static void build_sum(kernel_builder *builder) {
  kernel_begin(builder, 1);
  int32_t value = kernel_load(builder, kernel_operand(builder, MFG_FLOAT64, MFG_OPERAND_READ), 0);
  value = kernel_unary(builder, MFG_OP_SIN, kernel_unary(builder, MFG_OP_EXP, value));
  kernel_reduce(builder, 1);
  kernel_add_result(builder, MFG_REDUCE_SUM, value);
  kernel_stride_class(builder, kernel_output(builder, kernel_result(builder, 0)), 0,
                      MFG_STRIDE_ZERO);
}

/* A launch that the pool shares. */
static double long_sum(harness *on) {
  kernel_builder builder;
  double sum = 0, *values = malloc(LONG * sizeof *values);
  for (int i = 0; i < LONG; i++)
    values[i] = 1e-5 * i;
  build_sum(&builder);
  launch what = launch_of(LONG, 2);
  bind_doubles(&what, 0, values);
  what.operands[1] = (operand){.memory = (char *)&sum, .size = sizeof sum};
  run_once(on, &builder, &what);
  free(values);
  return sum;
}

START_TEST(a_forked_child_opens_a_device_of_its_own) {
  double expected = long_sum(&host);
  pid_t child = fork();
  ck_assert_int_ge(child, 0);
  if (child == 0) {
    alarm(20);
    harness own;
    harness_open(&own, "3", NULL);
    bool same = long_sum(&own) == expected;
    harness_close(&own);
    _exit(same ? 0 : 1);
  }
  int status;
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child: status %d", status);
  ck_assert(long_sum(&host) == expected);
}
END_TEST

static void *sum_repeatedly(void *result) {
  harness own;
  harness_open(&own, "2", NULL);
  double first = long_sum(&own), *same = result;
  *same = first;
  for (int i = 0; i < 20; i++)
    if (long_sum(&own) != first) *same = NAN;
  harness_close(&own);
  return NULL;
}

START_TEST(several_threads_launch_at_once) {
  enum { THREADS = 4 };
  pthread_t threads[THREADS];
  double results[THREADS], expected = long_sum(&host);
  for (int i = 0; i < THREADS; i++)
    ck_assert_int_eq(pthread_create(&threads[i], NULL, sum_repeatedly, &results[i]), 0);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  for (int i = 0; i < THREADS; i++)
    ck_assert(results[i] == expected);
}
END_TEST

/* ---- settings and failures ------------------------------------------------------------------ */

START_TEST(a_wrong_number_of_threads_is_an_error) {
  static const char *const wrong[] = {"0", "-3", "two", "4x", "99999"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    mfg_plugin_device *device = NULL;
    host.threads = wrong[i];
    mfg_status status = host.plugin->device->open(&host.host, 0, &device, &host.error);
    ck_assert_int_eq(status, MFG_ERROR_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(host.text, "MFG_CPU_THREADS"));
  }
}
END_TEST

START_TEST(an_allocation_that_cannot_be_is_refused) {
  mfg_plugin_buffer *buffer = NULL;
  mfg_status status =
      host.plugin->buffer->allocate(host.device, UINT64_C(1) << 60, &buffer, &host.error);
  ck_assert_int_eq(status, MFG_ERROR_DEVICE_MEMORY);
}
END_TEST

/* Untouched, the buffers cost nothing; together they are more than the machine has. */
START_TEST(buffers_stop_at_the_memory_of_the_machine) {
  const mfg_plugin_buffer_table *table = host.plugin->buffer;
  uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
  mfg_plugin_buffer *buffers[8];
  for (int round = 0; round < 2; round++) {
    int count = 0;
    mfg_status status = MFG_OK;
    while (count < 8 && status == MFG_OK) {
      status = table->allocate(host.device, memory / 8 + 1, &buffers[count], &host.error);
      count += status == MFG_OK;
    }
    ck_assert_int_eq(status, MFG_ERROR_DEVICE_MEMORY);
    ck_assert_int_ge(count, 1);
    for (int i = 0; i < count; i++)
      table->free(host.device, buffers[i]);
  }
}
END_TEST

/* Pages behind the element that decides cannot be read: who goes on searching is ended. */
static void search(uint8_t operation, uint8_t fill, uint8_t deciding) {
  const size_t readable = (size_t)1 << 20, all = (size_t)16 << 20;
  uint8_t *memory = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ck_assert_ptr_ne(memory, MAP_FAILED);
  memset(memory, fill, readable);
  memory[readable / 3] = deciding;
  ck_assert_int_eq(mprotect(memory + readable, all - readable, PROT_NONE), 0);
  uint8_t found = fill;
  mfg_plugin_buffer *buffers[2];
  const mfg_plugin_buffer_table *table = host.plugin->buffer;
  CHECK(table->import_host(host.device, memory, all, &buffers[0], &host.error));
  CHECK(table->import_host(host.device, &found, 1, &buffers[1], &host.error));
  static kernel_builder builder;
  kernel_begin(&builder, 1);
  uint32_t values = kernel_operand(&builder, MFG_BOOL, MFG_OPERAND_READ);
  kernel_stride_class(&builder, values, 0, MFG_STRIDE_UNIT);
  int32_t value = kernel_load(&builder, values, MFG_SITE_HERE);
  kernel_reduce(&builder, 1);
  kernel_add_result(&builder, operation, value);
  uint32_t target = kernel_output(&builder, kernel_result(&builder, 0));
  kernel_stride_class(&builder, target, 0, MFG_STRIDE_ZERO);
  mfg_plugin_kernel *kernel;
  CHECK(host.plugin->kernel->prepare(host.device, kernel_build(&builder), &kernel, &host.error));
  const int64_t extent = (int64_t)all, unit = 1, zero = 0;
  mfg_kernel_binding bindings[2] = {{.buffer = buffers[0], .strides = &unit},
                                    {.buffer = buffers[1], .strides = &zero}};
  mfg_kernel_launch work = {.struct_size = sizeof work,
                            .extents = &extent,
                            .bindings = {bindings, 2, sizeof bindings[0]}};
  CHECK(host.plugin->kernel->launch(host.queue, kernel, &work, &host.error));
  ck_assert_uint_eq(found, deciding);
  host.plugin->kernel->release(kernel);
  for (int i = 0; i < 2; i++)
    table->free(host.device, buffers[i]);
  munmap(memory, all);
}

START_TEST(a_search_ends_where_it_is_decided) {
  search(MFG_REDUCE_ANY, 0, 1);
  search(MFG_REDUCE_ALL, 1, 0);
}
END_TEST

/* Large copies and fills go over several threads; the ends of pieces are where errors show. */
START_TEST(large_memory_is_copied_and_filled_to_the_last_byte) {
  const mfg_plugin_buffer_table *table = host.plugin->buffer;
  const size_t size = ((size_t)20 << 20) + 5;
  mfg_plugin_buffer *from, *to;
  uint8_t *written = malloc(size), *read = malloc(size);
  ck_assert(written != NULL && read != NULL);
  for (size_t i = 0; i < size; i++)
    written[i] = (uint8_t)(i * 131 >> 7);
  CHECK(table->allocate(host.device, size + 3, &from, &host.error));
  CHECK(table->allocate(host.device, size + 3, &to, &host.error));
  CHECK(table->upload(host.queue, from, 3, written, size, &host.error));
  CHECK(table->copy(host.queue, to, 1, from, 3, size, &host.error));
  CHECK(table->download(host.queue, to, 1, read, size, &host.error));
  ck_assert_mem_eq(read, written, size);
  const uint8_t pattern[4] = {1, 2, 3, 4};
  CHECK(table->fill(host.queue, to, 2, pattern, 4, size / 4, &host.error));
  CHECK(table->download(host.queue, to, 2, read, size / 4 * 4, &host.error));
  size_t right = 0;
  while (right < size / 4 * 4 && read[right] == right % 4 + 1)
    right++;
  ck_assert_uint_eq(right, size / 4 * 4);
  /* Overlapping, as if copied first. */
  CHECK(table->upload(host.queue, from, 0, written, size, &host.error));
  CHECK(table->copy(host.queue, from, 3, from, 0, size, &host.error));
  CHECK(table->download(host.queue, from, 3, read, size, &host.error));
  ck_assert_mem_eq(read, written, size);
  ck_assert_int_eq(table->upload(host.queue, to, 4, written, size, &host.error),
                   MFG_ERROR_INVALID_ARGUMENT);
  table->free(host.device, from);
  table->free(host.device, to);
  free(written);
  free(read);
}
END_TEST

START_TEST(dlpack_memory_of_the_host_is_used_in_place) {
  double numbers[4] = {1, 2, 3, 4};
  int32_t type = 0, id = -1;
  void *memory = NULL, *stream = &numbers;
  mfg_plugin_buffer *buffer;
  const mfg_plugin_buffer_table *buffers = host.plugin->buffer;
  ck_assert_int_eq(buffers->import_dlpack(host.device, 2, 0, numbers, 32, &buffer, &host.error),
                   MFG_ERROR_UNSUPPORTED);
  ck_assert_int_eq(buffers->import_dlpack(host.device, 1, 0, numbers, 32, &buffer, &host.error),
                   MFG_OK);
  ck_assert_int_eq(
      buffers->export_dlpack(host.queue, buffer, &type, &id, &memory, &stream, &host.error),
      MFG_OK);
  ck_assert_int_eq(type, 1);
  ck_assert_int_eq(id, 0);
  ck_assert_ptr_eq(memory, numbers);
  ck_assert_ptr_null(stream);
  buffers->free(host.device, buffer);
}
END_TEST

START_TEST(a_gather_from_nothing_is_an_error) {
  kernel_builder builder;
  double memory[4] = {0};
  kernel_begin(&builder, 1);
  uint32_t from = kernel_operand(&builder, MFG_FLOAT64, MFG_OPERAND_READ | MFG_OPERAND_GATHER);
  int32_t index = kernel_index(&builder, 0, MFG_SITE_HERE);
  int32_t value =
      kernel_instruction(&builder, (mfg_kernel_instruction){.operation = MFG_OP_GATHER,
                                                            .type = MFG_FLOAT64,
                                                            .arguments = {index, -1, -1},
                                                            .slot = from});
  kernel_output(&builder, value);
  launch what = launch_of(4, 2);
  bind_doubles(&what, 0, memory);
  bind_doubles(&what, 1, memory);
  what.operands[0].gathered = true;
  mfg_plugin_kernel *kernel = harness_prepare(&host, kernel_build(&builder));
  ck_assert_int_eq(harness_run(&host, kernel, &what, 0), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(harness_run(&host, kernel, &what, 1), MFG_ERROR_INVALID_ARGUMENT);
  what.operands[0].extents[0] = 1;
  ck_assert_int_eq(harness_run(&host, kernel, &what, 0), MFG_OK);
  host.plugin->kernel->release(kernel);
}
END_TEST

static TCase *behaviour_tests(void) {
  TCase *tests = tcase_create("behaviour");
  tcase_set_timeout(tests, 120);
  tcase_add_checked_fixture(tests, open_host, close_host);
  tcase_add_test(tests, two_arrays_are_swapped_in_place);
  tcase_add_test(tests, outputs_over_an_operand_come_after_all_its_reads);
  tcase_add_test(tests, lines_are_solved_over_what_they_read);
  tcase_add_test(tests, a_product_of_floats_is_close_to_the_exact_one);
  tcase_add_test(tests, a_long_sum_of_float32_is_accurate);
  tcase_add_test(tests, a_forked_child_opens_a_device_of_its_own);
  tcase_add_test(tests, several_threads_launch_at_once);
  tcase_add_test(tests, a_wrong_number_of_threads_is_an_error);
  tcase_add_test(tests, an_allocation_that_cannot_be_is_refused);
  tcase_add_test(tests, large_memory_is_copied_and_filled_to_the_last_byte);
  tcase_add_test(tests, buffers_stop_at_the_memory_of_the_machine);
  tcase_add_test(tests, dlpack_memory_of_the_host_is_used_in_place);
  tcase_add_test(tests, a_gather_from_nothing_is_an_error);
  return tests;
}

/* On one thread, so that the order of the work is known. */
static TCase *alone_tests(void) {
  TCase *tests = tcase_create("alone");
  tcase_set_timeout(tests, 60);
  tcase_add_checked_fixture(tests, open_alone, close_host);
  tcase_add_test(tests, a_search_ends_where_it_is_decided);
  return tests;
}

int main(void) {
  Suite *suite = suite_create("cpu behaviour");
  suite_add_tcase(suite, behaviour_tests());
  suite_add_tcase(suite, alone_tests());
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
