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

mfg_status mfg_opencl_build(mfg_plugin_device *device, const char *source, cl_program *program,
                            mfg_plugin_error *error) {
  size_t size = 0;
  *program = NULL;
  char *key = device->cache_directory ? cache_key(device, source) : NULL;
  unsigned char *binary = key ? mfg_cache_read(device->cache_directory, key, &size) : NULL;
  if (binary) *program = from_binary(device, binary, size);
  free(binary);
  mfg_status status = MFG_OK;
  if (*program) {
    report(device, "opencl: kernel taken from the cache");
  } else {
    report(device, "opencl: kernel compiled");
    status = compile(device, source, program, error);
    if (status == MFG_OK && key) keep(device, *program, key);
  }
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
