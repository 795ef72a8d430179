/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_OPTIONS_H
#define MFG_TOOLS_SOLVE_OPTIONS_H

#include "failure.h"

#include <stddef.h>

/* The command line. Everything but the list of settings is borrowed from it. */
typedef struct solve_options {
  const char *problem; /* FILE */
  const char *backend; /* NULL: MFG_BACKEND decides */
  const char *output;  /* NULL: no result file */
  const char *plot;    /* NULL: no picture */
  char **settings;     /* "name=value", in order; owned */
  size_t setting_count;
  bool json, resume, quiet;
  bool help, version; /* asked for instead of a run */
} solve_options;

bool options_read(int count, char **arguments, solve_options *options, solve_failure *failure);
void options_free(solve_options *options);

extern const char options_usage[];
extern const char options_help[];

#endif
