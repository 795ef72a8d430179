/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The OpenCL plugin around its kernels: the cache on disk, drivers that are missing or never
 * answer, command lists, refused launches, and memory that must not grow. */
#include "kernel_builder.h"
#include "opencl_fixture.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* x + 1 over n elements, in place of nothing else. */
static kernel_builder *add_one(double number) {
  kernel_builder *b = builder_new(1, (int64_t[]){100});
  int32_t value = builder_load(b, false, builder_read(b, MFG_FLOAT64, 0, 1), 0);
  value = builder_apply(b, false, MFG_OP_ADD, MFG_FLOAT64, value,
                        builder_number(b, false, MFG_FLOAT64, number), -1);
  builder_output(b, builder_write(b, MFG_FLOAT64, 0), value);
  return b;
}

static void expect_add_one(opencl_fixture *fixture) {
  kernel_builder *b = add_one(1);
  const char *text =
      builder_compare(b, fixture->plugin, fixture->devices[0], fixture->queues[0], 0);
  ck_assert_msg(text == NULL, "%s", text);
  builder_clear(b);
}

/* ---- the cache ------------------------------------------------------------------------------ */

/* The one file in the cache below the fixture's directory. */
static void cached_file(const opencl_fixture *fixture, char *path, size_t size) {
  char directory[128];
  int found = 0;
  snprintf(directory, sizeof directory, "%s/mfg/opencl", fixture->directory);
  DIR *entries = opendir(directory);
  ck_assert(entries != NULL);
  for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
    if (entry->d_name[0] != '.') {
      snprintf(path, size, "%.100s/%.100s", directory, entry->d_name);
      found++;
    }
  closedir(entries);
  ck_assert_int_eq(found, 1);
}

START_TEST(a_second_preparation_takes_the_binary_from_the_cache) {
  opencl_fixture fixture;
  opencl_fixture_open(&fixture);
  expect_add_one(&fixture);
  ck_assert_int_eq(opencl_fixture_logged("kernel compiled"), 1);
  expect_add_one(&fixture);
  ck_assert_int_eq(opencl_fixture_logged("kernel compiled"), 1);
  ck_assert_int_eq(opencl_fixture_logged("taken from the cache"), 1);
  opencl_fixture_close(&fixture);
}
END_TEST

/* 0: a byte of the binary is changed; 1: it is cut off; 2: anybody may write it. */
START_TEST(a_binary_that_is_not_trusted_is_compiled_again) {
  opencl_fixture fixture;
  char path[256];
  struct stat state;
  opencl_fixture_open(&fixture);
  expect_add_one(&fixture);
  cached_file(&fixture, path, sizeof path);
  ck_assert(stat(path, &state) == 0);
  if (_i == 0) {
    int file = open(path, O_RDWR);
    char byte;
    ck_assert(file >= 0 && pread(file, &byte, 1, state.st_size - 5) == 1);
    byte ^= 1;
    ck_assert(pwrite(file, &byte, 1, state.st_size - 5) == 1);
    close(file);
  }
  if (_i == 1) ck_assert(truncate(path, state.st_size - 1) == 0);
  if (_i == 2) ck_assert(chmod(path, 0666) == 0);
  expect_add_one(&fixture);
  ck_assert_int_eq(opencl_fixture_logged("kernel compiled"), 2);
  ck_assert_int_eq(opencl_fixture_logged("taken from the cache"), 0);
  opencl_fixture_close(&fixture);
}
END_TEST

START_TEST(the_cache_can_be_switched_off) {
  opencl_fixture fixture;
  opencl_fixture_configure("cache", "off");
  opencl_fixture_open(&fixture);
  opencl_fixture_configure("cache", NULL);
  expect_add_one(&fixture);
  expect_add_one(&fixture);
  ck_assert_int_eq(opencl_fixture_logged("kernel compiled"), 2);
  opencl_fixture_close(&fixture);
}
END_TEST

/* ---- drivers -------------------------------------------------------------------------------- */

/* Enumerates in this process, whose loader reads `vendors`. */
static void expect_no_device(const char *vendors, const char *reason) {
  char text[4096] = "";
  uint32_t count = 7;
  mfg_plugin_error error = {
      .struct_size = sizeof error, .text = text, .text_capacity = sizeof text};
  setenv("OCL_ICD_VENDORS", vendors, 1);
  opencl_fixture_configure("timeout", "1");
  mfg_status status =
      opencl_fixture_plugin()->device->enumerate(&opencl_fixture_host, 0, 0, NULL, &count, &error);
  ck_assert_int_eq(status, MFG_ERROR_NO_DEVICE);
  ck_assert_uint_eq(count, 0);
  ck_assert_msg(strstr(text, reason) != NULL, "the reason is: %s", text);
}

static void make_vendors(char *directory, const char *library) {
  char path[128];
  ck_assert(mkdtemp(directory) != NULL);
  if (!library) return;
  snprintf(path, sizeof path, "%s/test.icd", directory);
  FILE *file = fopen(path, "w");
  ck_assert(file != NULL);
  fprintf(file, "%s\n", library);
  fclose(file);
}

static void remove_vendors(const char *directory) {
  char path[128];
  snprintf(path, sizeof path, "%s/test.icd", directory);
  unlink(path);
  rmdir(directory);
}

static void expect_no_device_with(const char *library, const char *reason) {
  char directory[] = "/tmp/mfg-vendors-XXXXXX";
  make_vendors(directory, library);
  expect_no_device(directory, reason);
  remove_vendors(directory);
}

START_TEST(no_driver_is_no_device) {
  expect_no_device_with(NULL, "no OpenCL platform");
}
END_TEST

START_TEST(a_broken_driver_file_is_no_device) {
  expect_no_device_with("/nowhere/libbroken.so", "no OpenCL platform");
}
END_TEST

START_TEST(a_driver_that_never_answers_is_no_device) {
  expect_no_device_with(getenv("MFG_TEST_HANGING_DRIVER"), "did not answer within 1 s");
}
END_TEST

/* ---- memory --------------------------------------------------------------------------------- */

static void prepare_and_release(opencl_fixture *fixture) {
  kernel_builder *b = add_one(1);
  mfg_plugin_kernel *kernel;
  mfg_plugin_buffer *buffer;
  ck_assert_int_eq(
      fixture->plugin->kernel->prepare(fixture->devices[0], &b->description, &kernel, NULL),
      MFG_OK);
  ck_assert_int_eq(fixture->plugin->buffer->allocate(fixture->devices[0], 1 << 16, &buffer, NULL),
                   MFG_OK);
  fixture->plugin->buffer->free(fixture->devices[0], buffer);
  fixture->plugin->kernel->release(kernel);
  builder_clear(b);
}

/* PoCL 3.1 itself keeps some hundred bytes of each program it has built, whoever builds it. */
#define KEPT_BY_DRIVER 1500

START_TEST(kernels_and_buffers_do_not_pile_up) {
  opencl_fixture fixture;
  opencl_fixture_open(&fixture);
  const int rounds = getenv("MFG_TEST_LONG") ? 10000 : 300;
  for (int i = 0; i < 50; i++)
    prepare_and_release(&fixture);
  size_t before = mallinfo2().uordblks;
  for (int i = 0; i < rounds; i++)
    prepare_and_release(&fixture);
  size_t after = mallinfo2().uordblks;
  ck_assert_msg(after < before + KEPT_BY_DRIVER * (size_t)rounds, "%zu bytes before, %zu after",
                before, after);
  opencl_fixture_close(&fixture);
}
END_TEST

/* ---- refusals ------------------------------------------------------------------------------- */

START_TEST(more_memory_than_there_is_is_a_status) {
  opencl_fixture fixture;
  mfg_plugin_buffer *buffer;
  char text[512] = "";
  mfg_plugin_error error = {
      .struct_size = sizeof error, .text = text, .text_capacity = sizeof text};
  opencl_fixture_open(&fixture);
  mfg_status status =
      fixture.plugin->buffer->allocate(fixture.devices[0], UINT64_C(1) << 50, &buffer, &error);
  ck_assert_int_eq(status, MFG_ERROR_DEVICE_MEMORY);
  ck_assert_msg(strstr(text, "CL_") != NULL, "the text is: %s", text);
  expect_add_one(&fixture);
  opencl_fixture_close(&fixture);
}
END_TEST

/* Host memory is worked on in place where the device shares it. */
START_TEST(host_memory_is_imported_in_place) {
  opencl_fixture fixture;
  double *memory = aligned_alloc(64, 1024);
  mfg_plugin_buffer *buffer;
  const double two = 2;
  ck_assert(memory != NULL);
  opencl_fixture_open(&fixture);
  ck_assert_int_eq(
      fixture.plugin->buffer->import_host(fixture.devices[0], memory, 1024, &buffer, NULL), MFG_OK);
  ck_assert_int_eq(
      fixture.plugin->buffer->fill(fixture.queues[0], buffer, 0, &two, sizeof two, 128, NULL),
      MFG_OK);
  ck_assert_int_eq(fixture.plugin->queue->synchronise(fixture.queues[0], NULL), MFG_OK);
  for (int i = 0; i < 128; i++)
    ck_assert(memory[i] == 2);
  fixture.plugin->buffer->free(fixture.devices[0], buffer);
  opencl_fixture_close(&fixture);
  free(memory);
}
END_TEST

static Suite *make_suite(void) {
  Suite *suite = suite_create("opencl backend");
  TCase *c = tcase_create("backend");
  tcase_set_timeout(c, 300);
  tcase_add_test(c, a_second_preparation_takes_the_binary_from_the_cache);
  tcase_add_loop_test(c, a_binary_that_is_not_trusted_is_compiled_again, 0, 3);
  tcase_add_test(c, the_cache_can_be_switched_off);
  tcase_add_test(c, no_driver_is_no_device);
  tcase_add_test(c, a_broken_driver_file_is_no_device);
  tcase_add_test(c, a_driver_that_never_answers_is_no_device);
  tcase_add_test(c, kernels_and_buffers_do_not_pile_up);
  tcase_add_test(c, more_memory_than_there_is_is_a_status);
  tcase_add_test(c, host_memory_is_imported_in_place);
  suite_add_tcase(suite, c);
  return suite;
}

int main(void) {
  SRunner *runner = srunner_create(make_suite());
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
