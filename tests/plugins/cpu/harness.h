/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens the cpu plugin as a host does, and runs kernels on it and on the reference executor. */
#ifndef TEST_CPU_HARNESS_H
#define TEST_CPU_HARNESS_H

#include "compile_extension.h"

#include <mfg/sdk.h>

typedef struct harness {
  const mfg_plugin *plugin;
  mfg_plugin_device *device;
  mfg_plugin_queue *queue;
  void *object;
  mfg_plugin_host host;
  const char *threads; /* the settings that the plugin is given; NULL: none */
  const char *level;
  const char *compile;
  const char *cache;
  char text[512];
  mfg_plugin_error error;
} harness;

/* Opens the plugin named by MFG_TEST_PLUGIN with these settings, kernels interpreted; stops the
 * test where it cannot. */
void harness_open(harness *host, const char *threads, const char *level);
/* The same with kernels compiled as `compile` says, and kept on disk unless `cache` is "off". */
void harness_open_compiling(harness *host, const char *threads, const char *level,
                            const char *compile, const char *cache);
const cpu_compile_extension *harness_compile(const harness *host);
void harness_close(harness *host);
/* Prepares or stops. */
mfg_plugin_kernel *harness_prepare(harness *host, const mfg_kernel_description *description);

/* One operand of a launch: memory as the test lays it out. */
typedef struct operand {
  char *memory;
  uint64_t size; /* bytes */
  int64_t offset;
  int64_t strides[MFG_MAX_RANK];
  int64_t extents[MFG_MAX_RANK];
  bool gathered;
} operand;

#define MOST_OPERANDS 32

typedef struct launch {
  int64_t extents[MFG_MAX_RANK];
  operand operands[MOST_OPERANDS];
  mfg_scalar scalars[MOST_OPERANDS];
  uint32_t operand_count;
  uint32_t scalar_count;
  void (*before_replay)(uint32_t turn); /* called before each replay, counted from 0; or NULL */
} launch;

/* Runs a kernel over the operands' memory on the plugin (by a launch, or recorded in a list that is
 * replayed `replays` > 0 times) or on the reference executor. */
mfg_status harness_run(harness *host, mfg_plugin_kernel *kernel, const launch *what,
                       uint32_t replays);
mfg_status harness_reference(const mfg_kernel_description *description, const launch *what);

/* A dense array in row-major order; `memory` has room for it. */
void operand_dense(operand *what, void *memory, size_t element, uint32_t rank,
                   const int64_t *extents);

/* Small random numbers, the same in every run. */
uint64_t random_next(uint64_t *state);
static inline uint32_t random_below(uint64_t *state, uint32_t bound) {
  return (uint32_t)(random_next(state) >> 33) % bound;
}

#endif
