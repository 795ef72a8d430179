/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "problem_file.h"

#include "problem_sections.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- places ---------------------------------------------------------------------------------- */

bool note_place(problem_file *file, const char *name, const yaml_node_t *node, const char *setting,
                solve_failure *failure) {
  if (file->place_count == file->place_capacity) {
    size_t capacity = file->place_capacity ? 2 * file->place_capacity : 32;
    problem_place *places = realloc(file->places, capacity * sizeof *places);
    if (!places) return failure_out_of_memory(failure);
    file->places = places;
    file->place_capacity = capacity;
  }
  problem_place *place = &file->places[file->place_count++];
  snprintf(place->field, sizeof place->field, "%s", name);
  place->node = node;
  place->setting = setting;
  return true;
}

/* The place of a field, or of the nearest thing that it is a part of; the last one noted wins. */
static const problem_place *find_place(const problem_file *file, const char *field) {
  for (size_t length = strlen(field); length > 0; length--) {
    if (field[length] != '\0' && field[length] != '.' && field[length] != '[') continue;
    for (size_t i = file->place_count; i-- > 0;)
      if (strlen(file->places[i].field) == length &&
          strncmp(file->places[i].field, field, length) == 0)
        return &file->places[i];
  }
  return NULL;
}

static size_t characters(const char *text) {
  size_t count = 0;
  for (; *text; text++)
    count += ((unsigned char)*text & 0xc0) != 0x80;
  return count;
}

/* The mark of the character at `column` (from 1) of a scalar's text, where the text stands in the
 * file as it is; else that of its beginning. */
static yaml_mark_t mark_inside(const yaml_node_t *node, size_t line, size_t column) {
  yaml_mark_t mark = node->start_mark;
  if (node->type != YAML_SCALAR_NODE || line != 1 || column == 0) return mark;
  size_t quotes = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? 0 : 1;
  size_t length = characters((const char *)node->data.scalar.value);
  bool is_verbatim = node->end_mark.line == mark.line &&
                     node->end_mark.column - mark.column == length + 2 * quotes;
  if (is_verbatim) mark.column += quotes + column - 1;
  return mark;
}

static void append_excerpt(text_buffer *text, const char *excerpt) {
  while (*excerpt) {
    size_t length = strcspn(excerpt, "\n");
    text_append(text, "\n    ");
    text_append_bytes(text, excerpt, length);
    excerpt += length + (excerpt[length] == '\n');
  }
}

bool problem_file_fail(const problem_file *file, int exit_status, solve_failure *failure) {
  const mfg_problem_error *error = mfg_problem_last_error();
  if (error->status == MFG_ERROR_OUT_OF_MEMORY) return failure_out_of_memory(failure);
  const problem_place *place = find_place(file, error->field);
  text_buffer text = {0};
  if (place && place->setting) {
    text_format(&text, "--set %s: ", place->setting);
  } else if (place) {
    yaml_mark_t mark = mark_inside(place->node, error->line, error->column);
    text_format(&text, "%s:%zu:%zu: ", file->document.path, mark.line + 1, mark.column + 1);
  } else {
    text_format(&text, "%s: ", file->document.path);
  }
  if (error->field[0]) text_format(&text, "%s: ", error->field);
  text_append(&text, error->text);
  append_excerpt(&text, error->excerpt);
  if (text.failed)
    failure_out_of_memory(failure);
  else
    failure_set(failure, exit_status, "%s", text.bytes);
  text_free(&text);
  return false;
}

/* ---- fields ---------------------------------------------------------------------------------- */

void note_identity(problem_file *file, const char *key, const char *text) {
  text_format(&file->identity, "%s=%s\n", key, text);
}

const char *field_text(problem_file *file, const char *name, const yaml_node_t *node,
                       const char *expected, solve_failure *failure) {
  const char *text = scalar_text(&file->document, node, expected, failure);
  return text && note_place(file, name, node, NULL, failure) ? text : NULL;
}

bool field_number(problem_file *file, const char *name, const yaml_node_t *node,
                  const char *expected, double *value, solve_failure *failure) {
  const char *text = field_text(file, name, node, expected, failure);
  if (!text) return false;
  if (mfg_problem_number(file->problem, name, text, value) == MFG_OK) return true;
  return problem_file_fail(file, EXIT_STATUS_WRONG_INPUT, failure);
}

bool problem_file_number(const problem_file *file, const char *field, double *value,
                         solve_failure *failure) {
  const problem_place *place = find_place(file, field);
  *value = 0;
  if (!place || place->node->type != YAML_SCALAR_NODE) return true;
  const char *text = (const char *)place->node->data.scalar.value;
  if (mfg_problem_number(file->problem, field, text, value) == MFG_OK) return true;
  return problem_file_fail(file, EXIT_STATUS_WRONG_INPUT, failure);
}

/* ---- the file -------------------------------------------------------------------------------- */

enum { TITLE, PARAMETERS, DOMAIN, TIME, MODEL, SOLVER, PROBES, SECTION_COUNT };

static bool read_title(problem_file *file, const yaml_node_t *node, solve_failure *failure) {
  const char *title = node ? scalar_text(&file->document, node, "a text", failure) : "";
  if (!title) return false;
  file->title = strdup(title);
  return file->title || failure_out_of_memory(failure);
}

static bool check(const problem_file *file, solve_failure *failure) {
  if (mfg_problem_check(file->problem) == MFG_OK) return true;
  return problem_file_fail(file, EXIT_STATUS_WRONG_INPUT, failure);
}

/* The numbers that the rest of the file is held against. */
static bool measure(problem_file *file, solve_failure *failure) {
  bool ok = file->stationary || problem_file_number(file, "horizon", &file->horizon, failure);
  for (int axis = 0; ok && axis < file->axes; axis++) {
    char lower[32], upper[32];
    snprintf(lower, sizeof lower, "domain[%d].lower", axis);
    snprintf(upper, sizeof upper, "domain[%d].upper", axis);
    ok = problem_file_number(file, lower, &file->lower[axis], failure) &&
         problem_file_number(file, upper, &file->upper[axis], failure);
  }
  return ok;
}

static bool read_sections(problem_file *file, char *const *settings, size_t setting_count,
                          solve_failure *failure) {
  mapping_entry section[SECTION_COUNT] = {
      [TITLE] = {"title", false, NULL},   [PARAMETERS] = {"parameters", false, NULL},
      [DOMAIN] = {"domain", true, NULL},  [TIME] = {"time", true, NULL},
      [MODEL] = {"model", true, NULL},    [SOLVER] = {"solver", false, NULL},
      [PROBES] = {"probes", false, NULL},
  };
  yaml_node_t *root = problem_document_root(&file->document);
  return mapping_read(&file->document, root, "the problem", section, SECTION_COUNT, failure) &&
         read_title(file, section[TITLE].value, failure) &&
         read_parameters(file, section[PARAMETERS].value, settings, setting_count, failure) &&
         read_domain(file, section[DOMAIN].value, failure) &&
         read_time(file, section[TIME].value, failure) &&
         read_model(file, section[MODEL].value, failure) && check(file, failure) &&
         measure(file, failure) && read_solver(file, section[SOLVER].value, failure) &&
         read_probes(file, section[PROBES].value, failure);
}

bool problem_file_read(problem_file *file, const char *path, char *const *settings,
                       size_t setting_count, solve_failure *failure) {
  *file = (problem_file){.options = {.struct_size = sizeof file->options}};
  if (!problem_document_load(&file->document, path, failure)) return false;
  if (mfg_problem_create(&file->problem) != MFG_OK) return failure_out_of_memory(failure);
  if (!read_sections(file, settings, setting_count, failure)) return false;
  return !file->identity.failed || failure_out_of_memory(failure);
}

void problem_file_free(problem_file *file) {
  mfg_problem_release(file->problem);
  free(file->title);
  free(file->probes);
  free(file->places);
  text_free(&file->identity);
  problem_document_unload(&file->document);
  *file = (problem_file){0};
}
