/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A block: a piece of device memory, reference counted, from the pool of its context.
 *
 * Blocks know who still has to read them: `readers` lists the leaves of pending expressions, so
 * that whoever writes in place can save what they have to see. A block whose address somebody else
 * knows (a recording, a DLPack consumer) is pinned: its array is then always written in place.
 *
 * All work of a context goes through one in-order queue, so that a block may be used again as soon
 * as nothing refers to it; only giving memory back to the plugin waits for the queue. */
#ifndef MFG_ARRAY_BLOCK_H
#define MFG_ARRAY_BLOCK_H

#include <mfg/context.h>
#include <mfg/plugin.h>

struct mfg_value;
struct mfg_recording;

typedef struct mfg_block {
  size_t references;
  mfg_context *context;
  mfg_plugin_buffer *buffer; /* NULL once the context is closed */
  uint64_t size;             /* bytes that were asked for */
  uint64_t capacity;         /* bytes that the plugin's buffer has */
  uint32_t pins;
  uint32_t frame;                  /* the recording frame that owns it; 0: none */
  struct mfg_recording *recording; /* the recording that owns it, or NULL */
  struct mfg_value *readers;       /* leaves that read it, doubly linked */
  struct mfg_block *previous;      /* all blocks of the context */
  struct mfg_block *next;
  struct mfg_block *next_free;            /* in a list of the pool or of a recording */
  void (*foreign_release)(void *foreign); /* imported memory: told when it is no longer used */
  void *foreign;
} mfg_block;

/* Sizes are rounded up to a class, four classes a power of two, so that blocks are found again. */
#define MFG_POOL_CLASSES 256

typedef struct mfg_pool {
  mfg_block *all;
  mfg_block *free_lists[MFG_POOL_CLASSES];
  uint64_t bytes_used;
  uint64_t bytes_pooled;
  uint64_t bytes_peak;
  uint64_t limit;     /* 0: none */
  uint64_t allocated; /* blocks that the plugin gave memory to */
  uint64_t reused;    /* blocks taken from a free list */
} mfg_pool;

/* A block of at least `size` bytes for work of the given frame (0: immediate), content undefined,
 * one reference. NULL with the thread's last error set; *status tells which. */
mfg_block *mfg_block_new(mfg_context *context, uint64_t size, uint32_t frame, mfg_status *status);

/* A block over a buffer that the plugin has imported. */
mfg_block *mfg_block_import(mfg_context *context, mfg_plugin_buffer *buffer, uint64_t size,
                            void (*foreign_release)(void *), void *foreign);

mfg_block *mfg_block_retain(mfg_block *block);
void mfg_block_release(mfg_block *block);

/* Gives everything that waits in the pool back to the plugin. */
void mfg_pool_trim(mfg_context *context);
/* Takes the plugin's buffers from all blocks, in use or not: the context closes. */
void mfg_pool_close(mfg_context *context);

#endif
