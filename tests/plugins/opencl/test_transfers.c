/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes between the host and buffers: directly, through pinned memory, in place, and from one
 * handle of a device to another. */
#include "opencl_fixture.h"
#include "opencl_layer_control.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static opencl_fixture fixture;
static const mfg_plugin *plugin;
static mfg_plugin_device *device;
static mfg_plugin_queue *queue;

static void open_fixture(const char *staging) {
  opencl_fixture_configure("staging", staging);
  opencl_fixture_open(&fixture);
  plugin = fixture.plugin;
  device = fixture.devices[0];
  queue = fixture.queues[0];
}

static unsigned char *bytes(size_t size, unsigned seed) {
  unsigned char *memory = malloc(size);
  ck_assert(memory != NULL);
  for (size_t i = 0; i < size; i++)
    memory[i] = (unsigned char)(seed + i * 7 + i / 251);
  return memory;
}

static mfg_plugin_buffer *allocate(uint64_t size) {
  mfg_plugin_buffer *buffer;
  ck_assert_int_eq(plugin->buffer->allocate(device, size, &buffer, NULL), MFG_OK);
  return buffer;
}

/* ---- copies --------------------------------------------------------------------------------- */

/* Sizes around a piece of pinned memory, around all pieces, and beyond. */
START_TEST(what_goes_up_comes_down) {
  static const size_t sizes[] = {1,         1000,       (256 << 10) - 1,  256 << 10,
                                 257 << 10, 4096 << 10, (4096 << 10) + 3, 9000 << 10};
  open_fixture(_i ? "on" : "off");
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const size_t size = sizes[i], offset = 5;
    unsigned char *up = bytes(size, (unsigned)i), *kept = bytes(size, (unsigned)i);
    unsigned char *down = calloc(1, size);
    mfg_plugin_buffer *buffer = allocate(size + 8);
    ck_assert(down != NULL);
    ck_assert_int_eq(plugin->buffer->upload(queue, buffer, offset, up, size, NULL), MFG_OK);
    memset(up, 0xEE, size); /* it is the caller's again */
    ck_assert_int_eq(plugin->buffer->download(queue, buffer, offset, down, size, NULL), MFG_OK);
    ck_assert(memcmp(down, kept, size) == 0);
    plugin->buffer->free(device, buffer);
    free(up);
    free(kept);
    free(down);
  }
  opencl_fixture_close(&fixture);
}
END_TEST

/* More small uploads than there are pieces of pinned memory. */
START_TEST(small_uploads_do_not_wait_for_work) {
  struct opencl_layer *layer = opencl_layer_use();
  int32_t got[100];
  open_fixture(NULL);
  mfg_plugin_buffer *buffer = allocate(sizeof got);
  const int32_t first = 1;
  plugin->buffer->upload(queue, buffer, 0, &first, 4, NULL);
  const long waited = layer->waited;
  for (int32_t i = 0; i < 15; i++)
    ck_assert_int_eq(plugin->buffer->upload(queue, buffer, (uint64_t)(4 * i), &i, 4, NULL), MFG_OK);
  ck_assert_int_eq(layer->waited, waited);
  for (int32_t i = 15; i < 100; i++)
    ck_assert_int_eq(plugin->buffer->upload(queue, buffer, (uint64_t)(4 * i), &i, 4, NULL), MFG_OK);
  ck_assert_int_eq(plugin->buffer->download(queue, buffer, 0, got, sizeof got, NULL), MFG_OK);
  for (int32_t i = 0; i < 100; i++)
    ck_assert_int_eq(got[i], i);
  plugin->buffer->free(device, buffer);
  opencl_fixture_close(&fixture);
  opencl_layer_expect_nothing_held(layer);
}
END_TEST

/* Without pinned memory bytes are copied all the same. */
START_TEST(pinned_memory_may_be_refused) {
  struct opencl_layer *layer = opencl_layer_use();
  const size_t size = 600 << 10;
  unsigned char *up = bytes(size, 3), *down = calloc(1, size);
  open_fixture("on");
  mfg_plugin_buffer *buffer = allocate(size);
  layer->only = _i ? "clEnqueueMapBuffer" : "clCreateBuffer";
  layer->code = -4;
  layer->countdown = 0;
  ck_assert_int_eq(plugin->buffer->upload(queue, buffer, 0, up, size, NULL), MFG_OK);
  ck_assert(layer->failed != NULL);
  ck_assert_int_eq(plugin->buffer->download(queue, buffer, 0, down, size, NULL), MFG_OK);
  ck_assert(memcmp(up, down, size) == 0);
  plugin->buffer->free(device, buffer);
  opencl_fixture_close(&fixture);
  opencl_layer_expect_nothing_held(layer);
  free(up);
  free(down);
}
END_TEST

/* Each call on the way through pinned memory fails once; a later copy is whole again. */
START_TEST(a_staged_copy_that_fails_is_a_status) {
  struct opencl_layer *layer = opencl_layer_use();
  const size_t size = 6000 << 10;
  unsigned char *up = bytes(size, 9), *down = calloc(1, size);
  open_fixture("on");
  mfg_plugin_buffer *buffer = allocate(size);
  layer->code = -5;
  for (long number = 0;; number += 1 + number / 4) {
    layer->failed = NULL;
    layer->countdown = number;
    mfg_status status = plugin->buffer->upload(queue, buffer, 0, up, size, NULL);
    if (status == MFG_OK) status = plugin->buffer->download(queue, buffer, 0, down, size, NULL);
    layer->countdown = -1;
    ck_assert(status == MFG_OK || layer->failed);
    ck_assert_int_ne(status, MFG_ERROR_INTERNAL);
    ck_assert_int_eq(plugin->buffer->upload(queue, buffer, 0, up, size, NULL), MFG_OK);
    memset(down, 0, size);
    ck_assert_int_eq(plugin->buffer->download(queue, buffer, 0, down, size, NULL), MFG_OK);
    ck_assert(memcmp(up, down, size) == 0);
    if (!layer->failed) break;
  }
  plugin->buffer->free(device, buffer);
  opencl_fixture_close(&fixture);
  opencl_layer_expect_nothing_held(layer);
  free(up);
  free(down);
}
END_TEST

/* ---- in place ------------------------------------------------------------------------------- */

START_TEST(host_memory_is_refused_where_it_would_be_copied) {
  mfg_plugin_buffer *buffer;
  char text[512] = "";
  mfg_plugin_error error = {
      .struct_size = sizeof error, .text = text, .text_capacity = sizeof text};
  char *memory = aligned_alloc(4096, 8192);
  ck_assert(memory != NULL);
  struct opencl_layer *layer = opencl_layer_use();
  layer->hides_shared_memory = _i == 0;
  open_fixture(NULL);
  ck_assert_int_eq(
      plugin->buffer->import_host(device, memory + (_i ? 4 : 0), 4096, &buffer, &error),
      MFG_ERROR_UNSUPPORTED);
  ck_assert(buffer == NULL);
  ck_assert_msg(strstr(text, _i ? "multiple of" : "does not share") != NULL, "%s", text);
  opencl_fixture_close(&fixture);
  free(memory);
}
END_TEST

START_TEST(a_mapped_buffer_is_the_hosts_to_write) {
  int32_t got[4];
  void *mapped;
  open_fixture(NULL);
  mfg_plugin_buffer *buffer = allocate(16);
  ck_assert_int_eq(plugin->buffer->upload(queue, buffer, 0, (int32_t[]){1, 2, 3, 4}, 16, NULL),
                   MFG_OK);
  ck_assert_int_eq(plugin->buffer->map(queue, buffer, 4, 8, &mapped, NULL), MFG_OK);
  ck_assert_int_eq(((int32_t *)mapped)[1], 3);
  ((int32_t *)mapped)[0] = 20;
  ck_assert_int_eq(plugin->buffer->unmap(queue, buffer, mapped, NULL), MFG_OK);
  ck_assert_int_eq(plugin->buffer->download(queue, buffer, 0, got, 16, NULL), MFG_OK);
  ck_assert_int_eq(got[0], 1);
  ck_assert_int_eq(got[1], 20);
  plugin->buffer->free(device, buffer);
  opencl_fixture_close(&fixture);
}
END_TEST

START_TEST(what_is_left_of_shared_memory_is_known) {
  open_fixture(NULL);
  uint64_t left = plugin->device->available_memory(device);
  ck_assert_uint_gt(left, 0);
  ck_assert_uint_lt(left, UINT64_C(1) << 50);
  opencl_fixture_close(&fixture);
}
END_TEST

/* ---- DLPack --------------------------------------------------------------------------------- */

/* Memory passes between two open handles of one device, and outlives the buffer it came from. */
START_TEST(handles_of_a_device_share_memory) {
  struct opencl_layer *layer = opencl_layer_use();
  int32_t type, id, got[4];
  void *memory, *stream;
  mfg_plugin_buffer *imported;
  open_fixture(NULL);
  mfg_plugin_buffer *buffer = allocate(16);
  ck_assert_int_eq(plugin->buffer->export_dlpack(queue, buffer, &type, &id, &memory, &stream, NULL),
                   MFG_OK);
  ck_assert(stream != NULL);
  ck_assert_int_eq(
      plugin->buffer->import_dlpack(fixture.devices[1], type, id, memory, 16, &imported, NULL),
      MFG_OK);
  ck_assert_int_eq(
      plugin->buffer->upload(fixture.queues[1], imported, 0, (int32_t[]){5, 6, 7, 8}, 16, NULL),
      MFG_OK);
  ck_assert_int_eq(plugin->queue->synchronise(fixture.queues[1], NULL), MFG_OK);
  ck_assert_int_eq(plugin->buffer->download(queue, buffer, 0, got, 16, NULL), MFG_OK);
  ck_assert_int_eq(got[2], 7);
  plugin->buffer->free(device, buffer);
  ck_assert_int_eq(plugin->buffer->download(fixture.queues[1], imported, 0, got, 16, NULL), MFG_OK);
  ck_assert_int_eq(got[3], 8);
  plugin->buffer->free(fixture.devices[1], imported);
  opencl_fixture_close(&fixture);
  opencl_layer_expect_nothing_held(layer);
}
END_TEST

START_TEST(memory_of_others_is_refused) {
  int32_t type, id;
  void *memory;
  mfg_plugin_buffer *imported;
  open_fixture(NULL);
  mfg_plugin_buffer *buffer = allocate(16);
  ck_assert_int_eq(plugin->buffer->export_dlpack(queue, buffer, &type, &id, &memory, NULL, NULL),
                   MFG_OK);
  const mfg_plugin_buffer_table *table = plugin->buffer;
  ck_assert_int_eq(table->import_dlpack(device, type + 1, id, memory, 16, &imported, NULL),
                   MFG_ERROR_UNSUPPORTED);
  ck_assert_int_eq(table->import_dlpack(device, type, id + 1, memory, 16, &imported, NULL),
                   MFG_ERROR_UNSUPPORTED);
  ck_assert_int_eq(table->import_dlpack(device, type, id, memory, 1 << 20, &imported, NULL),
                   MFG_ERROR_INVALID_ARGUMENT);
  plugin->buffer->free(device, buffer);
  opencl_fixture_close(&fixture);
}
END_TEST

static Suite *make_suite(void) {
  Suite *suite = suite_create("opencl transfers");
  TCase *c = tcase_create("transfers");
  tcase_set_timeout(c, 60);
  tcase_add_loop_test(c, what_goes_up_comes_down, 0, 2);
  tcase_add_test(c, small_uploads_do_not_wait_for_work);
  tcase_add_loop_test(c, pinned_memory_may_be_refused, 0, 2);
  tcase_add_test(c, a_staged_copy_that_fails_is_a_status);
  tcase_add_loop_test(c, host_memory_is_refused_where_it_would_be_copied, 0, 2);
  tcase_add_test(c, a_mapped_buffer_is_the_hosts_to_write);
  tcase_add_test(c, what_is_left_of_shared_memory_is_known);
  tcase_add_test(c, handles_of_a_device_share_memory);
  tcase_add_test(c, memory_of_others_is_refused);
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
