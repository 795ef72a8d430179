/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kind.h"

#include <stddef.h>
#include <string.h>

static const struct {
  uint32_t kind;
  const char *name;
} kinds[] = {
    {MFG_DEVICE_CPU, "cpu"}, {MFG_DEVICE_GPU, "gpu"}, {MFG_DEVICE_ACCELERATOR, "accelerator"}};

#define KIND_COUNT (sizeof kinds / sizeof *kinds)

const char *mfg_device_kind_name(uint32_t kind) {
  for (size_t i = 0; i < KIND_COUNT; i++)
    if (kinds[i].kind == kind) return kinds[i].name;
  return "other";
}

uint32_t mfg_device_kind_of_name(const char *name) {
  for (size_t i = 0; i < KIND_COUNT; i++)
    if (strcmp(kinds[i].name, name) == 0) return kinds[i].kind;
  return 0;
}
