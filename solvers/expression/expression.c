// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

#include <stdlib.h>
#include <string.h>

const mfg_expression_operation_info mfg_expression_operation_table[] = {
#define MFG_EXPRESSION_DESCRIBE(name, operands, argument, result, text)                            \
  {operands, MFG_EXPRESSION_##argument, MFG_EXPRESSION_##result, text},
    MFG_EXPRESSION_OPERATIONS(MFG_EXPRESSION_DESCRIBE)
#undef MFG_EXPRESSION_DESCRIBE
};

void mfg_expression_free(mfg_expression *expression) {
  if (!expression) return;
  free(expression->names.variables);
  free(expression->nodes);
  free(expression);
}

const mfg_expression_node *mfg_expression_nodes(const mfg_expression *expression, int32_t *count) {
  *count = expression->count;
  return expression->nodes;
}

int32_t mfg_expression_axes(const mfg_expression *expression) {
  return expression->names.axes;
}

const char *mfg_expression_operation_text(mfg_expression_operation operation) {
  return mfg_expression_operation_table[operation].text;
}

static const mfg_expression_node *result_node(const mfg_expression *expression) {
  return &expression->nodes[expression->count - 1];
}

bool mfg_expression_is_condition(const mfg_expression *expression) {
  return result_node(expression)->type == MFG_EXPRESSION_CONDITION;
}

bool mfg_expression_is_constant(const mfg_expression *expression, double *value) {
  if (result_node(expression)->operation != MFG_EXPRESSION_CONSTANT) return false;
  if (value) *value = result_node(expression)->value;
  return true;
}

bool mfg_expression_depends_on(const mfg_expression *expression, int32_t symbol) {
  for (int32_t i = 0; i < expression->count; i++)
    if (expression->nodes[i].symbol == symbol) return true;
  return false;
}

bool mfg_expression_depends_locally_on(const mfg_expression *expression, int32_t symbol) {
  for (int32_t i = 0; i < expression->count; i++)
    if (expression->nodes[i].symbol == symbol && expression->nodes[i].local) return true;
  return false;
}

/* Nodes are numbered in one canonical order, so that equal trees are equal arrays. */
static bool same_prefix(const mfg_expression *left, const mfg_expression *right, int32_t count) {
  for (int32_t i = 0; i < count; i++) {
    const mfg_expression_node *a = &left->nodes[i], *b = &right->nodes[i];
    if (a->operation != b->operation || a->type != b->type || a->symbol != b->symbol ||
        memcmp(a->operands, b->operands, sizeof a->operands) != 0 ||
        memcmp(&a->value, &b->value, sizeof a->value) != 0)
      return false;
  }
  return true;
}

bool mfg_expression_equal(const mfg_expression *left, const mfg_expression *right) {
  return left->count == right->count && same_prefix(left, right, left->count);
}
