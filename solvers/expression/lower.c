/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/lower.h"

#include <stdlib.h>
#include <string.h>

/* What a node's value varies with, as bits: 1 time, 2 << d coordinate d, and the density. */
enum { VARIES_WITH_TIME = 1, VARIES_WITH_DENSITY = 1 << 30 };

struct mfg_lowered {
  mfg_lower_space space;
  const mfg_expression_node *nodes; /* of the borrowed expression */
  int32_t count;
  uint32_t *varies;   /* per node */
  mfg_array **stored; /* per node: memory of what is computed once; NULL for all others */
};

/* ---- what depends on what -------------------------------------------------------------------- */

static uint32_t cell_axes(const mfg_lower_space *space) {
  return (2u << space->axes) - 2;
}

static uint32_t node_varies(const mfg_lowered *l, const mfg_expression_node *node) {
  uint32_t varies = 0;
  for (int i = 0; i < node->operand_count; i++)
    varies |= l->varies[node->operands[i]];
  switch (node->operation) {
  case MFG_EXPRESSION_SYMBOL:
    if (node->symbol == MFG_EXPRESSION_DENSITY)
      return VARIES_WITH_DENSITY | VARIES_WITH_TIME | cell_axes(&l->space);
    return node->symbol == MFG_EXPRESSION_TIME ? VARIES_WITH_TIME
                                               : 2u << (node->symbol - MFG_EXPRESSION_COORDINATE);
  case MFG_EXPRESSION_MEAN: return VARIES_WITH_DENSITY | VARIES_WITH_TIME;
  case MFG_EXPRESSION_INTEGRAL: return varies & ~cell_axes(&l->space);
  default: return varies;
  }
}

static void shape_of(const mfg_lowered *l, uint32_t varies, int64_t *shape) {
  for (int axis = 0; axis <= l->space.axes; axis++)
    shape[axis] = varies >> axis & 1 ? l->space.shape[axis] : 1;
}

static bool is_leaf(const mfg_expression_node *node) {
  return node->operation == MFG_EXPRESSION_CONSTANT || node->operation == MFG_EXPRESSION_SYMBOL;
}

static bool is_static(const mfg_lowered *l, int32_t node) {
  return !(l->varies[node] & VARIES_WITH_DENSITY);
}

/* Whether constants need memory here, because nothing beside them gives them their type. */
static bool needs_typed_constants(mfg_expression_operation operation) {
  return operation == MFG_EXPRESSION_SELECT || operation == MFG_EXPRESSION_MEAN ||
         operation == MFG_EXPRESSION_INTEGRAL;
}

static void store(mfg_scope *s, mfg_lowered *l, int32_t index) {
  const mfg_expression_node *node = &l->nodes[index];
  if (l->stored[index]) return;
  int64_t shape[MFG_MAX_RANK];
  shape_of(l, l->varies[index], shape);
  mfg_dtype type = node->type == MFG_EXPRESSION_CONDITION ? MFG_BOOL : l->space.type;
  l->stored[index] = mfg_keep(node->operation == MFG_EXPRESSION_CONSTANT
                                  ? mfg_full(s, type, l->space.axes + 1, shape, node->value)
                                  : mfg_empty(s, type, l->space.axes + 1, shape));
}

/* Memory for the largest parts that do not vary with the density: a static node that a varying one
 * reads, or that is the result. */
static void choose_stored(mfg_scope *s, mfg_lowered *l) {
  for (int32_t i = 0; i < l->count; i++) {
    const mfg_expression_node *node = &l->nodes[i];
    for (int k = 0; k < node->operand_count; k++) {
      int32_t operand = node->operands[k];
      bool constant = l->nodes[operand].operation == MFG_EXPRESSION_CONSTANT;
      if (constant ? needs_typed_constants(node->operation)
                   : !is_static(l, i) && is_static(l, operand) && !is_leaf(&l->nodes[operand]))
        store(s, l, operand);
    }
  }
  if (is_static(l, l->count - 1)) store(s, l, l->count - 1);
}

mfg_lowered *mfg_lowered_create(mfg_scope *s, const mfg_expression *expression,
                                const mfg_lower_space *space) {
  mfg_lowered *l = calloc(1, sizeof *l);
  if (!l) {
    mfg_scope_fail(s, MFG_ERROR_OUT_OF_MEMORY, "out of host memory for an expression");
    return NULL;
  }
  l->space = *space;
  l->nodes = mfg_expression_nodes(expression, &l->count);
  l->varies = calloc((size_t)l->count, sizeof *l->varies);
  l->stored = calloc((size_t)l->count, sizeof(mfg_array *));
  if (!l->varies || !l->stored) {
    mfg_scope_fail(s, MFG_ERROR_OUT_OF_MEMORY, "out of host memory for an expression");
  } else {
    for (int32_t i = 0; i < l->count; i++)
      l->varies[i] = node_varies(l, &l->nodes[i]);
    choose_stored(s, l);
  }
  if (mfg_scope_status(s) == MFG_OK) return l;
  mfg_lowered_release(l);
  return NULL;
}

void mfg_lowered_release(mfg_lowered *l) {
  if (!l) return;
  for (int32_t i = 0; l->stored && i < l->count; i++)
    mfg_release(l->stored[i]);
  free(l->stored);
  free(l->varies);
  free(l);
}

void mfg_lowered_shape(const mfg_lowered *l, int64_t *shape) {
  shape_of(l, l->varies[l->count - 1], shape);
}

bool mfg_lowered_is_zero(const mfg_lowered *l) {
  const mfg_expression_node *result = &l->nodes[l->count - 1];
  return result->operation == MFG_EXPRESSION_CONSTANT && result->value == 0;
}

/* ---- nodes as arrays ------------------------------------------------------------------------- */

static const uint32_t array_operation[MFG_EXPRESSION_OPERATION_COUNT] = {
    [MFG_EXPRESSION_NEGATE] = MFG_OP_NEGATIVE,
    [MFG_EXPRESSION_ABS] = MFG_OP_ABS,
    [MFG_EXPRESSION_SQRT] = MFG_OP_SQRT,
    [MFG_EXPRESSION_EXP] = MFG_OP_EXP,
    [MFG_EXPRESSION_LOG] = MFG_OP_LOG,
    [MFG_EXPRESSION_LOG2] = MFG_OP_LOG2,
    [MFG_EXPRESSION_LOG10] = MFG_OP_LOG10,
    [MFG_EXPRESSION_SIN] = MFG_OP_SIN,
    [MFG_EXPRESSION_COS] = MFG_OP_COS,
    [MFG_EXPRESSION_TAN] = MFG_OP_TAN,
    [MFG_EXPRESSION_ASIN] = MFG_OP_ASIN,
    [MFG_EXPRESSION_ACOS] = MFG_OP_ACOS,
    [MFG_EXPRESSION_ATAN] = MFG_OP_ATAN,
    [MFG_EXPRESSION_SINH] = MFG_OP_SINH,
    [MFG_EXPRESSION_COSH] = MFG_OP_COSH,
    [MFG_EXPRESSION_TANH] = MFG_OP_TANH,
    [MFG_EXPRESSION_ERF] = MFG_OP_ERF,
    [MFG_EXPRESSION_FLOOR] = MFG_OP_FLOOR,
    [MFG_EXPRESSION_CEIL] = MFG_OP_CEIL,
    [MFG_EXPRESSION_SIGN] = MFG_OP_SIGN,
    [MFG_EXPRESSION_ADD] = MFG_OP_ADD,
    [MFG_EXPRESSION_SUBTRACT] = MFG_OP_SUBTRACT,
    [MFG_EXPRESSION_MULTIPLY] = MFG_OP_MULTIPLY,
    [MFG_EXPRESSION_DIVIDE] = MFG_OP_DIVIDE,
    [MFG_EXPRESSION_POWER] = MFG_OP_POW,
    [MFG_EXPRESSION_ATAN2] = MFG_OP_ATAN2,
    [MFG_EXPRESSION_MINIMUM] = MFG_OP_MINIMUM,
    [MFG_EXPRESSION_MAXIMUM] = MFG_OP_MAXIMUM,
    [MFG_EXPRESSION_LESS] = MFG_OP_LESS,
    [MFG_EXPRESSION_LESS_EQUAL] = MFG_OP_LESS_EQUAL,
    [MFG_EXPRESSION_GREATER] = MFG_OP_GREATER,
    [MFG_EXPRESSION_GREATER_EQUAL] = MFG_OP_GREATER_EQUAL,
    [MFG_EXPRESSION_EQUAL] = MFG_OP_EQUAL,
    [MFG_EXPRESSION_NOT_EQUAL] = MFG_OP_NOT_EQUAL,
    [MFG_EXPRESSION_NOT] = MFG_OP_LOGICAL_NOT,
    [MFG_EXPRESSION_AND] = MFG_OP_LOGICAL_AND,
    [MFG_EXPRESSION_OR] = MFG_OP_LOGICAL_OR,
    [MFG_EXPRESSION_SELECT] = MFG_OP_SELECT,
};

/* One pass over the nodes. */
typedef struct pass {
  mfg_scope *scope;
  const mfg_lowered *lowered;
  const mfg_array *density;
  mfg_array **values;
} pass;

static mfg_operand operand_of(const pass *p, const mfg_expression_node *node, int which) {
  if (which >= node->operand_count) return mfg_operand_of_array(NULL);
  int32_t index = node->operands[which];
  const mfg_expression_node *operand = &p->lowered->nodes[index];
  if (operand->operation != MFG_EXPRESSION_CONSTANT || needs_typed_constants(node->operation))
    return mfg_operand_of_array(p->values[index]);
  return operand->type == MFG_EXPRESSION_CONDITION ? mfg_operand_of_boolean(operand->value != 0)
                                                   : mfg_operand_of_real(operand->value);
}

mfg_array *mfg_lower_integral(mfg_scope *s, const mfg_lower_space *space, mfg_array *value) {
  if (!value) return NULL;
  int64_t shape[MFG_MAX_RANK];
  memcpy(shape, space->shape, sizeof shape);
  shape[0] = mfg_array_shape(value)[0];
  mfg_array *full = mfg_broadcast_to(s, value, space->axes + 1, shape);
  if (space->inside) full = mfg_where(s, space->inside, full, mfg_number(s, 0));
  return mfg_mul(s, mfg_reduce(s, MFG_REDUCE_SUM, full, cell_axes(space), true),
                 space->cell_volume);
}

/* mean(a) is the integral of a*m. */
static mfg_array *reduced_value(const pass *p, const mfg_expression_node *node) {
  mfg_array *value = p->values[node->operands[0]];
  if (node->operation == MFG_EXPRESSION_MEAN) value = mfg_mul(p->scope, value, p->density);
  return mfg_lower_integral(p->scope, &p->lowered->space, value);
}

static mfg_array *node_value(const pass *p, const mfg_expression_node *node) {
  const mfg_lower_space *space = &p->lowered->space;
  switch (node->operation) {
  case MFG_EXPRESSION_SYMBOL:
    if (node->symbol == MFG_EXPRESSION_DENSITY) return (mfg_array *)(uintptr_t)p->density;
    return node->symbol == MFG_EXPRESSION_TIME
               ? space->time
               : space->coordinate[node->symbol - MFG_EXPRESSION_COORDINATE];
  case MFG_EXPRESSION_MEAN:
  case MFG_EXPRESSION_INTEGRAL: return reduced_value(p, node);
  case MFG_EXPRESSION_INDICATOR:
    return mfg_astype(p->scope, p->values[node->operands[0]], space->type);
  default:
    return mfg_apply(p->scope, array_operation[node->operation], operand_of(p, node, 0),
                     operand_of(p, node, 1), operand_of(p, node, 2));
  }
}

/* Computes the static nodes and writes what is stored, or computes the varying ones. */
static void run(const pass *p, bool prepare) {
  const mfg_lowered *l = p->lowered;
  for (int32_t i = 0; i < l->count && mfg_scope_status(p->scope) == MFG_OK; i++) {
    const mfg_expression_node *node = &l->nodes[i];
    p->values[i] = l->stored[i];
    if (node->operation == MFG_EXPRESSION_CONSTANT) continue;
    if (is_leaf(node) || is_static(l, i) == prepare) p->values[i] = node_value(p, node);
    if (prepare && l->stored[i]) {
      mfg_assign(p->scope, l->stored[i], p->values[i]);
      p->values[i] = l->stored[i];
    }
  }
}

static mfg_array **values_create(mfg_scope *s, const mfg_lowered *l) {
  mfg_array **values = calloc((size_t)l->count, sizeof(mfg_array *));
  if (!values) mfg_scope_fail(s, MFG_ERROR_OUT_OF_MEMORY, "out of host memory for an expression");
  return values;
}

mfg_status mfg_lowered_prepare(mfg_scope *s, mfg_lowered *l) {
  pass p = {.scope = s, .lowered = l, .values = values_create(s, l)};
  if (p.values) run(&p, true);
  free(p.values);
  return mfg_scope_status(s);
}

mfg_array *mfg_lowered_apply(mfg_scope *s, const mfg_lowered *l, const mfg_array *density) {
  int32_t result = l->count - 1;
  if (l->stored[result]) return l->stored[result];
  pass p = {.scope = s, .lowered = l, .density = density, .values = values_create(s, l)};
  mfg_array *value = NULL;
  if (p.values) {
    run(&p, false);
    value = p.values[result];
  }
  free(p.values);
  return mfg_scope_status(s) == MFG_OK ? value : NULL;
}
