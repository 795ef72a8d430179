/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One kernel with arrays, run by the plugin and by the reference executor, and the answers
 * compared.
 *
 * Every buffer is compared whole: what a kernel writes beyond its elements, or into an operand that
 * it only reads, is found as well. */
#ifndef MFG_CHECK_LAUNCH_H
#define MFG_CHECK_LAUNCH_H

#include "conformance.h"
#include "kernel_builder.h"

#define CHECK_MAX_OPERANDS 40
#define CHECK_MAX_SCALARS 8

/* Every type of kernels, as the elements of an array. */
#define CHECK_TYPE_(symbol, member, T) MFG_##symbol,
#define CHECK_TYPES                                                                                \
  { MFG_KERNEL_TYPES(CHECK_TYPE_) }

/* How near an element must come. NaN equals NaN, whatever its bits. */
typedef enum check_closeness {
  CHECK_EXACT,       /* the same bits */
  CHECK_ZEROS_EQUAL, /* the same number: a zero of either sign */
  CHECK_ULP,         /* at most `amount` representable numbers away */
  CHECK_ABSOLUTE     /* at most `amount` away */
} check_closeness;

/* How an operand lies in memory. */
typedef enum check_layout {
  CHECK_DENSE,      /* row-major, the last axis consecutive */
  CHECK_GAPS,       /* every second element, rows apart, three elements into the buffer */
  CHECK_REVERSED,   /* row-major with every stride negative */
  CHECK_TRANSPOSED, /* the first axis consecutive */
  CHECK_LAYOUTS
} check_layout;

/* What an operand holds before the launch. */
typedef enum check_content {
  CHECK_SMALL,    /* floats in [-2, 2], integers in [-9, 9] */
  CHECK_NEAR_ONE, /* floats in [0.5, 1.5], integers 1 to 3 */
  CHECK_SPECIAL   /* NaN, infinities, zeros, denormals, extremes, and ordinary numbers between */
} check_content;

typedef struct check_operand {
  int64_t strides[MFG_MAX_RANK];
  int64_t extents[MFG_MAX_RANK]; /* its own */
  int64_t first;                 /* element of the buffer at index 0 */
  int64_t length;                /* elements of the buffer */
  int32_t shares;                /* operand whose buffer this one uses, or -1 */
  void *content;
  check_closeness closeness;
  double amount;
} check_operand;

typedef struct check_launch {
  const mfg_kernel_description *kernel;
  int64_t extents[MFG_MAX_RANK];
  mfg_scalar scalars[CHECK_MAX_SCALARS];
  check_operand operands[CHECK_MAX_OPERANDS];
  uint64_t seed;
} check_launch;

/* Dense operands over the space that each of them has, filled with small numbers; an axis of stride
 * class ZERO gets stride 0. */
void check_launch_open(check_launch *launch, const mfg_kernel_description *kernel,
                       const int64_t *extents, uint64_t seed);
void check_launch_close(check_launch *launch);

/* Changes one operand; its content is made anew. */
void check_launch_layout(check_launch *launch, uint32_t operand, check_layout layout);
void check_launch_fill(check_launch *launch, uint32_t operand, check_content content);
/* Own extents of a gathered operand, laid out densely. */
void check_launch_own_extents(check_launch *launch, uint32_t operand, const int64_t *extents);
/* Lets `operand` lie where `other` lies. */
void check_launch_share(check_launch *launch, uint32_t operand, uint32_t other);
/* Closeness of everything that is written. */
void check_launch_closeness(check_launch *launch, check_closeness closeness, double amount);

/* Runs the kernel on both sides, twice on the plugin's, and settles the case: the answers are near
 * enough, and the plugin's two answers have the same bits. Skips where the device has not the types
 * or the plugin does not support the kernel. */
void check_launch_compare(check_run *run, const check_launch *launch);

/* The pieces of the above, for cases that queue a kernel in their own way. */

/* A prepared kernel, or NULL with the case settled. */
mfg_plugin_kernel *check_prepare(check_run *run, const mfg_kernel_description *kernel);
/* The bytes that every buffer holds after the reference has run; shared operands have NULL. Freed
 * with check_images_free. */
bool check_reference_images(check_run *run, const check_launch *launch, void **images);
void check_images_free(void **images);
/* Fills in a launch over `buffers`. `bindings` has room for every operand. */
mfg_kernel_launch check_bind(const check_launch *launch, mfg_plugin_buffer *const *buffers,
                             mfg_kernel_binding *bindings);
/* Buffers with the content of the operands; on failure the case has failed. */
bool check_upload(check_run *run, const check_launch *launch, mfg_plugin_buffer **buffers);
bool check_download(check_run *run, const check_launch *launch, mfg_plugin_buffer *const *buffers,
                    void **images);
void check_buffers_free(check_run *run, const check_launch *launch, mfg_plugin_buffer **buffers);
/* Fails the case where the images differ by more than the operands' closeness. */
void check_images_compare(check_run *run, const check_launch *launch, void *const *found,
                          void *const *expected);
/* Bytes of an operand's buffer. */
size_t check_operand_bytes(const check_launch *launch, uint32_t operand);

/* The next number of a generator that gives the same sequence everywhere. */
uint64_t check_random(uint64_t *state);

#endif
