/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The extensions that the host knows, where a plugin has them: sorting and products of matrices,
 * compared with the plain way of doing it. */
#include "conformance.h"

#include <math.h>
#include <mfg/extensions.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers --------------------------------------------------------------------------------- */

static void write_number(mfg_dtype type, void *memory, int64_t place, double number) {
  switch (type) {
#define WRITE_CASE(SYMBOL, member, T)                                                              \
  case MFG_##SYMBOL: ((T *)memory)[place] = (T)number; break;
    MFG_KERNEL_TYPES(WRITE_CASE)
#undef WRITE_CASE
  default: break;
  }
}

static double read_number(mfg_dtype type, const void *memory, int64_t place) {
  switch (type) {
#define READ_CASE(SYMBOL, member, T)                                                               \
  case MFG_##SYMBOL: return (double)((const T *)memory)[place];
    MFG_KERNEL_TYPES(READ_CASE)
#undef READ_CASE
  default: return 0;
  }
}

static bool is_float(mfg_dtype type) {
  return type == MFG_FLOAT32 || type == MFG_FLOAT64;
}

/* Few different values, so that equal ones meet; NaN among the floats. */
static void fill(mfg_dtype type, void *memory, int64_t count, bool special, uint64_t seed) {
  bool bounded = type == MFG_BOOL || (type >= MFG_UINT8 && type <= MFG_UINT64);
  for (int64_t i = 0; i < count; i++) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    int64_t draw = (int64_t)(seed >> 33) % 19;
    double number = bounded ? (double)(type == MFG_BOOL ? draw % 2 : draw) : (double)(draw - 9);
    if (special && is_float(type) && draw == 5) number = NAN;
    write_number(type, memory, i, number);
  }
}

/* ---- buffers --------------------------------------------------------------------------------- */

/* Memory here and on the device. */
typedef struct mirrored {
  void *memory;
  mfg_plugin_buffer *buffer;
  size_t size;
} mirrored;

static bool mirror_open(check_run *run, mirrored *both, size_t size) {
  *both = (mirrored){.memory = calloc(1, size), .size = size};
  if (both->memory == NULL) {
    check_fail(run, "no memory for a case");
    return false;
  }
  return check_ok(run,
                  run->plugin->buffer->allocate(run->device, size, &both->buffer, check_error(run)),
                  "allocate");
}

static bool mirror_send(check_run *run, const mirrored *both) {
  return check_ok(run,
                  run->plugin->buffer->upload(run->queue, both->buffer, 0, both->memory, both->size,
                                              check_error(run)),
                  "upload");
}

static bool mirror_fetch(check_run *run, const mirrored *both) {
  return check_ok(run,
                  run->plugin->buffer->download(run->queue, both->buffer, 0, both->memory,
                                                both->size, check_error(run)),
                  "download");
}

static void mirror_close(check_run *run, mirrored *both) {
  if (both->buffer != NULL) {
    run->plugin->queue->synchronise(run->queue, NULL);
    run->plugin->buffer->free(run->device, both->buffer);
  }
  free(both->memory);
}

/* ---- sorting --------------------------------------------------------------------------------- */

enum { LINES = 3, LENGTH = 131 };

static bool comes_before(double a, double b, bool descending) {
  return descending ? a > b : a < b;
}

/* Whether the keys of a line are those of `before` in order, and where they have been. */
static void check_line(check_run *run, mfg_dtype type, bool descending, const void *before,
                       const void *keys, const int64_t *positions, int64_t first) {
  bool seen[LENGTH] = {false};
  for (int64_t i = 0; i < LENGTH; i++) {
    int64_t position = positions[first + i];
    if (position < 0 || position >= LENGTH || seen[position]) {
      check_fail(run, "position %lld of the result is %lld, which cannot be", (long long)i,
                 (long long)position);
      return;
    }
    seen[position] = true;
    double key = read_number(type, keys, first + i);
    double source = read_number(type, before, first + position);
    if (key != source && !(isnan(key) && isnan(source)))
      check_fail(run, "key %lld is %g; at its position stood %g", (long long)i, key, source);
    if (i == 0) continue;
    double last = read_number(type, keys, first + i - 1);
    bool wrong = (isnan(last) && !isnan(key)) || comes_before(key, last, descending);
    bool equal = last == key || (isnan(last) && isnan(key));
    if (wrong || (equal && positions[first + i - 1] > position))
      check_fail(run, "key %lld, %g from %lld, stands behind %g from %lld", (long long)i, key,
                 (long long)position, last, (long long)positions[first + i - 1]);
  }
}

static void sort_type(check_run *run, const mfg_plugin_sort_table *table, mfg_dtype type,
                      bool descending) {
  mirrored keys = {NULL};
  mirrored positions = {NULL};
  size_t size = LINES * LENGTH * mfg_dtype_size(type);
  void *before = calloc(1, size);
  if (before != NULL && mirror_open(run, &keys, size) &&
      mirror_open(run, &positions, LINES * LENGTH * sizeof(int64_t))) {
    fill(type, keys.memory, LINES * LENGTH, true, 17u + type);
    memcpy(before, keys.memory, size);
    mfg_sort_request request = {.struct_size = sizeof request,
                                .type = type,
                                .descending = descending,
                                .lines = LINES,
                                .length = LENGTH,
                                .keys = keys.buffer,
                                .positions = positions.buffer};
    if (mirror_send(run, &keys) &&
        check_ok(run, table->sort(run->queue, &request, check_error(run)), "sort") &&
        mirror_fetch(run, &keys) && mirror_fetch(run, &positions))
      for (int64_t line = 0; line < LINES; line++)
        check_line(run, type, descending, before, keys.memory, positions.memory, line * LENGTH);
  }
  free(before);
  mirror_close(run, &keys);
  mirror_close(run, &positions);
}

static void check_sort(check_run *run, const mfg_plugin_sort_table *table) {
  for (mfg_dtype type = MFG_BOOL; type <= MFG_FLOAT64; type++) {
    if ((table->types & run->info.types & MFG_DTYPE_BIT(type)) == 0) continue;
    for (int descending = 0; descending < 2; descending++) {
      if (!check_begin(run, "extensions: sort %s, %s", mfg_dtype_name(type),
                       descending == 1 ? "descending" : "ascending"))
        continue;
      sort_type(run, table, type, descending == 1);
      check_end(run);
    }
  }
}

/* ---- products -------------------------------------------------------------------------------- */

enum { ROWS = 19, TERMS = 23, COLUMNS = 37 };

/* a lies by rows, b by columns, the product with a gap behind each row. Small integers: exact. */
static void multiply_type(check_run *run, const mfg_plugin_matmul_table *table, mfg_dtype type) {
  enum { PITCH = COLUMNS + 3 };
  size_t size = mfg_dtype_size(type);
  mirrored operands[3] = {{NULL}, {NULL}, {NULL}};
  const size_t counts[3] = {ROWS * TERMS, TERMS * COLUMNS, ROWS * PITCH};
  bool open = true;
  for (int i = 0; i < 3 && open; i++) {
    open = mirror_open(run, &operands[i], counts[i] * size);
    if (open) fill(type, operands[i].memory, (int64_t)counts[i], false, 5u + (uint64_t)i);
    open = open && mirror_send(run, &operands[i]);
  }
  mfg_matrix a = {operands[0].buffer, 0, TERMS, 1};
  mfg_matrix b = {operands[1].buffer, 0, 1, TERMS};
  mfg_matrix product = {operands[2].buffer, 0, PITCH, 1};
  mfg_matmul_request request = {.struct_size = sizeof request,
                                .type = type,
                                .rows = ROWS,
                                .columns = COLUMNS,
                                .terms = TERMS,
                                .a = &a,
                                .b = &b,
                                .product = &product};
  if (open && check_ok(run, table->multiply(run->queue, &request, check_error(run)), "multiply") &&
      mirror_fetch(run, &operands[2]))
    for (int64_t i = 0; i < ROWS; i++)
      for (int64_t j = 0; j < COLUMNS; j++) {
        int64_t sum = 0;
        for (int64_t k = 0; k < TERMS; k++)
          sum += (int64_t)read_number(type, operands[0].memory, i * TERMS + k) *
                 (int64_t)read_number(type, operands[1].memory, j * TERMS + k);
        /* Integers wrap to the width of the type. */
        int64_t found = (int64_t)read_number(type, operands[2].memory, i * PITCH + j);
        uint64_t mask = is_float(type) ? UINT64_MAX : UINT64_MAX >> (64 - 8 * size);
        CHECK_THAT(run, (((uint64_t)found ^ (uint64_t)sum) & mask) == 0,
                   "element (%lld, %lld) is %lld, expected %lld", (long long)i, (long long)j,
                   (long long)found, (long long)sum);
      }
  for (int i = 0; i < 3; i++)
    mirror_close(run, &operands[i]);
}

static void check_matmul(check_run *run, const mfg_plugin_matmul_table *table) {
  for (mfg_dtype type = MFG_INT8; type <= MFG_FLOAT64; type++) {
    if ((table->types & run->info.types & MFG_DTYPE_BIT(type)) == 0 ||
        !check_begin(run, "extensions: a product of matrices of %s", mfg_dtype_name(type)))
      continue;
    multiply_type(run, table, type);
    check_end(run);
  }
}

void check_extension_cases(check_run *run) {
  const mfg_plugin *plugin = run->plugin;
  if (!MFG_HAS_FIELD(plugin->struct_size, mfg_plugin, get_extension) ||
      plugin->get_extension == NULL)
    return;
  const mfg_plugin_sort_table *sort =
      plugin->get_extension(MFG_EXTENSION_SORT, MFG_EXTENSION_SORT_VERSION);
  const mfg_plugin_matmul_table *matmul =
      plugin->get_extension(MFG_EXTENSION_MATMUL, MFG_EXTENSION_MATMUL_VERSION);
  if (sort != NULL) check_sort(run, sort);
  if (matmul != NULL) check_matmul(run, matmul);
}
