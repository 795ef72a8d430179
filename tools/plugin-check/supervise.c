/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise.h"

#include "load.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- in the child --------------------------------------------------------------------------- */

/* Words on the pipe: "B <number> <name>\n" where a case begins, "E <outcome> <detail>\n" where it
 * ends. Each is one write, so that what was said before a crash has arrived. */
struct teller {
  int pipe;
  check_run *run;
};

static void tell(int pipe, const char *word, unsigned long number, const char *text) {
  char line[900];
  int length = snprintf(line, sizeof line - 1, "%s %lu %s", word, number, text);
  size_t size = length < 0 ? 0 : (size_t)length;
  if (size > sizeof line - 2) size = sizeof line - 2;
  for (size_t i = 0; i < size; i++)
    if (line[i] == '\n') line[i] = ' ';
  line[size++] = '\n';
  if (write(pipe, line, size) != (ssize_t)size) _exit(3);
}

static void tell_begin(void *context, const char *name) {
  const struct teller *teller = context;
  tell(teller->pipe, "B", (unsigned long)(teller->run->next - 1), name);
}

static void tell_end(void *context, const char *name, check_outcome outcome, const char *detail) {
  const struct teller *teller = context;
  (void)name;
  tell(teller->pipe, "E", outcome, detail);
}

/* Group number 0 is the loading itself; the others follow in the order of `check_groups`. */
static void run_child(const supervise_options *options, uint32_t number, uint64_t first, int pipe) {
  check_run run = {.stem = options->stem, .device_index = options->device_index, .first = first};
  struct teller teller = {.pipe = pipe, .run = &run};
  check_report report = {.context = &teller, .begin = tell_begin, .end = tell_end};
  run.report = &report;
  dup2(STDERR_FILENO, STDOUT_FILENO); /* what the plugin prints is not our answer */
  if (number == 0)
    load_cases(&run, options->path);
  else if ((run.plugin = load_plugin(options->path)) != NULL)
    check_group_run(&check_groups[number - 1], &run);
  _exit(0);
}

/* ---- in the parent -------------------------------------------------------------------------- */

/* A group under way. */
struct watch {
  const supervise_options *options;
  supervise_result result;
  void *context;
  const char *group;
  int pipe;
  char buffer[2048];
  size_t held;       /* bytes of `buffer` */
  bool open;         /* a case has begun and not ended */
  char name[160];    /* of that case */
  uint64_t next;     /* number of the case after it */
  unsigned failures; /* in this group */
};

static void report_case(struct watch *watch, const char *name, check_outcome outcome,
                        const char *detail) {
  if (outcome == CHECK_FAIL) watch->failures++;
  watch->result(watch->context, name, outcome, detail);
}

static void take_line(struct watch *watch, char *line) {
  char *rest = NULL;
  unsigned long number = strlen(line) > 2 ? strtoul(line + 2, &rest, 10) : 0;
  const char *text = rest != NULL && *rest == ' ' ? rest + 1 : "";
  if (line[0] == 'B') {
    watch->open = true;
    watch->next = number + 1;
    snprintf(watch->name, sizeof watch->name, "%s", text);
  } else if (watch->open) {
    watch->open = false;
    report_case(watch, watch->name, (check_outcome)number, text);
  }
}

static void take_lines(struct watch *watch) {
  char *start = watch->buffer, *end;
  while ((end = memchr(start, '\n', watch->held - (size_t)(start - watch->buffer))) != NULL) {
    *end = '\0';
    take_line(watch, start);
    start = end + 1;
  }
  watch->held -= (size_t)(start - watch->buffer);
  memmove(watch->buffer, start, watch->held);
}

/* Listens until the child closes its pipe; false when it has said nothing for too long. */
static bool listen_to(struct watch *watch) {
  for (;;) {
    struct pollfd waiting = {.fd = watch->pipe, .events = POLLIN};
    int ready = poll(&waiting, 1, (int)watch->options->time_limit * 1000);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    ssize_t got =
        read(watch->pipe, watch->buffer + watch->held, sizeof watch->buffer - watch->held);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    watch->held += (size_t)got;
    take_lines(watch);
  }
}

static void describe_end(char *text, size_t capacity, const struct watch *watch, bool answered,
                         int status) {
  if (!answered)
    snprintf(text, capacity, "no answer within %u seconds", watch->options->time_limit);
  else if (WIFSIGNALED(status))
    snprintf(text, capacity, "the process was ended by signal %d (%s)", WTERMSIG(status),
             strsignal(WTERMSIG(status)));
  else
    snprintf(text, capacity, "the process exited with status %d in the middle of the case",
             WEXITSTATUS(status));
}

static pid_t start_child(struct watch *watch, uint32_t number) {
  int ends[2];
  if (pipe(ends) != 0) return -1;
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    run_child(watch->options, number, watch->next, ends[1]);
  }
  close(ends[1]);
  watch->pipe = ends[0];
  if (child < 0) close(ends[0]);
  return child;
}

/* Runs children until one gets to the end of the group. */
static bool watch_group(struct watch *watch, uint32_t number) {
  for (;;) {
    pid_t child = start_child(watch, number);
    if (child < 0) return false;
    watch->held = 0;
    watch->open = false;
    bool answered = listen_to(watch);
    close(watch->pipe);
    if (!answered) kill(child, SIGKILL);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
      continue;
    bool clean = answered && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (clean && !watch->open) return true;
    char text[160], name[160];
    describe_end(text, sizeof text, watch, answered, status);
    snprintf(name, sizeof name, "%s: from one case to the next", watch->group);
    report_case(watch, watch->open ? watch->name : name, CHECK_FAIL, text);
    if (!watch->open) return true;
  }
}

bool supervise(const supervise_options *options, supervise_result result, void *context) {
  for (uint32_t number = 0; number <= check_group_count; number++) {
    struct watch watch = {.options = options,
                          .result = result,
                          .context = context,
                          .group = number == 0 ? "load" : check_groups[number - 1].name};
    bool wanted = options->group == NULL || strcmp(options->group, watch.group) == 0;
    if (number > 0 && !wanted) continue;
    if (!watch_group(&watch, number)) return false;
    if (number == 0 && watch.failures > 0) return true; /* nothing to run the others on */
  }
  return true;
}
