/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a registry is made of: a scan of which every candidate is examined, and its ranking. */
#ifndef MFG_LOADER_REGISTRY_H
#define MFG_LOADER_REGISTRY_H

#include "scan.h"
#include "selection/rank.h"

#include <mfg/registry.h>

struct mfg_registry {
  mfg_scan scan;
  mfg_ranking ranking;
};

#endif
