/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every call of the driver fails once, and together with all that follow: a clear status, nothing
 * lost, and a device that goes on where it can. */
#define CL_TARGET_OPENCL_VERSION 120
#include "kernel_builder.h"
#include "opencl_fixture.h"
#include "opencl_layer_control.h"

#include <check.h>
#include <CL/cl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 4096

static const mfg_plugin *plugin;
static struct opencl_layer *layer;
static kernel_builder *builder;
static double source[COUNT];

/* All that the plugin does, one after another, and what has to be given back. */
struct work {
  mfg_plugin_device *device;
  mfg_plugin_queue *queue;
  mfg_plugin_kernel *kernel;
  mfg_plugin_buffer *buffers[4]; /* numbers, their doubles, a sum, words: flag, status, marks */
  mfg_plugin_event *event;
  mfg_plugin_command_list *list;
  mfg_status status;
  char text[1024];
  mfg_plugin_error error;
};

static bool ok(struct work *w, mfg_status status) {
  if (w->status == MFG_OK) w->status = status;
  return w->status == MFG_OK;
}

/* twice = 2 x; sum of them: a launch in two stages, with scratch memory. */
static void describe(void) {
  builder = builder_new(1, (int64_t[]){COUNT});
  int32_t x = builder_load(builder, false, builder_read(builder, MFG_FLOAT64, 0, 1), 0);
  int32_t twice = builder_apply(builder, false, MFG_OP_ADD, MFG_FLOAT64, x, x, -1);
  builder_output(builder, builder_write(builder, MFG_FLOAT64, 0), twice);
  builder_reduction(builder, MFG_REDUCE_SUM, 1, twice);
  for (int i = 0; i < COUNT; i++)
    source[i] = i;
}

static bool open_device(struct work *w) {
  return ok(w, plugin->device->open(&opencl_fixture_host, 0, &w->device, &w->error)) &&
         ok(w, plugin->queue->create(w->device, &w->queue, &w->error));
}

static bool make_buffers(struct work *w) {
  static const uint64_t sizes[] = {sizeof source, sizeof source, 8, 64};
  for (int i = 0; i < 4; i++)
    if (!ok(w, plugin->buffer->allocate(w->device, sizes[i], &w->buffers[i], &w->error)))
      return false;
  const double zero = 0;
  return ok(w,
            plugin->buffer->upload(w->queue, w->buffers[0], 0, source, sizeof source, &w->error)) &&
         ok(w, plugin->buffer->fill(w->queue, w->buffers[1], 0, &zero, 8, COUNT, &w->error)) &&
         ok(w, plugin->buffer->fill(w->queue, w->buffers[3], 0, &zero, 8, 8, &w->error)) &&
         ok(w, plugin->buffer->fill(w->queue, w->buffers[3], 33, "ab", 2, 5, &w->error)) &&
         ok(w, plugin->buffer->copy(w->queue, w->buffers[3], 48, w->buffers[3], 33, 8, &w->error));
}

static const mfg_kernel_launch *bound(const struct work *w) {
  for (int i = 0; i < 3; i++) {
    builder->bindings[i].buffer = w->buffers[i];
    builder->bindings[i].offset = 0;
  }
  return &builder->launch;
}

static bool run_events(struct work *w) {
  bool done;
  void *memory = NULL;
  return ok(w, plugin->queue->event_record(w->queue, &w->event, &w->error)) &&
         ok(w, plugin->queue->event_wait(w->queue, w->event, &w->error)) &&
         ok(w, plugin->queue->event_query(w->event, &done, &w->error)) &&
         ok(w, plugin->queue->event_synchronise(w->event, &w->error)) &&
         ok(w, plugin->buffer->map(w->queue, w->buffers[1], 8, 64, &memory, &w->error)) &&
         ok(w, plugin->buffer->unmap(w->queue, w->buffers[1], memory, &w->error)) &&
         ok(w, plugin->queue->submit(w->queue, &w->error)) &&
         ok(w, plugin->queue->synchronise(w->queue, &w->error));
}

/* The body runs three times: its flag stays false. */
static bool run_list(struct work *w) {
  const mfg_plugin_command_list_table *lists = plugin->command_list;
  const int32_t mark = 5;
  return ok(w, lists->create(w->device, &w->list, &w->error)) &&
         ok(w, lists->launch(w->list, w->kernel, bound(w), &w->error)) &&
         ok(w, lists->repeat_begin(w->list, 3, w->buffers[3], 0, &w->error)) &&
         ok(w, lists->copy(w->list, w->buffers[0], 0, w->buffers[1], 0, 64, &w->error)) &&
         ok(w, lists->launch(w->list, w->kernel, bound(w), &w->error)) &&
         ok(w, lists->fill(w->list, w->buffers[3], 8, &mark, 4, 2, &w->error)) &&
         ok(w, lists->repeat_end(w->list, &w->error)) &&
         ok(w, lists->finish(w->list, w->buffers[3], 4, &w->error)) &&
         ok(w, lists->replay(w->queue, w->list, &w->error));
}

static bool work(struct work *w) {
  return make_buffers(w) &&
         ok(w, plugin->kernel->prepare(w->device, &builder->description, &w->kernel, &w->error)) &&
         ok(w, plugin->kernel->launch(w->queue, w->kernel, bound(w), &w->error)) && run_events(w) &&
         run_list(w);
}

/* The first eight numbers are doubled four times, the others once. */
static bool check_answers(struct work *w) {
  double sum, answers[COUNT], expected = 0;
  int32_t words[4];
  if (!ok(w, plugin->buffer->download(w->queue, w->buffers[1], 0, answers, sizeof answers,
                                      &w->error)) ||
      !ok(w, plugin->buffer->download(w->queue, w->buffers[2], 0, &sum, 8, &w->error)) ||
      !ok(w, plugin->buffer->download(w->queue, w->buffers[3], 0, words, 16, &w->error)))
    return false;
  for (int i = 0; i < COUNT; i++) {
    ck_assert(answers[i] == (i < 8 ? 16 : 2) * source[i]);
    expected += answers[i];
  }
  ck_assert(sum == expected);
  ck_assert(words[1] == 1 && words[2] == 5 && words[3] == 5);
  return true;
}

static void give_back(struct work *w) {
  if (w->queue) plugin->queue->synchronise(w->queue, NULL);
  if (w->event) plugin->queue->event_release(w->event);
  if (w->list) plugin->command_list->release(w->list);
  if (w->kernel) plugin->kernel->release(w->kernel);
  for (int i = 0; i < 4; i++)
    if (w->buffers[i]) plugin->buffer->free(w->device, w->buffers[i]);
  w->event = NULL;
  w->list = NULL;
  w->kernel = NULL;
  memset(w->buffers, 0, sizeof w->buffers);
}

static void close_device(struct work *w) {
  if (w->queue) plugin->queue->destroy(w->queue);
  if (w->device) plugin->device->close(w->device);
  w->queue = NULL;
  w->device = NULL;
}

static void start(struct work *w) {
  *w = (struct work){.status = MFG_OK};
  w->error = (mfg_plugin_error){
      .struct_size = sizeof w->error, .text = w->text, .text_capacity = sizeof w->text};
}

/* ---- sweeps --------------------------------------------------------------------------------- */

static void arm(long number, int code, bool lasts) {
  layer->failed = NULL;
  layer->code = code;
  layer->lasts = lasts;
  layer->countdown = number;
}

/* What a failure may do: nothing, where there is another way, or a status that says what it was. */
static void expect_clear_status(const struct work *w, int code) {
  if (w->status == MFG_OK) return;
  ck_assert_msg(w->text[0] != '\0', "status %d without a text", w->status);
  ck_assert_msg(w->status != MFG_ERROR_INTERNAL && w->status != MFG_ERROR_INVALID_ARGUMENT,
                "%s failed: status %d, %s", layer->failed, w->status, w->text);
  if (code == CL_DEVICE_NOT_AVAILABLE)
    ck_assert_msg(w->status == MFG_ERROR_DEVICE_LOST, "%s failed: status %d, %s", layer->failed,
                  w->status, w->text);
  if (code == CL_MEM_OBJECT_ALLOCATION_FAILURE)
    ck_assert_msg(w->status == MFG_ERROR_DEVICE_MEMORY, "%s failed: status %d, %s", layer->failed,
                  w->status, w->text);
}

/* Returns whether a call failed. The device is opened before and used again after. */
static bool fail_in_work(long number, int code, bool lasts) {
  struct work w;
  start(&w);
  ck_assert_msg(open_device(&w), "open: %s", w.text);
  arm(number, code, lasts);
  bool done = work(&w) && check_answers(&w);
  const char *failed = layer->failed;
  expect_clear_status(&w, code);
  ck_assert(failed || done);
  give_back(&w);
  layer->countdown = -1;
  w.status = MFG_OK;
  ck_assert_msg(work(&w) && check_answers(&w), "after a failure of %s: %s", failed, w.text);
  give_back(&w);
  close_device(&w);
  opencl_layer_expect_nothing_held(layer);
  return failed != NULL;
}

static bool fail_in_open(long number, int code, bool lasts) {
  struct work w;
  start(&w);
  arm(number, code, lasts);
  bool done = open_device(&w);
  const char *failed = layer->failed;
  expect_clear_status(&w, code);
  ck_assert(failed || done);
  close_device(&w);
  layer->countdown = -1;
  opencl_layer_expect_nothing_held(layer);
  return failed != NULL;
}

static const int codes[] = {CL_OUT_OF_RESOURCES, CL_MEM_OBJECT_ALLOCATION_FAILURE,
                            CL_OUT_OF_HOST_MEMORY, CL_DEVICE_NOT_AVAILABLE};
#define CODES ((int)(sizeof codes / sizeof *codes))

static bool device_has_command_buffers(void) {
  cl_platform_id platform;
  cl_device_id device;
  char text[8192] = "";
  ck_assert_int_eq(clGetPlatformIDs(1, &platform, NULL), CL_SUCCESS);
  ck_assert_int_eq(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL), CL_SUCCESS);
  ck_assert_int_eq(clGetDeviceInfo(device, CL_DEVICE_EXTENSIONS, sizeof text, text, NULL),
                   CL_SUCCESS);
  return strstr(text, "cl_khr_command_buffer") != NULL;
}

static void sweep(bool (*attempt)(long, int, bool), int variant) {
  bool native = variant / CODES % 2 == 0;
  opencl_fixture_configure("command_buffers", native ? NULL : "off");
  plugin = opencl_fixture_plugin();
  layer = opencl_layer_use();
  /* So little room that launches go through memory. */
  if (!native) layer->parameter_limit = 64;
  describe();
  for (int lasts = 0; lasts < 2; lasts++) {
    long number = 0;
    while (attempt(number, codes[variant % CODES], lasts != 0))
      number++;
    ck_assert_int_gt(number, 1);
  }
  if (attempt == fail_in_work)
    ck_assert((layer->replayed > 0) == (native && device_has_command_buffers()));
  builder_clear(builder);
}

START_TEST(any_call_may_fail_while_a_device_is_used) {
  sweep(fail_in_work, _i);
}
END_TEST

START_TEST(any_call_may_fail_while_a_device_is_opened) {
  sweep(fail_in_open, _i);
}
END_TEST

/* Compiling is left out of the sweep, where the cache has the binaries. */
START_TEST(a_compiler_may_fail) {
  static const char *const calls[] = {"clCreateProgramWithSource", "clBuildProgram",
                                      "clGetProgramInfo", "clCreateKernel"};
  struct work w;
  opencl_fixture_configure("cache", _i % 2 ? "off" : NULL);
  plugin = opencl_fixture_plugin();
  layer = opencl_layer_use();
  describe();
  layer->only = calls[_i / 2];
  for (int k = 0; k < CODES; k++)
    fail_in_work(0, codes[k], false);
  layer->only = NULL;
  start(&w);
  arm(-1, 0, false);
  ck_assert(open_device(&w) && work(&w) && check_answers(&w));
  give_back(&w);
  close_device(&w);
  opencl_layer_expect_nothing_held(layer);
  builder_clear(builder);
}
END_TEST

/* ---- enumeration ---------------------------------------------------------------------------- */

START_TEST(drivers_that_fail_are_no_device) {
  char text[1024] = "";
  uint32_t count = 5;
  mfg_plugin_error error = {
      .struct_size = sizeof error, .text = text, .text_capacity = sizeof text};
  plugin = opencl_fixture_plugin();
  layer = opencl_layer_use();
  for (int call = 0; call < 2; call++) {
    layer->only = call ? "clGetDeviceIDs" : "clGetPlatformIDs";
    arm(0, codes[_i], true);
    mfg_status status = plugin->device->enumerate(&opencl_fixture_host, 0, 0, NULL, &count, &error);
    ck_assert_msg(status != MFG_OK && status != MFG_ERROR_INTERNAL && text[0] != '\0',
                  "status %d, %s", status, text);
    ck_assert_uint_eq(count, 0);
  }
  layer->only = "clGetDeviceIDs";
  arm(0, CL_DEVICE_NOT_FOUND, true);
  ck_assert_int_eq(plugin->device->enumerate(&opencl_fixture_host, 0, 0, NULL, &count, &error),
                   MFG_ERROR_NO_DEVICE);
  ck_assert_msg(strstr(text, "platforms are there, but no device") != NULL, "%s", text);
  arm(-1, 0, false);
  ck_assert_int_eq(plugin->device->enumerate(&opencl_fixture_host, 0, 0, NULL, &count, NULL),
                   MFG_OK);
  ck_assert_uint_ge(count, 1);
}
END_TEST

/* ---- what is held --------------------------------------------------------------------------- */

/* Kernels and buffers by the thousand: whatever was made has been given back, so that memory which
 * grows all the same is the driver's. */
START_TEST(what_is_made_is_given_back) {
  const int rounds = getenv("MFG_TEST_LONG") ? 10000 : 500;
  struct work w;
  plugin = opencl_fixture_plugin();
  layer = opencl_layer_use();
  describe();
  start(&w);
  ck_assert(open_device(&w));
  for (int i = 0; i < rounds; i++) {
    mfg_plugin_kernel *kernel;
    mfg_plugin_buffer *buffer;
    ck_assert_int_eq(plugin->kernel->prepare(w.device, &builder->description, &kernel, NULL),
                     MFG_OK);
    ck_assert_int_eq(plugin->buffer->allocate(w.device, 1 << 16, &buffer, NULL), MFG_OK);
    plugin->buffer->free(w.device, buffer);
    plugin->kernel->release(kernel);
  }
  ck_assert_int_ge(layer->created[LAYER_KERNEL], rounds);
  ck_assert_int_ge(layer->created[LAYER_MEMORY], rounds);
  close_device(&w);
  opencl_layer_expect_nothing_held(layer);
  builder_clear(builder);
}
END_TEST

static Suite *make_suite(void) {
  Suite *suite = suite_create("opencl failures");
  TCase *c = tcase_create("failures");
  tcase_set_timeout(c, 300);
  tcase_add_loop_test(c, any_call_may_fail_while_a_device_is_used, 0, 2 * CODES);
  tcase_add_loop_test(c, any_call_may_fail_while_a_device_is_opened, 0, CODES);
  tcase_add_loop_test(c, a_compiler_may_fail, 0, 8);
  tcase_add_loop_test(c, drivers_that_fail_are_no_device, 0, CODES);
  tcase_add_test(c, what_is_made_is_given_back);
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
