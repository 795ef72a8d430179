/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Outputs and final reductions: what a tile's values become. */
#include "run.h"

#include <string.h>

/* ---- trees of results ----------------------------------------------------------------------- */

void cpu_stack_push(cpu_stack *stack, const cpu_result *result, const cpu_accumulator *next) {
  cpu_accumulator sum = *next;
  uint32_t level = 0;
  for (; stack->count >> level & 1; level++) {
    cpu_accumulator earlier = stack->level[level];
    result->functions.combine(&earlier, &sum);
    sum = earlier;
  }
  stack->level[level] = sum;
  stack->count++;
}

cpu_accumulator cpu_stack_finish(const cpu_stack *stack, const cpu_result *result) {
  cpu_accumulator sum = {.index = -1};
  bool any = false;
  for (uint32_t level = 0; stack->count >> level != 0; level++) {
    if (!(stack->count >> level & 1)) continue;
    cpu_accumulator earlier = stack->level[level];
    if (any) result->functions.combine(&earlier, &sum);
    sum = earlier;
    any = true;
  }
  return any ? sum : cpu_result_neutral(result);
}

/* ---- the outlet ----------------------------------------------------------------------------- */

static bool covers_all(const cpu_view *view, uint32_t axes) {
  for (uint32_t axis = 0; axis < view->rank; axis++)
    if (!(axes >> axis & 1) && view->extents[axis] != 1) return false;
  return true;
}

/* A dense array over the whole space, for values that are reduced over some axes afterwards. */
static cpu_operand *spill_make(const cpu_view *view, size_t size, cpu_arena *arena) {
  cpu_operand *spill = cpu_arena_zeroed(arena, 1, sizeof *spill);
  if (spill == NULL) return NULL;
  int64_t stride = (int64_t)size;
  for (uint32_t axis = view->rank; axis-- > 0;) {
    spill->stride[axis] = stride;
    stride *= view->extents[axis];
  }
  spill->base = cpu_arena_take(arena, (size_t)stride);
  return spill->base != NULL ? spill : NULL;
}

mfg_status cpu_outlet_open(cpu_outlet *outlet, const cpu_bound *bound, const cpu_view *view,
                           int64_t items, bool in_order, cpu_arena *arena) {
  const struct mfg_plugin_kernel *kernel = bound->kernel;
  *outlet = (cpu_outlet){.bound = bound, .view = view, .items = items, .block = kernel->block};
  if (kernel->final_count == 0) return MFG_OK;
  size_t count = (size_t)items * kernel->final_count;
  outlet->partials = cpu_arena_take(arena, count * sizeof *outlet->partials);
  if (outlet->partials == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  for (uint32_t i = 0; i < kernel->final_count; i++) {
    const cpu_result *final = &kernel->finals[i];
    if (covers_all(view, final->axes) && (in_order || !cpu_result_is_place(final))) continue;
    outlet->spills[i] = spill_make(view, final->size, arena);
    if (outlet->spills[i] == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  }
  return MFG_OK;
}

/* A section that loads one operand, for the reduction of a spill. */
static void spill_section(cpu_section *section, cpu_step *step, cpu_load *load,
                          const cpu_result *result) {
  *load = (cpu_load){.size = result->size};
  *section = (cpu_section){.steps = step,
                           .loads = load,
                           .step_count = 1,
                           .root_count = 1,
                           .register_count = 1,
                           .load_count = 1};
  *step = (cpu_step){.kind = CPU_LOAD,
                     .size = result->size,
                     .target = cpu_section_load(section, 0),
                     .a = cpu_section_register(section, 0)};
  section->slot_count = cpu_section_external(section, 1);
  section->roots[0] = (cpu_root){.slot = step->target,
                                 .external = cpu_section_external(section, 0),
                                 .size = result->size,
                                 .type = result->type};
}

/* Writes dense results, one for each index of the axes that are kept, to their operand. */
static void results_store(const cpu_view *space, const cpu_result *result, const char *values,
                          const cpu_operand *operand) {
  cpu_view kept = {.rank = space->rank};
  for (uint32_t axis = 0; axis < space->rank; axis++)
    kept.extents[axis] = result->axes >> axis & 1 ? 1 : space->extents[axis];
  uint8_t inner = (uint8_t)(kept.rank - 1);
  cpu_view_order(&kept, inner, UINT32_MAX, 0);
  cpu_tile whole = {.rows = cpu_view_count(&kept, ~(UINT32_C(1) << inner)),
                    .columns = kept.extents[inner]};
  cpu_operand_store(&kept, operand, &whole, result->out_size, values);
}

static mfg_status spill_reduce(const cpu_outlet *outlet, uint32_t index, cpu_arena *arena) {
  const cpu_result *final = &outlet->bound->kernel->finals[index];
  cpu_section section;
  cpu_step step;
  cpu_load load;
  spill_section(&section, &step, &load, final);
  cpu_view view = {
      .section = &section, .operands = outlet->spills[index], .rank = outlet->view->rank};
  memcpy(view.extents, outlet->view->extents, sizeof view.extents);
  char *values =
      cpu_arena_take(arena, (size_t)cpu_view_count(&view, ~final->axes) * final->out_size);
  if (values == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  mfg_status status = MFG_OK;
  if (outlet->bound->elements > 0)
    status = cpu_reduce_resolve(&view, final->axes, final, 1, 0, arena);
  if (status == MFG_OK)
    status =
        cpu_reduce_view(&view, final->axes, final, 1, &values, outlet->bound->kernel->block, arena);
  if (status == MFG_OK)
    results_store(outlet->view, final, values, &outlet->bound->operands[final->operand]);
  return status;
}

mfg_status cpu_outlet_close(cpu_outlet *outlet, cpu_arena *arena) {
  const struct mfg_plugin_kernel *kernel = outlet->bound->kernel;
  for (uint32_t i = 0; i < kernel->final_count; i++) {
    const cpu_result *final = &kernel->finals[i];
    if (outlet->spills[i] != NULL) {
      mfg_status status = spill_reduce(outlet, i, arena);
      if (status != MFG_OK) return status;
      continue;
    }
    cpu_stack stack = {.count = 0};
    for (int64_t item = 0; item < outlet->items; item++)
      cpu_stack_push(&stack, final, &outlet->partials[item * kernel->final_count + i]);
    cpu_accumulator value = cpu_stack_finish(&stack, final);
    cpu_result_store(final, &value, outlet->bound->operands[final->operand].base);
  }
  return MFG_OK;
}

/* ---- sinks ---------------------------------------------------------------------------------- */

mfg_status cpu_sink_open(cpu_sink *sink, const cpu_outlet *outlet, cpu_arena *arena) {
  const struct mfg_plugin_kernel *kernel = outlet->bound->kernel;
  sink->outlet = outlet;
  mfg_status status = cpu_frame_open(&sink->frame, outlet->view, outlet->block, arena);
  for (uint32_t i = 0; i < kernel->output_count && status == MFG_OK; i++) {
    sink->fallback[i] = NULL;
    if (!cpu_frame_direct(&sink->frame, i)) continue;
    sink->fallback[i] = cpu_arena_take(arena, (size_t)outlet->block * 8);
    if (sink->fallback[i] == NULL) status = MFG_ERROR_OUT_OF_MEMORY;
  }
  return status;
}

static bool output_fits(const cpu_outlet *outlet, uint32_t output, const cpu_tile *tile) {
  uint32_t operand = outlet->bound->kernel->output_operands[output];
  return cpu_operand_fits(outlet->view, &outlet->bound->operands[operand], tile,
                          outlet->view->section->roots[output].size);
}

bool cpu_sink_is_direct(const cpu_sink *sink, const cpu_tile *tile) {
  const struct mfg_plugin_kernel *kernel = sink->outlet->bound->kernel;
  for (uint32_t i = 0; i < kernel->output_count; i++)
    if (!cpu_frame_direct(&sink->frame, i) || !output_fits(sink->outlet, i, tile)) return false;
  return kernel->final_count == 0;
}

void cpu_sink_item_begin(cpu_sink *sink) {
  for (uint32_t i = 0; i < sink->outlet->bound->kernel->final_count; i++)
    sink->stacks[i].count = 0;
}

static void sink_reduce(cpu_sink *sink, const cpu_tile *tile, int64_t first) {
  const cpu_outlet *outlet = sink->outlet;
  const struct mfg_plugin_kernel *kernel = outlet->bound->kernel;
  for (uint32_t i = 0; i < kernel->final_count; i++) {
    const cpu_result *final = &kernel->finals[i];
    const char *block = cpu_frame_root(&sink->frame, kernel->output_count + i);
    if (outlet->spills[i] != NULL) {
      cpu_operand_store(outlet->view, outlet->spills[i], tile, final->size, block);
      continue;
    }
    cpu_accumulator partial;
    final->functions.fold((size_t)(tile->rows * tile->columns), block, first, &partial);
    cpu_stack_push(&sink->stacks[i], final, &partial);
  }
}

void cpu_sink_tile(cpu_sink *sink, const cpu_tile *tile, int64_t first) {
  const cpu_outlet *outlet = sink->outlet;
  const cpu_view *view = outlet->view;
  const struct mfg_plugin_kernel *kernel = outlet->bound->kernel;
  const cpu_root *roots = view->section->roots;
  uint32_t stored = 0; /* outputs that the steps write themselves */
  for (uint32_t i = 0; i < kernel->output_count; i++) {
    if (!cpu_frame_direct(&sink->frame, i)) continue;
    const cpu_operand *operand = &outlet->bound->operands[kernel->output_operands[i]];
    bool fits = output_fits(outlet, i, tile);
    if (fits) stored |= 1u << i;
    cpu_frame_set_external(&sink->frame, i,
                           fits ? cpu_operand_at(view, operand, tile) : sink->fallback[i]);
  }
  cpu_frame_run(&sink->frame, tile);
  for (uint32_t i = 0; i < kernel->output_count; i++)
    if (!(stored >> i & 1))
      cpu_operand_store(view, &outlet->bound->operands[kernel->output_operands[i]], tile,
                        roots[i].size, cpu_frame_target(&sink->frame, i));
  if (kernel->final_count > 0) sink_reduce(sink, tile, first);
}

void cpu_sink_item_end(cpu_sink *sink, int64_t item) {
  const struct mfg_plugin_kernel *kernel = sink->outlet->bound->kernel;
  for (uint32_t i = 0; i < kernel->final_count; i++)
    if (sink->outlet->spills[i] == NULL)
      sink->outlet->partials[item * kernel->final_count + i] =
          cpu_stack_finish(&sink->stacks[i], &kernel->finals[i]);
}
