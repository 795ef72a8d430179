/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench_kernel.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *threads = "1";

/* ---- the host ------------------------------------------------------------------------------- */

static void *host_allocate(void *context, size_t size, size_t alignment) {
  (void)context;
  return aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1));
}
static void host_release(void *context, void *memory) {
  (void)context;
  free(memory);
}
static void host_log(void *context, int32_t level, const char *text) {
  (void)context, (void)level;
  fprintf(stderr, "%s\n", text);
}
static bool host_log_enabled(void *context, int32_t level) {
  (void)context, (void)level;
  return false;
}
static const char *host_config(void *context, const char *backend, const char *key) {
  (void)context, (void)backend;
  if (strcmp(key, "threads") == 0) return threads;
  if (strcmp(key, "level") == 0) return getenv("MFG_CPU_LEVEL");
  return strcmp(key, "compile") == 0 ? getenv("MFG_CPU_COMPILE") : NULL;
}
static const mfg_plugin_host host = {.struct_size = sizeof host,
                                     .abi_major = MFG_ABI_MAJOR,
                                     .abi_minor = MFG_ABI_MINOR,
                                     .allocate = host_allocate,
                                     .release = host_release,
                                     .log = host_log,
                                     .log_enabled = host_log_enabled,
                                     .config = host_config};

static const mfg_plugin *plugin;
static mfg_plugin_device *device;
static mfg_plugin_queue *queue;
static char error_text[256];
static mfg_plugin_error error = {
    .struct_size = sizeof error, .text = error_text, .text_capacity = sizeof error_text};

void bench_need(mfg_status status) {
  if (status == MFG_OK) return;
  fprintf(stderr, "cpu_kernels: %s\n", error_text);
  exit(EXIT_FAILURE);
}

void bench_open(const char *path, const char *thread_count) {
  threads = thread_count;
  void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  mfg_backend_query_function query = NULL;
  if (object != NULL) *(void **)&query = dlsym(object, MFG_BACKEND_QUERY_SYMBOL);
  if (query == NULL) {
    fprintf(stderr, "cpu_kernels: %s\n", dlerror());
    exit(EXIT_FAILURE);
  }
  plugin = query(&host);
  bench_need(plugin->device->open(&host, 0, &device, &error));
  bench_need(plugin->queue->create(device, &queue, &error));
}

/* ---- a kernel with its memory --------------------------------------------------------------- */

void bench_begin(bench *b, uint8_t rank, int64_t n0, int64_t n1) {
  *b = (bench){.extents = {n0, n1}, .element = sizeof(double)};
  kernel_begin(&b->builder, rank);
}

void bench_bind(bench *b, uint32_t operand, bool number) {
  uint32_t rank = b->builder.description.rank;
  int64_t count = number ? 1 : b->extents[0] * (rank > 1 ? b->extents[1] : 1);
  mfg_dtype type = b->builder.operands[operand].type;
  bench_need(plugin->buffer->allocate(device, (uint64_t)count * 8, &b->buffers[operand], &error));
  void *memory;
  bench_need(
      plugin->buffer->map(queue, b->buffers[operand], 0, (uint64_t)count * 8, &memory, &error));
  b->memory[operand] = memory;
  if (type == MFG_BOOL)
    memset(memory, 0, (size_t)count); /* nothing ends the search before the last */
  for (int64_t i = 0; i < count && type == MFG_FLOAT64; i++)
    b->memory[operand][i] = (double)(i * 37 % 101) / 101;
  b->strides[operand][0] = number ? 0 : rank > 1 ? b->extents[1] : 1;
  b->strides[operand][1] = number ? 0 : 1;
  for (uint32_t axis = 0; axis < rank; axis++)
    if (number || axis + 1 == rank)
      kernel_stride_class(&b->builder, operand, axis, number ? MFG_STRIDE_ZERO : MFG_STRIDE_UNIT);
  b->bindings[operand] =
      (mfg_kernel_binding){.buffer = b->buffers[operand], .strides = b->strides[operand]};
  if (operand >= b->operands) b->operands = operand + 1;
}

uint32_t bench_read(bench *b, bool number) {
  uint32_t operand =
      kernel_operand(&b->builder, b->element == 1 ? MFG_BOOL : MFG_FLOAT64, MFG_OPERAND_READ);
  bench_bind(b, operand, number);
  return operand;
}

int32_t bench_load(bench *b, uint32_t operand) {
  return kernel_load(&b->builder, operand, MFG_SITE_HERE);
}

void bench_end(bench *b) {
  bench_need(plugin->kernel->prepare(device, kernel_build(&b->builder), &b->kernel, &error));
  b->launch = (mfg_kernel_launch){.struct_size = sizeof b->launch,
                                  .extents = b->extents,
                                  .bindings = {b->bindings, b->operands, sizeof *b->bindings}};
  bench_need(plugin->command_list->create(device, &b->list, &error));
  bench_need(plugin->command_list->launch(b->list, b->kernel, &b->launch, &error));
  bench_need(plugin->command_list->finish(b->list, NULL, 0, &error));
}

void bench_free(bench *b) {
  plugin->command_list->release(b->list);
  plugin->kernel->release(b->kernel);
  for (uint32_t i = 0; i < b->operands; i++)
    plugin->buffer->free(device, b->buffers[i]);
  free(b->scratch);
}

void bench_launch(void *context) {
  bench *b = context;
  bench_need(plugin->kernel->launch(queue, b->kernel, &b->launch, &error));
}
void bench_replay(void *context) {
  bench *b = context;
  bench_need(plugin->command_list->replay(queue, b->list, &error));
}

void bench_close(void) {
  plugin->queue->destroy(queue);
  plugin->device->close(device);
}
