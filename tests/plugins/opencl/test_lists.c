/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Command lists of the OpenCL plugin, replayed natively where the device has command buffers, and
 * command by command: every test runs both ways. */
#include "kernel_builder.h"
#include "opencl_fixture.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static opencl_fixture fixture;
static const mfg_plugin *plugin;
static mfg_plugin_device *device;
static mfg_plugin_queue *queue;

/* Even tests of a loop are native. */
static void open_fixture(int variant) {
  opencl_fixture_configure("command_buffers", variant % 2 ? "off" : NULL);
  opencl_fixture_open(&fixture);
  plugin = fixture.plugin;
  device = fixture.devices[0];
  queue = fixture.queues[0];
}

static mfg_plugin_buffer *words(const int32_t *numbers, uint64_t count) {
  mfg_plugin_buffer *buffer;
  ck_assert_int_eq(plugin->buffer->allocate(device, 4 * count, &buffer, NULL), MFG_OK);
  ck_assert_int_eq(plugin->buffer->upload(queue, buffer, 0, numbers, 4 * count, NULL), MFG_OK);
  return buffer;
}

static int32_t word(mfg_plugin_buffer *buffer, uint64_t index) {
  int32_t number;
  ck_assert_int_eq(plugin->buffer->download(queue, buffer, 4 * index, &number, 4, NULL), MFG_OK);
  return number;
}

/* ---- a counter ------------------------------------------------------------------------------ */

/* counter += step; flag = counter >= limit. */
static mfg_plugin_kernel *prepare_advance(kernel_builder **builder) {
  mfg_plugin_kernel *kernel;
  kernel_builder *b = builder_new(1, (int64_t[]){1});
  uint32_t counter = builder_read(b, MFG_INT32, 0, 1);
  int32_t step = builder_scalar(b, false, MFG_INT32, (mfg_scalar){.int32 = 1});
  int32_t limit = builder_scalar(b, false, MFG_INT32, (mfg_scalar){.int32 = 1});
  int32_t next =
      builder_apply(b, false, MFG_OP_ADD, MFG_INT32, builder_load(b, false, counter, 0), step, -1);
  builder_output(b, builder_write_over(b, counter), next);
  builder_output(b, builder_write(b, MFG_BOOL, 0),
                 builder_apply(b, false, MFG_OP_GREATER_EQUAL, MFG_BOOL, next, limit, -1));
  ck_assert_int_eq(plugin->kernel->prepare(device, &b->description, &kernel, NULL), MFG_OK);
  *builder = b;
  return kernel;
}

struct counter {
  mfg_plugin_buffer *value, *flag;
  int32_t step, limit;
};

static void record_advance(mfg_plugin_command_list *list, mfg_plugin_kernel *kernel,
                           kernel_builder *b, const struct counter *counter) {
  mfg_plugin_buffer *buffers[] = {counter->value, counter->value, counter->flag};
  for (int i = 0; i < 3; i++) {
    b->bindings[i].buffer = buffers[i];
    b->bindings[i].offset = 0;
  }
  b->scalar_values[0].int32 = counter->step;
  b->scalar_values[1].int32 = counter->limit;
  ck_assert_int_eq(plugin->command_list->launch(list, kernel, &b->launch, NULL), MFG_OK);
}

static void replay(mfg_plugin_queue *on, mfg_plugin_command_list *list) {
  char text[512] = "";
  mfg_plugin_error error = {
      .struct_size = sizeof error, .text = text, .text_capacity = sizeof text};
  mfg_status status = plugin->command_list->replay(on, list, &error);
  ck_assert_msg(status == MFG_OK, "replay: %d %s", status, text);
  ck_assert_int_eq(plugin->queue->synchronise(on, NULL), MFG_OK);
}

static void free_buffers(mfg_plugin_buffer *const *buffers, int count) {
  for (int i = 0; i < count; i++)
    plugin->buffer->free(device, buffers[i]);
}

/* ---- arguments ------------------------------------------------------------------------------ */

/* PoCL 3.1 keeps the cl_kernel of a recorded command and reads its arguments when it runs: with one
 * object for both launches, both would add the last step. */
START_TEST(each_recorded_launch_keeps_its_own_arguments) {
  mfg_plugin_command_list *list;
  kernel_builder *b;
  open_fixture(_i);
  mfg_plugin_kernel *kernel = prepare_advance(&b);
  mfg_plugin_buffer *buffers[] = {words((int32_t[]){0}, 1), words((int32_t[]){100}, 1),
                                  words((int32_t[]){0}, 1)};
  ck_assert_int_eq(plugin->command_list->create(device, &list, NULL), MFG_OK);
  record_advance(list, kernel, b, &(struct counter){buffers[0], buffers[2], 1, 99});
  record_advance(list, kernel, b, &(struct counter){buffers[1], buffers[2], 10, 99});
  record_advance(list, kernel, b, &(struct counter){buffers[0], buffers[2], 1000, 99});
  ck_assert_int_eq(plugin->command_list->finish(list, NULL, 0, NULL), MFG_OK);
  for (int i = 1; i <= 3; i++) {
    replay(fixture.queues[0], list);
    ck_assert_int_eq(word(buffers[0], 0), 1001 * i);
    ck_assert_int_eq(word(buffers[1], 0), 100 + 10 * i);
  }
  plugin->command_list->release(list);
  plugin->kernel->release(kernel);
  free_buffers(buffers, 3);
  builder_clear(b);
  opencl_fixture_close(&fixture);
}
END_TEST

START_TEST(a_list_may_change_its_queue) {
  mfg_plugin_command_list *list;
  mfg_plugin_queue *second;
  kernel_builder *b;
  open_fixture(_i);
  mfg_plugin_kernel *kernel = prepare_advance(&b);
  mfg_plugin_buffer *buffers[] = {words((int32_t[]){0}, 1), words((int32_t[]){0}, 1)};
  struct counter counter = {buffers[0], buffers[1], 1, 99};
  ck_assert_int_eq(plugin->command_list->create(device, &list, NULL), MFG_OK);
  record_advance(list, kernel, b, &counter);
  record_advance(list, kernel, b, &counter);
  ck_assert_int_eq(plugin->command_list->finish(list, NULL, 0, NULL), MFG_OK);
  replay(queue, list);
  for (int i = 0; i < 3; i++) {
    ck_assert_int_eq(plugin->queue->create(device, &second, NULL), MFG_OK);
    replay(second, list);
    plugin->queue->destroy(second);
  }
  ck_assert_int_eq(word(buffers[0], 0), 8);
  plugin->command_list->release(list);
  plugin->kernel->release(kernel);
  free_buffers(buffers, 2);
  builder_clear(b);
  opencl_fixture_close(&fixture);
}
END_TEST

/* ---- repeats -------------------------------------------------------------------------------- */

/* The body copies the counter aside, advances it and marks a word; runs of the body that were
 * queued beyond the end must leave all of them alone. */
START_TEST(runs_queued_beyond_the_end_do_nothing) {
  static const int32_t limits[] = {1, 2, 3, 5, 12, 13, 40, 200};
  static const uint32_t maxima[] = {1, 3, 4, 5, 100};
  const int32_t mark = 7;
  kernel_builder *b;
  open_fixture(_i);
  mfg_plugin_kernel *kernel = prepare_advance(&b);
  mfg_plugin_buffer *buffers[] = {words((int32_t[]){0}, 1), words((int32_t[]){0}, 1),
                                  words((int32_t[2]){0}, 2), words((int32_t[2]){9, 9}, 2)};
  for (size_t m = 0; m < sizeof maxima / sizeof *maxima; m++)
    for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
      mfg_plugin_command_list *list;
      const int32_t maximum = (int32_t)maxima[m];
      const int32_t turns = limits[l] < maximum ? limits[l] : maximum;
      ck_assert_int_eq(plugin->command_list->create(device, &list, NULL), MFG_OK);
      plugin->command_list->repeat_begin(list, maxima[m], buffers[1], 0, NULL);
      plugin->command_list->copy(list, buffers[2], 4, buffers[0], 0, 4, NULL);
      record_advance(list, kernel, b, &(struct counter){buffers[0], buffers[1], 1, limits[l]});
      plugin->command_list->fill(list, buffers[2], 0, &mark, 4, 1, NULL);
      ck_assert_int_eq(plugin->command_list->repeat_end(list, NULL), MFG_OK);
      plugin->command_list->copy(list, buffers[3], 0, buffers[0], 0, 4, NULL);
      ck_assert_int_eq(plugin->command_list->finish(list, buffers[3], 4, NULL), MFG_OK);
      for (int again = 0; again < 2; again++) {
        plugin->buffer->upload(queue, buffers[0], 0, (int32_t[]){0}, 4, NULL);
        replay(queue, list);
        ck_assert_int_eq(word(buffers[0], 0), turns);
        ck_assert_int_eq(word(buffers[2], 1), turns - 1);
        ck_assert_int_eq(word(buffers[2], 0), mark);
        ck_assert_int_eq(word(buffers[3], 0), turns);
        ck_assert_int_eq(word(buffers[3], 1), limits[l] > maximum);
      }
      plugin->command_list->release(list);
    }
  plugin->kernel->release(kernel);
  free_buffers(buffers, 4);
  builder_clear(b);
  opencl_fixture_close(&fixture);
}
END_TEST

/* The inner repeat takes another number of runs each time: its limit counts on over all of them. */
START_TEST(a_repeat_in_a_repeat_ends_with_it) {
  mfg_plugin_command_list *list;
  kernel_builder *b;
  open_fixture(_i);
  mfg_plugin_kernel *kernel = prepare_advance(&b);
  mfg_plugin_buffer *buffers[] = {words((int32_t[]){0}, 1), words((int32_t[]){0}, 1),
                                  words((int32_t[]){0}, 1), words((int32_t[]){0}, 1),
                                  words((int32_t[]){-1}, 1)};
  ck_assert_int_eq(plugin->command_list->create(device, &list, NULL), MFG_OK);
  plugin->command_list->repeat_begin(list, 50, buffers[1], 0, NULL);
  record_advance(list, kernel, b, &(struct counter){buffers[0], buffers[1], 1, 20});
  plugin->command_list->repeat_begin(list, 30, buffers[3], 0, NULL);
  record_advance(list, kernel, b, &(struct counter){buffers[2], buffers[3], 1, 17});
  plugin->command_list->repeat_end(list, NULL);
  plugin->command_list->repeat_end(list, NULL);
  ck_assert_int_eq(plugin->command_list->finish(list, buffers[4], 0, NULL), MFG_OK);
  for (int again = 0; again < 2; again++) {
    plugin->buffer->upload(queue, buffers[0], 0, (int32_t[]){0}, 4, NULL);
    plugin->buffer->upload(queue, buffers[2], 0, (int32_t[]){0}, 4, NULL);
    replay(queue, list);
    ck_assert_int_eq(word(buffers[0], 0), 20);
    ck_assert_int_eq(word(buffers[2], 0), 17 + 19);
    ck_assert_int_eq(word(buffers[4], 0), 0);
  }
  plugin->command_list->release(list);
  plugin->kernel->release(kernel);
  free_buffers(buffers, 5);
  builder_clear(b);
  opencl_fixture_close(&fixture);
}
END_TEST

/* ---- bytes ---------------------------------------------------------------------------------- */

/* Copies and fills at every offset and of every size, against the same on the host. */
START_TEST(copies_and_fills_reach_every_byte) {
  unsigned char model[192], got[192], pattern[16];
  mfg_plugin_command_list *list;
  open_fixture(_i);
  for (int i = 0; i < 192; i++)
    model[i] = (unsigned char)i;
  for (int i = 0; i < 16; i++)
    pattern[i] = (unsigned char)(0xA0 + i);
  mfg_plugin_buffer *buffer = words((const int32_t *)(const void *)model, 48);
  ck_assert_int_eq(plugin->command_list->create(device, &list, NULL), MFG_OK);
  for (uint32_t i = 0; i < 60; i++) {
    const uint32_t to = 100 + i % 13, from = i % 17, size = 1 + i;
    ck_assert_int_eq(plugin->command_list->copy(list, buffer, to, buffer, from, size, NULL),
                     MFG_OK);
    memcpy(model + to, model + from, size);
    const uint32_t bytes = UINT32_C(1) << i % 5, at = i, count = 1 + i % 3;
    ck_assert_int_eq(plugin->command_list->fill(list, buffer, at, pattern, bytes, count, NULL),
                     MFG_OK);
    for (uint32_t k = 0; k < count * bytes; k++)
      model[at + k] = pattern[k % bytes];
  }
  ck_assert_int_eq(plugin->command_list->finish(list, NULL, 0, NULL), MFG_OK);
  replay(queue, list);
  ck_assert_int_eq(plugin->buffer->download(queue, buffer, 0, got, sizeof got, NULL), MFG_OK);
  ck_assert_mem_eq(got, model, sizeof got);
  plugin->command_list->release(list);
  plugin->buffer->free(device, buffer);
  opencl_fixture_close(&fixture);
}
END_TEST

/* ---- refusals ------------------------------------------------------------------------------- */

START_TEST(what_lies_outside_a_buffer_is_refused) {
  mfg_plugin_command_list *list;
  const int32_t one = 1;
  open_fixture(_i);
  const mfg_plugin_command_list_table *lists = plugin->command_list;
  mfg_plugin_buffer *buffer = words((int32_t[4]){0}, 4);
  ck_assert_int_eq(lists->create(device, &list, NULL), MFG_OK);
  ck_assert_int_eq(lists->copy(list, buffer, 13, buffer, 0, 4, NULL), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(lists->copy(list, buffer, 0, buffer, 16, 1, NULL), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(lists->fill(list, buffer, 0, &one, 4, 5, NULL), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(lists->fill(list, buffer, 0, &one, 4, UINT64_MAX / 2, NULL),
                   MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(lists->fill(list, buffer, 0, &one, 3, 1, NULL), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(lists->repeat_begin(list, 2, buffer, 16, NULL), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(lists->repeat_begin(list, 0, buffer, 0, NULL), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(lists->repeat_end(list, NULL), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(lists->finish(list, buffer, 13, NULL), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(lists->finish(list, buffer, 16, NULL), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(lists->replay(queue, list, NULL), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(lists->repeat_begin(list, 2, buffer, 0, NULL), MFG_OK);
  ck_assert_int_eq(lists->finish(list, buffer, 0, NULL), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(lists->repeat_end(list, NULL), MFG_OK);
  ck_assert_int_eq(lists->finish(list, NULL, 0, NULL), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(lists->finish(list, buffer, 4, NULL), MFG_OK);
  ck_assert_int_eq(lists->finish(list, buffer, 4, NULL), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(lists->copy(list, buffer, 0, buffer, 4, 4, NULL), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(lists->repeat_end(list, NULL), MFG_ERROR_INVALID_ARGUMENT);
  replay(queue, list);
  ck_assert_int_eq(word(buffer, 1), 1); /* the flag was never true */
  lists->release(list);
  plugin->buffer->free(device, buffer);
  opencl_fixture_close(&fixture);
}
END_TEST

static Suite *make_suite(void) {
  Suite *suite = suite_create("opencl lists");
  TCase *c = tcase_create("lists");
  tcase_set_timeout(c, 120);
  tcase_add_loop_test(c, each_recorded_launch_keeps_its_own_arguments, 0, 2);
  tcase_add_loop_test(c, a_list_may_change_its_queue, 0, 2);
  tcase_add_loop_test(c, runs_queued_beyond_the_end_do_nothing, 0, 2);
  tcase_add_loop_test(c, a_repeat_in_a_repeat_ends_with_it, 0, 2);
  tcase_add_loop_test(c, copies_and_fills_reach_every_byte, 0, 2);
  tcase_add_loop_test(c, what_lies_outside_a_buffer_is_refused, 0, 2);
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
