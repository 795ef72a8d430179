/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Block loops: the innermost code of the backend, one loop for each operation, type and kind of
 * argument, compiled once for each instruction set level.
 *
 * All levels give the same bits: the basic operations are exact in IEEE 754 and contraction is off;
 * sums use sixteen running sums whatever the vector length; the mathematical functions of the
 * vector levels come from SLEEF's variants that are consistent between vector lengths. (The
 * baseline level and builds without SLEEF use the C library, which may differ in the last place.)
 * A value never depends on its position in a block: a remainder shorter than a vector goes through
 * the same vector function, padded. */
#ifndef CPU_BLOCKS_H
#define CPU_BLOCKS_H

#include <mfg/kernel.h>

/* Element types, densely numbered for the tables. */
#define CPU_TYPE_ENUM_(symbol, member, T) CPU_##symbol,
enum cpu_type { MFG_KERNEL_TYPES(CPU_TYPE_ENUM_) CPU_TYPES };
#undef CPU_TYPE_ENUM_

/* target[i] = operation(a[i], b[i], c[i]) for i < count. Unused arguments are not looked at. A
 * target may be the very memory of an argument of the same element size, never a shifted part. */
typedef void (*cpu_block)(size_t count, void *target, const void *a, const void *b, const void *c);

/* Bits of a variant: the argument is one number instead of a block. */
enum { CPU_SCALAR_A = 1, CPU_SCALAR_B = 2, CPU_SCALAR_C = 4, CPU_VARIANTS = 8 };

typedef const cpu_block cpu_operation_table[MFG_OPERATION_END][CPU_TYPES][CPU_VARIANTS];

/* A running reduction: the value, and for ARGMIN and ARGMAX where it was found. */
typedef struct cpu_accumulator {
  mfg_scalar value;
  int64_t index; /* -1: nothing found yet */
} cpu_accumulator;

/* Reduces `count` > 0 elements, whose positions are first, first + 1, ... */
typedef void (*cpu_fold)(size_t count, const void *values, int64_t first, cpu_accumulator *result);
/* into = into combined with a result of later positions. */
typedef void (*cpu_combine)(cpu_accumulator *into, const cpu_accumulator *later);

typedef struct cpu_reduction {
  cpu_fold fold;
  cpu_combine combine;
} cpu_reduction;

#define CPU_REDUCTION_END 9
typedef const cpu_reduction cpu_reduction_table[CPU_REDUCTION_END][CPU_TYPES];

/* What elimination carries from one row to the next, one vector of lanes each. */
#define CPU_MOST_LANES 32
typedef struct cpu_elimination {
  _Alignas(64) char c[CPU_MOST_LANES * 8]; /* x[i] = g + q * corner - c * x[i+1] */
  _Alignas(64) char g[CPU_MOST_LANES * 8];
  _Alignas(64) char q[CPU_MOST_LANES * 8];
  _Alignas(64) char e[CPU_MOST_LANES * 8]; /* x[0] = g0 + q0 * corner + e * x[i+1] */
  _Alignas(64) char g0[CPU_MOST_LANES * 8];
  _Alignas(64) char q0[CPU_MOST_LANES * 8];
} cpu_elimination;

/* Tridiagonal elimination of `lanes` systems side by side: element (row i, lane k) of every array
 * is at [i * pitch + k]. */
typedef struct cpu_line_functions {
  uint32_t lanes;
  /* Eliminates `rows` rows; keeps c and g of each. */
  void (*forward)(size_t rows, size_t pitch, const void *lower, const void *diagonal,
                  const void *upper, const void *right, void *c, void *g, cpu_elimination *carry);
  /* The same with a second right-hand side, the column of the corner unknown. */
  void (*forward_corner)(size_t rows, size_t pitch, const void *lower, const void *diagonal,
                         const void *upper, const void *right, void *c, void *g, void *q,
                         cpu_elimination *carry);
  /* Substitutes from row rows-1 up to row 0, in place of g; `next` holds x of the row after, and
   * receives x of row 0. */
  void (*backward)(size_t rows, size_t pitch, const void *c, void *g, void *next);
  void (*backward_corner)(size_t rows, size_t pitch, const void *c, void *g, const void *q,
                          const void *corner, void *next);
  /* target[i * lanes + k] = source[k * pitch + i] for i < rows and k < lanes, and back. */
  void (*interleave)(size_t rows, size_t pitch, const void *source, void *target);
  void (*separate)(size_t rows, size_t pitch, const void *source, void *target);
} cpu_line_functions;

/* One system alone is cut into segments, and a segment into parts that are solved side by side. */
#define CPU_LINE_PARTS 16
typedef struct cpu_line_segment {
  size_t start[CPU_LINE_PARTS]; /* the separating row that each part begins with */
  size_t rows;                  /* that follow one, in the longest part; at least 2 */
  size_t full;                  /* parts of that length; the others have one row less */
} cpu_line_segment;

/* What elimination leaves of a segment for the system of the separating rows: CPU_ENDS rows of one
 * number a part. */
enum {
  CPU_END_C, /* of the last row: x = g + q S[p] - c S[p+1] */
  CPU_END_G,
  CPU_END_Q,
  CPU_END_E, /* of the first row: x = g0 + q0 S[p] + e S[p+1] */
  CPU_END_G0,
  CPU_END_Q0,
  CPU_END_LOWER, /* the separating row itself */
  CPU_END_DIAGONAL,
  CPU_END_UPPER,
  CPU_END_RIGHT,
  CPU_ENDS
};

/* All rows are counted from the segment's first one. */
typedef struct cpu_single_functions {
  /* A line without parts. The coefficients but `right` are overwritten; x may be `right`. */
  void (*whole)(size_t rows, bool cyclic, void *lower, void *diagonal, void *upper,
                const void *right, void *x);
  /* Keeps 3 * CPU_LINE_PARTS numbers for each of the segment's `rows`. */
  void (*eliminate)(const cpu_line_segment *segment, const void *lower, const void *diagonal,
                    const void *upper, const void *right, void *kept, void *ends);
  /* The separating unknowns of all parts, and once more the first; scratch is 4 numbers a part. */
  void (*separate)(size_t segments, bool cyclic, const void *ends, void *scratch, void *separators);
  void (*substitute)(const cpu_line_segment *segment, const void *kept, const void *separators,
                     void *x);
} cpu_single_functions;

/* Tiles of a matrix product: of CPU_PRODUCT_ROWS rows and `columns` columns. */
#define CPU_PRODUCT_ROWS 6
typedef struct cpu_product {
  size_t columns;
  /* tile[i * pitch + j] += sum over k of a[k * CPU_PRODUCT_ROWS + i] * b[k * columns + j]. */
  void (*multiply)(size_t terms, const void *a, const void *b, void *tile, size_t pitch);
} cpu_product;

/* The mathematical functions of one whole vector, for compiled kernels: V f(V) or V f(V, V), V the
 * vector of `bytes` bytes. They are the ones that the loops call. */
typedef void (*cpu_vector_function)(void);
typedef struct cpu_vector_table {
  uint32_t bytes;
  cpu_vector_function functions[MFG_OPERATION_END][CPU_TYPES];
} cpu_vector_table;

/* Everything compiled for one instruction set. */
typedef struct cpu_level {
  const char *name;
  cpu_operation_table *arithmetic;
  cpu_operation_table *mathematics;
  cpu_reduction_table *reductions;
  const cpu_block (*conversions)[CPU_TYPES]; /* [from][to] */
  const cpu_line_functions *lines32;
  const cpu_line_functions *lines64;
  const cpu_single_functions *single32;
  const cpu_single_functions *single64;
  const cpu_product *products; /* by type */
  const cpu_vector_table *vectors;
} cpu_level;

/* The best level that this processor has, or a lesser one whose name is `wanted` (NULL: the best).
 */
const cpu_level *cpu_level_choose(const char *wanted);

/* The loop for an operation on elements of a type, or NULL where there is no such variant. The type
 * is the one of the last argument. */
cpu_block cpu_level_block(const cpu_level *level, uint32_t operation, enum cpu_type type,
                          uint32_t variant);

/* Fills a block with one number of `size` bytes, or copies a block. */
void cpu_splat(size_t count, size_t size, void *target, const void *value);
void cpu_splat1(size_t count, void *target, const void *a, const void *b, const void *c);
void cpu_splat2(size_t count, void *target, const void *a, const void *b, const void *c);
void cpu_splat4(size_t count, void *target, const void *a, const void *b, const void *c);
void cpu_splat8(size_t count, void *target, const void *a, const void *b, const void *c);
void cpu_copy1(size_t count, void *target, const void *a, const void *b, const void *c);
void cpu_copy2(size_t count, void *target, const void *a, const void *b, const void *c);
void cpu_copy4(size_t count, void *target, const void *a, const void *b, const void *c);
void cpu_copy8(size_t count, void *target, const void *a, const void *b, const void *c);

#define CPU_JOIN_(a, b) a##_##b
#define CPU_JOIN(a, b) CPU_JOIN_(a, b)
/* A name of the level that is being compiled. */
#define CPU_NAME(name) CPU_JOIN(name, CPU_LEVEL)

#define CPU_LEVEL_DECLARE(level)                                                                   \
  extern cpu_operation_table CPU_JOIN(cpu_arithmetic, level);                                      \
  extern cpu_operation_table CPU_JOIN(cpu_mathematics, level);                                     \
  extern cpu_reduction_table CPU_JOIN(cpu_reductions, level);                                      \
  extern const cpu_block CPU_JOIN(cpu_conversions, level)[CPU_TYPES][CPU_TYPES];                   \
  extern const cpu_line_functions CPU_JOIN(cpu_lines32, level);                                    \
  extern const cpu_line_functions CPU_JOIN(cpu_lines64, level);                                    \
  extern const cpu_single_functions CPU_JOIN(cpu_single32, level);                                 \
  extern const cpu_single_functions CPU_JOIN(cpu_single64, level);                                 \
  extern const cpu_product CPU_JOIN(cpu_products, level)[CPU_TYPES];                               \
  extern const cpu_vector_table CPU_JOIN(cpu_vectors, level);
CPU_LEVEL_DECLARE(baseline)
CPU_LEVEL_DECLARE(avx2)
CPU_LEVEL_DECLARE(avx512)

#endif
