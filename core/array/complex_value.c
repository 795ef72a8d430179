/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "array/complex_value.h"

#include <mfg/sdk.h>

#include "array/promotion.h"
#include "array/recording.h"
#include "support/error.h"

/* The value with this type and shape; takes over the reference. */
static mfg_value *fitted(mfg_value *value, mfg_dtype type, int rank, const int64_t *shape) {
  if (value != NULL) value = mfg_value_as_type(value, type);
  bool same = value != NULL && !value->weak && value->rank == rank &&
              mfg_shape_equal(rank, value->shape, shape);
  if (value == NULL || same) return value;
  mfg_value *wide = value->kind == MFG_VALUE_NUMBER
                        ? mfg_value_number(value->context, type, rank, shape, value->node.number)
                        : mfg_value_everywhere(value, rank, shape);
  mfg_value_release(value);
  return wide;
}

mfg_value *mfg_value_complex(mfg_context *context, mfg_dtype type, int rank, const int64_t *shape,
                             mfg_value *real, mfg_value *imaginary) {
  mfg_value *parts[2] = {fitted(real, mfg_real_type(type), rank, shape),
                         fitted(imaginary, mfg_real_type(type), rank, shape)};
  mfg_value *value = NULL;
  if (parts[0] != NULL && parts[1] != NULL)
    value = mfg_value_node(context, MFG_VALUE_COMPLEX, type, rank, shape, 2, parts);
  mfg_value_release(parts[0]);
  mfg_value_release(parts[1]);
  return value;
}

static mfg_value *part_of_leaf(mfg_value *leaf, int part) {
  int64_t strides[MFG_MAX_RANK];
  for (int axis = 0; axis < leaf->rank; axis++)
    strides[axis] = 2 * leaf->leaf.strides[axis];
  mfg_value *value = mfg_value_leaf(leaf->context, leaf->leaf.block, mfg_real_type(leaf->type),
                                    leaf->rank, leaf->shape, 2 * leaf->leaf.offset + part, strides);
  if (value != NULL) value->frame = leaf->frame;
  return value;
}

bool mfg_value_parts(mfg_value *value, mfg_value *parts[2]) {
  bool leaf = value->kind == MFG_VALUE_LEAF;
  parts[0] = parts[1] = NULL;
  if (leaf && value->leaf.snapshot >= 0 && mfg_recording_activate(value->context, value) != MFG_OK)
    return false;
  for (int i = 0; i < 2; i++)
    parts[i] = leaf ? part_of_leaf(value, i) : mfg_value_retain(value->node.arguments[i]);
  if (parts[0] != NULL && parts[1] != NULL) return true;
  mfg_value_release(parts[0]);
  mfg_value_release(parts[1]);
  parts[0] = parts[1] = NULL;
  return false;
}

mfg_value *mfg_value_of_operand(mfg_context *context, mfg_dtype type, int rank,
                                const int64_t *shape, const mfg_operand *number) {
  mfg_dtype real = mfg_real_type(type);
  mfg_value *value =
      mfg_value_number(context, real, rank, shape, mfg_scalar_of_operand(real, number));
  if (!mfg_type_is_complex(type)) return value;
  mfg_scalar imaginary = mfg_scalar_of_real(real, number->imaginary);
  return mfg_value_complex(context, type, rank, shape, value,
                           mfg_value_number(context, real, rank, shape, imaginary));
}

mfg_value *mfg_complex_everywhere(mfg_value *value, int rank, const int64_t *shape) {
  mfg_value *parts[2];
  if (!mfg_value_parts(value, parts)) return NULL;
  mfg_value *wide[2];
  for (int i = 0; i < 2; i++) {
    /* Numbers stay numbers; a leaf is wrapped, so that the array has memory of its own. */
    wide[i] = parts[i]->kind == MFG_VALUE_NUMBER ? mfg_value_retain(parts[i])
                                                 : mfg_value_everywhere(parts[i], rank, shape);
    mfg_value_release(parts[i]);
  }
  return mfg_value_complex(value->context, value->type, rank, shape, wide[0], wide[1]);
}

/* Whether a complex value is not zero. */
static mfg_value *nonzero(mfg_value *parts[2], int rank, const int64_t *shape) {
  mfg_value *truth[2];
  for (int i = 0; i < 2; i++)
    truth[i] = mfg_value_as_type(mfg_value_retain(parts[i]), MFG_BOOL);
  mfg_value *any = NULL;
  if (truth[0] != NULL && truth[1] != NULL)
    any = mfg_value_elementwise(truth[0]->context, MFG_OP_LOGICAL_OR, MFG_BOOL, rank, shape, 2,
                                truth);
  mfg_value_release(truth[0]);
  mfg_value_release(truth[1]);
  return any;
}

mfg_value *mfg_complex_as_type(mfg_value *value, mfg_dtype type) {
  mfg_value *parts[2] = {NULL, NULL};
  mfg_value *converted = NULL;
  if (!mfg_type_is_complex(value->type)) {
    mfg_operand zero = mfg_operand_of_real(0);
    mfg_value *imaginary =
        mfg_value_of_operand(value->context, mfg_real_type(type), value->rank, value->shape, &zero);
    converted = mfg_value_complex(value->context, type, value->rank, value->shape,
                                  mfg_value_retain(value), imaginary);
  } else if (type != MFG_BOOL && !mfg_type_is_complex(type)) {
    mfg_fail(MFG_ERROR_TYPE, "%s is not narrowed to %s; take mfg_real or mfg_imag",
             mfg_dtype_name(value->type), mfg_dtype_name(type));
  } else if (mfg_value_parts(value, parts)) {
    if (type == MFG_BOOL)
      converted = nonzero(parts, value->rank, value->shape);
    else
      converted = mfg_value_complex(value->context, type, value->rank, value->shape,
                                    mfg_value_retain(parts[0]), mfg_value_retain(parts[1]));
    mfg_value_release(parts[0]);
    mfg_value_release(parts[1]);
  }
  mfg_value_release(value);
  return converted;
}
