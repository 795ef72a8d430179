# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks of an installed tree: it must serve people who never see the sources it came from."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import cases

EXAMPLE = "docs/examples/crowd-on-a-ring.yaml"


class Failed(Exception):
    """A check did not hold; the text says what was found."""


def command(words, environment=None):
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, text=True,
                          errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, env=environment)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, words))}\nended with status {done.returncode}:\n"
                     + done.stdout)
    return done.stdout


def one_file(directory, pattern):
    found = sorted(directory.glob(pattern))
    if len(found) != 1:
        raise Failed(f"expected one {pattern} in {directory}, found {len(found)}")
    return found[0]


class InstalledTree:
    """A prefix into which the tree was installed, and the environment of somebody who uses it."""

    def __init__(self, root, build, prefix, scratch):
        self.root, self.build, self.prefix, self.scratch = root, build, prefix, scratch
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith("MFG_")}

    def install(self):
        command(["meson", "install", "-C", self.build, "--no-rebuild", "--quiet"])
        packages = one_file(self.prefix, "**/pkgconfig")
        self.environment["PKG_CONFIG_PATH"] = str(packages)
        self.environment["LD_LIBRARY_PATH"] = str(packages.parent)
        self.environment["XDG_CACHE_HOME"] = str(self.prefix / "cache")

    def flags(self, package, *wanted):
        return command(["pkg-config", *wanted, package], self.environment).split()

    def headers_stand_alone(self):
        """In strict C11 for plugin authors; the arrays ask for GNU extensions."""
        headers = sorted(self.prefix.glob("include/**/*.h"))
        if not headers:
            raise Failed("no header was installed")
        plugin_headers = {path.name for path in self.root.glob("plugin-api/include/mfg/*.h")}
        source = self.scratch / "alone.c"
        for header in headers:
            of_plugins = header.name in plugin_headers
            flags = self.flags("mfg-plugin" if of_plugins else "mfg-solvers", "--cflags")
            name = header.relative_to(self.prefix / "include")
            source.write_text(f"#include <{name}>\n#include <{name}>\nint only_headers_are_here;\n",
                              encoding="utf-8")
            strict = ["-std=c11", "-Wpedantic"] if of_plugins else ["-std=gnu11"]
            for compiler in (["cc", *strict], ["c++", "-x", "c++", "-std=c++14"]):
                command([*compiler, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", *flags, source],
                        self.environment)

    def program_builds_and_runs(self):
        """The example program, which knows its answer, as C and as C++."""
        source = self.root / "docs/examples/heat.c"
        flags = self.flags("mfg", "--cflags", "--libs")
        for name, compiler in (("heat-c", ["cc", "-x", "c"]), ("heat-c++", ["c++", "-x", "c++"])):
            program = self.scratch / name
            command([*compiler, "-Wall", "-Wextra", "-Werror", "-o", program, source, "-x", "none",
                     *flags, "-lm"], self.environment)
            command([program], self.environment)

    def template_builds(self):
        source = self.scratch / "template"
        shutil.copytree(self.root / "plugin-api/template", source)
        command(["meson", "setup", source / "build", source], self.environment)
        command(["ninja", "-C", source / "build"], self.environment)
        self.template = one_file(source / "build", "**/mfg-backend-template.so")

    def template_conforms(self):
        output = command([self.prefix / "bin/mfg-plugin-check", self.template], self.environment)
        count = cases.of_output(output)
        if count is None or count.passed == 0:
            raise Failed(f"mfg-plugin-check passed no case:\n{output}")

    def plugins_are_found(self):
        """The installed plugins lie where the installed library looks by itself."""
        built = {path.stem[len("mfg-backend-"):]
                 for path in self.build.glob("plugins/*/mfg-backend-*.so")}
        told = json.loads(command([self.prefix / "bin/mfg-info", "--json"], self.environment))
        loaded = {plugin["name"] for plugin in told["plugins"] if plugin["status"] == "loaded"
                  and str(self.prefix) in plugin["path"]}
        if not built or built - loaded:
            raise Failed(f"built {sorted(built)}, loaded from {self.prefix}: {sorted(loaded)}")

    def solve(self, name, **variables):
        result = self.scratch / f"{name}.h5"
        told = json.loads(command(
            [self.prefix / "bin/mfg-solve", self.root / EXAMPLE, "--json", "--output", result],
            {**self.environment, **variables}))
        if not told["converged"]:
            raise Failed(f"the example did not converge on {name}: {told}")
        return result, told["backend"]

    def template_solves_alike(self):
        """The same program, another plugin: the answers agree to rounding."""
        ours, backend = self.solve("installed")
        theirs, template = self.solve("template", MFG_BACKEND="template",
                                      MFG_BACKEND_PATH=str(self.template.parent))
        if template != "template" or backend == "template":
            raise Failed(f"solved on {backend} and on {template}")
        for field in ("u", "m"):
            command(["h5diff", "--delta=1e-12", ours, theirs, f"/{field}"])


def check(root, build, prefix):
    """Installs the build into its prefix, checks it, prints a line a check, and counts them."""
    passed = failed = skipped = 0
    with tempfile.TemporaryDirectory(prefix="mfg-installed-") as scratch:
        tree = InstalledTree(root, build, prefix, Path(scratch))
        steps = [("the tree installs", tree.install, []),
                 ("every header stands alone", tree.headers_stand_alone, []),
                 ("a program builds and runs, in C and C++", tree.program_builds_and_runs, []),
                 ("the plugin template builds", tree.template_builds, []),
                 ("the template conforms", tree.template_conforms, ["the plugin template builds"]),
                 ("the installed plugins are found", tree.plugins_are_found, []),
                 ("the template solves the example alike", tree.template_solves_alike,
                  ["the plugin template builds"])]
        broken = set()
        for name, step, needed in steps:
            if broken.intersection(["the tree installs", *needed]):
                print(f"SKIP {name}: an earlier step failed", flush=True)
                skipped += 1
                continue
            try:
                step()
                passed += 1
                print(f"PASS {name}", flush=True)
            except (Failed, OSError, KeyError, ValueError) as error:
                broken.add(name)
                failed += 1
                print(f"FAIL {name}: {error}", flush=True)
    return cases.Count(passed, failed, skipped)
