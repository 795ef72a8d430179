/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "blocks.h"

#include <string.h>

#define PARTS 8
/* Rows from which on cutting pays for the system of the separating rows. */
#define SHORTEST_CUT 40

#define NUMBER float
#define NAME(name) CPU_JOIN(name, f32)
#include "block_line_parts.h"
#undef NUMBER
#undef NAME

#define NUMBER double
#define NAME(name) CPU_JOIN(name, f64)
#include "block_line_parts.h"
#undef NUMBER
#undef NAME

cpu_line_single *const CPU_NAME(cpu_single32) = single_f32;
cpu_line_single *const CPU_NAME(cpu_single64) = single_f64;
