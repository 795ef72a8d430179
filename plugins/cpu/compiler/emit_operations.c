/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations on vectors. Each gives the bits of the block loop of the same name. */
#include "emit.h"

#include <math.h>

typedef LLVMValueRef value;

/* An operation that is being emitted: its arguments, and the type that selects its code. */
struct operands {
  const emitter *e;
  LLVMBuilderRef b;
  value x[3];
  mfg_dtype type; /* of the last argument */
  enum emit_kind kind;
  unsigned bits;
};

static value choose(const struct operands *o, value condition, value yes, value no) {
  return LLVMBuildSelect(o->b, condition, yes, no, "");
}
static value both(const struct operands *o, value a, value b) {
  return LLVMBuildAnd(o->b, a, b, "");
}
static value either(const struct operands *o, value a, value b) {
  return LLVMBuildOr(o->b, a, b, "");
}
static value zero(const struct operands *o) {
  return LLVMConstNull(emit_vector(o->e, o->type));
}
static value whole(const struct operands *o, int64_t number) {
  return emit_integer(o->e, o->type, number);
}

static value intrinsic(const struct operands *o, const char *name, unsigned count) {
  LLVMTypeRef type = emit_vector(o->e, o->type);
  value arguments[3] = {o->x[0], o->x[1], o->x[2]};
  return emit_intrinsic(o->e, name, &type, 1, arguments, count);
}

/* ---- comparisons ---------------------------------------------------------------------------- */

enum relation { EQUAL, DIFFERENT, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL };

/* With NaN every relation is false, but for DIFFERENT. */
static value compare(const struct operands *o, enum relation relation, value a, value b) {
  static const LLVMRealPredicate reals[] = {LLVMRealOEQ, LLVMRealUNE, LLVMRealOLT,
                                            LLVMRealOLE, LLVMRealOGT, LLVMRealOGE};
  static const LLVMIntPredicate with_sign[] = {LLVMIntEQ,  LLVMIntNE,  LLVMIntSLT,
                                               LLVMIntSLE, LLVMIntSGT, LLVMIntSGE};
  static const LLVMIntPredicate without[] = {LLVMIntEQ,  LLVMIntNE,  LLVMIntULT,
                                             LLVMIntULE, LLVMIntUGT, LLVMIntUGE};
  if (o->kind == EMIT_FLOAT) return LLVMBuildFCmp(o->b, reals[relation], a, b, "");
  bool is_signed = o->kind == EMIT_SIGNED;
  return LLVMBuildICmp(o->b, is_signed ? with_sign[relation] : without[relation], a, b, "");
}

static value is_nan(const struct operands *o, value a) {
  return LLVMBuildFCmp(o->b, LLVMRealUNO, a, a, "");
}

/* ---- numbers -------------------------------------------------------------------------------- */

static value extreme(const struct operands *o, enum relation wins) {
  value first = compare(o, wins, o->x[0], o->x[1]);
  if (o->kind == EMIT_FLOAT) first = either(o, first, is_nan(o, o->x[0]));
  return choose(o, first, o->x[0], o->x[1]);
}

static value magnitude(const struct operands *o) {
  if (o->kind == EMIT_FLOAT) return intrinsic(o, "llvm.fabs", 1);
  if (o->kind == EMIT_UNSIGNED) return o->x[0];
  value below = compare(o, LESS, o->x[0], zero(o));
  return choose(o, below, LLVMBuildNeg(o->b, o->x[0], ""), o->x[0]);
}

static value sign(const struct operands *o) {
  value above = compare(o, GREATER, o->x[0], zero(o)), below = compare(o, LESS, o->x[0], zero(o));
  if (o->kind != EMIT_FLOAT)
    return choose(o, above, whole(o, 1), choose(o, below, whole(o, -1), zero(o)));
  value result = choose(o, above, emit_real(o->e, o->type, 1),
                        choose(o, below, emit_real(o->e, o->type, -1), zero(o)));
  return choose(o, is_nan(o, o->x[0]), o->x[0], result);
}

/* A divisor that LLVM allows: 1 where the true one is 0, or -1, for which the lowest number has no
 * quotient. */
static value safe_divisor(const struct operands *o) {
  value unsafe = compare(o, EQUAL, o->x[1], zero(o));
  if (o->kind == EMIT_SIGNED) unsafe = either(o, unsafe, compare(o, EQUAL, o->x[1], whole(o, -1)));
  return choose(o, unsafe, whole(o, 1), o->x[1]);
}

static value differ_in_sign(const struct operands *o, value a, value b) {
  return LLVMBuildXor(o->b, compare(o, LESS, a, zero(o)), compare(o, LESS, b, zero(o)), "");
}

static value integer_quotient(const struct operands *o) {
  value a = o->x[0], b = o->x[1], divisor = safe_divisor(o), none = zero(o);
  value by_nothing = compare(o, EQUAL, b, none);
  if (o->kind == EMIT_UNSIGNED)
    return choose(o, by_nothing, none, LLVMBuildUDiv(o->b, a, divisor, ""));
  value quotient = LLVMBuildSDiv(o->b, a, divisor, "");
  value rest = LLVMBuildSub(o->b, a, LLVMBuildMul(o->b, quotient, divisor, ""), "");
  value down = both(o, compare(o, DIFFERENT, rest, none), differ_in_sign(o, a, b));
  quotient = LLVMBuildAdd(o->b, quotient, choose(o, down, whole(o, -1), none), "");
  value reversed = compare(o, EQUAL, b, whole(o, -1));
  quotient = choose(o, reversed, LLVMBuildNeg(o->b, a, ""), quotient);
  return choose(o, by_nothing, none, quotient);
}

static value integer_rest(const struct operands *o) {
  value divisor = safe_divisor(o);
  if (o->kind == EMIT_UNSIGNED) return LLVMBuildURem(o->b, o->x[0], divisor, "");
  value rest = LLVMBuildSRem(o->b, o->x[0], divisor, "");
  value wrong = both(o, compare(o, DIFFERENT, rest, zero(o)), differ_in_sign(o, rest, o->x[1]));
  return choose(o, wrong, LLVMBuildAdd(o->b, rest, o->x[1], ""), rest);
}

static value shift(const struct operands *o, bool left) {
  value a = o->x[0], by = o->x[1], width = whole(o, (int64_t)o->bits);
  value inside = LLVMBuildICmp(o->b, LLVMIntULT, by, width, "");
  if (o->kind == EMIT_SIGNED && !left)
    return LLVMBuildAShr(o->b, a, choose(o, inside, by, whole(o, (int64_t)o->bits - 1)), "");
  value places = choose(o, inside, by, zero(o));
  value moved = left ? LLVMBuildShl(o->b, a, places, "") : LLVMBuildLShr(o->b, a, places, "");
  return choose(o, inside, moved, zero(o));
}

/* ---- classes -------------------------------------------------------------------------------- */

static value against_infinity(const struct operands *o, LLVMRealPredicate predicate) {
  value limit = emit_real(o->e, o->type, (double)INFINITY);
  return LLVMBuildFCmp(o->b, predicate, magnitude(o), limit, "");
}

static value sign_bit(const struct operands *o) {
  LLVMTypeRef integer = LLVMVectorType(LLVMIntTypeInContext(o->e->context, o->bits), o->e->lanes);
  value bits = LLVMBuildBitCast(o->b, o->x[0], integer, "");
  return LLVMBuildICmp(o->b, LLVMIntSLT, bits, LLVMConstNull(integer), "");
}

/* ---- conversions ---------------------------------------------------------------------------- */

/* Truncates and saturates; NaN becomes 0. */
static value float_to_integer(const struct operands *o, mfg_dtype to) {
  LLVMTypeRef types[] = {emit_vector(o->e, to), emit_vector(o->e, o->type)};
  value argument = o->x[0];
  bool is_signed = emit_kind_of(to) == EMIT_SIGNED;
  return emit_intrinsic(o->e, is_signed ? "llvm.fptosi.sat" : "llvm.fptoui.sat", types, 2,
                        &argument, 1);
}

static value convert(const struct operands *o, mfg_dtype to) {
  LLVMTypeRef target = emit_vector(o->e, to);
  value a = o->x[0];
  unsigned bits = 8 * emit_size_of(to);
  if (to == o->type) return a;
  if (to == MFG_BOOL) return compare(o, DIFFERENT, a, zero(o));
  if (emit_kind_of(to) == EMIT_FLOAT) {
    if (o->kind == EMIT_SIGNED) return LLVMBuildSIToFP(o->b, a, target, "");
    if (o->kind != EMIT_FLOAT) return LLVMBuildUIToFP(o->b, a, target, "");
    return bits > o->bits ? LLVMBuildFPExt(o->b, a, target, "")
                          : LLVMBuildFPTrunc(o->b, a, target, "");
  }
  if (o->kind == EMIT_FLOAT) return float_to_integer(o, to);
  if (o->kind == EMIT_BOOL || (o->kind == EMIT_UNSIGNED && bits > o->bits))
    return LLVMBuildZExt(o->b, a, target, "");
  if (bits > o->bits) return LLVMBuildSExt(o->b, a, target, "");
  return bits < o->bits ? LLVMBuildTrunc(o->b, a, target, "") : a;
}

/* ---- calls ---------------------------------------------------------------------------------- */

static value declare(const emitter *e, const char *name, LLVMTypeRef type) {
  value function = LLVMGetNamedFunction(e->module, name);
  return function != NULL ? function : LLVMAddFunction(e->module, name, type);
}

value emit_call(const emitter *e, const cpu_code_value *what) {
  LLVMTypeRef pointer = LLVMPointerType(LLVMInt8TypeInContext(e->context), 0);
  LLVMTypeRef size = LLVMInt64TypeInContext(e->context);
  LLVMTypeRef parameters[] = {size, pointer, pointer, pointer, pointer};
  LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(e->context), parameters, 5, false);
  value arguments[5] = {LLVMConstInt(size, e->lanes, false)};
  mfg_dtype last = MFG_BOOL;
  char name[32];
  for (int i = 0; i < 4; i++)
    arguments[i + 1] = emit_cast(e, e->scratch[i], LLVMInt8TypeInContext(e->context));
  for (int i = 0; i < 3 && what->arguments[i] >= 0; i++) {
    last = e->section->values[what->arguments[i]].type;
    emit_store(e, last, e->values[what->arguments[i]], arguments[i + 2], NULL);
  }
  emit_function_name(name, "loop", what->operation, last);
  LLVMBuildCall2(e->builder, type, declare(e, name, type), arguments, 5, "");
  return emit_load(e, what->type, arguments[1], NULL);
}

/* The first `lanes` lanes; further ones are zero. */
static value resize(const emitter *e, value vector, unsigned from, unsigned lanes) {
  if (from == lanes) return vector;
  LLVMTypeRef index = LLVMInt32TypeInContext(e->context);
  value places[64], other = LLVMConstNull(LLVMTypeOf(vector));
  for (unsigned i = 0; i < lanes; i++)
    places[i] = LLVMConstInt(index, i < from ? i : from, false);
  return LLVMBuildShuffleVector(e->builder, vector, other, LLVMConstVector(places, lanes), "");
}

static value vector_call(const struct operands *o, const cpu_code_value *what, unsigned count) {
  const emitter *e = o->e;
  unsigned lanes = e->target->vector_bytes / emit_size_of(o->type);
  LLVMTypeRef vector = LLVMVectorType(emit_element(e, o->type), lanes);
  LLVMTypeRef parameters[] = {vector, vector, vector};
  LLVMTypeRef type = LLVMFunctionType(vector, parameters, count, false);
  value arguments[3];
  char name[32];
  for (unsigned i = 0; i < count; i++)
    arguments[i] = resize(e, o->x[i], e->lanes, lanes);
  emit_function_name(name, "vector", what->operation, o->type);
  value result = LLVMBuildCall2(o->b, type, declare(e, name, type), arguments, count, "");
  return resize(e, result, lanes, e->lanes);
}

/* ---- all of them ---------------------------------------------------------------------------- */

static value arithmetic(const struct operands *o, uint16_t operation) {
  value a = o->x[0], b = o->x[1];
  bool real = o->kind == EMIT_FLOAT;
  switch (operation) {
  case MFG_OP_ADD: return real ? LLVMBuildFAdd(o->b, a, b, "") : LLVMBuildAdd(o->b, a, b, "");
  case MFG_OP_SUBTRACT: return real ? LLVMBuildFSub(o->b, a, b, "") : LLVMBuildSub(o->b, a, b, "");
  case MFG_OP_MULTIPLY: return real ? LLVMBuildFMul(o->b, a, b, "") : LLVMBuildMul(o->b, a, b, "");
  case MFG_OP_NEGATIVE: return real ? LLVMBuildFNeg(o->b, a, "") : LLVMBuildNeg(o->b, a, "");
  case MFG_OP_DIVIDE: return LLVMBuildFDiv(o->b, a, b, "");
  case MFG_OP_FLOOR_DIVIDE: {
    if (!real) return integer_quotient(o);
    struct operands quotient = *o;
    quotient.x[0] = LLVMBuildFDiv(o->b, a, b, "");
    return intrinsic(&quotient, "llvm.floor", 1);
  }
  case MFG_OP_REMAINDER: return real ? NULL : integer_rest(o);
  case MFG_OP_ABS: return magnitude(o);
  case MFG_OP_SIGN: return sign(o);
  case MFG_OP_MINIMUM: return extreme(o, LESS);
  case MFG_OP_MAXIMUM: return extreme(o, GREATER);
  default: return NULL;
  }
}

static value rounding(const struct operands *o, uint16_t operation) {
  switch (operation) {
  case MFG_OP_FMA: return intrinsic(o, "llvm.fma", 3);
  case MFG_OP_SQRT: return intrinsic(o, "llvm.sqrt", 1);
  case MFG_OP_COPYSIGN: return intrinsic(o, "llvm.copysign", 2);
  case MFG_OP_FLOOR: return intrinsic(o, "llvm.floor", 1);
  case MFG_OP_CEIL: return intrinsic(o, "llvm.ceil", 1);
  case MFG_OP_TRUNC: return intrinsic(o, "llvm.trunc", 1);
  case MFG_OP_ROUND: return intrinsic(o, "llvm.rint", 1);
  default: return NULL;
  }
}

static value logic(const struct operands *o, uint16_t operation) {
  value a = o->x[0], b = o->x[1];
  switch (operation) {
  case MFG_OP_EQUAL: return compare(o, EQUAL, a, b);
  case MFG_OP_NOT_EQUAL: return compare(o, DIFFERENT, a, b);
  case MFG_OP_LESS: return compare(o, LESS, a, b);
  case MFG_OP_LESS_EQUAL: return compare(o, LESS_EQUAL, a, b);
  case MFG_OP_GREATER: return compare(o, GREATER, a, b);
  case MFG_OP_GREATER_EQUAL: return compare(o, GREATER_EQUAL, a, b);
  case MFG_OP_LOGICAL_AND:
  case MFG_OP_BITWISE_AND: return both(o, a, b);
  case MFG_OP_LOGICAL_OR:
  case MFG_OP_BITWISE_OR: return either(o, a, b);
  case MFG_OP_LOGICAL_XOR:
  case MFG_OP_BITWISE_XOR: return LLVMBuildXor(o->b, a, b, "");
  case MFG_OP_LOGICAL_NOT:
  case MFG_OP_BITWISE_INVERT: return LLVMBuildNot(o->b, a, "");
  case MFG_OP_BITWISE_LEFT_SHIFT: return shift(o, true);
  case MFG_OP_BITWISE_RIGHT_SHIFT: return shift(o, false);
  case MFG_OP_ISNAN: return is_nan(o, a);
  case MFG_OP_ISINF: return against_infinity(o, LLVMRealOEQ);
  case MFG_OP_ISFINITE: return against_infinity(o, LLVMRealOLT);
  case MFG_OP_SIGNBIT: return sign_bit(o);
  case MFG_OP_SELECT: return choose(o, a, b, o->x[2]);
  default: return NULL;
  }
}

value emit_operation(const emitter *e, const cpu_code_value *what) {
  struct operands o = {.e = e, .b = e->builder};
  unsigned count = 0;
  for (; count < 3 && what->arguments[count] >= 0; count++) {
    o.x[count] = e->values[what->arguments[count]];
    o.type = e->section->values[what->arguments[count]].type;
  }
  o.kind = emit_kind_of(o.type);
  o.bits = 8 * emit_size_of(o.type);
  if (what->operation == MFG_OP_CONVERT) return convert(&o, what->type);
  value result = arithmetic(&o, what->operation);
  if (result == NULL) result = rounding(&o, what->operation);
  if (result == NULL) result = logic(&o, what->operation);
  if (result != NULL) return result;
  const cpu_code_target *target = e->target;
  if (target->vector(target->context, what->operation, o.type) != NULL)
    return vector_call(&o, what, count);
  return emit_call(e, what);
}
