/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plugin's handles, and the tables it gives to the host. */
#ifndef CPU_KERNEL_H
#define CPU_KERNEL_H

#include "memory.h"
#include "run.h"

#include <mfg/sdk.h>

/* Begins with the SDK's device, so that its helpers may be used. */
struct mfg_plugin_device {
  mfg_sdk_host_device host;
  const cpu_level *level;
  enum cpu_compile_mode compile;
  uint64_t memory_limit; /* bytes that its buffers may take together */
  _Atomic uint64_t memory_used;
};

/* Begins with the SDK's buffer. */
struct mfg_plugin_buffer {
  mfg_sdk_host_buffer bytes;
  const mfg_plugin_host *host;
  enum { CPU_MEMORY_FOREIGN, CPU_MEMORY_OF_HOST, CPU_MEMORY_MAPPED } owner; /* who takes it back */
};

/* Work is done in the call that queues it, on the calling thread and the pool; the queue keeps the
 * scratch memory of its launches. */
struct mfg_plugin_queue {
  mfg_plugin_device *device;
  cpu_arena arena;
};

extern const mfg_plugin_device_table cpu_device_table;
extern const mfg_plugin_buffer_table cpu_buffer_table;
extern const mfg_plugin_queue_table cpu_queue_table;
extern const mfg_plugin_kernel_table cpu_kernel_table;
extern const mfg_plugin_command_list_table cpu_command_list_table;

/* Memory of the host's allocator, zeroed; NULL when there is none. */
void *cpu_host_allocate(const mfg_plugin_host *host, size_t size, size_t alignment);
mfg_status cpu_out_of_memory(mfg_plugin_error *error, const char *what);

/* Binds a launch in `arena`, which the caller rewinds; checks what the launch says. */
mfg_status cpu_kernel_bind(const mfg_plugin_kernel *kernel, const mfg_kernel_launch *launch,
                           cpu_arena *arena, cpu_bound **bound, mfg_plugin_error *error);

/* Bytes as the tables' functions see them. */
static inline char *cpu_buffer_at(const mfg_plugin_buffer *buffer, uint64_t offset) {
  return (char *)buffer->bytes.memory + offset;
}
/* True where `size` bytes from `offset` on are inside the buffer. */
static inline bool cpu_buffer_holds(const mfg_plugin_buffer *buffer, uint64_t offset,
                                    uint64_t size) {
  return buffer != NULL && offset <= buffer->bytes.size && size <= buffer->bytes.size - offset;
}

#endif
