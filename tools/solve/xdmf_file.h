/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_XDMF_FILE_H
#define MFG_TOOLS_SOLVE_XDMF_FILE_H

#include "result_view.h"

/* Writes the XDMF file beside a result file on two or three axes, so that viewers show u and m over
 * time: result.h5 has result.xdmf. A result on one axis needs none and gets none. */
bool xdmf_file_write(const char *result_path, const result_view *view, solve_failure *failure);

/* Its name: ".h5" at the end becomes ".xdmf", which is appended otherwise. Freed with free(); NULL
 * where memory is out. */
char *xdmf_file_path(const char *result_path);

#endif
