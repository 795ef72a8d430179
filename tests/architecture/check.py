# SPDX-License-Identifier: LGPL-2.1-or-later
"""usage: check.py SOURCE_ROOT [BUILD_ROOT]

Holds the rules of the tree: a line a rule, the violations below it, and the counts at the end."""

import sys
from pathlib import Path

import rules
from tree import Tree


def violations(tree, build):
    """For each rule its violations, or the reason why it could not be checked."""
    checks = {name: lambda rule=rule: list(rule(tree)) for name, rule in rules.OF_SOURCES.items()}
    if build is not None:
        checks.update({name: lambda rule=rule: list(rule(tree, build))
                       for name, rule in rules.OF_BUILDS.items()})
    for name, check in checks.items():
        try:
            yield name, check(), None
        except rules.Skip as reason:
            yield name, [], str(reason)


def main(arguments):
    tree = Tree(arguments[0])
    build = Path(arguments[1]) if len(arguments) > 1 else None
    passed = failed = skipped = 0
    for name, found, reason in violations(tree, build):
        if reason:
            skipped += 1
            print(f"SKIP {name}: {reason}")
        elif found:
            failed += 1
            print(f"FAIL {name}")
            for where, what in found:
                print(f"  {where}: {what}")
        else:
            passed += 1
            print(f"PASS {name}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
