/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contexts on OpenCL devices, as programs open them: which device, beside which others, and what
 * passes between them. */
#include "opencl_layer_control.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mfg/dlpack.h>
#include <mfg/mfg.h>

static const int64_t three[] = {3};

static int remove_entry(const char *path, const struct stat *state, int kind, struct FTW *walk) {
  (void)state;
  (void)kind;
  (void)walk;
  return remove(path);
}

static mfg_context *open_context(const char *selection) {
  mfg_context *context = NULL;
  ck_assert_msg(mfg_context_open(selection, NULL, &context) == MFG_OK, "%s", mfg_last_error());
  return context;
}

/* x + x on one device, moved to the other both ways, and used there. */
static void pass_arrays(mfg_context *from, mfg_context *to) {
  const double numbers[] = {1, 2, 3};
  double got[3];
  mfg_scope *here = mfg_scope_open(from), *there = mfg_scope_open(to);
  mfg_array *x = mfg_from_host(here, MFG_FLOAT64, 1, three, numbers);
  mfg_array *doubled = mfg_add(here, x, x);
  mfg_array *moved = mfg_to_backend(there, doubled);
  ck_assert(mfg_array_context(moved) == to);
  mfg_array *target = mfg_zeros(there, MFG_FLOAT64, 1, three);
  ck_assert_int_eq(mfg_assign(there, target, doubled), MFG_OK);
  ck_assert(mfg_array_context(target) == to);
  ck_assert_int_eq(mfg_to_host(mfg_add(there, moved, target), got, sizeof got), MFG_OK);
  for (int i = 0; i < 3; i++)
    ck_assert_double_eq(got[i], 4 * numbers[i]);
  ck_assert(mfg_add(here, x, moved) == NULL);
  ck_assert_int_eq(mfg_scope_close(here), MFG_ERROR_MIXED_BACKENDS);
  ck_assert_int_eq(mfg_scope_close(there), MFG_OK);
}

static void pass_both_ways(const char *one, const char *other) {
  mfg_context *first = open_context(one), *second = open_context(other);
  pass_arrays(first, second);
  pass_arrays(second, first);
  mfg_context_close(first);
  mfg_context_close(second);
}

/* ---- devices -------------------------------------------------------------------------------- */

/* PoCL is told to show two devices of different names. */
START_TEST(two_devices_are_open_at_once) {
  setenv("POCL_DEVICES", "basic pthread", 1);
  pass_both_ways("opencl:0", "opencl:1");
}
END_TEST

START_TEST(opencl_and_cpu_are_open_at_once) {
  pass_both_ways("opencl", "cpu");
}
END_TEST

START_TEST(a_device_is_chosen_by_number_and_by_name) {
  setenv("POCL_DEVICES", "basic pthread", 1);
  mfg_context *first = open_context("opencl:0"), *second = open_context("opencl:1");
  mfg_context *named = open_context("opencl:name=PTHREAD*"), *other = NULL;
  ck_assert_str_ne(mfg_context_device(first), mfg_context_device(second));
  ck_assert_msg(strncmp(mfg_context_device(named), "pthread", 7) == 0, "%s",
                mfg_context_device(named));
  ck_assert_str_eq(mfg_context_device(named), mfg_context_device(second));
  ck_assert_int_ne(mfg_context_open("opencl:2", NULL, &other), MFG_OK);
  ck_assert_ptr_null(other);
  ck_assert_int_ne(mfg_context_open("opencl:name=NVIDIA*", NULL, &other), MFG_OK);
  ck_assert_msg(strstr(mfg_last_error(), "NVIDIA*") != NULL, "%s", mfg_last_error());
  mfg_context_close(first);
  mfg_context_close(second);
  mfg_context_close(named);
}
END_TEST

/* ---- drivers -------------------------------------------------------------------------------- */

/* The loader finds one driver file, which names `library`, or none. */
static void use_driver(const char *library, char *directory, char *path, size_t room) {
  ck_assert_ptr_nonnull(mkdtemp(directory));
  snprintf(path, room, "%s/test.icd", directory);
  setenv("OCL_ICD_VENDORS", directory, 1);
  setenv("MFG_OPENCL_TIMEOUT", "1", 1);
  if (!library) return;
  FILE *file = fopen(path, "w");
  ck_assert_ptr_nonnull(file);
  fprintf(file, "%s\n", library);
  fclose(file);
}

/* Without a driver, with a broken and with a hanging one; tried in a process of its own or not. */
START_TEST(the_reason_is_told_and_auto_goes_on) {
  const struct {
    const char *library, *reason;
  } drivers[] = {{NULL, "no OpenCL platform"},
                 {"/nowhere/libbroken.so", "no OpenCL platform"},
                 {getenv("MFG_TEST_HANGING_DRIVER"), "did not answer within 1 s"}};
  char directory[] = "/tmp/mfg-vendors-XXXXXX", path[64];
  mfg_context *context = NULL;
  use_driver(drivers[_i / 2].library, directory, path, sizeof path);
  if (_i % 2) {
    setenv("MFG_PROBE", "always", 1);
    setenv("XDG_CACHE_HOME", directory, 1);
  }
  ck_assert_int_ne(mfg_context_open("opencl", NULL, &context), MFG_OK);
  ck_assert_msg(strstr(mfg_last_error(), drivers[_i / 2].reason) != NULL, "%s", mfg_last_error());
  context = open_context("auto");
  ck_assert_str_eq(mfg_context_backend(context), "cpu");
  mfg_context_close(context);
  nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
END_TEST

/* ---- float64 -------------------------------------------------------------------------------- */

START_TEST(a_device_without_float64_is_never_taken_for_it) {
  mfg_context *context = NULL;
  mfg_context_options single = {.struct_size = sizeof single, .types = MFG_DTYPE_BIT(MFG_FLOAT32)};
  opencl_layer_use()->hides_float64 = true;
  ck_assert_int_ne(mfg_context_open("opencl", NULL, &context), MFG_OK);
  ck_assert_msg(strstr(mfg_last_error(), "float64") != NULL, "%s", mfg_last_error());
  context = open_context("auto");
  ck_assert_str_eq(mfg_context_backend(context), "cpu");
  mfg_context_close(context);
  ck_assert_int_eq(mfg_context_open("opencl", &single, &context), MFG_OK);
  ck_assert(!mfg_context_supports(context, MFG_FLOAT64));
  mfg_scope *s = mfg_scope_open(context);
  ck_assert_ptr_null(mfg_zeros(s, MFG_FLOAT64, 1, three));
  ck_assert_msg(strstr(mfg_last_error(), "has no float64") != NULL, "%s", mfg_last_error());
  ck_assert_int_eq(mfg_scope_close(s), MFG_ERROR_TYPE);
  s = mfg_scope_open(context);
  mfg_array *ones = mfg_full(s, MFG_FLOAT32, 1, three, 1.5);
  ck_assert_double_eq(mfg_item(s, mfg_sum(s, ones, MFG_ALL_AXES)), 4.5);
  ck_assert_int_eq(mfg_scope_close(s), MFG_OK);
  mfg_context_close(context);
}
END_TEST

/* ---- memory --------------------------------------------------------------------------------- */

/* A view keeps its offset, though the memory is named by a handle. */
START_TEST(contexts_of_a_device_share_memory_through_dlpack) {
  double got[2], numbers[] = {1, 2, 3, 4};
  const int64_t four[] = {4};
  mfg_context *one = open_context("opencl"), *other = open_context("opencl");
  mfg_scope *here = mfg_scope_open(one), *there = mfg_scope_open(other);
  mfg_array *x = mfg_from_host(here, MFG_FLOAT64, 1, four, numbers);
  DLManagedTensor *tensor;
  ck_assert_int_eq(mfg_to_dlpack(mfg_slice(here, x, 0, 1, 4, 2), &tensor), MFG_OK);
  ck_assert_int_eq((int)tensor->dl_tensor.device.device_type, kDLOpenCL);
  mfg_array *shared = mfg_from_dlpack(there, tensor);
  ck_assert_ptr_nonnull(shared);
  ck_assert_int_eq(mfg_to_host(shared, got, sizeof got), MFG_OK);
  ck_assert(got[0] == 2 && got[1] == 4);
  ck_assert_int_eq(mfg_assign(there, shared, mfg_mul(there, shared, 10.0)), MFG_OK);
  ck_assert_int_eq(mfg_sync(other), MFG_OK);
  ck_assert_int_eq(mfg_to_host(x, numbers, sizeof numbers), MFG_OK);
  ck_assert(numbers[0] == 1 && numbers[1] == 20 && numbers[2] == 3 && numbers[3] == 40);
  ck_assert_int_eq(mfg_scope_close(there), MFG_OK);
  ck_assert_int_eq(mfg_scope_close(here), MFG_OK);
  mfg_context_close(one);
  mfg_context_close(other);
}
END_TEST

/* ---- the cache ------------------------------------------------------------------------------ */

/* Computes in a process of its own; returns how many texts its driver compiled. */
static long compiled_by_a_process(const char *caches) {
  int pipes[2];
  long compiled = -1;
  ck_assert_int_eq(pipe(pipes), 0);
  pid_t child = fork();
  ck_assert_int_ge(child, 0);
  if (child == 0) {
    struct opencl_layer *layer = opencl_layer_use();
    setenv("XDG_CACHE_HOME", caches, 1);
    mfg_context *context = open_context("opencl");
    mfg_scope *s = mfg_scope_open(context);
    mfg_array *x = mfg_full(s, MFG_FLOAT64, 1, three, 1.5);
    double sum = mfg_item(s, mfg_sum(s, mfg_mul(s, mfg_exp(s, x), x), MFG_ALL_AXES));
    mfg_cumulative(s, MFG_REDUCE_SUM, x, 0, 0, true);
    bool good = mfg_scope_close(s) == MFG_OK && sum > 0;
    mfg_context_close(context);
    compiled = good ? layer->compiled : -1;
    _exit(write(pipes[1], &compiled, sizeof compiled) == sizeof compiled ? 0 : 1);
  }
  close(pipes[1]);
  ck_assert_int_eq(read(pipes[0], &compiled, sizeof compiled), sizeof compiled);
  close(pipes[0]);
  int status;
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  return compiled;
}

/* The directory cannot be made where a file stands. */
START_TEST(a_cache_that_cannot_be_written_is_done_without) {
  char file[] = "/tmp/mfg-opencl-XXXXXX";
  int descriptor = mkstemp(file);
  ck_assert_int_ge(descriptor, 0);
  close(descriptor);
  ck_assert_int_gt(compiled_by_a_process(file), 0);
  ck_assert_int_gt(compiled_by_a_process(file), 0);
  unlink(file);
}
END_TEST

START_TEST(a_second_process_compiles_nothing) {
  char caches[] = "/tmp/mfg-opencl-XXXXXX";
  ck_assert_ptr_nonnull(mkdtemp(caches));
  ck_assert_int_gt(compiled_by_a_process(caches), 0);
  ck_assert_int_eq(compiled_by_a_process(caches), 0);
  opencl_layer_use()->changes_driver = true;
  ck_assert_int_gt(compiled_by_a_process(caches), 0);
  nftw(caches, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("opencl contexts");
  TCase *c = tcase_create("contexts");
  tcase_set_timeout(c, 120);
  tcase_add_test(c, two_devices_are_open_at_once);
  tcase_add_test(c, opencl_and_cpu_are_open_at_once);
  tcase_add_test(c, a_device_is_chosen_by_number_and_by_name);
  tcase_add_test(c, a_device_without_float64_is_never_taken_for_it);
  tcase_add_test(c, contexts_of_a_device_share_memory_through_dlpack);
  tcase_add_loop_test(c, the_reason_is_told_and_auto_goes_on, 0, 6);
  tcase_add_test(c, a_cache_that_cannot_be_written_is_done_without);
  tcase_add_test(c, a_second_process_compiles_nothing);
  suite_add_tcase(suite, c);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
