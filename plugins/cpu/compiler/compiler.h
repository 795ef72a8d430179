/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The compiler of sections: what the plugin and its private module say to each other.
 *
 * A section as straight-line code over one value an element. The module, which holds LLVM, makes a
 * function of it that runs over `count` elements; loads, indices and targets are blocks of
 * consecutive elements, as in the interpreter, so that all that moves data stays where it is.
 *
 * The function computes whole vectors, the remainder as one masked vector. Each operation gives the
 * bits of the interpreter's loop of the same level: the basic ones are exact, the mathematical ones
 * are the very same functions, and an operation that has no code of its own calls the loop. */
#ifndef CPU_COMPILER_H
#define CPU_COMPILER_H

#include <mfg/kernel.h>

/* What a value of the code is. */
enum cpu_code_source {
  CPU_CODE_CONSTANT, /* `value` */
  CPU_CODE_UNIFORM,  /* uniform `number` */
  CPU_CODE_BLOCK,    /* element of block `number` */
  CPU_CODE_GATHER,   /* element that gather `number` finds at index arguments[0] */
  CPU_CODE_COMPUTE   /* `operation` of the arguments */
};

typedef struct cpu_code_value {
  mfg_scalar value;
  int32_t arguments[3]; /* earlier values; -1: none */
  uint32_t number;
  uint16_t operation; /* enum mfg_operation */
  uint8_t type;       /* mfg_dtype */
  uint8_t source;     /* enum cpu_code_source */
} cpu_code_value;

/* Target `number` receives a value. */
typedef struct cpu_code_store {
  uint32_t value;
  uint32_t number;
} cpu_code_store;

typedef struct cpu_code_section {
  const cpu_code_value *values;
  const cpu_code_store *stores;
  uint32_t value_count;
  uint32_t store_count; /* 0: no function is made */
} cpu_code_section;

/* Where the gathered element of column k, index i lies: base + k * across + i * along. */
typedef struct cpu_code_gather {
  const char *base;
  int64_t across; /* bytes */
  int64_t along;
  int64_t extent; /* indices are clamped into [0, extent) */
} cpu_code_gather;

/* Targets may be the memory of blocks, element for element. */
typedef void cpu_code_function(int64_t count, char *const *blocks, char *const *targets,
                               const mfg_scalar *uniforms, const cpu_code_gather *gathers);

#define CPU_CODE_SECTIONS 2

/* The processor that code is made for, and what it may call. */
typedef struct cpu_code_target {
  const char *level; /* of the block loops */
  uint32_t vector_bytes;
  void *context;
  /* The loop of an operation (a cpu_block); NULL: none. */
  const void *(*block)(void *context, uint32_t operation, mfg_dtype type);
  /* The function of one vector of `vector_bytes` for each argument; NULL: none. */
  const void *(*vector)(void *context, uint32_t operation, mfg_dtype type);
  /* Code that was made before; the caller frees what `read` returns. */
  unsigned char *(*read)(void *context, const char *key, size_t *size);
  void (*write)(void *context, const char *key, const unsigned char *code, size_t size);
} cpu_code_target;

typedef struct cpu_code_engine cpu_code_engine;
typedef struct cpu_code_object cpu_code_object;

/* Bumped with any change of these structs: module and plugin are built together. */
#define CPU_COMPILER_VERSION 1
#define CPU_COMPILER_SYMBOL "mfg_cpu_compiler"

/* The module's functions; used by one thread at a time. */
typedef struct cpu_compiler {
  uint32_t version;
  /* Makes an engine for a target, which must outlive it; NULL with a message of static life. */
  cpu_code_engine *(*open)(const cpu_code_target *target, const char **message);
  void (*close)(cpu_code_engine *engine);
  /* Compiles; functions[i] is left alone where section i stores nothing. */
  cpu_code_object *(*compile)(cpu_code_engine *engine, const cpu_code_section *sections,
                              cpu_code_function **functions, char *message, size_t capacity);
  /* The code must not be running. */
  void (*release)(cpu_code_object *object);
} cpu_compiler;

#endif
