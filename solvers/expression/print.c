// SPDX-License-Identifier: LGPL-2.1-or-later
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Writes a tree with a stack of its own instead of recursion: an entry is either a piece of text or
 * a node to be written where at least a given binding strength is needed. Writing stops at the
 * limit, which bounds the time although a shared node is written at each of its uses.
 */

/* How strongly a text binds; what is weaker than its place needs stands in parentheses. */
typedef enum strength {
  CHOICE = 1,
  OR,
  AND,
  COMPARISON,
  SUM,
  PRODUCT,
  PREFIX,
  POWER,
  OPERAND
} strength;

/* The least limit that leaves room for "..." and something before it. */
#define SHORTEST 4

typedef struct entry {
  const char *text; /* NULL: a node */
  int32_t node;
  strength needed;
  bool arithmetic; /* the node is an operand of + - * / or ^, where a condition is a number */
} entry;

typedef struct printer {
  const mfg_expression *expression;
  char *text;
  size_t used, capacity, limit;
  entry *stack;
  size_t depth, stack_capacity;
  bool full, failed;
} printer;

static void put(printer *p, const char *text) {
  size_t count = strlen(text);
  if (p->full || p->failed) return;
  if (p->used + count > p->limit) {
    p->full = true;
    count = p->limit - p->used;
  }
  if (p->used + count + 1 > p->capacity) {
    size_t capacity = (p->used + count + 1) * 2;
    char *larger = realloc(p->text, capacity);
    if (!larger) {
      p->failed = true;
      return;
    }
    p->text = larger;
    p->capacity = capacity;
  }
  memcpy(p->text + p->used, text, count);
  p->used += count;
  p->text[p->used] = '\0';
}

static void push(printer *p, entry what) {
  if (p->failed) return;
  if (p->depth == p->stack_capacity) {
    size_t capacity = p->stack_capacity ? p->stack_capacity * 2 : 64;
    entry *larger = realloc(p->stack, capacity * sizeof(entry));
    if (!larger) {
      p->failed = true;
      return;
    }
    p->stack = larger;
    p->stack_capacity = capacity;
  }
  p->stack[p->depth++] = what;
}

static void push_text(printer *p, const char *text) {
  push(p, (entry){.text = text});
}

static void push_node(printer *p, int32_t node, strength needed, bool arithmetic) {
  push(p, (entry){.node = node, .needed = needed, .arithmetic = arithmetic});
}

static bool is_square(const mfg_expression_node *node) {
  return node->operation == MFG_EXPRESSION_MULTIPLY && node->operands[0] == node->operands[1];
}

static strength constant_strength(const mfg_expression_node *node) {
  if (node->type == MFG_EXPRESSION_CONDITION) return COMPARISON;
  if (!isfinite(node->value)) return PRODUCT;
  return signbit(node->value) ? PREFIX : OPERAND;
}

static strength node_strength(const mfg_expression_node *node) {
  switch (node->operation) {
  case MFG_EXPRESSION_CONSTANT: return constant_strength(node);
  case MFG_EXPRESSION_SELECT:
  case MFG_EXPRESSION_INDICATOR: return CHOICE;
  case MFG_EXPRESSION_OR: return OR;
  case MFG_EXPRESSION_AND: return AND;
  case MFG_EXPRESSION_LESS:
  case MFG_EXPRESSION_LESS_EQUAL:
  case MFG_EXPRESSION_GREATER:
  case MFG_EXPRESSION_GREATER_EQUAL:
  case MFG_EXPRESSION_EQUAL:
  case MFG_EXPRESSION_NOT_EQUAL: return COMPARISON;
  case MFG_EXPRESSION_ADD:
  case MFG_EXPRESSION_SUBTRACT: return SUM;
  case MFG_EXPRESSION_MULTIPLY: return is_square(node) ? POWER : PRODUCT;
  case MFG_EXPRESSION_DIVIDE: return PRODUCT;
  case MFG_EXPRESSION_NEGATE:
  case MFG_EXPRESSION_NOT: return PREFIX;
  case MFG_EXPRESSION_POWER: return POWER;
  default: return OPERAND;
  }
}

static void put_constant(printer *p, const mfg_expression_node *node) {
  char text[MFG_EXPRESSION_NUMBER_SIZE];
  if (node->type == MFG_EXPRESSION_CONDITION)
    put(p, node->value != 0.0 ? "1 != 0" : "0 != 0");
  else if (isnan(node->value))
    put(p, "0/0");
  else if (isinf(node->value))
    put(p, node->value > 0.0 ? "1/0" : "-1/0");
  else {
    mfg_expression_number_write(node->value, text);
    put(p, text);
  }
}

static void put_symbol(printer *p, int32_t symbol) {
  const mfg_expression_names *names = &p->expression->names;
  if (symbol >= MFG_EXPRESSION_VARIABLE) {
    put(p, names->variables[symbol - MFG_EXPRESSION_VARIABLE]);
  } else if (symbol >= MFG_EXPRESSION_MOMENTUM) {
    put(p, "p");
    put(p, names->axis[symbol - MFG_EXPRESSION_MOMENTUM]);
  } else if (symbol >= MFG_EXPRESSION_TIME) {
    put(p, symbol == MFG_EXPRESSION_TIME ? "t" : "m");
  } else {
    put(p, names->axis[symbol]);
  }
}

/* Pushes are in reverse: what comes last in the text goes in first. */
static void push_call(printer *p, const mfg_expression_node *node) {
  push_text(p, ")");
  for (int32_t k = node->operand_count - 1; k >= 0; k--) {
    push_node(p, node->operands[k], CHOICE, false);
    if (k > 0) push_text(p, ", ");
  }
  push_text(p, "(");
  push_text(p, mfg_expression_operation_text(node->operation));
}

static void push_choice(printer *p, int32_t condition, int32_t a, int32_t b) {
  push_node(p, b, CHOICE, false);
  push_text(p, " : ");
  push_node(p, a, CHOICE, false);
  push_text(p, " ? ");
  push_node(p, condition, OR, false);
}

static void push_indicator(printer *p, const mfg_expression_node *node) {
  push_text(p, " ? 1 : 0");
  push_node(p, node->operands[0], OR, false);
}

static void push_binary(printer *p, const mfg_expression_node *node) {
  strength own = node_strength(node);
  bool arithmetic = own == SUM || own == PRODUCT;
  push_node(p, node->operands[1], own + 1, arithmetic);
  push_text(p, own == PRODUCT ? "" : " ");
  push_text(p, mfg_expression_operation_text(node->operation));
  push_text(p, own == PRODUCT ? "" : " ");
  push_node(p, node->operands[0], own, arithmetic);
}

static void push_parts(printer *p, const mfg_expression_node *node) {
  switch (node->operation) {
  case MFG_EXPRESSION_CONSTANT: put_constant(p, node); return;
  case MFG_EXPRESSION_SYMBOL: put_symbol(p, node->symbol); return;
  case MFG_EXPRESSION_NORM: put(p, "|p|"); return;
  case MFG_EXPRESSION_SELECT:
    push_choice(p, node->operands[0], node->operands[1], node->operands[2]);
    return;
  case MFG_EXPRESSION_INDICATOR: push_indicator(p, node); return;
  case MFG_EXPRESSION_NEGATE:
  case MFG_EXPRESSION_NOT:
    push_node(p, node->operands[0], PREFIX, node->operation == MFG_EXPRESSION_NEGATE);
    push_text(p, mfg_expression_operation_text(node->operation));
    return;
  case MFG_EXPRESSION_POWER:
    push_node(p, node->operands[1], POWER, true);
    push_text(p, "^");
    push_node(p, node->operands[0], OPERAND, true);
    return;
  default: break;
  }
  if (is_square(node)) {
    push_text(p, "^2");
    push_node(p, node->operands[0], OPERAND, true);
  } else if (node_strength(node) < OPERAND) {
    push_binary(p, node);
  } else {
    push_call(p, node);
  }
}

static void write_entry(printer *p, entry what) {
  if (what.text) {
    put(p, what.text);
    return;
  }
  const mfg_expression_node *node = &p->expression->nodes[what.node];
  if (node->operation == MFG_EXPRESSION_INDICATOR && what.arithmetic) {
    /* In parentheses a condition is a number by itself. */
    push_text(p, ")");
    push_node(p, node->operands[0], CHOICE, false);
    put(p, "(");
  } else if (node_strength(node) < what.needed) {
    push_text(p, ")");
    push_node(p, what.node, CHOICE, false);
    put(p, "(");
  } else {
    push_parts(p, node);
  }
}

char *mfg_expression_print(const mfg_expression *expression, size_t limit) {
  printer p = {.expression = expression, .limit = limit < SHORTEST ? SHORTEST : limit};
  push_node(&p, expression->count - 1, CHOICE, false);
  while (p.depth > 0 && !p.full && !p.failed) {
    entry next = p.stack[--p.depth];
    write_entry(&p, next);
  }
  free(p.stack);
  if (p.failed) {
    free(p.text);
    return NULL;
  }
  if (p.full) memcpy(p.text + p.used - 3, "...", 3);
  return p.text;
}
