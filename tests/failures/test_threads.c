/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that open a context each, compute, solve and close, while others look at the plugins. */
#include <check.h>
#include <mfg/mfg.h>
#include <pthread.h>
#include <stdlib.h>

#include "programs.h"

enum { THREADS = 16, ROUNDS = 3 };

typedef struct worker {
  pthread_t thread;
  int failures;
  double sum;
} worker;

static pthread_barrier_t start;

static int compute(mfg_context *context, double *sum) {
  int failures = 0;
  for (size_t i = 0; i < array_program_count; i++) {
    double result = 0.0;
    failures += array_programs[i].run(context, &result) != MFG_OK;
    *sum += result;
  }
  double number = 0.0;
  failures += small_solve(context, &number) != MFG_OK;
  *sum += number;
  return failures;
}

static void *use_contexts(void *user) {
  worker *self = user;
  pthread_barrier_wait(&start);
  for (int round = 0; round < ROUNDS; round++) {
    mfg_context *context = NULL;
    self->sum = 0.0;
    if (mfg_context_open(NULL, NULL, &context) != MFG_OK)
      self->failures++;
    else
      self->failures += compute(context, &self->sum);
    mfg_context_close(context);
  }
  return NULL;
}

static void *look_at_plugins(void *user) {
  worker *self = user;
  pthread_barrier_wait(&start);
  for (int round = 0; round < 4 * ROUNDS; round++) {
    mfg_registry *registry = NULL;
    if (mfg_registry_open(NULL, &registry) != MFG_OK)
      self->failures++;
    else if (mfg_registry_ranking_count(registry) == 0)
      self->failures++;
    mfg_registry_free(registry);
  }
  return NULL;
}

START_TEST(test_threads) {
  worker workers[THREADS] = {0};
  ck_assert_int_eq(pthread_barrier_init(&start, NULL, THREADS), 0);
  for (int i = 0; i < THREADS; i++) {
    ck_assert_int_eq(pthread_create(&workers[i].thread, NULL,
                                    i % 4 == 3 ? look_at_plugins : use_contexts, &workers[i]),
                     0);
  }
  for (int i = 0; i < THREADS; i++)
    pthread_join(workers[i].thread, NULL);
  pthread_barrier_destroy(&start);
  for (int i = 0; i < THREADS; i++) {
    ck_assert_int_eq(workers[i].failures, 0);
    if (i % 4 != 3)
      ck_assert_msg(workers[i].sum == workers[0].sum, "thread %d found %.17g; thread 0 %.17g", i,
                    workers[i].sum, workers[0].sum);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("threads");
  TCase *tests = tcase_create("threads");
  tcase_set_timeout(tests, 300);
  tcase_add_test(tests, test_threads);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
