/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs on arrays while calls of the driver fail: the program's first error is clear, the same
 * context gives the right answer afterwards, and nothing stays held. */
#define CL_TARGET_OPENCL_VERSION 120
#include "failures/programs.h"
#include "opencl_layer_control.h"

#include <check.h>
#include <CL/cl.h>
#include <stdlib.h>

static const int codes[] = {CL_OUT_OF_RESOURCES, CL_MEM_OBJECT_ALLOCATION_FAILURE,
                            CL_OUT_OF_HOST_MEMORY};
#define CODES ((int)(sizeof codes / sizeof *codes))

static mfg_context *open_context(void) {
  mfg_context *context = NULL;
  ck_assert_msg(mfg_context_open("opencl", NULL, &context) == MFG_OK, "%s", mfg_last_error());
  return context;
}

static double expected_of(mfg_context *context, const named_program *program) {
  double result = 0;
  mfg_status status = program->run(context, &result);
  ck_assert_msg(status == MFG_OK, "%s: %s", program->name, mfg_last_error());
  return result;
}

/* Returns whether a call failed. */
static bool run(struct opencl_layer *layer, const named_program *program, long number, int code,
                double expected) {
  mfg_context *context = open_context();
  double result = 0;
  layer->failed = NULL;
  layer->code = code;
  layer->countdown = number;
  mfg_status status = program->run(context, &result);
  layer->countdown = -1;
  const char *failed = layer->failed;
  ck_assert_msg(status == MFG_OK ? result == expected : failed != NULL,
                "%s, call %ld (%s): status %d, %.17g, expected %.17g", program->name, number,
                failed ? failed : "none", status, result, expected);
  if (status != MFG_OK)
    ck_assert_msg(status != MFG_ERROR_INTERNAL && mfg_last_error()[0] != '\0',
                  "%s, call %ld (%s): status %d, %s", program->name, number, failed, status,
                  mfg_last_error());
  ck_assert_double_eq(expected_of(context, program), expected);
  mfg_context_close(context);
  opencl_layer_expect_nothing_held(layer);
  return failed != NULL;
}

/* Calls are taken at growing distances: the driver fails in every phase of a program, while all its
 * single calls are swept below the library. */
START_TEST(programs_survive_a_failing_driver) {
  const named_program *program = &array_programs[_i];
  struct opencl_layer *layer = opencl_layer_use();
  mfg_context *context = open_context();
  const double expected = expected_of(context, program);
  mfg_context_close(context);
  for (int k = 0; k < CODES; k++)
    for (long number = k; run(layer, program, number, codes[k], expected);)
      number += 5 + number / 3;
}
END_TEST

/* A device that is lost says so, from every call on. */
START_TEST(a_lost_device_is_told) {
  struct opencl_layer *layer = opencl_layer_use();
  for (long number = 0; number < 60; number += 7) {
    double result = 0;
    mfg_context *context = open_context();
    layer->lasts = true;
    layer->code = CL_DEVICE_NOT_AVAILABLE;
    layer->countdown = number;
    layer->failed = NULL;
    mfg_status status = array_programs[0].run(context, &result);
    ck_assert_int_eq(status, layer->failed ? MFG_ERROR_DEVICE_LOST : MFG_OK);
    layer->countdown = 0;
    ck_assert_int_eq(array_programs[1].run(context, &result), MFG_ERROR_DEVICE_LOST);
    mfg_context_close(context);
    layer->countdown = -1;
    opencl_layer_expect_nothing_held(layer);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("opencl library failures");
  TCase *c = tcase_create("failures");
  tcase_set_timeout(c, 300);
  tcase_add_loop_test(c, programs_survive_a_failing_driver, 0, (int)array_program_count);
  tcase_add_test(c, a_lost_device_is_told);
  suite_add_tcase(suite, c);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
