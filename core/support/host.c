/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host.h"

#include "environment.h"
#include "lock.h"
#include "log.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct host {
  mfg_plugin_host table;
  mfg_setting *settings;
  size_t count;
  struct host *next;
};

/* A value of the environment that has been given out and must not change under its reader. */
struct value {
  struct value *next;
  char text[];
};

static struct host *hosts;
static struct value *values;

static void *allocate(void *context, size_t size, size_t alignment) {
  (void)context;
  void *memory = NULL;
  if (alignment < sizeof(void *)) alignment = sizeof(void *);
  return posix_memalign(&memory, alignment, size) == 0 ? memory : NULL;
}

static void release(void *context, void *memory) {
  (void)context;
  free(memory);
}

static void log_line(void *context, int32_t level, const char *text) {
  (void)context;
  if (text != NULL) mfg_log_text(level, text);
}

static bool log_enabled(void *context, int32_t level) {
  (void)context;
  return mfg_log_enabled(level);
}

/* The same text, at an address that lasts; NULL where memory is out. The caller holds the lock. */
static const char *lasting(const char *text) {
  for (struct value *value = values; value != NULL; value = value->next)
    if (strcmp(value->text, text) == 0) return value->text;
  size_t size = strlen(text) + 1;
  struct value *value = malloc(sizeof *value + size);
  if (value == NULL) return NULL;
  memcpy(value->text, text, size);
  value->next = values;
  values = value;
  return value->text;
}

static void append_upper(mfg_text *name, const char *word) {
  for (; *word != '\0'; word++)
    mfg_text_append(name, "%c", *word == '-' ? '_' : toupper((unsigned char)*word));
}

static const char *config_of_environment(const char *backend, const char *key) {
  mfg_text text = {0};
  mfg_text_append(&text, "MFG_");
  append_upper(&text, backend);
  mfg_text_append(&text, "_");
  append_upper(&text, key);
  char *name = mfg_text_take(&text);
  const char *value = name != NULL ? mfg_environment(name) : NULL;
  if (value != NULL) {
    mfg_lock(MFG_LOCK_SETTINGS);
    value = lasting(value);
    mfg_unlock(MFG_LOCK_SETTINGS);
  }
  free(name);
  return value;
}

static const char *config(void *context, const char *backend, const char *key) {
  const struct host *host = context;
  if (backend == NULL || key == NULL) return NULL;
  for (size_t i = 0; i < host->count; i++)
    if (strcmp(host->settings[i].backend, backend) == 0 && strcmp(host->settings[i].key, key) == 0)
      return host->settings[i].value;
  return config_of_environment(backend, key);
}

static bool same(const struct host *host, const mfg_setting *settings, size_t count) {
  if (host->count != count) return false;
  for (size_t i = 0; i < count; i++)
    if (strcmp(host->settings[i].backend, settings[i].backend) != 0 ||
        strcmp(host->settings[i].key, settings[i].key) != 0 ||
        strcmp(host->settings[i].value, settings[i].value) != 0)
      return false;
  return true;
}

static struct host *host_new(const mfg_setting *settings, size_t count) {
  struct host *host = calloc(1, sizeof *host);
  mfg_setting *copies = calloc(count + 1, sizeof *copies);
  bool complete = host != NULL && copies != NULL;
  for (size_t i = 0; complete && i < count; i++) {
    copies[i] = (mfg_setting){lasting(settings[i].backend), lasting(settings[i].key),
                              lasting(settings[i].value)};
    complete = copies[i].backend != NULL && copies[i].key != NULL && copies[i].value != NULL;
  }
  if (!complete) {
    free(copies);
    free(host);
    return NULL;
  }
  host->settings = copies;
  host->count = count;
  host->table = (mfg_plugin_host){.struct_size = sizeof host->table,
                                  .abi_major = MFG_ABI_MAJOR,
                                  .abi_minor = MFG_ABI_MINOR,
                                  .context = host,
                                  .allocate = allocate,
                                  .release = release,
                                  .log = log_line,
                                  .log_enabled = log_enabled,
                                  .config = config};
  return host;
}

const mfg_plugin_host *mfg_host_table(const mfg_setting *settings, size_t count) {
  mfg_lock(MFG_LOCK_SETTINGS);
  struct host *host = hosts;
  while (host != NULL && !same(host, settings, count))
    host = host->next;
  if (host == NULL) {
    host = host_new(settings, count);
    if (host != NULL) {
      host->next = hosts;
      hosts = host;
    }
  }
  mfg_unlock(MFG_LOCK_SETTINGS);
  return host != NULL ? &host->table : NULL;
}
