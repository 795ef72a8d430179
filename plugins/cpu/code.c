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

/* The parts of a row: what is before and behind the interior, and the interior. */
enum { BEFORE, BEHIND, INTERIOR, PARTS };

/* What the function is called with. */
struct part {
  cpu_tile tile;
  int64_t count; /* of its elements; 0: there is none */
  char *memory;  /* of blocks that are not in place, `bytes` of the frame apart */
  char **blocks;
  char **targets;
  cpu_code_gather *gathers;
};

struct cpu_code_frame {
  cpu_code_function *function;
  char *loads; /* memory of the loads that are not in place, and of indices */
  size_t bytes;
  struct part parts[PARTS];
};

/* ---- opening -------------------------------------------------------------------------------- */

mfg_status cpu_code_frame_open(cpu_frame *frame, cpu_code_function *function, int64_t block,
                               cpu_arena *arena) {
  const cpu_section *section = frame->view->section;
  size_t bytes = (size_t)block * 8 + (PARTS + 1) * (size_t)CPU_ARENA_ALIGNMENT;
  size_t blocks = section->load_count + section->index_count;
  size_t pointers = blocks + section->result_count + 2 * (size_t)section->root_count;
  size_t size = pointers * sizeof(char *) + section->gather_count * sizeof(cpu_code_gather);
  bytes &= ~(size_t)(CPU_ARENA_ALIGNMENT - 1);
  cpu_code_frame *code = cpu_arena_take(arena, sizeof *code + PARTS * size);
  char *memory = cpu_arena_take(arena, blocks * bytes);
  if (code == NULL || memory == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  code->function = function;
  code->loads = memory;
  code->bytes = bytes;
  for (size_t i = 0; i < PARTS; i++) {
    struct part *part = &code->parts[i];
    part->count = 0;
    part->blocks = (char **)((char *)(code + 1) + i * size);
    part->targets = part->blocks + blocks + section->result_count;
    part->gathers = (cpu_code_gather *)(part->blocks + pointers);
  }
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
static void run_steps(cpu_frame *frame, const struct part *part) {
  const cpu_view *view = frame->view;
  const cpu_section *section = view->section;
  uint32_t index = section->load_count;
  cpu_code_gather *gather = part->gathers;
  for (uint32_t i = 0; i < section->step_count; i++) {
    const cpu_step *step = &section->steps[i];
    if (step->kind == CPU_INDEX) {
      part->blocks[index] = part->memory + index * frame->code->bytes;
      cpu_index_run(view, step, &part->tile, part->blocks[index++]);
    }
    if (step->kind == CPU_GATHER) set_gather(view, step, &part->tile, gather++);
  }
}

/* Makes a part ready: a tile that begins `offset` elements behind the tile of the frame, with
 * `scratch` bytes of each block's memory taken by other parts. */
static void set_part(cpu_frame *frame, struct part *part, const cpu_tile *tile, int64_t offset,
                     size_t scratch) {
  const cpu_view *view = frame->view;
  const cpu_section *section = view->section;
  cpu_code_frame *code = frame->code;
  char **results = part->blocks + section->load_count + section->index_count;
  part->tile = *tile;
  part->count = tile->rows * tile->columns;
  part->memory = code->loads + scratch;
  for (uint32_t i = 0; i < section->load_count; i++)
    part->blocks[i] = cpu_load_run(view, i, tile, part->memory + i * code->bytes);
  if (section->index_count + section->gather_count > 0) run_steps(frame, part);
  for (uint32_t i = 0; i < section->result_count; i++)
    results[i] = frame->slots[section->results[i].slot] + offset * section->results[i].size;
  for (uint32_t i = 0; i < section->code.store_count; i++)
    part->targets[section->code.stores[i].number] =
        frame->slots[section->stores[i].slot] + offset * section->stores[i].size;
}

static void run_parts(const cpu_frame *frame) {
  const cpu_code_frame *code = frame->code;
  for (const struct part *part = code->parts + PARTS; part-- > code->parts;)
    if (part->count > 0)
      code->function(part->count, part->blocks, part->targets, frame->view->uniforms,
                     part->gathers);
}

static void run_whole(cpu_frame *frame, const cpu_tile *tile, int64_t offset) {
  struct part *parts = frame->code->parts;
  parts[BEFORE].count = parts[BEHIND].count = 0;
  set_part(frame, &parts[INTERIOR], tile, offset, 0);
  run_parts(frame);
}

static void run_row(cpu_frame *frame, const cpu_tile *row, int64_t offset) {
  const cpu_view *view = frame->view;
  uint8_t inner = view->inner;
  int64_t begin = row->index[inner], stop = begin + row->columns;
  int64_t first = view->interior_first > begin ? view->interior_first : begin;
  int64_t end = view->interior_end < stop ? view->interior_end : stop;
  if (end - first < SHORTEST_INTERIOR) {
    run_whole(frame, row, offset);
    return;
  }
  /* The few elements that are copied for the ends are in memory when the interior is done: a vector
   * that is read right behind the stores of its elements waits for them. */
  const int64_t edges[PARTS][2] = {{begin, first}, {end, stop}, {first, end}};
  struct part *parts = frame->code->parts;
  cpu_tile part = *row;
  size_t scratch = 0;
  for (int i = 0; i < PARTS; i++) {
    parts[i].count = 0;
    if (edges[i][0] >= edges[i][1]) continue;
    part.index[inner] = edges[i][0];
    part.columns = edges[i][1] - edges[i][0];
    set_part(frame, &parts[i], &part, offset + edges[i][0] - begin, scratch);
    scratch +=
        ((size_t)part.columns * 8 + CPU_ARENA_ALIGNMENT - 1) & ~(size_t)(CPU_ARENA_ALIGNMENT - 1);
  }
  run_parts(frame);
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
    run_whole(frame, tile, 0);
    return;
  }
  for (int64_t r = 0; r < tile->rows; r++) {
    run_row(frame, &row, r * tile->columns);
    cpu_index_advance(frame->view, row.index);
  }
}

void cpu_code_frame_again(cpu_frame *frame) {
  cpu_code_frame *code = frame->code;
  for (struct part *part = code->parts; part < code->parts + PARTS; part++)
    for (uint32_t i = 0; part->count > 0 && i < frame->view->section->load_count; i++) {
      char *memory = part->memory + i * code->bytes;
      if (part->blocks[i] == memory) cpu_load_run(frame->view, i, &part->tile, memory);
    }
  run_parts(frame);
}
