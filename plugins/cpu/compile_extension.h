/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the plugin tells of its compiled kernels: the extension of this name, version 1. */
#ifndef CPU_COMPILE_EXTENSION_H
#define CPU_COMPILE_EXTENSION_H

#include <stdbool.h>
#include <stdint.h>

#define CPU_COMPILE_EXTENSION "org.libmfg.cpu.compile"

/* Counts of this process, kernels each. */
typedef struct cpu_compile_statistics {
  uint64_t requested; /* found hot, or compiled at once */
  uint64_t compiled;  /* now, or at another time and kept on disk: */
  uint64_t kept;
  uint64_t failed;
} cpu_compile_statistics;

typedef struct cpu_compile_extension {
  uint32_t struct_size;
  /* True where this build, and this process, can compile. */
  bool (*available)(void);
  /* Returns when nothing waits to be compiled. */
  void (*wait)(void);
  void (*statistics)(cpu_compile_statistics *statistics);
} cpu_compile_extension;

#endif
