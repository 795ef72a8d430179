/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each rule for launches violated once. */
#include "sample_kernels.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* A launch of a sample that fits, for the rules to spoil. */
struct fitting {
  kernel_builder builder;
  mfg_kernel_launch launch;
  mfg_kernel_binding bindings[6];
  mfg_scalar scalars[2];
  int64_t extents[2];
  int64_t strides[6][2];
  int64_t own[2];
  uint64_t sizes[6];
};

/* Space 3 x 4; the gathered table has 3 x 9 elements. */
static void open_reduce(struct fitting *f) {
  static const int64_t strides[5][2] = {{4, 1}, {9, 1}, {4, 1}, {1, 0}, {1, 0}};
  static const uint64_t sizes[5] = {96, 216, 12, 24, 3};
  memset(f, 0, sizeof *f);
  build_reduce_sample(&f->builder);
  f->extents[0] = 3;
  f->extents[1] = 4;
  f->own[0] = 3;
  f->own[1] = 9;
  memcpy(f->strides, strides, sizeof strides);
  memcpy(f->sizes, sizes, sizeof sizes);
  for (int i = 0; i < 5; i++)
    f->bindings[i].strides = f->strides[i];
  f->bindings[1].extents = f->own;
  f->launch = (mfg_kernel_launch){.struct_size = sizeof f->launch,
                                  .extents = f->extents,
                                  .bindings = {f->bindings, 5, sizeof f->bindings[0]},
                                  .scalars = {f->scalars, 1, sizeof f->scalars[0]}};
}

/* X(number, text, statements that violate the rule) */
#define RULES(X)                                                                                   \
  X(1, "struct_size is 47, expected at least 48", f->launch.struct_size = 47)                      \
  X(2, "reserved is 1, expected 0", f->launch.reserved = 1)                                        \
  X(3, "extents are NULL, expected 2 of them", f->launch.extents = NULL)                           \
  X(4, "extent along axis 1 is -4, expected at least 0", f->extents[1] = -4)                       \
  X(5, "extent along axis 0 is 2147483648, expected less than 2^31 with index width 32",           \
    f->extents[0] = INT64_C(2147483648))                                                           \
  X(6,                                                                                             \
    "the iteration space has more than 2^62 places (axis 1 has 4611686018427387904), expected "    \
    "fewer",                                                                                       \
    f->builder.description.index_width = 64;                                                       \
    f->extents[1] = INT64_C(1) << 62)                                                              \
  X(7, "bindings: count is 4, expected 5 as in the description", f->launch.bindings.count = 4)     \
  X(8, "bindings: pointer is NULL, expected an address", f->launch.bindings.first = NULL)          \
  X(9, "bindings: stride is 24, expected an aligned one of at least 32",                           \
    f->launch.bindings.stride = 24)                                                                \
  X(10, "scalars: count is 2, expected 1 as in the description", f->launch.scalars.count = 2)      \
  X(11, "binding 2: strides are NULL, expected 2 of them", f->bindings[2].strides = NULL)          \
  X(12, "binding 0: offset is 4, expected a multiple of 8, not negative",                          \
    f->bindings[0].offset = 4)                                                                     \
  X(13, "binding 0: offset is -8, expected a multiple of 8, not negative",                         \
    f->bindings[0].offset = -8)                                                                    \
  X(14, "binding 0: stride along axis 1 is 1, expected 0 as its class says",                       \
    f->builder.operands[0].stride_class[1] = MFG_STRIDE_ZERO)                                      \
  X(15, "binding 0: stride along axis 0 is 4, expected 1 as its class says",                       \
    f->builder.operands[0].stride_class[0] = MFG_STRIDE_UNIT)                                      \
  X(16, "binding 0: has extents, expected NULL for an operand that is not gathered",               \
    f->bindings[0].extents = f->own)                                                               \
  X(17, "binding 1: extents are NULL, expected 2 for a gathered operand",                          \
    f->bindings[1].extents = NULL)                                                                 \
  X(18, "binding 1: own extent along axis 1 is -1, expected at least 0", f->own[1] = -1)           \
  X(19, "binding 1: own extent along the gathered axis 1 is 0, expected at least 1",               \
    f->own[1] = 0)                                                                                 \
  X(20,                                                                                            \
    "binding 1: own extent along axis 0 is 2, expected at least that of the iteration space, "     \
    "3",                                                                                           \
    f->own[0] = 2)                                                                                 \
  X(21, "binding 0: reaches byte 96, expected to stay inside the buffer of 95 bytes",              \
    f->sizes[0] = 95)                                                                              \
  X(22, "binding 0: reaches byte 104, expected to stay inside the buffer of 96 bytes",             \
    f->bindings[0].offset = 8)                                                                     \
  X(23,                                                                                            \
    "binding 0: reaches element -8 seen from its start at byte 0, expected to stay inside the "    \
    "buffer",                                                                                      \
    f->strides[0][0] = -4)                                                                         \
  X(24,                                                                                            \
    "binding 0: element offsets reach from 0 to 4000000003, expected to fit in the index "         \
    "width, 32",                                                                                   \
    f->strides[0][0] = 2000000000)                                                                 \
  X(25, "binding 1: reaches byte 216, expected to stay inside the buffer of 200 bytes",            \
    f->sizes[1] = 200)                                                                             \
  X(26, "binding 3: written with stride 0 along axis 0 of extent 3, expected another stride",      \
    f->strides[3][0] = 0)                                                                          \
  X(27, "binding 4: reaches byte 3, expected to stay inside the buffer of 2 bytes",                \
    f->sizes[4] = 2)                                                                               \
  X(28,                                                                                            \
    "binding 0: element offsets reach from -4000000000 to 3, expected to fit in the index "        \
    "width, 32",                                                                                   \
    f->strides[0][0] = -2000000000;                                                                \
    f->bindings[0].offset = INT64_C(32000000000))

#define SPOIL(number, text, ...)                                                                   \
  static void spoil_##number(struct fitting *f) {                                                  \
    __VA_ARGS__;                                                                                   \
  }
RULES(SPOIL)

static const struct {
  void (*spoil)(struct fitting *fitting);
  const char *text;
} rules[] = {
#define ENTRY(number, text, ...) {spoil_##number, "launch: " text},
    RULES(ENTRY)
#undef ENTRY
};

static mfg_status validate(struct fitting *f, char text[256]) {
  mfg_plugin_error error = {.struct_size = sizeof error, .text = text, .text_capacity = 256};
  text[0] = '\0';
  return mfg_kernel_launch_validate(kernel_build(&f->builder), &f->launch, f->sizes, &error);
}

START_TEST(a_violated_rule_is_told) {
  struct fitting f;
  char text[256];
  open_reduce(&f);
  ck_assert_msg(validate(&f, text) == MFG_OK, "%s", text);
  rules[_i].spoil(&f);
  ck_assert_int_eq(validate(&f, text), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_str_eq(text, rules[_i].text);
}
END_TEST

START_TEST(a_null_launch_is_told) {
  struct fitting f;
  open_reduce(&f);
  ck_assert_int_eq(mfg_kernel_launch_validate(kernel_build(&f.builder), NULL, NULL, NULL),
                   MFG_ERROR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(an_empty_space_touches_nothing) {
  struct fitting f;
  char text[256];
  open_reduce(&f);
  f.extents[0] = 0;
  memset(f.sizes, 0, sizeof f.sizes);
  ck_assert_msg(validate(&f, text) == MFG_OK, "%s", text);
}
END_TEST

START_TEST(negative_strides_fit_behind_an_offset) {
  struct fitting f;
  char text[256];
  open_reduce(&f);
  f.strides[0][0] = -4;
  f.strides[0][1] = -1;
  f.bindings[0].offset = 88;
  ck_assert_msg(validate(&f, text) == MFG_OK, "%s", text);
  f.bindings[0].offset = 80;
  ck_assert_int_eq(validate(&f, text), MFG_ERROR_INVALID_ARGUMENT);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("launch validator");
  TCase *cases = tcase_create("rules");
  tcase_add_loop_test(cases, a_violated_rule_is_told, 0, (int)(sizeof rules / sizeof rules[0]));
  tcase_add_test(cases, a_null_launch_is_told);
  tcase_add_test(cases, an_empty_space_touches_nothing);
  tcase_add_test(cases, negative_strides_fit_behind_an_offset);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
