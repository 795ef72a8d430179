/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs: from the cache where the binary is there and is taken, else compiled and kept. */
#include "opencl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char mfg_opencl_commands_text[]; /* commands.cl, made into a text by embed.py */

static char *cache_key(const mfg_plugin_device *device, const char *source) {
  size_t size = strlen(device->identity) + strlen(source) + 2;
  char *key = malloc(size);
  if (key) snprintf(key, size, "%s\n%s", device->identity, source);
  return key;
}

static cl_program from_binary(mfg_plugin_device *device, const unsigned char *binary, size_t size) {
  cl_int code, loaded = CL_SUCCESS;
  cl_program program =
      clCreateProgramWithBinary(device->context, 1, &device->id, &size, &binary, &loaded, &code);
  if (code != CL_SUCCESS) return NULL;
  if (loaded == CL_SUCCESS &&
      clBuildProgram(program, 1, &device->id, device->build_options, NULL, NULL) == CL_SUCCESS)
    return program;
  clReleaseProgram(program);
  return NULL;
}

static void keep(const mfg_plugin_device *device, cl_program program, const char *key) {
  size_t size = 0;
  if (clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) != CL_SUCCESS ||
      size == 0)
    return;
  unsigned char *binary = malloc(size);
  if (!binary) return;
  if (clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL) == CL_SUCCESS)
    mfg_cache_write(device->cache_directory, key, binary, size);
  free(binary);
}

/* A failure of the machine, not of the program. */
static bool is_want(cl_int code) {
  return code == CL_OUT_OF_HOST_MEMORY || code == CL_OUT_OF_RESOURCES ||
         code == CL_MEM_OBJECT_ALLOCATION_FAILURE || code == CL_DEVICE_NOT_AVAILABLE;
}

static mfg_status build_failure(const mfg_plugin_device *device, cl_program program, cl_int code,
                                mfg_plugin_error *error) {
  size_t size = 0;
  if (is_want(code)) return mfg_opencl_fail_memory(error, code, "building a kernel");
  clGetProgramBuildInfo(program, device->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
  char *log = calloc(1, size + 1);
  if (log) clGetProgramBuildInfo(program, device->id, CL_PROGRAM_BUILD_LOG, size, log, NULL);
  mfg_status status =
      mfg_plugin_error_set(error, MFG_ERROR_COMPILE, code, "building a kernel: %s (%d)\n%s",
                           mfg_opencl_error_name(code), code, log ? log : "");
  free(log);
  return status;
}

static mfg_status compile(mfg_plugin_device *device, const char *source, cl_program *program,
                          mfg_plugin_error *error) {
  cl_int code;
  *program = clCreateProgramWithSource(device->context, 1, &source, NULL, &code);
  if (code != CL_SUCCESS) return mfg_opencl_fail(error, code, "creating a program");
  code = clBuildProgram(*program, 1, &device->id, device->build_options, NULL, NULL);
  if (code == CL_SUCCESS) return MFG_OK;
  mfg_status status = build_failure(device, *program, code, error);
  clReleaseProgram(*program);
  *program = NULL;
  return status;
}

static void report(const mfg_plugin_device *device, const char *text) {
  const mfg_plugin_host *host = device->host;
  if (host && host->log && (!host->log_enabled || host->log_enabled(host->context, MFG_LOG_DEBUG)))
    host->log(host->context, MFG_LOG_DEBUG, text);
}

/* ---- one thread a text ---------------------------------------------------------------------- */

/* A text that a thread looks up or compiles; others that want the same wait for the cache to have
 * it. */
struct making {
  const char *key;
  struct making *next;
};

static pthread_mutex_t making_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t made = PTHREAD_COND_INITIALIZER;
static struct making *all_making;

static bool is_being_made(const char *key) {
  for (const struct making *other = all_making; other; other = other->next)
    if (strcmp(other->key, key) == 0) return true;
  return false;
}

static void begin_making(struct making *self) {
  pthread_mutex_lock(&making_mutex);
  while (is_being_made(self->key))
    pthread_cond_wait(&made, &making_mutex);
  self->next = all_making;
  all_making = self;
  pthread_mutex_unlock(&making_mutex);
}

static void end_making(const struct making *self) {
  pthread_mutex_lock(&making_mutex);
  struct making **link = &all_making;
  while (*link != self)
    link = &(*link)->next;
  *link = self->next;
  pthread_cond_broadcast(&made);
  pthread_mutex_unlock(&making_mutex);
}

/* ---- programs ------------------------------------------------------------------------------- */

static cl_program from_cache(mfg_plugin_device *device, const char *key) {
  size_t size = 0;
  unsigned char *binary = mfg_cache_read(device->cache_directory, key, &size);
  cl_program program = binary ? from_binary(device, binary, size) : NULL;
  free(binary);
  return program;
}

static mfg_status build_and_keep(mfg_plugin_device *device, const char *source, const char *key,
                                 cl_program *program, mfg_plugin_error *error) {
  struct making self = {.key = key};
  mfg_status status = MFG_OK;
  begin_making(&self);
  *program = from_cache(device, key);
  if (*program) {
    report(device, "opencl: kernel taken from the cache");
  } else {
    report(device, "opencl: kernel compiled");
    status = compile(device, source, program, error);
    if (status == MFG_OK) keep(device, *program, key);
  }
  end_making(&self);
  return status;
}

mfg_status mfg_opencl_build(mfg_plugin_device *device, const char *source, cl_program *program,
                            mfg_plugin_error *error) {
  *program = NULL;
  char *key = device->cache_directory ? cache_key(device, source) : NULL;
  if (!key) {
    report(device, "opencl: kernel compiled");
    return compile(device, source, program, error);
  }
  mfg_status status = build_and_keep(device, source, key, program, error);
  free(key);
  return status;
}

mfg_status mfg_opencl_commands(mfg_plugin_device *device, cl_program *program,
                               mfg_plugin_error *error) {
  mfg_status status = MFG_OK;
  pthread_mutex_lock(&device->mutex);
  if (!device->commands)
    status = mfg_opencl_build(device, mfg_opencl_commands_text, &device->commands, error);
  *program = device->commands;
  pthread_mutex_unlock(&device->mutex);
  return status;
}
