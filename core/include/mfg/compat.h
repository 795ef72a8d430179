/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compatibility helpers: the verbs of the backend protocol for code that holds plain host memory.
 *
 * They work on DLTensors in host memory (kDLCPU), with any strides. `context` is optional: NULL
 * does the work on the calling thread and opens no plugin, any other context does it on its device;
 * the results are the same. Tensors that a helper makes are in C order, belong to the caller, and
 * are given back with mfg_compat_release; tensors of the caller's own may be used wherever one is
 * read or written.
 *
 * Every function returns MFG_OK or an error with its text in mfg_last_error():
 * MFG_ERROR_INVALID_ARGUMENT (NULL pointers, memory that is not the host's), MFG_ERROR_TYPE,
 * MFG_ERROR_SHAPE, MFG_ERROR_OUT_OF_MEMORY, and with a context those of its device. On failure
 * *result is NULL. Threads: with NULL any thread at any time; with a context its thread. */
#ifndef MFG_COMPAT_H
#define MFG_COMPAT_H

#include <mfg/dlpack.h>

#ifdef __cplusplus
extern "C" {
#endif

/* New tensors. `shape` holds `rank` extents >= 0; mfg_compat_empty leaves the content undefined. */
MFG_API mfg_status mfg_compat_empty(mfg_context *context, mfg_dtype type, int rank,
                                    const int64_t *shape, DLTensor **result);
MFG_API mfg_status mfg_compat_zeros(mfg_context *context, mfg_dtype type, int rank,
                                    const int64_t *shape, DLTensor **result);
MFG_API mfg_status mfg_compat_ones(mfg_context *context, mfg_dtype type, int rank,
                                   const int64_t *shape, DLTensor **result);
MFG_API mfg_status mfg_compat_full(mfg_context *context, mfg_dtype type, int rank,
                                   const int64_t *shape, double value, DLTensor **result);
/* The same with type and shape of another tensor. */
MFG_API mfg_status mfg_compat_empty_like(mfg_context *context, const DLTensor *like,
                                         DLTensor **result);
MFG_API mfg_status mfg_compat_zeros_like(mfg_context *context, const DLTensor *like,
                                         DLTensor **result);
MFG_API mfg_status mfg_compat_ones_like(mfg_context *context, const DLTensor *like,
                                        DLTensor **result);
MFG_API mfg_status mfg_compat_full_like(mfg_context *context, const DLTensor *like, double value,
                                        DLTensor **result);
/* Gives back a tensor that a helper made; NULL is ignored. */
MFG_API void mfg_compat_release(DLTensor *tensor);

/* A tensor with a copy of C-ordered data; and a tensor's elements in C order, `bytes` being their
 * exact size. */
MFG_API mfg_status mfg_compat_from_host(mfg_context *context, mfg_dtype type, int rank,
                                        const int64_t *shape, const void *data, DLTensor **result);
MFG_API mfg_status mfg_compat_to_host(mfg_context *context, const DLTensor *tensor, void *data,
                                      size_t bytes);

/* A tensor of its own memory with the same values; it never shares with the original. */
MFG_API mfg_status mfg_compat_copy(mfg_context *context, const DLTensor *tensor, DLTensor **result);
/* Writes `source`, broadcast, into the target, which keeps its type: a source that would be
 * narrowed is MFG_ERROR_TYPE. They may overlap. */
MFG_API mfg_status mfg_compat_assign(mfg_context *context, DLTensor *target,
                                     const DLTensor *source);

/* Whether any (every) element is not zero; NaN is not zero. Of no elements: false (true). */
MFG_API mfg_status mfg_compat_any(mfg_context *context, const DLTensor *tensor, bool *result);
MFG_API mfg_status mfg_compat_all(mfg_context *context, const DLTensor *tensor, bool *result);
/* bool tensors of the same shape; false everywhere for integers and bool. */
MFG_API mfg_status mfg_compat_isnan(mfg_context *context, const DLTensor *tensor,
                                    DLTensor **result);
MFG_API mfg_status mfg_compat_isinf(mfg_context *context, const DLTensor *tensor,
                                    DLTensor **result);
/* Whether any element is NaN or infinite. */
MFG_API mfg_status mfg_compat_has_nan_or_inf(mfg_context *context, const DLTensor *tensor,
                                             bool *result);

/* The tensor as an array of the scope's context, with memory of its own; and an array as a host
 * tensor. */
MFG_API mfg_array *mfg_compat_to_backend(mfg_scope *scope, const DLTensor *tensor);
MFG_API mfg_status mfg_compat_from_array(mfg_array *array, DLTensor **result);

#ifdef __cplusplus
}
#endif

#endif
