/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ready-made queue, buffer, kernel and command-list functions for host memory. */
#include "kernel_builder.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static char error_text[256];
static mfg_plugin_error error = {
    .struct_size = sizeof error, .text = error_text, .text_capacity = sizeof error_text};

static mfg_plugin_queue *queue;

static void open_queue(void) {
  ck_assert_int_eq(mfg_sdk_host_queue_table.create(NULL, &queue, &error), MFG_OK);
}

static void close_queue(void) {
  mfg_sdk_host_queue_table.destroy(queue);
}

/* The SDK's buffer stands for the plugin's, which would begin with it. */
static mfg_plugin_buffer *handle(mfg_sdk_host_buffer *buffer) {
  return (mfg_plugin_buffer *)buffer;
}

START_TEST(buffer_functions_move_bytes_inside_their_range) {
  unsigned char bytes[16] = {0}, other[16] = {0}, back[16];
  mfg_sdk_host_buffer first = {bytes, 16}, second = {other, 16};
  ck_assert_int_eq(mfg_sdk_host_upload(queue, handle(&first), 2, "abc", 3, &error), MFG_OK);
  ck_assert_mem_eq(bytes, "\0\0abc\0", 6);
  ck_assert_int_eq(mfg_sdk_host_copy(queue, handle(&second), 1, handle(&first), 2, 3, &error),
                   MFG_OK);
  ck_assert_int_eq(mfg_sdk_host_download(queue, handle(&second), 1, back, 3, &error), MFG_OK);
  ck_assert_mem_eq(back, "abc", 3);
  ck_assert_int_eq(mfg_sdk_host_fill(queue, handle(&first), 4, "xy", 2, 3, &error), MFG_OK);
  ck_assert_mem_eq(bytes + 3, "bxyxyxy\0", 8);
  void *mapped;
  ck_assert_int_eq(mfg_sdk_host_map(queue, handle(&first), 4, 2, &mapped, &error), MFG_OK);
  ck_assert_ptr_eq(mapped, bytes + 4);
  ck_assert_int_eq(mfg_sdk_host_unmap(queue, handle(&first), mapped, &error), MFG_OK);
}
END_TEST

START_TEST(buffer_functions_refuse_what_lies_outside) {
  unsigned char bytes[16] = {0};
  mfg_sdk_host_buffer buffer = {bytes, 16};
  mfg_plugin_buffer *b = handle(&buffer);
  ck_assert_int_eq(mfg_sdk_host_upload(queue, b, 15, "ab", 2, &error), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_str_eq(error_text,
                   "upload: 2 bytes at offset 15, expected a range inside the buffer of "
                   "16 bytes");
  ck_assert_int_eq(mfg_sdk_host_download(queue, b, UINT64_MAX, bytes, 2, &error),
                   MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_sdk_host_copy(queue, b, 0, b, 12, 5, &error), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_sdk_host_fill(queue, b, 0, "abc", 3, 1, &error), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_str_eq(error_text, "fill: pattern of 3 bytes, expected 1, 2, 4, 8 or 16");
  ck_assert_int_eq(mfg_sdk_host_fill(queue, b, 0, "ab", 2, UINT64_MAX, &error),
                   MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_sdk_host_upload(queue, NULL, 0, "a", 1, &error), MFG_ERROR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(events_of_a_synchronous_queue_have_fired) {
  mfg_plugin_event *event;
  bool done = false;
  ck_assert_int_eq(mfg_sdk_host_queue_table.event_record(queue, &event, &error), MFG_OK);
  ck_assert_int_eq(mfg_sdk_host_queue_table.event_query(event, &done, &error), MFG_OK);
  ck_assert(done);
  ck_assert_int_eq(mfg_sdk_host_queue_table.event_wait(queue, event, &error), MFG_OK);
  ck_assert_int_eq(mfg_sdk_host_queue_table.event_synchronise(event, &error), MFG_OK);
  mfg_sdk_host_queue_table.event_release(event);
  ck_assert_int_eq(mfg_sdk_host_queue_table.synchronise(queue, &error), MFG_OK);
}
END_TEST

/* ---- command lists -------------------------------------------------------------------------- */

/* A counter in memory, a kernel that adds one to it and says whether it has reached a limit, and a
 * second such pair for an outer loop. */
struct counting {
  int32_t counter[2];
  int32_t limit[2];
  uint8_t reached[2];
  int32_t word;
  mfg_sdk_host_buffer counter_buffer, limit_buffer, reached_buffer, word_buffer;
  mfg_plugin_kernel *kernel;
  mfg_plugin_command_list *list;
};

static struct counting counting;

static mfg_plugin_kernel *counting_kernel(void) {
  kernel_builder builder;
  kernel_begin(&builder, 0);
  uint32_t counter = kernel_operand(&builder, MFG_INT32, MFG_OPERAND_READ);
  uint32_t limit = kernel_operand(&builder, MFG_INT32, MFG_OPERAND_READ);
  int32_t before = kernel_load(&builder, counter, MFG_SITE_HERE);
  int32_t one = kernel_constant(&builder, MFG_INT32, 1);
  int32_t next = kernel_binary(&builder, MFG_OP_ADD, before, one);
  kernel_output(&builder, next);
  kernel_output(&builder, kernel_binary(&builder, MFG_OP_GREATER_EQUAL, next,
                                        kernel_load(&builder, limit, 0)));
  mfg_plugin_kernel *kernel = NULL;
  mfg_status status =
      mfg_sdk_host_kernel_table.prepare(NULL, kernel_build(&builder), &kernel, &error);
  ck_assert_msg(status == MFG_OK, "%s", error_text);
  return kernel;
}

static void open_counting(void) {
  open_queue();
  counting = (struct counting){.limit = {3, 2}, .word = -7};
  counting.counter_buffer = (mfg_sdk_host_buffer){counting.counter, sizeof counting.counter};
  counting.limit_buffer = (mfg_sdk_host_buffer){counting.limit, sizeof counting.limit};
  counting.reached_buffer = (mfg_sdk_host_buffer){counting.reached, sizeof counting.reached};
  counting.word_buffer = (mfg_sdk_host_buffer){&counting.word, sizeof counting.word};
  counting.kernel = counting_kernel();
  ck_assert_int_eq(mfg_sdk_host_command_list_table.create(NULL, &counting.list, &error), MFG_OK);
}

static void close_counting(void) {
  mfg_sdk_host_list_release(counting.list);
  mfg_sdk_host_kernel_table.release(counting.kernel);
  close_queue();
}

/* Records one count of loop `which`. The launch goes out of scope: the list keeps a copy. */
static void record_count(int which) {
  mfg_kernel_binding bindings[4] = {
      {.buffer = handle(&counting.counter_buffer), .offset = 4 * which},
      {.buffer = handle(&counting.limit_buffer), .offset = 4 * which},
      {.buffer = handle(&counting.counter_buffer), .offset = 4 * which},
      {.buffer = handle(&counting.reached_buffer), .offset = which}};
  mfg_kernel_launch launch = {.struct_size = sizeof launch,
                              .bindings = {bindings, 4, sizeof bindings[0]}};
  ck_assert_int_eq(mfg_sdk_host_list_launch(counting.list, counting.kernel, &launch, &error),
                   MFG_OK);
}

static void repeat_begin(uint32_t maximum, int which) {
  ck_assert_int_eq(mfg_sdk_host_list_repeat_begin(counting.list, maximum,
                                                  handle(&counting.reached_buffer), (uint64_t)which,
                                                  &error),
                   MFG_OK);
}

static void repeat_end(void) {
  ck_assert_int_eq(mfg_sdk_host_list_repeat_end(counting.list, &error), MFG_OK);
}

static void finish_and_replay(void) {
  ck_assert_int_eq(
      mfg_sdk_host_list_finish(counting.list, handle(&counting.word_buffer), 0, &error), MFG_OK);
  ck_assert_int_eq(mfg_sdk_host_list_replay(queue, counting.list, &error), MFG_OK);
}

START_TEST(a_repeat_ends_at_its_flag) {
  repeat_begin(10, 0);
  record_count(0);
  repeat_end();
  finish_and_replay();
  ck_assert_int_eq(counting.counter[0], 3);
  ck_assert_int_eq(counting.word, 0);
  counting.counter[0] = 0;
  counting.limit[0] = 5;
  ck_assert_int_eq(mfg_sdk_host_list_replay(queue, counting.list, &error), MFG_OK);
  ck_assert_int_eq(counting.counter[0], 5);
}
END_TEST

START_TEST(a_repeat_that_runs_out_is_told_by_the_status_word) {
  repeat_begin(10, 0);
  record_count(0);
  repeat_end();
  repeat_begin(4, 1);
  record_count(1);
  repeat_end();
  counting.limit[1] = 100;
  finish_and_replay();
  ck_assert_int_eq(counting.counter[1], 4);
  ck_assert_int_eq(counting.word, 2);
}
END_TEST

START_TEST(the_first_repeat_that_runs_out_stays) {
  repeat_begin(2, 0);
  repeat_begin(2, 1);
  record_count(1);
  repeat_end();
  record_count(0);
  repeat_end();
  counting.limit[0] = counting.limit[1] = 100;
  finish_and_replay();
  ck_assert_int_eq(counting.counter[1], 4);
  ck_assert_int_eq(counting.counter[0], 2);
  ck_assert_int_eq(counting.word, 2);
}
END_TEST

START_TEST(bodies_nest) {
  repeat_begin(10, 0);
  static const int32_t zero = 0;
  ck_assert_int_eq(mfg_sdk_host_list_fill(counting.list, handle(&counting.counter_buffer), 4, &zero,
                                          4, 1, &error),
                   MFG_OK);
  repeat_begin(10, 1);
  record_count(1);
  repeat_end();
  record_count(0);
  repeat_end();
  ck_assert_int_eq(mfg_sdk_host_list_copy(counting.list, handle(&counting.limit_buffer), 0,
                                          handle(&counting.counter_buffer), 4, 4, &error),
                   MFG_OK);
  finish_and_replay();
  ck_assert_int_eq(counting.counter[0], 3);
  ck_assert_int_eq(counting.counter[1], 2);
  ck_assert_int_eq(counting.limit[0], 2);
  ck_assert_int_eq(counting.word, 0);
}
END_TEST

START_TEST(a_list_refuses_what_does_not_fit) {
  ck_assert_int_eq(mfg_sdk_host_list_replay(queue, counting.list, &error), MFG_ERROR_RECORDING);
  ck_assert_int_eq(mfg_sdk_host_list_repeat_end(counting.list, &error), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(
      mfg_sdk_host_list_repeat_begin(counting.list, 0, handle(&counting.reached_buffer), 0, &error),
      MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(
      mfg_sdk_host_list_repeat_begin(counting.list, 1, handle(&counting.reached_buffer), 2, &error),
      MFG_ERROR_INVALID_ARGUMENT);
  repeat_begin(1, 0);
  ck_assert_int_eq(
      mfg_sdk_host_list_finish(counting.list, handle(&counting.word_buffer), 0, &error),
      MFG_ERROR_INVALID_ARGUMENT);
  repeat_end();
  ck_assert_int_eq(mfg_sdk_host_list_finish(counting.list, NULL, 0, &error),
                   MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(
      mfg_sdk_host_list_finish(counting.list, handle(&counting.word_buffer), 2, &error),
      MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(
      mfg_sdk_host_list_finish(counting.list, handle(&counting.word_buffer), 0, &error), MFG_OK);
  ck_assert_int_eq(
      mfg_sdk_host_list_repeat_begin(counting.list, 1, handle(&counting.reached_buffer), 0, &error),
      MFG_ERROR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(a_prepared_kernel_keeps_its_description_and_lists_it) {
  const char *listing = mfg_sdk_host_kernel_table.explain(counting.kernel);
  ck_assert_ptr_nonnull(strstr(listing, "%1 = constant 1 : int32"));
  ck_assert_ptr_nonnull(strstr(listing, "operand 3 = %4"));
}
END_TEST

START_TEST(a_launch_outside_its_buffers_is_refused) {
  mfg_sdk_host_buffer small = {counting.counter, 2};
  mfg_kernel_binding bindings[4] = {{.buffer = handle(&small)},
                                    {.buffer = handle(&counting.limit_buffer)},
                                    {.buffer = handle(&counting.counter_buffer)},
                                    {.buffer = handle(&counting.reached_buffer)}};
  mfg_kernel_launch launch = {.struct_size = sizeof launch,
                              .bindings = {bindings, 4, sizeof bindings[0]}};
  ck_assert_int_eq(mfg_sdk_host_kernel_table.launch(queue, counting.kernel, &launch, &error),
                   MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_str_eq(error_text,
                   "launch: binding 0: reaches byte 4, expected to stay inside the buffer of 2 "
                   "bytes");
  bindings[0].buffer = NULL;
  ck_assert_int_eq(mfg_sdk_host_kernel_table.launch(queue, counting.kernel, &launch, &error),
                   MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_str_eq(error_text, "launch: binding 0: buffer is NULL, expected a buffer");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("host tables");
  TCase *buffers = tcase_create("buffers and queues");
  tcase_add_checked_fixture(buffers, open_queue, close_queue);
  tcase_add_test(buffers, buffer_functions_move_bytes_inside_their_range);
  tcase_add_test(buffers, buffer_functions_refuse_what_lies_outside);
  tcase_add_test(buffers, events_of_a_synchronous_queue_have_fired);
  suite_add_tcase(suite, buffers);
  TCase *lists = tcase_create("kernels and command lists");
  tcase_add_checked_fixture(lists, open_counting, close_counting);
  tcase_add_test(lists, a_repeat_ends_at_its_flag);
  tcase_add_test(lists, a_repeat_that_runs_out_is_told_by_the_status_word);
  tcase_add_test(lists, the_first_repeat_that_runs_out_stays);
  tcase_add_test(lists, bodies_nest);
  tcase_add_test(lists, a_list_refuses_what_does_not_fit);
  tcase_add_test(lists, a_prepared_kernel_keeps_its_description_and_lists_it);
  tcase_add_test(lists, a_launch_outside_its_buffers_is_refused);
  suite_add_tcase(suite, lists);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
