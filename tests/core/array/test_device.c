/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every function of the array headers stays on the device, but for those that
 * docs/user/arrays.md lists, which move no more bytes than it says.
 *
 * The functions are found in the headers (MFG_TEST_HEADERS), the list in the document
 * (MFG_TEST_DOCUMENT): one that is new fails until it is walked here. */
#include <stdlib.h>
#include <string.h>

#include "array_tests.h"

static mfg_context *context;
static mfg_scope *s;

/* Operands, on the device before anything is counted. */
static mfg_array *a, *b, *z, *line, *bits, *index_line, *number;

static mfg_array *ready(mfg_array *array) {
  CHECK_OK(mfg_eval(s, array));
  return array;
}

static void open_all(void) {
  context = open_context();
  s = mfg_scope_open(context);
  a = ready(mfg_add(s, counting(s, 2, SHAPE(9, 9)), 0.5));
  b = ready(mfg_add(s, counting(s, 2, SHAPE(9, 9)), 0.25));
  z = ready(mfg_complex(s, a, b));
  line = ready(mfg_add(s, counting(s, 1, SHAPE(9)), 0.5));
  bits = ready(mfg_greater(s, line, 4));
  index_line = mfg_from_host(s, MFG_INT64, 1, SHAPE(9), (int64_t[]){0, 1, 2, 3, 4, 5, 6, 7, 8});
  number = ready(mfg_full(s, MFG_FLOAT64, 0, NULL, 2));
}

static void close_all(void) {
  CHECK_OK(mfg_scope_close(s));
  mfg_context_close(context);
}

/* ---- what each function does here ------------------------------------------------------------ */

static void computed(mfg_array *array) {
  ck_assert_msg(array != NULL, "%s", mfg_last_error());
  CHECK_OK(mfg_eval(s, array));
}

static void all_computed(mfg_status status, int count, mfg_array **arrays) {
  CHECK_OK(status);
  for (int i = 0; i < count; i++)
    computed(arrays[i]);
}

/* One operation of the table on the first type that it takes. */
static mfg_array *applied(uint32_t operation) {
  static const mfg_dtype types[] = {MFG_FLOAT64, MFG_INT64, MFG_BOOL};
  mfg_array *kept = NULL;
  for (int i = 0; i < 3 && kept == NULL; i++) {
    mfg_scope *trial = mfg_scope_open(context);
    mfg_array *x = mfg_astype(trial, line, types[i]);
    mfg_array *first = operation == MFG_OP_SELECT ? bits : x;
    mfg_array *found = mfg_apply(trial, operation, mfg_operand_of_array(first),
                                 mfg_operand_of_array(x), mfg_operand_of_array(x));
    kept = mfg_keep(found);
    (void)mfg_scope_close(trial);
  }
  ck_assert_msg(kept != NULL, "operation %u", operation);
  return kept;
}

/* Every operation, some in one kernel, as compilers are slow. */
static void walk_apply(void) {
  for (uint32_t first = MFG_OP_ADD; first < MFG_OP_CONVERT; first += MFG_MAX_RESULTS) {
    mfg_array *found[MFG_MAX_RESULTS];
    int count = 0;
    for (uint32_t i = first; i < first + MFG_MAX_RESULTS && i < MFG_OP_CONVERT; i++)
      found[count++] = applied(i);
    CHECK_OK(mfg_eval_many(s, count, found));
    for (int i = 0; i < count; i++)
      mfg_release(found[i]);
  }
}

static void walk_reduce(void) {
  for (uint32_t operation = MFG_REDUCE_SUM; operation <= MFG_REDUCE_ARGMAX; operation++)
    computed(mfg_reduce(s, operation, a, MFG_AXIS(1), true));
}

static void walk_shift(void) {
  for (int boundary = MFG_BOUNDARY_WRAP; boundary <= MFG_BOUNDARY_CONSTANT; boundary++)
    computed(mfg_shift(s, a, 1, 2, boundary, 1));
}

static void walk_many(void) {
  mfg_array *found[9];
  all_computed(mfg_broadcast_arrays(s, 2, (mfg_array *[]){a, line}, found), 2, found);
  all_computed(mfg_meshgrid(s, 2, (mfg_array *[]){line, line}, true, found), 2, found);
  all_computed(mfg_unstack(s, a, 0, 9, found), 9, found);
}

static void walk_nonzero(void) {
  mfg_array *found[2];
  all_computed(mfg_nonzero(s, a, found), 2, found);
}

static void walk_unique(void) {
  mfg_array *found[4];
  all_computed(mfg_unique(s, line, &found[0], &found[1], &found[2], &found[3]), 4, found);
}

static void walk_assign(void) {
  mfg_array *target = mfg_copy(s, a);
  CHECK_OK(mfg_assign(s, target, 1.0));
  CHECK_OK(mfg_assign_many(s, 2, (mfg_array *[]){target, b}, (mfg_array *[]){mfg_add(s, b, 1), b}));
  CHECK_OK(mfg_assign_at_indices(s, target, 1, &index_line, 2.0));
  CHECK_OK(mfg_assign_at_mask(s, target, bits, 3.0));
  CHECK_OK(mfg_eval_many(s, 1, &target));
}

static void walk_assign_at_mask(void) {
  mfg_array *target = mfg_copy(s, line);
  CHECK_OK(mfg_assign_at_mask(s, target, bits, mfg_slice(s, line, 0, 0, 5, 1)));
}

static void walk_replay(void) {
  mfg_recording *recording = NULL;
  CHECK_OK(mfg_record_begin(context));
  CHECK_OK(mfg_assign(s, a, mfg_add(s, a, 1)));
  CHECK_OK(mfg_record_end(context, &recording));
  CHECK_OK(mfg_replay(recording));
  CHECK_OK(mfg_replay(recording));
  mfg_recording_release(recording);
}

static mfg_array *count_up(mfg_scope *scope, void *user) {
  CHECK_OK(mfg_assign(scope, user, mfg_add(scope, (mfg_array *)user, 1)));
  return mfg_greater(scope, (mfg_array *)user, 4);
}

static void walk_repeat(void) {
  CHECK_OK(mfg_repeat(s, 9, count_up, number));
}

static void walk_host(void) {
  double data[81];
  computed(mfg_from_host(s, MFG_FLOAT64, 1, SHAPE(3), DOUBLES(1, 2, 3)));
  CHECK_OK(mfg_to_host(a, data, sizeof data));
  (void)mfg_item(s, number);
  (void)mfg_item_complex(s, number);
  computed(mfg_to_backend(s, a));
}

/* ---- the walk -------------------------------------------------------------------------------- */

#define ARRAYS(X)                                                                                  \
  X(mfg_empty, mfg_empty(s, MFG_FLOAT64, 1, SHAPE(3)))                                             \
  X(mfg_zeros, mfg_zeros(s, MFG_FLOAT64, 1, SHAPE(3)))                                             \
  X(mfg_ones, mfg_ones(s, MFG_FLOAT64, 1, SHAPE(3)))                                               \
  X(mfg_full, mfg_full(s, MFG_FLOAT64, 1, SHAPE(3), 2.5))                                          \
  X(mfg_full_operand, mfg_full_operand(s, MFG_INT64, 1, SHAPE(3), mfg_operand_of_integer(4)))      \
  X(mfg_empty_like, mfg_empty_like(s, a))                                                          \
  X(mfg_zeros_like, mfg_zeros_like(s, a))                                                          \
  X(mfg_ones_like, mfg_ones_like(s, a))                                                            \
  X(mfg_full_like, mfg_full_like(s, a, 2.5))                                                       \
  X(mfg_arange, mfg_arange(s, MFG_FLOAT64, 0, 3, 0.5))                                             \
  X(mfg_arange_integer, mfg_arange_integer(s, MFG_INT64, 0, 9, 2))                                 \
  X(mfg_linspace, mfg_linspace(s, MFG_FLOAT64, 0, 1, 9, true))                                     \
  X(mfg_indices, mfg_indices(s, 2, SHAPE(2, 3), 1))                                                \
  X(mfg_eye, mfg_eye(s, MFG_FLOAT64, 3, 4, 1))                                                     \
  X(mfg_tril, mfg_tril(s, a, 0))                                                                   \
  X(mfg_triu, mfg_triu(s, a, 0))                                                                   \
  X(mfg_copy, mfg_copy(s, a))                                                                      \
  X(mfg_number, mfg_number(s, 3.5))                                                                \
  X(mfg_astype, mfg_astype(s, a, MFG_INT64))                                                       \
  X(mfg_mean, mfg_mean(s, a, MFG_ALL_AXES, false))                                                 \
  X(mfg_has_nan_or_inf, mfg_has_nan_or_inf(s, a))                                                  \
  X(mfg_cumulative_sum, mfg_cumulative_sum(s, a, 1))                                               \
  X(mfg_cumulative_prod, mfg_cumulative_prod(s, a, 1))                                             \
  X(mfg_line_solve_operands, mfg_line_solve(s, 1, 4, 1, a, 1, false))                              \
  X(mfg_take, mfg_take(s, a, index_line, 1))                                                       \
  X(mfg_slice, mfg_slice(s, a, 1, 8, 1, -2))                                                       \
  X(mfg_at, mfg_at(s, a, 1, 3))                                                                    \
  X(mfg_permute, mfg_permute(s, a, (int[]){1, 0}))                                                 \
  X(mfg_expand_axis, mfg_expand_axis(s, a, 1))                                                     \
  X(mfg_squeeze, mfg_squeeze(s, mfg_expand_axis(s, a, 1), 1))                                      \
  X(mfg_squeeze_axes, mfg_squeeze_axes(s, mfg_expand_axis(s, a, 1), MFG_AXIS(1)))                  \
  X(mfg_flip, mfg_flip(s, a, 1))                                                                   \
  X(mfg_flip_axes, mfg_flip_axes(s, a, MFG_ALL_AXES))                                              \
  X(mfg_move_axes, mfg_move_axes(s, a, 1, (int[]){0}, (int[]){1}))                                 \
  X(mfg_broadcast_to, mfg_broadcast_to(s, line, 2, SHAPE(2, 9)))                                   \
  X(mfg_reshape, mfg_reshape(s, mfg_permute(s, a, (int[]){1, 0}), 1, SHAPE(81)))                   \
  X(mfg_reshape_with, mfg_reshape_with(s, a, 1, SHAPE(-1), MFG_COPY_ALWAYS))                       \
  X(mfg_concat, mfg_concat(s, 2, (mfg_array *[]){a, b}, 1))                                        \
  X(mfg_stack, mfg_stack(s, 2, (mfg_array *[]){a, b}, 1))                                          \
  X(mfg_index, mfg_view(s, a, MFG_AT(0), MFG_EVERY_BY(-1), MFG_NEW_AXIS))                          \
  X(mfg_at_indices, mfg_at_indices(s, a, 2, (mfg_array *[]){index_line, index_line}))              \
  X(mfg_take_along_axis, mfg_take_along_axis(s, a, mfg_expand_axis(s, index_line, 0), 0))          \
  X(mfg_at_mask, mfg_at_mask(s, a, bits))                                                          \
  X(mfg_roll, mfg_roll(s, a, 2, 1))                                                                \
  X(mfg_repeat_elements, mfg_repeat_elements(s, a, 2, 1))                                          \
  X(mfg_repeat_each, mfg_repeat_each(s, a, index_line, 0))                                         \
  X(mfg_tile, mfg_tile(s, a, 2, SHAPE(2, 2)))                                                      \
  X(mfg_reduce_as, mfg_reduce_as(s, MFG_REDUCE_SUM, a, MFG_INT64, MFG_AXIS(0), false))             \
  X(mfg_var, mfg_var(s, a, MFG_AXIS(1), 1, false))                                                 \
  X(mfg_std, mfg_std(s, a, MFG_AXIS(1), 1, false))                                                 \
  X(mfg_cumulative, mfg_cumulative(s, MFG_REDUCE_SUM, a, 0, 0, true))                              \
  X(mfg_count_nonzero, mfg_count_nonzero(s, a, MFG_ALL_AXES, false))                               \
  X(mfg_diff, mfg_diff(s, a, 1, 2, NULL, NULL))                                                    \
  X(mfg_sort, mfg_sort(s, a, 1, true))                                                             \
  X(mfg_argsort, mfg_argsort(s, a, 0, false))                                                      \
  X(mfg_searchsorted, mfg_searchsorted(s, line, a, false, NULL))                                   \
  X(mfg_matmul, mfg_matmul(s, a, b))                                                               \
  X(mfg_matrix_transpose, mfg_matrix_transpose(s, a))                                              \
  X(mfg_tensordot, mfg_tensordot(s, a, b, 1, (int[]){0}, (int[]){0}))                              \
  X(mfg_vecdot, mfg_vecdot(s, a, b, -1))                                                           \
  X(mfg_positive_operand, mfg_positive(s, a))                                                      \
  X(mfg_square_operand, mfg_square(s, a))                                                          \
  X(mfg_reciprocal_operand, mfg_reciprocal(s, a))                                                  \
  X(mfg_logaddexp_operands, mfg_logaddexp(s, a, b))                                                \
  X(mfg_clip_operands, mfg_clip(s, a, 2.0, 5.0))                                                   \
  X(mfg_complex_operands, mfg_exp(s, mfg_mul(s, z, z)))                                            \
  X(mfg_real, mfg_real(s, mfg_matmul(s, z, z)))                                                    \
  X(mfg_imag, mfg_imag(s, mfg_sum(s, mfg_sqrt(s, z), MFG_AXIS(0))))                                \
  X(mfg_conj, mfg_conj(s, mfg_take(s, z, index_line, 1)))

#define WALK_ARRAY(name, ...)                                                                      \
  static void walk_##name(void) {                                                                  \
    computed(__VA_ARGS__);                                                                         \
  }
ARRAYS(WALK_ARRAY)

typedef struct walked {
  const char *names; /* the functions, with a space behind each */
  void (*walk)(void);
} walked;

#define WALKED(name, ...) {#name " ", walk_##name},
static const walked all_walked[] = {
    ARRAYS(WALKED){"mfg_apply ", walk_apply},
    {"mfg_reduce ", walk_reduce},
    {"mfg_shift ", walk_shift},
    {"mfg_broadcast_arrays mfg_meshgrid mfg_unstack ", walk_many},
    {"mfg_nonzero ", walk_nonzero},
    {"mfg_unique ", walk_unique},
    {"mfg_assign_operand mfg_assign_many mfg_assign_at_indices_operand mfg_eval_many mfg_eval ",
     walk_assign},
    {"mfg_assign_at_mask_operand ", walk_assign_at_mask},
    {"mfg_record_begin mfg_record_end mfg_replay mfg_recording_release ", walk_replay},
    {"mfg_repeat ", walk_repeat},
    {"mfg_from_host mfg_to_host mfg_item mfg_item_complex mfg_to_backend ", walk_host},
};
enum { WALKED_COUNT = sizeof all_walked / sizeof all_walked[0] };

/* Functions that look at handles only. */
static const char no_work[] =
    "mfg_scope_open mfg_scope_close mfg_scope_status mfg_scope_fail mfg_scope_context mfg_keep "
    "mfg_release mfg_array_type mfg_array_rank mfg_array_shape mfg_array_size mfg_array_context ";

/* ---- documents ------------------------------------------------------------------------------- */

static char *read_text(const char *path) {
  FILE *file = fopen(path, "r");
  ck_assert_msg(file != NULL, "%s cannot be read", path);
  char *text = calloc(1, 200000);
  ck_assert_ptr_nonnull(text);
  ck_assert_uint_lt(fread(text, 1, 199999, file), 199999);
  ck_assert_int_eq(fclose(file), 0);
  return text;
}

static bool lists(const char *names, const char *name) {
  char spaced[80];
  snprintf(spaced, sizeof spaced, "%s ", name);
  for (const char *at = strstr(names, spaced); at != NULL; at = strstr(at + 1, spaced))
    if (at == names || at[-1] == ' ') return true;
  return false;
}

/* Bytes that the document allows a function to move; 0 where it does not list it. What it lists
 * without a number may be of any size. */
static uint64_t bytes_allowed(const char *document, const char *names) {
  uint64_t most = 0;
  const char *table = strstr(document, "## What goes through the host");
  ck_assert_ptr_nonnull(table);
  for (const char *row = strstr(table, "\n| `"); row != NULL; row = strstr(row + 1, "\n| `")) {
    const char *middle = strstr(row, " | ");
    ck_assert_ptr_nonnull(middle);
    for (const char *name = strchr(row, '`'); name != NULL && name < middle;
         name = strchr(strchr(name + 1, '`') + 1, '`')) {
      char found[80] = "";
      snprintf(found, sizeof found, "%.*s", (int)(strchr(name + 1, '`') - name - 1), name + 1);
      if (!lists(names, found)) continue;
      uint64_t bytes = strtoull(middle + 3, NULL, 10);
      if (bytes == 0) bytes = UINT64_MAX;
      if (bytes > most) most = bytes;
    }
  }
  return most;
}

START_TEST(only_what_is_listed_goes_through_the_host) {
  const walked *here = &all_walked[_i];
  char *document = read_text(getenv("MFG_TEST_DOCUMENT"));
  mfg_statistics before = {.struct_size = sizeof before};
  mfg_statistics after = {.struct_size = sizeof after};
  CHECK_OK(mfg_context_statistics(context, &before));
  here->walk();
  CHECK_OK(mfg_context_statistics(context, &after));
  uint64_t allowed = bytes_allowed(document, here->names);
  free(document);
  if (lists(here->names, "mfg_repeat")) allowed *= 3; /* its turns here */
  ck_assert_msg(after.fallbacks == before.fallbacks, "%sran on the host", here->names);
  uint64_t moved =
      after.bytes_to_host - before.bytes_to_host + after.bytes_to_device - before.bytes_to_device;
  ck_assert_msg(moved <= allowed, "%smoved %llu bytes between host and device; listed are %llu",
                here->names, (unsigned long long)moved, (unsigned long long)allowed);
}
END_TEST

static bool is_walked(const char *name) {
  for (int i = 0; i < WALKED_COUNT; i++)
    if (lists(all_walked[i].names, name)) return true;
  return lists(no_work, name);
}

START_TEST(every_function_is_walked) {
  static const char *const headers[] = {"array",          "creation",   "indexing",
                                        "manipulation",   "statistics", "sorting",
                                        "linear_algebra", "complex",    "elementwise"};
  int count = 0;
  for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.h", getenv("MFG_TEST_HEADERS"), headers[i]);
    char *text = read_text(path);
    for (char *at = strstr(text, "\nMFG_API "); at != NULL; at = strstr(at + 1, "\nMFG_API ")) {
      char *end = strchr(at, '(');
      ck_assert_ptr_nonnull(end);
      *end = '\0';
      char *name = end;
      while (name[-1] != ' ' && name[-1] != '*')
        name--;
      ck_assert_msg(is_walked(name), "%s of %s.h is walked nowhere", name, headers[i]);
      count++;
      *end = ' ';
    }
    free(text);
  }
  ck_assert_int_gt(count, 90);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("array device");
  TCase *cases = tcase_create("device");
  tcase_add_checked_fixture(cases, open_all, close_all);
  tcase_set_timeout(cases, 240);
  tcase_add_loop_test(cases, only_what_is_listed_goes_through_the_host, 0, WALKED_COUNT);
  tcase_add_test(cases, every_function_is_walked);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
