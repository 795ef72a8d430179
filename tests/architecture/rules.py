# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rules of the tree. Each takes a tree and yields its violations as (where, what)."""

import os
import re
import shutil
import subprocess

C_HEADERS = {name + ".h" for name in (
    "assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal "
    "stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath "
    "threads time uchar wchar wctype").split()}

# Which files of the tree a layer may include, as beginnings of their names.
MAY_INCLUDE = {
    "plugin-api": ("plugin-api/",),
    "plugins": ("plugins/", "plugin-api/"),
    "core": ("core/", "plugin-api/"),
    "solvers": ("solvers/", "core/include/", "plugin-api/include/"),
    "tools": ("tools/", "solvers/include/", "core/include/", "plugin-api/include/"),
}

BACKEND_NAME = re.compile(r"(?<![A-Za-z])(cpu|opencl|cuda)(?![A-Za-z])", re.IGNORECASE)
# Words of the C library about the processor, which core looks for; they name no backend.
WORDS_OF_THE_SYSTEM = ("CPU ISA level",)
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
DECLARATION = re.compile(r"^MFG_API\b[^;{(]*?\b(\w+)\s*\(", re.MULTILINE)
MACHINE_PATH = re.compile(r"(?<![\w.})\]>/-])/(?:work|tmp/wt|tmp/build|home/\w+|root)(?![\w-])")
REGISTRY = re.compile(r"\b(?:deb\.debian|pypi|files\.pythonhosted)\.org\b")
LONGEST_FILE = 600
FORMATTER_VERSION = "14"


class Skip(Exception):
    """The rule cannot be checked on this machine; the text says why."""


def include_arrows(tree):
    for file in tree.files:
        allowed = MAY_INCLUDE.get(file.layer)
        if not file.is_c or allowed is None:
            continue
        for line, bracket, target in file.includes():
            where = f"{file.name}:{line}"
            of_project = bracket == '"' or target.startswith("mfg/")
            meant = tree.resolve(file, target) if of_project or "/" in target else []
            if not meant:
                if of_project:
                    yield where, f"{target} names no file of the tree"
                elif file.layer == "plugin-api" and target not in C_HEADERS:
                    yield where, f"{target} is not a header of C"
            elif not any(other.name.startswith(allowed) for other in meant):
                yield where, f"{file.layer} may not include {meant[0].name}"


def abi_vocabulary(tree):
    """Identifiers that the plugin headers define: a kind of device is no name of a backend."""
    return {word for file in tree.files if file.name.startswith("plugin-api/include/")
            for word in IDENTIFIER.findall(file.code)}


def names_backend(file, exempt):
    code = file.code
    for words in WORDS_OF_THE_SYSTEM:
        code = code.replace(words, " " * len(words))
    identifier_at = {offset: word.group(0) for word in IDENTIFIER.finditer(code)
                     for offset in range(*word.span())}
    for found in BACKEND_NAME.finditer(code):
        if identifier_at.get(found.start()) not in exempt:
            where = f"{file.name}:{file.line_of(found.start())}"
            yield where, f"names the backend {found.group(0)}"


def solvers_name_no_backend(tree):
    for file in tree.sources():
        if file.layer == "solvers":
            yield from names_backend(file, ())


def core_names_no_backend(tree):
    exempt = abi_vocabulary(tree)
    for file in tree.sources():
        if file.layer == "core" and not file.name.startswith("core/selection"):
            yield from names_backend(file, exempt)


def licences(tree):
    for file in tree.sources():
        licence = "MIT" if file.layer == "plugin-api" else "LGPL-2.1-or-later"
        start = "\n".join(file.text.splitlines()[:3])
        if not re.search(rf"SPDX-License-Identifier: {re.escape(licence)}(?![\w.-])", start):
            yield file.name, f"has no 'SPDX-License-Identifier: {licence}' in its first lines"


def no_machine_paths(tree):
    for file in tree.files:
        for pattern in (MACHINE_PATH, REGISTRY):
            for found in pattern.finditer(file.text):
                yield f"{file.name}:{file.line_of(found.start())}", f"names {found.group(0)}"


def file_lengths(tree):
    for file in tree.sources():
        length = file.text.count("\n")
        if length > LONGEST_FILE:
            yield file.name, f"has {length} lines; {LONGEST_FILE} is the most"


def formatter():
    for name in (f"clang-format-{FORMATTER_VERSION}", "clang-format"):
        if shutil.which(name):
            version = subprocess.run([name, "--version"], capture_output=True, text=True,
                                     check=True)
            if f"version {FORMATTER_VERSION}." in version.stdout:
                return name
    raise Skip(f"no clang-format {FORMATTER_VERSION} here; other versions lay code out otherwise")


def formatting(tree):
    files = [file.name for file in tree.files if file.path.suffix in (".c", ".h")]
    if not files:
        return
    done = subprocess.run([formatter(), "--dry-run", "--style=file", *files], cwd=tree.root,
                          capture_output=True, text=True, check=False)
    for place in dict.fromkeys(re.findall(r"^(.+?:\d+):\d+: (?:warning|error)", done.stderr,
                                          re.MULTILINE)):
        yield place, "is not as clang-format lays it out"
    if done.returncode != 0:
        yield "clang-format", done.stderr.strip()


def plugin_files(tree, build):
    """The plugins of the build; every folder of plugins/ that is built must have made one."""
    found = sorted(build.glob("plugins/*/mfg-backend-*.so"))
    return [path for path in found if path.is_file()]


def read_elf(command, path):
    environment = {**os.environ, "LC_ALL": "C"}
    return subprocess.run([*command, path], capture_output=True, text=True, check=True,
                          env=environment).stdout


def exported_symbols(path):
    return {line.split()[-1].split("@")[0]
            for line in read_elf(["nm", "-D", "--defined-only"], path).splitlines() if line}


def libraries_export_what_they_declare(tree, build):
    """A declared function that nothing defines is found here, and a helper that leaked out."""
    for layer, library in (("core", "libmfg.so"), ("solvers", "libmfg-solvers.so")):
        declared = {name for file in tree.files if file.name.startswith(f"{layer}/include/")
                    for name in DECLARATION.findall(file.code)}
        path = build / layer / library
        exported = exported_symbols(path) if path.exists() else set()
        for name in sorted(declared - exported):
            yield library, f"does not export {name}, which its headers declare"
        for name in sorted(exported - declared):
            yield library, f"exports {name}, which no public header declares"


def every_plugin_is_built(tree, build):
    built = {path.parent.name for path in plugin_files(tree, build)}
    for file in tree.files:
        parts = file.path.parts
        if len(parts) == 3 and parts[0] == "plugins" and parts[2] == "meson.build":
            if parts[1] != "common" and parts[1] not in built:
                yield file.name, f"the build has no plugins/{parts[1]}/mfg-backend-{parts[1]}.so"


def plugins_export_the_query_alone(tree, build):
    for path in plugin_files(tree, build):
        symbols = exported_symbols(path)
        if symbols != {"mfg_backend_query"}:
            yield path.name, f"exports {', '.join(sorted(symbols)) or 'nothing'}"


def plugins_link_nothing_of_ours(tree, build):
    for path in plugin_files(tree, build):
        dynamic = read_elf(["readelf", "-d", "-W"], path)
        for library in re.findall(r"\(NEEDED\).*\[(libmfg[^\]]*)\]", dynamic):
            yield path.name, f"links {library}"
        if not re.search(r"\(FLAGS(?:_1)?\).*\b(?:BIND_)?NOW\b", dynamic):
            yield path.name, "is not linked with -z now"


OF_SOURCES = {
    "include arrows": include_arrows,
    "solvers name no backend": solvers_name_no_backend,
    "core names no backend outside selection": core_names_no_backend,
    "licence lines": licences,
    "no path of a machine": no_machine_paths,
    "file lengths": file_lengths,
    "formatting": formatting,
}
OF_BUILDS = {
    "libraries export what they declare": libraries_export_what_they_declare,
    "every plugin is built": every_plugin_is_built,
    "plugins export the query alone": plugins_export_the_query_alone,
    "plugins link nothing of ours": plugins_link_nothing_of_ours,
}
