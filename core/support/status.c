/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mfg/error.h>
#include <mfg/sdk.h>

const char *mfg_status_string(mfg_status status) {
  return mfg_status_text(status);
}
