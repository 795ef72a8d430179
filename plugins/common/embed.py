# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes text files as C character arrays: embed.py TARGET SYMBOL=FILE..."""
import sys


def characters(path):
    """The bytes of a file and a NUL, twenty a line: a string literal may not be that long."""
    with open(path, "rb") as text:
        data = text.read() + b"\0"
    lines = [data[i:i + 20] for i in range(0, len(data), 20)]
    return "\n".join("  " + " ".join(f"{byte}," for byte in line) for line in lines)


def main():
    target, *sources = sys.argv[1:]
    out = ["/* Made by embed.py. */"]
    for source in sources:
        symbol, path = source.split("=", 1)
        out += [f"extern const char {symbol}[];\nconst char {symbol}[] = {{", characters(path), "};"]
    with open(target, "w", encoding="utf-8") as text:
        text.write("\n".join(out) + "\n")


main()
