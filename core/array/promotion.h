/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Types and shapes of results. */
#ifndef MFG_ARRAY_PROMOTION_H
#define MFG_ARRAY_PROMOTION_H

#include <mfg/array.h>

#include "array/value.h"

static inline bool mfg_type_is_float(mfg_dtype type) {
  return mfg_is_dtype(type, MFG_KIND_REAL_FLOAT);
}
static inline bool mfg_type_is_integer(mfg_dtype type) {
  return mfg_is_dtype(type, MFG_KIND_INTEGER);
}
/* Whether arrays of the type can be made. */
bool mfg_type_is_known(mfg_dtype type);

/* mfg_result_type; 0, with the error in the scope, where the two have no common type. */
mfg_dtype mfg_scope_promote(mfg_scope *scope, const char *operation, mfg_dtype a, mfg_dtype b);

/* The complex type whose parts are of the real float type. */
mfg_dtype mfg_complex_type(mfg_dtype real);

/* A number as an element of the type, by the conversion rules of operations.h. */
mfg_scalar mfg_scalar_of_real(mfg_dtype type, double value);
mfg_scalar mfg_scalar_of_integer(mfg_dtype type, int64_t value);
mfg_scalar mfg_scalar_convert(mfg_dtype to, mfg_dtype from, mfg_scalar value);
double mfg_scalar_to_real(mfg_dtype type, mfg_scalar value);

/* A number that stands where an array may, as an element of the type. */
mfg_scalar mfg_scalar_of_operand(mfg_dtype type, const mfg_operand *number);
/* Whether it is one of the type's numbers, as far as range goes: a fraction is not looked at. */
bool mfg_operand_fits(mfg_dtype type, const mfg_operand *number);
/* An integer that does not fit, in a buffer of the caller's. */
const char *mfg_operand_text(const mfg_operand *number, char *text, size_t capacity);

/* Whether an array of the type can hold the number; where not, the error is in the scope. */
bool mfg_scope_takes_number(mfg_scope *scope, const char *operation, mfg_dtype type,
                            const mfg_operand *number);

/* Broadcasts `shape` into *rank and `result`, which hold what came before. False where they do not
 * go together. */
bool mfg_shape_broadcast(int rank, const int64_t *shape, int *result_rank, int64_t *result);

/* The value as `type`: itself, or a conversion. Takes over the reference, also when it fails. */
mfg_value *mfg_value_as_type(mfg_value *value, mfg_dtype type);

#endif
