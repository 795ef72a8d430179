/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the groups in child processes, so that whatever a plugin does to its process is the FAIL of
 * one case and the run goes on with the next one. The parent opens neither plugin nor driver. */
#ifndef MFG_CHECK_SUPERVISE_H
#define MFG_CHECK_SUPERVISE_H

#include "conformance.h"

typedef struct supervise_options {
  const char *path; /* absolute */
  const char *stem;
  const char *group; /* run this one only, or NULL */
  uint32_t device_index;
  unsigned time_limit; /* seconds without a word from a case */
} supervise_options;

/* Told about each finished case, in order. */
typedef void (*supervise_result)(void *context, const char *name, check_outcome outcome,
                                 const char *detail);

/* False where no process could be started. */
bool supervise(const supervise_options *options, supervise_result result, void *context);

#endif
