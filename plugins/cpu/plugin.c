/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plugin: one device, the processor that runs the program. */
#include "extensions.h"
#include "kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Declared, not measured: what one socket of a current server moves, and an empty launch. */
#define BANDWIDTH_GBS 20.0
#define LAUNCH_US 0.1

static const char *config(const mfg_plugin_host *host, const char *key) {
  return host->config != NULL ? host->config(host->context, "cpu", key) : NULL;
}

static void warn(const mfg_plugin_host *host, const char *text) {
  if (host->log != NULL) host->log(host->context, MFG_LOG_WARN, text);
}

/* Bytes of a count of pages that the system knows; 0 where it does not. */
static uint64_t memory_of(int pages) {
  long count = sysconf(pages), size = sysconf(_SC_PAGESIZE);
  return count > 0 && size > 0 ? (uint64_t)count * (uint64_t)size : 0;
}

/* The system promises more memory than there is, and ends the program that takes it at its word. So
 * buffers stop at what the machine has, less an eighth for all else. */
static uint64_t memory_for_buffers(void) {
  uint64_t memory = memory_of(_SC_PHYS_PAGES);
  return memory > 0 ? memory - memory / 8 : UINT64_MAX;
}

static mfg_status device_enumerate(const mfg_plugin_host *host, uint32_t capacity, uint32_t stride,
                                   void *infos, uint32_t *count, mfg_plugin_error *error) {
  (void)host, (void)stride, (void)error;
  *count = 1;
  if (capacity == 0) return MFG_OK;
  mfg_plugin_device_info info = {
      .kind = MFG_DEVICE_CPU,
      .name = "Host processor",
      .id = "host",
      .flags = MFG_DEVICE_HOST_MEMORY | MFG_DEVICE_HOST_PROCESSOR,
      .types = MFG_KERNEL_TYPE_BITS,
      .memory_bytes = memory_of(_SC_PHYS_PAGES),
      .largest_buffer_bytes = memory_for_buffers(),
      .compute_units = (uint32_t)cpu_pool_processors(),
      .buffer_alignment = 64,
      .bandwidth_gbs = BANDWIDTH_GBS,
      .launch_us = LAUNCH_US,
  };
  /* The host says how much of the struct it knows. */
  uint32_t known = ((const mfg_plugin_device_info *)infos)->struct_size;
  info.struct_size = known < sizeof info ? known : (uint32_t)sizeof info;
  memcpy(infos, &info, info.struct_size);
  return MFG_OK;
}

/* The number of threads asked for; 0: as many as there are processors. */
static mfg_status read_threads(const mfg_plugin_host *host, int *threads, mfg_plugin_error *error) {
  const char *text = config(host, "threads");
  *threads = 0;
  if (text == NULL || *text == '\0') return MFG_OK;
  char *end;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (errno != 0 || *end != '\0' || value < 1 || value > 4096)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "MFG_CPU_THREADS is \"%s\", expected a number from 1 to 4096",
                                text);
  *threads = (int)value;
  return MFG_OK;
}

static mfg_status read_compile(const mfg_plugin_host *host, enum cpu_compile_mode *mode,
                               mfg_plugin_error *error) {
  static const char *const names[] = {
      [CPU_COMPILE_AUTO] = "auto", [CPU_COMPILE_ALWAYS] = "always", [CPU_COMPILE_NEVER] = "never"};
  const char *text = config(host, "compile");
  *mode = CPU_COMPILE_AUTO;
  if (text == NULL || *text == '\0') return MFG_OK;
  for (uint32_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(text, names[i]) == 0) {
      *mode = (enum cpu_compile_mode)i;
      return MFG_OK;
    }
  return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                              "MFG_CPU_COMPILE is \"%s\", expected auto, always or never", text);
}

static mfg_status device_open(const mfg_plugin_host *host, uint32_t index,
                              mfg_plugin_device **result, mfg_plugin_error *error) {
  int threads;
  if (index != 0)
    return mfg_plugin_error_set(error, MFG_ERROR_NO_DEVICE, 0,
                                "device %u, expected 0: there is one processor", (unsigned)index);
  enum cpu_compile_mode compile;
  mfg_status status = read_threads(host, &threads, error);
  if (status == MFG_OK) status = read_compile(host, &compile, error);
  if (status != MFG_OK) return status;
  mfg_plugin_device *device = cpu_host_allocate(host, sizeof *device, _Alignof(max_align_t));
  if (device == NULL) return cpu_out_of_memory(error, "a device");
  const char *wanted = config(host, "level");
  device->host.host = host;
  device->level = cpu_level_choose(wanted);
  device->compile = compile;
  device->memory_limit = memory_for_buffers();
  if (wanted != NULL && strcmp(wanted, device->level->name) != 0)
    warn(host, "MFG_CPU_LEVEL names no instruction set level of this processor; using the best");
  cpu_pool_open(threads);
  cpu_compile_open(host);
  *result = device;
  return MFG_OK;
}

static void device_close(mfg_plugin_device *device) {
  const mfg_plugin_host *host = device->host.host;
  cpu_compile_close();
  cpu_pool_close();
  host->release(host->context, device);
}

static uint64_t device_available_memory(mfg_plugin_device *device) {
  (void)device;
  return memory_of(_SC_AVPHYS_PAGES);
}

const mfg_plugin_device_table cpu_device_table = {
    .struct_size = sizeof cpu_device_table,
    .enumerate = device_enumerate,
    .open = device_open,
    .close = device_close,
    .available_memory = device_available_memory,
};

static const void *get_extension(const char *name, uint32_t version) {
  if (strcmp(name, CPU_COMPILE_EXTENSION) == 0 && version == 1) return &cpu_compile_extension_table;
  if (strcmp(name, MFG_EXTENSION_SORT) == 0 && version == MFG_EXTENSION_SORT_VERSION)
    return &cpu_sort_table;
  if (strcmp(name, MFG_EXTENSION_MATMUL) == 0 && version == MFG_EXTENSION_MATMUL_VERSION)
    return &cpu_matmul_table;
  return NULL;
}

MFG_SDK_PLUGIN("cpu", CPU_PLUGIN_VERSION, "libmfg", "LGPL-2.1-or-later",
               .device = &cpu_device_table, .buffer = &cpu_buffer_table, .queue = &cpu_queue_table,
               .kernel = &cpu_kernel_table, .command_list = &cpu_command_list_table,
               .get_extension = get_extension)
