/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running a section's compiled function over a tile.
 *
 * Loads and indices come to the function as blocks, in place where their elements are consecutive.
 * So that shifted loads are in place almost everywhere, a row is cut into the interior, in which
 * every site moves evenly, and what is before and behind it. */
#include "view.h"

/* A row is cut where its interior has this many elements; shorter ones are quicker copied. */
#define SHORTEST_INTERIOR 64
/* Rows of a tile are run one by one where shifted loads would copy this many elements a row. */
#define COPIED_IN_ROW 1024

struct cpu_code_frame {
  cpu_code_function *function;
  char **blocks;
  char **targets;
  char *loads; /* memory of the loads that are not in place */
  size_t bytes;
  cpu_code_gather *gathers;
};

/* ---- opening -------------------------------------------------------------------------------- */

mfg_status cpu_code_frame_open(cpu_frame *frame, cpu_code_function *function, int64_t block,
                               cpu_arena *arena) {
  const cpu_section *section = frame->view->section;
  size_t bytes = ((size_t)block * 8 + 63) & ~(size_t)63;
  size_t blocks = section->load_count + section->index_count;
  size_t pointers = blocks + section->result_count + 2 * (size_t)section->root_count;
  size_t head = sizeof(cpu_code_frame) + pointers * sizeof(char *) +
                section->gather_count * sizeof(cpu_code_gather);
  cpu_code_frame *code = cpu_arena_take(arena, head);
  char *memory = cpu_arena_take(arena, blocks * bytes);
  if (code == NULL || memory == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  code->function = function;
  code->blocks = (char **)(code + 1);
  code->targets = code->blocks + blocks + section->result_count;
  code->gathers = (cpu_code_gather *)(code->blocks + pointers);
  code->loads = memory;
  code->bytes = bytes;
  for (size_t i = section->load_count; i < blocks; i++)
    code->blocks[i] = memory + i * bytes;
  for (uint32_t i = 0; i < section->root_count; i++)
    if (section->roots[i].home != CPU_NO_SLOT)
      frame->slots[section->roots[i].slot] = frame->slots[section->roots[i].home];
  frame->code = code;
  return MFG_OK;
}

/* ---- running -------------------------------------------------------------------------------- */

static void set_gather(const cpu_view *view, const cpu_step *step, const cpu_tile *tile,
                       cpu_code_gather *gather) {
  const cpu_operand *operand = &view->operands[step->load];
  cpu_tile first = *tile;
  first.index[step->axis] = 0;
  gather->base = cpu_operand_at(view, operand, &first);
  gather->across = step->axis == view->inner ? 0 : operand->stride[view->inner];
  gather->along = operand->stride[step->axis];
  gather->extent = operand->extents[step->axis];
}

/* The steps that the function does not take the place of, and what gathers go by. */
static void run_steps(cpu_frame *frame, const cpu_tile *tile) {
  const cpu_view *view = frame->view;
  const cpu_section *section = view->section;
  cpu_code_frame *code = frame->code;
  char **index = code->blocks + section->load_count;
  cpu_code_gather *gather = code->gathers;
  for (uint32_t i = 0; i < section->step_count; i++) {
    const cpu_step *step = &section->steps[i];
    if (step->kind == CPU_INDEX) cpu_index_run(view, step, tile, *index++);
    if (step->kind == CPU_GATHER) set_gather(view, step, tile, gather++);
  }
}

/* Runs the function over a tile that begins `offset` elements behind the tile of the frame. */
static void run_part(cpu_frame *frame, const cpu_tile *tile, int64_t offset) {
  const cpu_view *view = frame->view;
  const cpu_section *section = view->section;
  cpu_code_frame *code = frame->code;
  char **results = code->blocks + section->load_count + section->index_count;
  for (uint32_t i = 0; i < section->load_count; i++)
    code->blocks[i] = cpu_load_run(view, i, tile, code->loads + i * code->bytes);
  if (section->index_count + section->gather_count > 0) run_steps(frame, tile);
  for (uint32_t i = 0; i < section->result_count; i++)
    results[i] = frame->slots[section->results[i].slot] + offset * section->results[i].size;
  for (uint32_t i = 0; i < section->code.store_count; i++)
    code->targets[section->code.stores[i].number] =
        frame->slots[section->stores[i].slot] + offset * section->stores[i].size;
  code->function(tile->rows * tile->columns, code->blocks, code->targets, view->uniforms,
                 code->gathers);
}

/* Columns first .. end-1 of a row. */
static void run_columns(cpu_frame *frame, const cpu_tile *row, int64_t first, int64_t end,
                        int64_t offset) {
  cpu_tile part = *row;
  uint8_t inner = frame->view->inner;
  part.index[inner] = first;
  part.columns = end - first;
  run_part(frame, &part, offset + first - row->index[inner]);
}

static void run_row(cpu_frame *frame, const cpu_tile *row, int64_t offset) {
  const cpu_view *view = frame->view;
  int64_t begin = row->index[view->inner], stop = begin + row->columns;
  int64_t first = view->interior_first > begin ? view->interior_first : begin;
  int64_t end = view->interior_end < stop ? view->interior_end : stop;
  if (end - first < SHORTEST_INTERIOR) {
    run_part(frame, row, offset);
    return;
  }
  /* The ends first: the processor is at the interior while their few elements are on their way. */
  if (begin < first) run_columns(frame, row, begin, first, offset);
  if (end < stop) run_columns(frame, row, end, stop, offset);
  run_columns(frame, row, first, end, offset);
}

void cpu_code_frame_run(cpu_frame *frame, const cpu_tile *tile) {
  const cpu_section *section = frame->view->section;
  cpu_tile row = *tile;
  row.rows = 1;
  if (tile->rows == 1) {
    run_row(frame, &row, 0);
    return;
  }
  if (section->gather_count == 0 && section->site_load_count * tile->columns < COPIED_IN_ROW) {
    run_part(frame, tile, 0);
    return;
  }
  for (int64_t r = 0; r < tile->rows; r++) {
    run_row(frame, &row, r * tile->columns);
    cpu_index_advance(frame->view, row.index);
  }
}
