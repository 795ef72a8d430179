/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Places that a mask chooses. */
#ifndef MFG_ARRAY_CHOOSE_H
#define MFG_ARRAY_CHOOSE_H

#include "array/handle.h"

/* The positions, int64 of rank 1, of the elements of a bool array that hold, counted in C order.
 * Their number is read by the host. */
mfg_array *mfg_places_where(mfg_scope *scope, const mfg_array *mask);

#endif
