/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The services that core offers to plugins: allocator, log and settings.
 *
 * A table belongs to one set of settings; equal sets share one. Plugins may keep the pointer as
 * long as they are mapped, so a table lives until the process ends. */
#ifndef MFG_SUPPORT_HOST_H
#define MFG_SUPPORT_HOST_H

#include <mfg/plugin.h>

/* A setting that the program gives to a plugin, such as {"acme", "threads", "4"}. */
typedef struct mfg_setting {
  const char *backend;
  const char *key;
  const char *value;
} mfg_setting;

/* The table for a set of settings (copied; `count` may be 0), or NULL where memory is out. Any
 * thread. */
const mfg_plugin_host *mfg_host_table(const mfg_setting *settings, size_t count);

#endif
