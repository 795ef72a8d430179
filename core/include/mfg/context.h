/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A context: one device of one backend, opened, with its queue, its memory pool and its kernels.
 *
 * Arrays live in a context. A context is used by one thread at a time (even reading a lazy array
 * changes it); several contexts run in parallel. After fork() the parent's contexts are unusable in
 * the child: every call returns MFG_ERROR_FORKED, and closing one there only forgets it. */
#ifndef MFG_CONTEXT_H
#define MFG_CONTEXT_H

#include <mfg/api.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mfg_context mfg_context;

/* What the environment would say otherwise. Zero means "not said here" in every field; set
 * `struct_size` to sizeof(mfg_context_options). */
typedef struct mfg_context_options {
  size_t struct_size;
  const char *plugin_path; /* directories or files, separated by ':'; before MFG_BACKEND_PATH */
  int eager;               /* 1: every call is run at once, as MFG_EAGER=1; -1: never */
  int strict;              /* 1: a fallback to the host is an error, as MFG_STRICT=1; -1: never */
  uint64_t memory_limit;   /* most bytes of device memory; 0: no limit but the device's */
  uint32_t types; /* MFG_DTYPE_BIT mask of the types that the work needs; a device that lacks
                     one is refused, by `auto` and when it is named. 0: float64 */
} mfg_context_options;

/* Opens the device that `selection` names: "name", "name:device", a list "a,b" in order of
 * preference, or "auto". NULL reads MFG_BACKEND, and is "auto" where that is not set. `options` may
 * be NULL. On failure *context is NULL and mfg_last_error() says what was looked for, where, and
 * why each candidate was skipped: MFG_ERROR_NO_BACKEND, MFG_ERROR_NO_DEVICE,
 * MFG_ERROR_INVALID_ARGUMENT (a selection that does not parse), MFG_ERROR_OUT_OF_MEMORY. A named
 * backend is never replaced by another. */
MFG_API mfg_status mfg_context_open(const char *selection, const mfg_context_options *options,
                                    mfg_context **context);

/* Waits for all work and closes. Arrays, scopes and recordings that are still held stay valid as
 * handles to be released, and answer every other use with an error. NULL is ignored. */
MFG_API void mfg_context_close(mfg_context *context);

/* Name of the backend, and of the device as its vendor writes it. They live as long as the context.
 */
MFG_API const char *mfg_context_backend(const mfg_context *context);
MFG_API const char *mfg_context_device(const mfg_context *context);

/* Whether kernels of this device take the type. */
MFG_API bool mfg_context_supports(const mfg_context *context, mfg_dtype type);

/* Waits until everything that was queued is done; returns the first failure among it. */
MFG_API mfg_status mfg_sync(mfg_context *context);

/* Counters since the context was opened. */
typedef struct mfg_statistics {
  size_t struct_size;
  uint64_t
      kernels_launched; /* a replay counts each launch of its list once, bodies of a repeat too */
  uint64_t kernels_compiled; /* prepared by the plugin */
  uint64_t kernels_cached;   /* found among the prepared ones */
  uint64_t fallbacks;        /* launches that ran on the host */
  uint64_t bytes_used;       /* device memory that arrays hold now */
  uint64_t bytes_peak;       /* the most that arrays and pool held at one time */
  uint64_t bytes_pooled;     /* device memory that waits in the pool */
  uint64_t bytes_to_host;    /* read from the device: by host reads, replays and fallbacks */
  uint64_t bytes_to_device;  /* written to it from the host */
  uint64_t kernels_evicted;  /* prepared ones given up, oldest first, because there were too many */
  uint64_t buffers_allocated; /* pieces of device memory that the backend gave */
  uint64_t buffers_reused;    /* pieces that came from the pool instead */
} mfg_statistics;

/* Fills as much of *statistics as its struct_size allows. */
MFG_API mfg_status mfg_context_statistics(const mfg_context *context, mfg_statistics *statistics);

/* Names of the kernels that ran on the host, one a line, at most `capacity` bytes with the NUL;
 * returns the length of the whole text (0: no fallback was taken). */
MFG_API size_t mfg_context_fallbacks(const mfg_context *context, char *text, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
