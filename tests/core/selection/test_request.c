/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The grammar of a selection. */
#include <check.h>
#include <mfg/error.h>
#include <mfg/plugin.h>
#include <selection/request.h>
#include <stdlib.h>
#include <string.h>

static mfg_request_list list;

static void parse(const char *text) {
  ck_assert_msg(mfg_request_parse(text, &list) == MFG_OK, "%s", mfg_last_error());
}

START_TEST(a_name_alone) {
  parse(" my_backend-2 ");
  ck_assert_uint_eq(list.count, 1);
  ck_assert_str_eq(list.items[0].backend, "my_backend-2");
  ck_assert_int_eq(list.items[0].device, MFG_REQUEST_ANY_DEVICE);
  mfg_request_free(&list);
}
END_TEST

START_TEST(a_list_with_devices) {
  parse("one:3, two:name=*H2?0:x ,auto:gpu,auto");
  ck_assert_uint_eq(list.count, 4);
  ck_assert_int_eq(list.items[0].device, MFG_REQUEST_INDEX);
  ck_assert_uint_eq(list.items[0].index, 3);
  ck_assert_int_eq(list.items[1].device, MFG_REQUEST_GLOB);
  ck_assert_str_eq(list.items[1].glob, "*H2?0:x");
  ck_assert_ptr_null(list.items[2].backend);
  ck_assert_uint_eq(list.items[2].kind, MFG_DEVICE_GPU);
  ck_assert_ptr_null(list.items[3].backend);
  ck_assert_uint_eq(list.items[3].kind, 0);
  mfg_request_free(&list);
}
END_TEST

START_TEST(the_largest_index) {
  parse("one:4294967295");
  ck_assert_uint_eq(list.items[0].index, UINT32_MAX);
  mfg_request_free(&list);
}
END_TEST

static const struct {
  const char *text;
  const char *found;
} wrong[] = {{"", "''"},
             {",", "''"},
             {"one,", "''"},
             {"one,,two", "''"},
             {"one two", "'one two'"},
             {"../one", "'../one'"},
             {"one:", "''"},
             {"one:-1", "'-1'"},
             {"one:+1", "'+1'"},
             {"one:1x", "'1x'"},
             {"one:4294967296", "'4294967296'"},
             {"one:99999999999999999999999", "'99999999999999999999999'"},
             {"one:name=", "'name='"},
             {"one:name", "'name'"},
             {"auto:", "''"},
             {"auto:0", "'0'"},
             {"auto:fast", "'fast'"},
             {"\xff", "'\xff'"}};

START_TEST(what_does_not_parse_is_named) {
  ck_assert_int_eq(mfg_request_parse(wrong[_i].text, &list), MFG_ERROR_INVALID_ARGUMENT);
  ck_assert_msg(strstr(mfg_last_error(), wrong[_i].found) != NULL, "%s: %s", wrong[_i].text,
                mfg_last_error());
  ck_assert_ptr_nonnull(strstr(mfg_last_error(), "expected"));
  ck_assert_ptr_null(list.items);
}
END_TEST

START_TEST(a_megabyte_of_commas) {
  enum { SIZE = 1 << 20 };
  char *text = malloc(SIZE + 1);
  ck_assert_ptr_nonnull(text);
  memset(text, ',', SIZE);
  text[SIZE] = '\0';
  ck_assert_int_eq(mfg_request_parse(text, &list), MFG_ERROR_INVALID_ARGUMENT);
  memset(text, 'x', SIZE);
  parse(text);
  ck_assert_uint_eq(strlen(list.items[0].backend), SIZE);
  mfg_request_free(&list);
  free(text);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("request");
  TCase *cases = tcase_create("request");
  tcase_add_test(cases, a_name_alone);
  tcase_add_test(cases, a_list_with_devices);
  tcase_add_test(cases, the_largest_index);
  tcase_add_loop_test(cases, what_does_not_parse_is_named, 0, sizeof wrong / sizeof *wrong);
  tcase_add_test(cases, a_megabyte_of_commas);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
