/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An expression as arrays: a function of the density m on a space of levels times cells.
 *
 * What does not depend on m is computed once, by mfg_lowered_prepare, into arrays of the least
 * shape that holds it; mfg_lowered_apply computes the rest lazily, so that it fuses with what its
 * caller does. mean() and integral() are one reduction each, for all levels together.
 *
 * All arrays have rank 1 + axes: (levels, cells...), with extent 1 along what they do not depend
 * on. */
#ifndef MFG_SOLVERS_EXPRESSION_LOWER_H
#define MFG_SOLVERS_EXPRESSION_LOWER_H

#include <mfg/array.h>

#include "expression/expression.h"

/* The points that an expression is evaluated at. The arrays are borrowed and outlive whatever is
 * lowered on the space; their content may change before mfg_lowered_prepare. */
typedef struct mfg_lower_space {
  mfg_dtype type; /* float32 or float64 */
  int axes;
  int64_t shape[MFG_MAX_RANK]; /* (levels, cells...) */
  mfg_array *coordinate[3];    /* shape[1 + d] along axis 1 + d, 1 along all others */
  mfg_array *time;             /* shape[0] along axis 0, 1 along all others */
  double cell_volume;
  mfg_array
      *inside; /* (1, cells...), bool: false where there is no domain; NULL: it is everywhere */
} mfg_lower_space;

typedef struct mfg_lowered mfg_lowered;

/* Copies what it needs of the space; `expression` is borrowed and outlives the result, which is
 * owned by the caller. Without momentum. NULL with an error in the scope. */
mfg_lowered *mfg_lowered_create(mfg_scope *scope, const mfg_expression *expression,
                                const mfg_lower_space *space);
void mfg_lowered_release(mfg_lowered *lowered);

/* Computes what does not depend on m; again after the times have changed. */
mfg_status mfg_lowered_prepare(mfg_scope *scope, mfg_lowered *lowered);

/* The value where `density`, (levels, cells...), is m. Owned by the scope. */
mfg_array *mfg_lowered_apply(mfg_scope *scope, const mfg_lowered *lowered,
                             const mfg_array *density);

/* integral(value) over the domain of each level: (1 or levels, 1...); of what stands on (1 or
 * levels, 1 or cells...). */
mfg_array *mfg_lower_integral(mfg_scope *scope, const mfg_lower_space *space, mfg_array *value);

/* The least shape that holds the value. */
void mfg_lowered_shape(const mfg_lowered *lowered, int64_t *shape);
/* Whether the value is 0 whatever the density. */
bool mfg_lowered_is_zero(const mfg_lowered *lowered);

#endif
