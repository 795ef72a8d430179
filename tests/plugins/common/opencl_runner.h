/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs emitted texts, and others, on the first OpenCL device without a plugin in between: for tests
 * that change a text before it is compiled, and for measurements. Whatever fails ends the program
 * with words. */
#ifndef MFG_TEST_OPENCL_RUNNER_H
#define MFG_TEST_OPENCL_RUNNER_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include "emitter.h"
#include "kernel_builder.h"

typedef struct opencl_runner {
  cl_device_id device;
  cl_context context;
  cl_command_queue queue;
  char name[256];
  mfg_emitter_device facts;
} opencl_runner;

/* False where there is no device of OpenCL. */
bool opencl_runner_open(opencl_runner *runner);
void opencl_runner_close(opencl_runner *runner);

/* Ends the program where `code` is an error. */
void opencl_need(cl_int code, const char *doing);
cl_program opencl_runner_build(const opencl_runner *runner, const char *source,
                               const char *options);

/* A kernel with its arrays on the device, ready to be queued any number of times. */
typedef struct opencl_run {
  const opencl_runner *runner;
  kernel_builder *builder; /* belongs to the caller */
  mfg_emitter *emitter;
  mfg_emitter_plan plan;
  cl_program programs[1 + MFG_MAX_RESULTS];
  cl_mem buffers[BUILDER_LIMIT], scratch;
  cl_kernel entries[MFG_PLAN_LAUNCHES];
} opencl_run;

/* `edit` may be NULL; it is given each module's text as memory that it may change in place. */
opencl_run *opencl_run_new(const opencl_runner *runner, kernel_builder *builder, uint32_t layout,
                           const char *options, void (*edit)(char *source));
void opencl_run_free(opencl_run *run);
/* Queues all launches of the plan. */
void opencl_run_queue(const opencl_run *run);
/* Waits, and reads an operand's array into memory of its whole size. */
void opencl_run_read(const opencl_run *run, uint32_t operand, void *target);

#endif
