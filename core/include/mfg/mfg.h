/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that libmfg offers. */
#ifndef MFG_MFG_H
#define MFG_MFG_H

#include <mfg/array.h>
#include <mfg/compat.h>
#include <mfg/complex.h>
#include <mfg/context.h>
#include <mfg/creation.h>
#include <mfg/dlpack.h>
#include <mfg/dtype.h>
#include <mfg/elementwise.h>
#include <mfg/error.h>
#include <mfg/indexing.h>
#include <mfg/linear_algebra.h>
#include <mfg/log.h>
#include <mfg/manipulation.h>
#include <mfg/registry.h>
#include <mfg/sorting.h>
#include <mfg/statistics.h>

#endif
