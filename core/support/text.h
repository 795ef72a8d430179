/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A text that grows: built by appending, then taken or freed. A failed allocation is remembered and
 * shows when the text is taken, so that a chain of appends needs one check. Zero-initialised. */
#ifndef MFG_SUPPORT_TEXT_H
#define MFG_SUPPORT_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct mfg_text {
  char *data;
  size_t length;
  size_t capacity;
  bool failed;
} mfg_text;

void mfg_text_append(mfg_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void mfg_text_append_list(mfg_text *text, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* Appends a text of unknown origin: control bytes and bytes that are not UTF-8 become \xHH. */
void mfg_text_append_printable(mfg_text *text, const char *source);

/* The text, to be freed with free(), never NULL unless an allocation failed; empties *text. */
char *mfg_text_take(mfg_text *text);

void mfg_text_free(mfg_text *text);

/* Length in bytes of the UTF-8 character at `source`, or 0 where there is none. */
size_t mfg_utf8_length(const char *source);

#endif
