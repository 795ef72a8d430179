// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

#include <stdlib.h>

/*
 * Forward differentiation: one pass over the nodes in post-order, each derivative built from those
 * of the operands. A derivative that is zero by structure is ZERO and takes part in nothing, so no
 * 0*a is ever made.
 */

#define ZERO MFG_EXPRESSION_NONE

typedef struct differentiation {
  mfg_expression_builder *builder;
  int32_t *derivatives; /* of the nodes seen so far */
  int32_t symbol;
  int32_t by_node;
} differentiation;

static int32_t number(differentiation *by, double value) {
  return mfg_expression_build_constant(by->builder, value);
}

static int32_t unary(differentiation *by, mfg_expression_operation operation, int32_t a) {
  return mfg_expression_build_unary(by->builder, operation, a);
}

static int32_t binary(differentiation *by, mfg_expression_operation operation, int32_t a,
                      int32_t b) {
  return mfg_expression_build_binary(by->builder, operation, a, b);
}

static int32_t negative(differentiation *by, int32_t a) {
  return a == ZERO ? ZERO : unary(by, MFG_EXPRESSION_NEGATE, a);
}

static int32_t sum(differentiation *by, int32_t a, int32_t b) {
  if (a == ZERO) return b;
  return b == ZERO ? a : binary(by, MFG_EXPRESSION_ADD, a, b);
}

static bool is_constant(const differentiation *by, int32_t a) {
  return by->builder->nodes[a].operation == MFG_EXPRESSION_CONSTANT;
}

/* Where a is c*b: c in `factor` and b; else a itself. */
static int32_t without_factor(const differentiation *by, int32_t a, double *factor) {
  const mfg_expression_node *node = &by->builder->nodes[a];
  if (node->operation != MFG_EXPRESSION_MULTIPLY || !is_constant(by, node->operands[0])) return a;
  *factor *= by->builder->nodes[node->operands[0]].value;
  return node->operands[1];
}

/*
 * A product, the constant factors collected in front. That may round otherwise than the product as
 * written; a derivative is a new formula, so nobody's value changes, and 0.5*|p|^2 gives px.
 */
static int32_t product(differentiation *by, int32_t a, int32_t b) {
  if (a == ZERO || b == ZERO || by->builder->failure) return ZERO;
  if (is_constant(by, a) || is_constant(by, b)) {
    int32_t constant = is_constant(by, a) ? a : b, other = is_constant(by, a) ? b : a;
    double factor = by->builder->nodes[constant].value;
    other = without_factor(by, other, &factor);
    return binary(by, MFG_EXPRESSION_MULTIPLY, number(by, factor), other);
  }
  double factor = 1.0;
  int32_t left = without_factor(by, a, &factor), right = without_factor(by, b, &factor);
  if (left == a && right == b) return binary(by, MFG_EXPRESSION_MULTIPLY, a, b);
  return binary(by, MFG_EXPRESSION_MULTIPLY, number(by, factor),
                binary(by, MFG_EXPRESSION_MULTIPLY, left, right));
}

static int32_t quotient(differentiation *by, int32_t a, int32_t b) {
  return a == ZERO ? ZERO : binary(by, MFG_EXPRESSION_DIVIDE, a, b);
}

static int32_t square(differentiation *by, int32_t a) {
  return binary(by, MFG_EXPRESSION_MULTIPLY, a, a);
}

static int32_t choice(differentiation *by, int32_t condition, int32_t a, int32_t b) {
  if (a == ZERO && b == ZERO) return ZERO;
  return mfg_expression_build_select(by->builder, condition, a == ZERO ? number(by, 0.0) : a,
                                     b == ZERO ? number(by, 0.0) : b);
}

/* 1/(c*a) by the slope of a, for the logarithms. */
static int32_t logarithmic(differentiation *by, int32_t a, int32_t slope, double c) {
  return product(by, number(by, 1.0 / c), quotient(by, slope, a));
}

/* slope/sqrt(1 - a^2), the derivative of asin. */
static int32_t arcsine(differentiation *by, int32_t a, int32_t slope) {
  int32_t inside = binary(by, MFG_EXPRESSION_SUBTRACT, number(by, 1.0), square(by, a));
  return quotient(by, slope, unary(by, MFG_EXPRESSION_SQRT, inside));
}

/* 2/sqrt(pi) exp(-a^2). */
static int32_t error_function(differentiation *by, int32_t a, int32_t slope) {
  const double two_over_root_pi = 1.12837916709551257390;
  int32_t bell = unary(by, MFG_EXPRESSION_EXP, negative(by, square(by, a)));
  return product(by, number(by, two_over_root_pi), product(by, bell, slope));
}

/* `node` is the value itself, from which exp, sqrt, tan and tanh take their slope. */
static int32_t function_slope(differentiation *by, int32_t node, mfg_expression_operation operation,
                              int32_t a, int32_t slope) {
  const double ln2 = 0.69314718055994530942, ln10 = 2.30258509299404568402;
  int32_t one = number(by, 1.0);
  switch (operation) {
  case MFG_EXPRESSION_NEGATE: return negative(by, slope);
  case MFG_EXPRESSION_ABS: return product(by, unary(by, MFG_EXPRESSION_SIGN, a), slope);
  case MFG_EXPRESSION_SQRT: return product(by, number(by, 0.5), quotient(by, slope, node));
  case MFG_EXPRESSION_EXP: return product(by, node, slope);
  case MFG_EXPRESSION_LOG: return quotient(by, slope, a);
  case MFG_EXPRESSION_LOG2: return logarithmic(by, a, slope, ln2);
  case MFG_EXPRESSION_LOG10: return logarithmic(by, a, slope, ln10);
  case MFG_EXPRESSION_SIN: return product(by, unary(by, MFG_EXPRESSION_COS, a), slope);
  case MFG_EXPRESSION_COS:
    return negative(by, product(by, unary(by, MFG_EXPRESSION_SIN, a), slope));
  case MFG_EXPRESSION_TAN:
    return product(by, binary(by, MFG_EXPRESSION_ADD, square(by, node), one), slope);
  case MFG_EXPRESSION_ASIN: return arcsine(by, a, slope);
  case MFG_EXPRESSION_ACOS: return negative(by, arcsine(by, a, slope));
  case MFG_EXPRESSION_ATAN:
    return quotient(by, slope, binary(by, MFG_EXPRESSION_ADD, square(by, a), one));
  case MFG_EXPRESSION_SINH: return product(by, unary(by, MFG_EXPRESSION_COSH, a), slope);
  case MFG_EXPRESSION_COSH: return product(by, unary(by, MFG_EXPRESSION_SINH, a), slope);
  case MFG_EXPRESSION_TANH:
    return product(by, binary(by, MFG_EXPRESSION_SUBTRACT, one, square(by, node)), slope);
  case MFG_EXPRESSION_ERF: return error_function(by, a, slope);
  default: return ZERO; /* floor, ceil, sign, indicator: constant between their jumps */
  }
}

static int32_t product_slope(differentiation *by, int32_t a, int32_t b, int32_t da, int32_t db) {
  if (a == b) return product(by, number(by, 2.0), product(by, a, da));
  return sum(by, product(by, da, b), product(by, a, db));
}

/* (da - (a/b)*db)/b, which reuses the quotient. */
static int32_t quotient_slope(differentiation *by, int32_t node, int32_t b, int32_t da,
                              int32_t db) {
  return quotient(by, sum(by, da, negative(by, product(by, node, db))), b);
}

static int32_t power_slope(differentiation *by, int32_t node, int32_t a, int32_t b, int32_t da,
                           int32_t db) {
  int32_t result = ZERO;
  if (da != ZERO) {
    int32_t lower = binary(by, MFG_EXPRESSION_SUBTRACT, b, number(by, 1.0));
    int32_t power = binary(by, MFG_EXPRESSION_POWER, a, lower);
    result = product(by, product(by, b, power), da);
  }
  if (db == ZERO) return result;
  /* a^b*log(a)*db tends to 0 with a where b > 0, but would be computed as 0*infinity. */
  int32_t zero = number(by, 0.0);
  int32_t vanishes = binary(by, MFG_EXPRESSION_AND, binary(by, MFG_EXPRESSION_EQUAL, a, zero),
                            binary(by, MFG_EXPRESSION_GREATER, b, zero));
  int32_t slope = product(by, product(by, node, unary(by, MFG_EXPRESSION_LOG, a)), db);
  return sum(by, result, choice(by, vanishes, ZERO, slope));
}

/* (x*dy - y*dx)/(x^2 + y^2) for atan2(y, x). */
static int32_t angle_slope(differentiation *by, int32_t y, int32_t x, int32_t dy, int32_t dx) {
  int32_t numerator = sum(by, product(by, x, dy), negative(by, product(by, y, dx)));
  return quotient(by, numerator, sum(by, square(by, x), square(by, y)));
}

/* (sum of p_k*dp_k)/|p|, and 0 where |p| is 0. */
static int32_t norm_slope(differentiation *by, int32_t node, const int32_t *operands) {
  int32_t numerator = ZERO;
  for (int32_t k = 0; k < 3 && operands[k] >= 0; k++)
    numerator = sum(by, product(by, operands[k], by->derivatives[operands[k]]), numerator);
  if (numerator == ZERO) return ZERO;
  int32_t nonzero = binary(by, MFG_EXPRESSION_NOT_EQUAL, node, number(by, 0.0));
  return choice(by, nonzero, quotient(by, numerator, node), ZERO);
}

static int32_t binary_slope(differentiation *by, int32_t node, mfg_expression_operation operation,
                            int32_t a, int32_t b) {
  int32_t da = by->derivatives[a], db = by->derivatives[b];
  if (da == ZERO && db == ZERO) return ZERO;
  switch (operation) {
  case MFG_EXPRESSION_ADD: return sum(by, da, db);
  case MFG_EXPRESSION_SUBTRACT: return sum(by, da, negative(by, db));
  case MFG_EXPRESSION_MULTIPLY: return product_slope(by, a, b, da, db);
  case MFG_EXPRESSION_DIVIDE: return quotient_slope(by, node, b, da, db);
  case MFG_EXPRESSION_POWER: return power_slope(by, node, a, b, da, db);
  case MFG_EXPRESSION_ATAN2: return angle_slope(by, a, b, da, db);
  case MFG_EXPRESSION_MINIMUM:
    return choice(by, binary(by, MFG_EXPRESSION_LESS_EQUAL, a, b), da, db);
  case MFG_EXPRESSION_MAXIMUM:
    return choice(by, binary(by, MFG_EXPRESSION_GREATER_EQUAL, a, b), da, db);
  default: return ZERO; /* comparisons and logic */
  }
}

static int32_t node_slope(differentiation *by, int32_t index) {
  /* A copy: building moves the array of nodes. */
  const mfg_expression_node node = by->builder->nodes[index];
  const int32_t *operands = node.operands;
  if (index == by->by_node ||
      (by->by_node < 0 && node.operation == MFG_EXPRESSION_SYMBOL && node.symbol == by->symbol))
    return number(by, 1.0);
  switch (node.operation) {
  case MFG_EXPRESSION_CONSTANT:
  case MFG_EXPRESSION_SYMBOL:
  case MFG_EXPRESSION_MEAN:
  case MFG_EXPRESSION_INTEGRAL: return ZERO;
  case MFG_EXPRESSION_NORM: return norm_slope(by, index, operands);
  case MFG_EXPRESSION_SELECT:
    return choice(by, operands[0], by->derivatives[operands[1]], by->derivatives[operands[2]]);
  default: break;
  }
  if (node.operand_count == 2)
    return binary_slope(by, index, node.operation, operands[0], operands[1]);
  int32_t slope = by->derivatives[operands[0]];
  return slope == ZERO ? ZERO : function_slope(by, index, node.operation, operands[0], slope);
}

int32_t mfg_expression_differentiate(mfg_expression_builder *builder, int32_t count, int32_t root,
                                     int32_t symbol, int32_t by_node) {
  if (builder->failure) return MFG_EXPRESSION_NONE;
  int32_t *derivatives = malloc((size_t)count * sizeof(int32_t));
  if (!derivatives) {
    builder->failure = MFG_EXPRESSION_OUT_OF_MEMORY;
    return MFG_EXPRESSION_NONE;
  }
  differentiation by = {builder, derivatives, symbol, by_node};
  for (int32_t i = 0; i <= root && !builder->failure; i++)
    derivatives[i] = node_slope(&by, i);
  int32_t result = ZERO;
  if (!builder->failure) result = derivatives[root] == ZERO ? number(&by, 0.0) : derivatives[root];
  free(derivatives);
  return result;
}

static bool refuse_condition(const mfg_expression *expression, mfg_expression_error *error) {
  if (!mfg_expression_is_condition(expression)) return false;
  mfg_expression_error_set(error, "a condition has no derivative");
  return true;
}

mfg_expression *mfg_expression_derivative(const mfg_expression *expression, int32_t symbol,
                                          mfg_expression_error *error) {
  if (refuse_condition(expression, error)) return NULL;
  mfg_expression_builder builder;
  mfg_expression_builder_begin_from(&builder, expression);
  int32_t root = mfg_expression_differentiate(&builder, expression->count, expression->count - 1,
                                              symbol, MFG_EXPRESSION_NONE);
  mfg_expression *result = mfg_expression_builder_finish(&builder, root, error);
  mfg_expression_builder_end(&builder);
  return result;
}

int32_t mfg_expression_nonlocal_count(const mfg_expression *expression) {
  return expression->nonlocal_count;
}

const mfg_expression_node *mfg_expression_nonlocal_node(const mfg_expression *expression,
                                                        int32_t index) {
  for (int32_t i = 0; index >= 0 && i < expression->count; i++)
    if (expression->nodes[i].nonlocal == index) return &expression->nodes[i];
  return NULL;
}

static const mfg_expression_node *nonlocal_node(const mfg_expression *expression, int32_t index,
                                                mfg_expression_error *error) {
  const mfg_expression_node *node = mfg_expression_nonlocal_node(expression, index);
  if (!node)
    mfg_expression_error_set(error, "the expression has no mean() or integral() of number %d",
                             (int)index);
  return node;
}

mfg_expression *mfg_expression_nonlocal_body(const mfg_expression *expression, int32_t index,
                                             mfg_expression_error *error) {
  const mfg_expression_node *node = nonlocal_node(expression, index, error);
  if (!node) return NULL;
  mfg_expression_builder builder;
  mfg_expression_builder_begin_from(&builder, expression);
  mfg_expression *result = mfg_expression_builder_finish(&builder, node->operands[0], error);
  mfg_expression_builder_end(&builder);
  return result;
}

mfg_expression *mfg_expression_nonlocal_derivative(const mfg_expression *expression, int32_t index,
                                                   mfg_expression_error *error) {
  const mfg_expression_node *node = nonlocal_node(expression, index, error);
  if (!node || refuse_condition(expression, error)) return NULL;
  mfg_expression_builder builder;
  mfg_expression_builder_begin_from(&builder, expression);
  int32_t root = mfg_expression_differentiate(&builder, expression->count, expression->count - 1,
                                              -1, (int32_t)(node - expression->nodes));
  mfg_expression *result = mfg_expression_builder_finish(&builder, root, error);
  mfg_expression_builder_end(&builder);
  return result;
}

mfg_expression *mfg_expression_nonlocal_gradient(const mfg_expression *expression, int32_t index,
                                                 mfg_expression_error *error) {
  const mfg_expression_node *node = nonlocal_node(expression, index, error);
  if (!node) return NULL;
  mfg_expression_builder builder;
  mfg_expression_builder_begin_from(&builder, expression);
  int32_t body = node->operands[0];
  int32_t root = mfg_expression_differentiate(&builder, expression->count, body,
                                              MFG_EXPRESSION_DENSITY, MFG_EXPRESSION_NONE);
  if (node->operation == MFG_EXPRESSION_MEAN && !builder.failure) {
    /* A slope that is zero by structure comes as the constant 0, which must not be multiplied. */
    const mfg_expression_node *slope = &builder.nodes[root];
    if (slope->operation == MFG_EXPRESSION_CONSTANT && slope->value == 0.0)
      root = body;
    else
      root = mfg_expression_build_binary(
          &builder, MFG_EXPRESSION_ADD, body,
          mfg_expression_build_binary(&builder, MFG_EXPRESSION_MULTIPLY,
                                      mfg_expression_build_symbol(&builder, MFG_EXPRESSION_DENSITY),
                                      root));
  }
  mfg_expression *result = mfg_expression_builder_finish(&builder, root, error);
  mfg_expression_builder_end(&builder);
  return result;
}
