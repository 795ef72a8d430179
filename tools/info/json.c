/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Length of the UTF-8 character at `text`, 0 where there is none. The table has, by the leading
 * byte, the length and the range of the byte that follows. */
static size_t character(const unsigned char *text) {
  static const struct {
    unsigned char first, last, low, high;
    size_t length;
  } forms[] = {
      {0x01, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
      {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
      {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    if (text[0] < forms[i].first || text[0] > forms[i].last) continue;
    if (forms[i].length > 1 && (text[1] < forms[i].low || text[1] > forms[i].high)) return 0;
    for (size_t k = 2; k < forms[i].length; k++)
      if ((text[k] & 0xC0) != 0x80) return 0;
    return forms[i].length;
  }
  return 0;
}

static void write_quoted(FILE *stream, const char *text) {
  const unsigned char *byte = (const unsigned char *)text;
  putc('"', stream);
  while (*byte != 0) {
    size_t length = character(byte);
    if (length == 0)
      fputs("\\ufffd", stream);
    else if (*byte < 0x20 || *byte == 0x7F)
      fprintf(stream, "\\u%04x", *byte);
    else if (*byte == '"' || *byte == '\\')
      fprintf(stream, "\\%c", *byte);
    else
      fwrite(byte, 1, length, stream);
    byte += length == 0 ? 1 : length;
  }
  putc('"', stream);
}

static void write_key(json_writer *json, const char *key) {
  if (json->follows) fputs(", ", json->stream);
  json->follows = true;
  if (key != NULL) {
    write_quoted(json->stream, key);
    fputs(": ", json->stream);
  }
}

void json_begin(json_writer *json, const char *key, char bracket) {
  write_key(json, key);
  putc(bracket, json->stream);
  json->follows = false;
}

void json_end(json_writer *json, char bracket) {
  putc(bracket, json->stream);
  json->follows = true;
}

void json_text(json_writer *json, const char *key, const char *text) {
  write_key(json, key);
  if (text == NULL)
    fputs("null", json->stream);
  else
    write_quoted(json->stream, text);
}

void json_boolean(json_writer *json, const char *key, bool value) {
  write_key(json, key);
  fputs(value ? "true" : "false", json->stream);
}

void json_integer(json_writer *json, const char *key, uint64_t value) {
  write_key(json, key);
  fprintf(json->stream, "%" PRIu64, value);
}

void json_number(json_writer *json, const char *key, double value) {
  write_key(json, key);
  if (!isfinite(value)) {
    fputs("null", json->stream);
    return;
  }
  char text[40];
  int digits = 1;
  do
    snprintf(text, sizeof text, "%.*g", digits, value);
  while (++digits <= 17 && strtod(text, NULL) != value);
  fputs(text, json->stream);
}
