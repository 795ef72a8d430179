/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A slab: objects of one size that are taken and given back often.
 *
 * A context keeps one for each kind of object that an array operation makes, so that an operation
 * calls no allocator once as many objects have been alive before. Chunks go back to the system when
 * the context goes. Used by one thread at a time. Under AddressSanitizer every object comes from
 * the allocator, so that a use after its end is seen. */
#ifndef MFG_ARRAY_SLAB_H
#define MFG_ARRAY_SLAB_H

#include <stddef.h>

struct mfg_slab_chunk;

typedef struct mfg_slab {
  void *spare; /* the first free object, which holds the address of the next */
  struct mfg_slab_chunk *chunks;
  size_t next_count; /* objects of the next chunk */
} mfg_slab;

/* A zeroed object of `size` bytes, the same for every call on this slab; NULL where memory is out.
 */
void *mfg_slab_take(mfg_slab *slab, size_t size);
void mfg_slab_give(mfg_slab *slab, void *object);
/* Frees all chunks; no object of them is in use any more. */
void mfg_slab_close(mfg_slab *slab);

#endif
