/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registry: what was found where plugins are looked for, and what became of each file.
 *
 * Opening one walks the search path, loads every plugin that can be loaded and asks it for its
 * devices; every file named like a plugin leaves a candidate, used or not, with the reason. A
 * registry is a picture of that moment: it changes no more, may be read from any thread, and keeps
 * the plugins that it lists loaded until it is freed. What its functions return belongs to it.
 *
 * A program that only wants a device has no need of one: mfg_context_open() looks by itself. */
#ifndef MFG_REGISTRY_H
#define MFG_REGISTRY_H

#include <mfg/api.h>
#include <mfg/plugin.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mfg_registry mfg_registry;

/* A place of the search path, in the order of the search. */
typedef struct mfg_search_directory {
  const char *path;
  const char *origin; /* "program", the variable that named it, "user" or "system" */
  const char *status; /* searched, not-found, insecure, unreadable, duplicate or invalid */
  const char *detail; /* why it was not searched, in the system's words; "" where it was */
} mfg_search_directory;

/* A file named like a plugin. Texts that are not known are "". */
typedef struct mfg_candidate {
  const char *path; /* absolute */
  const char *name; /* what its file name says: "acme" for mfg-backend-acme.so */
  bool loaded;      /* a backend that can be used */
  const char
      *reason;       /* why not: one of the words of docs/user/backend_selection.md; "" if loaded */
  const char *stage; /* how far it came: name, filter, file, object, open, entry, query, devices */
  const char *detail; /* what was found and what was expected; "" if loaded */
  const char *version;
  const char *vendor;
  const char *license;
  uint32_t device_count;
} mfg_candidate;

/* A device as `auto` sees it. */
typedef struct mfg_ranked_device {
  const char *backend;
  uint32_t device; /* index in the backend */
  double score;    /* higher is taken first; 0: never taken */
  const char *why;
} mfg_ranked_device;

/* Looks everywhere. `plugin_path` holds directories or files, separated by ':', that are looked at
 * before all others; NULL for none. Finding nothing is success. Any thread. Errors:
 * MFG_ERROR_OUT_OF_MEMORY, with *registry NULL. Free the registry with mfg_registry_free(). */
MFG_API mfg_status mfg_registry_open(const char *plugin_path, mfg_registry **registry);

/* Frees the registry, which may be NULL, and all texts and structs that it gave. */
MFG_API void mfg_registry_free(mfg_registry *registry);

/* The search path. The index is below the count, here and below; NULL otherwise. */
MFG_API size_t mfg_registry_directory_count(const mfg_registry *registry);
MFG_API const mfg_search_directory *mfg_registry_directory(const mfg_registry *registry,
                                                           size_t index);

/* The candidates, in the order of the search path and by name within a directory. */
MFG_API size_t mfg_registry_candidate_count(const mfg_registry *registry);
MFG_API const mfg_candidate *mfg_registry_candidate(const mfg_registry *registry, size_t index);

/* A device of a candidate that is loaded. */
MFG_API const mfg_plugin_device_info *mfg_registry_device(const mfg_registry *registry,
                                                          size_t candidate, uint32_t device);

/* Opens a device and asks what it leaves to the host: stores in *text the names of the operations
 * and patterns that it does not compute itself, one a line, "" for none. The caller frees *text
 * with free(). Errors, with *text NULL: what the plugin says on opening the device,
 * MFG_ERROR_NOT_FOUND for a device that is not listed, MFG_ERROR_OUT_OF_MEMORY. */
MFG_API mfg_status mfg_registry_fallbacks(const mfg_registry *registry, size_t candidate,
                                          uint32_t device, char **text);

/* The devices of all loaded candidates in the order in which `auto` would take them. */
MFG_API size_t mfg_registry_ranking_count(const mfg_registry *registry);
MFG_API const mfg_ranked_device *mfg_registry_ranking(const mfg_registry *registry, size_t index);

/* Writes all of the above for a reader: the places, each candidate and why it was skipped, the
 * devices, the ranking. Bytes that a terminal would act on are written as \xHH. MFG_ERROR_IO where
 * the stream does not take it. */
MFG_API mfg_status mfg_registry_write(const mfg_registry *registry, FILE *stream);

/* Opens a registry, writes it and frees it. */
MFG_API mfg_status mfg_report(FILE *stream);

/* "gpu" for MFG_DEVICE_GPU and so on, "other" for a kind that this version does not know. Static.
 */
MFG_API const char *mfg_device_kind_name(uint32_t kind);

#ifdef __cplusplus
}
#endif

#endif
