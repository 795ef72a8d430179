/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_PROBLEM_TEXT_H
#define MFG_TOOLS_SOLVE_PROBLEM_TEXT_H

#include "failure.h"
#include "text_buffer.h"

#include <stddef.h>
#include <yaml.h>

/* The bytes of a problem file before they are YAML. */

/* The whole file, NUL-terminated, without a byte order mark; freed with problem_text_free. NULL
 * with `failure` filled where it cannot be read, holds more than `maximum` bytes (no more than that
 * are read), or is not UTF-8 text. */
char *problem_text_read(const char *path, size_t maximum, size_t *length, solve_failure *failure);
void problem_text_free(char *text);

/* Bytes of the character at the beginning of a text of `length` bytes; 0 where it is no UTF-8. */
size_t problem_text_character(const char *bytes, size_t length);

/* Line and column (from 0, in characters) of a byte. */
yaml_mark_t problem_text_mark(const char *text, size_t length, size_t offset);

/* Where line `line` (from 0) holds "key: value" and the value, standing there without quotes, is
 * something that YAML takes for something else than text: appends how it is written with quotes.
 * False where that is not so. */
bool problem_text_quoted(const char *text, size_t length, size_t line, text_buffer *advice);

#endif
