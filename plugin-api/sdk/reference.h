/* SPDX-License-Identifier: MIT */
/* The parts of the reference executor: decoded sections, elementwise functions, accumulators and
 * the line solve. Internal to the SDK. */
#ifndef MFG_SDK_REFERENCE_H
#define MFG_SDK_REFERENCE_H

#include "launch_space.h"
#include "types.h"

/* ---- values --------------------------------------------------------------------------------- */

/* Where elements are combined, floats are held as double and integers as 64 bits that wrap: `real`
 * for a float type, `integer` for any other; a uint64 shares its bits with an int64. */
typedef union mfg_reference_wide {
  double real;
  int64_t integer;
} mfg_reference_wide;

mfg_reference_wide mfg_reference_widen(mfg_scalar value, mfg_dtype type);
/* Rounds to the nearest float, wraps to the width of an integer. */
mfg_scalar mfg_reference_narrow(mfg_reference_wide value, mfg_dtype type);

/* ---- elementwise functions ------------------------------------------------------------------ */

/* One operation for one type. Arguments that the operation does not have are not looked at. */
typedef void (*mfg_reference_function)(mfg_scalar *target, const mfg_scalar *a, const mfg_scalar *b,
                                       const mfg_scalar *c);

/* The function of an operation; `type` is that of the value, `argument` that of argument 0. NULL
 * where there is none, which a validated kernel does not meet. */
mfg_reference_function mfg_reference_lookup(uint32_t operation, mfg_dtype type, mfg_dtype argument);

/* The same, each for its share: arithmetic on floats, arithmetic and bits of integers, whatever
 * yields or takes bool, conversions. */
mfg_reference_function mfg_reference_real(uint32_t operation, mfg_dtype type);
mfg_reference_function mfg_reference_integer(uint32_t operation, mfg_dtype type);
mfg_reference_function mfg_reference_logic(uint32_t operation, mfg_dtype argument);
mfg_reference_function mfg_reference_convert(mfg_dtype type, mfg_dtype argument);

/* ---- sections ------------------------------------------------------------------------------- */

/* An operand with the memory that is bound to it. */
typedef struct mfg_reference_operand {
  char *base; /* the element at index 0 */
  const int64_t *strides;
  const int64_t *extents; /* gathered operands only */
  size_t size;            /* bytes of an element */
  bool is_bool;           /* whatever the byte holds, the element is 0 or 1 */
} mfg_reference_operand;

/* An instruction made ready to run. */
typedef struct mfg_reference_step {
  mfg_reference_function function; /* NULL for those that take their value from outside */
  const mfg_kernel_instruction *instruction;
  uint32_t target;
  uint32_t arguments[3];
  mfg_dtype argument_type;
} mfg_reference_step;

/* A prologue or an epilogue. `values` has an entry for each instruction; those of constants,
 * scalars and extents are filled once, all others by every evaluation. */
typedef struct mfg_reference_section {
  const mfg_kernel_description *kernel;
  const mfg_reference_operand *operands;
  const mfg_scalar *results;
  int64_t extents[MFG_MAX_RANK]; /* of the space that this section runs over */
  mfg_reference_step *steps;
  uint32_t step_count;
  mfg_scalar *values;
} mfg_reference_section;

/* Decodes the instructions of `span`; false when there is no memory. The section's `extents`,
 * `kernel`, `operands` and `results` have been set. */
bool mfg_reference_section_open(mfg_reference_section *section, const mfg_span *span,
                                const mfg_kernel_launch *launch);
void mfg_reference_section_close(mfg_reference_section *section);
/* Computes all values at `index`. */
void mfg_reference_section_run(const mfg_reference_section *section, const int64_t *index);

/* ---- reductions ----------------------------------------------------------------------------- */

/* One reduction under way. Float sums are pairwise: element k enters as leaf k of a binary tree
 * whose complete subtrees are added as soon as both are there, so that the order depends on the
 * number of elements only and the error grows with its logarithm. */
typedef struct mfg_reference_accumulator {
  uint8_t operation;
  mfg_dtype type; /* of the elements */
  uint64_t count;
  int64_t position; /* of the extreme element, for argmin and argmax */
  mfg_reference_wide value;
  double *partial; /* float sums: sums of complete subtrees, one for each bit of the count */
} mfg_reference_accumulator;

/* Entries that `partial` needs for `elements` elements. */
size_t mfg_reference_levels(uint64_t elements);
void mfg_reference_accumulate_start(mfg_reference_accumulator *accumulator, uint8_t operation,
                                    mfg_dtype type, double *partial);
void mfg_reference_accumulate(mfg_reference_accumulator *accumulator, mfg_scalar element,
                              int64_t position);
mfg_scalar mfg_reference_accumulate_finish(const mfg_reference_accumulator *accumulator);

/* ---- lines ---------------------------------------------------------------------------------- */

/* Cumulative sum or product of `count` values in place. */
void mfg_reference_scan(mfg_reference_wide *values, int64_t count, uint8_t operation,
                        mfg_dtype type, uint16_t flags);

/* Solves one tridiagonal system in double; on return `right` holds the solution and the diagonals
 * are destroyed. `border` holds `count` numbers and is used only for a cyclic line. */
void mfg_reference_line_solve(mfg_reference_wide *lower, mfg_reference_wide *diagonal,
                              mfg_reference_wide *upper, mfg_reference_wide *right, int64_t count,
                              bool cyclic, double *border);

#endif
