/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A layer between the OpenCL loader and the driver, for tests: OPENCL_LAYERS names the object
 * before the loader starts, and a test finds `opencl_layer` in it. It lets one call fail, counts
 * the objects that are held, and hides what a device can do. */
#ifndef MFG_TESTS_OPENCL_LAYER_H
#define MFG_TESTS_OPENCL_LAYER_H

#include <stdatomic.h>
#include <stdbool.h>

enum opencl_layer_object {
  LAYER_CONTEXT,
  LAYER_QUEUE,
  LAYER_MEMORY,
  LAYER_PROGRAM,
  LAYER_KERNEL,
  LAYER_EVENT,
  LAYER_COMMAND_BUFFER,
  LAYER_OBJECTS
};

struct opencl_layer {
  /* Calls that still succeed before one fails; negative: none fails. Releases are no such calls. */
  atomic_long countdown;
  int code;           /* what the failing call returns */
  const char *only;   /* count and fail the calls of this name alone; NULL: all */
  bool lasts;         /* all calls after it fail too */
  const char *failed; /* the call that failed, or NULL */
  bool hides_float64;
  bool hides_command_buffers;
  bool hides_shared_memory;
  bool changes_driver;                /* another version of the driver */
  long parameter_limit;               /* 0: the device's */
  atomic_long held[LAYER_OBJECTS];    /* created and retained, less released */
  atomic_long created[LAYER_OBJECTS]; /* since the start */
  atomic_long compiled;               /* clBuildProgram of sources */
  atomic_long launched;               /* kernels queued, those of native command buffers apart */
  atomic_long replayed;               /* native command buffers queued */
  atomic_long waited;                 /* calls that wait for the device */
};

#endif
