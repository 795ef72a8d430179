/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "checkpointing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USUAL_INTERVAL 30.0
/* A checkpoint may take one part in so many of the time, but where one is wanted after each
 * iteration (an interval of 0). */
#define SHARE 20.0

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static char *choose_path(const char *output, const char *problem) {
  char *path = NULL;
  if (output) return asprintf(&path, "%s.checkpoint", output) < 0 ? NULL : path;
  const char *slash = strrchr(problem, '/');
  const char *name = slash ? slash + 1 : problem;
  const char *dot = strrchr(name, '.');
  size_t length = dot && dot > name ? (size_t)(dot - name) : strlen(name);
  return asprintf(&path, "%.*s.h5.checkpoint", (int)length, name) < 0 ? NULL : path;
}

bool checkpointing_begin(checkpointing *run, const char *output, const char *problem,
                         solve_failure *failure) {
  *run = (checkpointing){.interval = USUAL_INTERVAL, .last = now()};
  const char *text = secure_getenv("MFG_CHECKPOINT_SECONDS");
  if (text) {
    char *end;
    run->interval = strtod(text, &end);
    if (end == text || *end || !(run->interval >= 0))
      return failure_set(failure, EXIT_STATUS_WRONG_INPUT,
                         "MFG_CHECKPOINT_SECONDS: found '%s'; expected a number of seconds", text);
  }
  run->path = choose_path(output, problem);
  return run->path || failure_out_of_memory(failure);
}

void checkpointing_end(checkpointing *run) {
  mfg_state_release(run->last_state);
  free(run->path);
  *run = (checkpointing){0};
}

bool checkpointing_resume(checkpointing *run, mfg_state **state, solve_failure *failure) {
  char *other_device = NULL;
  if (!checkpoint_file_read(run->path, &run->origin, state, &other_device, failure)) return false;
  if (other_device)
    fprintf(stderr,
            "mfg-solve: %s was made by %s; the last digits may differ from those of one run\n",
            run->path, other_device);
  free(other_device);
  run->is_known = true;
  run->iteration = checkpoint_iteration(*state);
  return true;
}

/* A checkpoint that this run knows nothing of is somebody's work: it is kept under another name. */
static void set_aside(const checkpointing *run) {
  char *aside = NULL;
  if (run->is_known || access(run->path, F_OK) != 0) return;
  if (asprintf(&aside, "%s.previous", run->path) < 0) return;
  if (rename(run->path, aside) == 0)
    fprintf(stderr, "mfg-solve: the checkpoint of an earlier run is now %s\n", aside);
  free(aside);
}

static bool write_state(checkpointing *run, const mfg_state *state, solve_failure *failure) {
  double start = now();
  set_aside(run);
  if (!checkpoint_file_write(run->path, state, &run->origin, failure)) return false;
  run->is_known = true;
  run->iteration = checkpoint_iteration(state);
  run->last = now();
  run->cost = run->last - start;
  return true;
}

static void write_due(checkpointing *run, const mfg_progress *progress) {
  mfg_state *state = NULL;
  solve_failure failure = {0};
  if (mfg_progress_state(progress, &state) != MFG_OK) return;
  if (!write_state(run, state, &failure)) {
    fprintf(stderr, "mfg-solve: %s\n", failure_text(&failure));
    run->last = now(); /* not again at every iteration */
  }
  failure_clear(&failure);
  mfg_state_release(state);
}

void checkpointing_note(checkpointing *run, const mfg_progress *progress, bool is_last) {
  if (is_last) {
    mfg_state_release(run->last_state);
    run->last_state = NULL;
    if (mfg_progress_state(progress, &run->last_state) != MFG_OK) run->last_state = NULL;
    return;
  }
  double waited = now() - run->last;
  bool is_affordable = run->interval == 0 || waited >= SHARE * run->cost;
  if (waited >= run->interval && is_affordable) write_due(run, progress);
}

bool checkpointing_finish(checkpointing *run, solve_failure *failure) {
  return run->last_state && write_state(run, run->last_state, failure);
}

void checkpointing_remove(checkpointing *run) {
  if (run->is_known) unlink(run->path);
}
