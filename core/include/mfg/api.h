/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Linkage of the public functions of libmfg and libmfg-solvers. */
#ifndef MFG_API_H
#define MFG_API_H

#include <mfg/base.h>

/* A function that programs may call. Everything else is hidden. */
#define MFG_API MFG_EXPORT

#endif
