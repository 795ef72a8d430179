/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A growing text. An append that finds no memory marks the text as failed and leaves it as it was;
 * whoever builds a text looks at `failed` once, at the end. One thread at a time. */
#ifndef MFG_COMMON_TEXT_H
#define MFG_COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct mfg_text {
  char *data; /* NUL-terminated, or NULL while nothing was appended; freed with mfg_text_clear */
  size_t length;
  size_t capacity;
  bool failed;
} mfg_text;

/* Appends what printf would write. Numbers are written with the calling thread's locale. */
void mfg_text_add(mfg_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Frees the memory and makes the text empty. */
void mfg_text_clear(mfg_text *text);

#endif
