/* SPDX-License-Identifier: MIT */
/* Kernels that the reference executor runs on the calling thread. */
#include <mfg/sdk.h>

#include <stdlib.h>

struct mfg_plugin_kernel {
  mfg_sdk_host_kernel host;
  mfg_kernel_description *description;
  void *memory; /* what the description lies in */
  char *listing;
};

static bool supports(mfg_plugin_device *device, const mfg_kernel_description *description) {
  (void)device;
  mfg_status status = mfg_kernel_validate(description, NULL);
  return status == MFG_OK || status == MFG_ERROR_OUT_OF_MEMORY; /* `prepare` says so */
}

static void release(mfg_plugin_kernel *kernel) {
  if (kernel == NULL) return;
  free(kernel->memory);
  free(kernel->listing);
  free(kernel);
}

static mfg_status out_of_memory(mfg_plugin_error *error) {
  return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory to prepare a kernel");
}

/* A copy of the description, by way of its flat form. */
static mfg_status copy_description(mfg_plugin_kernel *kernel,
                                   const mfg_kernel_description *description,
                                   mfg_plugin_error *error) {
  size_t size = mfg_kernel_serialise(description, NULL, 0);
  void *flat = malloc(size);
  if (flat == NULL) return out_of_memory(error);
  mfg_kernel_serialise(description, flat, size);
  mfg_status status =
      mfg_kernel_deserialise(flat, size, &kernel->memory, &kernel->description, error);
  free(flat);
  return status;
}

static mfg_status write_listing(mfg_plugin_kernel *kernel, mfg_plugin_error *error) {
  size_t length = mfg_kernel_print(kernel->description, NULL, 0);
  kernel->listing = malloc(length + 1);
  if (kernel->listing == NULL) return out_of_memory(error);
  mfg_kernel_print(kernel->description, kernel->listing, length + 1);
  return MFG_OK;
}

static mfg_status prepare(mfg_plugin_device *device, const mfg_kernel_description *description,
                          mfg_plugin_kernel **kernel, mfg_plugin_error *error) {
  (void)device;
  mfg_status status = mfg_kernel_validate(description, error);
  if (status != MFG_OK) return status;
  mfg_plugin_kernel *made = calloc(1, sizeof *made);
  if (made == NULL) return out_of_memory(error);
  made->host.rank = description->rank;
  status = copy_description(made, description, error);
  if (status == MFG_OK) status = write_listing(made, error);
  if (status == MFG_OK)
    *kernel = made;
  else
    release(made);
  return status;
}

/* Addresses and sizes of the bound buffers, checked against the launch. */
static mfg_status collect_buffers(const mfg_plugin_kernel *kernel, const mfg_kernel_launch *launch,
                                  void **memory, uint64_t *sizes, mfg_plugin_error *error) {
  uint32_t count = kernel->description->operands.count;
  mfg_status status = mfg_kernel_launch_validate(kernel->description, launch, NULL, error);
  if (status != MFG_OK) return status;
  for (uint32_t i = 0; i < count; i++) {
    const void *buffer = mfg_kernel_binding_at(launch, i)->buffer;
    if (buffer == NULL)
      return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                  "launch: binding %u: buffer is NULL, expected a buffer",
                                  (unsigned)i);
    memory[i] = ((const mfg_sdk_host_buffer *)buffer)->memory;
    sizes[i] = ((const mfg_sdk_host_buffer *)buffer)->size;
  }
  return mfg_kernel_launch_validate(kernel->description, launch, sizes, error);
}

static mfg_status run(mfg_plugin_queue *queue, mfg_plugin_kernel *kernel,
                      const mfg_kernel_launch *launch, mfg_plugin_error *error) {
  (void)queue;
  uint32_t count = kernel->description->operands.count;
  void **memory = calloc(count, sizeof *memory);
  uint64_t *sizes = calloc(count, sizeof *sizes);
  mfg_status status;
  if (memory == NULL || sizes == NULL)
    status = mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory for a launch");
  else
    status = collect_buffers(kernel, launch, memory, sizes, error);
  if (status == MFG_OK) status = mfg_reference_run(kernel->description, launch, memory, error);
  free(memory);
  free(sizes);
  return status;
}

static const char *explain(mfg_plugin_kernel *kernel) {
  return kernel->listing;
}

const mfg_plugin_kernel_table mfg_sdk_host_kernel_table = {
    .struct_size = sizeof(mfg_plugin_kernel_table),
    .supports = supports,
    .prepare = prepare,
    .launch = run,
    .release = release,
    .explain = explain,
};
