/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command list: launches, cut into steps.
 *
 * Copies and fills are launches too, of the kernels in commands.cl, so that those in the body of a
 * repeat can be predicated and that a native command buffer needs one kind of command only. Every
 * launch has a cl_kernel of its own, whose arguments are set when it is recorded: drivers are known
 * whose command buffers keep the kernel and read its arguments when they run (PoCL 3.1). */
#ifndef MFG_OPENCL_LISTS_H
#define MFG_OPENCL_LISTS_H

#include "opencl.h"

/* In place of the number of an argument that a kernel has not got. */
#define MFG_OPENCL_NO_ARGUMENT UINT32_MAX

typedef struct mfg_opencl_run {
  cl_kernel entry;
  cl_mem launch_memory; /* that holds its launch struct, or NULL */
  mfg_planned_launch planned;
  /* Arguments that are known only when the list is finished. */
  cl_uint scratch_argument, stored_argument; /* both are the scratch memory */
  cl_uint status_argument;                   /* the status word; its offset is the one after */
} mfg_opencl_run;

enum mfg_opencl_step_kind { MFG_STEP_RUNS = 1, MFG_STEP_REPEAT, MFG_STEP_REPEAT_END };

typedef struct mfg_opencl_step {
  uint32_t kind;
  size_t first, count;               /* RUNS: of the list's runs */
  uint32_t repeat;                   /* REPEAT, REPEAT_END: which of the list's repeats */
  mfg_opencl_command_buffer *native; /* RUNS: NULL where they are queued one by one */
} mfg_opencl_step;

typedef struct mfg_opencl_repeat {
  cl_mem state; /* of commands.cl; the predicate of what is in the body */
  cl_mem flag;
  uint64_t flag_offset;
  uint32_t maximum;
  uint32_t around; /* the repeat around it, or UINT32_MAX */
  size_t end;      /* its REPEAT_END among the steps; 0 while the repeat is open */
  size_t first_run, runs;
  uint32_t expected; /* runs of the body that the last replay came to */
} mfg_opencl_repeat;

struct mfg_plugin_command_list {
  mfg_plugin_device *device;
  mfg_opencl_run *runs;
  size_t run_count, run_capacity;
  mfg_opencl_step *steps;
  size_t step_count, step_capacity;
  mfg_opencl_repeat *repeats;
  size_t repeat_count, repeat_capacity;
  uint32_t open_repeat; /* the innermost, or UINT32_MAX */
  uint64_t scratch_bytes;
  cl_mem scratch;
  cl_mem status;
  uint64_t status_offset;
  bool finished;
  cl_command_queue native_queue; /* that the native buffers were made for, or NULL */
  bool native_refused;           /* the driver would not make them */
};

/* ---- command_buffer.c ----------------------------------------------------------------------- */

/* A native buffer of runs, for one queue; NULL where the driver does not make it. */
mfg_opencl_command_buffer *mfg_opencl_command_buffer_new(const mfg_plugin_device *device,
                                                         cl_command_queue queue,
                                                         const mfg_opencl_run *runs, size_t count);
cl_int mfg_opencl_command_buffer_queue(const mfg_plugin_device *device,
                                       mfg_opencl_command_buffer *buffer);
/* Ignores NULL. */
void mfg_opencl_command_buffer_free(const mfg_plugin_device *device,
                                    mfg_opencl_command_buffer *buffer);

/* ---- record.c ------------------------------------------------------------------------------- */

mfg_status mfg_opencl_record_launch(mfg_plugin_command_list *list, mfg_plugin_kernel *kernel,
                                    const mfg_kernel_launch *launch, mfg_plugin_error *error);
mfg_status mfg_opencl_record_copy(mfg_plugin_command_list *list, mfg_plugin_buffer *target,
                                  uint64_t target_offset, mfg_plugin_buffer *source,
                                  uint64_t source_offset, uint64_t size, mfg_plugin_error *error);
mfg_status mfg_opencl_record_fill(mfg_plugin_command_list *list, mfg_plugin_buffer *target,
                                  uint64_t offset, const void *pattern, uint32_t pattern_size,
                                  uint64_t count, mfg_plugin_error *error);
mfg_status mfg_opencl_record_repeat_begin(mfg_plugin_command_list *list, uint32_t maximum,
                                          mfg_plugin_buffer *flag, uint64_t flag_offset,
                                          mfg_plugin_error *error);
mfg_status mfg_opencl_record_repeat_end(mfg_plugin_command_list *list, mfg_plugin_error *error);

/* Gives back the objects of a run. */
void mfg_opencl_run_clear(const mfg_opencl_run *run);

/* ---- replay.c ------------------------------------------------------------------------------- */

mfg_status mfg_opencl_replay(mfg_plugin_queue *queue, mfg_plugin_command_list *list,
                             mfg_plugin_error *error);
/* Gives back the native buffers of a list. */
void mfg_opencl_replay_clear(mfg_plugin_command_list *list);

#endif
