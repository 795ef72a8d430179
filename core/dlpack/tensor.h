/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What DLTensor says, in the words of this library. */
#ifndef MFG_DLPACK_TENSOR_H
#define MFG_DLPACK_TENSOR_H

#include <mfg/dlpack.h>

/* The element type, or 0 for one that is not computed with. */
mfg_dtype mfg_tensor_type(DLDataType type);
DLDataType mfg_tensor_type_of(mfg_dtype type);

/* A tensor that has been checked. */
typedef struct mfg_tensor_view {
  mfg_dtype type;
  int rank;
  int64_t shape[MFG_MAX_RANK];
  int64_t strides[MFG_MAX_RANK]; /* elements */
  char *first;                   /* the element at index 0 */
  int64_t low;                   /* the lowest element touched, relative to `first`, <= 0 */
  uint64_t bytes;                /* from the lowest to the highest element */
} mfg_tensor_view;

/* Checks a tensor. Errors, with the last error set: MFG_ERROR_INVALID_ARGUMENT (NULL pointers),
 * MFG_ERROR_TYPE, MFG_ERROR_SHAPE. */
mfg_status mfg_tensor_check(const DLTensor *tensor, mfg_tensor_view *view);

#endif
