/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many items run which entry: everything that depends on extents and on the device. */
#include "emitter_internal.h"

#include <mfg/sdk.h>

#include <stdlib.h>
#include <string.h>

struct planning {
  const mfg_unit *unit;
  const mfg_shape *shape;
  const mfg_emitter_device *device;
  const int64_t *extents;
  int64_t *parameters;
  uint64_t *scratch;
  mfg_emitter_plan *plan;
  uint32_t number;
};

/* ---- arithmetic ----------------------------------------------------------------------------- */

static int64_t smaller(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t greater(int64_t a, int64_t b) {
  return a > b ? a : b;
}

static int64_t pieces(int64_t total, int64_t size) {
  return total / size + (total % size != 0);
}

static int64_t power_of_two_from(int64_t value) {
  int64_t power = 1;
  while (power < value)
    power *= 2;
  return power;
}

static int64_t power_of_two_upto(int64_t value) {
  int64_t power = 1;
  while (power <= value / 2)
    power *= 2;
  return power;
}

static int64_t extent_product(const struct planning *p, uint32_t axes) {
  int64_t product = 1;
  for (uint32_t axis = 0; axis < p->shape->rank; axis++)
    if (axes >> axis & 1) product *= p->extents[axis];
  return product;
}

static uint32_t kept_axes(const struct planning *p) {
  return mfg_all_axes(p->shape->rank) & ~p->shape->axes;
}

static uint32_t line_axes(const struct planning *p) {
  return mfg_all_axes(p->shape->rank) & ~(UINT32_C(1) << p->shape->axis);
}

static bool is_blocked(const struct planning *p) {
  return p->shape->layout == MFG_LAYOUT_BLOCKED;
}

/* ---- launches and scratch ------------------------------------------------------------------- */

static void add_launch(const struct planning *p, uint32_t entry, int64_t groups, int64_t rows,
                       int64_t items, int64_t local_bytes) {
  p->plan->launches[p->plan->count++] =
      (mfg_planned_launch){.module = p->number,
                           .entry = entry,
                           .global = {(uint64_t)(groups * items), (uint64_t)rows, 1},
                           .local = {(uint64_t)items, 1, 1},
                           .local_bytes = (uint64_t)local_bytes};
}

static void take(const struct planning *p, uint32_t array, int64_t elements, int64_t size) {
  p->parameters[MFG_PARAMETER_SCRATCH_0 + array] =
      mfg_scratch_take(p->scratch, (uint64_t)(elements * size));
}

static void take_partials(const struct planning *p, int64_t partials, int64_t kept) {
  p->parameters[MFG_PARAMETER_PARTIALS] = partials;
  p->parameters[MFG_PARAMETER_KEPT] = kept;
  if (partials == 1) return;
  for (uint32_t k = 0; k < p->shape->accumulator_count; k++) {
    take(p, MFG_SCRATCH_PARTIAL + k, partials * kept, 8);
    if (mfg_is_position(p->shape->accumulators[k].operation))
      take(p, MFG_SCRATCH_PLACE + k, partials * kept, 8);
  }
}

/* Bytes of local memory that the tree takes for an item. */
static int64_t tree_bytes(const struct planning *p) {
  int64_t bytes = 0;
  for (uint32_t k = 0; k < p->shape->accumulator_count; k++)
    bytes += mfg_is_position(p->shape->accumulators[k].operation) ? 16 : 8;
  return bytes;
}

/* The largest power of two up to `wanted` that the device takes with `bytes` an item. */
static int64_t group_items(const struct planning *p, int64_t wanted, int64_t bytes) {
  int64_t limit = smaller(wanted, (int64_t)p->device->group_limit);
  if (bytes > 0) limit = smaller(limit, (int64_t)(p->device->local_bytes / (uint64_t)bytes));
  return power_of_two_upto(greater(limit, 1));
}

static void add_finish(const struct planning *p, uint32_t entry, int64_t kept) {
  if (p->shape->accumulator_count == 0 || p->parameters[MFG_PARAMETER_PARTIALS] == 1) return;
  int64_t items = is_blocked(p) ? 1 : group_items(p, 256, tree_bytes(p));
  add_launch(p, entry, kept, 1, items, is_blocked(p) ? 0 : items * tree_bytes(p));
}

/* ---- MAP ------------------------------------------------------------------------------------ */

/* Groups along dimension 1 or 2 for so many that could be used. In the blocked layout an item does
 * not go on to the next place. */
static int64_t group_count(const struct planning *p, int64_t wanted) {
  bool limited = p->device->outer_groups > 0 && !is_blocked(p);
  return limited ? smaller(wanted, (int64_t)p->device->outer_groups) : wanted;
}

static void plan_map(const struct planning *p) {
  uint32_t rank = p->shape->rank;
  mfg_planned_launch launch = {.module = p->number, .global = {1, 1, 1}, .local = {1, 1, 1}};
  int64_t last = rank > 0 ? p->extents[rank - 1] : 1;
  int64_t row = rank > 1 ? p->extents[rank - 2] : 1;
  int64_t outer = rank > 2 ? extent_product(p, mfg_all_axes(rank - 2)) : 1;
  int64_t across, down;
  if (rank == 0) {
    across = down = 1;
  } else if (is_blocked(p)) {
    int64_t parts = pieces(4 * (int64_t)p->device->compute_units, row * outer);
    int64_t chunk = pieces(greater(pieces(last, parts), 4096), 64) * 64;
    p->parameters[MFG_PARAMETER_CHUNK] = chunk;
    last = pieces(last, chunk);
    across = 1;
    down = row >= 16 && chunk > p->extents[rank - 1] && p->extents[rank - 1] < 512 ? 16 : 1;
  } else {
    int64_t items = group_items(p, 256, 0);
    across = last >= 32 || row == 1 ? items : smaller(8, items);
    down = items / across;
  }
  launch.local[0] = (uint64_t)across;
  launch.local[1] = (uint64_t)down;
  p->parameters[MFG_PARAMETER_OUTER] = outer;
  launch.global[0] = (uint64_t)(pieces(last, across) * across);
  launch.global[1] = (uint64_t)(group_count(p, pieces(row, down)) * down);
  launch.global[2] = (uint64_t)group_count(p, outer);
  p->plan->launches[p->plan->count++] = launch;
}

/* ---- REDUCE --------------------------------------------------------------------------------- */

/* What `step` places further means along each reduced axis. */
static void set_advance(const struct planning *p, int64_t step) {
  for (uint32_t axis = p->shape->rank; axis-- > 0;) {
    if ((p->shape->axes >> axis & 1) == 0) continue;
    int64_t n = greater(p->extents[axis], 1);
    p->parameters[MFG_PARAMETER_STRIDE_0 + axis] = step % n;
    step /= n;
  }
}

static void plan_interleaved_reduce(const struct planning *p, int64_t kept, int64_t places) {
  int64_t units = p->device->compute_units;
  int64_t items = group_items(p, 256, tree_bytes(p));
  bool kept_last = p->shape->rank > 0 && (kept_axes(p) >> (p->shape->rank - 1) & 1);
  int64_t kept_items = smaller(kept_last ? 32 : 1, power_of_two_from(kept));
  if (places < items / smaller(kept_items, items))
    kept_items = items / power_of_two_from(greater(places, 1));
  kept_items = smaller(kept_items, items);
  int64_t lanes = items / kept_items, groups = pieces(kept, kept_items), parts = 1;
  if (groups < 2 * units)
    parts =
        greater(1, smaller(smaller(pieces(places, lanes * 8), pieces(4 * units, groups)), 1024));
  p->parameters[MFG_PARAMETER_KEPT_ITEMS] = kept_items;
  p->parameters[MFG_PARAMETER_PARTS] = parts;
  p->parameters[MFG_PARAMETER_PLACES] = places;
  set_advance(p, parts * lanes);
  take_partials(p, parts, kept);
  add_launch(p, 0, groups, parts, items, items * tree_bytes(p));
  add_finish(p, 1, kept);
}

static int64_t count_blocks(const struct planning *p, uint32_t axes, int64_t lanes) {
  int64_t blocks = 1, innermost = 0;
  for (uint32_t axis = p->shape->rank; axis-- > 0;) {
    if ((axes >> axis & 1) == 0) continue;
    blocks *= innermost ? p->extents[axis] : pieces(p->extents[axis], lanes);
    innermost = 1;
  }
  return blocks;
}

static void plan_blocked_reduce(const struct planning *p, int64_t kept, int64_t places) {
  uint32_t rank = p->shape->rank;
  bool columns = rank > 0 && (kept_axes(p) >> (rank - 1) & 1);
  int64_t blocks = columns ? count_blocks(p, kept_axes(p), p->shape->block_lines) : kept;
  int64_t tasks = smaller(kept * places / 16384, 4 * (int64_t)p->device->compute_units);
  int64_t chunk = greater(pieces(places, greater(pieces(greater(tasks, 1), blocks), 1)), 1);
  int64_t parts = greater(pieces(places, chunk), 1);
  int64_t items = smaller(blocks >= 1024 ? 16 : 1, (int64_t)p->device->group_limit);
  p->parameters[MFG_PARAMETER_CHUNK] = chunk;
  p->parameters[MFG_PARAMETER_BLOCKS] = blocks;
  p->parameters[MFG_PARAMETER_ACTIVE] = pieces(blocks, items) * items;
  p->parameters[MFG_PARAMETER_PARTS] = parts;
  p->parameters[MFG_PARAMETER_PLACES] = places;
  take_partials(p, parts, kept);
  add_launch(p, 0, pieces(blocks, items), parts, items, 0);
  add_finish(p, 1, kept);
}

static void plan_reduce(const struct planning *p) {
  int64_t kept = extent_product(p, kept_axes(p)), places = extent_product(p, p->shape->axes);
  if (kept == 0) return;
  if (is_blocked(p))
    plan_blocked_reduce(p, kept, places);
  else
    plan_interleaved_reduce(p, kept, places);
}

/* ---- SCAN ----------------------------------------------------------------------------------- */

/* Parts that a line of n elements is cut into, so that all units have something to do. */
static int64_t scan_parts(const struct planning *p, int64_t n, int64_t lines, int64_t blocks) {
  int64_t units = p->device->compute_units;
  if (is_blocked(p) && units <= 2) return 1;
  if (is_blocked(p)) return greater(pieces(smaller(2 * units, n * lines / 32768), blocks), 1);
  return greater(smaller(smaller(pieces(256 * units, lines), pieces(n, 128)), 512), 1);
}

static void plan_scan(const struct planning *p, bool empty) {
  const mfg_shape *shape = p->shape;
  int64_t n = p->extents[shape->axis], lines = extent_product(p, line_axes(p));
  int64_t blocks =
      empty ? 0 : count_blocks(p, line_axes(p), is_blocked(p) ? p->shape->block_lines : 1);
  int64_t items = is_blocked(p) ? 1 : group_items(p, 64, tree_bytes(p));
  int64_t chunk = empty ? 1 : pieces(n, scan_parts(p, n, lines, blocks));
  int64_t parts = empty ? 1 : pieces(n, chunk);
  int64_t groups = greater(pieces(blocks, items), 1);
  p->parameters[MFG_PARAMETER_CHUNK] = chunk;
  p->parameters[MFG_PARAMETER_PARTS] = parts;
  p->parameters[MFG_PARAMETER_BLOCKS] = blocks;
  p->parameters[MFG_PARAMETER_ACTIVE] = groups * items;
  take_partials(p, groups * parts, 1);
  p->parameters[MFG_PARAMETER_PLACES] = lines;
  bool totals = !empty && (parts > 1 || shape->staged_scan);
  for (uint32_t k = 0; k < shape->scan_count && totals; k++) {
    take(p, MFG_SCRATCH_LINE + k, lines * parts, shape->scan_sizes[k]);
    if (shape->staged_scan) take(p, MFG_SCRATCH_ENTERING + k, lines * n, shape->scan_sizes[k]);
  }
  if (totals) add_launch(p, 1, groups, parts, items, 0);
  if (parts > 1) add_launch(p, 2, pieces(lines, items), 1, items, 0);
  add_launch(p, 0, groups, parts, items, is_blocked(p) ? 0 : items * tree_bytes(p));
  add_finish(p, 3, 1);
}

/* ---- LINE_SOLVE ----------------------------------------------------------------------------- */

static void take_factors(const struct planning *p, int64_t arrays, int64_t elements) {
  for (uint32_t k = 0; k < arrays; k++)
    take(p, MFG_SCRATCH_LINE + k, elements, p->shape->element_size);
}

/* Items that share a line of n rows: few enough that each has a whole run to keep in registers, as
 * long as that takes no more of them than a group has. */
static int64_t items_of_line(int64_t n, int64_t most) {
  int64_t items = power_of_two_from(pieces(n, MFG_REGISTER_ROWS));
  return smaller(items, power_of_two_upto(smaller(most, n)));
}

static void plan_group_solve(const struct planning *p, int64_t n, int64_t lines) {
  int64_t bytes = greater(24, tree_bytes(p));
  int64_t items = items_of_line(n, group_items(p, 256, bytes));
  bool in_registers = n <= items * MFG_REGISTER_ROWS;
  int64_t groups = in_registers ? lines : smaller(lines, 8 * (int64_t)p->device->compute_units);
  p->parameters[MFG_PARAMETER_BLOCKS] = lines;
  take_partials(p, groups, 1);
  if (!in_registers) take_factors(p, 3, groups * n);
  add_launch(p, in_registers ? 2 : 1, groups, 1, items, items * bytes);
  add_finish(p, 3, 1);
}

/* Lines, or blocks of lines, that are solved at a time: enough to keep the device busy, and few
 * enough that their factors stay in its cache. */
static int64_t active_lines(const struct planning *p, int64_t n, int64_t blocks, int64_t items,
                            int64_t arrays) {
  int64_t units = p->device->compute_units;
  if (is_blocked(p)) return smaller(blocks, 4 * units);
  int64_t all = pieces(blocks, items) * items;
  int64_t busy = 128 * units;
  int64_t cached = (int64_t)p->device->cache_bytes / (greater(n, 1) * arrays * 8);
  return smaller(all, pieces(greater(busy, cached), items) * items);
}

static void plan_item_solve(const struct planning *p, int64_t n, bool empty) {
  int64_t lanes = is_blocked(p) && line_axes(p) != 0 ? p->shape->block_lines : 1;
  int64_t blocks = empty ? 0 : count_blocks(p, line_axes(p), lanes);
  int64_t items = is_blocked(p) ? 1 : group_items(p, 64, tree_bytes(p));
  int64_t arrays = p->shape->cyclic ? 3 : 2;
  int64_t active = greater(active_lines(p, n, blocks, items, arrays), items);
  p->parameters[MFG_PARAMETER_BLOCKS] = blocks;
  p->parameters[MFG_PARAMETER_ACTIVE] = active;
  take_partials(p, active / items, 1);
  take_factors(p, arrays, active * n * lanes);
  add_launch(p, 0, active / items, 1, items, is_blocked(p) ? 0 : items * tree_bytes(p));
  add_finish(p, is_blocked(p) ? 1 : 3, 1);
}

static void plan_line_solve(const struct planning *p, bool empty) {
  int64_t n = p->extents[p->shape->axis], lines = extent_product(p, line_axes(p));
  int64_t few = p->device->lines_in_a_group == MFG_EMITTER_DEFAULT
                    ? 32 * (int64_t)p->device->compute_units
                    : (int64_t)p->device->lines_in_a_group;
  if (!is_blocked(p) && !empty && lines <= few && n > 1)
    plan_group_solve(p, n, lines);
  else
    plan_item_solve(p, n, empty);
}

/* ---- a unit --------------------------------------------------------------------------------- */

void mfg_plan_unit(const mfg_unit *unit, uint32_t number, const mfg_emitter_device *device,
                   const int64_t *extents, int64_t *parameters, uint64_t *scratch,
                   mfg_emitter_plan *plan) {
  struct planning p = {.unit = unit,
                       .shape = &unit->shape,
                       .device = device,
                       .extents = extents,
                       .parameters = parameters,
                       .scratch = scratch,
                       .plan = plan,
                       .number = number};
  bool empty = extent_product(&p, mfg_all_axes(p.shape->rank)) == 0;
  for (uint32_t k = 0; k < p.shape->stored_count; k++)
    take(&p, MFG_SCRATCH_STORED + k, extent_product(&p, mfg_all_axes(p.shape->rank)), 8);
  if (p.shape->kind == MFG_PATTERN_REDUCE ||
      (p.shape->kind == MFG_PATTERN_MAP && p.shape->accumulator_count > 0)) {
    plan_reduce(&p);
    return;
  }
  if (empty && p.shape->accumulator_count == 0) return;
  switch (p.shape->kind) {
  case MFG_PATTERN_SCAN: plan_scan(&p, empty); break;
  case MFG_PATTERN_LINE_SOLVE: plan_line_solve(&p, empty); break;
  default: plan_map(&p);
  }
}

/* ---- a launch ------------------------------------------------------------------------------- */

static bool reserve_storage(const mfg_emitter *emitter, mfg_emitter_plan *plan) {
  size_t size = emitter->operand_limit * sizeof(mfg_kernel_binding *);
  for (uint32_t m = 0; m < emitter->unit_count; m++)
    size += emitter->units[m].module.arguments_size;
  if (size <= plan->storage_size) return true;
  char *storage = realloc(plan->storage, size);
  if (!storage) return false;
  plan->storage = storage;
  plan->storage_size = size;
  return true;
}

static void contiguous_strides(const int64_t *extents, uint32_t rank, int64_t *strides) {
  int64_t stride = 1;
  for (uint32_t axis = rank; axis-- > 0; stride *= extents[axis])
    strides[axis] = stride;
}

mfg_status mfg_emitter_plan_launch(const mfg_emitter *emitter, const mfg_emitter_device *device,
                                   const mfg_kernel_launch *launch, mfg_emitter_plan *plan,
                                   mfg_plugin_error *error) {
  if (!reserve_storage(emitter, plan))
    return mfg_plugin_error_set(error, MFG_ERROR_OUT_OF_MEMORY, 0, "no memory to plan a launch");
  const mfg_kernel_binding **bindings = (const mfg_kernel_binding **)(void *)plan->storage;
  char *arguments = plan->storage + emitter->operand_limit * sizeof *bindings;
  int64_t parameters[MFG_PARAMETERS], stored_at[MFG_MAX_RESULTS], strides[MFG_MAX_RANK];
  uint64_t scratch = 0;
  mfg_status status = MFG_OK;
  plan->count = 0;
  contiguous_strides(launch->extents, emitter->units[0].shape.rank, strides);
  for (uint32_t m = 0; m < emitter->unit_count && status == MFG_OK; m++) {
    const mfg_module *module = &emitter->units[m].module;
    memset(parameters, 0, sizeof parameters);
    mfg_plan_unit(&emitter->units[m], m, device, launch->extents, parameters, &scratch, plan);
    if (m == 0)
      memcpy(stored_at, parameters + MFG_PARAMETER_SCRATCH_0 + MFG_SCRATCH_STORED,
             sizeof stored_at);
    mfg_kernel_binding stored = {.offset = m > 0 ? stored_at[m - 1] : 0, .strides = strides};
    for (uint32_t i = 0; i < module->operand_count; i++)
      bindings[i] = module->operands[i] < 0
                        ? &stored
                        : mfg_kernel_binding_at(launch, (uint32_t)module->operands[i]);
    plan->arguments[m] = arguments;
    status = mfg_module_fill(module, launch->extents, bindings, &launch->scalars, parameters,
                             arguments, error);
    arguments += module->arguments_size;
  }
  plan->scratch_bytes = scratch;
  return status;
}

void mfg_emitter_plan_clear(mfg_emitter_plan *plan) {
  free(plan->storage);
  *plan = (mfg_emitter_plan){0};
}
