/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel_builder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory) {
  if (!memory) abort();
  return memory;
}

kernel_builder *builder_new(uint32_t rank, const int64_t *extents) {
  kernel_builder *b = checked(calloc(1, sizeof *b));
  for (uint32_t axis = 0; axis < rank; axis++)
    b->extents[axis] = extents[axis];
  b->pattern = (mfg_kernel_pattern){.struct_size = sizeof b->pattern, .kind = MFG_PATTERN_MAP};
  b->description =
      (mfg_kernel_description){.struct_size = sizeof b->description,
                               .rank = (uint8_t)rank,
                               .index_width = 32,
                               .operands = {b->operands, 0, sizeof *b->operands},
                               .scalars = {b->scalars, 0, sizeof *b->scalars},
                               .sites = {b->sites, 0, sizeof *b->sites},
                               .steps = {b->steps, 0, sizeof *b->steps},
                               .prologue = {b->prologue, 0, sizeof *b->prologue},
                               .pattern = &b->pattern,
                               .epilogue = {b->epilogue, 0, sizeof *b->epilogue},
                               .outputs = {b->outputs, 0, sizeof *b->outputs},
                               .reductions = {b->reductions, 0, sizeof *b->reductions}};
  b->launch = (mfg_kernel_launch){.struct_size = sizeof b->launch,
                                  .extents = b->extents,
                                  .bindings = {b->bindings, 0, sizeof *b->bindings},
                                  .scalars = {b->scalar_values, 0, sizeof *b->scalar_values}};
  return b;
}

void builder_clear(kernel_builder *b) {
  for (uint32_t i = 0; i < b->description.operands.count; i++) {
    if (b->alias[i] >= 0) continue;
    free(b->arrays[i]);
    free(b->expected[i]);
  }
  free(b);
}

/* ---- operands ------------------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

static void fill_array(unsigned char *array, mfg_dtype type, uint64_t count, uint32_t seed) {
  uint32_t state = seed * 2654435761u + 12345u;
  for (uint64_t i = 0; i < count; i++) {
    uint32_t bits = next_random(&state);
    double number = (double)bits / 8388608.0 - 1.0;
    float single = (float)number;
    int64_t whole = (int64_t)(bits % 41) - 20;
    size_t size = mfg_dtype_size(type);
    if (type == MFG_BOOL) array[i] = bits & 1;
    if (type >= MFG_INT8 && type <= MFG_UINT64) memcpy(array + size * i, &whole, size);
    if (type == MFG_FLOAT32) memcpy(array + 4 * i, &single, 4);
    if (type == MFG_FLOAT64) memcpy(array + 8 * i, &number, 8);
  }
}

/* A row-major array with two elements before its start, so that offsets count. */
static uint32_t add_operand(kernel_builder *b, mfg_dtype type, uint8_t flags, uint32_t broadcast,
                            const int64_t *extents, uint32_t seed) {
  uint32_t index = b->description.operands.count++, rank = b->description.rank;
  uint64_t size = mfg_dtype_size(type);
  int64_t stride = 1;
  b->launch.bindings.count++;
  b->operands[index] = (mfg_kernel_operand){.type = type, .flags = flags};
  for (uint32_t axis = rank; axis-- > 0;) {
    bool varies = (broadcast >> axis & 1) == 0;
    b->strides[index][axis] = varies ? stride : 0;
    b->operands[index].stride_class[axis] = !varies       ? MFG_STRIDE_ZERO
                                            : stride == 1 ? MFG_STRIDE_UNIT
                                                          : MFG_STRIDE_GENERAL;
    b->own_extents[index][axis] = extents[axis];
    if (varies && extents[axis] > 1) stride *= extents[axis];
  }
  b->sizes[index] = ((uint64_t)stride + 3) * size;
  b->arrays[index] = checked(malloc(b->sizes[index]));
  b->expected[index] = checked(malloc(b->sizes[index]));
  memset(b->arrays[index], 0, b->sizes[index]);
  if (flags & MFG_OPERAND_READ) fill_array(b->arrays[index], type, (uint64_t)stride + 3, seed);
  b->alias[index] = -1;
  b->bindings[index] =
      (mfg_kernel_binding){.offset = (int64_t)(2 * size),
                           .strides = b->strides[index],
                           .extents = flags & MFG_OPERAND_GATHER ? b->own_extents[index] : NULL};
  return index;
}

uint32_t builder_read(kernel_builder *b, mfg_dtype type, uint32_t broadcast, uint32_t seed) {
  return add_operand(b, type, MFG_OPERAND_READ, broadcast, b->extents, seed);
}

uint32_t builder_write(kernel_builder *b, mfg_dtype type, uint32_t broadcast) {
  return add_operand(b, type, MFG_OPERAND_WRITE, broadcast, b->extents, 0);
}

uint32_t builder_write_over(kernel_builder *b, uint32_t other) {
  uint32_t index = b->description.operands.count++;
  b->launch.bindings.count++;
  b->operands[index] = b->operands[other];
  b->operands[index].flags = MFG_OPERAND_WRITE;
  b->bindings[index] = b->bindings[other];
  b->arrays[index] = b->arrays[other];
  b->expected[index] = b->expected[other];
  b->sizes[index] = b->sizes[other];
  b->alias[index] = (int)other;
  return index;
}

uint32_t builder_gathered(kernel_builder *b, mfg_dtype type, uint32_t axis, int64_t length,
                          uint32_t seed) {
  int64_t extents[MFG_MAX_RANK];
  memcpy(extents, b->extents, sizeof extents);
  extents[axis] = length;
  return add_operand(b, type, MFG_OPERAND_READ | MFG_OPERAND_GATHER, 0, extents, seed);
}

double *builder_float64(kernel_builder *b, uint32_t operand) {
  return (double *)(void *)(b->arrays[operand] + b->bindings[operand].offset);
}

/* ---- sites and instructions ----------------------------------------------------------------- */

uint32_t builder_site(kernel_builder *b) {
  b->sites[b->description.sites.count] =
      (mfg_kernel_site){.first = b->description.steps.count, .count = 0};
  return ++b->description.sites.count;
}

void builder_step(kernel_builder *b, uint32_t axis, int64_t offset, uint32_t boundary,
                  mfg_scalar fill) {
  b->steps[b->description.steps.count++] = (mfg_kernel_step){
      .offset = offset, .fill = fill, .axis = (uint8_t)axis, .boundary = (uint8_t)boundary};
  b->sites[b->description.sites.count - 1].count++;
}

static mfg_kernel_instruction *append(kernel_builder *b, bool epilogue, uint32_t operation,
                                      mfg_dtype type) {
  mfg_span *section = epilogue ? &b->description.epilogue : &b->description.prologue;
  mfg_kernel_instruction *instruction = (epilogue ? b->epilogue : b->prologue) + section->count++;
  *instruction = (mfg_kernel_instruction){
      .operation = (uint16_t)operation, .type = type, .arguments = {-1, -1, -1}};
  return instruction;
}

static int32_t last(const kernel_builder *b, bool epilogue) {
  return (int32_t)(epilogue ? b->description.epilogue.count : b->description.prologue.count) - 1;
}

mfg_dtype builder_type(const kernel_builder *b, bool epilogue, int32_t position) {
  return (epilogue ? b->epilogue : b->prologue)[position].type;
}

int32_t builder_load(kernel_builder *b, bool epilogue, uint32_t operand, uint32_t site) {
  mfg_kernel_instruction *load = append(b, epilogue, MFG_OP_LOAD, b->operands[operand].type);
  load->slot = operand;
  load->site = site;
  return last(b, epilogue);
}

int32_t builder_index(kernel_builder *b, bool epilogue, uint32_t axis, uint32_t site) {
  mfg_kernel_instruction *index = append(b, epilogue, MFG_OP_INDEX, MFG_INT64);
  index->axis = (uint8_t)axis;
  index->site = site;
  return last(b, epilogue);
}

int32_t builder_extent(kernel_builder *b, bool epilogue, uint32_t axis) {
  append(b, epilogue, MFG_OP_EXTENT, MFG_INT64)->axis = (uint8_t)axis;
  return last(b, epilogue);
}

int32_t builder_number(kernel_builder *b, bool epilogue, mfg_dtype type, double value) {
  mfg_kernel_instruction *constant = append(b, epilogue, MFG_OP_CONSTANT, type);
  if (type == MFG_BOOL) constant->value.boolean = value != 0;
  if (type == MFG_INT32) constant->value.int32 = (int32_t)value;
  if (type == MFG_INT64) constant->value.int64 = (int64_t)value;
  if (type == MFG_FLOAT32) constant->value.float32 = (float)value;
  if (type == MFG_FLOAT64) constant->value.float64 = value;
  return last(b, epilogue);
}

int32_t builder_scalar(kernel_builder *b, bool epilogue, mfg_dtype type, mfg_scalar value) {
  uint32_t slot = b->description.scalars.count++;
  b->launch.scalars.count++;
  b->scalars[slot].type = type;
  b->scalar_values[slot] = value;
  append(b, epilogue, MFG_OP_SCALAR, type)->slot = slot;
  return last(b, epilogue);
}

int32_t builder_gather(kernel_builder *b, uint32_t operand, uint32_t axis, int32_t index) {
  mfg_kernel_instruction *gather = append(b, false, MFG_OP_GATHER, b->operands[operand].type);
  gather->slot = operand;
  gather->axis = (uint8_t)axis;
  gather->arguments[0] = index;
  return last(b, false);
}

int32_t builder_result(kernel_builder *b, uint32_t slot, mfg_dtype type) {
  append(b, true, MFG_OP_RESULT, type)->slot = slot;
  return last(b, true);
}

int32_t builder_apply(kernel_builder *b, bool epilogue, uint32_t operation, mfg_dtype type,
                      int32_t a, int32_t second, int32_t c) {
  mfg_kernel_instruction *instruction = append(b, epilogue, operation, type);
  const int32_t arguments[3] = {a, second, c};
  for (int i = 0; i < mfg_operation_arity(operation); i++)
    instruction->arguments[i] = arguments[i];
  return last(b, epilogue);
}

void builder_output(kernel_builder *b, uint32_t operand, int32_t value) {
  b->outputs[b->description.outputs.count++] =
      (mfg_kernel_output){.operand = operand, .value = value};
}

void builder_reduction(kernel_builder *b, uint32_t operation, uint32_t axes, int32_t value) {
  bool map = b->pattern.kind == MFG_PATTERN_MAP;
  mfg_dtype type = builder_type(b, !map, value);
  if (operation == MFG_REDUCE_ARGMIN || operation == MFG_REDUCE_ARGMAX) type = MFG_INT64;
  b->reductions[b->description.reductions.count++] =
      (mfg_kernel_reduction){.operand = builder_write(b, type, axes),
                             .value = value,
                             .axes = axes,
                             .operation = (uint8_t)operation};
}

/* ---- running -------------------------------------------------------------------------------- */

static char difference[1024];

static mfg_status run_reference(kernel_builder *b, mfg_plugin_error *error) {
  void *memory[BUILDER_LIMIT];
  for (uint32_t i = 0; i < b->description.operands.count; i++) {
    memory[i] = b->expected[i];
    if (b->alias[i] < 0) memcpy(b->expected[i], b->arrays[i], b->sizes[i]);
  }
  return mfg_reference_run(&b->description, &b->launch, memory, error);
}

static mfg_status run_plugin(kernel_builder *b, const mfg_plugin *plugin, mfg_plugin_device *device,
                             mfg_plugin_queue *queue, mfg_plugin_error *error) {
  mfg_plugin_kernel *kernel = NULL;
  uint32_t count = b->description.operands.count;
  mfg_status status = plugin->kernel->prepare(device, &b->description, &kernel, error);
  for (uint32_t i = 0; i < count && status == MFG_OK; i++) {
    if (b->alias[i] >= 0) {
      b->bindings[i].buffer = b->bindings[b->alias[i]].buffer;
      continue;
    }
    status = plugin->buffer->allocate(device, b->sizes[i], &b->bindings[i].buffer, error);
    if (status == MFG_OK)
      status =
          plugin->buffer->upload(queue, b->bindings[i].buffer, 0, b->arrays[i], b->sizes[i], error);
  }
  if (status == MFG_OK) status = plugin->kernel->launch(queue, kernel, &b->launch, error);
  for (uint32_t i = 0; i < count && status == MFG_OK; i++)
    if (b->alias[i] < 0)
      status = plugin->buffer->download(queue, b->bindings[i].buffer, 0, b->arrays[i], b->sizes[i],
                                        error);
  for (uint32_t i = 0; i < count; i++) {
    if (b->bindings[i].buffer && b->alias[i] < 0)
      plugin->buffer->free(device, b->bindings[i].buffer);
    b->bindings[i].buffer = NULL;
  }
  if (kernel) plugin->kernel->release(kernel);
  return status;
}

static bool agree(double a, double b, double tolerance) {
  if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
  if (isinf(a) || isinf(b)) return a == b;
  return fabs(a - b) <= tolerance * fmax(1, fabs(b));
}

static double element(const unsigned char *array, mfg_dtype type, uint64_t i) {
  float single;
  double number;
  if (type == MFG_FLOAT32) {
    memcpy(&single, array + 4 * i, 4);
    return (double)single;
  }
  memcpy(&number, array + 8 * i, 8);
  return number;
}

static const char *compare_operand(const kernel_builder *b, uint32_t operand, double tolerance) {
  mfg_dtype type = b->operands[operand].type;
  uint64_t size = mfg_dtype_size(type), count = b->sizes[operand] / size;
  const unsigned char *got = b->arrays[operand], *expected = b->expected[operand];
  for (uint64_t i = 0; i < count; i++) {
    bool floats = type == MFG_FLOAT32 || type == MFG_FLOAT64;
    if (floats ? agree(element(got, type, i), element(expected, type, i), tolerance)
               : memcmp(got + i * size, expected + i * size, size) == 0)
      continue;
    int64_t got_bits = 0, expected_bits = 0;
    memcpy(&got_bits, got + i * size, size);
    memcpy(&expected_bits, expected + i * size, size);
    snprintf(difference, sizeof difference,
             "operand %u (%s), element %lld: got %.17g (0x%llx), expected %.17g (0x%llx)", operand,
             mfg_dtype_name(type), (long long)i - 2, floats ? element(got, type, i) : 0.0,
             (unsigned long long)got_bits, floats ? element(expected, type, i) : 0.0,
             (unsigned long long)expected_bits);
    return difference;
  }
  return NULL;
}

const char *builder_compare(kernel_builder *b, const mfg_plugin *plugin, mfg_plugin_device *device,
                            mfg_plugin_queue *queue, double tolerance) {
  mfg_plugin_error error = {
      .struct_size = sizeof error, .text = difference, .text_capacity = sizeof difference};
  if (run_reference(b, &error) != MFG_OK) return difference;
  if (run_plugin(b, plugin, device, queue, &error) != MFG_OK) return difference;
  const char *text = NULL;
  for (uint32_t i = 0; i < b->description.operands.count && !text; i++)
    if (b->operands[i].flags == MFG_OPERAND_WRITE) text = compare_operand(b, i, tolerance);
  return text;
}
