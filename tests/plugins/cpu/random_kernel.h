/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random kernels with random launches: every pattern, type, site and stride class, of operations
 * whose results are the same bits wherever they are computed. */
#ifndef TEST_CPU_RANDOM_KERNEL_H
#define TEST_CPU_RANDOM_KERNEL_H

#include "harness.h"
#include "kernel_builder.h"

typedef struct random_kernel {
  kernel_builder builder;
  const mfg_kernel_description *description;
  launch launch;
  uint64_t state;
  int64_t most_elements;
  bool rounded; /* the section under construction holds results of a pattern */
} random_kernel;

/* Makes kernel number `seed` with memory for all operands; READ operands hold random numbers. */
void random_kernel_make(random_kernel *kernel, uint64_t seed, int64_t most_elements);
void random_kernel_free(random_kernel *kernel);
/* Copies the launch with memory of its own. */
void launch_copy(launch *target, const launch *source);
void launch_free(launch *what);

#endif
