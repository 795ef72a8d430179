/* SPDX-License-Identifier: MIT */
/* Filling the host's error object. */
#include <mfg/sdk.h>

#include <stdarg.h>
#include <stdio.h>

mfg_status mfg_plugin_error_set(mfg_plugin_error *error, mfg_status status, int64_t native_code,
                                const char *format, ...) {
  if (error == NULL) return status;
  error->status = status;
  error->native_code = native_code;
  if (error->text != NULL && error->text_capacity > 0) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, (size_t)error->text_capacity, format, arguments);
    va_end(arguments);
  }
  return status;
}
