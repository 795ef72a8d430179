/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choosing a device: from a selection to a loaded backend and the index of one of its devices.
 *
 * A named backend is never replaced by another. Of a list the first item that can be had is taken;
 * `auto` looks at everything and takes the best of the ranking. */
#ifndef MFG_SELECTION_SELECT_H
#define MFG_SELECTION_SELECT_H

#include "loader/backend.h"
#include "support/host.h"

/* What the program says; all zero for nothing. */
typedef struct mfg_select_options {
  const char *plugin_path;     /* as in mfg_registry_open */
  uint32_t types;              /* MFG_DTYPE_BIT mask that the device must have; 0: float64 */
  const mfg_setting *settings; /* for the host table that the device is to be opened with */
  size_t setting_count;
} mfg_select_options;

typedef struct mfg_choice {
  mfg_backend *backend; /* one reference */
  const mfg_plugin_host *host;
  uint32_t device_index;
  mfg_plugin_device_info info; /* its texts live as long as the backend */
} mfg_choice;

/* Chooses. `selection` NULL reads MFG_BACKEND, and is "auto" where that is not set; `options` may
 * be NULL. The device is then opened with choice->backend->plugin->device->open(choice->host,
 * choice->device_index, ...). Any thread. Errors, with *choice zero: MFG_ERROR_NO_BACKEND (the text
 * says what was looked for, where, and why each candidate was skipped), MFG_ERROR_NO_DEVICE (the
 * backend is there, the device is not: the text lists its devices), MFG_ERROR_INVALID_ARGUMENT (the
 * selection does not parse), MFG_ERROR_OUT_OF_MEMORY. */
mfg_status mfg_core_select(const char *selection, const mfg_select_options *options,
                           mfg_choice *choice);

/* Gives the reference back; a zero choice is ignored. */
void mfg_choice_release(mfg_choice *choice);

#endif
