// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

#include <stdio.h>
#include <string.h>

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static size_t skip_digits(const char *text, size_t at) {
  while (is_digit(text[at]))
    at++;
  return at;
}

/* The end of the number that starts at `start`: digits, a point, digits, an exponent. */
static size_t number_end(const char *text, size_t start) {
  size_t end = skip_digits(text, start);
  if (text[end] == '.') end = skip_digits(text, end + 1);
  if (text[end] == 'e' || text[end] == 'E') {
    size_t sign = text[end + 1] == '+' || text[end + 1] == '-' ? 1 : 0;
    if (is_digit(text[end + 1 + sign])) end = skip_digits(text, end + 1 + sign);
  }
  return end;
}

static void read_number(const char *text, mfg_expression_token *token,
                        mfg_expression_error *error) {
  size_t end = number_end(text, token->start);
  token->kind = MFG_EXPRESSION_TOKEN_NUMBER;
  token->length = end - token->start;
  const char *number = text + token->start;
  int shown = token->length > 40 ? 40 : (int)token->length;
  const char *more = token->length > 40 ? "..." : "";
  if (text[end] == '.') {
    token->kind = MFG_EXPRESSION_TOKEN_BAD;
    mfg_expression_error_set(error,
                             "'%.*s%s' is followed by a second point; expected a number "
                             "such as 1.5 or 1e-3",
                             shown, number, more);
  } else if (mfg_expression_is_name_character(text[end], true)) {
    size_t name = end;
    while (mfg_expression_is_name_character(text[name], false))
      name++;
    int letters = name - end > 40 ? 40 : (int)(name - end);
    token->kind = MFG_EXPRESSION_TOKEN_BAD;
    mfg_expression_error_set(error,
                             "'%.*s%s' is followed by '%.*s'; expected an operator, as in "
                             "%.*s%s*%.*s",
                             shown, number, more, letters, text + end, shown, number, more, letters,
                             text + end);
  } else if (!mfg_expression_number_read(number, &token->value)) {
    token->kind = MFG_EXPRESSION_TOKEN_BAD;
    mfg_expression_error_set(error,
                             "the number %.*s%s does not fit; expected 0, or a size between "
                             "4.94e-324 and 1.79e308",
                             shown, number, more);
  }
}

/* Characters that mathematicians type and this language spells otherwise. */
static const char *spelling(const char *character, size_t length) {
  static const struct {
    const char *character, *spelling;
  } known[] = {{"−", "-"},  {"–", "-"},  {"×", "*"},    {"·", "*"},        {"⋅", "*"},
               {"÷", "/"},  {"≤", "<="}, {"≥", ">="},   {"≠", "!="},       {"²", "^2"},
               {"³", "^3"}, {"π", "pi"}, {"√", "sqrt"}, {"∫", "integral"}, {"[", "("},
               {"]", ")"},  {"{", "("},  {"}", ")"},    {"&", "&&"},       {"=", "=="}};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (strlen(known[i].character) == length && memcmp(known[i].character, character, length) == 0)
      return known[i].spelling;
  return NULL;
}

static void refuse_character(const char *text, size_t length, mfg_expression_token *token,
                             mfg_expression_error *error) {
  const char *character = text + token->start;
  unsigned char byte = (unsigned char)*character;
  token->kind = MFG_EXPRESSION_TOKEN_BAD;
  token->length = mfg_expression_character_length(character, length - token->start);
  const char *better = spelling(character, token->length);
  if (better)
    mfg_expression_error_set(error, "unexpected '%.*s'; write %s", (int)token->length, character,
                             better);
  else if (token->length > 1 || (byte > 0x20 && byte < 0x7f))
    mfg_expression_error_set(error,
                             "unexpected '%.*s'; expected a number, a name, an operator or a "
                             "parenthesis",
                             (int)token->length, character);
  else
    mfg_expression_error_set(error,
                             "unexpected byte 0x%02x; expected a number, a name, an operator or a "
                             "parenthesis",
                             byte);
}

static bool is_pair(const char *at) {
  static const char pairs[][3] = {"||", "&&", "<=", ">=", "==", "!="};
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    if (at[0] == pairs[i][0] && at[1] == pairs[i][1]) return true;
  return false;
}

mfg_expression_token mfg_expression_token_read(const char *text, size_t length, size_t offset,
                                               mfg_expression_error *error) {
  while (offset < length && strchr(" \t\r\n", text[offset]))
    offset++;
  mfg_expression_token token = {.start = offset};
  if (offset == length) return token;
  const char *at = text + offset;
  if (is_digit(*at) || (*at == '.' && is_digit(at[1]))) {
    read_number(text, &token, error);
  } else if (mfg_expression_is_name_character(*at, true)) {
    token.kind = MFG_EXPRESSION_TOKEN_NAME;
    while (mfg_expression_is_name_character(at[token.length], false))
      token.length++;
  } else if (is_pair(at)) {
    token.kind = MFG_EXPRESSION_TOKEN_OPERATOR;
    token.length = 2;
    token.code = MFG_EXPRESSION_PAIR(at[0], at[1]);
  } else if (at[0] == '*' && at[1] == '*') {
    token.kind = MFG_EXPRESSION_TOKEN_BAD;
    mfg_expression_error_set(error, "unexpected '**'; write ^ for a power");
  } else if (strchr("+-*/^<>!?:|(),", *at)) {
    token.kind = MFG_EXPRESSION_TOKEN_OPERATOR;
    token.length = 1;
    token.code = *at;
  } else {
    refuse_character(text, length, &token, error);
  }
  return token;
}
