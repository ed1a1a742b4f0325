#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Proves what the core's archives do without: no heap, no exceptions, no RTTI, no guarded statics, no system.

    scripts/symbols.py PRESET              the archives that the preset has built
    scripts/symbols.py --nm PROGRAM FILE.a ...

Takes all archives of the core together, lists every symbol that is still undefined, and fails when one of them is
not on the short list of what a node needs besides itself: mem*, the compiler's own arithmetic, libsodium.
"""

import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
NM = {"cortex-m3": "arm-none-eabi-nm", "rv32imc": "riscv64-unknown-elf-nm"}
ROOMS_WITH_CODE = 8  # all but platform/, which has no .cpp

# What may stay undefined, and who supplies it.
ALLOWED = [
    (re.compile(r"mem(cpy|move|set|cmp|chr)|strlen"), "the C library, or the port"),
    # ARM's names of the same, and its runtime ABI: 64-bit division and the like.
    (re.compile(r"__aeabi_(mem\w+|u?l?div(mod)?|u?idiv(mod)?|l(mul|lsl|lsr|asr)|u?lcmp)"), "libgcc"),
    (re.compile(r"__u?(div|mod|mul|cmp|ashl|ashr|lshr|clz|ctz|popcount|bswap)[sd]i[234]?"), "libgcc"),
    (re.compile(r"(crypto|sodium)_\w+"), "libsodium"),
]

# What must not be there, defined or not, and what it would mean.
FORBIDDEN = [
    (re.compile(r"_?(malloc|calloc|realloc|free|aligned_alloc|posix_memalign|_malloc_r|_free_r)"), "the heap"),
    (re.compile(r"_Zn[wa].*|_Zd[la].*"), "operator new or delete"),
    (re.compile(r"__cxa_(throw|rethrow|allocate_exception|begin_catch|end_catch|call_unexpected).*"), "exceptions"),
    (re.compile(r"_Unwind_.*|__gxx_personality.*|__aeabi_unwind_cpp_pr[0-9]|_ZSt9terminatev"), "unwinding"),
    (re.compile(r"_ZSt\d+__throw_.*"), "a library function that throws"),
    (re.compile(r"_ZT[IS].*|__dynamic_cast|_ZTVN10__cxxabiv.*"), "RTTI"),
    (re.compile(r"__cxa_guard_.*"), "a local static with a guard"),
    (re.compile(r"__cxa_(finalize|atexit)|__aeabi_atexit|atexit|__dso_handle"), "a static with a destructor"),
    (re.compile(r"__(sync|atomic)_.*"), "atomics that the processor lacks"),
]


def read(nm, archives):
    """(defined, undefined: symbol -> members that want it) over all archives."""
    text = subprocess.run([nm, "-A", "-P", *archives], check=True, capture_output=True, text=True).stdout
    defined, undefined = set(), {}
    for line in text.splitlines():
        # path/libmp_node.a[node.cpp.obj]: symbol type value size
        match = re.match(r"^(.*)\[(.*)\]: (\S+) (\S)", line)
        if not match:
            continue
        archive, member, symbol, kind = match.groups()
        if kind in "Uwv":  # w and v: weak, and undefined all the same
            undefined.setdefault(symbol, set()).add(member)
        else:
            defined.add(symbol)
    return defined, undefined


def judge(defined, undefined):
    """(faults, allowed: symbol -> who supplies it)"""
    faults, allowed = [], {}
    for symbol in sorted(defined | set(undefined)):
        users = ", ".join(sorted(undefined.get(symbol, {"defined here"})))
        bad = next((why for pattern, why in FORBIDDEN if pattern.fullmatch(symbol)), None)
        if bad:
            faults.append(f"{symbol}: {bad} ({users})")
        elif symbol not in defined:
            by = next((who for pattern, who in ALLOWED if pattern.fullmatch(symbol)), None)
            if by:
                allowed[symbol] = by
            else:
                faults.append(f"{symbol}: undefined, and not among what a node may need ({users})")
    return faults, allowed


def main():
    parser = argparse.ArgumentParser(description="What the core's archives leave undefined.")
    parser.add_argument("--nm")
    parser.add_argument("what", nargs="+", help=f"a preset ({', '.join(NM)}), or archives")
    options = parser.parse_args()
    nm, archives = options.nm or "nm", options.what
    if archives[0] in NM:
        nm = NM[archives[0]]
        archives = sorted(str(a) for a in (ROOT / "build" / archives[0] / "core").rglob("*.a"))
        if len(archives) < ROOMS_WITH_CODE:
            sys.exit(f"only {len(archives)} archives below build/{options.what[0]}/core: build it first")
    defined, undefined = read(nm, archives)
    if len(defined) < 20:
        sys.exit(f"only {len(defined)} symbols in {len(archives)} archives: is this the core?")
    faults, allowed = judge(defined, undefined)
    print(f"{len(archives)} archives, {len(defined)} symbols, {len(allowed)} left to others:")
    for who in sorted(set(allowed.values())):
        print(f"  {who}: {' '.join(sorted(s for s in allowed if allowed[s] == who))}")
    for fault in faults:
        print(f"NOT ALLOWED {fault}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
