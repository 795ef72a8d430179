// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

#include <stdlib.h>
#include <string.h>

void mfg_expression_builder_begin(mfg_expression_builder *builder,
                                  const mfg_expression_names *names) {
  *builder = (mfg_expression_builder){.names = names};
}

void mfg_expression_builder_end(mfg_expression_builder *builder) {
  free(builder->nodes);
  free(builder->table);
  *builder = (mfg_expression_builder){0};
}

static uint64_t mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
  return hash ^ (hash >> 29);
}

static bool is_commutative(mfg_expression_operation operation) {
  switch (operation) {
  case MFG_EXPRESSION_ADD:
  case MFG_EXPRESSION_MULTIPLY:
  case MFG_EXPRESSION_EQUAL:
  case MFG_EXPRESSION_NOT_EQUAL:
  case MFG_EXPRESSION_AND:
  case MFG_EXPRESSION_OR: return true;
  default: return false;
  }
}

static uint32_t hash_node(const mfg_expression_node *node) {
  int32_t first = node->operands[0], second = node->operands[1];
  if (is_commutative(node->operation) && first > second) {
    first = node->operands[1];
    second = node->operands[0];
  }
  uint64_t bits = 0;
  memcpy(&bits, &node->value, sizeof bits);
  uint64_t hash = mix((uint64_t)node->operation * 4 + (uint64_t)node->type, bits);
  hash = mix(hash, (uint32_t)first);
  hash = mix(hash, (uint32_t)second);
  hash = mix(hash, (uint32_t)node->operands[2]);
  hash = mix(hash, (uint32_t)node->symbol);
  return (uint32_t)(hash >> 32);
}

/* Values are compared by their bits: 0 and -0 are two constants, NaN is one. */
static bool same_node(const mfg_expression_node *a, const mfg_expression_node *b) {
  if (a->operation != b->operation || a->type != b->type || a->symbol != b->symbol ||
      a->operands[2] != b->operands[2] || memcmp(&a->value, &b->value, sizeof a->value) != 0)
    return false;
  if (a->operands[0] == b->operands[0] && a->operands[1] == b->operands[1]) return true;
  return is_commutative(a->operation) && a->operands[0] == b->operands[1] &&
         a->operands[1] == b->operands[0];
}

static void table_insert(int32_t *table, uint32_t size, const mfg_expression_node *nodes,
                         int32_t index) {
  uint32_t slot = hash_node(&nodes[index]) & (size - 1);
  while (table[slot] >= 0)
    slot = (slot + 1) & (size - 1);
  table[slot] = index;
}

static bool builder_reserve(mfg_expression_builder *builder, int32_t wanted) {
  if (wanted > MFG_EXPRESSION_MAXIMUM_NODES) {
    builder->failure = MFG_EXPRESSION_TOO_LARGE;
    return false;
  }
  int32_t capacity = builder->capacity > 0 ? builder->capacity : 16;
  while (capacity < wanted)
    capacity *= 2;
  uint32_t table_size = (uint32_t)capacity * 2;
  mfg_expression_node *nodes =
      realloc(builder->nodes, (size_t)capacity * sizeof(mfg_expression_node));
  if (nodes) builder->nodes = nodes;
  int32_t *table = nodes ? malloc(table_size * sizeof(int32_t)) : NULL;
  if (!table) {
    builder->failure = MFG_EXPRESSION_OUT_OF_MEMORY;
    return false;
  }
  memset(table, 0xff, table_size * sizeof(int32_t));
  for (int32_t i = 0; i < builder->count; i++)
    table_insert(table, table_size, nodes, i);
  free(builder->table);
  builder->table = table;
  builder->table_size = table_size;
  builder->capacity = capacity;
  return true;
}

void mfg_expression_builder_begin_from(mfg_expression_builder *builder,
                                       const mfg_expression *expression) {
  mfg_expression_builder_begin(builder, &expression->names);
  builder->nonlocal_count = expression->nonlocal_count;
  if (!builder_reserve(builder, expression->count)) return;
  for (int32_t i = 0; i < expression->count; i++) {
    builder->nodes[i] = expression->nodes[i];
    table_insert(builder->table, builder->table_size, builder->nodes, i);
  }
  builder->count = expression->count;
}

int32_t mfg_expression_builder_intern(mfg_expression_builder *builder,
                                      const mfg_expression_node *contents) {
  if (builder->failure) return MFG_EXPRESSION_NONE;
  if (builder->count == builder->capacity && !builder_reserve(builder, builder->count + 1))
    return MFG_EXPRESSION_NONE;
  uint32_t mask = builder->table_size - 1;
  uint32_t slot = hash_node(contents) & mask;
  for (; builder->table[slot] >= 0; slot = (slot + 1) & mask)
    if (same_node(&builder->nodes[builder->table[slot]], contents)) return builder->table[slot];
  builder->nodes[builder->count] = *contents;
  builder->table[slot] = builder->count;
  return builder->count++;
}

/*
 * Numbers the nodes reachable from `root` in depth-first post-order, operands from left to right:
 * equal trees become equal arrays. `order` receives the old indices, `place` the new ones.
 */
static int32_t number_nodes(const mfg_expression_builder *builder, int32_t root, int32_t *order,
                            int32_t *place, int32_t *stack) {
  int32_t count = 0, top = 0;
  for (int32_t i = 0; i < builder->count; i++)
    place[i] = -1;
  stack[top++] = root;
  while (top > 0) {
    int32_t index = stack[top - 1];
    const mfg_expression_node *node = &builder->nodes[index];
    int32_t next = MFG_EXPRESSION_NONE;
    for (int32_t k = 0; k < node->operand_count && next < 0; k++)
      if (place[node->operands[k]] < 0) next = node->operands[k];
    if (next >= 0) {
      stack[top++] = next;
      continue;
    }
    place[index] = count;
    order[count++] = index;
    top--;
  }
  return count;
}

static void mark_local(mfg_expression *expression) {
  for (int32_t i = 0; i < expression->count; i++)
    expression->nodes[i].local = i == expression->count - 1;
  for (int32_t i = expression->count - 1; i >= 0; i--) {
    const mfg_expression_node *node = &expression->nodes[i];
    if (!node->local || node->operation == MFG_EXPRESSION_MEAN ||
        node->operation == MFG_EXPRESSION_INTEGRAL)
      continue;
    for (int32_t k = 0; k < node->operand_count; k++)
      expression->nodes[node->operands[k]].local = true;
  }
}

static bool copy_names(mfg_expression_names *to, const mfg_expression_names *from) {
  *to = *from;
  to->variables = NULL;
  if (from->variable_count == 0) return true;
  to->variables = malloc(from->variable_count * sizeof(mfg_expression_name));
  if (!to->variables) return false;
  memcpy(to->variables, from->variables, from->variable_count * sizeof(mfg_expression_name));
  return true;
}

static mfg_expression *assemble(const mfg_expression_builder *builder, int32_t root,
                                int32_t *work) {
  int32_t *order = work, *place = work + builder->count, *stack = place + builder->count;
  int32_t count = number_nodes(builder, root, order, place, stack);
  mfg_expression *expression = calloc(1, sizeof *expression);
  if (!expression) return NULL;
  expression->nodes = malloc((size_t)count * sizeof(mfg_expression_node));
  if (!expression->nodes || !copy_names(&expression->names, builder->names)) {
    mfg_expression_free(expression);
    return NULL;
  }
  expression->count = count;
  expression->nonlocal_count = builder->nonlocal_count;
  for (int32_t i = 0; i < count; i++) {
    mfg_expression_node node = builder->nodes[order[i]];
    for (int32_t k = 0; k < node.operand_count; k++)
      node.operands[k] = place[node.operands[k]];
    bool reduces =
        node.operation == MFG_EXPRESSION_MEAN || node.operation == MFG_EXPRESSION_INTEGRAL;
    if (reduces && node.nonlocal < 0) node.nonlocal = expression->nonlocal_count++;
    expression->nodes[i] = node;
  }
  mark_local(expression);
  return expression;
}

mfg_expression *mfg_expression_builder_finish(mfg_expression_builder *builder, int32_t root,
                                              mfg_expression_error *error) {
  mfg_expression *expression = NULL;
  if (!builder->failure) {
    /* The depth-first stack holds one path, which is never longer than the number of nodes. */
    int32_t *work = malloc((size_t)builder->count * 3 * sizeof(int32_t));
    if (work) expression = assemble(builder, root, work);
    free(work);
    if (!expression) builder->failure = MFG_EXPRESSION_OUT_OF_MEMORY;
  }
  if (!expression) mfg_expression_error_set_failure(error, builder->failure);
  return expression;
}
