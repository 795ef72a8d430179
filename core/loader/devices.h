/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices of a plugin, as it enumerates them. */
#ifndef MFG_LOADER_DEVICES_H
#define MFG_LOADER_DEVICES_H

#include "verdict.h"

#include <mfg/plugin.h>

/* More devices than any machine has; a larger count is taken for a defect. */
#define MFG_MOST_DEVICES 4096

typedef struct mfg_device_list {
  mfg_plugin_device_info *infos; /* name and id are never NULL; their texts are the plugin's */
  uint32_t count;
} mfg_device_list;

/* Asks a verified plugin for its devices. True where there is at least one; otherwise the verdict
 * says why (no-driver: the plugin failed, no-device: it found none). This starts drivers and may
 * take a second. Any thread. */
bool mfg_devices_enumerate(const mfg_plugin *plugin, const mfg_plugin_host *host,
                           mfg_device_list *list, mfg_verdict *verdict);

void mfg_devices_free(mfg_device_list *list);

#endif
