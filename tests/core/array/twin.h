/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random programs that run on arrays and, side by side, on a plain model of them.
 *
 * The model computes every call at once in memory of its own; views share that memory. Values stay
 * small multiples of powers of two, so that sums are exact and every order of summation gives the
 * same bits: arrays and model have to agree exactly. Either side can be left out, so that a program
 * can be recorded first and modelled later. */
#ifndef MFG_TESTS_TWIN_H
#define MFG_TESTS_TWIN_H

#include "array_tests.h"

#define TWIN_RANK 4
#define TWIN_SLOTS 12

typedef struct twin {
  int rank;
  int64_t shape[TWIN_RANK];
  double *data; /* of the storage that views share */
  int64_t offset;
  int64_t strides[TWIN_RANK];
  mfg_array *array; /* NULL where only the model runs */
} twin;

typedef struct machine {
  uint64_t random;
  mfg_scope *scope; /* NULL: no arrays */
  bool modelled;
  bool recording; /* nothing can be compared on the way */
  bool repeats;   /* the program may hold repeats */
  int count;
  twin slots[TWIN_SLOTS];
} machine;

/* A new slot with memory of its own holding `base`, `base` + 1, ... */
void machine_add(machine *machine, int rank, const int64_t *shape, int base);
/* Runs so many random calls. */
void machine_run(machine *machine, int steps);
/* Compares one slot, or every slot, with the model. */
void machine_compare(machine *machine, const twin *slot, const char *where);
void machine_compare_all(machine *machine, const char *where);
/* Keeps the arrays of all slots, closes the scope, which must be without error, and opens another.
 */
void machine_change_scope(machine *machine);
/* Frees the memory of all models of this process. */
void machine_free_models(void);

#endif
