/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Products of matrices and tensors.
 *
 * Operands are promoted to one numeric type, which the result has; sums are in a fixed order, the
 * same for any number of threads. bool is MFG_ERROR_TYPE.
 *
 * Threads: as for arrays. */
#ifndef MFG_LINEAR_ALGEBRA_H
#define MFG_LINEAR_ALGEBRA_H

#include <mfg/array.h>

#ifdef __cplusplus
extern "C" {
#endif

/* result[..., i, j] = sum_k a[..., i, k] b[..., k, j]; the axes before the last two broadcast. An
 * operand of rank 1 is a row on the left and a column on the right, and leaves no axis. */
MFG_API mfg_array *mfg_matmul(mfg_scope *scope, const mfg_array *a, const mfg_array *b);

/* A view with the last two axes exchanged. */
MFG_API mfg_array *mfg_matrix_transpose(mfg_scope *scope, const mfg_array *array);

/* Sums over `count` pairs of axes, axes_a[i] of a with axes_b[i] of b, of equal extent. The result
 * has the other axes of a, then those of b. Without axes it is the outer product. */
MFG_API mfg_array *mfg_tensordot(mfg_scope *scope, const mfg_array *a, const mfg_array *b,
                                 int count, const int *axes_a, const int *axes_b);

/* Sum of conj(a) * b along `axis`, negative, which both have with one extent; the other axes
 * broadcast. */
MFG_API mfg_array *mfg_vecdot(mfg_scope *scope, const mfg_array *a, const mfg_array *b, int axis);

#ifdef __cplusplus
}
#endif

#endif
