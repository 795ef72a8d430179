/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "opencl.h"

MFG_SDK_PLUGIN("opencl", MFG_VERSION, "libmfg", "LGPL-2.1-or-later",
               .device = &mfg_opencl_device_table, .buffer = &mfg_opencl_buffer_table,
               .queue = &mfg_opencl_queue_table, .kernel = &mfg_opencl_kernel_table,
               .command_list = &mfg_opencl_command_list_table)
