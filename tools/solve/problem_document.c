/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "problem_document.h"

#include "problem_text.h"
#include "suggestion.h"
#include "text_buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_OF_A_SCALAR 60
#define MOST_ENTRIES 32
#define MOST_LEVELS 32
#define MOST_ANCHORS 100

yaml_node_t *problem_document_root(problem_document *document) {
  return yaml_document_get_root_node(&document->yaml);
}

/* ---- loading --------------------------------------------------------------------------------- */

static bool fail_at_mark(const problem_document *document, yaml_mark_t mark, solve_failure *failure,
                         const char *found, const char *expected) {
  return failure_set(failure, EXIT_STATUS_WRONG_INPUT, "%s:%zu:%zu: found %s; expected %s",
                     document->path, mark.line + 1, mark.column + 1, found, expected);
}

static bool is_indented_with_a_tab(const problem_document *document, size_t line) {
  const char *start = document->text;
  for (; start && line > 0; line--) {
    start = strchr(start, '\n');
    start = start ? start + 1 : NULL;
  }
  return start && start[strspn(start, " ")] == '\t';
}

/* What libyaml says about the text, and where an expression without quotes is to blame, how it is
 * written with them. */
static bool fail_to_parse(const problem_document *document, const yaml_parser_t *parser,
                          solve_failure *failure) {
  /* Out of memory, libyaml does not always say so. */
  if (parser->error == YAML_MEMORY_ERROR || parser->error == YAML_NO_ERROR)
    return failure_out_of_memory(failure);
  yaml_mark_t mark = parser->problem_mark;
  if (parser->error == YAML_READER_ERROR)
    mark = problem_text_mark(document->text, document->length, parser->problem_offset);
  text_buffer found = {0}, expected = {0};
  text_format(&found, "a YAML error (%s%s%s)", parser->context ? parser->context : "",
              parser->context ? ": " : "", parser->problem ? parser->problem : "unreadable text");
  bool quoted = problem_text_quoted(document->text, document->length, mark.line, &expected);
  if (!quoted && parser->context && parser->context_mark.line < mark.line)
    quoted =
        problem_text_quoted(document->text, document->length, parser->context_mark.line, &expected);
  if (!quoted)
    text_append(&expected, is_indented_with_a_tab(document, mark.line)
                               ? "spaces, since YAML does not indent with tabs"
                               : "YAML");
  fail_at_mark(document, mark, failure, text_string(&found), text_string(&expected));
  text_free(&found);
  text_free(&expected);
  return false;
}

static bool require_end(problem_document *document, yaml_parser_t *parser, solve_failure *failure) {
  yaml_document_t next;
  if (!yaml_parser_load(parser, &next)) return fail_to_parse(document, parser, failure);
  yaml_node_t *root = yaml_document_get_root_node(&next);
  bool is_end = root == NULL;
  if (!is_end)
    fail_at_mark(document, root->start_mark, failure, "a second YAML document", "one problem");
  yaml_document_delete(&next);
  return is_end;
}

static bool open_parser(const problem_document *document, yaml_parser_t *parser,
                        solve_failure *failure) {
  if (!yaml_parser_initialize(parser)) return failure_out_of_memory(failure);
  yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(parser, (const unsigned char *)document->text, document->length);
  return true;
}

static bool check_event(const problem_document *document, const yaml_event_t *event, int *depth,
                        int *anchors, solve_failure *failure) {
  bool starts = event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT;
  bool ends = event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT;
  *depth += starts - ends;
  bool has_anchor =
      (event->type == YAML_SEQUENCE_START_EVENT && event->data.sequence_start.anchor) ||
      (event->type == YAML_MAPPING_START_EVENT && event->data.mapping_start.anchor) ||
      (event->type == YAML_SCALAR_EVENT && event->data.scalar.anchor);
  *anchors += has_anchor;
  if (*depth > MOST_LEVELS)
    return fail_at_mark(document, event->start_mark, failure,
                        "lists or mappings nested more than 32 deep", "fewer");
  if (*anchors > MOST_ANCHORS)
    return fail_at_mark(document, event->start_mark, failure, "more than 100 anchors", "fewer");
  return true;
}

/* libyaml's time grows with the square of the depth and of the number of anchors. A first pass that
 * stops early keeps a hostile file from holding the program for hours. */
static bool check_size(const problem_document *document, solve_failure *failure) {
  const char *directive = strstr(document->text, "\n%TAG");
  if (directive || strncmp(document->text, "%TAG", 4) == 0) {
    size_t offset = directive ? (size_t)(directive + 1 - document->text) : 0;
    return fail_at_mark(document, problem_text_mark(document->text, document->length, offset),
                        failure, "a %TAG directive", "none");
  }
  yaml_parser_t parser;
  if (!open_parser(document, &parser, failure)) return false;
  bool ok = true, at_end = false;
  for (int depth = 0, anchors = 0; ok && !at_end;) {
    yaml_event_t event;
    if (!yaml_parser_parse(&parser, &event)) {
      ok = fail_to_parse(document, &parser, failure);
      break;
    }
    ok = check_event(document, &event, &depth, &anchors, failure);
    at_end = event.type == YAML_STREAM_END_EVENT;
    yaml_event_delete(&event);
  }
  yaml_parser_delete(&parser);
  return ok;
}

static bool parse(problem_document *document, solve_failure *failure) {
  yaml_parser_t parser;
  if (!open_parser(document, &parser, failure)) return false;
  bool ok = false;
  if (!yaml_parser_load(&parser, &document->yaml)) {
    fail_to_parse(document, &parser, failure);
  } else {
    document->has_yaml = true;
    ok = problem_document_root(document)
             ? require_end(document, &parser, failure)
             : failure_set(failure, EXIT_STATUS_WRONG_INPUT,
                           "%s:1: found no content; expected a problem", document->path);
  }
  yaml_parser_delete(&parser);
  return ok;
}

bool problem_document_load(problem_document *document, const char *path, solve_failure *failure) {
  *document = (problem_document){.path = path};
  document->text = problem_text_read(path, PROBLEM_DOCUMENT_MAXIMUM, &document->length, failure);
  return document->text && check_size(document, failure) && parse(document, failure);
}

void problem_document_unload(problem_document *document) {
  if (document->has_yaml) yaml_document_delete(&document->yaml);
  problem_text_free(document->text);
  *document = (problem_document){0};
}

/* ---- what stands at a node ------------------------------------------------------------------- */

static size_t whole_characters(const char *text, size_t length) {
  while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
    length--;
  return length;
}

void node_describe(const yaml_node_t *node, char *description, size_t size) {
  if (node->type == YAML_MAPPING_NODE) {
    snprintf(description, size, "a mapping");
    return;
  }
  if (node->type == YAML_SEQUENCE_NODE) {
    snprintf(description, size, "a list");
    return;
  }
  const char *text = (const char *)node->data.scalar.value;
  size_t length = node->data.scalar.length;
  if (length == 0) {
    snprintf(description, size, "nothing");
    return;
  }
  bool cut = length > SHOWN_OF_A_SCALAR;
  size_t shown = cut ? whole_characters(text, SHOWN_OF_A_SCALAR) : length;
  char copy[SHOWN_OF_A_SCALAR + 1];
  for (size_t i = 0; i < shown; i++)
    copy[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? ' ' : text[i];
  copy[shown] = '\0';
  snprintf(description, size, "'%s%s'", copy, cut ? "..." : "");
}

bool node_fail(const problem_document *document, const yaml_node_t *node, solve_failure *failure,
               const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *message = NULL;
  if (vasprintf(&message, format, arguments) < 0) message = NULL;
  va_end(arguments);
  if (!message) return failure_out_of_memory(failure);
  failure_set(failure, EXIT_STATUS_WRONG_INPUT, "%s:%zu:%zu: %s", document->path,
              node->start_mark.line + 1, node->start_mark.column + 1, message);
  free(message);
  return false;
}

/* Whether a node is of a type that YAML knows by itself: "!(x < 1)" without quotes is not. */
static bool has_plain_tag(const yaml_node_t *node) {
  static const char *const plain[] = {YAML_STR_TAG,  YAML_INT_TAG, YAML_FLOAT_TAG, YAML_BOOL_TAG,
                                      YAML_NULL_TAG, YAML_SEQ_TAG, YAML_MAP_TAG};
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
    if (strcmp((const char *)node->tag, plain[i]) == 0) return true;
  return false;
}

bool node_fail_expected(const problem_document *document, const yaml_node_t *node,
                        const char *expected, solve_failure *failure) {
  char found[SHOWN_OF_A_SCALAR + 16];
  node_describe(node, found, sizeof found);
  text_buffer quoted = {0};
  bool is_text =
      node->type == YAML_SCALAR_NODE && node->data.scalar.length > 0 && has_plain_tag(node);
  bool hint = !is_text &&
              problem_text_quoted(document->text, document->length, node->start_mark.line, &quoted);
  node_fail(document, node, failure, "found %s; expected %s", found,
            hint ? text_string(&quoted) : expected);
  text_free(&quoted);
  return false;
}

static bool is_null(const yaml_node_t *node) {
  return node->type == YAML_SCALAR_NODE && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
         node->data.scalar.length == 0;
}

const char *scalar_text(const problem_document *document, const yaml_node_t *node,
                        const char *expected, solve_failure *failure) {
  if (!has_plain_tag(node) || node->type != YAML_SCALAR_NODE || node->data.scalar.length == 0) {
    node_fail_expected(document, node, expected, failure);
    return NULL;
  }
  const char *text = (const char *)node->data.scalar.value;
  if (strlen(text) != node->data.scalar.length) {
    node_fail(document, node, failure, "found a NUL character; expected %s", expected);
    return NULL;
  }
  return text;
}

/* ---- mappings -------------------------------------------------------------------------------- */

static void list_keys(const mapping_entry *entries, size_t count, text_buffer *list) {
  for (size_t i = 0; i < count; i++)
    text_format(list, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", entries[i].key);
}

static bool fail_unknown_key(const problem_document *document, const yaml_node_t *mapping,
                             const yaml_node_t *key, bool has_value, const char *what,
                             const mapping_entry *entries, size_t count, solve_failure *failure) {
  char found[SHOWN_OF_A_SCALAR + 16];
  node_describe(key, found, sizeof found);
  const char *known[MOST_ENTRIES];
  for (size_t i = 0; i < count; i++)
    known[i] = entries[i].key;
  const char *nearest = key->type == YAML_SCALAR_NODE
                            ? suggestion_nearest((const char *)key->data.scalar.value, known, count)
                            : NULL;
  text_buffer expected = {0};
  list_keys(entries, count, &expected);
  if (nearest) text_format(&expected, " (did you mean '%s'?)", nearest);
  bool cut_at_a_comma = !has_value && mapping->data.mapping.style == YAML_FLOW_MAPPING_STYLE;
  if (cut_at_a_comma)
    text_append(&expected, "; inside { } a text with a comma must be quoted: \"max(m, 1)\"");
  node_fail(document, key, failure, "found the unknown key %s in %s; expected %s", found, what,
            text_string(&expected));
  text_free(&expected);
  return false;
}

static mapping_entry *find_entry(mapping_entry *entries, size_t count, const yaml_node_t *key) {
  if (key->type != YAML_SCALAR_NODE) return NULL;
  for (size_t i = 0; i < count; i++)
    if (key->data.scalar.length == strlen(entries[i].key) &&
        memcmp(key->data.scalar.value, entries[i].key, key->data.scalar.length) == 0)
      return &entries[i];
  return NULL;
}

bool mapping_read(problem_document *document, const yaml_node_t *node, const char *what,
                  mapping_entry *entries, size_t count, solve_failure *failure) {
  text_buffer expected = {0};
  if (node->type != YAML_MAPPING_NODE) {
    text_append(&expected, "a mapping with ");
    list_keys(entries, count, &expected);
    node_fail_expected(document, node, text_string(&expected), failure);
    text_free(&expected);
    return false;
  }
  for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
       pair < node->data.mapping.pairs.top; pair++) {
    yaml_node_t *key = yaml_document_get_node(&document->yaml, pair->key);
    yaml_node_t *value = yaml_document_get_node(&document->yaml, pair->value);
    mapping_entry *entry = find_entry(entries, count, key);
    if (!entry)
      return fail_unknown_key(document, node, key, !is_null(value), what, entries, count, failure);
    if (entry->value)
      return node_fail(document, key, failure, "found '%s' a second time in %s; expected it once",
                       entry->key, what);
    entry->value = value;
  }
  for (size_t i = 0; i < count; i++)
    if (entries[i].required && !entries[i].value)
      return node_fail(document, node, failure, "found no '%s' in %s; expected one", entries[i].key,
                       what);
  return true;
}
