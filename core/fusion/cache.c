/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fusion/cache.h"

#include <mfg/sdk.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array/context_private.h"
#include "fusion/memo.h"
#include "support/error.h"
#include "support/log.h"

#define FIRST_BUCKETS 256u

/* The flat form that is hashed, compared and kept: the description's own fields, then each span. */
static const size_t span_offsets[] = {
    offsetof(mfg_kernel_description, operands), offsetof(mfg_kernel_description, scalars),
    offsetof(mfg_kernel_description, sites),    offsetof(mfg_kernel_description, steps),
    offsetof(mfg_kernel_description, prologue), offsetof(mfg_kernel_description, epilogue),
    offsetof(mfg_kernel_description, outputs),  offsetof(mfg_kernel_description, reductions)};

#define SPANS ((int)(sizeof span_offsets / sizeof span_offsets[0]))

static inline const mfg_span *span_of(const mfg_kernel_description *description, int index) {
  return (const mfg_span *)(const void *)((const char *)description + span_offsets[index]);
}

static size_t span_bytes(const mfg_span *span) {
  return (size_t)span->count * span->stride;
}

static inline uint64_t mix_word(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * UINT64_C(0xD6E8FEB86659FD93);
  return hash ^ (hash >> 32);
}

/* The size is a multiple of 4, as those of the description's structs are. */
static uint64_t mix(uint64_t hash, const void *data, size_t size) {
  const unsigned char *bytes = data;
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    uint64_t word;
    memcpy(&word, bytes + i, 8);
    hash = mix_word(hash, word);
  }
  if (i == size) return hash;
  uint32_t rest;
  memcpy(&rest, bytes + i, 4);
  return mix_word(hash, rest);
}

static uint64_t hash_description(const mfg_kernel_description *description) {
  uint64_t hash = UINT64_C(0xCBF29CE484222325);
  hash = mix_word(hash, (uint64_t)description->rank << 32 | description->index_width);
  hash = mix(hash, description->pattern, sizeof *description->pattern);
  for (int i = 0; i < SPANS; i++) {
    const mfg_span *span = span_of(description, i);
    hash = mix_word(hash, span->count);
    if (span->count > 0) hash = mix(hash, span->first, span_bytes(span));
  }
  return hash;
}

static bool same_description(const mfg_kernel_description *a, const mfg_kernel_description *b) {
  if (a->rank != b->rank || a->index_width != b->index_width ||
      memcmp(a->pattern, b->pattern, sizeof *a->pattern) != 0)
    return false;
  for (int i = 0; i < SPANS; i++) {
    const mfg_span *left = span_of(a, i);
    const mfg_span *right = span_of(b, i);
    if (left->count != right->count ||
        (left->count > 0 && memcmp(left->first, right->first, span_bytes(left)) != 0))
      return false;
  }
  return true;
}

/* A copy of the description whose spans lie in one piece of memory behind it. */
static mfg_status keep_description(mfg_kernel *kernel, const mfg_kernel_description *description) {
  size_t size = 0;
  for (int i = 0; i < SPANS; i++)
    size += (span_bytes(span_of(description, i)) + 7) & ~(size_t)7;
  kernel->memory = malloc(size > 0 ? size : 1);
  if (kernel->memory == NULL) return mfg_fail_memory(size, "a kernel description");
  kernel->memory_size = size;
  kernel->pattern = *description->pattern;
  kernel->description = *description;
  kernel->description.pattern = &kernel->pattern;
  char *place = kernel->memory;
  for (int i = 0; i < SPANS; i++) {
    mfg_span *span = (mfg_span *)(uintptr_t)span_of(&kernel->description, i);
    if (span->count == 0) continue;
    memcpy(place, span->first, span_bytes(span));
    span->first = place;
    place += (span_bytes(span) + 7) & ~(size_t)7;
  }
  return MFG_OK;
}

static void name_kernel(mfg_kernel *kernel) {
  static const char *const kinds[] = {"", "map", "reduce", "scan", "line_solve"};
  const mfg_kernel_description *description = &kernel->description;
  const char *last = "load";
  for (uint32_t i = 0; i < description->prologue.count; i++) {
    const mfg_kernel_instruction *instruction =
        mfg_kernel_instruction_at(&description->prologue, i);
    const char *name = mfg_operation_name(instruction->operation);
    if (name != NULL) last = name;
  }
  snprintf(kernel->name, sizeof kernel->name, "%s of %u instructions ending in %s",
           kinds[kernel->pattern.kind], description->prologue.count + description->epilogue.count,
           last);
}

/* MFG_DEBUG=debug shows each kernel once. */
static void explain(const mfg_kernel *kernel) {
  if (!mfg_log_enabled(MFG_LOG_DEBUG)) return;
  size_t length = mfg_kernel_print(&kernel->description, NULL, 0);
  char *text = malloc(length + 1);
  if (text == NULL) return;
  mfg_kernel_print(&kernel->description, text, length + 1);
  mfg_log_line(MFG_LOG_DEBUG, "kernel %016llx, %s:\n%s", (unsigned long long)kernel->hash,
               kernel->name, text);
  free(text);
}

static mfg_status prepare(mfg_context *context, mfg_kernel *kernel) {
  const mfg_plugin_kernel_table *table = context->plugin->kernel;
  if (table == NULL || !table->supports(context->device, &kernel->description))
    return MFG_OK; /* it runs on the host, which is counted at every launch */
  MFG_PLUGIN_ERROR(error);
  mfg_status status =
      table->prepare(context->device, &kernel->description, &kernel->prepared, &error);
  if (status == MFG_ERROR_UNSUPPORTED) {
    kernel->prepared = NULL;
    return MFG_OK;
  }
  if (status != MFG_OK) {
    char doing[128];
    snprintf(doing, sizeof doing, "preparing a kernel (%s)", kernel->name);
    return mfg_context_plugin_failed(context, &error, status, doing);
  }
  context->kernels.compiled++;
  return MFG_OK;
}

static void destroy(mfg_kernel *kernel) {
  if (kernel->prepared != NULL && mfg_context_alive(kernel->context))
    kernel->context->plugin->kernel->release(kernel->prepared);
  free(kernel->memory);
  free(kernel);
}

/* ---- the table ------------------------------------------------------------------------------- */

static bool grow(mfg_kernel_cache *cache) {
  if (cache->count < cache->bucket_count) return true;
  size_t bucket_count = cache->bucket_count == 0 ? FIRST_BUCKETS : cache->bucket_count * 2;
  mfg_kernel **buckets = calloc(bucket_count, sizeof(mfg_kernel *));
  if (buckets == NULL) return cache->bucket_count > 0; /* a fuller table still works */
  for (size_t i = 0; i < cache->bucket_count; i++)
    for (mfg_kernel *kernel = cache->buckets[i], *next; kernel != NULL; kernel = next) {
      next = kernel->next;
      mfg_kernel **bucket = &buckets[kernel->hash & (bucket_count - 1)];
      kernel->next = *bucket;
      *bucket = kernel;
    }
  free(cache->buckets);
  cache->buckets = buckets;
  cache->bucket_count = bucket_count;
  return true;
}

static void evict_oldest(mfg_context *context) {
  mfg_kernel_cache *cache = &context->kernels;
  mfg_kernel **oldest = NULL;
  mfg_memo_clear(context); /* its references are not to keep what is used no more */
  for (size_t i = 0; i < cache->bucket_count; i++)
    for (mfg_kernel **place = &cache->buckets[i]; *place != NULL; place = &(*place)->next)
      if ((*place)->references == 1 && (oldest == NULL || (*place)->used < (*oldest)->used))
        oldest = place;
  if (oldest == NULL) return; /* recordings hold them all */
  mfg_kernel *kernel = *oldest;
  *oldest = kernel->next;
  cache->count--;
  cache->evicted++;
  (void)mfg_context_synchronise(context); /* its launches have to be done */
  mfg_kernel_release(kernel);
}

mfg_status mfg_kernel_find(mfg_context *context, const mfg_kernel_description *description,
                           mfg_kernel **found) {
  mfg_kernel_cache *cache = &context->kernels;
  uint64_t hash = hash_description(description);
  *found = NULL;
  if (!grow(cache))
    return mfg_fail_memory(FIRST_BUCKETS * sizeof(mfg_kernel *), "the table of kernels");
  mfg_kernel **bucket = &cache->buckets[hash & (cache->bucket_count - 1)];
  for (mfg_kernel *kernel = *bucket; kernel != NULL; kernel = kernel->next)
    if (kernel->hash == hash && same_description(&kernel->description, description)) {
      kernel->references++;
      kernel->used = ++cache->clock;
      cache->found++;
      cache->latest = *found = kernel;
      return MFG_OK;
    }
  mfg_kernel *kernel = calloc(1, sizeof *kernel);
  if (kernel == NULL) return mfg_fail_memory(sizeof *kernel, "a kernel");
  kernel->references = 2;
  kernel->context = context;
  kernel->hash = hash;
  kernel->used = ++cache->clock;
  mfg_status status = keep_description(kernel, description);
  if (status == MFG_OK) {
    name_kernel(kernel);
    explain(kernel);
    status = prepare(context, kernel);
  }
  if (status != MFG_OK) {
    destroy(kernel);
    return status;
  }
  if (cache->count >= MFG_KERNEL_CACHE_LIMIT) evict_oldest(context);
  kernel->next = *bucket;
  *bucket = kernel;
  cache->count++;
  cache->latest = *found = kernel;
  return MFG_OK;
}

void mfg_kernel_release(mfg_kernel *kernel) {
  if (kernel != NULL && --kernel->references == 0) destroy(kernel);
}

void mfg_kernel_cache_close(mfg_context *context) {
  mfg_kernel_cache *cache = &context->kernels;
  mfg_memo_clear(context);
  for (size_t i = 0; i < cache->bucket_count; i++)
    for (mfg_kernel *kernel = cache->buckets[i], *next; kernel != NULL; kernel = next) {
      next = kernel->next;
      if (kernel->prepared != NULL) context->plugin->kernel->release(kernel->prepared);
      kernel->prepared = NULL;
      mfg_kernel_release(kernel);
    }
  free(cache->buckets);
  memset(cache, 0, sizeof *cache);
}
