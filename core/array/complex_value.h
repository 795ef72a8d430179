/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Complex values: two real ones side by side.
 *
 * A complex array lies in memory as pairs, real part first. Kernels know real types only: a value
 * of a complex type is a leaf, or a node of two real values (MFG_VALUE_COMPLEX), and whatever is
 * done with it is done with its parts. A part of a leaf is a real leaf over every other number of
 * the same memory. So every backend has complex numbers, both parts are computed in one kernel, and
 * what they share is computed once. */
#ifndef MFG_ARRAY_COMPLEX_VALUE_H
#define MFG_ARRAY_COMPLEX_VALUE_H

#include "array/handle.h"

static inline bool mfg_type_is_complex(mfg_dtype type) {
  return mfg_is_dtype(type, MFG_KIND_COMPLEX_FLOAT);
}

/* A new complex value of two real ones, each of the shape, of the real type or of one that becomes
 * it. Takes over both references, also when it fails or one of them is NULL. */
mfg_value *mfg_value_complex(mfg_context *context, mfg_dtype type, int rank, const int64_t *shape,
                             mfg_value *real, mfg_value *imaginary);

/* The parts of a complex value (new references); false where memory is out or a recorded copy could
 * not be made. */
bool mfg_value_parts(mfg_value *value, mfg_value *parts[2]);

/* A number in every element, of any type, as `number` says. */
mfg_value *mfg_value_of_operand(mfg_context *context, mfg_dtype type, int rank,
                                const int64_t *shape, const mfg_operand *number);

/* mfg_value_everywhere and mfg_value_as_type of a complex value, or to a complex type. The latter
 * takes over the reference. */
mfg_value *mfg_complex_everywhere(mfg_value *value, int rank, const int64_t *shape);
mfg_value *mfg_complex_as_type(mfg_value *value, mfg_dtype type);

#endif
