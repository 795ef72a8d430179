/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "backend.h"

#include "module.h"
#include "support/environment.h"
#include "support/host.h"
#include "support/lock.h"
#include "support/log.h"
#include "verify.h"

#include <stdlib.h>
#include <string.h>

typedef struct loaded loaded;

struct loaded {
  mfg_backend backend; /* first: what the rest of core holds */
  mfg_file_identity identity;
  mfg_module *module;
  char *path;
  size_t references;
  loaded *next;
};

/* All backends that are mapped, guarded by MFG_LOCK_LOADER. */
static loaded *all;

static loaded *find_file(const mfg_file_identity *identity) {
  loaded *entry = all;
  while (entry != NULL && !mfg_same_file(&entry->identity, identity))
    entry = entry->next;
  return entry;
}

static loaded *find_plugin(const mfg_plugin *plugin) {
  loaded *entry = all;
  while (entry != NULL && entry->backend.plugin != plugin)
    entry = entry->next;
  return entry;
}

/* The dynamic linker's words say what was wrong. Those about another file than the plugin, or about
 * a symbol or its version, are about what the plugin depends on. */
static mfg_reason reason_of(const char *path, const char *words) {
  size_t length = strlen(path);
  bool own = strncmp(words, path, length) == 0 && words[length] == ':';
  if (own && strstr(words, "ISA level") != NULL) return MFG_REASON_ISA;
  if (!own || strstr(words, "undefined symbol") != NULL || strstr(words, "' not found") != NULL)
    return MFG_REASON_MISSING_DEPENDENCY;
  return MFG_REASON_BAD_ELF;
}

/* Opens the object and asks it what it is; the caller closes *module. */
static const mfg_plugin *query(mfg_module *module, const char *name, mfg_verdict *verdict) {
  void *symbol = mfg_module_symbol(module, MFG_BACKEND_QUERY_SYMBOL);
  if (symbol == NULL) {
    mfg_refuse(verdict, MFG_STAGE_ENTRY, MFG_REASON_NO_ENTRY, "%s", mfg_module_error());
    return NULL;
  }
  const mfg_plugin_host *host = mfg_host_table(NULL, 0);
  if (host == NULL) {
    mfg_refuse(verdict, MFG_STAGE_QUERY, MFG_REASON_INVALID, "no memory for the host's table");
    return NULL;
  }
  mfg_backend_query_function function;
  memcpy(&function, &symbol, sizeof function);
  const mfg_plugin *plugin = function(host);
  return mfg_plugin_verify(plugin, name, verdict) ? plugin : NULL;
}

static loaded *add(mfg_module *module, const mfg_plugin *plugin, const char *path,
                   const mfg_file_identity *identity) {
  loaded *entry = calloc(1, sizeof *entry);
  char *copy = strdup(path);
  if (entry == NULL || copy == NULL) {
    free(entry);
    free(copy);
    return NULL;
  }
  *entry = (loaded){.backend = {.plugin = plugin, .name = plugin->name, .path = copy},
                    .identity = *identity,
                    .module = module,
                    .path = copy,
                    .next = all};
  all = entry;
  return entry;
}

/* Takes a plugin that has passed: a new entry, or the one that the dynamic linker gave again
 * because the file behind a name that it knows has been replaced. */
static loaded *accept(mfg_module *module, const mfg_plugin *plugin, const char *path,
                      const mfg_file_identity *identity, mfg_verdict *verdict) {
  loaded *entry = find_plugin(plugin);
  if (entry != NULL) {
    mfg_module_close(module, false);
    mfg_log_line(MFG_LOG_WARN, "%s has changed since it was loaded; the loaded one stays in use",
                 path);
    return entry;
  }
  entry = add(module, plugin, path, identity);
  if (entry == NULL) {
    mfg_module_close(module, true);
    mfg_refuse(verdict, MFG_STAGE_QUERY, MFG_REASON_INVALID, "no memory for a backend");
  }
  return entry;
}

static loaded *load(const char *path, const char *name, const mfg_file_identity *identity,
                    mfg_verdict *verdict) {
  mfg_module *module = mfg_module_open(path);
  if (module == NULL) {
    const char *words = mfg_module_error();
    mfg_refuse(verdict, MFG_STAGE_OPEN, reason_of(path, words), "%s", words);
    return NULL;
  }
  if (!mfg_file_unchanged(path, identity)) {
    mfg_refuse(verdict, MFG_STAGE_OPEN, MFG_REASON_INVALID,
               "the file changed between being read and being loaded");
    mfg_module_close(module, true);
    return NULL;
  }
  const mfg_plugin *plugin = query(module, name, verdict);
  if (plugin == NULL) {
    mfg_module_close(module, true);
    return NULL;
  }
  return accept(module, plugin, path, identity, verdict);
}

mfg_backend *mfg_backend_load(const char *path, const char *name, const mfg_file_identity *identity,
                              mfg_verdict *verdict) {
  mfg_lock(MFG_LOCK_LOADER);
  loaded *entry = find_file(identity);
  if (entry == NULL)
    entry = load(path, name, identity, verdict);
  else if (!mfg_plugin_verify(entry->backend.plugin, name, verdict))
    entry = NULL;
  if (entry != NULL) entry->references++;
  mfg_unlock(MFG_LOCK_LOADER);
  return entry != NULL ? &entry->backend : NULL;
}

bool mfg_backend_is_loaded(const mfg_file_identity *identity) {
  mfg_lock(MFG_LOCK_LOADER);
  bool found = find_file(identity) != NULL;
  mfg_unlock(MFG_LOCK_LOADER);
  return found;
}

mfg_backend *mfg_backend_keep(mfg_backend *backend) {
  mfg_lock(MFG_LOCK_LOADER);
  ((loaded *)backend)->references++;
  mfg_unlock(MFG_LOCK_LOADER);
  return backend;
}

static void unload(loaded *entry) {
  loaded **link = &all;
  while (*link != entry)
    link = &(*link)->next;
  *link = entry->next;
  mfg_module_close(entry->module, false);
  free(entry->path);
  free(entry);
}

void mfg_backend_release(mfg_backend *backend) {
  if (backend == NULL) return;
  loaded *entry = (loaded *)backend;
  mfg_lock(MFG_LOCK_LOADER);
  bool unloadable = (entry->backend.plugin->flags & MFG_PLUGIN_UNLOADABLE) != 0;
  if (--entry->references == 0 && unloadable && mfg_environment("MFG_NO_UNLOAD") == NULL)
    unload(entry);
  mfg_unlock(MFG_LOCK_LOADER);
}
