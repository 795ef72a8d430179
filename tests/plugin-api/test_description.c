/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The facts of types and operations, the flat form of a description and its listing. */
#include "sample_kernels.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void (*const builds[])(kernel_builder *) = {build_reduce_sample, build_map_sample,
                                                   build_scan_sample, build_line_sample};

START_TEST(operations_have_the_facts_of_the_table) {
#define EXPECT(symbol, number, text, arity, rule, meaning)                                         \
  ck_assert_str_eq(mfg_operation_name(number), text);                                              \
  ck_assert_int_eq(mfg_operation_arity(number), arity);                                            \
  ck_assert_int_eq(mfg_operation_type_rule(number), MFG_RULE_##rule);
  MFG_OPERATIONS(EXPECT)
#undef EXPECT
  ck_assert_str_eq(mfg_operation_name(MFG_OP_GATHER), "gather");
  ck_assert_int_eq(mfg_operation_arity(MFG_OP_GATHER), -1);
  static const uint32_t unknown[] = {0, 8, 15, MFG_OPERATION_END, UINT32_MAX};
  for (int i = 0; i < 5; i++) {
    ck_assert_ptr_null(mfg_operation_name(unknown[i]));
    ck_assert_int_eq(mfg_operation_arity(unknown[i]), -1);
    ck_assert_int_eq(mfg_operation_type_rule(unknown[i]), 0);
  }
}
END_TEST

/* Where the specification stands; set by main. */
static const char *specification;

/* The row of an operation as the table of the specification has it. */
static void write_row(char row[400], unsigned number, const char *name, int arity, const char *rule,
                      const char *text) {
  char escaped[300];
  size_t length = 0;
  for (; *text != '\0' && length < sizeof escaped - 2; text++) {
    if (*text == '|') escaped[length++] = '\\';
    escaped[length++] = *text;
  }
  escaped[length] = '\0';
  snprintf(row, 400, "\n| %u | `%s` | %d | %s | %s |\n", number, name, arity, rule, escaped);
}

START_TEST(the_specification_has_the_rows_of_the_table) {
  static char document[1 << 16];
  FILE *stream = fopen(specification, "r");
  ck_assert_ptr_nonnull(stream);
  document[fread(document, 1, sizeof document - 1, stream)] = '\0';
  fclose(stream);
  char row[400];
  unsigned rows = 0, found = 0;
#define FIND(symbol, number, name, arity, rule, text)                                              \
  write_row(row, number, name, arity, #rule, text);                                                \
  ck_assert_msg(strstr(document, row) != NULL, "no row %s", row);                                  \
  rows++;
  MFG_OPERATIONS(FIND)
#undef FIND
  for (const char *line = document; (line = strstr(line, "\n| ")) != NULL; line++)
    found += line[3] >= '1' && line[3] <= '9';
  ck_assert_uint_eq(found, rows);
}
END_TEST

START_TEST(types_and_statuses_have_names) {
  ck_assert_uint_eq(mfg_dtype_size(MFG_BOOL), 1);
  ck_assert_uint_eq(mfg_dtype_size(MFG_FLOAT64), 8);
  ck_assert_uint_eq(mfg_dtype_size(MFG_COMPLEX128), 16);
  ck_assert_uint_eq(mfg_dtype_size(MFG_COMPLEX128 + 1), 0);
  ck_assert_uint_eq(mfg_dtype_size(0), 0);
  ck_assert_str_eq(mfg_dtype_name(MFG_INT32), "int32");
  ck_assert_str_eq(mfg_dtype_name(0), "unknown type");
  ck_assert_str_eq(mfg_dtype_name(255), "unknown type");
  ck_assert_str_eq(mfg_reduction_name(MFG_REDUCE_ARGMAX), "argmax");
  ck_assert_ptr_null(mfg_reduction_name(0));
  ck_assert_ptr_null(mfg_reduction_name(9));
  for (mfg_status status = MFG_OK; status <= MFG_ERROR_INTERNAL; status++)
    ck_assert_str_ne(mfg_status_text(status), "unknown status");
  ck_assert_str_eq(mfg_status_text(MFG_ERROR_INTERNAL + 1), "unknown status");
  ck_assert_str_eq(mfg_status_text(-1), "unknown status");
}
END_TEST

START_TEST(an_error_text_is_cut_at_its_capacity) {
  char text[8] = "xxxxxxx";
  mfg_plugin_error error = {.struct_size = sizeof error, .text = text, .text_capacity = 5};
  ck_assert_int_eq(mfg_plugin_error_set(&error, MFG_ERROR_IO, 42, "%s", "abcdefgh"), MFG_ERROR_IO);
  ck_assert_str_eq(text, "abcd");
  ck_assert_int_eq(text[5], 'x');
  ck_assert_int_eq(error.native_code, 42);
  ck_assert_int_eq(mfg_plugin_error_set(NULL, MFG_ERROR_IO, 0, "nobody listens"), MFG_ERROR_IO);
}
END_TEST

/* ---- the flat form -------------------------------------------------------------------------- */

/* Flattens into exactly fitting memory, so that a byte too many is found by the tools. */
static void *flatten(const mfg_kernel_description *kernel, size_t *size) {
  *size = mfg_kernel_serialise(kernel, NULL, 0);
  void *flat = malloc(*size);
  ck_assert_ptr_nonnull(flat);
  ck_assert_uint_eq(mfg_kernel_serialise(kernel, flat, *size), *size);
  return flat;
}

START_TEST(a_flat_kernel_comes_back) {
  kernel_builder builder;
  builds[_i](&builder);
  size_t size, again;
  void *flat = flatten(kernel_build(&builder), &size), *memory = NULL;
  mfg_kernel_description *kernel = NULL;
  ck_assert_int_eq(mfg_kernel_deserialise(flat, size, &memory, &kernel, NULL), MFG_OK);
  void *second = flatten(kernel, &again);
  ck_assert_uint_eq(again, size);
  ck_assert_mem_eq(second, flat, size);
  ck_assert_uint_eq(mfg_kernel_hash(kernel), mfg_kernel_hash(kernel_build(&builder)));
  char texts[2][3000];
  mfg_kernel_print(kernel, texts[0], sizeof texts[0]);
  mfg_kernel_print(kernel_build(&builder), texts[1], sizeof texts[1]);
  ck_assert_str_eq(texts[0], texts[1]);
  free(memory);
  free(second);
  free(flat);
}
END_TEST

START_TEST(a_short_target_is_not_overrun) {
  kernel_builder builder;
  builds[_i](&builder);
  size_t size;
  unsigned char *flat = flatten(kernel_build(&builder), &size);
  for (size_t capacity = 0; capacity < size; capacity += 7) {
    unsigned char *part = malloc(capacity + 1);
    ck_assert_ptr_nonnull(part);
    part[capacity] = 0x5A;
    ck_assert_uint_eq(mfg_kernel_serialise(kernel_build(&builder), part, capacity), size);
    ck_assert_int_eq(part[capacity], 0x5A);
    if (capacity > 0) ck_assert_mem_eq(part, flat, capacity);
    free(part);
  }
  free(flat);
}
END_TEST

START_TEST(equal_kernels_have_equal_bytes) {
  kernel_builder builder;
  build_reduce_sample(&builder);
  uint64_t hash = mfg_kernel_hash(kernel_build(&builder));
  builder.instructions[0][7].type = MFG_FLOAT32;
  builder.instructions[0][7].value.bits = 0;
  builder.instructions[0][7].value.float32 = 2;
  uint64_t narrow = mfg_kernel_hash(kernel_build(&builder));
  ck_assert_uint_ne(hash, narrow);
  unsigned char *bytes = (unsigned char *)&builder.instructions[0][7].value;
  bytes[6] = 99; /* beyond the float32 */
  ck_assert_uint_eq(mfg_kernel_hash(kernel_build(&builder)), narrow);
}
END_TEST

/* A flat form with any byte changed, or cut short, gives a kernel or an error, nothing else. */
START_TEST(damaged_flat_forms_are_refused) {
  kernel_builder builder;
  builds[_i](&builder);
  size_t size;
  unsigned char *flat = flatten(kernel_build(&builder), &size);
  for (size_t i = 0; i < size; i++) {
    void *memory = NULL;
    mfg_kernel_description *kernel = NULL;
    unsigned char *cut = malloc(i + 1);
    ck_assert_ptr_nonnull(cut);
    memcpy(cut, flat, i);
    ck_assert_int_eq(mfg_kernel_deserialise(cut, i, &memory, &kernel, NULL),
                     MFG_ERROR_INVALID_ARGUMENT);
    free(cut);
    flat[i] ^= 0xFF;
    if (mfg_kernel_deserialise(flat, size, &memory, &kernel, NULL) == MFG_OK) {
      ck_assert_int_eq(mfg_kernel_validate(kernel, NULL), MFG_OK);
      free(memory);
    }
    flat[i] ^= 0xFF;
  }
  free(flat);
}
END_TEST

START_TEST(a_wrong_beginning_is_told) {
  char text[128], bytes[256] = {0};
  mfg_plugin_error error = {.struct_size = sizeof error, .text = text, .text_capacity = 128};
  void *memory;
  mfg_kernel_description *kernel;
  ck_assert_int_eq(mfg_kernel_deserialise(bytes, sizeof bytes, &memory, &kernel, &error),
                   MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_str_eq(text, "flat kernel: begins with 00000000, expected 314b464d");
}
END_TEST

/* ---- the listing ---------------------------------------------------------------------------- */

START_TEST(a_listing_reads_like_the_kernel) {
  kernel_builder builder;
  char text[3000];
  build_reduce_sample(&builder);
  size_t length = mfg_kernel_print(kernel_build(&builder), text, sizeof text);
  ck_assert_uint_eq(length, strlen(text));
  ck_assert_str_eq(text, "kernel of rank 2, 32-bit offsets\n"
                         "operand 0: float64 read (*, *)\n"
                         "operand 1: float64 read gather (*, *)\n"
                         "operand 2: bool read (*, *)\n"
                         "operand 3: float64 write (*, *)\n"
                         "operand 4: bool write (*, *)\n"
                         "scalar 0: float64\n"
                         "prologue:\n"
                         "  %0 = load operand 0 : float64\n"
                         "  %1 = load operand 0 at (0, +1, clamp) : float64\n"
                         "  %2 = load operand 2 at (1, -1, constant false) : bool\n"
                         "  %3 = scalar 0 : float64\n"
                         "  %4 = index along 1 at (0, +1, clamp) : int64\n"
                         "  %5 = gather %4 operand 1 along 1 : float64\n"
                         "  %6 = subtract %1, %0 : float64\n"
                         "  %7 = constant 2 : float64\n"
                         "  %8 = multiply %6, %7 : float64\n"
                         "  %9 = select %2, %8, %3 : float64\n"
                         "  %10 = less %0, %5 : bool\n"
                         "  %11 = convert %9 : int32\n"
                         "  %12 = bitwise_and %11, %11 : int32\n"
                         "  %13 = extent along 0 : int64\n"
                         "reduce over (1): sum %9, any %10\n"
                         "epilogue:\n"
                         "  %0 = result 0 : float64\n"
                         "  %1 = result 1 : bool\n"
                         "  %2 = multiply %0, %0 : float64\n"
                         "operand 3 = %2\n"
                         "operand 4 = %1\n");
  char small[10];
  ck_assert_uint_eq(mfg_kernel_print(kernel_build(&builder), small, sizeof small), length);
  ck_assert_str_eq(small, "kernel of");
}
END_TEST

START_TEST(each_pattern_is_listed) {
  static const char *const lines[] = {"reduce over (1): sum %9, any %10\n", "map\n",
                                      "scan along 0 reverse: product %0\n",
                                      "line_solve along 0 cyclic: lower %1, diagonal %2, upper "
                                      "%1, right %0\n"};
  kernel_builder builder;
  char text[3000];
  builds[_i](&builder);
  mfg_kernel_print(kernel_build(&builder), text, sizeof text);
  ck_assert_msg(strstr(text, lines[_i]) != NULL, "%s", text);
}
END_TEST

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: %s docs/api/kernel.md\n", arguments[0]);
    return EXIT_FAILURE;
  }
  specification = arguments[1];
  Suite *suite = suite_create("descriptions");
  TCase *facts = tcase_create("facts");
  tcase_add_test(facts, operations_have_the_facts_of_the_table);
  tcase_add_test(facts, the_specification_has_the_rows_of_the_table);
  tcase_add_test(facts, types_and_statuses_have_names);
  tcase_add_test(facts, an_error_text_is_cut_at_its_capacity);
  suite_add_tcase(suite, facts);
  TCase *flat = tcase_create("flat form and listing");
  tcase_add_loop_test(flat, a_flat_kernel_comes_back, 0, 4);
  tcase_add_loop_test(flat, a_short_target_is_not_overrun, 0, 4);
  tcase_add_test(flat, equal_kernels_have_equal_bytes);
  tcase_add_loop_test(flat, damaged_flat_forms_are_refused, 0, 4);
  tcase_add_test(flat, a_wrong_beginning_is_told);
  tcase_add_test(flat, a_listing_reads_like_the_kernel);
  tcase_add_loop_test(flat, each_pattern_is_listed, 0, 4);
  suite_add_tcase(suite, flat);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
