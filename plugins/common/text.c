/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool reserve(mfg_text *text, size_t needed) {
  if (needed <= text->capacity) return true;
  size_t capacity = text->capacity ? text->capacity : 1024;
  while (capacity < needed)
    capacity *= 2;
  char *data = realloc(text->data, capacity);
  if (!data) return false;
  text->data = data;
  text->capacity = capacity;
  return true;
}

void mfg_text_add(mfg_text *text, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  if (length < 0 || !reserve(text, text->length + (size_t)length + 1)) {
    text->failed = true;
  } else {
    vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
    text->length += (size_t)length;
  }
  va_end(again);
  va_end(arguments);
}

void mfg_text_clear(mfg_text *text) {
  free(text->data);
  *text = (mfg_text){0};
}
