/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array/context_private.h"
#include "array/handle.h"
#include "array/recording.h"
#include "selection/select.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/log.h"

/* ---- fork ------------------------------------------------------------------------------------ */

/* Grows by one in the child at every fork, so that a context knows whether it was opened in this
 * process without a system call. */
static atomic_uint process_generation;

static void count_fork(void) {
  atomic_fetch_add_explicit(&process_generation, 1, memory_order_relaxed);
}

static void watch_forks(void) {
  (void)pthread_atfork(NULL, NULL, count_fork);
}

static uint32_t current_process(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, watch_forks);
  return atomic_load_explicit(&process_generation, memory_order_relaxed);
}

/* ---- errors ---------------------------------------------------------------------------------- */

mfg_status mfg_context_check(const mfg_context *context) {
  if (context == NULL)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "a context was expected; found NULL");
  if (context->closed) return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "the context is closed");
  if (context->process != atomic_load_explicit(&process_generation, memory_order_relaxed))
    return mfg_fail(MFG_ERROR_FORKED,
                    "a context of the parent process was used after fork(); open one in the child");
  return MFG_OK;
}

mfg_status mfg_context_plugin_failed(const mfg_context *context, const mfg_plugin_error *error,
                                     mfg_status status, const char *doing) {
  /* The plugin was told the size, but it is the plugin that wrote. */
  error->text[error->text_capacity - 1] = '\0';
  const char *words = error->text[0] != '\0' ? error->text : mfg_status_string(status);
  if (error->native_code != 0)
    return mfg_fail(status, "backend '%s', %s: %s (code %lld)", context->plugin->name, doing, words,
                    (long long)error->native_code);
  return mfg_fail(status, "backend '%s', %s: %s", context->plugin->name, doing, words);
}

mfg_status mfg_context_fell_back(mfg_context *context, const char *name, const char *why) {
  if (context->strict)
    return mfg_fail(MFG_ERROR_UNSUPPORTED,
                    "backend '%s' would run a kernel on the host (%s): %s; strict mode forbids it",
                    context->plugin->name, name, why);
  context->fallbacks++;
  size_t length = strlen(name);
  for (const char *line = context->fallback_names; line != NULL && *line != '\0';) {
    size_t found = strcspn(line, "\n");
    if (found == length && memcmp(line, name, length) == 0) return MFG_OK;
    line += found + (line[found] == '\n');
  }
  mfg_log_line(MFG_LOG_WARN, "backend '%s' runs a kernel on the host (%s): %s",
               context->plugin->name, name, why);
  size_t before = context->fallback_names != NULL ? strlen(context->fallback_names) : 0;
  char *names = realloc(context->fallback_names, before + length + 2);
  if (names == NULL) return MFG_OK; /* the count is kept, the name is not */
  snprintf(names + before, length + 2, "%s\n", name);
  context->fallback_names = names;
  return MFG_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

static bool switched_on(int option, const char *variable) {
  if (option != 0) return option > 0;
  const char *value = mfg_environment(variable);
  return value != NULL && strcmp(value, "0") != 0;
}

static mfg_status open_device(mfg_context *context, const mfg_choice *choice) {
  MFG_PLUGIN_ERROR(error);
  mfg_status status =
      context->plugin->device->open(choice->host, choice->device_index, &context->device, &error);
  if (status != MFG_OK)
    return mfg_context_plugin_failed(context, &error, status, "opening the device");
  status = context->plugin->queue->create(context->device, &context->queue, &error);
  if (status == MFG_OK) return MFG_OK;
  context->plugin->device->close(context->device);
  return mfg_context_plugin_failed(context, &error, status, "creating a queue");
}

static void read_options(const mfg_context_options *given, mfg_context_options *options) {
  memset(options, 0, sizeof *options);
  if (given == NULL) return;
  size_t size = given->struct_size < sizeof *options ? given->struct_size : sizeof *options;
  memcpy(options, given, size);
}

mfg_status mfg_context_open(const char *selection, const mfg_context_options *given,
                            mfg_context **result) {
  if (result == NULL)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "mfg_context_open: no place for the context");
  *result = NULL;
  mfg_context_options options;
  read_options(given, &options);
  mfg_context *context = calloc(1, sizeof *context);
  if (context == NULL) return mfg_fail_memory(sizeof *context, "a context");
  mfg_choice choice;
  mfg_select_options wishes = {.plugin_path = options.plugin_path, .types = options.types};
  mfg_status status = mfg_core_select(selection, &wishes, &choice);
  if (status != MFG_OK) {
    free(context);
    return status;
  }
  context->references = 1;
  context->process = current_process();
  context->plugin = choice.backend->plugin;
  context->eager = switched_on(options.eager, "MFG_EAGER");
  context->strict = switched_on(options.strict, "MFG_STRICT");
  context->device_name = strdup(choice.info.name);
  context->device_flags = choice.info.flags;
  context->types = choice.info.types;
  context->largest_buffer = choice.info.largest_buffer_bytes;
  context->pool.limit = options.memory_limit;
  status = context->device_name == NULL ? mfg_fail_memory(1, "a context")
                                        : open_device(context, &choice);
  if (status != MFG_OK) {
    mfg_choice_release(&choice);
    free(context->device_name);
    free(context);
    return status;
  }
  context->backend = choice.backend; /* the reference is the context's now */
  mfg_log_line(MFG_LOG_INFO, "opened device %u of backend '%s': %s", choice.device_index,
               context->plugin->name, context->device_name);
  *result = context;
  return MFG_OK;
}

bool mfg_context_alive(const mfg_context *context) {
  return !context->closed && context->process == current_process();
}

/* ---- closing --------------------------------------------------------------------------------- */

mfg_context *mfg_context_retain(mfg_context *context) {
  context->references++;
  return context;
}

void mfg_context_release(mfg_context *context) {
  if (context == NULL || --context->references > 0) return;
  mfg_scope_free(context->spare_scope);
  mfg_slab_close(&context->values);
  mfg_slab_close(&context->arrays);
  mfg_slab_close(&context->storages);
  free(context->spare_builder);
  free(context->fallback_names);
  free(context->device_name);
  free(context);
}

void mfg_context_close(mfg_context *context) {
  if (context == NULL || context->closed) return;
  bool ours = context->process == current_process();
  if (ours && context->recording != NULL) {
    mfg_recording *open = context->recording;
    context->recording = NULL;
    context->frame = NULL;
    mfg_recording_release(open);
  }
  if (ours) {
    (void)mfg_context_synchronise(context);
    mfg_recording_close_all(context);
    mfg_kernel_cache_close(context);
    mfg_pool_close(context);
    context->plugin->queue->destroy(context->queue);
    context->plugin->device->close(context->device);
    mfg_backend_release(context->backend);
  }
  /* In a forked child nothing of the parent's device is touched: it is only forgotten. */
  context->closed = true;
  context->plugin = NULL;
  mfg_context_release(context);
}

/* ---- facts ----------------------------------------------------------------------------------- */

uint32_t mfg_context_frame(const mfg_context *context) {
  return context->frame == NULL ? 0 : context->frame->id;
}

const char *mfg_context_backend(const mfg_context *context) {
  return context == NULL || context->plugin == NULL ? "" : context->plugin->name;
}

const char *mfg_context_device(const mfg_context *context) {
  return context == NULL ? "" : context->device_name;
}

bool mfg_context_supports(const mfg_context *context, mfg_dtype type) {
  mfg_dtype real = mfg_real_type(type); /* complex numbers are computed in their parts */
  return context != NULL && real < 32 && (context->types & MFG_DTYPE_BIT(real)) != 0;
}

mfg_status mfg_context_synchronise(mfg_context *context) {
  MFG_PLUGIN_ERROR(error);
  mfg_status status = context->plugin->queue->synchronise(context->queue, &error);
  if (status == MFG_OK) return MFG_OK;
  return mfg_context_plugin_failed(context, &error, status, "waiting for the queue");
}

mfg_status mfg_sync(mfg_context *context) {
  mfg_status status = mfg_context_check(context);
  return status == MFG_OK ? mfg_context_synchronise(context) : status;
}

mfg_status mfg_context_statistics(const mfg_context *context, mfg_statistics *statistics) {
  if (context == NULL || statistics == NULL || statistics->struct_size < sizeof(size_t))
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT,
                    "mfg_context_statistics: a context and a struct with its struct_size were "
                    "expected");
  mfg_statistics found = {.struct_size = statistics->struct_size,
                          .kernels_launched = context->kernels_launched,
                          .kernels_compiled = context->kernels.compiled,
                          .kernels_cached = context->kernels.found,
                          .fallbacks = context->fallbacks,
                          .bytes_used = context->pool.bytes_used,
                          .bytes_peak = context->pool.bytes_peak,
                          .bytes_pooled = context->pool.bytes_pooled,
                          .bytes_to_host = context->bytes_to_host,
                          .bytes_to_device = context->bytes_to_device,
                          .kernels_evicted = context->kernels.evicted,
                          .buffers_allocated = context->pool.allocated,
                          .buffers_reused = context->pool.reused};
  size_t size = statistics->struct_size < sizeof found ? statistics->struct_size : sizeof found;
  memcpy(statistics, &found, size);
  return MFG_OK;
}

size_t mfg_context_fallbacks(const mfg_context *context, char *text, size_t capacity) {
  const char *names =
      context == NULL || context->fallback_names == NULL ? "" : context->fallback_names;
  if (text != NULL && capacity > 0) snprintf(text, capacity, "%s", names);
  return strlen(names);
}
