/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_FAILURE_H
#define MFG_TOOLS_SOLVE_FAILURE_H

#include <stdarg.h>
#include <stdbool.h>

/* Why a run cannot go on: the exit status that follows, and the text for the user. The functions of
 * this program that can fail take one, fill it and return false. The first failure stays: what goes
 * wrong while cleaning up after it is not told. One thread at a time. */
typedef struct solve_failure {
  int exit_status; /* enum exit_status; EXIT_STATUS_SOLVED: nothing failed */
  char *text;      /* owned; NULL where nothing failed, or memory is out */
} solve_failure;

/* Other programs rely on these numbers. */
enum exit_status {
  EXIT_STATUS_SOLVED = 0,
  EXIT_STATUS_WRONG_INPUT = 2,
  EXIT_STATUS_NO_BACKEND = 3,
  EXIT_STATUS_NOT_CONVERGED = 4,
  EXIT_STATUS_FAILED = 5, /* out of memory, the device, a file that cannot be written */
  EXIT_STATUS_INTERRUPTED = 130
};

/* Fills `failure` where it is empty. Always false, so that a caller returns it. */
bool failure_set(solve_failure *failure, int exit_status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool failure_set_arguments(solve_failure *failure, int exit_status, const char *format,
                           va_list arguments) __attribute__((format(printf, 3, 0)));
bool failure_out_of_memory(solve_failure *failure);

/* The text to show; never NULL. */
const char *failure_text(const solve_failure *failure);

/* Empties it. */
void failure_clear(solve_failure *failure);

#endif
