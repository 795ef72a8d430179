# SPDX-License-Identifier: LGPL-2.1-or-later
"""usage: input_test.py MFG_SOLVE PLUGIN DYING_PLUGIN SOURCES

Wrong and hostile input: each ends with status 2 in a moment, prints nothing on standard output,
and says which file, which line, what was found and what was expected."""

import time
import unittest

from program import PROBLEM, SolveCase

START = "initial_density: 1 + 0.5*cos(2*pi*x)"

# What is replaced in the problem, by what, where the answer points, and words in it.
CHANGES = [
    # keys
    ("modle", "model:", "modle:", "6:1:", ["unknown key 'modle'", "did you mean 'model'?"]),
    ("bondary", "boundary", "bondary", "4:47:", ["in domain[0]", "did you mean 'boundary'?"]),
    ("tolernace", "tolerance", "tolernace", "12:10:", ["did you mean 'tolerance'?"]),
    ("far off", "title:", "qqqqqqqq:", "1:1:", ["expected title, parameters, domain"]),
    ("twice", "time:", "title: again\ntime:", "5:1:", ["'title' a second time"]),
    ("parameter twice", "nu: 0.1,", "nu: 0.1, nu: 0.2,", "2:23:", ["'nu' a second time"]),
    ("missing", "  viscosity: nu\n", "", "7:3:", ["no 'viscosity' in model"]),
    ("cut at a comma", "{tolerance: 1e-8", "{damping: max(1, 1)", "12:26:", ["must be quoted"]),
    # kinds of nodes
    ("list for a text", "A small crowd", "[a]", "1:8:", ["found a list; expected a text"]),
    ("nothing", "coupling: 0.5*m", "coupling:", "9:12:", ["found nothing"]),
    ("mapping for a number", "horizon: 0.5", "horizon: {a: 1}", "5:17:", ["found a mapping"]),
    ("text for a list", "[0.25]", "0.25", "14:26:", ["expected a list"]),
    ("axis for a domain", "  - {name", "  {name", "4:3:", ["expected a list of one to three"]),
    ("empty domain", "domain:\n  - {", "domain: []\nx: {", "4:1:", ["unknown key 'x'"]),
    ("tab", "  viscosity: nu", "\tviscosity: nu", "7:1:", ["does not indent with tabs"]),
    # expressions
    ("norm", "0.5*|p|^2", "|p|^2", "8:17:", ['expected the expression in quotes: hamiltonian: "|p|^2"']),
    ("choice", "0.5*m", "x < 0.5 ? 1 : 0", "9:25:", ['coupling: "x < 0.5 ? 1 : 0"']),
    ("negation", "0.5*m", "!(x < 0.5)", "9:13:", ['coupling: "!(x < 0.5)"']),
    ("alias", "0.5*m", "*m", "9:13:", ['coupling: "*m"']),
    ("anchor", "0.5*m", "&m", "9:13:", ['coupling: "&m"']),
    ("in braces", "viscosity: nu\n  hamiltonian: 0.5*|p|^2", "{viscosity: nu, hamiltonian: |p|^2}",
     "7:32:", ['hamiltonian: "|p|^2"']),
    ("operator", "0.5*m", "m +* 2", "9:16:", ["found '*'", "m +* 2\n       ^"]),
    ("quoted operator", "0.5*m", '"m +* 2"', "9:17:", ["found '*'"]),
    ("unknown name", "0.5*|p|^2", "0.5*|q|^2", "8:21:", ["unknown name 'q'"]),
    ("parenthesis", "0.5*m", "((0.5*m", "9:", ["expected ')'"]),
    # values
    ("negative viscosity", "viscosity: nu", "viscosity: -nu", "7:14:", ["found -0.1"]),
    ("infinite parameter", "nu: 0.1", "nu: 1/0", "2:18:", ["expected a finite number"]),
    ("NaN", "viscosity: nu", "viscosity: 0/0", "7:14:", ["is nan, expected a finite number"]),
    ("YAML's NaN", "viscosity: nu", "viscosity: .nan", "7:14:", ["'.'"]),
    ("no cells", "2*n", "0", "4:42:", ["found 0"]),
    ("half a cell", "2*n", "2.5", "4:42:", ["found 2.5, expected a whole number"]),
    ("too many cells", "2*n", "1e18", "4:42:", ["found 1e+18"]),
    ("no steps", "steps: n", "steps: 0", "5:29:", ["found 0"]),
    ("no time", "horizon: 0.5", "horizon: 0", "5:17:", ["expected a number above 0"]),
    ("upside down", "upper: 1", "upper: 0", "4:32:", ["found 0"]),
    ("boundary", "periodic", "perodic", "4:57:", ["did you mean 'periodic'?"]),
    ("stationary misspelt", "{horizon: 0.5, steps: n}", "statonary", "5:7:", ["or stationary"]),
    ("method", "tolerance: 1e-8", "method: andersen", "12:18:", ["did you mean 'anderson'?"]),
    ("precision", "tolerance: 1e-8", "precision: double", "12:21:", ["float64 or float32"]),
    ("tolerance", "1e-8", "0", "12:21:", ["found 0; expected a number above 0"]),
    ("iterations", "60", "1.5", "12:43:", ["found 1.5; expected a whole number"]),
    ("damping", "tolerance: 1e-8", "damping: 1.5", "12:19:", ["found 1.5"]),
    ("depth", "tolerance: 1e-8", "anderson_depth: 21", "12:26:", ["from 1 to 20"]),
    ("continuation", "tolerance: 1e-8", "continuation: 2", "12:24:", ["expected none"]),
    ("negative density", START, "initial_density: -1", "11:20:", ["expected numbers that are not"]),
    ("no density", START, "initial_density: 0", "11:20:", ["expected some mass"]),
    ("infinite coupling", "0.5*m", "log(-1)", "9:13:", ["not a finite number"]),
    ("normalise", START, START + "\n  normalise: maybe", "12:14:", ["expected true or false"]),
    # probes
    ("probe outside", "at: [0.5]", "at: [2]", "15:30:", ["found 2; expected a number from 0 to 1"]),
    ("probe after", "t: 0.25,", "t: 1,", "15:19:", ["from 0 to 0.5"]),
    ("probe of two", "at: [0.5]", "at: [0, 1]", "15:29:", ["found 2 numbers; expected 1"]),
    ("probe of v", "field: m", "field: v", "15:13:", ["found 'v'; expected u or m"]),
    ("probe without time", "t: 0.25, ", "", "15:5:", ["no 't' in probes[1]"]),
    # names
    ("axis u", "name: x", "name: u", "4:12:", ["an axis named 'u'"]),
    ("axis mesh", "name: x", "name: mesh", "4:12:", ["an axis named 'mesh'"]),
    ("axis 1x", "name: x", "name: 1x", "4:12:", ["'1x' cannot be the name"]),
    ("axis e", "name: x", "name: e", "4:12:", ["'e' cannot be the name"]),
    ("long axis", "name: x", "name: " + "x" * 64, "4:12:", ["found a name of 64 bytes"]),
    ("parameter pi", "nu: 0.1", "pi: 3, nu: 0.1", "2:", ["pi"]),
    # texts
    ("two documents", "title:", "--- {}\n---\ntitle:", "3:1:", ["a second YAML document"]),
    ("NUL in quotes", "A small crowd", '"a\\0b"', "1:8:", ["found a NUL character"]),
    ("tag", "A small crowd", "!!python/object:os.system a", "1:8:", ["in quotes"]),
    ("merge", "model:\n", "model:\n  <<: {viscosity: 1}\n", "7:3:", ["unknown key '<<'"]),
]

RAW = {
    "empty": (b"", "no content"),
    "a text": (b"hello", "expected a mapping"),
    "a list": (b"- 1", "found a list"),
    "NUL": (b"title: a\0b", ":1:9: found the byte 0x00"),
    "Latin-1": (b"title: caf\xe9 x", ":1:11: found the byte 0xe9"),
    "overlong": (b"a\n\xc0\xaf", ":2:1: found the byte 0xc0"),
    "UTF-16": ("title: a".encode("utf-16"), "0xff"),
    "open quote": (b'title: "a', "unexpected end"),
    "open bracket": (b"a: [", "expected"),
    "directive": (b"%TAG ! b\n--- {}", "%TAG"),
    "deep list": (b"[" * 1000000, "nested more than 32 deep"),
    "deep mapping": (b"{a: " * 1000000, "nested more than 32 deep"),
    "deep block": (b"- " * 1000000, "nested more than 32 deep"),
    "anchors": (b"[" + b"&a x," * 100000 + b"]", "more than 100 anchors"),
    "itself": (b"&a [*a]", "found a list"),
}


class Input(SolveCase):
    def refuse(self, *arguments):
        start = time.monotonic()
        done = self.solve(*arguments, "--json", "--output", "r.h5", status=2)
        self.assertLess(time.monotonic() - start, 60)
        self.assertEqual(done.stdout, "")
        self.assertFalse((self.folder / "r.h5").exists())
        self.assertEqual(self.leftovers(), [])
        return done.stderr

    def test_mistakes_are_told_by_place(self):
        for name, old, new, place, words in CHANGES:
            with self.subTest(name):
                self.assertEqual(PROBLEM.count(old) >= 1, True)
                path = self.write(PROBLEM.replace(old, new, 1))
                error = self.refuse(path)
                self.assertTrue(error.startswith(f"{path}:{place}"), error)
                for word in words:
                    self.assertIn(word, error)

    def test_files_that_are_no_problem(self):
        for name, (content, words) in RAW.items():
            with self.subTest(name):
                self.assertIn(words, self.refuse(self.write(content)))

    def test_settings_that_cannot_be(self):
        path = self.write()
        for setting, words in (("mu=1", "expected one of nu, n"), ("nu=", "expected --set"),
                               ("=1", "expected --set"), ("nu", "expected --set"),
                               ("nu=1+", "--set nu=1+: parameters.nu: "),
                               ("n=nu", "found 0.2, expected a whole number")):
            with self.subTest(setting):
                self.assertIn(words, self.refuse(path, "--set", setting))
        plain = PROBLEM.replace("parameters: {nu: 0.1, n: 16}\n", "").replace("n}", "4}")
        plain = plain.replace("2*n", "8").replace("viscosity: nu", "viscosity: 1")
        self.assertIn("expected none", self.refuse(self.write(plain), "--set", "nu=1"))

    def test_command_lines_that_cannot_be(self):
        path = self.write()
        for arguments, words in (((), "found no problem file"), (("",), "found an empty name"),
                                 ((path, path), "a second problem"),
                                 ((path, "--outptu=x"), "did you mean --output?"),
                                 ((path, "--backend"), "nothing after"),
                                 ((path, "--backend", "a", "--backend", "b"), "a second '--backend'"),
                                 ((path, "--plot", "a.pdf"), "ends in .png"),
                                 ((path, "--output", "p.png", "--plot", "p.png"), "another name")):
            with self.subTest(arguments=arguments):
                self.assertIn(words, self.solve(*arguments, status=2).stderr)

    def test_files_that_cannot_be_read(self):
        long = "a/" * 2500
        for path, words in ((self.folder / "none.yaml", "No such file"), (self.folder, "directory"),
                            ("x" * 5000, "File name too long"), (long, "File name too long")):
            with self.subTest(path=str(path)[:40]):
                error = self.refuse(path)
                self.assertTrue(error.startswith(f"{path}: found "))
                self.assertIn(words, error)

    def test_enormous_file_is_refused_unread(self):
        path = self.folder / "big.yaml"
        with open(path, "wb") as file:
            file.truncate(1 << 30)
        start = time.monotonic()
        error = self.refuse(path)
        self.assertLess(time.monotonic() - start, 5)
        self.assertIn("found a file of 1073741824 bytes; expected a problem file of at most", error)

    def test_a_hundred_thousand_axes(self):
        axis = "  - {name: x, lower: 0, upper: 1, cells: 2*n, boundary: periodic}\n"
        self.assertIn(axis, PROBLEM)
        path = self.write(PROBLEM.replace(axis, axis * 100000))
        self.assertIn(f"{path}:4:3: found 100000 axes; expected one to three", self.refuse(path))

    def test_more_parameters_than_there_may_be(self):
        names = ", ".join(f"a{i}: {i}" for i in range(300))
        path = self.write(PROBLEM.replace("{nu: 0.1,", "{nu: 0.1, " + names + ","))
        self.assertIn("found 302 parameters; expected at most 256", self.refuse(path))


if __name__ == "__main__":
    unittest.main()
