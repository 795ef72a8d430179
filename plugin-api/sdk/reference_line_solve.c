/* SPDX-License-Identifier: MIT */
/* Tridiagonal systems by elimination without pivoting, in double. A cyclic line is the open line of
 * its first n-1 unknowns, bordered by the last one; for a diagonally dominant matrix both
 * eliminations are stable, since the Schur complement of the border is dominant too. */
#include "reference.h"

/* Thomas' algorithm for n unknowns and two right-hand sides, of which `border` may be NULL. */
static void solve_open(mfg_reference_wide *lower, mfg_reference_wide *diagonal,
                       mfg_reference_wide *upper, mfg_reference_wide *right, double *border,
                       int64_t count) {
  for (int64_t i = 1; i < count; i++) {
    double factor = lower[i].real / diagonal[i - 1].real;
    diagonal[i].real -= factor * upper[i - 1].real;
    right[i].real -= factor * right[i - 1].real;
    if (border != NULL) border[i] -= factor * border[i - 1];
  }
  for (int64_t i = count - 1; i >= 0; i--) {
    bool last = i == count - 1;
    double next = last ? 0 : upper[i].real * right[i + 1].real;
    double next_border = last || border == NULL ? 0 : upper[i].real * border[i + 1];
    right[i].real = (right[i].real - next) / diagonal[i].real;
    if (border != NULL) border[i] = (border[i] - next_border) / diagonal[i].real;
  }
}

static void solve_cyclic(mfg_reference_wide *lower, mfg_reference_wide *diagonal,
                         mfg_reference_wide *upper, mfg_reference_wide *right, int64_t count,
                         double *border) {
  int64_t last = count - 1;
  for (int64_t i = 0; i < last; i++)
    border[i] = 0;
  border[0] += lower[0].real;
  border[last - 1] += upper[last - 1].real;
  solve_open(lower, diagonal, upper, right, border, last);
  double l = lower[last].real, u = upper[last].real;
  double rest = right[last].real - l * right[last - 1].real - u * right[0].real;
  double complement = diagonal[last].real - l * border[last - 1] - u * border[0];
  right[last].real = rest / complement;
  for (int64_t i = 0; i < last; i++)
    right[i].real -= border[i] * right[last].real;
}

void mfg_reference_line_solve(mfg_reference_wide *lower, mfg_reference_wide *diagonal,
                              mfg_reference_wide *upper, mfg_reference_wide *right, int64_t count,
                              bool cyclic, double *border) {
  if (!cyclic)
    solve_open(lower, diagonal, upper, right, NULL, count);
  else if (count == 1)
    right[0].real /= lower[0].real + diagonal[0].real + upper[0].real;
  else if (count > 1)
    solve_cyclic(lower, diagonal, upper, right, count, border);
}
