/* SPDX-License-Identifier: MIT */
/* Extensions: tables that a plugin may give from `get_extension(name, version)`.
 *
 * None of them is needed. The host has kernels that do the same work on any plugin; an extension is
 * the faster way of a device that has one, and its results are those of the kernels. The host calls
 * one where work runs at once, never while a command list is recorded.
 *
 * Tables and requests begin with their size and grow at their end. A request lives as long as the
 * call; its buffers are of the queue's device. */
#ifndef MFG_EXTENSIONS_H
#define MFG_EXTENSIONS_H

#include <mfg/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- "mfg.sort", version 1 ------------------------------------------------------------------- */

#define MFG_EXTENSION_SORT "mfg.sort"
#define MFG_EXTENSION_SORT_VERSION 1u

/* `lines` runs of `length` keys, one behind the other. */
typedef struct mfg_sort_request {
  uint32_t struct_size;
  mfg_dtype type;
  bool descending;
  uint8_t reserved[2];
  int64_t lines;
  int64_t length;
  mfg_plugin_buffer *keys; /* sorted in place, from the start of the buffer on */
  /* int64, from the start on: takes the position that each key had in its line. May be NULL. */
  mfg_plugin_buffer *positions;
} mfg_sort_request;

typedef struct mfg_plugin_sort_table {
  uint32_t struct_size;
  uint32_t types; /* MFG_DTYPE_BIT mask of the types that it sorts */
  /* Queues the sorting of every line. Stable in both directions: equal keys keep their order. NaN
   * comes last in both; zeros of both signs are equal. */
  mfg_status (*sort)(mfg_plugin_queue *queue, const mfg_sort_request *request,
                     mfg_plugin_error *error);
} mfg_plugin_sort_table;

/* ---- "mfg.matmul", version 1 ----------------------------------------------------------------- */

#define MFG_EXTENSION_MATMUL "mfg.matmul"
#define MFG_EXTENSION_MATMUL_VERSION 1u

/* A matrix in a buffer; strides in elements, of any sign. */
typedef struct mfg_matrix {
  mfg_plugin_buffer *buffer;
  int64_t offset; /* bytes */
  int64_t row_stride;
  int64_t column_stride;
} mfg_matrix;

/* product[i, j] = sum over k < terms of a[i, k] * b[k, j], 0 where there are no terms. The product
 * overlaps neither operand. */
typedef struct mfg_matmul_request {
  uint32_t struct_size;
  mfg_dtype type;
  uint8_t reserved[3];
  int64_t rows;
  int64_t columns;
  int64_t terms;
  const mfg_matrix *a;
  const mfg_matrix *b;
  const mfg_matrix *product;
} mfg_matmul_request;

typedef struct mfg_plugin_matmul_table {
  uint32_t struct_size;
  uint32_t types; /* MFG_DTYPE_BIT mask of the types that it multiplies */
  /* Queues one product. The order of the sums depends on the shape only. */
  mfg_status (*multiply)(mfg_plugin_queue *queue, const mfg_matmul_request *request,
                         mfg_plugin_error *error);
} mfg_plugin_matmul_table;

#if UINTPTR_MAX == UINT64_MAX
MFG_STATIC_ASSERT(sizeof(mfg_sort_request) == 40, "version 1");
MFG_STATIC_ASSERT(sizeof(mfg_plugin_sort_table) == 16, "version 1");
MFG_STATIC_ASSERT(sizeof(mfg_matrix) == 32, "version 1");
MFG_STATIC_ASSERT(sizeof(mfg_matmul_request) == 56, "version 1");
MFG_STATIC_ASSERT(sizeof(mfg_plugin_matmul_table) == 16, "version 1");
#endif

#ifdef __cplusplus
}
#endif

#endif
