/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "problem_text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- reading --------------------------------------------------------------------------------- */

static bool fail_reading(const char *path, solve_failure *failure) {
  return failure_set(failure, EXIT_STATUS_WRONG_INPUT,
                     "%s: found %s; expected a problem file that can be read", path,
                     strerror(errno));
}

static bool fail_too_large(const char *path, unsigned long long size, size_t maximum,
                           solve_failure *failure) {
  if (size)
    return failure_set(failure, EXIT_STATUS_WRONG_INPUT,
                       "%s: found a file of %llu bytes; expected a problem file of at most %zu",
                       path, size, maximum);
  return failure_set(failure, EXIT_STATUS_WRONG_INPUT,
                     "%s: found more than %zu bytes; expected a problem file of at most that", path,
                     maximum);
}

/* Up to maximum + 1 bytes, so that one too many shows. */
static char *read_bytes(int file, const char *path, size_t maximum, size_t *length,
                        solve_failure *failure) {
  text_buffer text = {0};
  char block[65536];
  while (text.length <= maximum) {
    ssize_t count = read(file, block, sizeof block);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      fail_reading(path, failure);
      text_free(&text);
      return NULL;
    }
    text_append_bytes(&text, block, (size_t)count);
    if (count == 0 || text.failed) break;
  }
  if (text.failed) failure_out_of_memory(failure);
  if (text.length > maximum) fail_too_large(path, 0, maximum, failure);
  if (failure->exit_status != EXIT_STATUS_SOLVED) {
    text_free(&text);
    return NULL;
  }
  *length = text.length;
  return text.bytes;
}

static char *read_file(const char *path, size_t maximum, size_t *length, solve_failure *failure) {
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  struct stat facts;
  if (file < 0 || fstat(file, &facts) != 0) {
    fail_reading(path, failure);
    if (file >= 0) close(file);
    return NULL;
  }
  char *text = NULL;
  if (S_ISREG(facts.st_mode) && (unsigned long long)facts.st_size > maximum)
    fail_too_large(path, (unsigned long long)facts.st_size, maximum, failure);
  else
    text = read_bytes(file, path, maximum, length, failure);
  close(file);
  return text;
}

/* ---- what is text ---------------------------------------------------------------------------- */

/* Table 3-7 of the Unicode standard, version 15. */
size_t problem_text_character(const char *bytes, size_t length) {
  const unsigned char *text = (const unsigned char *)bytes;
  unsigned char first = text[0];
  if (first < 0x80) return 1;
  size_t wanted = first >= 0xc2 && first < 0xe0   ? 2
                  : first >= 0xe0 && first < 0xf0 ? 3
                  : first >= 0xf0 && first < 0xf5 ? 4
                                                  : 0;
  if (wanted == 0 || wanted > length) return 0;
  for (size_t i = 1; i < wanted; i++)
    if ((text[i] & 0xc0) != 0x80) return 0;
  bool overlong = (first == 0xe0 && text[1] < 0xa0) || (first == 0xf0 && text[1] < 0x90);
  bool surrogate = first == 0xed && text[1] >= 0xa0;
  bool beyond = first == 0xf4 && text[1] >= 0x90;
  return overlong || surrogate || beyond ? 0 : wanted;
}

yaml_mark_t problem_text_mark(const char *text, size_t length, size_t offset) {
  yaml_mark_t mark = {.index = offset};
  for (size_t i = 0; i < offset && i < length;) {
    size_t step = problem_text_character(text + i, length - i);
    mark.column++;
    if (text[i] == '\n') {
      mark.line++;
      mark.column = 0;
    }
    i += step ? step : 1;
  }
  return mark;
}

static bool require_text(const char *path, const char *text, size_t length,
                         solve_failure *failure) {
  for (size_t i = 0; i < length;) {
    unsigned char first = (unsigned char)text[i];
    size_t step = problem_text_character(text + i, length - i);
    bool is_control = (first < 0x20 && !strchr("\t\n\r", first)) || first == 0x7f || first == 0;
    if (step == 0 || is_control) {
      yaml_mark_t mark = problem_text_mark(text, length, i);
      return failure_set(failure, EXIT_STATUS_WRONG_INPUT,
                         "%s:%zu:%zu: found the byte 0x%02x%s; expected text in UTF-8", path,
                         mark.line + 1, mark.column + 1, first, first == 0 ? " (a NUL byte)" : "");
    }
    i += step;
  }
  return true;
}

char *problem_text_read(const char *path, size_t maximum, size_t *length, solve_failure *failure) {
  char *text = read_file(path, maximum, length, failure);
  if (!text) return NULL;
  static const char byte_order_mark[] = "\xef\xbb\xbf";
  if (*length >= 3 && memcmp(text, byte_order_mark, 3) == 0) {
    *length -= 3;
    memmove(text, text + 3, *length + 1);
  }
  if (require_text(path, text, *length, failure)) return text;
  free(text);
  return NULL;
}

void problem_text_free(char *text) {
  free(text);
}

/* ---- advice about quotes --------------------------------------------------------------------- */

typedef struct span {
  const char *start, *end;
} span;

static span find_line(const char *text, size_t length, size_t line) {
  const char *end = text + length, *start = text;
  for (size_t i = 0; i < line && start < end; i++) {
    const char *newline = memchr(start, '\n', (size_t)(end - start));
    start = newline ? newline + 1 : end;
  }
  const char *newline = memchr(start, '\n', (size_t)(end - start));
  span found = {start, newline ? newline : end};
  return found;
}

static bool is_key_character(char c) {
  return isalnum((unsigned char)c) || c == '_';
}

static void trim_end(span *text) {
  while (text->end > text->start && isspace((unsigned char)text->end[-1]))
    text->end--;
}

/* The next "key: value" at or after `from`. The value reaches to the end of the line or, inside
 * braces, to the comma or bracket that ends it. */
static bool next_pair(span line, const char *from, span *key, span *value) {
  const char *colon = from;
  while (colon < line.end && !(*colon == ':' && colon > line.start && is_key_character(colon[-1]) &&
                               (colon + 1 == line.end || isspace((unsigned char)colon[1]))))
    colon++;
  if (colon == line.end) return false;
  *key = (span){colon, colon};
  while (key->start > line.start && is_key_character(key->start[-1]))
    key->start--;
  *value = (span){colon + 1, line.end};
  while (value->start < line.end && isspace((unsigned char)*value->start))
    value->start++;
  bool in_flow = memchr(line.start, '{', (size_t)(key->start - line.start)) != NULL;
  int depth = 0;
  for (const char *c = value->start; in_flow && c < line.end; c++) {
    depth += (*c == '(' || *c == '[') - (*c == ')' || *c == ']');
    if ((depth == 0 && *c == ',') || *c == '}' || depth < 0) {
      value->end = c;
      break;
    }
  }
  trim_end(value);
  return true;
}

static bool contains(span text, const char *part) {
  return memmem(text.start, (size_t)(text.end - text.start), part, strlen(part)) != NULL;
}

static bool needs_quotes(span value) {
  ptrdiff_t length = value.end - value.start;
  /* The header of a text over several lines: | or >, |-, >2 and so on. */
  bool is_block = length > 0 && strchr("|>", *value.start) &&
                  (length == 1 || (length == 2 && strchr("+-123456789", value.start[1])));
  if (length == 0 || is_block || strchr("\"'[{", *value.start)) return false;
  bool is_list_item = length > 1 && value.start[0] == '-' && value.start[1] == ' ';
  return is_list_item || strchr("|>!&*%@`,", *value.start) || contains(value, ": ");
}

static void append_quoted(span key, span value, text_buffer *advice) {
  const char *quote = contains(value, "\"") || contains(value, "\\") ? "'" : "\"";
  text_append(advice, "the expression in quotes: ");
  text_append_bytes(advice, key.start, (size_t)(key.end - key.start));
  text_format(advice, ": %s", quote);
  text_append_bytes(advice, value.start, (size_t)(value.end - value.start));
  text_append(advice, quote);
}

bool problem_text_quoted(const char *text, size_t length, size_t line_number, text_buffer *advice) {
  span line = find_line(text, length, line_number), key, value;
  for (const char *from = line.start; next_pair(line, from, &key, &value);) {
    if (needs_quotes(value)) {
      append_quoted(key, value, advice);
      return true;
    }
    bool opens = value.start < value.end && strchr("[{", *value.start);
    from = opens || value.end == value.start ? key.end + 1 : value.end;
  }
  return false;
}
