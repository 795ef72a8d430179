/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Native command buffers: cl_khr_command_buffer. What is used of it is declared here, since the
 * headers of its provisional versions differ; the entries below are the same in all of them. */
#include "lists.h"

#include <string.h>

#define CAPABILITIES 0x12A9           /* CL_DEVICE_COMMAND_BUFFER_CAPABILITIES_KHR */
#define CAN_BE_PENDING_TWICE (1 << 2) /* CL_COMMAND_BUFFER_CAPABILITY_SIMULTANEOUS_USE_KHR */
#define REQUIRED_QUEUE 0x12AA         /* CL_DEVICE_COMMAND_BUFFER_REQUIRED_QUEUE_PROPERTIES_KHR */
#define FLAGS 0x1293                  /* CL_COMMAND_BUFFER_FLAGS_KHR */
#define PENDING_TWICE (1 << 0)        /* CL_COMMAND_BUFFER_SIMULTANEOUS_USE_KHR */

static bool allows_replay(cl_device_id device) {
  cl_ulong capabilities = 0, required = 0;
  return clGetDeviceInfo(device, CAPABILITIES, sizeof capabilities, &capabilities, NULL) ==
             CL_SUCCESS &&
         clGetDeviceInfo(device, REQUIRED_QUEUE, sizeof required, &required, NULL) == CL_SUCCESS &&
         (capabilities & CAN_BE_PENDING_TWICE) != 0 && required == 0;
}

void mfg_opencl_command_buffer_find(mfg_plugin_device *device, bool has_extension) {
  mfg_opencl_command_buffer_table *table = &device->command_buffers;
  cl_platform_id platform;
  *table = (mfg_opencl_command_buffer_table){0};
  if (!has_extension || !allows_replay(device->id) ||
      clGetDeviceInfo(device->id, CL_DEVICE_PLATFORM, sizeof(platform), &platform, NULL) !=
          CL_SUCCESS)
    return;
  const struct {
    const char *name;
    void *entry;
  } entries[] = {{"clCreateCommandBufferKHR", &table->create},
                 {"clFinalizeCommandBufferKHR", &table->finalise},
                 {"clReleaseCommandBufferKHR", &table->release},
                 {"clEnqueueCommandBufferKHR", &table->enqueue},
                 {"clCommandNDRangeKernelKHR", &table->run}};
  bool complete = true;
  for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
    void *address = clGetExtensionFunctionAddressForPlatform(platform, entries[i].name);
    memcpy(entries[i].entry, &address, sizeof address);
    complete = complete && address != NULL;
  }
  if (!complete) *table = (mfg_opencl_command_buffer_table){0};
}

static cl_int add_run(const mfg_opencl_command_buffer_table *table,
                      mfg_opencl_command_buffer *buffer, const mfg_opencl_run *run) {
  size_t global[3], local[3];
  for (int i = 0; i < 3; i++) {
    global[i] = run->planned.global[i];
    local[i] = run->planned.local[i];
  }
  return table->run(buffer, NULL, NULL, run->entry, 3, NULL, global, local, 0, NULL, NULL, NULL);
}

mfg_opencl_command_buffer *mfg_opencl_command_buffer_new(const mfg_plugin_device *device,
                                                         cl_command_queue queue,
                                                         const mfg_opencl_run *runs, size_t count) {
  const mfg_opencl_command_buffer_table *table = &device->command_buffers;
  const cl_ulong properties[] = {FLAGS, PENDING_TWICE, 0};
  cl_int code;
  if (!table->create) return NULL;
  mfg_opencl_command_buffer *buffer = table->create(1, &queue, properties, &code);
  if (!buffer || code != CL_SUCCESS) return NULL;
  for (size_t i = 0; i < count && code == CL_SUCCESS; i++)
    code = add_run(table, buffer, &runs[i]);
  if (code == CL_SUCCESS) code = table->finalise(buffer);
  if (code == CL_SUCCESS) return buffer;
  table->release(buffer);
  return NULL;
}

void mfg_opencl_command_buffer_free(const mfg_plugin_device *device,
                                    mfg_opencl_command_buffer *buffer) {
  if (buffer) device->command_buffers.release(buffer);
}

cl_int mfg_opencl_command_buffer_queue(const mfg_plugin_device *device,
                                       mfg_opencl_command_buffer *buffer) {
  return device->command_buffers.enqueue(0, NULL, buffer, 0, NULL, NULL);
}
