/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two views meet where
 *
 *     a.offset + sum_k i_k a.stride_k = b.offset + sum_k j_k b.stride_k
 *
 * has a solution within the shapes. With every stride made positive this asks whether a number is a
 * sum of terms x_k * stride_k, 0 <= x_k <= most_k, which a search from the largest stride down
 * settles quickly: what is left must be within reach of the smaller ones, and a multiple of their
 * greatest common divisor. */
#include "array/overlap.h"

#include <mfg/base.h>

#define MOST_TERMS (2 * MFG_MAX_RANK)
#define MOST_STEPS 2000

typedef struct term {
  int64_t stride;
  int64_t most;
} term;

typedef struct sum_search {
  int count;
  term terms[MOST_TERMS];          /* from the largest stride down */
  int64_t reach[MOST_TERMS + 1];   /* of the terms from here on together */
  int64_t divisor[MOST_TERMS + 1]; /* of their strides; 0 beyond the last */
  int steps;
} sum_search;

static int64_t common_divisor(int64_t a, int64_t b) {
  while (b != 0) {
    int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* Adds a term where its stride belongs; terms of one stride are one. */
static void add_term(sum_search *search, int64_t stride, int64_t most) {
  int place = search->count;
  for (int i = 0; i < search->count; i++)
    if (search->terms[i].stride == stride) {
      search->terms[i].most += most;
      return;
    }
  for (; place > 0 && search->terms[place - 1].stride < stride; place--)
    search->terms[place] = search->terms[place - 1];
  search->terms[place] = (term){stride, most};
  search->count++;
}

/* Adds a view's axes with the given sign; returns what the turned strides add to the sum. */
static int64_t add_view(sum_search *search, const mfg_extent *view, int64_t sign) {
  int64_t turned = 0;
  for (int axis = 0; axis < view->rank; axis++) {
    int64_t stride = sign * view->strides[axis];
    int64_t most = view->shape[axis] - 1;
    if (most <= 0 || stride == 0) continue;
    if (stride < 0) {
      turned -= stride * most;
      stride = -stride;
    }
    add_term(search, stride, most);
  }
  return turned;
}

/* Whether the terms from `first` on can add up to `sum`. */
static bool reaches(sum_search *search, int first, int64_t sum) {
  if (sum == 0) return true;
  if (sum < 0 || sum > search->reach[first] || ++search->steps > MOST_STEPS)
    return search->steps > MOST_STEPS;
  if (sum % search->divisor[first] != 0) return false;
  const term *here = &search->terms[first];
  int64_t high = sum / here->stride;
  if (high > here->most) high = here->most;
  int64_t beyond = sum - search->reach[first + 1];
  int64_t low = beyond <= 0 ? 0 : (beyond + here->stride - 1) / here->stride;
  for (int64_t x = high; x >= low; x--)
    if (reaches(search, first + 1, sum - x * here->stride)) return true;
  return false;
}

static bool has_elements(const mfg_extent *view) {
  for (int axis = 0; axis < view->rank; axis++)
    if (view->shape[axis] == 0) return false;
  return true;
}

bool mfg_extents_meet(const mfg_extent *a, const mfg_extent *b) {
  if (!has_elements(a) || !has_elements(b)) return false;
  sum_search search = {.count = 0};
  int64_t sum = b->offset - a->offset;
  sum += add_view(&search, a, 1);
  sum += add_view(&search, b, -1);
  for (int i = search.count - 1; i >= 0; i--) {
    search.reach[i] = search.reach[i + 1] + search.terms[i].stride * search.terms[i].most;
    search.divisor[i] = common_divisor(search.terms[i].stride, search.divisor[i + 1]);
  }
  return reaches(&search, 0, sum);
}
