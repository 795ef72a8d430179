/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernels that have been prepared, found again by their description. */
#ifndef MFG_FUSION_CACHE_H
#define MFG_FUSION_CACHE_H

#include <mfg/context.h>
#include <mfg/plugin.h>

struct mfg_memo_entry;

typedef struct mfg_kernel {
  size_t references; /* the cache's, and one for each recorded launch */
  mfg_context *context;
  uint64_t hash;
  void *memory; /* the description, in one piece */
  size_t memory_size;
  mfg_kernel_description description;
  mfg_kernel_pattern pattern;
  mfg_plugin_kernel *prepared; /* NULL: runs on the host */
  char name[64];               /* what it does, for messages: "line_solve(23 instructions)" */
  uint64_t used;               /* clock of the last use */
  struct mfg_kernel *next;     /* in its bucket */
} mfg_kernel;

typedef struct mfg_kernel_cache {
  mfg_kernel **buckets;
  size_t bucket_count;
  size_t count;
  uint64_t clock;
  uint64_t compiled;
  uint64_t found;
  uint64_t evicted;
  mfg_kernel *latest;          /* found or made last; not owned, and for its very launch only */
  struct mfg_memo_entry *memo; /* kernels of small expressions (memo.h); NULL: none yet */
} mfg_kernel_cache;

/* Most kernels kept; the one used longest ago goes first. */
#define MFG_KERNEL_CACHE_LIMIT 2048

/* The kernel of this description (a new reference), prepared if it is new. `description` must be
 * zero in every unused byte, with spans that have the strides of this version's structs. */
mfg_status mfg_kernel_find(mfg_context *context, const mfg_kernel_description *description,
                           mfg_kernel **kernel);
void mfg_kernel_release(mfg_kernel *kernel);

/* Releases every prepared kernel; the context closes. */
void mfg_kernel_cache_close(mfg_context *context);

#endif
