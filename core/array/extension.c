/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "array/extension.h"

#include "array/context_private.h"

static const void *find(const mfg_context *context, const char *name, uint32_t version) {
  const mfg_plugin *plugin = context->plugin;
  if (mfg_context_frame(context) != 0 ||
      !MFG_HAS_FIELD(plugin->struct_size, mfg_plugin, get_extension) ||
      plugin->get_extension == NULL)
    return NULL;
  return plugin->get_extension(name, version);
}

const mfg_plugin_sort_table *mfg_extension_sort(const mfg_context *context, mfg_dtype type) {
  const mfg_plugin_sort_table *table =
      find(context, MFG_EXTENSION_SORT, MFG_EXTENSION_SORT_VERSION);
  bool usable = table != NULL && MFG_HAS_FIELD(table->struct_size, mfg_plugin_sort_table, sort) &&
                table->sort != NULL && (table->types & MFG_DTYPE_BIT(type)) != 0;
  return usable ? table : NULL;
}

const mfg_plugin_matmul_table *mfg_extension_matmul(const mfg_context *context, mfg_dtype type) {
  const mfg_plugin_matmul_table *table =
      find(context, MFG_EXTENSION_MATMUL, MFG_EXTENSION_MATMUL_VERSION);
  bool usable = table != NULL &&
                MFG_HAS_FIELD(table->struct_size, mfg_plugin_matmul_table, multiply) &&
                table->multiply != NULL && (table->types & MFG_DTYPE_BIT(type)) != 0;
  return usable ? table : NULL;
}
