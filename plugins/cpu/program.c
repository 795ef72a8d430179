/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "program.h"

#include <string.h>

#define NOWHERE UINT32_MAX

enum placement { UNUSED, UNIFORM, REGISTER, LOADED, RESULT_INPUT, EXTERNAL };

/* What is known of one instruction's value while the section is being compiled. */
struct value {
  uint8_t placement; /* enum placement */
  bool needed;
  bool emitted;
  bool fixed;         /* UNIFORM: does not depend on a parameter */
  uint32_t number;    /* of the uniform, load, result or root */
  uint32_t home;      /* register that holds it, or NOWHERE */
  bool holds;         /* the register is still its own */
  uint32_t last_step; /* the last step that reads it; NOWHERE: alive at the end */
  uint32_t splat;     /* the splat that repeats it, or NOWHERE */
  uint32_t order;     /* of an index or gather step among its kind */
  bool coded;         /* has a place in the code: */
  uint32_t code;
};

struct compiler {
  const mfg_kernel_description *description;
  const mfg_span *instructions;
  const cpu_level *level;
  cpu_section *section;
  struct value *values;
  uint32_t *order; /* instructions that become steps */
  uint32_t *free_registers;
  uint32_t free_count;
  bool private_targets;
};

enum cpu_type cpu_type_of(mfg_dtype type) {
  switch (type) {
#define CASE(symbol, member, T)                                                                    \
  case MFG_##symbol: return CPU_##symbol;
    MFG_NUMBER_TYPES(CASE)
#undef CASE
  default: return CPU_BOOL;
  }
}

uint8_t cpu_type_size(enum cpu_type type) {
#define SIZE(symbol, member, T) sizeof(T),
  static const uint8_t sizes[CPU_TYPES] = {MFG_KERNEL_TYPES(SIZE)};
#undef SIZE
  return sizes[type];
}

static const mfg_kernel_instruction *instruction_at(const struct compiler *c, uint32_t index) {
  return mfg_kernel_instruction_at(c->instructions, index);
}

static uint8_t size_of(const struct compiler *c, uint32_t index) {
  return cpu_type_size(cpu_type_of(instruction_at(c, index)->type));
}

static uint32_t argument_count(const mfg_kernel_instruction *instruction) {
  uint32_t count = 0;
  while (count < 3 && instruction->arguments[count] >= 0)
    count++;
  return count;
}

/* ---- what is needed, and what is the same everywhere ---------------------------------------- */

static void mark_needed(struct compiler *c, const int32_t *values, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    c->values[values[i]].needed = true;
  for (uint32_t i = c->instructions->count; i-- > 0;) {
    if (!c->values[i].needed) continue;
    const mfg_kernel_instruction *instruction = instruction_at(c, i);
    for (uint32_t k = 0; k < argument_count(instruction); k++)
      c->values[instruction->arguments[k]].needed = true;
  }
}

/* A load that yields one element wherever it is asked: a parameter, unless its site has a boundary
 * that replaces the element by a constant. */
static bool is_parameter(const struct compiler *c, const mfg_kernel_instruction *instruction) {
  const mfg_kernel_operand *operand = mfg_kernel_operand_at(c->description, instruction->slot);
  for (uint32_t axis = 0; axis < c->description->rank; axis++)
    if (operand->stride_class[axis] != MFG_STRIDE_ZERO) return false;
  if (instruction->site == MFG_SITE_HERE) return true;
  const mfg_kernel_site *site = mfg_kernel_site_at(c->description, instruction->site - 1);
  for (uint32_t i = 0; i < site->count; i++)
    if (mfg_kernel_step_at(c->description, site->first + i)->boundary == MFG_BOUNDARY_CONSTANT)
      return false;
  return true;
}

static bool is_uniform(const struct compiler *c, const mfg_kernel_instruction *instruction,
                       bool *fixed) {
  *fixed = true;
  switch (instruction->operation) {
  case MFG_OP_CONSTANT:
  case MFG_OP_SCALAR:
  case MFG_OP_EXTENT: return true;
  case MFG_OP_LOAD: *fixed = false; return is_parameter(c, instruction);
  case MFG_OP_INDEX:
  case MFG_OP_GATHER:
  case MFG_OP_RESULT: return false;
  default: break;
  }
  for (uint32_t k = 0; k < argument_count(instruction); k++) {
    const struct value *argument = &c->values[instruction->arguments[k]];
    if (argument->placement != UNIFORM) return false;
    *fixed = *fixed && argument->fixed;
  }
  return true;
}

/* The type that selects an operation's loop: that of its last argument. */
static enum cpu_type loop_type(const struct compiler *c,
                               const mfg_kernel_instruction *instruction) {
  uint32_t last = argument_count(instruction) - 1;
  return cpu_type_of(instruction_at(c, (uint32_t)instruction->arguments[last])->type);
}

static cpu_block loop_of(const struct compiler *c, const mfg_kernel_instruction *instruction,
                         uint32_t variant) {
  enum cpu_type type = loop_type(c, instruction);
  if (instruction->operation == MFG_OP_CONVERT)
    return variant == 0 ? c->level->conversions[type][cpu_type_of(instruction->type)] : NULL;
  return cpu_level_block(c->level, instruction->operation, type, variant);
}

static void emit_uniform(struct compiler *c, uint32_t index) {
  const mfg_kernel_instruction *instruction = instruction_at(c, index);
  cpu_section *section = c->section;
  cpu_uniform_step step = {
      .target = c->values[index].number, .size = size_of(c, index), .slot = instruction->slot};
  switch (instruction->operation) {
  case MFG_OP_CONSTANT: section->constants[step.target] = instruction->value; return;
  case MFG_OP_SCALAR: step.kind = CPU_UNIFORM_SCALAR; break;
  case MFG_OP_EXTENT:
    step.kind = CPU_UNIFORM_EXTENT;
    step.slot = instruction->axis;
    break;
  case MFG_OP_LOAD: step.kind = CPU_UNIFORM_PARAMETER; break;
  default:
    step.kind = CPU_UNIFORM_COMPUTE;
    step.function = loop_of(c, instruction, 0);
    for (uint32_t k = 0; k < argument_count(instruction); k++)
      step.arguments[k] = c->values[instruction->arguments[k]].number;
  }
  section->uniform_steps[section->uniform_step_count++] = step;
}

/* Uniform values get their numbers in order; their steps go first where they depend on the launch
 * only, so that a recorded launch repeats just those behind a parameter. */
static void place_uniforms(struct compiler *c) {
  uint32_t count = c->instructions->count;
  for (uint32_t i = 0; i < count; i++) {
    struct value *value = &c->values[i];
    if (!value->needed || !is_uniform(c, instruction_at(c, i), &value->fixed)) continue;
    value->placement = UNIFORM;
    value->number = c->section->uniform_count++;
  }
  for (int fixed = 1; fixed >= 0; fixed--) {
    for (uint32_t i = 0; i < count; i++)
      if (c->values[i].placement == UNIFORM && c->values[i].fixed == (fixed == 1))
        emit_uniform(c, i);
    if (fixed == 1) c->section->launch_step_count = c->section->uniform_step_count;
  }
}

/* ---- order ---------------------------------------------------------------------------------- */

static void order_value(struct compiler *c, uint32_t index, uint32_t *count) {
  struct value *value = &c->values[index];
  if (value->emitted || value->placement == UNIFORM) return;
  value->emitted = true;
  if (instruction_at(c, index)->operation != MFG_OP_RESULT) c->order[(*count)++] = index;
}

/* Instructions in their order, but loads and indices just before their first use: a register is
 * held no longer than needed. */
static uint32_t order_steps(struct compiler *c, const int32_t *values, uint32_t root_count) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < c->instructions->count; i++) {
    const mfg_kernel_instruction *instruction = instruction_at(c, i);
    bool source = instruction->operation == MFG_OP_LOAD || instruction->operation == MFG_OP_INDEX ||
                  instruction->operation == MFG_OP_RESULT;
    if (!c->values[i].needed || source) continue;
    for (uint32_t k = 0; k < argument_count(instruction); k++)
      order_value(c, (uint32_t)instruction->arguments[k], &count);
    order_value(c, i, &count);
  }
  for (uint32_t i = 0; i < root_count; i++)
    order_value(c, (uint32_t)values[i], &count);
  return count;
}

/* ---- registers ------------------------------------------------------------------------------ */

static void find_last_uses(struct compiler *c, uint32_t steps) {
  for (uint32_t s = 0; s < steps; s++) {
    const mfg_kernel_instruction *instruction = instruction_at(c, c->order[s]);
    c->values[c->order[s]].last_step = s;
    for (uint32_t k = 0; k < argument_count(instruction); k++)
      c->values[instruction->arguments[k]].last_step = s;
  }
}

static uint32_t register_take(struct compiler *c) {
  if (c->free_count > 0) return c->free_registers[--c->free_count];
  return c->section->register_count++;
}

static void registers_release(struct compiler *c, uint32_t step) {
  const mfg_kernel_instruction *instruction = instruction_at(c, c->order[step]);
  for (uint32_t k = 0; k < argument_count(instruction); k++) {
    struct value *argument = &c->values[instruction->arguments[k]];
    if (argument->last_step != step || !argument->holds) continue;
    c->free_registers[c->free_count++] = argument->home;
    argument->holds = false;
  }
}

/* A loop may write over an argument of the same element size, because it reads element i before it
 * writes element i. */
static bool may_write_over(const struct compiler *c, uint32_t index) {
  const mfg_kernel_instruction *instruction = instruction_at(c, index);
  if (instruction->operation == MFG_OP_GATHER) return false;
  for (uint32_t k = 0; k < argument_count(instruction); k++)
    if (size_of(c, (uint32_t)instruction->arguments[k]) != size_of(c, index)) return false;
  return true;
}

static void place_step(struct compiler *c, uint32_t step) {
  uint32_t index = c->order[step];
  struct value *value = &c->values[index];
  bool early = may_write_over(c, index);
  if (early) registers_release(c, step);
  if (instruction_at(c, index)->operation == MFG_OP_LOAD) {
    const mfg_kernel_instruction *load = instruction_at(c, index);
    value->placement = LOADED;
    value->number = c->section->load_count++;
    bool leaves = value->last_step == NOWHERE && !c->private_targets;
    c->section->loads[value->number] =
        (cpu_load){load->slot, load->site, size_of(c, index), leaves};
  } else if (value->placement != EXTERNAL) {
    value->placement = REGISTER;
  }
  if (value->placement != EXTERNAL) {
    value->home = register_take(c);
    value->holds = true;
  }
  if (!early) registers_release(c, step);
}

/* ---- roots ---------------------------------------------------------------------------------- */

static bool reads_memory(const struct compiler *c, uint32_t step) {
  const mfg_kernel_instruction *instruction = instruction_at(c, c->order[step]);
  if (instruction->operation == MFG_OP_LOAD || instruction->operation == MFG_OP_GATHER) return true;
  for (uint32_t k = 0; k < argument_count(instruction); k++)
    if (instruction_at(c, (uint32_t)instruction->arguments[k])->operation == MFG_OP_LOAD)
      return true;
  return false;
}

/* A root is computed straight into its target where no later step reads operands: the target may
 * be the memory of one of them. */
static void place_roots(struct compiler *c, const int32_t *values, uint32_t targets, uint32_t count,
                        uint32_t steps) {
  uint32_t safe_from = 0;
  if (!c->private_targets)
    for (uint32_t s = 0; s < steps; s++)
      if (reads_memory(c, s)) safe_from = s;
  for (uint32_t s = safe_from; s < steps; s++)
    for (uint32_t i = 0; i < targets; i++) {
      struct value *value = &c->values[c->order[s]];
      uint32_t operation = instruction_at(c, c->order[s])->operation;
      if ((uint32_t)values[i] != c->order[s] || operation == MFG_OP_LOAD) continue;
      if (value->placement == EXTERNAL) continue;
      value->placement = EXTERNAL;
      value->number = i;
    }
  for (uint32_t i = 0; i < count; i++)
    c->values[values[i]].last_step = NOWHERE;
}

/* ---- slots ---------------------------------------------------------------------------------- */

static void need_splat(struct compiler *c, uint32_t index) {
  struct value *value = &c->values[index];
  if (value->splat != NOWHERE) return;
  value->splat = c->section->splat_count++;
  c->section->splats[value->splat] = (cpu_splat_source){value->number, size_of(c, index), false};
}

static uint32_t block_slot(const struct compiler *c, const struct value *value) {
  const cpu_section *section = c->section;
  switch ((enum placement)value->placement) {
  case UNIFORM: return cpu_section_splat(section, value->splat);
  case LOADED: return cpu_section_load(section, value->number);
  case RESULT_INPUT: return cpu_section_result(section, value->number);
  case EXTERNAL: return cpu_section_external(section, value->number);
  default: return cpu_section_register(section, value->home);
  }
}

/* The variant with the most arguments taken as single numbers; the rest of them are splatted. */
static uint32_t choose_variant(struct compiler *c, const mfg_kernel_instruction *instruction) {
  uint32_t uniform = 0;
  for (uint32_t k = 0; k < argument_count(instruction); k++)
    if (c->values[instruction->arguments[k]].placement == UNIFORM) uniform |= 1u << k;
  uint32_t variant = uniform;
  while (variant != 0 && loop_of(c, instruction, variant) == NULL)
    variant = (variant - 1) & uniform;
  for (uint32_t k = 0; k < argument_count(instruction); k++)
    if ((uniform & ~variant) >> k & 1) need_splat(c, (uint32_t)instruction->arguments[k]);
  return variant;
}

static void fill_compute(const struct compiler *c, const mfg_kernel_instruction *instruction,
                         uint32_t variant, cpu_step *step) {
  uint32_t slots[3] = {0, 0, 0};
  for (uint32_t k = 0; k < argument_count(instruction); k++) {
    const struct value *argument = &c->values[instruction->arguments[k]];
    slots[k] = variant >> k & 1 ? argument->number : block_slot(c, argument);
  }
  step->a = slots[0];
  step->b = slots[1];
  step->c = slots[2];
}

static void fill_step(const struct compiler *c, uint32_t position, uint32_t variant) {
  uint32_t index = c->order[position];
  const mfg_kernel_instruction *instruction = instruction_at(c, index);
  const struct value *value = &c->values[index];
  cpu_step *step = &c->section->steps[position];
  step->target = block_slot(c, value);
  step->size = size_of(c, index);
  step->axis = instruction->axis;
  step->site = instruction->site;
  switch (instruction->operation) {
  case MFG_OP_LOAD:
    step->kind = CPU_LOAD;
    step->load = value->number;
    step->a = cpu_section_register(c->section, value->home);
    break;
  case MFG_OP_INDEX: step->kind = CPU_INDEX; break;
  case MFG_OP_GATHER:
    step->kind = CPU_GATHER;
    step->load = instruction->slot;
    step->argument = size_of(c, (uint32_t)instruction->arguments[0]);
    fill_compute(c, instruction, 0, step);
    break;
  default:
    step->kind = CPU_COMPUTE;
    step->function = loop_of(c, instruction, variant);
    fill_compute(c, instruction, variant, step);
  }
}

static void fill_roots(struct compiler *c, const int32_t *values, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    struct value *value = &c->values[values[i]];
    cpu_root *root = &c->section->roots[i];
    root->type = (uint8_t)cpu_type_of(instruction_at(c, (uint32_t)values[i])->type);
    root->size = cpu_type_size(root->type);
    root->slot = block_slot(c, value);
    root->external = cpu_section_external(c->section, i);
    root->direct = root->slot == root->external;
    root->home = CPU_NO_SLOT;
  }
}

/* ---- code for the compiler ------------------------------------------------------------------ */

/* Values that the function computes or reads: a uniform only where something that varies uses it.
 */
static void mark_code(struct compiler *c, const int32_t *values, uint32_t targets, uint32_t steps) {
  for (uint32_t s = 0; s < steps; s++) {
    const mfg_kernel_instruction *instruction = instruction_at(c, c->order[s]);
    c->values[c->order[s]].coded = true;
    for (uint32_t k = 0; k < argument_count(instruction); k++)
      c->values[instruction->arguments[k]].coded = true;
  }
  for (uint32_t i = 0; i < targets; i++)
    if (c->values[values[i]].placement == RESULT_INPUT) c->values[values[i]].coded = true;
}

static void number_steps(struct compiler *c, uint32_t steps) {
  cpu_section *section = c->section;
  for (uint32_t s = 0; s < steps; s++) {
    struct value *value = &c->values[c->order[s]];
    switch ((enum cpu_step_kind)section->steps[s].kind) {
    case CPU_INDEX: value->order = section->index_count++; break;
    case CPU_GATHER: value->order = section->gather_count++; break;
    case CPU_LOAD:
      if (section->loads[value->number].site != MFG_SITE_HERE) section->site_load_count++;
      break;
    case CPU_COMPUTE: break;
    }
  }
}

static cpu_code_value code_value(const struct compiler *c, uint32_t index) {
  const mfg_kernel_instruction *instruction = instruction_at(c, index);
  const struct value *value = &c->values[index];
  const cpu_section *section = c->section;
  cpu_code_value code = {.value = instruction->value,
                         .arguments = {-1, -1, -1},
                         .number = value->number,
                         .operation = instruction->operation,
                         .type = instruction->type,
                         .source = CPU_CODE_BLOCK};
  if (value->placement == UNIFORM) {
    bool fixed = instruction->operation == MFG_OP_CONSTANT;
    code.source = fixed ? CPU_CODE_CONSTANT : CPU_CODE_UNIFORM;
    return code;
  }
  switch (instruction->operation) {
  case MFG_OP_LOAD: return code;
  case MFG_OP_INDEX: code.number = section->load_count + value->order; return code;
  case MFG_OP_RESULT: code.number += section->load_count + section->index_count; return code;
  case MFG_OP_GATHER:
    code.source = CPU_CODE_GATHER;
    code.number = value->order;
    break;
  default: code.source = CPU_CODE_COMPUTE;
  }
  for (uint32_t k = 0; k < argument_count(instruction); k++)
    code.arguments[k] = (int32_t)c->values[instruction->arguments[k]].code;
  return code;
}

/* Roots without a target get their own register, which is theirs to the end. */
static void code_stores(struct compiler *c, const int32_t *values, uint32_t targets, uint32_t count,
                        cpu_code_store *stores) {
  cpu_section *section = c->section;
  for (uint32_t i = 0; i < count; i++) {
    const struct value *value = &c->values[values[i]];
    bool own = value->placement == REGISTER || value->placement == LOADED;
    section->roots[i].coded = i < targets && value->placement != UNIFORM;
    if (!section->roots[i].coded && (i < targets || !own)) continue;
    if (i >= targets) section->roots[i].home = cpu_section_register(section, value->home);
    stores[section->code.store_count++] =
        (cpu_code_store){value->code, i < targets ? i : section->root_count + i};
  }
}

/* What the function's blocks of results and its targets are made of. */
static void code_moving(cpu_section *section) {
  uint32_t results = section->load_count + section->index_count;
  for (uint32_t i = 0; i < section->result_count; i++)
    section->results[i].slot = cpu_section_result(section, i);
  for (uint32_t i = 0; i < section->code.value_count; i++) {
    const cpu_code_value *value = &section->code.values[i];
    if (value->source == CPU_CODE_BLOCK && value->number >= results)
      section->results[value->number - results].size = cpu_type_size(cpu_type_of(value->type));
  }
  for (uint32_t i = 0; i < section->code.store_count; i++) {
    uint32_t number = section->code.stores[i].number;
    bool target = number < section->root_count;
    const cpu_root *root = &section->roots[target ? number : number - section->root_count];
    section->stores[i] = (cpu_moving){target ? root->external : root->home, root->size};
  }
}

static mfg_status fill_code(struct compiler *c, const int32_t *values, uint32_t targets,
                            uint32_t count, uint32_t steps, cpu_arena *arena) {
  cpu_code_section *code = &c->section->code;
  cpu_code_value *list = cpu_arena_zeroed(arena, c->instructions->count, sizeof *list);
  cpu_code_store *stores = cpu_arena_zeroed(arena, count, sizeof *stores);
  c->section->stores = cpu_arena_zeroed(arena, count, sizeof *c->section->stores);
  if (list == NULL || stores == NULL || c->section->stores == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  number_steps(c, steps);
  mark_code(c, values, targets, steps);
  bool computes = false;
  for (uint32_t i = 0; i < c->instructions->count; i++) {
    if (!c->values[i].coded) continue;
    c->values[i].code = code->value_count;
    list[code->value_count] = code_value(c, i);
    computes = computes || list[code->value_count].source >= CPU_CODE_GATHER;
    code->value_count++;
  }
  code->values = list;
  code->stores = stores;
  if (computes) code_stores(c, values, targets, count, stores);
  code_moving(c->section);
  return MFG_OK;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static bool take_memory(struct compiler *c, cpu_arena *arena, cpu_arena *scratch) {
  size_t count = c->instructions->count;
  cpu_section *section = c->section;
  section->steps = cpu_arena_zeroed(arena, count, sizeof *section->steps);
  section->uniform_steps = cpu_arena_zeroed(arena, count, sizeof *section->uniform_steps);
  section->constants = cpu_arena_zeroed(arena, count, sizeof *section->constants);
  section->splats = cpu_arena_zeroed(arena, count, sizeof *section->splats);
  section->loads = cpu_arena_zeroed(arena, count, sizeof *section->loads);
  c->values = cpu_arena_zeroed(scratch, count, sizeof *c->values);
  c->order = cpu_arena_zeroed(scratch, count, sizeof *c->order);
  c->free_registers = cpu_arena_zeroed(scratch, count, sizeof *c->free_registers);
  return section->steps != NULL && section->uniform_steps != NULL && section->constants != NULL &&
         section->splats != NULL && section->loads != NULL && c->values != NULL &&
         c->order != NULL && c->free_registers != NULL;
}

static void start_values(struct compiler *c) {
  for (uint32_t i = 0; i < c->instructions->count; i++) {
    const mfg_kernel_instruction *instruction = instruction_at(c, i);
    c->values[i].home = c->values[i].splat = NOWHERE;
    if (instruction->operation != MFG_OP_RESULT) continue;
    c->values[i].placement = RESULT_INPUT;
    c->values[i].number = instruction->slot;
  }
}

static void choose_variants(struct compiler *c, const int32_t *values, uint32_t count,
                            uint32_t steps, uint8_t *variants) {
  for (uint32_t s = 0; s < steps; s++)
    variants[s] = (uint8_t)choose_variant(c, instruction_at(c, c->order[s]));
  for (uint32_t i = 0; i < count; i++)
    if (c->values[values[i]].placement == UNIFORM) {
      need_splat(c, (uint32_t)values[i]);
      c->section->splats[c->values[values[i]].splat].leaves = true;
    }
}

mfg_status cpu_section_compile(const mfg_kernel_description *description, bool epilogue,
                               const cpu_level *level, const int32_t *values, uint32_t targets,
                               uint32_t count, bool private_targets, cpu_arena *arena,
                               cpu_arena *scratch, cpu_section *section) {
  struct compiler c = {.description = description,
                       .instructions = epilogue ? &description->epilogue : &description->prologue,
                       .level = level,
                       .section = section,
                       .private_targets = private_targets};
  memset(section, 0, sizeof *section);
  if (!take_memory(&c, arena, scratch)) return MFG_ERROR_OUT_OF_MEMORY;
  start_values(&c);
  mark_needed(&c, values, count);
  place_uniforms(&c);
  uint32_t steps = order_steps(&c, values, count);
  uint8_t *variants = cpu_arena_zeroed(scratch, (size_t)steps + 1, 1);
  if (variants == NULL) return MFG_ERROR_OUT_OF_MEMORY;
  find_last_uses(&c, steps);
  place_roots(&c, values, targets, count, steps);
  for (uint32_t s = 0; s < steps; s++)
    place_step(&c, s);
  section->step_count = steps;
  section->root_count = count;
  section->result_count = epilogue ? description->pattern->count : 0;
  choose_variants(&c, values, count, steps, variants);
  section->slot_count = cpu_section_external(section, count);
  for (uint32_t s = 0; s < steps; s++)
    fill_step(&c, s, variants[s]);
  fill_roots(&c, values, count);
  return fill_code(&c, values, targets, count, steps, arena);
}
