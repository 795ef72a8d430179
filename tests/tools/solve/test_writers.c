/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is written about a result, on results made up here: HDF5, XDMF, pictures and JSON. */
#include "synthetic.h"

#include "gnuplot.h"
#include "json.h"
#include "output_file.h"
#include "plot.h"
#include "plot_image.h"
#include "report.h"
#include "result_file.h"
#include "suggestion.h"
#include "xdmf_file.h"

#include <check.h>
#include <hdf5.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static synthetic result;
static solve_failure failure;

static void enter_folder(void) {
  strcpy(folder, "/tmp/mfg-solve-test-XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(folder));
  ck_assert_int_eq(chdir(folder), 0);
  signal(SIGPIPE, SIG_IGN);
}

/* Fails where anything but the files named here was left. */
static void leave_folder(void) {
  static const char *const files[] = {"r.h5", "r.xdmf", "p.png"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    unlink(files[i]);
  ck_assert_int_eq(chdir("/"), 0);
  ck_assert_msg(rmdir(folder) == 0, "a file was left in %s", folder);
  failure_clear(&failure);
}

/* ---- HDF5 ------------------------------------------------------------------------------------ */

static void check_field(hid_t file, const char *name, int field) {
  const int64_t *cells = result.view.information.cells;
  hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
  hid_t space = H5Dget_space(dataset);
  hsize_t extent[4];
  double values[4 * 7 * 5 * 3], *value = values;
  ck_assert_int_eq(H5Sget_simple_extent_dims(space, extent, NULL),
                   result.view.information.axes + 1);
  ck_assert_uint_eq(extent[0], (hsize_t)result.view.information.steps + 1);
  for (int axis = 0; axis < result.view.information.axes; axis++)
    ck_assert_uint_eq(extent[axis + 1], (hsize_t)cells[axis]);
  ck_assert_int_ge(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
  for (int64_t level = 0; level <= result.view.information.steps; level++)
    for (int64_t x = 0; x < cells[0]; x++)
      for (int64_t y = 0; y < cells[1]; y++)
        for (int64_t z = 0; z < cells[2]; z++)
          ck_assert_double_eq(*value++, synthetic_value(field, level, (int64_t[]){x, y, z}));
  H5Sclose(space);
  H5Dclose(dataset);
}

static void check_mesh(hid_t file, const char *name, int axis) {
  const int64_t *cells = result.view.information.cells;
  hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
  double values[7 * 5 * 3], *value = values;
  ck_assert_int_ge(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
  for (int64_t x = 0; x < cells[0]; x++)
    for (int64_t y = 0; y < cells[1]; y++)
      for (int64_t z = 0; z < cells[2]; z++)
        ck_assert_double_eq(*value++, result.coordinates[axis][((int64_t[]){x, y, z})[axis]]);
  H5Dclose(dataset);
}

START_TEST(result_has_every_field_in_the_order_of_the_file) {
  static const char *const mesh[] = {"/mesh/X", "/mesh/Y", "/mesh/Z"};
  for (int axes = 1; axes <= 3; axes++) {
    synthetic_make(&result, axes, 3);
    ck_assert_msg(result_file_write("r.h5", &result.view, &failure), "%s", failure_text(&failure));
    hid_t file = H5Fopen("r.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
    ck_assert_int_ge(file, 0);
    check_field(file, "/u", MFG_RESULT_VALUE_FUNCTION);
    check_field(file, "/m", MFG_RESULT_DENSITY);
    ck_assert_int_eq(H5Lexists(file, "/mesh", H5P_DEFAULT) > 0, axes > 1);
    for (int axis = 0; axis < axes && axes > 1; axis++)
      check_mesh(file, mesh[axis], axis);
    ck_assert_int_gt(H5Lexists(file, result.view.axis_names[axes - 1], H5P_DEFAULT), 0);
    ck_assert_int_eq(H5Aexists(file, "lambda"), 0);
    H5Fclose(file);
  }
}
END_TEST

START_TEST(stationary_result_has_lambda) {
  synthetic_make(&result, 2, 0);
  ck_assert(result_file_write("r.h5", &result.view, &failure));
  hid_t file = H5Fopen("r.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
  ck_assert_int_gt(H5Aexists(file, "lambda"), 0);
  check_field(file, "/m", MFG_RESULT_DENSITY);
  H5Fclose(file);
}
END_TEST

START_TEST(device_that_fails_leaves_no_file) {
  synthetic_make(&result, 1, 3);
  result.breaks = true;
  ck_assert(!result_file_write("r.h5", &result.view, &failure));
  ck_assert_int_eq(failure.exit_status, EXIT_STATUS_FAILED);
  ck_assert_str_eq(failure_text(&failure), "the device is lost");
  ck_assert_int_ne(access("r.h5", F_OK), 0);
  failure_clear(&failure);
  ck_assert(!plot_write("p.png", &result.view, &failure));
  ck_assert_int_ne(access("p.png", F_OK), 0);
}
END_TEST

/* ---- XDMF ------------------------------------------------------------------------------------ */

static char *read_file(const char *path) {
  static char text[65536];
  FILE *file = fopen(path, "r");
  ck_assert_ptr_nonnull(file);
  size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = '\0';
  return text;
}

static size_t occurrences(const char *text, const char *part) {
  size_t count = 0;
  for (; (text = strstr(text, part)); text += strlen(part))
    count++;
  return count;
}

START_TEST(xdmf_names_each_level_of_both_fields) {
  synthetic_make(&result, 3, 3);
  ck_assert(xdmf_file_write("r.h5", &result.view, &failure));
  const char *text = read_file("r.xdmf");
  ck_assert_uint_eq(occurrences(text, "<Time Value="), 4);
  ck_assert_uint_eq(occurrences(text, "TopologyType=\"3DSMesh\" Dimensions=\"7 5 3\""), 4);
  ck_assert_uint_eq(occurrences(text, "r.h5:/u<"), 4);
  ck_assert_uint_eq(occurrences(text, "r.h5:/m<"), 4);
  ck_assert_uint_eq(occurrences(text, "r.h5:/mesh/Z<"), 4);
  ck_assert_uint_eq(occurrences(text, ">2 0 0 0 1 1 1 1 1 7 5 3<"), 2);
  ck_assert_uint_eq(occurrences(text, "Name=\"&lt;A &amp; &quot;B&quot;&gt;\""), 1);
}
END_TEST

START_TEST(xdmf_is_for_two_axes_and_more) {
  synthetic_make(&result, 1, 3);
  ck_assert(xdmf_file_write("r.h5", &result.view, &failure));
  ck_assert_int_ne(access("r.xdmf", F_OK), 0);
  synthetic_make(&result, 2, 3);
  ck_assert(xdmf_file_write("r.h5", &result.view, &failure));
  ck_assert_uint_eq(occurrences(read_file("r.xdmf"), "GeometryType=\"X_Y\""), 4);
  char *path = xdmf_file_path("dir.h5/result");
  ck_assert_str_eq(path, "dir.h5/result.xdmf");
  free(path);
}
END_TEST

/* ---- pictures -------------------------------------------------------------------------------- */

START_TEST(picture_has_time_across_and_space_up) {
  plot_image image;
  synthetic_make(&result, 1, 3);
  ck_assert(plot_image_over_time(&result.view, MFG_RESULT_DENSITY, &image, &failure));
  ck_assert_int_eq(image.across, 4);
  ck_assert_int_eq(image.up, 7);
  ck_assert_double_eq(image.values[2 * 4 + 3], synthetic_value(1, 3, (int64_t[]){2, 0, 0}));
  ck_assert_double_eq(image.origin_up, 0.5);
  ck_assert_double_eq(image.step_up, 1);
  ck_assert_double_eq_tol(image.step_across, 2.0 / 3, 1e-15);
  ck_assert_double_eq(image.least, 0);
  ck_assert_double_eq(image.most, 3600);
  plot_image_free(&image);
}
END_TEST

START_TEST(picture_closes_a_periodic_axis_and_cuts_the_third) {
  plot_image image;
  synthetic_make(&result, 3, 3);
  ck_assert(plot_image_at_level(&result.view, MFG_RESULT_DENSITY, 2, &image, &failure));
  ck_assert_int_eq(image.across, 7);
  ck_assert_int_eq(image.up, 6);
  ck_assert_double_eq(image.values[3 * 7 + 4], synthetic_value(1, 2, (int64_t[]){4, 3, 1}));
  ck_assert_double_eq(image.values[5 * 7 + 4], synthetic_value(1, 2, (int64_t[]){4, 0, 1}));
  plot_image_free(&image);
}
END_TEST

START_TEST(every_kind_of_picture_is_drawn) {
  ck_assert_msg(gnuplot_check(&failure), "%s", failure_text(&failure));
  for (int axes = 1; axes <= 3; axes++)
    for (int64_t steps = 0; steps <= 3; steps += 3) {
      synthetic_make(&result, axes, steps);
      ck_assert_msg(plot_write("p.png", &result.view, &failure), "%s", failure_text(&failure));
      ck_assert_int_eq(memcmp(read_file("p.png"), "\x89PNG", 4), 0);
    }
}
END_TEST

START_TEST(literal_cannot_be_left) {
  text_buffer script = {0};
  gnuplot_append_literal(&script, "a'`b`\n\"\\", 100);
  ck_assert_str_eq(text_string(&script), "'a''`b` \"\\'");
  text_free(&script);
  gnuplot_append_literal(&script, "\xc3\xa9\xc3\xa9\xc3\xa9", 2);
  ck_assert_str_eq(text_string(&script), "'\xc3\xa9\xc3\xa9...'");
  text_free(&script);
}
END_TEST

/* ---- JSON and words -------------------------------------------------------------------------- */

START_TEST(json_has_no_number_that_json_has_not) {
  problem_file problem = {.axes = 2};
  problem_probe probe = {MFG_RESULT_DENSITY, 0.25, {0.5, 1, 0}};
  double value = -INFINITY;
  problem.probes = &probe;
  problem.probe_count = 1;
  synthetic_make(&result, 2, 0);
  text_buffer json = {0};
  report_json(&(solve_report){.problem = &problem, .view = &result.view, .probe_values = &value},
              &json);
  const char *text = text_string(&json);
  ck_assert_ptr_nonnull(strstr(text, "\"title\":\"<A & \\\"B\\\">\""));
  ck_assert_ptr_nonnull(strstr(text, "\"residual\":null,"));
  ck_assert_ptr_nonnull(strstr(text, "\"min_density\":null,"));
  ck_assert_ptr_nonnull(strstr(text, "\"device\":\"a \\\"device\\\" of \\ufffd\""));
  ck_assert_ptr_nonnull(strstr(text, "\"fallbacks\":[\"add\",\"line_solve\"],\"lambda\":1.25,"));
  ck_assert_ptr_nonnull(
      strstr(text, "\"probes\":[{\"field\":\"m\",\"t\":0.25,\"at\":[0.5,1],\"value\":null}],"));
  text_free(&json);
}
END_TEST

START_TEST(numbers_read_back_to_the_same_bits) {
  static const double numbers[] = {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, -0.0, 1e22};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    text_buffer json = {0};
    json_number(&json, numbers[i]);
    double back = strtod(text_string(&json), NULL);
    ck_assert_mem_eq(&back, &numbers[i], sizeof back);
    text_free(&json);
  }
}
END_TEST

START_TEST(nearest_word_is_suggested) {
  static const char *const known[] = {"viscosity", "hamiltonian", "coupling", "u"};
  static const struct {
    const char *word, *nearest;
  } cases[] = {
      {"viscosty", "viscosity"}, {"Viscosity", "viscosity"}, {"hamitlonian", "hamiltonian"},
      {"cuopling", "coupling"},  {"qqqqqqqq", NULL},         {"", NULL}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const char *found = suggestion_nearest(cases[i].word, known, 4);
    ck_assert_pstr_eq(found, cases[i].nearest);
  }
  char endless[5000] = {0};
  memset(endless, 'v', sizeof endless - 1);
  ck_assert_ptr_null(suggestion_nearest(endless, known, 4));
}
END_TEST

int main(void) {
  Suite *suite = suite_create("mfg-solve writers");
  TCase *files = tcase_create("files");
  tcase_add_checked_fixture(files, enter_folder, leave_folder);
  tcase_set_timeout(files, 60);
  tcase_add_test(files, result_has_every_field_in_the_order_of_the_file);
  tcase_add_test(files, stationary_result_has_lambda);
  tcase_add_test(files, device_that_fails_leaves_no_file);
  tcase_add_test(files, xdmf_names_each_level_of_both_fields);
  tcase_add_test(files, xdmf_is_for_two_axes_and_more);
  tcase_add_test(files, every_kind_of_picture_is_drawn);
  suite_add_tcase(suite, files);
  TCase *texts = tcase_create("texts");
  tcase_add_test(texts, picture_has_time_across_and_space_up);
  tcase_add_test(texts, picture_closes_a_periodic_axis_and_cuts_the_third);
  tcase_add_test(texts, literal_cannot_be_left);
  tcase_add_test(texts, json_has_no_number_that_json_has_not);
  tcase_add_test(texts, numbers_read_back_to_the_same_bits);
  tcase_add_test(texts, nearest_word_is_suggested);
  suite_add_tcase(suite, texts);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed != 0;
}
