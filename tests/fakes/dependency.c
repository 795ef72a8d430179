/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A library that a fake plugin needs, and that is not beside it where it is tried. */
#include <mfg/plugin.h>

MFG_EXPORT int mfg_fake_dependency(void);

int mfg_fake_dependency(void) {
  return 0;
}
