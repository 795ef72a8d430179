/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_TEXT_BUFFER_H
#define MFG_TOOLS_SOLVE_TEXT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* A text that grows. Zero-initialise, append as often as wanted, look once at the end whether
 * memory ran out (`failed`; what came after is then missing), free. */
typedef struct text_buffer {
  char *bytes; /* NUL-terminated; NULL while nothing was appended */
  size_t length, capacity;
  bool failed;
} text_buffer;

void text_append_bytes(text_buffer *text, const char *bytes, size_t count);
void text_append(text_buffer *text, const char *string);
void text_format(text_buffer *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(text_buffer *text);

/* The text so far, "" where there is none. Valid until the next append. */
const char *text_string(const text_buffer *text);

#endif
