/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <mfg/error.h>

static _Thread_local mfg_problem_error last_error;

const mfg_problem_error *mfg_problem_last_error(void) {
  return &last_error;
}

static void begin(mfg_status status, const char *field) {
  memset(&last_error, 0, sizeof last_error);
  last_error.status = status;
  snprintf(last_error.field, sizeof last_error.field, "%s", field);
}

mfg_status mfg_fail(mfg_status status, const char *field, const char *format, ...) {
  mfg_problem_error made = {.status = status};
  snprintf(made.field, sizeof made.field, "%s", field);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(made.text, sizeof made.text, format, arguments);
  va_end(arguments);
  last_error = made;
  return status;
}

mfg_status mfg_fail_out_of_memory(void) {
  return mfg_fail(MFG_ERROR_OUT_OF_MEMORY, "", "out of host memory");
}

mfg_status mfg_fail_expression(const char *field, const mfg_expression_error *error) {
  begin(error->out_of_memory ? MFG_ERROR_OUT_OF_MEMORY : MFG_ERROR_SYNTAX, field);
  last_error.line = error->line;
  last_error.column = error->column;
  snprintf(last_error.text, sizeof last_error.text, "%s", error->text);
  snprintf(last_error.excerpt, sizeof last_error.excerpt, "%s", error->excerpt);
  return last_error.status;
}

mfg_status mfg_fail_device(mfg_status status, const char *doing) {
  begin(status, "");
  snprintf(last_error.text, sizeof last_error.text, "while %s: %s", doing, mfg_last_error());
  return status;
}
