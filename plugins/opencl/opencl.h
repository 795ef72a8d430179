/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the OpenCL plugin: the handles behind the ABI's opaque types, and what its files share.
 *
 * A device handle owns one OpenCL context. A queue is one in-order command queue with scratch
 * memory of its own, which kernels of that queue use one after another. A kernel holds its programs
 * and one cl_kernel an entry; their arguments are set and the run is queued under its mutex, since
 * cl_kernel objects keep arguments. */
#ifndef MFG_OPENCL_H
#define MFG_OPENCL_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include "cache.h"
#include "emitter.h"

#include <mfg/plugin.h>
#include <mfg/sdk.h>
#include <pthread.h>

/* Of cl_khr_command_buffer, as command_buffer.c declares it. */
typedef struct mfg_opencl_command_buffer mfg_opencl_command_buffer;

/* Its entries; all NULL where the device has no command buffers that suit. */
typedef struct mfg_opencl_command_buffer_table {
  mfg_opencl_command_buffer *(*create)(cl_uint queue_count, const cl_command_queue *queues,
                                       const cl_ulong *properties, cl_int *code);
  cl_int (*finalise)(mfg_opencl_command_buffer *buffer);
  cl_int (*release)(mfg_opencl_command_buffer *buffer);
  cl_int (*enqueue)(cl_uint queue_count, cl_command_queue *queues,
                    mfg_opencl_command_buffer *buffer, cl_uint wait_count, const cl_event *wait,
                    cl_event *event);
  cl_int (*run)(mfg_opencl_command_buffer *buffer, cl_command_queue queue, const void *properties,
                cl_kernel kernel, cl_uint dimensions, const size_t *offset, const size_t *global,
                const size_t *local, cl_uint wait_count, const cl_uint *wait, cl_uint *point,
                void **handle);
} mfg_opencl_command_buffer_table;

struct mfg_plugin_device {
  const mfg_plugin_host *host;
  cl_device_id id;
  cl_context context;
  uint32_t types;
  bool shares_memory;         /* the device works on the host's memory */
  bool stages;                /* large copies go through pinned memory too */
  uint32_t import_alignment;  /* host memory of such an address and size is used in place */
  int32_t index;              /* in the enumeration: DLPack's device_id */
  struct found_device *found; /* that the context belongs to */
  size_t parameter_limit;
  mfg_emitter_options options;
  mfg_emitter_device facts;
  char *identity;        /* platform, device and driver: what a binary depends on */
  char *cache_directory; /* NULL: no cache */
  const char *build_options;
  mfg_opencl_command_buffer_table command_buffers;
  pthread_mutex_t mutex; /* guards what follows */
  cl_program commands;   /* of commands.cl, built when the first list needs it */
};

struct mfg_plugin_buffer {
  cl_mem memory;
  uint64_t size;
};

struct mfg_plugin_queue {
  mfg_plugin_device *device;
  cl_command_queue queue;
  cl_mem scratch;
  uint64_t scratch_bytes;
  struct mfg_opencl_staging *staging; /* pinned memory, made when it is first used */
  bool staging_refused;               /* there is none to be had */
};

struct mfg_plugin_event {
  cl_event event;
};

#define MFG_OPENCL_MODULES (1 + MFG_MAX_RESULTS)
#define MFG_OPENCL_ENTRIES 4

struct mfg_plugin_kernel {
  mfg_plugin_device *device;
  mfg_kernel_description *description;
  void *description_memory;
  mfg_emitter *emitter;
  bool launch_in_memory; /* entries take the launch struct through memory */
  cl_program programs[MFG_OPENCL_MODULES];
  pthread_mutex_t mutex; /* guards what follows */
  cl_kernel entries[MFG_OPENCL_MODULES][MFG_OPENCL_ENTRIES];
  mfg_emitter_plan plan;
  uint64_t *sizes; /* of the bound buffers */
};

/* ---- status.c ------------------------------------------------------------------------------- */

/* "CL_OUT_OF_RESOURCES", or "unknown OpenCL error". Static. */
const char *mfg_opencl_error_name(cl_int code);
/* Fills `error` with what was being done and the name of the code; returns the status for it. */
mfg_status mfg_opencl_fail(mfg_plugin_error *error, cl_int code, const char *doing);

/* The same where memory was asked for: want of resources is want of memory then. */
mfg_status mfg_opencl_fail_memory(mfg_plugin_error *error, cl_int code, const char *doing);

/* ---- devices.c ------------------------------------------------------------------------------ */

extern const mfg_plugin_device_table mfg_opencl_device_table;

/* ---- program.c ------------------------------------------------------------------------------ */

/* A built program for `source`, from the cache or by compiling. The build log is in the error. */
mfg_status mfg_opencl_build(mfg_plugin_device *device, const char *source, cl_program *program,
                            mfg_plugin_error *error);

/* The program of commands.cl, which belongs to the device. */
mfg_status mfg_opencl_commands(mfg_plugin_device *device, cl_program *program,
                               mfg_plugin_error *error);

/* ---- transfers.c ---------------------------------------------------------------------------- */

/* Return when `source` may go, and when the bytes are in `target`. `size` > 0. */
cl_int mfg_opencl_upload(mfg_plugin_queue *queue, cl_mem target, uint64_t offset,
                         const void *source, uint64_t size);
cl_int mfg_opencl_download(mfg_plugin_queue *queue, cl_mem source, uint64_t offset, void *target,
                           uint64_t size);
/* Gives back the pinned memory of a queue whose work is done. */
void mfg_opencl_staging_free(mfg_plugin_queue *queue);

/* ---- buffers.c, queues.c -------------------------------------------------------------------- */

extern const mfg_plugin_buffer_table mfg_opencl_buffer_table;
extern const mfg_plugin_queue_table mfg_opencl_queue_table;

/* Whether a range, or what a fill writes, lies inside a buffer, and a pattern has a size that can
 * be. */
mfg_status mfg_opencl_check_range(const mfg_plugin_buffer *buffer, uint64_t offset, uint64_t size,
                                  mfg_plugin_error *error);
mfg_status mfg_opencl_check_fill(const mfg_plugin_buffer *buffer, uint64_t offset,
                                 uint32_t pattern_size, uint64_t count, mfg_plugin_error *error);

/* ---- kernels.c ------------------------------------------------------------------------------ */

extern const mfg_plugin_kernel_table mfg_opencl_kernel_table;

/* Checks a launch and plans it into the kernel's plan, whose mutex the caller holds. */
mfg_status mfg_opencl_plan(mfg_plugin_kernel *kernel, const mfg_kernel_launch *launch,
                           mfg_plugin_error *error);
/* New memory with the planned launch struct of a module, where the kernel takes it through memory,
 * else NULL. */
cl_mem mfg_opencl_launch_memory(const mfg_plugin_kernel *kernel, uint32_t module, cl_int *code);
/* Sets all arguments of one planned launch on `entry`. `launch_memory` is what the function above
 * gave; `scratch` and `predicate` may be NULL. */
cl_int mfg_opencl_bind(const mfg_plugin_kernel *kernel, const mfg_planned_launch *planned,
                       const mfg_kernel_launch *launch, cl_mem launch_memory, cl_mem scratch,
                       cl_mem predicate, cl_kernel entry);
cl_int mfg_opencl_enqueue(cl_command_queue queue, const mfg_planned_launch *planned,
                          cl_kernel entry);

/* ---- command_buffer.c ----------------------------------------------------------------------- */

/* Fills the device's table where the extension is there and a buffer may be queued again before its
 * last run is done. */
void mfg_opencl_command_buffer_find(mfg_plugin_device *device, bool has_extension);

/* ---- lists.c -------------------------------------------------------------------------------- */

extern const mfg_plugin_command_list_table mfg_opencl_command_list_table;

#endif
