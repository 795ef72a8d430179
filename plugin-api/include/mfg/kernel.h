/* SPDX-License-Identifier: MIT */
/* The kernel description: what a plugin compiles or interprets instead of hundreds of entry points.
 *
 * A kernel runs over an iteration space of `rank` axes whose extents are given at launch. It has a
 * prologue of elementwise instructions, one pattern, and an epilogue of elementwise instructions:
 *
 *     operands -> prologue values -> pattern -> results -> epilogue values -> outputs, reductions
 *
 * A description is plain data: it holds no address and no extent, so that equal bytes mean an equal
 * kernel. Whoever passes one keeps it alive for the duration of the call only. The full
 * specification, NaN and overflow included, is docs/api/kernel.md; its executable form is the
 * reference executor of the SDK. `mfg_kernel_validate` (sdk.h) holds every rule stated here. */
#ifndef MFG_KERNEL_H
#define MFG_KERNEL_H

#include <mfg/base.h>
#include <mfg/operations.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- operands ------------------------------------------------------------------------------- */

/* How an operand's stride along an axis relates to memory, in elements. */
enum mfg_stride_class {
  MFG_STRIDE_GENERAL = 0, /* any stride, given at launch; may be negative */
  MFG_STRIDE_ZERO = 1,    /* 0: the operand does not vary along the axis (a broadcast) */
  MFG_STRIDE_UNIT = 2     /* 1: consecutive elements */
};

enum mfg_operand_flag {
  MFG_OPERAND_READ = 1,  /* loaded by LOAD or GATHER */
  MFG_OPERAND_WRITE = 2, /* named by an output or a final reduction */
  MFG_OPERAND_GATHER = 4 /* has extents of its own at launch; loaded by GATHER only */
};

/* One array that the kernel reads or writes. An operand whose stride classes are all ZERO is a
 * parameter: a device-resident rank-0 value that may change between replays. An operand is either
 * read or written, never both: a kernel that updates in place names two operands that are bound to
 * the same memory. */
typedef struct mfg_kernel_operand {
  mfg_dtype type;
  uint8_t flags;                      /* enum mfg_operand_flag */
  uint8_t stride_class[MFG_MAX_RANK]; /* enum mfg_stride_class; entries from `rank` on are 0 */
  uint8_t reserved[2];
} mfg_kernel_operand;

/* A number that is given at launch and frozen when the launch is recorded. */
typedef struct mfg_kernel_scalar {
  mfg_dtype type;
  uint8_t reserved[3];
} mfg_kernel_scalar;

/* ---- sites ---------------------------------------------------------------------------------- */

/* What an index does that leaves [0, n), n the extent of the iteration space along the axis. */
enum mfg_boundary {
  MFG_BOUNDARY_WRAP = 1,    /* j mod n: periodic, any distance */
  MFG_BOUNDARY_CLAMP = 2,   /* the nearest of 0 and n-1: zero difference at a no-flux face */
  MFG_BOUNDARY_MIRROR = 3,  /* reflected at the faces, -1 -> 0, -2 -> 1, n -> n-1; any distance */
  MFG_BOUNDARY_CONSTANT = 4 /* the load yields `fill`, whatever the steps that follow */
};

/* One move of the index. */
typedef struct mfg_kernel_step {
  int64_t offset;
  mfg_scalar fill; /* of the operand's type; 0 unless the boundary is CONSTANT */
  uint8_t axis;
  uint8_t boundary; /* enum mfg_boundary */
  uint8_t reserved[6];
} mfg_kernel_step;

/* Where a load looks: starting from the index of the iteration space the steps are applied in
 * order, each to the index that the one before has left. Steps with boundaries do not compose into
 * one step, which is why a site is a list. `first` and `count` select from the description's steps.
 */
typedef struct mfg_kernel_site {
  uint32_t first;
  uint32_t count;
} mfg_kernel_site;

/* Instruction field `site`: 0 is the place itself, k > 0 is the description's site k-1. */
#define MFG_SITE_HERE 0u

/* ---- instructions --------------------------------------------------------------------------- */

/* One elementwise instruction in static single assignment form: its value is named by its position
 * in its section, and arguments name earlier positions of the same section.
 *
 *   CONSTANT  `value`, of `type`; part of the kernel
 *   SCALAR    launch scalar number `slot`
 *   LOAD      operand `slot` at `site`
 *   INDEX     int64: the index along `axis` at `site`, whose steps have no CONSTANT boundary
 *   EXTENT    int64: the extent along `axis` of the space that the section runs over
 *   GATHER    operand `slot` at the place itself, except that along `axis` the index is the value
 *             of arguments[0] (int32 or int64), clamped into the operand's own extent along that
 *             axis; own extent 0 there is an error at launch, unless the space is empty
 *   RESULT    epilogue only: result number `slot` of the pattern
 *   others    operations.h; argument i is arguments[i]
 *
 * Fields that an instruction does not use are 0 (unused arguments: -1). */
typedef struct mfg_kernel_instruction {
  uint16_t operation; /* enum mfg_operation */
  mfg_dtype type;     /* of the value */
  uint8_t axis;
  uint32_t site;
  int32_t arguments[3];
  uint32_t slot;
  mfg_scalar value;
} mfg_kernel_instruction;

/* ---- patterns ------------------------------------------------------------------------------- */

enum mfg_pattern_kind {
  /* No pattern: there is no epilogue, outputs and final reductions name prologue values. */
  MFG_PATTERN_MAP = 1,
  /* `count` reductions over the axes in `axes` (none: every place by itself), from one pass. The
   * epilogue runs over the kept axes: in it, and in outputs, the index along a reduced axis is 0
   * and its extent is 1. */
  MFG_PATTERN_REDUCE = 2,
  /* `count` cumulative sums or products along `axis`. */
  MFG_PATTERN_SCAN = 3,
  /* Tridiagonal systems along `axis`, one for each index of the other axes: values[0..3] are lower
   * l, diagonal d, upper u and right-hand side r, all of one float type, and result 0 solves
   *     l[i] x[i-1] + d[i] x[i] + u[i] x[i+1] = r[i],  i = 0 .. n-1.
   * Without MFG_PATTERN_CYCLIC l[0] and u[n-1] are not used, whatever they hold; with it x[-1] is
   * x[n-1] and x[n] is x[0] (n = 2: both neighbours are the other one; n = 1: (l+d+u) x = r).
   * Elimination is without pivoting: the caller answers for a matrix on which that is stable (a
   * diagonally dominant one, as every monotone implicit step gives). */
  MFG_PATTERN_LINE_SOLVE = 4
};

enum mfg_pattern_flag {
  MFG_PATTERN_CYCLIC = 1,  /* LINE_SOLVE: the line is closed */
  MFG_PATTERN_REVERSE = 2, /* SCAN: from the last index to the first */
  MFG_PATTERN_EXCLUSIVE =
      4 /* SCAN: result i combines the elements before i; the first is neutral */
};

/* How elements are combined. The result type is the value's type, except ANY and ALL (bool to bool)
 * and ARGMIN and ARGMAX (int64). An empty sum is 0, product 1, any false, all true, min the highest
 * and max the lowest number of the type (an infinity for floats), argmin and argmax 0.
 * MIN and MAX: NaN where an element is NaN. ARGMIN and ARGMAX: the first position of the extreme
 * element, or of the first NaN, counted in row-major order over the reduced axes.
 * Sums and products may associate in any fixed order, the same for any number of threads. */
enum mfg_reduction_operation {
  MFG_REDUCE_SUM = 1,
  MFG_REDUCE_PRODUCT = 2,
  MFG_REDUCE_MIN = 3,
  MFG_REDUCE_MAX = 4,
  MFG_REDUCE_ANY = 5,
  MFG_REDUCE_ALL = 6,
  MFG_REDUCE_ARGMIN = 7,
  MFG_REDUCE_ARGMAX = 8
};

/* The one pattern of a kernel. Unused entries are 0. */
typedef struct mfg_kernel_pattern {
  uint32_t struct_size;
  uint8_t kind;                        /* enum mfg_pattern_kind */
  uint8_t axis;                        /* SCAN, LINE_SOLVE */
  uint16_t flags;                      /* enum mfg_pattern_flag */
  uint32_t axes;                       /* REDUCE: bit a set where axis a is reduced */
  uint32_t count;                      /* REDUCE, SCAN: 1 .. MFG_MAX_RESULTS; LINE_SOLVE: 1 */
  int32_t values[MFG_MAX_RESULTS];     /* prologue values that enter */
  uint8_t operations[MFG_MAX_RESULTS]; /* REDUCE, SCAN: enum mfg_reduction_operation */
} mfg_kernel_pattern;

/* ---- results -------------------------------------------------------------------------------- */

/* A value (of the epilogue; in a MAP of the prologue) written to a WRITE operand of its type at the
 * place itself. */
typedef struct mfg_kernel_output {
  uint32_t operand;
  int32_t value;
} mfg_kernel_output;

/* A value reduced over the axes in `axes` of the space that the outputs have, on the way out: a
 * residual or a norm without another pass. Written to a WRITE operand whose stride along every
 * reduced axis is ZERO. Not allowed with REDUCE, whose outputs are reductions already. */
typedef struct mfg_kernel_reduction {
  uint32_t operand;
  int32_t value;
  uint32_t axes;
  uint8_t operation; /* enum mfg_reduction_operation */
  uint8_t reserved[3];
} mfg_kernel_reduction;

/* ---- the description ------------------------------------------------------------------------ */

/* Aliasing. A WRITE operand may share memory with a READ operand only where both address the same
 * element at the same index (equal offset and strides, loads at MFG_SITE_HERE); in a LINE_SOLVE or
 * SCAN also where prologue loads move along the solve axis only, since all reads of a line come
 * before its writes. Other overlap, and overlap of two WRITE operands, is the caller's error. */
typedef struct mfg_kernel_description {
  uint32_t struct_size;
  uint8_t rank;        /* 0 .. MFG_MAX_RANK */
  uint8_t index_width; /* 32: extents, and sums of index * stride seen from the binding's offset,
                          fit int32; 64 otherwise */
  uint8_t reserved[2];
  mfg_span operands; /* mfg_kernel_operand */
  mfg_span scalars;  /* mfg_kernel_scalar */
  mfg_span sites;    /* mfg_kernel_site */
  mfg_span steps;    /* mfg_kernel_step */
  mfg_span prologue; /* mfg_kernel_instruction */
  const mfg_kernel_pattern *pattern;
  mfg_span epilogue;   /* mfg_kernel_instruction */
  mfg_span outputs;    /* mfg_kernel_output; at most MFG_MAX_RESULTS */
  mfg_span reductions; /* mfg_kernel_reduction; at most MFG_MAX_RESULTS */
} mfg_kernel_description;

static inline const mfg_kernel_operand *mfg_kernel_operand_at(const mfg_kernel_description *kernel,
                                                              uint32_t index) {
  return (const mfg_kernel_operand *)mfg_span_at(&kernel->operands, index);
}
static inline mfg_dtype mfg_kernel_scalar_type(const mfg_kernel_description *kernel,
                                               uint32_t index) {
  return ((const mfg_kernel_scalar *)mfg_span_at(&kernel->scalars, index))->type;
}
static inline const mfg_kernel_site *mfg_kernel_site_at(const mfg_kernel_description *kernel,
                                                        uint32_t index) {
  return (const mfg_kernel_site *)mfg_span_at(&kernel->sites, index);
}
static inline const mfg_kernel_step *mfg_kernel_step_at(const mfg_kernel_description *kernel,
                                                        uint32_t index) {
  return (const mfg_kernel_step *)mfg_span_at(&kernel->steps, index);
}
static inline const mfg_kernel_instruction *mfg_kernel_instruction_at(const mfg_span *section,
                                                                      uint32_t index) {
  return (const mfg_kernel_instruction *)mfg_span_at(section, index);
}
static inline const mfg_kernel_output *mfg_kernel_output_at(const mfg_kernel_description *kernel,
                                                            uint32_t index) {
  return (const mfg_kernel_output *)mfg_span_at(&kernel->outputs, index);
}
static inline const mfg_kernel_reduction *
mfg_kernel_reduction_at(const mfg_kernel_description *kernel, uint32_t index) {
  return (const mfg_kernel_reduction *)mfg_span_at(&kernel->reductions, index);
}

/* ---- launching ------------------------------------------------------------------------------ */

struct mfg_plugin_buffer;

/* The memory behind one operand, in the order of the description's operands. */
typedef struct mfg_kernel_binding {
  struct mfg_plugin_buffer *buffer;
  int64_t offset; /* bytes from the buffer's start to the element at index 0; aligned to the type */
  const int64_t *strides; /* `rank` strides in elements; each agrees with its class */
  const int64_t *extents; /* GATHER operands: `rank` extents of their own; otherwise NULL */
} mfg_kernel_binding;

/* Everything that is not part of the kernel. The launch and all it points to belong to the caller
 * and may go when the call returns. Extents are >= 0; a launch over an empty space writes nothing,
 * except that a reduction over an empty axis writes its neutral element. */
typedef struct mfg_kernel_launch {
  uint32_t struct_size;
  uint32_t reserved;
  const int64_t *extents; /* `rank` */
  mfg_span bindings;      /* mfg_kernel_binding */
  mfg_span scalars;       /* mfg_scalar */
} mfg_kernel_launch;

static inline const mfg_kernel_binding *mfg_kernel_binding_at(const mfg_kernel_launch *launch,
                                                              uint32_t index) {
  return (const mfg_kernel_binding *)mfg_span_at(&launch->bindings, index);
}
static inline mfg_scalar mfg_kernel_scalar_at(const mfg_kernel_launch *launch, uint32_t index) {
  return *(const mfg_scalar *)mfg_span_at(&launch->scalars, index);
}

MFG_STATIC_ASSERT(sizeof(mfg_kernel_operand) == 12, "ABI 0.1");
MFG_STATIC_ASSERT(sizeof(mfg_kernel_scalar) == 4, "ABI 0.1");
MFG_STATIC_ASSERT(sizeof(mfg_kernel_step) == 24, "ABI 0.1");
MFG_STATIC_ASSERT(sizeof(mfg_kernel_site) == 8, "ABI 0.1");
MFG_STATIC_ASSERT(sizeof(mfg_kernel_instruction) == 32, "ABI 0.1");
MFG_STATIC_ASSERT(offsetof(mfg_kernel_instruction, arguments) == 8, "ABI 0.1");
MFG_STATIC_ASSERT(offsetof(mfg_kernel_instruction, value) == 24, "ABI 0.1");
MFG_STATIC_ASSERT(sizeof(mfg_kernel_pattern) == 56, "ABI 0.1");
MFG_STATIC_ASSERT(sizeof(mfg_kernel_output) == 8, "ABI 0.1");
MFG_STATIC_ASSERT(sizeof(mfg_kernel_reduction) == 16, "ABI 0.1");
#if UINTPTR_MAX == UINT64_MAX
MFG_STATIC_ASSERT(sizeof(mfg_kernel_description) == 144, "ABI 0.1");
MFG_STATIC_ASSERT(offsetof(mfg_kernel_description, pattern) == 88, "ABI 0.1");
MFG_STATIC_ASSERT(sizeof(mfg_kernel_binding) == 32, "ABI 0.1");
MFG_STATIC_ASSERT(sizeof(mfg_kernel_launch) == 48, "ABI 0.1");
#endif

#ifdef __cplusplus
}
#endif

#endif
