/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inner products of trajectories. */
#ifndef MFG_SOLVERS_COUPLING_INNER_H
#define MFG_SOLVERS_COUPLING_INNER_H

#include <mfg/array.h>

/* Most vectors in one call. */
#define MFG_INNER_MAXIMUM 64

/* values[i] = array . others[i] (sums over all elements), several in one pass over `array`. A host
 * read. `count` at most MFG_INNER_MAXIMUM. The scope's status. */
mfg_status mfg_inner_products(mfg_scope *scope, const mfg_array *array, int count,
                              mfg_array *const *others, double *values);

#endif
