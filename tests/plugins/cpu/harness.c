/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness.h"

#include <check.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static void *host_allocate(void *context, size_t size, size_t alignment) {
  (void)context;
  if (size > (size_t)1 << 40) return NULL; /* sanitizers stop the program where malloc gives NULL */
  size_t rounded = (size + alignment - 1) & ~(alignment - 1);
  return aligned_alloc(alignment, rounded);
}
static void host_release(void *context, void *memory) {
  (void)context;
  free(memory);
}
static void host_log(void *context, int32_t level, const char *text) {
  (void)context, (void)level, (void)text;
}
static bool host_log_enabled(void *context, int32_t level) {
  (void)context, (void)level;
  return false;
}
static const char *host_config(void *context, const char *backend, const char *key) {
  const harness *host = context;
  ck_assert_str_eq(backend, "cpu");
  if (strcmp(key, "threads") == 0) return host->threads;
  if (strcmp(key, "level") == 0) return host->level;
  if (strcmp(key, "compile") == 0) return host->compile;
  if (strcmp(key, "cache") == 0) return host->cache;
  return NULL;
}

void harness_open(harness *host, const char *threads, const char *level) {
  harness_open_compiling(host, threads, level, "never", "off");
}

void harness_open_compiling(harness *host, const char *threads, const char *level,
                            const char *compile, const char *cache) {
  *host = (harness){.threads = threads, .level = level, .compile = compile, .cache = cache};
  host->error = (mfg_plugin_error){
      .struct_size = sizeof host->error, .text = host->text, .text_capacity = sizeof host->text};
  host->host = (mfg_plugin_host){.struct_size = sizeof host->host,
                                 .abi_major = MFG_ABI_MAJOR,
                                 .abi_minor = MFG_ABI_MINOR,
                                 .context = host,
                                 .allocate = host_allocate,
                                 .release = host_release,
                                 .log = host_log,
                                 .log_enabled = host_log_enabled,
                                 .config = host_config};
  const char *path = getenv("MFG_TEST_PLUGIN");
  ck_assert_msg(path != NULL, "MFG_TEST_PLUGIN names no plugin");
  host->object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  ck_assert_msg(host->object != NULL, "%s", dlerror());
  mfg_backend_query_function query;
  *(void **)&query = dlsym(host->object, MFG_BACKEND_QUERY_SYMBOL);
  ck_assert_msg(query != NULL, "%s", dlerror());
  host->plugin = query(&host->host);
  mfg_status status = host->plugin->device->open(&host->host, 0, &host->device, &host->error);
  ck_assert_msg(status == MFG_OK, "%s", host->text);
  status = host->plugin->queue->create(host->device, &host->queue, &host->error);
  ck_assert_msg(status == MFG_OK, "%s", host->text);
}

const cpu_compile_extension *harness_compile(const harness *host) {
  const cpu_compile_extension *extension = host->plugin->get_extension(CPU_COMPILE_EXTENSION, 1);
  ck_assert_ptr_nonnull(extension);
  return extension;
}

void harness_close(harness *host) {
  host->plugin->queue->destroy(host->queue);
  host->plugin->device->close(host->device);
  dlclose(host->object);
}

mfg_plugin_kernel *harness_prepare(harness *host, const mfg_kernel_description *description) {
  mfg_plugin_kernel *kernel = NULL;
  mfg_status status =
      host->plugin->kernel->prepare(host->device, description, &kernel, &host->error);
  ck_assert_msg(status == MFG_OK, "%s", host->text);
  return kernel;
}

/* The ABI's launch, which points into the test's. */
struct bound_launch {
  mfg_kernel_launch launch;
  mfg_kernel_binding bindings[MOST_OPERANDS];
};

static void bind(const launch *what, mfg_plugin_buffer *const *buffers,
                 struct bound_launch *bound) {
  for (uint32_t i = 0; i < what->operand_count; i++)
    bound->bindings[i] = (mfg_kernel_binding){
        .buffer = buffers[i],
        .offset = what->operands[i].offset,
        .strides = what->operands[i].strides,
        .extents = what->operands[i].gathered ? what->operands[i].extents : NULL};
  bound->launch = (mfg_kernel_launch){
      .struct_size = sizeof bound->launch,
      .extents = what->extents,
      .bindings = {bound->bindings, what->operand_count, sizeof *bound->bindings},
      .scalars = {what->scalars, what->scalar_count, sizeof *what->scalars}};
}

static mfg_status replay(harness *host, mfg_plugin_kernel *kernel, const mfg_kernel_launch *bound,
                         uint32_t replays, void (*before)(uint32_t turn)) {
  const mfg_plugin_command_list_table *lists = host->plugin->command_list;
  mfg_plugin_command_list *list;
  mfg_status status = lists->create(host->device, &list, &host->error);
  ck_assert_int_eq(status, MFG_OK);
  status = lists->launch(list, kernel, bound, &host->error);
  if (status == MFG_OK) status = lists->finish(list, NULL, 0, &host->error);
  for (uint32_t i = 0; i < replays && status == MFG_OK; i++) {
    if (before != NULL) before(i);
    status = lists->replay(host->queue, list, &host->error);
  }
  lists->release(list);
  return status;
}

mfg_status harness_run(harness *host, mfg_plugin_kernel *kernel, const launch *what,
                       uint32_t replays) {
  mfg_plugin_buffer *buffers[MOST_OPERANDS];
  struct bound_launch bound;
  for (uint32_t i = 0; i < what->operand_count; i++) {
    mfg_status status = host->plugin->buffer->import_host(
        host->device, what->operands[i].memory, what->operands[i].size, &buffers[i], &host->error);
    ck_assert_int_eq(status, MFG_OK);
  }
  bind(what, buffers, &bound);
  mfg_status status =
      replays > 0 ? replay(host, kernel, &bound.launch, replays, what->before_replay)
                  : host->plugin->kernel->launch(host->queue, kernel, &bound.launch, &host->error);
  for (uint32_t i = 0; i < what->operand_count; i++)
    host->plugin->buffer->free(host->device, buffers[i]);
  return status;
}

mfg_status harness_reference(const mfg_kernel_description *description, const launch *what) {
  mfg_plugin_buffer *none[MOST_OPERANDS] = {NULL};
  void *memory[MOST_OPERANDS];
  uint64_t sizes[MOST_OPERANDS];
  char text[256] = "";
  mfg_plugin_error error = {
      .struct_size = sizeof error, .text = text, .text_capacity = sizeof text};
  struct bound_launch bound;
  bind(what, none, &bound);
  for (uint32_t i = 0; i < what->operand_count; i++) {
    memory[i] = what->operands[i].memory;
    sizes[i] = what->operands[i].size;
  }
  mfg_status status = mfg_kernel_launch_validate(description, &bound.launch, sizes, &error);
  ck_assert_msg(status == MFG_OK, "%s", text);
  return mfg_reference_run(description, &bound.launch, memory, &error);
}

void operand_dense(operand *what, void *memory, size_t element, uint32_t rank,
                   const int64_t *extents) {
  int64_t stride = 1;
  *what = (operand){.memory = memory};
  for (uint32_t axis = rank; axis-- > 0;) {
    what->strides[axis] = stride;
    stride *= extents[axis];
  }
  what->size = (uint64_t)stride * element;
}

uint64_t random_next(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  uint64_t mixed = *state ^ *state >> 29;
  return mixed * UINT64_C(0x9E3779B97F4A7C15);
}
