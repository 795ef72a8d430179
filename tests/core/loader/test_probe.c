/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plugins that take their process down are met by the probe, and what it found is remembered. */
#include "fakes/sandbox.h"

#include <check.h>
#include <mfg/error.h>
#include <mfg/registry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *program;

/* A directory with one fake, and the probe as it is by default. */
static void offer(const char *fake) {
  setenv("MFG_BACKEND_PATH", sandbox_open(), 1);
  setenv("MFG_PROBE_PROGRAM", program, 1);
  unsetenv("MFG_PROBE");
  /* An instrumented probe dies of its signals as any other. */
  setenv("ASAN_OPTIONS", "handle_segv=0:handle_sigill=0:handle_abort=0", 1);
  sandbox_directory("cache");
  sandbox_install(fake, NULL);
}

static void expect(const char *reason, const char *detail) {
  mfg_registry *registry;
  ck_assert_msg(mfg_registry_open(NULL, &registry) == MFG_OK, "%s", mfg_last_error());
  const mfg_candidate *candidate = mfg_registry_candidate(registry, 0);
  ck_assert_msg(strcmp(candidate->reason, reason) == 0 && strstr(candidate->detail, detail) != NULL,
                "%s: %s; expected %s: %s", candidate->reason, candidate->detail, reason, detail);
  mfg_registry_free(registry);
}

/* How many lines of the record begin with a word. */
static int recorded(const char *word) {
  FILE *record = fopen(sandbox_path("cache/mfg/probe-0.2"), "r");
  char line[256];
  int count = 0;
  while (record != NULL && fgets(line, sizeof line, record) != NULL)
    count += strncmp(line, word, strlen(word)) == 0;
  if (record != NULL) fclose(record);
  return count;
}

static const struct {
  const char *fake;
  const char *reason;
  const char *detail;
} harmful[] = {
    {"constructor-fault", "crashed", "signal 11"}, {"constructor-exit", "crashed", "exit status 3"},
    {"query-fault", "crashed", "signal 4"},        {"query-exit", "crashed", "exit status 0"},
    {"enumerate-fault", "crashed", "signal 6"},    {"constructor-hang", "timeout", "0.5 s"},
    {"enumerate-hang", "timeout", "0.5 s"}};

START_TEST(harm_stays_in_the_probe) {
  offer(harmful[_i].fake);
  if (strcmp(harmful[_i].reason, "timeout") == 0) setenv("MFG_PROBE_TIMEOUT", "0.5", 1);
  expect(harmful[_i].reason, harmful[_i].detail);
  sandbox_close();
}
END_TEST

START_TEST(a_crash_is_remembered_by_content) {
  offer("constructor-exit");
  expect("crashed", "exit status 3");
  expect("crashed", "before");
  ck_assert_int_eq(recorded("crashed"), 1);
  sandbox_install("constructor-exit", "mfg-backend-copy.so");
  ck_assert_int_eq(unlink(sandbox_path("mfg-backend-constructor-exit.so")), 0);
  expect("crashed", "before");
  setenv("MFG_PROBE", "always", 1);
  expect("crashed", "exit status 3");
  sandbox_install("good", "mfg-backend-copy.so");
  unsetenv("MFG_PROBE");
  expect("invalid", "'good'");
  sandbox_close();
}
END_TEST

START_TEST(being_killed_is_not_remembered) {
  offer("killed");
  expect("crashed", "killed");
  expect("crashed", "killed");
  ck_assert_int_eq(recorded(""), 0);
  sandbox_close();
}
END_TEST

START_TEST(a_good_file_is_probed_once) {
  offer("second");
  expect("", "");
  ck_assert_int_eq(recorded("good"), 1);
  expect("", "");
  ck_assert_int_eq(recorded("good"), 1);
  struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
  ck_assert_int_eq(utimensat(0, sandbox_path("mfg-backend-second.so"), times, 0), 0);
  expect("", "");
  ck_assert_int_eq(recorded("good"), 2);
  sandbox_close();
}
END_TEST

START_TEST(other_failures_are_found_anew) {
  offer("dependent");
  expect("missing-dependency", "libmfg-nowhere.so.1");
  expect("missing-dependency", "libmfg-nowhere.so.1");
  ck_assert_int_eq(recorded(""), 0);
  sandbox_close();
}
END_TEST

START_TEST(what_a_plugin_prints_is_no_answer) {
  offer("talkative");
  expect("", "");
  sandbox_close();
}
END_TEST

START_TEST(no_cache_directory_is_no_obstacle) {
  offer("second");
  setenv("XDG_CACHE_HOME", "/dev/null/nowhere", 1);
  expect("", "");
  expect("", "");
  sandbox_close();
}
END_TEST

START_TEST(without_the_program_a_plugin_is_loaded_at_once) {
  offer("good");
  setenv("MFG_PROBE_PROGRAM", "/nowhere/mfg-probe", 1);
  expect("", "");
  ck_assert_int_eq(recorded(""), 0);
  sandbox_close();
}
END_TEST

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: %s MFG_PROBE\n", arguments[0]);
    return EXIT_FAILURE;
  }
  program = arguments[1];
  Suite *suite = suite_create("probe");
  TCase *cases = tcase_create("probe");
  tcase_set_timeout(cases, 60);
  tcase_add_loop_test(cases, harm_stays_in_the_probe, 0, sizeof harmful / sizeof *harmful);
  tcase_add_test(cases, a_crash_is_remembered_by_content);
  tcase_add_test(cases, being_killed_is_not_remembered);
  tcase_add_test(cases, a_good_file_is_probed_once);
  tcase_add_test(cases, other_failures_are_found_anew);
  tcase_add_test(cases, what_a_plugin_prints_is_no_answer);
  tcase_add_test(cases, no_cache_directory_is_no_obstacle);
  tcase_add_test(cases, without_the_program_a_plugin_is_loaded_at_once);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
