/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing JSON: values and members in order, commas put where they belong. */
#ifndef MFG_INFO_JSON_H
#define MFG_INFO_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct json_writer {
  FILE *stream;
  bool follows; /* a value stands before the next one */
} json_writer;

/* Each function takes the key of a member, or NULL for an element of an array. */
void json_begin(json_writer *json, const char *key, char bracket);
void json_end(json_writer *json, char bracket);

/* Any bytes: what is not UTF-8 becomes U+FFFD, a byte each. NULL gives null. */
void json_text(json_writer *json, const char *key, const char *text);
void json_boolean(json_writer *json, const char *key, bool value);
void json_integer(json_writer *json, const char *key, uint64_t value);
/* The shortest text that reads back as the same number; null for what is not finite. */
void json_number(json_writer *json, const char *key, double value);

#endif
