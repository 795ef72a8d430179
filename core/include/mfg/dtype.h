/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts of element types: what kind a type is, which type two become together, and what range and
 * precision it has. Nothing here needs a context; every function is safe to call from any thread.
 *
 * Together, bool becomes whatever stands beside it; integers of one signedness become the larger,
 * of both the smallest signed type that holds them; an integer with a float becomes float64; a
 * float with a complex type the complex type that holds both. uint64 and a signed type have no
 * common type. */
#ifndef MFG_DTYPE_H
#define MFG_DTYPE_H

#include <mfg/api.h>
#include <mfg/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of types, as a mask. */
enum mfg_dtype_kind {
  MFG_KIND_BOOL = 1,
  MFG_KIND_SIGNED = 2,
  MFG_KIND_UNSIGNED = 4,
  MFG_KIND_INTEGER = 6,
  MFG_KIND_REAL_FLOAT = 8,
  MFG_KIND_COMPLEX_FLOAT = 16,
  MFG_KIND_NUMERIC = 30
};

/* Whether the type is of one of the kinds; false for a number that is no type. */
MFG_API bool mfg_is_dtype(mfg_dtype type, uint32_t kinds);

/* The type in which two are computed together; 0 where they have none. */
MFG_API mfg_dtype mfg_result_type(mfg_dtype a, mfg_dtype b);

/* Whether an assignment from `from` to `to` is done without being asked: `to` is the type of both
 * together. */
MFG_API bool mfg_can_cast(mfg_dtype from, mfg_dtype to);

/* The type of the parts of a complex type; any other type is its own. */
MFG_API mfg_dtype mfg_real_type(mfg_dtype type);

typedef struct mfg_integer_info {
  uint32_t bits;
  int64_t min;
  uint64_t max;
} mfg_integer_info;

/* Range of an integer type; MFG_ERROR_TYPE for any other. */
MFG_API mfg_status mfg_iinfo(mfg_dtype type, mfg_integer_info *info);

typedef struct mfg_float_info {
  uint32_t bits;
  mfg_dtype type; /* of the numbers: that of the parts of a complex type */
  double eps;     /* distance from 1 to the next number */
  double max;
  double min; /* -max */
  double smallest_normal;
} mfg_float_info;

/* Range and precision of a float or complex type (of its parts); MFG_ERROR_TYPE for any other. */
MFG_API mfg_status mfg_finfo(mfg_dtype type, mfg_float_info *info);

#ifdef __cplusplus
}
#endif

#endif
