/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A library that a fake plugin is linked with, and that is not found when the plugin is loaded. */
#include <mfg/plugin.h>

MFG_EXPORT int mfg_fake_dependency(void);

int mfg_fake_dependency(void) {
  return 0;
}
