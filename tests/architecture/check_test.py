# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the architecture check over small trees with one violation each: every one must be found."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import check
import rules
from tree import Tree

LGPL = "// SPDX-License-Identifier: LGPL-2.1-or-later\n"
MIT = "// SPDX-License-Identifier: MIT\n"
FORMAT = Path(__file__).resolve().parents[2] / ".clang-format"

CLEAN = {
    ".clang-format": FORMAT.read_text(encoding="utf-8"),
    "plugin-api/include/mfg/plugin.h": MIT + "#include <stdint.h>\nenum { MFG_DEVICE_KIND_CPU };\n",
    "plugin-api/sdk/queue.c": MIT + '#include "queue.h"\n#include <math.h>\n'
                              "#include <mfg/plugin.h>\n",
    "plugin-api/sdk/queue.h": MIT,
    "core/include/mfg/array.h": LGPL + "#include <mfg/plugin.h>\n#define MFG_API\n"
                                "typedef struct mfg_array mfg_array;\n"
                                "MFG_API void mfg_array_release(mfg_array *array);\n",
    "core/array/array.c": LGPL + '#include "array.h"\n#include <ltdl.h>\n#include <mfg/array.h>\n'
                          "// The opencl of a comment is no name.\n"
                          "int kind = MFG_DEVICE_KIND_CPU;\n"
                          'char const *const words = "CPU ISA level";\n',
    "core/array/array.h": LGPL,
    "core/selection/preference.c": LGPL + 'char const *const preference[] = {"cuda", "cpu"};\n',
    "plugins/common/emit.h": LGPL,
    "plugins/simple/meson.build": "# SPDX-License-Identifier: LGPL-2.1-or-later\n",
    "plugins/simple/simple.c": LGPL + '#include "../common/emit.h"\n#include <CL/cl.h>\n'
                               "#include <mfg/plugin.h>\nint mfg_backend_query(void);\n"
                               "int mfg_backend_query(void) {\n  return 0;\n}\n",
    "solvers/include/mfg/solver.h": LGPL + "#include <mfg/array.h>\n",
    "solvers/grid.c": LGPL + "#include <math.h>\n#include <mfg/array.h>\n#include <mfg/solver.h>\n",
    "tools/solve.c": LGPL + "#include <hdf5.h>\n#include <mfg/solver.h>\n",
    "tests/grid_test.c": LGPL + '#include "../solvers/grid.c"\n#include <check.h>\n',
}

# A rule, the file that breaks it, and what stands in the file.
SOURCE_VIOLATIONS = [
    ("include arrows", "plugin-api/sdk/bad.c", MIT + "#include <mfg/array.h>\n"),
    ("include arrows", "plugin-api/sdk/bad.c", MIT + "#include <pthread.h>\n"),
    ("include arrows", "plugin-api/include/mfg/bad.h", MIT + "#include <sys/types.h>\n"),
    ("include arrows", "plugins/simple/bad.c", LGPL + "#include <mfg/array.h>\n"),
    ("include arrows", "plugins/simple/bad.c", LGPL + '#include "../../core/array/array.h"\n'),
    ("include arrows", "core/array/bad.c", LGPL + "#include <mfg/solver.h>\n"),
    ("include arrows", "core/array/bad.c", LGPL + '#include "common/emit.h"\n'),
    ("include arrows", "solvers/bad.c", LGPL + '#include "array/array.h"\n'),
    ("include arrows", "solvers/bad.c", LGPL + "#include <array/array.h>\n"),
    ("include arrows", "solvers/bad.c", LGPL + '#include "queue.h"\n'),
    ("include arrows", "tools/bad.c", LGPL + '#include "../solvers/grid.c"\n'),
    ("include arrows", "tools/bad.c", LGPL + "#include <mfg/nowhere.h>\n"),
    ("solvers name no backend", "solvers/bad.c", LGPL + 'char const *name = "cpu";\n'),
    ("solvers name no backend", "solvers/bad.c", LGPL + "int kind = MFG_DEVICE_KIND_CPU;\n"),
    ("solvers name no backend", "solvers/bad.c", LGPL + "int use_OpenCL_here = 1;\n"),
    ("solvers name no backend", "solvers/meson.build",
     "# SPDX-License-Identifier: LGPL-2.1-or-later\ndependency('cuda')\n"),
    ("core names no backend outside selection", "core/array/bad.c",
     LGPL + 'char const *name = "mfg-backend-cuda.so";\n'),
    ("core names no backend outside selection", "core/array/bad.c",
     LGPL + "int cpu_is_chosen = 1;\n"),
    ("licence lines", "core/array/bad.c", "int nothing;\n"),
    ("licence lines", "plugin-api/sdk/bad.c", LGPL),
    ("licence lines", "solvers/bad.c", MIT),
    ("licence lines", "tools/bad", "#!/bin/sh\n"),
    ("no path of a machine", "docs/bad.md", "See /" + "work/notes for more.\n"),
    ("no path of a machine", "docs/bad.md", "See /" + "tmp/wt/notes for more.\n"),
    ("no path of a machine", "docs/bad.md", "Fetch it from pypi" + ".org first.\n"),
    ("file lengths", "core/array/bad.c", LGPL + "int nothing;\n" * 600),
    ("formatting", "core/array/bad.c", LGPL + "int   nothing ;\n"),
]

EXPORTS_TWO = "int mfg_backend_query(void) { return 0; }\nint another(void) { return 0; }\n"
EXPORTS_ONE = "int mfg_backend_query(void) { return 0; }\n"


def write(root, files):
    for name, text in files.items():
        path = Path(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def broken_rules(root, build=None):
    return {name for name, found, _ in check.violations(Tree(root), build) if found}


class SourceRules(unittest.TestCase):
    def broken_by(self, files):
        with tempfile.TemporaryDirectory() as root:
            write(root, {**CLEAN, **files})
            return broken_rules(root)

    def test_a_clean_tree_breaks_no_rule(self):
        self.assertEqual(self.broken_by({}), set())

    def test_every_rule_has_a_violation_here(self):
        self.assertEqual({rule for rule, _, _ in SOURCE_VIOLATIONS}, set(rules.OF_SOURCES))

    def test_each_violation_is_found_by_its_rule_alone(self):
        for rule, name, text in SOURCE_VIOLATIONS:
            with self.subTest(rule=rule, name=name, text=text[-60:]):
                if rule == "formatting":
                    try:
                        rules.formatter()
                    except rules.Skip as reason:
                        self.skipTest(str(reason))
                self.assertEqual(self.broken_by({name: text}), {rule})

    def test_build_directories_are_not_looked_at(self):
        self.assertEqual(self.broken_by({"build-x/bad.c": "int   nothing ;\n"}), set())


class BuildRules(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        write(self.root, CLEAN)

    def link(self, name, code, *options):
        library = self.root / "build" / name
        write(self.root, {f"build/{name}.c": code})
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, f"{library}.c", *options],
                       check=True)

    def broken_by(self, code, *options):
        self.link("core/libmfg.so", "void mfg_array_release(void) {}\n")
        self.link("plugins/simple/mfg-backend-simple.so", code, *options)
        return broken_rules(self.root, self.root / "build")

    def test_a_clean_build_breaks_no_rule(self):
        self.assertEqual(self.broken_by(EXPORTS_ONE, "-Wl,-z,now"), set())

    def test_a_second_export_is_found(self):
        self.assertEqual(self.broken_by(EXPORTS_TWO, "-Wl,-z,now"),
                         {"plugins export the query alone"})

    def test_a_missing_query_is_found(self):
        self.assertEqual(self.broken_by("static int unused = 0;\nint *u(void);\n", "-Wl,-z,now"),
                         {"plugins export the query alone"})

    def test_a_library_of_ours_is_found(self):
        self.link("core/libmfg-ours.so", "int ours(void) { return 0; }\n")
        self.assertEqual(self.broken_by(EXPORTS_ONE, "-Wl,-z,now", "-Wl,--no-as-needed",
                                        f"-L{self.root / 'build/core'}", "-lmfg-ours"),
                         {"plugins link nothing of ours"})

    def test_lazy_binding_is_found(self):
        self.assertEqual(self.broken_by(EXPORTS_ONE, "-Wl,-z,lazy"),
                         {"plugins link nothing of ours"})

    def test_a_plugin_that_was_not_built_is_found(self):
        self.link("core/libmfg.so", "void mfg_array_release(void) {}\n")
        self.assertEqual(broken_rules(self.root, self.root / "build"), {"every plugin is built"})

    def test_a_function_that_nothing_defines_is_found(self):
        self.link("plugins/simple/mfg-backend-simple.so", EXPORTS_ONE, "-Wl,-z,now")
        self.assertEqual(broken_rules(self.root, self.root / "build"),
                         {"libraries export what they declare"})

    def test_a_function_that_no_header_declares_is_found(self):
        self.broken_by(EXPORTS_ONE, "-Wl,-z,now")
        self.link("core/libmfg.so", "void mfg_array_release(void) {}\nvoid mfg_leaked(void) {}\n")
        self.assertEqual(broken_rules(self.root, self.root / "build"),
                         {"libraries export what they declare"})


class Main(unittest.TestCase):
    def test_the_status_tells_whether_a_rule_was_broken(self):
        script = Path(__file__).with_name("check.py")
        with tempfile.TemporaryDirectory() as root:
            write(root, CLEAN)
            clean = subprocess.run([sys.executable, "-B", script, root], capture_output=True,
                                   text=True, check=False)
            write(root, {"core/bad.c": "int nothing;\n"})
            dirty = subprocess.run([sys.executable, "-B", script, root], capture_output=True,
                                   text=True, check=False)
        self.assertEqual((clean.returncode, dirty.returncode), (0, 1))
        self.assertIn("core/bad.c: has no 'SPDX", dirty.stdout)
        self.assertRegex(dirty.stdout, r"\n\d+ passed, 1 failed, \d+ skipped\n$")


if __name__ == "__main__":
    unittest.main()
