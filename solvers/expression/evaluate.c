// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

#include <math.h>
#include <stdlib.h>

/* How many values fit on the stack; larger expressions take memory. */
#define STACK_VALUES 128

static double minimum(double a, double b) {
  return isnan(a) || isnan(b) ? (double)NAN : (a <= b ? a : b);
}

static double maximum(double a, double b) {
  return isnan(a) || isnan(b) ? (double)NAN : (a >= b ? a : b);
}

static double sign(double a) {
  return isnan(a) ? (double)NAN : (double)((a > 0.0) - (a < 0.0));
}

static double apply_function(mfg_expression_operation operation, double a) {
  switch (operation) {
  case MFG_EXPRESSION_ABS: return fabs(a);
  case MFG_EXPRESSION_SQRT: return sqrt(a);
  case MFG_EXPRESSION_EXP: return exp(a);
  case MFG_EXPRESSION_LOG: return log(a);
  case MFG_EXPRESSION_LOG2: return log2(a);
  case MFG_EXPRESSION_LOG10: return log10(a);
  case MFG_EXPRESSION_SIN: return sin(a);
  case MFG_EXPRESSION_COS: return cos(a);
  case MFG_EXPRESSION_TAN: return tan(a);
  case MFG_EXPRESSION_ASIN: return asin(a);
  case MFG_EXPRESSION_ACOS: return acos(a);
  case MFG_EXPRESSION_ATAN: return atan(a);
  case MFG_EXPRESSION_SINH: return sinh(a);
  case MFG_EXPRESSION_COSH: return cosh(a);
  case MFG_EXPRESSION_TANH: return tanh(a);
  case MFG_EXPRESSION_ERF: return erf(a);
  case MFG_EXPRESSION_FLOOR: return floor(a);
  case MFG_EXPRESSION_CEIL: return ceil(a);
  default: return sign(a);
  }
}

double mfg_expression_apply(mfg_expression_operation operation, double a, double b, double c) {
  switch (operation) {
  case MFG_EXPRESSION_INDICATOR: return a;
  case MFG_EXPRESSION_NEGATE: return -a;
  case MFG_EXPRESSION_ADD: return a + b;
  case MFG_EXPRESSION_SUBTRACT: return a - b;
  case MFG_EXPRESSION_MULTIPLY: return a * b;
  case MFG_EXPRESSION_DIVIDE: return a / b;
  case MFG_EXPRESSION_POWER: return pow(a, b);
  case MFG_EXPRESSION_ATAN2: return atan2(a, b);
  case MFG_EXPRESSION_MINIMUM: return minimum(a, b);
  case MFG_EXPRESSION_MAXIMUM: return maximum(a, b);
  case MFG_EXPRESSION_NORM: return sqrt(a * a + b * b + c * c);
  case MFG_EXPRESSION_LESS: return a < b;
  case MFG_EXPRESSION_LESS_EQUAL: return a <= b;
  case MFG_EXPRESSION_GREATER: return a > b;
  case MFG_EXPRESSION_GREATER_EQUAL: return a >= b;
  case MFG_EXPRESSION_EQUAL: return a == b;
  case MFG_EXPRESSION_NOT_EQUAL: return a != b;
  case MFG_EXPRESSION_NOT: return a == 0.0;
  case MFG_EXPRESSION_AND: return a != 0.0 && b != 0.0;
  case MFG_EXPRESSION_OR: return a != 0.0 || b != 0.0;
  case MFG_EXPRESSION_SELECT: return a != 0.0 ? b : c;
  default: return apply_function(operation, a);
  }
}

static double symbol_value(const mfg_expression_point *point, int32_t symbol) {
  if (symbol >= MFG_EXPRESSION_VARIABLE) return point->variables[symbol - MFG_EXPRESSION_VARIABLE];
  if (symbol >= MFG_EXPRESSION_MOMENTUM) return point->momentum[symbol - MFG_EXPRESSION_MOMENTUM];
  if (symbol == MFG_EXPRESSION_DENSITY) return point->density;
  return symbol == MFG_EXPRESSION_TIME ? point->time : point->coordinate[symbol];
}

static double node_value(const mfg_expression_node *node, const mfg_expression_point *point,
                         const double *values) {
  switch (node->operation) {
  case MFG_EXPRESSION_CONSTANT: return node->value;
  case MFG_EXPRESSION_SYMBOL: return symbol_value(point, node->symbol);
  case MFG_EXPRESSION_MEAN:
  case MFG_EXPRESSION_INTEGRAL: return point->nonlocal[node->nonlocal];
  default: break;
  }
  double operands[3] = {0.0, 0.0, 0.0};
  for (int32_t k = 0; k < node->operand_count; k++)
    operands[k] = values[node->operands[k]];
  return mfg_expression_apply(node->operation, operands[0], operands[1], operands[2]);
}

bool mfg_expression_evaluate(const mfg_expression *expression, const mfg_expression_point *point,
                             double *value) {
  double few[STACK_VALUES];
  double *values = few;
  if (expression->count > STACK_VALUES) {
    values = malloc((size_t)expression->count * sizeof(double));
    if (!values) return false;
  }
  /* What stands only under mean() or integral() is not needed at this point. */
  double result = 0.0;
  for (int32_t i = 0; i < expression->count; i++)
    if (expression->nodes[i].local)
      values[i] = result = node_value(&expression->nodes[i], point, values);
  *value = result;
  if (values != few) free(values);
  return true;
}
