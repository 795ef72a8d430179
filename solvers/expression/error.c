// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Characters of the text shown on either side of the place of an error. */
#define SHOWN_BEFORE 48
#define SHOWN_AFTER 24

/* Whether the second byte of a character may follow its first: neither overlong, a surrogate nor
   beyond the last code point. */
static bool may_follow(unsigned char first, unsigned char second) {
  switch (first) {
  case 0xe0: return second >= 0xa0;
  case 0xed: return second < 0xa0;
  case 0xf0: return second >= 0x90;
  case 0xf4: return second < 0x90;
  default: return true;
  }
}

size_t mfg_expression_character_length(const char *text, size_t length) {
  unsigned char first = (unsigned char)text[0];
  size_t wanted = first >= 0xc2 && first < 0xe0   ? 2
                  : first >= 0xe0 && first < 0xf0 ? 3
                  : first >= 0xf0 && first < 0xf5 ? 4
                                                  : 1;
  if (wanted > length) return 1;
  for (size_t i = 1; i < wanted; i++)
    if (((unsigned char)text[i] & 0xc0) != 0x80) return 1;
  return wanted == 1 || may_follow(first, (unsigned char)text[1]) ? wanted : 1;
}

/* Whether a character can be shown as it is: no control character, no broken UTF-8. */
static bool is_shown(const char *character, size_t count) {
  unsigned char first = (unsigned char)character[0];
  if (count == 1) return first >= 0x20 && first < 0x7f;
  return first != 0xc2 || (unsigned char)character[1] >= 0xa0;
}

/* Names that a caller passes may hold anything; what is shown is one line of text. */
static void make_showable(char *text) {
  size_t length = strlen(text);
  for (size_t i = 0, step = 0; i < length; i += step) {
    step = mfg_expression_character_length(text + i, length - i);
    if (!is_shown(text + i, step)) memset(text + i, '?', step);
  }
}

void mfg_expression_error_set(mfg_expression_error *error, const char *format, ...) {
  if (!error) return;
  *error = (mfg_expression_error){0};
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->text, sizeof error->text, format, arguments);
  va_end(arguments);
  make_showable(error->text);
}

void mfg_expression_error_set_failure(mfg_expression_error *error, mfg_expression_failure failure) {
  if (failure == MFG_EXPRESSION_TOO_LARGE)
    mfg_expression_error_set(error, "the expression has more than %d nodes",
                             (int)MFG_EXPRESSION_MAXIMUM_NODES);
  else
    mfg_expression_error_set(error, "out of memory");
  if (error) error->out_of_memory = failure == MFG_EXPRESSION_OUT_OF_MEMORY;
}

typedef struct excerpt {
  char *text;
  size_t used;
} excerpt;

/* Each character has four bytes at most, the caret line a blank a character; then two "...", two
   ends of a line and the caret. */
_Static_assert(5 * SHOWN_BEFORE + 4 * SHOWN_AFTER + 12 <=
                   sizeof((mfg_expression_error *)NULL)->excerpt,
               "the excerpt of an error fits its buffer");

static void append(excerpt *to, const char *bytes, size_t count) {
  memcpy(to->text + to->used, bytes, count);
  to->used += count;
  to->text[to->used] = '\0';
}

/* One character as it can be shown in one column. */
static void append_character(excerpt *to, const char *character, size_t count) {
  unsigned char first = (unsigned char)*character;
  if (first == '\t')
    append(to, " ", 1);
  else if (!is_shown(character, count))
    append(to, "?", 1);
  else
    append(to, character, count);
}

void mfg_expression_error_place(mfg_expression_error *error, const char *text, size_t length,
                                size_t offset) {
  if (!error) return;
  size_t begin = 0, end = offset;
  error->line = 1;
  for (size_t i = 0; i < offset; i++)
    if (text[i] == '\n') {
      error->line++;
      begin = i + 1;
    }
  error->column = 1;
  size_t shown = begin, shown_column = 1;
  for (size_t i = begin; i < offset; i += mfg_expression_character_length(text + i, length - i)) {
    error->column++;
    if (error->column - shown_column > SHOWN_BEFORE) {
      shown += mfg_expression_character_length(text + shown, length - shown);
      shown_column++;
    }
  }
  for (int32_t k = 0; k < SHOWN_AFTER && end < length && text[end] != '\n'; k++)
    end += mfg_expression_character_length(text + end, length - end);
  excerpt to = {error->excerpt, 0};
  size_t margin = error->column - shown_column;
  if (shown > begin) {
    append(&to, "...", 3);
    margin += 3;
  }
  for (size_t i = shown, step = 0; i < end; i += step) {
    step = mfg_expression_character_length(text + i, length - i);
    append_character(&to, text + i, step);
  }
  append(&to, end < length && text[end] != '\n' ? "...\n" : "\n",
         end < length && text[end] != '\n' ? 4 : 1);
  for (size_t i = 0; i < margin; i++)
    append(&to, " ", 1);
  append(&to, "^", 1);
}
