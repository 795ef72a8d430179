/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fp/step.h"

mfg_status mfg_fp_step(mfg_scope *s, const mfg_upwind *upwind, mfg_array *next, const mfg_array *m,
                       const mfg_array *u) {
  mfg_upwind_differences d = mfg_upwind_differences_of(s, upwind, u);
  mfg_upwind_matrix matrix = mfg_upwind_transposed(s, upwind, &d);
  return mfg_assign(s, next,
                    mfg_line_solve(s, matrix.lower, matrix.diagonal, matrix.upper, m, upwind->axis,
                                   upwind->periodic));
}
