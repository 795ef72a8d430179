/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices that lack something: room for arguments, float64, memory that the host shares. A layer
 * under the loader takes it away from a device that has it. */
#include "kernel_samples.h"
#include "opencl_fixture.h"
#include "opencl_layer_control.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static opencl_fixture fixture;
static struct opencl_layer *layer;

static void expect_agreement(kernel_builder *b, int layout) {
  const char *text =
      builder_compare(b, fixture.plugin, fixture.devices[layout], fixture.queues[layout], 1e-11);
  ck_assert_msg(text == NULL, "%s", text);
  builder_clear(b);
}

/* ---- room for arguments --------------------------------------------------------------------- */

/* The sum of many arrays, each with strides and an offset of its own. */
static kernel_builder *many_operands(uint32_t count) {
  kernel_builder *b = builder_new(8, (int64_t[]){2, 3, 1, 2, 2, 1, 3, 4});
  int32_t sum = builder_load(b, false, builder_read(b, MFG_FLOAT64, 0, 1), 0);
  for (uint32_t i = 1; i < count; i++) {
    int32_t next = builder_load(b, false, builder_read(b, MFG_FLOAT64, i, i + 1), 0);
    sum = builder_apply(b, false, MFG_OP_ADD, MFG_FLOAT64, sum, next, -1);
  }
  builder_output(b, builder_write(b, MFG_FLOAT64, 0), sum);
  return b;
}

static bool passes_memory(kernel_builder *b, int layout) {
  mfg_plugin_kernel *kernel;
  char text[1024] = "";
  mfg_plugin_error error = {
      .struct_size = sizeof error, .text = text, .text_capacity = sizeof text};
  ck_assert(fixture.plugin->kernel->supports(fixture.devices[layout], &b->description));
  mfg_status status =
      fixture.plugin->kernel->prepare(fixture.devices[layout], &b->description, &kernel, &error);
  ck_assert_msg(status == MFG_OK, "%s", text);
  bool passes = strstr(fixture.plugin->kernel->explain(kernel), "launch_memory") != NULL;
  fixture.plugin->kernel->release(kernel);
  return passes;
}

/* 31 arrays of 8 axes: more than the 1024 bytes that a device need not exceed. */
START_TEST(a_launch_with_much_to_say_goes_through_memory) {
  layer = opencl_layer_use();
  layer->parameter_limit = 1024;
  opencl_fixture_open(&fixture);
  for (int layout = 0; layout < 2; layout++) {
    kernel_builder *few = many_operands(2), *many = many_operands(31);
    ck_assert(!passes_memory(few, layout));
    ck_assert(passes_memory(many, layout));
    builder_clear(few);
    expect_agreement(many, layout);
  }
  opencl_fixture_close(&fixture);
  opencl_layer_expect_nothing_held(layer);
}
END_TEST

/* Every pattern, with hardly more room than for the pointers. */
START_TEST(every_pattern_runs_with_its_launch_in_memory) {
  static const kernel_space plane = {2, 1, {30, 40}};
  layer = opencl_layer_use();
  layer->parameter_limit = 8 * (16 + 4);
  opencl_fixture_open(&fixture);
  for (int layout = 0; layout < 2; layout++) {
    kernel_builder *samples[] = {sample_gathers(1), sample_reductions(&plane),
                                 sample_map_with_reductions(&plane), sample_scans(&plane, 0),
                                 sample_solves(&plane, true)};
    for (int i = 0; i < 5; i++)
      expect_agreement(samples[i], layout);
  }
  opencl_fixture_close(&fixture);
  opencl_layer_expect_nothing_held(layer);
}
END_TEST

static Suite *make_suite(void) {
  Suite *suite = suite_create("opencl limits");
  TCase *c = tcase_create("limits");
  tcase_set_timeout(c, 120);
  tcase_add_test(c, a_launch_with_much_to_say_goes_through_memory);
  tcase_add_test(c, every_pattern_runs_with_its_launch_in_memory);
  suite_add_tcase(suite, c);
  return suite;
}

int main(void) {
  SRunner *runner = srunner_create(make_suite());
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
