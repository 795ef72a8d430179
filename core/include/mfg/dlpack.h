/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sharing memory with other libraries through DLPack, versioned (1.x) and unversioned.
 *
 * The structures are DLPack's own. Where the real header has been included before, or can be found,
 * its declarations are used; what it lacks (Debian 12 has 0.6, which knows no versions) is declared
 * here with the layout of DLPack 1.x.
 *
 * Shared memory is pinned: an exported or imported array is always written in place, so that both
 * sides see every write once the writer's work is done (mfg_sync on our side). */
#ifndef MFG_DLPACK_H
#define MFG_DLPACK_H

#include <mfg/array.h>

#if !defined(DLPACK_DLPACK_H_) && defined(__has_include)
#if __has_include(<dlpack/dlpack.h>)
#include <dlpack/dlpack.h>
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

#ifndef DLPACK_DLPACK_H_
#define DLPACK_DLPACK_H_

/* Kinds of memory that this library knows by name; a plugin may name others. */
typedef enum { kDLCPU = 1, kDLCUDA = 2, kDLCUDAHost = 3, kDLOpenCL = 4 } DLDeviceType;

typedef struct {
  DLDeviceType device_type;
  int32_t device_id;
} DLDevice;

typedef enum { kDLInt = 0, kDLUInt = 1, kDLFloat = 2, kDLComplex = 5 } DLDataTypeCode;

typedef struct {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
} DLDataType;

/* `strides`, in elements, may be NULL for C order; the first element is at data + byte_offset. */
typedef struct {
  void *data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t *shape;
  int64_t *strides;
  uint64_t byte_offset;
} DLTensor;

typedef struct DLManagedTensor {
  DLTensor dl_tensor;
  void *manager_ctx;
  void (*deleter)(struct DLManagedTensor *self);
} DLManagedTensor;
#endif

#ifndef DLPACK_MAJOR_VERSION
#define DLPACK_MAJOR_VERSION 1
#define DLPACK_MINOR_VERSION 0
#define DLPACK_FLAG_BITMASK_READ_ONLY UINT64_C(1)
#define DLPACK_FLAG_BITMASK_IS_COPIED UINT64_C(2)

typedef struct {
  uint32_t major;
  uint32_t minor;
} DLPackVersion;

typedef struct DLManagedTensorVersioned {
  DLPackVersion version;
  void *manager_ctx;
  void (*deleter)(struct DLManagedTensorVersioned *self);
  uint64_t flags;
  DLTensor dl_tensor;
} DLManagedTensorVersioned;
#endif

/* DLPack's code for bool, which headers before 0.8 do not name. */
#define MFG_DLPACK_BOOL 6

/* Evaluates the array, waits for it, and passes its memory on without a copy. The caller owns
 * *tensor and calls its deleter once, on the thread that uses the context; the memory lives until
 * then, also when the array is released. Closing the context before ends the memory: release what
 * was exported first. A broadcast view is exported by the versioned call alone, marked read-only.
 * Errors: MFG_ERROR_UNSUPPORTED (the backend has no memory that others can use),
 * MFG_ERROR_RECORDING, and those of evaluation; *tensor is NULL then. */
MFG_API mfg_status mfg_to_dlpack(mfg_array *array, DLManagedTensor **tensor);
MFG_API mfg_status mfg_to_dlpack_versioned(mfg_array *array, DLManagedTensorVersioned **tensor);

/* An array over somebody else's memory, without a copy where the device can use it in place, else a
 * copy. On success the tensor is ours: its deleter is called once, when the last array over the
 * memory goes (at once after a copy). On failure (NULL, with the error in the scope) it stays the
 * caller's. Errors: MFG_ERROR_TYPE (an element type that this library does not compute with),
 * MFG_ERROR_SHAPE, MFG_ERROR_UNSUPPORTED (memory of a device that the context cannot reach, a major
 * version other than 1), MFG_ERROR_INVALID_ARGUMENT. */
MFG_API mfg_array *mfg_from_dlpack(mfg_scope *scope, DLManagedTensor *tensor);
MFG_API mfg_array *mfg_from_dlpack_versioned(mfg_scope *scope, DLManagedTensorVersioned *tensor);

/* Announces that somebody else is about to write to memory shared with this array: waits for all
 * queued work, and lets pending expressions that read the memory keep the content of now. */
MFG_API mfg_status mfg_touch(mfg_array *array);

#ifdef __cplusplus
}
#endif

#endif
