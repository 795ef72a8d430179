/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/tangent.h"

#include <stdlib.h>
#include <string.h>

/* One derived expression, lowered, with memory for its value at m. */
typedef struct part {
  mfg_expression *expression;
  mfg_lowered *lowered;
  mfg_array *value; /* NULL where the expression is 0 */
} part;

/* One nonlocal term J_i. */
typedef struct term {
  bool is_mean;
  part outer;   /* D_i */
  part weight;  /* w_i */
  part *nested; /* by J_j, j < i */
} term;

struct mfg_tangent {
  mfg_lower_space space;
  part slope; /* derivative by m */
  int32_t count;
  term *terms;
};

/* ---- making ------------------------------------------------------------------------------------
 */

/* Takes the expression over; NULL says that deriving it failed. */
static void part_create(mfg_scope *s, part *p, mfg_expression *expression,
                        const mfg_expression_error *error, const mfg_lower_space *space) {
  p->expression = expression;
  if (!expression) {
    mfg_scope_fail(s, MFG_ERROR_OUT_OF_MEMORY, error->text);
    return;
  }
  p->lowered = mfg_lowered_create(s, expression, space);
  if (!p->lowered || mfg_lowered_is_zero(p->lowered)) return;
  int64_t shape[MFG_MAX_RANK];
  mfg_lowered_shape(p->lowered, shape);
  p->value = mfg_keep(mfg_empty(s, space->type, space->axes + 1, shape));
}

static void part_release(part *p) {
  mfg_release(p->value);
  mfg_lowered_release(p->lowered);
  mfg_expression_free(p->expression);
}

/* The same with memory for one number a level. */
static void integrated_create(mfg_scope *s, part *p, mfg_expression *expression,
                              const mfg_expression_error *error, const mfg_tangent *t) {
  part_create(s, p, expression, error, &t->space);
  if (!p->value) return;
  mfg_release(p->value);
  p->value = mfg_keep(
      mfg_empty(s, t->space.type, t->space.axes + 1, (int64_t[]){t->space.shape[0], 1, 1, 1}));
}

static void nested_create(mfg_scope *s, mfg_tangent *t, const mfg_expression *expression,
                          int32_t index) {
  mfg_expression_error error;
  mfg_expression *body = mfg_expression_nonlocal_body(expression, index, &error);
  term *made = &t->terms[index];
  made->nested = calloc((size_t)index + 1, sizeof *made->nested);
  if (!body || !made->nested)
    mfg_scope_fail(s, MFG_ERROR_OUT_OF_MEMORY, "out of host memory for a derivative");
  for (int32_t j = 0; j < index && mfg_scope_status(s) == MFG_OK; j++)
    if (mfg_expression_nonlocal_node(body, j))
      integrated_create(s, &made->nested[j], mfg_expression_nonlocal_derivative(body, j, &error),
                        &error, t);
  mfg_expression_free(body);
}

static void term_create(mfg_scope *s, mfg_tangent *t, const mfg_expression *expression,
                        int32_t index) {
  mfg_expression_error error;
  term *made = &t->terms[index];
  const mfg_expression_node *node = mfg_expression_nonlocal_node(expression, index);
  if (!node) /* simplified away */
    return;
  made->is_mean = node->operation == MFG_EXPRESSION_MEAN;
  part_create(s, &made->outer, mfg_expression_nonlocal_derivative(expression, index, &error),
              &error, &t->space);
  if (mfg_scope_status(s) == MFG_OK)
    part_create(s, &made->weight, mfg_expression_nonlocal_gradient(expression, index, &error),
                &error, &t->space);
  if (mfg_scope_status(s) == MFG_OK) nested_create(s, t, expression, index);
}

mfg_tangent *mfg_tangent_create(mfg_scope *s, const mfg_expression *expression,
                                const mfg_lower_space *space) {
  mfg_tangent *t = calloc(1, sizeof *t);
  int32_t count = mfg_expression_nonlocal_count(expression);
  if (t) t->terms = calloc((size_t)count + 1, sizeof *t->terms);
  if (!t || !t->terms) {
    mfg_scope_fail(s, MFG_ERROR_OUT_OF_MEMORY, "out of host memory for a derivative");
    free(t);
    return NULL;
  }
  t->space = *space;
  t->count = count;
  mfg_expression_error error;
  part_create(s, &t->slope, mfg_expression_derivative(expression, MFG_EXPRESSION_DENSITY, &error),
              &error, space);
  for (int32_t i = 0; i < count && mfg_scope_status(s) == MFG_OK; i++)
    term_create(s, t, expression, i);
  if (mfg_scope_status(s) == MFG_OK) return t;
  mfg_tangent_release(t);
  return NULL;
}

void mfg_tangent_release(mfg_tangent *t) {
  if (!t) return;
  part_release(&t->slope);
  for (int32_t i = 0; i < t->count; i++) {
    part_release(&t->terms[i].outer);
    part_release(&t->terms[i].weight);
    for (int32_t j = 0; t->terms[i].nested && j < i; j++)
      part_release(&t->terms[i].nested[j]);
    free(t->terms[i].nested);
  }
  free(t->terms);
  free(t);
}

/* ---- using -------------------------------------------------------------------------------------
 */

static void part_take(mfg_scope *s, part *p, const mfg_array *density) {
  if (!p->value || mfg_lowered_prepare(s, p->lowered) != MFG_OK) return;
  mfg_assign(s, p->value, mfg_lowered_apply(s, p->lowered, density));
}

/* The derivative of a body by an inner term, integrated: once, since it does not depend on v. */
static void nested_take(mfg_scope *s, const mfg_tangent *t, part *p, bool is_mean,
                        const mfg_array *density) {
  if (!p->value || mfg_lowered_prepare(s, p->lowered) != MFG_OK) return;
  mfg_array *value = mfg_lowered_apply(s, p->lowered, density);
  mfg_assign(s, p->value,
             mfg_lower_integral(s, &t->space, is_mean ? mfg_mul(s, value, density) : value));
}

mfg_status mfg_tangent_take(mfg_scope *s, mfg_tangent *t, const mfg_array *density) {
  part_take(s, &t->slope, density);
  for (int32_t i = 0; i < t->count; i++) {
    part_take(s, &t->terms[i].outer, density);
    part_take(s, &t->terms[i].weight, density);
    for (int32_t j = 0; t->terms[i].nested && j < i; j++)
      nested_take(s, t, &t->terms[i].nested[j], t->terms[i].is_mean, density);
  }
  return mfg_scope_status(s);
}

static mfg_array *sum_of(mfg_scope *s, mfg_array *a, mfg_array *b) {
  return !a ? b : !b ? a : mfg_add(s, a, b);
}

mfg_array *mfg_tangent_apply(mfg_scope *s, const mfg_tangent *t, const mfg_array *v) {
  mfg_array *total = t->slope.value ? mfg_mul(s, t->slope.value, v) : NULL;
  mfg_array **changes = calloc((size_t)t->count + 1, sizeof(mfg_array *));
  if (!changes) {
    mfg_scope_fail(s, MFG_ERROR_OUT_OF_MEMORY, "out of host memory for a derivative");
    return NULL;
  }
  for (int32_t i = 0; i < t->count; i++) {
    const term *of = &t->terms[i];
    if (of->weight.value)
      changes[i] = mfg_lower_integral(s, &t->space, mfg_mul(s, of->weight.value, v));
    for (int32_t j = 0; of->nested && j < i; j++)
      if (of->nested[j].value && changes[j])
        changes[i] = sum_of(s, changes[i], mfg_mul(s, of->nested[j].value, changes[j]));
    if (of->outer.value && changes[i])
      total = sum_of(s, total, mfg_mul(s, of->outer.value, changes[i]));
  }
  free(changes);
  return total;
}
