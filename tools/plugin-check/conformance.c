/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conformance.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const check_group check_groups[] = {
    {"query", false, check_query_cases},
    {"devices", false, check_device_cases},
    {"memory", true, check_memory_cases},
    {"events", true, check_event_cases},
    {"support", true, check_support_cases},
    {"instructions", true, check_instruction_cases},
    {"conversions", true, check_conversion_cases},
    {"sites", true, check_site_cases},
    {"layouts", true, check_layout_cases},
    {"gather", true, check_gather_cases},
    {"reduce", true, check_reduce_cases},
    {"scan", true, check_scan_cases},
    {"line-solve", true, check_line_solve_cases},
    {"final-reductions", true, check_final_reduction_cases},
    {"random", true, check_random_cases},
    {"command-lists", true, check_list_cases},
    {"threads", true, check_thread_cases},
    {"extensions", true, check_extension_cases},
};
const uint32_t check_group_count = sizeof check_groups / sizeof check_groups[0];

/* ---- host services -------------------------------------------------------------------------- */

static void *allocate(void *context, size_t size, size_t alignment) {
  (void)context;
  if (size > SIZE_MAX - alignment) return NULL;
  return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

static void release(void *context, void *memory) {
  (void)context;
  free(memory);
}

static void write_log(void *context, int32_t level, const char *text) {
  (void)context;
  if (level <= MFG_LOG_WARN) fprintf(stderr, "plugin: %s\n", text);
}

static bool log_enabled(void *context, int32_t level) {
  (void)context;
  return level <= MFG_LOG_WARN;
}

/* The plugin's settings come from the environment, as they do under the library. */
static const char *config(void *context, const char *backend, const char *key) {
  (void)context;
  char name[128];
  int length = snprintf(name, sizeof name, "MFG_%s_%s", backend, key);
  if (length < 0 || (size_t)length >= sizeof name) return NULL;
  for (char *letter = name; *letter != '\0'; letter++)
    if (*letter >= 'a' && *letter <= 'z') *letter = (char)(*letter - 'a' + 'A');
  return secure_getenv(name);
}

const mfg_plugin_host check_host = {
    .struct_size = sizeof check_host,
    .abi_major = MFG_ABI_MAJOR,
    .abi_minor = MFG_ABI_MINOR,
    .allocate = allocate,
    .release = release,
    .log = write_log,
    .log_enabled = log_enabled,
    .config = config,
};

/* ---- one case ------------------------------------------------------------------------------- */

bool check_begin(check_run *run, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(run->name, sizeof run->name, format, arguments);
  va_end(arguments);
  run->outcome = CHECK_PASS;
  run->detail[0] = '\0';
  if (run->next++ < run->first) return false;
  run->report->begin(run->report->context, run->name);
  return true;
}

void check_end(check_run *run) {
  run->report->end(run->report->context, run->name, run->outcome, run->detail);
}

static void settle(check_run *run, check_outcome outcome, const char *format, va_list arguments) {
  run->outcome = outcome;
  vsnprintf(run->detail, sizeof run->detail, format, arguments);
}

void check_fail(check_run *run, const char *format, ...) {
  if (run->outcome == CHECK_FAIL) return;
  va_list arguments;
  va_start(arguments, format);
  settle(run, CHECK_FAIL, format, arguments);
  va_end(arguments);
}

void check_skip(check_run *run, const char *format, ...) {
  if (run->outcome != CHECK_PASS) return;
  va_list arguments;
  va_start(arguments, format);
  settle(run, CHECK_SKIP, format, arguments);
  va_end(arguments);
}

mfg_plugin_error *check_error(check_run *run) {
  run->error_text[0] = '\0';
  run->error = (mfg_plugin_error){.struct_size = sizeof run->error,
                                  .text = run->error_text,
                                  .text_capacity = sizeof run->error_text};
  return &run->error;
}

bool check_ok(check_run *run, mfg_status status, const char *call) {
  if (status == MFG_OK) return true;
  check_fail(run, "%s: %s (%d): %s", call, mfg_status_text(status), (int)status,
             run->error_text[0] != '\0' ? run->error_text : "no text");
  return false;
}

/* ---- one group ------------------------------------------------------------------------------ */

static bool read_info(check_run *run) {
  uint32_t count = 0;
  mfg_plugin_device_info *infos =
      calloc((size_t)run->device_index + 1, sizeof(mfg_plugin_device_info));
  if (infos == NULL) {
    check_fail(run, "no memory for the list of devices");
    return false;
  }
  for (uint32_t i = 0; i <= run->device_index; i++)
    infos[i].struct_size = sizeof infos[i];
  bool found =
      check_ok(run,
               run->plugin->device->enumerate(&check_host, run->device_index + 1, sizeof infos[0],
                                              infos, &count, check_error(run)),
               "enumerate");
  if (found && count <= run->device_index) {
    check_fail(run, "the plugin has %u devices, no number %u", (unsigned)count,
               (unsigned)run->device_index);
    found = false;
  }
  run->info = infos[run->device_index];
  free(infos);
  return found;
}

static bool has_basic_tables(check_run *run) {
  if (run->plugin->device != NULL && run->plugin->buffer != NULL && run->plugin->queue != NULL)
    return true;
  check_fail(run, "a required table is missing");
  return false;
}

static bool open_device(check_run *run) {
  return has_basic_tables(run) && read_info(run) &&
         check_ok(run,
                  run->plugin->device->open(&check_host, run->device_index, &run->device,
                                            check_error(run)),
                  "open") &&
         check_ok(run, run->plugin->queue->create(run->device, &run->queue, check_error(run)),
                  "create a queue");
}

void check_group_run(const check_group *group, check_run *run) {
  run->next = 0;
  run->device = NULL;
  run->queue = NULL;
  if (!group->needs_device) {
    group->cases(run);
    return;
  }
  bool told = check_begin(run, "%s: the device opens", group->name);
  bool open = open_device(run);
  if (told || !open) check_end(run);
  if (open) group->cases(run);
  if (run->queue != NULL) run->plugin->queue->destroy(run->queue);
  if (run->device != NULL) run->plugin->device->close(run->device);
}
