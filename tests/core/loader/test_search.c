/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where plugins are looked for, in which order, and what is kept of it. */
#include "fakes/sandbox.h"

#include <check.h>
#include <dlfcn.h>
#include <mfg/error.h>
#include <mfg/registry.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static mfg_registry *registry;

static void open_registry(const char *plugin_path) {
  ck_assert_msg(mfg_registry_open(plugin_path, &registry) == MFG_OK, "%s", mfg_last_error());
}

static void close_registry(void) {
  mfg_registry_free(registry);
  sandbox_close();
}

static void expect_place(size_t index, const char *path, const char *origin, const char *status) {
  const mfg_search_directory *place = mfg_registry_directory(registry, index);
  ck_assert_ptr_nonnull(place);
  ck_assert_str_eq(place->path, path);
  ck_assert_str_eq(place->origin, origin);
  ck_assert_str_eq(place->status, status);
  ck_assert_int_eq(place->detail[0] == '\0', strcmp(status, "searched") == 0);
}

static void expect_candidate(size_t index, const char *path, const char *reason) {
  const mfg_candidate *candidate = mfg_registry_candidate(registry, index);
  ck_assert_ptr_nonnull(candidate);
  ck_assert_str_eq(candidate->path, path);
  ck_assert_msg(strcmp(candidate->reason, reason) == 0, "%s: %s: %s", path, candidate->reason,
                candidate->detail);
}

START_TEST(the_user_comes_before_the_system) {
  sandbox_open();
  open_registry(NULL);
  ck_assert_uint_eq(mfg_registry_directory_count(registry), 2);
  expect_place(0, sandbox_path("data/mfg/backends-1"), "user", "not-found");
  const mfg_search_directory *system = mfg_registry_directory(registry, 1);
  ck_assert_str_eq(system->origin, "system");
  ck_assert_ptr_nonnull(strstr(system->path, "mfg/backends-1"));
  ck_assert_ptr_null(mfg_registry_directory(registry, 2));
  close_registry();
}
END_TEST

START_TEST(one_variable_replaces_and_one_prepends) {
  sandbox_open();
  const char *one = sandbox_directory("one");
  const char *two = sandbox_directory("two");
  const char *three = sandbox_directory("three");
  setenv("MFG_ADD_BACKEND_PATH", two, 1);
  open_registry(NULL);
  ck_assert_uint_eq(mfg_registry_directory_count(registry), 3);
  expect_place(0, two, "MFG_ADD_BACKEND_PATH", "searched");
  mfg_registry_free(registry);
  setenv("MFG_BACKEND_PATH", one, 1);
  open_registry(three);
  ck_assert_uint_eq(mfg_registry_directory_count(registry), 3);
  expect_place(0, three, "program", "searched");
  expect_place(1, two, "MFG_ADD_BACKEND_PATH", "searched");
  expect_place(2, one, "MFG_BACKEND_PATH", "searched");
  close_registry();
}
END_TEST

START_TEST(places_that_cannot_be_searched_say_why) {
  sandbox_open();
  const char *good = sandbox_directory("good");
  const char *open_to_all = sandbox_directory("open");
  ck_assert_int_eq(chmod(open_to_all, 0777), 0);
  sandbox_write("file", "x", 1);
  char list[8192];
  char endless[5001];
  memset(endless, 'x', sizeof endless - 1);
  endless[0] = '/';
  endless[sizeof endless - 1] = '\0';
  snprintf(list, sizeof list, ":%s:.:%s/../good::%s:%s:%s:/nowhere/at/all:", good, good,
           open_to_all, sandbox_path("file"), endless);
  setenv("MFG_BACKEND_PATH", list, 1);
  open_registry(NULL);
  ck_assert_uint_eq(mfg_registry_directory_count(registry), 7);
  expect_place(0, good, "MFG_BACKEND_PATH", "searched");
  expect_place(1, ".", "MFG_BACKEND_PATH", "invalid");
  ck_assert_str_eq(mfg_registry_directory(registry, 2)->status, "duplicate");
  ck_assert_ptr_nonnull(strstr(mfg_registry_directory(registry, 2)->detail, good));
  expect_place(3, open_to_all, "MFG_BACKEND_PATH", "insecure");
  expect_place(4, sandbox_path("file"), "MFG_BACKEND_PATH", "invalid");
  expect_place(5, endless, "MFG_BACKEND_PATH", "unreadable");
  expect_place(6, "/nowhere/at/all", "MFG_BACKEND_PATH", "not-found");
  close_registry();
}
END_TEST

START_TEST(the_program_may_name_a_file) {
  sandbox_open();
  sandbox_install("good", NULL);
  sandbox_install("second", NULL);
  sandbox_install("good", "other-name.so");
  setenv("MFG_BACKEND_PATH", "/nowhere", 1);
  const char *named = sandbox_path("mfg-backend-good.so");
  open_registry(named);
  ck_assert_uint_eq(mfg_registry_candidate_count(registry), 1);
  expect_candidate(0, named, "");
  mfg_registry_free(registry);
  open_registry(sandbox_path("other-name.so"));
  expect_candidate(0, sandbox_path("other-name.so"), "invalid");
  close_registry();
}
END_TEST

START_TEST(files_are_tried_in_the_order_of_their_names) {
  setenv("MFG_BACKEND_PATH", sandbox_open(), 1);
  sandbox_install("second", NULL);
  sandbox_install("good", NULL);
  sandbox_write("mfg-backend-good.so.1", "x", 1);
  sandbox_write("libmfg-backend-good.so", "x", 1);
  open_registry(NULL);
  ck_assert_uint_eq(mfg_registry_candidate_count(registry), 2);
  expect_candidate(0, sandbox_path("mfg-backend-good.so"), "");
  expect_candidate(1, sandbox_path("mfg-backend-second.so"), "");
  ck_assert_uint_eq(mfg_registry_candidate(registry, 1)->device_count, 2);
  ck_assert_str_eq(mfg_registry_device(registry, 1, 1)->id, "fake-1");
  ck_assert_ptr_null(mfg_registry_device(registry, 1, 2));
  ck_assert_ptr_null(mfg_registry_device(registry, 2, 0));
  ck_assert_ptr_null(mfg_registry_candidate(registry, 2));
  close_registry();
}
END_TEST

static void use_two_directories(void) {
  char list[2048];
  snprintf(list, sizeof list, "%s:%s", sandbox_directory("one"), sandbox_directory("two"));
  setenv("MFG_BACKEND_PATH", list, 1);
}

START_TEST(of_two_with_one_name_the_first_is_taken) {
  sandbox_open();
  use_two_directories();
  sandbox_install("good", "one/mfg-backend-good.so");
  sandbox_install("good", "two/mfg-backend-good.so");
  open_registry(NULL);
  expect_candidate(0, sandbox_path("one/mfg-backend-good.so"), "");
  expect_candidate(1, sandbox_path("two/mfg-backend-good.so"), "duplicate");
  close_registry();
}
END_TEST

START_TEST(a_broken_one_does_not_hide_the_next) {
  sandbox_open();
  use_two_directories();
  sandbox_write("one/mfg-backend-good.so", "x", 1);
  sandbox_install("good", "two/mfg-backend-good.so");
  open_registry(NULL);
  expect_candidate(0, sandbox_path("one/mfg-backend-good.so"), "bad-elf");
  expect_candidate(1, sandbox_path("two/mfg-backend-good.so"), "");
  close_registry();
}
END_TEST

START_TEST(ten_thousand_files_are_looked_at) {
  setenv("MFG_BACKEND_PATH", sandbox_open(), 1);
  for (int i = 0; i < 10000; i++) {
    char path[600];
    snprintf(path, sizeof path, "%s/mfg-backend-n%d.so", getenv("MFG_BACKEND_PATH"), i);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fclose(file);
  }
  sandbox_install("good", NULL);
  open_registry(NULL);
  ck_assert_uint_eq(mfg_registry_candidate_count(registry), 10001);
  expect_candidate(0, sandbox_path("mfg-backend-good.so"), "");
  ck_assert_str_eq(mfg_registry_candidate(registry, 10000)->reason, "bad-elf");
  close_registry();
}
END_TEST

static bool is_mapped(const char *file) {
  FILE *maps = fopen("/proc/self/maps", "r");
  ck_assert_ptr_nonnull(maps);
  char line[2048];
  bool found = false;
  while (!found && fgets(line, sizeof line, maps) != NULL)
    found = strstr(line, file) != NULL;
  fclose(maps);
  return found;
}

/* `good` says nothing and stays, `second` says that it may go, `misnamed` was refused after its
 * code had run. */
START_TEST(plugins_stay_mapped_unless_they_may_go) {
  setenv("MFG_BACKEND_PATH", sandbox_open(), 1);
  sandbox_install("good", NULL);
  sandbox_install("second", NULL);
  sandbox_install("misnamed", NULL);
  for (int round = 0; round < 3; round++) {
    open_registry(NULL);
    ck_assert(is_mapped("mfg-backend-second.so"));
    mfg_registry_free(registry);
    ck_assert(is_mapped("mfg-backend-good.so"));
    ck_assert(is_mapped("mfg-backend-misnamed.so"));
    ck_assert(!is_mapped("mfg-backend-second.so"));
  }
  setenv("MFG_NO_UNLOAD", "1", 1);
  open_registry(NULL);
  close_registry();
  ck_assert(is_mapped("mfg-backend-second.so"));
}
END_TEST

START_TEST(a_plugin_offers_its_symbols_to_nobody) {
  setenv("MFG_BACKEND_PATH", sandbox_open(), 1);
  sandbox_install("good", NULL);
  open_registry(NULL);
  ck_assert(mfg_registry_candidate(registry, 0)->loaded);
  ck_assert_ptr_null(dlsym(RTLD_DEFAULT, MFG_BACKEND_QUERY_SYMBOL));
  close_registry();
}
END_TEST

START_TEST(a_file_that_is_replaced_is_loaded_anew) {
  setenv("MFG_BACKEND_PATH", sandbox_open(), 1);
  sandbox_write("mfg-backend-good.so", "x", 1);
  open_registry(NULL);
  expect_candidate(0, sandbox_path("mfg-backend-good.so"), "bad-elf");
  mfg_registry_free(registry);
  sandbox_install("good", NULL);
  open_registry(NULL);
  expect_candidate(0, sandbox_path("mfg-backend-good.so"), "");
  close_registry();
}
END_TEST

START_TEST(the_report_shows_every_file_and_no_control_byte) {
  setenv("MFG_BACKEND_PATH", sandbox_open(), 1);
  sandbox_install("good", NULL);
  sandbox_write("mfg-backend-a\n\x1b[31m\xff.so", "x", 1);
  open_registry(NULL);
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  ck_assert_int_eq(mfg_registry_write(registry, stream), MFG_OK);
  fclose(stream);
  ck_assert_ptr_nonnull(strstr(text, "mfg-backend-good.so: loaded, 1 device"));
  ck_assert_ptr_nonnull(strstr(text, "mfg-backend-a\\x0A\\x1B[31m\\xFF.so: skipped, invalid"));
  ck_assert_ptr_nonnull(strstr(text, "good:0  Fake device, model A (accelerator, 1.0 GiB)"));
  ck_assert_ptr_null(strchr(text, '\x1b'));
  free(text);
  close_registry();
}
END_TEST

START_TEST(a_full_disk_is_an_error_of_the_report) {
  setenv("MFG_BACKEND_PATH", sandbox_open(), 1);
  FILE *full = fopen("/dev/full", "w");
  ck_assert_ptr_nonnull(full);
  ck_assert_int_eq(mfg_report(full), MFG_ERROR_IO);
  ck_assert_ptr_nonnull(strstr(mfg_last_error(), "No space left"));
  fclose(full);
  sandbox_close();
}
END_TEST

static void *open_often(void *nothing) {
  for (int i = 0; i < 20; i++) {
    mfg_registry *mine;
    if (mfg_registry_open(NULL, &mine) != MFG_OK || !mfg_registry_candidate(mine, 0)->loaded ||
        !mfg_registry_candidate(mine, 1)->loaded)
      return nothing;
    mfg_registry_free(mine);
  }
  return NULL;
}

START_TEST(many_threads_may_look_at_once) {
  setenv("MFG_BACKEND_PATH", sandbox_open(), 1);
  sandbox_install("good", NULL);
  sandbox_install("second", NULL);
  pthread_t threads[8];
  for (int i = 0; i < 8; i++)
    ck_assert_int_eq(pthread_create(&threads[i], NULL, open_often, threads), 0);
  for (int i = 0; i < 8; i++) {
    void *failed;
    pthread_join(threads[i], &failed);
    ck_assert_ptr_null(failed);
  }
  sandbox_close();
}
END_TEST

static void *open_until_told(void *stop) {
  while (!*(volatile bool *)stop)
    open_often(NULL);
  return NULL;
}

/* A child that is forked while another thread is inside the loader can use it. */
START_TEST(a_forked_child_can_look) {
  setenv("MFG_BACKEND_PATH", sandbox_open(), 1);
  sandbox_install("good", NULL);
  sandbox_install("second", NULL);
  bool stop = false;
  pthread_t thread;
  ck_assert_int_eq(pthread_create(&thread, NULL, open_until_told, &stop), 0);
  for (int i = 0; i < 20; i++) {
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
      alarm(20);
      _exit(open_often(&stop) == NULL ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
  }
  *(volatile bool *)&stop = true;
  pthread_join(thread, NULL);
  sandbox_close();
}
END_TEST

int main(void) {
  Suite *suite = suite_create("search");
  TCase *cases = tcase_create("search");
  tcase_set_timeout(cases, 60);
  tcase_add_test(cases, the_user_comes_before_the_system);
  tcase_add_test(cases, one_variable_replaces_and_one_prepends);
  tcase_add_test(cases, places_that_cannot_be_searched_say_why);
  tcase_add_test(cases, the_program_may_name_a_file);
  tcase_add_test(cases, files_are_tried_in_the_order_of_their_names);
  tcase_add_test(cases, of_two_with_one_name_the_first_is_taken);
  tcase_add_test(cases, a_broken_one_does_not_hide_the_next);
  tcase_add_test(cases, ten_thousand_files_are_looked_at);
  tcase_add_test(cases, plugins_stay_mapped_unless_they_may_go);
  tcase_add_test(cases, a_plugin_offers_its_symbols_to_nobody);
  tcase_add_test(cases, a_file_that_is_replaced_is_loaded_anew);
  tcase_add_test(cases, the_report_shows_every_file_and_no_control_byte);
  tcase_add_test(cases, a_full_disk_is_an_error_of_the_report);
  tcase_add_test(cases, many_threads_may_look_at_once);
  suite_add_tcase(suite, cases);
  /* The allocators of AddressSanitizer and valgrind do not survive a fork beside threads. */
  TCase *forks = tcase_create("fork");
  tcase_set_timeout(forks, 60);
  tcase_set_tags(forks, "uninstrumented");
  tcase_add_test(forks, a_forked_child_can_look);
  suite_add_tcase(suite, forks);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
