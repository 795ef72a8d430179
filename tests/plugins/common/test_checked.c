/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Emitted kernels in a simulator of OpenCL devices (Oclgrind), which watches every access: races
 * between items, accesses outside a buffer, memory that is read before it was written, wrong calls
 * of the interface. Whatever it says fails the test. The loader is told of the simulator by
 * OCL_ICD_VENDORS. */
#include "kernel_samples.h"
#include "opencl_runner.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The simulator stops at an instruction of optimised code that it does not know. */
#define OPTIONS "-cl-std=CL1.2 -cl-opt-disable"

static char log_path[] = "/tmp/mfg-checked-XXXXXX";
static opencl_runner runner;
static char said[1 << 18];

/* What the simulator said since the last call; it speaks on the standard error stream. */
static const char *read_log(void) {
  FILE *file = fopen(log_path, "r");
  ck_assert(file != NULL);
  size_t count = fread(said, 1, sizeof said - 1, file);
  said[count] = '\0';
  fclose(file);
  ck_assert_int_eq(truncate(log_path, 0), 0);
  return said;
}

static void open_runner(void) {
  ck_assert(opencl_runner_open(&runner));
  ck_assert_msg(strstr(runner.name, "Oclgrind") != NULL, "the device is %s", runner.name);
  runner.facts.compute_units = 2;
  runner.facts.group_limit = 8;
  runner.facts.cache_bytes = 4096;
}

/* ---- samples -------------------------------------------------------------------------------- */

/* Each run has a context of its own. In one context Oclgrind 21.10 takes for unwritten what was
 * written to a buffer beyond the size of a smaller one that was freed before and whose place it has
 * taken: a kernel that stores a number there and one that loads it are enough to see it. */
static const char *run_edited(kernel_builder *b, uint32_t layout, uint32_t lines_in_a_group,
                              void (*edit)(char *source)) {
  open_runner();
  runner.facts.lines_in_a_group = lines_in_a_group;
  opencl_run *run = opencl_run_new(&runner, b, layout, OPTIONS, edit);
  opencl_run_queue(run);
  opencl_run_free(run);
  opencl_runner_close(&runner);
  return read_log();
}

static void expect_silence_of(kernel_builder *b, uint32_t layout, uint32_t lines_in_a_group) {
  const char *text = run_edited(b, layout, lines_in_a_group, NULL);
  ck_assert_msg(*text == '\0', "%s layout:\n%.1500s",
                layout == MFG_LAYOUT_BLOCKED ? "blocked" : "interleaved", text);
}

static void expect_silence(kernel_builder *b) {
  expect_silence_of(b, MFG_LAYOUT_BLOCKED, MFG_EMITTER_DEFAULT);
  expect_silence_of(b, MFG_LAYOUT_INTERLEAVED, MFG_EMITTER_DEFAULT);
  builder_clear(b);
}

START_TEST(maps_are_clean) {
  const kernel_space plane = {2, 0, {3, 19}};
  expect_silence(sample_floats(MFG_FLOAT64, &plane));
  expect_silence(sample_sites(-1));
  expect_silence(sample_gathers(0));
}
END_TEST

static const kernel_space spaces[] = {{0, 0, {0}},     {1, 1, {300}},     {2, 1, {20, 9}},
                                      {2, 2, {9, 20}}, {3, 5, {3, 4, 5}}, {2, 2, {5, 0}}};
#define SPACES ((int)(sizeof spaces / sizeof *spaces))

START_TEST(reductions_are_clean) {
  expect_silence(sample_reductions(&spaces[_i]));
  expect_silence(sample_map_with_reductions(&spaces[_i]));
}
END_TEST

static const kernel_space lines[] = {{1, 0, {301}}, {2, 0, {30, 11}}, {2, 1, {11, 30}}};
#define LINES ((int)(sizeof lines / sizeof *lines))

START_TEST(scans_are_clean) {
  expect_silence(sample_scans(&lines[_i / 2], _i % 2 ? 3 : 0));
}
END_TEST

START_TEST(line_solves_are_clean) {
  expect_silence(sample_solves(&lines[_i / 2], _i % 2));
}
END_TEST

START_TEST(line_solves_by_items_are_clean) {
  kernel_builder *b = sample_solves(&lines[_i / 2], _i % 2);
  expect_silence_of(b, MFG_LAYOUT_INTERLEAVED, 0);
  builder_clear(b);
}
END_TEST

/* ---- the simulator sees what it should ------------------------------------------------------ */

/* Takes the first barrier out of the text. */
static void remove_barriers(char *source) {
  static const char barrier[] = "barrier(CLK_LOCAL_MEM_FENCE)";
  char *at = strstr(source, barrier);
  ck_assert(at != NULL);
  memset(at, ' ', strlen(barrier));
}

START_TEST(a_missing_barrier_is_a_race) {
  kernel_builder *b = _i == 0 ? sample_reductions(&spaces[1]) : sample_solves(&lines[0], _i == 2);
  const char *text = run_edited(b, MFG_LAYOUT_INTERLEAVED, MFG_EMITTER_DEFAULT, remove_barriers);
  ck_assert_msg(strstr(text, "data race") != NULL, "it said: %.1500s", text);
  builder_clear(b);
}
END_TEST

/* Lets items beyond the last element go on. */
static void overrun(char *source) {
  static const char text[] = "if (i0 >= launch.n0) return;";
  char *at = strstr(source, text);
  ck_assert(at != NULL);
  memset(at, ' ', strlen(text));
}

START_TEST(an_access_outside_is_told) {
  const kernel_space line = {1, 0, {6}};
  kernel_builder *b = sample_floats(MFG_FLOAT64, &line);
  const char *text = run_edited(b, MFG_LAYOUT_INTERLEAVED, MFG_EMITTER_DEFAULT, overrun);
  ck_assert_msg(strstr(text, "Invalid") != NULL, "it said: %.1500s", text);
  builder_clear(b);
}
END_TEST

START_TEST(a_wrong_call_is_told) {
  cl_int code;
  open_runner();
  ck_assert_ptr_null(clCreateBuffer(runner.context, CL_MEM_READ_WRITE, 0, NULL, &code));
  opencl_runner_close(&runner);
  const char *text = read_log();
  ck_assert_msg(strstr(text, "CL_INVALID_BUFFER_SIZE") != NULL, "it said: %.1500s", text);
}
END_TEST

int main(void) {
  int file = mkstemp(log_path);
  if (file < 0) return EXIT_FAILURE;
  close(file);
  if (!freopen(log_path, "a", stderr)) return EXIT_FAILURE;
  setenv("OCLGRIND_DATA_RACES", "1", 1);
  setenv("OCLGRIND_CHECK_API", "1", 1);
  setenv("OCLGRIND_UNINITIALIZED", "1", 1);
  setenv("OCLGRIND_MAX_ERRORS", "100000", 1); /* of the whole process, most of them provoked */
  Suite *suite = suite_create("checked kernels");
  TCase *c = tcase_create("kernels");
  tcase_set_timeout(c, 600);
  tcase_add_test(c, maps_are_clean);
  tcase_add_loop_test(c, reductions_are_clean, 0, SPACES);
  tcase_add_loop_test(c, scans_are_clean, 0, 2 * LINES);
  tcase_add_loop_test(c, line_solves_are_clean, 0, 2 * LINES);
  tcase_add_loop_test(c, line_solves_by_items_are_clean, 0, 2 * LINES);
  tcase_add_loop_test(c, a_missing_barrier_is_a_race, 0, 3);
  tcase_add_test(c, an_access_outside_is_told);
  tcase_add_test(c, a_wrong_call_is_told);
  suite_add_tcase(suite, c);
  SRunner *tests = srunner_create(suite);
  srunner_set_fork_status(tests, CK_NOFORK);
  srunner_run_all(tests, CK_NORMAL);
  int failed = srunner_ntests_failed(tests);
  srunner_free(tests);
  unlink(log_path);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
