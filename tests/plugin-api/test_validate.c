/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each rule of the validator violated once: the status, and the text that says what was found and
 * what was expected. */
#include "sample_kernels.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Parts of a sample, by the names that the header gives them. */
#define KERNEL b->description
#define OPERAND(i) b->operands[i]
#define PROLOGUE(i) b->instructions[0][i]
#define EPILOGUE(i) b->instructions[1][i]
#define PATTERN b->pattern

struct rule {
  void (*build)(kernel_builder *builder);
  void (*spoil)(kernel_builder *builder);
  mfg_status status;
  const char *text;
};

/* X(number, sample, status, text, statements that violate the rule) */
#define RULES(X)                                                                                   \
  X(1, reduce, INVALID_ARGUMENT, "description: struct_size is 143, expected at least 144",         \
    KERNEL.struct_size = 143)                                                                      \
  X(2, reduce, INVALID_ARGUMENT, "description: rank is 9, expected at most 8", KERNEL.rank = 9)    \
  X(3, reduce, INVALID_ARGUMENT, "description: index_width is 16, expected 32 or 64",              \
    KERNEL.index_width = 16)                                                                       \
  X(4, reduce, INVALID_ARGUMENT, "description: reserved bytes are not zero, expected 0",           \
    KERNEL.reserved[1] = 1)                                                                        \
  X(5, reduce, INVALID_ARGUMENT,                                                                   \
    "description: pattern is NULL or not aligned, expected an address", KERNEL.pattern = NULL)     \
  X(6, reduce, INVALID_ARGUMENT, "pattern: struct_size is 8, expected at least 56",                \
    PATTERN.struct_size = 8)                                                                       \
  X(7, reduce, INVALID_ARGUMENT, "steps: pointer is NULL with count 2, expected an address",       \
    KERNEL.steps.first = NULL)                                                                     \
  X(8, reduce, INVALID_ARGUMENT, "operands: stride is 11, expected at least 12",                   \
    KERNEL.operands.stride = 11)                                                                   \
  X(9, reduce, INVALID_ARGUMENT,                                                                   \
    "prologue: address or stride 36 is not aligned, expected a multiple of 8",                     \
    KERNEL.prologue.stride = 36)                                                                   \
  X(10, reduce, INVALID_ARGUMENT, "outputs: count is 9, expected at most 8",                       \
    KERNEL.outputs.count = 9)                                                                      \
  X(11, map, INVALID_ARGUMENT, "reductions: count is 9, expected at most 8",                       \
    KERNEL.reductions.count = 9)                                                                   \
  X(12, map, INVALID_ARGUMENT,                                                                     \
    "outputs and reductions: both are empty, expected at least one of them",                       \
    KERNEL.outputs.count = KERNEL.reductions.count = 0)                                            \
  X(13, reduce, INVALID_ARGUMENT, "prologue or epilogue: more than 2147483647 instructions",       \
    KERNEL.epilogue.count = UINT32_MAX)                                                            \
  X(14, reduce, UNSUPPORTED,                                                                       \
    "operand 0: type is 13 (complex128), expected bool, an integer or a float type",               \
    OPERAND(0).type = MFG_COMPLEX128)                                                              \
  X(15, reduce, INVALID_ARGUMENT,                                                                  \
    "operand 0: flags are 3, expected READ, READ and GATHER, or WRITE", OPERAND(0).flags = 3)      \
  X(16, reduce, INVALID_ARGUMENT, "operand 0: stride class along axis 1 is 3, expected at most 2", \
    OPERAND(0).stride_class[1] = 3)                                                                \
  X(17, reduce, INVALID_ARGUMENT,                                                                  \
    "operand 0: stride class beyond the rank, along axis 5, is 1, expected 0",                     \
    OPERAND(0).stride_class[5] = 1)                                                                \
  X(18, reduce, INVALID_ARGUMENT, "operand 0: reserved bytes are not zero, expected 0",            \
    OPERAND(0).reserved[0] = 1)                                                                    \
  X(19, reduce, UNSUPPORTED,                                                                       \
    "scalar 0: type is 0 (unknown type), expected bool, an integer or a float type",               \
    b->scalars[0].type = 0)                                                                        \
  X(20, reduce, INVALID_ARGUMENT, "scalar 0: reserved bytes are not zero, expected 0",             \
    b->scalars[0].reserved[2] = 1)                                                                 \
  X(21, reduce, UNSUPPORTED, "step 0: boundary is 5, expected wrap, clamp, mirror or constant",    \
    b->steps[0].boundary = 5)                                                                      \
  X(22, reduce, INVALID_ARGUMENT, "step 1: axis is 2, expected less than the rank, 2",             \
    b->steps[1].axis = 2)                                                                          \
  X(23, reduce, INVALID_ARGUMENT,                                                                  \
    "step 0: fill is not zero, expected 0 unless the boundary is constant",                        \
    b->steps[0].fill.int32 = 1)                                                                    \
  X(24, reduce, INVALID_ARGUMENT, "step 0: reserved bytes are not zero, expected 0",               \
    b->steps[0].reserved[5] = 1)                                                                   \
  X(25, reduce, INVALID_ARGUMENT, "site 1: steps 1 to 3, expected a range inside the 2 steps",     \
    b->sites[1].count = 2)                                                                         \
  X(26, reduce, INVALID_ARGUMENT,                                                                  \
    "site 1: steps 4294967295 to 4294967296, expected a range inside the 2 steps",                 \
    b->sites[1].first = UINT32_MAX)                                                                \
  X(27, reduce, UNSUPPORTED,                                                                       \
    "prologue instruction 6: operation is 999, which ABI 0.2 does not know",                       \
    PROLOGUE(6).operation = 999)                                                                   \
  X(28, reduce, UNSUPPORTED,                                                                       \
    "prologue instruction 6 (subtract): type is 12 (complex64), expected bool, an integer or a "   \
    "float type",                                                                                  \
    PROLOGUE(6).type = MFG_COMPLEX64)                                                              \
  X(29, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 6 (subtract): argument 0 is 6, expected an earlier position, 0 <= "      \
    "argument < 6",                                                                                \
    PROLOGUE(6).arguments[0] = 6)                                                                  \
  X(30, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 6 (subtract): argument 1 is -1, expected an earlier position, 0 <= "     \
    "argument < 6",                                                                                \
    PROLOGUE(6).arguments[1] = -1)                                                                 \
  X(31, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 6 (subtract): unused argument 2 is 0, expected -1",                      \
    PROLOGUE(6).arguments[2] = 0)                                                                  \
  X(32, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 6 (subtract): unused axis is 1, expected 0", PROLOGUE(6).axis = 1)       \
  X(33, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 6 (subtract): unused site is 1, expected 0", PROLOGUE(6).site = 1)       \
  X(34, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 6 (subtract): unused slot is 1, expected 0", PROLOGUE(6).slot = 1)       \
  X(35, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 6 (subtract): unused value is not zero, expected 0",                     \
    PROLOGUE(6).value.int32 = 1)                                                                   \
  X(36, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 4 (index): axis is 2, expected less than the rank, 2",                   \
    PROLOGUE(4).axis = 2)                                                                          \
  X(37, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 1 (load): site is 3, expected at most the number of sites, 2",           \
    PROLOGUE(1).site = 3)                                                                          \
  X(38, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 1 (load): slot is 5, expected less than the number of operands, 5",      \
    PROLOGUE(1).slot = 5)                                                                          \
  X(39, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 1 (load): operand 1 has flags 5, expected 1 (READ)",                     \
    PROLOGUE(1).slot = 1)                                                                          \
  X(40, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 1 (load): operand 3 has flags 2, expected 1 (READ)",                     \
    PROLOGUE(1).slot = 3)                                                                          \
  X(41, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 1 (load): type is float32, expected float64, the operand's type",        \
    PROLOGUE(1).type = MFG_FLOAT32)                                                                \
  X(42, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 2 (load): step 1 fills a bool with 2, expected 0 or 1",                  \
    b->steps[1].fill.boolean = 2)                                                                  \
  X(43, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 3 (scalar): slot is 1, expected less than the number of scalars, 1",     \
    PROLOGUE(3).slot = 1)                                                                          \
  X(44, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 3 (scalar): type is int64, expected float64, the scalar's type",         \
    PROLOGUE(3).type = MFG_INT64)                                                                  \
  X(45, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 4 (index): type is int32, expected int64, as every index",               \
    PROLOGUE(4).type = MFG_INT32)                                                                  \
  X(46, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 4 (index): step 1 of site 2 has a constant boundary, expected another",  \
    PROLOGUE(4).site = 2)                                                                          \
  X(47, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 5 (gather): argument 0 is float64, expected int32 or int64",             \
    PROLOGUE(5).arguments[0] = 0)                                                                  \
  X(48, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 5 (gather): operand 0 has flags 1, expected 5 (READ and GATHER)",        \
    PROLOGUE(5).slot = 0)                                                                          \
  X(49, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 13 (extent): type is bool, expected int64, as every extent",             \
    PROLOGUE(13).type = MFG_BOOL)                                                                  \
  X(50, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 7 (constant): bool value is 3, expected 0 or 1",                         \
    PROLOGUE(7).type = MFG_BOOL;                                                                   \
    PROLOGUE(7).value.boolean = 3)                                                                 \
  X(51, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 7 (result): stands in the prologue, expected only in the epilogue",      \
    PROLOGUE(7).operation = MFG_OP_RESULT;                                                         \
    PROLOGUE(7).value.bits = 0)                                                                    \
  X(52, reduce, INVALID_ARGUMENT,                                                                  \
    "epilogue instruction 0 (result): slot is 2, expected less than the number of results, 2",     \
    EPILOGUE(0).slot = 2)                                                                          \
  X(53, reduce, INVALID_ARGUMENT,                                                                  \
    "epilogue instruction 0 (result): type is bool, expected float64, the result's type",          \
    EPILOGUE(0).type = MFG_BOOL)                                                                   \
  X(54, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 6 (subtract): argument 0 is bool, expected an integer or float type",    \
    PROLOGUE(6).arguments[0] = PROLOGUE(6).arguments[1] = 2)                                       \
  X(55, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 6 (subtract): argument 1 is int64, expected the type of argument 0, "    \
    "float64",                                                                                     \
    PROLOGUE(6).arguments[1] = 4)                                                                  \
  X(56, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 6 (subtract): type is float32, expected float64, the type of its "       \
    "arguments",                                                                                   \
    PROLOGUE(6).type = MFG_FLOAT32)                                                                \
  X(57, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 6 (hypot): argument 0 is int64, expected a float type",                  \
    PROLOGUE(6).operation = MFG_OP_HYPOT;                                                          \
    PROLOGUE(6).arguments[0] = 4)                                                                  \
  X(58, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 10 (less): argument 0 is bool, expected a type that has an order",       \
    PROLOGUE(10).arguments[0] = PROLOGUE(10).arguments[1] = 2)                                     \
  X(59, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 10 (less): type is float64, expected bool, as the operation yields",     \
    PROLOGUE(10).type = MFG_FLOAT64)                                                               \
  X(60, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 10 (logical_or): argument 0 is float64, expected bool",                  \
    PROLOGUE(10).operation = MFG_OP_LOGICAL_OR)                                                    \
  X(61, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 12 (bitwise_and): argument 0 is float64, expected an integer type (or "  \
    "bool, except for shifts)",                                                                    \
    PROLOGUE(12).arguments[0] = PROLOGUE(12).arguments[1] = 9)                                     \
  X(62, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 12 (bitwise_left_shift): argument 0 is bool, expected an integer type "  \
    "(or bool, except for shifts)",                                                                \
    PROLOGUE(12).operation = MFG_OP_BITWISE_LEFT_SHIFT;                                            \
    PROLOGUE(12).arguments[0] = PROLOGUE(12).arguments[1] = 2)                                     \
  X(63, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 9 (select): argument 0 is float64, expected bool",                       \
    PROLOGUE(9).arguments[0] = 0)                                                                  \
  X(64, reduce, INVALID_ARGUMENT,                                                                  \
    "prologue instruction 9 (select): argument 2 is int64, expected the type of the value, "       \
    "float64",                                                                                     \
    PROLOGUE(9).arguments[2] = 4)                                                                  \
  X(65, reduce, UNSUPPORTED, "pattern: kind is 5, which ABI 0.2 does not know", PATTERN.kind = 5)  \
  X(66, reduce, INVALID_ARGUMENT, "pattern (reduce): count is 0, expected 1 to 8",                 \
    PATTERN.count = 0)                                                                             \
  X(67, reduce, INVALID_ARGUMENT, "pattern (reduce): count is 9, expected 1 to 8",                 \
    PATTERN.count = 9)                                                                             \
  X(68, reduce, INVALID_ARGUMENT, "pattern (reduce): flags are 1, expected none beyond 0",         \
    PATTERN.flags = 1)                                                                             \
  X(69, reduce, INVALID_ARGUMENT, "pattern (reduce): unused axis is 1, expected 0",                \
    PATTERN.axis = 1)                                                                              \
  X(70, reduce, INVALID_ARGUMENT, "pattern (reduce): unused value 2 is 1, expected 0",             \
    PATTERN.values[2] = 1)                                                                         \
  X(71, reduce, INVALID_ARGUMENT, "pattern (reduce): unused operation 7 is 1, expected 0",         \
    PATTERN.operations[7] = 1)                                                                     \
  X(72, reduce, INVALID_ARGUMENT,                                                                  \
    "pattern (reduce): value 0 is 14, expected a prologue position, 0 <= value < 14",              \
    PATTERN.values[0] = 14)                                                                        \
  X(73, reduce, INVALID_ARGUMENT, "pattern (reduce): axes are 4, expected bits below the rank, 2", \
    PATTERN.axes = 4)                                                                              \
  X(74, reduce, UNSUPPORTED,                                                                       \
    "pattern (reduce) result 1: reduction is 9, which ABI 0.2 does not know",                      \
    PATTERN.operations[1] = 9)                                                                     \
  X(75, reduce, INVALID_ARGUMENT,                                                                  \
    "pattern (reduce) result 1: sum of bool, expected an integer or float type",                   \
    PATTERN.operations[1] = MFG_REDUCE_SUM)                                                        \
  X(76, reduce, INVALID_ARGUMENT, "pattern (reduce) result 0: all of float64, expected bool",      \
    PATTERN.operations[0] = MFG_REDUCE_ALL)                                                        \
  X(77, reduce, INVALID_ARGUMENT, "reductions: count is 1, expected 0 beside a reduce pattern",    \
    KERNEL.reductions.count = 1)                                                                   \
  X(78, map, INVALID_ARGUMENT, "pattern (map): count is 1, expected 0 to 0", PATTERN.count = 1)    \
  X(79, map, INVALID_ARGUMENT, "pattern (map): unused axes are 1, expected 0", PATTERN.axes = 1)   \
  X(80, map, INVALID_ARGUMENT, "pattern (map): the epilogue has 1 instructions, expected none",    \
    KERNEL.epilogue.count = 1)                                                                     \
  X(81, scan, INVALID_ARGUMENT, "pattern (scan): axis is 1, expected less than the rank, 1",       \
    PATTERN.axis = 1)                                                                              \
  X(82, scan, INVALID_ARGUMENT, "pattern (scan): flags are 9, expected none beyond 6",             \
    PATTERN.flags = 9)                                                                             \
  X(83, scan, INVALID_ARGUMENT,                                                                    \
    "pattern (scan) result 0: operation is max, expected sum or product",                          \
    PATTERN.operations[0] = MFG_REDUCE_MAX)                                                        \
  X(84, line, INVALID_ARGUMENT, "pattern (line-solve): count is 2, expected 1 to 1",               \
    PATTERN.count = 2)                                                                             \
  X(85, line, INVALID_ARGUMENT, "pattern (line-solve): unused operation 0 is 1, expected 0",       \
    PATTERN.operations[0] = 1)                                                                     \
  X(86, line, INVALID_ARGUMENT,                                                                    \
    "pattern (line-solve): value 2 is float32, expected the type of value 0, float64",             \
    PROLOGUE(2).type = MFG_FLOAT32;                                                                \
    PATTERN.values[2] = 2; PATTERN.values[1] = 1)                                                  \
  X(87, line, INVALID_ARGUMENT, "pattern (line-solve): value 0 is int64, expected a float type",   \
    PROLOGUE(1).type = MFG_INT64)                                                                  \
  X(88, map, INVALID_ARGUMENT, "output 0: value is 2, expected a position, 0 <= value < 2",        \
    b->outputs[0].value = 2)                                                                       \
  X(89, map, INVALID_ARGUMENT,                                                                     \
    "output 0: operand is 3, expected less than the number of operands, 3",                        \
    b->outputs[0].operand = 3)                                                                     \
  X(90, map, INVALID_ARGUMENT, "output 0: operand 0 has flags 1, expected WRITE",                  \
    b->outputs[0].operand = 0)                                                                     \
  X(91, map, INVALID_ARGUMENT, "reduction 0: operand 1 is written already, expected one write",    \
    b->reductions[0].operand = 1)                                                                  \
  X(92, map, INVALID_ARGUMENT,                                                                     \
    "output 0: operand 1 is float64, expected the type of what is written, float32",               \
    OPERAND(1).type = MFG_FLOAT64)                                                                 \
  X(93, map, INVALID_ARGUMENT, "reduction 0: axes are 8, expected bits below the rank, 2",         \
    b->reductions[0].axes = 8)                                                                     \
  X(94, map, INVALID_ARGUMENT, "reduction 0: reserved bytes are not zero, expected 0",             \
    b->reductions[0].reserved[1] = 1)                                                              \
  X(95, map, INVALID_ARGUMENT,                                                                     \
    "reduction 0: operand 2 is float32, expected the type of what is written, int64",              \
    b->reductions[0].operation = MFG_REDUCE_ARGMAX)                                                \
  X(96, map, INVALID_ARGUMENT,                                                                     \
    "reduction 0: operand 2 has stride class 0 along the reduced axis 1, expected ZERO",           \
    b->reductions[0].axes = 3)                                                                     \
  X(97, map, INVALID_ARGUMENT, "operand 2: is neither loaded nor written, expected a use",         \
    KERNEL.reductions.count = 0)                                                                   \
  X(98, reduce, INVALID_ARGUMENT, "operand 1: is neither loaded nor written, expected a use",      \
    PROLOGUE(5) = PROLOGUE(0))

#define SPOIL(number, sample, status, text, ...)                                                   \
  static void spoil_##number(kernel_builder *b) {                                                  \
    __VA_ARGS__;                                                                                   \
  }
RULES(SPOIL)

static const struct rule rules[] = {
#define ENTRY(number, sample, status, text, ...)                                                   \
  {build_##sample##_sample, spoil_##number, MFG_ERROR_##status, text},
    RULES(ENTRY)
#undef ENTRY
};

static mfg_status validate(const mfg_kernel_description *kernel, char text[256]) {
  mfg_plugin_error error = {.struct_size = sizeof error, .text = text, .text_capacity = 256};
  text[0] = '\0';
  return mfg_kernel_validate(kernel, &error);
}

START_TEST(a_violated_rule_is_told) {
  const struct rule *rule = &rules[_i];
  kernel_builder builder;
  char text[256];
  rule->build(&builder);
  ck_assert_msg(validate(kernel_build(&builder), text) == MFG_OK, "%s", text);
  rule->spoil(&builder);
  mfg_status status = validate(kernel_build(&builder), text);
  ck_assert_str_eq(text, rule->text);
  ck_assert_int_eq(status, rule->status);
}
END_TEST

START_TEST(the_error_may_be_absent) {
  kernel_builder builder;
  build_map_sample(&builder);
  ck_assert_int_eq(mfg_kernel_validate(kernel_build(&builder), NULL), MFG_OK);
  ck_assert_int_eq(mfg_kernel_validate(NULL, NULL), MFG_ERROR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(elements_may_be_larger_than_known) {
  kernel_builder builder;
  build_map_sample(&builder);
  struct {
    mfg_kernel_operand operand;
    unsigned char later[20];
  } operands[3];
  memset(operands, 0xAB, sizeof operands);
  for (int i = 0; i < 3; i++)
    operands[i].operand = builder.operands[i];
  builder.description.operands = (mfg_span){operands, 3, sizeof operands[0]};
  char text[256];
  ck_assert_msg(validate(kernel_build(&builder), text) == MFG_OK, "%s", text);
}
END_TEST

/* Descriptions with random bytes in every part must be answered, not crashed on; those that pass
 * must survive being listed and flattened. */
START_TEST(any_bytes_are_safe) {
  static void (*const builds[])(kernel_builder *) = {build_reduce_sample, build_map_sample,
                                                     build_scan_sample, build_line_sample};
  uint64_t state = (uint64_t)_i + 1;
  for (int round = 0; round < 5000; round++) {
    kernel_builder builder;
    builds[round % 4](&builder);
    void *const parts[] = {builder.operands,        builder.scalars,         builder.sites,
                           builder.steps,           builder.instructions[0], &builder.pattern,
                           builder.instructions[1], builder.outputs,         builder.reductions};
    static const size_t sizes[] = {60, 4, 16, 48, 32 * 14, sizeof(mfg_kernel_pattern), 96, 16, 16};
    for (int spoiled = 0; spoiled <= round % 3; spoiled++) {
      state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
      uint32_t part = (uint32_t)(state >> 33) % 9, place = (uint32_t)(state >> 17) % 4096;
      ((unsigned char *)parts[part])[place % sizes[part]] = (unsigned char)(state >> 56);
    }
    builder.pattern.struct_size = sizeof builder.pattern;
    char text[2000];
    if (mfg_kernel_validate(kernel_build(&builder), NULL) != MFG_OK) continue;
    mfg_kernel_print(kernel_build(&builder), text, sizeof text);
    ck_assert_uint_gt(mfg_kernel_serialise(kernel_build(&builder), NULL, 0), 0);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("validator");
  TCase *cases = tcase_create("rules");
  tcase_add_loop_test(cases, a_violated_rule_is_told, 0, (int)(sizeof rules / sizeof rules[0]));
  tcase_add_test(cases, the_error_may_be_absent);
  tcase_add_test(cases, elements_may_be_larger_than_known);
  tcase_add_loop_test(cases, any_bytes_are_safe, 0, 4);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
