/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the host and buffers. Where a device has memory of its own, bytes go through pieces of
 * pinned memory: the device's copy of one piece runs while the host copies the next. Small uploads
 * go that way on every device, because the caller then need not wait for work queued before. */
#include "opencl.h"

#include <stdlib.h>
#include <string.h>

#define PIECES 16
#define PIECE_BYTES (256u << 10)
/* Largest upload that is staged on a device that works on the host's memory. */
#define SMALL_BYTES (64u << 10)

struct mfg_opencl_staging {
  cl_mem memory;
  char *mapped;
  cl_event busy[PIECES]; /* of the last command that uses a piece, or NULL */
  uint32_t next;
};

/* ---- pinned memory -------------------------------------------------------------------------- */

/* NULL where there is none to be had; then bytes are copied directly. */
static struct mfg_opencl_staging *staging_of(mfg_plugin_queue *queue) {
  cl_int code;
  if (queue->staging || queue->staging_refused) return queue->staging;
  queue->staging_refused = true;
  struct mfg_opencl_staging *staging = calloc(1, sizeof *staging);
  if (!staging) return NULL;
  const size_t size = (size_t)PIECES * PIECE_BYTES;
  staging->memory = clCreateBuffer(queue->device->context,
                                   CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR, size, NULL, &code);
  if (code == CL_SUCCESS) {
    staging->mapped = clEnqueueMapBuffer(queue->queue, staging->memory, CL_TRUE,
                                         CL_MAP_READ | CL_MAP_WRITE, 0, size, 0, NULL, NULL, &code);
    if (code == CL_SUCCESS) {
      queue->staging_refused = false;
      return queue->staging = staging;
    }
    clReleaseMemObject(staging->memory);
  }
  free(staging);
  return NULL;
}

void mfg_opencl_staging_free(mfg_plugin_queue *queue) {
  struct mfg_opencl_staging *staging = queue->staging;
  if (!staging) return;
  for (uint32_t i = 0; i < PIECES; i++)
    if (staging->busy[i]) clReleaseEvent(staging->busy[i]);
  clEnqueueUnmapMemObject(queue->queue, staging->memory, staging->mapped, 0, NULL, NULL);
  clFinish(queue->queue);
  clReleaseMemObject(staging->memory);
  free(staging);
  queue->staging = NULL;
}

static char *piece_at(const struct mfg_opencl_staging *staging, uint32_t piece) {
  return staging->mapped + (size_t)piece * PIECE_BYTES;
}

/* Waits until nobody uses the piece. */
static cl_int wait_for_piece(struct mfg_opencl_staging *staging, uint32_t piece) {
  cl_event event = staging->busy[piece];
  if (!event) return CL_SUCCESS;
  cl_int code = clWaitForEvents(1, &event);
  clReleaseEvent(event);
  staging->busy[piece] = NULL;
  return code;
}

static uint32_t take_piece(struct mfg_opencl_staging *staging) {
  uint32_t piece = staging->next;
  staging->next = (piece + 1) % PIECES;
  return piece;
}

static size_t piece_size(uint64_t left) {
  return left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
}

/* ---- copies --------------------------------------------------------------------------------- */

static cl_int stage_upload(cl_command_queue queue, struct mfg_opencl_staging *staging,
                           cl_mem target, uint64_t offset, const char *source, uint64_t size) {
  cl_int code = CL_SUCCESS;
  while (size > 0 && code == CL_SUCCESS) {
    const uint32_t piece = take_piece(staging);
    const size_t now = piece_size(size);
    code = wait_for_piece(staging, piece);
    if (code != CL_SUCCESS) break;
    memcpy(piece_at(staging, piece), source, now);
    code = clEnqueueWriteBuffer(queue, target, CL_FALSE, offset, now, piece_at(staging, piece), 0,
                                NULL, &staging->busy[piece]);
    if (code == CL_SUCCESS && size > now) code = clFlush(queue);
    offset += now;
    source += now;
    size -= now;
  }
  return code;
}

/* Reads are queued ahead of the host's copies by all pieces but the one being copied. */
static cl_int stage_download(cl_command_queue queue, struct mfg_opencl_staging *staging,
                             cl_mem source, uint64_t offset, char *target, uint64_t size) {
  uint64_t queued = 0, copied = 0;
  uint32_t first = staging->next, pending = 0;
  cl_int code = CL_SUCCESS;
  while (copied < size && code == CL_SUCCESS) {
    while (queued < size && pending < PIECES && code == CL_SUCCESS) {
      const uint32_t piece = take_piece(staging);
      const size_t now = piece_size(size - queued);
      code = wait_for_piece(staging, piece);
      if (code == CL_SUCCESS)
        code = clEnqueueReadBuffer(queue, source, CL_FALSE, offset + queued, now,
                                   piece_at(staging, piece), 0, NULL, &staging->busy[piece]);
      if (code == CL_SUCCESS) code = clFlush(queue);
      queued += now;
      pending++;
    }
    if (code == CL_SUCCESS) code = wait_for_piece(staging, first);
    if (code != CL_SUCCESS) break;
    const size_t now = piece_size(size - copied);
    memcpy(target + copied, piece_at(staging, first), now);
    copied += now;
    first = (first + 1) % PIECES;
    pending--;
  }
  return code;
}

cl_int mfg_opencl_upload(mfg_plugin_queue *queue, cl_mem target, uint64_t offset,
                         const void *source, uint64_t size) {
  struct mfg_opencl_staging *staging =
      queue->device->stages || size <= SMALL_BYTES ? staging_of(queue) : NULL;
  if (staging) return stage_upload(queue->queue, staging, target, offset, source, size);
  return clEnqueueWriteBuffer(queue->queue, target, CL_TRUE, offset, size, source, 0, NULL, NULL);
}

cl_int mfg_opencl_download(mfg_plugin_queue *queue, cl_mem source, uint64_t offset, void *target,
                           uint64_t size) {
  struct mfg_opencl_staging *staging =
      queue->device->stages && size > SMALL_BYTES ? staging_of(queue) : NULL;
  if (staging) return stage_download(queue->queue, staging, source, offset, target, size);
  return clEnqueueReadBuffer(queue->queue, source, CL_TRUE, offset, size, target, 0, NULL, NULL);
}
