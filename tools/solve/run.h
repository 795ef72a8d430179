/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_RUN_H
#define MFG_TOOLS_SOLVE_RUN_H

#include "failure.h"
#include "options.h"

/* One run of the program, from the problem file to the answer. Returns the exit status (enum
 * exit_status) and, where that is not 0, says why on standard error. */
int run_solve(const solve_options *options);

#endif
