/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_CAPACITY 16384

static _Thread_local char last_error[TEXT_CAPACITY];

mfg_status mfg_fail(mfg_status status, const char *format, ...) {
  static const char mark[] = " [cut]";
  char text[TEXT_CAPACITY];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (length < 0)
    snprintf(text, sizeof text, "%s", mfg_status_string(status));
  else if ((size_t)length >= sizeof text)
    memcpy(text + sizeof text - sizeof mark, mark, sizeof mark);
  memcpy(last_error, text, strlen(text) + 1);
  return status;
}

mfg_status mfg_fail_memory(size_t bytes, const char *purpose) {
  return mfg_fail(MFG_ERROR_OUT_OF_MEMORY, "no memory for %s (%zu bytes)", purpose, bytes);
}

const char *mfg_last_error(void) {
  return last_error;
}

const char *mfg_version(void) {
  return MFG_VERSION_TEXT;
}
