/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include "opencl_layer.h"

#include <CL/cl_layer.h>
#include <string.h>

#define VISIBLE __attribute__((visibility("default")))

VISIBLE extern struct opencl_layer opencl_layer;
struct opencl_layer opencl_layer = {.countdown = -1};

static cl_icd_dispatch below, here;

/* ---- failing -------------------------------------------------------------------------------- */

static bool fails(const char *call) {
  if (opencl_layer.only && strcmp(opencl_layer.only, call) != 0) return false;
  if (opencl_layer.countdown < 0) return false;
  if (opencl_layer.countdown > 0) {
    opencl_layer.countdown--;
    return false;
  }
  if (!opencl_layer.lasts) opencl_layer.countdown = -1;
  opencl_layer.failed = call;
  return true;
}

static void *fail(cl_int *code) {
  if (code) *code = opencl_layer.code;
  return NULL;
}

/* Calls that give back a code. */
#define FORWARD(call, ...) (fails(#call) ? opencl_layer.code : below.call(__VA_ARGS__))
/* Calls that make an object. */
#define MAKE(kind, call, code, ...)                                                                \
  (fails(#call) ? fail(code) : made(kind, (void *)below.call(__VA_ARGS__)))

static void *made(enum opencl_layer_object kind, void *object) {
  if (!object) return NULL;
  opencl_layer.held[kind]++;
  opencl_layer.created[kind]++;
  return object;
}

/* The event of a call, where one was asked for. */
static cl_int with_event(cl_int code, const cl_event *event) {
  if (code == CL_SUCCESS && event) made(LAYER_EVENT, *event);
  return code;
}

static cl_int released(enum opencl_layer_object kind, cl_int code) {
  if (code == CL_SUCCESS) opencl_layer.held[kind]--;
  return code;
}

static cl_int retained(enum opencl_layer_object kind, cl_int code) {
  if (code == CL_SUCCESS) opencl_layer.held[kind]++;
  return code;
}

/* ---- devices -------------------------------------------------------------------------------- */

static cl_int CL_API_CALL get_platforms(cl_uint room, cl_platform_id *platforms, cl_uint *count) {
  return FORWARD(clGetPlatformIDs, room, platforms, count);
}

static cl_int CL_API_CALL get_devices(cl_platform_id platform, cl_device_type type, cl_uint room,
                                      cl_device_id *devices, cl_uint *count) {
  return FORWARD(clGetDeviceIDs, platform, type, room, devices, count);
}

static bool is_hidden(cl_device_info what) {
  return (what == CL_DEVICE_DOUBLE_FP_CONFIG && opencl_layer.hides_float64) ||
         (what == CL_DEVICE_HOST_UNIFIED_MEMORY && opencl_layer.hides_shared_memory);
}

static void remove_word(char *text, const char *word) {
  char *at = strstr(text, word);
  if (at) memset(at, ' ', strlen(word));
}

static cl_int CL_API_CALL get_device_info(cl_device_id device, cl_device_info what, size_t room,
                                          void *value, size_t *size) {
  cl_int code = below.clGetDeviceInfo(device, what, room, value, size);
  if (code != CL_SUCCESS || !value) return code;
  if (is_hidden(what)) memset(value, 0, room);
  if (what == CL_DEVICE_EXTENSIONS && opencl_layer.hides_float64) remove_word(value, "cl_khr_fp64");
  if (what == CL_DEVICE_EXTENSIONS && opencl_layer.hides_command_buffers)
    remove_word(value, "cl_khr_command_buffer");
  if (what == CL_DRIVER_VERSION && opencl_layer.changes_driver) *(char *)value = '?';
  if (what == CL_DEVICE_MAX_PARAMETER_SIZE && opencl_layer.parameter_limit)
    *(size_t *)value = (size_t)opencl_layer.parameter_limit;
  return code;
}

static cl_context CL_API_CALL create_context(const cl_context_properties *properties, cl_uint count,
                                             const cl_device_id *devices,
                                             void(CL_CALLBACK *notify)(const char *, const void *,
                                                                       size_t, void *),
                                             void *user, cl_int *code) {
  return MAKE(LAYER_CONTEXT, clCreateContext, code, properties, count, devices, notify, user, code);
}

static cl_int CL_API_CALL retain_context(cl_context context) {
  return retained(LAYER_CONTEXT, below.clRetainContext(context));
}

static cl_int CL_API_CALL release_context(cl_context context) {
  return released(LAYER_CONTEXT, below.clReleaseContext(context));
}

/* ---- memory --------------------------------------------------------------------------------- */

static cl_mem CL_API_CALL create_buffer(cl_context context, cl_mem_flags flags, size_t size,
                                        void *memory, cl_int *code) {
  return MAKE(LAYER_MEMORY, clCreateBuffer, code, context, flags, size, memory, code);
}

static cl_int CL_API_CALL retain_memory(cl_mem memory) {
  return FORWARD(clRetainMemObject, memory) == CL_SUCCESS ? retained(LAYER_MEMORY, CL_SUCCESS)
                                                          : opencl_layer.code;
}

static cl_int CL_API_CALL release_memory(cl_mem memory) {
  return released(LAYER_MEMORY, below.clReleaseMemObject(memory));
}

static cl_int CL_API_CALL read_buffer(cl_command_queue queue, cl_mem memory, cl_bool waits,
                                      size_t offset, size_t size, void *target, cl_uint count,
                                      const cl_event *wait, cl_event *event) {
  opencl_layer.waited += waits != 0;
  return with_event(
      FORWARD(clEnqueueReadBuffer, queue, memory, waits, offset, size, target, count, wait, event),
      event);
}

static cl_int CL_API_CALL write_buffer(cl_command_queue queue, cl_mem memory, cl_bool waits,
                                       size_t offset, size_t size, const void *source,
                                       cl_uint count, const cl_event *wait, cl_event *event) {
  opencl_layer.waited += waits != 0;
  return with_event(
      FORWARD(clEnqueueWriteBuffer, queue, memory, waits, offset, size, source, count, wait, event),
      event);
}

static cl_int CL_API_CALL copy_buffer(cl_command_queue queue, cl_mem source, cl_mem target,
                                      size_t from, size_t to, size_t size, cl_uint count,
                                      const cl_event *wait, cl_event *event) {
  return with_event(
      FORWARD(clEnqueueCopyBuffer, queue, source, target, from, to, size, count, wait, event),
      event);
}

static cl_int CL_API_CALL fill_buffer(cl_command_queue queue, cl_mem target, const void *pattern,
                                      size_t pattern_size, size_t offset, size_t size,
                                      cl_uint count, const cl_event *wait, cl_event *event) {
  return with_event(FORWARD(clEnqueueFillBuffer, queue, target, pattern, pattern_size, offset, size,
                            count, wait, event),
                    event);
}

static void *CL_API_CALL map_buffer(cl_command_queue queue, cl_mem memory, cl_bool waits,
                                    cl_map_flags flags, size_t offset, size_t size, cl_uint count,
                                    const cl_event *wait, cl_event *event, cl_int *code) {
  if (fails("clEnqueueMapBuffer")) return fail(code);
  void *mapped =
      below.clEnqueueMapBuffer(queue, memory, waits, flags, offset, size, count, wait, event, code);
  if (mapped && event) made(LAYER_EVENT, *event);
  return mapped;
}

static cl_int CL_API_CALL unmap(cl_command_queue queue, cl_mem memory, void *mapped, cl_uint count,
                                const cl_event *wait, cl_event *event) {
  return with_event(FORWARD(clEnqueueUnmapMemObject, queue, memory, mapped, count, wait, event),
                    event);
}

/* ---- programs ------------------------------------------------------------------------------- */

static cl_program CL_API_CALL create_from_source(cl_context context, cl_uint count,
                                                 const char **texts, const size_t *sizes,
                                                 cl_int *code) {
  return MAKE(LAYER_PROGRAM, clCreateProgramWithSource, code, context, count, texts, sizes, code);
}

static cl_program CL_API_CALL create_from_binary(cl_context context, cl_uint count,
                                                 const cl_device_id *devices, const size_t *sizes,
                                                 const unsigned char **binaries, cl_int *loaded,
                                                 cl_int *code) {
  return MAKE(LAYER_PROGRAM, clCreateProgramWithBinary, code, context, count, devices, sizes,
              binaries, loaded, code);
}

static cl_int CL_API_CALL build(cl_program program, cl_uint count, const cl_device_id *devices,
                                const char *options, void(CL_CALLBACK *notify)(cl_program, void *),
                                void *user) {
  size_t source = 0;
  below.clGetProgramInfo(program, CL_PROGRAM_SOURCE, 0, NULL, &source);
  opencl_layer.compiled += source > 1;
  return FORWARD(clBuildProgram, program, count, devices, options, notify, user);
}

static cl_int CL_API_CALL get_program_info(cl_program program, cl_program_info what, size_t room,
                                           void *value, size_t *size) {
  return FORWARD(clGetProgramInfo, program, what, room, value, size);
}

static cl_int CL_API_CALL release_program(cl_program program) {
  return released(LAYER_PROGRAM, below.clReleaseProgram(program));
}

static cl_kernel CL_API_CALL create_kernel(cl_program program, const char *name, cl_int *code) {
  return MAKE(LAYER_KERNEL, clCreateKernel, code, program, name, code);
}

static cl_int CL_API_CALL release_kernel(cl_kernel kernel) {
  return released(LAYER_KERNEL, below.clReleaseKernel(kernel));
}

static cl_int CL_API_CALL set_argument(cl_kernel kernel, cl_uint index, size_t size,
                                       const void *value) {
  return FORWARD(clSetKernelArg, kernel, index, size, value);
}

static cl_int CL_API_CALL launch(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
                                 const size_t *offset, const size_t *global, const size_t *local,
                                 cl_uint count, const cl_event *wait, cl_event *event) {
  opencl_layer.launched++;
  return with_event(FORWARD(clEnqueueNDRangeKernel, queue, kernel, dimensions, offset, global,
                            local, count, wait, event),
                    event);
}

/* ---- queues and events ---------------------------------------------------------------------- */

static cl_command_queue CL_API_CALL create_queue(cl_context context, cl_device_id device,
                                                 cl_command_queue_properties properties,
                                                 cl_int *code) {
  return MAKE(LAYER_QUEUE, clCreateCommandQueue, code, context, device, properties, code);
}

static cl_int CL_API_CALL retain_queue(cl_command_queue queue) {
  return retained(LAYER_QUEUE, below.clRetainCommandQueue(queue));
}

static cl_int CL_API_CALL release_queue(cl_command_queue queue) {
  return released(LAYER_QUEUE, below.clReleaseCommandQueue(queue));
}

static cl_int CL_API_CALL flush(cl_command_queue queue) {
  return FORWARD(clFlush, queue);
}

static cl_int CL_API_CALL finish(cl_command_queue queue) {
  opencl_layer.waited++;
  return FORWARD(clFinish, queue);
}

static cl_int CL_API_CALL marker(cl_command_queue queue, cl_uint count, const cl_event *wait,
                                 cl_event *event) {
  return with_event(FORWARD(clEnqueueMarkerWithWaitList, queue, count, wait, event), event);
}

static cl_int CL_API_CALL barrier(cl_command_queue queue, cl_uint count, const cl_event *wait,
                                  cl_event *event) {
  return with_event(FORWARD(clEnqueueBarrierWithWaitList, queue, count, wait, event), event);
}

static cl_int CL_API_CALL wait_for(cl_uint count, const cl_event *events) {
  opencl_layer.waited++;
  return FORWARD(clWaitForEvents, count, events);
}

static cl_int CL_API_CALL get_event_info(cl_event event, cl_event_info what, size_t room,
                                         void *value, size_t *size) {
  return FORWARD(clGetEventInfo, event, what, room, value, size);
}

static cl_int CL_API_CALL release_event(cl_event event) {
  return released(LAYER_EVENT, below.clReleaseEvent(event));
}

/* ---- cl_khr_command_buffer ------------------------------------------------------------------ */

/* Declared here, since the headers of its provisional versions differ. */
static struct {
  void *(*create)(cl_uint, const cl_command_queue *, const cl_ulong *, cl_int *);
  cl_int (*finalise)(void *);
  cl_int (*release)(void *);
  cl_int (*enqueue)(cl_uint, cl_command_queue *, void *, cl_uint, const cl_event *, cl_event *);
  cl_int (*run)(void *, cl_command_queue, const void *, cl_kernel, cl_uint, const size_t *,
                const size_t *, const size_t *, cl_uint, const cl_uint *, cl_uint *, void **);
} native;

static void *create_command_buffer(cl_uint count, const cl_command_queue *queues,
                                   const cl_ulong *wanted, cl_int *code) {
  if (fails("clCreateCommandBufferKHR")) return fail(code);
  return made(LAYER_COMMAND_BUFFER, native.create(count, queues, wanted, code));
}

static cl_int finalise_command_buffer(void *buffer) {
  return fails("clFinalizeCommandBufferKHR") ? opencl_layer.code : native.finalise(buffer);
}

static cl_int release_command_buffer(void *buffer) {
  return released(LAYER_COMMAND_BUFFER, native.release(buffer));
}

static cl_int queue_command_buffer(cl_uint queue_count, cl_command_queue *queues, void *buffer,
                                   cl_uint count, const cl_event *wait, cl_event *event) {
  opencl_layer.replayed++;
  if (fails("clEnqueueCommandBufferKHR")) return opencl_layer.code;
  return with_event(native.enqueue(queue_count, queues, buffer, count, wait, event), event);
}

static cl_int record_kernel(void *buffer, cl_command_queue queue, const void *properties,
                            cl_kernel kernel, cl_uint dimensions, const size_t *offset,
                            const size_t *global, const size_t *local, cl_uint count,
                            const cl_uint *wait, cl_uint *point, void **handle) {
  if (fails("clCommandNDRangeKernelKHR")) return opencl_layer.code;
  return native.run(buffer, queue, properties, kernel, dimensions, offset, global, local, count,
                    wait, point, handle);
}

typedef void (*function)(void);

static void *CL_API_CALL find_extension(cl_platform_id platform, const char *name) {
  const struct {
    const char *name;
    void *slot;
    function wrapper;
  } wrapped[] = {
      {"clCreateCommandBufferKHR", &native.create, (function)create_command_buffer},
      {"clFinalizeCommandBufferKHR", &native.finalise, (function)finalise_command_buffer},
      {"clReleaseCommandBufferKHR", &native.release, (function)release_command_buffer},
      {"clEnqueueCommandBufferKHR", &native.enqueue, (function)queue_command_buffer},
      {"clCommandNDRangeKernelKHR", &native.run, (function)record_kernel}};
  void *found = below.clGetExtensionFunctionAddressForPlatform(platform, name);
  for (size_t i = 0; found && i < sizeof wrapped / sizeof *wrapped; i++) {
    if (strcmp(wrapped[i].name, name) != 0) continue;
    memcpy(wrapped[i].slot, &found, sizeof found);
    memcpy(&found, &wrapped[i].wrapper, sizeof found);
    break;
  }
  return found;
}

/* ---- the layer ------------------------------------------------------------------------------ */

VISIBLE cl_int CL_API_CALL clGetLayerInfo(cl_layer_info what, size_t room, void *value,
                                          size_t *size) {
  static const char name[] = "failures";
  const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
  const void *source = what == CL_LAYER_NAME ? (const void *)name : &version;
  const size_t needed = what == CL_LAYER_NAME ? sizeof name : sizeof version;
  if (what != CL_LAYER_NAME && what != CL_LAYER_API_VERSION) return CL_INVALID_VALUE;
  if (value && room < needed) return CL_INVALID_VALUE;
  if (value) memcpy(value, source, needed);
  if (size) *size = needed;
  return CL_SUCCESS;
}

static void wrap_all(void) {
  here.clGetPlatformIDs = get_platforms;
  here.clGetDeviceIDs = get_devices;
  here.clGetDeviceInfo = get_device_info;
  here.clCreateContext = create_context;
  here.clRetainContext = retain_context;
  here.clReleaseContext = release_context;
  here.clCreateBuffer = create_buffer;
  here.clRetainMemObject = retain_memory;
  here.clReleaseMemObject = release_memory;
  here.clEnqueueReadBuffer = read_buffer;
  here.clEnqueueWriteBuffer = write_buffer;
  here.clEnqueueCopyBuffer = copy_buffer;
  here.clEnqueueFillBuffer = fill_buffer;
  here.clEnqueueMapBuffer = map_buffer;
  here.clEnqueueUnmapMemObject = unmap;
  here.clCreateProgramWithSource = create_from_source;
  here.clCreateProgramWithBinary = create_from_binary;
  here.clBuildProgram = build;
  here.clGetProgramInfo = get_program_info;
  here.clReleaseProgram = release_program;
  here.clCreateKernel = create_kernel;
  here.clReleaseKernel = release_kernel;
  here.clSetKernelArg = set_argument;
  here.clEnqueueNDRangeKernel = launch;
  here.clCreateCommandQueue = create_queue;
  here.clRetainCommandQueue = retain_queue;
  here.clReleaseCommandQueue = release_queue;
  here.clFlush = flush;
  here.clFinish = finish;
  here.clEnqueueMarkerWithWaitList = marker;
  here.clEnqueueBarrierWithWaitList = barrier;
  here.clWaitForEvents = wait_for;
  here.clGetEventInfo = get_event_info;
  here.clReleaseEvent = release_event;
  here.clGetExtensionFunctionAddressForPlatform = find_extension;
}

VISIBLE cl_int CL_API_CALL clInitLayer(cl_uint count, const cl_icd_dispatch *target,
                                       cl_uint *wrapped_count, const cl_icd_dispatch **wrapped) {
  const cl_uint slots = sizeof below / sizeof(void *);
  if (!target || !wrapped_count || !wrapped) return CL_INVALID_VALUE;
  memcpy(&below, target, (count < slots ? count : slots) * sizeof(void *));
  here = below;
  wrap_all();
  *wrapped = &here;
  *wrapped_count = count < slots ? count : slots;
  return CL_SUCCESS;
}
