/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations on complex arrays, described by what they do with the parts. */
#ifndef MFG_ARRAY_COMPLEX_H
#define MFG_ARRAY_COMPLEX_H

#include <mfg/complex.h>

#include "array/complex_value.h"

/* A complex operand or result as two arrays of one float type. Where `imaginary` is NULL the number
 * is real, exactly: its imaginary part has no sign. */
typedef struct mfg_pair {
  mfg_array *real;
  mfg_array *imaginary;
} mfg_pair;

/* A view of every other number of the memory of a complex array: part 0 or 1. */
mfg_array *mfg_part_view(mfg_scope *scope, const mfg_array *array, int part);

/* An operation of operations.h in a complex type. `operands` are in order, `count` of them. */
mfg_array *mfg_complex_apply(mfg_scope *scope, uint32_t operation, const char *name, mfg_dtype type,
                             int count, const mfg_operand *operands);

/* Sum or product over axes; any other reduction but any and all is MFG_ERROR_TYPE. */
mfg_array *mfg_complex_reduce(mfg_scope *scope, uint32_t operation, const mfg_array *array,
                              uint32_t axes, bool keep_axes);
/* Running sum or product along an axis >= 0. */
mfg_array *mfg_complex_scan(mfg_scope *scope, uint32_t operation, const mfg_array *array, int axis);

/* ---- complex_function.c ---------------------------------------------------------------------- */

typedef mfg_pair (*mfg_complex_function)(mfg_scope *scope, mfg_pair a);

/* The function of one argument that is the operation in complex numbers, or NULL. Both parts of the
 * argument are there. */
mfg_complex_function mfg_complex_function_of(uint32_t operation);

mfg_pair mfg_complex_multiply(mfg_scope *scope, mfg_pair a, mfg_pair b);
mfg_pair mfg_complex_exp(mfg_scope *scope, mfg_pair a);
mfg_pair mfg_complex_log(mfg_scope *scope, mfg_pair a);

#endif
