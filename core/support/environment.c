/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "environment.h"

#include <stdlib.h>
#include <sys/auxv.h>

const char *mfg_environment(const char *name) {
  const char *value = secure_getenv(name);
  return value != NULL && value[0] != '\0' ? value : NULL;
}

bool mfg_environment_elevated(void) {
  return getauxval(AT_SECURE) != 0;
}
