/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plot_image.h"

#include <math.h>
#include <stdlib.h>

#define MOST_TIMES 600
#define MOST_POINTS 800

/* How an axis of the grid becomes an axis of the picture. */
typedef struct sampling {
  int64_t cells;
  int count;    /* points of the picture */
  bool repeats; /* the first point once more at the far end */
  double origin, step;
} sampling;

static sampling sample_axis(const result_view *view, int axis) {
  sampling of = {.cells = view->information.cells[axis]};
  int64_t most = MOST_POINTS;
  int points = (int)(of.cells < most ? of.cells : most);
  of.step = (view->upper[axis] - view->lower[axis]) / points;
  of.repeats = view->periodic[axis] && points == of.cells;
  of.origin = view->lower[axis] + (of.repeats ? 0 : of.step / 2);
  of.count = points + of.repeats;
  return of;
}

/* The cell under a point of the picture. */
static int64_t sampled_cell(const sampling *of, int point) {
  int points = of->count - of->repeats;
  return (int64_t)(((double)(point % points) + 0.5) * (double)of->cells / points);
}

static bool begin(plot_image *image, int across, int up, solve_failure *failure) {
  *image = (plot_image){.across = across, .up = up};
  image->values = calloc((size_t)across * (size_t)up, sizeof *image->values);
  return image->values || failure_out_of_memory(failure);
}

/* The range of what is finite, widened where it is a single value. */
static void measure(plot_image *image) {
  image->least = INFINITY;
  image->most = -INFINITY;
  size_t count = (size_t)image->across * (size_t)image->up;
  for (size_t i = 0; i < count; i++) {
    if (!isfinite(image->values[i])) continue;
    image->least = fmin(image->least, (double)image->values[i]);
    image->most = fmax(image->most, (double)image->values[i]);
  }
  if (image->least > image->most) image->least = image->most = 0;
  double width = image->most - image->least;
  double scale = fmax(fabs(image->least), fabs(image->most));
  if (width > 1e-6 * scale) return;
  image->least -= scale > 0 ? 1e-3 * scale : 1;
  image->most += scale > 0 ? 1e-3 * scale : 1;
}

bool plot_image_over_time(const result_view *view, int field, plot_image *image,
                          solve_failure *failure) {
  int64_t steps = view->information.steps;
  int times = (int)(steps + 1 < MOST_TIMES ? steps + 1 : MOST_TIMES);
  sampling space = sample_axis(view, 0);
  double *level = calloc((size_t)space.cells, sizeof *level);
  if (!level) return failure_out_of_memory(failure);
  bool ok = begin(image, times, space.count, failure);
  image->step_across = times > 1 ? view->information.horizon / (times - 1) : 1;
  image->origin_up = space.origin;
  image->step_up = space.step;
  for (int i = 0; ok && i < times; i++) {
    int64_t index = times > 1 ? (int64_t)llround((double)i * (double)steps / (times - 1)) : 0;
    ok = view->read_levels(view->source, field, index, 1, level, failure);
    for (int j = 0; ok && j < space.count; j++) {
      int64_t cell = sampled_cell(&space, j);
      bool hidden = view->obstacle && view->obstacle[cell];
      image->values[(size_t)j * (size_t)times + (size_t)i] = hidden ? NAN : (float)level[cell];
    }
  }
  free(level);
  if (!ok) plot_image_free(image);
  if (ok) measure(image);
  return ok;
}

bool plot_image_at_level(const result_view *view, int field, int64_t level, plot_image *image,
                         solve_failure *failure) {
  const int64_t *cells = view->information.cells;
  sampling across = sample_axis(view, 0), up = sample_axis(view, 1);
  int64_t depth = view->information.axes == 3 ? cells[2] : 1;
  double *values = calloc((size_t)result_view_cells(view), sizeof *values);
  if (!values) return failure_out_of_memory(failure);
  bool ok = begin(image, across.count, up.count, failure) &&
            view->read_levels(view->source, field, level, 1, values, failure);
  image->origin_across = across.origin;
  image->origin_up = up.origin;
  image->step_across = across.step;
  image->step_up = up.step;
  for (int j = 0; ok && j < up.count; j++)
    for (int i = 0; i < across.count; i++) {
      int64_t cell = sampled_cell(&across, i) * cells[1] + sampled_cell(&up, j);
      cell = cell * depth + depth / 2;
      bool hidden = view->obstacle && view->obstacle[cell];
      image->values[(size_t)j * (size_t)across.count + (size_t)i] =
          hidden ? NAN : (float)values[cell];
    }
  free(values);
  if (!ok) plot_image_free(image);
  if (ok) measure(image);
  return ok;
}

void plot_image_free(plot_image *image) {
  free(image->values);
  image->values = NULL;
}
