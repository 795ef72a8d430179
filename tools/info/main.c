/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mfg-info: what backends there are, what devices they have, and why a plugin was skipped. */
#include "json.h"

#include <mfg/error.h>
#include <mfg/registry.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: mfg-info [--json]\n"
    "\n"
    "Looks for backends as every program of this library does, loads each, and shows where it\n"
    "looked, what it found, the devices, and the order in which 'auto' would take them.\n"
    "\n"
    "  --json     one JSON object on standard output\n"
    "  --help     this text\n"
    "  --version  the version of the library\n"
    "\n"
    "MFG_BACKEND_PATH, MFG_ADD_BACKEND_PATH, MFG_BACKENDS_SELECT, MFG_BACKENDS_DISABLE and\n"
    "MFG_DEBUG are as everywhere. Exit status: 0 where at least one device can be used, 3 where\n"
    "none can, 2 for a wrong argument, 5 where memory or the output failed.\n";

enum { EXIT_USAGE = 2, EXIT_NO_BACKEND = 3, EXIT_FAILED = 5 };

/* The lines of a text, as an array. */
static void write_lines(json_writer *json, const char *key, char *lines) {
  json_begin(json, key, '[');
  char *rest = lines;
  for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n"))
    if (*line != '\0') json_text(json, NULL, line);
  json_end(json, ']');
}

static void write_device(json_writer *json, const mfg_registry *registry, size_t candidate,
                         uint32_t index) {
  const mfg_plugin_device_info *info = mfg_registry_device(registry, candidate, index);
  char *fallbacks;
  mfg_status status = mfg_registry_fallbacks(registry, candidate, index, &fallbacks);
  json_begin(json, NULL, '{');
  json_integer(json, "index", index);
  json_text(json, "name", info->name);
  json_text(json, "kind", mfg_device_kind_name(info->kind));
  json_text(json, "id", info->id);
  json_text(json, "driver", info->driver);
  json_boolean(json, "float64", (info->types & MFG_DTYPE_BIT(MFG_FLOAT64)) != 0);
  json_integer(json, "memory_bytes", info->memory_bytes);
  json_number(json, "bandwidth_gbs", info->bandwidth_gbs);
  json_number(json, "launch_us", info->launch_us);
  write_lines(json, "fallbacks", fallbacks);
  if (status != MFG_OK) json_text(json, "error", mfg_last_error());
  json_end(json, '}');
  free(fallbacks);
}

static void write_candidate(json_writer *json, const mfg_registry *registry, size_t index) {
  const mfg_candidate *candidate = mfg_registry_candidate(registry, index);
  json_begin(json, NULL, '{');
  json_text(json, "path", candidate->path);
  json_text(json, "name", candidate->name);
  json_text(json, "status", candidate->loaded ? "loaded" : "skipped");
  json_text(json, "reason", candidate->loaded ? NULL : candidate->reason);
  json_text(json, "stage", candidate->stage);
  json_text(json, "detail", candidate->loaded ? NULL : candidate->detail);
  json_text(json, "version", candidate->version);
  json_text(json, "vendor", candidate->vendor);
  json_text(json, "license", candidate->license);
  json_begin(json, "devices", '[');
  for (uint32_t i = 0; i < candidate->device_count; i++)
    write_device(json, registry, index, i);
  json_end(json, ']');
  json_end(json, '}');
}

static void write_places(json_writer *json, const mfg_registry *registry) {
  json_begin(json, "search_path", '[');
  for (size_t i = 0; i < mfg_registry_directory_count(registry); i++) {
    const mfg_search_directory *place = mfg_registry_directory(registry, i);
    json_begin(json, NULL, '{');
    json_text(json, "path", place->path);
    json_text(json, "status", place->status);
    json_text(json, "origin", place->origin);
    json_text(json, "detail", place->detail);
    json_end(json, '}');
  }
  json_end(json, ']');
}

static void write_ranking(json_writer *json, const mfg_registry *registry) {
  json_begin(json, "auto", '[');
  for (size_t i = 0; i < mfg_registry_ranking_count(registry); i++) {
    const mfg_ranked_device *device = mfg_registry_ranking(registry, i);
    json_begin(json, NULL, '{');
    json_text(json, "backend", device->backend);
    json_integer(json, "device", device->device);
    json_number(json, "score", device->score);
    json_text(json, "why", device->why);
    json_end(json, '}');
  }
  json_end(json, ']');
}

static void write_json(const mfg_registry *registry, FILE *stream) {
  json_writer json = {.stream = stream};
  json_begin(&json, NULL, '{');
  json_text(&json, "version", mfg_version());
  json_begin(&json, "abi", '{');
  json_integer(&json, "major", MFG_ABI_MAJOR);
  json_integer(&json, "minor", MFG_ABI_MINOR);
  json_end(&json, '}');
  write_places(&json, registry);
  json_begin(&json, "plugins", '[');
  for (size_t i = 0; i < mfg_registry_candidate_count(registry); i++)
    write_candidate(&json, registry, i);
  json_end(&json, ']');
  write_ranking(&json, registry);
  json_end(&json, '}');
  putc('\n', stream);
}

static int show(const mfg_registry *registry, bool as_json) {
  mfg_status status = MFG_OK;
  if (as_json)
    write_json(registry, stdout);
  else {
    printf("libmfg %s, plugin ABI %d.%d\n", mfg_version(), MFG_ABI_MAJOR, MFG_ABI_MINOR);
    status = mfg_registry_write(registry, stdout);
  }
  if (status != MFG_OK || fflush(stdout) != 0 || ferror(stdout)) {
    fprintf(stderr, "mfg-info: the output could not be written\n");
    return EXIT_FAILED;
  }
  const mfg_ranked_device *best = mfg_registry_ranking(registry, 0);
  return best != NULL && best->score > 0 ? EXIT_SUCCESS : EXIT_NO_BACKEND;
}

static int look(bool as_json) {
  mfg_registry *registry;
  if (mfg_registry_open(NULL, &registry) != MFG_OK) {
    fprintf(stderr, "mfg-info: %s\n", mfg_last_error());
    return EXIT_FAILED;
  }
  int status = show(registry, as_json);
  mfg_registry_free(registry);
  return status;
}

int main(int count, char **arguments) {
  bool as_json = false;
  for (int i = 1; i < count; i++) {
    if (strcmp(arguments[i], "--json") == 0)
      as_json = true;
    else if (strcmp(arguments[i], "--help") == 0)
      return fputs(usage, stdout) >= 0 ? EXIT_SUCCESS : EXIT_FAILED;
    else if (strcmp(arguments[i], "--version") == 0)
      return printf("mfg-info %s\n", mfg_version()) > 0 ? EXIT_SUCCESS : EXIT_FAILED;
    else if (strcmp(arguments[i], "--measure") == 0) {
      fprintf(stderr, "mfg-info: this version cannot measure devices; the figures of --json are "
                      "those that the plugins declare\n");
      return EXIT_USAGE;
    } else {
      fprintf(stderr, "mfg-info: unknown argument '%s'\n%s", arguments[i], usage);
      return EXIT_USAGE;
    }
  }
  return look(as_json);
}
