// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

#include <math.h>

/*
 * The rules by which nodes are made. Each holds for every operand in IEEE 754 arithmetic,
 * infinities and signed zeros included, or is a definition of the language (see expression.h). A
 * node that no rule changes is made as it is, so that building a tree again from its own nodes
 * gives it back.
 */

#define NONE MFG_EXPRESSION_NONE

static const mfg_expression_node *node_at(const mfg_expression_builder *builder, int32_t index) {
  return &builder->nodes[index];
}

static bool is(const mfg_expression_builder *builder, int32_t index,
               mfg_expression_operation operation) {
  return node_at(builder, index)->operation == operation;
}

static bool is_number(const mfg_expression_builder *builder, int32_t index, double *value) {
  if (!is(builder, index, MFG_EXPRESSION_CONSTANT)) return false;
  *value = node_at(builder, index)->value;
  return true;
}

static bool is_value(const mfg_expression_builder *builder, int32_t index, double value) {
  double found = 0.0;
  return is_number(builder, index, &found) && found == value;
}

static bool is_positive_zero(const mfg_expression_builder *builder, int32_t index) {
  return is_value(builder, index, 0.0) && !signbit(node_at(builder, index)->value);
}

static int32_t operand(const mfg_expression_builder *builder, int32_t index, int32_t which) {
  return node_at(builder, index)->operands[which];
}

static int32_t make(mfg_expression_builder *builder, mfg_expression_operation operation,
                    mfg_expression_type type, int32_t a, int32_t b, int32_t c) {
  mfg_expression_node contents = {.operation = operation,
                                  .type = type,
                                  .operand_count = (a >= 0) + (b >= 0) + (c >= 0),
                                  .operands = {a, b, c},
                                  .symbol = -1,
                                  .nonlocal = -1};
  return mfg_expression_builder_intern(builder, &contents);
}

int32_t mfg_expression_build_constant(mfg_expression_builder *builder, double value) {
  /* One NaN only, so that equal trees stay equal. */
  mfg_expression_node contents = {.operation = MFG_EXPRESSION_CONSTANT,
                                  .type = MFG_EXPRESSION_NUMBER,
                                  .operands = {NONE, NONE, NONE},
                                  .symbol = -1,
                                  .nonlocal = -1,
                                  .value = isnan(value) ? (double)NAN : value};
  return mfg_expression_builder_intern(builder, &contents);
}

int32_t mfg_expression_build_condition(mfg_expression_builder *builder, bool value) {
  mfg_expression_node contents = {.operation = MFG_EXPRESSION_CONSTANT,
                                  .type = MFG_EXPRESSION_CONDITION,
                                  .operands = {NONE, NONE, NONE},
                                  .symbol = -1,
                                  .nonlocal = -1,
                                  .value = value ? 1.0 : 0.0};
  return mfg_expression_builder_intern(builder, &contents);
}

int32_t mfg_expression_build_symbol(mfg_expression_builder *builder, int32_t symbol) {
  mfg_expression_node contents = {.operation = MFG_EXPRESSION_SYMBOL,
                                  .type = MFG_EXPRESSION_NUMBER,
                                  .operands = {NONE, NONE, NONE},
                                  .symbol = symbol,
                                  .nonlocal = -1};
  return mfg_expression_builder_intern(builder, &contents);
}

int32_t mfg_expression_build_norm(mfg_expression_builder *builder) {
  int32_t momentum[3] = {NONE, NONE, NONE};
  for (int32_t axis = 0; axis < builder->names->axes; axis++)
    momentum[axis] = mfg_expression_build_symbol(builder, MFG_EXPRESSION_MOMENTUM + axis);
  if (builder->failure) return NONE;
  if (builder->names->axes == 1)
    return mfg_expression_build_unary(builder, MFG_EXPRESSION_ABS, momentum[0]);
  return make(builder, MFG_EXPRESSION_NORM, MFG_EXPRESSION_NUMBER, momentum[0], momentum[1],
              momentum[2]);
}

static int32_t folded(mfg_expression_builder *builder, mfg_expression_type type, double value) {
  return type == MFG_EXPRESSION_CONDITION ? mfg_expression_build_condition(builder, value != 0.0)
                                          : mfg_expression_build_constant(builder, value);
}

static int32_t simplify_negate(mfg_expression_builder *builder, int32_t a) {
  double factor = 0.0;
  if (is(builder, a, MFG_EXPRESSION_NEGATE)) return operand(builder, a, 0);
  if (is(builder, a, MFG_EXPRESSION_MULTIPLY) &&
      is_number(builder, operand(builder, a, 0), &factor))
    return mfg_expression_build_binary(builder, MFG_EXPRESSION_MULTIPLY,
                                       mfg_expression_build_constant(builder, -factor),
                                       operand(builder, a, 1));
  return NONE;
}

static int32_t simplify_unary(mfg_expression_builder *builder, mfg_expression_operation operation,
                              int32_t a) {
  switch (operation) {
  case MFG_EXPRESSION_NEGATE: return simplify_negate(builder, a);
  case MFG_EXPRESSION_ABS:
    if (is(builder, a, MFG_EXPRESSION_ABS)) return a;
    if (is(builder, a, MFG_EXPRESSION_NEGATE))
      return mfg_expression_build_unary(builder, MFG_EXPRESSION_ABS, operand(builder, a, 0));
    return NONE;
  case MFG_EXPRESSION_NOT:
    if (is(builder, a, MFG_EXPRESSION_NOT)) return operand(builder, a, 0);
    if (is(builder, a, MFG_EXPRESSION_EQUAL))
      return mfg_expression_build_binary(builder, MFG_EXPRESSION_NOT_EQUAL, operand(builder, a, 0),
                                         operand(builder, a, 1));
    if (is(builder, a, MFG_EXPRESSION_NOT_EQUAL))
      return mfg_expression_build_binary(builder, MFG_EXPRESSION_EQUAL, operand(builder, a, 0),
                                         operand(builder, a, 1));
    return NONE;
  default: return NONE;
  }
}

int32_t mfg_expression_build_unary(mfg_expression_builder *builder,
                                   mfg_expression_operation operation, int32_t a) {
  if (builder->failure || a < 0) return NONE;
  mfg_expression_type type = mfg_expression_operation_table[operation].result;
  bool reduces = operation == MFG_EXPRESSION_MEAN || operation == MFG_EXPRESSION_INTEGRAL;
  if (is(builder, a, MFG_EXPRESSION_CONSTANT) && !reduces)
    return folded(builder, type,
                  mfg_expression_apply(operation, node_at(builder, a)->value, 0.0, 0.0));
  int32_t simpler = simplify_unary(builder, operation, a);
  if (simpler >= 0 || builder->failure) return simpler;
  return make(builder, operation, type, a, NONE, NONE);
}

/* A product with a negative constant: its positive counterpart, or NONE. */
static int32_t positive_counterpart(mfg_expression_builder *builder, int32_t a) {
  double factor = 0.0;
  if (!is(builder, a, MFG_EXPRESSION_MULTIPLY) ||
      !is_number(builder, operand(builder, a, 0), &factor) || !(factor < 0.0))
    return NONE;
  return mfg_expression_build_binary(builder, MFG_EXPRESSION_MULTIPLY,
                                     mfg_expression_build_constant(builder, -factor),
                                     operand(builder, a, 1));
}

/* Whether -0 is impossible, so that adding 0 changes nothing. */
static bool never_negative_zero(const mfg_expression_builder *builder, int32_t a) {
  const mfg_expression_node *node = node_at(builder, a);
  switch (node->operation) {
  case MFG_EXPRESSION_ABS:
  case MFG_EXPRESSION_NORM:
  case MFG_EXPRESSION_EXP:
  case MFG_EXPRESSION_COSH:
  case MFG_EXPRESSION_INDICATOR: return true;
  case MFG_EXPRESSION_MULTIPLY: return node->operands[0] == node->operands[1];
  /* A sum is -0 only when both terms are, and a constant term of -0 has been dropped. */
  case MFG_EXPRESSION_ADD: return is(builder, node->operands[1], MFG_EXPRESSION_CONSTANT);
  default: return false;
  }
}

static int32_t simplify_add(mfg_expression_builder *builder, int32_t a, int32_t b) {
  double value = 0.0;
  if (is_number(builder, a, &value))
    return mfg_expression_build_binary(builder, MFG_EXPRESSION_ADD, b, a);
  if (is_number(builder, b, &value) && !isnan(value)) {
    if (value == 0.0 && (signbit(value) || never_negative_zero(builder, a))) return a;
    if (signbit(value))
      return mfg_expression_build_binary(builder, MFG_EXPRESSION_SUBTRACT, a,
                                         mfg_expression_build_constant(builder, -value));
  }
  if (is(builder, b, MFG_EXPRESSION_NEGATE))
    return mfg_expression_build_binary(builder, MFG_EXPRESSION_SUBTRACT, a, operand(builder, b, 0));
  if (is(builder, a, MFG_EXPRESSION_NEGATE))
    return mfg_expression_build_binary(builder, MFG_EXPRESSION_SUBTRACT, b, operand(builder, a, 0));
  int32_t positive = positive_counterpart(builder, b);
  if (positive >= 0)
    return mfg_expression_build_binary(builder, MFG_EXPRESSION_SUBTRACT, a, positive);
  return NONE;
}

static int32_t simplify_subtract(mfg_expression_builder *builder, int32_t a, int32_t b) {
  double value = 0.0;
  if (is_number(builder, b, &value) && !isnan(value)) {
    if (value == 0.0 && !signbit(value)) return a;
    if (signbit(value))
      return mfg_expression_build_binary(builder, MFG_EXPRESSION_ADD, a,
                                         mfg_expression_build_constant(builder, -value));
  }
  if (is(builder, b, MFG_EXPRESSION_NEGATE))
    return mfg_expression_build_binary(builder, MFG_EXPRESSION_ADD, a, operand(builder, b, 0));
  int32_t positive = positive_counterpart(builder, b);
  if (positive >= 0) return mfg_expression_build_binary(builder, MFG_EXPRESSION_ADD, a, positive);
  return NONE;
}

/* |p|*|p|: the sum of squares by which the language defines |p|^2. */
static int32_t norm_squared(mfg_expression_builder *builder, int32_t norm) {
  int32_t sum = NONE;
  int32_t count = node_at(builder, norm)->operand_count;
  for (int32_t k = 0; k < count; k++) {
    int32_t component = operand(builder, norm, k);
    int32_t square =
        mfg_expression_build_binary(builder, MFG_EXPRESSION_MULTIPLY, component, component);
    sum = k == 0 ? square : mfg_expression_build_binary(builder, MFG_EXPRESSION_ADD, sum, square);
    if (builder->failure) return NONE;
  }
  return sum;
}

/* (-a) op b, a op (-b) and (-a) op (-b) for a product or a quotient: the sign moves outside. */
static int32_t extract_sign(mfg_expression_builder *builder, mfg_expression_operation operation,
                            int32_t a, int32_t b) {
  double factor = 0.0;
  bool first = is(builder, a, MFG_EXPRESSION_NEGATE),
       second = is(builder, b, MFG_EXPRESSION_NEGATE);
  if (!first && !second) return NONE;
  int32_t left = first ? operand(builder, a, 0) : a, right = second ? operand(builder, b, 0) : b;
  if (second && !first && is_number(builder, a, &factor))
    return mfg_expression_build_binary(builder, operation,
                                       mfg_expression_build_constant(builder, -factor), right);
  int32_t result = mfg_expression_build_binary(builder, operation, left, right);
  return first && second ? result
                         : mfg_expression_build_unary(builder, MFG_EXPRESSION_NEGATE, result);
}

static int32_t simplify_multiply(mfg_expression_builder *builder, int32_t a, int32_t b) {
  double value = 0.0;
  if (is_number(builder, b, &value))
    return mfg_expression_build_binary(builder, MFG_EXPRESSION_MULTIPLY, b, a);
  if (is_value(builder, a, 1.0)) return b;
  if (is_value(builder, a, -1.0))
    return mfg_expression_build_unary(builder, MFG_EXPRESSION_NEGATE, b);
  if (a == b && is(builder, a, MFG_EXPRESSION_NORM)) return norm_squared(builder, a);
  if (a == b && is(builder, a, MFG_EXPRESSION_ABS))
    return mfg_expression_build_binary(builder, MFG_EXPRESSION_MULTIPLY, operand(builder, a, 0),
                                       operand(builder, a, 0));
  return extract_sign(builder, MFG_EXPRESSION_MULTIPLY, a, b);
}

static int32_t simplify_divide(mfg_expression_builder *builder, int32_t a, int32_t b) {
  double value = 0.0;
  int exponent = 0;
  if (is_value(builder, b, 1.0)) return a;
  /* Dividing by a power of two is multiplying by its reciprocal where that is a normal number. */
  if (is_number(builder, b, &value) && isnormal(value) && isnormal(1.0 / value) &&
      fabs(frexp(value, &exponent)) == 0.5)
    return mfg_expression_build_binary(builder, MFG_EXPRESSION_MULTIPLY,
                                       mfg_expression_build_constant(builder, 1.0 / value), a);
  return extract_sign(builder, MFG_EXPRESSION_DIVIDE, a, b);
}

/* a^n for 1 <= n <= 8: a*a, (a*a)*a, (a*a)*(a*a), ... by binary powering from the left. */
static int32_t whole_power(mfg_expression_builder *builder, int32_t a, int32_t n) {
  if (n == 1 || builder->failure) return builder->failure ? NONE : a;
  int32_t half = whole_power(builder, a, n / 2);
  int32_t square = mfg_expression_build_binary(builder, MFG_EXPRESSION_MULTIPLY, half, half);
  return n % 2 == 0 ? square
                    : mfg_expression_build_binary(builder, MFG_EXPRESSION_MULTIPLY, square, a);
}

static int32_t simplify_power(mfg_expression_builder *builder, int32_t a, int32_t b) {
  double exponent = 0.0;
  if (is_value(builder, a, 2.71828182845904523536))
    return mfg_expression_build_unary(builder, MFG_EXPRESSION_EXP, b);
  if (!is_number(builder, b, &exponent)) return NONE;
  if (exponent == 0.5) return mfg_expression_build_unary(builder, MFG_EXPRESSION_SQRT, a);
  if (exponent == 0.0) return mfg_expression_build_constant(builder, 1.0);
  if (!(fabs(exponent) <= 8.0) || exponent != floor(exponent)) return NONE;
  int32_t power = whole_power(builder, a, (int32_t)fabs(exponent));
  if (exponent > 0.0) return power;
  return mfg_expression_build_binary(builder, MFG_EXPRESSION_DIVIDE,
                                     mfg_expression_build_constant(builder, 1.0), power);
}

static int32_t simplify_logic(mfg_expression_builder *builder, mfg_expression_operation operation,
                              int32_t a, int32_t b) {
  /* The value that leaves the other operand as it is; the opposite one decides alone. */
  double neutral = operation == MFG_EXPRESSION_AND ? 1.0 : 0.0, value = 0.0;
  if (a == b) return a;
  if (is_number(builder, a, &value)) return value == neutral ? b : a;
  if (is_number(builder, b, &value)) return value == neutral ? a : b;
  return NONE;
}

static int32_t simplify_binary(mfg_expression_builder *builder, mfg_expression_operation operation,
                               int32_t a, int32_t b) {
  switch (operation) {
  case MFG_EXPRESSION_ADD: return simplify_add(builder, a, b);
  case MFG_EXPRESSION_SUBTRACT: return simplify_subtract(builder, a, b);
  case MFG_EXPRESSION_MULTIPLY: return simplify_multiply(builder, a, b);
  case MFG_EXPRESSION_DIVIDE: return simplify_divide(builder, a, b);
  case MFG_EXPRESSION_POWER: return simplify_power(builder, a, b);
  case MFG_EXPRESSION_MINIMUM:
  case MFG_EXPRESSION_MAXIMUM: return a == b ? a : NONE;
  case MFG_EXPRESSION_AND:
  case MFG_EXPRESSION_OR: return simplify_logic(builder, operation, a, b);
  case MFG_EXPRESSION_NOT_EQUAL:
    if (is(builder, a, MFG_EXPRESSION_INDICATOR) && is_value(builder, b, 0.0))
      return operand(builder, a, 0);
    return NONE;
  default: return NONE;
  }
}

int32_t mfg_expression_build_binary(mfg_expression_builder *builder,
                                    mfg_expression_operation operation, int32_t a, int32_t b) {
  if (builder->failure || a < 0 || b < 0) return NONE;
  mfg_expression_type type = mfg_expression_operation_table[operation].result;
  /* A power is folded by the rules first: what 3^2 means must not depend on what is constant. */
  int32_t simpler =
      operation == MFG_EXPRESSION_POWER ? simplify_power(builder, a, b) : MFG_EXPRESSION_NONE;
  if (simpler >= 0 || builder->failure) return simpler;
  double left = 0.0, right = 0.0;
  if (is_number(builder, a, &left) && is_number(builder, b, &right))
    return folded(builder, type, mfg_expression_apply(operation, left, right, 0.0));
  simpler = simplify_binary(builder, operation, a, b);
  if (simpler >= 0 || builder->failure) return simpler;
  return make(builder, operation, type, a, b, NONE);
}

/* c ? 1 : 0 is the indicator of c, c ? 0 : 1 that of !c; NONE for all else. */
static int32_t choice_of_unit(mfg_expression_builder *builder, int32_t condition, int32_t a,
                              int32_t b) {
  bool positive = is_value(builder, a, 1.0) && is_positive_zero(builder, b);
  bool negative = is_positive_zero(builder, a) && is_value(builder, b, 1.0);
  if (!positive && !negative) return NONE;
  if (negative) condition = mfg_expression_build_unary(builder, MFG_EXPRESSION_NOT, condition);
  return mfg_expression_build_unary(builder, MFG_EXPRESSION_INDICATOR, condition);
}

int32_t mfg_expression_build_select(mfg_expression_builder *builder, int32_t condition, int32_t a,
                                    int32_t b) {
  if (builder->failure || condition < 0 || a < 0 || b < 0) return NONE;
  double value = 0.0;
  if (is_number(builder, condition, &value)) return value != 0.0 ? a : b;
  if (a == b) return a;
  mfg_expression_type type = node_at(builder, a)->type;
  int32_t indicator =
      type == MFG_EXPRESSION_NUMBER ? choice_of_unit(builder, condition, a, b) : NONE;
  if (indicator >= 0 || builder->failure) return indicator;
  if (is(builder, condition, MFG_EXPRESSION_NOT))
    return mfg_expression_build_select(builder, operand(builder, condition, 0), b, a);
  return make(builder, MFG_EXPRESSION_SELECT, type, condition, a, b);
}
