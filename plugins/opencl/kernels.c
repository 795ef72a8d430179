/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "opencl.h"

#include <stdlib.h>

/* ---- preparing ------------------------------------------------------------------------------ */

static bool types_are_known(const mfg_plugin_device *device, const mfg_span *section) {
  for (uint32_t i = 0; i < section->count; i++)
    if (!(device->types & MFG_DTYPE_BIT(mfg_kernel_instruction_at(section, i)->type))) return false;
  return true;
}

static bool operand_types_are_known(const mfg_plugin_device *device,
                                    const mfg_kernel_description *kernel) {
  for (uint32_t i = 0; i < kernel->operands.count; i++)
    if (!(device->types & MFG_DTYPE_BIT(mfg_kernel_operand_at(kernel, i)->type))) return false;
  for (uint32_t i = 0; i < kernel->scalars.count; i++)
    if (!(device->types & MFG_DTYPE_BIT(mfg_kernel_scalar_type(kernel, i)))) return false;
  return true;
}

/* Pointers to the operands, scratch, predicate and local memory, and the struct or a pointer to it.
 */
static bool arguments_fit(const mfg_plugin_device *device, const mfg_emitter *emitter,
                          bool in_memory) {
  for (uint32_t m = 0; m < mfg_emitter_modules(emitter); m++) {
    size_t pointers = mfg_emitter_operands(emitter, m) + 3;
    size_t numbers = in_memory ? sizeof(cl_ulong) : mfg_emitter_arguments_size(emitter, m);
    if (sizeof(cl_ulong) * pointers + numbers > device->parameter_limit) return false;
  }
  return true;
}

/* The source for a description that the device can run. What a launch says of shapes goes through
 * memory where it is too much for arguments. */
static mfg_status emit(mfg_plugin_device *device, const mfg_kernel_description *description,
                       mfg_emitter **emitter, bool *launch_in_memory, mfg_plugin_error *error) {
  *emitter = NULL;
  mfg_status status = mfg_kernel_validate(description, error);
  if (status != MFG_OK) return status;
  if (!types_are_known(device, &description->prologue) ||
      !types_are_known(device, &description->epilogue) ||
      !operand_types_are_known(device, description))
    return mfg_plugin_error_set(error, MFG_ERROR_UNSUPPORTED, 0,
                                "the device has no arithmetic for a type of this kernel");
  for (int in_memory = 0; in_memory < 2; in_memory++) {
    mfg_emitter_options options = device->options;
    *launch_in_memory = options.launch_in_memory = in_memory != 0;
    status = mfg_emitter_create(description, &options, emitter, error);
    if (status != MFG_OK || arguments_fit(device, *emitter, options.launch_in_memory))
      return status;
    mfg_emitter_free(*emitter);
    *emitter = NULL;
  }
  return mfg_plugin_error_set(error, MFG_ERROR_UNSUPPORTED, 0,
                              "the kernel has more operands than the device's %zu bytes of "
                              "arguments hold",
                              device->parameter_limit);
}

static bool supports(mfg_plugin_device *device, const mfg_kernel_description *description) {
  mfg_emitter *emitter;
  bool launch_in_memory;
  if (emit(device, description, &emitter, &launch_in_memory, NULL) != MFG_OK) return false;
  mfg_emitter_free(emitter);
  return true;
}

static void release(mfg_plugin_kernel *kernel) {
  for (int m = 0; m < MFG_OPENCL_MODULES; m++) {
    for (int e = 0; e < MFG_OPENCL_ENTRIES; e++)
      if (kernel->entries[m][e]) clReleaseKernel(kernel->entries[m][e]);
    if (kernel->programs[m]) clReleaseProgram(kernel->programs[m]);
  }
  mfg_emitter_plan_clear(&kernel->plan);
  mfg_emitter_free(kernel->emitter);
  free(kernel->description_memory);
  free(kernel->sizes);
  pthread_mutex_destroy(&kernel->mutex);
  free(kernel);
}

static mfg_status copy_description(mfg_plugin_kernel *kernel,
                                   const mfg_kernel_description *description,
                                   mfg_plugin_error *error) {
  size_t size = mfg_kernel_serialise(description, NULL, 0);
  void *flat = malloc(size);
  kernel->sizes = calloc((size_t)description->operands.count + 1, sizeof *kernel->sizes);
  mfg_status status = MFG_ERROR_OUT_OF_MEMORY;
  if (flat && kernel->sizes) {
    mfg_kernel_serialise(description, flat, size);
    status = mfg_kernel_deserialise(flat, size, &kernel->description_memory, &kernel->description,
                                    error);
  } else {
    mfg_plugin_error_set(error, status, 0, "no memory for a kernel");
  }
  free(flat);
  return status;
}

static mfg_status build_module(mfg_plugin_kernel *kernel, uint32_t m, mfg_plugin_error *error) {
  cl_int code = CL_SUCCESS;
  mfg_status status = mfg_opencl_build(kernel->device, mfg_emitter_source(kernel->emitter, m),
                                       &kernel->programs[m], error);
  if (status != MFG_OK) return status;
  for (uint32_t e = 0; e < mfg_emitter_entries(kernel->emitter, m) && code == CL_SUCCESS; e++)
    kernel->entries[m][e] =
        clCreateKernel(kernel->programs[m], mfg_emitter_entry_name(kernel->emitter, m, e), &code);
  return code == CL_SUCCESS ? MFG_OK : mfg_opencl_fail(error, code, "creating a kernel");
}

static mfg_status prepare(mfg_plugin_device *device, const mfg_kernel_description *description,
                          mfg_plugin_kernel **kernel, mfg_plugin_error *error) {
  *kernel = NULL;
  mfg_emitter *emitter;
  bool launch_in_memory;
  mfg_status status = emit(device, description, &emitter, &launch_in_memory, error);
  if (status != MFG_OK) return status;
  mfg_plugin_kernel *made = calloc(1, sizeof *made);
  if (!made) {
    mfg_emitter_free(emitter);
    return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory for a kernel");
  }
  made->device = device;
  made->emitter = emitter;
  made->launch_in_memory = launch_in_memory;
  pthread_mutex_init(&made->mutex, NULL);
  status = copy_description(made, description, error);
  for (uint32_t m = 0; m < mfg_emitter_modules(emitter) && status == MFG_OK; m++)
    status = build_module(made, m, error);
  if (status == MFG_OK)
    *kernel = made;
  else
    release(made);
  return status;
}

static const char *explain(mfg_plugin_kernel *kernel) {
  return mfg_emitter_source(kernel->emitter, 0);
}

/* ---- launching ------------------------------------------------------------------------------ */

mfg_status mfg_opencl_plan(mfg_plugin_kernel *kernel, const mfg_kernel_launch *launch,
                           mfg_plugin_error *error) {
  uint32_t operands = kernel->description->operands.count;
  if (!launch || launch->bindings.count != operands)
    return mfg_kernel_launch_validate(kernel->description, launch, NULL, error);
  for (uint32_t i = 0; i < operands; i++) {
    const mfg_plugin_buffer *buffer = mfg_kernel_binding_at(launch, i)->buffer;
    if (!buffer)
      return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                  "binding %u: buffer is NULL, expected a buffer", i);
    kernel->sizes[i] = buffer->size;
  }
  mfg_status status = mfg_kernel_launch_validate(kernel->description, launch, kernel->sizes, error);
  if (status != MFG_OK) return status;
  return mfg_emitter_plan_launch(kernel->emitter, &kernel->device->facts, launch, &kernel->plan,
                                 error);
}

cl_mem mfg_opencl_launch_memory(const mfg_plugin_kernel *kernel, uint32_t module, cl_int *code) {
  *code = CL_SUCCESS;
  if (!kernel->launch_in_memory) return NULL;
  /* The flag CL_MEM_COPY_HOST_PTR only reads what it is given. */
  return clCreateBuffer(kernel->device->context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR,
                        mfg_emitter_arguments_size(kernel->emitter, module),
                        (void *)(uintptr_t)kernel->plan.arguments[module], code);
}

cl_int mfg_opencl_bind(const mfg_plugin_kernel *kernel, const mfg_planned_launch *planned,
                       const mfg_kernel_launch *launch, cl_mem launch_memory, cl_mem scratch,
                       cl_mem predicate, cl_kernel entry) {
  uint32_t m = planned->module, count = mfg_emitter_operands(kernel->emitter, m);
  cl_int code = CL_SUCCESS;
  for (uint32_t i = 0; i < count && code == CL_SUCCESS; i++) {
    int32_t operand = mfg_emitter_operand(kernel->emitter, m, i);
    cl_mem memory =
        operand < 0 ? scratch : mfg_kernel_binding_at(launch, (uint32_t)operand)->buffer->memory;
    code = clSetKernelArg(entry, i, sizeof memory, &memory);
  }
  if (code == CL_SUCCESS)
    code = clSetKernelArg(entry, count, sizeof scratch, scratch ? &scratch : NULL);
  if (code == CL_SUCCESS)
    code = clSetKernelArg(entry, count + 1, sizeof predicate, predicate ? &predicate : NULL);
  if (code == CL_SUCCESS && launch_memory)
    code = clSetKernelArg(entry, count + 2, sizeof launch_memory, &launch_memory);
  else if (code == CL_SUCCESS)
    code = clSetKernelArg(entry, count + 2, mfg_emitter_arguments_size(kernel->emitter, m),
                          kernel->plan.arguments[m]);
  if (code == CL_SUCCESS)
    code = clSetKernelArg(entry, count + 3, planned->local_bytes ? planned->local_bytes : 8, NULL);
  return code;
}

cl_int mfg_opencl_enqueue(cl_command_queue queue, const mfg_planned_launch *planned,
                          cl_kernel entry) {
  size_t global[3], local[3];
  for (int i = 0; i < 3; i++) {
    global[i] = planned->global[i];
    local[i] = planned->local[i];
  }
  return clEnqueueNDRangeKernel(queue, entry, 3, NULL, global, local, 0, NULL, NULL);
}

/* Work that uses the old scratch memory keeps it until it is done. */
static cl_int reserve_scratch(mfg_plugin_queue *queue, uint64_t bytes) {
  cl_int code = CL_SUCCESS;
  if (bytes <= queue->scratch_bytes) return CL_SUCCESS;
  if (queue->scratch) clReleaseMemObject(queue->scratch);
  queue->scratch = clCreateBuffer(queue->device->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
  if (code != CL_SUCCESS) queue->scratch = NULL;
  queue->scratch_bytes = queue->scratch ? bytes : 0;
  return code;
}

/* The memory of the launch struct stays until the run that was queued is done. */
static cl_int run_planned(mfg_plugin_queue *queue, const mfg_plugin_kernel *kernel,
                          const mfg_planned_launch *planned, const mfg_kernel_launch *launch) {
  cl_int code;
  cl_kernel entry = kernel->entries[planned->module][planned->entry];
  cl_mem launch_memory = mfg_opencl_launch_memory(kernel, planned->module, &code);
  if (code != CL_SUCCESS) return code;
  code = mfg_opencl_bind(kernel, planned, launch, launch_memory, queue->scratch, NULL, entry);
  if (code == CL_SUCCESS) code = mfg_opencl_enqueue(queue->queue, planned, entry);
  if (launch_memory) clReleaseMemObject(launch_memory);
  return code;
}

static mfg_status run_plan(mfg_plugin_queue *queue, mfg_plugin_kernel *kernel,
                           const mfg_kernel_launch *launch, mfg_plugin_error *error) {
  cl_int code = reserve_scratch(queue, kernel->plan.scratch_bytes);
  if (code != CL_SUCCESS) return mfg_opencl_fail_memory(error, code, "allocating scratch memory");
  for (uint32_t i = 0; i < kernel->plan.count && code == CL_SUCCESS; i++)
    code = run_planned(queue, kernel, &kernel->plan.launches[i], launch);
  return code == CL_SUCCESS ? MFG_OK : mfg_opencl_fail(error, code, "launching a kernel");
}

static mfg_status launch_kernel(mfg_plugin_queue *queue, mfg_plugin_kernel *kernel,
                                const mfg_kernel_launch *launch, mfg_plugin_error *error) {
  pthread_mutex_lock(&kernel->mutex);
  mfg_status status = mfg_opencl_plan(kernel, launch, error);
  if (status == MFG_OK) status = run_plan(queue, kernel, launch, error);
  pthread_mutex_unlock(&kernel->mutex);
  return status;
}

const mfg_plugin_kernel_table mfg_opencl_kernel_table = {
    .struct_size = sizeof mfg_opencl_kernel_table,
    .supports = supports,
    .prepare = prepare,
    .launch = launch_kernel,
    .release = release,
    .explain = explain,
};
