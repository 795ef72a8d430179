/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "array/block.h"

#include <stdio.h>
#include <stdlib.h>

#include "array/context_private.h"
#include "array/recording.h"
#include "support/error.h"

/* Smallest block, and the step of the lowest classes. */
#define SMALLEST_BLOCK 64u

/* The class of a size and the capacity of that class: powers of two and three steps between. */
static int size_class(uint64_t size, uint64_t *capacity) {
  if (size <= SMALLEST_BLOCK) {
    *capacity = SMALLEST_BLOCK;
    return 0;
  }
  int power = 63 - __builtin_clzll(size - 1); /* 2^power < size <= 2^(power+1) */
  uint64_t step = UINT64_C(1) << (power - 2);
  uint64_t steps = (size - (UINT64_C(1) << power) + step - 1) / step; /* 1 .. 4 */
  *capacity = (UINT64_C(1) << power) + steps * step;
  return (power - 6) * 4 + (int)steps;
}

static void note_peak(mfg_pool *pool) {
  uint64_t now = pool->bytes_used + pool->bytes_pooled;
  if (now > pool->bytes_peak) pool->bytes_peak = now;
}

static void link_block(mfg_pool *pool, mfg_block *block) {
  block->next = pool->all;
  if (pool->all != NULL) pool->all->previous = block;
  pool->all = block;
}

static void unlink_block(mfg_pool *pool, mfg_block *block) {
  if (block->previous != NULL)
    block->previous->next = block->next;
  else
    pool->all = block->next;
  if (block->next != NULL) block->next->previous = block->previous;
}

static void free_block(mfg_context *context, mfg_block *block) {
  if (block->buffer != NULL && mfg_context_alive(context))
    context->plugin->buffer->free(context->device, block->buffer);
  if (block->foreign_release != NULL) block->foreign_release(block->foreign);
  unlink_block(&context->pool, block);
  free(block);
}

void mfg_pool_trim(mfg_context *context) {
  mfg_pool *pool = &context->pool;
  if (pool->bytes_pooled == 0) return;
  /* A failure of earlier work is not ours to report: it stays for the next read. */
  (void)mfg_context_synchronise(context);
  for (int bin = 0; bin < MFG_POOL_CLASSES; bin++) {
    for (mfg_block *block = pool->free_lists[bin], *next; block != NULL; block = next) {
      next = block->next_free;
      free_block(context, block);
    }
    pool->free_lists[bin] = NULL;
  }
  pool->bytes_pooled = 0;
}

static mfg_status allocate_buffer(mfg_context *context, uint64_t capacity,
                                  mfg_plugin_buffer **buffer) {
  MFG_PLUGIN_ERROR(error);
  mfg_status status = context->plugin->buffer->allocate(context->device, capacity, buffer, &error);
  if (status == MFG_OK) return MFG_OK;
  if (context->pool.bytes_pooled > 0) {
    mfg_pool_trim(context);
    status = context->plugin->buffer->allocate(context->device, capacity, buffer, &error);
    if (status == MFG_OK) return MFG_OK;
  }
  char doing[96];
  snprintf(doing, sizeof doing, "allocating %llu bytes on the device",
           (unsigned long long)capacity);
  return mfg_context_plugin_failed(context, &error, status, doing);
}

/* A block that only fits a limit at its exact size gets that; it does not go through the pool. */
static uint64_t fitting_capacity(const mfg_context *context, uint64_t size, uint64_t capacity) {
  const mfg_pool *pool = &context->pool;
  bool too_large = (context->largest_buffer != 0 && capacity > context->largest_buffer) ||
                   (pool->limit != 0 && pool->bytes_used + capacity > pool->limit);
  return too_large && size > SMALLEST_BLOCK ? size : capacity;
}

static mfg_status check_limits(mfg_context *context, uint64_t size, uint64_t capacity) {
  mfg_pool *pool = &context->pool;
  if (context->largest_buffer != 0 && size > context->largest_buffer)
    return mfg_fail(MFG_ERROR_DEVICE_MEMORY,
                    "an array of %llu bytes is larger than the largest buffer of %s, %llu bytes",
                    (unsigned long long)size, context->device_name,
                    (unsigned long long)context->largest_buffer);
  if (pool->limit == 0) return MFG_OK;
  if (pool->bytes_used + pool->bytes_pooled + capacity > pool->limit) mfg_pool_trim(context);
  if (pool->bytes_used + capacity > pool->limit)
    return mfg_fail(MFG_ERROR_DEVICE_MEMORY,
                    "%llu bytes are in use and %llu more were asked for; the limit is %llu bytes",
                    (unsigned long long)pool->bytes_used, (unsigned long long)capacity,
                    (unsigned long long)pool->limit);
  return MFG_OK;
}

mfg_block *mfg_block_new(mfg_context *context, uint64_t size, uint32_t frame, mfg_status *status) {
  mfg_pool *pool = &context->pool;
  if (size > UINT64_C(1) << 62) {
    *status = mfg_fail(MFG_ERROR_DEVICE_MEMORY, "an array of %llu bytes is out of reach",
                       (unsigned long long)size);
    return NULL;
  }
  uint64_t capacity = 0;
  int bin = size_class(size, &capacity);
  mfg_block *block = frame != 0 ? mfg_recording_reuse_block(context, capacity, frame) : NULL;
  if (block == NULL && pool->free_lists[bin] != NULL) {
    block = pool->free_lists[bin];
    pool->free_lists[bin] = block->next_free;
    pool->bytes_pooled -= block->capacity;
    pool->reused++;
  } else if (block == NULL) {
    capacity = fitting_capacity(context, size, capacity);
    *status = check_limits(context, size, capacity);
    if (*status != MFG_OK) return NULL;
    block = calloc(1, sizeof *block);
    if (block == NULL) {
      *status = mfg_fail_memory(sizeof *block, "a block of device memory");
      return NULL;
    }
    *status = allocate_buffer(context, capacity, &block->buffer);
    if (*status != MFG_OK) {
      free(block);
      return NULL;
    }
    block->capacity = capacity;
    pool->allocated++;
    link_block(pool, block);
  }
  if (block->recording == NULL) pool->bytes_used += block->capacity;
  note_peak(pool);
  block->context = mfg_context_retain(context);
  block->references = 1;
  block->size = size;
  block->frame = frame;
  block->next_free = NULL;
  block->readers = NULL;
  if (frame != 0 && block->recording == NULL) {
    *status = mfg_recording_own_block(context, block);
    if (*status != MFG_OK) {
      mfg_block_release(block);
      return NULL;
    }
  }
  *status = MFG_OK;
  return block;
}

mfg_block *mfg_block_import(mfg_context *context, mfg_plugin_buffer *buffer, uint64_t size,
                            void (*foreign_release)(void *), void *foreign) {
  mfg_block *block = calloc(1, sizeof *block);
  if (block == NULL) {
    mfg_fail_memory(sizeof *block, "a block of imported memory");
    return NULL;
  }
  block->context = mfg_context_retain(context);
  block->references = 1;
  block->buffer = buffer;
  block->size = size;
  block->pins = 1; /* somebody else knows the address */
  block->foreign_release = foreign_release;
  block->foreign = foreign;
  link_block(&context->pool, block);
  return block;
}

mfg_block *mfg_block_retain(mfg_block *block) {
  block->references++;
  return block;
}

void mfg_block_release(mfg_block *block) {
  if (block == NULL || --block->references > 0) return;
  mfg_context *context = block->context;
  mfg_pool *pool = &context->pool;
  uint64_t capacity = 0;
  int bin = size_class(block->capacity, &capacity);
  if (block->recording != NULL) {
    mfg_recording_return_block(block);
  } else if (block->foreign_release != NULL || block->buffer == NULL) {
    if (block->buffer != NULL && mfg_context_alive(context)) (void)mfg_context_synchronise(context);
    free_block(context, block);
  } else if (capacity != block->capacity) {
    if (mfg_context_alive(context)) (void)mfg_context_synchronise(context);
    pool->bytes_used -= block->capacity;
    free_block(context, block);
  } else {
    block->pins = 0;
    block->frame = 0;
    block->next_free = pool->free_lists[bin];
    pool->free_lists[bin] = block;
    pool->bytes_used -= block->capacity;
    pool->bytes_pooled += block->capacity;
  }
  mfg_context_release(context);
}

void mfg_pool_close(mfg_context *context) {
  mfg_pool *pool = &context->pool;
  for (int bin = 0; bin < MFG_POOL_CLASSES; bin++) {
    for (mfg_block *block = pool->free_lists[bin], *next; block != NULL; block = next) {
      next = block->next_free;
      free_block(context, block);
    }
    pool->free_lists[bin] = NULL;
  }
  for (mfg_block *block = pool->all; block != NULL; block = block->next) {
    if (block->buffer != NULL) context->plugin->buffer->free(context->device, block->buffer);
    block->buffer = NULL;
  }
  pool->bytes_pooled = 0;
  pool->bytes_used = 0;
}
