/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The template with one change, chosen when it is compiled: FAULT is one of the names below. The
 * conformance kit must find each fault, and find fault with nothing else; what the ABI allows must
 * be skipped with its reason. */
#define mfg_backend_query template_query
#include "template.c"
#undef mfg_backend_query

#include <stdlib.h>
#include <unistd.h>

enum fault {
  CLAMP,     /* a clamped load looks one place too far */
  DOWNLOAD,  /* a download ignores its offset */
  EVENT,     /* an event never says that it has fired */
  ENUMERATE, /* enumerate writes its whole struct, however short the caller's is */
  CRASH,     /* a line solve ends the process */
  HANG,      /* a fill with 16 bytes does not return */
  BITS,      /* every second sum is off in its last bit */
  REPEAT,    /* a repeat does not look at its flag */
  STATUS,    /* a repeat that runs out is not told */
  NAME,      /* the plugin has another name than its file */
  TABLE,     /* there is no queue table */
  /* No faults, but less than everything: */
  NARROW, /* the device has no float64 */
  REFUSE  /* line solves are not supported */
};

/* ---- memory, events, devices ---------------------------------------------------------------- */

static mfg_status faulty_download(mfg_plugin_queue *queue, mfg_plugin_buffer *source,
                                  uint64_t offset, void *target, uint64_t size,
                                  mfg_plugin_error *error) {
  (void)offset;
  return mfg_sdk_host_download(queue, source, 0, target, size, error);
}

static mfg_status faulty_fill(mfg_plugin_queue *queue, mfg_plugin_buffer *target, uint64_t offset,
                              const void *pattern, uint32_t pattern_size, uint64_t count,
                              mfg_plugin_error *error) {
  while (pattern_size == 16)
    pause();
  return mfg_sdk_host_fill(queue, target, offset, pattern, pattern_size, count, error);
}

static mfg_status faulty_event_query(mfg_plugin_event *event, bool *done, mfg_plugin_error *error) {
  (void)event, (void)error;
  *done = false;
  return MFG_OK;
}

static mfg_status faulty_enumerate(const mfg_plugin_host *host, uint32_t capacity, uint32_t stride,
                                   void *infos, uint32_t *count, mfg_plugin_error *error) {
  (void)host, (void)stride, (void)error;
  *count = 1;
  if (capacity > 0) memcpy(infos, &device_info, sizeof device_info);
  return MFG_OK;
}

static mfg_status narrow_enumerate(const mfg_plugin_host *host, uint32_t capacity, uint32_t stride,
                                   void *infos, uint32_t *count, mfg_plugin_error *error) {
  mfg_status status = enumerate_devices(host, capacity, stride, infos, count, error);
  mfg_plugin_device_info *info = infos;
  if (capacity > 0 && MFG_HAS_FIELD(info->struct_size, mfg_plugin_device_info, types))
    info->types &= ~MFG_DTYPE_BIT(MFG_FLOAT64);
  return status;
}

/* ---- kernels -------------------------------------------------------------------------------- */

static bool refusing_supports(mfg_plugin_device *device,
                              const mfg_kernel_description *description) {
  return description->pattern->kind != MFG_PATTERN_LINE_SOLVE &&
         mfg_sdk_host_kernel_table.supports(device, description);
}

static mfg_status faulty_prepare(mfg_plugin_device *device,
                                 const mfg_kernel_description *description,
                                 mfg_plugin_kernel **kernel, mfg_plugin_error *error) {
  uint32_t count = description->steps.count;
  mfg_kernel_step *steps = calloc((size_t)count + 1, sizeof *steps);
  if (steps == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  for (uint32_t i = 0; i < count; i++) {
    steps[i] = *mfg_kernel_step_at(description, i);
    if (steps[i].boundary == MFG_BOUNDARY_CLAMP && steps[i].offset == 1) steps[i].offset = 2;
  }
  mfg_kernel_description changed = *description;
  changed.steps = (mfg_span){.first = steps, .count = count, .stride = sizeof *steps};
  mfg_status status = mfg_sdk_host_kernel_table.prepare(device, &changed, kernel, error);
  free(steps);
  return status;
}

static mfg_status crashing_launch(mfg_plugin_queue *queue, mfg_plugin_kernel *kernel,
                                  const mfg_kernel_launch *launch, mfg_plugin_error *error) {
  if (strstr(mfg_sdk_host_kernel_table.explain(kernel), "line_solve") != NULL) _exit(7);
  return mfg_sdk_host_kernel_table.launch(queue, kernel, launch, error);
}

static mfg_status drifting_launch(mfg_plugin_queue *queue, mfg_plugin_kernel *kernel,
                                  const mfg_kernel_launch *launch, mfg_plugin_error *error) {
  static unsigned launches;
  mfg_status status = mfg_sdk_host_kernel_table.launch(queue, kernel, launch, error);
  const char *listing = mfg_sdk_host_kernel_table.explain(kernel);
  if (status == MFG_OK && launch->bindings.count == 2 && launch->extents != NULL &&
      launch->extents[0] == 1000 && strstr(listing, ": sum %0\n") != NULL &&
      strstr(listing, "operand 1: float64 write") != NULL) {
    const mfg_kernel_binding *target = mfg_kernel_binding_at(launch, 1);
    unsigned char *bytes = (unsigned char *)target->buffer->host.memory + target->offset;
    bytes[0] ^= launches++ & 1;
  }
  return status;
}

/* ---- command lists -------------------------------------------------------------------------- */

/* What a list looks at instead of the flag, or writes instead of the status word. */
static int32_t own_word;
static mfg_plugin_buffer own_buffer = {.host = {.memory = &own_word, .size = sizeof own_word}};

static mfg_status faulty_repeat_begin(mfg_plugin_command_list *list, uint32_t maximum,
                                      mfg_plugin_buffer *flag, uint64_t flag_offset,
                                      mfg_plugin_error *error) {
  (void)flag, (void)flag_offset;
  return mfg_sdk_host_list_repeat_begin(list, maximum, &own_buffer, 0, error);
}

static mfg_status faulty_finish(mfg_plugin_command_list *list, mfg_plugin_buffer *status,
                                uint64_t status_offset, mfg_plugin_error *error) {
  if (status == NULL) return mfg_sdk_host_list_finish(list, NULL, 0, error);
  memset((char *)status->host.memory + status_offset, 0, sizeof(int32_t));
  return mfg_sdk_host_list_finish(list, &own_buffer, 0, error);
}

/* ---- the plugin ----------------------------------------------------------------------------- */

static mfg_plugin_device_table devices;
static mfg_plugin_buffer_table buffers;
static mfg_plugin_queue_table queues;
static mfg_plugin_kernel_table kernels;
static mfg_plugin_command_list_table lists;
static mfg_plugin faulty;

static void seed_fault(enum fault fault) {
  switch (fault) {
  case CLAMP: kernels.prepare = faulty_prepare; break;
  case DOWNLOAD: buffers.download = faulty_download; break;
  case EVENT: queues.event_query = faulty_event_query; break;
  case ENUMERATE: devices.enumerate = faulty_enumerate; break;
  case CRASH: kernels.launch = crashing_launch; break;
  case HANG: buffers.fill = faulty_fill; break;
  case BITS: kernels.launch = drifting_launch; break;
  case REPEAT: lists.repeat_begin = faulty_repeat_begin; break;
  case STATUS: lists.finish = faulty_finish; break;
  case NAME: faulty.name = "somebody-else"; break;
  case TABLE: faulty.queue = NULL; break;
  case NARROW: devices.enumerate = narrow_enumerate; break;
  case REFUSE: kernels.supports = refusing_supports; break;
  }
}

MFG_EXPORT const mfg_plugin *mfg_backend_query(const mfg_plugin_host *host);

MFG_EXPORT const mfg_plugin *mfg_backend_query(const mfg_plugin_host *host) {
  const mfg_plugin *good = template_query(host);
  devices = *good->device;
  buffers = *good->buffer;
  queues = *good->queue;
  kernels = *good->kernel;
  lists = *good->command_list;
  faulty = *good;
  faulty.name = FAULTY_NAME;
  faulty.device = &devices;
  faulty.buffer = &buffers;
  faulty.queue = &queues;
  faulty.kernel = &kernels;
  faulty.command_list = &lists;
  seed_fault(FAULT);
  return &faulty;
}
