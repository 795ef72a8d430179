/* SPDX-License-Identifier: MIT */
/* Names and sizes of types, status codes and operations; the operation tables are made from the one
 * list in operations.h. */
#include <mfg/sdk.h>

size_t mfg_dtype_size(mfg_dtype type) {
  static const uint8_t sizes[] = {
#define SIZE(symbol, member, T) [MFG_##symbol] = sizeof(T),
      MFG_KERNEL_TYPES(SIZE)
#undef SIZE
          [MFG_COMPLEX64] = 2 * sizeof(float),
      [MFG_COMPLEX128] = 2 * sizeof(double),
  };
  return type < sizeof sizes ? sizes[type] : 0;
}

const char *mfg_dtype_name(mfg_dtype type) {
  static const char *const names[] = {
      [MFG_BOOL] = "bool",
      [MFG_INT8] = "int8",
      [MFG_INT16] = "int16",
      [MFG_INT32] = "int32",
      [MFG_INT64] = "int64",
      [MFG_UINT8] = "uint8",
      [MFG_UINT16] = "uint16",
      [MFG_UINT32] = "uint32",
      [MFG_UINT64] = "uint64",
      [MFG_FLOAT32] = "float32",
      [MFG_FLOAT64] = "float64",
      [MFG_COMPLEX64] = "complex64",
      [MFG_COMPLEX128] = "complex128",
  };
  if (type >= sizeof(names) / sizeof(names[0]) || names[type] == NULL) return "unknown type";
  return names[type];
}

const char *mfg_status_text(mfg_status status) {
  static const char *const texts[] = {
      [MFG_OK] = "success",
      [MFG_ERROR_INVALID_ARGUMENT] = "invalid argument",
      [MFG_ERROR_SHAPE] = "shapes do not match",
      [MFG_ERROR_TYPE] = "element types do not match",
      [MFG_ERROR_MIXED_BACKENDS] = "arrays of different contexts",
      [MFG_ERROR_OUT_OF_MEMORY] = "out of host memory",
      [MFG_ERROR_DEVICE_MEMORY] = "out of device memory",
      [MFG_ERROR_UNSUPPORTED] = "not supported here",
      [MFG_ERROR_NOT_FOUND] = "not found",
      [MFG_ERROR_NO_BACKEND] = "no usable backend",
      [MFG_ERROR_NO_DEVICE] = "no device",
      [MFG_ERROR_DEVICE_LOST] = "device lost",
      [MFG_ERROR_LAUNCH] = "kernel failed",
      [MFG_ERROR_COMPILE] = "kernel could not be prepared",
      [MFG_ERROR_VERSION] = "versions do not meet",
      [MFG_ERROR_FORKED] = "context of the parent process",
      [MFG_ERROR_RECORDING] = "not possible while recording",
      [MFG_ERROR_REPEAT_LIMIT] = "repeat reached its maximum",
      [MFG_ERROR_NOT_CONVERGED] = "not converged",
      [MFG_ERROR_NOT_FINITE] = "not a finite number",
      [MFG_ERROR_IO] = "input or output failed",
      [MFG_ERROR_SYNTAX] = "syntax error",
      [MFG_ERROR_INTERRUPTED] = "interrupted",
      [MFG_ERROR_INTERNAL] = "internal defect",
  };
  if (status < 0 || (size_t)status >= sizeof(texts) / sizeof(texts[0])) return "unknown status";
  return texts[status];
}

struct operation_fact {
  const char *name;
  int arity;
  int rule;
};

static const struct operation_fact operation_facts[MFG_OPERATION_END] = {
    [MFG_OP_CONSTANT] = {"constant", -1, 0},
    [MFG_OP_SCALAR] = {"scalar", -1, 0},
    [MFG_OP_LOAD] = {"load", -1, 0},
    [MFG_OP_INDEX] = {"index", -1, 0},
    [MFG_OP_EXTENT] = {"extent", -1, 0},
    [MFG_OP_GATHER] = {"gather", -1, 0},
    [MFG_OP_RESULT] = {"result", -1, 0},
#define MFG_FACT_(symbol, number, name, arity, rule, text)                                         \
  [number] = {name, arity, MFG_RULE_##rule},
    MFG_OPERATIONS(MFG_FACT_)
#undef MFG_FACT_
};

static const struct operation_fact *operation_fact(uint32_t operation) {
  static const struct operation_fact none = {NULL, -1, 0};
  if (operation >= MFG_OPERATION_END || operation_facts[operation].name == NULL) return &none;
  return &operation_facts[operation];
}

const char *mfg_operation_name(uint32_t operation) {
  return operation_fact(operation)->name;
}

int mfg_operation_arity(uint32_t operation) {
  return operation_fact(operation)->arity;
}

int mfg_operation_type_rule(uint32_t operation) {
  return operation_fact(operation)->rule;
}

const char *mfg_reduction_name(uint32_t operation) {
  static const char *const names[] = {
      NULL,
      [MFG_REDUCE_SUM] = "sum",
      [MFG_REDUCE_PRODUCT] = "product",
      [MFG_REDUCE_MIN] = "min",
      [MFG_REDUCE_MAX] = "max",
      [MFG_REDUCE_ANY] = "any",
      [MFG_REDUCE_ALL] = "all",
      [MFG_REDUCE_ARGMIN] = "argmin",
      [MFG_REDUCE_ARGMAX] = "argmax",
  };
  return operation < sizeof(names) / sizeof(names[0]) ? names[operation] : NULL;
}
