# SPDX-License-Identifier: LGPL-2.1-or-later
"""The counting of test cases: a failure must never be counted away."""

import sys
import unittest

sys.path.insert(0, sys.argv.pop(1))
import cases  # noqa: E402 (found beside the scripts that use it)
from cases import Count  # noqa: E402


def test_entry(result, stdout=None, stderr=None):
    entry = {"name": "a test", "result": result, "returncode": 0}
    if stdout is not None:
        entry["stdout"] = stdout
    if stderr is not None:
        entry["stderr"] = stderr
    return entry


class OfTest(unittest.TestCase):
    def counted(self, expected, *entry):
        self.assertEqual(cases.of_test(test_entry(*entry)), Count(*expected))

    def test_a_program_without_a_closing_line_is_one_case(self):
        self.counted((1, 0, 0), "OK", "hello\n")
        self.counted((1, 0, 0), "OK")
        self.counted((0, 1, 0), "FAIL", "hello\n")
        self.counted((0, 0, 1), "SKIP", "no device here\n")

    def test_the_suites_of_a_check_program_are_added(self):
        self.counted((12, 0, 0), "OK",
                     "Running suite(s): a\n100%: Checks: 5, Failures: 0, Errors: 0\n"
                     "Running suite(s): b\n100%: Checks: 7, Failures: 0, Errors: 0\n")

    def test_failures_and_errors_of_check_are_failed_cases(self):
        self.counted((3, 2, 0), "FAIL", "60%: Checks: 5, Failures: 1, Errors: 1\na.c:3:F: no\n")

    def test_a_program_that_dies_after_its_closing_line_has_a_failed_case(self):
        self.counted((5, 1, 0), "FAIL", "100%: Checks: 5, Failures: 0, Errors: 0\n")
        self.counted((0, 1, 0), "TIMEOUT", "")
        self.counted((0, 1, 0), "ERROR")

    def test_a_failure_told_by_a_program_that_ends_well_still_counts(self):
        self.counted((4, 1, 0), "OK", "80%: Checks: 5, Failures: 1, Errors: 0\n")

    def test_an_empty_suite_has_failed(self):
        self.counted((0, 1, 0), "OK", "100%: Checks: 0, Failures: 0, Errors: 0\n")

    def test_a_plain_closing_line_is_read(self):
        self.counted((7, 0, 2), "OK", "PASS one\n7 passed, 0 failed, 2 skipped\n")
        self.counted((7, 1, 0), "FAIL", "7 passed, 1 failed\n")

    def test_numbers_inside_a_sentence_are_no_closing_line(self):
        self.counted((1, 0, 0), "OK", "so 7 passed, 1 failed in the past\n")

    def test_unittest_is_read_from_its_error_stream(self):
        self.counted((9, 0, 0), "OK", "", "....\nRan 9 tests in 0.1s\n\nOK\n")
        self.counted((5, 3, 1), "FAIL", "",
                     "Ran 9 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=1)\n")


class Add(unittest.TestCase):
    def test_counts_are_added_by_column(self):
        self.assertEqual(cases.add([Count(1, 2, 3), Count(10, 20, 30)]), Count(11, 22, 33))
        self.assertEqual(cases.add([]), Count(0, 0, 0))


if __name__ == "__main__":
    unittest.main()
