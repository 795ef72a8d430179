/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_PROGRESS_H
#define MFG_TOOLS_SOLVE_PROGRESS_H

#include <mfg/solver.h>

/* The line on the terminal that says how far a run is, and the signals that end it. Process-wide:
 * one run at a time. */

/* From here on SIGINT, SIGTERM and SIGHUP ask for an end; a second one ends the program at once. */
void progress_watch_signals(void);
bool progress_is_interrupted(void);

/* Whether a line is to be shown: never where standard error is no terminal. Lines of the library's
 * log then go above it. */
void progress_begin(bool quiet);
void progress_show(const mfg_progress *progress);
/* Removes the line. */
void progress_end(void);

#endif
