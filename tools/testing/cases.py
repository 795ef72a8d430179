# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts test cases from meson's JSON log: a test program holds many, and a person wants them all.

Understood are the closing lines of Check, of Python's unittest, and the plain line
"N passed, N failed, N skipped"."""

import json
import re
from collections import namedtuple

Count = namedtuple("Count", "passed failed skipped")

CHECK_LINE = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$", re.MULTILINE)
PLAIN_LINE = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.MULTILINE)
UNITTEST_LINE = re.compile(r"^Ran (\d+) tests? in .*\n\n(?:OK|FAILED)(?: \((.*)\))?$", re.MULTILINE)

PASSED = ("OK", "EXPECTEDFAIL")
SKIPPED = ("SKIP",)


def add(counts):
    counts = list(counts)
    return Count(*(sum(column) for column in zip(*counts))) if counts else Count(0, 0, 0)


def of_unittest(total, details):
    """The details are like `failures=1, errors=2, skipped=3`."""
    numbers = dict(part.split("=") for part in details.split(", ") if part)
    failed = sum(int(numbers.get(name, 0))
                 for name in ("failures", "errors", "unexpected successes"))
    skipped = int(numbers.get("skipped", 0))
    return Count(max(int(total) - failed - skipped, 0), failed, skipped)


def of_output(text):
    """The cases that a program's own closing lines tell of, or None where there is none."""
    checks = [tuple(map(int, found)) for found in CHECK_LINE.findall(text)]
    counts = [Count(total - failures - errors, failures + errors, 0)
              for total, failures, errors in checks]
    counts += [Count(*(int(number or 0) for number in found)) for found in PLAIN_LINE.findall(text)]
    counts += [of_unittest(*found) for found in UNITTEST_LINE.findall(text)]
    return add(counts) if counts else None


def of_test(entry):
    """The cases of one test of meson's log.

    A program that failed has at least one failed case, whatever its summary says: it may have died
    after the summary, or a sanitizer may have spoken at its end. One that ran no case at all has
    failed, because an empty suite looks like a passing one."""
    told = of_output("\n".join(entry.get(stream) or "" for stream in ("stdout", "stderr")))
    if entry["result"] in SKIPPED:
        return Count(0, 0, 1)
    if entry["result"] in PASSED:
        if told is None:
            return Count(1, 0, 0)
        return told if sum(told) else Count(0, 1, 0)
    told = told or Count(0, 0, 0)
    return told._replace(failed=max(told.failed, 1))


def read_log(path):
    with open(path, encoding="utf-8", errors="replace") as log:
        return [json.loads(line) for line in log if line.strip()]
