# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files of a source tree as the rules see them: their layer, their code, their text."""

import re
from pathlib import Path

LAYERS = ("plugin-api", "core", "plugins", "solvers", "tools", "tests", "docs")

COMMENT_OR_STRING = re.compile(
    r'//(?:[^\n\\]|\\.|\\\n)*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
HASH_COMMENT = re.compile(r"#[^\n]*")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
ELSEWHERE = re.compile(r"^(build(-[^.]*)?|\.git|\.cache|__pycache__)$")


def without_comments(text):
    """C code whose comments became blanks; lines keep their numbers, strings stay."""
    def blank(found):
        piece = found.group(0)
        return re.sub(r"[^\n]", " ", piece) if piece.startswith("/") else piece
    return COMMENT_OR_STRING.sub(blank, text)


class File:
    def __init__(self, root, path):
        self.path = path.relative_to(root)
        self.name = self.path.as_posix()
        self.layer = self.path.parts[0] if self.path.parts[0] in LAYERS else ""
        raw = path.read_bytes()
        self.is_text = b"\0" not in raw
        self.text = raw.decode("utf-8", errors="replace") if self.is_text else ""

    @property
    def is_c(self):
        return self.path.suffix in (".c", ".h") or self.name.endswith((".c.in", ".h.in"))

    @property
    def is_source(self):
        """Code that people write: C and its kin, build descriptions, scripts, problem files."""
        return (self.is_c
                or self.path.suffix in (".cl", ".cu", ".py", ".sh", ".yaml", ".cc", ".map")
                or self.path.name in ("meson.build", "meson_options.txt")
                or self.text.startswith("#!"))

    @property
    def code(self):
        return without_comments(self.text) if self.is_c else HASH_COMMENT.sub("", self.text)

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def includes(self):
        """Each include as (line, bracket, what)."""
        for found in INCLUDE.finditer(without_comments(self.text)):
            yield self.line_of(found.start(1)), found.group(1), found.group(2)


class Tree:
    def __init__(self, root):
        self.root = Path(root).resolve()
        self.files = [File(self.root, path) for path in self._walk(self.root)]
        self.by_name = {file.name: file for file in self.files}

    def _walk(self, directory):
        for path in sorted(directory.iterdir()):
            if ELSEWHERE.match(path.name) or path.is_symlink():
                continue
            if path.is_dir():
                yield from self._walk(path)
            elif path.is_file():
                yield path

    def sources(self):
        return [file for file in self.files if file.is_source]

    def resolve(self, file, target):
        """The files that an include can mean: the one beside it, else any that ends so."""
        beside = (self.root / file.path.parent / target).resolve()
        if beside.is_relative_to(self.root):
            name = beside.relative_to(self.root).as_posix()
            for candidate in (name, name + ".in"):
                if candidate in self.by_name:
                    return [self.by_name[candidate]]
        ends = ("/" + target, "/" + target + ".in")
        return [other for other in self.files if other.name.endswith(ends)]
