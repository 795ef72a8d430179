/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mfg-solve: from a problem file to a result. */
#include "options.h"
#include "run.h"

#include <fcntl.h>
#include <mfg/error.h>
#include <stdio.h>

static int print_text(const char *first, const char *second) {
  printf("%s%s", first, second);
  return fflush(stdout) == 0 ? EXIT_STATUS_SOLVED : EXIT_STATUS_FAILED;
}

/* Where a stream was closed, the next file that is opened would take its place, and messages would
 * land in it. */
static bool open_standard_streams(void) {
  for (int stream = 0; stream <= 2; stream++)
    if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", O_RDWR) != stream) return false;
  return true;
}

int main(int count, char **arguments) {
  solve_options options;
  solve_failure failure = {0};
  int status;
  if (!open_standard_streams()) return EXIT_STATUS_FAILED;
  if (!options_read(count, arguments, &options, &failure)) {
    fprintf(stderr, "%s", failure_text(&failure));
    status = failure.exit_status;
  } else if (options.help) {
    status = print_text(options_usage, options_help);
  } else if (options.version) {
    char line[64];
    snprintf(line, sizeof line, "mfg-solve %s\n", mfg_version());
    status = print_text(line, "");
  } else {
    status = run_solve(&options);
  }
  options_free(&options);
  failure_clear(&failure);
  return status;
}
