/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a device computes itself, found by asking it about one small kernel for each operation and
 * pattern. The rest core runs on the host. */
#ifndef MFG_LOADER_CAPABILITY_H
#define MFG_LOADER_CAPABILITY_H

#include "support/text.h"

#include <mfg/plugin.h>

/* Appends the name of each operation and pattern that the device leaves to the host, one a line.
 * Operations on reals are asked about in float64, or in float32 where the device has no float64. */
void mfg_capability_missing(const mfg_plugin *plugin, mfg_plugin_device *device, uint32_t types,
                            mfg_text *text);

#endif
