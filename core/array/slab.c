/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "array/slab.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define SINGLE_OBJECTS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SINGLE_OBJECTS
#endif
#endif

#ifdef SINGLE_OBJECTS

void *mfg_slab_take(mfg_slab *slab, size_t size) {
  (void)slab;
  return calloc(1, size);
}

void mfg_slab_give(mfg_slab *slab, void *object) {
  (void)slab;
  free(object);
}

void mfg_slab_close(mfg_slab *slab) {
  (void)slab;
}

#else

#define FIRST_CHUNK 32u
#define LARGEST_CHUNK 1024u

struct mfg_slab_chunk {
  struct mfg_slab_chunk *older;
  _Alignas(max_align_t) char objects[];
};

/* Adds a chunk to the free objects. */
static int grow(mfg_slab *slab, size_t size) {
  size_t count = slab->next_count > 0 ? slab->next_count : FIRST_CHUNK;
  struct mfg_slab_chunk *chunk = malloc(sizeof *chunk + count * size);
  if (chunk == NULL) return 0;
  chunk->older = slab->chunks;
  slab->chunks = chunk;
  slab->next_count = count < LARGEST_CHUNK ? 2 * count : count;
  for (size_t i = count; i > 0; i--)
    mfg_slab_give(slab, chunk->objects + (i - 1) * size);
  return 1;
}

void *mfg_slab_take(mfg_slab *slab, size_t size) {
  if (slab->spare == NULL && !grow(slab, size)) return NULL;
  void *object = slab->spare;
  memcpy(&slab->spare, object, sizeof slab->spare);
  return memset(object, 0, size);
}

void mfg_slab_give(mfg_slab *slab, void *object) {
  memcpy(object, &slab->spare, sizeof slab->spare);
  slab->spare = object;
}

void mfg_slab_close(mfg_slab *slab) {
  for (struct mfg_slab_chunk *chunk = slab->chunks, *older; chunk != NULL; chunk = older) {
    older = chunk->older;
    free(chunk);
  }
  *slab = (mfg_slab){.spare = NULL};
}

#endif
