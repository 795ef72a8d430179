// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The "C" locale of the C library, in which a number has a point whatever the program has set. */
static locale_t plain_locale(void) {
  return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static bool has_nonzero_digit(const char *text) {
  for (; (*text >= '0' && *text <= '9') || *text == '.'; text++)
    if (*text >= '1' && *text <= '9') return true;
  return false;
}

bool mfg_expression_number_read(const char *text, double *value) {
  locale_t locale = plain_locale();
  if (!locale) return false;
  *value = strtod_l(text, NULL, locale);
  freelocale(locale);
  return isfinite(*value) && (*value != 0.0 || !has_nonzero_digit(text));
}

void mfg_expression_number_write(double value, char text[MFG_EXPRESSION_NUMBER_SIZE]) {
  locale_t locale = plain_locale();
  locale_t previous = locale ? uselocale(locale) : (locale_t)0;
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, MFG_EXPRESSION_NUMBER_SIZE, "%.*g", digits, value);
    if (strtod(text, NULL) == value) break;
  }
  if (locale) {
    uselocale(previous);
    freelocale(locale);
  }
}
