/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "blocks.h"

#include <string.h>

#define NUMBER float
#define NUMBER_BYTES 4
#define NAME(name) CPU_JOIN(name, f32)
#include "block_transpose.h"

#include "block_line_parts.h"
#undef NUMBER
#undef NUMBER_BYTES
#undef NAME

#define NUMBER double
#define NUMBER_BYTES 8
#define NAME(name) CPU_JOIN(name, f64)
#include "block_transpose.h"

#include "block_line_parts.h"
#undef NUMBER
#undef NUMBER_BYTES
#undef NAME

#define TABLE(t)                                                                                   \
  {                                                                                                \
    .whole = whole_##t, .eliminate = eliminate_##t, .separate = separate_##t,                      \
    .substitute = substitute_##t                                                                   \
  }
const cpu_single_functions CPU_NAME(cpu_single32) = TABLE(f32);
const cpu_single_functions CPU_NAME(cpu_single64) = TABLE(f64);
