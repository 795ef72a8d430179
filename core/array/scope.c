/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scopes, handles and their references. */
#include <mfg/sdk.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array/context_private.h"
#include "array/handle.h"
#include "array/recording.h"
#include "fusion/fusion.h"
#include "support/error.h"

/* ---- scopes ---------------------------------------------------------------------------------- */

/* Room for so many arrays stays with a closed scope. */
#define MOST_SPARE_ARRAYS 1024u

mfg_scope *mfg_scope_open(mfg_context *context) {
  if (context == NULL) {
    mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "a scope needs a context; found NULL");
    return NULL;
  }
  mfg_scope *scope = context->spare_scope;
  context->spare_scope = NULL;
  if (scope == NULL) scope = calloc(1, sizeof *scope);
  if (scope == NULL) {
    mfg_fail_memory(sizeof *scope, "a scope");
    return NULL;
  }
  scope->context = mfg_context_retain(context);
  return scope;
}

void mfg_scope_free(mfg_scope *scope) {
  if (scope == NULL) return;
  free(scope->arrays);
  free(scope);
}

/* A scope that is to be found again keeps its list of arrays, unless that has grown large. */
static void put_by(mfg_scope *scope) {
  mfg_context *context = scope->context;
  if (context->spare_scope != NULL || scope->capacity > MOST_SPARE_ARRAYS)
    mfg_scope_free(scope);
  else
    context->spare_scope = scope;
  mfg_context_release(context);
}

mfg_status mfg_scope_close(mfg_scope *scope) {
  if (scope == NULL)
    return mfg_fail(MFG_ERROR_OUT_OF_MEMORY, "the scope could not be opened: out of memory, or no "
                                             "context was given");
  mfg_status status = scope->status;
  for (size_t i = scope->count; i > 0; i--)
    mfg_release(scope->arrays[i - 1]);
  if (status != MFG_OK && scope->text != NULL) mfg_fail(status, "%s", scope->text);
  free(scope->text);
  scope->text = NULL;
  scope->count = 0;
  scope->status = MFG_OK;
  put_by(scope);
  return status;
}

mfg_status mfg_scope_status(const mfg_scope *scope) {
  return scope == NULL ? MFG_ERROR_OUT_OF_MEMORY : scope->status;
}

mfg_context *mfg_scope_context(const mfg_scope *scope) {
  return scope == NULL ? NULL : scope->context;
}

mfg_status mfg_scope_keep_error(mfg_scope *scope, mfg_status status) {
  if (scope == NULL) return status == MFG_OK ? MFG_ERROR_OUT_OF_MEMORY : status;
  if (scope->status == MFG_OK && status != MFG_OK) {
    scope->status = status;
    scope->text = strdup(mfg_last_error());
    mfg_recording_spoil(scope->context, status);
  }
  return scope->status;
}

mfg_status mfg_scope_fail(mfg_scope *scope, mfg_status status, const char *text) {
  if (status == MFG_OK) return mfg_scope_status(scope);
  mfg_fail(status, "%s", text == NULL ? mfg_status_string(status) : text);
  return mfg_scope_keep_error(scope, status);
}

void *mfg_scope_error(mfg_scope *scope, mfg_status status, const char *format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  mfg_scope_fail(scope, status, text);
  return NULL;
}

bool mfg_scope_usable(mfg_scope *scope) {
  if (scope == NULL || scope->status != MFG_OK) return false;
  mfg_status status = mfg_context_check(scope->context);
  if (status != MFG_OK) mfg_scope_keep_error(scope, status);
  return status == MFG_OK;
}

bool mfg_scope_accepts(mfg_scope *scope, const mfg_array *array, const char *operation) {
  if (!mfg_scope_usable(scope)) return false;
  if (array == NULL) {
    mfg_scope_error(scope, MFG_ERROR_INVALID_ARGUMENT, "%s: an array was expected; found NULL",
                    operation);
    return false;
  }
  if (array->context == scope->context) return true;
  mfg_scope_error(scope, MFG_ERROR_MIXED_BACKENDS,
                  "%s: an array of '%s' was used in a scope of '%s'; move it with mfg_to_backend "
                  "or by assignment",
                  operation, mfg_context_backend(array->context),
                  mfg_context_backend(scope->context));
  return false;
}

bool mfg_scope_viewable(mfg_scope *scope, const mfg_array *array, const char *operation) {
  if (!mfg_scope_accepts(scope, array, operation)) return false;
  mfg_status status = mfg_array_materialise((mfg_array *)(uintptr_t)array);
  if (status != MFG_OK) mfg_scope_keep_error(scope, status);
  return status == MFG_OK;
}

int mfg_scope_axis(mfg_scope *scope, int axis, int rank, const char *operation) {
  int found = axis < 0 ? axis + rank : axis;
  if (found >= 0 && found < rank) return found;
  mfg_scope_error(scope, MFG_ERROR_SHAPE, "%s: axis %d of an array of rank %d", operation, axis,
                  rank);
  return -1;
}

static bool scope_reserve(mfg_scope *scope) {
  if (scope->count < scope->capacity) return true;
  size_t capacity = scope->capacity == 0 ? 32 : scope->capacity * 2;
  mfg_array **arrays = realloc(scope->arrays, capacity * sizeof(mfg_array *));
  if (arrays == NULL) {
    mfg_scope_keep_error(scope, mfg_fail_memory(capacity * sizeof(mfg_array *), "a scope"));
    return false;
  }
  scope->arrays = arrays;
  scope->capacity = capacity;
  return true;
}

/* ---- handles --------------------------------------------------------------------------------- */

static mfg_array *new_handle(mfg_scope *scope, mfg_dtype type, int rank, const int64_t *shape) {
  if (!scope_reserve(scope)) return NULL;
  mfg_array *array = mfg_slab_take(&scope->context->arrays, sizeof *array);
  if (array == NULL) {
    mfg_scope_keep_error(scope, mfg_fail_memory(sizeof *array, "an array"));
    return NULL;
  }
  array->references = 1;
  array->context = mfg_context_retain(scope->context);
  array->type = type;
  array->rank = rank;
  for (int axis = 0; axis < rank; axis++)
    array->shape[axis] = shape[axis];
  scope->arrays[scope->count++] = array;
  return array;
}

/* A value that belongs to another handle already, as where a shift by 0 has nothing to do, becomes
 * a node of its own: what is computed from it has memory of its own, so that writing to one of two
 * arrays never shows in the other. Takes over the reference. */
static mfg_value *own_value(mfg_value *value) {
  bool shared =
      value->references > 1 || (value->kind == MFG_VALUE_LEAF && value->leaf.owner != NULL);
  if (!shared) return value;
  mfg_value *own = value->kind == MFG_VALUE_NUMBER
                       ? mfg_value_number(value->context, value->type, value->rank, value->shape,
                                          value->node.number)
                       : mfg_value_everywhere(value, value->rank, value->shape);
  if (own != NULL) own->weak = value->weak;
  mfg_value_release(value);
  return own;
}

mfg_array *mfg_scope_adopt(mfg_scope *scope, mfg_value *value) {
  if (value != NULL) value = own_value(value);
  if (value == NULL) {
    mfg_scope_keep_error(scope, MFG_ERROR_OUT_OF_MEMORY);
    return NULL;
  }
  if (!mfg_shape_fits(value->rank, value->shape)) {
    char text[192];
    mfg_scope_error(scope, MFG_ERROR_SHAPE, "a result of shape %s has too many elements",
                    mfg_shape_text(value->rank, value->shape, text, sizeof text));
    mfg_value_release(value);
    return NULL;
  }
  mfg_context *context = scope->context;
  if (value->weight > MFG_VALUE_WEIGHT_LIMIT ||
      (context->eager && value->kind != MFG_VALUE_LEAF && !value->weak)) {
    mfg_status status = mfg_fusion_evaluate(value);
    if (status != MFG_OK) {
      mfg_scope_keep_error(scope, status);
      mfg_value_release(value);
      return NULL;
    }
  }
  mfg_array *array = new_handle(scope, value->type, value->rank, value->shape);
  if (array == NULL) {
    mfg_value_release(value);
    return NULL;
  }
  array->value = value;
  return array;
}

mfg_array *mfg_scope_view(mfg_scope *scope, const mfg_array *array, int rank, const int64_t *shape,
                          int64_t offset, const int64_t *strides) {
  mfg_array *view = new_handle(scope, array->type, rank, shape);
  if (view == NULL) return NULL;
  view->storage = array->storage;
  view->storage->references++;
  view->read_only = array->read_only;
  view->offset = offset;
  for (int axis = 0; axis < rank; axis++)
    view->strides[axis] = strides[axis];
  return view;
}

mfg_array *mfg_keep(mfg_array *array) {
  if (array != NULL) array->references++;
  return array;
}

void mfg_release(mfg_array *array) {
  if (array == NULL || --array->references > 0) return;
  if (array->cached != NULL) array->cached->leaf.owner = NULL;
  mfg_value_release(array->value);
  if (array->storage != NULL && --array->storage->references == 0) {
    mfg_block_release(array->storage->block);
    mfg_slab_give(&array->context->storages, array->storage);
  }
  mfg_context *context = array->context;
  mfg_slab_give(&context->arrays, array);
  mfg_context_release(context);
}

/* What was made in another frame is computed there and read from memory: a recording captures
 * memory, and a leaf stands for the content at a time of its own frame. */
static bool belongs_elsewhere(const mfg_array *array) {
  const mfg_value *value = array->value;
  return value != NULL && !value->weak && value->frame != mfg_context_frame(array->context);
}

mfg_value *mfg_array_value(const mfg_array *array) {
  /* Computing and caching do not change what the array means. */
  mfg_array *mutable_array = (mfg_array *)(uintptr_t)array;
  if (belongs_elsewhere(array) && mfg_array_materialise(mutable_array) != MFG_OK) return NULL;
  if (array->value != NULL) return mfg_value_retain(array->value);
  mfg_value *cached = array->cached;
  if (cached != NULL && cached->leaf.block == array->storage->block &&
      cached->frame == mfg_context_frame(array->context))
    return mfg_value_retain(cached);
  mfg_value *leaf = mfg_value_leaf(array->context, array->storage->block, array->type, array->rank,
                                   array->shape, array->offset, array->strides);
  if (leaf == NULL) return NULL;
  if (cached != NULL) cached->leaf.owner = NULL;
  leaf->leaf.owner = mutable_array;
  mutable_array->cached = leaf;
  return leaf;
}

mfg_value *mfg_scope_value(mfg_scope *scope, const mfg_array *array) {
  if (belongs_elsewhere(array)) {
    mfg_status status = mfg_array_materialise((mfg_array *)(uintptr_t)array);
    if (status != MFG_OK) {
      mfg_scope_keep_error(scope, status);
      return NULL;
    }
  }
  mfg_value *value = mfg_array_value(array);
  if (value == NULL) mfg_scope_keep_error(scope, MFG_ERROR_OUT_OF_MEMORY);
  return value;
}

mfg_value *mfg_array_leaf(const mfg_array *array, mfg_status *status) {
  mfg_array *mutable_array = (mfg_array *)(uintptr_t)array;
  *status = belongs_elsewhere(array) ? mfg_array_materialise(mutable_array) : MFG_OK;
  if (*status != MFG_OK) return NULL;
  mfg_value *value = mfg_array_value(array);
  if (value == NULL) {
    *status = MFG_ERROR_OUT_OF_MEMORY;
    return NULL;
  }
  *status = mfg_fusion_evaluate(value);
  if (*status == MFG_OK) return value;
  mfg_value_release(value);
  return NULL;
}

/* Puts the array, which has a value, over a block; takes over neither. */
static mfg_status put_over_block(mfg_array *array, mfg_block *block, int64_t offset,
                                 const int64_t *strides) {
  mfg_storage *storage = mfg_slab_take(&array->context->storages, sizeof *storage);
  if (storage == NULL) return mfg_fail_memory(sizeof *storage, "an array");
  storage->references = 1;
  storage->block = mfg_block_retain(block);
  array->storage = storage;
  array->offset = offset;
  for (int axis = 0; axis < array->rank; axis++)
    array->strides[axis] = strides[axis];
  mfg_value_release(array->value);
  array->value = NULL;
  return MFG_OK;
}

mfg_status mfg_array_materialise(mfg_array *array) {
  if (array->storage != NULL) return MFG_OK;
  mfg_status status = mfg_fusion_evaluate(array->value);
  if (status != MFG_OK) return status;
  const mfg_leaf *leaf = &array->value->leaf;
  return put_over_block(array, leaf->block, leaf->offset, leaf->strides);
}

mfg_status mfg_array_give_memory(mfg_array *array) {
  mfg_context *context = array->context;
  /* What a recording overwrites keeps its content until the first replay. */
  bool earlier =
      array->value != NULL && array->value->frame == 0 && mfg_context_frame(context) != 0;
  if (array->storage != NULL || array->value->kind == MFG_VALUE_LEAF || earlier)
    return mfg_array_materialise(array);
  uint32_t frame = mfg_recording_frame_open(context, array->value->frame)
                       ? array->value->frame
                       : mfg_context_frame(context);
  uint64_t bytes = (uint64_t)mfg_array_size(array) * mfg_dtype_size(array->type);
  mfg_status status = MFG_OK;
  mfg_block *block = mfg_block_new(context, bytes, frame, &status);
  if (block == NULL) return status;
  int64_t strides[MFG_MAX_RANK];
  mfg_shape_strides(array->rank, array->shape, strides);
  status = put_over_block(array, block, 0, strides);
  mfg_block_release(block);
  return status;
}

/* ---- facts ----------------------------------------------------------------------------------- */

mfg_dtype mfg_array_type(const mfg_array *array) {
  return array == NULL ? 0 : array->type;
}

int mfg_array_rank(const mfg_array *array) {
  return array == NULL ? 0 : array->rank;
}

const int64_t *mfg_array_shape(const mfg_array *array) {
  return array == NULL ? NULL : array->shape;
}

int64_t mfg_array_size(const mfg_array *array) {
  return array == NULL ? 0 : mfg_shape_size(array->rank, array->shape);
}

mfg_context *mfg_array_context(const mfg_array *array) {
  return array == NULL ? NULL : array->context;
}
