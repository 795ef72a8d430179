/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plugin's query must return before anything else of it is believed. */
#ifndef MFG_LOADER_VERIFY_H
#define MFG_LOADER_VERIFY_H

#include "verdict.h"

#include <mfg/plugin.h>

/* Checks the frozen prefix, the version, the name against the file's, and that every required table
 * is there with every required function. `plugin` may be NULL. Any thread. */
bool mfg_plugin_verify(const mfg_plugin *plugin, const char *name, mfg_verdict *verdict);

#endif
