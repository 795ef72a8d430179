/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plot.h"

#include "gnuplot.h"
#include "output_file.h"
#include "plot_image.h"
#include "text_buffer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMES 4
#define ROW_GAP 76
#define TITLE_LENGTH 90

/* Two palettes in which lightness runs one way, so that they also read in grey and for the
 * colour-blind: a crowd on a light ground, and the value as a landscape. */
static const char density_palette[] =
    "set palette defined (0 '#fcfdfe', 0.15 '#d6e6f4', 0.35 '#8fc1de', 0.55 '#4493c7', "
    "0.75 '#1a63a8', 0.9 '#0a3f7d', 1 '#06244c')\n";
static const char value_palette[] =
    "set palette defined (0 '#440154', 0.13 '#472f7d', 0.25 '#3b528b', 0.38 '#2c728e', "
    "0.5 '#21918c', 0.63 '#28ae80', 0.75 '#5ec962', 0.88 '#addc30', 1 '#fde725')\n";

/* ---- parts of a script ----------------------------------------------------------------------- */

static void begin_page(text_buffer *script, const char *path, const char *title, int width,
                       int height) {
  text_format(script,
              "set encoding utf8\n"
              "if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {\n"
              "  set terminal pngcairo size %d,%d font 'sans,15' background '#ffffff'\n"
              "} else {\n"
              "  set terminal png size %d,%d font 'sans' 15\n"
              "}\n"
              "set output ",
              width, height, width, height);
  gnuplot_append_literal(script, path, 1000000);
  text_append(script, "\nset object 1 rectangle from graph 0,0 to graph 1,1 behind "
                      "fc rgb '#b9b3aa' fillstyle solid noborder\n" /* seen through obstacles */
                      "set multiplot\nset label 1 ");
  gnuplot_append_literal(script, title, TITLE_LENGTH);
  text_format(script,
              " at screen 0.5,%.4f center noenhanced font ',18' tc rgb '#222222'\n"
              "unset key\nset border 31 lw 0.8 lc rgb '#555555'\n"
              "set format cb '%%.6g'\n"
              "set tics out nomirror scale 0.6 tc rgb '#222222'\n"
              "set title offset 0,-0.5 tc rgb '#222222'\n",
              1 - 29.0 / height);
}

/* The rectangle of a panel on the page, as fractions of it. */
static void place_panel(text_buffer *script, double left, double right, double bottom, double top) {
  text_format(script,
              "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
              "set bmargin at screen %.4f\nset tmargin at screen %.4f\n",
              left, right, bottom, top);
}

static void label_axes(text_buffer *script, const char *across, const char *up) {
  text_append(script, "set xlabel ");
  gnuplot_append_literal(script, across, TITLE_LENGTH);
  text_append(script, " noenhanced tc rgb '#222222'\nset ylabel ");
  gnuplot_append_literal(script, up, TITLE_LENGTH);
  text_append(script, " noenhanced offset 1.5,0 tc rgb '#222222'\n");
}

static void title_panel(text_buffer *script, const char *title) {
  text_append(script, "set title ");
  gnuplot_append_literal(script, title, TITLE_LENGTH);
  text_append(script, " noenhanced\n");
}

static void set_ranges(text_buffer *script, double left, double right, double bottom, double top) {
  text_format(script, "set xrange [%.17g:%.17g]\nset yrange [%.17g:%.17g]\n", left, right, bottom,
              top);
}

static void draw_image(text_buffer *script, const plot_image *image) {
  text_format(script,
              "plot '-' binary array=(%d,%d) format='%%float32' dx=%.17g dy=%.17g "
              "origin=(%.17g,%.17g) using 1 with image\n",
              image->across, image->up, image->step_across, image->step_up, image->origin_across,
              image->origin_up);
  text_append_bytes(script, (const char *)image->values,
                    (size_t)image->across * (size_t)image->up * sizeof *image->values);
  text_append(script, "\nunset label 1\n");
}

static void set_colours(text_buffer *script, double least, double most, int field) {
  text_append(script, field == MFG_RESULT_DENSITY ? density_palette : value_palette);
  text_format(script, "set cbrange [%.9g:%.9g]\n", least, most);
}

static const char *field_title(int field) {
  return field == MFG_RESULT_DENSITY ? "density m" : "value function u";
}

/* A density is shown from zero, so that empty places are white. */
static double lower_colour(const plot_image *image, int field) {
  return field == MFG_RESULT_DENSITY && image->least > 0 ? 0 : image->least;
}

/* ---- pages ----------------------------------------------------------------------------------- */

static const int fields[] = {MFG_RESULT_DENSITY, MFG_RESULT_VALUE_FUNCTION};

/* One axis and time: two maps side by side. */
static bool draw_over_time(text_buffer *script, const result_view *view, const char *path,
                           solve_failure *failure) {
  begin_page(script, path, view->title, 1320, 520);
  label_axes(script, "time t", view->axis_names[0]);
  set_ranges(script, 0, view->information.horizon, view->lower[0], view->upper[0]);
  text_append(script, "set colorbox vertical\n");
  for (int i = 0; i < 2; i++) {
    plot_image image;
    if (!plot_image_over_time(view, fields[i], &image, failure)) return false;
    place_panel(script, 0.07 + 0.495 * i, 0.425 + 0.495 * i, 0.15, 0.81);
    title_panel(script, field_title(fields[i]));
    set_colours(script, lower_colour(&image, fields[i]), image.most, fields[i]);
    draw_image(script, &image);
    plot_image_free(&image);
  }
  return true;
}

static void draw_curve(text_buffer *script, const result_view *view, const double *values,
                       int field) {
  text_format(script, "plot '-' with lines lw 2.5 lc rgb '%s'\n",
              field == MFG_RESULT_DENSITY ? "#1a63a8" : "#3b528b");
  for (int64_t i = 0; i < view->information.cells[0]; i++)
    if (isfinite(values[i])) text_format(script, "%.9g %.9g\n", view->coordinates[0][i], values[i]);
  text_append(script, "e\nunset label 1\n");
}

/* One axis, stationary: two curves side by side. */
static bool draw_curves(text_buffer *script, const result_view *view, const char *path,
                        solve_failure *failure) {
  begin_page(script, path, view->title, 1320, 520);
  text_format(script, "set xrange [%.17g:%.17g]\nset grid lc rgb '#dddddd'\n", view->lower[0],
              view->upper[0]);
  double *values = calloc((size_t)view->information.cells[0], sizeof *values);
  if (!values) return failure_out_of_memory(failure);
  bool ok = true;
  for (int i = 0; ok && i < 2; i++) {
    ok = view->read_levels(view->source, fields[i], 0, 1, values, failure);
    place_panel(script, 0.08 + 0.5 * i, 0.475 + 0.5 * i, 0.15, 0.81);
    label_axes(script, view->axis_names[0], fields[i] == MFG_RESULT_DENSITY ? "m" : "u");
    title_panel(script, field_title(fields[i]));
    draw_curve(script, view, values, fields[i]);
  }
  free(values);
  return ok;
}

/* ---- two and three axes ---------------------------------------------------------------------- */

typedef struct panel {
  int field;
  int64_t level;
  plot_image image;
} panel;

static void describe_panel(const result_view *view, const panel *shown, char *title, size_t size) {
  int length =
      view->information.stationary
          ? snprintf(title, size, "%s", field_title(shown->field))
          : snprintf(title, size, "%s at t = %.4g", shown->field == MFG_RESULT_DENSITY ? "m" : "u",
                     view->times[shown->level]);
  if (view->information.axes == 3 && length > 0 && (size_t)length < size)
    snprintf(title + length, size - (size_t)length, ", %s = %.4g", view->axis_names[2],
             view->coordinates[2][view->information.cells[2] / 2]);
}

/* Panels of one field share their colours, so that the eye may compare them. */
static void share_colours(panel *panels, int count) {
  double least = INFINITY, most = -INFINITY;
  for (int i = 0; i < count; i++) {
    least = fmin(least, lower_colour(&panels[i].image, panels[i].field));
    most = fmax(most, panels[i].image.most);
  }
  for (int i = 0; i < count; i++) {
    panels[i].image.least = least;
    panels[i].image.most = most;
  }
}

/* Rows of panels that are as high against their width as the domain is, within limits. */
typedef struct page {
  int rows, columns, width, height; /* in dots */
  double gap, side;                 /* from panel to panel, and of one, as parts of the width */
  double panel_height;              /* in dots */
} page;

/* A distance of 1, 2 or 5 times a power of ten, of which about four make the length. */
static double tic_distance(double length) {
  double power = pow(10, floor(log10(length / 4)));
  double rest = length / 4 / power;
  return power * (rest < 1.5 ? 1 : rest < 3.5 ? 2 : 5);
}

static page lay_out(const result_view *view) {
  bool stationary = view->information.stationary;
  page p = {.rows = stationary ? 1 : 2,
            .columns = stationary ? 2 : TIMES,
            .width = stationary ? 1320 : 1480,
            .gap = stationary ? 0.495 : 0.225,
            .side = stationary ? 0.33 : 0.185};
  double aspect = (view->upper[1] - view->lower[1]) / (view->upper[0] - view->lower[0]);
  p.panel_height = fmin(fmax(aspect, 0.25), 2) * p.side * p.width;
  p.height = (int)(88 + p.rows * (p.panel_height + ROW_GAP));
  return p;
}

static void draw_panel(text_buffer *script, const result_view *view, const page *p,
                       const panel *shown, int row, int column) {
  char title[128];
  double left = 0.07 + p->gap * column;
  double top = p->height - 88 - row * (p->panel_height + ROW_GAP);
  bool last = column + 1 == p->columns, stationary = view->information.stationary;
  describe_panel(view, shown, title, sizeof title);
  place_panel(script, left, left + p->side, (top - p->panel_height) / p->height, top / p->height);
  label_axes(script, row + 1 == p->rows ? view->axis_names[0] : "",
             column == 0 || stationary ? view->axis_names[1] : "");
  title_panel(script, title);
  set_colours(script, shown->image.least, shown->image.most, shown->field);
  text_append(script, stationary || last ? "set colorbox vertical\n" : "unset colorbox\n");
  draw_image(script, &shown->image);
}

/* The density above the value function, at times from the beginning to the end. */
static bool draw_maps(text_buffer *script, const result_view *view, const char *path,
                      solve_failure *failure) {
  panel panels[2 * TIMES] = {0};
  page p = lay_out(view);
  int64_t steps = view->information.steps;
  bool stationary = view->information.stationary, ok = true;
  for (int i = 0; ok && i < p.rows * p.columns; i++) {
    panels[i].field = fields[stationary ? i : i / TIMES];
    panels[i].level = stationary ? 0 : steps * (i % TIMES) / (TIMES - 1);
    ok = plot_image_at_level(view, panels[i].field, panels[i].level, &panels[i].image, failure);
  }
  if (ok) {
    for (int row = 0; row < p.rows && !stationary; row++)
      share_colours(panels + row * TIMES, TIMES);
    begin_page(script, path, view->title, p.width, p.height);
    set_ranges(script, view->lower[0], view->upper[0], view->lower[1], view->upper[1]);
    text_format(script, "set xtics %.9g\n", tic_distance(view->upper[0] - view->lower[0]));
    for (int i = 0; i < p.rows * p.columns; i++)
      draw_panel(script, view, &p, &panels[i], i / p.columns, i % p.columns);
  }
  for (int i = 0; i < p.rows * p.columns; i++)
    plot_image_free(&panels[i].image);
  return ok;
}

/* ---- the picture ----------------------------------------------------------------------------- */

/* gnuplot is silent about a full disk, and about a picture that it did not write at all. A PNG file
 * is whole where its last chunk is there (ISO/IEC 15948, section 11.2.5). */
static bool check_picture(const output_file *output, solve_failure *failure) {
  static const char last_chunk[12] = "\0\0\0\0IEND\xae\x42\x60\x82";
  char end[sizeof last_chunk];
  FILE *picture = fopen(output->temporary, "rbe");
  bool is_whole = picture && fseek(picture, -(long)sizeof end, SEEK_END) == 0 &&
                  fread(end, 1, sizeof end, picture) == sizeof end &&
                  memcmp(end, last_chunk, sizeof end) == 0;
  if (picture) fclose(picture);
  return is_whole || failure_set(failure, EXIT_STATUS_FAILED,
                                 "%s: found a picture that breaks off; expected a whole one, and "
                                 "room on the disk for it",
                                 output->path);
}

bool plot_write(const char *path, const result_view *view, solve_failure *failure) {
  output_file output;
  if (!output_file_begin(&output, path, failure)) return false;
  text_buffer script = {0};
  bool ok = view->information.axes > 1 ? draw_maps(&script, view, output.temporary, failure)
            : view->information.stationary
                ? draw_curves(&script, view, output.temporary, failure)
                : draw_over_time(&script, view, output.temporary, failure);
  text_append(&script, "unset multiplot\nset output\n");
  if (ok && script.failed) ok = failure_out_of_memory(failure);
  ok = ok && gnuplot_run(&script, failure) && check_picture(&output, failure);
  text_free(&script);
  if (ok) return output_file_commit(&output, failure);
  output_file_discard(&output);
  return false;
}
