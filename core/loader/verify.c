/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verify.h"

#include "object.h"

#include <inttypes.h>
#include <string.h>

/* A function that a table must have: where it lies in the table. */
typedef struct table_slot {
  size_t offset;
  const char *name;
} table_slot;

#define SLOT(table, field)                                                                         \
  { offsetof(mfg_plugin_##table##_table, field), #table "." #field }

static const table_slot device_slots[] = {SLOT(device, enumerate), SLOT(device, open),
                                          SLOT(device, close)};
static const table_slot buffer_slots[] = {SLOT(buffer, allocate), SLOT(buffer, free),
                                          SLOT(buffer, upload),   SLOT(buffer, download),
                                          SLOT(buffer, copy),     SLOT(buffer, fill)};
static const table_slot queue_slots[] = {
    SLOT(queue, create),      SLOT(queue, destroy),           SLOT(queue, submit),
    SLOT(queue, synchronise), SLOT(queue, event_record),      SLOT(queue, event_wait),
    SLOT(queue, event_query), SLOT(queue, event_synchronise), SLOT(queue, event_release)};
static const table_slot kernel_slots[] = {SLOT(kernel, supports), SLOT(kernel, prepare),
                                          SLOT(kernel, launch), SLOT(kernel, release)};
static const table_slot command_list_slots[] = {
    SLOT(command_list, create), SLOT(command_list, launch),       SLOT(command_list, copy),
    SLOT(command_list, fill),   SLOT(command_list, repeat_begin), SLOT(command_list, repeat_end),
    SLOT(command_list, finish), SLOT(command_list, replay),       SLOT(command_list, release)};

#define SLOTS(table) table##_slots, sizeof table##_slots / sizeof *table##_slots

static const struct {
  size_t offset;
  const char *name;
  bool required;
  const table_slot *slots;
  size_t count;
} tables[] = {{offsetof(mfg_plugin, device), "device", true, SLOTS(device)},
              {offsetof(mfg_plugin, buffer), "buffer", true, SLOTS(buffer)},
              {offsetof(mfg_plugin, queue), "queue", true, SLOTS(queue)},
              {offsetof(mfg_plugin, kernel), "kernel", false, SLOTS(kernel)},
              {offsetof(mfg_plugin, command_list), "command_list", false, SLOTS(command_list)}};

#define TABLE_COUNT (sizeof tables / sizeof *tables)

/* Refuses what the plugin said as invalid. */
#define REFUSE(verdict, ...) mfg_refuse(verdict, MFG_STAGE_QUERY, MFG_REASON_INVALID, __VA_ARGS__)

/* Reads a pointer or function pointer out of a struct: both have one representation where there are
 * shared objects. */
static const void *pointer_at(const void *structure, size_t offset) {
  const void *pointer;
  memcpy(&pointer, (const char *)structure + offset, sizeof pointer);
  return pointer;
}

static bool has_pointer(uint32_t struct_size, size_t offset) {
  return struct_size >= offset + sizeof(void *);
}

static bool check_prefix(const mfg_plugin *plugin, mfg_verdict *verdict) {
  if (plugin == NULL) return REFUSE(verdict, MFG_BACKEND_QUERY_SYMBOL " returned NULL");
  if (plugin->magic != MFG_PLUGIN_MAGIC)
    return REFUSE(verdict, "magic 0x%016" PRIx64 "; expected 0x%016" PRIx64, plugin->magic,
                  MFG_PLUGIN_MAGIC);
  if (plugin->struct_size < offsetof(mfg_plugin, device))
    return REFUSE(verdict, "struct_size %" PRIu32 "; the frozen prefix alone has %zu bytes",
                  plugin->struct_size, offsetof(mfg_plugin, device));
  if (plugin->abi_major != MFG_ABI_MAJOR || plugin->abi_minor != MFG_ABI_MINOR)
    return mfg_refuse(verdict, MFG_STAGE_QUERY, MFG_REASON_VERSION,
                      "the plugin speaks ABI %u.%u; this library speaks %d.%d", plugin->abi_major,
                      plugin->abi_minor, MFG_ABI_MAJOR, MFG_ABI_MINOR);
  if ((plugin->sanitizers & ~mfg_process_sanitizers()) != 0)
    return mfg_refuse(verdict, MFG_STAGE_QUERY, MFG_REASON_SANITIZER,
                      "the plugin was built with sanitizers 0x%" PRIx32
                      ", this program runs under 0x%" PRIx32,
                      plugin->sanitizers, mfg_process_sanitizers());
  return true;
}

static bool check_texts(const mfg_plugin *plugin, const char *name, mfg_verdict *verdict) {
  if (plugin->name == NULL || strcmp(plugin->name, name) != 0)
    return REFUSE(verdict, "the plugin calls itself '%.200s'; its file name says '%.200s'",
                  plugin->name != NULL ? plugin->name : "", name);
  if (plugin->version == NULL || plugin->vendor == NULL || plugin->license == NULL)
    return REFUSE(verdict, "the plugin's %s is NULL; expected a text",
                  plugin->version == NULL  ? "version"
                  : plugin->vendor == NULL ? "vendor"
                                           : "license");
  return true;
}

static bool check_table(const mfg_plugin *plugin, size_t index, mfg_verdict *verdict) {
  const void *table = has_pointer(plugin->struct_size, tables[index].offset)
                          ? pointer_at(plugin, tables[index].offset)
                          : NULL;
  if (table == NULL)
    return !tables[index].required ||
           REFUSE(verdict, "the %s table is missing; it is required", tables[index].name);
  uint32_t size;
  memcpy(&size, table, sizeof size);
  for (size_t i = 0; i < tables[index].count; i++) {
    const table_slot *slot = &tables[index].slots[i];
    if (!has_pointer(size, slot->offset))
      return REFUSE(verdict, "the %s table has struct_size %" PRIu32 " and ends before %s",
                    tables[index].name, size, slot->name);
    if (pointer_at(table, slot->offset) == NULL)
      return REFUSE(verdict, "the function %s is NULL; it is required", slot->name);
  }
  return true;
}

bool mfg_plugin_verify(const mfg_plugin *plugin, const char *name, mfg_verdict *verdict) {
  if (!check_prefix(plugin, verdict) || !check_texts(plugin, name, verdict)) return false;
  for (size_t i = 0; i < TABLE_COUNT; i++)
    if (!check_table(plugin, i, verdict)) return false;
  return true;
}
