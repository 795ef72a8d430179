/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dlpack/host.h"

#include <mfg/sdk.h>
#include <stdlib.h>
#include <string.h>

#include "array/promotion.h"
#include "fusion/builder.h"
#include "support/error.h"

/* The first instruction: the element of the source, with strides in the kernel's space. */
static int32_t load(mfg_builder *builder, const mfg_tensor_view *source) {
  mfg_bound bound = {.block = NULL};
  int more = builder->rank - source->rank;
  for (int axis = 0; axis < source->rank; axis++)
    bound.strides[axis + more] = source->shape[axis] == 1 ? 0 : source->strides[axis];
  mfg_kernel_instruction instruction = {
      .operation = MFG_OP_LOAD,
      .type = source->type,
      .arguments = {-1, -1, -1},
      .slot = mfg_builder_operand(builder, source->type, MFG_OPERAND_READ, &bound)};
  return mfg_builder_emit(builder, &builder->prologue, &instruction);
}

static int32_t apply(mfg_builder *builder, uint32_t operation, mfg_dtype type, int32_t value) {
  return mfg_builder_emit_operation(builder, &builder->prologue, operation, type, value, -1, -1);
}

/* The value after `operation`, with its type. A float is needed by those that classify. */
static int32_t classify(mfg_builder *builder, uint32_t operation, int32_t value, mfg_dtype *type) {
  if (operation == 0) return value;
  if (!mfg_type_is_float(*type)) value = apply(builder, MFG_OP_CONVERT, MFG_FLOAT64, value);
  *type = MFG_BOOL;
  return apply(builder, operation, MFG_BOOL, value);
}

static mfg_status run(mfg_builder *builder, char *const *memory) {
  mfg_kernel_description description;
  mfg_builder_finish(builder, &description);
  mfg_kernel_binding bindings[MFG_BUILDER_OPERANDS];
  void *addresses[MFG_BUILDER_OPERANDS];
  for (uint32_t i = 0; i < builder->operand_count; i++) {
    bindings[i] = (mfg_kernel_binding){.strides = builder->bounds[i].strides};
    addresses[i] = memory[i];
  }
  mfg_kernel_launch launch = {.struct_size = sizeof launch,
                              .extents = builder->extents,
                              .bindings = {bindings, builder->operand_count, sizeof bindings[0]}};
  char text[256] = "";
  mfg_plugin_error error = {sizeof error, MFG_OK, 0, text, sizeof text};
  mfg_status status = mfg_reference_run(&description, &launch, addresses, &error);
  return status == MFG_OK ? MFG_OK : mfg_fail(status, "working in host memory: %s", text);
}

static mfg_status map_apart(uint32_t operation, const mfg_tensor_view *source,
                            const mfg_tensor_view *target) {
  mfg_builder *builder = mfg_builder_new(NULL, target->rank, target->shape);
  if (builder == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  mfg_dtype type = source->type;
  int32_t value = classify(builder, operation, load(builder, source), &type);
  if (type != target->type) value = apply(builder, MFG_OP_CONVERT, target->type, value);
  mfg_bound bound = {.block = NULL};
  memcpy(bound.strides, target->strides, sizeof bound.strides);
  builder->outputs[builder->output_count++] = (mfg_kernel_output){
      mfg_builder_operand(builder, target->type, MFG_OPERAND_WRITE, &bound), value};
  char *memory[2] = {source->first, target->first};
  mfg_status status = run(builder, memory);
  free(builder);
  return status;
}

static bool overlaps(const mfg_tensor_view *a, const mfg_tensor_view *b) {
  const char *a_first = a->first + a->low * (int64_t)mfg_dtype_size(a->type);
  const char *b_first = b->first + b->low * (int64_t)mfg_dtype_size(b->type);
  return a->bytes > 0 && b->bytes > 0 && a_first < b_first + b->bytes &&
         b_first < a_first + a->bytes;
}

/* A view of C-ordered memory. */
static mfg_tensor_view ordered(const mfg_tensor_view *like, void *data) {
  mfg_tensor_view view = *like;
  mfg_shape_strides(view.rank, view.shape, view.strides);
  view.first = data;
  view.low = 0;
  view.bytes = (uint64_t)mfg_shape_size(view.rank, view.shape) * mfg_dtype_size(view.type);
  return view;
}

mfg_status mfg_host_pack(const mfg_tensor_view *source, void *data) {
  mfg_tensor_view packed = ordered(source, data);
  return map_apart(0, source, &packed);
}

mfg_status mfg_host_map(uint32_t operation, const mfg_tensor_view *source,
                        const mfg_tensor_view *target) {
  int rank = target->rank;
  int64_t shape[MFG_MAX_RANK];
  memcpy(shape, target->shape, sizeof shape);
  if (source->rank > rank || !mfg_shape_broadcast(source->rank, source->shape, &rank, shape) ||
      !mfg_shape_equal(rank, shape, target->shape)) {
    char from[192];
    char to[192];
    return mfg_fail(MFG_ERROR_SHAPE, "shape %s into shape %s",
                    mfg_shape_text(source->rank, source->shape, from, sizeof from),
                    mfg_shape_text(target->rank, target->shape, to, sizeof to));
  }
  if (!overlaps(source, target)) return map_apart(operation, source, target);
  uint64_t bytes =
      (uint64_t)mfg_shape_size(source->rank, source->shape) * mfg_dtype_size(source->type);
  void *data = malloc(bytes);
  if (data == NULL) return mfg_fail_memory(bytes, "a copy of overlapping memory");
  mfg_tensor_view copy = ordered(source, data);
  mfg_status status = map_apart(0, source, &copy);
  if (status == MFG_OK) status = map_apart(operation, &copy, target);
  free(data);
  return status;
}

mfg_status mfg_host_test(uint32_t reduction, uint32_t operation, bool invert,
                         const mfg_tensor_view *source, bool *result) {
  /* A space of one axis more, so that a tensor of rank 0 has an axis to be reduced. */
  mfg_tensor_view view = *source;
  if (view.rank == 0) {
    view.rank = 1;
    view.shape[0] = 1;
    view.strides[0] = 0;
  }
  mfg_builder *builder = mfg_builder_new(NULL, view.rank, view.shape);
  if (builder == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  mfg_dtype type = view.type;
  int32_t value = classify(builder, operation, load(builder, &view), &type);
  if (type != MFG_BOOL) value = apply(builder, MFG_OP_CONVERT, MFG_BOOL, value);
  if (invert) value = apply(builder, MFG_OP_LOGICAL_NOT, MFG_BOOL, value);
  builder->pattern.kind = MFG_PATTERN_REDUCE;
  builder->pattern.axes = (1u << view.rank) - 1;
  builder->pattern.count = 1;
  builder->pattern.values[0] = value;
  builder->pattern.operations[0] = (uint8_t)reduction;
  mfg_kernel_instruction out = {
      .operation = MFG_OP_RESULT, .type = MFG_BOOL, .arguments = {-1, -1, -1}};
  int32_t found = mfg_builder_emit(builder, &builder->epilogue, &out);
  mfg_bound bound = {.block = NULL};
  builder->outputs[builder->output_count++] =
      (mfg_kernel_output){mfg_builder_operand(builder, MFG_BOOL, MFG_OPERAND_WRITE, &bound), found};
  uint8_t answer = 0;
  char *memory[2] = {view.first, (char *)&answer};
  mfg_status status = run(builder, memory);
  free(builder);
  *result = answer != 0;
  return status;
}
