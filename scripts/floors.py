#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Guards the plan of the house: who may include whom (docs/architecture.md, "Floors").

    scripts/floors.py          checks the tree; exit code 1 and one line per fault
    scripts/floors.py --map    prints the map: each room, its floor, and the rooms it uses
    scripts/floors.py --root X checks another tree

The rules: a room includes strictly lower floors; rooms of one floor never see each other; only node/ joins transport
and routing; the core includes no header of an operating system and none that needs a heap; what a room of the core
includes, its CMakeLists.txt names (so the linker agrees); a file of more than 500 lines says why.
"""

import argparse
import pathlib
import re
import sys

FLOORS = {
    "base": 1,
    "platform": 2,
    "crypto": 2,
    "packet": 3,
    "messages": 4,
    "transport": 5,
    "routing": 5,
    "node": 6,
    "applications": 7,
    "interfaces": 7,
    "ports": 8,
    "programs": 9,
}
# The simulator is a house of its own on floor 8, with stairs inside.
SIMULATOR = {
    "engine": 8.1,
    "scenario": 8.2,
    "topologies": 8.3,
    "media": 8.4,
    "report": 8.5,
    "world": 8.6,
    "story": 8.7,
    "sweep": 8.7,
}
CORE = [room for room in FLOORS if FLOORS[room] <= 7 and room != "interfaces"]
UMBRELLA_FLOOR = 8  # core/micropycelium/micropycelium.hpp: the whole core, for those outside

# What the core may take from the standard library: nothing here allocates, throws or talks to a system.
STANDARD = set(
    "algorithm array bit cassert charconv climits compare concepts cstddef cstdint cstring initializer_list iterator "
    "limits new numeric optional ranges span string_view tuple type_traits utility variant version".split()
)
LINES_MAX = 500
LONG = re.compile(r"//.*\bover 500 lines\b", re.IGNORECASE)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
TOP = ("core", "interfaces", "ports", "simulator", "programs")
BESIDE = re.compile(r"_(test|fuzz|bench)\.cpp$|(^|/)test_[a-z_]+\.hpp$")


class Room:
    """A folder of sources: name as in messages, floor, and what its files include."""

    def __init__(self, name, floor, core):
        self.name, self.floor, self.core = name, floor, core
        self.files, self.lines = 0, 0
        self.uses = {}


def room_of(path):
    """(name, floor, is core) of a file, given relative to the root, or None."""
    parts = path.parts
    if parts[:2] == ("core", "micropycelium"):
        if len(parts) == 3:
            return ("micropycelium.hpp", UMBRELLA_FLOOR, True)
        return (parts[2], FLOORS.get(parts[2], 0), True)
    if parts[0] == "simulator" and len(parts) > 2:
        return ("/".join(parts[:2]), SIMULATOR.get(parts[1], 0), False)
    if parts[0] in ("interfaces", "ports", "programs") and len(parts) > 2:
        return ("/".join(parts[:2]), FLOORS[parts[0]], False)
    return None


def find(root, path, name):
    """The file of this tree that an include of `name` in `path` means, or None."""
    for base in (path.parent, pathlib.Path("core"), pathlib.Path(".")):
        if (root / base / name).is_file():
            return pathlib.Path((root / base / name).resolve().relative_to(root.resolve()))
    return None


def needs_of(root):
    """What mp_room(...) of each room of the core declares, closed over."""
    direct = {}
    for file in sorted(root.glob("core/micropycelium/*/CMakeLists.txt")):
        call = re.search(r"mp_room\(\s*(\w+)([^)]*)\)", file.read_text(encoding="utf-8"))
        if call:
            words = call.group(2).split()
            needs = words[words.index("NEEDS") + 1 :] if "NEEDS" in words else []
            direct[call.group(1)] = [w for w in needs[: needs.index("LIBRARIES") if "LIBRARIES" in needs else None]]
    closed = {}
    for room in direct:
        todo, seen = list(direct[room]), set()
        while todo:
            need = todo.pop()
            if need not in seen:
                seen.add(need)
                todo += direct.get(need, [])
        closed[room] = seen
    return direct, closed


class Tree:
    def __init__(self, root):
        self.root = root
        self.rooms, self.faults = {}, []
        self.direct, self.closed = needs_of(root)
        for room, needs in self.direct.items():
            for need in needs:
                if FLOORS.get(need, 99) >= FLOORS.get(room, 0):
                    self.fault(
                        f"core/micropycelium/{room}/CMakeLists.txt",
                        1,
                        f"{room} (floor {FLOORS.get(room)}) needs {need} (floor {FLOORS.get(need)}): not a lower floor",
                    )
        for top in TOP:
            for path in sorted((root / top).rglob("*")):
                if path.suffix in (".hpp", ".cpp", ".h", ".ipp") and path.is_file():
                    self.read(path.relative_to(root))

    def fault(self, path, line, text):
        self.faults.append(f"{path}:{line}: {text}")

    def read(self, path):
        where = room_of(path)
        if where is None:
            return
        name, floor, core = where
        if floor == 0:
            self.fault(path, 1, f"the room {name} has no floor: name it in scripts/floors.py")
            return
        room = self.rooms.setdefault(name, Room(name, floor, core))
        lines = (self.root / path).read_text(encoding="utf-8").splitlines()
        if len(lines) > LINES_MAX and not any(LONG.search(line) for line in lines[:12]):
            self.fault(path, LINES_MAX, f"{len(lines)} lines: split it, or say in its head why it is over 500 lines")
        beside = BESIDE.search(path.as_posix()) is not None
        if not beside:
            room.files += 1
            room.lines += len(lines)
        uses = set()
        for number, line in enumerate(lines, 1):
            match = INCLUDE.match(line)
            if match:
                used = self.check(path, number, room, match.group(1), match.group(2), beside)
                if used:
                    uses.add(used)
        if not beside:
            for used in uses:
                room.uses[used] = room.uses.get(used, 0) + 1
            if {"transport", "routing"} <= uses and name not in ("node", "micropycelium.hpp"):
                self.fault(path, 1, f"{name} includes transport and routing: only node/ joins them")

    def check(self, path, number, room, bracket, name, beside):
        """Faults of one include; the room it leads to, when that is another one."""
        target = find(self.root, path, name)
        if target is None:
            if bracket == '"':
                self.fault(path, number, f'"{name}" is no file of this tree (system headers take <>)')
            elif room.core and not beside:
                sodium = name.startswith("sodium/") or name == "sodium.h"
                if sodium and room.name != "crypto":
                    self.fault(path, number, f"<{name}>: only crypto/ sees libsodium")
                elif not sodium and name not in STANDARD:
                    self.fault(path, number, f"<{name}> is not among the headers that the core may use")
            return None
        where = room_of(target)
        if where is None or where[0] == room.name:
            if where is None and not beside and target.parts[0] not in TOP:
                self.fault(path, number, f'"{name}": sources do not include {target.parts[0]}/')
            return None
        other, floor, core = where
        if beside:
            # A test may look at what its room may not, but never above the room's own users.
            return None
        if floor > room.floor:
            self.fault(path, number, f"{room.name} (floor {room.floor}) includes {other} (floor {floor}): upwards")
        elif floor == room.floor:
            self.fault(path, number, f"{room.name} includes {other}: both are on floor {floor}")
        elif room.core and core and room.name in self.closed and other not in self.closed[room.name]:
            self.fault(path, number, f"{room.name} includes {other}, but its CMakeLists.txt does not name it in NEEDS")
        if path.as_posix().startswith("programs/mpctl/codec") and floor > FLOORS["messages"]:
            self.fault(path, number, f"the codec stands on floors 1 to 4, {other} is on floor {floor}")
        return other

    def map(self):
        """The rooms from the top floor down, with what each includes directly."""
        rows = []
        for room in sorted(self.rooms.values(), key=lambda r: (-r.floor, r.core, r.name)):
            if room.name == "micropycelium.hpp":
                continue
            uses = sorted(room.uses, key=lambda n: (-self.rooms[n].floor if n in self.rooms else 0, n))
            uses = [n for n in uses if n != "micropycelium.hpp"]
            rows.append((str(room.floor), room.name, " ".join(uses) or "-"))
        width = max((len(row[1]) for row in rows), default=4)
        lines = [f"floor  {'room'.ljust(width)}  includes"]
        last = None
        for floor, name, uses in rows:
            lines.append(f"{(floor if floor != last else '').rjust(5)}  {name.ljust(width)}  {uses}")
            last = floor
        return "\n".join(lines)


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Checks who includes whom.")
    parser.add_argument("--map", action="store_true", help="print the map of the rooms")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    options = parser.parse_args(arguments)
    tree = Tree(options.root)
    if options.map:
        print(tree.map())
        return 0
    if not tree.rooms:
        print(f"no sources below {options.root}", file=sys.stderr)
        return 1
    for fault in tree.faults:
        print(fault)
    if tree.faults:
        print(f"{len(tree.faults)} faults", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
