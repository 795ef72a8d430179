/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Binding a kernel to a launch. */
#include "kernel.h"

#include <string.h>

static mfg_status check_operand(const mfg_plugin_kernel *kernel, uint32_t index,
                                const mfg_kernel_binding *binding, mfg_plugin_error *error) {
  if (binding->buffer == NULL || (kernel->rank > 0 && binding->strides == NULL))
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "launch: binding %u has no buffer or no strides", (unsigned)index);
  if (!(kernel->operand_flags[index] & MFG_OPERAND_GATHER) || kernel->rank == 0) return MFG_OK;
  if (binding->extents == NULL)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "launch: binding %u is gathered and has no extents",
                                (unsigned)index);
  return MFG_OK;
}

static mfg_status check_launch(const mfg_plugin_kernel *kernel, const mfg_kernel_launch *launch,
                               mfg_plugin_error *error) {
  if (launch->bindings.count != kernel->operand_count ||
      launch->scalars.count != kernel->scalar_count)
    return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                "launch: %u bindings and %u scalars, expected %u and %u",
                                (unsigned)launch->bindings.count, (unsigned)launch->scalars.count,
                                (unsigned)kernel->operand_count, (unsigned)kernel->scalar_count);
  for (uint32_t axis = 0; axis < kernel->rank; axis++)
    if (launch->extents[axis] < 0)
      return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                  "launch: extent along axis %u is %lld, expected at least 0",
                                  (unsigned)axis, (long long)launch->extents[axis]);
  for (uint32_t i = 0; i < kernel->operand_count; i++) {
    mfg_status status = check_operand(kernel, i, mfg_kernel_binding_at(launch, i), error);
    if (status != MFG_OK) return status;
  }
  return MFG_OK;
}

/* A gather from nothing has no element to clamp to. */
static mfg_status check_gathers(const cpu_bound *bound, mfg_plugin_error *error) {
  const cpu_section *sections[] = {&bound->kernel->prologue, &bound->kernel->epilogue};
  if (bound->elements == 0) return MFG_OK;
  for (int k = 0; k < 2; k++)
    for (uint32_t i = 0; i < sections[k]->step_count; i++) {
      const cpu_step *step = &sections[k]->steps[i];
      if (step->kind == CPU_GATHER && bound->operands[step->load].extents[step->axis] == 0)
        return mfg_plugin_error_set(error, MFG_ERROR_INVALID_ARGUMENT, 0,
                                    "launch: operand %u is gathered along axis %u, where its "
                                    "extent is 0",
                                    (unsigned)step->load, (unsigned)step->axis);
    }
  return MFG_OK;
}

static void bind_operands(cpu_bound *bound, const mfg_kernel_launch *launch) {
  const mfg_plugin_kernel *kernel = bound->kernel;
  for (uint32_t i = 0; i < kernel->operand_count; i++) {
    const mfg_kernel_binding *binding = mfg_kernel_binding_at(launch, i);
    cpu_operand *operand = &bound->operands[i];
    operand->base = cpu_buffer_at(binding->buffer, (uint64_t)binding->offset);
    for (uint32_t axis = 0; axis < kernel->rank; axis++)
      operand->stride[axis] = binding->strides[axis] * kernel->operand_sizes[i];
    if (kernel->rank == 0) operand->stride[0] = operand->extents[0] = 0;
    if (kernel->operand_flags[i] & MFG_OPERAND_GATHER)
      for (uint32_t axis = 0; axis < kernel->rank; axis++)
        operand->extents[axis] = binding->extents[axis];
  }
  for (uint32_t i = 0; i < kernel->scalar_count; i++)
    bound->scalars[i] = mfg_kernel_scalar_at(launch, i);
}

static mfg_status view_open(cpu_bound *bound, cpu_view *view, const cpu_section *section,
                            const int64_t *extents, uint32_t reduced, cpu_arena *arena) {
  const mfg_plugin_kernel *kernel = bound->kernel;
  view->section = section;
  view->operands = bound->operands;
  view->sites = kernel->sites;
  view->steps = kernel->steps;
  view->rank = kernel->rank > 0 ? kernel->rank : 1;
  view->extents[0] = 1;
  for (uint32_t axis = 0; axis < kernel->rank; axis++)
    view->extents[axis] = reduced >> axis & 1 ? 1 : extents[axis];
  view->uniforms = cpu_arena_take(arena, section->uniform_count * sizeof *view->uniforms);
  if (view->uniforms == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  memcpy(view->uniforms, section->constants, section->uniform_count * sizeof *view->uniforms);
  cpu_view_evaluate(view, bound->scalars, 0, section->launch_step_count);
  return MFG_OK;
}

/* Rows along the last axis that has any length, in row-major order. */
static mfg_status resolve_map(const mfg_plugin_kernel *kernel, cpu_view *view, cpu_arena *arena) {
  cpu_view_order(view, cpu_view_longest_inner(view), UINT32_MAX, 0);
  return cpu_view_resolve(view, kernel->site_count, arena);
}

static mfg_status resolve_views(cpu_bound *bound, cpu_arena *arena) {
  const mfg_plugin_kernel *kernel = bound->kernel;
  bool places = bound->elements > 0;
  mfg_status status = MFG_OK;
  switch (kernel->pattern.kind) {
  case MFG_PATTERN_REDUCE:
    if (places)
      status = cpu_reduce_resolve(&bound->prologue, kernel->pattern.axes, kernel->results,
                                  kernel->pattern.count, kernel->site_count, arena);
    if (status != MFG_OK || cpu_view_count(&bound->epilogue, UINT32_MAX) == 0) return status;
    return resolve_map(kernel, &bound->epilogue, arena);
  case MFG_PATTERN_SCAN:
  case MFG_PATTERN_LINE_SOLVE:
    if (!places) return MFG_OK;
    cpu_lines_order(bound);
    status = cpu_view_resolve(&bound->prologue, kernel->site_count, arena);
    if (status != MFG_OK) return status;
    return cpu_view_resolve(&bound->epilogue, kernel->site_count, arena);
  default: return places ? resolve_map(kernel, &bound->prologue, arena) : MFG_OK;
  }
}

static mfg_status bind_memory(const mfg_plugin_kernel *kernel, cpu_arena *arena,
                              cpu_bound **bound) {
  cpu_bound *made = cpu_arena_zeroed(arena, 1, sizeof *made);
  if (made == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  made->kernel = kernel;
  made->operands = cpu_arena_take(arena, kernel->operand_count * sizeof *made->operands);
  made->scalars = cpu_arena_take(arena, kernel->scalar_count * sizeof *made->scalars);
  if (made->operands == NULL || made->scalars == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  *bound = made;
  return MFG_OK;
}

mfg_status cpu_bind(const mfg_plugin_kernel *kernel, const mfg_kernel_launch *launch,
                    cpu_arena *arena, cpu_bound **bound) {
  mfg_status status = bind_memory(kernel, arena, bound);
  if (status != MFG_OK) return status;
  cpu_bound *made = *bound;
  bind_operands(made, launch);
  status = view_open(made, &made->prologue, &kernel->prologue, launch->extents, 0, arena);
  if (status != MFG_OK) return status;
  made->elements = cpu_view_count(&made->prologue, UINT32_MAX);
  if (kernel->pattern.kind != MFG_PATTERN_MAP) {
    uint32_t reduced = kernel->pattern.kind == MFG_PATTERN_REDUCE ? kernel->pattern.axes : 0;
    status = view_open(made, &made->epilogue, &kernel->epilogue, launch->extents, reduced, arena);
    if (status != MFG_OK) return status;
  }
  return resolve_views(made, arena);
}

mfg_status cpu_kernel_bind(const mfg_plugin_kernel *kernel, const mfg_kernel_launch *launch,
                           cpu_arena *arena, cpu_bound **bound, mfg_plugin_error *error) {
  mfg_status status = check_launch(kernel, launch, error);
  if (status != MFG_OK) return status;
  status = cpu_bind(kernel, launch, arena, bound);
  if (status != MFG_OK) return cpu_out_of_memory(error, "a launch");
  return check_gathers(*bound, error);
}
