/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "module.h"

#include <dlfcn.h>
#include <link.h>
#include <ltdl.h>
#include <stdio.h>
#include <stdlib.h>

struct mfg_module {
  void *object;       /* dlopen's */
  lt_dlhandle handle; /* libltdl's */
};

static char error_text[4096];
static bool initialised;

static void *fail(const char *what, const char *text) {
  snprintf(error_text, sizeof error_text, "%s%s", what, text != NULL ? text : "unknown error");
  return NULL;
}

/* Pins the object that holds this code. Where that is the program itself there is nothing to pin,
 * and the attempt fails without harm. */
static void stay_mapped(void) {
  Dl_info here;
  if (dladdr(&initialised, &here) != 0 && here.dli_fname != NULL) {
    void *own = dlopen(here.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    if (own != NULL)
      dlclose(own);
    else
      dlerror();
  }
}

static bool initialise(void) {
  if (!initialised && lt_dlinit() != 0) {
    fail("libltdl: ", lt_dlerror());
    return false;
  }
  if (!initialised) stay_mapped();
  initialised = true;
  return true;
}

static lt_dlhandle open_with_libltdl(const char *path) {
  lt_dladvise advise;
  lt_dlhandle handle = NULL;
  if (lt_dladvise_init(&advise) != 0) return fail("libltdl: ", lt_dlerror());
  if (lt_dladvise_local(&advise) == 0) handle = lt_dlopenadvise(path, advise);
  if (handle == NULL) fail("libltdl: ", lt_dlerror());
  lt_dladvise_destroy(&advise);
  return handle;
}

/* Once dlopen has succeeded constructors have run, so that a failure after it leaves the object
 * mapped. */
mfg_module *mfg_module_open(const char *path) {
  if (!initialise()) return NULL;
  mfg_module *module = calloc(1, sizeof *module);
  if (module == NULL) return fail("no memory for a module", "");
  module->object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (module->object == NULL)
    fail("", dlerror());
  else
    module->handle = open_with_libltdl(path);
  if (module->handle == NULL) {
    free(module);
    return NULL;
  }
  return module;
}

static bool defined_by(const mfg_module *module, void *symbol) {
  struct link_map *of_module = NULL;
  struct link_map *of_symbol = NULL;
  Dl_info info;
  return dlinfo(module->object, RTLD_DI_LINKMAP, &of_module) == 0 &&
         dladdr1(symbol, &info, (void **)&of_symbol, RTLD_DL_LINKMAP) != 0 &&
         of_module == of_symbol;
}

void *mfg_module_symbol(mfg_module *module, const char *name) {
  dlerror();
  void *symbol = dlsym(module->object, name);
  if (symbol == NULL) return fail("", dlerror());
  if (lt_dlsym(module->handle, name) != symbol)
    return fail("libltdl and dlopen found two objects under one path for ", name);
  if (!defined_by(module, symbol))
    return fail("only a library that the object needs defines ", name);
  return symbol;
}

void mfg_module_close(mfg_module *module, bool keep) {
  lt_dlclose(module->handle);
  if (!keep) dlclose(module->object);
  free(module);
}

const char *mfg_module_error(void) {
  return error_text;
}
