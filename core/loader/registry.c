/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "registry.h"

#include "capability.h"
#include "support/error.h"
#include "support/host.h"

#include <inttypes.h>
#include <stdlib.h>

mfg_status mfg_registry_open(const char *plugin_path, mfg_registry **registry) {
  *registry = NULL;
  const mfg_plugin_host *host = mfg_host_table(NULL, 0);
  mfg_registry *opened = calloc(1, sizeof *opened);
  if (host == NULL || opened == NULL) {
    free(opened);
    return mfg_fail_memory(sizeof *opened, "a registry");
  }
  mfg_status status = mfg_scan_open(plugin_path, host, &opened->scan);
  if (status == MFG_OK) {
    for (size_t i = 0; i < opened->scan.count; i++)
      mfg_scan_examine(&opened->scan, i);
    status = mfg_ranking_build(&opened->scan, &opened->ranking);
  }
  if (status != MFG_OK) {
    mfg_registry_free(opened);
    return status;
  }
  *registry = opened;
  return MFG_OK;
}

void mfg_registry_free(mfg_registry *registry) {
  if (registry == NULL) return;
  mfg_ranking_free(&registry->ranking);
  mfg_scan_close(&registry->scan);
  free(registry);
}

size_t mfg_registry_directory_count(const mfg_registry *registry) {
  return registry->scan.search.count;
}

const mfg_search_directory *mfg_registry_directory(const mfg_registry *registry, size_t index) {
  return index < registry->scan.search.count ? &registry->scan.search.places[index].record : NULL;
}

size_t mfg_registry_candidate_count(const mfg_registry *registry) {
  return registry->scan.count;
}

const mfg_candidate *mfg_registry_candidate(const mfg_registry *registry, size_t index) {
  return index < registry->scan.count ? &registry->scan.entries[index].record : NULL;
}

const mfg_plugin_device_info *mfg_registry_device(const mfg_registry *registry, size_t candidate,
                                                  uint32_t device) {
  if (candidate >= registry->scan.count) return NULL;
  const mfg_device_list *devices = &registry->scan.entries[candidate].devices;
  return device < devices->count ? &devices->infos[device] : NULL;
}

mfg_status mfg_registry_fallbacks(const mfg_registry *registry, size_t candidate, uint32_t device,
                                  char **text) {
  *text = NULL;
  const mfg_plugin_device_info *info = mfg_registry_device(registry, candidate, device);
  if (info == NULL)
    return mfg_fail(MFG_ERROR_NOT_FOUND, "candidate %zu has no device %" PRIu32, candidate, device);
  const mfg_plugin *plugin = registry->scan.entries[candidate].backend->plugin;
  char words[1024] = "";
  mfg_plugin_error error = {
      .struct_size = sizeof error, .text = words, .text_capacity = sizeof words - 1};
  mfg_plugin_device *opened = NULL;
  mfg_status status = plugin->device->open(registry->scan.host, device, &opened, &error);
  words[sizeof words - 1] = '\0';
  if (status != MFG_OK)
    return mfg_fail(status, "device %s:%" PRIu32 " cannot be opened: %s", plugin->name, device,
                    words[0] != '\0' ? words : mfg_status_string(status));
  mfg_text missing = {0};
  mfg_capability_missing(plugin, opened, info->types, &missing);
  plugin->device->close(opened);
  *text = mfg_text_take(&missing);
  return *text != NULL ? MFG_OK : mfg_fail_memory(1, "the operations that a device leaves");
}

size_t mfg_registry_ranking_count(const mfg_registry *registry) {
  return registry->ranking.count;
}

const mfg_ranked_device *mfg_registry_ranking(const mfg_registry *registry, size_t index) {
  return index < registry->ranking.count ? &registry->ranking.devices[index].record : NULL;
}
