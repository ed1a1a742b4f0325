#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Real mpnode processes on 127.0.0.1: how long a blob takes, what it costs, and whether a burst loses anything.

Two nodes (one hop) and five in a line (four hops, static routes), each a process with its own UDP socket. Measured are
  time     milliseconds from the contents in the hand of a client of the first node's control socket (nothing encoded
           yet) to its reading that they were delivered, while a client of the last node takes what arrives; what
           arrived is compared afterwards. The start of a program and the reading of a file are not in it: `mpctl send`
           as a whole is a line of its own
  CPU      milliseconds of all node processes for each MiB carried, clients not counted
  memory   Pss (its share of what processes have in common) and private memory of each node, at rest: before, after
           blobs of 100 KB, after blobs of 10 MiB; and the most that was resident at any time
  bursts   Packages as fast as the daemon takes them, and several blobs at once: what did not arrive

With --reticulum the same with Reticulum's Resource at an MTU of 500 in turns, transfer by transfer; its bursts are plain
packets. Both measure from contents in memory to the receiver's proof; mpnode's figure has the control socket in it.

  benchmarks/processes/transfers.py                                  the table, and whether the bars are met
  benchmarks/processes/transfers.py --json --rounds 31               one JSON object
  benchmarks/processes/transfers.py --reticulum ../Reticulum         beside a checkout of Reticulum
  benchmarks/processes/transfers.py --bin build/debug/bin --hops 4   other programs, only the line of five

Exit status: 0 every bar is met, 1 one is not, 2 wrong command line, 77 it cannot be measured here.
"""
import argparse
import json
import os
import platform
import random
import statistics
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mesh_side  # noqa: E402

KB, MIB = 1000, 1 << 20
SMALL, LARGE = 100 * KB, 10 * MIB
# Reticulum takes 15 to 19 ms for 100 KB over one hop and 28 to 31 over four: five times faster than its best.
TIME_MAX_MS = {1: 3.0, 4: 5.6}
TIMES_FASTER = 5
PSS_MAX = 6_000_000
PRIVATE_MAX = 3 * MIB // 2
BURST_COUNT, BURST_SIZE = 2000, 200


def size_name(size):
    return f"{size // MIB} MiB" if size % MIB == 0 else f"{size // KB} KB"


def summary(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "n": len(values)}


class Measured:
    """One chain and what has been measured of it."""

    def __init__(self, chain):
        self.chain = chain
        self.ms, self.cpu, self.memory = {}, {}, {"before": chain.memory()}

    def transfer(self, data):
        before = self.chain.cpu_ms()
        ms = self.chain.send(data)
        spent = [now - then for then, now in zip(before, self.chain.cpu_ms())]
        self.ms.setdefault(len(data), []).append(ms)
        self.cpu.setdefault(len(data), []).append([c / (len(data) / MIB) for c in spent])

    def rest(self, size):
        self.memory["after " + size_name(size)] = self.chain.memory()

    def result(self):
        worst = {kind: max(node[kind] for when in self.memory.values() for node in when) for kind in ("pss", "private", "rss")}
        return {"transfers": [{"bytes": size, "ms": summary(ms),
                               "cpu_ms_per_mib": statistics.median(sum(c) for c in self.cpu[size]),
                               "cpu_ms_per_mib_each": [statistics.median(c) for c in zip(*self.cpu[size])]}
                              for size, ms in self.ms.items()],
                "memory": self.memory, "memory_worst_at_rest": worst, "resident_peak": max(self.chain.peak())}


def measure(hops, options, contents):
    """The mpnodes, and Reticulum in turns with them if it is to be; bursts of mpnode in the end."""
    chains = [mesh_side.Chain(hops + 1)]
    try:
        if options.reticulum:
            import reticulum_side
            chains.append(reticulum_side.Chain(options.reticulum, hops + 1, options.link))
        sides = [Measured(chain) for chain in chains]
        for size, rounds in ((SMALL, options.rounds), (LARGE, options.large_rounds)):
            data = contents[size]
            for side in sides:
                side.chain.send(data)  # once unmeasured: paths and round trips are known then
            for _ in range(rounds):
                for side in sides:
                    side.transfer(data)
            for side in sides:
                side.rest(size)
        result = {"hops": hops, "mpnode": sides[0].result(), "bursts": bursts(chains[0], contents[SMALL])}
        result["mpctl_send_ms"] = {size: summary([chains[0].by_mpctl(contents[size]) for _ in range(5)]) for size in (SMALL, LARGE)}
        if options.reticulum:
            result["reticulum"] = {"link": options.link, "mtu": chains[1].mtu, **sides[1].result()}
        return result
    finally:
        for chain in chains:
            chain.close()


def bursts(chain, data):
    lost = chain.lost_datagrams()
    result = [{"what": f"{BURST_COUNT:,} Packages of {BURST_SIZE} B, acknowledged", **chain.burst(BURST_COUNT, BURST_SIZE, True)},
              {"what": f"{BURST_COUNT:,} Packages of {BURST_SIZE} B, not", **chain.burst(BURST_COUNT, BURST_SIZE, False)},
              {"what": f"8 blobs of {size_name(len(data))} at once", **chain.at_once(8, data)}]
    result.append({"what": "datagrams that the system dropped meanwhile", "lost": chain.lost_datagrams() - lost})
    return result


def reticulum_bursts(options):
    """Over UDP, where it is to be compared; over TCP nothing can be lost, and nothing is a datagram."""
    import reticulum_side
    chain = reticulum_side.Chain(options.reticulum, 2, "udp")
    try:
        return [{"what": f"{BURST_COUNT:,} packets of {BURST_SIZE} B over UDP", **chain.burst(BURST_COUNT, BURST_SIZE)}
                for _ in range(3)]
    finally:
        chain.close()


def transfers_of(part):
    return {t["bytes"]: t for t in part["transfers"]}


def bars(results):
    """(what, figure, limit, whether it is met)"""
    found = []

    def bar(what, figure, limit):
        found.append({"what": what, "figure": figure, "limit": limit, "met": figure <= limit})

    for r in results:
        hops, ours = f"{r['hops']} hop{'s' if r['hops'] > 1 else ''}", transfers_of(r["mpnode"])
        theirs = transfers_of(r["reticulum"]) if "reticulum" in r else {}
        for size, t in ours.items():
            if size in theirs:
                bar(f"{size_name(size)}, {hops}: ms, a fifth of Reticulum's here", t["ms"]["median"],
                    theirs[size]["ms"]["median"] / TIMES_FASTER)
        bar(f"{size_name(SMALL)}, {hops}: ms", ours[SMALL]["ms"]["median"], TIME_MAX_MS[r["hops"]])
        bar(f"{hops}: Pss of a process at rest, bytes", r["mpnode"]["memory_worst_at_rest"]["pss"], PSS_MAX)
        bar(f"{hops}: private memory of a process at rest, bytes", r["mpnode"]["memory_worst_at_rest"]["private"], PRIVATE_MAX)
        for burst in r["bursts"]:
            bar(f"{hops}: lost of {burst['what']}", burst["lost"], 0)
            if "twice" in burst:
                bar(f"{hops}: arrived twice of {burst['what']}", burst["twice"], 0)
    return found


def show_side(name, part):
    for t in part["transfers"]:
        ms = t["ms"]
        each = " ".join(f"{c:.1f}" for c in t["cpu_ms_per_mib_each"])
        print(f"  {name:<10} {size_name(t['bytes']):>7}  {ms['median']:9.2f} ms  ({ms['min']:.2f} to {ms['max']:.2f}, {ms['n']} times)"
              f"   CPU {t['cpu_ms_per_mib']:7.1f} ms/MiB  ({each})")
    for when, nodes in part["memory"].items():
        print(f"  {name:<10} {when:<13}  Pss " + " ".join(f"{n['pss'] / MIB:.2f}" for n in nodes) +
              "  private " + " ".join(f"{n['private'] / MIB:.2f}" for n in nodes) +
              "  resident " + " ".join(f"{n['rss'] / MIB:.2f}" for n in nodes) + " MiB")
    print(f"  {name:<10} at most {part['resident_peak'] / MIB:.1f} MiB resident")


def show(report):
    for r in report["results"]:
        print(f"{r['hops']} hop{'s' if r['hops'] > 1 else ''}, {r['hops'] + 1} processes")
        show_side("mpnode", r["mpnode"])
        for size, ms in r["mpctl_send_ms"].items():
            print(f"  mpctl send {size_name(size):>7}  {ms['median']:9.2f} ms  ({ms['min']:.2f} to {ms['max']:.2f}) with its start and a file")
        if "reticulum" in r:
            show_side("Reticulum", r["reticulum"])
        for burst in r["bursts"]:
            more = f", {burst['ms']:.0f} ms, {burst['refused_and_sent_again']:,} times refused and sent again" if "ms" in burst else ""
            print(f"  burst      {burst['what']}: {burst['lost']} lost{more}")
    for burst in report.get("reticulum_bursts", []):
        print(f"Reticulum    {burst['what']} in {burst['ms']:.0f} ms: {burst['lost']} lost ({100 * burst['lost'] / burst['sent']:.0f} %)")
    print()
    for b in report["bars"]:
        figure = f"{b['figure']:.2f}" if isinstance(b["figure"], float) else f"{b['figure']:,}"
        limit = f"{b['limit']:.2f}" if isinstance(b["limit"], float) else f"{b['limit']:,}"
        print(f"{'met    ' if b['met'] else 'NOT MET'}  {b['what']}: {figure}, at most {limit}")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", metavar="DIR", help="where mpnode and mpctl are (build/release/bin)")
    parser.add_argument("--hops", type=int, choices=sorted(TIME_MAX_MS), action="append", help="only so many (1 and 4)")
    parser.add_argument("--rounds", type=int, default=21, metavar="N", help="transfers of 100 KB (21)")
    parser.add_argument("--large-rounds", type=int, default=5, metavar="N", help="transfers of 10 MiB (5)")
    parser.add_argument("--reticulum", metavar="PATH", help="a checkout of Reticulum to measure beside it")
    parser.add_argument("--link", choices=("tcp", "udp"), default="tcp", help="what joins its instances (tcp, its faster one)")
    parser.add_argument("--seed", type=int, default=1, help="of the contents (1)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    options = parser.parse_args()
    if options.rounds < 1 or options.large_rounds < 1:
        parser.error("--rounds, --large-rounds: at least 1")
    if options.reticulum and not os.path.isdir(os.path.join(options.reticulum, "RNS")):
        parser.error(f"--reticulum: {options.reticulum} is no checkout of Reticulum: it has no RNS in it")
    return options


def cannot(why):
    print(f"transfers.py: {why}", file=sys.stderr)
    return 77


def main():
    options = parse()
    if options.bin:
        mesh_side.m.BIN = os.path.abspath(options.bin)
    if not os.path.exists("/proc/self/smaps_rollup"):
        return cannot("this system does not say what memory a process has (/proc/PID/smaps_rollup)")
    try:
        for name in ("mpnode", "mpctl"):
            mesh_side.m.program(name)
    except mesh_side.m.MeshError as error:
        return cannot(error)
    rng = random.Random(options.seed)
    contents = {size: rng.randbytes(size) for size in (SMALL, LARGE)}
    load = os.getloadavg()[0]
    report = {"seed": options.seed, "machine": platform.machine(), "kernel": platform.release(), "cores": os.cpu_count(),
              "load_before": load}
    if not options.json:
        print(f"contents of seed {options.seed}, {os.cpu_count()} cores, load {load:.1f} before"
              + (": this machine has other things to do, the times will show it" if load > 0.5 else ""))
    report["results"] = [measure(hops, options, contents) for hops in options.hops or sorted(TIME_MAX_MS)]
    if options.reticulum:
        report["reticulum_bursts"] = reticulum_bursts(options)
    report["bars"] = bars(report["results"])
    if options.json:
        print(json.dumps(report))
    else:
        show(report)
    return 0 if all(bar["met"] for bar in report["bars"]) else 1


if __name__ == "__main__":
    sys.exit(main())
