/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of a context. */
#ifndef MFG_ARRAY_CONTEXT_PRIVATE_H
#define MFG_ARRAY_CONTEXT_PRIVATE_H

#include <mfg/plugin.h>

#include "array/block.h"
#include "array/slab.h"
#include "fusion/cache.h"
#include "loader/backend.h"

struct mfg_recording;
struct mfg_frame;
struct mfg_builder;
struct mfg_scope;

struct mfg_context {
  size_t references; /* the program's own, and one for every handle, scope, block and recording */
  bool closed;
  uint32_t process; /* mfg_process_generation when it was opened */
  bool eager;
  bool strict;
  mfg_backend *backend;
  const mfg_plugin *plugin;
  mfg_plugin_device *device;
  mfg_plugin_queue *queue;
  char *device_name;
  uint32_t device_flags;
  uint32_t types;
  uint64_t largest_buffer;
  mfg_pool pool;
  mfg_kernel_cache kernels;
  uint64_t kernels_launched;
  uint64_t fallbacks;
  uint64_t bytes_to_host;
  uint64_t bytes_to_device;
  char *fallback_names;             /* one a line */
  struct mfg_recording *recording;  /* the one being recorded, or NULL */
  struct mfg_frame *frame;          /* the innermost open frame, or NULL */
  struct mfg_recording *recordings; /* all that are held */
  uint32_t frames_made;
  struct mfg_builder *spare_builder; /* between two kernels; NULL while one is built */
  struct mfg_scope *spare_scope;     /* the one closed last, for the next to be opened */
  mfg_slab values;
  mfg_slab arrays;
  mfg_slab storages;
};

mfg_context *mfg_context_retain(mfg_context *context);
void mfg_context_release(mfg_context *context);

/* MFG_OK where the context is open and belongs to this process. Sets the last error otherwise. */
mfg_status mfg_context_check(const mfg_context *context);

/* Whether the plugin may still be called: the context is open and of this process. */
bool mfg_context_alive(const mfg_context *context);

/* Number of the frame in which new work is recorded; 0 where work runs at once. */
uint32_t mfg_context_frame(const mfg_context *context);

/* Turns a failure that a plugin has described in `error` into the thread's last error, with what
 * was being done. */
mfg_status mfg_context_plugin_failed(const mfg_context *context, const mfg_plugin_error *error,
                                     mfg_status status, const char *doing);

/* Room for a plugin's error text on the stack. */
#define MFG_PLUGIN_ERROR(name)                                                                     \
  char name##_text[1024];                                                                          \
  name##_text[0] = '\0'; /* the rest is not read before it is written */                           \
  mfg_plugin_error name = {sizeof(mfg_plugin_error), MFG_OK, 0, name##_text, sizeof name##_text}

/* Waits for the queue. */
mfg_status mfg_context_synchronise(mfg_context *context);

/* Counts a run on the host of a kernel of that name, logs the first of each name; an error in
 * strict mode. */
mfg_status mfg_context_fell_back(mfg_context *context, const char *name, const char *why);

#endif
