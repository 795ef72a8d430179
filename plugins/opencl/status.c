/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "opencl.h"

#define NAME(code)                                                                                 \
  case code: return #code

const char *mfg_opencl_error_name(cl_int code) {
  switch (code) {
    NAME(CL_SUCCESS);
    NAME(CL_DEVICE_NOT_FOUND);
    NAME(CL_DEVICE_NOT_AVAILABLE);
    NAME(CL_COMPILER_NOT_AVAILABLE);
    NAME(CL_MEM_OBJECT_ALLOCATION_FAILURE);
    NAME(CL_OUT_OF_RESOURCES);
    NAME(CL_OUT_OF_HOST_MEMORY);
    NAME(CL_PROFILING_INFO_NOT_AVAILABLE);
    NAME(CL_MEM_COPY_OVERLAP);
    NAME(CL_BUILD_PROGRAM_FAILURE);
    NAME(CL_MAP_FAILURE);
    NAME(CL_MISALIGNED_SUB_BUFFER_OFFSET);
    NAME(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST);
    NAME(CL_COMPILE_PROGRAM_FAILURE);
    NAME(CL_LINKER_NOT_AVAILABLE);
    NAME(CL_LINK_PROGRAM_FAILURE);
    NAME(CL_INVALID_VALUE);
    NAME(CL_INVALID_DEVICE_TYPE);
    NAME(CL_INVALID_PLATFORM);
    NAME(CL_INVALID_DEVICE);
    NAME(CL_INVALID_CONTEXT);
    NAME(CL_INVALID_QUEUE_PROPERTIES);
    NAME(CL_INVALID_COMMAND_QUEUE);
    NAME(CL_INVALID_HOST_PTR);
    NAME(CL_INVALID_MEM_OBJECT);
    NAME(CL_INVALID_BINARY);
    NAME(CL_INVALID_BUILD_OPTIONS);
    NAME(CL_INVALID_PROGRAM);
    NAME(CL_INVALID_PROGRAM_EXECUTABLE);
    NAME(CL_INVALID_KERNEL_NAME);
    NAME(CL_INVALID_KERNEL_DEFINITION);
    NAME(CL_INVALID_KERNEL);
    NAME(CL_INVALID_ARG_INDEX);
    NAME(CL_INVALID_ARG_VALUE);
    NAME(CL_INVALID_ARG_SIZE);
    NAME(CL_INVALID_KERNEL_ARGS);
    NAME(CL_INVALID_WORK_DIMENSION);
    NAME(CL_INVALID_WORK_GROUP_SIZE);
    NAME(CL_INVALID_WORK_ITEM_SIZE);
    NAME(CL_INVALID_GLOBAL_OFFSET);
    NAME(CL_INVALID_EVENT_WAIT_LIST);
    NAME(CL_INVALID_EVENT);
    NAME(CL_INVALID_OPERATION);
    NAME(CL_INVALID_BUFFER_SIZE);
    NAME(CL_INVALID_GLOBAL_WORK_SIZE);
    NAME(CL_INVALID_PROPERTY);
    /* Of the loader, and of a driver whose kernel touched memory that is not there. */
  case -1001: return "CL_PLATFORM_NOT_FOUND_KHR";
  case -9999: return "illegal access by a kernel (-9999)";
  default: return "unknown OpenCL error";
  }
}

static mfg_status status_of(cl_int code) {
  switch (code) {
  case CL_SUCCESS: return MFG_OK;
  case CL_DEVICE_NOT_FOUND:
  case -1001: return MFG_ERROR_NO_DEVICE;
  case CL_DEVICE_NOT_AVAILABLE: return MFG_ERROR_DEVICE_LOST;
  case CL_MEM_OBJECT_ALLOCATION_FAILURE:
  case CL_INVALID_BUFFER_SIZE: return MFG_ERROR_DEVICE_MEMORY;
  case CL_OUT_OF_HOST_MEMORY: return MFG_ERROR_OUT_OF_MEMORY;
  case CL_COMPILER_NOT_AVAILABLE:
  case CL_BUILD_PROGRAM_FAILURE: return MFG_ERROR_COMPILE;
  case CL_OUT_OF_RESOURCES:
  case CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST:
  case CL_INVALID_WORK_GROUP_SIZE:
  case -9999: return MFG_ERROR_LAUNCH;
  default: return MFG_ERROR_INTERNAL;
  }
}

static mfg_status fail(mfg_plugin_error *error, mfg_status status, cl_int code, const char *doing) {
  return mfg_plugin_error_set(error, status, code, "%s: %s (%d)", doing,
                              mfg_opencl_error_name(code), code);
}

mfg_status mfg_opencl_fail(mfg_plugin_error *error, cl_int code, const char *doing) {
  return fail(error, status_of(code), code, doing);
}

mfg_status mfg_opencl_fail_memory(mfg_plugin_error *error, cl_int code, const char *doing) {
  return fail(error, code == CL_OUT_OF_RESOURCES ? MFG_ERROR_DEVICE_MEMORY : status_of(code), code,
              doing);
}
