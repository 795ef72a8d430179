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

/* Memory that moves on with the elements of a tile. */
struct moving {
  uint32_t slot;
  uint8_t size;
};

struct cpu_code_frame {
  cpu_code_function *function;
  char **blocks;
  char **targets;
  cpu_code_gather *gathers;
  const cpu_step **indices; /* the section's INDEX and GATHER steps */
  const cpu_step **gather_steps;
  char **fallbacks; /* of the loads */
  struct moving results[MFG_MAX_RESULTS];
  struct moving stores[CPU_MOST_ROOTS];
  int64_t interior_first; /* columns */
  int64_t interior_end;
};

/* ---- opening -------------------------------------------------------------------------------- */

/* The part of a row in which every load moves forwards by its longest segment. */
static void find_interior(cpu_code_frame *code, const cpu_view *view) {
  int64_t columns = view->extents[view->inner];
  code->interior_first = 0;
  code->interior_end = columns;
  for (uint32_t i = 0; i < view->section->load_count; i++) {
    if (view->loads[i].place == NULL) continue;
    const cpu_axis_map *map = &view->loads[i].place->axes[view->inner];
    int64_t first = 0, end = map->count == 0 ? columns : 0;
    for (uint32_t k = 0; k < map->count; k++) {
      int64_t stop = k + 1 < map->count ? map->segments[k + 1].first : columns;
      if (map->segments[k].direction != CPU_FORWARDS) continue;
      if (stop - map->segments[k].first <= end - first) continue;
      first = map->segments[k].first;
      end = stop;
    }
    if (first > code->interior_first) code->interior_first = first;
    if (end < code->interior_end) code->interior_end = end;
  }
}

static void find_moving(cpu_code_frame *code, const cpu_section *section) {
  uint32_t results = section->load_count + section->index_count;
  for (uint32_t i = 0; i < section->result_count; i++)
    code->results[i].slot = cpu_section_result(section, i);
  for (uint32_t i = 0; i < section->code.value_count; i++) {
    const cpu_code_value *value = &section->code.values[i];
    if (value->source == CPU_CODE_BLOCK && value->number >= results)
      code->results[value->number - results].size = cpu_type_size(cpu_type_of(value->type));
  }
  for (uint32_t i = 0; i < section->code.store_count; i++) {
    const cpu_code_store *store = &section->code.stores[i];
    bool target = store->number < section->root_count;
    const cpu_root *root =
        &section->roots[target ? store->number : store->number - section->root_count];
    code->stores[i] = (struct moving){target ? root->external : root->home, root->size};
  }
}

static void find_steps(cpu_code_frame *code, const cpu_section *section) {
  uint32_t indices = 0, gathers = 0;
  for (uint32_t i = 0; i < section->step_count; i++) {
    if (section->steps[i].kind == CPU_INDEX) code->indices[indices++] = &section->steps[i];
    if (section->steps[i].kind == CPU_GATHER) code->gather_steps[gathers++] = &section->steps[i];
  }
}

mfg_status cpu_code_frame_open(cpu_frame *frame, cpu_code_function *function, int64_t block,
                               cpu_arena *arena) {
  const cpu_section *section = frame->view->section;
  size_t bytes = ((size_t)block * 8 + 63) & ~(size_t)63;
  size_t blocks = section->load_count + section->index_count;
  cpu_code_frame *code = cpu_arena_take(arena, sizeof *code);
  char *memory = cpu_arena_take(arena, blocks * bytes);
  if (code == NULL || memory == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  code->function = function;
  code->blocks = cpu_arena_zeroed(arena, blocks + section->result_count, sizeof *code->blocks);
  code->targets = cpu_arena_zeroed(arena, 2 * (size_t)section->root_count, sizeof *code->targets);
  code->gathers = cpu_arena_zeroed(arena, section->gather_count, sizeof *code->gathers);
  code->indices = cpu_arena_zeroed(arena, section->index_count, sizeof(const cpu_step *));
  code->gather_steps = cpu_arena_zeroed(arena, section->gather_count, sizeof(const cpu_step *));
  code->fallbacks = cpu_arena_zeroed(arena, section->load_count, sizeof *code->fallbacks);
  if (code->blocks == NULL || code->targets == NULL || code->gathers == NULL ||
      code->indices == NULL || code->gather_steps == NULL || code->fallbacks == NULL)
    return MFG_ERROR_OUT_OF_MEMORY;
  for (uint32_t i = 0; i < section->load_count; i++)
    code->fallbacks[i] = memory + i * bytes;
  for (size_t i = section->load_count; i < blocks; i++)
    code->blocks[i] = memory + i * bytes;
  for (uint32_t i = 0; i < section->root_count; i++)
    if (section->roots[i].home != CPU_NO_SLOT)
      frame->slots[section->roots[i].slot] = frame->slots[section->roots[i].home];
  find_interior(code, frame->view);
  find_moving(code, section);
  find_steps(code, section);
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

/* Runs the function over a tile that begins `offset` elements behind the tile of the frame. */
static void run_part(cpu_frame *frame, const cpu_tile *tile, int64_t offset) {
  const cpu_view *view = frame->view;
  const cpu_section *section = view->section;
  cpu_code_frame *code = frame->code;
  uint32_t number = section->load_count;
  if (tile->columns == 0) return;
  for (uint32_t i = 0; i < section->load_count; i++)
    code->blocks[i] = cpu_load_run(view, i, tile, code->fallbacks[i]);
  for (uint32_t i = 0; i < section->index_count; i++)
    cpu_index_run(view, code->indices[i], tile, code->blocks[number++]);
  for (uint32_t i = 0; i < section->result_count; i++)
    code->blocks[number++] = frame->slots[code->results[i].slot] + offset * code->results[i].size;
  for (uint32_t i = 0; i < section->gather_count; i++)
    set_gather(view, code->gather_steps[i], tile, &code->gathers[i]);
  for (uint32_t i = 0; i < section->code.store_count; i++)
    code->targets[section->code.stores[i].number] =
        frame->slots[code->stores[i].slot] + offset * code->stores[i].size;
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
  const cpu_code_frame *code = frame->code;
  int64_t begin = row->index[frame->view->inner], stop = begin + row->columns;
  int64_t first = code->interior_first > begin ? code->interior_first : begin;
  int64_t end = code->interior_end < stop ? code->interior_end : stop;
  if (end - first < SHORTEST_INTERIOR) {
    run_part(frame, row, offset);
    return;
  }
  run_columns(frame, row, begin, first, offset);
  run_columns(frame, row, first, end, offset);
  run_columns(frame, row, end, stop, offset);
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
