/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Types and shapes of results. */
#ifndef MFG_ARRAY_PROMOTION_H
#define MFG_ARRAY_PROMOTION_H

#include <mfg/array.h>

#include "array/value.h"

bool mfg_type_is_float(mfg_dtype type);
bool mfg_type_is_integer(mfg_dtype type);
/* Whether this version computes with the type. */
bool mfg_type_is_known(mfg_dtype type);

/* The type of a result of two: the larger of one kind; float64 for an integer with a float32. */
mfg_dtype mfg_type_promote(mfg_dtype a, mfg_dtype b);

/* Whether every value of `from` is one of `to`: what an assignment may do by itself. */
bool mfg_type_widens(mfg_dtype from, mfg_dtype to);

/* A number as an element of the type, by the conversion rules of operations.h. */
mfg_scalar mfg_scalar_of_real(mfg_dtype type, double value);
mfg_scalar mfg_scalar_of_integer(mfg_dtype type, int64_t value);
double mfg_scalar_to_real(mfg_dtype type, mfg_scalar value);

/* Broadcasts `shape` into *rank and `result`, which hold what came before. False where they do not
 * go together. */
bool mfg_shape_broadcast(int rank, const int64_t *shape, int *result_rank, int64_t *result);

/* The value as `type`: itself, or a conversion. Takes over the reference, also when it fails. */
mfg_value *mfg_value_as_type(mfg_value *value, mfg_dtype type);

#endif
