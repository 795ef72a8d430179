/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Products of matrices and tensors, all by one product of stacks of matrices. */
#include <mfg/complex.h>
#include <mfg/linear_algebra.h>
#include <mfg/sdk.h>
#include <string.h>

#include "array/context_private.h"
#include "array/extension.h"
#include "array/handle.h"
#include "array/promotion.h"

/* ---- axes ------------------------------------------------------------------------------------ */

/* A view with the last two axes exchanged, of an array that has them. */
static mfg_array *transposed(mfg_scope *scope, const mfg_array *array) {
  int order[MFG_MAX_RANK];
  for (int a = 0; a < array->rank; a++)
    order[a] = a;
  order[array->rank - 1] = array->rank - 2;
  order[array->rank - 2] = array->rank - 1;
  return mfg_permute(scope, array, order);
}

mfg_array *mfg_matrix_transpose(mfg_scope *scope, const mfg_array *array) {
  if (!mfg_scope_accepts(scope, array, "mfg_matrix_transpose")) return NULL;
  if (array->rank < 2)
    return mfg_scope_error(scope, MFG_ERROR_SHAPE,
                           "mfg_matrix_transpose: an array of rank %d; expected matrices",
                           array->rank);
  return transposed(scope, array);
}

/* The arrays as one numeric type; 0 with the error in the scope. */
static mfg_dtype common_type(mfg_scope *scope, const mfg_array *a, const mfg_array *b,
                             const char *name) {
  mfg_dtype type = mfg_scope_promote(scope, name, a->type, b->type);
  if (type != MFG_BOOL) return type;
  mfg_scope_error(scope, MFG_ERROR_TYPE, "mfg_%s: of bool; expected numbers", name);
  return 0;
}

/* ---- stacks of matrices ---------------------------------------------------------------------- */

/* The stack with its first axes broadcast to the given ones and joined to one. */
static mfg_array *with_one_stack_axis(mfg_scope *scope, mfg_array *matrices, int rank,
                                      const int64_t *stack) {
  if (matrices == NULL) return NULL;
  int64_t shape[MFG_MAX_RANK];
  for (int a = 0; a < rank; a++)
    shape[a] = stack[a];
  for (int a = 0; a < 2; a++)
    shape[rank + a] = matrices->shape[matrices->rank - 2 + a];
  mfg_array *wide = mfg_broadcast_to(scope, matrices, rank + 2, shape);
  const int64_t joined[3] = {mfg_shape_size(rank, stack), shape[rank], shape[rank + 1]};
  return mfg_reshape(scope, wide, 3, joined);
}

/* One kernel: the products of all i, j and k, summed over k. */
static mfg_array *multiply_in_one_kernel(mfg_scope *scope, mfg_array *a, mfg_array *b,
                                         mfg_dtype type) {
  mfg_array *rows = mfg_expand_axis(scope, a, -2);
  mfg_array *columns = b != NULL ? mfg_expand_axis(scope, transposed(scope, b), -3) : NULL;
  mfg_array *products = mfg_mul(scope, rows, columns);
  if (products == NULL) return NULL;
  mfg_array *sum = mfg_sum(scope, products, MFG_AXIS(products->rank - 1));
  return sum == NULL || sum->type == type ? sum : mfg_astype(scope, sum, type);
}

/* Products smaller than this in a direction are no work for blocks. */
#define LEAST_EXTENT 8

/* Memory of matrix `number` of a stack that broadcasts to `stack`. */
static mfg_matrix matrix_of_stack(const mfg_value *leaf, int rank, const int64_t *stack,
                                  int64_t number) {
  int64_t offset = leaf->leaf.offset;
  for (int a = rank - 1; a >= 0; a--) {
    int own = a - rank + leaf->rank - 2;
    if (own >= 0 && leaf->shape[own] != 1) offset += number % stack[a] * leaf->leaf.strides[own];
    number /= stack[a];
  }
  return (mfg_matrix){.buffer = leaf->leaf.block->buffer,
                      .offset = offset * (int64_t)mfg_dtype_size(leaf->type),
                      .row_stride = leaf->leaf.strides[leaf->rank - 2],
                      .column_stride = leaf->leaf.strides[leaf->rank - 1]};
}

static mfg_status multiply_each(const mfg_plugin_matmul_table *table, const mfg_value *a,
                                const mfg_value *b, const mfg_value *product) {
  mfg_context *context = product->context;
  int rank = product->rank - 2;
  mfg_matmul_request request = {.struct_size = sizeof request,
                                .type = product->type,
                                .rows = product->shape[rank],
                                .columns = product->shape[rank + 1],
                                .terms = a->shape[a->rank - 1]};
  int64_t count = mfg_shape_size(rank, product->shape);
  for (int64_t number = 0; number < count; number++) {
    mfg_matrix left = matrix_of_stack(a, rank, product->shape, number);
    mfg_matrix right = matrix_of_stack(b, rank, product->shape, number);
    mfg_matrix result = matrix_of_stack(product, rank, product->shape, number);
    request.a = &left;
    request.b = &right;
    request.product = &result;
    MFG_PLUGIN_ERROR(error);
    mfg_status status = table->multiply(context->queue, &request, &error);
    if (status != MFG_OK)
      return mfg_context_plugin_failed(context, &error, status, "multiplying matrices");
  }
  return MFG_OK;
}

/* By the plugin's own means. */
static mfg_array *multiply_by_extension(mfg_scope *scope, const mfg_plugin_matmul_table *table,
                                        const mfg_array *a, const mfg_array *b, int rank,
                                        const int64_t *shape) {
  mfg_status status = MFG_OK;
  mfg_value *left = mfg_array_leaf(a, &status);
  mfg_value *right = left != NULL ? mfg_array_leaf(b, &status) : NULL;
  mfg_scope_keep_error(scope, status);
  mfg_array *product = right != NULL ? mfg_empty(scope, a->type, rank, shape) : NULL;
  if (product != NULL) status = multiply_each(table, left, right, product->value);
  mfg_value_release(left);
  mfg_value_release(right);
  return mfg_scope_keep_error(scope, status) == MFG_OK ? product : NULL;
}

/* Both of rank 2 at least, of one type. */
static mfg_array *multiply_stacks(mfg_scope *scope, mfg_array *a, mfg_array *b, mfg_dtype type,
                                  const char *name) {
  if (a == NULL || b == NULL) return NULL;
  int rank = 0;
  int64_t stack[MFG_MAX_RANK] = {0};
  bool inner = a->shape[a->rank - 1] == b->shape[b->rank - 2];
  if (!inner || !mfg_shape_broadcast(a->rank - 2, a->shape, &rank, stack) ||
      !mfg_shape_broadcast(b->rank - 2, b->shape, &rank, stack)) {
    char left[192];
    char right[192];
    return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_%s: shape %s by shape %s", name,
                           mfg_shape_text(a->rank, a->shape, left, sizeof left),
                           mfg_shape_text(b->rank, b->shape, right, sizeof right));
  }
  int64_t shape[MFG_MAX_RANK];
  memcpy(shape, stack, sizeof shape);
  shape[rank] = a->shape[a->rank - 2];
  shape[rank + 1] = b->shape[b->rank - 1];
  const mfg_plugin_matmul_table *table = mfg_extension_matmul(scope->context, type);
  bool worth = shape[rank] >= LEAST_EXTENT && shape[rank + 1] >= LEAST_EXTENT &&
               a->shape[a->rank - 1] >= LEAST_EXTENT;
  if (table != NULL && worth) return multiply_by_extension(scope, table, a, b, rank + 2, shape);
  if (rank + 3 <= MFG_MAX_RANK) return multiply_in_one_kernel(scope, a, b, type);
  mfg_array *product = multiply_in_one_kernel(scope, with_one_stack_axis(scope, a, rank, stack),
                                              with_one_stack_axis(scope, b, rank, stack), type);
  return mfg_reshape(scope, product, rank + 2, shape);
}

mfg_array *mfg_matmul(mfg_scope *scope, const mfg_array *a, const mfg_array *b) {
  if (!mfg_scope_accepts(scope, a, "mfg_matmul") || !mfg_scope_accepts(scope, b, "mfg_matmul"))
    return NULL;
  if (a->rank == 0 || b->rank == 0)
    return mfg_scope_error(scope, MFG_ERROR_SHAPE,
                           "mfg_matmul: of arrays of rank %d and %d; expected 1 or more", a->rank,
                           b->rank);
  mfg_dtype type = common_type(scope, a, b, "matmul");
  if (type == 0) return NULL;
  mfg_array *left = mfg_astype(scope, a, type);
  mfg_array *right = mfg_astype(scope, b, type);
  if (a->rank == 1) left = mfg_expand_axis(scope, left, 0);
  if (b->rank == 1) right = mfg_expand_axis(scope, right, 1);
  mfg_array *product = multiply_stacks(scope, left, right, type, "matmul");
  if (b->rank == 1 && product != NULL) product = mfg_squeeze(scope, product, -1);
  if (a->rank == 1 && product != NULL)
    product = mfg_squeeze(scope, product, b->rank == 1 ? -1 : -2);
  return product;
}

/* ---- tensors --------------------------------------------------------------------------------- */

/* An operand of a tensor product as a matrix: its free axes together, and those summed over. */
static mfg_array *as_matrix(mfg_scope *scope, const mfg_array *array, int count, const int *axes,
                            bool summed_first, mfg_dtype type, int64_t *free_shape,
                            int *free_rank) {
  int order[MFG_MAX_RANK];
  uint32_t summed = 0;
  int64_t terms = 1;
  *free_rank = 0;
  int rest = array->rank - count;
  for (int i = 0; i < count; i++) {
    int axis = mfg_scope_axis(scope, axes[i], array->rank, "mfg_tensordot");
    if (axis < 0) return NULL;
    if ((summed & MFG_AXIS(axis)) != 0)
      return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_tensordot: axis %d is named twice", axis);
    summed |= MFG_AXIS(axis);
    terms *= array->shape[axis];
    order[summed_first ? i : rest + i] = axis;
  }
  int64_t others = 1;
  for (int a = 0; a < array->rank; a++) {
    if ((summed & MFG_AXIS(a)) != 0) continue;
    order[summed_first ? count + *free_rank : *free_rank] = a;
    free_shape[(*free_rank)++] = array->shape[a];
    others *= array->shape[a];
  }
  const int64_t shape[2] = {summed_first ? terms : others, summed_first ? others : terms};
  mfg_array *moved = mfg_permute(scope, mfg_astype(scope, array, type), order);
  return mfg_reshape(scope, moved, 2, shape);
}

mfg_array *mfg_tensordot(mfg_scope *scope, const mfg_array *a, const mfg_array *b, int count,
                         const int *axes_a, const int *axes_b) {
  if (!mfg_scope_accepts(scope, a, "mfg_tensordot") ||
      !mfg_scope_accepts(scope, b, "mfg_tensordot"))
    return NULL;
  if (count < 0 || count > a->rank || count > b->rank ||
      (count > 0 && (axes_a == NULL || axes_b == NULL)))
    return mfg_scope_error(scope, MFG_ERROR_SHAPE,
                           "mfg_tensordot: %d axes of arrays of rank %d and %d", count, a->rank,
                           b->rank);
  int rank_a = 0;
  int rank_b = 0;
  int64_t shape[2 * MFG_MAX_RANK];
  mfg_dtype type = common_type(scope, a, b, "tensordot");
  if (type == 0) return NULL;
  mfg_array *left = as_matrix(scope, a, count, axes_a, false, type, shape, &rank_a);
  if (left == NULL) return NULL;
  mfg_array *right = as_matrix(scope, b, count, axes_b, true, type, shape + rank_a, &rank_b);
  if (right == NULL) return NULL;
  for (int i = 0; i < count; i++) {
    int64_t one = a->shape[axes_a[i] < 0 ? axes_a[i] + a->rank : axes_a[i]];
    int64_t other = b->shape[axes_b[i] < 0 ? axes_b[i] + b->rank : axes_b[i]];
    if (one != other)
      return mfg_scope_error(scope, MFG_ERROR_SHAPE,
                             "mfg_tensordot: axis %d has %lld elements, axis %d has %lld",
                             axes_a[i], (long long)one, axes_b[i], (long long)other);
  }
  if (rank_a + rank_b > MFG_MAX_RANK)
    return mfg_scope_error(scope, MFG_ERROR_SHAPE,
                           "mfg_tensordot: a result of %d axes; expected at most %d",
                           rank_a + rank_b, MFG_MAX_RANK);
  mfg_array *product = multiply_stacks(scope, left, right, type, "tensordot");
  return mfg_reshape(scope, product, rank_a + rank_b, shape);
}

mfg_array *mfg_vecdot(mfg_scope *scope, const mfg_array *a, const mfg_array *b, int axis) {
  if (!mfg_scope_accepts(scope, a, "mfg_vecdot") || !mfg_scope_accepts(scope, b, "mfg_vecdot"))
    return NULL;
  int least = a->rank < b->rank ? a->rank : b->rank;
  if (axis >= 0 || axis < -least)
    return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_vecdot: axis %d; expected %d to -1", axis,
                           -least);
  int64_t one = a->shape[a->rank + axis];
  int64_t other = b->shape[b->rank + axis];
  if (one != other)
    return mfg_scope_error(scope, MFG_ERROR_SHAPE, "mfg_vecdot: vectors of %lld and %lld elements",
                           (long long)one, (long long)other);
  mfg_dtype type = common_type(scope, a, b, "vecdot");
  if (type == 0) return NULL;
  mfg_array *first = mfg_astype(scope, a, type);
  if (mfg_is_dtype(type, MFG_KIND_COMPLEX_FLOAT)) first = mfg_conj(scope, first);
  mfg_array *products = mfg_mul(scope, first, mfg_astype(scope, b, type));
  if (products == NULL) return NULL;
  mfg_array *sum = mfg_sum(scope, products, MFG_AXIS(products->rank + axis));
  return sum == NULL || sum->type == type ? sum : mfg_astype(scope, sum, type);
}
