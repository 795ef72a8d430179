/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_REPORT_H
#define MFG_TOOLS_SOLVE_REPORT_H

#include "problem_file.h"
#include "result_view.h"

/* What the program says about a result: one JSON object for other programs, or some lines for a
 * person. */

typedef struct solve_report {
  const problem_file *problem;
  const result_view *view;
  const double *probe_values; /* as many as the problem has probes */
  const char *output, *plot;  /* files that were written, or NULL */
} solve_report;

/* The object of the documentation, with a newline. */
void report_json(const solve_report *report, text_buffer *json);
void report_summary(const solve_report *report, text_buffer *text);

#endif
