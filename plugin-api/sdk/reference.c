/* SPDX-License-Identifier: MIT */
/* The reference executor: binds operands, walks the space as the pattern asks, writes outputs and
 * final reductions. */
#include "reference.h"

#include <stdlib.h>
#include <string.h>

#define ALL_AXES UINT32_MAX

/* A launch under way. */
struct run {
  const mfg_kernel_description *kernel;
  const mfg_kernel_launch *launch;
  const int64_t *extents;      /* of the iteration space, which the prologue runs over */
  const int64_t *kept_extents; /* of the space that outputs have */
  mfg_reference_operand *operands;
  mfg_reference_section prologue;
  mfg_reference_section epilogue;
  const mfg_reference_section *last; /* the section that outputs name */
  mfg_scalar results[MFG_MAX_RESULTS];
  /* For each final reduction an accumulator for each cell that it keeps, and the partial sums. */
  mfg_reference_accumulator *cells[MFG_MAX_RESULTS];
  double *partials[MFG_MAX_RESULTS];
};

/* ---- opening -------------------------------------------------------------------------------- */

static bool bind_operands(struct run *run, void *const *memory) {
  uint32_t count = run->kernel->operands.count;
  run->operands = calloc((size_t)count + 1, sizeof *run->operands);
  if (run->operands == NULL) return false;
  for (uint32_t i = 0; i < count; i++) {
    const mfg_kernel_binding *binding = mfg_kernel_binding_at(run->launch, i);
    mfg_dtype type = mfg_kernel_operand_at(run->kernel, i)->type;
    run->operands[i] = (mfg_reference_operand){.base = (char *)memory[i] + binding->offset,
                                               .strides = binding->strides,
                                               .extents = binding->extents,
                                               .size = mfg_dtype_size(type),
                                               .is_bool = type == MFG_BOOL};
  }
  return true;
}

static bool open_section(struct run *run, mfg_reference_section *section, const mfg_span *span,
                         uint32_t reduced) {
  section->kernel = run->kernel;
  section->operands = run->operands;
  section->results = run->results;
  mfg_space_keep(section->extents, run->launch->extents, run->kernel->rank, reduced);
  return mfg_reference_section_open(section, span, run->launch);
}

static mfg_dtype last_type(const struct run *run, int32_t value) {
  const mfg_span *span =
      run->last == &run->prologue ? &run->kernel->prologue : &run->kernel->epilogue;
  return mfg_kernel_instruction_at(span, (uint32_t)value)->type;
}

static bool open_final_reduction(struct run *run, uint32_t number) {
  const mfg_kernel_reduction *reduction = mfg_kernel_reduction_at(run->kernel, number);
  uint32_t rank = run->kernel->rank;
  size_t cells = (size_t)mfg_space_count(run->kept_extents, rank, ~reduction->axes);
  size_t levels =
      mfg_reference_levels((uint64_t)mfg_space_count(run->kept_extents, rank, reduction->axes));
  run->cells[number] = calloc(cells + 1, sizeof *run->cells[number]);
  run->partials[number] = calloc(cells * levels + 1, sizeof *run->partials[number]);
  if (run->cells[number] == NULL || run->partials[number] == NULL) return false;
  for (size_t cell = 0; cell < cells; cell++)
    mfg_reference_accumulate_start(&run->cells[number][cell], reduction->operation,
                                   last_type(run, reduction->value),
                                   run->partials[number] + cell * levels);
  return true;
}

static bool open_run(struct run *run, void *const *memory) {
  if (!bind_operands(run, memory)) return false;
  if (!open_section(run, &run->prologue, &run->kernel->prologue, 0)) return false;
  if (!open_section(run, &run->epilogue, &run->kernel->epilogue, run->kernel->pattern->axes))
    return false;
  run->extents = run->prologue.extents;
  run->kept_extents = run->epilogue.extents;
  run->last = run->kernel->pattern->kind == MFG_PATTERN_MAP ? &run->prologue : &run->epilogue;
  for (uint32_t i = 0; i < run->kernel->reductions.count; i++)
    if (!open_final_reduction(run, i)) return false;
  return true;
}

static void close_run(struct run *run) {
  mfg_reference_section_close(&run->prologue);
  mfg_reference_section_close(&run->epilogue);
  free(run->operands);
  for (uint32_t i = 0; i < MFG_MAX_RESULTS; i++) {
    free(run->cells[i]);
    free(run->partials[i]);
  }
}

/* ---- writing -------------------------------------------------------------------------------- */

static void store(const struct run *run, uint32_t operand, const int64_t *index, mfg_scalar value) {
  const mfg_reference_operand *target = &run->operands[operand];
  char *address = target->base;
  for (uint32_t axis = 0; axis < run->kernel->rank; axis++)
    address += index[axis] * target->strides[axis] * (int64_t)target->size;
  memcpy(address, &value, target->size);
}

/* Hands on the values of the last section at `index`: to outputs and to final reductions. */
static void emit(const struct run *run, const int64_t *index) {
  uint32_t rank = run->kernel->rank;
  for (uint32_t i = 0; i < run->kernel->outputs.count; i++) {
    const mfg_kernel_output *output = mfg_kernel_output_at(run->kernel, i);
    store(run, output->operand, index, run->last->values[output->value]);
  }
  for (uint32_t i = 0; i < run->kernel->reductions.count; i++) {
    const mfg_kernel_reduction *reduction = mfg_kernel_reduction_at(run->kernel, i);
    int64_t cell = mfg_space_position(index, run->kept_extents, rank, ~reduction->axes);
    int64_t position = mfg_space_position(index, run->kept_extents, rank, reduction->axes);
    mfg_reference_accumulate(&run->cells[i][cell], run->last->values[reduction->value], position);
  }
}

static void write_final_reductions(const struct run *run) {
  uint32_t rank = run->kernel->rank;
  for (uint32_t i = 0; i < run->kernel->reductions.count; i++) {
    const mfg_kernel_reduction *reduction = mfg_kernel_reduction_at(run->kernel, i);
    int64_t index[MFG_MAX_RANK] = {0}, kept[MFG_MAX_RANK];
    mfg_space_keep(kept, run->kept_extents, rank, reduction->axes);
    if (mfg_space_is_empty(kept, rank)) continue;
    int64_t cell = 0;
    do {
      store(run, reduction->operand, index,
            mfg_reference_accumulate_finish(&run->cells[i][cell++]));
    } while (mfg_space_advance(index, kept, rank, ALL_AXES));
  }
}

/* ---- patterns ------------------------------------------------------------------------------- */

static void run_map(const struct run *run) {
  int64_t index[MFG_MAX_RANK] = {0};
  do {
    mfg_reference_section_run(&run->prologue, index);
    emit(run, index);
  } while (mfg_space_advance(index, run->extents, run->kernel->rank, ALL_AXES));
}

/* Reduces everything that belongs to the kept place `index`, whose reduced axes are 0. */
static void reduce_place(struct run *run, int64_t *index, double *partials, size_t levels) {
  const mfg_kernel_pattern *pattern = run->kernel->pattern;
  mfg_reference_accumulator accumulators[MFG_MAX_RESULTS];
  for (uint32_t k = 0; k < pattern->count; k++)
    mfg_reference_accumulate_start(
        &accumulators[k], pattern->operations[k],
        mfg_kernel_instruction_at(&run->kernel->prologue, (uint32_t)pattern->values[k])->type,
        partials + k * levels);
  int64_t position = 0;
  if (!mfg_space_is_empty(run->extents, run->kernel->rank)) do {
      mfg_reference_section_run(&run->prologue, index);
      for (uint32_t k = 0; k < pattern->count; k++)
        mfg_reference_accumulate(&accumulators[k], run->prologue.values[pattern->values[k]],
                                 position);
      position++;
    } while (mfg_space_advance(index, run->extents, run->kernel->rank, pattern->axes));
  for (uint32_t k = 0; k < pattern->count; k++)
    run->results[k] = mfg_reference_accumulate_finish(&accumulators[k]);
}

static bool run_reduce(struct run *run) {
  const mfg_kernel_pattern *pattern = run->kernel->pattern;
  uint32_t rank = run->kernel->rank;
  size_t levels =
      mfg_reference_levels((uint64_t)mfg_space_count(run->extents, rank, pattern->axes));
  double *partials = calloc(levels * pattern->count, sizeof *partials);
  if (partials == NULL) return false;
  int64_t index[MFG_MAX_RANK] = {0};
  do {
    reduce_place(run, index, partials, levels);
    mfg_reference_section_run(&run->epilogue, index);
    emit(run, index);
  } while (mfg_space_advance(index, run->kept_extents, rank, ~pattern->axes));
  free(partials);
  return true;
}

/* The values of the pattern along the line through `index`, one row of `extent` for each. All reads
 * of the prologue come before the first write of the line. */
static void gather_line(const struct run *run, int64_t *index, mfg_reference_wide *rows,
                        uint32_t row_count) {
  const mfg_kernel_pattern *pattern = run->kernel->pattern;
  int64_t extent = run->extents[pattern->axis];
  for (int64_t i = 0; i < extent; i++) {
    index[pattern->axis] = i;
    mfg_reference_section_run(&run->prologue, index);
    for (uint32_t k = 0; k < row_count; k++) {
      uint32_t value = (uint32_t)pattern->values[k];
      rows[k * extent + i] =
          mfg_reference_widen(run->prologue.values[value],
                              mfg_kernel_instruction_at(&run->kernel->prologue, value)->type);
    }
  }
}

/* Turns the rows into the results, which end in `rows + row * extent` for result `row`. */
static void transform_line(const struct run *run, mfg_reference_wide *rows, double *border) {
  const mfg_kernel_pattern *pattern = run->kernel->pattern;
  int64_t n = run->extents[pattern->axis];
  if (pattern->kind == MFG_PATTERN_LINE_SOLVE) {
    mfg_reference_line_solve(rows, rows + n, rows + 2 * n, rows + 3 * n, n,
                             (pattern->flags & MFG_PATTERN_CYCLIC) != 0, border);
    return;
  }
  for (uint32_t k = 0; k < pattern->count; k++)
    mfg_reference_scan(
        rows + k * n, n, pattern->operations[k],
        mfg_kernel_instruction_at(&run->kernel->prologue, (uint32_t)pattern->values[k])->type,
        pattern->flags);
}

static void emit_line(struct run *run, int64_t *index, const mfg_reference_wide *results) {
  const mfg_kernel_pattern *pattern = run->kernel->pattern;
  int64_t extent = run->extents[pattern->axis];
  for (int64_t i = 0; i < extent; i++) {
    index[pattern->axis] = i;
    for (uint32_t k = 0; k < pattern->count; k++)
      run->results[k] = mfg_reference_narrow(
          results[k * extent + i],
          mfg_kernel_instruction_at(&run->kernel->prologue, (uint32_t)pattern->values[k])->type);
    mfg_reference_section_run(&run->epilogue, index);
    emit(run, index);
  }
}

static bool run_lines(struct run *run) {
  const mfg_kernel_pattern *pattern = run->kernel->pattern;
  bool solve = pattern->kind == MFG_PATTERN_LINE_SOLVE;
  uint32_t row_count = solve ? 4 : pattern->count;
  size_t extent = (size_t)run->extents[pattern->axis];
  mfg_reference_wide *rows = calloc(row_count * extent, sizeof *rows);
  double *border = calloc(extent, sizeof *border);
  bool enough = rows != NULL && border != NULL;
  int64_t index[MFG_MAX_RANK] = {0};
  if (enough) do {
      gather_line(run, index, rows, row_count);
      transform_line(run, rows, border);
      emit_line(run, index, solve ? rows + 3 * extent : rows);
    } while (mfg_space_advance(index, run->extents, run->kernel->rank, ~(1U << pattern->axis)));
  free(rows);
  free(border);
  return enough;
}

static bool run_pattern(struct run *run) {
  if (mfg_space_is_empty(run->kept_extents, run->kernel->rank)) return true;
  switch (run->kernel->pattern->kind) {
  case MFG_PATTERN_REDUCE: return run_reduce(run);
  case MFG_PATTERN_MAP: run_map(run); return true;
  default: return run_lines(run);
  }
}

mfg_status mfg_reference_run(const mfg_kernel_description *description,
                             const mfg_kernel_launch *launch, void *const *memory,
                             mfg_plugin_error *error) {
  mfg_status status = mfg_kernel_launch_validate(description, launch, NULL, error);
  if (status != MFG_OK) return status;
  struct run run = {.kernel = description, .launch = launch};
  bool enough = open_run(&run, memory) && run_pattern(&run);
  if (enough) write_final_reductions(&run);
  close_run(&run);
  if (enough) return MFG_OK;
  return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0,
                              "no memory to run a kernel of %u operands",
                              (unsigned)description->operands.count);
}
