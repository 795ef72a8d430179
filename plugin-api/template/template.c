/* SPDX-License-Identifier: MIT */
/* A complete backend plugin to start from: one device in host memory. The SDK brings queues,
 * kernels (run by its reference executor) and command lists; what is written here is what every
 * plugin has to say itself: which devices there are, and where memory comes from. To make it yours,
 * rename the file and PLUGIN_NAME together, then replace one table of the SDK after the other. */
#include <mfg/sdk.h>

#include <string.h>

#define PLUGIN_NAME "template" /* equals the file's stem, mfg-backend-template.so */
#define ALIGNMENT 64

/* Handles are the plugin's own structs; they begin with the SDK's so that its tables can use them.
 */
struct mfg_plugin_device {
  mfg_sdk_host_device host;
};

struct mfg_plugin_buffer {
  mfg_sdk_host_buffer host;
  bool imported; /* the memory belongs to somebody else */
};

/* ---- devices -------------------------------------------------------------------------------- */

static const mfg_plugin_device_info device_info = {
    .struct_size = sizeof(mfg_plugin_device_info),
    .kind = MFG_DEVICE_CPU,
    .name = "Reference executor in host memory",
    .id = "template:0",
    .flags = MFG_DEVICE_HOST_MEMORY | MFG_DEVICE_HOST_PROCESSOR,
    .types = MFG_KERNEL_TYPE_BITS,
    .compute_units = 1,
    .buffer_alignment = ALIGNMENT,
};

/* Counts, then fills as many as fit. A caller's struct may be shorter or longer than ours: what it
 * says in its struct_size is what may be written, and that field stays as it is. */
static mfg_status enumerate_devices(const mfg_plugin_host *host, uint32_t capacity, uint32_t stride,
                                    void *infos, uint32_t *count, mfg_plugin_error *error) {
  (void)host, (void)stride, (void)error;
  *count = 1;
  if (capacity == 0) return MFG_OK;
  uint32_t known;
  memcpy(&known, infos, sizeof known);
  mfg_plugin_device_info info = device_info;
  info.struct_size = known;
  memcpy(infos, &info, known < sizeof info ? known : sizeof info);
  return MFG_OK;
}

static mfg_status open_device(const mfg_plugin_host *host, uint32_t index,
                              mfg_plugin_device **device, mfg_plugin_error *error) {
  if (index != 0)
    return mfg_plugin_error_set(error, MFG_ERROR_NO_DEVICE, 0, "device %u, expected 0",
                                (unsigned)index);
  mfg_plugin_device *made = host->allocate(host->context, sizeof *made, _Alignof(max_align_t));
  if (made == NULL)
    return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory for a device");
  made->host.host = host;
  *device = made;
  return MFG_OK;
}

static void close_device(mfg_plugin_device *device) {
  const mfg_plugin_host *host = device->host.host;
  host->release(host->context, device);
}

static const mfg_plugin_device_table device_table = {.struct_size = sizeof device_table,
                                                     .enumerate = enumerate_devices,
                                                     .open = open_device,
                                                     .close = close_device};

/* ---- buffers -------------------------------------------------------------------------------- */

static mfg_status import_host(mfg_plugin_device *device, void *memory, uint64_t size,
                              mfg_plugin_buffer **buffer, mfg_plugin_error *error) {
  const mfg_plugin_host *host = device->host.host;
  mfg_plugin_buffer *made = host->allocate(host->context, sizeof *made, _Alignof(max_align_t));
  if (made == NULL)
    return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory for a buffer");
  *made = (mfg_plugin_buffer){.host = {.memory = memory, .size = size}, .imported = true};
  *buffer = made;
  return MFG_OK;
}

static mfg_status allocate_buffer(mfg_plugin_device *device, uint64_t size,
                                  mfg_plugin_buffer **buffer, mfg_plugin_error *error) {
  const mfg_plugin_host *host = device->host.host;
  /* A buffer without bytes still has an address. */
  void *memory =
      size > SIZE_MAX - 1 ? NULL : host->allocate(host->context, (size_t)size + 1, ALIGNMENT);
  if (memory == NULL)
    return mfg_plugin_error_set(error, MFG_ERROR_DEVICE_MEMORY, 0, "no memory for %llu bytes",
                                (unsigned long long)size);
  mfg_status status = import_host(device, memory, size, buffer, error);
  if (status == MFG_OK)
    (*buffer)->imported = false;
  else
    host->release(host->context, memory);
  return status;
}

static void free_buffer(mfg_plugin_device *device, mfg_plugin_buffer *buffer) {
  const mfg_plugin_host *host = device->host.host;
  if (!buffer->imported) host->release(host->context, buffer->host.memory);
  host->release(host->context, buffer);
}

static const mfg_plugin_buffer_table buffer_table = {
    .struct_size = sizeof buffer_table,
    .allocate = allocate_buffer,
    .free = free_buffer,
    .upload = mfg_sdk_host_upload,
    .download = mfg_sdk_host_download,
    .copy = mfg_sdk_host_copy,
    .fill = mfg_sdk_host_fill,
    .import_host = import_host,
    .export_dlpack = mfg_sdk_host_export_dlpack,
    .map = mfg_sdk_host_map,
    .unmap = mfg_sdk_host_unmap,
};

/* ---- the plugin ----------------------------------------------------------------------------- */

static const mfg_plugin plugin = {
    .magic = MFG_PLUGIN_MAGIC,
    .struct_size = sizeof plugin,
    .abi_major = MFG_ABI_MAJOR,
    .abi_minor = MFG_ABI_MINOR,
    .name = PLUGIN_NAME,
    .version = "0.1.0",
    .vendor = "the libmfg authors",
    .license = "MIT",
    .sanitizers = MFG_SANITIZER_BUILD,
    .device = &device_table,
    .buffer = &buffer_table,
    .queue = &mfg_sdk_host_queue_table,
    .kernel = &mfg_sdk_host_kernel_table,
    .command_list = &mfg_sdk_host_command_list_table,
};

const mfg_plugin *mfg_backend_query(const mfg_plugin_host *host) {
  (void)host; /* a plugin that speaks several versions picks min(host's, own) here */
  return &plugin;
}
