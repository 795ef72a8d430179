/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Matrix products: blocks of the product divided among the threads, their operands copied into the
 * order in which the innermost loops read them, block by block of the terms. A block of the product
 * belongs to one thread, so the order of its sums depends on the shape only. */
#include "extensions.h"

#include <string.h>

/* Rows, columns and terms of a block: a's part stays in the second-level cache. Rows are a multiple
 * of CPU_PRODUCT_ROWS, columns of the columns of any type's tile. */
#define BLOCK_ROWS 96
#define BLOCK_COLUMNS 256
#define BLOCK_TERMS 192

typedef struct product_job {
  cpu_job job;
  const mfg_matmul_request *request;
  const cpu_product *product;
  size_t size; /* bytes of an element */
  int64_t columns_of_blocks;
} product_job;

/* Memory of a thread. */
typedef struct product_scratch {
  char *a;
  char *b;
  char *tile;
} product_scratch;

static int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

/* ---- copying --------------------------------------------------------------------------------- */

/* target[lane / width][term][lane % width] = matrix[lane, term]; lanes beyond the end are 0. */
#define PACK(bytes, T)                                                                             \
  static void pack_##bytes(const char *source, int64_t lane_stride, int64_t term_stride,           \
                           int64_t lanes, int64_t terms, int64_t width, void *target) {            \
    const T *matrix = (const T *)(const void *)source;                                             \
    T *packed = target;                                                                            \
    for (int64_t first = 0; first < lanes; first += width) {                                       \
      int64_t here = least(width, lanes - first);                                                  \
      for (int64_t term = 0; term < terms; term++, packed += width) {                              \
        const T *from = matrix + first * lane_stride + term * term_stride;                         \
        for (int64_t lane = 0; lane < here; lane++)                                                \
          packed[lane] = from[lane * lane_stride];                                                 \
        for (int64_t lane = here; lane < width; lane++)                                            \
          packed[lane] = 0;                                                                        \
      }                                                                                            \
    }                                                                                              \
  }
PACK(1, uint8_t)
PACK(2, uint16_t)
PACK(4, uint32_t)
PACK(8, uint64_t)

static void pack(size_t size, const char *source, int64_t lane_stride, int64_t term_stride,
                 int64_t lanes, int64_t terms, int64_t width, void *target) {
  switch (size) {
  case 1: pack_1(source, lane_stride, term_stride, lanes, terms, width, target); break;
  case 2: pack_2(source, lane_stride, term_stride, lanes, terms, width, target); break;
  case 4: pack_4(source, lane_stride, term_stride, lanes, terms, width, target); break;
  default: pack_8(source, lane_stride, term_stride, lanes, terms, width, target); break;
  }
}

/* Element (row, column) of a matrix. */
static char *element(const mfg_matrix *matrix, size_t size, int64_t row, int64_t column) {
  int64_t place = row * matrix->row_stride + column * matrix->column_stride;
  return cpu_buffer_at(matrix->buffer, 0) + matrix->offset + place * (int64_t)size;
}

/* ---- one block of the product ---------------------------------------------------------------- */

static void multiply_tiles(const product_job *job, const product_scratch *scratch, int64_t rows,
                           int64_t columns, int64_t terms) {
  int64_t width = (int64_t)job->product->columns;
  for (int64_t column = 0; column < columns; column += width)
    for (int64_t row = 0; row < rows; row += CPU_PRODUCT_ROWS)
      job->product->multiply((size_t)terms, scratch->a + (size_t)(row * terms) * job->size,
                             scratch->b + (size_t)(column * terms) * job->size,
                             scratch->tile + (size_t)(row * BLOCK_COLUMNS + column) * job->size,
                             BLOCK_COLUMNS);
}

static void write_block(const product_job *job, const product_scratch *scratch, int64_t row,
                        int64_t column, int64_t rows, int64_t columns) {
  const mfg_matrix *product = job->request->product;
  for (int64_t i = 0; i < rows; i++) {
    const char *from = scratch->tile + (size_t)(i * BLOCK_COLUMNS) * job->size;
    if (product->column_stride == 1) {
      memcpy(element(product, job->size, row + i, column), from, (size_t)columns * job->size);
      continue;
    }
    for (int64_t k = 0; k < columns; k++)
      memcpy(element(product, job->size, row + i, column + k), from + (size_t)k * job->size,
             job->size);
  }
}

static void multiply_block(const product_job *job, const product_scratch *scratch, int64_t item) {
  const mfg_matmul_request *request = job->request;
  const mfg_matrix *a = request->a;
  const mfg_matrix *b = request->b;
  int64_t row = item / job->columns_of_blocks * BLOCK_ROWS;
  int64_t column = item % job->columns_of_blocks * BLOCK_COLUMNS;
  int64_t rows = least(BLOCK_ROWS, request->rows - row);
  int64_t columns = least(BLOCK_COLUMNS, request->columns - column);
  memset(scratch->tile, 0, BLOCK_ROWS * BLOCK_COLUMNS * job->size);
  for (int64_t term = 0; term < request->terms; term += BLOCK_TERMS) {
    int64_t terms = least(BLOCK_TERMS, request->terms - term);
    pack(job->size, element(a, job->size, row, term), a->row_stride, a->column_stride, rows, terms,
         CPU_PRODUCT_ROWS, scratch->a);
    pack(job->size, element(b, job->size, term, column), b->column_stride, b->row_stride, columns,
         terms, (int64_t)job->product->columns, scratch->b);
    multiply_tiles(job, scratch, rows, columns, terms);
  }
  write_block(job, scratch, row, column, rows, columns);
}

static mfg_status multiply_blocks(cpu_job *job, cpu_arena *arena) {
  product_job *product = (product_job *)job;
  cpu_arena_mark mark = cpu_arena_here(arena);
  product_scratch scratch = {
      .a = cpu_arena_take(arena, BLOCK_ROWS * BLOCK_TERMS * product->size),
      .b = cpu_arena_take(arena, BLOCK_COLUMNS * BLOCK_TERMS * product->size),
      .tile = cpu_arena_take(arena, BLOCK_ROWS * BLOCK_COLUMNS * product->size)};
  bool complete = scratch.a != NULL && scratch.b != NULL && scratch.tile != NULL;
  for (int64_t item; complete && cpu_job_next(job, &item);)
    multiply_block(product, &scratch, item);
  cpu_arena_rewind(arena, mark);
  return complete ? MFG_OK : MFG_ERROR_OUT_OF_MEMORY;
}

/* ---- the extension --------------------------------------------------------------------------- */

/* Whether every element of the matrix lies in its buffer. */
static bool holds(const mfg_matrix *matrix, size_t size, int64_t rows, int64_t columns) {
  int64_t strides[2] = {matrix->row_stride, matrix->column_stride};
  int64_t extents[2] = {rows, columns};
  int64_t low = matrix->offset;
  int64_t high = 0;
  if (rows == 0 || columns == 0) return true;
  if (__builtin_add_overflow(matrix->offset, (int64_t)size, &high)) return false;
  for (int axis = 0; axis < 2; axis++) {
    int64_t reach = 0;
    if (__builtin_mul_overflow(extents[axis] - 1, strides[axis], &reach) ||
        __builtin_mul_overflow(reach, (int64_t)size, &reach) ||
        __builtin_add_overflow(reach < 0 ? low : high, reach, reach < 0 ? &low : &high))
      return false;
  }
  return low >= 0 && cpu_buffer_holds(matrix->buffer, 0, (uint64_t)high);
}

static enum cpu_type number_type(mfg_dtype type) {
  switch (type) {
#define NUMBER_CASE(SYMBOL, member, T)                                                             \
  case MFG_##SYMBOL: return CPU_##SYMBOL;
    MFG_NUMBER_TYPES(NUMBER_CASE)
#undef NUMBER_CASE
  default: return CPU_TYPES;
  }
}

static mfg_status multiply(mfg_plugin_queue *queue, const mfg_matmul_request *request,
                           mfg_plugin_error *error) {
  enum cpu_type type = number_type(request->type);
  size_t size = mfg_dtype_size(request->type);
  if (type == CPU_TYPES || request->rows < 0 || request->columns < 0 || request->terms < 0 ||
      !holds(request->a, size, request->rows, request->terms) ||
      !holds(request->b, size, request->terms, request->columns) ||
      !holds(request->product, size, request->rows, request->columns))
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "a product of %lld by %lld by %lld %s does not fit its buffers",
                                (long long)request->rows, (long long)request->terms,
                                (long long)request->columns, mfg_dtype_name(request->type));
  int64_t rows_of_blocks = (request->rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
  product_job job = {.job = {.run = multiply_blocks},
                     .request = request,
                     .product = &queue->device->level->products[type],
                     .size = size,
                     .columns_of_blocks = (request->columns + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS};
  job.job.items = rows_of_blocks * job.columns_of_blocks;
  if (job.job.items == 0) return MFG_OK;
  int64_t work = request->rows * request->columns * (request->terms / 8 + 1);
  mfg_status status = cpu_pool_run(&job.job, work, &queue->arena);
  return status == MFG_OK ? MFG_OK : cpu_out_of_memory(error, "a matrix product");
}

const mfg_plugin_matmul_table cpu_matmul_table = {
    .struct_size = sizeof cpu_matmul_table,
    .types = MFG_KERNEL_TYPE_BITS & ~MFG_DTYPE_BIT(MFG_BOOL),
    .multiply = multiply,
};
