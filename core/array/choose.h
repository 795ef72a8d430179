/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements that are not zero, and the places that a mask chooses. */
#ifndef MFG_ARRAY_CHOOSE_H
#define MFG_ARRAY_CHOOSE_H

#include "array/handle.h"

/* Whether each element is another number than 0, as NaN is. */
mfg_array *mfg_is_nonzero(mfg_scope *scope, const mfg_array *array);

/* The positions, int64 of rank 1, of the elements of a bool array that hold, counted in C order.
 * Their number is read by the host. */
mfg_array *mfg_places_where(mfg_scope *scope, const mfg_array *mask);

#endif
