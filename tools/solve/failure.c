/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "failure.h"

#include <stdio.h>
#include <stdlib.h>

bool failure_set_arguments(solve_failure *failure, int exit_status, const char *format,
                           va_list arguments) {
  if (failure->exit_status != EXIT_STATUS_SOLVED) return false;
  failure->exit_status = exit_status;
  if (vasprintf(&failure->text, format, arguments) < 0) {
    failure->text = NULL;
    failure->exit_status = EXIT_STATUS_FAILED;
  }
  return false;
}

bool failure_set(solve_failure *failure, int exit_status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  failure_set_arguments(failure, exit_status, format, arguments);
  va_end(arguments);
  return false;
}

bool failure_out_of_memory(solve_failure *failure) {
  return failure_set(failure, EXIT_STATUS_FAILED, "out of memory");
}

const char *failure_text(const solve_failure *failure) {
  return failure->text ? failure->text : "out of memory";
}

void failure_clear(solve_failure *failure) {
  free(failure->text);
  failure->text = NULL;
  failure->exit_status = EXIT_STATUS_SOLVED;
}
