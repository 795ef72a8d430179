/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elementwise operations: types, broadcasting, and the node. */
#include <mfg/sdk.h>
#include <stdio.h>

#include "array/complex.h"
#include "array/context_private.h"
#include "array/handle.h"
#include "array/promotion.h"

/* The operands of one call while its result is worked out. */
typedef struct op_call {
  mfg_scope *scope;
  uint32_t operation;
  const char *name;
  int count;
  mfg_operand operands[3];
  mfg_value *values[3]; /* owned */
} op_call;

static void drop_values(op_call *call) {
  for (int i = 0; i < 3; i++)
    mfg_value_release(call->values[i]);
}

static bool is_number(const op_call *call, int i) {
  const mfg_operand *operand = &call->operands[i];
  return operand->kind != MFG_OPERAND_ARRAY || (call->values[i] != NULL && call->values[i]->weak);
}

/* ---- types ----------------------------------------------------------------------------------- */

/* Which operands decide the type: a SELECT's condition does not. */
static int first_typed(const op_call *call) {
  return call->operation == MFG_OP_SELECT ? 1 : 0;
}

static int number_kind(const op_call *call, int i) {
  if (call->operands[i].kind != MFG_OPERAND_ARRAY) return call->operands[i].kind;
  mfg_dtype type = call->values[i]->type;
  return mfg_type_is_float(type)     ? MFG_OPERAND_REAL
         : mfg_type_is_integer(type) ? MFG_OPERAND_INTEGER
                                     : MFG_OPERAND_BOOLEAN;
}

/* The common type of the arrays; 0 where there is none, which is an error, and also where all
 * operands are numbers. */
static bool array_type(const op_call *call, mfg_dtype *type) {
  *type = 0;
  for (int i = first_typed(call); i < call->count; i++) {
    if (is_number(call, i)) continue;
    mfg_dtype next = call->values[i]->type;
    *type = *type == 0 ? next : mfg_scope_promote(call->scope, call->name, *type, next);
    if (*type == 0) return false;
  }
  return true;
}

/* A number joins the kind of what stands beside it. */
static mfg_dtype join_number(mfg_dtype type, int kind) {
  bool integral = type == 0 || type == MFG_BOOL;
  switch (kind) {
  case MFG_OPERAND_REAL:
    return mfg_is_dtype(type, MFG_KIND_REAL_FLOAT | MFG_KIND_COMPLEX_FLOAT)
               ? type
               : (mfg_dtype)MFG_FLOAT64;
  case MFG_OPERAND_COMPLEX: return mfg_type_is_complex(type) ? type : mfg_complex_type(type);
  case MFG_OPERAND_INTEGER: return integral ? (mfg_dtype)MFG_INT64 : type;
  case MFG_OPERAND_UNSIGNED: return integral ? (mfg_dtype)MFG_UINT64 : type;
  default: return type == 0 ? (mfg_dtype)MFG_BOOL : type;
  }
}

/* The common type: of the arrays by promotion, then of the numbers; the largest integer first, so
 * that their order does not matter. */
static bool common_type(const op_call *call, mfg_dtype *type) {
  static const int kinds[] = {MFG_OPERAND_UNSIGNED, MFG_OPERAND_INTEGER, MFG_OPERAND_REAL,
                              MFG_OPERAND_COMPLEX, MFG_OPERAND_BOOLEAN};
  if (!array_type(call, type)) return false;
  for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
    for (int i = first_typed(call); i < call->count; i++)
      if (is_number(call, i) && number_kind(call, i) == kinds[k])
        *type = join_number(*type, kinds[k]);
  return true;
}

static bool type_error(const op_call *call, mfg_dtype found, const char *expected) {
  mfg_scope_error(call->scope, MFG_ERROR_TYPE, "mfg_%s: found %s; expected %s", call->name,
                  mfg_dtype_name(found), expected);
  return false;
}

/* An integer is what floor, ceil, trunc and round make of it. */
static bool rounds_integer(const op_call *call, mfg_dtype type) {
  return call->operation >= MFG_OP_FLOOR && call->operation <= MFG_OP_ROUND &&
         mfg_type_is_integer(type);
}

/* The operands' type and the result's, by the rule of the operation. */
static bool apply_rule(const op_call *call, mfg_dtype *operand_type, mfg_dtype *result_type) {
  mfg_dtype type = *operand_type;
  bool integral = !mfg_type_is_float(type);
  switch (mfg_operation_type_rule(call->operation)) {
  case MFG_RULE_NUMERIC:
    if (type == MFG_BOOL) return type_error(call, type, "numbers (convert with mfg_astype)");
    *result_type = type;
    return true;
  case MFG_RULE_REAL:
    *operand_type = integral && !rounds_integer(call, type) ? (mfg_dtype)MFG_FLOAT64 : type;
    *result_type = *operand_type;
    return true;
  case MFG_RULE_COMPARE:
    if (type == MFG_BOOL && call->operation != MFG_OP_EQUAL && call->operation != MFG_OP_NOT_EQUAL)
      return type_error(call, type, "numbers: bool has no order");
    *result_type = MFG_BOOL;
    return true;
  case MFG_RULE_LOGIC:
    if (type != MFG_BOOL) return type_error(call, type, "bool (compare with 0)");
    *result_type = MFG_BOOL;
    return true;
  case MFG_RULE_BITS:
    if (!integral) return type_error(call, type, "integers");
    if (type == MFG_BOOL && (call->operation == MFG_OP_BITWISE_LEFT_SHIFT ||
                             call->operation == MFG_OP_BITWISE_RIGHT_SHIFT))
      return type_error(call, type, "integers");
    *result_type = type;
    return true;
  case MFG_RULE_CLASSIFY:
    *operand_type = integral ? (mfg_dtype)MFG_FLOAT64 : type;
    *result_type = MFG_BOOL;
    return true;
  default: *result_type = type; return true;
  }
}

/* ---- operands -------------------------------------------------------------------------------- */

static bool take_arrays(op_call *call) {
  for (int i = 0; i < call->count; i++) {
    if (call->operands[i].kind != MFG_OPERAND_ARRAY) continue;
    if (!mfg_scope_accepts(call->scope, call->operands[i].array, call->name)) return false;
    call->values[i] = mfg_scope_value(call->scope, call->operands[i].array);
    if (call->values[i] == NULL) return false;
  }
  return true;
}

static mfg_value *number_value(const op_call *call, int i, mfg_dtype type) {
  mfg_scalar number = mfg_scalar_of_operand(type, &call->operands[i]);
  mfg_value *value = mfg_value_number(call->scope->context, type, 0, NULL, number);
  if (value != NULL) value->weak = true;
  return value;
}

static bool number_fits(const op_call *call, int i, mfg_dtype type) {
  const mfg_operand *operand = &call->operands[i];
  if (mfg_operand_fits(type, operand)) return true;
  char text[32];
  mfg_scope_error(call->scope, MFG_ERROR_TYPE,
                  "mfg_%s: %s does not fit %s, the type of the array beside it", call->name,
                  mfg_operand_text(operand, text, sizeof text), mfg_dtype_name(type));
  return false;
}

/* Turns every operand into a value of its type. */
static bool settle_operands(op_call *call, mfg_dtype type) {
  for (int i = 0; i < call->count; i++) {
    mfg_dtype wanted = call->operation == MFG_OP_SELECT && i == 0 ? (mfg_dtype)MFG_BOOL : type;
    if (!number_fits(call, i, wanted)) return false;
    call->values[i] = call->values[i] != NULL ? mfg_value_as_type(call->values[i], wanted)
                                              : number_value(call, i, wanted);
    if (call->values[i] == NULL) {
      mfg_scope_keep_error(call->scope, MFG_ERROR_OUT_OF_MEMORY);
      return false;
    }
  }
  return true;
}

static bool broadcast(const op_call *call, int *rank, int64_t *shape) {
  *rank = 0;
  for (int i = 0; i < call->count; i++)
    if (!mfg_shape_broadcast(call->values[i]->rank, call->values[i]->shape, rank, shape)) {
      char text[3][192];
      for (int k = 0; k < 3; k++) {
        text[k][0] = '\0';
        if (k < call->count)
          mfg_shape_text(call->values[k]->rank, call->values[k]->shape, text[k], sizeof text[k]);
      }
      mfg_scope_error(call->scope, MFG_ERROR_SHAPE, "mfg_%s: shapes %s %s %s do not broadcast",
                      call->name, text[0], text[1], text[2]);
      return false;
    }
  return true;
}

/* All operands were numbers written in place: the result is one, too, as far as the type goes. */
static bool all_numbers(const op_call *call) {
  for (int i = 0; i < call->count; i++)
    if (!call->values[i]->weak) return false;
  return true;
}

static mfg_array *finish(op_call *call, mfg_dtype type) {
  int rank = 0;
  int64_t shape[MFG_MAX_RANK] = {0};
  if (!broadcast(call, &rank, shape)) return NULL;
  if (rounds_integer(call, type))
    return mfg_scope_adopt(call->scope, mfg_value_retain(call->values[0]));
  mfg_value *value = mfg_value_elementwise(call->scope->context, call->operation, type, rank, shape,
                                           call->count, call->values);
  if (value != NULL && all_numbers(call) && value->rank == 0) value->weak = true;
  return mfg_scope_adopt(call->scope, value);
}

mfg_array *mfg_apply(mfg_scope *scope, uint32_t operation, mfg_operand a, mfg_operand b,
                     mfg_operand c) {
  if (!mfg_scope_usable(scope)) return NULL;
  int arity = mfg_operation_arity(operation);
  if (arity < 1 || operation == MFG_OP_CONVERT)
    return mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT,
                           "mfg_apply: %u is no elementwise operation", operation);
  op_call call = {.scope = scope,
                  .operation = operation,
                  .name = operation == MFG_OP_SELECT ? "where" : mfg_operation_name(operation),
                  .count = arity,
                  .operands = {a, b, c}};
  mfg_array *result = NULL;
  mfg_dtype operand_type = 0;
  if (take_arrays(&call) && common_type(&call, &operand_type)) {
    mfg_dtype result_type = 0;
    if (operation == MFG_OP_SELECT && call.values[0] != NULL && call.values[0]->type != MFG_BOOL)
      type_error(&call, call.values[0]->type, "a bool condition");
    else if (mfg_type_is_complex(operand_type))
      result = mfg_complex_apply(scope, operation, call.name, operand_type, arity, call.operands);
    else if (apply_rule(&call, &operand_type, &result_type) && settle_operands(&call, operand_type))
      result = finish(&call, result_type);
  }
  drop_values(&call);
  return result;
}

mfg_array *mfg_astype(mfg_scope *scope, const mfg_array *array, mfg_dtype type) {
  if (!mfg_scope_accepts(scope, array, "mfg_astype")) return NULL;
  if (!mfg_type_is_known(type) || !mfg_context_supports(scope->context, type))
    return mfg_scope_error(scope, MFG_ERROR_TYPE, "mfg_astype: %s cannot be computed with on %s",
                           mfg_dtype_name(type), mfg_context_device(scope->context));
  if (mfg_type_is_complex(array->type) && type != MFG_BOOL && !mfg_type_is_complex(type))
    return mfg_scope_error(scope, MFG_ERROR_TYPE,
                           "mfg_astype: %s is not narrowed to %s; take mfg_real or mfg_imag",
                           mfg_dtype_name(array->type), mfg_dtype_name(type));
  mfg_value *value = mfg_scope_value(scope, array);
  if (value != NULL) value = mfg_value_as_type(value, type);
  if (value != NULL && value->weak) {
    /* A type that was asked for is a type. */
    mfg_value *typed = mfg_value_node(scope->context, MFG_VALUE_ELEMENTWISE, type, value->rank,
                                      value->shape, 1, &value);
    if (typed != NULL) typed->node.operation = MFG_OP_CONVERT;
    mfg_value_release(value);
    value = typed;
  }
  return mfg_scope_adopt(scope, value);
}
