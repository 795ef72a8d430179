/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sections as LLVM IR. A value is a vector of `lanes` elements, so many that the section's widest
 * type fills a vector register; a bool is one bit there and one byte in memory.
 *
 * Pointers are cast before each use: no operation for LLVM versions whose pointers are opaque, and
 * needed by those before. */
#ifndef CPU_EMIT_H
#define CPU_EMIT_H

#include "compiler.h"

#include <llvm-c/Core.h>
#include <stdio.h>

typedef struct emitter {
  const cpu_code_target *target;
  const cpu_code_section *section;
  LLVMContextRef context;
  LLVMModuleRef module;
  LLVMBuilderRef builder;
  LLVMValueRef function;
  unsigned lanes;
  LLVMValueRef *values; /* of the body that is being emitted */
  LLVMValueRef *bases;  /* by value: block address, gather fields, uniform; set before the loop */
  LLVMValueRef *addresses; /* of the targets, by store */
  LLVMValueRef scratch[4]; /* memory of one vector, for calls of loops */
  LLVMValueRef position;   /* of the body's first element */
  LLVMValueRef mask;       /* elements that exist; NULL: all */
} emitter;

enum emit_kind { EMIT_BOOL, EMIT_SIGNED, EMIT_UNSIGNED, EMIT_FLOAT };

static inline enum emit_kind emit_kind_of(mfg_dtype type) {
  switch (type) {
  case MFG_BOOL: return EMIT_BOOL;
  case MFG_INT8:
  case MFG_INT16:
  case MFG_INT32:
  case MFG_INT64: return EMIT_SIGNED;
  case MFG_FLOAT32:
  case MFG_FLOAT64: return EMIT_FLOAT;
  default: return EMIT_UNSIGNED;
  }
}

/* Bytes of an element in memory. */
static inline unsigned emit_size_of(mfg_dtype type) {
  switch (type) {
  case MFG_INT16:
  case MFG_UINT16: return 2;
  case MFG_INT32:
  case MFG_UINT32:
  case MFG_FLOAT32: return 4;
  case MFG_INT64:
  case MFG_UINT64:
  case MFG_FLOAT64: return 8;
  default: return 1;
  }
}

/* The names by which code calls the plugin's functions. */
static inline void emit_function_name(char name[32], const char *kind, uint32_t operation,
                                      mfg_dtype type) {
  snprintf(name, 32, "mfg_%s_%u_%u", kind, (unsigned)operation, (unsigned)type);
}

/* Types: of an element in a value, of an element in memory, and vectors of them. */
LLVMTypeRef emit_element(const emitter *e, mfg_dtype type);
LLVMTypeRef emit_memory(const emitter *e, mfg_dtype type);
LLVMTypeRef emit_vector(const emitter *e, mfg_dtype type);

/* The same number in all lanes. */
LLVMValueRef emit_splat(const emitter *e, LLVMValueRef number);
LLVMValueRef emit_integer(const emitter *e, mfg_dtype type, int64_t value);
LLVMValueRef emit_real(const emitter *e, mfg_dtype type, double value);

/* A vector to and from memory; bools become bytes. `mask` NULL: all lanes. */
LLVMValueRef emit_load(const emitter *e, mfg_dtype type, LLVMValueRef address, LLVMValueRef mask);
void emit_store(const emitter *e, mfg_dtype type, LLVMValueRef value, LLVMValueRef address,
                LLVMValueRef mask);
LLVMValueRef emit_cast(const emitter *e, LLVMValueRef pointer, LLVMTypeRef to);

/* Calls an intrinsic that is overloaded on `types`. */
LLVMValueRef emit_intrinsic(const emitter *e, const char *name, LLVMTypeRef *types,
                            size_t type_count, LLVMValueRef *arguments, unsigned count);

/* The value of an operation in the body. */
LLVMValueRef emit_operation(const emitter *e, const cpu_code_value *value);
/* An operation with neither code nor vector function: the interpreter's loop over the lanes. */
LLVMValueRef emit_call(const emitter *e, const cpu_code_value *value);

/* Adds the function of a section to a module; false when there is no memory. */
bool emit_section(LLVMModuleRef module, const char *name, const cpu_code_target *target,
                  const cpu_code_section *section);

#endif
