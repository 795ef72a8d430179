/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_CHECKPOINTING_H
#define MFG_TOOLS_SOLVE_CHECKPOINTING_H

#include "checkpoint_file.h"

#include <mfg/solver.h>

/* When a run writes checkpoints, and where: OUTPUT.checkpoint; without an output file, STEM.h5
 * .checkpoint in the current folder, STEM being the name of the problem file without its ending.
 *
 * Life: begin, note each iteration, perhaps finish, end. One thread at a time. */
typedef struct checkpointing {
  char *path;
  checkpoint_origin origin; /* borrowed */
  bool is_known;            /* the file at `path` was written, or read, by this run */
  int64_t iteration;        /* of that file */
  double interval;          /* seconds between two of them */
  double last, cost;        /* when the last was written, how long that took */
  mfg_state *last_state;    /* after the last iteration that there will be; owned */
} checkpointing;

bool checkpointing_begin(checkpointing *run, const char *output, const char *problem,
                         solve_failure *failure);
void checkpointing_end(checkpointing *run);

/* Reads the checkpoint to start from. The state is the caller's. */
bool checkpointing_resume(checkpointing *run, mfg_state **state, solve_failure *failure);

/* After an iteration: writes a checkpoint where one is due (a failure to do so is told on standard
 * error, and the run goes on), and keeps the state where this is the last iteration. */
void checkpointing_note(checkpointing *run, const mfg_progress *progress, bool is_last);

/* Writes the state after the last iteration. False, without a failure, where none was kept. */
bool checkpointing_finish(checkpointing *run, solve_failure *failure);

/* The problem is solved: removes the checkpoint that this run knows. */
void checkpointing_remove(checkpointing *run);

#endif
