/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text_buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for `count` bytes and a NUL. */
static bool reserve(text_buffer *text, size_t count) {
  if (text->failed) return false;
  size_t needed = text->length + count + 1;
  if (needed <= text->capacity) return true;
  size_t capacity = needed < 256 ? 256 : 2 * needed;
  char *bytes = realloc(text->bytes, capacity);
  if (!bytes) {
    text->failed = true;
    return false;
  }
  text->bytes = bytes;
  text->capacity = capacity;
  return true;
}

void text_append_bytes(text_buffer *text, const char *bytes, size_t count) {
  if (!reserve(text, count)) return;
  memcpy(text->bytes + text->length, bytes, count);
  text->length += count;
  text->bytes[text->length] = '\0';
}

void text_append(text_buffer *text, const char *string) {
  text_append_bytes(text, string, strlen(string));
}

void text_format(text_buffer *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (length < 0 || !reserve(text, (size_t)length)) {
    text->failed = true;
    return;
  }
  va_start(arguments, format);
  vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
  va_end(arguments);
  text->length += (size_t)length;
}

void text_free(text_buffer *text) {
  free(text->bytes);
  *text = (text_buffer){0};
}

const char *text_string(const text_buffer *text) {
  return text->bytes ? text->bytes : "";
}
