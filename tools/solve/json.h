/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_JSON_H
#define MFG_TOOLS_SOLVE_JSON_H

#include "text_buffer.h"

/* Values of a JSON text. */

/* A string; bytes that are no UTF-8 become U+FFFD. */
void json_string(text_buffer *json, const char *text);
/* A number that reads back to the same double; null where it is infinite or NaN, which JSON cannot
 * say. */
void json_number(text_buffer *json, double value);

#endif
