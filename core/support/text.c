/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(mfg_text *text, size_t more) {
  if (text->failed || more >= SIZE_MAX - text->length) {
    text->failed = true;
    return false;
  }
  size_t needed = text->length + more + 1;
  if (needed <= text->capacity) return true;
  size_t capacity = text->capacity > SIZE_MAX / 2 ? needed : 2 * text->capacity;
  if (capacity < needed) capacity = needed;
  char *data = realloc(text->data, capacity);
  if (data == NULL) {
    text->failed = true;
    return false;
  }
  text->data = data;
  text->capacity = capacity;
  return true;
}

void mfg_text_append_list(mfg_text *text, const char *format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  if (length < 0)
    text->failed = true;
  else if (reserve(text, (size_t)length)) {
    vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
    text->length += (size_t)length;
  }
}

void mfg_text_append(mfg_text *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  mfg_text_append_list(text, format, arguments);
  va_end(arguments);
}

static bool continues(unsigned char byte) {
  return (byte & 0xC0) == 0x80;
}

size_t mfg_utf8_length(const char *source) {
  const unsigned char *byte = (const unsigned char *)source;
  if (byte[0] == 0) return 0;
  if (byte[0] < 0x80) return 1;
  if (byte[0] >= 0xC2 && byte[0] < 0xE0) return continues(byte[1]) ? 2 : 0;
  if (byte[0] >= 0xE0 && byte[0] < 0xF0) {
    bool overlong = byte[0] == 0xE0 && byte[1] < 0xA0;
    bool surrogate = byte[0] == 0xED && byte[1] >= 0xA0;
    return continues(byte[1]) && continues(byte[2]) && !overlong && !surrogate ? 3 : 0;
  }
  if (byte[0] >= 0xF0 && byte[0] < 0xF5) {
    bool overlong = byte[0] == 0xF0 && byte[1] < 0x90;
    bool beyond = byte[0] == 0xF4 && byte[1] >= 0x90;
    bool whole = continues(byte[1]) && continues(byte[2]) && continues(byte[3]);
    return whole && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

/* Control characters in UTF-8: below space, DEL, and the C1 set, which terminals act on too. */
static bool is_control(const char *source) {
  const unsigned char *byte = (const unsigned char *)source;
  return byte[0] < 0x20 || byte[0] == 0x7F || (byte[0] == 0xC2 && byte[1] < 0xA0);
}

void mfg_text_append_printable(mfg_text *text, const char *source) {
  while (*source != '\0') {
    size_t length = mfg_utf8_length(source);
    if (length == 0 || is_control(source)) {
      mfg_text_append(text, "\\x%02X", (unsigned)(unsigned char)*source);
      source++;
    } else {
      mfg_text_append(text, "%.*s", (int)length, source);
      source += length;
    }
  }
}

char *mfg_text_take(mfg_text *text) {
  bool usable = reserve(text, 0);
  char *data = text->data;
  if (!usable) {
    free(data);
    data = NULL;
  } else if (text->length == 0) {
    data[0] = '\0';
  }
  *text = (mfg_text){0};
  return data;
}

void mfg_text_free(mfg_text *text) {
  free(text->data);
  *text = (mfg_text){0};
}
