/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Complex arrays and their parts.
 *
 * complex64 and complex128 are pairs of float32 or float64, real part first, on every backend. All
 * operations of array.h take them where the Python Array API says so: arithmetic, equality, the
 * mathematical functions, sums and products, everything that moves elements. What needs an order, a
 * sign bit or an integer is MFG_ERROR_TYPE. Special values are those of C's complex functions,
 * where the standard does not say otherwise; a product is computed by its definition, a quotient
 * without overflow in between. */
#ifndef MFG_COMPLEX_H
#define MFG_COMPLEX_H

#include <mfg/array.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The array real + imaginary * i; the two broadcast, and are promoted to one float type. */
MFG_API mfg_array *mfg_complex_operands(mfg_scope *scope, mfg_operand real, mfg_operand imaginary);
#define mfg_complex(s, real, imaginary)                                                            \
  mfg_complex_operands((s), MFG_OPERAND(real), MFG_OPERAND(imaginary))

/* The parts, as arrays of their own. A real array is its own real part, its imaginary part is 0. */
MFG_API mfg_array *mfg_real(mfg_scope *scope, const mfg_array *array);
MFG_API mfg_array *mfg_imag(mfg_scope *scope, const mfg_array *array);
/* real - imaginary * i; a real array is its own conjugate. */
MFG_API mfg_array *mfg_conj(mfg_scope *scope, const mfg_array *array);

/* mfg_item for an array of any type; both parts NaN, with the error in the scope, where it cannot
 * be had. A host read. */
MFG_API mfg_complex_number mfg_item_complex(mfg_scope *scope, mfg_array *array);

#ifdef __cplusplus
}
#endif

#endif
