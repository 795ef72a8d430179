/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of contexts and what they hold; limits; plugins that lack something. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "array_tests.h"

static mfg_context *open_named(const char *name, int strict, uint64_t memory_limit) {
  mfg_context_options options = {
      .struct_size = sizeof options, .strict = strict, .memory_limit = memory_limit};
  mfg_context *context = NULL;
  CHECK_OK(mfg_context_open(name, &options, &context));
  return context;
}

static mfg_statistics statistics_of(const mfg_context *context) {
  mfg_statistics statistics = {.struct_size = sizeof statistics};
  CHECK_OK(mfg_context_statistics(context, &statistics));
  return statistics;
}

static mfg_recording *record_increment(mfg_context *context, mfg_scope *s, mfg_array *u) {
  mfg_recording *recording = NULL;
  CHECK_OK(mfg_record_begin(context));
  mfg_assign(s, u, mfg_add(s, mfg_shift(s, u, 0, 1, MFG_BOUNDARY_WRAP, 0), 1.0));
  CHECK_OK(mfg_record_end(context, &recording));
  return recording;
}

START_TEST(closing_while_things_are_held) {
  mfg_context *context = open_context();
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *u = mfg_keep(counting(s, 1, SHAPE(3)));
  mfg_array *pending = mfg_keep(mfg_add(s, u, 1.0));
  mfg_array *view = mfg_keep(mfg_slice(s, u, 0, 1, 2, 1));
  mfg_recording *recording = record_increment(context, s, u);
  CHECK_OK(mfg_replay(recording));
  CHECK_OK(mfg_record_begin(context));
  mfg_assign(s, u, pending);
  mfg_context_close(context);
  double data[3];
  ck_assert_int_eq(mfg_to_host(u, data, sizeof data), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_str_eq(mfg_last_error(), "the context is closed");
  ck_assert_int_eq(mfg_to_host(pending, data, sizeof data), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_int_eq(mfg_replay(recording), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_ptr_null(mfg_add(s, u, 1.0));
  ck_assert_int_eq(mfg_array_size(view), 1);
  ck_assert_str_eq(mfg_context_backend(context), "");
  ck_assert_int_eq(mfg_scope_close(s), MFG_ERROR_INVALID_ARGUMENT);
  mfg_recording_release(recording);
  mfg_release(u);
  mfg_release(pending);
  mfg_release(view);
  mfg_context_close(NULL);
}
END_TEST

/* A driver that was started before the fork is refused in the child; memory of the host is not. */
static bool refuses_children(void) {
  const char *backend = getenv("MFG_BACKEND");
  return backend != NULL && strcmp(backend, "opencl") == 0;
}

/* In the child: what is the parent's answers FORKED and can be given back; a new context works.
 * Returns the number of the first thing that was wrong. */
static int child(mfg_context *context, mfg_scope *s, mfg_array *u, mfg_recording *recording) {
  double data[3];
  mfg_context *own = NULL;
  if (mfg_to_host(u, data, sizeof data) != MFG_ERROR_FORKED) return 1;
  if (mfg_replay(recording) != MFG_ERROR_FORKED) return 2;
  if (mfg_add(s, u, 1.0) != NULL || mfg_scope_status(s) != MFG_ERROR_FORKED) return 3;
  mfg_recording_release(recording);
  mfg_scope_close(s);
  mfg_release(u);
  mfg_context_close(context);
  mfg_status status = mfg_context_open(NULL, NULL, &own);
  if (refuses_children())
    return status != MFG_OK && strstr(mfg_last_error(), "fork") != NULL ? 0 : 4;
  if (status != MFG_OK) return 4;
  mfg_scope *fresh = mfg_scope_open(own);
  double sum = mfg_item(fresh, mfg_sum(fresh, mfg_ones(fresh, MFG_FLOAT64, 1, SHAPE(5)), 1));
  if (mfg_scope_close(fresh) != MFG_OK || sum < 5 || sum > 5) return 5;
  mfg_context_close(own);
  return 0;
}

START_TEST(forked) {
  mfg_context *context = open_context();
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *u = mfg_keep(counting(s, 1, SHAPE(3)));
  mfg_recording *recording = record_increment(context, s, u);
  pid_t process = fork();
  ck_assert_int_ge(process, 0);
  if (process == 0) _exit(child(context, s, u, recording));
  int status = 0;
  ck_assert_int_eq(waitpid(process, &status, 0), process);
  ck_assert(WIFEXITED(status));
  ck_assert_int_eq(WEXITSTATUS(status), 0);
  CHECK_OK(mfg_replay(recording));
  check_doubles(u, 3, DOUBLES(2, 3, 1));
  mfg_recording_release(recording);
  mfg_release(u);
  CHECK_OK(mfg_scope_close(s));
  mfg_context_close(context);
}
END_TEST

START_TEST(memory_has_a_limit) {
  mfg_context *context = open_named(NULL, 0, 1000);
  mfg_scope *s = mfg_scope_open(context);
  /* Exactly the limit fits, though memory is handed out in classes of sizes. */
  mfg_array *all = mfg_empty(s, MFG_FLOAT64, 1, SHAPE(125));
  ck_assert_ptr_nonnull(all);
  ck_assert_uint_eq(statistics_of(context).bytes_used, 1000);
  ck_assert_ptr_null(mfg_empty(s, MFG_FLOAT64, 1, SHAPE(1)));
  CHECK_FAILED(s, MFG_ERROR_DEVICE_MEMORY,
               "1000 bytes are in use and 64 more were asked for; the limit is 1000 bytes");
  ck_assert_uint_eq(statistics_of(context).bytes_used, 0);
  s = mfg_scope_open(context);
  /* What waits in the pool makes room. */
  for (int size = 1; size < 100; size++) {
    mfg_scope *inner = mfg_scope_open(context);
    ck_assert_ptr_nonnull(mfg_empty(inner, MFG_FLOAT64, 1, SHAPE(size)));
    CHECK_OK(mfg_scope_close(inner));
  }
  ck_assert_uint_le(statistics_of(context).bytes_peak, 1000);
  CHECK_OK(mfg_scope_close(s));
  mfg_context_close(context);
}
END_TEST

START_TEST(the_largest_buffer_is_used_whole) {
  mfg_context *context = open_named("small", 0, 0);
  mfg_scope *s = mfg_scope_open(context);
  for (int i = 0; i < 3; i++) {
    mfg_scope *inner = mfg_scope_open(context);
    mfg_array *a = counting(inner, 1, SHAPE(125));
    ck_assert_double_eq(mfg_item(inner, mfg_sum(inner, a, MFG_ALL_AXES)), 125 * 124 / 2);
    CHECK_OK(mfg_scope_close(inner));
  }
  ck_assert_ptr_null(mfg_empty(s, MFG_FLOAT64, 1, SHAPE(126)));
  ck_assert_int_eq(mfg_scope_close(s), MFG_ERROR_DEVICE_MEMORY);
  mfg_context_close(context);
}
END_TEST

/* A chain of `operations` where bit i of `number` chooses the i-th one: a kernel of its own. */
static double run_chain(mfg_context *context, unsigned number, double start) {
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *x = mfg_full(s, MFG_FLOAT64, 1, SHAPE(2), start);
  CHECK_OK(mfg_eval(s, x));
  for (int bit = 0; bit < 12; bit++)
    x = (number >> bit & 1) != 0 ? mfg_add(s, x, 1.0) : mfg_negative(s, x);
  double result = mfg_item(s, mfg_at(s, x, 0, 1));
  CHECK_OK(mfg_scope_close(s));
  return result;
}

static double expected_chain(unsigned number, double x) {
  for (int bit = 0; bit < 12; bit++)
    x = (number >> bit & 1) != 0 ? x + 1 : -x;
  return x;
}

/* On a plugin that prepares kernels fast: which one is core's business alone. */
START_TEST(old_kernels_go) {
  mfg_context *context = open_named("listless", 0, 0);
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *u = counting(s, 1, SHAPE(3));
  mfg_recording *recording = record_increment(context, s, u);
  for (unsigned number = 0; number < 2200; number++)
    ck_assert_double_eq(run_chain(context, number, 2), expected_chain(number, 2));
  uint64_t compiled = statistics_of(context).kernels_compiled;
  ck_assert_uint_ge(compiled, 2200);
  run_chain(context, 2199, 2);
  ck_assert_uint_eq(statistics_of(context).kernels_compiled, compiled);
  run_chain(context, 0, 2);
  ck_assert_uint_eq(statistics_of(context).kernels_compiled, compiled + 1);
  /* What a recording holds stays. */
  CHECK_OK(mfg_replay(recording));
  check_doubles(u, 3, DOUBLES(2, 3, 1));
  mfg_recording_release(recording);
  CHECK_OK(mfg_scope_close(s));
  mfg_context_close(context);
}
END_TEST

START_TEST(fallbacks_are_counted_and_named) {
  mfg_context *context = open_named(_i == 0 ? "kernelless" : "remote", -1, 0);
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *u = counting(s, 2, SHAPE(4, 3));
  CHECK_OK(mfg_assign(s, mfg_slice(s, u, 0, 1, 4, 1), mfg_slice(s, u, 0, 0, 3, 1)));
  check_doubles(u, 12, DOUBLES(0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8));
  mfg_statistics found = statistics_of(context);
  ck_assert_uint_gt(found.fallbacks, 0);
  ck_assert_uint_eq(found.fallbacks, found.kernels_launched);
  ck_assert_uint_eq(found.kernels_compiled, 0);
  char text[256];
  ck_assert_uint_gt(mfg_context_fallbacks(context, text, sizeof text), 0);
  ck_assert_ptr_nonnull(strstr(text, "map of"));
  CHECK_OK(mfg_scope_close(s));
  mfg_context_close(context);
}
END_TEST

START_TEST(strict_contexts_take_no_fallback) {
  mfg_context *context = open_named("kernelless", 1, 0);
  mfg_scope *s = mfg_scope_open(context);
  mfg_array *u = counting(s, 1, SHAPE(2));
  CHECK_OK(mfg_scope_status(s));
  ck_assert_double_nan(mfg_item(s, mfg_sum(s, u, MFG_ALL_AXES)));
  CHECK_FAILED(s, MFG_ERROR_UNSUPPORTED,
               "backend 'kernelless' would run a kernel on the host (reduce of 2 instructions "
               "ending in load): the plugin has no kernels; strict mode forbids it");
  mfg_context_close(context);
  setenv("MFG_STRICT", "1", 1);
  context = open_named("kernelless", 0, 0);
  s = mfg_scope_open(context);
  ck_assert_int_eq(mfg_eval(s, mfg_add(s, counting(s, 1, SHAPE(2)), 1.0)), MFG_ERROR_UNSUPPORTED);
  mfg_scope_close(s);
  mfg_context_close(context);
}
END_TEST

START_TEST(statistics_grow_with_their_struct) {
  mfg_context *context = open_context();
  struct {
    mfg_statistics known;
    uint64_t later;
  } newer = {.known.struct_size = sizeof newer, .later = 42};
  CHECK_OK(mfg_context_statistics(context, &newer.known));
  ck_assert_uint_eq(newer.later, 42);
  ck_assert_uint_eq(newer.known.struct_size, sizeof newer);
  mfg_statistics older = {.struct_size = offsetof(mfg_statistics, kernels_cached),
                          .kernels_cached = 42};
  CHECK_OK(mfg_context_statistics(context, &older));
  ck_assert_uint_eq(older.kernels_cached, 42);
  ck_assert_int_eq(mfg_context_statistics(context, NULL), MFG_ERROR_INVALID_ARGUMENT);
  mfg_context_close(context);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("life of contexts");
  TCase *cases = tcase_create("life");
  tcase_set_timeout(cases, 60);
  tcase_add_test(cases, closing_while_things_are_held);
  tcase_add_test(cases, memory_has_a_limit);
  tcase_add_test(cases, the_largest_buffer_is_used_whole);
  tcase_add_test(cases, old_kernels_go);
  tcase_add_loop_test(cases, fallbacks_are_counted_and_named, 0, 2);
  tcase_add_test(cases, strict_contexts_take_no_fallback);
  tcase_add_test(cases, statistics_grow_with_their_struct);
  suite_add_tcase(suite, cases);
  TCase *forks = tcase_create("fork");
  tcase_set_tags(forks, "uninstrumented");
  tcase_add_test(forks, forked);
  suite_add_tcase(suite, forks);
  return run_suite(suite);
}
