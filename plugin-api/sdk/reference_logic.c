/* SPDX-License-Identifier: MIT */
/* Whatever yields bool or chooses by one: comparisons, logic, classification, select. */
#include "reference.h"

#include <math.h>

#define COMPARE_FOR(symbol, relation, member)                                                      \
  static void symbol##_##member(mfg_scalar *target, const mfg_scalar *a, const mfg_scalar *b,      \
                                const mfg_scalar *c) {                                             \
    (void)c;                                                                                       \
    target->boolean = a->member relation b->member;                                                \
  }
#define COMPARE(type, member, T)                                                                   \
  COMPARE_FOR(EQUAL, ==, member)                                                                   \
  COMPARE_FOR(NOT_EQUAL, !=, member)                                                               \
  COMPARE_FOR(LESS, <, member)                                                                     \
  COMPARE_FOR(LESS_EQUAL, <=, member)                                                              \
  COMPARE_FOR(GREATER, >, member)                                                                  \
  COMPARE_FOR(GREATER_EQUAL, >=, member)

MFG_KERNEL_TYPES(COMPARE)

#define CLASSIFICATIONS(X)                                                                         \
  X(ISNAN, isnan)                                                                                  \
  X(ISINF, isinf)                                                                                  \
  X(ISFINITE, isfinite)                                                                            \
  X(SIGNBIT, signbit)

#define CLASSIFY_FOR(symbol, test, member)                                                         \
  static void symbol##_##member(mfg_scalar *target, const mfg_scalar *a, const mfg_scalar *b,      \
                                const mfg_scalar *c) {                                             \
    (void)b, (void)c;                                                                              \
    target->boolean = (bool)test(a->member);                                                       \
  }
#define CLASSIFY(symbol, test)                                                                     \
  CLASSIFY_FOR(symbol, test, float32)                                                              \
  CLASSIFY_FOR(symbol, test, float64)

CLASSIFICATIONS(CLASSIFY)

#define LOGIC(name, expression)                                                                    \
  static void name(mfg_scalar *target, const mfg_scalar *first, const mfg_scalar *second,          \
                   const mfg_scalar *third) {                                                      \
    bool a = first->boolean != 0, b = second->boolean != 0;                                        \
    (void)third, (void)b;                                                                          \
    target->boolean = (expression);                                                                \
  }

LOGIC(logical_and, a &&b)
LOGIC(logical_or, a || b)
LOGIC(logical_xor, a != b)
LOGIC(logical_not, !a)

static void choose(mfg_scalar *target, const mfg_scalar *a, const mfg_scalar *b,
                   const mfg_scalar *c) {
  *target = a->boolean != 0 ? *b : *c;
}

mfg_reference_function mfg_reference_logic(uint32_t operation, mfg_dtype argument) {
  static const mfg_reference_function functions[MFG_OPERATION_END][MFG_FLOAT64 + 1] = {
#define ENTRY(type, member, T)                                                                     \
  [MFG_OP_EQUAL][MFG_##type] = EQUAL_##member,                                                     \
  [MFG_OP_NOT_EQUAL][MFG_##type] = NOT_EQUAL_##member, [MFG_OP_LESS][MFG_##type] = LESS_##member,  \
  [MFG_OP_LESS_EQUAL][MFG_##type] = LESS_EQUAL_##member,                                           \
  [MFG_OP_GREATER][MFG_##type] = GREATER_##member,                                                 \
  [MFG_OP_GREATER_EQUAL][MFG_##type] = GREATER_EQUAL_##member,
      MFG_KERNEL_TYPES(ENTRY)
#undef ENTRY
#define ENTRY(symbol, test)                                                                        \
  [MFG_OP_##symbol] = {[MFG_FLOAT32] = symbol##_float32, [MFG_FLOAT64] = symbol##_float64},
          CLASSIFICATIONS(ENTRY)
#undef ENTRY
              [MFG_OP_LOGICAL_AND] = {[MFG_BOOL] = logical_and},
      [MFG_OP_LOGICAL_OR] = {[MFG_BOOL] = logical_or},
      [MFG_OP_LOGICAL_XOR] = {[MFG_BOOL] = logical_xor},
      [MFG_OP_LOGICAL_NOT] = {[MFG_BOOL] = logical_not},
      [MFG_OP_BITWISE_AND] = {[MFG_BOOL] = logical_and},
      [MFG_OP_BITWISE_OR] = {[MFG_BOOL] = logical_or},
      [MFG_OP_BITWISE_XOR] = {[MFG_BOOL] = logical_xor},
      [MFG_OP_BITWISE_INVERT] = {[MFG_BOOL] = logical_not},
      [MFG_OP_SELECT] = {[MFG_BOOL] = choose},
  };
  return functions[operation][argument];
}
