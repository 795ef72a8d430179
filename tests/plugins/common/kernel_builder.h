/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kernel description under construction, with its launch and the arrays behind it, and the run
 * of it on a plugin and by the reference executor. For tests only: everything has a fixed limit. */
#ifndef MFG_TEST_KERNEL_BUILDER_H
#define MFG_TEST_KERNEL_BUILDER_H

#include <mfg/plugin.h>
#include <mfg/sdk.h>

#define BUILDER_LIMIT 64

typedef struct kernel_builder {
  mfg_kernel_operand operands[BUILDER_LIMIT];
  mfg_kernel_binding bindings[BUILDER_LIMIT];
  int64_t strides[BUILDER_LIMIT][MFG_MAX_RANK];
  int64_t own_extents[BUILDER_LIMIT][MFG_MAX_RANK];
  unsigned char *arrays[BUILDER_LIMIT];   /* what the plugin starts from */
  unsigned char *expected[BUILDER_LIMIT]; /* what the reference executor leaves */
  int alias[BUILDER_LIMIT];               /* operand whose buffer this one shares, or -1 */
  uint64_t sizes[BUILDER_LIMIT];
  mfg_kernel_scalar scalars[8];
  mfg_scalar scalar_values[8];
  mfg_kernel_site sites[16];
  mfg_kernel_step steps[32];
  mfg_kernel_instruction prologue[128], epilogue[64];
  mfg_kernel_pattern pattern;
  mfg_kernel_output outputs[MFG_MAX_RESULTS];
  mfg_kernel_reduction reductions[MFG_MAX_RESULTS];
  int64_t extents[MFG_MAX_RANK];
  mfg_kernel_description description;
  mfg_kernel_launch launch;
} kernel_builder;

/* Starts a MAP over a space; freed with builder_clear. */
kernel_builder *builder_new(uint32_t rank, const int64_t *extents);
void builder_clear(kernel_builder *builder);

/* Adds an array over the space, row-major, constant along the axes in `broadcast`, filled with
 * numbers that depend on `seed` (a READ operand) or with a mark (a WRITE operand). Returns its
 * number. */
uint32_t builder_read(kernel_builder *builder, mfg_dtype type, uint32_t broadcast, uint32_t seed);
uint32_t builder_write(kernel_builder *builder, mfg_dtype type, uint32_t broadcast);
/* A WRITE operand over the memory of READ operand `other`. */
uint32_t builder_write_over(kernel_builder *builder, uint32_t other);
/* A gathered operand with `length` elements along `axis`. */
uint32_t builder_gathered(kernel_builder *builder, mfg_dtype type, uint32_t axis, int64_t length,
                          uint32_t seed);
double *builder_float64(kernel_builder *builder, uint32_t operand);

uint32_t builder_site(kernel_builder *builder); /* number for instructions: 1 and up */
void builder_step(kernel_builder *builder, uint32_t axis, int64_t offset, uint32_t boundary,
                  mfg_scalar fill);

/* Instructions; `epilogue` says where. Each returns the value's position. */
int32_t builder_load(kernel_builder *builder, bool epilogue, uint32_t operand, uint32_t site);
int32_t builder_index(kernel_builder *builder, bool epilogue, uint32_t axis, uint32_t site);
int32_t builder_extent(kernel_builder *builder, bool epilogue, uint32_t axis);
int32_t builder_number(kernel_builder *builder, bool epilogue, mfg_dtype type, double value);
int32_t builder_scalar(kernel_builder *builder, bool epilogue, mfg_dtype type, mfg_scalar value);
int32_t builder_gather(kernel_builder *builder, uint32_t operand, uint32_t axis, int32_t index);
int32_t builder_result(kernel_builder *builder, uint32_t slot, mfg_dtype type);
int32_t builder_apply(kernel_builder *builder, bool epilogue, uint32_t operation, mfg_dtype type,
                      int32_t a, int32_t b, int32_t c);
void builder_output(kernel_builder *builder, uint32_t operand, int32_t value);
void builder_reduction(kernel_builder *builder, uint32_t operation, uint32_t axes, int32_t value);
mfg_dtype builder_type(const kernel_builder *builder, bool epilogue, int32_t position);

/* Runs on the plugin's queue and by the reference executor and compares every byte of every WRITE
 * operand; floats may differ by `tolerance` relative to 1 and to the value. NULL where they agree,
 * else what differs: static, overwritten by the next call. */
const char *builder_compare(kernel_builder *builder, const mfg_plugin *plugin,
                            mfg_plugin_device *device, mfg_plugin_queue *queue, double tolerance);

#endif
