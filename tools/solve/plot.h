/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_PLOT_H
#define MFG_TOOLS_SOLVE_PLOT_H

#include "result_view.h"

/* Draws the result as a PNG file that appears whole or not at all. On one axis: the density m and
 * the value function u over time and space (stationary: over space). On more: m at four times
 * (stationary: m and u); on three axes in the plane through the middle of the last one. */
bool plot_write(const char *path, const result_view *view, solve_failure *failure);

#endif
