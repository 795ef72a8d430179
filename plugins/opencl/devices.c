/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Platforms and devices. They are looked for once, in a thread of their own, because a broken
 * driver may never answer; what was found stays until the plugin is unloaded. */
#include "opencl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef CL_DEVICE_UUID_KHR
#define CL_DEVICE_UUID_KHR 0x106A
#endif
#ifndef CL_DEVICE_GLOBAL_FREE_MEMORY_AMD
#define CL_DEVICE_GLOBAL_FREE_MEMORY_AMD 0x4039
#endif

/* Platforms, and devices of a platform, that are looked at. */
#define PLATFORM_LIMIT 16
#define DEVICE_LIMIT 64
/* Seconds that the drivers have to answer; the setting "timeout" changes it. Less than the 20 after
 * which a host that tries plugins in a process of their own gives up, so that the reason is told.
 */
#define TIMEOUT_SECONDS 15

struct found_device {
  cl_device_id id;
  mfg_plugin_device_info info;
  char name[256], id_text[640], driver[512];
  bool rounds_float32_division; /* the build option for it is known */
  /* Shared by all open handles of the device, so that memory passes from one to another. */
  cl_context context;
  uint32_t context_users;
};

/* One look at the drivers. Whoever is last to let go of it frees it. */
struct search {
  pthread_mutex_t mutex;
  pthread_cond_t done_condition;
  int holders;
  bool done;
  cl_int code;         /* of the search for platforms */
  cl_int devices_code; /* of a platform that could not tell its devices, or CL_SUCCESS */
  uint32_t count, capacity;
  struct found_device *devices;
};

static pthread_mutex_t devices_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct search *devices; /* the finished search that is kept */

/* ---- one device ----------------------------------------------------------------------------- */

static void read_text(cl_device_id id, cl_device_info what, char *text, size_t size) {
  text[0] = '\0';
  if (clGetDeviceInfo(id, what, size - 1, text, NULL) != CL_SUCCESS) text[0] = '\0';
  text[size - 1] = '\0';
}

static uint64_t read_number(cl_device_id id, cl_device_info what) {
  uint64_t number = 0;
  if (clGetDeviceInfo(id, what, sizeof number, &number, NULL) != CL_SUCCESS) return 0;
  return number;
}

static uint32_t kind_of(cl_device_id id) {
  uint64_t type = read_number(id, CL_DEVICE_TYPE);
  if (type & CL_DEVICE_TYPE_GPU) return MFG_DEVICE_GPU;
  return type & CL_DEVICE_TYPE_CPU ? MFG_DEVICE_CPU : MFG_DEVICE_ACCELERATOR;
}

static bool is_usable(cl_device_id id) {
  char version[256];
  int major = 0, minor = 0;
  read_text(id, CL_DEVICE_VERSION, version, sizeof version);
  bool recent = sscanf(version, "OpenCL %d.%d", &major, &minor) == 2 &&
                (major > 1 || (major == 1 && minor >= 2));
  return recent && read_number(id, CL_DEVICE_AVAILABLE) &&
         read_number(id, CL_DEVICE_ENDIAN_LITTLE) && read_number(id, CL_DEVICE_COMPILER_AVAILABLE);
}

static bool has_extension(cl_device_id id, const char *name) {
  char extensions[16384];
  read_text(id, CL_DEVICE_EXTENSIONS, extensions, sizeof extensions);
  char *rest = NULL;
  for (char *word = strtok_r(extensions, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
    if (strcmp(word, name) == 0) return true;
  return false;
}

/* The device's UUID where it has one; else platform and name, numbered among equals. */
static void write_id(const struct search *search, struct found_device *device,
                     const char *platform) {
  unsigned char uuid[16];
  int used = 0;
  if (has_extension(device->id, "cl_khr_device_uuid") &&
      clGetDeviceInfo(device->id, CL_DEVICE_UUID_KHR, sizeof uuid, uuid, NULL) == CL_SUCCESS) {
    used = snprintf(device->id_text, sizeof device->id_text, "uuid:");
    for (int i = 0; i < 16; i++)
      used +=
          snprintf(device->id_text + used, sizeof device->id_text - (size_t)used, "%02x", uuid[i]);
  } else {
    used =
        snprintf(device->id_text, sizeof device->id_text, "%.250s/%.250s", platform, device->name);
  }
  int equals = 0;
  for (uint32_t i = 0; i < search->count; i++)
    equals += strncmp(search->devices[i].id_text, device->id_text, (size_t)used) == 0;
  snprintf(device->id_text + used, sizeof device->id_text - (size_t)used, "/%d", equals);
}

static uint32_t types_of(cl_device_id id) {
  uint32_t without = MFG_DTYPE_BIT(MFG_FLOAT64);
  return MFG_KERNEL_TYPE_BITS &
         (read_number(id, CL_DEVICE_DOUBLE_FP_CONFIG) ? UINT32_MAX : ~without);
}

static void describe(struct search *search, struct found_device *device, cl_platform_id platform) {
  char version[256], driver[128], platform_name[256] = "";
  cl_device_id id = device->id;
  read_text(id, CL_DEVICE_NAME, device->name, sizeof device->name);
  read_text(id, CL_DEVICE_VERSION, version, sizeof version);
  read_text(id, CL_DRIVER_VERSION, driver, sizeof driver);
  clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof platform_name - 1, platform_name, NULL);
  snprintf(device->driver, sizeof device->driver, "%.120s, %.250s, driver %.120s", platform_name,
           version, driver);
  write_id(search, device, platform_name);
  device->rounds_float32_division =
      (read_number(id, CL_DEVICE_SINGLE_FP_CONFIG) & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
  uint32_t kind = kind_of(id), flags = 0;
  if (read_number(id, CL_DEVICE_HOST_UNIFIED_MEMORY)) flags |= MFG_DEVICE_HOST_MEMORY;
  if (kind == MFG_DEVICE_CPU) flags |= MFG_DEVICE_HOST_PROCESSOR;
  device->info = (mfg_plugin_device_info){
      .struct_size = sizeof device->info,
      .kind = kind,
      .name = device->name,
      .id = device->id_text,
      .driver = device->driver,
      .flags = flags,
      .types = types_of(id),
      .memory_bytes = read_number(id, CL_DEVICE_GLOBAL_MEM_SIZE),
      .largest_buffer_bytes = read_number(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE),
      .compute_units = (uint32_t)read_number(id, CL_DEVICE_MAX_COMPUTE_UNITS),
      .buffer_alignment = (uint32_t)read_number(id, CL_DEVICE_MEM_BASE_ADDR_ALIGN) / 8};
}

/* ---- the search ----------------------------------------------------------------------------- */

static void add_devices(struct search *search, cl_platform_id platform) {
  cl_device_id ids[DEVICE_LIMIT];
  cl_uint count = 0;
  cl_int code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, DEVICE_LIMIT, ids, &count);
  if (code != CL_SUCCESS && code != CL_DEVICE_NOT_FOUND) search->devices_code = code;
  if (code != CL_SUCCESS) return;
  for (cl_uint i = 0; i < count && i < DEVICE_LIMIT; i++) {
    if (search->count == search->capacity || !is_usable(ids[i])) continue;
    struct found_device *device = &search->devices[search->count];
    device->id = ids[i];
    describe(search, device, platform);
    search->count++;
  }
}

static void look(struct search *search) {
  cl_platform_id platforms[PLATFORM_LIMIT];
  cl_uint count = 0, devices_count = 0;
  search->code = clGetPlatformIDs(PLATFORM_LIMIT, platforms, &count);
  if (search->code != CL_SUCCESS) return;
  if (count > PLATFORM_LIMIT) count = PLATFORM_LIMIT;
  for (cl_uint i = 0; i < count; i++) {
    cl_uint here = 0;
    cl_int code = clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_ALL, 0, NULL, &here);
    if (code == CL_SUCCESS) devices_count += here;
    if (code != CL_SUCCESS && code != CL_DEVICE_NOT_FOUND) search->devices_code = code;
  }
  search->devices = calloc((size_t)devices_count + 1, sizeof *search->devices);
  search->capacity = search->devices ? devices_count : 0;
  if (!search->devices) search->code = CL_OUT_OF_HOST_MEMORY;
  for (cl_uint i = 0; i < count; i++)
    add_devices(search, platforms[i]);
}

static void let_go(struct search *search) {
  pthread_mutex_lock(&search->mutex);
  int left = --search->holders;
  pthread_mutex_unlock(&search->mutex);
  if (left > 0) return;
  pthread_mutex_destroy(&search->mutex);
  pthread_cond_destroy(&search->done_condition);
  free(search->devices);
  free(search);
}

static void *look_in_thread(void *argument) {
  struct search *search = argument;
  look(search);
  pthread_mutex_lock(&search->mutex);
  search->done = true;
  pthread_cond_signal(&search->done_condition);
  pthread_mutex_unlock(&search->mutex);
  let_go(search);
  return NULL;
}

static struct search *start_search(void) {
  struct search *search = calloc(1, sizeof *search);
  if (!search) return NULL;
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_mutex_init(&search->mutex, NULL);
  pthread_cond_init(&search->done_condition, &attributes);
  pthread_condattr_destroy(&attributes);
  search->holders = 2;
  pthread_t thread;
  if (pthread_create(&thread, NULL, look_in_thread, search) != 0) {
    search->holders = 1;
    let_go(search);
    return NULL;
  }
  pthread_detach(thread);
  return search;
}

static bool wait_for(struct search *search, int seconds) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += seconds;
  pthread_mutex_lock(&search->mutex);
  int code = 0;
  while (!search->done && code != ETIMEDOUT)
    code = pthread_cond_timedwait(&search->done_condition, &search->mutex, &until);
  bool done = search->done;
  pthread_mutex_unlock(&search->mutex);
  return done;
}

static const char *setting(const mfg_plugin_host *host, const char *key) {
  return host && host->config ? host->config(host->context, "opencl", key) : NULL;
}

static int timeout_seconds(const mfg_plugin_host *host) {
  const char *text = setting(host, "timeout");
  int seconds = text ? atoi(text) : 0;
  return seconds > 0 ? seconds : TIMEOUT_SECONDS;
}

/* The process in which drivers were started; they do not survive in a forked child. */
static pid_t driver_process;

/* Stores the finished search in `devices`; its mutex is held. */
static mfg_status find_devices(const mfg_plugin_host *host, mfg_plugin_error *error) {
  if (driver_process != 0 && driver_process != getpid())
    return mfg_plugin_error_set(error, MFG_ERROR_FORKED, 0,
                                "the OpenCL drivers were started before a fork and cannot be used "
                                "in the child");
  if (devices) return MFG_OK;
  driver_process = getpid();
  struct search *search = start_search();
  if (!search)
    return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0,
                                "no memory or no thread to look for OpenCL devices");
  int seconds = timeout_seconds(host);
  mfg_status status = MFG_OK;
  if (!wait_for(search, seconds))
    status = mfg_plugin_error_set(error, MFG_ERROR_NO_DEVICE, 0,
                                  "the OpenCL drivers did not answer within %d s", seconds);
  else if (search->code == -1001)
    status = mfg_plugin_error_set(error, MFG_ERROR_NO_DEVICE, search->code,
                                  "no OpenCL platform: no driver is installed, or none of those in "
                                  "/etc/OpenCL/vendors (or OCL_ICD_VENDORS) could be loaded");
  else if (search->code != CL_SUCCESS)
    status = mfg_opencl_fail(error, search->code, "looking for OpenCL platforms");
  else if (search->count == 0 && search->devices_code != CL_SUCCESS)
    status = mfg_opencl_fail(error, search->devices_code, "looking for OpenCL devices");
  else if (search->count == 0)
    status = mfg_plugin_error_set(error, MFG_ERROR_NO_DEVICE, 0,
                                  "OpenCL platforms are there, but no device of version 1.2 or "
                                  "later with a compiler");
  if (status == MFG_OK)
    devices = search;
  else
    let_go(search);
  return status;
}

static mfg_status enumerate(const mfg_plugin_host *host, uint32_t capacity, uint32_t stride,
                            void *infos, uint32_t *count, mfg_plugin_error *error) {
  *count = 0;
  pthread_mutex_lock(&devices_mutex);
  mfg_status status = find_devices(host, error);
  if (status == MFG_OK) *count = devices->count;
  for (uint32_t i = 0; i < *count && i < capacity; i++) {
    mfg_plugin_device_info *target = (void *)((char *)infos + (size_t)i * stride);
    mfg_plugin_device_info info = devices->devices[i].info;
    uint32_t size = target->struct_size < sizeof info ? target->struct_size : sizeof info;
    info.struct_size = size;
    memcpy(target, &info, size);
  }
  pthread_mutex_unlock(&devices_mutex);
  return status;
}

/* ---- open ----------------------------------------------------------------------------------- */

static uint32_t layout_of(const mfg_plugin_host *host, uint32_t kind) {
  const char *text = setting(host, "layout");
  if (text && strcmp(text, "interleaved") == 0) return MFG_LAYOUT_INTERLEAVED;
  if (text && strcmp(text, "blocked") == 0) return MFG_LAYOUT_BLOCKED;
  return kind == MFG_DEVICE_CPU ? MFG_LAYOUT_BLOCKED : MFG_LAYOUT_INTERLEAVED;
}

/* The setting "command_buffers" set to "off": command lists are queued command by command. */
static bool wants_command_buffers(const mfg_plugin_host *host) {
  const char *text = setting(host, "command_buffers");
  return !text || strcmp(text, "off") != 0;
}

/* Up to how many lines a group each solves: the setting "group_lines", else the emitter decides. */
static uint32_t group_lines_of(const mfg_plugin_host *host) {
  const char *text = setting(host, "group_lines");
  return text ? (uint32_t)strtoul(text, NULL, 10) : MFG_EMITTER_DEFAULT;
}

/* The setting "optimise" set to "off" is for debugging, and for checkers that read the program. */
static const char *build_options_of(const mfg_plugin_host *host, const struct found_device *found) {
  const char *text = setting(host, "optimise");
  if (text && strcmp(text, "off") == 0) return "-cl-std=CL1.2 -cl-opt-disable";
  return found->rounds_float32_division ? "-cl-std=CL1.2 -cl-fp32-correctly-rounded-divide-sqrt"
                                        : "-cl-std=CL1.2";
}

static mfg_status share_context(mfg_plugin_device *device, struct found_device *found,
                                mfg_plugin_error *error) {
  cl_int code = CL_SUCCESS;
  if (!found->context) found->context = clCreateContext(NULL, 1, &found->id, NULL, NULL, &code);
  if (code != CL_SUCCESS) {
    found->context = NULL;
    return mfg_opencl_fail(error, code, "creating an OpenCL context");
  }
  found->context_users++;
  device->found = found;
  device->context = found->context;
  return MFG_OK;
}

/* A driver for a processor uses any host memory in place. Others do where pages are theirs alone;
 * elsewhere they may keep a copy. */
static uint32_t import_alignment_of(const struct found_device *found) {
  return found->info.kind == MFG_DEVICE_CPU ? 16 : 4096;
}

/* The setting "staging" set to "on" or "off" is for tests and for trying out. */
static bool wants_staging(const mfg_plugin_host *host, bool shares_memory) {
  const char *text = setting(host, "staging");
  return text ? strcmp(text, "on") == 0 : !shares_memory;
}

static mfg_status fill_device(mfg_plugin_device *device, const mfg_plugin_host *host,
                              struct found_device *found, mfg_plugin_error *error) {
  device->host = host;
  device->id = found->id;
  device->types = found->info.types;
  device->shares_memory = (found->info.flags & MFG_DEVICE_HOST_MEMORY) != 0;
  device->stages = wants_staging(host, device->shares_memory);
  device->import_alignment = import_alignment_of(found);
  device->index = (int32_t)(found - devices->devices);
  device->parameter_limit = read_number(found->id, CL_DEVICE_MAX_PARAMETER_SIZE);
  device->options = (mfg_emitter_options){.dialect = &mfg_emitter_opencl,
                                          .layout = layout_of(host, found->info.kind)};
  device->facts = (mfg_emitter_device){
      .compute_units = found->info.compute_units ? found->info.compute_units : 1,
      .group_limit = (uint32_t)read_number(found->id, CL_DEVICE_MAX_WORK_GROUP_SIZE),
      .local_bytes = read_number(found->id, CL_DEVICE_LOCAL_MEM_SIZE),
      .cache_bytes = read_number(found->id, CL_DEVICE_GLOBAL_MEM_CACHE_SIZE),
      .lines_in_a_group = group_lines_of(host)};
  mfg_opencl_command_buffer_find(device, wants_command_buffers(host) &&
                                             has_extension(found->id, "cl_khr_command_buffer"));
  device->build_options = build_options_of(host, found);
  device->cache_directory = mfg_cache_directory(host, "opencl");
  size_t size = strlen(found->driver) + strlen(found->name) + strlen(device->build_options) + 4;
  device->identity = malloc(size);
  if (!device->identity)
    return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory to open a device");
  snprintf(device->identity, size, "%s\n%s\n%s", found->driver, found->name, device->build_options);
  return share_context(device, found, error);
}

/* Whoever calls holds the mutex of the devices. */
static void clear_device(mfg_plugin_device *device) {
  if (device->commands) clReleaseProgram(device->commands);
  if (device->context && --device->found->context_users == 0) {
    clReleaseContext(device->context);
    device->found->context = NULL;
  }
  pthread_mutex_destroy(&device->mutex);
  free(device->identity);
  free(device->cache_directory);
  free(device);
}

static void close_device(mfg_plugin_device *device) {
  pthread_mutex_lock(&devices_mutex);
  clear_device(device);
  pthread_mutex_unlock(&devices_mutex);
}

static mfg_status open_found(const mfg_plugin_host *host, uint32_t index,
                             mfg_plugin_device **device, mfg_plugin_error *error) {
  if (index >= devices->count)
    return mfg_plugin_error_set(error, MFG_ERROR_NOT_FOUND, 0,
                                "device %u was asked for, there are %u OpenCL devices", index,
                                devices->count);
  *device = calloc(1, sizeof **device);
  if (!*device)
    return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory to open a device");
  pthread_mutex_init(&(*device)->mutex, NULL);
  mfg_status status = fill_device(*device, host, &devices->devices[index], error);
  if (status != MFG_OK) {
    clear_device(*device);
    *device = NULL;
  }
  return status;
}

static mfg_status open_device(const mfg_plugin_host *host, uint32_t index,
                              mfg_plugin_device **device, mfg_plugin_error *error) {
  *device = NULL;
  pthread_mutex_lock(&devices_mutex);
  mfg_status status = find_devices(host, error);
  if (status == MFG_OK) status = open_found(host, index, device, error);
  pthread_mutex_unlock(&devices_mutex);
  return status;
}

/* ---- memory --------------------------------------------------------------------------------- */

/* OpenCL does not tell: what the host has left is known where the device shares it, and AMD's
 * drivers have a query of their own. */
static uint64_t available_memory(mfg_plugin_device *device) {
  size_t free_kilobytes[2] = {0, 0};
  const uint64_t all = device->found->info.memory_bytes;
  if (device->shares_memory) {
    long pages = sysconf(_SC_AVPHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    uint64_t left = pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
    return all != 0 && left > all ? all : left;
  }
  if (has_extension(device->id, "cl_amd_device_attribute_query") &&
      clGetDeviceInfo(device->id, CL_DEVICE_GLOBAL_FREE_MEMORY_AMD, sizeof free_kilobytes,
                      free_kilobytes, NULL) == CL_SUCCESS)
    return (uint64_t)free_kilobytes[0] << 10;
  return 0;
}

const mfg_plugin_device_table mfg_opencl_device_table = {
    .struct_size = sizeof mfg_opencl_device_table,
    .enumerate = enumerate,
    .open = open_device,
    .close = close_device,
    .available_memory = available_memory,
};
