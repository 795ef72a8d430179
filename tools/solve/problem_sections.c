/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "problem_sections.h"

#include "density_file.h"
#include "suggestion.h"

#include <stdio.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static bool fail(const problem_file *file, solve_failure *failure) {
  return problem_file_fail(file, EXIT_STATUS_WRONG_INPUT, failure);
}

/* ---- parameters ------------------------------------------------------------------------------ */

/* The last setting for a name counts; NULL where there is none. */
static const char *find_setting(const char *name, char *const *settings, size_t count) {
  size_t length = strlen(name);
  for (size_t i = count; i-- > 0;)
    if (strncmp(settings[i], name, length) == 0 && settings[i][length] == '=') return settings[i];
  return NULL;
}

static bool set_parameter(problem_file *file, const yaml_node_t *key, const yaml_node_t *value,
                          char *const *settings, size_t setting_count, solve_failure *failure) {
  const char *name = scalar_text(&file->document, key, "the name of a parameter", failure);
  if (!name) return false;
  char field[128];
  snprintf(field, sizeof field, "parameters.%s", name);
  const char *text = field_text(file, field, value, "a number or an expression", failure);
  if (!text) return false;
  const char *setting = find_setting(name, settings, setting_count);
  if (setting) {
    text = strchr(setting, '=') + 1;
    if (!note_place(file, field, value, setting, failure)) return false;
  }
  note_identity(file, field, text);
  return mfg_problem_set_parameter(file->problem, name, text) == MFG_OK || fail(file, failure);
}

static bool is_in_mapping(const problem_file *file, const yaml_node_t *node, const char *name,
                          size_t length, const yaml_node_pair_t *end) {
  yaml_document_t *yaml = (yaml_document_t *)&file->document.yaml;
  for (const yaml_node_pair_t *pair = node ? node->data.mapping.pairs.start : end; pair < end;
       pair++) {
    const yaml_node_t *key = yaml_document_get_node(yaml, pair->key);
    if (key->type == YAML_SCALAR_NODE && key->data.scalar.length == length &&
        memcmp(key->data.scalar.value, name, length) == 0)
      return true;
  }
  return false;
}

/* Every setting must name a parameter of the file, so that a slip of the pen does not leave the
 * old value in silence. */
static bool check_settings(const problem_file *file, const yaml_node_t *node, char *const *settings,
                           size_t count, solve_failure *failure) {
  const yaml_node_pair_t *end = node ? node->data.mapping.pairs.top : NULL;
  for (size_t i = 0; i < count; i++) {
    size_t length = strcspn(settings[i], "=");
    if (is_in_mapping(file, node, settings[i], length, end)) continue;
    text_buffer known = {0};
    yaml_document_t *yaml = (yaml_document_t *)&file->document.yaml;
    for (const yaml_node_pair_t *pair = node ? node->data.mapping.pairs.start : end; pair < end;
         pair++)
      text_format(&known, "%s%s", known.length ? ", " : "",
                  (const char *)yaml_document_get_node(yaml, pair->key)->data.scalar.value);
    failure_set(failure, EXIT_STATUS_WRONG_INPUT,
                "--set %s: found no parameter '%.*s' in %s; expected %s%s", settings[i],
                (int)length, settings[i], file->document.path, known.length ? "one of " : "none",
                text_string(&known));
    text_free(&known);
    return false;
  }
  return true;
}

bool read_parameters(problem_file *file, const yaml_node_t *node, char *const *settings,
                     size_t setting_count, solve_failure *failure) {
  if (!node) return check_settings(file, NULL, settings, setting_count, failure);
  if (node->type != YAML_MAPPING_NODE)
    return node_fail_expected(&file->document, node, "a mapping of names to numbers", failure);
  const yaml_node_pair_t *start = node->data.mapping.pairs.start;
  for (const yaml_node_pair_t *pair = start; pair < node->data.mapping.pairs.top; pair++) {
    if (pair - start >= MFG_PROBLEM_MAXIMUM_PARAMETERS)
      return node_fail(&file->document, node, failure, "found %td parameters; expected at most %d",
                       node->data.mapping.pairs.top - start, MFG_PROBLEM_MAXIMUM_PARAMETERS);
    yaml_node_t *key = yaml_document_get_node(&file->document.yaml, pair->key);
    yaml_node_t *value = yaml_document_get_node(&file->document.yaml, pair->value);
    if (key->type == YAML_SCALAR_NODE &&
        is_in_mapping(file, node, (const char *)key->data.scalar.value, key->data.scalar.length,
                      pair))
      return node_fail(&file->document, key, failure,
                       "found the parameter '%s' a second time; expected it once",
                       (const char *)key->data.scalar.value);
    if (!set_parameter(file, key, value, settings, setting_count, failure)) return false;
  }
  return check_settings(file, node, settings, setting_count, failure);
}

/* ---- domain ---------------------------------------------------------------------------------- */

static const char *const boundary_names[] = {
    [MFG_AXIS_PERIODIC] = "periodic", [MFG_AXIS_NO_FLUX] = "no-flux", [MFG_AXIS_EXIT] = "exit"};

static bool read_boundary_name(problem_file *file, const yaml_node_t *node, int32_t *boundary,
                               solve_failure *failure) {
  static const char expected[] =
      "periodic, no-flux, exit, or a mapping with lower and upper of these";
  const char *text = scalar_text(&file->document, node, expected, failure);
  if (!text) return false;
  for (size_t i = 0; i < COUNT_OF(boundary_names); i++)
    if (strcmp(text, boundary_names[i]) == 0) {
      *boundary = (int32_t)i;
      return true;
    }
  const char *nearest = suggestion_nearest(text, boundary_names, COUNT_OF(boundary_names));
  char found[80];
  node_describe(node, found, sizeof found);
  return node_fail(&file->document, node, failure, "found the boundary %s; expected %s%s%s%s",
                   found, expected, nearest ? " (did you mean '" : "", nearest ? nearest : "",
                   nearest ? "'?)" : "");
}

static bool read_boundary(problem_file *file, const yaml_node_t *node, mfg_problem_axis *axis,
                          solve_failure *failure) {
  if (node->type != YAML_MAPPING_NODE) {
    if (!read_boundary_name(file, node, &axis->boundary_lower, failure)) return false;
    axis->boundary_upper = axis->boundary_lower;
    return true;
  }
  mapping_entry side[] = {{"lower", true, NULL}, {"upper", true, NULL}};
  return mapping_read(&file->document, node, "the boundary", side, COUNT_OF(side), failure) &&
         read_boundary_name(file, side[0].value, &axis->boundary_lower, failure) &&
         read_boundary_name(file, side[1].value, &axis->boundary_upper, failure);
}

/* The result file has datasets of these names beside those of the axes. */
static bool check_axis_name(problem_file *file, const yaml_node_t *node, const char *name,
                            solve_failure *failure) {
  static const char *const taken[] = {"u", "m", "t", "residual", "mesh", "obstacle"};
  for (size_t i = 0; i < COUNT_OF(taken); i++)
    if (strcmp(name, taken[i]) == 0)
      return node_fail(&file->document, node, failure,
                       "found an axis named '%s', a name that the result file uses; expected "
                       "another name",
                       name);
  for (int i = 0; i < file->axes; i++)
    if (strcmp(name, file->axis_names[i]) == 0)
      return node_fail(&file->document, node, failure,
                       "found a second axis named '%s'; expected another name", name);
  return true;
}

static bool read_axis_name(problem_file *file, const yaml_node_t *axis, const yaml_node_t *node,
                           const char *field, solve_failure *failure) {
  static const char *const usual[] = {"x", "y", "z"};
  const char *name = usual[file->axes];
  if (node && !(name = field_text(file, field, node, "a name", failure))) return false;
  char *own = file->axis_names[file->axes];
  if (strlen(name) >= sizeof file->axis_names[0])
    return node_fail(&file->document, node ? node : axis, failure,
                     "found a name of %zu bytes; expected at most 63", strlen(name));
  if (!check_axis_name(file, node ? node : axis, name, failure)) return false;
  strcpy(own, name);
  return true;
}

/* A problem with nothing but this axis shows whether expressions can do with its name: in the whole
 * one, the first text that is parsed would get the blame. */
static bool check_axis_in_expressions(const problem_file *file, const mfg_problem_axis *axis,
                                      const char *field, solve_failure *failure) {
  mfg_problem *alone = NULL;
  double zero;
  if (mfg_problem_create(&alone) != MFG_OK) return failure_out_of_memory(failure);
  bool ok = mfg_problem_add_axis(alone, axis) == MFG_OK &&
            mfg_problem_number(alone, field, "0", &zero) == MFG_OK;
  if (!ok) fail(file, failure);
  mfg_problem_release(alone);
  return ok;
}

enum { NAME, LOWER, UPPER, CELLS, BOUNDARY, AXIS_KEY_COUNT };

static bool read_axis(problem_file *file, const yaml_node_t *node, solve_failure *failure) {
  char what[32], field[64];
  snprintf(what, sizeof what, "domain[%d]", file->axes);
  mapping_entry key[AXIS_KEY_COUNT] = {[NAME] = {"name", false, NULL},
                                       [LOWER] = {"lower", true, NULL},
                                       [UPPER] = {"upper", true, NULL},
                                       [CELLS] = {"cells", true, NULL},
                                       [BOUNDARY] = {"boundary", true, NULL}};
  if (!note_place(file, what, node, NULL, failure) ||
      !mapping_read(&file->document, node, what, key, AXIS_KEY_COUNT, failure))
    return false;
  mfg_problem_axis axis = {.struct_size = sizeof axis};
  const char **texts[AXIS_KEY_COUNT] = {
      [LOWER] = &axis.lower, [UPPER] = &axis.upper, [CELLS] = &axis.cells};
  for (size_t i = LOWER; i <= CELLS; i++) {
    snprintf(field, sizeof field, "%s.%s", what, key[i].key);
    *texts[i] = field_text(file, field, key[i].value, "a number", failure);
    if (!*texts[i]) return false;
    note_identity(file, field, *texts[i]);
  }
  snprintf(field, sizeof field, "%s.boundary", what);
  if (!note_place(file, field, key[BOUNDARY].value, NULL, failure) ||
      !read_boundary(file, key[BOUNDARY].value, &axis, failure))
    return false;
  note_identity(file, field, boundary_names[axis.boundary_lower]);
  note_identity(file, field, boundary_names[axis.boundary_upper]);
  snprintf(field, sizeof field, "%s.name", what);
  if (!read_axis_name(file, node, key[NAME].value, field, failure)) return false;
  file->periodic[file->axes] = axis.boundary_lower == MFG_AXIS_PERIODIC;
  axis.name = file->axis_names[file->axes++];
  note_identity(file, field, axis.name);
  return check_axis_in_expressions(file, &axis, field, failure) &&
         (mfg_problem_add_axis(file->problem, &axis) == MFG_OK || fail(file, failure));
}

bool read_domain(problem_file *file, const yaml_node_t *node, solve_failure *failure) {
  if (node->type != YAML_SEQUENCE_NODE)
    return node_fail_expected(&file->document, node, "a list of one to three axes", failure);
  if (!note_place(file, "domain", node, NULL, failure)) return false;
  const yaml_node_item_t *start = node->data.sequence.items.start;
  ptrdiff_t count = node->data.sequence.items.top - start;
  if (count < 1 || count > MFG_PROBLEM_MAXIMUM_AXES)
    return node_fail(&file->document, node, failure, "found %td axes; expected one to three",
                     count);
  for (ptrdiff_t i = 0; i < count; i++)
    if (!read_axis(file, yaml_document_get_node(&file->document.yaml, start[i]), failure))
      return false;
  return true;
}

/* ---- time ------------------------------------------------------------------------------------ */

static bool set_field(problem_file *file, const yaml_node_t *node, int field, const char *expected,
                      solve_failure *failure) {
  const char *name = mfg_problem_field_name(field);
  const char *text = field_text(file, name, node, expected, failure);
  if (!text) return false;
  note_identity(file, name, text);
  return mfg_problem_set(file->problem, field, text) == MFG_OK || fail(file, failure);
}

bool read_time(problem_file *file, const yaml_node_t *node, solve_failure *failure) {
  if (!note_place(file, "time", node, NULL, failure)) return false;
  if (node->type == YAML_SCALAR_NODE) {
    const char *text = scalar_text(&file->document, node, "horizon and steps", failure);
    if (!text) return false;
    if (strcmp(text, "stationary") != 0)
      return node_fail_expected(&file->document, node,
                                "a mapping with horizon and steps, or stationary", failure);
    file->stationary = true;
    note_identity(file, "time", text);
    return mfg_problem_set_stationary(file->problem, true) == MFG_OK || fail(file, failure);
  }
  mapping_entry key[] = {{"horizon", true, NULL}, {"steps", true, NULL}};
  return mapping_read(&file->document, node, "time", key, COUNT_OF(key), failure) &&
         set_field(file, key[0].value, MFG_PROBLEM_HORIZON, "a number", failure) &&
         set_field(file, key[1].value, MFG_PROBLEM_STEPS, "a whole number", failure);
}

/* ---- model ----------------------------------------------------------------------------------- */

static bool read_boolean(const problem_file *file, const yaml_node_t *node, bool *value,
                         solve_failure *failure) {
  const char *text = scalar_text(&file->document, node, "true or false", failure);
  if (!text) return false;
  *value = strcmp(text, "true") == 0;
  return *value || strcmp(text, "false") == 0 ||
         node_fail_expected(&file->document, node, "true or false", failure);
}

static bool read_initial_density(problem_file *file, const yaml_node_t *node,
                                 solve_failure *failure) {
  if (node->type != YAML_MAPPING_NODE)
    return set_field(file, node, MFG_PROBLEM_INITIAL_DENSITY,
                     "an expression, or a mapping with file and dataset", failure);
  mapping_entry key[] = {{"file", true, NULL}, {"dataset", true, NULL}};
  if (!note_place(file, "initial_density", node, NULL, failure) ||
      !mapping_read(&file->document, node, "initial_density", key, COUNT_OF(key), failure))
    return false;
  const char *path = scalar_text(&file->document, key[0].value, "the name of a file", failure);
  const char *dataset =
      path ? scalar_text(&file->document, key[1].value, "the name of a dataset", failure) : NULL;
  if (!dataset) return false;
  return density_file_set(file, node, path, dataset, failure);
}

enum { NORMALISE = MFG_PROBLEM_FIELD_COUNT, MODEL_KEY_COUNT };

bool read_model(problem_file *file, const yaml_node_t *node, solve_failure *failure) {
  bool has_end = !file->stationary;
  mapping_entry key[MODEL_KEY_COUNT - MFG_PROBLEM_VISCOSITY];
  for (int i = MFG_PROBLEM_VISCOSITY; i < MFG_PROBLEM_FIELD_COUNT; i++)
    key[i - MFG_PROBLEM_VISCOSITY] = (mapping_entry){mfg_problem_field_name(i), false, NULL};
  key[NORMALISE - MFG_PROBLEM_VISCOSITY] = (mapping_entry){"normalise", false, NULL};
  key[0].required = true;
  key[MFG_PROBLEM_HAMILTONIAN - MFG_PROBLEM_VISCOSITY].required = true;
  key[MFG_PROBLEM_INITIAL_DENSITY - MFG_PROBLEM_VISCOSITY].required = has_end;
  if (!note_place(file, "model", node, NULL, failure) ||
      !mapping_read(&file->document, node, "model", key, COUNT_OF(key), failure))
    return false;
  for (int i = MFG_PROBLEM_VISCOSITY; i < MFG_PROBLEM_INITIAL_DENSITY; i++) {
    const yaml_node_t *value = key[i - MFG_PROBLEM_VISCOSITY].value;
    if (value && !set_field(file, value, i, "an expression", failure)) return false;
  }
  const yaml_node_t *normalise = key[NORMALISE - MFG_PROBLEM_VISCOSITY].value;
  if (normalise) {
    bool value = true;
    if (!read_boolean(file, normalise, &value, failure)) return false;
    note_identity(file, "normalise", value ? "true" : "false");
    if (mfg_problem_set_normalise(file->problem, value) != MFG_OK) return fail(file, failure);
  }
  const yaml_node_t *density = key[MFG_PROBLEM_INITIAL_DENSITY - MFG_PROBLEM_VISCOSITY].value;
  return !density || read_initial_density(file, density, failure);
}
