/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "devices.h"

#include "support/error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One enumerate call. The plugin is told of one byte less than the text has, so that a text without
 * an end still ends. */
static bool call(const mfg_plugin *plugin, const mfg_plugin_host *host, mfg_device_list *list,
                 uint32_t *count, mfg_verdict *verdict) {
  char text[1024] = "";
  mfg_plugin_error error = {
      .struct_size = sizeof error, .text = text, .text_capacity = sizeof text - 1};
  *count = 0;
  mfg_status status =
      plugin->device->enumerate(host, list->count, sizeof *list->infos, list->infos, count, &error);
  text[sizeof text - 1] = '\0';
  if (status == MFG_OK) return true;
  if (error.native_code != 0)
    return mfg_refuse(verdict, MFG_STAGE_DEVICES, MFG_REASON_NO_DRIVER, "%s (%s, code %" PRId64 ")",
                      text[0] != '\0' ? text : "the plugin gave no reason",
                      mfg_status_string(status), error.native_code);
  return mfg_refuse(verdict, MFG_STAGE_DEVICES, MFG_REASON_NO_DRIVER, "%s (%s)",
                    text[0] != '\0' ? text : "the plugin gave no reason",
                    mfg_status_string(status));
}

static bool believable(uint32_t count, mfg_verdict *verdict) {
  if (count == 0)
    return mfg_refuse(verdict, MFG_STAGE_DEVICES, MFG_REASON_NO_DEVICE,
                      "the plugin works and found no device");
  if (count > MFG_MOST_DEVICES)
    return mfg_refuse(verdict, MFG_STAGE_DEVICES, MFG_REASON_INVALID,
                      "the plugin reports %" PRIu32 " devices; at most %d are believed", count,
                      MFG_MOST_DEVICES);
  return true;
}

static bool has_map(const mfg_plugin_buffer_table *table) {
  return MFG_HAS_FIELD(table->struct_size, mfg_plugin_buffer_table, unmap) && table->map != NULL &&
         table->unmap != NULL;
}

static bool check_info(const mfg_plugin *plugin, const mfg_plugin_device_info *info, uint32_t index,
                       mfg_verdict *verdict) {
  if (info->name == NULL || info->id == NULL)
    return mfg_refuse(verdict, MFG_STAGE_DEVICES, MFG_REASON_INVALID,
                      "device %" PRIu32 " has no %s", index, info->name == NULL ? "name" : "id");
  if ((info->flags & MFG_DEVICE_HOST_MEMORY) != 0 && !has_map(plugin->buffer))
    return mfg_refuse(verdict, MFG_STAGE_DEVICES, MFG_REASON_INVALID,
                      "device %" PRIu32 " has memory that the host addresses, and the plugin has "
                      "no buffer.map and buffer.unmap",
                      index);
  return true;
}

static bool fill(const mfg_plugin *plugin, const mfg_plugin_host *host, mfg_device_list *list,
                 mfg_verdict *verdict) {
  uint32_t count;
  for (uint32_t i = 0; i < list->count; i++)
    list->infos[i].struct_size = sizeof *list->infos;
  if (!call(plugin, host, list, &count, verdict)) return false;
  /* A device may have gone since it was counted; more of them have no room. */
  if (count < list->count) list->count = count;
  if (!believable(list->count, verdict)) return false;
  for (uint32_t i = 0; i < list->count; i++)
    if (!check_info(plugin, &list->infos[i], i, verdict)) return false;
  return true;
}

bool mfg_devices_enumerate(const mfg_plugin *plugin, const mfg_plugin_host *host,
                           mfg_device_list *list, mfg_verdict *verdict) {
  uint32_t count;
  *list = (mfg_device_list){0};
  if (!call(plugin, host, list, &count, verdict) || !believable(count, verdict)) return false;
  list->infos = calloc(count, sizeof *list->infos);
  if (list->infos == NULL)
    return mfg_refuse(verdict, MFG_STAGE_DEVICES, MFG_REASON_INVALID,
                      "no memory for %" PRIu32 " devices", count);
  list->count = count;
  if (fill(plugin, host, list, verdict)) return true;
  mfg_devices_free(list);
  return false;
}

void mfg_devices_free(mfg_device_list *list) {
  free(list->infos);
  *list = (mfg_device_list){0};
}
