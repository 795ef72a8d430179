// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Recursive descent with one token of look-ahead; the depth of the recursion is counted, so that
 * no text exhausts the stack. Functions return the node they built, or FAILED after `fail` or a
 * failure of the builder.
 */

#define FAILED MFG_EXPRESSION_NONE
#define LONGEST_SHOWN 40

typedef struct parser {
  const char *text;
  size_t length;
  const mfg_expression_symbols *symbols;
  mfg_expression_builder builder;
  mfg_expression_token token;
  int32_t depth;
  int32_t open_bars;
  bool after_or; /* the token before the current one was "||" */
  bool failed;
  mfg_expression_error *error; /* never NULL */
} parser;

static int32_t parse_choice(parser *p);

__attribute__((format(printf, 3, 4))) static int32_t fail(parser *p, size_t offset,
                                                          const char *format, ...) {
  if (p->failed) return FAILED;
  p->failed = true;
  char text[sizeof p->error->text];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  mfg_expression_error_set(p->error, "%s", text);
  mfg_expression_error_place(p->error, p->text, p->length, offset);
  return FAILED;
}

static bool at(const parser *p, int32_t code) {
  return !p->failed && p->token.kind == MFG_EXPRESSION_TOKEN_OPERATOR && p->token.code == code;
}

static void advance(parser *p) {
  p->after_or = at(p, MFG_EXPRESSION_PAIR('|', '|'));
  p->token =
      mfg_expression_token_read(p->text, p->length, p->token.start + p->token.length, p->error);
  if (p->token.kind != MFG_EXPRESSION_TOKEN_BAD) return;
  p->failed = true;
  mfg_expression_error_place(p->error, p->text, p->length, p->token.start);
}

/* The current token as a message names it; `buffer` is the place for it. */
static const char *found(const parser *p, char buffer[LONGEST_SHOWN + 8]) {
  if (p->token.kind == MFG_EXPRESSION_TOKEN_END) return "the end of the text";
  bool cut = p->token.length > LONGEST_SHOWN;
  snprintf(buffer, LONGEST_SHOWN + 8, "'%.*s%s'", cut ? LONGEST_SHOWN : (int)p->token.length,
           p->text + p->token.start, cut ? "..." : "");
  return buffer;
}

static bool enter(parser *p) {
  if (++p->depth <= MFG_EXPRESSION_MAXIMUM_DEPTH) return true;
  fail(p, p->token.start, "nested more than %d deep; expected a simpler expression",
       MFG_EXPRESSION_MAXIMUM_DEPTH);
  return false;
}

static mfg_expression_type type_of(const parser *p, int32_t node) {
  return p->builder.nodes[node].type;
}

static int32_t as_number(parser *p, int32_t node) {
  if (node < 0 || type_of(p, node) == MFG_EXPRESSION_NUMBER) return node;
  return mfg_expression_build_unary(&p->builder, MFG_EXPRESSION_INDICATOR, node);
}

static int32_t as_condition(parser *p, int32_t node) {
  if (node < 0 || type_of(p, node) == MFG_EXPRESSION_CONDITION) return node;
  return mfg_expression_build_binary(&p->builder, MFG_EXPRESSION_NOT_EQUAL, node,
                                     mfg_expression_build_constant(&p->builder, 0.0));
}

static bool expect(parser *p, int32_t code, size_t opened, const char *opener) {
  char buffer[LONGEST_SHOWN + 8];
  if (at(p, code)) {
    advance(p);
    return !p->failed;
  }
  if (p->failed) return false;
  mfg_expression_error place = {0};
  mfg_expression_error_place(&place, p->text, p->length, opened);
  const char *hint = code == '|' && at(p, MFG_EXPRESSION_PAIR('|', '|'))
                         ? " ('||' is always \"or\": put a space between two bars)"
                         : "";
  fail(p, p->token.start, "expected %s'%c' to close the '%s' at column %zu, found %s%s",
       p->token.kind == MFG_EXPRESSION_TOKEN_END ? "" : "an operator or ", (char)code, opener,
       place.column, found(p, buffer), hint);
  return false;
}

static int32_t parse_parentheses(parser *p) {
  size_t opened = p->token.start;
  advance(p);
  int32_t inside = parse_choice(p);
  if (inside < 0) return FAILED;
  return expect(p, ')', opened, "(") ? inside : FAILED;
}

static bool is_text(const parser *p, const mfg_expression_token *token, const char *text) {
  return token->length == strlen(text) && memcmp(p->text + token->start, text, token->length) == 0;
}

/* Whether the bar that is the current token opens |p|. */
static bool at_norm(const parser *p) {
  mfg_expression_error ignored;
  mfg_expression_token name =
      mfg_expression_token_read(p->text, p->length, p->token.start + 1, &ignored);
  if (name.kind != MFG_EXPRESSION_TOKEN_NAME || !is_text(p, &name, "p")) return false;
  size_t after = name.start + name.length;
  while (after < p->length && strchr(" \t\r\n", p->text[after]))
    after++;
  return after < p->length && p->text[after] == '|';
}

static int32_t refuse_name(parser *p, size_t offset, size_t length) {
  fail(p, offset, "'%.*s' cannot be used in %s", (int)length, p->text + offset,
       p->symbols->field ? p->symbols->field : "this expression");
  mfg_expression_error_add_known(p->error, p->symbols, false);
  return FAILED;
}

static int32_t parse_norm(parser *p) {
  size_t opened = p->token.start;
  advance(p);
  if (p->failed) return FAILED;
  if (!(p->symbols->allowed & MFG_EXPRESSION_ALLOW_MOMENTUM) || p->symbols->axes == 0)
    return refuse_name(p, p->token.start, p->token.length);
  advance(p);
  if (!expect(p, '|', opened, "|")) return FAILED;
  return mfg_expression_build_norm(&p->builder);
}

static int32_t parse_bars(parser *p) {
  if (at_norm(p)) return parse_norm(p);
  size_t opened = p->token.start;
  advance(p);
  p->open_bars++;
  int32_t inside = parse_choice(p);
  p->open_bars--;
  if (inside < 0 || !expect(p, '|', opened, "|")) return FAILED;
  if (type_of(p, inside) == MFG_EXPRESSION_CONDITION)
    return fail(p, opened,
                "a condition stands between bars; expected a number ('||' is always \"or\": write "
                "|a|*|b|)");
  return mfg_expression_build_unary(&p->builder, MFG_EXPRESSION_ABS, inside);
}

static int32_t wrong_count(parser *p, const mfg_expression_token *name,
                           const mfg_expression_resolution *function, int32_t count) {
  bool open_ended = function->maximum_arguments < 0;
  return fail(p, name->start, "'%.*s' takes %s%d argument%s, found %d", (int)name->length,
              p->text + name->start, open_ended ? "at least " : "",
              (int)function->minimum_arguments, function->minimum_arguments == 1 ? "" : "s",
              (int)count);
}

/* The arguments up to ')'. A function of any number of them is applied from the left. */
static int32_t parse_call(parser *p, const mfg_expression_token *name,
                          const mfg_expression_resolution *function) {
  size_t opened = p->token.start;
  int32_t arguments[2] = {FAILED, FAILED}, count = 0;
  advance(p);
  while (!p->failed && !(count == 0 && at(p, ')'))) {
    int32_t argument = as_number(p, parse_choice(p));
    if (argument < 0) return FAILED;
    if (count < 2)
      arguments[count] = argument;
    else if (function->maximum_arguments < 0)
      arguments[1] = argument;
    count++;
    if (function->maximum_arguments < 0 && count > 1)
      arguments[0] =
          mfg_expression_build_binary(&p->builder, function->operation, arguments[0], arguments[1]);
    if (!at(p, ',')) break;
    advance(p);
  }
  if (!expect(p, ')', opened, "(")) return FAILED;
  if (count < function->minimum_arguments ||
      (function->maximum_arguments >= 0 && count > function->maximum_arguments))
    return wrong_count(p, name, function, count);
  if (function->maximum_arguments < 0) return arguments[0];
  if (count == 1) return mfg_expression_build_unary(&p->builder, function->operation, arguments[0]);
  return mfg_expression_build_binary(&p->builder, function->operation, arguments[0], arguments[1]);
}

static int32_t unknown_name(parser *p, const mfg_expression_token *name) {
  bool call = at(p, '('), cut = name->length > LONGEST_SHOWN;
  fail(p, name->start, "unknown %s '%.*s%s'", call ? "function" : "name",
       cut ? LONGEST_SHOWN : (int)name->length, p->text + name->start, cut ? "..." : "");
  mfg_expression_error_add_nearest(p->error, p->symbols, p->text + name->start, name->length, call);
  mfg_expression_error_add_known(p->error, p->symbols, call);
  return FAILED;
}

/* "p" on several axes: a message with the components it has. */
static int32_t refuse_vector(parser *p, const mfg_expression_token *name) {
  if (p->symbols->axes == 0) return refuse_name(p, name->start, name->length);
  return fail(p, name->start, "'p' has %d components here; expected |p|, p%s or p%s",
              (int)p->symbols->axes, mfg_expression_axis_name(p->symbols, 0),
              mfg_expression_axis_name(p->symbols, p->symbols->axes - 1));
}

static int32_t parse_name(parser *p) {
  mfg_expression_token name = p->token;
  char buffer[LONGEST_SHOWN + 8];
  const char *text = p->text + name.start;
  mfg_expression_resolution meaning = mfg_expression_resolve(p->symbols, text, name.length);
  advance(p);
  if (p->failed) return FAILED;
  if (meaning.meaning == MFG_EXPRESSION_MEANS_NOTHING) return unknown_name(p, &name);
  if (meaning.permission & ~p->symbols->allowed) return refuse_name(p, name.start, name.length);
  if (meaning.meaning == MFG_EXPRESSION_MEANS_FUNCTION) {
    if (!at(p, '('))
      return fail(p, p->token.start, "expected '(' after the function '%.*s', found %s",
                  (int)name.length, text, found(p, buffer));
    return parse_call(p, &name, &meaning);
  }
  if (at(p, '('))
    return fail(p, p->token.start, "'%.*s' is not a function; expected an operator, as in %.*s*(",
                (int)name.length, text, (int)name.length, text);
  if (meaning.meaning == MFG_EXPRESSION_MEANS_VECTOR) return refuse_vector(p, &name);
  if (meaning.meaning == MFG_EXPRESSION_MEANS_CONSTANT)
    return mfg_expression_build_constant(&p->builder, meaning.value);
  return mfg_expression_build_symbol(&p->builder, meaning.symbol);
}

static int32_t refuse_operand(parser *p) {
  char buffer[LONGEST_SHOWN + 8];
  bool bars = at(p, MFG_EXPRESSION_PAIR('|', '|')) || (p->after_or && p->open_bars > 0);
  return fail(p, p->token.start, "expected a number, a name, '(' or '|', found %s%s",
              found(p, buffer),
              bars ? " ('||' is always \"or\": put a space between two bars)" : "");
}

static int32_t parse_operand(parser *p) {
  if (p->failed) return FAILED;
  if (p->token.kind == MFG_EXPRESSION_TOKEN_NUMBER) {
    double value = p->token.value;
    advance(p);
    return p->failed ? FAILED : mfg_expression_build_constant(&p->builder, value);
  }
  if (p->token.kind == MFG_EXPRESSION_TOKEN_NAME) return parse_name(p);
  if (at(p, '(')) return parse_parentheses(p);
  return at(p, '|') ? parse_bars(p) : refuse_operand(p);
}

static int32_t parse_prefixed(parser *p);

static int32_t parse_power(parser *p) {
  int32_t base = parse_operand(p);
  if (base < 0 || !at(p, '^')) return base;
  if (!enter(p)) return FAILED;
  advance(p);
  int32_t exponent = as_number(p, parse_prefixed(p));
  p->depth--;
  return mfg_expression_build_binary(&p->builder, MFG_EXPRESSION_POWER, as_number(p, base),
                                     exponent);
}

static int32_t parse_prefixed(parser *p) {
  bool minus = at(p, '-'), plus = at(p, '+'), negation = at(p, '!');
  if (!minus && !plus && !negation) return parse_power(p);
  if (!enter(p)) return FAILED;
  advance(p);
  int32_t inside = parse_prefixed(p);
  p->depth--;
  if (negation)
    return mfg_expression_build_unary(&p->builder, MFG_EXPRESSION_NOT, as_condition(p, inside));
  inside = as_number(p, inside);
  return minus ? mfg_expression_build_unary(&p->builder, MFG_EXPRESSION_NEGATE, inside) : inside;
}

typedef enum binary_level {
  LEVEL_NONE,
  LEVEL_OR,
  LEVEL_AND,
  LEVEL_COMPARISON,
  LEVEL_SUM,
  LEVEL_PRODUCT
} binary_level;

typedef struct binary_operator {
  int32_t code;
  binary_level level;
  mfg_expression_operation operation;
} binary_operator;

static const binary_operator binary_operators[] = {
    {MFG_EXPRESSION_PAIR('|', '|'), LEVEL_OR, MFG_EXPRESSION_OR},
    {MFG_EXPRESSION_PAIR('&', '&'), LEVEL_AND, MFG_EXPRESSION_AND},
    {'<', LEVEL_COMPARISON, MFG_EXPRESSION_LESS},
    {MFG_EXPRESSION_PAIR('<', '='), LEVEL_COMPARISON, MFG_EXPRESSION_LESS_EQUAL},
    {'>', LEVEL_COMPARISON, MFG_EXPRESSION_GREATER},
    {MFG_EXPRESSION_PAIR('>', '='), LEVEL_COMPARISON, MFG_EXPRESSION_GREATER_EQUAL},
    {MFG_EXPRESSION_PAIR('=', '='), LEVEL_COMPARISON, MFG_EXPRESSION_EQUAL},
    {MFG_EXPRESSION_PAIR('!', '='), LEVEL_COMPARISON, MFG_EXPRESSION_NOT_EQUAL},
    {'+', LEVEL_SUM, MFG_EXPRESSION_ADD},
    {'-', LEVEL_SUM, MFG_EXPRESSION_SUBTRACT},
    {'*', LEVEL_PRODUCT, MFG_EXPRESSION_MULTIPLY},
    {'/', LEVEL_PRODUCT, MFG_EXPRESSION_DIVIDE}};

static const binary_operator *current_operator(const parser *p) {
  static const binary_operator none = {0, LEVEL_NONE, MFG_EXPRESSION_OPERATION_COUNT};
  for (size_t i = 0; i < sizeof binary_operators / sizeof binary_operators[0]; i++)
    if (at(p, binary_operators[i].code)) return &binary_operators[i];
  return &none;
}

static int32_t combine(parser *p, const binary_operator *infix, size_t place, int32_t left,
                       int32_t right) {
  if (left < 0 || right < 0) return FAILED;
  if (infix->level == LEVEL_COMPARISON && type_of(p, left) != type_of(p, right))
    return fail(p, place,
                "a condition cannot be compared with a number; expected parentheses that make it "
                "clear");
  if (infix->level <= LEVEL_AND)
    return mfg_expression_build_binary(&p->builder, infix->operation, as_condition(p, left),
                                       as_condition(p, right));
  return mfg_expression_build_binary(&p->builder, infix->operation, as_number(p, left),
                                     as_number(p, right));
}

static int32_t parse_binary(parser *p, binary_level level) {
  int32_t left = parse_prefixed(p);
  while (left >= 0) {
    const binary_operator *infix = current_operator(p);
    size_t place = p->token.start;
    if (infix->level == LEVEL_NONE || infix->level < level) break;
    advance(p);
    left = combine(p, infix, place, left, parse_binary(p, infix->level + 1));
    if (left >= 0 && infix->level == LEVEL_COMPARISON &&
        current_operator(p)->level == LEVEL_COMPARISON)
      return fail(p, p->token.start,
                  "comparisons do not chain; expected && between them, as in 0 < x && x < 1");
  }
  return p->failed ? FAILED : left;
}

/* The two branches of c ? a : b have one type: two conditions stay conditions. */
static int32_t parse_branches(parser *p, int32_t condition, size_t question) {
  condition = as_condition(p, condition);
  advance(p);
  int32_t a = parse_choice(p);
  if (a < 0 || !expect(p, ':', question, "?")) return FAILED;
  int32_t b = parse_choice(p);
  if (b < 0) return FAILED;
  if (type_of(p, a) != type_of(p, b)) {
    a = as_number(p, a);
    b = as_number(p, b);
  }
  return mfg_expression_build_select(&p->builder, condition, a, b);
}

static int32_t parse_choice(parser *p) {
  if (p->failed || !enter(p)) return FAILED;
  int32_t result = parse_binary(p, LEVEL_OR);
  if (result >= 0 && at(p, '?')) result = parse_branches(p, result, p->token.start);
  p->depth--;
  return p->failed ? FAILED : result;
}

static int32_t parse_whole(parser *p) {
  char buffer[LONGEST_SHOWN + 8];
  advance(p);
  if (!p->failed && p->token.kind == MFG_EXPRESSION_TOKEN_END)
    return fail(p, p->token.start, "the text is empty; expected an expression");
  int32_t root = parse_choice(p);
  if (root < 0) return FAILED;
  if (p->token.kind != MFG_EXPRESSION_TOKEN_END)
    return fail(p, p->token.start, "expected an operator or the end of the text, found %s",
                found(p, buffer));
  if (p->symbols->type == MFG_EXPRESSION_NUMBER) return as_number(p, root);
  if (p->symbols->type == MFG_EXPRESSION_CONDITION && type_of(p, root) == MFG_EXPRESSION_NUMBER)
    return fail(p, 0, "found a number; expected a condition, such as x < 0.5");
  return root;
}

static bool collect_names(const mfg_expression_symbols *symbols, mfg_expression_names *names) {
  *names = (mfg_expression_names){.axes = symbols->axes, .variable_count = symbols->variable_count};
  for (int32_t axis = 0; axis < symbols->axes; axis++)
    memccpy(names->axis[axis], mfg_expression_axis_name(symbols, axis), '\0',
            sizeof names->axis[axis]);
  if (names->variable_count == 0) return true;
  names->variables = malloc(names->variable_count * sizeof(mfg_expression_name));
  for (size_t i = 0; i < names->variable_count && names->variables; i++)
    memccpy(names->variables[i], symbols->variables[i], '\0', sizeof(mfg_expression_name));
  return names->variables != NULL;
}

static mfg_expression *parse_text(parser *p, const mfg_expression_names *names) {
  mfg_expression_builder_begin(&p->builder, names);
  int32_t root = parse_whole(p);
  mfg_expression *result =
      p->failed ? NULL : mfg_expression_builder_finish(&p->builder, root, p->error);
  mfg_expression_builder_end(&p->builder);
  return result;
}

mfg_expression *mfg_expression_parse(const char *text, const mfg_expression_symbols *symbols,
                                     mfg_expression_error *error) {
  mfg_expression_error unused;
  if (!error) error = &unused;
  if (!mfg_expression_symbols_check(symbols, error)) return NULL;
  size_t length = strnlen(text, MFG_EXPRESSION_MAXIMUM_LENGTH + 1);
  if (length > MFG_EXPRESSION_MAXIMUM_LENGTH) {
    mfg_expression_error_set(error, "the text is longer than %zu bytes",
                             MFG_EXPRESSION_MAXIMUM_LENGTH);
    return NULL;
  }
  mfg_expression_names names;
  mfg_expression *result = NULL;
  if (collect_names(symbols, &names)) {
    parser p = {.text = text, .length = length, .symbols = symbols, .error = error};
    result = parse_text(&p, &names);
  } else {
    mfg_expression_error_set_failure(error, MFG_EXPRESSION_OUT_OF_MEMORY);
  }
  free(names.variables);
  return result;
}
