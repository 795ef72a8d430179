/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The function of a section: addresses and uniform values first, a loop over whole vectors, then
 * the remainder as one masked vector. */
#include "emit.h"

#include <stdlib.h>
#include <string.h>

/* ---- types and numbers ---------------------------------------------------------------------- */

LLVMTypeRef emit_memory(const emitter *e, mfg_dtype type) {
  if (type == MFG_FLOAT64) return LLVMDoubleTypeInContext(e->context);
  if (type == MFG_FLOAT32) return LLVMFloatTypeInContext(e->context);
  return LLVMIntTypeInContext(e->context, 8 * emit_size_of(type));
}

LLVMTypeRef emit_element(const emitter *e, mfg_dtype type) {
  return type == MFG_BOOL ? LLVMInt1TypeInContext(e->context) : emit_memory(e, type);
}

LLVMTypeRef emit_vector(const emitter *e, mfg_dtype type) {
  return LLVMVectorType(emit_element(e, type), e->lanes);
}

LLVMValueRef emit_splat(const emitter *e, LLVMValueRef number) {
  LLVMTypeRef index = LLVMInt32TypeInContext(e->context);
  LLVMTypeRef vector = LLVMVectorType(LLVMTypeOf(number), e->lanes);
  LLVMValueRef first = LLVMBuildInsertElement(e->builder, LLVMGetPoison(vector), number,
                                              LLVMConstInt(index, 0, false), "");
  LLVMValueRef zeros = LLVMConstNull(LLVMVectorType(index, e->lanes));
  return LLVMBuildShuffleVector(e->builder, first, LLVMGetPoison(vector), zeros, "");
}

LLVMValueRef emit_integer(const emitter *e, mfg_dtype type, int64_t value) {
  return emit_splat(e, LLVMConstInt(emit_element(e, type), (unsigned long long)value, true));
}

LLVMValueRef emit_real(const emitter *e, mfg_dtype type, double value) {
  return emit_splat(e, LLVMConstReal(emit_element(e, type), value));
}

/* A constant by its bits: a NaN keeps its payload. */
static LLVMValueRef constant(const emitter *e, const cpu_code_value *value) {
  uint64_t bits = 0;
  unsigned size = emit_size_of(value->type);
  memcpy(&bits, &value->value, size);
  if (value->type == MFG_BOOL) bits = bits != 0;
  LLVMTypeRef integer = LLVMIntTypeInContext(e->context, value->type == MFG_BOOL ? 1 : 8 * size);
  LLVMValueRef number = LLVMConstInt(integer, bits, false);
  if (emit_kind_of(value->type) == EMIT_FLOAT)
    number = LLVMConstBitCast(number, emit_element(e, value->type));
  return emit_splat(e, number);
}

LLVMValueRef emit_intrinsic(const emitter *e, const char *name, LLVMTypeRef *types,
                            size_t type_count, LLVMValueRef *arguments, unsigned count) {
  unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
  LLVMValueRef function = LLVMGetIntrinsicDeclaration(e->module, id, types, type_count);
  LLVMTypeRef type = LLVMIntrinsicGetType(e->context, id, types, type_count);
  return LLVMBuildCall2(e->builder, type, function, arguments, count, "");
}

/* ---- memory --------------------------------------------------------------------------------- */

LLVMValueRef emit_cast(const emitter *e, LLVMValueRef pointer, LLVMTypeRef to) {
  return LLVMBuildBitCast(e->builder, pointer, LLVMPointerType(to, 0), "");
}

static LLVMValueRef alignment(const emitter *e, mfg_dtype type) {
  return LLVMConstInt(LLVMInt32TypeInContext(e->context), emit_size_of(type), false);
}

LLVMValueRef emit_load(const emitter *e, mfg_dtype type, LLVMValueRef address, LLVMValueRef mask) {
  LLVMTypeRef vector = LLVMVectorType(emit_memory(e, type), e->lanes);
  LLVMValueRef pointer = emit_cast(e, address, vector), loaded;
  if (mask == NULL) {
    loaded = LLVMBuildLoad2(e->builder, vector, pointer, "");
    LLVMSetAlignment(loaded, emit_size_of(type));
  } else {
    LLVMTypeRef types[] = {vector, LLVMTypeOf(pointer)};
    LLVMValueRef arguments[] = {pointer, alignment(e, type), mask, LLVMConstNull(vector)};
    loaded = emit_intrinsic(e, "llvm.masked.load", types, 2, arguments, 4);
  }
  if (type != MFG_BOOL) return loaded;
  return LLVMBuildICmp(e->builder, LLVMIntNE, loaded, LLVMConstNull(vector), "");
}

void emit_store(const emitter *e, mfg_dtype type, LLVMValueRef value, LLVMValueRef address,
                LLVMValueRef mask) {
  LLVMTypeRef vector = LLVMVectorType(emit_memory(e, type), e->lanes);
  if (type == MFG_BOOL) value = LLVMBuildZExt(e->builder, value, vector, "");
  LLVMValueRef pointer = emit_cast(e, address, vector);
  if (mask == NULL) {
    LLVMValueRef store = LLVMBuildStore(e->builder, value, pointer);
    LLVMSetAlignment(store, emit_size_of(type));
    return;
  }
  LLVMTypeRef types[] = {vector, LLVMTypeOf(pointer)};
  LLVMValueRef arguments[] = {value, pointer, alignment(e, type), mask};
  emit_intrinsic(e, "llvm.masked.store", types, 2, arguments, 4);
}

/* The address of the body's first element. */
static LLVMValueRef element_at(const emitter *e, mfg_dtype type, LLVMValueRef base) {
  LLVMTypeRef memory = emit_memory(e, type);
  return LLVMBuildGEP2(e->builder, memory, emit_cast(e, base, memory), (LLVMValueRef *)&e->position,
                       1, "");
}

/* ---- what comes before the loop ------------------------------------------------------------- */

static LLVMTypeRef byte_pointer(const emitter *e) {
  return LLVMPointerType(LLVMInt8TypeInContext(e->context), 0);
}
static LLVMTypeRef wide(const emitter *e) {
  return LLVMInt64TypeInContext(e->context);
}

/* Reads `type` at `bytes` from an argument of the function. */
static LLVMValueRef argument_field(const emitter *e, unsigned argument, uint64_t bytes,
                                   LLVMTypeRef type) {
  LLVMTypeRef byte = LLVMInt8TypeInContext(e->context);
  LLVMValueRef offset = LLVMConstInt(wide(e), bytes, false);
  LLVMValueRef base = LLVMGetParam(e->function, argument);
  LLVMValueRef address = LLVMBuildGEP2(e->builder, byte, base, &offset, 1, "");
  return LLVMBuildLoad2(e->builder, type, emit_cast(e, address, type), "");
}

static LLVMValueRef uniform(const emitter *e, const cpu_code_value *value) {
  LLVMValueRef number = argument_field(e, 3, value->number * (uint64_t)sizeof(mfg_scalar),
                                       emit_memory(e, value->type));
  if (value->type == MFG_BOOL)
    number = LLVMBuildICmp(e->builder, LLVMIntNE, number,
                           LLVMConstNull(LLVMInt8TypeInContext(e->context)), "");
  return emit_splat(e, number);
}

/* Four fields a gather: base, across, along, extent - 1. */
static void gather_fields(const emitter *e, const cpu_code_value *value, LLVMValueRef *fields) {
  uint64_t at = value->number * (uint64_t)sizeof(cpu_code_gather);
  fields[0] = argument_field(e, 4, at + offsetof(cpu_code_gather, base), byte_pointer(e));
  fields[1] = argument_field(e, 4, at + offsetof(cpu_code_gather, across), wide(e));
  fields[2] = emit_splat(e, argument_field(e, 4, at + offsetof(cpu_code_gather, along), wide(e)));
  LLVMValueRef extent = argument_field(e, 4, at + offsetof(cpu_code_gather, extent), wide(e));
  fields[3] = emit_splat(e, LLVMBuildSub(e->builder, extent, LLVMConstInt(wide(e), 1, false), ""));
}

#define FIELDS 4

static void emit_bases(emitter *e) {
  for (uint32_t i = 0; i < e->section->value_count; i++) {
    const cpu_code_value *value = &e->section->values[i];
    LLVMValueRef *fields = &e->bases[(size_t)i * FIELDS];
    switch ((enum cpu_code_source)value->source) {
    case CPU_CODE_CONSTANT: fields[0] = constant(e, value); break;
    case CPU_CODE_UNIFORM: fields[0] = uniform(e, value); break;
    case CPU_CODE_BLOCK:
      fields[0] = argument_field(e, 1, value->number * sizeof(char *), byte_pointer(e));
      break;
    case CPU_CODE_GATHER: gather_fields(e, value, fields); break;
    case CPU_CODE_COMPUTE: break;
    }
  }
  for (uint32_t i = 0; i < e->section->store_count; i++)
    e->addresses[i] =
        argument_field(e, 2, e->section->stores[i].number * sizeof(char *), byte_pointer(e));
  LLVMTypeRef bytes = LLVMArrayType(LLVMInt8TypeInContext(e->context), e->target->vector_bytes);
  for (int i = 0; i < 4; i++) {
    e->scratch[i] = LLVMBuildAlloca(e->builder, bytes, "");
    LLVMSetAlignment(e->scratch[i], e->target->vector_bytes);
  }
}

/* ---- the body ------------------------------------------------------------------------------- */

/* 0, 1, 2, ... */
static LLVMValueRef lane_numbers(const emitter *e) {
  LLVMValueRef numbers[64];
  for (unsigned i = 0; i < e->lanes; i++)
    numbers[i] = LLVMConstInt(wide(e), i, false);
  return LLVMConstVector(numbers, e->lanes);
}

static LLVMValueRef all_lanes(const emitter *e) {
  return LLVMConstAllOnes(LLVMVectorType(LLVMInt1TypeInContext(e->context), e->lanes));
}

static LLVMValueRef clamp_index(const emitter *e, LLVMValueRef index, LLVMValueRef last) {
  LLVMTypeRef vector = LLVMVectorType(wide(e), e->lanes);
  LLVMValueRef none = LLVMConstNull(vector);
  index = LLVMBuildSExt(e->builder, index, vector, "");
  LLVMValueRef above = LLVMBuildICmp(e->builder, LLVMIntSGT, index, last, "");
  index = LLVMBuildSelect(e->builder, above, last, index, "");
  LLVMValueRef below = LLVMBuildICmp(e->builder, LLVMIntSLT, index, none, "");
  return LLVMBuildSelect(e->builder, below, none, index, "");
}

static LLVMValueRef gather(const emitter *e, uint32_t number) {
  const cpu_code_value *value = &e->section->values[number];
  const LLVMValueRef *fields = &e->bases[(size_t)number * FIELDS];
  LLVMBuilderRef b = e->builder;
  LLVMValueRef index = clamp_index(e, e->values[value->arguments[0]], fields[3]);
  LLVMValueRef column = LLVMBuildAdd(b, emit_splat(e, e->position), lane_numbers(e), "");
  LLVMValueRef bytes = LLVMBuildAdd(b, LLVMBuildMul(b, column, emit_splat(e, fields[1]), ""),
                                    LLVMBuildMul(b, index, fields[2], ""), "");
  LLVMTypeRef element = emit_memory(e, value->type);
  LLVMTypeRef vector = LLVMVectorType(element, e->lanes);
  LLVMTypeRef pointers = LLVMVectorType(LLVMPointerType(element, 0), e->lanes);
  LLVMValueRef from = LLVMBuildGEP2(b, LLVMInt8TypeInContext(e->context), fields[0], &bytes, 1, "");
  from = LLVMBuildBitCast(b, from, pointers, "");
  LLVMTypeRef types[] = {vector, pointers};
  LLVMValueRef arguments[] = {from, alignment(e, value->type),
                              e->mask != NULL ? e->mask : all_lanes(e), LLVMConstNull(vector)};
  LLVMValueRef found = emit_intrinsic(e, "llvm.masked.gather", types, 2, arguments, 4);
  if (value->type != MFG_BOOL) return found;
  return LLVMBuildICmp(b, LLVMIntNE, found, LLVMConstNull(vector), "");
}

static void emit_body(emitter *e, LLVMValueRef position, LLVMValueRef mask) {
  const cpu_code_section *section = e->section;
  e->position = position;
  e->mask = mask;
  for (uint32_t i = 0; i < section->value_count; i++) {
    const cpu_code_value *value = &section->values[i];
    LLVMValueRef base = e->bases[(size_t)i * FIELDS];
    switch ((enum cpu_code_source)value->source) {
    case CPU_CODE_CONSTANT:
    case CPU_CODE_UNIFORM: e->values[i] = base; break;
    case CPU_CODE_BLOCK:
      e->values[i] = emit_load(e, value->type, element_at(e, value->type, base), mask);
      break;
    case CPU_CODE_GATHER: e->values[i] = gather(e, i); break;
    case CPU_CODE_COMPUTE: e->values[i] = emit_operation(e, value); break;
    }
  }
  for (uint32_t i = 0; i < section->store_count; i++) {
    const cpu_code_store *store = &section->stores[i];
    mfg_dtype type = section->values[store->value].type;
    emit_store(e, type, e->values[store->value], element_at(e, type, e->addresses[i]), mask);
  }
}

/* ---- the function --------------------------------------------------------------------------- */

static LLVMBasicBlockRef basic_block(const emitter *e, const char *name) {
  return LLVMAppendBasicBlockInContext(e->context, e->function, name);
}

static void emit_function(emitter *e) {
  LLVMBuilderRef b = e->builder;
  LLVMBasicBlockRef entry = basic_block(e, "entry"), loop = basic_block(e, "loop");
  LLVMBasicBlockRef after = basic_block(e, "after"), rest = basic_block(e, "rest");
  LLVMBasicBlockRef end = basic_block(e, "end");
  LLVMValueRef none = LLVMConstInt(wide(e), 0, false);
  LLVMValueRef lanes = LLVMConstInt(wide(e), e->lanes, false);

  LLVMPositionBuilderAtEnd(b, entry);
  emit_bases(e);
  LLVMValueRef count = LLVMGetParam(e->function, 0);
  LLVMValueRef whole = LLVMBuildAnd(b, count, LLVMBuildNeg(b, lanes, ""), "");
  LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntSGT, whole, none, ""), loop, after);

  LLVMPositionBuilderAtEnd(b, loop);
  LLVMValueRef position = LLVMBuildPhi(b, wide(e), "position");
  emit_body(e, position, NULL);
  LLVMValueRef next = LLVMBuildAdd(b, position, lanes, "");
  LLVMValueRef values[] = {none, next};
  LLVMBasicBlockRef from[] = {entry, loop};
  LLVMAddIncoming(position, values, from, 2);
  LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntSLT, next, whole, ""), loop, after);

  LLVMPositionBuilderAtEnd(b, after);
  LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntSLT, whole, count, ""), rest, end);

  LLVMPositionBuilderAtEnd(b, rest);
  LLVMValueRef left = emit_splat(e, LLVMBuildSub(b, count, whole, ""));
  emit_body(e, whole, LLVMBuildICmp(b, LLVMIntSLT, lane_numbers(e), left, ""));
  LLVMBuildBr(b, end);

  LLVMPositionBuilderAtEnd(b, end);
  LLVMBuildRetVoid(b);
}

static void declare_function(emitter *e, const char *name) {
  LLVMTypeRef parameters[] = {wide(e), byte_pointer(e), byte_pointer(e), byte_pointer(e),
                              byte_pointer(e)};
  LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(e->context), parameters, 5, false);
  e->function = LLVMAddFunction(e->module, name, type);
  LLVMAttributeRef quiet = LLVMCreateEnumAttribute(
      e->context, LLVMGetEnumAttributeKindForName("nounwind", strlen("nounwind")), 0);
  LLVMAddAttributeAtIndex(e->function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, quiet);
}

static unsigned lanes_of(const cpu_code_target *target, const cpu_code_section *section) {
  unsigned widest = 1;
  for (uint32_t i = 0; i < section->value_count; i++) {
    unsigned size = emit_size_of(section->values[i].type);
    if (size > widest) widest = size;
  }
  return target->vector_bytes / widest;
}

bool emit_section(LLVMModuleRef module, const char *name, const cpu_code_target *target,
                  const cpu_code_section *section) {
  emitter e = {.target = target, .section = section, .module = module};
  e.context = LLVMGetModuleContext(module);
  e.lanes = lanes_of(target, section);
  e.values = calloc(section->value_count, sizeof *e.values);
  e.bases = calloc((size_t)section->value_count * FIELDS, sizeof *e.bases);
  e.addresses = calloc(section->store_count, sizeof *e.addresses);
  bool memory = e.values != NULL && e.bases != NULL && e.addresses != NULL;
  if (memory) {
    e.builder = LLVMCreateBuilderInContext(e.context);
    declare_function(&e, name);
    emit_function(&e);
    LLVMDisposeBuilder(e.builder);
  }
  free(e.values);
  free(e.bases);
  free(e.addresses);
  return memory;
}
