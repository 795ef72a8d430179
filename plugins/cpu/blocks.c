/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The choice among the levels, and what needs no level. */
#include "blocks.h"

#include <string.h>

#define LEVEL(level)                                                                               \
  {                                                                                                \
#level, &CPU_JOIN(cpu_arithmetic, level), &CPU_JOIN(cpu_mathematics, level),                   \
        &CPU_JOIN(cpu_reductions, level), CPU_JOIN(cpu_conversions, level),                        \
        &CPU_JOIN(cpu_lines32, level), &CPU_JOIN(cpu_lines64, level),                              \
        &CPU_JOIN(cpu_single32, level), &CPU_JOIN(cpu_single64, level),                            \
        CPU_JOIN(cpu_products, level), &CPU_JOIN(cpu_vectors, level)                               \
  }

/* From the best to the least. */
static const cpu_level levels[] = {
#ifdef CPU_X86_LEVELS
    LEVEL(avx512),
    LEVEL(avx2),
#endif
    LEVEL(baseline),
};

static bool level_present(const cpu_level *level) {
#ifdef CPU_X86_LEVELS
  __builtin_cpu_init();
  if (strcmp(level->name, "avx512") == 0)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
  if (strcmp(level->name, "avx2") == 0)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  return strcmp(level->name, "baseline") == 0;
}

const cpu_level *cpu_level_choose(const char *wanted) {
  const cpu_level *best = NULL;
  for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
    if (!level_present(&levels[i])) continue;
    if (best == NULL) best = &levels[i];
    if (wanted != NULL && strcmp(wanted, levels[i].name) == 0) return &levels[i];
  }
  return best;
}

cpu_block cpu_level_block(const cpu_level *level, uint32_t operation, enum cpu_type type,
                          uint32_t variant) {
  if (operation >= MFG_OPERATION_END) return NULL;
  cpu_block block = (*level->arithmetic)[operation][type][variant];
  return block != NULL ? block : (*level->mathematics)[operation][type][variant];
}

#define MOVES(bytes, T)                                                                            \
  void cpu_splat##bytes(size_t count, void *target, const void *a, const void *b, const void *c) { \
    T *result = target;                                                                            \
    (void)b, (void)c;                                                                              \
    T value;                                                                                       \
    memcpy(&value, a, sizeof value);                                                               \
    for (size_t i = 0; i < count; i++)                                                             \
      result[i] = value;                                                                           \
  }                                                                                                \
  void cpu_copy##bytes(size_t count, void *target, const void *a, const void *b, const void *c) {  \
    (void)b, (void)c;                                                                              \
    memcpy(target, a, count * sizeof(T));                                                          \
  }
MOVES(1, uint8_t)
MOVES(2, uint16_t)
MOVES(4, uint32_t)
MOVES(8, uint64_t)

void cpu_splat(size_t count, size_t size, void *target, const void *value) {
  if (size == 8)
    cpu_splat8(count, target, value, NULL, NULL);
  else if (size == 4)
    cpu_splat4(count, target, value, NULL, NULL);
  else if (size == 2)
    cpu_splat2(count, target, value, NULL, NULL);
  else
    cpu_splat1(count, target, value, NULL, NULL);
}
