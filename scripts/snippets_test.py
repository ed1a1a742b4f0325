#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""scripts/snippets.py finds what is wrong, and only that: each test makes a small tree and runs the script on it."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).with_name("snippets.py")
PROGRAM = "// SPDX-License-Identifier: ISC\n// Says hello.\n#include <cstdio>\n\nint main() {\n  // [hello]\n  std::puts(\"hello\");\n  // [/hello]\n}\n"
ECHO = "#!/bin/sh\n# answers each line with itself\nexec cat\n"


class Snippets(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        self.write("examples/hello.cpp", PROGRAM)

    def tearDown(self):
        self.folder.cleanup()

    def write(self, path, text, mode=0o644):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    def run_script(self, *arguments):
        run = subprocess.run(
            [sys.executable, SCRIPT, "--root", self.root, *arguments], capture_output=True, text=True, check=False
        )
        return run.returncode, run.stderr

    def assert_good(self, *arguments):
        self.assertEqual(self.run_script(*arguments), (0, ""))

    def assert_wrong(self, text, *arguments):
        code, errors = self.run_script(*arguments)
        self.assertEqual(code, 1)
        self.assertIn(text, errors)

    def test_whole_file_is_copied_without_its_head_and_then_agrees(self):
        self.write("a.md", "before\n<!-- snippet: examples/hello.cpp -->\n```cpp\nold\n```\nafter\n")
        self.assert_wrong("a.md:3: differs from examples/hello.cpp", "--check")
        self.assert_good()
        self.assert_good("--check")
        code = "#include <cstdio>\n\nint main() {\n  // [hello]\n  std::puts(\"hello\");\n  // [/hello]\n}"
        self.assertEqual(
            (self.root / "a.md").read_text(), f"before\n<!-- snippet: examples/hello.cpp -->\n```cpp\n{code}\n```\nafter\n"
        )

    def test_part_is_copied_without_its_indent(self):
        self.write("a.md", "<!-- snippet: examples/hello.cpp [hello] -->\n```cpp\n```\n")
        self.assert_good()
        self.assertIn('```cpp\nstd::puts("hello");\n```', (self.root / "a.md").read_text())

    def test_two_snippets_of_different_length_stay_in_their_places(self):
        mark = "<!-- snippet: examples/hello.cpp [hello] -->\n```cpp\n1\n2\n3\n```\nbetween\n"
        self.write("a.md", mark + mark + "end\n")
        self.assert_good()
        self.assert_good("--check")
        self.assertTrue((self.root / "a.md").read_text().endswith("```\nbetween\nend\n"))

    def test_file_or_part_that_is_not_there(self):
        self.write("a.md", "<!-- snippet: examples/gone.cpp -->\n```cpp\n```\n")
        self.assert_wrong("there is no examples/gone.cpp", "--check")
        self.write("a.md", "<!-- snippet: examples/hello.cpp [bye] -->\n```cpp\n```\n")
        self.assert_wrong("has no part [bye]", "--check")

    def test_mark_without_a_block(self):
        self.write("a.md", "<!-- snippet: examples/hello.cpp -->\n\ntext\n")
        self.assert_wrong("a mark without a code block", "--check")

    def test_output_of_a_script(self):
        self.write("scripts/map.py", "print('one')\nprint('two')\n")
        self.write("a.md", "<!-- output: scripts/map.py -->\n```\n```\n")
        self.assert_good()
        self.assertIn("```\none\ntwo\n```", (self.root / "a.md").read_text())
        self.write("scripts/map.py", "raise SystemExit('broken')\n")
        self.assert_wrong("broken", "--check")

    def test_links_that_lead_somewhere(self):
        self.write("docs/b.md", "# Top\n## Two words, `code`\n## Two words, `code`\n")
        self.write(
            "a.md",
            "# A\n[b](docs/b.md) [c](docs/b.md#two-words-code) [d](docs/b.md#two-words-code-1) [e](#a) [f](docs)\n"
            "[w](https://example.org/x) [b](docs/b.md), \"Top\"\n```\n[no](link.md)\n```\n`[no](link.md)`\n",
        )
        self.assert_good("--links")

    def test_links_that_do_not(self):
        self.write("docs/b.md", "# Top\n")
        for text, complaint in {
            "[x](gone.md)": "a.md:1: there is no gone.md",
            "[x](docs/b.md#bottom)": "has no section #bottom",
            "[x](#bottom)": "has no section #bottom",
            "[x](docs/b.md), \"Bottom\"": 'has no section "Bottom"',
            "[x](../../..)": "leads out of the tree",
        }.items():
            with self.subTest(text):
                self.write("a.md", text + "\n")
                self.assert_wrong(complaint, "--links")

    def test_sections_that_sources_name(self):
        self.write("docs/specification/packet.md", "# Packet\n## Flags\n")
        self.write("core/x.hpp", '// The flags (specification: packet.md,\n// "Flags").\n')
        self.assert_good("--links")
        self.write("core/x.hpp", '// one\n// The flags (specification: packet.md, "Colours").\n')
        self.assert_wrong('core/x.hpp:2: docs/specification/packet.md has no section "Colours"', "--links")

    def test_codec_conversation(self):
        self.write("bin/echo", ECHO, 0o755)
        self.write("a.md", '<!-- codec -->\n```json\n{"a":1, "b":2}\n{"b":2,"a":1}\n```\n')
        self.assert_good("--codec", str(self.root / "bin/echo"))
        self.write("a.md", '<!-- codec -->\n```json\n{"a":1}\n{"a":2}\n```\n')
        self.assert_wrong('a.md:4: the codec answers {"a":1}', "--codec", str(self.root / "bin/echo"))

    def test_codec_request_without_answer(self):
        self.write("bin/echo", ECHO, 0o755)
        self.write("a.md", '<!-- codec -->\n```json\n{"a":1}\n```\n')
        self.assert_wrong("a request without its answer", "--codec", str(self.root / "bin/echo"))


if __name__ == "__main__":
    unittest.main()
