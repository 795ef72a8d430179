/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check_launch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- layouts -------------------------------------------------------------------------------- */

static size_t element_size(const check_launch *launch, uint32_t operand) {
  return mfg_dtype_size(mfg_kernel_operand_at(launch->kernel, operand)->type);
}

size_t check_operand_bytes(const check_launch *launch, uint32_t operand) {
  return (size_t)launch->operands[operand].length * element_size(launch, operand);
}

/* Extents over which an operand has elements of its own. */
static void own_extents(const check_launch *launch, uint32_t operand, int64_t *extents) {
  const mfg_kernel_operand *description = mfg_kernel_operand_at(launch->kernel, operand);
  uint32_t reduced =
      (description->flags & MFG_OPERAND_WRITE) != 0 ? launch->kernel->pattern->axes : 0;
  for (uint32_t axis = 0; axis < launch->kernel->rank; axis++) {
    bool single = (reduced >> axis & 1) != 0 || description->stride_class[axis] == MFG_STRIDE_ZERO;
    extents[axis] = single ? 1 : launch->extents[axis];
  }
}

/* Row-major (or column-major) strides over the operand's extents; returns the elements spanned. */
static int64_t pack(const mfg_kernel_description *kernel, uint32_t operand, check_operand *array,
                    int64_t unit, int64_t gap, bool transposed) {
  const mfg_kernel_operand *description = mfg_kernel_operand_at(kernel, operand);
  int64_t stride = unit;
  for (uint32_t k = 0; k < kernel->rank; k++) {
    uint32_t axis = transposed ? k : kernel->rank - 1 - k;
    bool still = description->stride_class[axis] == MFG_STRIDE_ZERO;
    array->strides[axis] = still ? 0 : stride;
    if (!still) stride = stride * array->extents[axis] + gap;
  }
  return stride + 1;
}

static void reserve(check_launch *launch, uint32_t operand) {
  check_operand *array = &launch->operands[operand];
  free(array->content);
  array->content = calloc(check_operand_bytes(launch, operand) + 1, 1);
  check_launch_fill(launch, operand, CHECK_SMALL);
}

void check_launch_layout(check_launch *launch, uint32_t operand, check_layout layout) {
  check_operand *array = &launch->operands[operand];
  bool gaps = layout == CHECK_GAPS;
  int64_t spanned =
      pack(launch->kernel, operand, array, gaps ? 2 : 1, gaps ? 3 : 0, layout == CHECK_TRANSPOSED);
  array->first = gaps ? 3 : 0;
  array->length = spanned + 5;
  for (uint32_t axis = 0; axis < launch->kernel->rank && layout == CHECK_REVERSED; axis++) {
    int64_t reach = array->extents[axis] > 0 ? array->extents[axis] - 1 : 0;
    array->first += reach * array->strides[axis];
    array->strides[axis] = -array->strides[axis];
  }
  reserve(launch, operand);
}

void check_launch_open(check_launch *launch, const mfg_kernel_description *kernel,
                       const int64_t *extents, uint64_t seed) {
  memset(launch, 0, sizeof *launch);
  launch->kernel = kernel;
  launch->seed = seed;
  memcpy(launch->extents, extents, kernel->rank * sizeof extents[0]);
  for (uint32_t i = 0; i < kernel->operands.count; i++) {
    launch->operands[i].shares = -1;
    own_extents(launch, i, launch->operands[i].extents);
    check_launch_layout(launch, i, CHECK_DENSE);
  }
}

void check_launch_close(check_launch *launch) {
  for (uint32_t i = 0; i < launch->kernel->operands.count; i++)
    free(launch->operands[i].content);
}

void check_launch_own_extents(check_launch *launch, uint32_t operand, const int64_t *extents) {
  memcpy(launch->operands[operand].extents, extents, launch->kernel->rank * sizeof extents[0]);
  check_launch_layout(launch, operand, CHECK_DENSE);
}

void check_launch_share(check_launch *launch, uint32_t operand, uint32_t other) {
  check_operand *array = &launch->operands[operand], *owner = &launch->operands[other];
  free(array->content);
  *array = *owner;
  array->content = NULL;
  array->shares = (int32_t)other;
}

void check_launch_closeness(check_launch *launch, check_closeness closeness, double amount) {
  for (uint32_t i = 0; i < launch->kernel->operands.count; i++) {
    if ((mfg_kernel_operand_at(launch->kernel, i)->flags & MFG_OPERAND_WRITE) == 0) continue;
    uint32_t owner = launch->operands[i].shares < 0 ? i : (uint32_t)launch->operands[i].shares;
    launch->operands[owner].closeness = closeness;
    launch->operands[owner].amount = amount;
  }
}

/* ---- the reference -------------------------------------------------------------------------- */

void check_images_free(void **images) {
  for (uint32_t i = 0; i < CHECK_MAX_OPERANDS; i++)
    free(images[i]);
}

mfg_kernel_launch check_bind(const check_launch *launch, mfg_plugin_buffer *const *buffers,
                             mfg_kernel_binding *bindings) {
  const mfg_kernel_description *kernel = launch->kernel;
  for (uint32_t i = 0; i < kernel->operands.count; i++) {
    const check_operand *array = &launch->operands[i];
    bool gathered = (mfg_kernel_operand_at(kernel, i)->flags & MFG_OPERAND_GATHER) != 0;
    uint32_t owner = array->shares < 0 ? i : (uint32_t)array->shares;
    bindings[i] = (mfg_kernel_binding){.buffer = buffers == NULL ? NULL : buffers[owner],
                                       .offset = array->first * (int64_t)element_size(launch, i),
                                       .strides = array->strides,
                                       .extents = gathered ? array->extents : NULL};
  }
  return (mfg_kernel_launch){
      .struct_size = sizeof(mfg_kernel_launch),
      .extents = launch->extents,
      .bindings = {bindings, kernel->operands.count, sizeof bindings[0]},
      .scalars = {launch->scalars, kernel->scalars.count, sizeof launch->scalars[0]}};
}

bool check_reference_images(check_run *run, const check_launch *launch, void **images) {
  mfg_kernel_binding bindings[CHECK_MAX_OPERANDS];
  void *memory[CHECK_MAX_OPERANDS];
  memset(images, 0, CHECK_MAX_OPERANDS * sizeof images[0]);
  for (uint32_t i = 0; i < launch->kernel->operands.count; i++) {
    const check_operand *array = &launch->operands[i];
    if (array->shares < 0) {
      images[i] = malloc(check_operand_bytes(launch, i) + 1);
      if (images[i] == NULL || array->content == NULL) {
        check_fail(run, "no memory for the arrays of the case");
        return false;
      }
      memcpy(images[i], array->content, check_operand_bytes(launch, i));
    }
    memory[i] = images[array->shares < 0 ? i : (uint32_t)array->shares];
  }
  mfg_kernel_launch bound = check_bind(launch, NULL, bindings);
  return check_ok(run, mfg_kernel_validate(launch->kernel, check_error(run)),
                  "the case's kernel is not valid") &&
         check_ok(run, mfg_reference_run(launch->kernel, &bound, memory, check_error(run)),
                  "the reference executor");
}

/* ---- the plugin ----------------------------------------------------------------------------- */

static mfg_dtype missing_type(const check_run *run, const mfg_kernel_description *kernel) {
  const mfg_span *sections[] = {&kernel->prologue, &kernel->epilogue};
  for (uint32_t i = 0; i < kernel->operands.count; i++) {
    mfg_dtype type = mfg_kernel_operand_at(kernel, i)->type;
    if ((run->info.types & MFG_DTYPE_BIT(type)) == 0) return type;
  }
  for (int s = 0; s < 2; s++)
    for (uint32_t i = 0; i < sections[s]->count; i++) {
      mfg_dtype type = mfg_kernel_instruction_at(sections[s], i)->type;
      if ((run->info.types & MFG_DTYPE_BIT(type)) == 0) return type;
    }
  return 0;
}

mfg_plugin_kernel *check_prepare(check_run *run, const mfg_kernel_description *kernel) {
  const mfg_plugin_kernel_table *table = run->plugin->kernel;
  mfg_dtype missing = missing_type(run, kernel);
  if (table == NULL) {
    check_skip(run, "the plugin has no kernel table");
    return NULL;
  }
  if (missing != 0) {
    check_skip(run, "the device has no %s", mfg_dtype_name(missing));
    return NULL;
  }
  if (!table->supports(run->device, kernel)) {
    check_skip(run, "the plugin does not support this kernel");
    return NULL;
  }
  mfg_plugin_kernel *prepared = NULL;
  if (!check_ok(run, table->prepare(run->device, kernel, &prepared, check_error(run)), "prepare"))
    return NULL;
  return prepared;
}

void check_buffers_free(check_run *run, const check_launch *launch, mfg_plugin_buffer **buffers) {
  for (uint32_t i = 0; i < launch->kernel->operands.count; i++)
    if (buffers[i] != NULL) run->plugin->buffer->free(run->device, buffers[i]);
}

bool check_upload(check_run *run, const check_launch *launch, mfg_plugin_buffer **buffers) {
  const mfg_plugin_buffer_table *table = run->plugin->buffer;
  memset(buffers, 0, CHECK_MAX_OPERANDS * sizeof(mfg_plugin_buffer *));
  for (uint32_t i = 0; i < launch->kernel->operands.count; i++) {
    if (launch->operands[i].shares >= 0) continue;
    uint64_t size = check_operand_bytes(launch, i);
    if (!check_ok(run, table->allocate(run->device, size, &buffers[i], check_error(run)),
                  "allocate") ||
        !check_ok(run,
                  table->upload(run->queue, buffers[i], 0, launch->operands[i].content, size,
                                check_error(run)),
                  "upload"))
      return false;
  }
  return true;
}

bool check_download(check_run *run, const check_launch *launch, mfg_plugin_buffer *const *buffers,
                    void **images) {
  memset(images, 0, CHECK_MAX_OPERANDS * sizeof images[0]);
  for (uint32_t i = 0; i < launch->kernel->operands.count; i++) {
    if (launch->operands[i].shares >= 0) continue;
    size_t size = check_operand_bytes(launch, i);
    images[i] = malloc(size + 1);
    if (images[i] == NULL) {
      check_fail(run, "no memory for the arrays of the case");
      return false;
    }
    if (!check_ok(run,
                  run->plugin->buffer->download(run->queue, buffers[i], 0, images[i], size,
                                                check_error(run)),
                  "download"))
      return false;
  }
  return check_ok(run, run->plugin->queue->synchronise(run->queue, check_error(run)),
                  "synchronise");
}

/* One run on the plugin, from upload to download. */
static bool plugin_images(check_run *run, const check_launch *launch, mfg_plugin_kernel *kernel,
                          void **images) {
  mfg_plugin_buffer *buffers[CHECK_MAX_OPERANDS];
  mfg_kernel_binding bindings[CHECK_MAX_OPERANDS];
  memset(images, 0, CHECK_MAX_OPERANDS * sizeof images[0]);
  bool done = check_upload(run, launch, buffers);
  if (done) {
    mfg_kernel_launch bound = check_bind(launch, buffers, bindings);
    done = check_ok(run, run->plugin->kernel->launch(run->queue, kernel, &bound, check_error(run)),
                    "launch") &&
           check_download(run, launch, buffers, images);
  }
  run->plugin->queue->synchronise(run->queue, NULL);
  check_buffers_free(run, launch, buffers);
  return done;
}

/* ---- comparison ----------------------------------------------------------------------------- */

/* An element as a number; integers of 64 bits are compared by their bits before. */
static double as_real(const void *element, mfg_dtype type) {
  mfg_scalar value = {.bits = 0};
  memcpy(&value, element, mfg_dtype_size(type));
  switch (type) {
#define CASE(symbol, member, T)                                                                    \
  case MFG_##symbol: return (double)value.member;
    MFG_NUMBER_TYPES(CASE)
#undef CASE
  default: return value.boolean;
  }
}

/* Representable numbers between two floats of one type. */
static double ulp_distance(const void *a, const void *b, mfg_dtype type) {
  int64_t places[2];
  const void *elements[2] = {a, b};
  for (int i = 0; i < 2; i++) {
    if (type == MFG_FLOAT64) {
      memcpy(&places[i], elements[i], sizeof places[i]);
      if (places[i] < 0) places[i] = INT64_MIN - places[i];
    } else {
      int32_t bits;
      memcpy(&bits, elements[i], sizeof bits);
      places[i] = bits < 0 ? (int64_t)INT32_MIN - bits : bits;
    }
  }
  /* Subtracted as integers: a double would round the places of float64 by hundreds. */
  uint64_t apart = (uint64_t)places[0] - (uint64_t)places[1];
  return (double)(places[0] > places[1] ? apart : -apart);
}

static bool is_near(const void *found, const void *expected, mfg_dtype type,
                    const check_operand *array) {
  if (memcmp(found, expected, mfg_dtype_size(type)) == 0) return true;
  if (type != MFG_FLOAT32 && type != MFG_FLOAT64) return false;
  double x = as_real(found, type), y = as_real(expected, type);
  if (isnan(x) || isnan(y)) return isnan(x) && isnan(y);
  switch (array->closeness) {
  case CHECK_EXACT: return false;
  case CHECK_ZEROS_EQUAL: return x == y;
  case CHECK_ULP: return ulp_distance(found, expected, type) <= array->amount;
  default: return x == y || fabs(x - y) <= array->amount;
  }
}

static void describe_allowance(const check_operand *array, char *text, size_t capacity) {
  switch (array->closeness) {
  case CHECK_ULP: snprintf(text, capacity, "within %g ulp", array->amount); break;
  case CHECK_ABSOLUTE: snprintf(text, capacity, "within %.3g", array->amount); break;
  default: snprintf(text, capacity, "exactly"); break;
  }
}

void check_images_compare(check_run *run, const check_launch *launch, void *const *found,
                          void *const *expected) {
  for (uint32_t i = 0; i < launch->kernel->operands.count; i++) {
    const check_operand *array = &launch->operands[i];
    mfg_dtype type = mfg_kernel_operand_at(launch->kernel, i)->type;
    size_t size = mfg_dtype_size(type);
    if (array->shares >= 0) continue;
    for (int64_t k = 0; k < array->length; k++) {
      const char *x = (const char *)found[i] + (size_t)k * size;
      const char *y = (const char *)expected[i] + (size_t)k * size;
      if (is_near(x, y, type, array)) continue;
      char allowed[48];
      describe_allowance(array, allowed, sizeof allowed);
      check_fail(run, "operand %u, element %lld of its buffer: found %.17g, expected %.17g %s",
                 (unsigned)i, (long long)k, as_real(x, type), as_real(y, type), allowed);
      return;
    }
  }
}

static void compare_bits(check_run *run, const check_launch *launch, void *const *first,
                         void *const *second) {
  for (uint32_t i = 0; i < launch->kernel->operands.count; i++)
    if (launch->operands[i].shares < 0 &&
        memcmp(first[i], second[i], check_operand_bytes(launch, i)) != 0)
      check_fail(run, "operand %u: two launches with the same input gave different bits",
                 (unsigned)i);
}

void check_launch_compare(check_run *run, const check_launch *launch) {
  mfg_plugin_kernel *kernel = check_prepare(run, launch->kernel);
  if (kernel == NULL) return;
  void *expected[CHECK_MAX_OPERANDS], *found[CHECK_MAX_OPERANDS], *again[CHECK_MAX_OPERANDS];
  bool ready = check_reference_images(run, launch, expected);
  bool once = ready && plugin_images(run, launch, kernel, found);
  if (once) {
    check_images_compare(run, launch, found, expected);
    if (plugin_images(run, launch, kernel, again)) compare_bits(run, launch, again, found);
    check_images_free(again);
  }
  if (ready) check_images_free(found);
  check_images_free(expected);
  run->plugin->kernel->release(kernel);
}
