/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Buffers and the copies between them and the host; queues and events. */
#include "conformance.h"

#include <stdlib.h>
#include <string.h>

#define BYTES 4099

/* Bytes that differ from their neighbours and from those of another seed. */
static void fill_pattern(unsigned char *bytes, size_t count, unsigned seed) {
  for (size_t i = 0; i < count; i++)
    bytes[i] = (unsigned char)(i * 131 + i / 251 + seed);
}

static mfg_plugin_buffer *allocate(check_run *run, uint64_t size) {
  mfg_plugin_buffer *buffer = NULL;
  mfg_status status = run->plugin->buffer->allocate(run->device, size, &buffer, check_error(run));
  return check_ok(run, status, "allocate") ? buffer : NULL;
}

static void release(check_run *run, mfg_plugin_buffer *buffer) {
  run->plugin->queue->synchronise(run->queue, NULL);
  if (buffer != NULL) run->plugin->buffer->free(run->device, buffer);
}

static void upload(check_run *run, mfg_plugin_buffer *buffer, uint64_t offset, const void *source,
                   uint64_t size) {
  check_ok(run,
           run->plugin->buffer->upload(run->queue, buffer, offset, source, size, check_error(run)),
           "upload");
}

/* Compares the whole buffer with what it should hold. */
static void expect(check_run *run, mfg_plugin_buffer *buffer, const unsigned char *expected,
                   size_t size) {
  unsigned char found[BYTES];
  memset(found, 0xA5, sizeof found);
  if (!check_ok(run,
                run->plugin->buffer->download(run->queue, buffer, 0, found, size, check_error(run)),
                "download"))
    return;
  for (size_t i = 0; i < size; i++)
    if (found[i] != expected[i]) {
      check_fail(run, "byte %zu is %u, expected %u", i, (unsigned)found[i], (unsigned)expected[i]);
      return;
    }
}

/* ---- buffers -------------------------------------------------------------------------------- */

static void nothing(check_run *run) {
  if (!check_begin(run, "memory: buffers of 0 bytes and copies of none")) return;
  mfg_plugin_buffer *empty = allocate(run, 0), *some = allocate(run, 8);
  unsigned char byte = 7;
  if (empty != NULL && some != NULL) {
    upload(run, empty, 0, &byte, 0);
    upload(run, some, 8, &byte, 0);
    check_ok(run, run->plugin->buffer->download(run->queue, empty, 0, &byte, 0, check_error(run)),
             "download");
    check_ok(run, run->plugin->buffer->copy(run->queue, some, 8, empty, 0, 0, check_error(run)),
             "copy");
    check_ok(run, run->plugin->buffer->fill(run->queue, empty, 0, &byte, 1, 0, check_error(run)),
             "fill");
    CHECK_THAT(run, byte == 7, "a download of 0 bytes wrote one");
  }
  release(run, empty);
  release(run, some);
  check_end(run);
}

static void whole_and_parts(check_run *run) {
  static const size_t ranges[][2] = {{0, 1}, {1, 1}, {3, 7}, {5, 1024}, {4096, 3}, {17, 4000}};
  if (!check_begin(run, "memory: uploads and downloads at every offset")) return;
  unsigned char image[BYTES], part[BYTES];
  mfg_plugin_buffer *buffer = allocate(run, BYTES);
  fill_pattern(image, BYTES, 1);
  if (buffer != NULL) {
    upload(run, buffer, 0, image, BYTES);
    expect(run, buffer, image, BYTES);
  }
  for (unsigned i = 0; i < 6 && buffer != NULL; i++) {
    size_t offset = ranges[i][0], size = ranges[i][1];
    fill_pattern(part, size, 40 + i);
    memcpy(image + offset, part, size);
    upload(run, buffer, offset, part, size);
    memset(part, 0, sizeof part); /* the source is the caller's again */
    expect(run, buffer, image, BYTES);
    check_ok(
        run,
        run->plugin->buffer->download(run->queue, buffer, offset, part, size, check_error(run)),
        "download");
    CHECK_THAT(run, memcmp(part, image + offset, size) == 0,
               "%zu bytes at offset %zu came back changed", size, offset);
  }
  release(run, buffer);
  check_end(run);
}

static void copies(check_run *run) {
  static const size_t ranges[][3] = {
      {0, 0, BYTES}, {1, 2, 3}, {7, 0, 1000}, {0, 9, 64}, {100, 3000, 1}};
  if (!check_begin(run, "memory: copies between and inside buffers")) return;
  unsigned char images[2][BYTES];
  mfg_plugin_buffer *buffers[2];
  for (unsigned i = 0; i < 2; i++) {
    buffers[i] = allocate(run, BYTES);
    fill_pattern(images[i], BYTES, 3 + i);
    if (buffers[i] != NULL) upload(run, buffers[i], 0, images[i], BYTES);
  }
  for (int i = 0; i < 5 && buffers[0] != NULL && buffers[1] != NULL; i++) {
    memcpy(images[1] + ranges[i][0], images[0] + ranges[i][1], ranges[i][2]);
    check_ok(run,
             run->plugin->buffer->copy(run->queue, buffers[1], ranges[i][0], buffers[0],
                                       ranges[i][1], ranges[i][2], check_error(run)),
             "copy");
    expect(run, buffers[1], images[1], BYTES);
  }
  if (buffers[1] != NULL) {
    memcpy(images[1] + 2000, images[1] + 10, 500);
    check_ok(run,
             run->plugin->buffer->copy(run->queue, buffers[1], 2000, buffers[1], 10, 500,
                                       check_error(run)),
             "copy inside one buffer");
    expect(run, buffers[1], images[1], BYTES);
  }
  release(run, buffers[0]);
  release(run, buffers[1]);
  check_end(run);
}

static void fills(check_run *run, uint32_t pattern_size) {
  static const uint64_t counts[] = {1, 2, 33, 200};
  if (!check_begin(run, "memory: fill with a pattern of %u bytes", (unsigned)pattern_size)) return;
  unsigned char image[BYTES], pattern[16];
  mfg_plugin_buffer *buffer = allocate(run, BYTES);
  fill_pattern(image, BYTES, 5);
  fill_pattern(pattern, sizeof pattern, 99);
  if (buffer != NULL) upload(run, buffer, 0, image, BYTES);
  for (uint64_t i = 0; i < 4 && buffer != NULL; i++) {
    uint64_t offset = i * 3 * pattern_size;
    for (uint64_t k = 0; k < counts[i]; k++)
      memcpy(image + offset + k * pattern_size, pattern, pattern_size);
    check_ok(run,
             run->plugin->buffer->fill(run->queue, buffer, offset, pattern, pattern_size, counts[i],
                                       check_error(run)),
             "fill");
    expect(run, buffer, image, BYTES);
  }
  release(run, buffer);
  check_end(run);
}

static void mapping(check_run *run) {
  if (!check_begin(run, "memory: map and unmap")) return;
  const mfg_plugin_buffer_table *table = run->plugin->buffer;
  unsigned char image[BYTES];
  if (table->map == NULL || table->unmap == NULL) {
    check_skip(run, "map is absent, which the ABI allows here");
    check_end(run);
    return;
  }
  mfg_plugin_buffer *buffer = allocate(run, BYTES);
  fill_pattern(image, BYTES, 8);
  void *memory = NULL;
  if (buffer != NULL) {
    upload(run, buffer, 0, image, BYTES);
    if (check_ok(run, table->map(run->queue, buffer, 100, 50, &memory, check_error(run)), "map")) {
      CHECK_THAT(run, memcmp(memory, image + 100, 50) == 0,
                 "the mapped bytes are not the buffer's");
      fill_pattern(memory, 50, 77);
      fill_pattern(image + 100, 50, 77);
      check_ok(run, table->unmap(run->queue, buffer, memory, check_error(run)), "unmap");
    }
    expect(run, buffer, image, BYTES);
  }
  bool host_memory = (run->info.flags & MFG_DEVICE_HOST_MEMORY) != 0;
  if (host_memory && buffer != NULL &&
      check_ok(run, table->map(run->queue, buffer, 0, BYTES, &memory, check_error(run)), "map")) {
    CHECK_THAT(run, (uintptr_t)memory % run->info.buffer_alignment == 0,
               "a buffer does not start at a multiple of %u", (unsigned)run->info.buffer_alignment);
    check_ok(run, table->unmap(run->queue, buffer, memory, check_error(run)), "unmap");
  }
  release(run, buffer);
  check_end(run);
}

static void importing(check_run *run) {
  if (!check_begin(run, "memory: a buffer over host memory")) return;
  static _Alignas(4096) unsigned char bytes[BYTES + 1];
  unsigned char image[BYTES];
  mfg_plugin_buffer *buffer = NULL;
  fill_pattern(image, BYTES, 9);
  memcpy(bytes, image, BYTES);
  mfg_status status = MFG_ERROR_UNSUPPORTED;
  if (run->plugin->buffer->import_host != NULL)
    status = run->plugin->buffer->import_host(run->device, bytes, BYTES, &buffer, check_error(run));
  if (status == MFG_ERROR_UNSUPPORTED)
    check_skip(run, "the plugin does not work in place on host memory, which the ABI allows");
  else if (check_ok(run, status, "import_host"))
    expect(run, buffer, image, BYTES);
  release(run, buffer);
  CHECK_THAT(run, memcmp(bytes, image, BYTES) == 0,
             "freeing an imported buffer changed its memory");
  check_end(run);
}

/* What DLPack says of a buffer must lead back to its bytes, where host code can follow. */
static void exporting(check_run *run) {
  enum { HOST = 1 /* kDLCPU */, OTHERS = 64 };
  if (!check_begin(run, "memory: export as DLPack names it")) return;
  const mfg_plugin_buffer_table *table = run->plugin->buffer;
  unsigned char image[BYTES];
  int32_t type = 0, id = -1;
  void *memory = NULL, *stream = NULL;
  mfg_plugin_buffer *buffer = allocate(run, BYTES);
  fill_pattern(image, BYTES, 12);
  if (buffer != NULL) upload(run, buffer, 0, image, BYTES);
  mfg_status status = MFG_ERROR_UNSUPPORTED;
  if (table->export_dlpack != NULL && buffer != NULL)
    status =
        table->export_dlpack(run->queue, buffer, &type, &id, &memory, &stream, check_error(run));
  if (status == MFG_ERROR_UNSUPPORTED)
    check_skip(run, "the plugin exports nothing, which the ABI allows");
  else if (check_ok(run, status, "export_dlpack")) {
    run->plugin->queue->synchronise(run->queue, NULL);
    CHECK_THAT(run, type > 0 && type < OTHERS && id >= 0 && memory != NULL,
               "device type %d, device %d, address %p", (int)type, (int)id, memory);
    CHECK_THAT(run, type != HOST || memory == NULL || memcmp(memory, image, BYTES) == 0,
               "the exported address does not hold the buffer's bytes");
  }
  release(run, buffer);
  check_end(run);
}

static void many_buffers(check_run *run) {
  enum { COUNT = 64 };
  if (!check_begin(run, "memory: many buffers at once")) return;
  mfg_plugin_buffer *buffers[COUNT];
  unsigned char image[COUNT + 1];
  for (unsigned i = 0; i < COUNT; i++) {
    buffers[i] = allocate(run, i + 1);
    fill_pattern(image, i + 1, i);
    if (buffers[i] != NULL) upload(run, buffers[i], 0, image, i + 1);
  }
  for (unsigned i = 0; i < COUNT; i++) {
    fill_pattern(image, i + 1, i);
    if (buffers[i] != NULL) expect(run, buffers[i], image, i + 1);
    release(run, buffers[i]);
  }
  check_end(run);
}

static void too_much(check_run *run) {
  if (!check_begin(run, "memory: more than there is gives an error")) return;
  mfg_plugin_buffer *buffer = NULL;
  mfg_status status =
      run->plugin->buffer->allocate(run->device, UINT64_MAX - 64, &buffer, check_error(run));
  CHECK_THAT(run,
             status == MFG_ERROR_DEVICE_MEMORY || status == MFG_ERROR_OUT_OF_MEMORY ||
                 status == MFG_ERROR_INVALID_ARGUMENT,
             "allocating 2^64 - 65 bytes gave status %d, expected an error about memory",
             (int)status);
  CHECK_THAT(run, status == MFG_OK || run->error_text[0] != '\0', "the error has no text");
  check_end(run);
}

void check_memory_cases(check_run *run) {
  nothing(run);
  whole_and_parts(run);
  copies(run);
  for (uint32_t size = 1; size <= 16; size *= 2)
    fills(run, size);
  mapping(run);
  importing(run);
  exporting(run);
  many_buffers(run);
  too_much(run);
}

/* ---- events --------------------------------------------------------------------------------- */

static void finished_event(check_run *run) {
  if (!check_begin(run, "events: fired after synchronise")) return;
  const mfg_plugin_queue_table *table = run->plugin->queue;
  mfg_plugin_event *event = NULL;
  bool done = false;
  if (check_ok(run, table->event_record(run->queue, &event, check_error(run)), "event_record")) {
    check_ok(run, table->submit(run->queue, check_error(run)), "submit");
    check_ok(run, table->synchronise(run->queue, check_error(run)), "synchronise");
    check_ok(run, table->event_query(event, &done, check_error(run)), "event_query");
    CHECK_THAT(run, done, "the queue is empty, but the event says that it has not fired");
    check_ok(run, table->event_synchronise(event, check_error(run)), "event_synchronise");
    table->event_release(event);
  }
  check_end(run);
}

static void awaited_event(check_run *run) {
  if (!check_begin(run, "events: event_synchronise waits until the event has fired")) return;
  const mfg_plugin_queue_table *table = run->plugin->queue;
  mfg_plugin_buffer *buffer = allocate(run, 1 << 20);
  for (int round = 0; round < 20 && buffer != NULL; round++) {
    mfg_plugin_event *event = NULL;
    bool done = false;
    check_ok(run,
             run->plugin->buffer->fill(run->queue, buffer, 0, &round, 4, 1 << 18, check_error(run)),
             "fill");
    if (!check_ok(run, table->event_record(run->queue, &event, check_error(run)), "event_record"))
      break;
    check_ok(run, table->event_query(event, &done, check_error(run)), "event_query");
    check_ok(run, table->event_synchronise(event, check_error(run)), "event_synchronise");
    done = false;
    check_ok(run, table->event_query(event, &done, check_error(run)), "event_query");
    CHECK_THAT(run, done, "event_synchronise returned, but the event says that it has not fired");
    table->event_release(event);
  }
  release(run, buffer);
  check_end(run);
}

/* Copies on a second queue what the first one writes, in turns that events order. */
static void two_queues(check_run *run) {
  if (!check_begin(run, "events: a queue waits for another one")) return;
  const mfg_plugin_queue_table *table = run->plugin->queue;
  enum { NUMBERS = 1 << 16, ROUNDS = 30 };
  mfg_plugin_queue *second = NULL;
  mfg_plugin_buffer *source = allocate(run, 4 * NUMBERS), *target = allocate(run, 4 * ROUNDS);
  bool open = check_ok(run, table->create(run->device, &second, check_error(run)), "create");
  for (int32_t round = 0; round < ROUNDS && open && source != NULL && target != NULL; round++) {
    mfg_plugin_event *written = NULL, *copied = NULL;
    check_ok(run,
             run->plugin->buffer->fill(run->queue, source, 0, &round, 4, NUMBERS, check_error(run)),
             "fill");
    open = check_ok(run, table->event_record(run->queue, &written, check_error(run)),
                    "event_record") &&
           check_ok(run, table->event_wait(second, written, check_error(run)), "event_wait");
    check_ok(run,
             run->plugin->buffer->copy(second, target, 4 * (uint64_t)round, source,
                                       4 * (NUMBERS - 1), 4, check_error(run)),
             "copy");
    open = open &&
           check_ok(run, table->event_record(second, &copied, check_error(run)), "event_record") &&
           check_ok(run, table->event_wait(run->queue, copied, check_error(run)), "event_wait");
    if (written != NULL) table->event_release(written);
    if (copied != NULL) table->event_release(copied);
  }
  int32_t expected[ROUNDS];
  for (int32_t round = 0; round < ROUNDS; round++)
    expected[round] = round;
  if (open && target != NULL) expect(run, target, (const unsigned char *)expected, sizeof expected);
  if (second != NULL) table->destroy(second);
  release(run, source);
  release(run, target);
  check_end(run);
}

void check_event_cases(check_run *run) {
  finished_event(run);
  awaited_event(run);
  two_queues(run);
}
