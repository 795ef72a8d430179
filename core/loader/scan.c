/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan.h"

#include "object.h"
#include "probe.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/log.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char prefix[] = "mfg-backend-";
static const char suffix[] = ".so";

static bool named_like_plugin(const char *file) {
  size_t length = strlen(file);
  size_t affixes = sizeof prefix - 1 + sizeof suffix - 1;
  return length >= affixes && strncmp(file, prefix, sizeof prefix - 1) == 0 &&
         strcmp(file + length - (sizeof suffix - 1), suffix) == 0;
}

static int is_plugin_file(const struct dirent *file) {
  return named_like_plugin(file->d_name);
}

/* What stands between prefix and suffix, "" for another file name; NULL where memory is out. */
static char *name_of(const char *path) {
  const char *slash = strrchr(path, '/');
  const char *file = slash != NULL ? slash + 1 : path;
  if (!named_like_plugin(file)) return strdup("");
  return strndup(file + sizeof prefix - 1, strlen(file) - (sizeof prefix - 1 + sizeof suffix - 1));
}

/* ---- listing ---- */

/* Takes `path`, which was allocated. The entries are counted in steps of a power of two. */
static bool add_entry(mfg_scan *scan, char *path, bool insecure) {
  if ((scan->count & (scan->count - 1)) == 0) {
    size_t capacity = scan->count == 0 ? 1 : 2 * scan->count;
    mfg_entry *entries = realloc(scan->entries, capacity * sizeof *entries);
    if (entries == NULL) {
      free(path);
      return false;
    }
    scan->entries = entries;
  }
  char *name = path != NULL ? name_of(path) : NULL;
  if (name == NULL) {
    free(path);
    return false;
  }
  scan->entries[scan->count++] = (mfg_entry){.path = path, .name = name, .insecure = insecure};
  return true;
}

static int by_bytes(const struct dirent **one, const struct dirent **other) {
  return strcmp((*one)->d_name, (*other)->d_name);
}

static bool list_directory(mfg_scan *scan, mfg_place *place) {
  struct dirent **files = NULL;
  int count = scandir(place->path, &files, is_plugin_file, by_bytes);
  if (count < 0 && errno == ENOMEM) return false;
  if (count < 0) {
    char *detail = strdup(strerror(errno));
    free(place->detail);
    place->status = MFG_PLACE_UNREADABLE;
    place->detail = detail;
    place->record.status = mfg_place_status_name(place->status);
    place->record.detail = detail;
    return detail != NULL;
  }
  bool done = true;
  const char *separator = place->path[strlen(place->path) - 1] == '/' ? "" : "/";
  for (int i = 0; i < count; i++) {
    mfg_text path = {0};
    mfg_text_append(&path, "%s%s%s", place->path, separator, files[i]->d_name);
    done = done && add_entry(scan, mfg_text_take(&path), place->status == MFG_PLACE_INSECURE);
    mfg_text_free(&path);
    free(files[i]);
  }
  free(files);
  return done;
}

static bool list_place(mfg_scan *scan, mfg_place *place) {
  if (place->status != MFG_PLACE_SEARCHED && place->status != MFG_PLACE_INSECURE) return true;
  if (place->is_file) return add_entry(scan, strdup(place->path), false);
  return list_directory(scan, place);
}

mfg_status mfg_scan_open(const char *plugin_path, const mfg_plugin_host *host, mfg_scan *scan) {
  *scan = (mfg_scan){.host = host};
  mfg_status status = mfg_search_open(plugin_path, &scan->search);
  bool done = status == MFG_OK;
  for (size_t i = 0; done && i < scan->search.count; i++)
    done = list_place(scan, &scan->search.places[i]);
  if (!done) {
    mfg_scan_close(scan);
    return mfg_fail_memory(sizeof(mfg_entry), "the list of plugins");
  }
  for (size_t i = 0; i < scan->count; i++) {
    mfg_entry *entry = &scan->entries[i];
    entry->record = (mfg_candidate){.path = entry->path,
                                    .name = entry->name,
                                    .reason = "",
                                    .stage = mfg_stage_name(MFG_STAGE_NAME),
                                    .detail = "",
                                    .version = "",
                                    .vendor = "",
                                    .license = ""};
  }
  return MFG_OK;
}

void mfg_scan_close(mfg_scan *scan) {
  for (size_t i = 0; i < scan->count; i++) {
    mfg_entry *entry = &scan->entries[i];
    mfg_devices_free(&entry->devices);
    mfg_backend_release(entry->backend);
    free(entry->verdict.detail);
    free(entry->path);
    free(entry->name);
  }
  free(scan->entries);
  mfg_search_close(&scan->search);
  *scan = (mfg_scan){0};
}

/* ---- the stages ---- */

static bool check_name(mfg_scan *scan, mfg_entry *entry) {
  if (entry->insecure)
    return mfg_refuse(&entry->verdict, MFG_STAGE_NAME, MFG_REASON_INSECURE,
                      "anybody may write to its directory");
  for (const char *byte = entry->name; *byte != '\0'; byte++)
    if (!isascii((unsigned char)*byte) || (!isalnum((unsigned char)*byte) && !strchr("_-", *byte)))
      return mfg_refuse(&entry->verdict, MFG_STAGE_NAME, MFG_REASON_INVALID,
                        "the name holds the byte 0x%02X; letters, digits, '_' and '-' may stand "
                        "there",
                        (unsigned)(unsigned char)*byte);
  if (entry->name[0] == '\0' || strcmp(entry->name, "auto") == 0)
    return mfg_refuse(&entry->verdict, MFG_STAGE_NAME, MFG_REASON_INVALID,
                      "the file is not named %sNAME%s with a name other than 'auto'", prefix,
                      suffix);
  for (const mfg_entry *other = scan->entries; other < entry; other++)
    if (other->record.loaded && strcmp(other->name, entry->name) == 0)
      return mfg_refuse(&entry->verdict, MFG_STAGE_NAME, MFG_REASON_DUPLICATE,
                        "the name is taken by %s, which comes first", other->path);
  return true;
}

/* Whether one of the globs, separated by commas, matches. */
static bool matches_any(const char *globs, const char *name, bool *failed) {
  bool found = false;
  while (*globs != '\0' && !found) {
    size_t length = strcspn(globs, ",");
    char *glob = strndup(globs, length);
    if (glob == NULL)
      *failed = true;
    else
      found = fnmatch(glob, name, 0) == 0;
    free(glob);
    globs += length + (globs[length] == ',');
  }
  return found;
}

static bool check_filter(mfg_scan *scan, mfg_entry *entry) {
  (void)scan;
  bool failed = false;
  const char *select = mfg_environment("MFG_BACKENDS_SELECT");
  const char *disable = mfg_environment("MFG_BACKENDS_DISABLE");
  bool selected = select == NULL || matches_any(select, entry->name, &failed);
  bool disabled = disable != NULL && matches_any(disable, entry->name, &failed);
  if (failed)
    return mfg_refuse(&entry->verdict, MFG_STAGE_FILTER, MFG_REASON_DISABLED,
                      "no memory to match it with MFG_BACKENDS_SELECT and MFG_BACKENDS_DISABLE");
  if (!selected)
    return mfg_refuse(&entry->verdict, MFG_STAGE_FILTER, MFG_REASON_DISABLED,
                      "MFG_BACKENDS_SELECT=%s does not match it", select);
  if (disabled)
    return mfg_refuse(&entry->verdict, MFG_STAGE_FILTER, MFG_REASON_DISABLED,
                      "MFG_BACKENDS_DISABLE=%s matches it", disable);
  return true;
}

static bool check_duplicate(mfg_scan *scan, mfg_entry *entry) {
  for (const mfg_entry *other = scan->entries; other < entry; other++)
    if (other->record.loaded && mfg_same_file(&other->identity, &entry->identity))
      return mfg_refuse(&entry->verdict, MFG_STAGE_FILE, MFG_REASON_DUPLICATE,
                        "the same file as %s", other->path);
  return true;
}

static bool check_file(mfg_scan *scan, mfg_entry *entry) {
  int descriptor = mfg_file_open(entry->path, &entry->identity, &entry->verdict);
  if (descriptor < 0) return false;
  bool usable = check_duplicate(scan, entry) && mfg_object_inspect(descriptor, &entry->verdict);
  close(descriptor);
  return usable;
}

static bool probe(mfg_scan *scan, mfg_entry *entry) {
  (void)scan;
  return mfg_probe(entry->path, entry->name, &entry->identity, &entry->verdict);
}

static bool load(mfg_scan *scan, mfg_entry *entry) {
  (void)scan;
  entry->backend = mfg_backend_load(entry->path, entry->name, &entry->identity, &entry->verdict);
  return entry->backend != NULL;
}

static bool enumerate(mfg_scan *scan, mfg_entry *entry) {
  const mfg_plugin *plugin = entry->backend->plugin;
  entry->record.version = plugin->version;
  entry->record.vendor = plugin->vendor;
  entry->record.license = plugin->license;
  return mfg_devices_enumerate(plugin, scan->host, &entry->devices, &entry->verdict);
}

bool mfg_scan_examine(mfg_scan *scan, size_t index) {
  static bool (*const stages[])(mfg_scan *, mfg_entry *) = {check_name, check_filter, check_file,
                                                            probe,      load,         enumerate};
  mfg_entry *entry = &scan->entries[index];
  if (entry->examined) return entry->record.loaded;
  entry->examined = true;
  bool usable = true;
  for (size_t i = 0; usable && i < sizeof stages / sizeof *stages; i++)
    usable = stages[i](scan, entry);
  entry->record.loaded = usable;
  entry->record.device_count = entry->devices.count;
  if (usable) {
    entry->record.stage = mfg_stage_name(MFG_STAGE_DEVICES);
    mfg_log_line(MFG_LOG_DEBUG, "%s: loaded, %u devices", entry->path, entry->devices.count);
    return true;
  }
  entry->record.reason = mfg_reason_name(entry->verdict.reason);
  entry->record.stage = mfg_stage_name(entry->verdict.stage);
  entry->record.detail =
      entry->verdict.detail != NULL ? entry->verdict.detail : "no memory for the reason";
  mfg_log_line(MFG_LOG_INFO, "%s: skipped at stage %s, %s: %s", entry->path, entry->record.stage,
               entry->record.reason, entry->record.detail);
  return false;
}
