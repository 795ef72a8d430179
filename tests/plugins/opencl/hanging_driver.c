/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An OpenCL driver that never answers, for a test. */
#include <unistd.h>

__attribute__((visibility("default"))) void *clGetExtensionFunctionAddress(const char *name);

__attribute__((visibility("default"))) void *clGetExtensionFunctionAddress(const char *name) {
  (void)name;
  for (;;)
    pause();
}
