/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dlpack/tensor.h"

#include <mfg/sdk.h>

#include "array/promotion.h"
#include "array/value.h"
#include "support/error.h"

/* Layout of DLPack, whichever header declared it. */
MFG_STATIC_ASSERT(sizeof(DLTensor) == 48, "DLPack");
MFG_STATIC_ASSERT(offsetof(DLTensor, byte_offset) == 40, "DLPack");
MFG_STATIC_ASSERT(offsetof(DLManagedTensor, deleter) == 56, "DLPack");
MFG_STATIC_ASSERT(offsetof(DLManagedTensorVersioned, flags) == 24, "DLPack 1.x");
MFG_STATIC_ASSERT(offsetof(DLManagedTensorVersioned, dl_tensor) == 32, "DLPack 1.x");

mfg_dtype mfg_tensor_type(DLDataType type) {
  for (mfg_dtype known = MFG_BOOL; mfg_type_is_known(known); known++) {
    DLDataType expected = mfg_tensor_type_of(known);
    if (type.code == expected.code && type.bits == expected.bits && type.lanes == 1) return known;
  }
  return 0;
}

DLDataType mfg_tensor_type_of(mfg_dtype type) {
  uint8_t code = mfg_is_dtype(type, MFG_KIND_BOOL)         ? MFG_DLPACK_BOOL
                 : mfg_is_dtype(type, MFG_KIND_SIGNED)     ? (uint8_t)kDLInt
                 : mfg_is_dtype(type, MFG_KIND_UNSIGNED)   ? (uint8_t)kDLUInt
                 : mfg_is_dtype(type, MFG_KIND_REAL_FLOAT) ? (uint8_t)kDLFloat
                                                           : (uint8_t)kDLComplex;
  return (DLDataType){code, (uint8_t)(8 * mfg_dtype_size(type)), 1};
}

static mfg_status check_shape(const DLTensor *tensor, mfg_tensor_view *view) {
  int64_t elements = 1;
  for (int axis = 0; axis < view->rank; axis++) {
    int64_t extent = tensor->shape[axis];
    if (extent < 0 || __builtin_mul_overflow(elements, extent > 0 ? extent : 1, &elements) ||
        elements > INT64_MAX / 16)
      return mfg_fail(MFG_ERROR_SHAPE, "a DLPack tensor with extent %lld of axis %d",
                      (long long)extent, axis);
    view->shape[axis] = extent;
  }
  mfg_shape_strides(view->rank, view->shape, view->strides);
  for (int axis = 0; axis < view->rank && tensor->strides != NULL; axis++)
    view->strides[axis] = tensor->strides[axis];
  return MFG_OK;
}

mfg_status mfg_tensor_check(const DLTensor *tensor, mfg_tensor_view *view) {
  if (tensor == NULL)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "a DLPack tensor was expected; found NULL");
  view->type = mfg_tensor_type(tensor->dtype);
  if (view->type == 0)
    return mfg_fail(MFG_ERROR_TYPE,
                    "a DLPack tensor of type code %u with %u bits and %u lanes; expected bool, "
                    "an integer, a float or a complex type of one lane",
                    tensor->dtype.code, tensor->dtype.bits, tensor->dtype.lanes);
  if (tensor->ndim < 0 || tensor->ndim > MFG_MAX_RANK)
    return mfg_fail(MFG_ERROR_SHAPE, "a DLPack tensor of rank %d; expected 0 to %d", tensor->ndim,
                    MFG_MAX_RANK);
  view->rank = tensor->ndim;
  if (view->rank > 0 && tensor->shape == NULL)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "a DLPack tensor whose shape is NULL");
  mfg_status status = check_shape(tensor, view);
  if (status != MFG_OK) return status;
  int64_t high = 0;
  bool any = mfg_shape_range(view->rank, view->shape, view->strides, &view->low, &high);
  if (!any) view->low = 0;
  view->bytes = any ? (uint64_t)(high - view->low + 1) * mfg_dtype_size(view->type) : 0;
  if (tensor->data == NULL && any)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "a DLPack tensor whose data is NULL");
  view->first = tensor->data == NULL ? NULL : (char *)tensor->data + tensor->byte_offset;
  return MFG_OK;
}
