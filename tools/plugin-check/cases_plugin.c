/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plugin says of itself: the query, its tables, its devices, what it supports. */
#include "conformance.h"
#include "kernel_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- query ---------------------------------------------------------------------------------- */

static bool is_text(const char *text) {
  return text != NULL && text[0] != '\0';
}

static void check_prefix(check_run *run) {
  const mfg_plugin *plugin = run->plugin;
  if (!check_begin(run, "query: the frozen prefix")) return;
  CHECK_THAT(run, plugin->magic == MFG_PLUGIN_MAGIC, "magic is %llx, expected %llx",
             (unsigned long long)plugin->magic, (unsigned long long)MFG_PLUGIN_MAGIC);
  CHECK_THAT(run, plugin->struct_size >= sizeof(mfg_plugin),
             "struct_size is %u, expected at least %zu", (unsigned)plugin->struct_size,
             sizeof(mfg_plugin));
  CHECK_THAT(run, plugin->abi_major == MFG_ABI_MAJOR && plugin->abi_minor == MFG_ABI_MINOR,
             "ABI is %u.%u, expected %d.%d", (unsigned)plugin->abi_major,
             (unsigned)plugin->abi_minor, MFG_ABI_MAJOR, MFG_ABI_MINOR);
  CHECK_THAT(run, is_text(plugin->version), "version is empty, expected a text");
  CHECK_THAT(run, is_text(plugin->vendor), "vendor is empty, expected a text");
  CHECK_THAT(run, is_text(plugin->license), "license is empty, expected an SPDX expression");
  CHECK_THAT(run, (plugin->flags & ~(uint32_t)MFG_PLUGIN_UNLOADABLE) == 0,
             "flags are %u, expected only known bits", (unsigned)plugin->flags);
  check_end(run);
}

static void check_name(check_run *run) {
  if (!check_begin(run, "query: the name is the file's stem")) return;
  if (run->stem == NULL)
    check_skip(run, "the file is not known here");
  else if (run->plugin->name == NULL || strcmp(run->plugin->name, run->stem) != 0)
    check_fail(run, "name is \"%s\", expected \"%s\"",
               run->plugin->name == NULL ? "(NULL)" : run->plugin->name, run->stem);
  check_end(run);
}

/* A table of functions: present or not, as large as it says, its functions from `first` on (counted
 * behind the two leading words) all there. */
static void check_table(check_run *run, const char *name, const void *table, size_t size,
                        bool required, uint32_t functions_needed) {
  if (!check_begin(run, "query: the %s table", name)) return;
  uint32_t struct_size = 0;
  if (table != NULL) memcpy(&struct_size, table, sizeof struct_size);
  if (table == NULL && required)
    check_fail(run, "is missing, expected a required table");
  else if (table == NULL)
    check_skip(run, "is absent, which the ABI allows");
  else if (struct_size < size)
    check_fail(run, "struct_size is %u, expected at least %zu", (unsigned)struct_size, size);
  else
    for (uint32_t i = 0; i < functions_needed; i++) {
      void *function;
      memcpy(&function, (const char *)table + 8 + i * sizeof function, sizeof function);
      CHECK_THAT(run, function != NULL, "function %u is NULL, expected a required one",
                 (unsigned)i);
    }
  check_end(run);
}

void check_query_cases(check_run *run) {
  const mfg_plugin *plugin = run->plugin;
  check_prefix(run);
  check_name(run);
  check_table(run, "device", plugin->device, sizeof(mfg_plugin_device_table), true, 3);
  check_table(run, "buffer", plugin->buffer, sizeof(mfg_plugin_buffer_table), true, 6);
  check_table(run, "queue", plugin->queue, sizeof(mfg_plugin_queue_table), true, 9);
  check_table(run, "kernel", plugin->kernel, sizeof(mfg_plugin_kernel_table), false, 4);
  check_table(run, "command-list", plugin->command_list, sizeof(mfg_plugin_command_list_table),
              false, 9);
  if (!check_begin(run, "query: an unknown extension is NULL")) return;
  if (plugin->get_extension == NULL)
    check_skip(run, "the plugin has no extensions");
  else
    CHECK_THAT(run, plugin->get_extension("org.example.nothing", 1) == NULL,
               "get_extension gave a table for a name that it cannot know");
  check_end(run);
}

/* ---- devices -------------------------------------------------------------------------------- */

/* A device info as a newer host may know it, with a field behind the last one of this version. */
struct longer_info {
  mfg_plugin_device_info info;
  uint64_t canary[4];
};

static uint32_t count_devices(check_run *run) {
  uint32_t count = 0;
  mfg_status status =
      run->plugin->device->enumerate(&check_host, 0, 0, NULL, &count, check_error(run));
  return check_ok(run, status, "enumerate with capacity 0") ? count : 0;
}

static void check_info(check_run *run, const mfg_plugin_device_info *info, uint32_t i) {
  CHECK_THAT(run, is_text(info->name), "device %u: name is empty", (unsigned)i);
  CHECK_THAT(run, is_text(info->id), "device %u: id is empty", (unsigned)i);
  CHECK_THAT(run, info->kind >= MFG_DEVICE_CPU && info->kind <= MFG_DEVICE_ACCELERATOR,
             "device %u: kind is %u, expected 1 to 3", (unsigned)i, (unsigned)info->kind);
  CHECK_THAT(run, info->types != 0, "device %u: has no types", (unsigned)i);
  CHECK_THAT(run,
             info->buffer_alignment > 0 &&
                 (info->buffer_alignment & (info->buffer_alignment - 1)) == 0,
             "device %u: buffer_alignment is %u, expected a power of two", (unsigned)i,
             (unsigned)info->buffer_alignment);
  bool host_memory = (info->flags & MFG_DEVICE_HOST_MEMORY) != 0;
  CHECK_THAT(
      run, !host_memory || (run->plugin->buffer->map != NULL && run->plugin->buffer->unmap != NULL),
      "device %u: says HOST_MEMORY, but map or unmap is NULL", (unsigned)i);
}

static void check_longer(check_run *run, uint32_t count) {
  if (!check_begin(run, "devices: enumerate fills structs at a larger stride")) return;
  struct longer_info *infos = calloc(count + 1, sizeof *infos);
  for (uint32_t i = 0; infos != NULL && i <= count; i++) {
    infos[i].info.struct_size = sizeof infos[i];
    memset(infos[i].canary, 0x5A, sizeof infos[i].canary);
  }
  uint32_t again = 0;
  if (infos != NULL &&
      check_ok(run,
               run->plugin->device->enumerate(&check_host, count + 1, sizeof *infos, infos, &again,
                                              check_error(run)),
               "enumerate")) {
    CHECK_THAT(run, again == count, "found %u devices, then %u", (unsigned)count, (unsigned)again);
    for (uint32_t i = 0; i < count; i++) {
      check_info(run, &infos[i].info, i);
      for (uint32_t k = 0; k < i; k++)
        CHECK_THAT(run, strcmp(infos[i].info.id, infos[k].info.id) != 0,
                   "devices %u and %u share the id %s", (unsigned)k, (unsigned)i, infos[i].info.id);
      for (int c = 0; c < 4; c++)
        CHECK_THAT(run, infos[i].canary[c] == UINT64_C(0x5A5A5A5A5A5A5A5A),
                   "device %u: a field that this version does not know was written", (unsigned)i);
    }
    CHECK_THAT(run, infos[count].info.name == NULL, "a struct beyond the last device was written");
  }
  free(infos);
  check_end(run);
}

static void check_shorter(check_run *run, uint32_t count) {
  if (!check_begin(run, "devices: enumerate writes no more than struct_size says")) return;
  union {
    mfg_plugin_device_info info;
    unsigned char bytes[sizeof(mfg_plugin_device_info)];
  } space;
  const uint32_t known = offsetof(mfg_plugin_device_info, driver);
  memset(&space, 0x5A, sizeof space);
  space.info.struct_size = known;
  uint32_t again = 0;
  if (count == 0)
    check_skip(run, "the plugin has no device here");
  else if (check_ok(run,
                    run->plugin->device->enumerate(&check_host, 1, sizeof space, &space, &again,
                                                   check_error(run)),
                    "enumerate")) {
    for (size_t i = known; i < sizeof space; i++)
      CHECK_THAT(run, space.bytes[i] == 0x5A, "byte %zu was written, struct_size was %u", i,
                 (unsigned)known);
    CHECK_THAT(run, is_text(space.info.id), "the fields inside struct_size were not filled");
  }
  check_end(run);
}

static void check_open(check_run *run, uint32_t count) {
  if (!check_begin(run, "devices: opening twice, and one that is not there")) return;
  mfg_plugin_device *devices[2] = {NULL, NULL}, *none = NULL;
  const mfg_plugin_device_table *table = run->plugin->device;
  if (count == 0) check_skip(run, "the plugin has no device here");
  for (int i = 0; i < 2 && count > 0; i++)
    check_ok(run, table->open(&check_host, run->device_index, &devices[i], check_error(run)),
             "open");
  CHECK_THAT(run, devices[0] == NULL || devices[0] != devices[1],
             "opening twice gave the same handle");
  mfg_status status = table->open(&check_host, count, &none, check_error(run));
  CHECK_THAT(run, status != MFG_OK, "device %u of %u opened", (unsigned)count, (unsigned)count);
  CHECK_THAT(run, status == MFG_OK || run->error.status == status,
             "the error object says %d, the call %d", (int)run->error.status, (int)status);
  for (int i = 0; i < 2; i++)
    if (devices[i] != NULL) table->close(devices[i]);
  check_end(run);
}

/* The error object may be NULL, and its text is cut at the capacity that the host gives. */
static void check_errors(check_run *run, uint32_t count) {
  if (!check_begin(run, "devices: errors without an object, and in little room")) return;
  mfg_plugin_device *none = NULL;
  char text[8] = "zzzzzzz";
  mfg_plugin_error small = {.struct_size = sizeof small, .text = text, .text_capacity = 4};
  const mfg_plugin_device_table *table = run->plugin->device;
  CHECK_THAT(run, table->open(&check_host, count, &none, NULL) != MFG_OK,
             "a device that is not there opened");
  CHECK_THAT(run, table->open(&check_host, count, &none, &small) != MFG_OK,
             "a device that is not there opened");
  CHECK_THAT(run, memchr(text, '\0', 4) != NULL && text[4] == 'z',
             "an error text of capacity 4 was overrun or is not terminated");
  check_end(run);
}

void check_device_cases(check_run *run) {
  if (run->plugin->device == NULL || run->plugin->buffer == NULL) return;
  uint32_t count = 0;
  bool told = check_begin(run, "devices: enumerate counts");
  count = count_devices(run);
  CHECK_THAT(run, count == 0 || run->device_index < count, "has %u devices, no number %u",
             (unsigned)count, (unsigned)run->device_index);
  if (told) check_end(run);
  check_longer(run, count);
  check_shorter(run, count);
  check_open(run, count);
  check_errors(run, count);
}

/* ---- support -------------------------------------------------------------------------------- */

/* out = x + x: the smallest kernel there is to spoil. */
static void build_sum(kernel_builder *builder) {
  kernel_begin(builder, 1);
  uint32_t x = kernel_operand(builder, MFG_FLOAT32, MFG_OPERAND_READ);
  int32_t value = kernel_load(builder, x, MFG_SITE_HERE);
  kernel_output(builder, kernel_binary(builder, MFG_OP_ADD, value, value));
}

static void expect_unsupported(check_run *run, const mfg_kernel_description *kernel) {
  if (run->plugin->kernel == NULL)
    check_skip(run, "the plugin has no kernel table");
  else
    CHECK_THAT(run, !run->plugin->kernel->supports(run->device, kernel),
               "supports() is true, expected false for what this version does not know");
  check_end(run);
}

/* What a kernel was made into is a text or absent, and lives as long as the kernel. */
static void check_explain(check_run *run) {
  if (!check_begin(run, "support: a prepared kernel can be explained")) return;
  const mfg_plugin_kernel_table *table = run->plugin->kernel;
  kernel_builder builder;
  mfg_plugin_kernel *kernel = NULL;
  build_sum(&builder);
  if (table == NULL || table->explain == NULL)
    check_skip(run, "the plugin explains nothing, which the ABI allows");
  else if (!table->supports(run->device, kernel_build(&builder)))
    check_skip(run, "the plugin does not support this kernel");
  else if (check_ok(run,
                    table->prepare(run->device, kernel_build(&builder), &kernel, check_error(run)),
                    "prepare")) {
    memset(&builder, 0xEE, sizeof builder); /* the description is the caller's again */
    const char *text = table->explain(kernel);
    CHECK_THAT(run, text == NULL || text[0] != '\0', "the explanation is empty");
    CHECK_THAT(run, text == table->explain(kernel), "a second call gave another text");
    table->release(kernel);
  }
  check_end(run);
}

void check_support_cases(check_run *run) {
  kernel_builder builder;
  check_explain(run);
  build_sum(&builder);
  if (check_begin(run, "support: an operation of a later version")) {
    builder.instructions[0][1].operation = 60000;
    expect_unsupported(run, kernel_build(&builder));
  }
  build_sum(&builder);
  if (check_begin(run, "support: a pattern of a later version")) {
    builder.pattern.kind = 200;
    expect_unsupported(run, kernel_build(&builder));
  }
  build_sum(&builder);
  if (check_begin(run, "support: a type of a later version")) {
    builder.operands[0].type = builder.operands[1].type = 99;
    builder.instructions[0][0].type = builder.instructions[0][1].type = 99;
    expect_unsupported(run, kernel_build(&builder));
  }
  if (check_begin(run, "support: a reduction of a later version")) {
    kernel_begin(&builder, 1);
    uint32_t x = kernel_operand(&builder, MFG_FLOAT32, MFG_OPERAND_READ);
    int32_t value = kernel_load(&builder, x, MFG_SITE_HERE);
    kernel_reduce(&builder, 1);
    kernel_add_result(&builder, 77, value);
    kernel_output(&builder, kernel_result(&builder, 0));
    expect_unsupported(run, kernel_build(&builder));
  }
}
