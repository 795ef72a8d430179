/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "progress.h"

#include <inttypes.h>
#include <mfg/log.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* Seconds between two lines: more often than the eye can follow is no use. */
#define INTERVAL 0.1

static volatile sig_atomic_t interrupted;
static bool shown;
static double last_shown;

/* ---- signals --------------------------------------------------------------------------------- */

static void note_signal(int number) {
  (void)number;
  interrupted = 1;
}

void progress_watch_signals(void) {
  static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
  struct sigaction action = {.sa_handler = note_signal};
  action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    struct sigaction before;
    bool is_ignored = sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN;
    if (numbers[i] == SIGHUP && is_ignored) continue; /* nohup */
    sigaction(numbers[i], &action, NULL);
  }
  /* A reader that is gone, and a file that may not grow, are errors of the call. */
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

bool progress_is_interrupted(void) {
  return interrupted != 0;
}

/* ---- the line -------------------------------------------------------------------------------- */

static void log_above(void *data, int32_t level, const char *text) {
  static const char *const names[] = {"", "error", "warn", "info", "debug"};
  (void)data;
  fprintf(stderr, "\r\033[Kmfg %s: %s\n", level > 0 && level < 5 ? names[level] : "", text);
}

void progress_begin(bool quiet) {
  shown = !quiet && isatty(STDERR_FILENO);
  last_shown = -INTERVAL;
  if (shown) mfg_log_set(log_above, NULL);
}

void progress_show(const mfg_progress *progress) {
  if (!shown || progress->seconds - last_shown < INTERVAL) return;
  last_shown = progress->seconds;
  fprintf(stderr,
          "\r\033[Kiteration %" PRId64 " of at most %" PRId64 ", residual %.2e (goal %.0e), %.1f s",
          progress->iteration, progress->max_iterations, progress->residual, progress->tolerance,
          progress->seconds);
  fflush(stderr);
}

void progress_end(void) {
  if (!shown) return;
  fprintf(stderr, "\r\033[K");
  fflush(stderr);
  shown = false;
  mfg_log_set(NULL, NULL);
}
