/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The private program of a kernel: what `prepare` makes of a description.
 *
 * A section (prologue or epilogue) becomes a list of steps over slots. A slot is a pointer: to a
 * number that is the same everywhere in the launch (a uniform), to a block that repeats such a
 * number (a splat), to a block register, to what a load yields (memory in place where it can be, a
 * register otherwise), or to memory that the runner names (an external). Uniform values are
 * computed once a launch; everything else block by block.
 *
 * Beside the steps stands the same section as code for the compiler. Its blocks are the loads, the
 * index steps in their order, and the results; its targets the externals of the roots, and behind
 * them the registers of those roots that the runner names no memory for. Once compiled, the
 * function takes the place of all steps but loads and indices. */
#ifndef CPU_PROGRAM_H
#define CPU_PROGRAM_H

#include "arena.h"
#include "blocks.h"
#include "compiler/compiler.h"

#include <stdatomic.h>

enum cpu_step_kind { CPU_COMPUTE, CPU_LOAD, CPU_INDEX, CPU_GATHER };

typedef struct cpu_step {
  cpu_block function; /* COMPUTE */
  uint32_t target;    /* slot; for LOAD the load's slot */
  uint32_t a;         /* slots of the arguments; LOAD: the register to fall back on */
  uint32_t b;
  uint32_t c;
  uint32_t load;    /* LOAD: number of the load; GATHER: operand */
  uint32_t site;    /* INDEX: 0 or 1 + the description's site */
  uint8_t kind;     /* enum cpu_step_kind */
  uint8_t axis;     /* INDEX, GATHER */
  uint8_t size;     /* bytes of an element of the target */
  uint8_t argument; /* GATHER: bytes of an element of the index */
} cpu_step;

enum cpu_uniform_kind {
  CPU_UNIFORM_COMPUTE,
  CPU_UNIFORM_SCALAR,
  CPU_UNIFORM_EXTENT,
  CPU_UNIFORM_PARAMETER
};

/* A step that is run once: the numbers name uniforms. */
typedef struct cpu_uniform_step {
  cpu_block function;
  uint32_t target;
  uint32_t arguments[3];
  uint32_t slot; /* scalar, axis or operand */
  uint8_t kind;  /* enum cpu_uniform_kind */
  uint8_t size;
} cpu_uniform_step;

typedef struct cpu_load {
  uint32_t operand;
  uint32_t site; /* 0 or 1 + the description's site */
  uint8_t size;
  bool copy; /* a root whose memory may be written before it is stored: never in place */
} cpu_load;

/* What a splat repeats. */
typedef struct cpu_splat_source {
  uint32_t uniform;
  uint8_t size;
  bool leaves; /* a root: compiled code needs no other */
} cpu_splat_source;

/* Where a section's function is once there is one. */
typedef _Atomic(cpu_code_function *) cpu_code_entry;

#define CPU_NO_SLOT UINT32_MAX
#define CPU_MOST_ROOTS (2 * MFG_MAX_RESULTS)

/* A value that leaves the section. */
typedef struct cpu_root {
  uint32_t slot;     /* where it is when the steps have run */
  uint32_t external; /* the slot whose memory it should go to */
  uint32_t home;     /* compiled: the slot of its own memory where it has no target; CPU_NO_SLOT */
  uint8_t size;
  uint8_t type; /* enum cpu_type */
  bool direct;  /* slot == external: the last step writes where the value belongs */
  bool coded;   /* compiled: the function writes there */
} cpu_root;

/* Memory that moves on with the elements that a function has done. */
typedef struct cpu_moving {
  uint32_t slot;
  uint8_t size;
} cpu_moving;

typedef struct cpu_section {
  cpu_step *steps;
  cpu_uniform_step *uniform_steps; /* first those that depend on the launch only */
  mfg_scalar *constants;           /* one entry for each uniform */
  cpu_splat_source *splats;
  cpu_load *loads;
  cpu_code_section code;
  cpu_code_entry *entry; /* NULL: never compiled */
  cpu_moving *stores;    /* of the code */
  cpu_moving results[MFG_MAX_RESULTS];
  cpu_root roots[CPU_MOST_ROOTS];
  uint32_t step_count;
  uint32_t launch_step_count; /* of the uniform steps: those before the first parameter is read */
  uint32_t uniform_step_count;
  uint32_t root_count;
  uint32_t index_count; /* steps of these kinds */
  uint32_t gather_count;
  uint32_t site_load_count; /* loads that are not at the place itself */
  /* Slots, in this order. */
  uint32_t uniform_count;
  uint32_t splat_count;
  uint32_t register_count;
  uint32_t load_count;
  uint32_t result_count; /* results of the pattern, that RESULT reads */
  uint32_t slot_count;   /* all of these, and one external for each root */
} cpu_section;

static inline uint32_t cpu_section_splat(const cpu_section *section, uint32_t index) {
  return section->uniform_count + index;
}
static inline uint32_t cpu_section_register(const cpu_section *section, uint32_t index) {
  return cpu_section_splat(section, section->splat_count) + index;
}
static inline uint32_t cpu_section_load(const cpu_section *section, uint32_t index) {
  return cpu_section_register(section, section->register_count) + index;
}
static inline uint32_t cpu_section_result(const cpu_section *section, uint32_t index) {
  return cpu_section_load(section, section->load_count) + index;
}
static inline uint32_t cpu_section_external(const cpu_section *section, uint32_t index) {
  return cpu_section_result(section, section->result_count) + index;
}

/* Whether a value that leaves the section is the same number everywhere. */
static inline bool cpu_root_is_uniform(const cpu_section *section, uint32_t root) {
  uint32_t slot = section->roots[root].slot;
  return slot >= cpu_section_splat(section, 0) && slot < cpu_section_register(section, 0);
}

enum cpu_type cpu_type_of(mfg_dtype type);
uint8_t cpu_type_size(enum cpu_type type);

/* Compiles a section of a valid description. `values` are the `count` values that leave it, the
 * first `targets` of them for memory that the runner names; `private_targets` says that this memory
 * is scratch of the backend, which no operand shares. The section's arrays come from `arena`,
 * working memory from `scratch`. */
mfg_status cpu_section_compile(const mfg_kernel_description *description, bool epilogue,
                               const cpu_level *level, const int32_t *values, uint32_t targets,
                               uint32_t count, bool private_targets, cpu_arena *arena,
                               cpu_arena *scratch, cpu_section *section);

#endif
