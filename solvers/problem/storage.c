/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "problem/storage.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/error.h"

static const char *const field_names[MFG_PROBLEM_FIELD_COUNT] = {
    [MFG_PROBLEM_HORIZON] = "horizon",
    [MFG_PROBLEM_STEPS] = "steps",
    [MFG_PROBLEM_VISCOSITY] = "viscosity",
    [MFG_PROBLEM_HAMILTONIAN] = "hamiltonian",
    [MFG_PROBLEM_COUPLING] = "coupling",
    [MFG_PROBLEM_TERMINAL_COST] = "terminal_cost",
    [MFG_PROBLEM_EXIT_COST] = "exit_cost",
    [MFG_PROBLEM_OBSTACLE] = "obstacle",
    [MFG_PROBLEM_INITIAL_DENSITY] = "initial_density",
};

const char *mfg_problem_field_name(int field) {
  return field >= 0 && field < MFG_PROBLEM_FIELD_COUNT ? field_names[field] : NULL;
}

mfg_status mfg_problem_create(mfg_problem **problem) {
  *problem = calloc(1, sizeof **problem);
  return *problem ? MFG_OK : mfg_fail_out_of_memory();
}

static void entry_clear(mfg_problem_entry *entry) {
  free(entry->text);
  free(entry->values);
  memset(entry, 0, sizeof *entry);
}

static void axis_clear(mfg_problem_axis_entry *axis) {
  free(axis->name);
  free(axis->lower);
  free(axis->upper);
  free(axis->cells);
  memset(axis, 0, sizeof *axis);
}

void mfg_problem_release(mfg_problem *problem) {
  if (!problem) return;
  for (int i = 0; i < problem->parameter_count; i++) {
    free(problem->parameters[i].name);
    free(problem->parameters[i].text);
  }
  for (int i = 0; i < problem->axes; i++)
    axis_clear(&problem->axis[i]);
  for (int i = 0; i < MFG_PROBLEM_FIELD_COUNT; i++)
    entry_clear(&problem->fields[i]);
  free(problem);
}

mfg_status mfg_problem_set_parameter(mfg_problem *problem, const char *name, const char *text) {
  if (!name || !text)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "parameters",
                    "a parameter needs a name and a text, found NULL");
  int place = 0;
  while (place < problem->parameter_count && strcmp(problem->parameters[place].name, name) != 0)
    place++;
  if (place == MFG_PROBLEM_MAXIMUM_PARAMETERS)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "parameters", "more than %d parameters",
                    MFG_PROBLEM_MAXIMUM_PARAMETERS);
  mfg_problem_parameter *parameter = &problem->parameters[place];
  char *text_copy = strdup(text);
  char *name_copy = place == problem->parameter_count ? strdup(name) : parameter->name;
  if (!text_copy || !name_copy) {
    free(text_copy);
    if (place == problem->parameter_count) free(name_copy);
    return mfg_fail_out_of_memory();
  }
  free(parameter->text);
  parameter->name = name_copy;
  parameter->text = text_copy;
  if (place == problem->parameter_count) problem->parameter_count++;
  return MFG_OK;
}

static bool known_boundary(int32_t boundary) {
  return boundary >= MFG_AXIS_PERIODIC && boundary <= MFG_AXIS_EXIT;
}

mfg_status mfg_problem_add_axis(mfg_problem *problem, const mfg_problem_axis *axis) {
  if (problem->axes == MFG_PROBLEM_MAXIMUM_AXES)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "domain", "more than %d axes, expected 1 to %d",
                    MFG_PROBLEM_MAXIMUM_AXES, MFG_PROBLEM_MAXIMUM_AXES);
  if (!axis || !MFG_HAS_FIELD(axis->struct_size, mfg_problem_axis, boundary_upper))
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "domain",
                    "an axis without its struct_size, or NULL");
  if (!axis->lower || !axis->upper || !axis->cells)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "domain",
                    "axis %d needs lower, upper and cells, found NULL", problem->axes);
  if (!known_boundary(axis->boundary_lower) || !known_boundary(axis->boundary_upper))
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "domain",
                    "axis %d has a boundary that is none of enum mfg_axis_boundary", problem->axes);
  mfg_problem_axis_entry entry = {
      .name = axis->name ? strdup(axis->name) : NULL,
      .lower = strdup(axis->lower),
      .upper = strdup(axis->upper),
      .cells = strdup(axis->cells),
      .boundary = {axis->boundary_lower, axis->boundary_upper},
  };
  if ((axis->name && !entry.name) || !entry.lower || !entry.upper || !entry.cells) {
    axis_clear(&entry);
    return mfg_fail_out_of_memory();
  }
  problem->axis[problem->axes++] = entry;
  return MFG_OK;
}

static mfg_problem_entry *field_find(mfg_problem *problem, int field) {
  if (field >= 0 && field < MFG_PROBLEM_FIELD_COUNT) return &problem->fields[field];
  mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "", "field %d is none of enum mfg_problem_field", field);
  return NULL;
}

mfg_status mfg_problem_set(mfg_problem *problem, int field, const char *text) {
  mfg_problem_entry *entry = field_find(problem, field);
  if (!entry) return MFG_ERROR_INVALID_ARGUMENT;
  char *copy = text ? strdup(text) : NULL;
  if (text && !copy) return mfg_fail_out_of_memory();
  entry_clear(entry);
  entry->text = copy;
  return MFG_OK;
}

mfg_status mfg_problem_set_number(mfg_problem *problem, int field, double value) {
  if (!field_find(problem, field)) return MFG_ERROR_INVALID_ARGUMENT;
  if (!isfinite(value))
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, field_names[field],
                    "found %g, expected a finite number", value);
  char text[40];
  int64_t digits = snprintf(text, sizeof text, "%.17g", value);
  for (int64_t i = 0; i < digits; i++) /* whatever the locale writes as its decimal point */
    if (text[i] == ',') text[i] = '.';
  return mfg_problem_set(problem, field, text);
}

mfg_status mfg_problem_set_values(mfg_problem *problem, int field, int rank, const int64_t *shape,
                                  const double *values) {
  mfg_problem_entry *entry = field_find(problem, field);
  if (!entry) return MFG_ERROR_INVALID_ARGUMENT;
  if (field != MFG_PROBLEM_INITIAL_DENSITY && field != MFG_PROBLEM_TERMINAL_COST &&
      field != MFG_PROBLEM_COUPLING)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, field_names[field],
                    "takes a text, not values on the grid");
  if (rank < 1 || rank > MFG_PROBLEM_MAXIMUM_AXES + 1 || !shape || !values)
    return mfg_fail(MFG_ERROR_SHAPE, field_names[field],
                    "values need a rank of 1 to %d, a shape and the numbers",
                    MFG_PROBLEM_MAXIMUM_AXES + 1);
  mfg_problem_entry made = {.rank = rank};
  size_t count = 1;
  for (int i = 0; i < rank; i++) {
    made.shape[i] = shape[i];
    if (shape[i] < 1 || __builtin_mul_overflow(count, (size_t)shape[i], &count) ||
        count > SIZE_MAX / sizeof(double))
      return mfg_fail(MFG_ERROR_SHAPE, field_names[field], "an extent of %lld along axis %d",
                      (long long)shape[i], i);
  }
  made.values = malloc(count * sizeof(double));
  if (!made.values) return mfg_fail_out_of_memory();
  memcpy(made.values, values, count * sizeof(double));
  entry_clear(entry);
  *entry = made;
  return MFG_OK;
}

mfg_status mfg_problem_set_stationary(mfg_problem *problem, bool stationary) {
  problem->stationary = stationary;
  return MFG_OK;
}

mfg_status mfg_problem_set_normalise(mfg_problem *problem, bool normalise) {
  problem->keep_mass = !normalise;
  return MFG_OK;
}
