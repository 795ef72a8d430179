/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the backend offers beyond the ABI's tables. */
#ifndef CPU_EXTENSIONS_H
#define CPU_EXTENSIONS_H

#include "kernel.h"

#include <mfg/extensions.h>

extern const mfg_plugin_sort_table cpu_sort_table;
extern const mfg_plugin_matmul_table cpu_matmul_table;

#endif
