/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emitter without a device: equal kernels give equal texts, and plans fit. */
#include "emitter.h"
#include "kernel_samples.h"

#include <mfg/sdk.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* out[i] = u[i-1 clamped] * 0.1 over one axis. */
static const mfg_kernel_operand operands[] = {
    {.type = MFG_FLOAT64, .flags = MFG_OPERAND_READ, .stride_class = {MFG_STRIDE_UNIT}},
    {.type = MFG_FLOAT64, .flags = MFG_OPERAND_WRITE, .stride_class = {MFG_STRIDE_GENERAL}}};
static const mfg_kernel_step steps[] = {{.offset = -1, .axis = 0, .boundary = MFG_BOUNDARY_CLAMP}};
static const mfg_kernel_site sites[] = {{.first = 0, .count = 1}};
static const mfg_kernel_instruction prologue[] = {
    {.operation = MFG_OP_LOAD, .type = MFG_FLOAT64, .site = 1, .arguments = {-1, -1, -1}},
    {.operation = MFG_OP_CONSTANT,
     .type = MFG_FLOAT64,
     .arguments = {-1, -1, -1},
     .value = {.float64 = 0.1}},
    {.operation = MFG_OP_MULTIPLY, .type = MFG_FLOAT64, .arguments = {0, 1, -1}}};
static const mfg_kernel_pattern map = {.struct_size = sizeof map, .kind = MFG_PATTERN_MAP};
static const mfg_kernel_output outputs[] = {{.operand = 1, .value = 2}};
static const mfg_kernel_description kernel = {.struct_size = sizeof kernel,
                                              .rank = 1,
                                              .index_width = 32,
                                              .operands = {operands, 2, sizeof operands[0]},
                                              .sites = {sites, 1, sizeof sites[0]},
                                              .steps = {steps, 1, sizeof steps[0]},
                                              .prologue = {prologue, 3, sizeof prologue[0]},
                                              .pattern = &map,
                                              .outputs = {outputs, 1, sizeof outputs[0]}};

static mfg_emitter *emit(uint32_t layout) {
  mfg_emitter_options options = {.dialect = &mfg_emitter_opencl, .layout = layout};
  mfg_emitter *emitter;
  ck_assert_int_eq(mfg_kernel_validate(&kernel, NULL), MFG_OK);
  ck_assert_int_eq(mfg_emitter_create(&kernel, &options, &emitter, NULL), MFG_OK);
  return emitter;
}

static const char interleaved_text[] =
    "\nMFG_KERNEL void mfg_main(\n"
    "    MFG_GLOBAL const double *memory0,\n"
    "    MFG_GLOBAL double *memory1,\n"
    "    MFG_GLOBAL mfg_byte *MFG_RESTRICT scratch, MFG_GLOBAL const int *predicate,\n"
    "    const mfg_launch launch MFG_SHARED_PARAMETER) {\n"
    "  MFG_SHARED_DECLARATION\n"
    "  if (predicate != 0 && *predicate == 0) return;\n"
    "  MFG_GLOBAL const double *operand0 = memory0 + launch.offset0;\n"
    "  MFG_GLOBAL double *operand1 = memory1 + launch.offset1;\n"
    "  const mfg_index i0 = (mfg_index)(MFG_GROUP(0) * MFG_ITEMS(0) + MFG_ITEM(0));\n"
    "  if (i0 >= launch.n0) return;\n"
    "  const mfg_index p_at1_0 = mfg_clamp_down(i0, launch.shift0);\n"
    "  const double p0 = operand0[p_at1_0];\n"
    "  const double p2 = p0 * 0.1;\n"
    "  operand1[i0 * launch.stride1_0] = p2;\n"
    "}\n";

START_TEST(the_text_is_this) {
  mfg_emitter *emitter = emit(MFG_LAYOUT_INTERLEAVED);
  const char *text = mfg_emitter_source(emitter, 0);
  size_t length = strlen(text), expected = strlen(interleaved_text);
  ck_assert(length > expected);
  ck_assert_str_eq(text + length - expected, interleaved_text);
  ck_assert(strstr(text, "#pragma OPENCL FP_CONTRACT OFF") != NULL);
  mfg_emitter_free(emitter);
}
END_TEST

START_TEST(equal_kernels_give_equal_texts) {
  mfg_emitter *first = emit((uint32_t)_i), *second = emit((uint32_t)_i);
  ck_assert_str_eq(mfg_emitter_source(first, 0), mfg_emitter_source(second, 0));
  mfg_emitter_free(first);
  mfg_emitter_free(second);
}
END_TEST

START_TEST(a_plan_covers_the_space) {
  static const int64_t sizes[] = {0, 1, 255, 256, 257, 100000};
  mfg_emitter *emitter = emit(MFG_LAYOUT_INTERLEAVED);
  mfg_emitter_device device = {.compute_units = 4,
                               .group_limit = 256,
                               .local_bytes = 32768,
                               .lines_in_a_group = MFG_EMITTER_DEFAULT};
  const int64_t stride = 1;
  const mfg_kernel_binding bindings[] = {{.offset = 16, .strides = &stride}, {.strides = &stride}};
  mfg_kernel_launch launch = {.struct_size = sizeof launch,
                              .extents = &sizes[_i],
                              .bindings = {bindings, 2, sizeof bindings[0]}};
  mfg_emitter_plan plan = {0};
  ck_assert_int_eq(mfg_emitter_plan_launch(emitter, &device, &launch, &plan, NULL), MFG_OK);
  ck_assert_uint_eq(plan.count, sizes[_i] > 0);
  ck_assert_uint_eq(plan.scratch_bytes, 0);
  if (plan.count == 1) {
    ck_assert(plan.launches[0].global[0] >= (uint64_t)sizes[_i]);
    ck_assert_uint_eq(plan.launches[0].global[0] % plan.launches[0].local[0], 0);
    ck_assert_int_eq(((const int64_t *)plan.arguments[0])[0], 2);
  }
  mfg_emitter_plan_clear(&plan);
  mfg_emitter_free(emitter);
}
END_TEST

/* A space of 3 x 4 x 5 where a device has two groups a dimension: items go on. */
START_TEST(few_groups_go_on) {
  kernel_builder *b = sample_sites(1);
  mfg_emitter_options options = {.dialect = &mfg_emitter_cuda, .layout = MFG_LAYOUT_INTERLEAVED};
  mfg_emitter_device device = {
      .compute_units = 4, .group_limit = 8, .local_bytes = 32768, .outer_groups = 2};
  mfg_emitter *emitter;
  mfg_emitter_plan plan = {0};
  ck_assert_int_eq(mfg_emitter_create(&b->description, &options, &emitter, NULL), MFG_OK);
  ck_assert_int_eq(mfg_emitter_plan_launch(emitter, &device, &b->launch, &plan, NULL), MFG_OK);
  ck_assert_uint_eq(plan.count, 1);
  ck_assert_uint_eq(plan.launches[0].global[1] / plan.launches[0].local[1], 2);
  ck_assert_uint_eq(plan.launches[0].global[2], 2);
  const char *text = mfg_emitter_source(emitter, 0);
  ck_assert(strstr(text, "outer += MFG_GROUPS(2)") && strstr(text, "row += MFG_GROUPS(1)"));
  mfg_emitter_plan_clear(&plan);
  mfg_emitter_free(emitter);
  builder_clear(b);
}
END_TEST

static void expect_text(kernel_builder *b, uint32_t layout, const char *part, bool expected) {
  mfg_emitter_options options = {.dialect = &mfg_emitter_opencl, .layout = layout};
  mfg_emitter *emitter;
  ck_assert_int_eq(mfg_emitter_create(&b->description, &options, &emitter, NULL), MFG_OK);
  const char *text = mfg_emitter_source(emitter, 0);
  ck_assert_msg((strstr(text, part) != NULL) == expected, "%s is %s in\n%s", part,
                expected ? "not" : "", text);
  mfg_emitter_free(emitter);
  builder_clear(b);
}

/* Blocked kernels that compute with one type of float take eight neighbours at a time. */
START_TEST(floats_become_vectors) {
  const kernel_space plane = {2, 1, {40, 30}}, line = {1, 0, {40}};
  expect_text(sample_floats(MFG_FLOAT64, &plane), MFG_LAYOUT_BLOCKED, "const double8 p", true);
  expect_text(sample_floats(MFG_FLOAT32, &line), MFG_LAYOUT_BLOCKED, "const float8 p", true);
  expect_text(sample_solves(&plane, true), MFG_LAYOUT_BLOCKED, "double8 above", true);
  expect_text(sample_scans(&plane, 0), MFG_LAYOUT_BLOCKED, "double8", false);
  expect_text(sample_floats(MFG_FLOAT64, &plane), MFG_LAYOUT_INTERLEAVED, "double8", false);
  expect_text(sample_conversions(MFG_FLOAT64, true), MFG_LAYOUT_BLOCKED, "double8", false);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("emitter");
  TCase *c = tcase_create("texts and plans");
  tcase_add_test(c, the_text_is_this);
  tcase_add_loop_test(c, equal_kernels_give_equal_texts, 0, 2);
  tcase_add_loop_test(c, a_plan_covers_the_space, 0, 6);
  tcase_add_test(c, few_groups_go_on);
  tcase_add_test(c, floats_become_vectors);
  suite_add_tcase(suite, c);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
