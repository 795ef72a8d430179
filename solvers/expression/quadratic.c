// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/*
 * One pass over the nodes in post-order, each written as a polynomial in the components of the
 * momentum whose coefficients are nodes of the builder. An absent coefficient is ABSENT.
 */

#define ABSENT MFG_EXPRESSION_NONE
#define AXES 3

typedef struct polynomial {
  bool fits; /* of degree two at most */
  bool free; /* the momentum does not occur; then `constant` is the node itself */
  int32_t constant;
  int32_t linear[AXES];
  int32_t quadratic[AXES][AXES]; /* of p_j*p_k with j <= k */
} polynomial;

#define COEFFICIENTS (1 + AXES + AXES * AXES)

static const polynomial nothing = {
    true,
    false,
    ABSENT,
    {ABSENT, ABSENT, ABSENT},
    {{ABSENT, ABSENT, ABSENT}, {ABSENT, ABSENT, ABSENT}, {ABSENT, ABSENT, ABSENT}}};

/* The coefficients in one fixed order. */
static int32_t *coefficient(polynomial *a, int32_t index) {
  if (index == 0) return &a->constant;
  if (index <= AXES) return &a->linear[index - 1];
  index -= 1 + AXES;
  return &a->quadratic[index / AXES][index % AXES];
}

/* Whether no component of the momentum is left, even if some cancelled. */
static bool is_degree_zero(polynomial *a) {
  for (int32_t i = 1; i < COEFFICIENTS; i++)
    if (*coefficient(a, i) != ABSENT) return false;
  return a->fits;
}

/* A coefficient that came out as 0 is absent. */
static int32_t unless_zero(const mfg_expression_builder *builder, int32_t a) {
  if (a == ABSENT || builder->nodes[a].operation != MFG_EXPRESSION_CONSTANT) return a;
  return builder->nodes[a].value == 0.0 ? ABSENT : a;
}

static int32_t add(mfg_expression_builder *builder, int32_t a, int32_t b) {
  if (a == ABSENT) return b;
  if (b == ABSENT) return a;
  return unless_zero(builder, mfg_expression_build_binary(builder, MFG_EXPRESSION_ADD, a, b));
}

static int32_t multiply(mfg_expression_builder *builder, int32_t a, int32_t b) {
  if (a == ABSENT || b == ABSENT) return ABSENT;
  return unless_zero(builder, mfg_expression_build_binary(builder, MFG_EXPRESSION_MULTIPLY, a, b));
}

static polynomial sum(mfg_expression_builder *builder, polynomial *a, polynomial *b,
                      bool subtract) {
  polynomial result = nothing;
  for (int32_t i = 0; i < COEFFICIENTS; i++) {
    int32_t right = *coefficient(b, i);
    if (right != ABSENT && subtract)
      right = mfg_expression_build_unary(builder, MFG_EXPRESSION_NEGATE, right);
    *coefficient(&result, i) = add(builder, *coefficient(a, i), right);
  }
  return result;
}

static bool has_quadratic(const polynomial *a) {
  for (int32_t j = 0; j < AXES; j++)
    for (int32_t k = j; k < AXES; k++)
      if (a->quadratic[j][k] != ABSENT) return true;
  return false;
}

static polynomial scaled(mfg_expression_builder *builder, polynomial *a, int32_t factor) {
  polynomial result = nothing;
  for (int32_t i = 0; i < COEFFICIENTS; i++)
    *coefficient(&result, i) = multiply(builder, factor, *coefficient(a, i));
  return result;
}

static polynomial product(mfg_expression_builder *builder, polynomial *a, polynomial *b) {
  if ((has_quadratic(a) && !is_degree_zero(b)) || (has_quadratic(b) && !is_degree_zero(a)))
    return (polynomial){.fits = false};
  if (is_degree_zero(a)) return scaled(builder, b, a->constant);
  if (is_degree_zero(b)) return scaled(builder, a, b->constant);
  polynomial result = nothing;
  result.constant = multiply(builder, a->constant, b->constant);
  for (int32_t j = 0; j < AXES; j++) {
    result.linear[j] = add(builder, multiply(builder, a->constant, b->linear[j]),
                           multiply(builder, b->constant, a->linear[j]));
    for (int32_t k = 0; k < AXES; k++) {
      int32_t *target = &result.quadratic[j < k ? j : k][j < k ? k : j];
      *target = add(builder, *target, multiply(builder, a->linear[j], b->linear[k]));
    }
  }
  return result;
}

static polynomial quotient(mfg_expression_builder *builder, polynomial *a, int32_t divisor) {
  polynomial result = nothing;
  for (int32_t i = 0; i < COEFFICIENTS; i++)
    if (*coefficient(a, i) != ABSENT)
      *coefficient(&result, i) =
          mfg_expression_build_binary(builder, MFG_EXPRESSION_DIVIDE, *coefficient(a, i), divisor);
  return result;
}

static polynomial choice(mfg_expression_builder *builder, int32_t condition, polynomial *a,
                         polynomial *b) {
  polynomial result = nothing;
  int32_t zero = mfg_expression_build_constant(builder, 0.0);
  for (int32_t i = 0; i < COEFFICIENTS; i++) {
    int32_t left = *coefficient(a, i), right = *coefficient(b, i);
    if (left == ABSENT && right == ABSENT) continue;
    *coefficient(&result, i) = mfg_expression_build_select(
        builder, condition, left == ABSENT ? zero : left, right == ABSENT ? zero : right);
  }
  return result;
}

static polynomial combine(mfg_expression_builder *builder, const mfg_expression_node *node,
                          polynomial *all) {
  polynomial *a = &all[node->operands[0]];
  polynomial *b = node->operand_count > 1 ? &all[node->operands[1]] : NULL;
  polynomial none = nothing;
  bool fits = a->fits && (!b || b->fits);
  switch (node->operation) {
  case MFG_EXPRESSION_NEGATE: return fits ? sum(builder, &none, a, true) : *a;
  case MFG_EXPRESSION_ADD:
  case MFG_EXPRESSION_SUBTRACT:
    if (fits) return sum(builder, a, b, node->operation == MFG_EXPRESSION_SUBTRACT);
    break;
  case MFG_EXPRESSION_MULTIPLY:
    if (fits) return product(builder, a, b);
    break;
  case MFG_EXPRESSION_DIVIDE:
    if (fits && is_degree_zero(b) && b->constant != ABSENT)
      return quotient(builder, a, b->constant);
    break;
  case MFG_EXPRESSION_SELECT:
    if (a->free && b->fits && all[node->operands[2]].fits)
      return choice(builder, a->constant, b, &all[node->operands[2]]);
    break;
  default: break;
  }
  return (polynomial){.fits = false};
}

/* Whether nothing under the node is the momentum; a nonlocal term is free of it at this point. */
static bool free_of_momentum(const mfg_expression_node *node, const polynomial *all) {
  if (node->operation == MFG_EXPRESSION_SYMBOL)
    return node->symbol < MFG_EXPRESSION_MOMENTUM || node->symbol >= MFG_EXPRESSION_VARIABLE;
  if (node->nonlocal >= 0) return true;
  for (int32_t k = 0; k < node->operand_count; k++)
    if (!all[node->operands[k]].free) return false;
  return true;
}

static polynomial node_polynomial(mfg_expression_builder *builder, int32_t index, polynomial *all) {
  const mfg_expression_node node = builder->nodes[index];
  polynomial result = nothing;
  if (free_of_momentum(&node, all)) {
    result.free = true;
    result.constant = index;
    return result;
  }
  if (node.operation != MFG_EXPRESSION_SYMBOL) return combine(builder, &node, all);
  result.linear[node.symbol - MFG_EXPRESSION_MOMENTUM] =
      mfg_expression_build_constant(builder, 1.0);
  return result;
}

static mfg_expression *take(mfg_expression_builder *builder, int32_t node,
                            mfg_expression_error *error) {
  if (node == ABSENT) node = mfg_expression_build_constant(builder, 0.0);
  return mfg_expression_builder_finish(builder, node, error);
}

static bool take_all(mfg_expression_builder *builder, const polynomial *found,
                     mfg_expression_quadratic *result, mfg_expression_error *error) {
  int32_t axes = builder->names->axes;
  result->constant = take(builder, found->constant, error);
  bool complete = result->constant != NULL;
  for (int32_t k = 0; k < axes && complete; k++) {
    result->quadratic[k] = take(builder, found->quadratic[k][k], error);
    if (result->quadratic[k]) result->linear[k] = take(builder, found->linear[k], error);
    complete = result->quadratic[k] && result->linear[k];
  }
  if (!complete) return false;
  result->is_quadratic = true;
  result->is_isotropic = true;
  for (int32_t k = 1; k < axes; k++)
    if (!mfg_expression_equal(result->quadratic[0], result->quadratic[k]))
      result->is_isotropic = false;
  return true;
}

static bool has_mixed(const polynomial *a) {
  for (int32_t j = 0; j < AXES; j++)
    for (int32_t k = j + 1; k < AXES; k++)
      if (a->quadratic[j][k] != ABSENT) return true;
  return false;
}

bool mfg_expression_quadratic_split(const mfg_expression *expression,
                                    mfg_expression_quadratic *result, mfg_expression_error *error) {
  *result = (mfg_expression_quadratic){0};
  if (mfg_expression_is_condition(expression)) return true;
  mfg_expression_builder builder;
  mfg_expression_builder_begin_from(&builder, expression);
  polynomial *all = malloc((size_t)expression->count * sizeof *all);
  if (!all) builder.failure = MFG_EXPRESSION_OUT_OF_MEMORY;
  for (int32_t i = 0; i < expression->count && !builder.failure; i++)
    all[i] = node_polynomial(&builder, i, all);
  bool succeeded = !builder.failure;
  if (!succeeded) {
    mfg_expression_error_set_failure(error, builder.failure);
  } else {
    const polynomial *found = &all[expression->count - 1];
    if (found->fits && !has_mixed(found)) succeeded = take_all(&builder, found, result, error);
  }
  free(all);
  mfg_expression_builder_end(&builder);
  if (!succeeded) mfg_expression_quadratic_free(result);
  return succeeded;
}

void mfg_expression_quadratic_free(mfg_expression_quadratic *quadratic) {
  for (int32_t k = 0; k < AXES; k++) {
    mfg_expression_free(quadratic->quadratic[k]);
    mfg_expression_free(quadratic->linear[k]);
  }
  mfg_expression_free(quadratic->constant);
  *quadratic = (mfg_expression_quadratic){0};
}
