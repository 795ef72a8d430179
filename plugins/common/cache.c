/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Binaries on disk. A file is named by a hash of its key and holds: the magic number, the lengths
 * of key and binary, a hash of the binary, the key, the binary. */
#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct header {
  char magic[8];
  uint64_t key_size;
  uint64_t binary_size;
  uint64_t binary_hash;
};

static const char magic[8] = {'M', 'F', 'G', 'B', 'I', 'N', '0', '2'};

/* FNV-1a. */
static uint64_t hash(const void *data, size_t size) {
  const unsigned char *bytes = data;
  uint64_t value = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < size; i++)
    value = (value ^ bytes[i]) * UINT64_C(0x100000001b3);
  return value;
}

static char *join(const char *a, const char *b) {
  size_t size = strlen(a) + strlen(b) + 1;
  char *text = malloc(size);
  if (text) snprintf(text, size, "%s%s", a, b);
  return text;
}

char *mfg_cache_directory(const mfg_plugin_host *host, const char *backend) {
  const char *setting = host && host->config ? host->config(host->context, backend, "cache") : NULL;
  if (setting && (strcmp(setting, "off") == 0 || strcmp(setting, "0") == 0)) return NULL;
  const char *base = secure_getenv("XDG_CACHE_HOME"), *below = "/mfg/";
  if (!base || base[0] != '/') {
    base = secure_getenv("HOME");
    below = "/.cache/mfg/";
  }
  if (!base || base[0] != '/') return NULL;
  char *parent = join(base, below), *directory = parent ? join(parent, backend) : NULL;
  free(parent);
  return directory;
}

static char *file_path(const char *directory, const char *key) {
  char name[32];
  snprintf(name, sizeof name, "/%016llx.bin", (unsigned long long)hash(key, strlen(key)));
  return join(directory, name);
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool read_all(int file, void *target, size_t size) {
  char *cursor = target;
  while (size > 0) {
    ssize_t got = read(file, cursor, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    cursor += got;
    size -= (size_t)got;
  }
  return true;
}

/* Nobody else may have written here: what is read is run. */
static bool is_ours(const struct stat *state) {
  return state->st_uid == geteuid() && (state->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static bool directory_is_ours(const char *directory) {
  struct stat state;
  return lstat(directory, &state) == 0 && S_ISDIR(state.st_mode) && is_ours(&state);
}

static bool file_is_ours(int file, off_t *size) {
  struct stat state;
  if (fstat(file, &state) != 0) return false;
  *size = state.st_size;
  return S_ISREG(state.st_mode) && is_ours(&state);
}

static unsigned char *read_file(int file, const char *key, size_t *size) {
  struct header header;
  off_t file_size;
  size_t key_size = strlen(key);
  if (!file_is_ours(file, &file_size) || !read_all(file, &header, sizeof header)) return NULL;
  if (memcmp(header.magic, magic, sizeof magic) != 0 || header.key_size != key_size ||
      header.binary_size == 0 || header.binary_size > (uint64_t)file_size ||
      (uint64_t)file_size != sizeof header + key_size + header.binary_size)
    return NULL;
  unsigned char *content = malloc(key_size + header.binary_size);
  if (!content) return NULL;
  if (!read_all(file, content, key_size + header.binary_size) ||
      memcmp(content, key, key_size) != 0 ||
      hash(content + key_size, header.binary_size) != header.binary_hash) {
    free(content);
    return NULL;
  }
  memmove(content, content + key_size, header.binary_size);
  *size = header.binary_size;
  return content;
}

unsigned char *mfg_cache_read(const char *directory, const char *key, size_t *size) {
  char *path = directory_is_ours(directory) ? file_path(directory, key) : NULL;
  if (!path) return NULL;
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  free(path);
  if (file < 0) return NULL;
  unsigned char *binary = read_file(file, key, size);
  close(file);
  return binary;
}

/* ---- writing -------------------------------------------------------------------------------- */

static bool write_all(int file, const void *source, size_t size) {
  const char *cursor = source;
  while (size > 0) {
    ssize_t done = write(file, cursor, size);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    cursor += done;
    size -= (size_t)done;
  }
  return true;
}

static void make_directories(const char *directory) {
  char *path = join(directory, "");
  if (!path) return;
  for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
    *slash = '\0';
    mkdir(path, 0700);
  }
  mkdir(path, 0700);
  free(path);
}

static bool write_file(int file, const char *key, const unsigned char *binary, size_t size) {
  struct header header = {
      .key_size = strlen(key), .binary_size = size, .binary_hash = hash(binary, size)};
  memcpy(header.magic, magic, sizeof magic);
  return write_all(file, &header, sizeof header) && write_all(file, key, header.key_size) &&
         write_all(file, binary, size);
}

void mfg_cache_write(const char *directory, const char *key, const unsigned char *binary,
                     size_t size) {
  make_directories(directory);
  if (!directory_is_ours(directory)) return;
  char *path = file_path(directory, key), *temporary = path ? join(path, ".XXXXXX") : NULL;
  int file = temporary ? mkostemp(temporary, O_CLOEXEC) : -1;
  if (file >= 0) {
    bool written = write_file(file, key, binary, size);
    written = close(file) == 0 && written;
    if (!written || rename(temporary, path) != 0) unlink(temporary);
  }
  free(temporary);
  free(path);
}
