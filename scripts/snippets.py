#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Keeps the documents true: code in them is code that is built, links lead somewhere, examples answer as shown.

    scripts/snippets.py                   copies the marked code into the documents
    scripts/snippets.py --check           says where a document differs from the file, and what --links finds
    scripts/snippets.py --links           checks relative links, their anchors, and the sections that sources name
    scripts/snippets.py --codec PROGRAM   replays the codec conversations with `PROGRAM codec` and compares
    scripts/snippets.py --root X          works on another tree

What is wrong is printed as file:line: text, and the exit code is 1.

A code block belongs to a file when the line above it is

    <!-- snippet: examples/minimal_node.cpp -->          the whole file, without its head comment
    <!-- snippet: examples/minimal_node.cpp [name] -->   what lies between "// [name]" and "// [/name]" in it

and it is what a script prints when the line above it is `<!-- output: scripts/floors.py --map -->`, and a conversation with
`mpctl codec` when that line is `<!-- codec -->`: a request, then the answer, line by line.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import textwrap

MARK = re.compile(
    r"^<!--\s*(?:snippet:\s*(?P<path>\S+)(?:\s+\[(?P<part>[\w-]+)\])?"
    r"|output:\s*(?P<script>scripts/[\w.-]+\.py)(?P<arguments>(?:\s+[\w=/.-]+)*)|(?P<codec>codec))\s*-->\s*$"
)
FENCE = re.compile(r"^(`{3,}|~{3,})")
LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
# (specification: delivery.md, "Sequences") and (docs/architecture.md, "Floors") in comments of sources.
NAMED_PAGE = re.compile(r"(?:specification:\s*|docs/)([\w./-]+\.md)(?:\s*,\s*\"([^\"]+)\")?")
SOURCES = (".hpp", ".cpp", ".h", ".py", ".txt", ".cmake")
SKIPPED = {".git", "build", "node_modules"}


class Problems:
    """What was found to be wrong, one line each, as file:line: text."""

    def __init__(self, root):
        self.root, self.lines = root, []

    def add(self, path, line, text):
        self.lines.append(f"{path.relative_to(self.root)}:{line}: {text}")


def files(root, endings):
    for path in sorted(root.rglob("*")):
        if path.suffix in endings and path.is_file() and not SKIPPED & set(path.relative_to(root).parts):
            yield path


def blocks(lines):
    """(mark, index of the opening fence, index of the closing fence) of each marked block."""
    i = 0
    while i < len(lines):
        mark = MARK.match(lines[i])
        fence = FENCE.match(lines[i])
        if mark and i + 1 < len(lines) and (fence := FENCE.match(lines[i + 1])):
            i += 1
        if not fence:
            if mark:
                yield mark, i, None
            i += 1
            continue
        end = i + 1
        while end < len(lines) and not lines[end].startswith(fence.group(1)):
            end += 1
        if mark:
            yield mark, i, end if end < len(lines) else None
        i = end + 1


# --- snippets ------------------------------------------------------------------------------------------


def without_head(text):
    """The file without the comment that it begins with."""
    lines = text.split("\n")
    i = 0
    while i < len(lines) and (lines[i].startswith("//") or (i > 0 and not lines[i].strip())):
        i += 1
    return "\n".join(lines[i:])


def snippet(root, path, part):
    """The lines that belong into the document. Raises ValueError with what is wrong."""
    source = root / path
    if not source.is_file():
        raise ValueError(f"there is no {path}")
    text = source.read_text(encoding="utf-8")
    if part is None:
        text = without_head(text)
    else:
        found = re.search(
            rf"^[ \t]*(?://|#)\s*\[{part}\][^\n]*\n(.*?)^[ \t]*(?://|#)\s*\[/{part}\]", text, re.DOTALL | re.MULTILINE
        )
        if found is None:
            raise ValueError(f"{path} has no part [{part}]: it begins with // [{part}] and ends with // [/{part}]")
        text = found.group(1)
    return textwrap.dedent(text).strip("\n").split("\n")


def printed(root, script, arguments):
    """The lines that a script of the tree prints. Raises ValueError with what is wrong."""
    if not (root / script).is_file():
        raise ValueError(f"there is no {script}")
    run = subprocess.run(
        [sys.executable, script, *arguments.split()], cwd=root, capture_output=True, text=True, check=False
    )
    if run.returncode != 0:
        raise ValueError(f"{script}{arguments} ends with {run.returncode}: {run.stderr.strip()}")
    return [line.rstrip() for line in run.stdout.strip("\n").split("\n")]


def snippets(root, write, problems):
    count = 0
    for page in files(root, (".md",)):
        lines = page.read_text(encoding="utf-8").split("\n")
        changed = list(lines)
        shift = 0
        for mark, start, end in blocks(lines):
            if mark["codec"]:
                continue
            count += 1
            if end is None:
                problems.add(page, start + 1, "a mark without a code block behind it")
                continue
            try:
                if mark["script"]:
                    wanted = printed(root, mark["script"], mark["arguments"])
                else:
                    wanted = snippet(root, mark["path"], mark["part"])
            except ValueError as error:
                problems.add(page, start, str(error))
                continue
            if lines[start + 1 : end] == wanted:
                continue
            if write:
                changed[start + 1 + shift : end + shift] = wanted
                shift += len(wanted) - (end - start - 1)
            else:
                problems.add(page, start + 1, f"differs from {mark['path'] or mark['script']}: run scripts/snippets.py")
        if changed != lines:
            page.write_text("\n".join(changed), encoding="utf-8")
            print(f"written: {page.relative_to(root)}")
    return count


# --- links ---------------------------------------------------------------------------------------------


def prose(text):
    """(line number, line) outside of code blocks, with code spans blanked."""
    fence = None
    for number, line in enumerate(text.split("\n"), 1):
        found = FENCE.match(line.lstrip())
        if fence:
            if found and found.group(1).startswith(fence):
                fence = None
            continue
        if found:
            fence = found.group(1)
            continue
        yield number, line


def headings(page, cache={}):
    """The texts of the headings of a page, and their anchors as GitHub makes them."""
    if page not in cache:
        texts, anchors, seen = [], set(), {}
        for _, line in prose(page.read_text(encoding="utf-8")):
            heading = HEADING.match(line)
            if not heading:
                continue
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(2))
            plain = re.sub(r"[`*]", "", text)
            texts.append(re.sub(r"\*\*|`", "", text))
            anchor = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
            n = seen.get(anchor, 0)
            seen[anchor] = n + 1
            anchors.add(anchor if n == 0 else f"{anchor}-{n}")
        cache[page] = (texts, anchors)
    return cache[page]


def check_link(root, page, number, target, problems):
    path, _, anchor = target.partition("#")
    where = page if not path else (root / path[1:] if path.startswith("/") else page.parent / path)
    if not where.exists():
        problems.add(page, number, f"there is no {target}")
    elif root.resolve() not in (where.resolve(), *where.resolve().parents):
        problems.add(page, number, f"{target} leads out of the tree")
    elif anchor and where.suffix == ".md" and anchor not in headings(where.resolve())[1]:
        problems.add(page, number, f"{path or page.name} has no section #{anchor}")


def check_named(root, source, number, path, section, folder, problems):
    page = root / folder / path
    if not page.is_file():
        problems.add(source, number, f"there is no {folder}/{path}")
    elif section and section not in headings(page.resolve())[0]:
        problems.add(source, number, f'{folder}/{path} has no section "{section}"')


def links(root, problems):
    count = 0
    for page in files(root, (".md",)):
        for number, line in prose(page.read_text(encoding="utf-8")):
            bare = re.sub(r"`[^`]*`", lambda code: "`" * len(code.group()), line)
            for target in LINK.findall(bare):
                if re.match(r"[a-z][a-z0-9+.-]*:", target):
                    continue
                count += 1
                check_link(root, page, number, target, problems)
            # [page](x.md), "Section": the section must be there too.
            for target, section in re.findall(r"\]\(([^)#\s]+\.md)\),\s+\"([^\"]+)\"", bare):
                count += 1
                named = page.parent / target
                if named.is_file() and section not in headings(named.resolve())[0]:
                    problems.add(page, number, f'{target} has no section "{section}"')
    for source in files(root, SOURCES):
        if source.name.startswith("snippets"):  # this script and its test speak of pages that are not there
            continue
        text = source.read_text(encoding="utf-8", errors="replace")
        # A comment that goes on in the next line is one text.
        joined = re.sub(r"\n[ \t]*(//|#)[ \t]?", lambda m: " " + "\x00", text)
        line = 1
        at = 0
        for found in NAMED_PAGE.finditer(joined):
            line += joined.count("\n", at, found.start()) + joined.count("\x00", at, found.start())
            at = found.start()
            count += 1
            folder = "docs/specification" if found.group().startswith("specification") else "docs"
            section = found.group(2)
            section = re.sub(r"\s*\x00\s*", " ", section) if section else None
            check_named(root, source, line, found.group(1), section, folder, problems)
    return count


# --- codec ---------------------------------------------------------------------------------------------


def codec(root, program, problems):
    count = 0
    for page in files(root, (".md",)):
        lines = page.read_text(encoding="utf-8").split("\n")
        asked = []
        for mark, start, end in blocks(lines):
            if not mark["codec"]:
                continue
            if end is None:
                problems.add(page, start + 1, "a codec mark without a code block behind it")
                continue
            said = [(n + 1, lines[n]) for n in range(start + 1, end) if lines[n].strip()]
            if len(said) % 2:
                problems.add(page, start + 1, "a request without its answer")
                continue
            asked += [(said[i], said[i + 1]) for i in range(0, len(said), 2)]
        if not asked:
            continue
        answers = subprocess.run(
            [program, "codec"], input="".join(q[1] + "\n" for q, _ in asked), capture_output=True, text=True, check=False
        ).stdout.splitlines()
        if len(answers) != len(asked):
            problems.add(page, asked[0][0][0], f"{len(asked)} requests got {len(answers)} answers")
            continue
        for (_, (number, wanted)), got in zip(asked, answers):
            count += 1
            if json.loads(wanted) != json.loads(got):
                problems.add(page, number, f"the codec answers {got}")
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare the snippets and check the links, change nothing")
    parser.add_argument("--links", action="store_true", help="check links and named sections")
    parser.add_argument("--codec", metavar="PROGRAM", help="mpctl: replay the codec conversations")
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parent.parent, type=pathlib.Path)
    options = parser.parse_args()

    root = options.root.resolve()
    problems = Problems(root)
    done = []
    if options.links or options.check:
        done.append(f"{links(root, problems)} links")
    if options.codec:
        done.append(f"{codec(root, options.codec, problems)} codec examples")
    if options.check or not (options.links or options.codec):
        done.append(f"{snippets(root, not options.check, problems)} snippets")
    for line in problems.lines:
        print(line, file=sys.stderr)
    print(f"{', '.join(done)}: {f'{len(problems.lines)} wrong' if problems.lines else 'good'}")
    return 1 if problems.lines else 0


if __name__ == "__main__":
    sys.exit(main())
