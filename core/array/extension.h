/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Extensions of a plugin: faster ways to do what kernels do as well. */
#ifndef MFG_ARRAY_EXTENSION_H
#define MFG_ARRAY_EXTENSION_H

#include <mfg/context.h>
#include <mfg/extensions.h>

/* The plugin's table where it takes the type and work runs at once; NULL where kernels have to do.
 */
const mfg_plugin_sort_table *mfg_extension_sort(const mfg_context *context, mfg_dtype type);
const mfg_plugin_matmul_table *mfg_extension_matmul(const mfg_context *context, mfg_dtype type);

#endif
