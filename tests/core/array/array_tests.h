/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the arrays share. The backend under test is the one that MFG_BACKEND names. */
#ifndef MFG_TESTS_ARRAY_TESTS_H
#define MFG_TESTS_ARRAY_TESTS_H

#include <check.h>
#include <mfg/mfg.h>
#include <stdio.h>

/* A context of the backend under test; ends the test where there is none. */
mfg_context *open_context(void);
/* The same with every call run at once. */
mfg_context *open_eager_context(void);

/* Ends the test, with the text of the last error, where `status` is not MFG_OK. */
#define CHECK_OK(status)                                                                           \
  do {                                                                                             \
    mfg_status check_status = (status);                                                            \
    ck_assert_msg(check_status == MFG_OK, "%s: %s", mfg_status_string(check_status),               \
                  mfg_last_error());                                                               \
  } while (0)

/* The scope is closed and has failed with this status, and with exactly this text. */
#define CHECK_FAILED(scope, expected, expected_text)                                               \
  do {                                                                                             \
    mfg_status check_status = mfg_scope_close(scope);                                              \
    ck_assert_msg(check_status == (expected), "%s: %s", mfg_status_string(check_status),           \
                  mfg_last_error());                                                               \
    ck_assert_str_eq(mfg_last_error(), (expected_text));                                           \
  } while (0)

/* The array has this type and shape, and holds these elements, bit by bit. */
void check_array(mfg_array *array, mfg_dtype type, int rank, const int64_t *shape,
                 const void *expected);
/* The array, of float64, holds these elements, NaN where they are NaN. */
void check_doubles(mfg_array *array, int64_t count, const double *expected);

#define SHAPE(...) ((const int64_t[]){__VA_ARGS__})
#define DOUBLES(...) ((const double[]){__VA_ARGS__})

/* An array of float64 with the elements 0, 1, 2, ... */
mfg_array *counting(mfg_scope *scope, int rank, const int64_t *shape);

/* Launches of the context so far. */
uint64_t launches(const mfg_context *context);

/* A small generator of numbers below `limit`, the same on every machine. */
uint64_t random_below(uint64_t *state, uint64_t limit);

/* Runs the suite and returns the exit status of the program. */
int run_suite(Suite *suite);

#endif
