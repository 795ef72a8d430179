/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handles and scopes: what a program holds.
 *
 * A handle has either a value (pending, or computed and never written to) or a view of storage.
 * Storage is what views share; it changes its block when it is overwritten as a whole while
 * somebody still has to read the old content. */
#ifndef MFG_ARRAY_HANDLE_H
#define MFG_ARRAY_HANDLE_H

#include "array/value.h"

typedef struct mfg_storage {
  size_t references;
  mfg_block *block;
} mfg_storage;

struct mfg_array {
  size_t references;
  mfg_context *context;
  mfg_dtype type;
  int rank;
  int64_t shape[MFG_MAX_RANK];
  mfg_value *value;     /* owned; NULL where there is storage */
  mfg_storage *storage; /* owned; NULL where there is a value */
  int64_t offset;       /* of the view, in elements */
  int64_t strides[MFG_MAX_RANK];
  bool read_only;    /* a broadcast view */
  mfg_value *cached; /* the leaf over the storage made last; not owned */
};

struct mfg_scope {
  mfg_context *context;
  mfg_array **arrays;
  size_t count;
  size_t capacity;
  mfg_status status;
  char *text; /* of the first error; NULL where memory was out */
};

/* Frees a scope that holds nothing. NULL is ignored. */
void mfg_scope_free(mfg_scope *scope);

/* A handle that the scope owns, taking over `value`. NULL, with the error in the scope, where
 * `value` is NULL or memory is out. In eager mode, and beyond the weight limit, the value is
 * computed first. */
mfg_array *mfg_scope_adopt(mfg_scope *scope, mfg_value *value);

/* A view of the storage of `array`, which must be materialised, owned by the scope. */
mfg_array *mfg_scope_view(mfg_scope *scope, const mfg_array *array, int rank, const int64_t *shape,
                          int64_t offset, const int64_t *strides);

/* Leaves the thread's last error in the scope unless one is there; returns the first. */
mfg_status mfg_scope_keep_error(mfg_scope *scope, mfg_status status);

/* Sets last error and scope at once; returns NULL so that operations can end with it. */
void *mfg_scope_error(mfg_scope *scope, mfg_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether the scope can take another operation: it is there, without error, its context open and of
 * this process. Where not, the error is in the scope. */
bool mfg_scope_usable(mfg_scope *scope);

/* Checks that an array argument may be used in this scope: not NULL, same context. */
bool mfg_scope_accepts(mfg_scope *scope, const mfg_array *array, const char *operation);

/* The same, and makes sure that the array has storage, of which a view can be made. */
bool mfg_scope_viewable(mfg_scope *scope, const mfg_array *array, const char *operation);

/* The value of the array now (a new reference), or NULL with the last error set. */
mfg_value *mfg_array_value(const mfg_array *array);

/* The same with the error, whichever it is, in the scope. */
mfg_value *mfg_scope_value(mfg_scope *scope, const mfg_array *array);

/* Makes sure that the array has storage that holds its value. */
mfg_status mfg_array_materialise(mfg_array *array);
/* Makes sure that the array has storage, for an assignment to all of it: what was not yet computed
 * is not computed for that. */
mfg_status mfg_array_give_memory(mfg_array *array);

/* Makes sure that the content is in memory and returns the leaf (a new reference), or NULL. */
mfg_value *mfg_array_leaf(const mfg_array *array, mfg_status *status);

/* axis + rank for a negative axis, or -1 with the error in the scope. */
int mfg_scope_axis(mfg_scope *scope, int axis, int rank, const char *operation);

#endif
