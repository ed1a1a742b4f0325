#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What the core costs: text, data and bss of each room on two microcontrollers, and the bytes of a node.

    scripts/size.py            prints the tables
    scripts/size.py --write    and puts them into the documents, between their markers
    scripts/size.py --check    fails when a document says something else, or a budget is exceeded

Reads what the presets cortex-m3 and rv32imc have built.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "docs/size.md", ROOT / "README.md"]
ROOMS = "base platform crypto packet messages transport routing node applications".split()
TARGETS = {"cortex-m3": "arm-none-eabi-", "rv32imc": "riscv64-unknown-elf-"}
LIMITS = {"sensor": "kSensorLimits", "board": "kBoardLimits", "gateway": "kGatewayLimits"}
PARTS = {
    "peer": "a neighbour",
    "route": "a static route",
    "datagram": "a single packet under way",
    "sequence_in": "a larger Package coming in",
    "sequence_out": "a larger Package going out",
    "seen": "a Package remembered",
    "hop": "a neighbour whose frames are acknowledged",
    "ledger": "an Interface under a duty cycle",
}
# Bytes that the core's code, and all of the bare image, may take. Raising one is a decision: say why in the commit.
BUDGET_CORE_TEXT = 320 * 1024
BUDGET_IMAGE = 272 * 1024
# Of all cryptography on the cortex-m3: our room and what the linker keeps of libsodium when all of the room is called.
BUDGET_CRYPTO = 80 * 1024


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def grouped(number):
    return f"{number:,}"


def table(head, rows, total=None):
    """A Markdown table; the first column is text, the others are numbers."""
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    for row in rows:
        lines.append("| " + " | ".join(grouped(c) if isinstance(c, int) else c for c in row) + " |")
    if total:
        lines.append("| " + " | ".join(f"**{grouped(c) if isinstance(c, int) else c}**" for c in total) + " |")
    return "\n".join(lines)


def sections(tool, file):
    """(text, data, bss), summed over the members of an archive."""
    sums = [0, 0, 0]
    for line in run(tool + "size", str(file)).splitlines()[1:]:
        numbers = line.split()[:3]
        sums = [s + int(n) for s, n in zip(sums, numbers)]
    return tuple(sums)


def arrays(tool, file):
    """The sizes of the arrays in the probe's object."""
    if not file.exists():
        sys.exit(f"{file} is not built: make size")
    sizes = {}
    for line in run(tool + "nm", "-S", str(file)).splitlines():
        fields = line.split()
        if len(fields) == 4:
            sizes[fields[3]] = int(fields[1], 16)
    return sizes


def rooms_table():
    columns, totals = {}, {}
    for target, tool in TARGETS.items():
        for room in ROOMS:
            archive = ROOT / f"build/{target}/core/micropycelium/{room}/libmp_{room}.a"
            columns[target, room] = sections(tool, archive) if archive.exists() else (0, 0, 0)
        totals[target] = [sum(columns[target, room][i] for room in ROOMS) for i in range(3)]
        if totals[target][0] == 0:
            sys.exit(f"build/{target} is not built: make size")
    head = ["room"] + [f"{target} {part}" for target in TARGETS for part in ("text", "data", "bss")]
    rows = [[f"`{room}`"] + [n for target in TARGETS for n in columns[target, room]] for room in ROOMS]
    total = ["the core"] + [n for target in TARGETS for n in totals[target]]
    return table(head, rows, total), max(totals[target][0] for target in TARGETS)


def nodes_table():
    probe = "scripts/size_probe.cpp"
    sizes = {}
    for target, tool in TARGETS.items():
        sizes[target] = arrays(tool, ROOT / f"build/{target}/CMakeFiles/mp_size_probe.dir/{probe}.obj")
    with tempfile.TemporaryDirectory() as folder:
        host = pathlib.Path(folder) / "probe.o"
        run("g++", "-std=c++20", "-I", str(ROOT / "core"), "-c", str(ROOT / probe), "-o", str(host))
        sizes["64-bit host"] = arrays("", host)
    head = ["a node with"] + list(sizes)
    rows = [[f"`{name}`"] + [sizes[t][f"mp_node_{limit}"] for t in sizes] for limit, name in LIMITS.items()]
    rows += [[text] + [sizes[t][f"mp_part_{part}"] for t in sizes] for part, text in PARTS.items()]
    return table(head, rows)


def shares(file, owners, others):
    """Bytes of code and constants by owner, from a linker's map: `owners` are (part of an object's path: owner)."""
    share = dict.fromkeys([others, *owners.values()], 0)
    text_map = file.read_text(encoding="utf-8")
    text_map = text_map[text_map.index("Linker script and memory map") :]
    pattern = r"^ \.(?:text|rodata|srodata|start|init_array)\S*\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S.*)$"
    for match in re.finditer(pattern, text_map, re.MULTILINE):
        owner = next((name for part, name in owners.items() if part in match.group(2)), others)
        share[owner] += int(match.group(1), 16)
    return share


def crypto_table():
    """All of the cryptography, linked with nothing else (ports/bare-metal/crypto_probe.cpp); and its bytes."""
    columns = {}
    for target, tool in TARGETS.items():
        image = ROOT / f"build/{target}/bin/crypto-probe.elf"
        if not image.exists():
            sys.exit(f"{image} is not built: scripts/sodium_source, then make size")
        owners = {"libmp_crypto.a": "crypto", "libmp_bare_sodium.a": "libsodium"}
        share = shares(ROOT / f"build/{target}/crypto-probe.map", owners, "others")
        table_bytes = next(
            int(fields[1], 16)
            for fields in map(str.split, run(tool + "nm", "-S", str(image)).splitlines())
            if len(fields) == 4 and re.fullmatch(r"base\.\d+", fields[3])
        )
        columns[target] = [share["crypto"], share["libsodium"], table_bytes, share["crypto"] + share["libsodium"]]
    names = ["our room `crypto`", "libsodium", "of which Ed25519's table of multiples of the base point"]
    rows = [[name] + [columns[t][i] for t in TARGETS] for i, name in enumerate(names)]
    total = ["all cryptography"] + [columns[t][3] for t in TARGETS]
    return table(["code and constants of"] + list(TARGETS), rows, total), columns["cortex-m3"][3]


def image_table():
    """The bare-metal image, and how much of its text is libsodium's (from the linker's map)."""
    image = ROOT / "build/rv32imc/bin/micropycelium-rv32imc.elf"
    if not image.exists():
        sys.exit("the bare-metal image is not built: scripts/sodium_source, then make size")
    text, data, bss = sections(TARGETS["rv32imc"], image)
    owners = {"libmp_bare_sodium.a": "libsodium", "libgcc.a": "libgcc", "mp_bare.dir": "the port"}
    share = shares(ROOT / "build/rv32imc/micropycelium-rv32imc.map", owners, "the core")
    rows = [[f"code and constants: {owner}", size] for owner, size in share.items()]
    rows += [["code and constants: all, with padding", text], ["data", data], ["bss, 16 KiB of stack among it", bss]]
    return table(["rv32imc image", "bytes"], rows), text + data + bss


def blocks():
    versions = [run(tool + "g++", "-dumpfullversion").strip() for tool in (*TARGETS.values(), "")]
    names = [f"`{tool}g++` {v}" for tool, v in zip((*TARGETS.values(), ""), versions)]
    rooms, core_text = rooms_table()
    crypto, crypto_bytes = crypto_table()
    image, image_bytes = image_table()
    over = []
    if core_text > BUDGET_CORE_TEXT:
        over.append(f"the core's text is {core_text} bytes, the budget {BUDGET_CORE_TEXT}")
    if crypto_bytes > BUDGET_CRYPTO:
        over.append(f"all cryptography on the cortex-m3 is {crypto_bytes} bytes, the budget {BUDGET_CRYPTO}")
    if image_bytes > BUDGET_IMAGE:
        over.append(f"the image is {image_bytes} bytes, the budget {BUDGET_IMAGE}")
    tools = f"Compilers: {', '.join(names)}; `-Os` for the microcontrollers."
    return {"rooms": rooms, "crypto": crypto, "nodes": nodes_table(), "image": image, "tools": tools}, over


def marked(text, found):
    """The document with each block between its markers replaced."""

    def put(match):
        name = match.group(1)
        if name not in found:
            sys.exit(f"no table is called {name}: use one of {', '.join(found)}")
        return f"<!-- size: {name} -->\n{found[name]}\n<!-- /size -->"

    return re.sub(r"<!-- size: (\w+) -->.*?<!-- /size -->", put, text, flags=re.DOTALL)


def main():
    parser = argparse.ArgumentParser(description="Bytes of the core and of a node.")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--write", action="store_true", help="put the tables into the documents")
    group.add_argument("--check", action="store_true", help="fail when a document is stale or a budget exceeded")
    options = parser.parse_args()
    found, over = blocks()
    stale = []
    for document in DOCUMENTS:
        if not document.exists():
            continue
        before = document.read_text(encoding="utf-8")
        after = marked(before, found)
        if options.write and after != before:
            document.write_text(after, encoding="utf-8")
        elif options.check and after != before:
            stale.append(f"{document.relative_to(ROOT)} is stale: make size")
    if not options.check:
        print("\n\n".join(found[name] for name in ("rooms", "crypto", "image", "nodes", "tools")))
    for fault in stale + over:
        print(fault, file=sys.stderr)
    sys.exit(1 if over or stale else 0)


if __name__ == "__main__":
    main()
