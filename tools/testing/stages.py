# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stages of tools/run-tests, one after the other, and the closing line that adds them up."""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import cases
import installed_tree

ROOT = Path(__file__).resolve().parents[2]
JOBS = str(os.cpu_count() or 1)

# Check's cases with this tag fork while threads run. In the child the sanitizer's allocator may be
# locked for ever, and valgrind takes for a leak what the threads held.
CASES_LEFT_OUT = {"CK_EXCLUDE_TAGS": "uninstrumented"}
SANITIZER_ENVIRONMENT = {
    **CASES_LEFT_OUT,
    # detect_stack_use_after_return is off: with it GCC 12 places vectors of 64 bytes on stack frames
    # that are not aligned for them, and the plugins' vector code dies.
    "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=0",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}

# Only memory that nothing points to any more is a leak: threads that live until the process ends
# keep theirs reachable from inside. Programs of the system that a test starts are not followed.
# Valgrind runs one thread at a time; a fair turn keeps one that waits from starving the others.
VALGRIND = ["valgrind", "--quiet", f"--suppressions={ROOT / 'tools/testing/valgrind.supp'}",
            "--error-exitcode=99", "--leak-check=full",
            "--errors-for-leak-kinds=definite", "--trace-children=yes", "--fair-sched=try",
            "--trace-children-skip=/bin/*,/usr/bin/*,/usr/sbin/*"]


def run(command, **options):
    return subprocess.run([str(word) for word in command], cwd=ROOT, stdin=subprocess.DEVNULL,
                          check=False, **options).returncode


def build(directory, *options):
    """Configures and compiles; false where that failed (the tools have then said why)."""
    return (run([ROOT / "tools/configure-build", directory, *options]) == 0
            and run(["ninja", "-C", directory, "-j", JOBS]) == 0)


def show_failure(entry):
    print(f"\n--- {entry['name']}: {entry['result']}, exit status {entry['returncode']}")
    print("    " + " ".join(entry["command"]))
    for stream in ("stdout", "stderr"):
        for line in (entry.get(stream) or "").splitlines():
            print("    " + line)


def run_meson_tests(directory, *options, log="testlog", slowness=1, environment=None):
    """Runs the tests that the options choose, shows what failed, and counts their cases.

    `slowness` multiplies the time limits of meson and those that Check sets inside the programs."""
    # Meson adds a wrapper's name to the log's.
    logs = f"meson-logs/{log}*.json"
    for old in directory.glob(logs):
        old.unlink()
    status = run(["meson", "test", "-C", directory, "--num-processes", JOBS, "--logbase", log,
                  "--timeout-multiplier", str(slowness), *options],
                 env={**os.environ, "CK_TIMEOUT_MULTIPLIER": str(slowness), **(environment or {})})
    entries = [entry for written in directory.glob(logs) for entry in cases.read_log(written)]
    counts = []
    for entry in entries:
        count = cases.of_test(entry)
        counts.append(count)
        if count.failed:
            show_failure(entry)
    total = cases.add(counts)
    if not entries:
        print("FAIL: no test was run")
        return cases.Count(0, 1, 0)
    if status != 0 and total.failed == 0:
        print(f"FAIL: meson test ended with status {status}")
        return total._replace(failed=1)
    return total


def broken_build():
    print("FAIL: the build is broken, see above")
    return cases.Count(0, 1, 0)


def plain_stage():
    """The test programs and the architecture check, in an optimised build that can be installed."""
    directory = ROOT / "build-tests"
    if not build(directory, "-Dtests=true", "-Ddebug=true", f"--prefix={directory / 'installed'}"):
        return broken_build()
    return run_meson_tests(directory, "--no-suite", "driver")


def driver_stage():
    """Arrays, solvers and kernels on backends whose driver compiles each kernel: slow, and so apart."""
    return run_meson_tests(ROOT / "build-tests", "--no-rebuild", "--suite", "driver", log="driver",
                           slowness=2)


def installed_stage():
    """What a consumer sees: headers, pkg-config files, the plugin template, the installed tools."""
    directory = ROOT / "build-tests"
    prefix = directory / "installed"
    shutil.rmtree(prefix, ignore_errors=True)
    try:
        return installed_tree.check(ROOT, directory, prefix)
    finally:
        shutil.rmtree(prefix, ignore_errors=True)


def sanitizer_stage():
    """Everything again, compiled with AddressSanitizer and UndefinedBehaviorSanitizer.

    Instrumented code makes the compiler warn where there is nothing wrong (a null test that the
    sanitizer added, say), so warnings are errors in the first stage only."""
    directory = ROOT / "build-sanitize"
    if not build(directory, "-Dtests=true", "-Db_sanitize=address,undefined",
                 "-Dbuildtype=debugoptimized", "-Dwerror=false"):
        return broken_build()
    return run_meson_tests(directory, "--no-suite", "architecture", "--no-suite", "driver", slowness=5,
                           environment=SANITIZER_ENVIRONMENT)


def valgrind_stage():
    """The small cases (all but the suite `large`), as compiled for the first stage."""
    return run_meson_tests(ROOT / "build-tests", "--no-rebuild", "--no-suite", "architecture",
                           "--no-suite", "large", "--no-suite", "driver", "--wrapper", shlex.join(VALGRIND),
                           log="small", slowness=30, environment=CASES_LEFT_OUT)


def fuzz_stage():
    """A short run of every fuzzer, built with clang."""
    if shutil.which("clang") is None:
        print("FAIL: clang is not installed")
        return cases.Count(0, 1, 0)
    failed = run([ROOT / "tools/testing/fuzz", ROOT / "build-fuzz"]) != 0
    return cases.Count(0 if failed else 1, 1 if failed else 0, 0)


def main():
    parser = argparse.ArgumentParser(prog="run-tests")
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()

    stages = [("tests", plain_stage), ("installed tree", installed_stage),
              ("AddressSanitizer and UndefinedBehaviorSanitizer", sanitizer_stage)]
    if arguments.all:
        stages += [("drivers", driver_stage), ("valgrind", valgrind_stage), ("fuzzers", fuzz_stage)]

    results = []
    for number, (name, stage) in enumerate(stages, 1):
        print(f"\n=== Stage {number} of {len(stages)}: {name}", flush=True)
        start = time.monotonic()
        count = stage()
        results.append((name, count, time.monotonic() - start))
        sys.stdout.flush()

    print("\n=== Stages")
    for name, count, seconds in results:
        print(f"{name}: {count.passed} passed, {count.failed} failed, {count.skipped} skipped "
              f"in {seconds:.0f} s")
    total = cases.add(count for _, count, _ in results)
    print(f"\n{total.passed} passed, {total.failed} failed, {total.skipped} skipped", flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
