/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When code comes and goes: swapped in while threads launch, kept on disk, abandoned by a kernel, a
 * device or a process that ends while it is being made. */
#include "kernel_builder.h"
#include "random_kernel.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLACES 20000

static double input[PLACES], expected[PLACES];

/* An explicit step on a ring; `weight` makes one kernel differ from another. */
static const mfg_kernel_description *step_kernel(kernel_builder *builder, double weight) {
  kernel_begin(builder, 1);
  uint32_t u = kernel_operand(builder, MFG_FLOAT64, MFG_OPERAND_READ);
  int32_t here = kernel_load(builder, u, MFG_SITE_HERE);
  int32_t right = kernel_load(builder, u, kernel_shift(builder, 0, 1, MFG_BOUNDARY_WRAP));
  int32_t left = kernel_load(builder, u, kernel_shift(builder, 0, -1, MFG_BOUNDARY_WRAP));
  int32_t slope = kernel_binary(builder, MFG_OP_SUBTRACT, right, left);
  int32_t square = kernel_binary(builder, MFG_OP_MULTIPLY, slope, slope);
  int32_t factor = kernel_constant(builder, MFG_FLOAT64, weight);
  int32_t change = kernel_binary(builder, MFG_OP_MULTIPLY, square, factor);
  int32_t sine = kernel_unary(builder, MFG_OP_SIN, here);
  kernel_output(builder, kernel_binary(builder, MFG_OP_SUBTRACT, sine, change));
  return kernel_build(builder);
}

static launch step_launch(double *output) {
  launch what = {.extents = {PLACES}, .operand_count = 2};
  operand_dense(&what.operands[0], input, sizeof *input, 1, what.extents);
  operand_dense(&what.operands[1], output, sizeof *output, 1, what.extents);
  return what;
}

static void run_step(harness *host, mfg_plugin_kernel *kernel, double *output) {
  launch what = step_launch(output);
  mfg_status status = harness_run(host, kernel, &what, 0);
  ck_assert_msg(status == MFG_OK, "%s", host->text);
}

static void expect_step(const double *output) {
  ck_assert(memcmp(output, expected, sizeof expected) == 0);
}

/* What the interpreter makes of it. */
static void set_up(void) {
  static kernel_builder builder;
  harness host;
  for (int i = 0; i < PLACES; i++)
    input[i] = (double)(i * 37 % 101) / 101;
  harness_open(&host, "1", NULL);
  mfg_plugin_kernel *kernel = harness_prepare(&host, step_kernel(&builder, 0.25));
  run_step(&host, kernel, expected);
  host.plugin->kernel->release(kernel);
  harness_close(&host);
}

static cpu_compile_statistics statistics_of(const harness *host) {
  cpu_compile_statistics statistics;
  harness_compile(host)->statistics(&statistics);
  return statistics;
}

/* Launches until the kernel has been found hot. */
static void make_hot(harness *host, mfg_plugin_kernel *kernel) {
  static double output[PLACES];
  uint64_t before = statistics_of(host).requested;
  for (int i = 0; i < 5000 && statistics_of(host).requested == before; i++)
    run_step(host, kernel, output);
#ifdef CPU_COMPILER_BUILT
  ck_assert_uint_gt(statistics_of(host).requested, before);
#endif
  expect_step(output);
}

/* ---- swapping in ---------------------------------------------------------------------------- */

struct launcher {
  harness *host;
  mfg_plugin_kernel *kernel;
  double output[PLACES];
  bool same;
};

/* A queue of its own; the kernel is everybody's. */
static void *launch_repeatedly(void *context) {
  struct launcher *launcher = context;
  harness own = *launcher->host;
  const mfg_plugin_queue_table *queues = own.plugin->queue;
  own.host.context = &own;
  launcher->same = queues->create(own.device, &own.queue, &own.error) == MFG_OK;
  launch what = step_launch(launcher->output);
  for (int i = 0; i < 300 && launcher->same; i++)
    launcher->same = harness_run(&own, launcher->kernel, &what, 0) == MFG_OK &&
                     memcmp(launcher->output, expected, sizeof expected) == 0;
  queues->destroy(own.queue);
  return NULL;
}

START_TEST(code_is_swapped_in_under_launching_threads) {
  enum { THREADS = 3 };
  static kernel_builder builder;
  static struct launcher launchers[THREADS];
  pthread_t threads[THREADS];
  harness host;
  harness_open_compiling(&host, "2", NULL, "auto", "off");
  mfg_plugin_kernel *kernel = harness_prepare(&host, step_kernel(&builder, 0.25));
  for (int i = 0; i < THREADS; i++) {
    launchers[i].host = &host;
    launchers[i].kernel = kernel;
    ck_assert_int_eq(pthread_create(&threads[i], NULL, launch_repeatedly, &launchers[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    ck_assert(launchers[i].same);
  }
  harness_compile(&host)->wait();
#ifdef CPU_COMPILER_BUILT
  ck_assert_uint_eq(statistics_of(&host).compiled, 1);
#endif
  double output[PLACES];
  run_step(&host, kernel, output);
  expect_step(output);
  host.plugin->kernel->release(kernel);
  harness_close(&host);
}
END_TEST

START_TEST(a_recorded_launch_takes_the_code_once_it_is_there) {
  static kernel_builder builder;
  static double output[PLACES];
  harness host;
  harness_open_compiling(&host, "1", NULL, "auto", "off");
  mfg_plugin_kernel *kernel = harness_prepare(&host, step_kernel(&builder, 0.25));
  launch what = step_launch(output);
  ck_assert_int_eq(harness_run(&host, kernel, &what, 1000), MFG_OK);
  harness_compile(&host)->wait();
#ifdef CPU_COMPILER_BUILT
  ck_assert_uint_eq(statistics_of(&host).compiled, 1);
#endif
  ck_assert_int_eq(harness_run(&host, kernel, &what, 2), MFG_OK);
  expect_step(output);
  host.plugin->kernel->release(kernel);
  harness_close(&host);
}
END_TEST

START_TEST(never_means_never) {
  static kernel_builder builder;
  static double output[PLACES];
  harness host;
  harness_open_compiling(&host, "1", NULL, "never", "off");
  mfg_plugin_kernel *kernel = harness_prepare(&host, step_kernel(&builder, 0.25));
  launch what = step_launch(output);
  ck_assert_int_eq(harness_run(&host, kernel, &what, 1000), MFG_OK);
  ck_assert_uint_eq(statistics_of(&host).requested, 0);
  host.plugin->kernel->release(kernel);
  harness_close(&host);
}
END_TEST

START_TEST(another_word_is_an_error) {
  harness host;
  mfg_plugin_device *device = NULL;
  harness_open(&host, "1", NULL);
  host.compile = "perhaps";
  mfg_status status = host.plugin->device->open(&host.host, 0, &device, &host.error);
  ck_assert_int_eq(status, MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_ptr_nonnull(strstr(host.text, "MFG_CPU_COMPILE is \"perhaps\""));
  host.compile = "never";
  harness_close(&host);
}
END_TEST

/* ---- ends in between ------------------------------------------------------------------------ */

START_TEST(kernels_and_devices_end_while_code_is_made) {
  static kernel_builder builder;
  for (int turn = 0; turn < 6; turn++) {
    harness host;
    harness_open_compiling(&host, "1", NULL, "auto", "off");
    mfg_plugin_kernel *first = harness_prepare(&host, step_kernel(&builder, 0.25));
    make_hot(&host, first);
    mfg_plugin_kernel *second = harness_prepare(&host, step_kernel(&builder, 0.25));
    make_hot(&host, second);
    if (turn % 2 == 1) harness_compile(&host)->wait();
    host.plugin->kernel->release(turn % 3 == 0 ? second : first);
    host.plugin->kernel->release(turn % 3 == 0 ? first : second);
    harness_close(&host);
  }
}
END_TEST

/* The status of a child, which has 60 seconds. */
static void expect_child(pid_t child) {
  int status;
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child: status %d", status);
}

START_TEST(a_process_may_end_while_code_is_made) {
  static kernel_builder builder;
  for (int turn = 0; turn < 4; turn++) {
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
      alarm(60);
      harness host;
      harness_open_compiling(&host, "1", NULL, "auto", "off");
      mfg_plugin_kernel *kernel = harness_prepare(&host, step_kernel(&builder, 0.25));
      make_hot(&host, kernel);
      usleep((useconds_t)turn * 5000);
      exit(0); /* nothing is closed */
    }
    expect_child(child);
  }
}
END_TEST

/* Each run of the case is a process of its own, whose first turn also loads the module: the fork
 * comes before, during and after that. */
START_TEST(a_process_may_fork_while_code_is_made) {
  static kernel_builder builder;
  for (int turn = 0; turn < 4; turn++) {
    harness host;
    harness_open_compiling(&host, "1", NULL, "auto", "off");
    mfg_plugin_kernel *kernel = harness_prepare(&host, step_kernel(&builder, 0.25));
    make_hot(&host, kernel);
    usleep((useconds_t)(turn * 4000 + _i * 200));
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
      static double output[PLACES];
      alarm(60);
      harness own;
      harness_open_compiling(&own, "1", NULL, "always", "off");
      mfg_plugin_kernel *other = harness_prepare(&own, step_kernel(&builder, 0.25));
      run_step(&own, other, output);
      expect_step(output);
      own.plugin->kernel->release(other);
      harness_close(&own);
      _exit(0);
    }
    expect_child(child);
    host.plugin->kernel->release(kernel);
    harness_close(&host);
  }
}
END_TEST

/* ---- code on disk --------------------------------------------------------------------------- */

static char cache[64], directory[96];

static void cache_set_up(void) {
  set_up();
  strcpy(cache, "/tmp/mfg-test-XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(cache));
  snprintf(directory, sizeof directory, "%s/mfg/cpu", cache);
  setenv("XDG_CACHE_HOME", cache, 1);
}

#ifdef CPU_COMPILER_BUILT
/* The path of the one file that is kept. */
static void kept_file(char path[384]) {
  DIR *stream = opendir(directory);
  ck_assert_ptr_nonnull(stream);
  int count = 0;
  for (struct dirent *entry; (entry = readdir(stream)) != NULL;)
    if (entry->d_name[0] != '.') {
      snprintf(path, 384, "%s/%s", directory, entry->d_name);
      count++;
    }
  closedir(stream);
  ck_assert_int_eq(count, 1);
}
#endif

static void cache_tear_down(void) {
  char path[384];
  chmod(directory, 0700);
#ifdef CPU_COMPILER_BUILT
  kept_file(path);
  unlink(path);
#endif
  rmdir(directory);
  snprintf(path, sizeof path, "%s/mfg", cache);
  rmdir(path);
  rmdir(cache);
}

/* Compiles and runs; returns how many kernels were found on disk. */
static uint64_t found_on_disk(const char *setting) {
  static kernel_builder builder;
  static double output[PLACES];
  harness host;
  harness_open_compiling(&host, "1", NULL, "always", setting);
  cpu_compile_statistics before = statistics_of(&host);
  mfg_plugin_kernel *kernel = harness_prepare(&host, step_kernel(&builder, 0.25));
  run_step(&host, kernel, output);
  expect_step(output);
  cpu_compile_statistics after = statistics_of(&host);
  ck_assert_uint_eq(after.failed, before.failed);
  host.plugin->kernel->release(kernel);
  harness_close(&host);
  return after.kept - before.kept;
}

#ifdef CPU_COMPILER_BUILT
START_TEST(code_is_found_again) {
  ck_assert_uint_eq(found_on_disk(NULL), 0);
  ck_assert_uint_eq(found_on_disk(NULL), 1);
  ck_assert_uint_eq(found_on_disk("off"), 0);
}
END_TEST

/* What a damaged file is replaced by is found the next time. */
static void expect_replaced(void) {
  ck_assert_uint_eq(found_on_disk(NULL), 0);
  ck_assert_uint_eq(found_on_disk(NULL), 1);
}

START_TEST(a_damaged_file_is_replaced) {
  char path[384], byte = 0;
  struct stat state;
  found_on_disk(NULL);
  kept_file(path);
  ck_assert_int_eq(stat(path, &state), 0);
  const off_t lengths[] = {0, 7, 40, state.st_size / 2, state.st_size - 1};
  for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
    ck_assert_int_eq(truncate(path, lengths[i]), 0);
    expect_replaced();
  }
  const off_t places[] = {0, 20, 100, state.st_size / 2, state.st_size - 1};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    int file = open(path, O_RDWR);
    ck_assert_int_eq(pread(file, &byte, 1, places[i]), 1);
    byte = (char)~byte;
    ck_assert_int_eq(pwrite(file, &byte, 1, places[i]), 1);
    close(file);
    expect_replaced();
  }
}
END_TEST

START_TEST(what_others_may_write_is_not_run) {
  char path[384];
  found_on_disk(NULL);
  kept_file(path);
  ck_assert_int_eq(chmod(path, 0602), 0);
  expect_replaced();
  kept_file(path);
  ck_assert_int_eq(chmod(directory, 0777), 0);
  ck_assert_uint_eq(found_on_disk(NULL), 0);
  ck_assert_uint_eq(found_on_disk(NULL), 0);
  ck_assert_int_eq(chmod(directory, 0700), 0);
  ck_assert_uint_eq(found_on_disk(NULL), 1);
  if (geteuid() != 0) return;
  ck_assert_int_eq(chown(path, 1, 1), 0);
  expect_replaced();
}
END_TEST
#else
START_TEST(a_build_without_compiler_runs_all_the_same) {
  ck_assert_uint_eq(found_on_disk(NULL), 0);
}
END_TEST
#endif

int main(void) {
  Suite *suite = suite_create("plugins/cpu compile life");
  TCase *life = tcase_create("life"), *disk = tcase_create("disk");
  TCase *processes = tcase_create("processes");
  tcase_set_timeout(life, 120);
  tcase_add_checked_fixture(life, set_up, NULL);
  tcase_add_test(life, code_is_swapped_in_under_launching_threads);
  tcase_add_test(life, a_recorded_launch_takes_the_code_once_it_is_there);
  tcase_add_test(life, never_means_never);
  tcase_add_test(life, another_word_is_an_error);
  tcase_add_test(life, kernels_and_devices_end_while_code_is_made);
  suite_add_tcase(suite, life);
  tcase_set_timeout(processes, 120);
  tcase_set_tags(processes, "uninstrumented");
  tcase_add_checked_fixture(processes, set_up, NULL);
  tcase_add_test(processes, a_process_may_end_while_code_is_made);
  tcase_add_loop_test(processes, a_process_may_fork_while_code_is_made, 0, 8);
  suite_add_tcase(suite, processes);
  tcase_set_timeout(disk, 120);
  tcase_add_checked_fixture(disk, cache_set_up, cache_tear_down);
#ifdef CPU_COMPILER_BUILT
  tcase_add_test(disk, code_is_found_again);
  tcase_add_test(disk, a_damaged_file_is_replaced);
  tcase_add_test(disk, what_others_may_write_is_not_run);
#else
  tcase_add_test(disk, a_build_without_compiler_runs_all_the_same);
#endif
  suite_add_tcase(suite, disk);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
