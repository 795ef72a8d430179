/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load.h"

#include <dlfcn.h>
#include <string.h>

/* The query function of an opened object; a copy of the bytes, since C has no cast for it. */
static mfg_backend_query_function find_query(void *object) {
  void *symbol = dlsym(object, MFG_BACKEND_QUERY_SYMBOL);
  mfg_backend_query_function query = NULL;
  memcpy(&query, &symbol, sizeof query);
  return query;
}

const mfg_plugin *load_plugin(const char *path) {
  void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  mfg_backend_query_function query = object == NULL ? NULL : find_query(object);
  return query == NULL ? NULL : query(&check_host);
}

/* The part of the plugin struct that can be trusted before anything is known of it. */
static void check_frozen(check_run *run, const mfg_plugin *plugin) {
  CHECK_THAT(run, plugin->magic == MFG_PLUGIN_MAGIC,
             "the magic is %llx, expected %llx: this is no plugin",
             (unsigned long long)plugin->magic, (unsigned long long)MFG_PLUGIN_MAGIC);
  if (run->outcome == CHECK_PASS &&
      (plugin->abi_major != MFG_ABI_MAJOR || plugin->abi_minor != MFG_ABI_MINOR))
    check_fail(run, "the plugin speaks ABI %u.%u, expected %d.%d", (unsigned)plugin->abi_major,
               (unsigned)plugin->abi_minor, MFG_ABI_MAJOR, MFG_ABI_MINOR);
  if (run->outcome == CHECK_PASS && plugin->struct_size < sizeof(mfg_plugin))
    check_fail(run, "struct_size is %u, expected at least %zu", (unsigned)plugin->struct_size,
               sizeof(mfg_plugin));
}

void load_cases(check_run *run, const char *path) {
  void *object = NULL;
  mfg_backend_query_function query = NULL;
  if (check_begin(run, "load: the file opens with every symbol bound")) {
    object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (object == NULL) check_fail(run, "%s", dlerror());
    check_end(run);
  }
  if (object == NULL) return;
  if (check_begin(run, "load: exports " MFG_BACKEND_QUERY_SYMBOL)) {
    query = find_query(object);
    CHECK_THAT(run, query != NULL, "has no symbol %s", MFG_BACKEND_QUERY_SYMBOL);
    check_end(run);
  }
  if (query == NULL || !check_begin(run, "load: the query answers, twice alike")) return;
  const mfg_plugin *plugin = query(&check_host);
  if (plugin == NULL)
    check_fail(run, "the query gave NULL, expected a struct");
  else
    check_frozen(run, plugin);
  CHECK_THAT(run, query(&check_host) == plugin, "a second query gave another struct");
  check_end(run);
}
