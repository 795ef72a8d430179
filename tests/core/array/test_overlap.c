/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether views share an element, compared with a list of all that they touch. */
#include "array/overlap.h"

#include <string.h>

#include "array_tests.h"

enum { PLACES = 1000, MOST_RANK = 3 };

typedef struct view {
  int64_t shape[MOST_RANK];
  int64_t strides[MOST_RANK];
  mfg_extent extent;
} view;

static void draw(uint64_t *state, view *drawn) {
  int rank = (int)random_below(state, MOST_RANK + 1);
  for (int axis = 0; axis < rank; axis++) {
    drawn->shape[axis] = (int64_t)random_below(state, 5);
    drawn->strides[axis] = random_below(state, 3) == 0 ? 6 * ((int64_t)random_below(state, 3) - 1)
                                                       : (int64_t)random_below(state, 61) - 30;
  }
  drawn->extent = (mfg_extent){rank, drawn->shape, drawn->strides,
                               PLACES / 2 + (int64_t)random_below(state, 30)};
}

/* Marks the places that the view touches; true where one was marked already. */
static bool mark(const view *drawn, char *places) {
  int64_t size = 1;
  for (int axis = 0; axis < drawn->extent.rank; axis++)
    size *= drawn->shape[axis];
  bool met = false;
  for (int64_t i = 0; i < size; i++) {
    int64_t rest = i;
    int64_t place = drawn->extent.offset;
    for (int axis = drawn->extent.rank - 1; axis >= 0; axis--) {
      place += rest % drawn->shape[axis] * drawn->strides[axis];
      rest /= drawn->shape[axis];
    }
    met = met || (places[place] & 1) != 0;
    places[place] |= 2;
  }
  for (int place = 0; place < PLACES; place++)
    places[place] = places[place] != 0;
  return met;
}

START_TEST(random_views) {
  uint64_t state = 11;
  int meetings = 0;
  for (int i = 0; i < 20000; i++) {
    view one, other;
    char places[PLACES];
    draw(&state, &one);
    draw(&state, &other);
    memset(places, 0, sizeof places);
    (void)mark(&one, places);
    bool meet = mark(&other, places);
    ck_assert_msg(mfg_extents_meet(&one.extent, &other.extent) == meet, "case %d: expected %d", i,
                  meet);
    meetings += meet;
  }
  ck_assert_int_gt(meetings, 1000);
  ck_assert_int_lt(meetings, 19000);
}
END_TEST

/* A search among many sums comes to its end, with the answer that is safe. */
START_TEST(many_sums_are_answered) {
  const int64_t shape[4] = {1000, 1000, 1000, 1000};
  const int64_t strides[4] = {1000003, 999983, 999979, 999961};
  mfg_extent one = {4, shape, strides, 0};
  mfg_extent other = {4, shape, strides, 7};
  ck_assert(mfg_extents_meet(&one, &other));
}
END_TEST

int main(void) {
  Suite *suite = suite_create("array overlap");
  TCase *cases = tcase_create("overlap");
  tcase_add_test(cases, random_views);
  tcase_add_test(cases, many_sums_are_answered);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
