#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Checks what the formatter does not see: names of files and tests, licence lines, head comments, links.

    scripts/names.py [--root X]      one line per fault; exit code 1 when there is one

A source file is snake_case.hpp or .cpp and begins with its licence line; a header then has #pragma once. A test is
called TEST(Thing, Situation_WhatHappens), in CamelCase. A relative link in a document leads somewhere.
"""

import argparse
import pathlib
import re
import subprocess
import sys

SPDX = "SPDX-License-Identifier: ISC"
TEST = re.compile(r"^\s*(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP)\(\s*(\w+)\s*,\s*(\w+)\s*[,)]")
TEST_NAME = re.compile(r"[A-Z0-9][A-Za-z0-9]*(_[A-Z0-9][A-Za-z0-9]*)*")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")


def files_of(root):
    """The files that git knows or would add, or all but build/ where there is no git."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, check=True, capture_output=True).stdout.decode().split("\0")
        paths = [pathlib.PurePosixPath(name) for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [pathlib.PurePosixPath(p.relative_to(root).as_posix()) for p in root.rglob("*")]
        paths = [p for p in paths if p.parts[0] not in ("build", ".git", ".cache")]
    return sorted({p for p in paths if (root / p).is_file()})


def source_faults(path, text):
    lines = text.splitlines() or [""]
    if not re.fullmatch(r"[a-z][a-z0-9_]*", path.stem):
        yield 1, "a file name is snake_case"
    if lines[0] != f"// {SPDX}":
        yield 1, f"the first line is: // {SPDX}"
    if path.suffix == ".hpp" and "#pragma once" not in lines:
        yield 1, "a header has #pragma once"
    for number, line in enumerate(lines, 1):
        match = TEST.match(line)
        if match and not TEST_NAME.fullmatch(match.group(2)):
            yield number, f"TEST({match.group(1)}, {match.group(2)}): a test is called Situation_WhatHappens"
        if line.rstrip() != line:
            yield number, "blanks at the end of the line"


def script_faults(text):
    if SPDX not in "\n".join(text.splitlines()[:3]):
        yield 1, f"one of the first lines is: # {SPDX}"


def document_faults(root, path, text):
    code = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            code = not code
        if code:
            continue
        for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if not re.match(r"[a-z]+:", target) and not (root / path.parent / target).exists():
                yield number, f"the link to {target} leads nowhere"


def faults(root):
    for path in files_of(root):
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if path.suffix in (".cpp", ".hpp"):
            found = source_faults(path, text)
        elif path.suffix == ".md":
            found = document_faults(root, path, text)
        elif text.startswith("#!"):
            found = script_faults(text)
        else:
            continue
        for number, what in found:
            yield f"{path}:{number}: {what}"


def main():
    parser = argparse.ArgumentParser(description="Checks names, licence lines and links.")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    found = list(faults(parser.parse_args().root))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
