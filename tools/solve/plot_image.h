/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MFG_TOOLS_SOLVE_PLOT_IMAGE_H
#define MFG_TOOLS_SOLVE_PLOT_IMAGE_H

#include "result_view.h"

/* A field sampled for a picture: values on a regular grid of at most some hundred points each way,
 * `across` running fastest. Owned by whoever samples; free with plot_image_free. */
typedef struct plot_image {
  float *values;
  int across, up;
  double origin_across, origin_up; /* of the first value */
  double step_across, step_up;
  double least, most; /* of the finite values; least < most */
} plot_image;

/* A field on one axis: time across, space up. */
bool plot_image_over_time(const result_view *view, int field, plot_image *image,
                          solve_failure *failure);
/* A field on two axes (on three: in the middle of the last) at one level: first axis across. */
bool plot_image_at_level(const result_view *view, int field, int64_t level, plot_image *image,
                         solve_failure *failure);
void plot_image_free(plot_image *image);

#endif
