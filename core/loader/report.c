/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "registry.h"
#include "support/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void describe_place(mfg_text *text, const mfg_search_directory *place) {
  mfg_text_append(text, "  ");
  mfg_text_append_printable(text, place->path);
  mfg_text_append(text, " (%s): %s", place->origin, place->status);
  if (place->detail[0] != '\0') mfg_text_append(text, ", %s", place->detail);
  mfg_text_append(text, "\n");
}

static void describe_candidate(mfg_text *text, const mfg_entry *entry) {
  mfg_text_append(text, "  ");
  mfg_text_append_printable(text, entry->path);
  if (!entry->examined)
    mfg_text_append(text, ": not opened, since it was not asked for\n");
  else if (entry->record.loaded)
    mfg_text_append(text, ": loaded, %" PRIu32 " device%s\n", entry->devices.count,
                    entry->devices.count == 1 ? "" : "s");
  else {
    mfg_text_append(text, ": skipped, %s: ", entry->record.reason);
    mfg_text_append_printable(text, entry->record.detail);
    mfg_text_append(text, "\n");
  }
}

void mfg_scan_describe(const mfg_scan *scan, mfg_text *text) {
  mfg_text_append(text, "looked in:\n");
  for (size_t i = 0; i < scan->search.count; i++)
    describe_place(text, &scan->search.places[i].record);
  if (scan->search.count == 0) mfg_text_append(text, "  nowhere: no directory is set\n");
  mfg_text_append(text, "found there:\n");
  for (size_t i = 0; i < scan->count; i++)
    describe_candidate(text, &scan->entries[i]);
  if (scan->count == 0) mfg_text_append(text, "  no file named mfg-backend-NAME.so\n");
}

static void describe_device(mfg_text *text, const char *backend, uint32_t index,
                            const mfg_plugin_device_info *info) {
  mfg_text_append(text, "  %s:%" PRIu32 "  ", backend, index);
  mfg_text_append_printable(text, info->name);
  mfg_text_append(text, " (%s", mfg_device_kind_name(info->kind));
  if ((info->types & MFG_DTYPE_BIT(MFG_FLOAT64)) == 0) mfg_text_append(text, ", no float64");
  if (info->memory_bytes != 0)
    mfg_text_append(text, ", %.1f GiB", (double)info->memory_bytes / (1024.0 * 1024.0 * 1024.0));
  mfg_text_append(text, ")\n");
}

static void describe_devices(mfg_text *text, const mfg_scan *scan) {
  mfg_text_append(text, "devices:\n");
  size_t length = text->length;
  for (size_t i = 0; i < scan->count; i++)
    for (uint32_t k = 0; k < scan->entries[i].devices.count; k++)
      describe_device(text, scan->entries[i].name, k, &scan->entries[i].devices.infos[k]);
  if (text->length == length) mfg_text_append(text, "  none\n");
}

static void describe_ranking(mfg_text *text, const mfg_ranking *ranking) {
  mfg_text_append(text, "order of auto:\n");
  for (size_t i = 0; i < ranking->count; i++) {
    const mfg_ranked_device *device = &ranking->devices[i].record;
    mfg_text_append(text, "  %s:%" PRIu32 "  %s%s\n", device->backend, device->device,
                    device->score > 0 ? "" : "never: ", device->why);
  }
  if (ranking->count == 0) mfg_text_append(text, "  nothing to choose from\n");
}

mfg_status mfg_registry_write(const mfg_registry *registry, FILE *stream) {
  mfg_text text = {0};
  mfg_scan_describe(&registry->scan, &text);
  describe_devices(&text, &registry->scan);
  describe_ranking(&text, &registry->ranking);
  char *whole = mfg_text_take(&text);
  if (whole == NULL) return mfg_fail_memory(1, "a report");
  bool written = fputs(whole, stream) >= 0 && fflush(stream) == 0;
  int error = errno;
  free(whole);
  if (!written) return mfg_fail(MFG_ERROR_IO, "the report cannot be written: %s", strerror(error));
  return MFG_OK;
}

mfg_status mfg_report(FILE *stream) {
  mfg_registry *registry;
  mfg_status status = mfg_registry_open(NULL, &registry);
  if (status == MFG_OK) status = mfg_registry_write(registry, stream);
  mfg_registry_free(registry);
  return status;
}
