/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin that works, and the ways in which one may not: each macro below turns on one
 * misbehaviour. FAKE_NAME is the name it gives itself. Its device offers host memory and no
 * kernels. */
#include <mfg/plugin.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef FAKE_NAME
#define FAKE_NAME "fake"
#endif
#ifndef FAKE_MAGIC
#define FAKE_MAGIC MFG_PLUGIN_MAGIC
#endif
#ifndef FAKE_STRUCT_SIZE
#define FAKE_STRUCT_SIZE sizeof(mfg_plugin)
#endif
#ifndef FAKE_MAJOR
#define FAKE_MAJOR MFG_ABI_MAJOR
#endif
#ifndef FAKE_MINOR
#define FAKE_MINOR MFG_ABI_MINOR
#endif
#ifndef FAKE_FLAGS
#define FAKE_FLAGS 0
#endif
#ifndef FAKE_SANITIZERS
#define FAKE_SANITIZERS MFG_SANITIZER_BUILD
#endif
#ifndef FAKE_DEVICES
#define FAKE_DEVICES 1
#endif
#ifndef FAKE_KIND
#define FAKE_KIND MFG_DEVICE_ACCELERATOR
#endif
#ifndef FAKE_DEVICE_FLAGS
#define FAKE_DEVICE_FLAGS 0
#endif
#ifndef FAKE_ANSWER
#define FAKE_ANSWER &plugin
#endif
#ifndef FAKE_UPLOAD
#define FAKE_UPLOAD upload
#endif
#ifndef FAKE_QUEUES
#define FAKE_QUEUES &queues
#endif
#ifndef FAKE_TYPES
#define FAKE_TYPES (MFG_DTYPE_BIT(MFG_FLOAT32) | MFG_DTYPE_BIT(MFG_FLOAT64))
#endif

struct mfg_plugin_device {
  const mfg_plugin_host *host;
};

struct mfg_plugin_buffer {
  char *memory;
};

struct mfg_plugin_queue {
  mfg_plugin_device *device;
};

struct mfg_plugin_event {
  int fired;
};

#ifdef FAKE_UNDEFINED_SYMBOL
extern int a_symbol_that_nobody_defines(void);
MFG_EXPORT int (*mfg_fake_undefined)(void);
int (*mfg_fake_undefined)(void) = a_symbol_that_nobody_defines;
#endif

#ifdef FAKE_DEPENDENCY
extern int mfg_fake_dependency(void);
#endif

#ifdef FAKE_WANTS_TSAN
/* What the compiler leaves in an object that it instruments. */
extern void __tsan_init(void) __attribute__((weak));
MFG_EXPORT void (*mfg_fake_instrumented)(void);
void (*mfg_fake_instrumented)(void) = __tsan_init;
#endif

#ifdef FAKE_WANTS_ISA
/* A property that asks for an instruction set level which no processor has. */
__asm__(".section .note.gnu.property, \"a\"\n"
        ".balign 8\n"
        ".long 4, 16, 5\n"
        ".asciz \"GNU\"\n"
        ".long 0xc0008002, 4, 0x40000000, 0\n"
        ".previous\n");
#endif

#ifdef FAKE_RAN_FILE
#include <fcntl.h>
/* Leaves a file where a variable says, so that a test sees that code of this object has run. */
__attribute__((constructor)) static void leave_a_mark(void) {
  const char *path = getenv("FAKE_RAN_FILE");
  int file = path != NULL ? open(path, O_CREAT | O_WRONLY, 0600) : -1;
  if (file >= 0) close(file);
}
#endif

#ifdef FAKE_CONSTRUCTOR_HARM
__attribute__((constructor)) static void harm(void) {
  FAKE_CONSTRUCTOR_HARM;
}
#endif

static mfg_status enumerate(const mfg_plugin_host *host, uint32_t capacity, uint32_t stride,
                            void *infos, uint32_t *count, mfg_plugin_error *error) {
  (void)host;
  (void)error;
#ifdef FAKE_ENUMERATE_HARM
  FAKE_ENUMERATE_HARM;
#endif
#ifdef FAKE_NO_DRIVER
  if (error != NULL) {
    strncpy(error->text, "the driver libfake.so.1 is not installed", error->text_capacity);
    error->native_code = 42;
  }
  return MFG_ERROR_NO_DEVICE;
#endif
#ifdef FAKE_ENDLESS_TEXT
  if (error != NULL) memset(error->text, 'x', error->text_capacity);
  return MFG_ERROR_INTERNAL;
#endif
  *count = (uint32_t)(FAKE_DEVICES);
  for (uint32_t i = 0; i < capacity && i < *count; i++) {
    const mfg_plugin_device_info info = {.struct_size = sizeof info,
                                         .kind = FAKE_KIND,
#ifndef FAKE_NAMELESS_DEVICE
                                         .name = i == 0 ? "Fake device, model A"
                                                        : "Fake device, model B",
#endif
                                         .id = i == 0 ? "fake-0" : "fake-1",
                                         .flags = FAKE_DEVICE_FLAGS,
                                         .types = FAKE_TYPES,
                                         .memory_bytes = UINT64_C(1) << 30,
                                         .buffer_alignment = 64};
    memcpy((char *)infos + (size_t)i * stride, &info, sizeof info);
  }
  return MFG_OK;
}

static mfg_status open_device(const mfg_plugin_host *host, uint32_t index,
                              mfg_plugin_device **device, mfg_plugin_error *error) {
  (void)index;
  (void)error;
  *device = malloc(sizeof **device);
  if (*device == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  (*device)->host = host;
  return MFG_OK;
}

static void close_device(mfg_plugin_device *device) {
  free(device);
}

static mfg_status allocate(mfg_plugin_device *device, uint64_t size, mfg_plugin_buffer **buffer,
                           mfg_plugin_error *error) {
  (void)device;
  (void)error;
  *buffer = malloc(sizeof **buffer);
  if (*buffer == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  (*buffer)->memory = calloc(1, size + 1);
  if ((*buffer)->memory != NULL) return MFG_OK;
  free(*buffer);
  return MFG_ERROR_DEVICE_MEMORY;
}

static void free_buffer(mfg_plugin_device *device, mfg_plugin_buffer *buffer) {
  (void)device;
  free(buffer->memory);
  free(buffer);
}

static mfg_status upload(mfg_plugin_queue *queue, mfg_plugin_buffer *target, uint64_t offset,
                         const void *source, uint64_t size, mfg_plugin_error *error) {
  (void)queue;
  (void)error;
  memcpy(target->memory + offset, source, size);
  return MFG_OK;
}

static mfg_status download(mfg_plugin_queue *queue, mfg_plugin_buffer *source, uint64_t offset,
                           void *target, uint64_t size, mfg_plugin_error *error) {
  (void)queue;
  (void)error;
  memcpy(target, source->memory + offset, size);
  return MFG_OK;
}

static mfg_status copy(mfg_plugin_queue *queue, mfg_plugin_buffer *target, uint64_t target_offset,
                       mfg_plugin_buffer *source, uint64_t source_offset, uint64_t size,
                       mfg_plugin_error *error) {
  (void)queue;
  (void)error;
  memcpy(target->memory + target_offset, source->memory + source_offset, size);
  return MFG_OK;
}

static mfg_status fill(mfg_plugin_queue *queue, mfg_plugin_buffer *target, uint64_t offset,
                       const void *pattern, uint32_t pattern_size, uint64_t count,
                       mfg_plugin_error *error) {
  (void)queue;
  (void)error;
  for (uint64_t i = 0; i < count; i++)
    memcpy(target->memory + offset + i * pattern_size, pattern, pattern_size);
  return MFG_OK;
}

static mfg_status create_queue(mfg_plugin_device *device, mfg_plugin_queue **queue,
                               mfg_plugin_error *error) {
  (void)error;
  *queue = malloc(sizeof **queue);
  if (*queue == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  (*queue)->device = device;
  return MFG_OK;
}

static void destroy_queue(mfg_plugin_queue *queue) {
  free(queue);
}

static mfg_status nothing_to_do(mfg_plugin_queue *queue, mfg_plugin_error *error) {
  (void)queue;
  (void)error;
  return MFG_OK;
}

static mfg_status event_record(mfg_plugin_queue *queue, mfg_plugin_event **event,
                               mfg_plugin_error *error) {
  (void)queue;
  (void)error;
  *event = calloc(1, sizeof **event);
  return *event != NULL ? MFG_OK : MFG_ERROR_OUT_OF_MEMORY;
}

static mfg_status event_wait(mfg_plugin_queue *queue, mfg_plugin_event *event,
                             mfg_plugin_error *error) {
  (void)queue;
  (void)event;
  (void)error;
  return MFG_OK;
}

static mfg_status event_query(mfg_plugin_event *event, bool *done, mfg_plugin_error *error) {
  (void)event;
  (void)error;
  *done = true;
  return MFG_OK;
}

static mfg_status event_synchronise(mfg_plugin_event *event, mfg_plugin_error *error) {
  (void)event;
  (void)error;
  return MFG_OK;
}

static void event_release(mfg_plugin_event *event) {
  free(event);
}

static const mfg_plugin_device_table devices = {.struct_size = sizeof devices,
                                                .enumerate = enumerate,
                                                .open = open_device,
                                                .close = close_device};
static const mfg_plugin_buffer_table buffers = {.struct_size = sizeof buffers,
                                                .allocate = allocate,
                                                .free = free_buffer,
                                                .upload = FAKE_UPLOAD,
                                                .download = download,
                                                .copy = copy,
                                                .fill = fill};
static const mfg_plugin_queue_table queues = {
#ifdef FAKE_SHORT_QUEUE_TABLE
    .struct_size = offsetof(mfg_plugin_queue_table, event_record),
#else
    .struct_size = sizeof queues,
#endif
    .create = create_queue,
    .destroy = destroy_queue,
    .submit = nothing_to_do,
    .synchronise = nothing_to_do,
    .event_record = event_record,
    .event_wait = event_wait,
    .event_query = event_query,
    .event_synchronise = event_synchronise,
    .event_release = event_release};

static const mfg_plugin plugin = {.magic = FAKE_MAGIC,
                                  .struct_size = FAKE_STRUCT_SIZE,
                                  .abi_major = FAKE_MAJOR,
                                  .abi_minor = FAKE_MINOR,
#ifdef FAKE_OTHER_NAME
                                  .name = "another",
#else
                                  .name = FAKE_NAME,
#endif
#ifndef FAKE_NO_VERSION
                                  .version = "1.0",
#endif
                                  .vendor = "nobody",
                                  .license = "MIT",
                                  .sanitizers = FAKE_SANITIZERS,
                                  .flags = FAKE_FLAGS,
                                  .device = &devices,
                                  .buffer = &buffers,
                                  .queue = FAKE_QUEUES};

#ifdef FAKE_NO_ENTRY
MFG_EXPORT const mfg_plugin *mfg_another_query(const mfg_plugin_host *host);
#define mfg_backend_query mfg_another_query
#endif

const mfg_plugin *mfg_backend_query(const mfg_plugin_host *host) {
  (void)host;
#ifdef FAKE_QUERY_HARM
  FAKE_QUERY_HARM;
#endif
#ifdef FAKE_DEPENDENCY
  if (mfg_fake_dependency() != 0) return NULL;
#endif
  return FAKE_ANSWER;
}
