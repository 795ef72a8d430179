/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mfg-probe PATH NAME: loads one plugin and says on standard output what came of it. */
#include "probe.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What the plugin prints goes to standard error, so that it is no part of the answer. */
int main(int count, char **arguments) {
  int answer = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (count != 3 || answer < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    fprintf(stderr, "usage: mfg-probe PATH NAME (started by libmfg)\n");
    return EXIT_FAILURE;
  }
  /* A plugin that is being probed loads no plugin that would be probed. */
  setenv("MFG_PROBE", "never", 1);
  return mfg_probe_run(arguments[1], arguments[2], answer);
}
