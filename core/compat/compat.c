/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mfg/compat.h>

#include <mfg/sdk.h>
#include <stdlib.h>
#include <string.h>

#include "array/promotion.h"
#include "array/value.h"
#include "dlpack/host.h"
#include "dlpack/tensor.h"
#include "support/error.h"

/* ---- tensors of our own -----------------------------------------------------------------------
 */

/* The tensor comes first, so that its address is that of the whole. */
typedef struct owned_tensor {
  DLTensor tensor;
  int64_t shape[MFG_MAX_RANK];
  int64_t strides[MFG_MAX_RANK];
} owned_tensor;

#define TENSOR_ALIGNMENT 64u

static mfg_status check_new(mfg_dtype type, int rank, const int64_t *shape, uint64_t *bytes) {
  if (!mfg_type_is_known(type))
    return mfg_fail(MFG_ERROR_TYPE,
                    "element type %d; expected bool, an integer, a float or a complex type", type);
  if (rank < 0 || rank > MFG_MAX_RANK || (rank > 0 && shape == NULL))
    return mfg_fail(MFG_ERROR_SHAPE, "rank %d; expected 0 to %d, with a shape", rank, MFG_MAX_RANK);
  int64_t total = (int64_t)mfg_dtype_size(type);
  bool empty = false;
  for (int axis = 0; axis < rank; axis++) {
    if (shape[axis] < 0 || __builtin_mul_overflow(total, shape[axis] > 0 ? shape[axis] : 1, &total))
      return mfg_fail(MFG_ERROR_SHAPE, "extent %lld of axis %d is negative or too large",
                      (long long)shape[axis], axis);
    empty = empty || shape[axis] == 0;
  }
  *bytes = empty ? 0 : (uint64_t)total;
  return MFG_OK;
}

static mfg_status new_tensor(mfg_dtype type, int rank, const int64_t *shape, DLTensor **result) {
  *result = NULL;
  uint64_t bytes = 0;
  mfg_status status = check_new(type, rank, shape, &bytes);
  if (status != MFG_OK) return status;
  uint64_t size = (bytes + TENSOR_ALIGNMENT) & ~(uint64_t)(TENSOR_ALIGNMENT - 1);
  owned_tensor *owned = calloc(1, sizeof *owned);
  void *data = owned != NULL ? aligned_alloc(TENSOR_ALIGNMENT, size) : NULL;
  if (data == NULL) {
    free(owned);
    return mfg_fail_memory(size, "a tensor");
  }
  for (int axis = 0; axis < rank; axis++)
    owned->shape[axis] = shape[axis];
  mfg_shape_strides(rank, owned->shape, owned->strides);
  owned->tensor = (DLTensor){.data = data,
                             .device = {kDLCPU, 0},
                             .ndim = rank,
                             .dtype = mfg_tensor_type_of(type),
                             .shape = owned->shape,
                             .strides = owned->strides};
  *result = &owned->tensor;
  return MFG_OK;
}

void mfg_compat_release(DLTensor *tensor) {
  if (tensor == NULL) return;
  free(tensor->data);
  free(tensor);
}

/* Checks a tensor that a caller passed. */
static mfg_status view_host(const DLTensor *tensor, mfg_tensor_view *view) {
  mfg_status status = mfg_tensor_check(tensor, view);
  if (status == MFG_OK && tensor->device.device_type != kDLCPU)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT,
                    "a tensor on device type %d; expected host memory (kDLCPU)",
                    (int)tensor->device.device_type);
  return status;
}

static uint64_t packed_bytes(const mfg_tensor_view *view) {
  return (uint64_t)mfg_shape_size(view->rank, view->shape) * mfg_dtype_size(view->type);
}

/* ---- work on a device ------------------------------------------------------------------------ */

static mfg_array *upload(mfg_scope *scope, const mfg_tensor_view *view) {
  if (scope == NULL) return NULL;
  uint64_t bytes = packed_bytes(view);
  void *data = malloc(bytes > 0 ? bytes : 1);
  if (data == NULL) return mfg_scope_fail(scope, mfg_fail_memory(bytes, "a tensor"), NULL), NULL;
  mfg_status status = mfg_host_pack(view, data);
  mfg_array *array = NULL;
  if (status == MFG_OK)
    array = mfg_from_host(scope, view->type, view->rank, view->shape, data);
  else
    mfg_scope_fail(scope, status, mfg_last_error());
  free(data);
  return array;
}

/* Brings an array's elements into a host view of the same type and shape. */
static mfg_status download(mfg_scope *scope, mfg_array *array, const mfg_tensor_view *view) {
  if (array == NULL) return mfg_scope_status(scope);
  mfg_tensor_view packed = *view;
  uint64_t bytes = packed_bytes(view);
  void *data = malloc(bytes > 0 ? bytes : 1);
  if (data == NULL) return mfg_fail_memory(bytes, "a tensor");
  mfg_status status = mfg_to_host(array, data, bytes);
  mfg_shape_strides(packed.rank, packed.shape, packed.strides);
  packed.first = data;
  packed.low = 0;
  packed.bytes = bytes;
  if (status == MFG_OK) status = mfg_host_map(0, &packed, view);
  free(data);
  return status;
}

/* Closes the scope; the first of the two errors counts. */
static mfg_status close_with(mfg_scope *scope, mfg_status status) {
  if (status == MFG_OK) return mfg_scope_close(scope);
  mfg_scope_fail(scope, status, mfg_last_error());
  return mfg_scope_close(scope);
}

/* ---- creation -------------------------------------------------------------------------------- */

mfg_status mfg_compat_empty(mfg_context *context, mfg_dtype type, int rank, const int64_t *shape,
                            DLTensor **result) {
  (void)context; /* nothing is computed */
  return new_tensor(type, rank, shape, result);
}

mfg_status mfg_compat_full(mfg_context *context, mfg_dtype type, int rank, const int64_t *shape,
                           double value, DLTensor **result) {
  mfg_status status = new_tensor(type, rank, shape, result);
  if (status != MFG_OK) return status;
  mfg_tensor_view target;
  status = mfg_tensor_check(*result, &target);
  if (status == MFG_OK && context == NULL) {
    mfg_dtype real = mfg_real_type(type);
    mfg_scalar number = mfg_scalar_of_real(real, value);
    mfg_tensor_view source = {.type = real, .first = (char *)&number, .bytes = sizeof number};
    status = mfg_host_map(0, &source, &target);
  } else if (status == MFG_OK) {
    mfg_scope *scope = mfg_scope_open(context);
    mfg_array *array = mfg_full(scope, type, rank, shape, value);
    status = close_with(scope, download(scope, array, &target));
  }
  if (status != MFG_OK) {
    mfg_compat_release(*result);
    *result = NULL;
  }
  return status;
}

mfg_status mfg_compat_zeros(mfg_context *context, mfg_dtype type, int rank, const int64_t *shape,
                            DLTensor **result) {
  return mfg_compat_full(context, type, rank, shape, 0, result);
}

mfg_status mfg_compat_ones(mfg_context *context, mfg_dtype type, int rank, const int64_t *shape,
                           DLTensor **result) {
  return mfg_compat_full(context, type, rank, shape, 1, result);
}

mfg_status mfg_compat_full_like(mfg_context *context, const DLTensor *like, double value,
                                DLTensor **result) {
  mfg_tensor_view view;
  *result = NULL;
  mfg_status status = mfg_tensor_check(like, &view);
  if (status != MFG_OK) return status;
  return mfg_compat_full(context, view.type, view.rank, view.shape, value, result);
}

mfg_status mfg_compat_empty_like(mfg_context *context, const DLTensor *like, DLTensor **result) {
  mfg_tensor_view view;
  *result = NULL;
  mfg_status status = mfg_tensor_check(like, &view);
  if (status != MFG_OK) return status;
  return mfg_compat_empty(context, view.type, view.rank, view.shape, result);
}

mfg_status mfg_compat_zeros_like(mfg_context *context, const DLTensor *like, DLTensor **result) {
  return mfg_compat_full_like(context, like, 0, result);
}

mfg_status mfg_compat_ones_like(mfg_context *context, const DLTensor *like, DLTensor **result) {
  return mfg_compat_full_like(context, like, 1, result);
}

/* ---- copies ---------------------------------------------------------------------------------- */

/* A view of C-ordered memory of the caller. */
static mfg_status view_packed(mfg_dtype type, int rank, const int64_t *shape, const void *data,
                              mfg_tensor_view *view) {
  uint64_t bytes = 0;
  mfg_status status = check_new(type, rank, shape, &bytes);
  if (status != MFG_OK) return status;
  if (data == NULL && bytes > 0)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "data was expected; found NULL");
  *view = (mfg_tensor_view){
      .type = type, .rank = rank, .first = (char *)(uintptr_t)data, .bytes = bytes};
  for (int axis = 0; axis < rank; axis++)
    view->shape[axis] = shape[axis];
  mfg_shape_strides(rank, view->shape, view->strides);
  return MFG_OK;
}

/* Source to target, over the device where there is one. */
static mfg_status transfer(mfg_context *context, const mfg_tensor_view *source,
                           const mfg_tensor_view *target) {
  if (context == NULL) return mfg_host_map(0, source, target);
  mfg_scope *scope = mfg_scope_open(context);
  mfg_array *wide = mfg_empty(scope, target->type, target->rank, target->shape);
  mfg_status status = mfg_assign(scope, wide, upload(scope, source));
  if (status == MFG_OK) status = download(scope, wide, target);
  return close_with(scope, status);
}

static mfg_status copy_of(mfg_context *context, const mfg_tensor_view *source, DLTensor **result) {
  mfg_tensor_view target;
  mfg_status status = new_tensor(source->type, source->rank, source->shape, result);
  if (status == MFG_OK) status = mfg_tensor_check(*result, &target);
  if (status == MFG_OK) status = transfer(context, source, &target);
  if (status != MFG_OK) {
    mfg_compat_release(*result);
    *result = NULL;
  }
  return status;
}

mfg_status mfg_compat_from_host(mfg_context *context, mfg_dtype type, int rank,
                                const int64_t *shape, const void *data, DLTensor **result) {
  mfg_tensor_view source;
  *result = NULL;
  mfg_status status = view_packed(type, rank, shape, data, &source);
  return status == MFG_OK ? copy_of(context, &source, result) : status;
}

mfg_status mfg_compat_to_host(mfg_context *context, const DLTensor *tensor, void *data,
                              size_t bytes) {
  mfg_tensor_view source;
  mfg_tensor_view target;
  mfg_status status = view_host(tensor, &source);
  if (status != MFG_OK) return status;
  if (bytes != packed_bytes(&source))
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "room for %zu bytes; the tensor has %llu", bytes,
                    (unsigned long long)packed_bytes(&source));
  status = view_packed(source.type, source.rank, source.shape, data, &target);
  return status == MFG_OK ? transfer(context, &source, &target) : status;
}

mfg_status mfg_compat_copy(mfg_context *context, const DLTensor *tensor, DLTensor **result) {
  mfg_tensor_view source;
  *result = NULL;
  mfg_status status = view_host(tensor, &source);
  return status == MFG_OK ? copy_of(context, &source, result) : status;
}

mfg_status mfg_compat_assign(mfg_context *context, DLTensor *target, const DLTensor *source) {
  mfg_tensor_view to;
  mfg_tensor_view from;
  mfg_status status = view_host(target, &to);
  if (status == MFG_OK) status = view_host(source, &from);
  if (status != MFG_OK) return status;
  if (!mfg_can_cast(from.type, to.type))
    return mfg_fail(MFG_ERROR_TYPE, "%s into a tensor of %s would lose values",
                    mfg_dtype_name(from.type), mfg_dtype_name(to.type));
  return transfer(context, &from, &to);
}

/* ---- tests ----------------------------------------------------------------------------------- */

/* What is asked of the elements. */
typedef struct tensor_question {
  uint32_t reduction;
  uint32_t operation; /* of operations.h, or 0 */
  bool invert;
} tensor_question;

static mfg_status ask_device(mfg_context *context, const mfg_tensor_view *view,
                             const tensor_question *question, bool *result) {
  mfg_scope *scope = mfg_scope_open(context);
  mfg_array *array = upload(scope, view);
  if (question->operation != 0)
    array = mfg_apply(scope, question->operation, mfg_operand_of_array(array),
                      mfg_operand_of_array(NULL), mfg_operand_of_array(NULL));
  if (question->invert) array = mfg_logical_not(scope, array);
  *result =
      mfg_item(scope, mfg_reduce(scope, question->reduction, array, MFG_ALL_AXES, false)) != 0;
  return mfg_scope_close(scope);
}

static mfg_status ask(mfg_context *context, const DLTensor *tensor, tensor_question question,
                      bool *result) {
  mfg_tensor_view view;
  mfg_status status = view_host(tensor, &view);
  if (status != MFG_OK) return status;
  if (context != NULL) return ask_device(context, &view, &question, result);
  return mfg_host_test(question.reduction, question.operation, question.invert, &view, result);
}

mfg_status mfg_compat_any(mfg_context *context, const DLTensor *tensor, bool *result) {
  return ask(context, tensor, (tensor_question){.reduction = MFG_REDUCE_ANY}, result);
}

mfg_status mfg_compat_all(mfg_context *context, const DLTensor *tensor, bool *result) {
  return ask(context, tensor, (tensor_question){.reduction = MFG_REDUCE_ALL}, result);
}

mfg_status mfg_compat_has_nan_or_inf(mfg_context *context, const DLTensor *tensor, bool *result) {
  tensor_question not_finite = {
      .reduction = MFG_REDUCE_ANY, .operation = MFG_OP_ISFINITE, .invert = true};
  return ask(context, tensor, not_finite, result);
}

static mfg_status classify(mfg_context *context, uint32_t operation, const DLTensor *tensor,
                           DLTensor **result) {
  mfg_tensor_view source;
  mfg_tensor_view target;
  *result = NULL;
  mfg_status status = view_host(tensor, &source);
  if (status == MFG_OK) status = new_tensor(MFG_BOOL, source.rank, source.shape, result);
  if (status != MFG_OK) return status;
  status = mfg_tensor_check(*result, &target);
  if (status == MFG_OK && context == NULL) {
    status = mfg_host_map(operation, &source, &target);
  } else if (status == MFG_OK) {
    mfg_scope *scope = mfg_scope_open(context);
    mfg_array *found = mfg_apply(scope, operation, mfg_operand_of_array(upload(scope, &source)),
                                 mfg_operand_of_array(NULL), mfg_operand_of_array(NULL));
    status = close_with(scope, download(scope, found, &target));
  }
  if (status != MFG_OK) {
    mfg_compat_release(*result);
    *result = NULL;
  }
  return status;
}

mfg_status mfg_compat_isnan(mfg_context *context, const DLTensor *tensor, DLTensor **result) {
  return classify(context, MFG_OP_ISNAN, tensor, result);
}

mfg_status mfg_compat_isinf(mfg_context *context, const DLTensor *tensor, DLTensor **result) {
  return classify(context, MFG_OP_ISINF, tensor, result);
}

/* ---- arrays ---------------------------------------------------------------------------------- */

mfg_array *mfg_compat_to_backend(mfg_scope *scope, const DLTensor *tensor) {
  mfg_tensor_view view;
  if (mfg_scope_status(scope) != MFG_OK) return NULL;
  mfg_status status = view_host(tensor, &view);
  if (status != MFG_OK) return mfg_scope_fail(scope, status, mfg_last_error()), NULL;
  return upload(scope, &view);
}

mfg_status mfg_compat_from_array(mfg_array *array, DLTensor **result) {
  *result = NULL;
  if (array == NULL)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "an array was expected; found NULL");
  mfg_status status =
      new_tensor(mfg_array_type(array), mfg_array_rank(array), mfg_array_shape(array), result);
  if (status != MFG_OK) return status;
  size_t bytes = (size_t)mfg_array_size(array) * mfg_dtype_size(mfg_array_type(array));
  status = mfg_to_host(array, (*result)->data, bytes);
  if (status != MFG_OK) {
    mfg_compat_release(*result);
    *result = NULL;
  }
  return status;
}
