/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The innermost part of a matrix product: a tile of the product that stays in registers while all
 * terms of a block pass. Each element adds its terms in their order, so no level differs. */
#include "blocks.h"

#include <string.h>

#define PAIR 2

#define PRODUCT(SYMBOL, member, T)                                                                 \
  typedef T vector_##member __attribute__((vector_size(CPU_VECTOR_BYTES)));                        \
  enum { WIDTH_##member = CPU_VECTOR_BYTES / sizeof(T) };                                          \
  static void product_##member(size_t terms, const void *a_rows, const void *b_columns,            \
                               void *tile, size_t pitch) {                                         \
    const T *a = a_rows, *b = b_columns;                                                           \
    vector_##member sums[CPU_PRODUCT_ROWS][PAIR];                                                  \
    memset(sums, 0, sizeof sums);                                                                  \
    for (size_t k = 0; k < terms; k++) {                                                           \
      vector_##member columns[PAIR];                                                               \
      memcpy(columns, b + k * PAIR * WIDTH_##member, sizeof columns);                              \
      _Pragma("GCC unroll 6") for (int i = 0; i < CPU_PRODUCT_ROWS; i++) {                         \
        sums[i][0] += a[k * CPU_PRODUCT_ROWS + (size_t)i] * columns[0];                            \
        sums[i][1] += a[k * CPU_PRODUCT_ROWS + (size_t)i] * columns[1];                            \
      }                                                                                            \
    }                                                                                              \
    for (int i = 0; i < CPU_PRODUCT_ROWS; i++) {                                                   \
      vector_##member before[PAIR];                                                                \
      T *row = (T *)tile + (size_t)i * pitch;                                                      \
      memcpy(before, row, sizeof before);                                                          \
      before[0] += sums[i][0];                                                                     \
      before[1] += sums[i][1];                                                                     \
      memcpy(row, before, sizeof before);                                                          \
    }                                                                                              \
  }
MFG_NUMBER_TYPES(PRODUCT)

#define ENTRY(SYMBOL, member, T) [CPU_##SYMBOL] = {PAIR * WIDTH_##member, product_##member},
const cpu_product CPU_NAME(cpu_products)[CPU_TYPES] = {MFG_NUMBER_TYPES(ENTRY)};
