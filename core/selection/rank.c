/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rank.h"

#include "support/error.h"

#include <stdlib.h>
#include <string.h>

/* The order of preference. Names that are not here come after them, and before a device that is
 * this machine's processor under another name. */
static const struct {
  const char *backend;
  double score;
} preference[] = {{"cuda", 400}, {"opencl", 300}, {"cpu", 200}};

#define PROCESSOR_BACKEND "cpu"
#define OTHER_SCORE 100.0
#define SECOND_PROCESSOR_SCORE 10.0

static double kind_score(uint32_t kind) {
  return kind == MFG_DEVICE_GPU ? 3 : kind == MFG_DEVICE_ACCELERATOR ? 2 : 1;
}

static mfg_ranked rank(const mfg_entry *entry, uint32_t index) {
  const mfg_plugin_device_info *info = &entry->devices.infos[index];
  mfg_ranked ranked = {.record = {.backend = entry->name, .device = index}};
  if ((info->types & MFG_DTYPE_BIT(MFG_FLOAT64)) == 0) {
    ranked.record.why = "the device has no float64";
    return ranked;
  }
  if ((info->flags & MFG_DEVICE_HOST_PROCESSOR) != 0 &&
      strcmp(entry->name, PROCESSOR_BACKEND) != 0) {
    ranked.record.score = SECOND_PROCESSOR_SCORE;
    ranked.record.why = "this machine's processor, which backend " PROCESSOR_BACKEND " is made for";
    return ranked;
  }
  ranked.record.score = OTHER_SCORE + kind_score(info->kind);
  ranked.record.why = "not in the order of preference, after those that are";
  for (size_t i = 0; i < sizeof preference / sizeof *preference; i++)
    if (strcmp(entry->name, preference[i].backend) == 0) {
      ranked.record.score = preference[i].score + kind_score(info->kind);
      ranked.record.why = "by the order of preference";
    }
  return ranked;
}

static int by_score(const void *one, const void *other) {
  const mfg_ranked_device *a = &((const mfg_ranked *)one)->record;
  const mfg_ranked_device *b = &((const mfg_ranked *)other)->record;
  if (a->score != b->score) return a->score > b->score ? -1 : 1;
  int names = strcmp(a->backend, b->backend);
  if (names != 0) return names;
  return (a->device > b->device) - (a->device < b->device);
}

mfg_status mfg_ranking_build(const mfg_scan *scan, mfg_ranking *ranking) {
  size_t count = 0;
  *ranking = (mfg_ranking){0};
  for (size_t i = 0; i < scan->count; i++)
    count += scan->entries[i].devices.count;
  if (count == 0) return MFG_OK;
  ranking->devices = calloc(count, sizeof *ranking->devices);
  if (ranking->devices == NULL)
    return mfg_fail_memory(count * sizeof *ranking->devices, "a ranking of devices");
  for (size_t i = 0; i < scan->count; i++)
    for (uint32_t k = 0; k < scan->entries[i].devices.count; k++) {
      ranking->devices[ranking->count] = rank(&scan->entries[i], k);
      ranking->devices[ranking->count++].entry = i;
    }
  qsort(ranking->devices, ranking->count, sizeof *ranking->devices, by_score);
  return MFG_OK;
}

void mfg_ranking_free(mfg_ranking *ranking) {
  free(ranking->devices);
  *ranking = (mfg_ranking){0};
}
