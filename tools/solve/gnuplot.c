/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

bool gnuplot_check(solve_failure *failure) {
  const char *path = getenv("PATH");
  for (const char *start = path ? path : "/usr/bin:/bin"; *start;) {
    size_t length = strcspn(start, ":");
    char *candidate = NULL;
    if (asprintf(&candidate, "%.*s/gnuplot", length ? (int)length : 1, length ? start : ".") < 0)
      return failure_out_of_memory(failure);
    bool is_there = access(candidate, X_OK) == 0;
    free(candidate);
    if (is_there) return true;
    start += length + (start[length] == ':');
  }
  return failure_set(failure, EXIT_STATUS_WRONG_INPUT,
                     "--plot: found no gnuplot in PATH; expected one that draws the picture");
}

void gnuplot_append_literal(text_buffer *script, const char *text, size_t most) {
  size_t shown = 0;
  text_append(script, "'");
  for (; *text; text++) {
    unsigned char byte = (unsigned char)*text;
    if ((byte & 0xc0) != 0x80 && ++shown > most) break;
    if (byte == '\'')
      text_append(script, "''");
    else
      text_append_bytes(script, byte < 0x20 || byte == 0x7f ? " " : text, 1);
  }
  text_append(script, *text ? "...'" : "'");
}

/* Starts gnuplot with `input` as its standard input and `output` as where it writes. */
static int start(int input, int output, pid_t *process) {
  char *arguments[] = {"gnuplot", "-d", "-", NULL};
  posix_spawn_file_actions_t actions;
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return error;
  if (!(error = posix_spawn_file_actions_adddup2(&actions, input, 0)) &&
      !(error = posix_spawn_file_actions_adddup2(&actions, output, 1)) &&
      !(error = posix_spawn_file_actions_adddup2(&actions, output, 2)))
    error = posix_spawnp(process, arguments[0], &actions, NULL, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

/* False where the reader is gone: then it has said why. */
static bool send(int pipe, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(pipe, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    count -= (size_t)written;
  }
  return true;
}

/* The last line that says something. */
static void read_words(int output, char words[512]) {
  char text[4096];
  ssize_t length = pread(output, text, sizeof text - 1, 0);
  words[0] = '\0';
  text[length > 0 ? length : 0] = '\0';
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    line += strspn(line, " \t^");
    if (*line) snprintf(words, 512, "%s", line);
  }
}

static bool converse(const text_buffer *script, int input[2], int output, solve_failure *failure) {
  pid_t process = 0;
  int error = start(input[0], output, &process);
  close(input[0]);
  input[0] = -1;
  if (error)
    return failure_set(failure, EXIT_STATUS_FAILED,
                       "--plot: found gnuplot that cannot be started (%s); expected one that can",
                       strerror(error));
  bool sent = send(input[1], script->bytes, script->length);
  close(input[1]);
  input[1] = -1;
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR)
    continue;
  if (sent && WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
  char words[512];
  read_words(output, words);
  return failure_set(failure, EXIT_STATUS_FAILED,
                     "--plot: found that gnuplot failed (%s); expected a picture",
                     words[0] ? words : "it said nothing");
}

bool gnuplot_run(const text_buffer *script, solve_failure *failure) {
  int input[2] = {-1, -1};
  int output = memfd_create("gnuplot", MFD_CLOEXEC);
  bool ok = output >= 0 && pipe2(input, O_CLOEXEC) == 0;
  if (ok)
    ok = converse(script, input, output, failure);
  else
    failure_set(failure, EXIT_STATUS_FAILED, "--plot: found %s; expected a pipe to gnuplot",
                strerror(errno));
  for (int i = 0; i < 2; i++)
    if (input[i] >= 0) close(input[i]);
  if (output >= 0) close(output);
  return ok;
}
