/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record.h"

#include "support/environment.h"
#include "support/log.h"
#include "support/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <mfg/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The path of the record, or NULL; its directories are made. */
static char *record_path(void) {
  const char *cache = mfg_environment("XDG_CACHE_HOME");
  const char *home = mfg_environment("HOME");
  mfg_text text = {0};
  if (cache != NULL && cache[0] == '/')
    mfg_text_append(&text, "%s", cache);
  else if (home != NULL && home[0] == '/')
    mfg_text_append(&text, "%s/.cache", home);
  else
    return NULL;
  size_t base = text.length;
  mfg_text_append(&text, "/mfg/probe-%d.%d", MFG_ABI_MAJOR, MFG_ABI_MINOR);
  char *path = mfg_text_take(&text);
  if (path == NULL) return NULL;
  path[base] = '\0';
  mkdir(path, 0700);
  path[base] = '/';
  path[base + 4] = '\0';
  mkdir(path, 0700);
  path[base + 4] = '/';
  return path;
}

static void write_key(char *line, size_t size, const mfg_file_identity *identity) {
  snprintf(line, size, "good %ju %ju %jd %jd.%09ld %jd.%09ld\n", (uintmax_t)identity->device,
           (uintmax_t)identity->inode, (intmax_t)identity->size,
           (intmax_t)identity->modified.tv_sec, identity->modified.tv_nsec,
           (intmax_t)identity->changed.tv_sec, identity->changed.tv_nsec);
}

static void write_crash(char *line, size_t size, const mfg_file_identity *identity,
                        uint64_t content) {
  snprintf(line, size, "crashed %jd %016" PRIx64 "\n", (intmax_t)identity->size, content);
}

static bool holds(const char *wanted) {
  char *path = record_path();
  FILE *record = path != NULL ? fopen(path, "re") : NULL;
  free(path);
  if (record == NULL) return false;
  char line[256];
  bool found = false;
  while (!found && fgets(line, sizeof line, record) != NULL)
    found = strcmp(line, wanted) == 0;
  fclose(record);
  return found;
}

/* One write of one short line in append mode is whole, also beside another process's. */
static void append(const char *line) {
  char *path = record_path();
  if (path == NULL) return;
  int record = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (record < 0 || write(record, line, strlen(line)) < 0)
    mfg_log_line(MFG_LOG_INFO, "the record of probes %s cannot be written: %s", path,
                 strerror(errno));
  if (record >= 0) close(record);
  free(path);
}

bool mfg_record_is_good(const mfg_file_identity *identity) {
  char line[256];
  write_key(line, sizeof line, identity);
  return holds(line);
}

bool mfg_record_has_crashed(const mfg_file_identity *identity, uint64_t content) {
  char line[256];
  write_crash(line, sizeof line, identity, content);
  return content != 0 && holds(line);
}

void mfg_record_good(const mfg_file_identity *identity) {
  char line[256];
  write_key(line, sizeof line, identity);
  append(line);
}

void mfg_record_crash(const mfg_file_identity *identity, uint64_t content) {
  char line[256];
  write_crash(line, sizeof line, identity, content);
  if (content != 0) append(line);
}

uint64_t mfg_record_content(const char *path) {
  int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (file < 0) return 0;
  uint64_t hash = UINT64_C(0xCBF29CE484222325);
  unsigned char block[16384];
  ssize_t size;
  while ((size = read(file, block, sizeof block)) > 0)
    for (ssize_t i = 0; i < size; i++)
      hash = (hash ^ block[i]) * UINT64_C(0x100000001B3);
  close(file);
  return size == 0 ? hash : 0;
}
