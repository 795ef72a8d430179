/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choosing a device among fake plugins. */
#include "fakes/sandbox.h"

#include <check.h>
#include <mfg/error.h>
#include <mfg/log.h>
#include <selection/select.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static mfg_choice choice;

/* A directory with these fakes, the last of them NULL, and nothing else on the search path. */
static void offer(const char *first, ...) {
  setenv("MFG_BACKEND_PATH", sandbox_open(), 1);
  va_list fakes;
  va_start(fakes, first);
  for (const char *fake = first; fake != NULL; fake = va_arg(fakes, const char *))
    sandbox_install(fake, NULL);
  va_end(fakes);
}

static void expect(const char *selection, const char *backend, uint32_t device) {
  mfg_status status = mfg_core_select(selection, NULL, &choice);
  ck_assert_msg(status == MFG_OK, "%s", mfg_last_error());
  ck_assert_str_eq(choice.backend->name, backend);
  ck_assert_uint_eq(choice.device_index, device);
  mfg_choice_release(&choice);
}

static void refuse(const char *selection, mfg_status expected) {
  mfg_status status = mfg_core_select(selection, NULL, &choice);
  ck_assert_msg(status == expected, "%s: status %d: %s", selection, status, mfg_last_error());
  ck_assert_ptr_null(choice.backend);
}

static void expect_said(const char *part) {
  ck_assert_msg(strstr(mfg_last_error(), part) != NULL, "'%s' is not in: %s", part,
                mfg_last_error());
}

START_TEST(a_device_can_be_opened) {
  offer("good", NULL);
  ck_assert_int_eq(mfg_core_select("good", NULL, &choice), MFG_OK);
  ck_assert_str_eq(choice.info.name, "Fake device, model A");
  const mfg_plugin *plugin = choice.backend->plugin;
  mfg_plugin_device *device = NULL;
  ck_assert_int_eq(plugin->device->open(choice.host, choice.device_index, &device, NULL), MFG_OK);
  ck_assert_ptr_nonnull(device);
  plugin->device->close(device);
  mfg_choice_release(&choice);
  sandbox_close();
}
END_TEST

START_TEST(a_device_by_index_and_by_name) {
  offer("second", NULL);
  expect("second", "second", 0);
  expect("second:1", "second", 1);
  expect("second:name=*MODEL b", "second", 1);
  sandbox_close();
}
END_TEST

START_TEST(a_device_that_is_not_there) {
  offer("second", "good", NULL);
  refuse("second:2", MFG_ERROR_NO_DEVICE);
  expect_said("backend 'second' has no device 2");
  expect_said("second:1  Fake device, model B");
  refuse("second:name=H200", MFG_ERROR_NO_DEVICE);
  expect_said("named 'H200'");
  sandbox_close();
}
END_TEST

START_TEST(a_list_takes_the_first_that_is_there) {
  offer("second", "good", "driverless", NULL);
  expect("nosuch,driverless,second:7,good,second", "good", 0);
  expect("second:1,good", "second", 1);
  sandbox_close();
}
END_TEST

START_TEST(a_list_of_which_nothing_is_there) {
  offer("driverless", "good", NULL);
  refuse("nosuch,driverless", MFG_ERROR_NO_BACKEND);
  expect_said("mfg-backend-nosuch.so");
  expect_said("no-driver: the driver libfake.so.1 is not installed");
  sandbox_close();
}
END_TEST

/* The named backend is not there, another is: an error that tells what was looked for, where, what
 * is there, and that it was left alone. */
START_TEST(a_name_is_never_replaced) {
  offer("cpu", NULL);
  setenv("MFG_BACKEND", "nosuch", 1);
  refuse(NULL, MFG_ERROR_NO_BACKEND);
  expect_said("no file mfg-backend-nosuch.so could be used");
  expect_said("asked for: 'nosuch' (MFG_BACKEND)");
  expect_said(getenv("MFG_BACKEND_PATH"));
  expect_said("(MFG_BACKEND_PATH): searched");
  expect_said("mfg-backend-cpu.so: not opened, since it was not asked for");
  sandbox_close();
}
END_TEST

START_TEST(an_empty_directory) {
  offer(NULL);
  setenv("MFG_BACKEND", "cpu", 1);
  refuse(NULL, MFG_ERROR_NO_BACKEND);
  expect_said("no file named mfg-backend-NAME.so");
  expect_said("(MFG_BACKEND_PATH): searched");
  refuse("auto", MFG_ERROR_NO_BACKEND);
  sandbox_close();
}
END_TEST

START_TEST(a_broken_backend_says_why) {
  offer("undefined", NULL);
  refuse("undefined", MFG_ERROR_NO_BACKEND);
  expect_said("skipped, missing-dependency: ");
  expect_said("a_symbol_that_nobody_defines");
  sandbox_close();
}
END_TEST

/* The constructor of `second` leaves a file when the object is opened. */
START_TEST(only_the_named_file_is_opened) {
  offer("cpu", "second", "good", NULL);
  const char *mark = sandbox_path("mark");
  setenv("FAKE_RAN_FILE", mark, 1);
  expect("good", "good", 0);
  ck_assert_int_ne(access(mark, F_OK), 0);
  expect("second", "second", 0);
  ck_assert_int_eq(access(mark, F_OK), 0);
  sandbox_close();
}
END_TEST

START_TEST(auto_follows_the_order_of_preference) {
  offer("cpu", "opencl", "cuda", "good", NULL);
  expect(NULL, "cuda", 0);
  setenv("MFG_BACKENDS_DISABLE", "cuda", 1);
  /* What opencl has is this processor only. */
  expect("auto", "cpu", 0);
  setenv("MFG_BACKENDS_DISABLE", "cuda,cpu", 1);
  expect("auto", "good", 0);
  setenv("MFG_BACKENDS_DISABLE", "cuda,cpu,good", 1);
  expect("auto", "opencl", 0);
  sandbox_close();
}
END_TEST

START_TEST(auto_of_a_kind) {
  offer("cpu", "gpu", "second", NULL);
  expect("auto", "cpu", 0);
  expect("auto:gpu", "gpu", 0);
  expect("auto:cpu", "cpu", 0);
  expect("auto:accelerator", "second", 0);
  setenv("MFG_BACKENDS_DISABLE", "gpu", 1);
  refuse("auto:gpu", MFG_ERROR_NO_BACKEND);
  expect_said("'auto:gpu'");
  sandbox_close();
}
END_TEST

START_TEST(a_device_without_float64) {
  offer("single", NULL);
  refuse("auto", MFG_ERROR_NO_BACKEND);
  refuse("single", MFG_ERROR_NO_DEVICE);
  expect_said("with float64");
  mfg_select_options options = {.types = MFG_DTYPE_BIT(MFG_FLOAT32)};
  ck_assert_int_eq(mfg_core_select("single", &options, &choice), MFG_OK);
  mfg_choice_release(&choice);
  sandbox_close();
}
END_TEST

START_TEST(the_program_can_say_where) {
  offer(NULL);
  mfg_select_options options = {.plugin_path = sandbox_fake("good")};
  ck_assert_int_eq(mfg_core_select("good", &options, &choice), MFG_OK);
  ck_assert_str_eq(choice.backend->path, options.plugin_path);
  mfg_choice_release(&choice);
  sandbox_close();
}
END_TEST

START_TEST(settings_come_from_the_program_then_the_environment) {
  offer("good", NULL);
  const mfg_setting settings[] = {{"good", "threads", "4"}};
  mfg_select_options options = {.settings = settings, .setting_count = 1};
  setenv("MFG_GOOD_THREADS", "7", 1);
  setenv("MFG_GOOD_CACHE_SIZE", "big", 1);
  ck_assert_int_eq(mfg_core_select("good", &options, &choice), MFG_OK);
  const mfg_plugin_host *host = choice.host;
  ck_assert_str_eq(host->config(host->context, "good", "threads"), "4");
  const char *cache = host->config(host->context, "good", "cache-size");
  ck_assert_str_eq(cache, "big");
  setenv("MFG_GOOD_CACHE_SIZE", "small", 1);
  ck_assert_str_eq(cache, "big");
  ck_assert_str_eq(host->config(host->context, "good", "cache-size"), "small");
  ck_assert_ptr_null(host->config(host->context, "good", "nothing"));
  mfg_choice_release(&choice);
  ck_assert_int_eq(mfg_core_select("good", NULL, &choice), MFG_OK);
  ck_assert_str_eq(choice.host->config(choice.host->context, "good", "threads"), "7");
  mfg_choice_release(&choice);
  sandbox_close();
}
END_TEST

START_TEST(a_selection_that_does_not_parse) {
  offer("good", NULL);
  refuse("good:", MFG_ERROR_INVALID_ARGUMENT);
  sandbox_close();
}
END_TEST

static char logged[4096];

static void remember(void *data, int32_t level, const char *text) {
  char *target = data;
  size_t length = strlen(target);
  snprintf(target + length, sizeof logged - length, "%d:%s\n", level, text);
}

START_TEST(auto_says_why) {
  offer("cpu", "single", NULL);
  setenv("MFG_DEBUG", "info", 1);
  mfg_log_level_set(0);
  mfg_log_set(remember, logged);
  expect("auto", "cpu", 0);
  ck_assert_ptr_nonnull(strstr(logged, "3:auto: 1. cpu:0"));
  ck_assert_ptr_nonnull(strstr(logged, "2. single:0, score 0: the device has no float64"));
  ck_assert_ptr_nonnull(strstr(logged, "3:selection 'auto' (given by the program): cpu:0"));
  logged[0] = '\0';
  mfg_log_level_set(MFG_LOG_WARN);
  expect("auto", "cpu", 0);
  ck_assert_str_eq(logged, "");
  mfg_log_level_set(0);
  setenv("MFG_DEBUG", "loud", 1);
  expect("auto", "cpu", 0);
  ck_assert_str_eq(logged, "2:MFG_DEBUG is 'loud'; expected error, warn, info or debug\n");
  mfg_log_set(NULL, NULL);
  sandbox_close();
}
END_TEST

int main(void) {
  Suite *suite = suite_create("select");
  TCase *cases = tcase_create("select");
  tcase_add_test(cases, a_device_can_be_opened);
  tcase_add_test(cases, a_device_by_index_and_by_name);
  tcase_add_test(cases, a_device_that_is_not_there);
  tcase_add_test(cases, a_list_takes_the_first_that_is_there);
  tcase_add_test(cases, a_list_of_which_nothing_is_there);
  tcase_add_test(cases, a_name_is_never_replaced);
  tcase_add_test(cases, an_empty_directory);
  tcase_add_test(cases, a_broken_backend_says_why);
  tcase_add_test(cases, only_the_named_file_is_opened);
  tcase_add_test(cases, auto_follows_the_order_of_preference);
  tcase_add_test(cases, auto_of_a_kind);
  tcase_add_test(cases, a_device_without_float64);
  tcase_add_test(cases, the_program_can_say_where);
  tcase_add_test(cases, settings_come_from_the_program_then_the_environment);
  tcase_add_test(cases, a_selection_that_does_not_parse);
  tcase_add_test(cases, auto_says_why);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
