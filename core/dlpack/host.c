/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dlpack/host.h"

#include <mfg/sdk.h>
#include <stdlib.h>
#include <string.h>

#include "array/promotion.h"
#include "fusion/builder.h"
#include "support/error.h"

/* A small kernel over tensors: the memory of each operand stands beside it. A complex element is
 * two numbers, which are two operands. */
typedef struct host_kernel {
  mfg_builder *builder;
  char *memory[MFG_BUILDER_OPERANDS];
} host_kernel;

/* A value of one or two numbers. */
typedef struct host_value {
  mfg_dtype type;
  int32_t parts[2]; /* the second is -1 for a real type */
} host_value;

static int part_count(mfg_dtype type) {
  return mfg_is_dtype(type, MFG_KIND_COMPLEX_FLOAT) ? 2 : 1;
}

/* The operand for one number of each element of a tensor, with strides in the kernel's space. */
static uint32_t operand(host_kernel *kernel, const mfg_tensor_view *view, int part, uint8_t flags) {
  mfg_builder *builder = kernel->builder;
  mfg_dtype real = mfg_real_type(view->type);
  mfg_bound bound = {.block = NULL, .offset = part};
  int more = builder->rank - view->rank;
  for (int axis = 0; axis < view->rank; axis++)
    bound.strides[axis + more] =
        view->shape[axis] == 1 ? 0 : view->strides[axis] * part_count(view->type);
  uint32_t number = mfg_builder_operand(builder, real, flags, &bound);
  kernel->memory[number] = view->first + (size_t)part * mfg_dtype_size(real);
  return number;
}

static host_value load(host_kernel *kernel, const mfg_tensor_view *source) {
  host_value value = {source->type, {-1, -1}};
  for (int part = 0; part < part_count(source->type); part++) {
    mfg_kernel_instruction instruction = {.operation = MFG_OP_LOAD,
                                          .type = mfg_real_type(source->type),
                                          .arguments = {-1, -1, -1},
                                          .slot = operand(kernel, source, part, MFG_OPERAND_READ)};
    value.parts[part] = mfg_builder_emit(kernel->builder, &kernel->builder->prologue, &instruction);
  }
  return value;
}

static int32_t apply(host_kernel *kernel, uint32_t operation, mfg_dtype type, int32_t a,
                     int32_t b) {
  return mfg_builder_emit_operation(kernel->builder, &kernel->builder->prologue, operation, type, a,
                                    b, -1);
}

/* One bool from those of the parts. */
static host_value joined(host_kernel *kernel, uint32_t operation, host_value value) {
  if (value.parts[1] >= 0)
    value.parts[0] = apply(kernel, operation, MFG_BOOL, value.parts[0], value.parts[1]);
  return (host_value){MFG_BOOL, {value.parts[0], -1}};
}

static host_value convert(host_kernel *kernel, host_value value, mfg_dtype type) {
  mfg_dtype to = mfg_real_type(type);
  for (int part = 0; part < part_count(value.type); part++)
    if (mfg_real_type(value.type) != to)
      value.parts[part] = apply(kernel, MFG_OP_CONVERT, to, value.parts[part], -1);
  if (type == MFG_BOOL) return joined(kernel, MFG_OP_LOGICAL_OR, value);
  if (part_count(type) > part_count(value.type))
    value.parts[1] = mfg_builder_emit_constant(kernel->builder, &kernel->builder->prologue, to,
                                               (mfg_scalar){.bits = 0});
  value.type = type;
  return value;
}

/* The value after `operation`; one of those that classify, which need a float. */
static host_value classify(host_kernel *kernel, uint32_t operation, host_value value) {
  if (operation == 0) return value;
  if (mfg_is_dtype(value.type, MFG_KIND_BOOL | MFG_KIND_INTEGER))
    value = convert(kernel, value, MFG_FLOAT64);
  for (int part = 0; part < part_count(value.type); part++)
    value.parts[part] = apply(kernel, operation, MFG_BOOL, value.parts[part], -1);
  bool all = operation == MFG_OP_ISFINITE;
  return joined(kernel, all ? MFG_OP_LOGICAL_AND : MFG_OP_LOGICAL_OR, value);
}

static mfg_status run(const host_kernel *kernel) {
  mfg_builder *builder = kernel->builder;
  mfg_kernel_description description;
  mfg_builder_finish(builder, &description);
  mfg_kernel_binding bindings[MFG_BUILDER_OPERANDS];
  void *addresses[MFG_BUILDER_OPERANDS];
  for (uint32_t i = 0; i < builder->operand_count; i++) {
    bindings[i] = (mfg_kernel_binding){.strides = builder->bounds[i].strides};
    addresses[i] = kernel->memory[i];
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
  host_kernel kernel = {.builder = mfg_builder_new(NULL, target->rank, target->shape)};
  if (kernel.builder == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  host_value value = classify(&kernel, operation, load(&kernel, source));
  if (value.type != target->type) value = convert(&kernel, value, target->type);
  for (int part = 0; part < part_count(target->type); part++) {
    uint32_t written = operand(&kernel, target, part, MFG_OPERAND_WRITE);
    kernel.builder->outputs[kernel.builder->output_count++] =
        (mfg_kernel_output){written, value.parts[part]};
  }
  mfg_status status = run(&kernel);
  free(kernel.builder);
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
  host_kernel kernel = {.builder = mfg_builder_new(NULL, view.rank, view.shape)};
  mfg_builder *builder = kernel.builder;
  if (builder == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  host_value value = classify(&kernel, operation, load(&kernel, &view));
  if (value.type != MFG_BOOL) value = convert(&kernel, value, MFG_BOOL);
  if (invert) value.parts[0] = apply(&kernel, MFG_OP_LOGICAL_NOT, MFG_BOOL, value.parts[0], -1);
  builder->pattern.kind = MFG_PATTERN_REDUCE;
  builder->pattern.axes = (1u << view.rank) - 1;
  builder->pattern.count = 1;
  builder->pattern.values[0] = value.parts[0];
  builder->pattern.operations[0] = (uint8_t)reduction;
  mfg_kernel_instruction out = {
      .operation = MFG_OP_RESULT, .type = MFG_BOOL, .arguments = {-1, -1, -1}};
  int32_t found = mfg_builder_emit(builder, &builder->epilogue, &out);
  uint8_t answer = 0;
  mfg_tensor_view single = {.type = MFG_BOOL, .first = (char *)&answer};
  builder->outputs[builder->output_count++] =
      (mfg_kernel_output){operand(&kernel, &single, 0, MFG_OPERAND_WRITE), found};
  mfg_status status = run(&kernel);
  free(builder);
  *result = answer != 0;
  return status;
}
