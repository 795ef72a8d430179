/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "opencl_layer_control.h"

#include <check.h>
#include <dlfcn.h>
#include <stdlib.h>

struct opencl_layer *opencl_layer_use(void) {
  const char *path = getenv("MFG_TEST_OPENCL_LAYER");
  ck_assert(path != NULL);
  setenv("OPENCL_LAYERS", path, 1);
  void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  ck_assert_msg(object != NULL, "%s", dlerror());
  struct opencl_layer *layer = dlsym(object, "opencl_layer");
  ck_assert(layer != NULL);
  return layer;
}

void opencl_layer_expect_nothing_held(const struct opencl_layer *layer) {
  static const char *const names[LAYER_OBJECTS] = {"context", "queue", "memory",        "program",
                                                   "kernel",  "event", "command buffer"};
  for (int i = 0; i < LAYER_OBJECTS; i++)
    ck_assert_msg(layer->held[i] == 0, "%ld held of kind %s, after a failure of %s",
                  (long)layer->held[i], names[i], layer->failed ? layer->failed : "no call");
}
