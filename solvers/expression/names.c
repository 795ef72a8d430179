// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

#include <stdio.h>
#include <string.h>

/* What a call of each function looks like. */
typedef struct function_name {
  const char *name;
  mfg_expression_operation operation;
  int32_t minimum_arguments, maximum_arguments;
} function_name;

static const function_name functions[] = {
    {"abs", MFG_EXPRESSION_ABS, 1, 1},          {"sqrt", MFG_EXPRESSION_SQRT, 1, 1},
    {"exp", MFG_EXPRESSION_EXP, 1, 1},          {"log", MFG_EXPRESSION_LOG, 1, 1},
    {"log2", MFG_EXPRESSION_LOG2, 1, 1},        {"log10", MFG_EXPRESSION_LOG10, 1, 1},
    {"sin", MFG_EXPRESSION_SIN, 1, 1},          {"cos", MFG_EXPRESSION_COS, 1, 1},
    {"tan", MFG_EXPRESSION_TAN, 1, 1},          {"asin", MFG_EXPRESSION_ASIN, 1, 1},
    {"acos", MFG_EXPRESSION_ACOS, 1, 1},        {"atan", MFG_EXPRESSION_ATAN, 1, 1},
    {"atan2", MFG_EXPRESSION_ATAN2, 2, 2},      {"sinh", MFG_EXPRESSION_SINH, 1, 1},
    {"cosh", MFG_EXPRESSION_COSH, 1, 1},        {"tanh", MFG_EXPRESSION_TANH, 1, 1},
    {"erf", MFG_EXPRESSION_ERF, 1, 1},          {"floor", MFG_EXPRESSION_FLOOR, 1, 1},
    {"ceil", MFG_EXPRESSION_CEIL, 1, 1},        {"sign", MFG_EXPRESSION_SIGN, 1, 1},
    {"min", MFG_EXPRESSION_MINIMUM, 2, -1},     {"max", MFG_EXPRESSION_MAXIMUM, 2, -1},
    {"pow", MFG_EXPRESSION_POWER, 2, 2},        {"mean", MFG_EXPRESSION_MEAN, 1, 1},
    {"integral", MFG_EXPRESSION_INTEGRAL, 1, 1}};

static const size_t function_count = sizeof functions / sizeof functions[0];

const char *mfg_expression_axis_name(const mfg_expression_symbols *symbols, int32_t axis) {
  static const char *const usual[3] = {"x", "y", "z"};
  return symbols->axis_names[axis] ? symbols->axis_names[axis] : usual[axis];
}

static bool same(const char *name, size_t length, const char *other) {
  return strncmp(name, other, length) == 0 && other[length] == '\0';
}

static mfg_expression_resolution symbol_resolution(int32_t symbol, uint32_t permission) {
  return (mfg_expression_resolution){
      .meaning = MFG_EXPRESSION_MEANS_SYMBOL, .permission = permission, .symbol = symbol};
}

static mfg_expression_resolution constant_resolution(double value) {
  return (mfg_expression_resolution){.meaning = MFG_EXPRESSION_MEANS_CONSTANT, .value = value};
}

static mfg_expression_resolution resolve_function(const char *name, size_t length) {
  mfg_expression_resolution result = {.meaning = MFG_EXPRESSION_MEANS_NOTHING};
  for (size_t i = 0; i < function_count; i++) {
    if (!same(name, length, functions[i].name)) continue;
    bool reduces = functions[i].operation == MFG_EXPRESSION_MEAN ||
                   functions[i].operation == MFG_EXPRESSION_INTEGRAL;
    result.meaning = MFG_EXPRESSION_MEANS_FUNCTION;
    result.permission = reduces ? MFG_EXPRESSION_ALLOW_NONLOCAL : 0;
    result.operation = functions[i].operation;
    result.minimum_arguments = functions[i].minimum_arguments;
    result.maximum_arguments = functions[i].maximum_arguments;
  }
  return result;
}

static mfg_expression_resolution resolve_axis(const mfg_expression_symbols *symbols,
                                              const char *name, size_t length) {
  for (int32_t axis = 0; axis < symbols->axes; axis++) {
    const char *axis_name = mfg_expression_axis_name(symbols, axis);
    if (same(name, length, axis_name))
      return symbol_resolution(MFG_EXPRESSION_COORDINATE + axis, MFG_EXPRESSION_ALLOW_COORDINATES);
    if (name[0] == 'p' && same(name + 1, length - 1, axis_name))
      return symbol_resolution(MFG_EXPRESSION_MOMENTUM + axis, MFG_EXPRESSION_ALLOW_MOMENTUM);
  }
  return (mfg_expression_resolution){.meaning = MFG_EXPRESSION_MEANS_NOTHING};
}

/* The names of the language come first, so that a caller's name never hides one. */
mfg_expression_resolution mfg_expression_resolve(const mfg_expression_symbols *symbols,
                                                 const char *name, size_t length) {
  mfg_expression_resolution found = {.meaning = MFG_EXPRESSION_MEANS_NOTHING};
  if (length > MFG_EXPRESSION_MAXIMUM_NAME) return found;
  if (same(name, length, "pi")) return constant_resolution(3.14159265358979323846);
  if (same(name, length, "e")) return constant_resolution(2.71828182845904523536);
  if (same(name, length, "t"))
    return symbol_resolution(MFG_EXPRESSION_TIME, MFG_EXPRESSION_ALLOW_TIME);
  if (same(name, length, "m"))
    return symbol_resolution(MFG_EXPRESSION_DENSITY, MFG_EXPRESSION_ALLOW_DENSITY);
  if (same(name, length, "p")) {
    found = symbol_resolution(MFG_EXPRESSION_MOMENTUM, MFG_EXPRESSION_ALLOW_MOMENTUM);
    if (symbols->axes != 1) found.meaning = MFG_EXPRESSION_MEANS_VECTOR;
    return found;
  }
  found = resolve_function(name, length);
  if (found.meaning == MFG_EXPRESSION_MEANS_NOTHING) found = resolve_axis(symbols, name, length);
  for (size_t i = 0; i < symbols->parameter_count && !found.meaning; i++)
    if (same(name, length, symbols->parameters[i].name))
      found = constant_resolution(symbols->parameters[i].value);
  for (size_t i = 0; i < symbols->variable_count && !found.meaning; i++)
    if (same(name, length, symbols->variables[i]))
      found = symbol_resolution(MFG_EXPRESSION_VARIABLE + (int32_t)i, 0);
  return found;
}

/* A callback for every name that may be used with these symbols. */
typedef void name_visitor(void *state, const char *name);

static void visit_functions(const mfg_expression_symbols *symbols, name_visitor *visit,
                            void *state) {
  for (size_t i = 0; i < function_count; i++) {
    mfg_expression_resolution found =
        resolve_function(functions[i].name, strlen(functions[i].name));
    if ((found.permission & ~symbols->allowed) == 0) visit(state, functions[i].name);
  }
}

static void visit_names(const mfg_expression_symbols *symbols, name_visitor *visit, void *state) {
  char momentum[MFG_EXPRESSION_MAXIMUM_NAME + 2];
  if (symbols->allowed & MFG_EXPRESSION_ALLOW_COORDINATES)
    for (int32_t axis = 0; axis < symbols->axes; axis++)
      visit(state, mfg_expression_axis_name(symbols, axis));
  if (symbols->allowed & MFG_EXPRESSION_ALLOW_TIME) visit(state, "t");
  if (symbols->allowed & MFG_EXPRESSION_ALLOW_DENSITY) visit(state, "m");
  if (symbols->allowed & MFG_EXPRESSION_ALLOW_MOMENTUM) {
    visit(state, symbols->axes == 1 ? "p" : "|p|");
    for (int32_t axis = 0; axis < symbols->axes; axis++) {
      snprintf(momentum, sizeof momentum, "p%s", mfg_expression_axis_name(symbols, axis));
      visit(state, momentum);
    }
  }
  for (size_t i = 0; i < symbols->parameter_count; i++)
    visit(state, symbols->parameters[i].name);
  for (size_t i = 0; i < symbols->variable_count; i++)
    visit(state, symbols->variables[i]);
  visit(state, "pi");
  visit(state, "e");
  if (symbols->allowed & MFG_EXPRESSION_ALLOW_NONLOCAL) {
    visit(state, "mean()");
    visit(state, "integral()");
  }
}

static void append(mfg_expression_error *error, const char *text) {
  size_t used = strlen(error->text), added = strlen(text);
  const size_t tail = sizeof " ...";
  if (used >= 4 && strcmp(error->text + used - 4, " ...") == 0) return;
  if (used + added + tail <= sizeof error->text)
    memcpy(error->text + used, text, added + 1);
  else
    memcpy(error->text + used, " ...", tail);
}

typedef struct listing {
  mfg_expression_error *error;
  bool started;
} listing;

static void list_name(void *state, const char *name) {
  listing *list = state;
  if (list->started) append(list->error, ", ");
  append(list->error, name);
  list->started = true;
}

void mfg_expression_error_add_known(mfg_expression_error *error,
                                    const mfg_expression_symbols *symbols, bool function) {
  if (!error) return;
  listing list = {error, false};
  /* After a suggestion the sentence has ended. */
  size_t used = strlen(error->text);
  append(error, used > 0 && error->text[used - 1] == '?' ? " known here: " : "; known here: ");
  if (function)
    visit_functions(symbols, list_name, &list);
  else
    visit_names(symbols, list_name, &list);
}

static int32_t smallest(int32_t a, int32_t b) {
  return a < b ? a : b;
}

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Insertions, deletions, replacements and swaps of neighbours that lead from a to b, upper and
   lower case being alike. Both have at most MFG_EXPRESSION_MAXIMUM_NAME characters. */
static int32_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length) {
  int32_t rows[3][MFG_EXPRESSION_MAXIMUM_NAME + 1];
  for (size_t j = 0; j <= b_length; j++)
    rows[0][j] = (int32_t)j;
  for (size_t i = 1; i <= a_length; i++) {
    int32_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
    row[0] = (int32_t)i;
    for (size_t j = 1; j <= b_length; j++) {
      int32_t replaced = above[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));
      row[j] = smallest(smallest(above[j], row[j - 1]) + 1, replaced);
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = smallest(row[j], two_above[j - 2] + 1);
    }
  }
  return rows[a_length % 3][b_length];
}

typedef struct nearest_name {
  const char *name;
  size_t length;
  int32_t best;
  char found[MFG_EXPRESSION_MAXIMUM_NAME + 2];
} nearest_name;

static void consider(void *state, const char *name) {
  nearest_name *nearest = state;
  size_t length = strcspn(name, "(");
  if (name[0] == '|' || length > MFG_EXPRESSION_MAXIMUM_NAME) return;
  int32_t distance = edit_distance(nearest->name, nearest->length, name, length);
  if (distance < nearest->best) {
    nearest->best = distance;
    memcpy(nearest->found, name, length);
    nearest->found[length] = '\0';
  }
}

void mfg_expression_error_add_nearest(mfg_expression_error *error,
                                      const mfg_expression_symbols *symbols, const char *name,
                                      size_t length, bool function) {
  if (!error || length > MFG_EXPRESSION_MAXIMUM_NAME) return;
  /* A name of one letter is near to every other one, so only its case may be wrong. */
  nearest_name nearest = {name, length, length == 1 ? 1 : length < 5 ? 2 : 3, ""};
  if (function)
    visit_functions(symbols, consider, &nearest);
  else
    visit_names(symbols, consider, &nearest);
  if (!nearest.found[0]) return;
  append(error, "; did you mean '");
  append(error, nearest.found);
  append(error, "'?");
}

bool mfg_expression_is_name_character(char c, bool first) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (!first && c >= '0' && c <= '9');
}

static bool check_spelling(const char *name, const char *what, mfg_expression_error *error) {
  size_t length = name ? strnlen(name, MFG_EXPRESSION_MAXIMUM_NAME + 1) : 0;
  bool good = length > 0 && length <= MFG_EXPRESSION_MAXIMUM_NAME;
  for (size_t i = 0; i < length && good; i++)
    good = mfg_expression_is_name_character(name[i], i == 0);
  if (!good)
    mfg_expression_error_set(error,
                             "'%.*s' cannot be the name of %s; expected a letter, then letters, "
                             "digits or _, at most %d",
                             MFG_EXPRESSION_MAXIMUM_NAME, name ? name : "", what,
                             MFG_EXPRESSION_MAXIMUM_NAME);
  return good;
}

bool mfg_expression_check_name(const mfg_expression_symbols *symbols, const char *name,
                               mfg_expression_error *error) {
  if (!check_spelling(name, "a parameter", error)) return false;
  mfg_expression_symbols language = *symbols;
  language.parameter_count = 0;
  language.variable_count = 0;
  if (mfg_expression_resolve(&language, name, strlen(name)).meaning == MFG_EXPRESSION_MEANS_NOTHING)
    return true;
  mfg_expression_error_set(error,
                           "'%s' has a meaning of its own in expressions; expected another "
                           "name for the parameter",
                           name);
  return false;
}

/* An axis must not take a name of the language or of another axis, nor may "p" and its name. */
static bool check_axes(const mfg_expression_symbols *symbols, mfg_expression_error *error) {
  if (symbols->axes < 0 || symbols->axes > 3) {
    mfg_expression_error_set(error, "%d axes; expected 0 to 3", (int)symbols->axes);
    return false;
  }
  mfg_expression_symbols others = *symbols;
  others.parameter_count = 0;
  others.variable_count = 0;
  for (others.axes = 0; others.axes < symbols->axes; others.axes++) {
    const char *name = mfg_expression_axis_name(symbols, others.axes);
    char momentum[MFG_EXPRESSION_MAXIMUM_NAME + 2];
    if (!check_spelling(name, "an axis", error)) return false;
    snprintf(momentum, sizeof momentum, "p%s", name);
    if (strlen(momentum) > MFG_EXPRESSION_MAXIMUM_NAME ||
        mfg_expression_resolve(&others, name, strlen(name)).meaning ||
        mfg_expression_resolve(&others, momentum, strlen(momentum)).meaning) {
      mfg_expression_error_set(error,
                               "'%s' cannot be the name of an axis: it or '%s' has a meaning "
                               "of its own in expressions",
                               name, momentum);
      return false;
    }
  }
  return true;
}

static const char *own_name(const mfg_expression_symbols *symbols, size_t index) {
  return index < symbols->parameter_count ? symbols->parameters[index].name
                                          : symbols->variables[index - symbols->parameter_count];
}

bool mfg_expression_symbols_check(const mfg_expression_symbols *symbols,
                                  mfg_expression_error *error) {
  if (!check_axes(symbols, error)) return false;
  if (symbols->parameter_count > MFG_EXPRESSION_MAXIMUM_NAMES ||
      symbols->variable_count > MFG_EXPRESSION_MAXIMUM_NAMES) {
    mfg_expression_error_set(error, "%zu parameters and %zu variables; expected at most %d of each",
                             symbols->parameter_count, symbols->variable_count,
                             MFG_EXPRESSION_MAXIMUM_NAMES);
    return false;
  }
  for (size_t i = 0; i < symbols->parameter_count + symbols->variable_count; i++) {
    const char *name = own_name(symbols, i);
    if (!mfg_expression_check_name(symbols, name, error)) return false;
    for (size_t j = 0; j < i; j++)
      if (strcmp(name, own_name(symbols, j)) == 0) {
        mfg_expression_error_set(error, "the name '%s' is given twice", name);
        return false;
      }
  }
  return true;
}
