/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a finished builder to a launch: on the device, or on the host where the plugin cannot. */
#include <mfg/sdk.h>
#include <stdlib.h>
#include <string.h>

#include "array/context_private.h"
#include "array/recording.h"
#include "fusion/fusion.h"
#include "support/error.h"

/* ---- the host instead of the device -----------------------------------------------------------
 */

typedef struct host_operand {
  mfg_plugin_buffer *buffer;
  void *memory;
  uint64_t size;
  bool written;
} host_operand;

typedef struct host_run {
  mfg_context *context;
  uint32_t count;
  bool mapped;
  host_operand operands[MFG_BUILDER_OPERANDS]; /* one for each buffer, not for each operand */
  void *memory[MFG_BUILDER_OPERANDS];
} host_run;

static host_operand *host_operand_for(host_run *run, mfg_plugin_buffer *buffer) {
  for (uint32_t i = 0; i < run->count; i++)
    if (run->operands[i].buffer == buffer) return &run->operands[i];
  run->operands[run->count] = (host_operand){.buffer = buffer};
  return &run->operands[run->count++];
}

/* Bytes of a buffer that a launch may touch: up to the last element of any operand in it. */
static uint64_t bytes_needed(const mfg_kernel_description *description,
                             const mfg_kernel_launch *launch, uint32_t operand) {
  const mfg_kernel_binding *binding = mfg_kernel_binding_at(launch, operand);
  const int64_t *extents = binding->extents != NULL ? binding->extents : launch->extents;
  int64_t low = 0;
  int64_t high = 0;
  if (!mfg_shape_range(description->rank, extents, binding->strides, &low, &high)) {
    /* Neutral elements are written all the same, to an operand that does not walk along an axis
     * without places; one that does has no elements. */
    low = high = 0;
    for (int axis = 0; axis < description->rank; axis++) {
      if (extents[axis] == 0 && binding->strides[axis] != 0) return 0;
      if (extents[axis] > 1 && binding->strides[axis] > 0)
        high += (extents[axis] - 1) * binding->strides[axis];
    }
  }
  size_t size = mfg_dtype_size(mfg_kernel_operand_at(description, operand)->type);
  return (uint64_t)(binding->offset + (high + 1) * (int64_t)size);
}

static mfg_status fetch(host_run *run, host_operand *operand) {
  mfg_context *context = run->context;
  const mfg_plugin_buffer_table *buffers = context->plugin->buffer;
  MFG_PLUGIN_ERROR(error);
  mfg_status status;
  context->bytes_to_host += operand->size;
  if (run->mapped) {
    status =
        buffers->map(context->queue, operand->buffer, 0, operand->size, &operand->memory, &error);
  } else {
    operand->memory = malloc(operand->size > 0 ? operand->size : 1);
    if (operand->memory == NULL)
      return mfg_fail_memory(operand->size, "running a kernel on the host");
    status = buffers->download(context->queue, operand->buffer, 0, operand->memory, operand->size,
                               &error);
  }
  return status == MFG_OK
             ? MFG_OK
             : mfg_context_plugin_failed(context, &error, status, "fetching operands to the host");
}

static mfg_status give_back(host_run *run, host_operand *operand, bool valid) {
  mfg_context *context = run->context;
  const mfg_plugin_buffer_table *buffers = context->plugin->buffer;
  MFG_PLUGIN_ERROR(error);
  mfg_status status = MFG_OK;
  if (operand->memory == NULL) return MFG_OK;
  if (valid && operand->written) context->bytes_to_device += operand->size;
  if (run->mapped) {
    status = buffers->unmap(context->queue, operand->buffer, operand->memory, &error);
  } else {
    if (valid && operand->written)
      status = buffers->upload(context->queue, operand->buffer, 0, operand->memory, operand->size,
                               &error);
    free(operand->memory);
  }
  return status == MFG_OK ? MFG_OK
                          : mfg_context_plugin_failed(context, &error, status,
                                                      "returning results from the host");
}

static mfg_status run_on_host(mfg_context *context, mfg_kernel *kernel,
                              const mfg_kernel_launch *launch) {
  const mfg_kernel_description *description = &kernel->description;
  mfg_status status =
      mfg_context_fell_back(context, kernel->name,
                            context->plugin->kernel == NULL ? "the plugin has no kernels"
                                                            : "the plugin does not support it");
  if (status != MFG_OK) return status;
  host_run run = {.context = context,
                  .mapped = (context->device_flags & MFG_DEVICE_HOST_MEMORY) != 0 &&
                            context->plugin->buffer->map != NULL};
  uint32_t count = description->operands.count;
  for (uint32_t i = 0; i < count; i++) {
    host_operand *operand = host_operand_for(&run, mfg_kernel_binding_at(launch, i)->buffer);
    uint64_t needed = bytes_needed(description, launch, i);
    if (needed > operand->size) operand->size = needed;
    if ((mfg_kernel_operand_at(description, i)->flags & MFG_OPERAND_WRITE) != 0)
      operand->written = true;
  }
  for (uint32_t i = 0; i < run.count && status == MFG_OK; i++)
    status = fetch(&run, &run.operands[i]);
  if (status == MFG_OK) {
    for (uint32_t i = 0; i < count; i++)
      run.memory[i] = host_operand_for(&run, mfg_kernel_binding_at(launch, i)->buffer)->memory;
    MFG_PLUGIN_ERROR(error);
    status = mfg_reference_run(description, launch, run.memory, &error);
    if (status != MFG_OK)
      status = mfg_context_plugin_failed(context, &error, status, "running a kernel on the host");
  }
  bool valid = status == MFG_OK;
  for (uint32_t i = 0; i < run.count; i++) {
    mfg_status returned = give_back(&run, &run.operands[i], valid);
    if (status == MFG_OK) status = returned;
  }
  return status;
}

mfg_status mfg_launch_bound(mfg_context *context, mfg_kernel *kernel,
                            const mfg_kernel_launch *launch) {
  context->kernels_launched++;
  if (kernel->prepared == NULL) return run_on_host(context, kernel, launch);
  MFG_PLUGIN_ERROR(error);
  mfg_status status =
      context->plugin->kernel->launch(context->queue, kernel->prepared, launch, &error);
  if (status == MFG_OK) return MFG_OK;
  return mfg_context_plugin_failed(context, &error, status, kernel->name);
}

/* ---- launching what a builder holds ------------------------------------------------------------
 */

mfg_status mfg_launch(mfg_builder *builder, uint32_t frame) {
  mfg_context *context = builder->context;
  mfg_kernel_description description;
  mfg_kernel *kernel = NULL;
  mfg_builder_collapse(builder);
  mfg_builder_finish(builder, &description);
  mfg_status status = mfg_kernel_find(context, &description, &kernel);
  if (status != MFG_OK) return status;
  mfg_kernel_binding bindings[MFG_BUILDER_OPERANDS];
  for (uint32_t i = 0; i < builder->operand_count; i++) {
    const mfg_bound *bound = &builder->bounds[i];
    bindings[i] = (mfg_kernel_binding){
        .buffer = bound->block->buffer,
        .offset = bound->offset * (int64_t)mfg_dtype_size(builder->operands[i].type),
        .strides = bound->strides,
        .extents = (builder->operands[i].flags & MFG_OPERAND_GATHER) != 0 ? bound->extents : NULL};
  }
  mfg_kernel_launch launch = {
      .struct_size = sizeof launch,
      .extents = builder->extents,
      .bindings = {bindings, builder->operand_count, sizeof bindings[0]},
      .scalars = {builder->scalar_values, builder->scalar_count, sizeof(mfg_scalar)}};
  if (frame == 0)
    status = mfg_launch_bound(context, kernel, &launch);
  else
    status = mfg_recording_launch(context, frame, kernel, &launch, builder);
  mfg_kernel_release(kernel);
  return status;
}

mfg_status mfg_launch_copy(mfg_context *context, uint32_t frame, mfg_block *target,
                           uint64_t target_offset, mfg_block *source, uint64_t source_offset,
                           uint64_t size) {
  if (size == 0) return MFG_OK;
  if (frame != 0)
    return mfg_recording_copy(context, frame, target, target_offset, source, source_offset, size);
  MFG_PLUGIN_ERROR(error);
  mfg_status status = context->plugin->buffer->copy(context->queue, target->buffer, target_offset,
                                                    source->buffer, source_offset, size, &error);
  if (status == MFG_OK) return MFG_OK;
  return mfg_context_plugin_failed(context, &error, status, "copying on the device");
}
