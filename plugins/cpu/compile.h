/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compiling kernels while they are interpreted.
 *
 * A kernel counts what it computes. Once that is more than compiling costs, its sections go to a
 * thread of their own, which has the private module compile them and then puts the functions where
 * the next launch finds them. Nobody waits, and no answer changes: the function gives the bits of
 * the steps. The thread and the module's engines live until the last device is closed. In a forked
 * child kernels stay as they are where the parent was compiling; else it has its own thread. */
#ifndef CPU_COMPILE_H
#define CPU_COMPILE_H

#include "compile_extension.h"
#include "program.h"

#include <mfg/plugin.h>

enum cpu_compile_mode { CPU_COMPILE_AUTO, CPU_COMPILE_ALWAYS, CPU_COMPILE_NEVER };

typedef struct cpu_compile_job cpu_compile_job;

/* A kernel's part in it. */
typedef struct cpu_compilation {
  cpu_code_entry entries[CPU_CODE_SECTIONS];
  _Atomic int64_t work;   /* element operations so far */
  _Atomic bool requested; /* or never to be */
  cpu_compile_job *job;   /* NULL: nothing was asked for */
  const cpu_section *sections[CPU_CODE_SECTIONS];
  const cpu_level *level;
} cpu_compilation;

/* Counts open devices. */
void cpu_compile_open(const mfg_plugin_host *host);
void cpu_compile_close(void);

/* Once the sections stand. With ALWAYS the functions are there on return. */
void cpu_compilation_begin(cpu_compilation *compilation, cpu_section *prologue,
                           cpu_section *epilogue, const cpu_level *level,
                           enum cpu_compile_mode mode);
/* No launch runs any more. */
void cpu_compilation_end(cpu_compilation *compilation);
void cpu_compilation_request(cpu_compilation *compilation);

/* Element operations that a kernel has cost when it is compiled: some tens of milliseconds, about
 * what compiling takes. */
#define CPU_COMPILE_WORK (INT64_C(1) << 25)
/* What a launch costs beside its elements, in the same unit. */
#define CPU_COMPILE_LAUNCH 512

/* Counts a launch. Counts of threads may be lost, which does not matter. */
static inline void cpu_compilation_count(cpu_compilation *compilation, int64_t work) {
  if (atomic_load_explicit(&compilation->requested, memory_order_relaxed)) return;
  int64_t sum = atomic_load_explicit(&compilation->work, memory_order_relaxed);
  if (work > CPU_COMPILE_WORK) work = CPU_COMPILE_WORK;
  sum += work + CPU_COMPILE_LAUNCH;
  atomic_store_explicit(&compilation->work, sum, memory_order_relaxed);
  if (sum >= CPU_COMPILE_WORK) cpu_compilation_request(compilation);
}

extern const cpu_compile_extension cpu_compile_extension_table;

#endif
