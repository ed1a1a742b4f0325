#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""scripts/floors.py sees each fault it is there for, and passes a sound tree."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import floors  # noqa: E402

SOUND = {
    "core/micropycelium/base/CMakeLists.txt": "mp_room(base)\n",
    "core/micropycelium/base/bytes.hpp": "#include <span>\n",
    "core/micropycelium/packet/CMakeLists.txt": "mp_room(packet NEEDS base)\n",
    "core/micropycelium/packet/packet.hpp": '#include "micropycelium/base/bytes.hpp"\n',
    "core/micropycelium/transport/CMakeLists.txt": "mp_room(transport NEEDS packet)\n",
    "core/micropycelium/transport/seen.hpp": '#include "micropycelium/packet/packet.hpp"\n',
    "core/micropycelium/routing/CMakeLists.txt": "mp_room(routing NEEDS packet)\n",
    "core/micropycelium/routing/routes.hpp": '#include "micropycelium/base/bytes.hpp"\n',
    "core/micropycelium/node/CMakeLists.txt": "mp_room(node NEEDS transport routing)\n",
    "core/micropycelium/node/node.cpp": '#include "micropycelium/transport/seen.hpp"\n'
    '#include "micropycelium/routing/routes.hpp"\n',
    "programs/mpnode/main.cpp": '#include "micropycelium/base/bytes.hpp"\n#include <unistd.h>\n',
}


class Floors(unittest.TestCase):
    def faults(self, **changes):
        """The faults of the sound tree after `changes`: {path with __ for /: text}."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for path, text in {**SOUND, **changes}.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text, encoding="utf-8")
            out = io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
                code = floors.main(["--root", str(root)])
            self.assertEqual(code, 1 if out.getvalue() else 0)
            return out.getvalue().splitlines()

    def one(self, path, text, says):
        found = self.faults(**{path: text})
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(path + ":"), found)
        self.assertIn(says, found[0])

    def test_a_sound_tree_passes(self):
        self.assertEqual(self.faults(), [])

    def test_the_simulator_has_stairs_inside(self):
        self.assertEqual(self.faults(**{"simulator/media/good.cpp": "#include \"simulator/engine/good.hpp\"\n",
                                        "simulator/engine/good.hpp": "#include <vector>\n"}), [])
        found = self.faults(**{"simulator/engine/bad.cpp": "#include \"simulator/media/good.hpp\"\n",
                               "simulator/media/good.hpp": "#include <vector>\n"})
        self.assertEqual(len(found), 1, found)
        self.assertIn("upwards", found[0])

    def test_an_include_upwards_is_seen(self):
        self.one(
            "core/micropycelium/packet/bad.cpp",
            "#pragma once\n#include \"micropycelium/node/node.cpp\"\n",
            "packet (floor 3) includes node (floor 6): upwards",
        )

    def test_siblings_do_not_see_each_other(self):
        self.one(
            "core/micropycelium/routing/bad.hpp",
            '#include "micropycelium/transport/seen.hpp"\n',
            "both are on floor 5",
        )

    def test_programs_do_not_see_each_other(self):
        self.one("programs/mpctl/main.cpp", '#include "programs/mpnode/main.cpp"\n', "both are on floor 9")

    def test_only_node_joins_transport_and_routing(self):
        self.one(
            "programs/mpnode/main.cpp",
            '#include "micropycelium/transport/seen.hpp"\n#include "micropycelium/routing/routes.hpp"\n',
            "only node/ joins them",
        )

    def test_the_core_takes_no_header_of_a_system(self):
        self.one("core/micropycelium/base/bad.cpp", "#include <unistd.h>\n", "<unistd.h>")

    def test_the_core_takes_no_header_that_allocates(self):
        self.one("core/micropycelium/base/bad.cpp", "#include <vector>\n", "<vector>")

    def test_libsodium_stays_in_crypto(self):
        self.one("core/micropycelium/packet/bad.cpp", "#include <sodium/utils.h>\n", "only crypto/")

    def test_what_is_included_is_declared(self):
        self.one(
            "core/micropycelium/node/bad.cpp",
            '#include "micropycelium/crypto/hash.hpp"\n',
            "no file of this tree",
        )
        found = self.faults(
            **{
                "core/micropycelium/crypto/hash.hpp": "",
                "core/micropycelium/node/bad.cpp": '#include "micropycelium/crypto/hash.hpp"\n',
            }
        )
        self.assertEqual(len(found), 1)
        self.assertIn("does not name it in NEEDS", found[0])

    def test_a_declared_need_is_a_lower_floor(self):
        self.one("core/micropycelium/packet/CMakeLists.txt", "mp_room(packet NEEDS base routing)\n", "not a lower floor")

    def test_the_codec_stands_on_the_lower_floors(self):
        self.one(
            "programs/mpctl/codec.cpp", '#include "micropycelium/transport/seen.hpp"\n', "the codec stands on floors"
        )

    def test_a_new_room_needs_a_floor(self):
        self.one("core/micropycelium/attic/x.hpp", "", "has no floor")

    def test_a_long_file_says_why(self):
        path = "core/micropycelium/base/long.hpp"
        self.one(path, "\n" * 501, "501 lines")
        self.assertEqual(self.faults(**{path: "// Over 500 lines: one table.\n" + "\n" * 500}), [])

    def test_a_test_may_look_around(self):
        text = '#include <vector>\n#include "micropycelium/node/node.cpp"\n'
        self.assertEqual(self.faults(**{"core/micropycelium/packet/packet_test.cpp": text}), [])


if __name__ == "__main__":
    unittest.main()
