/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mfg-plugin-check: whether a plugin keeps what the ABI promises. */
#include "supervise.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: mfg-plugin-check PATH.so [--json] [--device N] [--group NAME] [--time-limit SECONDS]\n"
    "\n"
    "Runs every case of the conformance kit on a backend plugin and compares its answers with\n"
    "those of the reference executor. Exit status: 0 when nothing failed, 1 when a case failed,\n"
    "2 when the command is wrong, 5 when the output could not be written.\n"
    "\n"
    "  --json            one JSON object instead of a line a case\n"
    "  --device N        device number N of the plugin (0)\n"
    "  --group NAME      only the cases of one group\n"
    "  --time-limit S    seconds after which a silent case has failed (120)\n";

struct answer {
  bool json;
  unsigned counts[3];
};

static const char *const outcome_names[] = {"PASS", "FAIL", "SKIP"};

/* ---- output --------------------------------------------------------------------------------- */

static void print_json_text(const char *text) {
  putchar('"');
  for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
    if (*c == '"' || *c == '\\')
      printf("\\%c", *c);
    else if (*c < 0x20)
      printf("\\u%04x", *c);
    else
      putchar(*c);
  }
  putchar('"');
}

static void print_json_case(const struct answer *answer, const char *name, check_outcome outcome,
                            const char *detail) {
  bool first = answer->counts[0] + answer->counts[1] + answer->counts[2] == 0;
  printf("%s\n  {\"name\": ", first ? "" : ",");
  print_json_text(name);
  printf(", \"status\": \"%s\", \"detail\": ", outcome_names[outcome]);
  print_json_text(detail);
  putchar('}');
}

static void take_result(void *context, const char *name, check_outcome outcome,
                        const char *detail) {
  struct answer *answer = context;
  if (answer->json)
    print_json_case(answer, name, outcome, detail);
  else if (detail[0] != '\0')
    printf("%s %s: %s\n", outcome_names[outcome], name, detail);
  else
    printf("%s %s\n", outcome_names[outcome], name);
  fflush(stdout);
  answer->counts[outcome]++;
}

static void print_end(const struct answer *answer) {
  if (answer->json)
    printf("\n], \"passed\": %u, \"failed\": %u, \"skipped\": %u}\n", answer->counts[CHECK_PASS],
           answer->counts[CHECK_FAIL], answer->counts[CHECK_SKIP]);
  else
    printf("%u passed, %u failed, %u skipped\n", answer->counts[CHECK_PASS],
           answer->counts[CHECK_FAIL], answer->counts[CHECK_SKIP]);
}

/* ---- arguments ------------------------------------------------------------------------------ */

static bool parse_number(const char *option, const char *text, unsigned long highest,
                         unsigned long *number) {
  char *end = NULL;
  errno = 0;
  if (text != NULL && text[0] >= '0' && text[0] <= '9') *number = strtoul(text, &end, 10);
  if (end != NULL && *end == '\0' && errno == 0 && *number <= highest) return true;
  fprintf(stderr, "mfg-plugin-check: %s: found \"%s\", expected a number up to %lu\n", option,
          text == NULL ? "" : text, highest);
  return false;
}

static bool is_group(const char *name) {
  for (uint32_t i = 0; i < check_group_count; i++)
    if (strcmp(check_groups[i].name, name) == 0) return true;
  fprintf(stderr, "mfg-plugin-check: --group: found \"%s\", expected one of", name);
  for (uint32_t i = 0; i < check_group_count; i++)
    fprintf(stderr, " %s", check_groups[i].name);
  fputc('\n', stderr);
  return false;
}

/* Takes argument `*i` and what belongs to it. */
static bool take_argument(char **arguments, int *i, supervise_options *options, bool *json) {
  const char *argument = arguments[*i];
  unsigned long number = 0;
  if (strcmp(argument, "--json") == 0) {
    *json = true;
    return true;
  }
  if (strcmp(argument, "--group") == 0) {
    options->group = arguments[*i + 1] == NULL ? "" : arguments[++*i];
    return is_group(options->group);
  }
  if (strcmp(argument, "--device") == 0 || strcmp(argument, "--time-limit") == 0) {
    bool device = strcmp(argument, "--device") == 0;
    const char *text = arguments[*i + 1];
    if (!parse_number(argument, text, device ? 65535 : 86400, &number)) return false;
    ++*i;
    if (device)
      options->device_index = (uint32_t)number;
    else
      options->time_limit = (unsigned)number;
    return true;
  }
  if (argument[0] == '-' || options->path != NULL) {
    fprintf(stderr, "mfg-plugin-check: found \"%s\", expected one PATH.so and options\n%s",
            argument, usage);
    return false;
  }
  options->path = argument;
  return true;
}

/* NAME of .../mfg-backend-NAME.so, or the whole file name where it has another form. Freed by the
 * caller. */
static char *stem_of(const char *path) {
  static const char prefix[] = "mfg-backend-", suffix[] = ".so";
  const char *slash = strrchr(path, '/');
  char *name = strdup(slash == NULL ? path : slash + 1);
  size_t length = name == NULL ? 0 : strlen(name), around = strlen(prefix) + strlen(suffix);
  if (length <= around || strncmp(name, prefix, strlen(prefix)) != 0 ||
      strcmp(name + length - strlen(suffix), suffix) != 0)
    return name;
  memmove(name, name + strlen(prefix), length - around);
  name[length - around] = '\0';
  return name;
}

static int run(supervise_options *options, bool json) {
  char *path = realpath(options->path, NULL);
  if (path == NULL || access(path, R_OK) != 0) {
    fprintf(stderr, "mfg-plugin-check: %s: %s\n", options->path, strerror(errno));
    free(path);
    return 2;
  }
  char *stem = stem_of(options->path);
  struct answer answer = {.json = json};
  if (json) {
    printf("{\"path\": ");
    print_json_text(path);
    printf(", \"cases\": [");
  }
  options->path = path;
  options->stem = stem;
  bool ran = supervise(options, take_result, &answer);
  print_end(&answer);
  if (!ran) fprintf(stderr, "mfg-plugin-check: no process could be started: %s\n", strerror(errno));
  free(stem);
  free(path);
  if (fflush(stdout) != 0 || ferror(stdout)) {
    fprintf(stderr, "mfg-plugin-check: the output could not be written\n");
    return 5;
  }
  return ran && answer.counts[CHECK_FAIL] == 0 ? 0 : 1;
}

int main(int count, char **arguments) {
  supervise_options options = {.time_limit = 120};
  bool json = false;
  for (int i = 1; i < count; i++) {
    if (strcmp(arguments[i], "--help") == 0) {
      fputs(usage, stdout);
      return 0;
    }
    if (!take_argument(arguments, &i, &options, &json)) return 2;
  }
  if (options.path == NULL) {
    fprintf(stderr, "mfg-plugin-check: no plugin named, expected PATH.so\n%s", usage);
    return 2;
  }
  return run(&options, json);
}
