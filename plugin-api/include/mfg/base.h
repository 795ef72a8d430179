/* SPDX-License-Identifier: MIT */
/* The few words that the host and a plugin share: limits, status codes and element types.
 *
 * Every number here is part of the ABI: values are never reused and never renumbered, new ones are
 * appended. The header needs nothing but the C library's freestanding headers. */
#ifndef MFG_BASE_H
#define MFG_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __cplusplus
#define MFG_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define MFG_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

/* Marks a function or table that is visible outside its shared object. */
#define MFG_EXPORT __attribute__((visibility("default")))

/* Most axes that an array, and the iteration space of a kernel, may have. */
#define MFG_MAX_RANK 8

/* Results of one reduction or scan kernel, outputs of one kernel: at most so many. */
#define MFG_MAX_RESULTS 8

/* Outcome of a call. Zero is success, everything else is one of `enum mfg_status_code`; a receiver
 * treats a number that it does not know as MFG_ERROR_INTERNAL. */
typedef int32_t mfg_status;

enum mfg_status_code {
  MFG_OK = 0,
  MFG_ERROR_INVALID_ARGUMENT = 1, /* a value outside what the function documents */
  MFG_ERROR_SHAPE = 2,            /* shapes that do not broadcast, an axis that does not exist */
  MFG_ERROR_TYPE = 3,             /* element types that do not go together */
  MFG_ERROR_MIXED_BACKENDS = 4,   /* arithmetic between arrays of two contexts */
  MFG_ERROR_OUT_OF_MEMORY = 5,    /* host memory */
  MFG_ERROR_DEVICE_MEMORY = 6,    /* device memory */
  MFG_ERROR_UNSUPPORTED = 7,      /* this backend or device cannot do it */
  MFG_ERROR_NOT_FOUND = 8,        /* a file, a name or a device that is not there */
  MFG_ERROR_NO_BACKEND = 9,       /* no usable backend answers the selection */
  MFG_ERROR_NO_DEVICE = 10,       /* the backend is there, the device is not */
  MFG_ERROR_DEVICE_LOST = 11,     /* the device stopped answering; its context is dead */
  MFG_ERROR_LAUNCH = 12,          /* a kernel could not be started, or failed while it ran */
  MFG_ERROR_COMPILE = 13,         /* a kernel could not be prepared */
  MFG_ERROR_VERSION = 14,         /* the ABI versions do not meet */
  MFG_ERROR_FORKED = 15,          /* a context of the parent was used in a forked child */
  MFG_ERROR_RECORDING = 16,       /* not possible while a recording is open */
  MFG_ERROR_REPEAT_LIMIT = 17,    /* a recorded repeat reached its maximum without its flag */
  MFG_ERROR_NOT_CONVERGED = 18,   /* an iteration stopped above its tolerance */
  MFG_ERROR_NOT_FINITE = 19,      /* a NaN or an infinity where a number is required */
  MFG_ERROR_IO = 20,              /* a file could not be read or written */
  MFG_ERROR_SYNTAX = 21,          /* a text that does not parse */
  MFG_ERROR_INTERRUPTED = 22,     /* the caller asked to stop */
  MFG_ERROR_INTERNAL = 23         /* a defect: please report it */
};

/* Element types. bool is one byte holding 0 or 1; integers are two's complement and wrap; floats
 * are IEEE 754 binary formats; a complex number is real part, then imaginary part. Kernels compute
 * with all of them but the complex ones: those are the host's, which lowers them to instructions on
 * their two parts. */
typedef uint8_t mfg_dtype;

enum mfg_dtype_code {
  MFG_BOOL = 1,
  MFG_INT8 = 2,
  MFG_INT16 = 3,
  MFG_INT32 = 4,
  MFG_INT64 = 5,
  MFG_UINT8 = 6,
  MFG_UINT16 = 7,
  MFG_UINT32 = 8,
  MFG_UINT64 = 9,
  MFG_FLOAT32 = 10,
  MFG_FLOAT64 = 11,
  MFG_COMPLEX64 = 12,
  MFG_COMPLEX128 = 13
};

/* The types of kernels, one row each: X(SYMBOL, member, T), where MFG_SYMBOL is the number,
 * `member` the one of mfg_scalar, and T the type in C. */
#define MFG_SIGNED_TYPES(X)                                                                        \
  X(INT8, int8, int8_t) X(INT16, int16, int16_t) X(INT32, int32, int32_t) X(INT64, int64, int64_t)
#define MFG_UNSIGNED_TYPES(X)                                                                      \
  X(UINT8, uint8, uint8_t)                                                                         \
  X(UINT16, uint16, uint16_t) X(UINT32, uint32, uint32_t) X(UINT64, uint64, uint64_t)
#define MFG_INTEGER_TYPES(X) MFG_SIGNED_TYPES(X) MFG_UNSIGNED_TYPES(X)
#define MFG_FLOAT_TYPES(X) X(FLOAT32, float32, float) X(FLOAT64, float64, double)
#define MFG_NUMBER_TYPES(X) MFG_INTEGER_TYPES(X) MFG_FLOAT_TYPES(X)
#define MFG_KERNEL_TYPES(X) X(BOOL, boolean, uint8_t) MFG_NUMBER_TYPES(X)

/* Bit of a type in a mask of types, and the mask of all types of kernels. */
#define MFG_DTYPE_BIT(dtype) (UINT32_C(1) << (dtype))
#define MFG_DTYPE_ADD_BIT_(symbol, member, T) | MFG_DTYPE_BIT(MFG_##symbol)
#define MFG_KERNEL_TYPE_BITS (UINT32_C(0) MFG_KERNEL_TYPES(MFG_DTYPE_ADD_BIT_))

/* One number of any real type, read through the member that its type names; bool uses `boolean`. */
typedef union mfg_scalar {
  uint8_t boolean;
  int8_t int8;
  int16_t int16;
  int32_t int32;
  int64_t int64;
  uint8_t uint8;
  uint16_t uint16;
  uint32_t uint32;
  uint64_t uint64;
  float float32;
  double float64;
  uint64_t bits;
} mfg_scalar;

MFG_STATIC_ASSERT(sizeof(mfg_scalar) == 8, "a scalar is eight bytes");

/* A sequence that crosses the boundary: `count` elements, the i-th at `first + i * stride` bytes,
 * so that the element type may grow at its end. An empty span has count 0 and any pointer. */
typedef struct mfg_span {
  const void *first;
  uint32_t count;
  uint32_t stride;
} mfg_span;

static inline const void *mfg_span_at(const mfg_span *span, uint32_t index) {
  return (const char *)span->first + (size_t)index * span->stride;
}

/* True where a struct of `size` bytes, as its writer knew it, holds `field` of `type` in full. */
#define MFG_HAS_FIELD(size, type, field)                                                           \
  ((size_t)(size) >= offsetof(type, field) + sizeof(((type *)0)->field))

#ifdef __cplusplus
}
#endif

#endif
