/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ranking: in which order `auto` takes the devices that are there, and why.
 *
 * A backend's place in the order of preference decides first, the kind of the device second, its
 * index last. Two kinds of devices stand apart: those without float64 are never taken, and those
 * that are only this machine's processor under another name come after the backend made for it. */
#ifndef MFG_SELECTION_RANK_H
#define MFG_SELECTION_RANK_H

#include "loader/scan.h"

#include <mfg/registry.h>

typedef struct mfg_ranked {
  mfg_ranked_device record;
  size_t entry; /* index of the candidate in the scan */
} mfg_ranked;

typedef struct mfg_ranking {
  mfg_ranked *devices;
  size_t count;
} mfg_ranking;

/* Ranks the devices of all loaded candidates, best first. The texts are static or the scan's.
 * MFG_OK or MFG_ERROR_OUT_OF_MEMORY. */
mfg_status mfg_ranking_build(const mfg_scan *scan, mfg_ranking *ranking);

void mfg_ranking_free(mfg_ranking *ranking);

#endif
