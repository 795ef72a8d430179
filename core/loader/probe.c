/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "probe.h"

#include "backend.h"
#include "devices.h"
#include "record.h"
#include "support/environment.h"
#include "support/host.h"
#include "support/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A driver that starts for the first time may take seconds; a plugin that takes this long hangs. */
#define TIME_LIMIT_MILLISECONDS 20000

/* The last byte of an answer: one without it comes from a program that died. */
#define END_MARK '\x04'

typedef enum probe_mode { PROBE_AUTO, PROBE_ALWAYS, PROBE_NEVER } probe_mode;

/* What came back: the verdict's numbers and text, or how the program ended without one. */
typedef struct probe_answer {
  char text[2048];
  size_t length;
  bool late;
  int ending; /* as waitpid gives it */
} probe_answer;

static probe_mode mode_now(void) {
  const char *word = mfg_environment("MFG_PROBE");
  if (word == NULL || strcmp(word, "auto") == 0) return PROBE_AUTO;
  if (strcmp(word, "always") == 0) return PROBE_ALWAYS;
  if (strcmp(word, "never") == 0) return PROBE_NEVER;
  mfg_log_line(MFG_LOG_WARN, "MFG_PROBE is '%s'; expected auto, always or never", word);
  return PROBE_AUTO;
}

static const char *probing_program(void) {
  const char *program = mfg_environment("MFG_PROBE_PROGRAM");
  return program != NULL ? program : MFG_PROBE_PROGRAM;
}

static int64_t milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t time_limit(void) {
  const char *text = mfg_environment("MFG_PROBE_TIMEOUT");
  double seconds = text != NULL ? strtod(text, NULL) : 0;
  return seconds > 0 && seconds < 86400 ? (int64_t)(1000 * seconds) : TIME_LIMIT_MILLISECONDS;
}

/* Reads until the answer is complete, the other end closes, or the time is over. */
static void read_answer(int descriptor, probe_answer *answer) {
  int64_t end = milliseconds() + time_limit();
  while (answer->length < sizeof answer->text - 1) {
    int64_t left = end - milliseconds();
    struct pollfd wait = {.fd = descriptor, .events = POLLIN};
    int ready = left > 0 ? poll(&wait, 1, (int)left) : 0;
    if (ready == 0) {
      answer->late = true;
      return;
    }
    if (ready < 0 && errno == EINTR) continue;
    ssize_t size =
        read(descriptor, answer->text + answer->length, sizeof answer->text - 1 - answer->length);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;
    answer->length += (size_t)size;
    if (answer->text[answer->length - 1] == END_MARK) return;
  }
}

/* Starts the program with the pipe as its standard output and nothing to read; its standard error
 * stays ours, since a driver may have something to say. */
static int start(const char *path, const char *name, int output, pid_t *child) {
  const char *program = probing_program();
  char *arguments[] = {(char *)program, (char *)path, (char *)name, NULL};
  posix_spawn_file_actions_t actions;
  int error = posix_spawn_file_actions_init(&actions);
  if (error != 0) return error;
  error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  if (error == 0)
    error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (error == 0) error = posix_spawn(child, program, &actions, NULL, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

static int ask(const char *path, const char *name, probe_answer *answer) {
  int ends[2];
  pid_t child;
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  int error = start(path, name, ends[1], &child);
  close(ends[1]);
  if (error == 0) {
    read_answer(ends[0], answer);
    kill(child, SIGKILL);
    while (waitpid(child, &answer->ending, 0) < 0 && errno == EINTR)
      ;
  }
  close(ends[0]);
  answer->text[answer->length] = '\0';
  return error;
}

/* By the system where memory is out, or by us where the plugin closed its end and went on: nothing
 * that is worth remembering. */
static bool was_killed(const probe_answer *answer) {
  return WIFSIGNALED(answer->ending) && WTERMSIG(answer->ending) == SIGKILL;
}

static bool refuse_crash(mfg_verdict *verdict, const probe_answer *answer) {
  if (answer->late)
    return mfg_refuse(verdict, MFG_STAGE_OPEN, MFG_REASON_TIMEOUT,
                      "the plugin did not answer the probe within %.3g s",
                      (double)time_limit() / 1000);
  if (was_killed(answer))
    return mfg_refuse(verdict, MFG_STAGE_OPEN, MFG_REASON_CRASHED,
                      "the probe of the plugin was killed before it had answered");
  if (WIFSIGNALED(answer->ending))
    return mfg_refuse(verdict, MFG_STAGE_OPEN, MFG_REASON_CRASHED,
                      "the plugin ended the probe by signal %d (%s)", WTERMSIG(answer->ending),
                      strsignal(WTERMSIG(answer->ending)));
  return mfg_refuse(verdict, MFG_STAGE_OPEN, MFG_REASON_CRASHED,
                    "the plugin ended the probe with exit status %d, before it had answered",
                    WIFEXITED(answer->ending) ? WEXITSTATUS(answer->ending) : 0);
}

/* Takes the answer apart: "reason stage detail", complete only with the end mark. */
static bool read_verdict(const probe_answer *answer, mfg_verdict *verdict) {
  int reason;
  int stage;
  int start = 0;
  if (answer->length == 0 || answer->text[answer->length - 1] != END_MARK ||
      sscanf(answer->text, "%d %d %n", &reason, &stage, &start) != 2 || start == 0 ||
      reason < MFG_REASON_NONE || reason > MFG_REASON_INVALID || stage < MFG_STAGE_NAME ||
      stage > MFG_STAGE_DEVICES)
    return refuse_crash(verdict, answer);
  if (reason == MFG_REASON_NONE) return true;
  return mfg_refuse(verdict, (mfg_stage)stage, (mfg_reason)reason, "%.*s",
                    (int)(answer->length - 1) - start, answer->text + start);
}

static bool ask_and_record(const char *path, const char *name, const mfg_file_identity *identity,
                           uint64_t content, mfg_verdict *verdict) {
  probe_answer answer = {.length = 0};
  int error = ask(path, name, &answer);
  if (error != 0) {
    mfg_log_line(MFG_LOG_WARN,
                 "the probing program %s cannot be run (%s); %s is loaded without a probe",
                 probing_program(), strerror(error), path);
    return true;
  }
  bool good = read_verdict(&answer, verdict);
  if (good)
    mfg_record_good(identity);
  else if (verdict->reason == MFG_REASON_CRASHED && !was_killed(&answer))
    mfg_record_crash(identity, content);
  return good;
}

bool mfg_probe(const char *path, const char *name, const mfg_file_identity *identity,
               mfg_verdict *verdict) {
  probe_mode mode = mode_now();
  if (mode == PROBE_NEVER || mfg_backend_is_loaded(identity) ||
      access(probing_program(), X_OK) != 0 || (mode == PROBE_AUTO && mfg_record_is_good(identity)))
    return true;
  uint64_t content = mfg_record_content(path);
  if (mode == PROBE_AUTO && mfg_record_has_crashed(identity, content))
    return mfg_refuse(verdict, MFG_STAGE_OPEN, MFG_REASON_CRASHED,
                      "a file with this content has crashed before (MFG_PROBE=always tries again)");
  return ask_and_record(path, name, identity, content, verdict);
}

static bool try_plugin(const char *path, const char *name, mfg_verdict *verdict) {
  mfg_file_identity identity;
  int descriptor = mfg_file_open(path, &identity, verdict);
  if (descriptor < 0) return false;
  close(descriptor);
  mfg_backend *backend = mfg_backend_load(path, name, &identity, verdict);
  const mfg_plugin_host *host = mfg_host_table(NULL, 0);
  if (backend == NULL || host == NULL) return false;
  mfg_device_list devices;
  bool good = mfg_devices_enumerate(backend->plugin, host, &devices, verdict);
  mfg_devices_free(&devices);
  return good;
}

int mfg_probe_run(const char *path, const char *name, int descriptor) {
  mfg_verdict verdict = {.reason = MFG_REASON_NONE};
  FILE *output = fdopen(descriptor, "w");
  if (output == NULL) return EXIT_FAILURE;
  try_plugin(path, name, &verdict);
  fprintf(output, "%d %d %.1900s%c", (int)verdict.reason, (int)verdict.stage,
          verdict.detail != NULL ? verdict.detail : "", END_MARK);
  fflush(output);
  /* The answer is given; what the plugin does at the end of a process is not waited for. */
  _exit(EXIT_SUCCESS);
}
