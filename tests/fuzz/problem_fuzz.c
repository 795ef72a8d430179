/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a problem file: it is read, or refused with a text, and nothing is left behind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "problem_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds) {
  if (!holds) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  int descriptor = memfd_create("problem", 0);
  check(descriptor >= 0 && write(descriptor, data, size) == (ssize_t)size);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  problem_file file;
  solve_failure failure;
  memset(&file, 0, sizeof file);
  memset(&failure, 0, sizeof failure);
  if (!problem_file_read(&file, path, NULL, 0, &failure))
    check(failure.exit_status != EXIT_STATUS_SOLVED && failure_text(&failure)[0] != '\0');
  failure_clear(&failure);
  problem_file_free(&file);
  close(descriptor);
  return 0;
}
