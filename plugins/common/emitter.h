/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The source emitter: from a kernel description to text of the C family, and to a plan of launches.
 *
 * `mfg_emitter_create` turns a valid description into modules. A module is one source text with one
 * or more entry functions; a kernel has one module, and one more for each final reduction that does
 * not run over all axes. Equal descriptions and options give equal texts. An emitter is immutable:
 * any thread may plan with it at any time.
 *
 * All entries of a module take the same arguments, in this order:
 *   one pointer an operand of the module, to the start of the bound buffer;
 *   `scratch`, the start of the scratch memory that the plan asks for;
 *   `predicate`, a device pointer to an int32, or NULL: the entry returns at once where it is 0;
 *   `launch`, a struct of numbers, by value or as a pointer to device memory, whose bytes the plan
 *   gives;
 *   `shared`, local memory of the size that the plan gives (as the dialect passes it).
 *
 * `mfg_emitter_plan` computes, for one launch, which entries run over how many groups. The plan's
 * launches run in order, each after the one before has finished. No device interface is named here:
 * the caller compiles, binds and queues. */
#ifndef MFG_COMMON_EMITTER_H
#define MFG_COMMON_EMITTER_H

#include <mfg/kernel.h>
#include <mfg/plugin.h>

/* What differs between the languages of the family. */
typedef struct mfg_emitter_dialect {
  const char *name;           /* "OpenCL C" */
  const char *preamble;       /* text that defines the macros: a file of dialect/ */
  const char *float32_suffix; /* of mathematical functions: "" or "f" */
} mfg_emitter_dialect;

extern const mfg_emitter_dialect mfg_emitter_opencl, mfg_emitter_cuda;

/* How the work is cut. */
enum mfg_emitter_layout {
  /* Neighbouring items take neighbouring elements; groups share local memory: for GPUs. */
  MFG_LAYOUT_INTERLEAVED = 0,
  /* An item takes a block of elements, eight at a time as vectors where the kernel computes with
   * one type of float, else in a loop that a compiler can vectorise: for CPUs. */
  MFG_LAYOUT_BLOCKED = 1
};

typedef struct mfg_emitter_options {
  const mfg_emitter_dialect *dialect;
  uint32_t layout;       /* enum mfg_emitter_layout */
  bool launch_in_memory; /* entries take a pointer to the struct, which does not fit by value */
} mfg_emitter_options;

#define MFG_EMITTER_DEFAULT UINT32_MAX

/* What a plan must know of the device that runs it. */
typedef struct mfg_emitter_device {
  uint32_t compute_units; /* >= 1 */
  uint32_t group_limit;   /* most items in a group, >= 1 */
  uint64_t local_bytes;   /* local memory of a group */
  uint32_t outer_groups;  /* most groups along dimensions 1 and 2 in the interleaved layout, at
                             least 1024; 0: any number. CUDA: 65535 */
  uint64_t cache_bytes;   /* last cache shared by the units; 0 where not known */
  /* LINE_SOLVE, interleaved: up to so many lines are solved by a group each, in registers where a
   * line is short enough; more are solved by an item each. MFG_EMITTER_DEFAULT: 32 a unit. */
  uint32_t lines_in_a_group;
} mfg_emitter_device;

/* One entry to run. `local` divides `global` in every dimension. */
typedef struct mfg_planned_launch {
  uint32_t module;
  uint32_t entry;
  uint64_t global[3]; /* items */
  uint64_t local[3];  /* items of a group */
  uint64_t local_bytes;
} mfg_planned_launch;

/* At most: main, totals, offsets or finish, and one or two for each final reduction. */
#define MFG_PLAN_LAUNCHES (3 + 2 * MFG_MAX_RESULTS)

/* What one launch of a kernel comes to. `arguments[m]` are the bytes of module m's struct. The
 * memory belongs to the plan, which may be used for any number of launches, by one thread at a
 * time, and is cleared at the end. All zero is an empty plan. */
typedef struct mfg_emitter_plan {
  uint32_t count; /* 0 where nothing is to be done */
  mfg_planned_launch launches[MFG_PLAN_LAUNCHES];
  uint64_t scratch_bytes; /* 0 where none is used */
  const void *arguments[1 + MFG_MAX_RESULTS];
  char *storage;
  size_t storage_size;
} mfg_emitter_plan;

typedef struct mfg_emitter mfg_emitter;

/* `description` must be valid (mfg_kernel_validate) and is copied. MFG_ERROR_OUT_OF_MEMORY is the
 * only failure. Freed with mfg_emitter_free, which ignores NULL. */
mfg_status mfg_emitter_create(const mfg_kernel_description *description,
                              const mfg_emitter_options *options, mfg_emitter **emitter,
                              mfg_plugin_error *error);
void mfg_emitter_free(mfg_emitter *emitter);

uint32_t mfg_emitter_modules(const mfg_emitter *emitter);
/* The whole text of a module. Lives as long as the emitter. */
const char *mfg_emitter_source(const mfg_emitter *emitter, uint32_t module);
uint32_t mfg_emitter_entries(const mfg_emitter *emitter, uint32_t module);
const char *mfg_emitter_entry_name(const mfg_emitter *emitter, uint32_t module, uint32_t entry);
/* Bytes of the struct of a module. */
uint32_t mfg_emitter_arguments_size(const mfg_emitter *emitter, uint32_t module);
/* Operands of a module, and which operand of the description each is; -1 is the scratch memory. */
uint32_t mfg_emitter_operands(const mfg_emitter *emitter, uint32_t module);
int32_t mfg_emitter_operand(const mfg_emitter *emitter, uint32_t module, uint32_t index);

/* Plans one launch, which must fit the description (mfg_kernel_launch_validate).
 * MFG_ERROR_INVALID_ARGUMENT for a gather from an axis of extent 0, MFG_ERROR_OUT_OF_MEMORY. */
mfg_status mfg_emitter_plan_launch(const mfg_emitter *emitter, const mfg_emitter_device *device,
                                   const mfg_kernel_launch *launch, mfg_emitter_plan *plan,
                                   mfg_plugin_error *error);
void mfg_emitter_plan_clear(mfg_emitter_plan *plan);

#endif
