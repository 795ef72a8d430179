/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elementwise functions that are made of those of the table in operations.h. Types and broadcasting
 * are as there; a number may stand where an array may. */
#ifndef MFG_ELEMENTWISE_H
#define MFG_ELEMENTWISE_H

#include <mfg/array.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The numbers themselves, in an array of its own. Not for bool. */
MFG_API mfg_array *mfg_positive_operand(mfg_scope *scope, mfg_operand a);
#define mfg_positive(s, a) mfg_positive_operand((s), MFG_OPERAND(a))

/* a * a, and 1 / a (integers: in float64). */
MFG_API mfg_array *mfg_square_operand(mfg_scope *scope, mfg_operand a);
#define mfg_square(s, a) mfg_square_operand((s), MFG_OPERAND(a))
MFG_API mfg_array *mfg_reciprocal_operand(mfg_scope *scope, mfg_operand a);
#define mfg_reciprocal(s, a) mfg_reciprocal_operand((s), MFG_OPERAND(a))

/* log(e^a + e^b) without overflow in between. Real only. */
MFG_API mfg_array *mfg_logaddexp_operands(mfg_scope *scope, mfg_operand a, mfg_operand b);
#define mfg_logaddexp(s, a, b) mfg_logaddexp_operands((s), MFG_OPERAND(a), MFG_OPERAND(b))

/* a, but not below `low` and not above `high`, in the type of a: bounds that its type does not hold
 * are MFG_ERROR_TYPE. A NULL array as a bound is none. NaN in any of them gives NaN. Real only. */
MFG_API mfg_array *mfg_clip_operands(mfg_scope *scope, mfg_operand a, mfg_operand low,
                                     mfg_operand high);
#define mfg_clip(s, a, low, high)                                                                  \
  mfg_clip_operands((s), MFG_OPERAND(a), MFG_OPERAND(low), MFG_OPERAND(high))

#ifdef __cplusplus
}
#endif

#endif
