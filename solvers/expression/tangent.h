/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The derivative of a lowered expression with respect to the density: at m, in the direction v,
 *
 *     (derivative by m) v + sum_i D_i dJ_i,
 *     dJ_i = integral(w_i v) + sum_{j<i} integral((derivative of what J_i averages by J_j)) dJ_j
 *
 * where J_i are the expression's mean() and integral() terms (see expression.h). What depends on m
 * is computed by mfg_tangent_take, once for many directions. */
#ifndef MFG_SOLVERS_EXPRESSION_TANGENT_H
#define MFG_SOLVERS_EXPRESSION_TANGENT_H

#include "expression/lower.h"

typedef struct mfg_tangent mfg_tangent;

/* `expression` is borrowed for the call, the arrays of the space for the life of the tangent. Owned
 * by the caller; NULL with an error in the scope. */
mfg_tangent *mfg_tangent_create(mfg_scope *scope, const mfg_expression *expression,
                                const mfg_lower_space *space);
void mfg_tangent_release(mfg_tangent *tangent);

/* Fixes m; `density` is (levels, cells...). Also needed again after the times have changed. */
mfg_status mfg_tangent_take(mfg_scope *scope, mfg_tangent *tangent, const mfg_array *density);
/* The derivative in the direction v, (levels, cells...); NULL where it is 0 whatever v. Lazy. */
mfg_array *mfg_tangent_apply(mfg_scope *scope, const mfg_tangent *tangent, const mfg_array *v);

#endif
