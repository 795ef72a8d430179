/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "opencl.h"

static const mfg_plugin plugin = {
    .magic = MFG_PLUGIN_MAGIC,
    .struct_size = sizeof plugin,
    .abi_major = MFG_ABI_MAJOR,
    .abi_minor = MFG_ABI_MINOR,
    .name = "opencl",
    .version = MFG_VERSION,
    .vendor = "libmfg",
    .license = "LGPL-2.1-or-later",
    .sanitizers = MFG_SANITIZER_BUILD,
    .device = &mfg_opencl_device_table,
    .buffer = &mfg_opencl_buffer_table,
    .queue = &mfg_opencl_queue_table,
    .kernel = &mfg_opencl_kernel_table,
    .command_list = &mfg_opencl_command_list_table,
};

const mfg_plugin *mfg_backend_query(const mfg_plugin_host *host) {
  (void)host;
  return &plugin;
}
