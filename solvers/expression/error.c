// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Characters of the text shown on either side of the place of an error. */
#define SHOWN_BEFORE 48
#define SHOWN_AFTER 24

void mfg_expression_error_set(mfg_expression_error *error, const char *format, ...) {
  if (!error) return;
  *error = (mfg_expression_error){0};
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->text, sizeof error->text, format, arguments);
  va_end(arguments);
}

void mfg_expression_error_set_failure(mfg_expression_error *error, mfg_expression_failure failure) {
  if (failure == MFG_EXPRESSION_TOO_LARGE)
    mfg_expression_error_set(error, "the expression has more than %d nodes",
                             (int)MFG_EXPRESSION_MAXIMUM_NODES);
  else
    mfg_expression_error_set(error, "out of memory");
  if (error) error->out_of_memory = failure == MFG_EXPRESSION_OUT_OF_MEMORY;
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
  return wanted;
}

typedef struct excerpt {
  char *text;
  size_t used, size;
} excerpt;

static void append(excerpt *to, const char *bytes, size_t count) {
  if (to->used + count >= to->size) return;
  memcpy(to->text + to->used, bytes, count);
  to->used += count;
  to->text[to->used] = '\0';
}

/* One character as it can be shown in one column. */
static void append_character(excerpt *to, const char *character, size_t count) {
  unsigned char first = (unsigned char)*character;
  if (first == '\t')
    append(to, " ", 1);
  else if (count == 1 && (first < 0x20 || first >= 0x7f))
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
  excerpt to = {error->excerpt, 0, sizeof error->excerpt};
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
