# SPDX-License-Identifier: LGPL-2.1-or-later
"""usage: info_test.py MFG_INFO FAKES_DIRECTORY TEMPLATE_PLUGIN

Runs mfg-info over directories of fake plugins and reads what it says."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM, FAKES, TEMPLATE = (Path(argument) for argument in sys.argv[1:4])
del sys.argv[1:4]


class Info(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def install(self, *fakes):
        for fake in fakes:
            shutil.copy(FAKES / f"mfg-backend-{fake}.so", self.folder)

    def run_info(self, *arguments, **variables):
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith(("MFG_", "XDG_"))}
        environment |= {"MFG_PROBE": "never", "MFG_BACKEND_PATH": str(self.folder), "XDG_CACHE_HOME": str(self.folder)}
        return subprocess.run([PROGRAM, *arguments], capture_output=True, check=False,
                              env=environment | variables)

    def answer(self, **variables):
        return json.loads(self.run_info("--json", **variables).stdout.decode("utf-8"))

    def test_every_plugin_is_shown_with_its_reason(self):
        self.install("good", "stale", "undefined", "second")
        answer = self.answer()
        self.assertEqual({plugin["name"]: (plugin["status"], plugin["reason"])
                          for plugin in answer["plugins"]},
                         {"good": ("loaded", None), "second": ("loaded", None),
                          "stale": ("skipped", "version"),
                          "undefined": ("skipped", "missing-dependency")})
        self.assertEqual(answer["abi"].keys(), {"major", "minor"})
        self.assertEqual([(place["path"], place["status"]) for place in answer["search_path"]],
                         [(str(self.folder), "searched")])
        self.assertEqual([(entry["backend"], entry["device"]) for entry in answer["auto"]],
                         [("good", 0), ("second", 0), ("second", 1)])

    def test_a_device_has_every_field(self):
        self.install("second")
        first, second = self.answer()["plugins"][0]["devices"]
        self.assertEqual(second["name"], "Fake device, model B")
        self.assertEqual((first["index"], second["index"]), (0, 1))
        self.assertEqual(first["kind"], "accelerator")
        self.assertIs(first["float64"], True)
        self.assertEqual(first["memory_bytes"], 1 << 30)
        self.assertEqual((first["bandwidth_gbs"], first["launch_us"]), (0, 0))
        self.assertEqual(len(first["fallbacks"]), len(set(first["fallbacks"])))
        for operation in ("add", "convert", "reduce_sum", "scan_product", "line_solve"):
            self.assertIn(operation, first["fallbacks"])

    def test_a_plugin_that_computes_all_leaves_nothing_to_the_host(self):
        shutil.copy(TEMPLATE, self.folder / "mfg-backend-template.so")
        plugin, = self.answer()["plugins"]
        self.assertEqual(plugin["status"], "loaded", plugin["detail"])
        self.assertEqual(plugin["devices"][0]["fallbacks"], [])

    def test_odd_names_are_valid_json(self):
        for name in (b"mfg-backend-a\n\"\\\x01.so", b"mfg-backend-\xff\xc3.so",
                     "mfg-backend-ü.so".encode()):
            Path(os.fsdecode(os.fsencode(self.folder) + b"/" + name)).write_text("x")
        names = [plugin["name"] for plugin in self.answer()["plugins"]]
        self.assertEqual(names, ["a\n\"\\\x01", "ü", "\ufffd\ufffd"])

    def test_the_status_tells_whether_there_is_a_device(self):
        self.assertEqual(self.run_info().returncode, 3)
        self.install("single")
        self.assertEqual(self.run_info("--json").returncode, 3)
        self.install("good")
        self.assertEqual(self.run_info("--json").returncode, 0)

    def test_the_text_names_every_skipped_file(self):
        self.install("good", "deviceless")
        text = self.run_info().stdout.decode()
        self.assertIn("mfg-backend-good.so: loaded, 1 device", text)
        self.assertIn("mfg-backend-deviceless.so: skipped, no-device: ", text)
        self.assertIn("good:0  Fake device, model A", text)

    def test_wrong_arguments_are_refused(self):
        for arguments in (["--jsn"], ["--measure"], ["x"]):
            done = self.run_info(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertIn(arguments[0] if arguments != ["--measure"] else "measure",
                          done.stderr.decode())

    def test_a_full_disk_is_told(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "--json"], stdout=full, stderr=subprocess.PIPE,
                                  check=False, env={"MFG_BACKEND_PATH": str(self.folder)})
        self.assertEqual(done.returncode, 5)
        self.assertIn("could not be written", done.stderr.decode())


if __name__ == "__main__":
    unittest.main()
