/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mathematical functions: SLEEF's vectors where the level has them, the C library elsewhere.
 *
 * SLEEF's `finz` variants give equal bits for every vector length. Those named u10 are at most 1
 * unit in the last place from the exact value, those named u35 at most 3.5, at half the time;
 * docs/api/kernel.md allows 4 and more. */
#include "blocks.h"

#include <math.h>
#include <string.h>

#define ARGUMENTS size_t count, void *target, const void *x, const void *y, const void *z

#define LIBRARY_UNARY(name, T, function)                                                           \
  static void name(ARGUMENTS) {                                                                    \
    const T *first = x;                                                                            \
    T *result = target;                                                                            \
    (void)y, (void)z;                                                                              \
    for (size_t i = 0; i < count; i++)                                                             \
      result[i] = function(first[i]);                                                              \
  }
#define LIBRARY_BINARY(name, T, function)                                                          \
  static void name(ARGUMENTS) {                                                                    \
    const T *first = x, *second = y;                                                               \
    T *result = target;                                                                            \
    (void)z;                                                                                       \
    for (size_t i = 0; i < count; i++)                                                             \
      result[i] = function(first[i], second[i]);                                                   \
  }
#define LIBRARY1(name)                                                                             \
  LIBRARY_UNARY(name##_f32, float, name##f)                                                        \
  LIBRARY_UNARY(name##_f64, double, name)
#define LIBRARY2(name)                                                                             \
  LIBRARY_BINARY(name##_f32, float, name##f)                                                       \
  LIBRARY_BINARY(name##_f64, double, name)

#ifdef CPU_SLEEF_VECTORS

#include <immintrin.h>
#include <sleef.h>

#if CPU_SLEEF_VECTORS == 512
typedef __m512d wide64;
typedef __m512 wide32;
#define LOAD64 _mm512_loadu_pd
#define LOAD32 _mm512_loadu_ps
#define STORE64 _mm512_storeu_pd
#define STORE32 _mm512_storeu_ps
#define SLEEF64(name, accuracy) Sleef_finz_##name##d8_##accuracy##avx512f
#define SLEEF32(name, accuracy) Sleef_finz_##name##f16_##accuracy##avx512f
#else
typedef __m256d wide64;
typedef __m256 wide32;
#define LOAD64 _mm256_loadu_pd
#define LOAD32 _mm256_loadu_ps
#define STORE64 _mm256_storeu_pd
#define STORE32 _mm256_storeu_ps
#define SLEEF64(name, accuracy) Sleef_finz_##name##d4_##accuracy##avx2
#define SLEEF32(name, accuracy) Sleef_finz_##name##f8_##accuracy##avx2
#endif

/* The remainder goes through a padded vector: no read past the end, and the same function. */
#define VECTOR_UNARY(name, T, V, load, store, function)                                            \
  static void name(ARGUMENTS) {                                                                    \
    enum { LANES = sizeof(V) / sizeof(T) };                                                        \
    const T *first = x;                                                                            \
    T *result = target;                                                                            \
    (void)y, (void)z;                                                                              \
    size_t i = 0;                                                                                  \
    for (; i + LANES <= count; i += LANES)                                                         \
      store(result + i, function(load(first + i)));                                                \
    if (i < count) {                                                                               \
      T padded[LANES] = {0};                                                                       \
      memcpy(padded, first + i, (count - i) * sizeof(T));                                          \
      store(padded, function(load(padded)));                                                       \
      memcpy(result + i, padded, (count - i) * sizeof(T));                                         \
    }                                                                                              \
  }
#define VECTOR_BINARY(name, T, V, load, store, function)                                           \
  static void name(ARGUMENTS) {                                                                    \
    enum { LANES = sizeof(V) / sizeof(T) };                                                        \
    const T *first = x, *second = y;                                                               \
    T *result = target;                                                                            \
    (void)z;                                                                                       \
    size_t i = 0;                                                                                  \
    for (; i + LANES <= count; i += LANES)                                                         \
      store(result + i, function(load(first + i), load(second + i)));                              \
    if (i < count) {                                                                               \
      T padded[LANES] = {0}, other[LANES] = {0};                                                   \
      memcpy(padded, first + i, (count - i) * sizeof(T));                                          \
      memcpy(other, second + i, (count - i) * sizeof(T));                                          \
      store(padded, function(load(padded), load(other)));                                          \
      memcpy(result + i, padded, (count - i) * sizeof(T));                                         \
    }                                                                                              \
  }
/* Beyond `limit` SLEEF overflows where the function does not; those elements, and only those, are
 * the C library's. */
#define GUARDED_VECTOR(name, T, V, load, store, function, magnitude, library, limit)               \
  static V name(V a) {                                                                             \
    enum { LANES = sizeof(V) / sizeof(T) };                                                        \
    V result = function(a);                                                                        \
    T argument[LANES], value[LANES];                                                               \
    bool large = false;                                                                            \
    store(argument, a);                                                                            \
    for (size_t k = 0; k < LANES; k++)                                                             \
      large |= magnitude(argument[k]) > limit;                                                     \
    if (!large) return result;                                                                     \
    store(value, result);                                                                          \
    for (size_t k = 0; k < LANES; k++)                                                             \
      if (magnitude(argument[k]) > limit) value[k] = library(argument[k]);                         \
    return load(value);                                                                            \
  }
#define LOOPS1(name)                                                                               \
  VECTOR_UNARY(name##_f32, float, wide32, LOAD32, STORE32, name##_wide32)                          \
  VECTOR_UNARY(name##_f64, double, wide64, LOAD64, STORE64, name##_wide64)

#define FUNCTION1(name, accuracy)                                                                  \
  static wide32 name##_wide32(wide32 a) {                                                          \
    return SLEEF32(name, accuracy)(a);                                                             \
  }                                                                                                \
  static wide64 name##_wide64(wide64 a) {                                                          \
    return SLEEF64(name, accuracy)(a);                                                             \
  }                                                                                                \
  LOOPS1(name)
#define FUNCTION2(name, accuracy)                                                                  \
  static wide32 name##_wide32(wide32 a, wide32 b) {                                                \
    return SLEEF32(name, accuracy)(a, b);                                                          \
  }                                                                                                \
  static wide64 name##_wide64(wide64 a, wide64 b) {                                                \
    return SLEEF64(name, accuracy)(a, b);                                                          \
  }                                                                                                \
  VECTOR_BINARY(name##_f32, float, wide32, LOAD32, STORE32, name##_wide32)                         \
  VECTOR_BINARY(name##_f64, double, wide64, LOAD64, STORE64, name##_wide64)

#define GUARDED1(name, accuracy, limit32, limit64)                                                 \
  GUARDED_VECTOR(name##_wide32, float, wide32, LOAD32, STORE32, SLEEF32(name, accuracy), fabsf,    \
                 name##f, limit32)                                                                 \
  GUARDED_VECTOR(name##_wide64, double, wide64, LOAD64, STORE64, SLEEF64(name, accuracy), fabs,    \
                 name, limit64)                                                                    \
  LOOPS1(name)

/* clang-format off */
#define VECTOR_ENTRY(f)                                                                            \
  { [CPU_FLOAT32] = (cpu_vector_function)f##_wide32, [CPU_FLOAT64] = (cpu_vector_function)f##_wide64 }
/* clang-format on */

#else

#define FUNCTION1(name, accuracy) LIBRARY1(name)
#define GUARDED1(name, accuracy, limit32, limit64) LIBRARY1(name)
#define FUNCTION2(name, accuracy) LIBRARY2(name)
#define VECTOR_ENTRY(f)                                                                            \
  { NULL }

#endif

FUNCTION1(exp, u10)
FUNCTION1(expm1, u10)
FUNCTION1(exp2, u10)
FUNCTION1(log, u35)
GUARDED1(log1p, u10, 1e37f, 1e306)
FUNCTION1(log2, u10)
FUNCTION1(log10, u10)
FUNCTION1(sin, u35)
FUNCTION1(cos, u35)
FUNCTION1(tan, u35)
FUNCTION1(asin, u35)
FUNCTION1(acos, u35)
FUNCTION1(atan, u35)
FUNCTION2(atan2, u10)
FUNCTION1(sinh, u35)
FUNCTION1(cosh, u35)
FUNCTION1(tanh, u35)
GUARDED1(asinh, u10, 1e18f, 1e150)
GUARDED1(acosh, u10, 1e18f, 1e150)
FUNCTION1(atanh, u10)
FUNCTION1(erf, u10)
FUNCTION2(pow, u10)
FUNCTION2(hypot, u05)
/* SLEEF's erfc is only good to 1.5 units, and nextafter is exact in either. */
LIBRARY1(erfc)
LIBRARY2(nextafter)

#define ENTRY(f)                                                                                   \
  {                                                                                                \
    [CPU_FLOAT32] = {f##_f32}, [CPU_FLOAT64] = { f##_f64 }                                         \
  }
cpu_operation_table CPU_NAME(cpu_mathematics) = {
    [MFG_OP_EXP] = ENTRY(exp),
    [MFG_OP_EXPM1] = ENTRY(expm1),
    [MFG_OP_EXP2] = ENTRY(exp2),
    [MFG_OP_LOG] = ENTRY(log),
    [MFG_OP_LOG1P] = ENTRY(log1p),
    [MFG_OP_LOG2] = ENTRY(log2),
    [MFG_OP_LOG10] = ENTRY(log10),
    [MFG_OP_SIN] = ENTRY(sin),
    [MFG_OP_COS] = ENTRY(cos),
    [MFG_OP_TAN] = ENTRY(tan),
    [MFG_OP_ASIN] = ENTRY(asin),
    [MFG_OP_ACOS] = ENTRY(acos),
    [MFG_OP_ATAN] = ENTRY(atan),
    [MFG_OP_ATAN2] = ENTRY(atan2),
    [MFG_OP_SINH] = ENTRY(sinh),
    [MFG_OP_COSH] = ENTRY(cosh),
    [MFG_OP_TANH] = ENTRY(tanh),
    [MFG_OP_ASINH] = ENTRY(asinh),
    [MFG_OP_ACOSH] = ENTRY(acosh),
    [MFG_OP_ATANH] = ENTRY(atanh),
    [MFG_OP_ERF] = ENTRY(erf),
    [MFG_OP_ERFC] = ENTRY(erfc),
    [MFG_OP_POW] = ENTRY(pow),
    [MFG_OP_HYPOT] = ENTRY(hypot),
    [MFG_OP_NEXTAFTER] = ENTRY(nextafter),
};

const cpu_vector_table CPU_NAME(cpu_vectors) = {
    .bytes = CPU_VECTOR_BYTES,
    .functions =
        {
            [MFG_OP_EXP] = VECTOR_ENTRY(exp),     [MFG_OP_EXPM1] = VECTOR_ENTRY(expm1),
            [MFG_OP_EXP2] = VECTOR_ENTRY(exp2),   [MFG_OP_LOG] = VECTOR_ENTRY(log),
            [MFG_OP_LOG1P] = VECTOR_ENTRY(log1p), [MFG_OP_LOG2] = VECTOR_ENTRY(log2),
            [MFG_OP_LOG10] = VECTOR_ENTRY(log10), [MFG_OP_SIN] = VECTOR_ENTRY(sin),
            [MFG_OP_COS] = VECTOR_ENTRY(cos),     [MFG_OP_TAN] = VECTOR_ENTRY(tan),
            [MFG_OP_ASIN] = VECTOR_ENTRY(asin),   [MFG_OP_ACOS] = VECTOR_ENTRY(acos),
            [MFG_OP_ATAN] = VECTOR_ENTRY(atan),   [MFG_OP_ATAN2] = VECTOR_ENTRY(atan2),
            [MFG_OP_SINH] = VECTOR_ENTRY(sinh),   [MFG_OP_COSH] = VECTOR_ENTRY(cosh),
            [MFG_OP_TANH] = VECTOR_ENTRY(tanh),   [MFG_OP_ASINH] = VECTOR_ENTRY(asinh),
            [MFG_OP_ACOSH] = VECTOR_ENTRY(acosh), [MFG_OP_ATANH] = VECTOR_ENTRY(atanh),
            [MFG_OP_ERF] = VECTOR_ENTRY(erf),     [MFG_OP_POW] = VECTOR_ENTRY(pow),
            [MFG_OP_HYPOT] = VECTOR_ENTRY(hypot),
        },
};
