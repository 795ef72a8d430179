/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sections that do not change the problem: how it is solved, and what is reported. */
#include "problem_sections.h"

#include "suggestion.h"

#include <mfg/result.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define MOST_PROBES 1000

/* ---- solver ---------------------------------------------------------------------------------- */

/* The place of a text in a list of names; fails with the nearest one where it is none of them. */
static bool choose(problem_file *file, const char *field, const yaml_node_t *node,
                   const char *const *names, size_t count, size_t *chosen, solve_failure *failure) {
  text_buffer expected = {0};
  for (size_t i = 0; i < count; i++)
    text_format(&expected, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", names[i]);
  const char *text = field_text(file, field, node, text_string(&expected), failure);
  for (*chosen = 0; text && *chosen < count && strcmp(text, names[*chosen]) != 0;)
    (*chosen)++;
  if (text && *chosen == count) {
    const char *nearest = suggestion_nearest(text, names, count);
    if (nearest) text_format(&expected, " (did you mean '%s'?)", nearest);
    node_fail_expected(&file->document, node, text_string(&expected), failure);
  }
  text_free(&expected);
  return text && *chosen < count;
}

static bool read_method(problem_file *file, const yaml_node_t *node, solve_failure *failure) {
  const char *names[16];
  size_t count = 0, chosen;
  while (count < COUNT_OF(names) && mfg_method_name(MFG_METHOD_NEWTON + (int)count)) {
    names[count] = mfg_method_name(MFG_METHOD_NEWTON + (int)count);
    count++;
  }
  if (!choose(file, "solver.method", node, names, count, &chosen, failure)) return false;
  file->options.method = MFG_METHOD_NEWTON + (int32_t)chosen;
  note_identity(file, "solver.method", names[chosen]);
  return true;
}

static bool read_precision(problem_file *file, const yaml_node_t *node, solve_failure *failure) {
  static const char *const names[] = {"float64", "float32"};
  size_t chosen;
  if (!choose(file, "solver.precision", node, names, COUNT_OF(names), &chosen, failure))
    return false;
  file->options.precision = chosen == 0 ? MFG_FLOAT64 : MFG_FLOAT32;
  if (chosen != 0) note_identity(file, "solver.precision", names[chosen]);
  return true;
}

/* A number between `least` (itself excluded where `open`) and `most`. */
static bool read_number(problem_file *file, const char *field, const yaml_node_t *node,
                        const char *expected, double least, bool open, double most, double *value,
                        solve_failure *failure) {
  if (!field_number(file, field, node, expected, value, failure)) return false;
  bool is_in_range = (open ? *value > least : *value >= least) && *value <= most;
  if (is_in_range) return true;
  return node_fail(&file->document, node, failure, "%s: found %.17g; expected %s", field, *value,
                   expected);
}

static bool read_count(problem_file *file, const char *field, const yaml_node_t *node,
                       const char *expected, double least, double most, int64_t *value,
                       solve_failure *failure) {
  double number;
  if (!read_number(file, field, node, expected, least, false, most, &number, failure)) return false;
  *value = (int64_t)number;
  if ((double)*value == number) return true;
  return node_fail(&file->document, node, failure, "%s: found %.17g; expected %s", field, number,
                   expected);
}

enum { METHOD, TOLERANCE, ITERATIONS, PRECISION, DAMPING, DEPTH, CONTINUATION, SOLVER_KEY_COUNT };

/* Numbers: tolerance, max_iterations, damping, anderson_depth. */
static bool read_solver_numbers(problem_file *file, const mapping_entry *key,
                                solve_failure *failure) {
  mfg_solver_options *options = &file->options;
  if (key[TOLERANCE].value &&
      !read_number(file, "solver.tolerance", key[TOLERANCE].value, "a number above 0", 0, true,
                   1e300, &options->tolerance, failure))
    return false;
  if (key[ITERATIONS].value) {
    if (!read_count(file, "solver.max_iterations", key[ITERATIONS].value,
                    "a whole number from 1 to 1e9", 1, 1e9, &options->max_iterations, failure))
      return false;
  }
  if (key[DAMPING].value) {
    if (!read_number(file, "solver.damping", key[DAMPING].value, "a number above 0, at most 1", 0,
                     true, 1, &options->damping, failure))
      return false;
    note_identity(file, "solver.damping", (const char *)key[DAMPING].value->data.scalar.value);
  }
  if (key[DEPTH].value) {
    if (!read_count(file, "solver.anderson_depth", key[DEPTH].value, "a whole number from 1 to 20",
                    1, 20, &options->anderson_depth, failure))
      return false;
    note_identity(file, "solver.anderson_depth", (const char *)key[DEPTH].value->data.scalar.value);
  }
  return true;
}

bool read_solver(problem_file *file, const yaml_node_t *node, solve_failure *failure) {
  if (!node) return true;
  mapping_entry key[SOLVER_KEY_COUNT] = {[METHOD] = {"method", false, NULL},
                                         [TOLERANCE] = {"tolerance", false, NULL},
                                         [ITERATIONS] = {"max_iterations", false, NULL},
                                         [PRECISION] = {"precision", false, NULL},
                                         [DAMPING] = {"damping", false, NULL},
                                         [DEPTH] = {"anderson_depth", false, NULL},
                                         [CONTINUATION] = {"continuation", false, NULL}};
  if (!note_place(file, "solver", node, NULL, failure) ||
      !mapping_read(&file->document, node, "solver", key, SOLVER_KEY_COUNT, failure))
    return false;
  if (key[CONTINUATION].value)
    return node_fail(&file->document, key[CONTINUATION].value, failure,
                     "solver.continuation: found a continuation of the viscosity, which no method "
                     "of this version does; expected none");
  return (!key[METHOD].value || read_method(file, key[METHOD].value, failure)) &&
         (!key[PRECISION].value || read_precision(file, key[PRECISION].value, failure)) &&
         read_solver_numbers(file, key, failure);
}

/* ---- probes ---------------------------------------------------------------------------------- */

static bool read_probe_place(problem_file *file, const char *what, const yaml_node_t *node,
                             problem_probe *probe, solve_failure *failure) {
  if (node->type != YAML_SEQUENCE_NODE)
    return node_fail_expected(&file->document, node, "a list with one number for each axis",
                              failure);
  const yaml_node_item_t *start = node->data.sequence.items.start;
  ptrdiff_t count = node->data.sequence.items.top - start;
  if (count != file->axes)
    return node_fail(&file->document, node, failure, "%s.at: found %td numbers; expected %d", what,
                     count, file->axes);
  for (int axis = 0; axis < file->axes; axis++) {
    char field[96], expected[128];
    double lower = file->lower[axis], upper = file->upper[axis];
    snprintf(field, sizeof field, "%s.at[%d]", what, axis);
    snprintf(expected, sizeof expected, "a number from %.17g to %.17g", lower, upper);
    if (!read_number(file, field, yaml_document_get_node(&file->document.yaml, start[axis]),
                     expected, lower, false, upper, &probe->place[axis], failure))
      return false;
  }
  return true;
}

static bool read_probe_time(problem_file *file, const char *what, const yaml_node_t *probe_node,
                            const yaml_node_t *node, problem_probe *probe, solve_failure *failure) {
  if (file->stationary && !node) return true;
  if (!node)
    return node_fail(&file->document, probe_node, failure, "found no 't' in %s; expected one",
                     what);
  char field[96], expected[64];
  double horizon = file->stationary ? 0 : file->horizon;
  snprintf(field, sizeof field, "%s.t", what);
  snprintf(expected, sizeof expected, "a number from 0 to %.17g", horizon);
  return read_number(file, field, node, expected, 0, false, horizon, &probe->time, failure);
}

static bool read_probe(problem_file *file, size_t index, const yaml_node_t *node,
                       solve_failure *failure) {
  problem_probe *probe = &file->probes[index];
  char what[32], field[64];
  snprintf(what, sizeof what, "probes[%zu]", index);
  mapping_entry key[] = {{"field", true, NULL}, {"t", false, NULL}, {"at", true, NULL}};
  if (!mapping_read(&file->document, node, what, key, COUNT_OF(key), failure)) return false;
  snprintf(field, sizeof field, "%s.field", what);
  const char *name = field_text(file, field, key[0].value, "u or m", failure);
  if (!name) return false;
  if (strcmp(name, "u") != 0 && strcmp(name, "m") != 0)
    return node_fail_expected(&file->document, key[0].value, "u or m", failure);
  probe->field = name[0] == 'u' ? MFG_RESULT_VALUE_FUNCTION : MFG_RESULT_DENSITY;
  return read_probe_time(file, what, node, key[1].value, probe, failure) &&
         read_probe_place(file, what, key[2].value, probe, failure);
}

bool read_probes(problem_file *file, const yaml_node_t *node, solve_failure *failure) {
  if (!node) return true;
  if (node->type != YAML_SEQUENCE_NODE)
    return node_fail_expected(&file->document, node, "a list of probes", failure);
  const yaml_node_item_t *start = node->data.sequence.items.start;
  size_t count = (size_t)(node->data.sequence.items.top - start);
  if (count > MOST_PROBES)
    return node_fail(&file->document, node, failure, "found %zu probes; expected at most %d", count,
                     MOST_PROBES);
  if (count == 0) return true;
  file->probes = calloc(count, sizeof *file->probes);
  if (!file->probes) return failure_out_of_memory(failure);
  file->probe_count = count;
  for (size_t i = 0; i < count; i++)
    if (!read_probe(file, i, yaml_document_get_node(&file->document.yaml, start[i]), failure))
      return false;
  return true;
}
