/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json.h"

#include "problem_text.h"

#include <math.h>
#include <string.h>

void json_string(text_buffer *json, const char *text) {
  size_t length = strlen(text);
  text_append(json, "\"");
  for (size_t i = 0; i < length;) {
    unsigned char byte = (unsigned char)text[i];
    size_t step = problem_text_character(text + i, length - i);
    if (step == 0)
      text_append(json, "\\ufffd");
    else if (byte == '"' || byte == '\\')
      text_format(json, "\\%c", byte);
    else if (byte == '\n')
      text_append(json, "\\n");
    else if (byte < 0x20 || byte == 0x7f)
      text_format(json, "\\u%04x", byte);
    else
      text_append_bytes(json, text + i, step);
    i += step ? step : 1;
  }
  text_append(json, "\"");
}

void json_number(text_buffer *json, double value) {
  if (isfinite(value))
    text_format(json, "%.17g", value);
  else
    text_append(json, "null");
}
