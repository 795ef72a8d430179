/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mfg/state.h>

#include <stdlib.h>
#include <string.h>

#include "support/error.h"

struct mfg_state {
  int count;
  mfg_state_array *arrays;
};

mfg_status mfg_state_create(mfg_state **state) {
  *state = calloc(1, sizeof **state);
  return *state ? MFG_OK : mfg_fail_out_of_memory();
}

static void array_clear(mfg_state_array *array) {
  free((void *)(uintptr_t)array->name);
  free((void *)(uintptr_t)array->data);
}

void mfg_state_release(mfg_state *state) {
  if (!state) return;
  for (int i = 0; i < state->count; i++)
    array_clear(&state->arrays[i]);
  free(state->arrays);
  free(state);
}

/* Bytes of an array; 0 for a type or shape that cannot be. */
static size_t bytes_of(mfg_dtype type, int rank, const int64_t *shape) {
  if (rank < 0 || rank > MFG_MAX_RANK || (rank > 0 && !shape) ||
      (type != MFG_FLOAT64 && type != MFG_FLOAT32 && type != MFG_INT64))
    return 0;
  size_t bytes = type == MFG_FLOAT32 ? 4 : 8;
  for (int i = 0; i < rank; i++)
    if (shape[i] < 1 || __builtin_mul_overflow(bytes, (size_t)shape[i], &bytes)) return 0;
  return bytes;
}

static mfg_state_array *place_for(mfg_state *state, const char *name) {
  for (int i = 0; i < state->count; i++)
    if (strcmp(state->arrays[i].name, name) == 0) return &state->arrays[i];
  mfg_state_array *longer =
      realloc(state->arrays, (size_t)(state->count + 1) * sizeof *state->arrays);
  if (!longer) return NULL;
  state->arrays = longer;
  memset(&longer[state->count], 0, sizeof *longer);
  return &longer[state->count];
}

mfg_status mfg_state_set(mfg_state *state, const char *name, mfg_dtype type, int rank,
                         const int64_t *shape, const void *data) {
  size_t bytes = bytes_of(type, rank, shape);
  if (!name || !*name || !data || bytes == 0)
    return mfg_fail(MFG_ERROR_INVALID_ARGUMENT, "start",
                    "an array of a state needs a name, data, a type that a state holds and "
                    "extents of at least 1");
  mfg_state_array made = {.name = strdup(name), .type = type, .rank = rank, .bytes = bytes};
  if (rank > 0) memcpy(made.shape, shape, (size_t)rank * sizeof *shape);
  void *copy = malloc(bytes);
  mfg_state_array *place = made.name && copy ? place_for(state, name) : NULL;
  if (!place) {
    free(copy);
    array_clear(&made);
    return mfg_fail_out_of_memory();
  }
  memcpy(copy, data, bytes);
  made.data = copy;
  if (place == &state->arrays[state->count]) state->count++;
  array_clear(place);
  *place = made;
  return MFG_OK;
}

int mfg_state_count(const mfg_state *state) {
  return state->count;
}

const mfg_state_array *mfg_state_at(const mfg_state *state, int index) {
  return index >= 0 && index < state->count ? &state->arrays[index] : NULL;
}

const mfg_state_array *mfg_state_find(const mfg_state *state, const char *name) {
  for (int i = 0; i < state->count; i++)
    if (strcmp(state->arrays[i].name, name) == 0) return &state->arrays[i];
  return NULL;
}
