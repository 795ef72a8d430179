/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mfg-solve: from a problem file to a result. */
#include "options.h"
#include "run.h"

#include <locale.h>
#include <mfg/error.h>
#include <stdio.h>

static int print_text(const char *first, const char *second) {
  printf("%s%s", first, second);
  return fflush(stdout) == 0 ? EXIT_STATUS_SOLVED : EXIT_STATUS_FAILED;
}

int main(int count, char **arguments) {
  solve_options options;
  solve_failure failure = {0};
  int status;
  /* Numbers are written with a point, whatever the user's language. */
  setlocale(LC_ALL, "C");
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
