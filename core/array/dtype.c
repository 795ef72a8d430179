/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mfg/dtype.h>

#include <float.h>
#include <mfg/sdk.h>

#include "array/promotion.h"
#include "support/error.h"

static uint32_t kind_of(mfg_dtype type) {
  if (type == MFG_BOOL) return MFG_KIND_BOOL;
  if (type >= MFG_INT8 && type <= MFG_INT64) return MFG_KIND_SIGNED;
  if (type >= MFG_UINT8 && type <= MFG_UINT64) return MFG_KIND_UNSIGNED;
  if (type == MFG_FLOAT32 || type == MFG_FLOAT64) return MFG_KIND_REAL_FLOAT;
  return type == MFG_COMPLEX64 || type == MFG_COMPLEX128 ? MFG_KIND_COMPLEX_FLOAT : 0;
}

bool mfg_is_dtype(mfg_dtype type, uint32_t kinds) {
  return (kind_of(type) & kinds) != 0;
}

/* Integers of different signedness: the signed one where it is larger, else the next larger. */
static mfg_dtype promote_mixed(mfg_dtype of_signed, mfg_dtype of_unsigned) {
  int larger = of_unsigned - MFG_UINT8 + 1; /* than the unsigned type, counted from INT8 */
  if (of_signed - MFG_INT8 >= larger) return of_signed;
  return larger > MFG_INT64 - MFG_INT8 ? 0 : (mfg_dtype)(MFG_INT8 + larger);
}

static mfg_dtype promote_integers(mfg_dtype a, mfg_dtype b) {
  if (kind_of(a) == kind_of(b)) return a > b ? a : b;
  return kind_of(a) == MFG_KIND_SIGNED ? promote_mixed(a, b) : promote_mixed(b, a);
}

mfg_dtype mfg_result_type(mfg_dtype a, mfg_dtype b) {
  uint32_t kinds = kind_of(a) | kind_of(b);
  if (kind_of(a) == 0 || kind_of(b) == 0) return 0;
  if (a == b || b == MFG_BOOL) return a;
  if (a == MFG_BOOL) return b;
  if ((kinds & MFG_KIND_COMPLEX_FLOAT) != 0)
    return mfg_complex_type(mfg_result_type(mfg_real_type(a), mfg_real_type(b)));
  if ((kinds & MFG_KIND_REAL_FLOAT) == 0) return promote_integers(a, b);
  if ((kinds & MFG_KIND_INTEGER) != 0) return MFG_FLOAT64; /* float32 does not hold every int32 */
  return a > b ? a : b;
}

bool mfg_can_cast(mfg_dtype from, mfg_dtype to) {
  return kind_of(from) != 0 && mfg_result_type(from, to) == to;
}

mfg_dtype mfg_real_type(mfg_dtype type) {
  return type == MFG_COMPLEX64    ? (mfg_dtype)MFG_FLOAT32
         : type == MFG_COMPLEX128 ? (mfg_dtype)MFG_FLOAT64
                                  : type;
}

mfg_dtype mfg_complex_type(mfg_dtype real) {
  return real == MFG_FLOAT32 ? MFG_COMPLEX64 : MFG_COMPLEX128;
}

mfg_status mfg_iinfo(mfg_dtype type, mfg_integer_info *info) {
  switch (type) {
#define SIGNED(symbol, member, T)                                                                  \
  case MFG_##symbol:                                                                               \
    *info = (mfg_integer_info){8 * sizeof(T), symbol##_MIN, symbol##_MAX};                         \
    return MFG_OK;
#define UNSIGNED(symbol, member, T)                                                                \
  case MFG_##symbol: *info = (mfg_integer_info){8 * sizeof(T), 0, symbol##_MAX}; return MFG_OK;
    MFG_SIGNED_TYPES(SIGNED)
    MFG_UNSIGNED_TYPES(UNSIGNED)
#undef SIGNED
#undef UNSIGNED
  default:
    return mfg_fail(MFG_ERROR_TYPE, "mfg_iinfo: of %s; expected an integer type",
                    mfg_dtype_name(type));
  }
}

mfg_status mfg_finfo(mfg_dtype type, mfg_float_info *info) {
  switch (mfg_real_type(type)) {
  case MFG_FLOAT32:
    *info = (mfg_float_info){
        32, MFG_FLOAT32, (double)FLT_EPSILON, (double)FLT_MAX, -(double)FLT_MAX, (double)FLT_MIN};
    return MFG_OK;
  case MFG_FLOAT64:
    *info = (mfg_float_info){64, MFG_FLOAT64, DBL_EPSILON, DBL_MAX, -DBL_MAX, DBL_MIN};
    return MFG_OK;
  default:
    return mfg_fail(MFG_ERROR_TYPE, "mfg_finfo: of %s; expected a float or complex type",
                    mfg_dtype_name(type));
  }
}
