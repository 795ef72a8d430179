/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mfg-plugin-check itself: it passes the template, finds every seeded fault and blames nothing
 * else, goes on after crashes and hangs, and answers wrong usage with 2. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const char *program;  /* mfg-plugin-check */
static const char *template; /* the good plugin */
static const char *folder;   /* of the faulty ones */

/* What the program printed on standard output, and its exit status. */
static char output[1 << 18];

static int run(const char *format, const char *plugin) {
  char command[2048], arguments[1024];
  snprintf(arguments, sizeof arguments, format, plugin);
  snprintf(command, sizeof command, "%s %s 2>/dev/null", program, arguments);
  FILE *stream = popen(command, "r");
  ck_assert_ptr_nonnull(stream);
  size_t length = fread(output, 1, sizeof output - 1, stream);
  output[length] = '\0';
  int status = pclose(stream);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static unsigned count_lines(const char *prefix) {
  unsigned count = 0;
  for (const char *line = output; line != NULL; line = strchr(line, '\n')) {
    if (*line == '\n') line++;
    if (strncmp(line, prefix, strlen(prefix)) == 0) count++;
  }
  return count;
}

/* ---- seeded faults -------------------------------------------------------------------------- */

struct expectation {
  const char *fault;
  unsigned least;          /* failures at least */
  const char *prefixes[4]; /* every failing case starts with one of these */
  const char *detail;      /* what one of them says */
};

static const struct expectation expectations[] = {
    {"clamp", 5, {"sites: ", "reduce: eight", "line-solve: a stiff", "random: "}, "expected"},
    {"download", 1, {"memory: uploads and downloads"}, "came back changed"},
    {"event", 2, {"events: "}, "has not fired"},
    {"enumerate", 1, {"devices: enumerate"}, "struct_size"},
    {"crash", 30, {"line-solve: ", "command-lists: replays"}, "exited with status 7"},
    {"hang", 1, {"memory: fill with a pattern of 16 bytes"}, "no answer within 2 seconds"},
    {"bits", 1, {"reduce: sum of float64, 1 to 100003 elements"}, "different bits"},
    {"repeat", 3, {"command-lists: "}, "expected"},
    {"status", 2, {"command-lists: a repeat"}, "status word"},
    {"name", 1, {"query: the name"}, "somebody-else"},
};

static bool is_expected(const struct expectation *expectation, const char *line) {
  for (int i = 0; i < 4 && expectation->prefixes[i] != NULL; i++)
    if (strncmp(line + strlen("FAIL "), expectation->prefixes[i],
                strlen(expectation->prefixes[i])) == 0)
      return true;
  return false;
}

START_TEST(a_seeded_fault_is_found_and_nothing_else) {
  const struct expectation *expectation = &expectations[_i];
  char plugin[512];
  snprintf(plugin, sizeof plugin, "%s/mfg-backend-faulty-%s.so", folder, expectation->fault);
  ck_assert_int_eq(run("%s --time-limit 2", plugin), 1);
  unsigned failures = count_lines("FAIL ");
  ck_assert_msg(failures >= expectation->least, "%u failures, expected at least %u", failures,
                expectation->least);
  ck_assert_uint_gt(count_lines("PASS "), 1000);
  ck_assert_ptr_nonnull(strstr(output, expectation->detail));
  for (const char *line = strstr(output, "FAIL "); line != NULL;
       line = strstr(line + 1, "\nFAIL ")) {
    const char *start = *line == '\n' ? line + 1 : line;
    ck_assert_msg(is_expected(expectation, start), "%.200s", start);
  }
}
END_TEST

static void run_limited(const char *name, int status) {
  char plugin[512];
  snprintf(plugin, sizeof plugin, "%s/mfg-backend-faulty-%s.so", folder, name);
  ck_assert_int_eq(run("%s", plugin), status);
}

START_TEST(types_that_a_device_lacks_are_skipped) {
  run_limited("narrow", 0);
  ck_assert_uint_gt(count_lines("SKIP instructions: add of float64: the device has no float64"), 0);
  ck_assert_uint_gt(count_lines("PASS instructions: add of float32"), 0);
  ck_assert_uint_gt(count_lines("SKIP "), 100);
}
END_TEST

START_TEST(kernels_that_are_not_supported_are_skipped) {
  run_limited("refuse", 0);
  ck_assert_uint_ge(count_lines("SKIP line-solve: "), 30);
  ck_assert_uint_eq(count_lines("PASS line-solve: "), 1); /* the device opens */
  ck_assert_ptr_nonnull(strstr(output, ": the plugin does not support this kernel\n"));
}
END_TEST

START_TEST(a_required_table_that_is_missing_fails) {
  run_limited("table", 1);
  ck_assert_uint_eq(count_lines("FAIL query: the queue table: is missing"), 1);
  ck_assert_uint_gt(count_lines("FAIL sites: the device opens: a required table is missing"), 0);
  ck_assert_uint_eq(count_lines("FAIL random: kernel"), 0);
}
END_TEST

/* ---- the program ---------------------------------------------------------------------------- */

START_TEST(the_template_passes_every_case) {
  ck_assert_int_eq(run("%s", template), 0);
  ck_assert_uint_eq(count_lines("FAIL "), 0);
  unsigned passed = count_lines("PASS "), skipped = count_lines("SKIP ");
  char summary[64];
  snprintf(summary, sizeof summary, "\n%u passed, 0 failed, %u skipped\n", passed, skipped);
  ck_assert_msg(strstr(output, summary) != NULL, "no line \"%s\"", summary + 1);
  ck_assert_uint_gt(passed, 1000);
}
END_TEST

START_TEST(json_is_one_object) {
  ck_assert_int_eq(run("--json --group query %s", template), 0);
  ck_assert_int_eq(output[0], '{');
  ck_assert_ptr_nonnull(strstr(
      output, "{\"name\": \"query: the frozen prefix\", \"status\": \"PASS\", \"detail\": \"\"}"));
  ck_assert_ptr_nonnull(strstr(output, "\"failed\": 0, \"skipped\": 1}\n"));
}
END_TEST

START_TEST(wrong_usage_is_two) {
  ck_assert_int_eq(run("", template), 2);
  ck_assert_int_eq(run("%s --nonsense", template), 2);
  ck_assert_int_eq(run("%s another.so", template), 2);
  ck_assert_int_eq(run("%s --device", template), 2);
  ck_assert_int_eq(run("%s --device -1", template), 2);
  ck_assert_int_eq(run("%s --group nosuch", template), 2);
  ck_assert_int_eq(run("%s.not-there", template), 2);
  ck_assert_int_eq(run("--help", template), 0);
}
END_TEST

START_TEST(what_is_no_plugin_fails_to_load) {
  ck_assert_int_eq(run("/etc/passwd", template), 1);
  ck_assert_str_eq(strchr(output, '\n') + 1, "0 passed, 1 failed, 0 skipped\n");
  ck_assert_uint_eq(count_lines("FAIL load: the file opens"), 1);
}
END_TEST

START_TEST(a_device_that_is_not_there_fails) {
  ck_assert_int_eq(run("%s --device 7 --group memory", template), 1);
  ck_assert_uint_eq(count_lines("FAIL memory: the device opens"), 1);
}
END_TEST

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: %s PROGRAM TEMPLATE FOLDER\n", arguments[0]);
    return EXIT_FAILURE;
  }
  program = arguments[1];
  template = arguments[2];
  folder = arguments[3];
  Suite *suite = suite_create("mfg-plugin-check");
  TCase *cases = tcase_create("the program");
  tcase_set_timeout(cases, 300);
  tcase_add_test(cases, the_template_passes_every_case);
  tcase_add_test(cases, json_is_one_object);
  tcase_add_test(cases, wrong_usage_is_two);
  tcase_add_test(cases, what_is_no_plugin_fails_to_load);
  tcase_add_test(cases, a_device_that_is_not_there_fails);
  suite_add_tcase(suite, cases);
  TCase *faults = tcase_create("seeded faults");
  tcase_set_timeout(faults, 300);
  tcase_add_loop_test(faults, a_seeded_fault_is_found_and_nothing_else, 0,
                      (int)(sizeof expectations / sizeof expectations[0]));
  tcase_add_test(faults, types_that_a_device_lacks_are_skipped);
  tcase_add_test(faults, kernels_that_are_not_supported_are_skipped);
  tcase_add_test(faults, a_required_table_that_is_missing_fails);
  suite_add_tcase(suite, faults);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
