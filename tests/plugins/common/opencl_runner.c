/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "opencl_runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void opencl_need(cl_int code, const char *doing) {
  if (code == CL_SUCCESS) return;
  fprintf(stderr, "%s: OpenCL error %d\n", doing, code);
  exit(EXIT_FAILURE);
}

/* ---- the device ----------------------------------------------------------------------------- */

static uint64_t read_number(cl_device_id device, cl_device_info what) {
  uint64_t number = 0;
  opencl_need(clGetDeviceInfo(device, what, sizeof number, &number, NULL), "asking a device");
  return number;
}

bool opencl_runner_open(opencl_runner *runner) {
  cl_platform_id platform;
  cl_int code;
  *runner = (opencl_runner){0};
  if (clGetPlatformIDs(1, &platform, NULL) != CL_SUCCESS ||
      clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &runner->device, NULL) != CL_SUCCESS)
    return false;
  runner->context = clCreateContext(NULL, 1, &runner->device, NULL, NULL, &code);
  opencl_need(code, "creating a context");
  runner->queue = clCreateCommandQueue(runner->context, runner->device, 0, &code);
  opencl_need(code, "creating a queue");
  clGetDeviceInfo(runner->device, CL_DEVICE_NAME, sizeof runner->name - 1, runner->name, NULL);
  runner->facts = (mfg_emitter_device){
      .compute_units = (uint32_t)read_number(runner->device, CL_DEVICE_MAX_COMPUTE_UNITS),
      .group_limit = (uint32_t)read_number(runner->device, CL_DEVICE_MAX_WORK_GROUP_SIZE),
      .local_bytes = read_number(runner->device, CL_DEVICE_LOCAL_MEM_SIZE),
      .cache_bytes = read_number(runner->device, CL_DEVICE_GLOBAL_MEM_CACHE_SIZE),
      .lines_in_a_group = MFG_EMITTER_DEFAULT};
  return true;
}

void opencl_runner_close(opencl_runner *runner) {
  if (!runner->context) return;
  clReleaseCommandQueue(runner->queue);
  clReleaseContext(runner->context);
}

cl_program opencl_runner_build(const opencl_runner *runner, const char *source,
                               const char *options) {
  cl_int code;
  cl_program program = clCreateProgramWithSource(runner->context, 1, &source, NULL, &code);
  opencl_need(code, "creating a program");
  if (clBuildProgram(program, 1, &runner->device, options, NULL, NULL) != CL_SUCCESS) {
    static char log[1 << 14];
    clGetProgramBuildInfo(program, runner->device, CL_PROGRAM_BUILD_LOG, sizeof log - 1, log, NULL);
    fprintf(stderr, "%s\n%s\n", source, log);
    exit(EXIT_FAILURE);
  }
  return program;
}

/* ---- a kernel ------------------------------------------------------------------------------- */

static void *checked(void *memory) {
  if (memory) return memory;
  fprintf(stderr, "out of memory\n");
  exit(EXIT_FAILURE);
}

static void need_status(mfg_status status, const char *doing) {
  if (status == MFG_OK) return;
  fprintf(stderr, "%s: status %d\n", doing, status);
  exit(EXIT_FAILURE);
}

static cl_mem buffer_of(const opencl_runner *runner, uint64_t size, void *content) {
  cl_int code;
  cl_mem buffer =
      clCreateBuffer(runner->context, CL_MEM_READ_WRITE | (content ? CL_MEM_COPY_HOST_PTR : 0),
                     size ? size : 8, content, &code);
  opencl_need(code, "allocating a buffer");
  return buffer;
}

static void build_modules(opencl_run *run, const char *options, void (*edit)(char *source)) {
  for (uint32_t m = 0; m < mfg_emitter_modules(run->emitter); m++) {
    char *source = checked(strdup(mfg_emitter_source(run->emitter, m)));
    if (edit) edit(source);
    run->programs[m] = opencl_runner_build(run->runner, source, options);
    free(source);
  }
}

static void bind(opencl_run *run, uint32_t number) {
  const mfg_planned_launch *planned = &run->plan.launches[number];
  uint32_t m = planned->module, count = mfg_emitter_operands(run->emitter, m);
  cl_int code;
  cl_kernel entry = clCreateKernel(run->programs[m],
                                   mfg_emitter_entry_name(run->emitter, m, planned->entry), &code);
  opencl_need(code, "creating a kernel");
  for (uint32_t i = 0; i < count; i++) {
    int32_t operand = mfg_emitter_operand(run->emitter, m, i);
    cl_mem *memory = operand < 0 ? &run->scratch : &run->buffers[operand];
    opencl_need(clSetKernelArg(entry, i, sizeof *memory, memory), "setting an operand");
  }
  code = clSetKernelArg(entry, count, sizeof run->scratch, run->scratch ? &run->scratch : NULL);
  code |= clSetKernelArg(entry, count + 1, sizeof(cl_mem), NULL);
  code |= clSetKernelArg(entry, count + 2, mfg_emitter_arguments_size(run->emitter, m),
                         run->plan.arguments[m]);
  code |= clSetKernelArg(entry, count + 3, planned->local_bytes ? planned->local_bytes : 8, NULL);
  opencl_need(code, "setting arguments");
  run->entries[number] = entry;
}

opencl_run *opencl_run_new(const opencl_runner *runner, kernel_builder *b, uint32_t layout,
                           const char *options, void (*edit)(char *source)) {
  opencl_run *run = checked(calloc(1, sizeof *run));
  mfg_emitter_options choice = {.dialect = &mfg_emitter_opencl, .layout = layout};
  run->runner = runner;
  run->builder = b;
  need_status(mfg_kernel_validate(&b->description, NULL), "validating a kernel");
  need_status(mfg_emitter_create(&b->description, &choice, &run->emitter, NULL), "emitting");
  need_status(mfg_emitter_plan_launch(run->emitter, &runner->facts, &b->launch, &run->plan, NULL),
              "planning");
  build_modules(run, options, edit);
  for (uint32_t i = 0; i < b->description.operands.count; i++) {
    if (b->alias[i] < 0)
      run->buffers[i] = buffer_of(runner, b->sizes[i], b->arrays[i]);
    else
      run->buffers[i] = run->buffers[b->alias[i]];
  }
  if (run->plan.scratch_bytes > 0) run->scratch = buffer_of(runner, run->plan.scratch_bytes, NULL);
  for (uint32_t i = 0; i < run->plan.count; i++)
    bind(run, i);
  return run;
}

void opencl_run_free(opencl_run *run) {
  const kernel_builder *b = run->builder;
  clFinish(run->runner->queue);
  for (uint32_t i = 0; i < run->plan.count; i++)
    clReleaseKernel(run->entries[i]);
  for (uint32_t m = 0; m < mfg_emitter_modules(run->emitter); m++)
    clReleaseProgram(run->programs[m]);
  for (uint32_t i = 0; i < b->description.operands.count; i++)
    if (b->alias[i] < 0) clReleaseMemObject(run->buffers[i]);
  if (run->scratch) clReleaseMemObject(run->scratch);
  mfg_emitter_plan_clear(&run->plan);
  mfg_emitter_free(run->emitter);
  free(run);
}

void opencl_run_queue(const opencl_run *run) {
  for (uint32_t k = 0; k < run->plan.count; k++) {
    size_t global[3], local[3];
    for (int i = 0; i < 3; i++) {
      global[i] = run->plan.launches[k].global[i];
      local[i] = run->plan.launches[k].local[i];
    }
    opencl_need(clEnqueueNDRangeKernel(run->runner->queue, run->entries[k], 3, NULL, global, local,
                                       0, NULL, NULL),
                "launching a kernel");
  }
}

void opencl_run_read(const opencl_run *run, uint32_t operand, void *target) {
  opencl_need(clEnqueueReadBuffer(run->runner->queue, run->buffers[operand], CL_TRUE, 0,
                                  run->builder->sizes[operand], target, 0, NULL, NULL),
              "reading a buffer");
}
