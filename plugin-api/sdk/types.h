/* SPDX-License-Identifier: MIT */
/* Type rules that the validator and the executor share: which types an operation takes and what a
 * reduction yields. Internal to the SDK. */
#ifndef MFG_SDK_TYPES_H
#define MFG_SDK_TYPES_H

#include <mfg/sdk.h>

static inline bool mfg_type_is_float(mfg_dtype type) {
  return type == MFG_FLOAT32 || type == MFG_FLOAT64;
}

static inline bool mfg_type_is_unsigned(mfg_dtype type) {
  return type >= MFG_UINT8 && type <= MFG_UINT64;
}

static inline bool mfg_type_is_integer(mfg_dtype type) {
  return (type >= MFG_INT8 && type <= MFG_INT64) || mfg_type_is_unsigned(type);
}

static inline bool mfg_type_is_numeric(mfg_dtype type) {
  return mfg_type_is_float(type) || mfg_type_is_integer(type);
}

/* Type of the result of a reduction over values of `type`; 0 where it does not take that type. */
static inline mfg_dtype mfg_reduction_type(uint32_t operation, mfg_dtype type) {
  switch (operation) {
  case MFG_REDUCE_SUM:
  case MFG_REDUCE_PRODUCT:
  case MFG_REDUCE_MIN:
  case MFG_REDUCE_MAX: return mfg_type_is_numeric(type) ? type : 0;
  case MFG_REDUCE_ANY:
  case MFG_REDUCE_ALL: return type == MFG_BOOL ? MFG_BOOL : 0;
  case MFG_REDUCE_ARGMIN:
  case MFG_REDUCE_ARGMAX: return mfg_type_is_numeric(type) ? MFG_INT64 : 0;
  default: return 0;
  }
}

#endif
