/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A walk over the search path: the files that are named like plugins, and, for those that somebody
 * asked about, what became of them.
 *
 * Listing opens no file. A candidate is examined only when it is asked for, so that a program that
 * names its backend opens that one file. A scan is used by one thread. */
#ifndef MFG_LOADER_SCAN_H
#define MFG_LOADER_SCAN_H

#include "backend.h"
#include "devices.h"
#include "search.h"
#include "support/text.h"

typedef struct mfg_entry {
  mfg_candidate record; /* its texts are the ones below, or the plugin's */
  char *path;
  char *name; /* "" where the file name gives none */
  bool examined;
  bool insecure; /* found in a place that anybody may write to */
  mfg_file_identity identity;
  mfg_verdict verdict;
  mfg_backend *backend; /* one reference; NULL unless loaded */
  mfg_device_list devices;
} mfg_entry;

typedef struct mfg_scan {
  mfg_search search;
  mfg_entry *entries;
  size_t count;
  const mfg_plugin_host *host; /* for enumeration */
} mfg_scan;

/* Lists. MFG_OK or MFG_ERROR_OUT_OF_MEMORY. */
mfg_status mfg_scan_open(const char *plugin_path, const mfg_plugin_host *host, mfg_scan *scan);

/* Takes one candidate through all stages, once. Afterwards its record says what came of it; true
 * where it is a backend with devices. */
bool mfg_scan_examine(mfg_scan *scan, size_t index);

void mfg_scan_close(mfg_scan *scan);

/* Appends the places and the candidates, one a line, for an error or a report. */
void mfg_scan_describe(const mfg_scan *scan, mfg_text *text);

#endif
