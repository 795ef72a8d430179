# SPDX-License-Identifier: LGPL-2.1-or-later
"""usage: run_test.py MFG_SOLVE PLUGIN DYING_PLUGIN SOURCES

What mfg-solve answers, writes and leaves behind: results, pictures, exit statuses, checkpoints."""

import json
import os
import re
import resource
import signal
import subprocess
import time
import unittest

from program import DYING, PROBLEM, PROGRAM, SOURCES, SolveCase, dataset, h5dump

KEYS = {"title", "converged", "iterations", "residual", "mass_error", "min_density", "mass_left",
        "backend",
        "device", "method", "precision", "fallbacks", "seconds", "probes", "kernels",
        "peak_device_bytes"}
SLOW = PROBLEM.replace("max_iterations: 60", "max_iterations: 1000000, method: picard, "
                       "damping: 1e-6")


class Answer(SolveCase):
    def test_json_has_every_key_and_nothing_else_is_printed(self):
        answer = self.answer(self.write())
        self.assertEqual(set(answer), KEYS)
        self.assertIs(answer["converged"], True)
        self.assertEqual(answer["title"], "A small crowd")
        self.assertLessEqual(answer["residual"], 1e-8)
        self.assertLessEqual(answer["mass_error"], 1e-12)
        self.assertGreaterEqual(answer["min_density"], 0)
        self.assertEqual(set(answer["seconds"]), {"total", "setup", "solve"})
        self.assertEqual(set(answer["kernels"]), {"launched", "compiled"})
        self.assertEqual([{key: probe[key] for key in ("field", "t", "at")}
                          for probe in answer["probes"]],
                         [{"field": "u", "t": 0, "at": [0.25]},
                          {"field": "m", "t": 0.25, "at": [0.5]}])

    def test_hostile_title_survives_json(self):
        title = '"\\"\\\\ \\x01 \\u00e9 </script> \\n"'
        answer = self.answer(self.write(PROBLEM.replace("A small crowd", title)))
        self.assertEqual(answer["title"], '"\\ \x01 é </script> \n')

    def test_summary_names_the_answer_and_quiet_silences_it(self):
        done = self.solve(self.write())
        self.assertIn("A small crowd", done.stdout)
        self.assertIn("converged after", done.stdout)
        self.assertIn("u(t=0, x=0.25) = ", done.stdout)
        self.assertEqual(done.stderr, "")
        quiet = self.solve(self.write(), "--quiet")
        self.assertEqual(quiet.stdout + quiet.stderr, "")

    def test_settings_replace_parameters(self):
        problem = self.write()
        usual = self.answer(problem)["probes"]
        self.assertEqual(self.answer(problem, "--set", "nu=0.2/2")["probes"], usual)
        other = self.answer(problem, "--set", "nu=0.3", "--set", "nu=0.4")["probes"]
        changed = self.write(PROBLEM.replace("nu: 0.1", "nu: 0.4"), "changed.yaml")
        self.assertNotEqual(other, usual)
        self.assertEqual(other, self.answer(changed)["probes"])

    def test_examples_of_the_documentation_run(self):
        examples = sorted((SOURCES / "docs" / "examples").glob("*.yaml"))
        self.assertTrue(examples)
        for example in examples:
            with self.subTest(example=example.name):
                parameters = re.search("parameters: {(.*)}", example.read_text()).group(1)
                fewer = ["--set", "cells=24"] if "cells:" in parameters else []
                answer = self.answer(example, *fewer)
                self.assertTrue(answer["converged"])
                self.assertLessEqual(answer["mass_error"], 1e-12)
                self.assertGreaterEqual(answer["min_density"], 0)

    def test_anchors_block_texts_and_a_byte_order_mark_are_read(self):
        usual = self.answer(self.write())["probes"]
        block = PROBLEM.replace("0.5*|p|^2", "|\n    0.5*\n      |p|^2")
        anchored = PROBLEM.replace("[0.25]", "&place [0.25]").replace("[0.5]", "*place")
        self.assertEqual(self.answer(self.write(block))["probes"], usual)
        self.assertEqual(self.answer(self.write(anchored))["probes"][1]["at"], [0.25])
        windows = b"\xef\xbb\xbf" + PROBLEM.replace("\n", "\r\n").encode()
        self.assertEqual(self.answer(self.write(windows))["probes"], usual)


HALL = SOURCES / "docs" / "examples" / "hall-with-an-obstacle.yaml"


class ResultFile(SolveCase):
    def test_two_axes_with_an_obstacle(self):
        answer = self.answer(HALL, "--output", "r.h5", "--set", "cells=16")
        path = self.folder / "r.h5"
        header = h5dump("-A", path)
        self.assertIn("SIMPLE { ( 97, 32, 16 ) / ( 97, 32, 16 ) }", header)
        self.assertIn('ATTRIBUTE "mass_left"', header)
        self.assertGreater(answer["mass_left"], 0.9)
        self.assertLessEqual(answer["mass_error"], 1e-12)
        obstacle, m = dataset(path, "/obstacle"), dataset(path, "/m")
        inside = [cell for cell, wall in enumerate(obstacle) if wall]
        self.assertTrue(10 < len(inside) < len(obstacle) / 4)
        for level in (0, 48, 96):
            self.assertFalse(any(m[level * 32 * 16 + cell] for cell in inside))
        self.assertTrue((self.folder / "r.xdmf").is_file())
        u = dataset(path, "/u")
        around = [u[i * 16 + j] for i in (7, 8) for j in (7, 8)]  # the place (0.5, 0.5)
        self.assertAlmostEqual(answer["probes"][0]["value"], sum(around) / 4, delta=1e-12)

    def test_file_holds_what_the_format_promises(self):
        answer = self.answer(self.write(), "--output", "r.h5")
        path = self.folder / "r.h5"
        header = h5dump("-A", path)
        for name in ("title", "backend", "device", "method", "precision", "iterations",
                     "converged", "residual", "mass_error", "min_density", "mass_left", "fallbacks",
                     "seconds", "mfg_version", "problem"):
            self.assertIn(f'ATTRIBUTE "{name}"', header)
        self.assertNotIn('ATTRIBUTE "lambda"', header)
        self.assertIn("H5T_IEEE_F64LE", header)
        self.assertIn("SIMPLE { ( 17, 32 ) / ( 17, 32 ) }", header)
        self.assertEqual(dataset(path, "/x"), [i / 32 for i in range(32)])
        self.assertEqual(dataset(path, "/t"), [i / 32 for i in range(17)])
        residuals = dataset(path, "/residual")
        self.assertEqual(len(residuals), answer["iterations"])
        self.assertEqual(residuals[-1], answer["residual"])
        u, m = dataset(path, "/u"), dataset(path, "/m")
        self.assertEqual(u[8], answer["probes"][0]["value"])
        self.assertAlmostEqual(m[8 * 32 + 16], answer["probes"][1]["value"], delta=1e-15)
        for level in range(17):
            self.assertAlmostEqual(sum(m[level * 32:level * 32 + 32]) / 32, 1, delta=1e-12)
        self.assertIn("hamiltonian: 0.5*|p|^2", h5dump("-a", "/problem", path))
        self.assertFalse(list(self.folder.glob("*.checkpoint")))
        self.assertEqual(self.leftovers(), [])

    def test_densities_are_read_from_a_result(self):
        self.solve(self.write(), "--output", "r.h5", "--quiet")
        first = dataset(self.folder / "r.h5", "/m")
        folder = self.folder / "sub"
        folder.mkdir()
        problem = PROBLEM.replace("initial_density: 1 + 0.5*cos(2*pi*x)",
                                  "initial_density: {file: ../r.h5, dataset: /m}")
        self.solve(self.write(problem, "sub/next.yaml"), "--output", "s.h5", "--quiet")
        self.assertEqual([round(value, 12) for value in dataset(self.folder / "s.h5", "/m")[:32]],
                         [round(value, 12) for value in first[-32:]])
        for change, words in ((("/m}", "/no}"), "no dataset"),
                              (("r.h5", "no.h5"), "No such file"),
                              (("r.h5", "sub/next.yaml"), "expected an HDF5 file"),
                              (("/m}", "/residual}"), "expected 32")):
            path = self.write(problem.replace(*change), "sub/next.yaml")
            done = self.solve(path, status=2)
            self.assertIn(words, done.stderr)
            self.assertIn("next.yaml:11:", done.stderr)

    def test_place_that_cannot_be_is_found_before_solving(self):
        problem = self.write()
        locked = self.folder / "locked"
        locked.mkdir(mode=0o500)
        places = ["none/r.h5", ".", "r/", "", "x" * 300 + ".h5", problem]
        if os.geteuid() != 0:
            places.append("locked/r.h5")
        for place in places:
            with self.subTest(place=place):
                done = self.solve(problem, "--output", place, status=2)
                self.assertEqual(done.stdout, "")
                self.assertIn("expected", done.stderr)
        self.assertEqual(problem.read_text(), PROBLEM)

    def test_full_disk_is_told_and_the_old_result_stays(self):
        old = self.folder / "r.h5"
        old.write_text("old")

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

        done = subprocess.run([PROGRAM, self.write(), "--output", "r.h5", "--json"], check=False,
                              capture_output=True, cwd=self.folder, preexec_fn=limit,
                              env=self.environment())
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn(b"r.h5: found File too large", done.stderr)
        self.assertTrue(json.loads(done.stdout)["converged"])
        self.assertEqual(old.read_text(), "old")
        self.assertEqual(self.leftovers(), [])

    def test_links_stay_links(self):
        (self.folder / "link.h5").symlink_to("target.h5")
        (self.folder / "target.h5").write_text("old")
        self.solve(self.write(), "--output", "link.h5", "--quiet")
        self.assertTrue((self.folder / "link.h5").is_symlink())
        self.assertEqual(len(dataset(self.folder / "target.h5", "/t")), 17)


class Picture(SolveCase):
    def test_picture_is_drawn_and_nothing_in_its_title_is_executed(self):
        title = "'It''s `touch pwned` @x {/Bold a}_b \"q\" \\n'"
        self.solve(self.write(PROBLEM.replace("A small crowd", title)), "--plot", "p.png", "--quiet")
        self.assertEqual((self.folder / "p.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")
        self.assertFalse((self.folder / "pwned").exists())
        self.assertEqual(self.leftovers(), [])

    def test_missing_gnuplot_is_told_before_solving(self):
        done = self.solve(self.write(), "--plot", "p.png", "--output", "r.h5", status=2,
                          PATH=self.folder)
        self.assertIn("found no gnuplot in PATH", done.stderr)
        self.assertFalse((self.folder / "r.h5").exists())

    def test_broken_gnuplot_is_told_and_the_result_stays(self):
        program = self.folder / "gnuplot"
        program.write_text("#!/bin/sh\necho 'line 1: no such terminal' >&2\nexit 1\n")
        program.chmod(0o755)
        done = self.solve(self.write(), "--plot", "p.png", "--output", "r.h5", status=5,
                          PATH=f"{self.folder}:{os.environ['PATH']}")
        self.assertIn("no such terminal", done.stderr)
        self.assertFalse((self.folder / "p.png").exists())
        self.assertEqual(len(dataset(self.folder / "r.h5", "/t")), 17)
        self.assertEqual(self.leftovers(), [])

    def test_picture_without_room_is_told_and_not_kept(self):
        def may_write_4096_bytes():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

        old = self.folder / "p.png"
        old.write_text("old")
        done = subprocess.run([PROGRAM, self.write(), "--plot", "p.png", "--json"],
                              capture_output=True, check=False, cwd=self.folder, timeout=120,
                              preexec_fn=may_write_4096_bytes, env=self.environment())
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn(b"p.png: found a picture that breaks off", done.stderr)
        self.assertTrue(json.loads(done.stdout)["converged"])
        self.assertEqual(old.read_text(), "old")
        self.assertEqual(self.leftovers(), [])

    def test_gnuplot_that_writes_nothing_is_told(self):
        program = self.folder / "gnuplot"
        program.write_text("#!/bin/sh\nexec cat >/dev/null\n")
        program.chmod(0o755)
        done = self.solve(self.write(), "--plot", "p.png", status=5,
                          PATH=f"{self.folder}:{os.environ['PATH']}")
        self.assertIn("p.png: found a picture that breaks off", done.stderr)
        self.assertFalse((self.folder / "p.png").exists())


class Backends(SolveCase):
    def test_unknown_backend_ends_with_the_report(self):
        done = self.solve(self.write(), status=3, MFG_BACKEND="nosuch")
        self.assertIn("nosuch", done.stderr)
        self.assertIn("looked in:", done.stderr)
        self.assertIn("not opened, since it was not asked for", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_empty_plugin_directory_ends_with_the_report(self):
        name = self.answer(self.write())["backend"]
        empty = self.folder / "empty"
        empty.mkdir()
        for arguments, variables in (([], {"MFG_BACKEND": name}), (["--backend", name], {}),
                                     ([], {})):
            done = self.solve(self.write(), *arguments, status=3, MFG_BACKEND_PATH=empty,
                              **variables)
            self.assertIn(str(empty), done.stderr)

    def test_option_outweighs_the_variable(self):
        name = self.answer(self.write())["backend"]
        self.assertEqual(self.answer(self.write(), "--backend", name, MFG_BACKEND="nosuch")
                         ["backend"], name)

    def test_damaged_plugin_is_named_with_its_reason(self):
        folder = self.folder / "damaged"
        folder.mkdir()
        (folder / "mfg-backend-broken.so").write_text("no ELF")
        done = self.solve(self.write(), status=3, MFG_BACKEND="broken", MFG_BACKEND_PATH=folder)
        self.assertIn("mfg-backend-broken.so", done.stderr)
        self.assertRegex(done.stderr, "(?i)elf")


class Endings(SolveCase):
    def test_not_converged_keeps_the_result(self):
        answer = self.answer(self.write(SLOW.replace("1000000", "3")), "--output", "r.h5", status=4)
        self.assertIs(answer["converged"], False)
        self.assertEqual(answer["iterations"], 3)
        self.assertEqual(len(dataset(self.folder / "r.h5", "/residual")), 3)

    def test_no_memory_ends_with_status_5(self):
        huge = PROBLEM.replace("cells: 2*n", "cells: 1e7").replace("steps: n", "steps: 1e7")
        done = self.solve(self.write(huge), "--output", "r.h5", status=5)
        self.assertRegex(done.stderr, "memory|buffer")
        self.assertEqual(done.stdout, "")
        self.assertFalse((self.folder / "r.h5").exists())

    def test_full_standard_output_is_told(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([PROGRAM, self.write(), "--json"], stdout=full,
                                  stderr=subprocess.PIPE, check=False, cwd=self.folder,
                                  env=self.environment())
        self.assertEqual(done.returncode, 5)
        self.assertIn(b"standard output", done.stderr)

    def test_closed_streams_are_no_files_of_the_program(self):
        self.write()
        done = subprocess.run(["sh", "-c", '"$0" problem.yaml --output r.h5 <&- >&- 2>&-', PROGRAM],
                              check=False, cwd=self.folder,
                              env=self.environment(MFG_DEBUG="debug"))
        self.assertEqual(done.returncode, 0)
        self.assertEqual(len(dataset(self.folder / "r.h5", "/t")), 17)

    def interrupt(self, number, *arguments):
        """Stops a run that would go on for ever, once it is at work."""
        problem = self.write(SLOW)
        process = subprocess.Popen([PROGRAM, problem, *arguments], cwd=self.folder,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=self.environment(MFG_CHECKPOINT_SECONDS=0))
        checkpoints = ["r.h5.checkpoint" if arguments else "problem.h5.checkpoint"]
        end = time.monotonic() + 60
        while time.monotonic() < end and not (self.folder / checkpoints[0]).exists():
            time.sleep(0.01)
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, errors)
        self.assertEqual(output, b"")
        self.assertIn(checkpoints[0].encode(), errors)
        self.assertTrue((self.folder / checkpoints[0]).exists())
        self.assertEqual(self.leftovers(), [])

    def test_interrupt_leaves_a_checkpoint(self):
        self.interrupt(signal.SIGINT, "--output", "r.h5")
        self.assertFalse((self.folder / "r.h5").exists())

    def test_termination_leaves_a_checkpoint_without_output_too(self):
        self.interrupt(signal.SIGTERM)


class Checkpoints(SolveCase):
    """Runs cut short go on to the bits of a run that was not."""

    def setUp(self):
        super().setUp()
        self.problem = self.write()
        self.checkpoint = self.folder / "r.h5.checkpoint"

    def stop_early(self):
        short = self.write(PROBLEM.replace("max_iterations: 60", "max_iterations: 2"), "short.yaml")
        done = self.solve(short, "--output", "r.h5", status=4)
        self.assertIn("--resume goes on from it", done.stderr)

    def test_resumed_run_has_the_bits_of_a_whole_one(self):
        whole = self.answer(self.problem, "--output", "whole.h5")
        self.stop_early()
        resumed = self.answer(self.problem, "--output", "r.h5", "--resume")
        for key in ("iterations", "residual", "probes", "mass_error", "min_density"):
            self.assertEqual(resumed[key], whole[key])
        for name in ("/u", "/m", "/residual"):
            self.assertEqual(dataset(self.folder / "r.h5", name),
                             dataset(self.folder / "whole.h5", name))
        self.assertFalse(self.checkpoint.exists())

    def refuse(self, *words, problem=None):
        before = self.checkpoint.read_bytes() if self.checkpoint.is_file() else None
        result = (self.folder / "r.h5").read_bytes()
        done = self.solve(problem or self.problem, "--output", "r.h5", "--resume", status=2)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual((self.folder / "r.h5").read_bytes(), result)
        if before is not None:
            self.assertEqual(self.checkpoint.read_bytes(), before)

    def test_checkpoints_that_do_not_fit_are_refused(self):
        self.stop_early()
        whole = self.checkpoint.read_bytes()
        self.refuse("another problem", "viscosity=2*nu",
                    problem=self.write(PROBLEM.replace("viscosity: nu", "viscosity: 2*nu"), "b.yaml"))
        self.refuse("another problem", "solver.method=picard",
                    problem=self.write(PROBLEM.replace("solver: {", "solver: {method: picard, "),
                                       "c.yaml"))
        for length in (0, 7, 100, 2000, len(whole) // 2, len(whole) - 1):
            with self.subTest(length=length):
                self.checkpoint.write_bytes(whole[:length])
                self.refuse("r.h5.checkpoint: found ")
        for place in (0, 40, 100, 1000, len(whole) * 2 // 3, len(whole) - 1):
            with self.subTest(place=place):
                self.checkpoint.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) +
                                            whole[place + 1:])
                self.refuse("checksum")
        self.checkpoint.write_bytes((self.folder / "r.h5").read_bytes())
        self.refuse("of another kind")
        self.checkpoint.write_bytes(b"x" * len(whole))
        self.refuse("of another kind")
        self.checkpoint.unlink()
        self.checkpoint.mkdir()
        self.refuse("no regular file")
        self.checkpoint.rmdir()
        self.refuse("No such file")

    def test_checkpoint_of_an_earlier_run_is_kept(self):
        self.stop_early()
        before = self.checkpoint.read_bytes()
        self.stop_early()
        self.assertEqual((self.folder / "r.h5.checkpoint.previous").read_bytes(), before)

    def test_failing_device_names_its_last_checkpoint(self):
        device = {"MFG_BACKEND": "dying", "MFG_BACKEND_PATH": DYING.parent}
        whole = self.answer(self.problem, **device)
        done = self.solve(self.problem, "--output", "r.h5", status=5, MFG_CHECKPOINT_SECONDS=0,
                          MFG_TEST_DOWNLOADS=25, **device)
        self.assertIn("the device has died", done.stderr)
        self.assertRegex(done.stderr, "The checkpoint r.h5.checkpoint holds iteration [1-9]")
        self.assertEqual(done.stdout, "")
        resumed = self.answer(self.problem, "--output", "r.h5", "--resume", **device)
        self.assertEqual(resumed["probes"], whole["probes"])
        self.assertEqual(resumed["iterations"], whole["iterations"])

    def test_device_that_fails_at_once_has_no_checkpoint(self):
        done = self.solve(self.problem, status=5, MFG_TEST_DOWNLOADS=0, MFG_BACKEND="dying",
                          MFG_BACKEND_PATH=DYING.parent)
        self.assertIn("the device has died", done.stderr)
        self.assertNotIn("heckpoint", done.stderr)

    def test_checkpoint_of_another_device_is_taken_with_a_word(self):
        self.stop_early()
        done = self.solve(self.problem, "--output", "r.h5", "--resume", MFG_BACKEND="dying",
                          MFG_BACKEND_PATH=DYING.parent)
        self.assertIn("the last digits may differ", done.stderr)

    def test_interval_must_be_a_number(self):
        done = self.solve(self.problem, status=2, MFG_CHECKPOINT_SECONDS="soon")
        self.assertIn("found 'soon'", done.stderr)


if __name__ == "__main__":
    unittest.main()
