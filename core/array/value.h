/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values: the nodes of pending expressions. They never change what they mean.
 *
 * A program holds handles (mfg_array, array/handle.h); a handle has either a value that is yet to
 * be computed or memory that may be written. Expressions refer to values only: where memory enters
 * an expression it does so as a leaf, which stands for the content at that moment. Evaluating a
 * value turns it, in place, into a leaf over the memory that holds the result. */
#ifndef MFG_ARRAY_VALUE_H
#define MFG_ARRAY_VALUE_H

#include <mfg/array.h>

#include "array/block.h"

typedef enum mfg_value_kind {
  MFG_VALUE_LEAF,        /* memory */
  MFG_VALUE_NUMBER,      /* one number in every element */
  MFG_VALUE_INDEX,       /* int64: the index along `axis` */
  MFG_VALUE_ELEMENTWISE, /* an operation of operations.h */
  MFG_VALUE_SHIFT,       /* argument 0 moved along `axis` */
  MFG_VALUE_COMPLEX,     /* arguments: real and imaginary part; never part of a real value */
  MFG_VALUE_GATHER,      /* argument 0 (a leaf) along `axis` at argument 1 */
  MFG_VALUE_REDUCE,      /* argument 0 reduced over `axes` */
  MFG_VALUE_SCAN,        /* argument 0 accumulated along `axis` */
  MFG_VALUE_LINE_SOLVE   /* arguments: lower, diagonal, upper, right-hand side */
} mfg_value_kind;

#define MFG_VALUE_ARGUMENTS 4

typedef struct mfg_leaf {
  mfg_block *block;
  int64_t offset; /* in elements */
  int64_t strides[MFG_MAX_RANK];
  struct mfg_value *previous; /* readers of the block */
  struct mfg_value *next;
  struct mfg_array *owner; /* the handle that keeps this leaf at hand, or NULL */
  int32_t snapshot;        /* recorded copy that this leaf reads if it is read at all, or -1 */
} mfg_leaf;

typedef struct mfg_node {
  struct mfg_value *arguments[MFG_VALUE_ARGUMENTS];
  int64_t offset;     /* SHIFT */
  mfg_scalar number;  /* NUMBER: of the value's type; SHIFT: the fill */
  uint32_t axes;      /* REDUCE: mask over the argument's axes */
  uint16_t operation; /* ELEMENTWISE: enum mfg_operation; REDUCE, SCAN: the reduction */
  uint8_t axis;
  uint8_t boundary;
  bool keep_axes;
  bool cyclic;
} mfg_node;

typedef struct mfg_value {
  uint32_t references;
  uint32_t frame;  /* recording frame in which it was made; 0: outside of any */
  uint32_t weight; /* instructions that evaluating it would take, at most */
  uint8_t kind;    /* mfg_value_kind */
  mfg_dtype type;
  uint8_t rank;
  bool weak;     /* NUMBER: takes the type of what stands beside it */
  bool patterns; /* a GATHER or a pattern may be in it; false is certain */
  int64_t shape[MFG_MAX_RANK];
  mfg_context *context;
  union {
    mfg_leaf leaf;
    mfg_node node;
  };
} mfg_value;

/* A value beyond this weight is computed when it is made, which bounds kernels and recursion. */
#define MFG_VALUE_WEIGHT_LIMIT 4000u

/* All constructors return a new reference, or NULL with the thread's last error set. They retain
 * what they are given. */
mfg_value *mfg_value_leaf(mfg_context *context, mfg_block *block, mfg_dtype type, int rank,
                          const int64_t *shape, int64_t offset, const int64_t *strides);
mfg_value *mfg_value_number(mfg_context *context, mfg_dtype type, int rank, const int64_t *shape,
                            mfg_scalar number);
/* A node of the given kind; arguments beyond `count` are NULL. */
mfg_value *mfg_value_node(mfg_context *context, mfg_value_kind kind, mfg_dtype type, int rank,
                          const int64_t *shape, int count, mfg_value *const *arguments);
mfg_value *mfg_value_elementwise(mfg_context *context, uint32_t operation, mfg_dtype type, int rank,
                                 const int64_t *shape, int count, mfg_value *const *arguments);

/* The same elements in a shape to which the value broadcasts. Lowering leaves nothing of it. */
mfg_value *mfg_value_everywhere(mfg_value *value, int rank, const int64_t *shape);

mfg_value *mfg_value_retain(mfg_value *value);
void mfg_value_release(mfg_value *value);

/* Turns an evaluated value into a leaf over `block`, C order from offset 0; takes over the
 * reference. */
void mfg_value_become_leaf(mfg_value *value, mfg_block *block);

/* Lets a leaf read another block (its content saved before a write). Retains the block. */
void mfg_leaf_redirect(mfg_value *leaf, mfg_block *block, int64_t offset, const int64_t *strides);

/* Number of arguments that a node has. */
int mfg_value_argument_count(const mfg_value *value);

/* ---- shapes ---------------------------------------------------------------------------------- */

/* Whether an array of this shape can be addressed whatever its type: at most 2^59 elements, axes
 * without elements not counted. */
bool mfg_shape_fits(int rank, const int64_t *shape);
int64_t mfg_shape_size(int rank, const int64_t *shape);
void mfg_shape_strides(int rank, const int64_t *shape, int64_t *strides);
bool mfg_shape_equal(int rank, const int64_t *a, const int64_t *b);
/* Whether strides are those of C order (axes of extent 1 do not count). */
bool mfg_shape_contiguous(int rank, const int64_t *shape, const int64_t *strides);
/* First and last element, relative to the start, that a strided view touches; false where it is
 * empty. */
bool mfg_shape_range(int rank, const int64_t *shape, const int64_t *strides, int64_t *low,
                     int64_t *high);
/* "(3, 4)" in a buffer of the caller. */
const char *mfg_shape_text(int rank, const int64_t *shape, char *text, size_t capacity);

#endif
