/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the solvers say what went wrong: each function below fills the thread's
 * mfg_problem_last_error() and returns the status that it was given. */
#ifndef MFG_SOLVERS_SUPPORT_ERROR_H
#define MFG_SOLVERS_SUPPORT_ERROR_H

#include <mfg/problem.h>

#include "expression/expression.h"

/* `field` may be "". */
mfg_status mfg_fail(mfg_status status, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
mfg_status mfg_fail_out_of_memory(void);
/* A text that the expression parser refused. */
mfg_status mfg_fail_expression(const char *field, const mfg_expression_error *error);
/* A failure of the arrays; the text is the one that they left. `doing` says at what. */
mfg_status mfg_fail_device(mfg_status status, const char *doing);

#endif
