/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernels of one plugin, prepared with their memory, to be timed. A failure ends the program. */
#ifndef BENCH_KERNEL_H
#define BENCH_KERNEL_H

#include "kernel_builder.h"

#include <mfg/plugin.h>

/* Opens the plugin's first device, with a number of threads as MFG_CPU_THREADS has it. */
void bench_open(const char *path, const char *thread_count);
void bench_close(void);
/* Ends the program, with the plugin's words, where the status says failure. */
void bench_need(mfg_status status);

#define MOST_OPERANDS 8

typedef struct bench {
  kernel_builder builder;
  mfg_plugin_kernel *kernel;
  mfg_plugin_command_list *list;
  mfg_kernel_launch launch;
  mfg_kernel_binding bindings[MOST_OPERANDS];
  mfg_plugin_buffer *buffers[MOST_OPERANDS];
  double *memory[MOST_OPERANDS];
  int64_t strides[MOST_OPERANDS][2];
  int64_t extents[2];
  uint32_t operands;
  double *scratch; /* for the twin */
  size_t element;  /* bytes of what is read: 8 float64, 1 bool */
} bench;

void bench_begin(bench *b, uint8_t rank, int64_t n0, int64_t n1);
/* Memory for an operand, dense or one number; the numbers are between 0 and 1. */
void bench_bind(bench *b, uint32_t operand, bool number);
uint32_t bench_read(bench *b, bool number);
int32_t bench_load(bench *b, uint32_t operand);
/* Prepares and records the kernel. */
void bench_end(bench *b);
void bench_free(bench *b);

/* One run of a bench, the kernel launched or its recording replayed. */
void bench_launch(void *context);
void bench_replay(void *context);

#endif
