# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of mfg-solve share: the program, a folder of their own, and a small problem."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM, PLUGIN, DYING, SOURCES = (Path(argument).resolve() for argument in sys.argv[1:5])
del sys.argv[1:5]

PROBLEM = """\
title: A small crowd
parameters: {nu: 0.1, n: 16}
domain:
  - {name: x, lower: 0, upper: 1, cells: 2*n, boundary: periodic}
time: {horizon: 0.5, steps: n}
model:
  viscosity: nu
  hamiltonian: 0.5*|p|^2
  coupling: 0.5*m
  terminal_cost: 0.1*cos(2*pi*x)
  initial_density: 1 + 0.5*cos(2*pi*x)
solver: {tolerance: 1e-8, max_iterations: 60}
probes:
  - {field: u, t: 0, at: [0.25]}
  - {field: m, t: 0.25, at: [0.5]}
"""


def h5dump(*arguments):
    return subprocess.run(["h5dump", *map(str, arguments)], capture_output=True, text=True,
                          check=True).stdout


def dataset(path, name):
    """The numbers of a dataset, in C order."""
    text = h5dump("-y", "-w", "0", "-m", "%.17g", "-d", name, path)
    data = text[text.index("DATA {") + len("DATA {"):text.index("}", text.index("DATA {"))]
    return [float(word) for word in data.replace(",", " ").split()]


class SolveCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def environment(self, **variables):
        kept = {key: value for key, value in os.environ.items()
                if not key.startswith(("MFG_", "XDG_"))}
        kept |= {"MFG_BACKEND_PATH": str(PLUGIN.parent), "XDG_CACHE_HOME": str(self.folder),
                 "MFG_PROBE": "never"}
        return kept | {key: str(value) for key, value in variables.items()}

    def write(self, text=PROBLEM, name="problem.yaml"):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def run_program(self, *arguments, **variables):
        """Runs it in the folder of the test; the answer's streams are text."""
        done = subprocess.run([PROGRAM, *arguments], capture_output=True, check=False,
                              cwd=self.folder, timeout=120, stdin=subprocess.DEVNULL,
                              env=self.environment(**variables))
        done.stdout = done.stdout.decode()
        done.stderr = done.stderr.decode()
        return done

    def solve(self, *arguments, status=0, **variables):
        done = self.run_program(*arguments, **variables)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def answer(self, *arguments, status=0, **variables):
        return json.loads(self.solve(*arguments, "--json", status=status, **variables).stdout)

    def leftovers(self):
        return sorted(path.name for path in self.folder.iterdir()
                      if path.name.startswith(".mfg-solve"))
