/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_GNUPLOT_H
#define MFG_TOOLS_SOLVE_GNUPLOT_H

#include "failure.h"
#include "text_buffer.h"

/* The program gnuplot, found in PATH. It reads its script, data included, from a pipe, and none of
 * the user's start-up files. */

/* Fails with status 2 where there is none. */
bool gnuplot_check(solve_failure *failure);

/* Runs a script to its end; fails with what gnuplot said. SIGPIPE must be ignored. */
bool gnuplot_run(const text_buffer *script, solve_failure *failure);

/* Appends a text as gnuplot's literal string: in single quotes, where nothing is replaced or
 * executed. Control characters become spaces; what is longer than `most` characters is cut. */
void gnuplot_append_literal(text_buffer *script, const char *text, size_t most);

#endif
