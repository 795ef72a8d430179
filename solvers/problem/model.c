/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "problem/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/error.h"

/* What the texts of a problem may name. */
typedef struct reader {
  const mfg_problem *problem;
  mfg_expression_parameter parameters[MFG_PROBLEM_MAXIMUM_PARAMETERS];
  size_t parameter_count;
} reader;

static const char *const default_axis_names[MFG_PROBLEM_MAXIMUM_AXES] = {"x", "y", "z"};

static const char *axis_name(const mfg_problem *problem, int axis) {
  const char *name = problem->axis[axis].name;
  return name ? name : default_axis_names[axis];
}

static mfg_expression_symbols symbols_for(const reader *r, const char *field, uint32_t allowed) {
  mfg_expression_symbols symbols = {
      .field = field,
      .allowed = allowed,
      .type = MFG_EXPRESSION_NUMBER,
      .axes = r->problem->axes,
      .parameters = r->parameters,
      .parameter_count = r->parameter_count,
  };
  for (int d = 0; d < r->problem->axes; d++)
    symbols.axis_names[d] = axis_name(r->problem, d);
  return symbols;
}

/* Where time stands still, no text may name it. */
static uint32_t allowed_now(const reader *r, uint32_t allowed) {
  return r->problem->stationary ? allowed & ~(uint32_t)MFG_EXPRESSION_ALLOW_TIME : allowed;
}

static mfg_status parse(const reader *r, const char *field, const char *text,
                        const mfg_expression_symbols *symbols, mfg_expression **expression) {
  (void)r;
  mfg_expression_error error;
  *expression = mfg_expression_parse(text, symbols, &error);
  return *expression ? MFG_OK : mfg_fail_expression(field, &error);
}

/* A text in numbers and parameters alone. */
static mfg_status read_number(const reader *r, const char *field, const char *text, double *value) {
  mfg_expression_symbols symbols = symbols_for(r, field, MFG_EXPRESSION_IN_NUMBER);
  mfg_expression *expression;
  mfg_status status = parse(r, field, text, &symbols, &expression);
  if (status != MFG_OK) return status;
  mfg_expression_point nowhere = {0};
  bool evaluated = mfg_expression_evaluate(expression, &nowhere, value);
  mfg_expression_free(expression);
  if (!evaluated) return mfg_fail_out_of_memory();
  if (!isfinite(*value))
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, field, "\"%.200s\" is %g, expected a finite number",
                    text, *value);
  return MFG_OK;
}

static mfg_status read_count(const reader *r, const char *field, const char *text, int64_t least,
                             int64_t *count) {
  double value;
  mfg_status status = read_number(r, field, text, &value);
  if (status != MFG_OK) return status;
  if (value != floor(value) || value < (double)least || value > 2147483647.0)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, field,
                    "found %g, expected a whole number from %lld to 2147483647", value,
                    (long long)least);
  *count = (int64_t)value;
  return MFG_OK;
}

static mfg_status read_parameters(const mfg_problem *problem, reader *r) {
  mfg_expression_symbols names = symbols_for(r, "the parameters", MFG_EXPRESSION_IN_NUMBER);
  r->parameter_count = 0;
  for (int i = 0; i < problem->parameter_count; i++) {
    const mfg_problem_parameter *parameter = &problem->parameters[i];
    char field[128];
    snprintf(field, sizeof field, "parameters.%s", parameter->name);
    mfg_expression_error error;
    if (!mfg_expression_check_name(&names, parameter->name, &error))
      return mfg_fail_expression(field, &error);
    double value;
    mfg_status status = read_number(r, field, parameter->text, &value);
    if (status != MFG_OK) return status;
    r->parameters[r->parameter_count++] =
        (mfg_expression_parameter){.name = parameter->name, .value = value};
  }
  return MFG_OK;
}

static mfg_status read_axis(const reader *r, int index, mfg_grid_axis *axis) {
  const mfg_problem_axis_entry *entry = &r->problem->axis[index];
  char field[64];
  snprintf(field, sizeof field, "domain[%d].name", index);
  if (strlen(axis_name(r->problem, index)) >= sizeof axis->name)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, field, "a name longer than %zu bytes",
                    sizeof axis->name - 1);
  strcpy(axis->name, axis_name(r->problem, index));
  memcpy(axis->boundary, entry->boundary, sizeof axis->boundary);
  bool periodic = entry->boundary[0] == MFG_AXIS_PERIODIC;
  snprintf(field, sizeof field, "domain[%d].boundary", index);
  if (periodic != (entry->boundary[1] == MFG_AXIS_PERIODIC))
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, field,
                    "periodic at one end only, expected both ends or none");
  snprintf(field, sizeof field, "domain[%d].lower", index);
  mfg_status status = read_number(r, field, entry->lower, &axis->lower);
  snprintf(field, sizeof field, "domain[%d].upper", index);
  if (status == MFG_OK) status = read_number(r, field, entry->upper, &axis->upper);
  if (status != MFG_OK) return status;
  if (!(axis->upper > axis->lower) || !isfinite(axis->upper - axis->lower))
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, field,
                    "found %g, expected a number above the lower end %g", axis->upper, axis->lower);
  snprintf(field, sizeof field, "domain[%d].cells", index);
  return read_count(r, field, entry->cells, periodic ? 3 : 1, &axis->cells);
}

static mfg_status read_domain(const reader *r, mfg_grid *grid) {
  grid->axes = r->problem->axes;
  if (grid->axes == 0)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "domain", "no axis, expected 1 to %d",
                    MFG_PROBLEM_MAXIMUM_AXES);
  for (int d = 0; d < grid->axes; d++) {
    mfg_status status = read_axis(r, d, &grid->axis[d]);
    if (status != MFG_OK) return status;
  }
  return MFG_OK;
}

static mfg_status require(const mfg_problem *problem, int field) {
  const mfg_problem_entry *entry = &problem->fields[field];
  if (entry->text || entry->values) return MFG_OK;
  const char *name = mfg_problem_field_name(field);
  return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, name, "the %s is missing", name);
}

static mfg_status require_text(const mfg_problem *problem, int field, const char **text) {
  *text = problem->fields[field].text;
  return require(problem, field);
}

static mfg_status read_time(const reader *r, mfg_grid *grid) {
  if (r->problem->stationary) {
    grid->horizon = 1;
    grid->steps = 1;
    return MFG_OK;
  }
  const char *text;
  mfg_status status = require_text(r->problem, MFG_PROBLEM_HORIZON, &text);
  if (status == MFG_OK) status = read_number(r, "horizon", text, &grid->horizon);
  if (status == MFG_OK && !(grid->horizon > 0))
    status = mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "horizon", "found %g, expected a number above 0",
                      grid->horizon);
  if (status == MFG_OK) status = require_text(r->problem, MFG_PROBLEM_STEPS, &text);
  if (status == MFG_OK) status = read_count(r, "steps", text, 1, &grid->steps);
  if (status != MFG_OK) return status;
  int64_t elements = grid->steps + 1;
  for (int d = 0; d < grid->axes; d++)
    if (__builtin_mul_overflow(elements, grid->axis[d].cells, &elements) ||
        elements > INT64_MAX / 64)
      return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "steps",
                      "steps times cells is more than can be addressed");
  return MFG_OK;
}

static mfg_status read_viscosity(const reader *r, mfg_model *model) {
  const char *text;
  mfg_status status = require_text(r->problem, MFG_PROBLEM_VISCOSITY, &text);
  if (status == MFG_OK) status = read_number(r, "viscosity", text, &model->viscosity);
  if (status == MFG_OK && model->viscosity < 0)
    status = mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "viscosity",
                      "found %g, expected a number that is not negative", model->viscosity);
  return status;
}

static mfg_status read_hamiltonian(const reader *r, mfg_model *model) {
  const char *text;
  mfg_status status = require_text(r->problem, MFG_PROBLEM_HAMILTONIAN, &text);
  if (status != MFG_OK) return status;
  mfg_expression_symbols symbols =
      symbols_for(r, "the Hamiltonian", allowed_now(r, MFG_EXPRESSION_IN_HAMILTONIAN));
  mfg_expression *expression;
  status = parse(r, "hamiltonian", text, &symbols, &expression);
  if (status != MFG_OK) return status;
  mfg_expression_error error;
  bool split = mfg_expression_quadratic_split(expression, &model->hamiltonian, &error);
  mfg_expression_free(expression);
  if (!split) return mfg_fail_expression("hamiltonian", &error);
  if (!model->hamiltonian.is_quadratic)
    return mfg_fail(MFG_ERROR_UNSUPPORTED, "hamiltonian",
                    "\"%.200s\" is not quadratic in the momentum; this version solves "
                    "a*|p|^2 + b*p + c, where a, b and c are free of p",
                    text);
  for (int d = 0; d < model->grid.axes; d++) {
    double value;
    if (mfg_expression_is_constant(model->hamiltonian.quadratic[d], &value) && !(value >= 0))
      return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "hamiltonian",
                      "\"%.200s\" has the coefficient %g of |p|^2, expected one that is not "
                      "negative",
                      text, value);
  }
  return MFG_OK;
}

/* Whether the values have the shape (cells...), or where `levels` also (steps+1, cells...). */
static mfg_status check_values(const mfg_grid *grid, int field, const mfg_problem_entry *entry,
                               bool levels) {
  int leading = entry->rank - grid->axes;
  bool fits = leading == 0 || (leading == 1 && levels && entry->shape[0] == grid->steps + 1);
  for (int d = 0; fits && d < grid->axes; d++)
    fits = entry->shape[leading + d] == grid->axis[d].cells;
  if (fits) return MFG_OK;
  return mfg_fail(MFG_ERROR_SHAPE, mfg_problem_field_name(field),
                  "values of rank %d that begins with %lld; expected the cells of the grid%s",
                  entry->rank, (long long)entry->shape[0],
                  levels ? ", or a first axis of steps+1 levels before them" : "");
}

static mfg_status read_field(const reader *r, const mfg_grid *grid, int field, uint32_t allowed,
                             mfg_expression **expression, const mfg_problem_entry **values) {
  const mfg_problem_entry *entry = &r->problem->fields[field];
  const char *name = mfg_problem_field_name(field);
  if (entry->values) {
    *values = entry;
    return check_values(grid, field, entry,
                        field == MFG_PROBLEM_COUPLING && !r->problem->stationary);
  }
  mfg_expression_symbols symbols = symbols_for(r, name, allowed);
  return parse(r, name, entry->text ? entry->text : "0", &symbols, expression);
}

static mfg_status read_exit_cost(const reader *r, mfg_model *model) {
  const char *text = r->problem->fields[MFG_PROBLEM_EXIT_COST].text;
  mfg_expression_symbols symbols = symbols_for(r, "exit_cost", MFG_EXPRESSION_IN_EXIT_COST);
  return parse(r, "exit_cost", text ? text : "0", &symbols, &model->exit_cost);
}

static mfg_status read_obstacle(const reader *r, mfg_model *model) {
  const char *text = r->problem->fields[MFG_PROBLEM_OBSTACLE].text;
  if (!text) return MFG_OK;
  mfg_expression_symbols symbols = symbols_for(r, "the obstacle", MFG_EXPRESSION_IN_OBSTACLE);
  symbols.type = MFG_EXPRESSION_CONDITION;
  return parse(r, "obstacle", text, &symbols, &model->obstacle);
}

/* What a problem has at its two ends in time. */
static mfg_status read_ends(const reader *r, mfg_model *model) {
  mfg_status status =
      read_field(r, &model->grid, MFG_PROBLEM_TERMINAL_COST, MFG_EXPRESSION_IN_TERMINAL_COST,
                 &model->terminal_cost, &model->terminal_values);
  if (status == MFG_OK) status = require(r->problem, MFG_PROBLEM_INITIAL_DENSITY);
  if (status != MFG_OK) return status;
  return read_field(r, &model->grid, MFG_PROBLEM_INITIAL_DENSITY, MFG_EXPRESSION_IN_INITIAL_DENSITY,
                    &model->initial_density, &model->initial_values);
}

/* A stationary problem has no ends; its iteration begins at the uniform density. Nobody may leave:
 * what leaves for ever leaves nobody behind. */
static mfg_status read_no_ends(const reader *r, mfg_model *model) {
  if (mfg_grid_has_exit(&model->grid))
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "time",
                    "a stationary problem keeps its mass, but an axis has an exit; expected "
                    "periodic or no-flux");
  mfg_expression_symbols symbols =
      symbols_for(r, "the stationary problem", MFG_EXPRESSION_IN_NUMBER);
  mfg_status status = parse(r, "time", "0", &symbols, &model->terminal_cost);
  return status == MFG_OK ? parse(r, "time", "1", &symbols, &model->initial_density) : status;
}

static mfg_status read_model(const reader *r, mfg_model *model) {
  mfg_status status = read_domain(r, &model->grid);
  if (status == MFG_OK) status = read_time(r, &model->grid);
  if (status == MFG_OK) status = read_viscosity(r, model);
  if (status == MFG_OK) status = read_hamiltonian(r, model);
  if (status == MFG_OK)
    status = read_field(r, &model->grid, MFG_PROBLEM_COUPLING,
                        allowed_now(r, MFG_EXPRESSION_IN_COUPLING), &model->coupling,
                        &model->coupling_values);
  if (status == MFG_OK) status = model->stationary ? read_no_ends(r, model) : read_ends(r, model);
  if (status == MFG_OK) status = read_exit_cost(r, model);
  return status == MFG_OK ? read_obstacle(r, model) : status;
}

mfg_status mfg_model_create(const mfg_problem *problem, mfg_model *model) {
  memset(model, 0, sizeof *model);
  model->stationary = problem->stationary;
  model->normalise = problem->stationary || !problem->keep_mass;
  reader r = {.problem = problem};
  mfg_status status = read_parameters(problem, &r);
  if (status == MFG_OK) status = read_model(&r, model);
  if (status != MFG_OK) mfg_model_release(model);
  return status;
}

void mfg_model_release(mfg_model *model) {
  mfg_expression_quadratic_free(&model->hamiltonian);
  mfg_expression_free(model->coupling);
  mfg_expression_free(model->terminal_cost);
  mfg_expression_free(model->initial_density);
  mfg_expression_free(model->exit_cost);
  mfg_expression_free(model->obstacle);
  memset(model, 0, sizeof *model);
}

mfg_status mfg_problem_check(const mfg_problem *problem) {
  mfg_model model;
  mfg_status status = mfg_model_create(problem, &model);
  if (status == MFG_OK) mfg_model_release(&model);
  return status;
}

mfg_status mfg_problem_number(const mfg_problem *problem, const char *field, const char *text,
                              double *value) {
  reader r = {.problem = problem};
  mfg_status status = read_parameters(problem, &r);
  return status == MFG_OK ? read_number(&r, field, text, value) : status;
}
